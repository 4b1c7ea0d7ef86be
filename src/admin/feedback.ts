/** `POST /v1/feedback` of client keys: reads the body, finds whom the key speaks for, records. */
import type { Fault } from '../gateway/call.ts'
import type { Caller } from '../gateway/snapshot.ts'
import type { Clock } from '../kernel/clock.ts'
import type { MakeId } from '../kernel/ids.ts'
import { feedbackSchema, recordFeedback } from '../planner/feedback.ts'
import type { Store } from '../store/store.ts'

export interface FeedbackPorts {
  readonly store: Store
  readonly clock: Clock
  readonly makeId: MakeId
  /** Whom a secret speaks for; a fault where it is no valid key or the node is not current. */
  readonly caller: (secret: string | undefined) => Caller | Fault
}

/** Answers `{"data":[{"call","status"}]}`, or the fault. */
export async function takeFeedback(ports: FeedbackPorts, secret: string | undefined, body: Buffer): Promise<Buffer | Fault> {
  const caller = ports.caller(secret)
  if ('code' in caller) return caller
  const parsed = feedbackSchema.safeParse(parse(body))
  if (!parsed.success) return { code: 'invalid_request', say: { reason: reasonOf(parsed.error.issues) } }
  const events = 'events' in parsed.data ? parsed.data.events : [parsed.data]
  const bound = await recordFeedback(ports.store, ports, caller, events)
  if (bound.every((each) => each.status === 'unknown')) return { code: 'invalid_request', say: { reason: `no such call of this project: ${bound[0]?.call ?? ''}; give the id of the header x-weir-call-id` }, param: 'call' }
  return Buffer.from(JSON.stringify({ data: bound.map(({ call, status }) => ({ call, status })) }))
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    // Not JSON: the schema refuses undefined with what it wanted.
    return undefined
  }
}

interface Issue { readonly path: readonly PropertyKey[]; readonly message: string; readonly code?: string; readonly errors?: unknown }

/** A union names its members' problems one by one; a reader wants those of the plain form. */
function reasonOf(issues: readonly Issue[]): string {
  const first = issues[0]
  const nested = first?.code === 'invalid_union' && Array.isArray(first.errors) ? (first.errors as readonly (readonly Issue[])[])[0] : undefined
  return (nested ?? issues).slice(0, 3).map((issue) => `${issue.path.length === 0 ? 'body' : issue.path.map(String).join('.')}: ${issue.message}`).join('; ')
}
