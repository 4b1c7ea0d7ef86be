/** Serves recorded exchanges (go-vcr version 2 cassettes) byte for byte, found by path and by what the request asks. */
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse as parseYaml } from 'yaml'

export interface Recording {
  /** File name without its ending. */
  readonly name: string
  /** Host and path as recorded, without the version prefix: `/chat/completions`. */
  readonly path: string
  readonly query: Readonly<Record<string, readonly string[]>>
  readonly requestBody: string
  readonly requestContentType: string
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Recordings {
  readonly all: readonly Recording[]
  readonly answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void
}

interface Cassette {
  readonly interactions: readonly {
    readonly request: { readonly url: string; readonly body?: string; readonly headers?: Record<string, string[]>; readonly form?: Record<string, string[]> }
    readonly response: { readonly code: number; readonly headers: Record<string, string[]>; readonly body?: string }
  }[]
}

const lowered = (headers: Readonly<Record<string, string[]>>): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values[0] ?? '']))

export function readRecordings(folder: string): Recording[] {
  return readdirSync(folder).filter((file) => file.endsWith('.yaml')).sort().flatMap((file) => {
    const cassette = parseYaml(readFileSync(join(folder, file), 'utf8')) as Cassette
    return cassette.interactions.map(({ request, response }) => ({
      name: file.replace(/\.yaml$/, ''), path: endOfPath(new URL(request.url).pathname), query: request.form ?? {}, requestBody: request.body ?? '',
      requestContentType: lowered(request.headers ?? {})['content-type'] ?? '', status: response.code, headers: lowered(response.headers), body: response.body ?? '',
    }))
  })
}

const endOfPath = (path: string): string => path.replace(/^\/openai\/deployments\/[^/]+/, '').replace(/^\/openai\/v1/, '').replace(/^\/v1/, '')

/** Headers that speak of the recorded connection, not of the answer. */
const connectionHeaders: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection', 'date', 'alt-svc', 'keep-alive', 'content-encoding'])

/** `stream_options.include_usage`, which a gateway may add, is the one difference that still matches. */
function sameRequest(recorded: string, asked: string): boolean {
  const read = (text: string): unknown => {
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value !== 'object' || value === null) return value
      const { stream_options: options, ...rest } = value as Record<string, unknown>
      void options
      return rest
    } catch (cause) {
      if (cause instanceof SyntaxError) return text
      throw cause
    }
  }
  return isDeepStrictEqual(read(recorded), read(asked))
}

export function openRecordings(folder: string): Recordings {
  const all = readRecordings(folder)
  const find = (request: IncomingMessage, body: Buffer): Recording | undefined => {
    const asked = request.headers['x-recording']
    if (typeof asked === 'string') return all.find((recording) => recording.name === asked)
    const path = endOfPath(new URL(request.url ?? '/', 'http://recordings').pathname)
    const here = all.filter((recording) => recording.path === path)
    // Uploads were recorded without their bytes.
    if (request.headers['content-type']?.startsWith('multipart/') === true) return here.find((recording) => recording.requestContentType.startsWith('multipart/'))
    return here.find((recording) => sameRequest(recording.requestBody, body.toString('utf8')))
  }
  return {
    all,
    answer: (request, body, response) => {
      const recording = find(request, body)
      if (recording === undefined) {
        response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: 'no recording matches', type: 'invalid_request_error', param: null, code: 'no_recording' } }))
        return
      }
      const headers = Object.fromEntries(Object.entries(recording.headers).filter(([name]) => !connectionHeaders.has(name)))
      const bytes = Buffer.from(recording.body)
      response.writeHead(recording.status, { ...headers, 'x-recording': recording.name, ...(headers['content-type']?.startsWith('text/event-stream') === true ? {} : { 'content-length': bytes.length }) }).end(bytes)
    },
  }
}
