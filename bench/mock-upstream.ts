/**
 * The upstream of the benches: a process of its own that speaks just enough HTTP to answer chat completions for a few
 * microseconds each, so that what is measured is the party in front of it. Paths: `/plain/v1/…` answers at once,
 * `/stream/v1/…` sends 50 chunks, `/hold/v1/…` keeps a stream open with a chunk every 5 s. Each chunk of a stream
 * carries the monotonic microsecond at which it was written. Prints its port as JSON; ends when its input ends.
 */
import { createServer, type Socket } from 'node:net'

export const streamChunks = 50
export const chunkEveryMs = 5
const holdEveryMs = 5_000

const usage = '"usage":{"prompt_tokens":120,"completion_tokens":50,"total_tokens":170,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}'
const answerBody = `{"id":"chatcmpl-bench0000000000000000000","object":"chat.completion","created":1760000000,"model":"gpt-4.1-2025-04-14","choices":[{"index":0,"message":{"role":"assistant","content":"${'A weir measures a river, regulates it and can divert it. '.repeat(8)}","refusal":null},"logprobs":null,"finish_reason":"stop"}],${usage},"service_tier":"default"}`
const answer = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: ${Buffer.byteLength(answerBody)}\r\n\r\n${answerBody}`)
const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n'

const framed = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const chunkOf = (rest: string): string => `data: {"id":"chatcmpl-bench0000000000000000000","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4.1-2025-04-14",${rest}}\n\n`
const now = (): string => String(Math.round(performance.timeOrigin * 1_000 + performance.now() * 1_000))
const delta = (): string => framed(chunkOf(`"choices":[{"index":0,"delta":{"content":"t=${now()} "},"finish_reason":null}]`))
const streamEnd = framed(chunkOf('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]')) + framed(chunkOf(`"choices":[],${usage}`)) + framed('data: [DONE]\n\n') + '0\r\n\r\n'

function stream(socket: Socket): void {
  let sent = 1
  socket.write(streamHead + delta())
  const timer = setInterval(() => {
    sent += 1
    if (socket.destroyed) return clearInterval(timer)
    if (sent <= streamChunks) return void socket.write(delta())
    clearInterval(timer)
    socket.write(streamEnd)
  }, chunkEveryMs)
}

function hold(socket: Socket): void {
  socket.write(streamHead + delta())
  const timer = setInterval(() => void (socket.destroyed ? clearInterval(timer) : socket.write(delta())), holdEveryMs)
}

/** Reads requests off one connection: a head, then as many bytes as it announced. */
function serve(socket: Socket): void {
  let head = ''
  let missing = 0
  let path = ''
  const respond = (): void => {
    if (path.startsWith('/stream/')) stream(socket)
    else if (path.startsWith('/hold/')) hold(socket)
    else socket.write(answer)
  }
  const read = (chunk: Buffer): void => {
    if (missing > 0) {
      const used = Math.min(missing, chunk.length)
      missing -= used
      if (missing === 0) respond()
      if (used < chunk.length) read(chunk.subarray(used))
      return
    }
    const before = head.length
    head += chunk.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    const fields = head.slice(0, end)
    const rest = chunk.subarray(end + 4 - before)
    path = fields.slice(fields.indexOf(' ') + 1, fields.indexOf(' HTTP/'))
    const length = /\r\ncontent-length: *(\d+)/i.exec(fields)?.[1]
    head = ''
    if (length === undefined || /\r\nexpect:/i.test(fields)) return void socket.end('HTTP/1.1 411 Length Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    missing = Number(length)
    if (missing === 0) respond()
    else if (rest.length > 0) read(rest)
  }
  socket.on('data', read).on('error', () => socket.destroy()).setNoDelay(true)
}

if (process.argv[1] === import.meta.filename) {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1', 4_096, () => {
    const address = server.address()
    console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : undefined }))
  })
  process.stdin.on('end', () => process.exit(0)).resume()
}
