/**
 * A simulated provider, the same for all nodes. It keeps its own bill, line by line as its bytes leave, and fails by seed:
 * refuses, breaks at any point, stalls, leaves usage out, sends it late, twice, or as nonsense.
 */
import type { Upstream, UpstreamEvents, UpstreamRequest } from '../../src/gateway/dial.ts'
import type { Draw } from './draw.ts'
import { answerOf, errorBody, errorEvent, formatOf, streamOf, type Format, type Usage } from './fixtures.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** One dial as the provider knows it. */
export interface BillLine {
  /** `call/n`, from the request. */
  readonly attempt: string
  readonly node: string
  readonly provider: string
  readonly fault: Fault
  readonly format: Format
  /** What is owed; undefined: nothing was done. */
  owed: Usage | undefined
  /** The last usage event (or whole answer with usage) of which every byte was taken by the node. */
  received: Usage | undefined
  /** Usage events taken by the node. */
  usageEvents: number
  /** The terminal event, or a whole answer, was taken. */
  complete: boolean
  /** The tier that the answer names. */
  tier: string | undefined
}

export type Fault =
  | 'none' | 'refuse-429' | 'refuse-400' | 'refuse-500' | 'refuse-503' | 'unreached' | 'break-before-head' | 'break-after-head' | 'break-mid-stream' | 'break-after-usage'
  | 'stall-before-head' | 'stall-mid-stream' | 'missing-usage' | 'late-usage' | 'usage-twice' | 'nonsense-usage' | 'usage-beyond-bound' | 'slow' | 'error-inside' | 'unknown-tier' | 'no-terminal' | 'garbage'

const faultWeights: Readonly<Record<Fault, number>> = {
  none: 10, 'refuse-429': 2, 'refuse-400': 0.5, 'refuse-500': 1.5, 'refuse-503': 1.5, unreached: 1.5, 'break-before-head': 1.5, 'break-after-head': 1, 'break-mid-stream': 1.5, 'break-after-usage': 1,
  'stall-before-head': 0.7, 'stall-mid-stream': 1, 'missing-usage': 1.5, 'late-usage': 1, 'usage-twice': 1, 'nonsense-usage': 0.5, 'usage-beyond-bound': 0.3, slow: 1, 'error-inside': 1, 'unknown-tier': 0.4, 'no-terminal': 0.7, garbage: 0.4,
}

export interface SimulatedProvider {
  readonly bill: readonly BillLine[]
  /** One node's way to it; `cut` breaks every line of the node at once, as its death does. */
  readonly lineFor: (node: string, dialled: (attempt: string) => void, alive: () => boolean) => { readonly upstream: Upstream; readonly cut: () => void }
}

interface Step {
  readonly waitMs: number
  readonly run: () => void
}

interface Open {
  readonly events: UpstreamEvents
  readonly bill: BillLine
  readonly request: UpstreamRequest
  readonly alive: () => boolean
  steps: Step[]
  over: boolean
  paused: boolean
  waiting: (() => void) | undefined
  stopTimers: (() => void)[]
}

export function simulatedProvider(time: SimulatedTime, draw: Draw, faulty: boolean, full = false): SimulatedProvider {
  const bill: BillLine[] = []
  return {
    bill,
    lineFor: (node, dialled, alive) => {
      const open = new Set<Open>()
      const upstream: Upstream = {
        close: async () => {},
        dial: (request, events) => {
          const attempt = request.headers['x-weir-attempt'] ?? ''
          dialled(attempt)
          const fault = faulty ? draw.weighted(faultWeights) : 'none'
          const line: BillLine = { attempt, node, provider: request.origin, fault, format: formatOf(request.path), owed: undefined, received: undefined, usageEvents: 0, complete: false, tier: undefined }
          bill.push(line)
          const one: Open = { events, bill: line, request, alive, steps: [], over: false, paused: false, waiting: undefined, stopTimers: [] }
          open.add(one)
          one.steps = script(one, draw, full)
          watch(time, one)
          advance(time, one)
          return {
            pause: () => { one.paused = true },
            resume: () => {
              one.paused = false
              const waiting = one.waiting
              one.waiting = undefined
              if (waiting !== undefined) time.after(0, waiting)
            },
            abort: () => close(one),
          }
        },
      }
      return { upstream, cut: () => open.forEach(close) }
    },
  }
}

function close(one: Open): void {
  one.over = true
  for (const stop of one.stopTimers) stop()
}

