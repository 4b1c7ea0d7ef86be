/**
 * Background responses: the provider works on after it has answered `queued`. Their attempt stays open in the journal and
 * their hold on the budgets, while this loop asks the provider how they stand, until they have ended, across restarts.
 */
import { responsesPassing } from '../dialects/openai-responses/pass.ts'
import type { Reading } from '../dialects/dialect.ts'
import { secretIn, withoutSecret, type Ended } from './attempt.ts'
import { askUpstream, isAnswer, type UpstreamAnswer } from './ask-upstream.ts'
import type { Pending, Ports } from './ports.ts'
import { settlement } from './settle.ts'

export interface Follower {
  readonly follow: (pending: Pending) => void
  /** Asks about one now: its client has just looked. */
  readonly nudge: (response: string) => void
  readonly open: () => number
  readonly stop: () => void
}

type FollowerPorts = Pick<Ports, 'clock' | 'timers' | 'upstream' | 'target' | 'credentials' | 'journal' | 'rate' | 'countTokens' | 'rememberItems'> & {
  readonly failed: (cause: unknown) => void
}

/** First after a second, then ever more rarely, at most every half minute. */
const firstWaitMs = 1_000
const waitMaxMs = 30_000
/** Providers keep background responses for about ten minutes to a day; after this one counts as lost. */
const patienceMs = 24 * 3_600_000
/** Answers of 404 in a row after which the provider has forgotten it. */
const missesMax = 5

interface Followed {
  readonly pending: Pending
  readonly since: number
  due: number
  waitMs: number
  misses: number
  asking: boolean
}

export function makeFollower(ports: FollowerPorts): Follower {
  const followed = new Map<string, Followed>()
  const stop = ports.timers.every(250, () => {
    const now = ports.clock.monotonic()
    for (const one of followed.values()) if (!one.asking && now >= one.due) void poll(one)
  })

  async function poll(one: Followed): Promise<void> {
    one.asking = true
    try {
      const ended = await standing(one, ports)
      if (ended === undefined) return
      const { pending } = one
      // A background response has its items when it has ended: no answer of the call itself showed them.
      if (ended.reading?.items?.length) await ports.rememberItems(pending.response, ended.reading.items)
      const settled = await settlement({ call: pending.call, n: pending.n, operation: pending.operation, ended, deployment: pending.deployment, sheet: pending.sheet, held: pending.held, body: pending.body, last: true }, ports)
      await ports.journal(settled.record)
      followed.delete(pending.response)
      pending.ended(settled.charge)
    } catch (cause) {
      // Whatever it was, the response is still open and must be asked about again: report and go on.
      ports.failed(cause)
    } finally {
      one.asking = false
      one.waitMs = Math.min(waitMaxMs, one.waitMs * 1.5)
      one.due = ports.clock.monotonic() + one.waitMs
    }
  }

  return {
    follow: (pending) => {
      const now = ports.clock.monotonic()
      followed.set(pending.response, { pending, since: now, due: now + firstWaitMs, waitMs: firstWaitMs, misses: 0, asking: false })
    },
    nudge: (response) => {
      const one = followed.get(response)
      if (one !== undefined) one.due = 0
    },
    open: () => followed.size,
    stop,
  }
}

/** How the response has ended; undefined while it runs or nobody knows. */
async function standing(one: Followed, ports: FollowerPorts): Promise<Ended | undefined> {
  const { pending } = one
  const credentials = await ports.credentials(pending.deployment.provider)
  const { origin, path, headers } = ports.target(pending.deployment, 'openai-responses', { below: `/${pending.response}` })
  const answer = await askUpstream(ports.upstream, { origin, path, method: 'GET', headers: { ...headers, ...credentials } })
  const givenUp = ports.clock.monotonic() - one.since > patienceMs
  if (!isAnswer(answer) || answer.status >= 500 || answer.status === 429) return givenUp ? endedAs('lost', undefined) : undefined
  if (answer.status === 404) {
    one.misses += 1
    return one.misses >= missesMax || givenUp ? endedAs('lost', answer) : undefined
  }
  const reading = responsesPassing.whole(withoutSecret(answer.body, secretIn(credentials)))
  if ('broken' in reading || 'failed' in reading) return givenUp ? endedAs('lost', answer) : undefined
  if (reading.status === 'queued' || reading.status === 'in_progress') return undefined
  return endedAs('complete', answer, reading)
}

const endedAs = (outcome: 'complete' | 'lost', answer: UpstreamAnswer | undefined, reading?: Reading): Ended => ({
  outcome, status: answer?.status, failure: undefined, reading, delivered: true, clientGone: false, headersMs: undefined, firstByteMs: undefined, lastByteMs: undefined,
  responseBytes: answer?.body.length ?? 0, headers: answer?.headers ?? {},
})
