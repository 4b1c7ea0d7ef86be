/**
 * Who is signed in, as the page knows it. The session itself is a cookie that no script can read; what is kept here goes
 * with the page. `who.ts` asks the server for it.
 */
import { useSyncExternalStore } from 'react'
import { permissions, type Routes } from '../generated-client.ts'

export type Ended = 'signed-out' | 'refused'
export type Door = Routes['GET /admin/v1/sign-in']['answer']
export type Who = Routes['GET /admin/v1/session']['answer']

interface Session {
  /** `asking`: the server has not answered yet. `enrol`: a second factor has to be set up before anything else. */
  readonly stage: 'asking' | 'out' | 'factor' | 'enrol' | 'full'
  readonly who: Who | undefined
  readonly door: Door | undefined
  /** Why there is none, where there was one before. */
  readonly ended: Ended | undefined
}

const listeners = new Set<() => void>()
let present: Session = { stage: 'asking', who: undefined, door: undefined, ended: undefined }

export function become(next: Partial<Session>): void {
  present = { ...present, ...next }
  for (const listener of listeners) listener()
}

/** What a request that changes something repeats; undefined while nobody is signed in. */
export const csrfToken = (): string | undefined => present.who?.csrf ?? undefined
export const endSession = (ended: Ended): void => become({ stage: 'out', who: undefined, ended })

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useSession = (): Session => useSyncExternalStore(subscribe, () => present)

export const may = (permission: string): boolean => present.who?.may.includes(permission) === true

/** Whether the one who is signed in may ask a route: what the API says that it asks for, among what the session may. */
export const mayAsk = (route: keyof Routes): boolean => permissions[route] === 'public' || may(permissions[route])

/** Asks for a second factor again, and answers whether it was shown. Set by the part that can ask (confirm-factor.tsx). */
let confirm: (() => Promise<boolean>) | undefined
export const onConfirm = (ask: typeof confirm): void => { confirm = ask }
export const confirmFactor = (): Promise<boolean> => confirm?.() ?? Promise.resolve(false)
