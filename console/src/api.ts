/** The one way to the admin API: routes as the generated types name them, failures as `Problem`. */
import type { Routes } from '../generated-client.ts'
import { confirmFactor, csrfToken, endSession } from './session.ts'

export type Route = keyof Routes
export type Answer<R extends Route> = Routes[R]['answer']
export type Body<R extends Route> = Routes[R]['body']
export type Query<R extends Route> = Routes[R]['query']

type Part<K extends string, V> = V extends undefined ? object : object extends V ? { readonly [P in K]?: V } : { readonly [P in K]: V }
/** Parameters, query and body of a route; what may be left out may be left out. */
export type Given<R extends Route> = Part<'params', Routes[R]['params']> & Part<'query', Routes[R]['query']> & Part<'body', Routes[R]['body']>

interface AnyGiven {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

/** Why a request did not do what was asked; the message is for people. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Names may hold slashes; a path writes `~` for each. */
const inPath = (name: string): string => encodeURIComponent(name.replaceAll('/', '~'))

function target(route: string, { params = {}, query = {} }: AnyGiven): { readonly method: string; readonly url: string } {
  const [method = 'GET', path = ''] = route.split(' ')
  const asked = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]])))
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inPath(params[name] ?? ''))
  return { method, url: asked.size === 0 ? filled : `${filled}?${asked.toString()}` }
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly message?: string; readonly code?: string } }
    return new Problem(response.status, error?.code ?? 'unknown', error?.message ?? text)
  } catch (cause) {
    // Something between browser and Weir answered in its own words.
    if (!(cause instanceof SyntaxError)) throw cause
    return new Problem(response.status, 'unknown', text.slice(0, 300))
  }
}

/** Codes of a 401 that speak of the session, not of what was typed in. */
const sessionIsOver: ReadonlySet<string> = new Set(['no_token', 'token_revoked', 'user_disabled', 'second_factor_missing'])

export async function open(route: Route, given: AnyGiven = {}, options: { readonly signal?: AbortSignal } = {}, again = false): Promise<Response> {
  const { method, url } = target(route, given)
  const body = given.body === undefined ? {} : { body: JSON.stringify(given.body) }
  const csrf = method === 'GET' ? undefined : csrfToken()
  const headers = { ...(csrf === undefined ? {} : { 'x-weir-csrf': csrf }), ...(given.body === undefined ? {} : { 'content-type': 'application/json' }) }
  let response: Response
  try {
    response = await fetch(url, { method, headers, ...body, ...(options.signal === undefined ? {} : { signal: options.signal }) })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new Problem(0, 'unreachable', 'Weir does not answer. Is it running, and is the network there?')
  }
  if (response.ok) return response
  const problem = await problemOf(response)
  // What is typed in may be wrong; a session that was there before has ended.
  if (problem.status === 401 && sessionIsOver.has(problem.code)) endSession('refused')
  if (problem.code === 'factor_too_old' && !again && (await confirmFactor())) return open(route, given, options, true)
  throw problem
}

export async function ask<R extends Route>(route: R, given: Given<R>, options: { readonly signal?: AbortSignal } = {}): Promise<Answer<R>> {
  const response = await open(route, given as AnyGiven, options)
  return await response.json() as Answer<R>
}
