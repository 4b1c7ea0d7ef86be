/** Clients of a storm: raw sockets' worth of misbehaviour over plain HTTP, seeded. They count what they saw, nothing more. */
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

export interface Seen {
  calls: number
  served: number
  refused: number
  hungUp: number
  broken: number
  /** Statuses of refusals. */
  readonly statuses: Map<number, number>
}

export const nobody = (): Seen => ({ calls: 0, served: 0, refused: 0, hungUp: 0, broken: 0, statuses: new Map() })

export interface Shot {
  readonly url: string
  readonly key: string
  readonly model: string
  readonly stream: boolean
  readonly words: number
  readonly outputMax: number
  /** Milliseconds after which the client leaves; undefined: it stays. Zero leaves right after sending. */
  readonly leavesAfterMs: number | undefined
  /** Leaves when the headers are there and before it reads. */
  readonly leavesAtHeaders: boolean
}

export const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })

export function shoot(shot: Shot, seen: Seen): Promise<void> {
  seen.calls += 1
  const body = JSON.stringify({ model: shot.model, stream: shot.stream, max_tokens: shot.outputMax, messages: [{ role: 'user', content: 'word '.repeat(shot.words).trim() }] })
  return new Promise((resolve) => {
    let left = false
    const leave = (): void => {
      if (left) return
      left = true
      seen.hungUp += 1
      sent.destroy()
      resolve()
    }
    const sent = request(`${shot.url}/v1/chat/completions`, { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: `Bearer ${shot.key}`, 'content-length': Buffer.byteLength(body) } }, (response) => {
      if (shot.leavesAtHeaders) return leave()
      const status = response.statusCode ?? 0
      response.on('data', () => {})
      response.on('end', () => {
        if (left) return
        if (status === 200) seen.served += 1
        else {
          seen.refused += 1
          seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1)
        }
        resolve()
      })
      response.on('error', () => {
        if (!left) seen.broken += 1
        resolve()
      })
    })
    sent.on('error', () => {
      if (!left) seen.broken += 1
      resolve()
    })
    sent.setTimeout(60_000, () => sent.destroy(new Error('silent for a minute')))
    sent.end(body)
    if (shot.leavesAfterMs !== undefined) void wait(shot.leavesAfterMs).then(leave)
  })
}
