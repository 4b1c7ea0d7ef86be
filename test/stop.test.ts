/** Ctrl-C with calls open: they finish or are cut at the deadline, are settled and shipped; new calls are refused. And the smallest weir.yaml. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI from 'openai'
import { until } from '../demo/until.ts'
import { startWeir } from '../demo/weir-process.ts'
import { attributeOf, startCollector } from './otlp-collector.ts'
import { judgeDatabase } from './storm/storm.ts'
import { oneUpstream } from './upstream/one-upstream.ts'
import { startUpstream } from './upstream/upstream.ts'

const key = 'sk-weir-stopping-00000000000'
function folderOf(t: { readonly after: (run: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-stop-'))
  t.after(() => { rmSync(folder, { recursive: true, force: true }) })
  return folder
}

interface Streaming {
  readonly headers: Headers
  readonly text: Promise<string>
}

/** A stream of so many pieces, whose head has come. */
async function streaming(url: string, words: number): Promise<Streaming> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4.1', stream: true, max_tokens: words, metadata: { words: String(words) }, messages: [{ role: 'user', content: 'go on' }] }),
  })
  return { headers: answer.headers, text: answer.text().catch(() => 'broken off') }
}

/** A request whose head has been read and whose body is not whole yet; `finish` sends the rest and answers all that came back. */
async function halfSent(url: string): Promise<() => Promise<string>> {
  const { hostname, port } = new URL(url)
  const body = JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'late' }] })
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`)
  const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'
  await until('leave to send the body', () => text, (heard) => heard === goOn)
  socket.write(body.slice(0, 10))
  return async () => {
    socket.write(body.slice(10))
    await until('the whole answer', () => text, (heard) => heard.includes('}}'))
    socket.destroy()
    return text.slice(goOn.length)
  }
}

test('Ctrl-C: an open stream finishes, a late call is refused, nothing is left to settle or ship; spans reach the collector of --otlp-endpoint', async (t) => {
  const folder = folderOf(t)
  const bill = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, pieceMs: 100, firstMs: 1 })
  const collector = await startCollector()
  const data = join(folder, 'data')
  const weir = await startWeir({ data, config: oneUpstream(upstream.url, key), args: ['--otlp-endpoint', collector.url] })
  t.after(async () => {
    await weir.kill()
    await upstream.close()
    await collector.close()
  })
  const { headers, text } = await streaming(weir.url, 80)
  const late = await halfSent(weir.url)
  const stopped = weir.stop()
  await until('word that it stops', weir.log, (log) => log.includes('stopping: open calls may finish'))
  const refused = await late()
  assert.match(refused, /^HTTP\/1\.1 503 /)
  assert.match(refused, /"code":"draining"/)
  await assert.rejects(fetch(`${weir.url}/v1/models`), 'nothing new is accepted')
  assert.match(await text, /data: \[DONE\]\n\n$/)
  await stopped
  const judged = await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, bill)
  assert.deepEqual([judged.wrong, judged.billed, judged.reported], [[], 1, 1])
  const server = collector.spans().find(({ kind }) => kind === 2 )
  assert.deepEqual([attributeOf(server, 'weir.call.id'), attributeOf(server, 'gen_ai.operation.name')], [headers.get('x-weir-call-id'), 'chat'])
})

test('Ctrl-C: a stream that goes on is cut at --drain-ms, settled as cut and shipped', async (t) => {
  const folder = folderOf(t)
  const bill = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, pieceMs: 100, firstMs: 1 })
  const data = join(folder, 'data')
  const weir = await startWeir({ data, config: oneUpstream(upstream.url, key), args: ['--drain-ms', '600'] })
  t.after(async () => {
    await weir.kill()
    await upstream.close()
  })
  // Whole, it would take a hundred seconds: the stop would reject before.
  const { text } = await streaming(weir.url, 1_000)
  await weir.stop()
  assert.doesNotMatch(await text, /\[DONE\]/)
  const judged = await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, bill)
  assert.deepEqual([judged.wrong, judged.booked, judged.reported], [[], 1, 0], 'nothing open, nothing held, nothing lost')
})

/** The file of the documents, to the letter. */
const example = /```yaml\n(providers:\n {2}upstream: [\s\S]*?)```/.exec(readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8'))?.[1] ?? ''

test('the smallest file works as it stands: a call goes through it to the upstream that it names, and is booked', async (t) => {
  assert.match(example, /baseUrl: "http:\/\/127\.0\.0\.1:9000\/v1"/)
  const folder = folderOf(t)
  const bill = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, port: 9_000 }).catch((cause: NodeJS.ErrnoException) => cause)
  if (upstream instanceof Error) {
    assert.equal(upstream.code, 'EADDRINUSE')
    return t.skip('skipped: another program listens on port 9000')
  }
  const data = join(folder, 'data')
  const secret = 'sk-weir-of-the-feed-000000000'
  const weir = await startWeir({ data, config: example, env: { UPSTREAM_KEY: 'sk-of-the-upstream', FEED_KEY: secret } })
  t.after(async () => {
    await weir.kill()
    await upstream.close()
  })
  const client = new OpenAI({ apiKey: secret, baseURL: `${weir.url}/v1`, maxRetries: 0 })
  const { data: answer, response } = await client.chat.completions.create({ model: 'gpt-4.1', max_tokens: 5, messages: [{ role: 'user', content: 'one two three' }] }).withResponse()
  assert.deepEqual([answer.usage?.completion_tokens, Number(response.headers.get('x-weir-cost')) > 0], [5, true])
  await weir.stop()
  const judged = await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, bill)
  assert.deepEqual([judged.wrong, judged.billed, judged.reported], [[], 1, 1])
})