function advance(time: SimulatedTime, one: Open): void {
  const step = one.steps.shift()
  if (step === undefined || one.over) return
  const run = (): void => {
    if (one.over || !one.alive()) return
    if (one.paused) {
      one.waiting = run
      return
    }
    one.waiting = undefined
    step.run()
    advance(time, one)
  }
  one.stopTimers.push(time.after(step.waitMs, run))
}

/** The deadlines that the real upstream client keeps (src/gateway/dial.ts): first byte, silence, total. */
function watch(time: SimulatedTime, one: Open): void {
  const { firstByteMs, idleMs, totalMs } = one.request.timeouts
  let stopIdle = time.after(firstByteMs, () => expire('no answer began'))
  const expire = (what: string): void => {
    if (one.over || !one.alive()) return
    close(one)
    one.events.failed({ kind: 'timeout', message: what })
  }
  one.stopTimers.push(() => stopIdle(), time.after(totalMs, () => expire('the whole answer took too long')))
  const heard = (): void => {
    stopIdle()
    stopIdle = time.after(idleMs, () => (one.paused ? heard() : expire('it fell silent')))
  }
  const { events } = one
  Object.assign(one, { events: {
    head: (status, headers) => { heard(); events.head(status, headers) },
    data: (chunk) => { heard(); events.data(chunk) },
    end: () => { close(one); events.end() },
    failed: (failure) => { close(one); events.failed(failure) },
  } satisfies UpstreamEvents })
}

interface Asked {
  readonly model: string
  readonly stream: boolean
  readonly outputMax: number
  readonly text: string
  readonly usageAsked: boolean
}

function readRequest(format: Format, body: Buffer | undefined): Asked {
  const request = JSON.parse((body ?? Buffer.from('{}')).toString()) as Record<string, unknown>
  const limit = request['max_tokens'] ?? request['max_completion_tokens'] ?? request['max_output_tokens']
  const options = request['stream_options'] as { include_usage?: boolean } | undefined
  return {
    model: String(request['model']), stream: request['stream'] === true, outputMax: typeof limit === 'number' ? limit : 100,
    text: JSON.stringify(request['messages'] ?? request['input'] ?? ''), usageAsked: format !== 'chat' || options?.include_usage === true,
  }
}

/** What the provider counts: within the bounds that it declares, unless the fault says otherwise. `full`: as much as it may. */
function usageFor(asked: Asked, draw: Draw, fault: Fault, full: boolean): Usage {
  const textTokens = Math.max(1, Math.floor(asked.text.length / 4))
  const input = full ? textTokens : draw.whole(1, textTokens)
  const output = full ? asked.outputMax : draw.whole(0, asked.outputMax)
  const sane = { input, cached: draw.chance(0.3) ? draw.whole(0, input) : 0, output, reasoning: draw.chance(0.3) ? draw.whole(0, output) : 0 }
  if (fault === 'nonsense-usage') return draw.chance(0.5) ? { ...sane, cached: sane.input + 5 } : { ...sane, output: -3, reasoning: 0 }
  if (fault === 'usage-beyond-bound') return { ...sane, output: sane.output + 100_000 }
  return sane
}

function script(one: Open, draw: Draw, full: boolean): Step[] {
  const { bill, request } = one
  const { fault, format } = bill
  const pace = fault === 'slow' ? [200, 900] as const : [0, 40] as const
  const pause = (): number => draw.real(pace[0], pace[1])
  const fail = (kind: 'unreached' | 'broke'): Step => ({ waitMs: pause(), run: () => one.events.failed({ kind, message: fault }) })
  const asked = readRequest(format, request.body)
  if (fault === 'unreached') return [fail('unreached')]
  if (fault.startsWith('refuse-')) return refusal(one, draw, Number(fault.slice(7)), pause)
  const usage = usageFor(asked, draw, fault, full)
  const begun: Step = { waitMs: pause(), run: () => { bill.owed = usage } }
  if (fault === 'break-before-head') return [draw.chance(0.5) ? begun : { waitMs: 0, run: () => {} }, fail('broke')]
  if (fault === 'stall-before-head') return [begun]
  const id = `id-${bill.attempt.replace('/', '-')}`
  const head: Step = { waitMs: pause(), run: () => one.events.head(200, { 'content-type': asked.stream ? 'text/event-stream; charset=utf-8' : 'application/json', 'x-request-id': id }) }
  if (fault === 'break-after-head') return [begun, head, fail('broke')]
  const usages = fault === 'missing-usage' || !asked.usageAsked ? [] : fault === 'usage-twice' ? [{ ...usage, cached: 0, output: Math.floor(usage.output / 2), reasoning: 0 }, usage] : [usage]
  bill.tier = fault === 'unknown-tier' && format !== 'messages' ? 'platinum' : undefined
  const content = { id, model: asked.model, words: Array.from({ length: draw.whole(0, 4) }, (_, index) => `word${index} `), usages, tier: bill.tier }
  return [begun, head, ...(asked.stream ? streaming(one, draw, content, pause) : whole(one, draw, answerOf(format, content), usages.at(-1), pause))]
}

