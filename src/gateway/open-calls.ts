/**
 * The calls that a node has open, so that a key which no longer holds takes its calls with it: when a snapshot comes in
 * force each open call's secret is looked up again, and a call without a caller is cut. Its attempt is settled as cut with
 * what was metered up to then, and its connection broken, so that the client knows that the answer is not whole.
 */
import type { Sink } from './call.ts'

interface Openable {
  readonly secret: string | undefined
  readonly sink: Sink
}

export interface OpenCalls {
  /** The call with a sink that can be cut, and how to say that it has ended. */
  readonly enter: <C extends Openable>(call: C) => { readonly call: C; readonly leave: () => void }
  /** Cuts the calls whose secret is no longer good; answers how many those were. */
  readonly review: (good: (secret: string) => boolean) => number
  readonly count: () => number
}

class OpenCall {
  readonly secret: string | undefined
  readonly #sink: Sink
  readonly #listeners: (() => void)[] = []
  #isCut = false

  constructor({ secret, sink }: Openable) {
    this.secret = secret
    this.#sink = sink
  }

  readonly sink = (): Sink => ({
    ...this.#sink,
    gone: () => this.#isCut || this.#sink.gone(),
    whenCut: (cut) => {
      if (this.#isCut) return cut()
      this.#listeners.push(cut)
    },
  })

  cut(): void {
    if (this.#isCut) return
    this.#isCut = true
    this.#sink.destroy()
    for (const listener of this.#listeners) listener()
  }
}

export function openCalls(): OpenCalls {
  const open = new Set<OpenCall>()
  return {
    enter: (call) => {
      const one = new OpenCall(call)
      open.add(one)
      return { call: { ...call, sink: one.sink() }, leave: () => void open.delete(one) }
    },
    review: (good) => {
      let cut = 0
      for (const one of open) {
        if (one.secret === undefined || good(one.secret)) continue
        open.delete(one)
        one.cut()
        cut += 1
      }
      return cut
    },
    count: () => open.size,
  }
}
