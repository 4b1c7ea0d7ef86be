/** Sends a trace's calls to a server and counts what came back. */
import { Pool } from 'undici'
import type { Clock } from '../../kernel/clock.ts'
import { add, type Decimal, parseDecimal, zero } from '../../kernel/decimal.ts'
import { sleep, type Timers } from '../../kernel/timers.ts'
import type { Prompts } from './prompts.ts'
import type { TraceRow } from './trace.ts'

export interface ReplayOptions {
  readonly url: string
  readonly key: string
  readonly model: string
  /** Undefined: as fast as `concurrency` calls at a time go. */
  readonly speed: number | undefined
  readonly concurrency: number
  readonly prompts: Prompts
  readonly clock: Clock
  readonly timers: Timers
  /** Told after each call. */
  readonly progress: (done: number, failed: number) => void
  /** True once the user asked to stop: calls under way finish. */
  readonly stopped: () => boolean
}

export interface ReplayResult {
  readonly calls: number
  readonly failures: number
  /** Status or error → how often. */
  readonly failuresByKind: ReadonlyMap<string, number>
  /** As the answers reported them. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Answers whose usage differed from what the trace asked for, or was missing. */
  readonly offTrace: number
  /** Sum over all answers; undefined where one did not say its cost. */
  readonly cost: Decimal | undefined
  /** Of the costs; undefined where the answers did not say it or said several. */
  readonly currency: string | undefined
  /** Milliseconds of the successful calls, sorted. */
  readonly latencies: Float64Array
  readonly durationMs: number
  /** The longest that a call started behind its time, because all connections were busy. */
  readonly lagMs: number
}

interface Tally {
  calls: number
  failures: number
  readonly failuresByKind: Map<string, number>
  inputTokens: number
  outputTokens: number
  offTrace: number
  cost: Decimal | undefined
  readonly currencies: Set<string>
  readonly latencies: Float64Array
  succeeded: number
  lagMs: number
}

export async function replay(rows: readonly TraceRow[], options: ReplayOptions): Promise<ReplayResult> {
  const { clock, timers } = options
  const base = new URL(options.url)
  const pool = new Pool(base.origin, { connections: options.concurrency, pipelining: 1, keepAliveTimeout: 60_000, headersTimeout: 0, bodyTimeout: 0 })
  const path = `${base.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1/chat/completions`
  const tally: Tally = { calls: 0, failures: 0, failuresByKind: new Map(), inputTokens: 0, outputTokens: 0, offTrace: 0, cost: zero, currencies: new Set(), latencies: new Float64Array(rows.length), succeeded: 0, lagMs: 0 }
  const startedAt = clock.monotonic()
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < rows.length && !options.stopped()) {
      const index = next
      next += 1
      const row = rows[index]
      if (row === undefined) return
      if (options.speed !== undefined) {
        const wait = row.atMs / options.speed - (clock.monotonic() - startedAt)
        if (wait > 0) await sleep(timers, wait)
        else tally.lagMs = Math.max(tally.lagMs, -wait)
      }
      await once(pool, path, row, index, options, tally)
      options.progress(tally.calls, tally.failures)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, rows.length) }, worker))
  const durationMs = clock.monotonic() - startedAt
  await pool.close()
  const { succeeded, latencies, currencies, ...counted } = tally
  return { ...counted, currency: currencies.size === 1 ? [...currencies][0] : undefined, latencies: latencies.subarray(0, succeeded).sort(), durationMs }
}

/** Models that refuse `max_tokens` in favour of its successor. */
const limitField = (model: string): string => (/^(o\d|gpt-[5-9])/.test(model) ? 'max_completion_tokens' : 'max_tokens')

async function once(pool: Pool, path: string, row: TraceRow, index: number, options: ReplayOptions, tally: Tally): Promise<void> {
  const startedAt = options.clock.monotonic()
  // Built by hand: the prompt is plain ASCII, and escaping 22 million words costs more than sending them.
  const body = `{"model":${JSON.stringify(options.model)},"${limitField(options.model)}":${row.outputTokens},"messages":[{"role":"user","content":"${options.prompts.of(row.inputTokens, index)}"}]}`
  const answer = await pool.request({
    method: 'POST', path, body,
    headers: { authorization: `Bearer ${options.key}`, 'content-type': 'application/json', 'x-sandbox-output-tokens': String(row.outputTokens) },
  }).then(async (response) => ({ status: response.statusCode, cost: response.headers['x-weir-cost'], currency: response.headers['x-weir-currency'], text: await response.body.text() })).catch((cause: unknown) => ({ broke: cause instanceof Error ? cause : new Error(String(cause)) }))
  tally.calls += 1
  if ('broke' in answer) return fail(tally, (answer.broke as NodeJS.ErrnoException).code ?? answer.broke.message)
  if (answer.status !== 200) return fail(tally, `${answer.status}${codeIn(answer.text)}`)
  tally.latencies[tally.succeeded] = options.clock.monotonic() - startedAt
  tally.succeeded += 1
  const usage = usageIn(answer.text)
  tally.inputTokens += usage?.input ?? 0
  tally.outputTokens += usage?.output ?? 0
  if (usage?.input !== row.inputTokens || usage.output !== row.outputTokens) tally.offTrace += 1
  const cost = typeof answer.cost === 'string' ? parseDecimal(answer.cost) : undefined
  if (typeof answer.currency === 'string') tally.currencies.add(answer.currency)
  tally.cost = tally.cost === undefined || cost === undefined ? undefined : add(tally.cost, cost)
}

function fail(tally: Tally, kind: string): void {
  tally.failures += 1
  tally.failuresByKind.set(kind, (tally.failuresByKind.get(kind) ?? 0) + 1)
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    // An answer that is not JSON has no usage and no error code to read.
    return undefined
  }
}

function usageIn(text: string): { readonly input: number; readonly output: number } | undefined {
  const usage = parsed(text)?.['usage'] as { prompt_tokens?: number; completion_tokens?: number } | undefined
  return usage?.prompt_tokens === undefined || usage.completion_tokens === undefined ? undefined : { input: usage.prompt_tokens, output: usage.completion_tokens }
}

function codeIn(text: string): string {
  const error = parsed(text)?.['error'] as { code?: unknown; type?: unknown } | undefined
  const code = error?.code ?? error?.type
  return typeof code === 'string' ? ` ${code}` : ''
}

/** Nearest rank of sorted values; undefined of none. */
export function percentile(sorted: Float64Array, fraction: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)]
}
