/**
 * An act of the case, played on a running sandbox installation: through its admin API and its gateway, as people and
 * applications would. Unlike a chapter it starts no server, kills nothing, and leaves on every page what it did.
 */
import { Pool } from 'undici'
import { until } from '../until.ts'

export interface Act {
  /** Of the chapter that tells the same against servers of its own. */
  readonly number: number
  readonly title: string
  /** Acts without which this one has nothing to work on. */
  readonly needs: readonly number[]
  /** Whether the installation shows that it was played. */
  readonly played: (play: Play) => Promise<boolean>
  readonly run: (play: Play) => Promise<void>
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Play {
  readonly say: (line: string) => void
  readonly get: <T>(path: string) => Promise<T>
  /** A change that has to succeed; by the first person, or by another's token. */
  readonly send: <T>(method: Method, path: string, body?: object, token?: string) => Promise<T>
  /** A change whose refusal is part of the story. */
  readonly attempt: (method: Method, path: string, body: object, token?: string) => Promise<Reply>
  /** A client's request with a client's key. */
  readonly call: (key: string, path: string, body: object) => Promise<Reply>
  /** The token of another person of the operator, made for the play and revoked after it. */
  readonly person: (name: string) => Promise<string>
  readonly until: <T>(what: string, ask: () => Promise<T>, good: (value: T) => boolean) => Promise<T>
}

/** Opens a play on a server. `close` takes back the tokens that were made for it. */
export function openPlay(url: string, token: string, say: (line: string) => void): { readonly play: Play; readonly close: () => Promise<void> } {
  const pool = new Pool(url, { connections: 16 })
  const people = new Map<string, { readonly name: string; readonly secret: string }>()
  const ask = async (method: Method, path: string, secret: string, body?: object): Promise<Reply> => {
    const answer = await pool.request({ method, path, headers: { authorization: `Bearer ${secret}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? null : JSON.stringify(body) })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }
  const good = async <T>(method: Method, path: string, secret: string, body?: object): Promise<T> => {
    const answer = await ask(method, path, secret, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return (answer.text === '' ? {} : JSON.parse(answer.text)) as T
  }
  const play: Play = {
    say, until,
    get: (path) => good('GET', path, token),
    send: (method, path, body, other = token) => good(method, path, other, body),
    attempt: (method, path, body, other = token) => ask(method, path, other, body),
    call: (key, path, body) => ask('POST', path, key, body),
    person: async (name) => {
      const known = people.get(name) ?? await good<{ name: string; secret: string }>('POST', '/admin/v1/tokens', token, { name: `the case: ${name}` })
      people.set(name, known)
      return known.secret
    },
  }
  return {
    play,
    close: async () => {
      for (const { name } of people.values()) await good('DELETE', `/admin/v1/tokens/${encodeURIComponent(name)}`, token)
      await pool.close()
    },
  }
}

/** Runs all, a few at a time. */
export async function each<T>(items: readonly T[], atOnce: number, run: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (let index = next++; index < items.length; index = next++) await run(items[index] as T, index)
  }))
}
