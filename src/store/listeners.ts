/** Those who want to hear each `NOTIFY weir`. */
export interface Listeners {
  readonly add: (listener: (payload: string) => void) => () => void
  readonly tell: (payload: string) => void
}

export const channel = 'weir'

export function listeners(): Listeners {
  const all = new Set<(payload: string) => void>()
  return {
    add: (listener) => {
      all.add(listener)
      return () => void all.delete(listener)
    },
    // A listener's failure must end the process as a broken invariant does, and must not end up inside the driver's parser.
    tell: (payload) => { for (const listener of all) queueMicrotask(() => listener(payload)) },
  }
}
