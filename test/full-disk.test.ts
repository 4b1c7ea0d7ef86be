/** A node whose journal has no room left, on a real small file system: refused calls, waiting answers, and going on by itself. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { APIError } from 'openai'
import { startNodeForTest } from './running-node.ts'

const key = 'sk-weir-full-disk-000000000000'

/** A file system of 1 MiB; undefined where mounting one is not allowed. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'weir-small-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0
  t.after(() => {
    if (mounted) spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return mounted ? folder : undefined
}

function fill(file: string): void {
  for (const size of [65_536, 4_096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
    } catch (cause) {
      assert.equal((cause as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
}

const answer = JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'gpt-4.1', choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 } })

test('a full disk: no call is made unrecorded, answers under way wait, and all goes on when there is room', async (t) => {
  const disk = smallDisk(t)
  if (disk === undefined) return t.skip('mounting a small file system is not allowed here')
  const dialled: ServerResponse[] = []
  const upstream = createServer((request, response) => void request.resume().on('end', () => dialled.push(response))).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  t.after(() => { upstream.closeAllConnections(); upstream.close() })
  const { port } = upstream.address() as AddressInfo
  const node = await startNodeForTest(t, `
providers: { slow: { type: openai-compatible, prices: openai, baseUrl: "http://127.0.0.1:${port}/v1", apiKey: none } }
models: { gpt-4.1: { deployments: [{ provider: slow, model: gpt-4.1 }] } }
organizations: { acme: { projects: { feed: { keys: [{ name: k, secret: ${key} }] } } } }
`, (data) => symlinkSync(join(disk, 'journal.sqlite'), join(data, 'journal.sqlite')))
  const client = new OpenAI({ baseURL: `${node.url}/v1`, apiKey: key, maxRetries: 0 })
  const ask = (idempotencyKey?: string): Promise<OpenAI.ChatCompletion> => client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'hello' }] }, idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } })
  const dials = async (count: number): Promise<void> => { while (dialled.length < count) await wait(5) }

  let answered = false
  const underWay = ask().then((completion) => { answered = true; return completion })
  await dials(1)
  const filler = join(disk, 'filler')
  fill(filler)
  const refused = await ask('once').catch((cause: unknown) => cause)
  assert.ok(refused instanceof APIError)
  assert.deepEqual([refused.status, refused.code, refused.headers.get('retry-after')], [503, 'not_recorded', '5'])
  assert.match(refused.message, /free space on the disk/)
  const unready = await node.ask('GET', '/readyz', key)
  assert.deepEqual([unready.status, dialled.length], [503, 1])
  assert.match(unready.text, /the journal has no room/)
  dialled[0]?.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  await wait(300)
  assert.equal(answered, false)

  rmSync(filler)
  assert.equal((await underWay).usage?.total_tokens, 6)
  assert.equal((await node.ask('GET', '/readyz', key)).status, 200)
  const again = ask('once')
  await dials(2)
  dialled[1]?.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  assert.equal((await again).usage?.total_tokens, 6)
})
