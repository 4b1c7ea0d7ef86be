/** An upstream that does what a test tells it: one lane per provider, named by the first segment of its base URL. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Arrival {
  readonly lane: string
  /** Below the lane. */
  readonly path: string
  /** Milliseconds of the monotonic clock. */
  readonly at: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers the n-th request (from 1) of its lane since it was told to. */
export type Script = (response: ServerResponse, arrival: Arrival, n: number) => void | Promise<void>

export interface Scripted {
  readonly url: string
  /** From now on the lane does this; what arrived there before is forgotten. */
  readonly tell: (lane: string, script: Script) => void
  readonly arrivals: (...lanes: readonly string[]) => readonly Arrival[]
  readonly close: () => Promise<void>
}

export async function startScripted(): Promise<Scripted> {
  const scripts = new Map<string, Script>()
  const seen: Arrival[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse, body: string): Promise<void> => {
    const [, lane = '', ...rest] = (request.url ?? '').split('/')
    const arrival = { lane, path: `/${rest.join('/')}`, at: performance.now(), headers: request.headers, body }
    seen.push(arrival)
    const script = scripts.get(lane)
    if (script === undefined) response.writeHead(500).end()
    else await script(response, arrival, seen.filter((one) => one.lane === lane).length)
  }
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => { response.destroy() })
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => { void answer(request, response, Buffer.concat(chunks).toString()) })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell: (lane, script) => {
      scripts.set(lane, script)
      for (let index = seen.length - 1; index >= 0; index -= 1) if (seen[index]?.lane === lane) seen.splice(index, 1)
    },
    arrivals: (...lanes) => seen.filter((one) => lanes.includes(one.lane)),
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}

const completion = (words: string): object => ({
  id: 'chatcmpl-scripted', object: 'chat.completion', created: 1_790_000_000, model: 'gpt-4.1',
  choices: [{ index: 0, message: { role: 'assistant', content: words, refusal: null, annotations: [] }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 } },
})

export const completionText = (words = 'all is well'): string => JSON.stringify(completion(words))

export const well: Script = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(completionText())

/** A refusal with OpenAI's error shape. */
export const refusing = (status: number, error: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}): Script => (response) =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error: { message: 'refused on purpose', type: 'server_error', param: null, code: null, ...error } }))

const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'gpt-4.1', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })}\n\n`

/** Pieces of a whole chat stream with usage. */
export const streamPieces = (words = ['all ', 'is ', 'well']): readonly string[] => [
  chunk({ role: 'assistant', content: '' }, null), ...words.map((word) => chunk({ content: word }, null)), chunk({}, 'stop'),
  `data: ${JSON.stringify({ id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'gpt-4.1', choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } })}\n\n`,
  'data: [DONE]\n\n',
]
