/**
 * The way of a call, step by step. Guards leave early with a fault; from the first dial on, every path ends in `finish`,
 * which writes the outcome and ends the hold exactly once.
 */
import { headerText } from '../dialects/headers.ts'
import type { Call, Fault, Reply } from './call.ts'
import { admit } from './admit.ts'
import { capturing } from './capture.ts'
import { dialUntilServed } from './dial-until-served.ts'
import { fault, identify, isFault, shortlist, type Continued, type Intent } from './intent.ts'
import { once } from './once.ts'
import type { Ports, Slowed } from './ports.ts'

export async function handle(call: Call, ports: Ports): Promise<Reply> {
  const intent = identify(call, ports)
  if (isFault(intent)) return refuse(intent)
  call.sink.isFor?.(intent.model.name)

  const key = headerText(call.headers, 'idempotency-key')
  return key === undefined ? serve(call, intent, ports) : once(key, call, intent, ports, (same) => serve(same, intent, ports))
}

async function serve(call: Call, intent: Intent, ports: Ports): Promise<Reply> {
  const { previousResponseId, items } = intent.ask
  const named = [...items.references, ...items.byId, ...items.containers]
  const continued = previousResponseId === undefined && named.length === 0 ? nothing : await continuedBy(intent, named, ports)
  if (isFault(continued)) return refuse(continued, call, intent, ports)

  const candidates = shortlist(call, intent, ports, continued)
  if (isFault(candidates)) return refuse(candidates, call, intent, ports)

  const slowed = ports.throttled?.(intent.caller, intent.model)
  if (slowed !== undefined) return refuse(slowedFault(slowed), call, intent, ports)

  const asked = admit(call, intent, candidates, ports)
  const admitted = asked instanceof Promise ? await asked : asked
  if (isFault(admitted)) return refuse(admitted, call, intent, ports)

  const reply = await dialUntilServed({ call: intent.caller.capture === 'content' ? capturing(call, intent, ports) : call, intent, admitted, ports })
  if (reply.status === 'answered') ports.sketch?.(call, intent)
  return reply
}

/** Seconds after which a throttled caller should try again: long enough that a client that obeys it does slow down. */
const slowedSeconds = '10'

const slowedFault = ({ clause, says, remedy, percent }: Slowed): Fault =>
  ({ code: 'throttled', say: { clause, says, remedy, percent: String(percent) }, headers: { 'retry-after': slowedSeconds } })

const nothing: Continued = { pinned: undefined, homes: undefined }

/** What the call goes on with, asked for at once. */
async function continuedBy(intent: Intent, items: readonly string[], ports: Ports): Promise<Continued | Fault> {
  const { previousResponseId } = intent.ask
  const [pinned, homes] = await Promise.all([
    previousResponseId === undefined ? undefined : pinnedDeployment(previousResponseId, intent, ports),
    items.length === 0 ? undefined : ports.findItems(intent.caller, items),
  ])
  return pinned !== undefined && typeof pinned !== 'string' ? pinned : { pinned, homes }
}

/** A call that continues a stored response must go where that response lives, and only its own project may continue it. */
async function pinnedDeployment(response: string, { caller }: Intent, ports: Ports): Promise<string | Fault> {
  const stored = await ports.findResponse(response)
  const own = stored !== undefined && stored.organization === caller.organization && stored.project === caller.project
  return own ? stored.deployment : fault('response_not_found', { response }, 'previous_response_id')
}

/** A refusal before any dial. Where the caller is known it is journalled, without money and without waiting. */
function refuse(reason: Fault, call?: Call, intent?: Intent, ports?: Ports): Reply {
  if (call !== undefined && intent !== undefined && ports !== undefined) {
    const { caller, model } = intent
    const written = ports.journal({
      kind: 'refusal', call: call.id, at: ports.clock.now(), organization: caller.organization, project: caller.project, key: caller.key,
      model: model.name, operation: call.operation, code: reason.code, ...(reason.say['clause'] === undefined ? {} : { clause: reason.say['clause'] }),
    })
    // A journal that takes no more records fails every call that goes on; a refusal carries no money and stands without its record.
    written.catch(() => undefined)
    ports.observe({
      call: call.id, at: call.received, organization: caller.organization, project: caller.project, key: caller.key, model: model.name, deployment: undefined, operation: call.operation, surface: call.surface,
      stream: intent.ask.stream, attempts: 0, status: 0, fault: reason.code, durationMs: ports.clock.monotonic() - call.started, firstByteMs: undefined, counts: undefined, source: 'absent', charge: 0n,
      clientGone: false, traceparent: headerText(call.headers, 'traceparent'),
    })
  }
  return { status: 'fault', fault: reason, attempts: 0 }
}
