/** `weir witness`: the witness protocol over HTTP, and its client's side of the wire. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { decodeUtf8 } from './note.ts'
import { addCheckpoint } from './witness.ts'
import type { SendToWitness, Witness, WitnessAnswer } from './witness.ts'

const bodyLengthMax = 64 * 1_024

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += (part as Buffer).length
    if (length > bodyLengthMax) return undefined
    parts.push(part as Buffer)
  }
  return decodeUtf8(Buffer.concat(parts))
}

const plain = 'text/plain; charset=utf-8'

async function answer(witness: Witness, request: IncomingMessage): Promise<Omit<WitnessAnswer, 'status'> & { status: number }> {
  const path = new URL(request.url ?? '/', 'http://witness.invalid').pathname
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return { status: 405, contentType: plain, body: 'use POST\n' }
    const body = await readBody(request)
    return body === undefined ? { status: 400, contentType: plain, body: 'the body is too long, or not UTF-8\n' } : addCheckpoint(witness, body)
  }
  const [, originHash] = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path) ?? []
  const note = originHash === undefined || request.method !== 'GET' ? undefined : await witness.memory.published(originHash)
  return note === undefined ? { status: 404, contentType: plain, body: 'nothing here: POST /add-checkpoint, or GET /<origin hash>/checkpoint\n' } : { status: 200, contentType: plain, body: note }
}

/** A server that is not listening yet. `onError` is told of requests that failed for a reason of ours. */
export function witnessServer(witness: Witness, onError: (cause: unknown) => void): Server {
  return createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(witness, request).then(
      ({ status, contentType, body }) => response.writeHead(status, { 'content-type': contentType }).end(body),
      (cause: unknown) => {
        onError(cause)
        response.writeHead(500, { 'content-type': plain }).end('the witness failed: nothing was cosigned\n')
      },
    )
  })
}

/** Speaks to a witness at its submission prefix. */
export const sendTo = (submissionPrefix: string, timeoutMs = 10_000): SendToWitness => async (body) => {
  const response = await fetch(`${submissionPrefix.replace(/\/$/, '')}/add-checkpoint`, { method: 'POST', body, headers: { 'content-type': plain }, signal: AbortSignal.timeout(timeoutMs) })
  return { status: response.status, body: await response.text() }
}
