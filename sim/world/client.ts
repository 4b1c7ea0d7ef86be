/** A simulated client: what it asks for, when it leaves, how fast it reads; and the end of the wire that the gateway writes to. */
import type { Sink } from '../../src/gateway/call.ts'
import type { Draw } from './draw.ts'
import type { Format } from './fixtures.ts'
import type { SimulatedTime } from './simulated-time.ts'

export interface Wish {
  readonly key: string
  readonly model: string
  readonly format: Format
  readonly text: string
  readonly outputMax: number | undefined
  readonly stream: boolean
  readonly usageAsked: boolean
  readonly leaves: Leaving
  readonly slow: boolean
  readonly triesMax: number
}

export type Leaving =
  | { readonly when: 'never' }
  | { readonly when: 'later'; readonly ms: number }
  /** Between headers and the first read. */
  | { readonly when: 'head' }
  | { readonly when: 'chunk'; readonly count: number }

export interface Wire {
  readonly sink: Sink
  readonly status: () => number | undefined
  readonly bytes: () => Buffer
  /** The answer came to its end. */
  readonly ended: () => boolean
  readonly broken: () => boolean
  /** The client goes, now. */
  readonly leave: () => void
  /** The node died: nothing that it wrote from here on arrives, and it learns nothing more. */
  readonly sever: () => void
  /** Resolves when that has happened. */
  readonly severed: Promise<void>
}

/** `told` is called when the gateway ends the answer, before its last bytes count as delivered. */
export function wireTo(time: SimulatedTime, draw: Draw, wish: Pick<Wish, 'leaves' | 'slow'>, told: () => void): Wire {
  let status: number | undefined
  const chunks: Buffer[] = []
  let ended = false
  let gone = false
  let severed = false
  const severing = Promise.withResolvers<void>()
  const goneListeners: (() => void)[] = []
  const { leaves, slow } = wish

  const leave = (): void => {
    if (gone || ended || severed) return
    gone = true
    for (const listener of goneListeners.splice(0)) listener()
  }
  const soon = (): void => void time.after(draw.chance(0.5) ? 0 : draw.real(0, 5), leave)
  const take = (bytes: Buffer): void => {
    if (gone || severed) return
    chunks.push(bytes)
    if (leaves.when === 'chunk' && chunks.length === leaves.count) soon()
  }
  if (leaves.when === 'later') time.after(leaves.ms, leave)

  return {
    status: () => status,
    bytes: () => Buffer.concat(chunks),
    ended: () => ended,
    broken: () => gone || severed,
    leave,
    sever: () => {
      severed = true
      severing.resolve()
    },
    severed: severing.promise,
    sink: {
      head: (given) => {
        if (gone || severed) return
        status = given
        if (leaves.when === 'head') soon()
      },
      write: (bytes) => {
        take(bytes)
        return !slow || draw.chance(0.6)
      },
      end: (bytes) => {
        if (severed) return
        told()
        if (bytes !== undefined) take(bytes)
        if (!gone) ended = true
      },
      destroy: () => leave(),
      whenDrained: (resume) => void time.after(draw.real(1, 600), () => { if (!severed) resume() }),
      whenGone: (listener) => {
        if (gone) listener()
        else goneListeners.push(listener)
      },
      gone: () => gone,
    },
  }
}

export function wishOf(draw: Draw, keys: readonly string[], models: readonly string[], troubles: { readonly leave: boolean; readonly slow: boolean }): Wish {
  const when = troubles.leave ? draw.weighted({ never: 5, later: 2, head: 1.5, chunk: 1.5 }) : 'never'
  const leaves: Leaving = when === 'later' ? { when, ms: draw.chance(0.3) ? draw.real(0, 3) : draw.real(0, 1_500) } : when === 'chunk' ? { when, count: draw.whole(1, 5) } : { when }
  return {
    key: draw.one(keys), model: draw.one(models), format: draw.one(['chat', 'chat', 'responses', 'messages']), text: 'tell me more '.repeat(draw.whole(1, 40)),
    outputMax: draw.chance(0.8) ? draw.whole(16, 150) : undefined, stream: draw.chance(0.65), usageAsked: draw.chance(0.4), leaves,
    slow: troubles.slow && draw.chance(0.5), triesMax: draw.chance(0.5) ? draw.whole(1, 3) : 1,
  }
}
