/** One question to a supplier's interface: a GET that follows no redirect, reaches public addresses only, and ends in time. */
import { request } from 'undici'
import { addressFault, publicAgent } from '../webhooks/public-address.ts'

const timeoutMs = 10_000
/** Larger answers are none of these interfaces'. */
const answerMax = 1_000_000
/** No supplier keeps us waiting longer than this between two questions. */
const retryAfterMaxMs = 3_600_000

export type SupplierAnswer =
  | { readonly body: unknown }
  /** `status` where it answered at all; `afterMs`: how long it asks us to wait. */
  | { readonly failed: string; readonly status?: number; readonly afterMs?: number }

/** Milliseconds that `retry-after` asks for, in seconds or as a date beside the answer's own; 0: none. */
function retryAfterMs(headers: Readonly<Record<string, string | string[] | undefined>>): number {
  const text = (name: string): string => { const value = headers[name]; return (Array.isArray(value) ? value[0] : value) ?? '' }
  const seconds = Number(text('retry-after'))
  const ms = Number.isNaN(seconds) ? Date.parse(text('retry-after')) - Date.parse(text('date')) : seconds * 1_000
  return ms > 0 ? ms : 0
}

/** Why a question got no answer: undici's errors say it by code, a time-out by name alone. */
function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if (cause.name === 'TimeoutError') return `no whole answer within ${timeoutMs / 1_000} seconds`
  const { message, name, code } = cause as NodeJS.ErrnoException
  return message !== '' ? message : (code ?? name)
}

/** What a supplier answers as JSON. `what` names the thing asked for, for the sentence of a failure. */
export async function askSupplier(url: string, headers: Readonly<Record<string, string>>, privateHosts: ReadonlySet<string>, what: string): Promise<SupplierAnswer> {
  const fault = addressFault(url, privateHosts)
  if (fault !== undefined) return { failed: `${url}: ${fault}` }
  const agent = publicAgent(privateHosts, timeoutMs)
  try {
    const answer = await request(url, { headers: { ...headers, accept: 'application/json' }, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) })
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of answer.body) {
      parts.push(part as Buffer)
      bytes += (part as Buffer).length
      if (bytes > answerMax) return { failed: `the answer for ${what} is longer than ${answerMax} bytes`, status: answer.statusCode }
    }
    if (answer.statusCode !== 200) {
      const afterMs = retryAfterMs(answer.headers)
      return { failed: `the sender answered ${answer.statusCode} for ${what}`, status: answer.statusCode, ...(afterMs > 0 ? { afterMs: Math.min(afterMs, retryAfterMaxMs) } : {}) }
    }
    return { body: JSON.parse(Buffer.concat(parts).toString()) as unknown }
  } catch (cause) {
    if (cause instanceof SyntaxError) return { failed: `the answer for ${what} is no JSON, or was cut: ${cause.message}` }
    return { failed: `the sender could not be asked for ${what}: ${causeText(cause)}` }
  } finally {
    await agent.close()
  }
}
