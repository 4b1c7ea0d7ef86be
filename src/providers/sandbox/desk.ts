/** What passes between the sandbox's listener and the code of its operations: requests read, answers not yet written. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../kernel/clock.ts'
import type { Timers } from '../../kernel/timers.ts'
import type { Body } from './body.ts'
import type { FaultPlan } from './faults.ts'
import type { SandboxProfile } from './profile.ts'
import type { PromptCache } from './prompt-cache.ts'
import type { StoredResponses } from './stored-responses.ts'

export type SandboxSurface = 'openai' | 'azure' | 'anthropic'

export interface Incoming {
  readonly method: string
  /** Below the surface's root: `/chat/completions`, `/responses/resp_1/cancel`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  /** Empty where the body is not JSON. */
  readonly body: Body
  readonly isJson: boolean
  readonly surface: SandboxSurface
  /** From the body, or Azure's deployment. */
  readonly model: string
  readonly account: string
  readonly requestId: string
  readonly fault: FaultPlan | undefined
}

/** What an answer costs when it is delivered whole. Token classes are disjoint. */
export interface Charge {
  readonly operation: string
  readonly model: string
  readonly tier: string
  readonly input: Readonly<Record<string, number>>
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly usageSent: boolean
}

/** One write of a stream. `tokens` are produced (and billed) when it is reached; `waitMs` passes before it besides. */
export interface Frame {
  readonly text: string
  readonly tokens: number
  readonly waitMs?: number
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer | Iterable<Frame> | AsyncIterable<Frame>
  readonly charge?: Charge
}

/** What operations work with. */
export interface Desk {
  readonly clock: Clock
  readonly timers: Timers
  readonly seed: number
  readonly profile: SandboxProfile
  readonly count: (text: string) => number
  /** Unique within the process: `chatcmpl-…`. */
  readonly makeId: (prefix: string) => string
  /** Undefined where the account has no prompt cache. */
  readonly cacheOf: (account: string) => PromptCache | undefined
  readonly stored: StoredResponses
  /** Bills work that no connection waits for. */
  readonly bill: (incoming: Incoming, charge: Charge, outcome: 'delivered' | 'cancelled', id?: string) => void
}

export type Operate = (incoming: Incoming, desk: Desk) => Answer

export const isFrames = (body: Answer['body']): body is Iterable<Frame> | AsyncIterable<Frame> => typeof body !== 'string' && !Buffer.isBuffer(body)

export const json = (value: unknown, charge?: Charge, headers?: Readonly<Record<string, string>>): Answer => ({
  status: 200, contentType: 'application/json', body: JSON.stringify(value), ...(charge === undefined ? {} : { charge }), ...(headers === undefined ? {} : { headers }),
})

export const events = (body: Iterable<Frame> | AsyncIterable<Frame>, charge?: Charge): Answer => ({ status: 200, contentType: 'text/event-stream; charset=utf-8', body, ...(charge === undefined ? {} : { charge }) })

export interface Refused {
  readonly status: number
  readonly message: string
  readonly type?: string
  readonly code?: string | null
  readonly param?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error', 413: 'request_too_large', 429: 'rate_limit_error', 503: 'overloaded_error', 529: 'overloaded_error',
}

/** An error in the shape of the surface: OpenAI's four members, Azure's code and message, Anthropic's typed envelope. */
export function refuse(incoming: Pick<Incoming, 'surface' | 'requestId'>, { status, message, type, code, param, headers }: Refused): Answer {
  const openaiType = type ?? (status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error')
  const body = {
    openai: { error: { message, type: openaiType, param: param ?? null, code: code ?? null } },
    azure: { error: { code: code ?? String(status), message } },
    anthropic: { type: 'error', error: { type: anthropicTypes[status] ?? 'api_error', message }, request_id: incoming.requestId },
  }[incoming.surface]
  return { status, contentType: 'application/json', body: JSON.stringify(body), ...(headers === undefined ? {} : { headers }) }
}
