/** The gateway's ports over the real parts. What a call needs again and again is found once per snapshot, not per call. */
import { openExchange } from './dialects/exchange.ts'
import { readAsk, servable } from './dialects/dialects.ts'
import type { DialectName, Operation } from './dialects/dialect.ts'
import type { Breaker } from './gateway/breaker.ts'
import type { Upstream } from './gateway/dial.ts'
import type { Limiter } from './gateway/limiter.ts'
import type { Ports } from './gateway/ports.ts'
import type { Caller, Deployment, Snapshot } from './gateway/snapshot.ts'
import type { Journal } from './journal/record.ts'
import { pseudonymOf } from './kernel/sealing.ts'
import type { Clock } from './kernel/clock.ts'
import type { Random } from './kernel/random.ts'
import type { Timers } from './kernel/timers.ts'
import type { Leases } from './ledger/lease.ts'
import type { PriceBook } from './ledger/price.ts'
import { bound, rate } from './ledger/rating.ts'
import type { makeCredentials } from './providers/entra.ts'
import { upstreamTarget } from './providers/upstream-request.ts'
import { Broken } from './kernel/assert.ts'

type Given = Pick<Ports, 'snapshot' | 'permit' | 'decided' | 'countTokens' | 'rememberResponse' | 'rememberItems' | 'findResponse' | 'findItems' | 'claim' | 'finish' | 'release' | 'raise' | 'observe' | 'keepContent' | 'throttled' | 'sketch' | 'follow' | 'draining'>

export interface GatewayParts extends Given {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly hashSecret: (secret: string) => string
  readonly book: () => PriceBook
  readonly leases: Leases
  readonly limiter: Limiter
  readonly breaker: Breaker
  readonly upstream: Upstream
  readonly credentials: ReturnType<typeof makeCredentials>
  readonly journal: Journal
}

const operationIn: Readonly<Record<DialectName, Operation>> = {
  'openai-chat': 'chat', 'openai-responses': 'responses', 'anthropic-messages': 'messages', 'openai-embeddings': 'embeddings', 'openai-completions': 'completions',
  'openai-moderations': 'moderations', 'openai-images': 'images', 'openai-transcriptions': 'transcriptions', 'anthropic-count-tokens': 'count-tokens',
}

/** Secrets of this many callers are remembered; more are hashed again each time. */
const callersMax = 50_000

/** A hash takes longer than all the rest of identification, so known secrets are kept in memory while their snapshot lasts. */
function identifier(hashSecret: (secret: string) => string): Ports['identify'] {
  let seenIn: Snapshot | undefined
  let known = new Map<string, Caller>()
  return (snapshot, secret) => {
    if (snapshot !== seenIn) {
      seenIn = snapshot
      known = new Map()
    }
    const before = known.get(secret)
    if (before !== undefined) return before
    const caller = snapshot.callers.get(hashSecret(secret))
    if (caller !== undefined && known.size < callersMax) known.set(secret, caller)
    return caller
  }
}

type Target = ReturnType<Ports['target']>

function targets(): Ports['target'] {
  const known = new WeakMap<Deployment, Map<DialectName, Target>>()
  const find = (deployment: Deployment, dialect: DialectName, rest?: { readonly below?: string; readonly query?: string }): Target => {
    const found = upstreamTarget(deployment.provider, operationIn[dialect], deployment.upstreamModel, rest)
    if ('failed' in found) throw new Broken(found.failed)
    return found
  }
  return (deployment, dialect, rest) => {
    if (rest !== undefined) return find(deployment, dialect, rest)
    let byDialect = known.get(deployment)
    if (byDialect === undefined) known.set(deployment, (byDialect = new Map()))
    let target = byDialect.get(dialect)
    if (target === undefined) byDialect.set(dialect, (target = find(deployment, dialect)))
    return target
  }
}

export function gatewayPorts(parts: GatewayParts): Ports {
  const { journal, credentials, book, hashSecret, ...given } = parts
  return {
    ...given,
    identify: identifier(hashSecret),
    pseudonym: pseudonymOf(hashSecret),
    readAsk,
    servable,
    openExchange,
    sheet: (deployment, instant) => book().sheet(deployment.priceList, deployment.pricedAs, deployment.regionClass, instant, instant),
    bound,
    rate,
    target: targets(),
    credentials: credentials as Ports['credentials'],
    journal: journal.append,
  }
}
