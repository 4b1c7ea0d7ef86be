/** What comes a moment later: a change reaches the gateway, a call the books, a leaf its checkpoint. */
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { ask } from './talk.ts'

const betweenMs = 50
/** A bound for what never comes, not an expectation: beside other work a machine has been late by many seconds. */
const mostMs = 30_000

/** Asks again until the answer fits, and answers it; throws with the last one where none has within half a minute. */
export async function until<T>(what: string, ask: () => T | Promise<T>, good: (answer: T) => boolean): Promise<T> {
  for (const since = performance.now(); ; await wait(betweenMs)) {
    const answer = await ask()
    if (good(answer)) return answer
    if (performance.now() - since > mostMs) throw new Error(`${what}: not within ${mostMs / 1_000} seconds. The last answer: ${inspect(answer, { depth: 6 })}`)
  }
}

interface Snapshot {
  readonly serving: number
  readonly stored: number
}

/** Resolves when a node serves all that was declared so far. */
export async function served(url: string, token: string): Promise<void> {
  await until('what was declared', () => ask(`${url}/admin/v1/snapshot`, token) as Promise<Snapshot>, ({ serving, stored }) => serving === stored)
}
