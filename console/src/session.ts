/**
 * Who is signed in. Today an admin token, kept for this browser tab only; users and roles will answer the same questions:
 * which credential goes with a request, who this is, what they may do.
 */
import { useSyncExternalStore } from 'react'

export type Ended = 'signed-out' | 'refused'

interface Session {
  readonly token: string | undefined
  /** Why there is none, where there was one before. */
  readonly ended: Ended | undefined
}

const place = 'weir.token'
const listeners = new Set<() => void>()
let present: Session = { token: sessionStorage.getItem(place) ?? undefined, ended: undefined }

function become(next: Session): void {
  present = next
  if (next.token === undefined) sessionStorage.removeItem(place)
  else sessionStorage.setItem(place, next.token)
  for (const listener of listeners) listener()
}

export const sessionToken = (): string | undefined => present.token
export const beginSession = (token: string): void => become({ token, ended: undefined })
export const endSession = (ended: Ended): void => become({ token: undefined, ended })

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useSession = (): Session => useSyncExternalStore(subscribe, () => present)
