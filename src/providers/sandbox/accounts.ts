/** The simulated customers: one per credential. Suspension, request windows and what the rate-limit headers say. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isoTime, type Clock } from '../../kernel/clock.ts'
import { type Answer, type Incoming, refuse } from './desk.ts'
import type { SandboxProfile } from './profile.ts'
import { makePromptCache, type PromptCache } from './prompt-cache.ts'

const minuteMs = 60_000

interface Account {
  readonly name: string
  suspended: boolean
  cache: PromptCache | undefined
  windowStart: number
  requests: number
  tokens: number
}

export interface Accounts {
  readonly of: (headers: IncomingHttpHeaders) => string
  /** Admin names an account by its key or by its id. */
  readonly resolve: (keyOrId: string) => string
  readonly setSuspended: (id: string, suspended: boolean) => void
  readonly setCache: (id: string, on: boolean) => void
  readonly cacheOf: (id: string) => PromptCache | undefined
  readonly list: () => readonly { readonly id: string; readonly suspended: boolean; readonly cache: boolean }[]
  /** Undefined: the request may go on. */
  readonly admit: (incoming: Incoming) => Answer | undefined
  readonly countTokens: (id: string, tokens: number) => void
  readonly limitHeaders: (incoming: Pick<Incoming, 'account' | 'surface'>) => Readonly<Record<string, string>>
}

/** Keys never appear in the bill: an account's id is made from the key's hash. Callers without a key share one account. */
export const accountId = (key: string | undefined): string => (key === undefined || key === '' ? 'anonymous' : `acct_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`)

const keyOf = (headers: IncomingHttpHeaders): string | undefined => {
  const own = headers['api-key'] ?? headers['x-api-key']
  if (typeof own === 'string') return own
  return /^bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
}

export function openAccounts(options: { readonly clock: Clock; readonly profile: () => SandboxProfile }): Accounts {
  const { clock, profile } = options
  const accounts = new Map<string, Account>()
  const ids = new Map<string, string>()
  const find = (id: string): Account => {
    let account = accounts.get(id)
    if (account === undefined) accounts.set(id, (account = { name: id, suspended: false, cache: profile().cache ? makePromptCache() : undefined, windowStart: 0, requests: 0, tokens: 0 }))
    const now = clock.now()
    if (now - account.windowStart >= minuteMs || now < account.windowStart) Object.assign(account, { windowStart: now, requests: 0, tokens: 0 })
    return account
  }
  const idOf = (key: string | undefined): string => {
    if (key === undefined) return 'anonymous'
    let id = ids.get(key)
    if (id === undefined) ids.set(key, (id = accountId(key)))
    return id
  }
  return {
    of: (headers) => idOf(keyOf(headers)),
    resolve: (keyOrId) => (keyOrId === 'anonymous' || keyOrId.startsWith('acct_') ? keyOrId : idOf(keyOrId)),
    setSuspended: (id, suspended) => { find(id).suspended = suspended },
    setCache: (id, on) => { find(id).cache = on ? (find(id).cache ?? makePromptCache()) : undefined },
    cacheOf: (id) => find(id).cache,
    list: () => [...accounts.values()].map(({ name, suspended, cache }) => ({ id: name, suspended, cache: cache !== undefined })),
    admit: (incoming) => {
      const account = find(incoming.account)
      if (account.suspended) return suspended(incoming)
      account.requests += 1
      const { requestsPerMinute, tokensPerMinute, enforceLimits } = profile()
      const over = account.requests > requestsPerMinute || account.tokens > tokensPerMinute
      return over && enforceLimits ? limited(incoming, (account.windowStart + minuteMs - clock.now()) / 1_000) : undefined
    },
    countTokens: (id, tokens) => { find(id).tokens += tokens },
    limitHeaders: ({ account, surface }) => limitHeaders(find(account), surface, profile(), clock.now()),
  }
}

const limited = (incoming: Incoming, seconds: number): Answer => refuse(incoming, {
  status: 429, message: 'Rate limit reached for requests or tokens per minute.', type: 'requests', code: incoming.surface === 'azure' ? '429' : 'rate_limit_exceeded', headers: { 'retry-after': String(Math.ceil(seconds)) },
})

/** How each surface tells a customer that its account is closed. */
function suspended(incoming: Incoming): Answer {
  switch (incoming.surface) {
    case 'openai': return refuse(incoming, { status: 401, message: 'The OpenAI account associated with this API key has been deactivated. Please check your email for more information.', code: 'account_deactivated' })
    case 'azure': return {
      status: 403, contentType: 'application/json',
      body: JSON.stringify({ error: { code: 'AbusePenalty', message: 'The resource has been blocked because of repeated misuse.', innererror: { code: 'AbusePenalty', action: 'Block', rateLimitPercentage: 0 } } }),
    }
    case 'anthropic': return refuse(incoming, { status: 403, message: 'This organization has been disabled.' })
  }
}

function limitHeaders(account: Account, surface: Incoming['surface'], profile: SandboxProfile, now: number): Readonly<Record<string, string>> {
  const requests = String(Math.max(0, profile.requestsPerMinute - account.requests))
  const tokens = String(Math.max(0, profile.tokensPerMinute - account.tokens))
  const resetMs = account.windowStart + minuteMs - now
  if (surface === 'anthropic') {
    const reset = isoTime(now + resetMs)
    return {
      'anthropic-ratelimit-requests-limit': String(profile.requestsPerMinute), 'anthropic-ratelimit-requests-remaining': requests, 'anthropic-ratelimit-requests-reset': reset,
      'anthropic-ratelimit-tokens-limit': String(profile.tokensPerMinute), 'anthropic-ratelimit-tokens-remaining': tokens, 'anthropic-ratelimit-tokens-reset': reset,
    }
  }
  const reset = `${Math.ceil(resetMs / 1_000)}s`
  return {
    'x-ratelimit-limit-requests': String(profile.requestsPerMinute), 'x-ratelimit-remaining-requests': requests, 'x-ratelimit-reset-requests': reset,
    'x-ratelimit-limit-tokens': String(profile.tokensPerMinute), 'x-ratelimit-remaining-tokens': tokens, 'x-ratelimit-reset-tokens': reset,
  }
}
