/**
 * Responses that the sandbox keeps: for retrieval, for conversations, for streams that are taken up again, and background
 * work that runs while nobody is connected.
 *
 *   queued ─► in_progress ─► completed | incomplete
 *                        └─► cancelled
 */
import type { Body } from './body.ts'
import type { Charge, Incoming } from './desk.ts'
import { joined, type Made } from './generation.ts'

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'cancelled'

export interface StoredResponse {
  readonly id: string
  readonly incoming: Incoming
  /** Seconds since 1970, as the wire has it. */
  readonly createdAt: number
  /** Milliseconds of the clock. */
  readonly startedMs: number
  /** Milliseconds per output token and before the first, fixed at the start. */
  readonly firstTokenMs: number
  readonly perTokenMs: number
  readonly background: boolean
  readonly made: Made
  readonly itemIds: readonly string[]
  readonly callIds: readonly string[]
  readonly webSearch: boolean
  readonly inputItems: readonly Body[]
  /** The whole conversation as text, its output included: the input of a following response. */
  readonly context: readonly string[]
  readonly contextOther: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly charge: Charge
  status: ResponseStatus
  completedAt: number | undefined
  stop: (() => void) | undefined
}

export interface StoredResponses {
  readonly put: (response: StoredResponse) => void
  /** Undefined for unknown, deleted and other accounts' responses. */
  readonly find: (account: string, id: string) => StoredResponse | undefined
  /** What an item of the account's stored responses says; undefined where there is no such item. */
  readonly findItem: (account: string, id: string) => string | undefined
  readonly remove: (id: string) => void
  readonly close: () => void
}

const responsesKept = 2_000

export function openStoredResponses(): StoredResponses {
  const responses = new Map<string, StoredResponse>()
  const remove = (id: string): void => {
    responses.get(id)?.stop?.()
    responses.delete(id)
  }
  return {
    put: (response) => {
      responses.set(response.id, response)
      if (responses.size <= responsesKept) return
      for (const [id, old] of responses) {
        if (old.stop !== undefined) continue
        responses.delete(id)
        break
      }
    },
    find: (account, id) => {
      const response = responses.get(id)
      return response?.incoming.account === account ? response : undefined
    },
    findItem: (account, id) => {
      for (const { incoming, itemIds, made } of responses.values()) {
        if (incoming.account === account && itemIds.includes(id)) return id.startsWith('rs_') ? '' : [joined(made.pieces), ...made.calls.flatMap((call) => [call.name, joined(call.pieces)])].join('')
      }
      return undefined
    },
    remove,
    close: () => {
      for (const response of responses.values()) response.stop?.()
      responses.clear()
    },
  }
}
