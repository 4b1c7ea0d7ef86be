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
  /** Refusals for want of budget, and what is wrong with any of them. */
  exhausted: number
  readonly falseRefusals: string[]
  lastRefusal: Refusal | undefined
}

export const nobody = (): Seen => ({ calls: 0, served: 0, refused: 0, hungUp: 0, broken: 0, statuses: new Map(), exhausted: 0, falseRefusals: [], lastRefusal: undefined })

/** As JSON can hold it. */
export const plainSeen = ({ statuses, lastRefusal: _, ...seen }: Seen): object => ({ ...seen, statuses: Object.fromEntries(statuses) })

/** What a refusal for want of budget says, in picos of a dollar. */
export interface Refusal {
  readonly limit: bigint
  readonly spent: bigint
  readonly held: bigint
  readonly asked: bigint
}

export const picos = (text = ''): bigint => {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

const said = /limit ([\d.]+) USD, spent ([\d.]+), held for open calls ([\d.]+), this call at its worst ([\d.]+);/

/** Undefined where the answer is another refusal. */
export function refusalIn(text: string): Refusal | undefined {
  const [, limit, spent, held, asked] = text.includes('"insufficient_quota"') ? (said.exec(text) ?? []) : []
  return asked === undefined ? undefined : { limit: picos(limit), spent: picos(spent), held: picos(held), asked: picos(asked) }
}

/** List prices of the day, picos a token: the judge's own. */
const pricesOf: Readonly<Record<string, readonly [bigint, bigint]>> = { 'gpt-4.1': [2_000_000n, 8_000_000n], 'gpt-4.1-mini': [400_000n, 1_600_000n] }

/**
 * A refusal is false where what it says itself leaves room for the call, or where it asks for more than the call could ever
 * have cost: a token is a byte or longer, and no more come out than were asked for.
 */
function judgeRefusal({ limit, spent, held, asked }: Refusal, shot: Pick<Shot, 'model' | 'outputMax'>, bodyBytes: number, falseRefusals: string[]): void {
  const [input = 0n, output = 0n] = pricesOf[shot.model] ?? []
  const most = BigInt(bodyBytes) * input + BigInt(shot.outputMax) * output
  if (spent + held + asked <= limit) falseRefusals.push(`refused with room: ${spent} spent + ${held} held + ${asked} asked of ${limit}`)
  if (asked > most) falseRefusals.push(`refused for ${asked}, and the call costs at most ${most}`)
}

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
      let text = ''
      response.on('data', (chunk: Buffer) => {
        if (status === 429) text += chunk.toString()
      })
      response.on('end', () => {
        if (left) return
        if (status === 200) seen.served += 1
        else {
          seen.refused += 1
          seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1)
          const refusal = refusalIn(text)
          if (refusal !== undefined) {
            seen.exhausted += 1
            seen.lastRefusal = refusal
            judgeRefusal(refusal, shot, Buffer.byteLength(body), seen.falseRefusals)
          }
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
