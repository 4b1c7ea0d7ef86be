/** Step 4: limits, then one hold at the worst case of the candidates on every budget of the path. */
import { formatDecimal, fromPicos } from '../kernel/decimal.ts'
import { isoTime } from '../kernel/clock.ts'
import { isExhausted, type Exhausted, type Hold } from '../ledger/lease.ts'
import { LeasesUnanswered } from '../ledger/leases.ts'
import { boundsOf } from './bounds.ts'
import type { Call, Fault } from './call.ts'
import { contentOf } from './estimate.ts'
import { fault, isFault, type Candidate, type Intent } from './intent.ts'
import { isThrottled, type Admission, type Throttled } from './limiter.ts'
import type { Ports } from './ports.ts'

export interface Admitted {
  readonly hold: Hold
  readonly admission: Admission
  readonly candidates: readonly Candidate[]
}

const worstOf = (candidates: readonly Candidate[]): bigint => candidates.reduce((most, candidate) => (candidate.worst > most ? candidate.worst : most), 0n)

/** Rough tokens of a call for the rate limits: OpenAI, too, counts by an estimate of the input plus the output limit. */
const limitTokens = (call: Call, intent: Intent): number => Math.ceil(call.body.length / 4) + (intent.ask.outputMax ?? 0) * intent.ask.choices

/** At once where the node's limits and leases suffice; a promise where the database or the token counter has to be asked. */
export function admit(call: Call, intent: Intent, candidates: readonly Candidate[], ports: Ports): Admitted | Fault | Promise<Admitted | Fault> {
  const admission = ports.limiter.admit([...intent.caller.limits, ...intent.model.limits], limitTokens(call, intent))
  return admission instanceof Promise ? admission.then((given) => holdFor(given, call, intent, candidates, ports)) : holdFor(admission, call, intent, candidates, ports)
}

function holdFor(admission: Admission | Throttled, call: Call, intent: Intent, candidates: readonly Candidate[], ports: Ports): Admitted | Fault | Promise<Admitted | Fault> {
  if (isThrottled(admission)) return throttledFault(admission)
  const broke = (cause: unknown): never => {
    admission.done(0)
    throw cause
  }
  try {
    const asked = ports.leases.hold(intent.caller.budgets, worstOf(candidates), call.received)
    if (!(asked instanceof Promise) && !isExhausted(asked)) return { hold: asked, candidates, admission }
    return orSilence(holdWorst(asked, call, intent, candidates, ports)).then((held) => {
      if (!isFault(held)) return { ...held, admission }
      admission.done(0)
      return held
    }, broke)
  } catch (cause) {
    return broke(cause)
  }
}

type Asked = Hold | Exhausted

/** A database that does not answer can neither grant nor refuse: the client is told to try again. */
export async function orSilence<T>(asked: T | Promise<T>): Promise<T | Fault> {
  try {
    return await asked
  } catch (cause) {
    if (cause instanceof LeasesUnanswered) return fault('not_current')
    throw cause
  }
}

async function holdWorst(asked: Asked | Promise<Asked>, call: Call, intent: Intent, candidates: readonly Candidate[], ports: Ports): Promise<{ hold: Hold; candidates: readonly Candidate[] } | Fault> {
  const first = await asked
  if (!isExhausted(first)) return { hold: first, candidates }
  // The bound by bytes is about four times too high for prose. Only a budget that is nearly spent needs an exact count.
  const exact = await countedCandidates(call, intent, candidates, ports)
  if (worstOf(exact) >= worstOf(candidates)) return exhaustedFault(first)
  const second = await ports.leases.hold(intent.caller.budgets, worstOf(exact), call.received)
  return isExhausted(second) ? exhaustedFault(second) : { hold: second, candidates: exact }
}

/** Tokens that a chat template may add for each message or tool, generously. */
const templateTokens = 16

async function countedCandidates(call: Call, intent: Intent, candidates: readonly Candidate[], ports: Ports): Promise<readonly Candidate[]> {
  if (intent.ask.unbounded.length > 0 || !call.contentType.startsWith('application/json')) return candidates
  const text = call.body.toString('utf8')
  const parts = text.split('{').length
  const tokens = (await ports.countTokens(contentOf(text))) + parts * templateTokens
  return candidates.map((candidate) => {
    const bounds = boundsOf({ operation: call.operation, ask: intent.ask, bodyBytes: call.body.length, deployment: candidate.deployment, sheet: candidate.sheet, inputTokens: Math.min(tokens, call.body.length) })
    const worst = ports.bound(candidate.sheet, bounds.worst)
    return worst === undefined ? candidate : { ...candidate, bounds, worst }
  })
}

const money = (picos: bigint): string => formatDecimal(fromPicos(picos))

export function exhaustedFault({ exhausted, period, posted, leased, asked, resetsAt }: Exhausted): Fault {
  return {
    code: 'budget_exhausted',
    say: {
      scope: exhausted.scope, name: exhausted.name, currency: exhausted.currency, limit: money(exhausted.limit), spent: money(posted),
      held: money(leased), asked: money(asked), period, resets: resetsAt === undefined ? 'never' : isoTime(resetsAt),
    },
    headers: { 'x-should-retry': 'false' },
  }
}

function throttledFault({ throttled, scope, limit, retryAfterMs, headers }: Throttled): Fault {
  return {
    code: throttled === 'concurrency' ? 'too_many_open_calls' : 'rate_limited',
    say: { kind: throttled, scope, limit: String(limit), seconds: (retryAfterMs / 1_000).toFixed(3) },
    headers: { ...headers, 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))), 'retry-after-ms': String(Math.ceil(retryAfterMs)) },
  }
}
