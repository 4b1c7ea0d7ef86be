/** What comes a moment later: a change reaches the gateway, a call the books, a leaf its checkpoint, a node its rest. */
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { ask } from './talk.ts'

const betweenMs = 50
/** A bound for what never comes, not an expectation: beside other work a machine has been late by many seconds. */
const usualMs = 30_000
/** What a whole storm has left is posted in more than that. */
const restMs = 120_000

/** Asks again until the answer fits, and answers it; throws with the last one where none has within half a minute, or the time that is given. */
export async function until<T>(what: string, ask: () => T | Promise<T>, good: (answer: T) => boolean, mostMs = usualMs): Promise<T> {
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

interface Rest {
  readonly openCalls: number
  readonly open: number
  readonly unposted: number
  readonly unshipped: number
}

/** Resolves when a Weir is at rest: no call is open, and all that its journals hold is shipped and posted. */
export async function rested(url: string, token: string): Promise<void> {
  const read = async (): Promise<Rest> => {
    // Calls first: one that ends in between is then still to be shipped.
    const openCalls = Number(/^weir_open_calls (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1])
    const { accounting: { open, unposted, unshipped } } = await ask(`${url}/admin/v1/doctor`, token) as { readonly accounting: Rest }
    return { openCalls, open, unposted, unshipped }
  }
  await until('a Weir at rest', read, ({ openCalls, open, unposted, unshipped }) => openCalls === 0 && open === 0 && unposted === 0 && unshipped === 0, restMs)
}