function refusal(one: Open, draw: Draw, status: number, pause: () => number): Step[] {
  const headers: Record<string, string> = { 'content-type': 'application/json', ...(status === 429 && draw.chance(0.5) ? { 'retry-after-ms': String(draw.whole(1, 2_000)) } : {}) }
  const types: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 429: 'rate_limit_exceeded', 500: 'server_error', 503: 'server_is_overloaded' }
  return [
    { waitMs: pause(), run: () => one.events.head(status, headers) },
    { waitMs: pause(), run: () => one.events.data(errorBody(one.bill.format, types[status] ?? 'server_error', `refused with ${status}`)) },
    { waitMs: 0, run: () => one.events.end() },
  ]
}

/** Cuts bytes in two at a random point now and then: events do not come in chunks of their own. */
function chunksOf(bytes: Buffer, draw: Draw): readonly Buffer[] {
  if (bytes.length < 2 || draw.chance(0.7)) return [bytes]
  const at = draw.whole(1, bytes.length - 1)
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

function whole(one: Open, draw: Draw, body: Buffer, usage: Usage | undefined, pause: () => number): Step[] {
  const { bill } = one
  const bytes = bill.fault === 'garbage' ? Buffer.from('<html>this is no answer</html>') : body
  const steps: Step[] = chunksOf(bytes, draw).map((chunk) => ({ waitMs: pause(), run: () => one.events.data(chunk) }))
  if (bill.fault.startsWith('break-') || bill.fault === 'error-inside') return [...steps.slice(0, -1), { waitMs: pause(), run: () => one.events.failed({ kind: 'broke', message: bill.fault }) }]
  if (bill.fault === 'stall-mid-stream') return steps.slice(0, -1)
  const end: Step = {
    waitMs: pause(),
    run: () => {
      bill.complete = true
      if (usage !== undefined && bill.fault !== 'garbage') {
        bill.received = usage
        bill.usageEvents += 1
      }
      one.events.end()
    },
  }
  return [...steps, end]
}

function streaming(one: Open, draw: Draw, content: Parameters<typeof streamOf>[1], pause: () => number): Step[] {
  const { bill } = one
  const { fault, format } = bill
  const pieces = streamOf(format, content)
  const steps: Step[] = []
  const broken: Step = { waitMs: pause(), run: () => one.events.failed({ kind: 'broke', message: fault }) }
  const cutAt = draw.whole(0, pieces.length - 1)
  if (fault === 'garbage') return [{ waitMs: pause(), run: () => one.events.data(Buffer.from('no events at all\n')) }, { waitMs: pause(), run: () => one.events.end() }]
  for (const [index, piece] of pieces.entries()) {
    if ((fault === 'break-mid-stream' || fault === 'stall-mid-stream') && index === cutAt) return fault === 'stall-mid-stream' ? steps : [...steps, broken]
    if (fault === 'error-inside' && index === cutAt) {
      return [...steps, { waitMs: pause(), run: () => one.events.data(errorEvent(format, 'it went wrong inside')) }, { waitMs: pause(), run: () => one.events.end() }]
    }
    if (fault === 'no-terminal' && piece.terminal === true) return [...steps, { waitMs: pause(), run: () => one.events.end() }]
    const chunks = chunksOf(piece.bytes, draw)
    const late = fault === 'late-usage' && piece.usage !== undefined ? draw.real(300, 1_500) : 0
    chunks.forEach((chunk, at) => steps.push({
      waitMs: pause() + (at === 0 ? late : 0),
      run: () => {
        if (at === chunks.length - 1) noted(bill, piece)
        one.events.data(chunk)
      },
    }))
    if (fault === 'break-after-usage' && piece.usage !== undefined && piece.terminal !== true) return [...steps, broken]
  }
  return [...steps, { waitMs: pause(), run: () => one.events.end() }]
}

function noted(bill: BillLine, piece: { readonly usage?: Usage; readonly terminal?: true }): void {
  if (piece.usage !== undefined) {
    bill.received = piece.usage
    bill.usageEvents += 1
  }
  if (piece.terminal === true) bill.complete = true
}
