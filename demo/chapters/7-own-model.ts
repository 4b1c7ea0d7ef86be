/**
 * Chapter 7, in a reduced form: the buyer moves a share of its traffic to a model of its own and back. The same user always
 * meets the same side, the product says what became of its calls, and both sides are shown without claiming that they are equal.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import type { TwoSides } from '../../src/planner/two-sides.ts'
import { startSandboxWorker } from '../../src/providers/sandbox/start-worker.ts'
import type { Chapter, Stage } from '../chapter.ts'
import { ask, post } from '../talk.ts'
import { served, until } from '../until.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const key = 'sk-weir-demo-buyer-own-model'
const users = 60

const config = (cloud: string, own: string): string => `
providers:
  cloud: { type: sandbox, baseUrl: "${cloud}", apiKey: sk-demo-buyer-at-cloud-0000, supplier: cloud, maker: openai }
  own: { type: vllm, baseUrl: "${own}/v1", apiKey: own-cluster, supplier: own }
models:
  gpt-4.1:
    deployments:
      - { provider: cloud, model: gpt-4.1, id: cloud/chat }
      - { provider: own, model: gpt-4.1, id: own/chat, group: 1, capacity: in-house, internalRate: { input: "0.40", output: "1.60" } }
organizations:
  buyer: { displayName: Buyer, projects: { feed: { keys: [{ name: application, secret: ${key} }] } } }
`

interface Met { readonly user: string; readonly side: string; readonly call: string }

async function callAll(weir: WeirProcess): Promise<readonly Met[]> {
  const met: Met[] = []
  for (let index = 0; index < users; index += 1) {
    const user = `reader-${index}`
    const answer = await post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, { model: 'gpt-4.1', user, max_tokens: 20, messages: [{ role: 'user', content: `A caption for photo ${index}, please.` }] })
    assert.equal(answer.status, 200, `${answer.text}\n${weir.log()}`)
    met.push({ user, side: String(answer.headers['x-weir-deployment']), call: String(answer.headers['x-weir-call-id']) })
  }
  return met
}

const onOwn = (met: readonly Met[]): readonly string[] => met.filter((each) => each.side === 'own/chat').map((each) => each.user)

async function send(weir: WeirProcess, method: 'PUT' | 'DELETE', body?: object): Promise<{ readonly notes: readonly string[] }> {
  const answer = await request(`${weir.url}/admin/v1/diversions/gpt-4.1`, { method, headers: { authorization: `Bearer ${weir.first?.adminToken ?? ''}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const text = await answer.body.text()
  assert.equal(answer.statusCode, 200, text)
  return JSON.parse(text) as { readonly notes: readonly string[] }
}

async function judged(weir: WeirProcess, count: number): Promise<TwoSides> {
  return until('the outcomes in the books', () => ask(`${weir.url}/admin/v1/diversions/gpt-4.1/sides?signal=kept`, weir.first?.adminToken ?? '') as Promise<TwoSides>, (both) => both.sides.reduce((sum, side) => sum + side.judged, 0) === count)
}

async function tell({ say }: Stage, weir: WeirProcess): Promise<void> {
  assert.deepEqual(onOwn(await callAll(weir)), [], 'as declared, everything goes to the cloud')
  const { notes } = await send(weir, 'PUT', { to: 'own/chat', share: 0.4 })
  for (const note of notes) say(note)
  await served(weir.url, weir.first?.adminToken ?? '')
  const first = await callAll(weir)
  const second = await callAll(weir)
  assert.deepEqual(onOwn(second), onOwn(first), 'the same user meets the same side')
  const count = onOwn(first).length
  assert.ok(Math.abs(count - 0.4 * users) <= 4 * Math.sqrt(users * 0.4 * 0.6), `${count} of ${users}`)
  say(`40 % to the own model: ${count} of ${users} readers, and the same ${count} when they come again`)
  // What the product counts as success: the caption was kept. Assumed here; a product reports what happened.
  const events = [...first, ...second].map((each, index) => ({ call: each.call, signal: 'kept', success: index % 5 !== 0 }))
  const said = await post(`${weir.url}/v1/feedback`, { authorization: `Bearer ${key}` }, { events })
  assert.equal(said.status, 200, said.text)
  const both = await judged(weir, events.length)
  for (const side of both.sides) {
    assert.ok(side.costPerSuccess !== undefined && side.latencyMedianMs !== undefined)
    say(`${side.side.padEnd(8)} ${side.judged} judged, cost per success ${side.costPerSuccess.value} (${side.costPerSuccess.low} to ${side.costPerSuccess.high ?? 'open'}), median ${side.latencyMedianMs.value} ms, errors ${side.errorRate?.value ?? 'unknown'}`)
  }
  assert.match(both.says, /no equivalence is claimed/)
  say(both.says)
  await send(weir, 'DELETE')
  await served(weir.url, weir.first?.adminToken ?? '')
  assert.deepEqual(onOwn(await callAll(weir)), [], 'back with one command')
  say('one command back: everything goes to the cloud again, and no call failed')
}

export const chapter: Chapter = {
  number: 7,
  title: 'own model',
  asks: 'Can a model of our own take this traffic, and can we take it back?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const [cloud, own] = [await startSandboxWorker({ seed: 7 }), await startSandboxWorker({ seed: 8 })]
    const weir = await startWeir({ data: join(folder, 'data'), config: config(cloud.url, own.url) })
    try {
      await tell(stage, weir)
      await weir.stop()
    } finally {
      await weir.kill()
      await cloud.close()
      await own.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
