/** The CLI's way to a running server: its admin API over HTTP, never the database's folder. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { request } from 'undici'
import { clientSettings } from '../config.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

export interface ServerOptions {
  readonly url?: string
  readonly token?: string
  readonly data?: string
}

/** Options of every command that speaks to a server. */
export const withServer = (command: Command): Command => command
  .option('--url <url>', 'the server (WEIR_URL; default: the one that runs on this machine, else http://127.0.0.1:8080)')
  .option('--token <token>', 'an admin token, wadm_… (WEIR_TOKEN; default: DATA/cli-token)')
  .option('--data <folder>', 'data folder of a server on this machine (WEIR_DATA; default: weir-data)')

export interface Failure {
  readonly failed: string
  readonly code: ExitCode
}

export interface AdminClient {
  readonly url: string
  /** Undefined where none was found; then only public paths answer. */
  readonly token: string | undefined
  readonly get: <T>(path: string, query?: Readonly<Record<string, string | undefined>>) => Promise<T | Failure>
  /** The bytes of an answer that is not JSON: a PDF, a CSV file. */
  readonly bytes: (path: string, query?: Readonly<Record<string, string | undefined>>) => Promise<Buffer | Failure>
  readonly send: <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => Promise<T | Failure>
}

export const isFailure = (value: unknown): value is Failure => typeof value === 'object' && value !== null && 'failed' in value && 'code' in value

export function adminClient(context: CliContext, options: ServerOptions): AdminClient {
  const settings = clientSettings(context.env)
  const local = localServer(options.data ?? context.env['WEIR_DATA'] ?? 'weir-data')
  const url = (options.url ?? settings.url ?? local?.url ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
  // The local token is for the local server: it is never sent to another.
  const token = options.token ?? settings.token ?? (local !== undefined && local.url === url ? local.token : undefined)
  const call = async <T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T | Failure> => {
    const sent = body === undefined ? undefined : textOf(body)
    if (typeof sent === 'object') return sent
    const answer = await request(`${url}${path}`, {
      method,
      headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(sent === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(sent === undefined ? {} : { body: sent }),
    }).then(async ({ statusCode, body: text }) => ({ status: statusCode, text: await text.text() })).catch((cause: unknown) => ({ unreachable: cause instanceof Error ? cause : new Error(String(cause)) }))
    if ('unreachable' in answer) return { failed: `no answer from ${url} (${codeOf(answer.unreachable)}): start it with weir serve, or name another with --url`, code: exit.unreachable }
    return read<T>(answer.status, answer.text, url)
  }
  return {
    url,
    token,
    get: (path, query = {}) => call('GET', withQuery(path, query)),
    bytes: async (path, query = {}) => {
      const answer = await request(`${url}${withQuery(path, query)}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }).then(async ({ statusCode, body }) => ({ status: statusCode, body: Buffer.from(await body.arrayBuffer()) })).catch((cause: unknown) => ({ unreachable: cause instanceof Error ? cause : new Error(String(cause)) }))
      if ('unreachable' in answer) return { failed: `no answer from ${url} (${codeOf(answer.unreachable)}): start it with weir serve, or name another with --url`, code: exit.unreachable }
      return answer.status < 300 ? answer.body : (read<never>(answer.status, answer.body.toString('utf8'), url) as Failure)
    },
    send: (method, path, body) => call(method, path, body),
  }
}

/** As it is sent; a failure where no stack is long enough to write it. */
function textOf(body: unknown): string | Failure {
  try {
    return JSON.stringify(body)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    return { failed: 'what you gave is nested too deeply to be sent: write it flatter', code: exit.usage }
  }
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}

const codeOf = (cause: Error): string => (cause as NodeJS.ErrnoException).code ?? cause.message

function read<T>(status: number, text: string, url: string): T | Failure {
  const body = parse(text)
  if (status < 300) return (body ?? {}) as T
  const says = (body as { error?: { message?: string } } | undefined)?.error?.message ?? `${url} answered ${status}`
  if (status === 401 || status === 403) return { failed: `${says} Give an admin token with --token or WEIR_TOKEN.`, code: exit.notPermitted }
  return { failed: says, code: exit.failed }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Not JSON: some other server answered. The status alone is reported.
    return undefined
  }
}

function localServer(folder: string): { readonly url: string; readonly token: string } | undefined {
  try {
    const found = JSON.parse(readFileSync(join(resolve(folder), 'cli-token'), 'utf8')) as { url?: unknown; token?: unknown }
    return typeof found.url === 'string' && typeof found.token === 'string' ? { url: found.url, token: found.token } : undefined
  } catch {
    // Absent, unreadable or not ours: then the server has to be named.
    return undefined
  }
}
