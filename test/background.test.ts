/** A background response outlives the gateway that began it: its hold stands, it is polled again after a kill, and ends in the books. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI from 'openai'
import { ask } from '../demo/talk.ts'
import { until } from '../demo/until.ts'
import { startWeir } from '../demo/weir-process.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { startSandbox } from '../src/providers/sandbox/sandbox.ts'

const key = 'sk-weir-background-0000000000'
const configOf = (sandbox: string): string => `
providers:
  maker: { type: openai, baseUrl: "${sandbox}/v1", apiKey: sk-upstream-background }
models:
  gpt-4.1: { deployments: [{ provider: maker, model: gpt-4.1 }] }
organizations:
  acme: { budget: { amount: "10", period: total }, projects: { feed: { keys: [{ name: one, secret: ${key} }] } } }
`

interface Budgets {
  readonly data: readonly { readonly held: string }[]
}
interface Usage {
  readonly data: readonly { readonly reported_calls: number; readonly estimated_calls: number; readonly absent_calls: number; readonly output_tokens: number }[]
}

test('a background response is held, polled and booked across a kill -9 of its gateway', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-background-'))
  const sandbox = await startSandbox({ seed: 3, clock: systemClock, timers: systemTimers, profile: { perTokenMs: 400 } })
  const data = join(folder, 'data')
  const started = { data, config: configOf(sandbox.url) }
  let weir = await startWeir(started)
  try {
    const token = weir.first?.adminToken ?? ''
    const client = (): OpenAI => new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: key, maxRetries: 0 })
    const begun = await client().responses.create({ model: 'gpt-4.1', input: 'Take your time.', background: true, metadata: { weir_output_tokens: '60' } })
    assert.match(begun.status ?? '', /queued|in_progress/)
    await weir.kill()
    weir = await startWeir(started)
    const budgets = (await ask(`${weir.url}/admin/v1/budgets`, token)) as Budgets
    assert.ok(budgets.data.some(({ held }) => Number(held) > 0), `its hold stands: ${JSON.stringify(budgets)}`)
    const ended = (id: string): Promise<OpenAI.Responses.Response> => until(`the end of ${id}`, () => client().responses.retrieve(id), ({ status }) => status === 'completed')
    const response = await ended(begun.id)
    assert.deepEqual([response.status, response.usage?.output_tokens], ['completed', 60])
    const read = async (): Promise<Usage['data']> => ((await ask(`${weir.url}/admin/v1/usage`, token)) as Usage).data
    const first = await until('its usage in the books', read, (usage) => usage.length > 0)
    assert.deepEqual(first.map(({ reported_calls, output_tokens }) => [reported_calls, output_tokens]), [[1, 60]])
    // Its items are known from the first answer that shows them, and to a node that starts later.
    const input = [{ type: 'item_reference', id: response.output[0]?.id ?? '' }, { role: 'user', content: 'Go on.' }] as const
    assert.equal((await client().responses.create({ model: 'gpt-4.1', input: [...input] })).status, 'completed')
    await weir.kill()
    weir = await startWeir(started)
    assert.equal((await client().responses.create({ model: 'gpt-4.1', input: [...input] })).status, 'completed')
    // One whose stream breaks with its gateway is known by its first event, and ends in the books like any other.
    const streamed = await client().responses.create({ model: 'gpt-4.1', input: 'Take your time.', background: true, stream: true, metadata: { weir_output_tokens: '40' } })
    let id = ''
    const events = streamed[Symbol.asyncIterator]()
    for (let event = await events.next(); event.value?.type !== 'response.output_text.delta'; event = await events.next()) {
      if (event.value?.type === 'response.created') ({ id } = event.value.response)
    }
    await weir.kill()
    await assert.rejects(async () => { while ((await events.next()).done !== true) continue })
    weir = await startWeir(started)
    const later = await ended(id)
    assert.deepEqual([later.status, later.usage?.output_tokens], ['completed', 40])
    const usage = await until('the usage of all four', read, (rows) => rows.reduce((sum, row) => sum + row.reported_calls, 0) >= 4)
    assert.deepEqual(usage.map(({ reported_calls, estimated_calls, absent_calls }) => [reported_calls, estimated_calls, absent_calls]), [[4, 0, 0]])
    await weir.stop()
  } finally {
    await weir.kill()
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
