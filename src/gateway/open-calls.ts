/**
 * The calls that a node has open, so that a key which no longer holds takes its calls with it, and so does a case or a
 * clause that no longer allows what a call is for: when a snapshot comes in force each open call is looked at again, and
 * one that would not be admitted now is cut. Its attempt is settled as cut with what was metered up to then. A client that
 * has had nothing yet gets the reason as its answer; one inside a stream gets it as the stream's own error event, so that
 * it knows that the answer is not whole.
 */
import type { Cut, Fault, Sink } from './call.ts'

interface Openable {
  readonly secret: string | undefined
  readonly sink: Sink
}

/** Why a call with this secret, for this model where that is known, would not be admitted now. */
export type Objects = (secret: string, model: string | undefined) => Cut | undefined

export interface Entered<C> {
  /** The call with a sink that can be cut. */
  readonly call: C
  readonly leave: () => void
  /** What a call that was cut before anything was sent is answered; undefined for any other. */
  readonly refusal: () => Fault | undefined
}

export interface OpenCalls {
  readonly enter: <C extends Openable>(call: C) => Entered<C>
  /** Cuts the calls that are objected to; answers how many those were. */
  readonly review: (objects: Objects) => number
  readonly count: () => number
}

class OpenCall {
  readonly secret: string | undefined
  model: string | undefined
  readonly #sink: Sink
  readonly #whenCut: ((why: Cut) => void)[] = []
  readonly #whenGone: (() => void)[] = []
  #began = false
  #cut: Cut | undefined

  constructor({ secret, sink }: Openable) {
    this.secret = secret
    this.#sink = sink
  }

  /** Cut before anything was sent: the reason is all that the client gets, whatever still comes of the answer. */
  refusal = (): Fault | undefined => (this.#began ? undefined : this.#cut?.fault)

  readonly sink = (): Sink => {
    const sink = this.#sink
    const refused = (): boolean => this.refusal() !== undefined
    return {
      ...sink,
      isFor: (model) => void (this.model = model),
      head: (status, headers) => {
        if (refused()) return
        this.#began = true
        sink.head(status, headers)
      },
      write: (bytes) => refused() || sink.write(bytes),
      end: (bytes) => {
        if (!refused()) sink.end(bytes)
      },
      gone: () => this.#cut !== undefined || sink.gone(),
      whenGone: (gone) => {
        if (refused()) return gone()
        this.#whenGone.push(gone)
        sink.whenGone(gone)
      },
      whenCut: (cut) => {
        if (this.#cut !== undefined) return cut(this.#cut)
        this.#whenCut.push(cut)
      },
    }
  }

  /** Whether it was not cut before. */
  cut(why: Cut): boolean {
    if (this.#cut !== undefined) return false
    this.#cut = why
    for (const listener of this.#whenCut) listener(why)
    if (!this.#began) for (const listener of this.#whenGone) listener()
    // Whatever has begun and has nobody who could end it in its own form is broken off.
    else if (this.#whenCut.length === 0) this.#sink.destroy()
    return true
  }
}

export function openCalls(): OpenCalls {
  const open = new Set<OpenCall>()
  return {
    enter: (call) => {
      const one = new OpenCall(call)
      open.add(one)
      return { call: { ...call, sink: one.sink() }, leave: () => void open.delete(one), refusal: one.refusal }
    },
    review: (objects) => {
      let cut = 0
      for (const one of open) {
        const why = one.secret === undefined ? undefined : objects(one.secret, one.model)
        if (why !== undefined && one.cut(why)) cut += 1
      }
      return cut
    },
    count: () => open.size,
  }
}
