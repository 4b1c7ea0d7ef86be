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

/** What a supplier answers as JSON. `what` names the thing asked for, for the sentence of a failure. */
export async function askSupplier(url: string, headers: Readonly<Record<string, string>>, privateHosts: ReadonlySet<string>, what: string): Promise<SupplierAnswer> {
  const fault = addressFault(url, privateHosts)
  if (fault !== undefined) return { failed: `${url}: ${fault}` }
  const agent = publicAgent(privateHosts, timeoutMs)
  try {
    const answer = await request(url, { headers: { ...headers, accept: 'application/json' }, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) })
    let text = ''
    for await (const part of answer.body) {
      text += String(part)
      if (text.length > answerMax) return { failed: `the answer for ${what} is longer than ${answerMax} characters`, status: answer.statusCode }
    }
    if (answer.statusCode !== 200) {
      const seconds = Number(answer.headers['retry-after'])
      return { failed: `the sender answered ${answer.statusCode} for ${what}`, status: answer.statusCode, ...(seconds > 0 ? { afterMs: Math.min(seconds * 1_000, retryAfterMaxMs) } : {}) }
    }
    return { body: JSON.parse(text) as unknown }
  } catch (cause) {
    return { failed: cause instanceof Error ? cause.message : String(cause) }
  } finally {
    await agent.close()
  }
}
