import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../demo/until.ts'
import { openAnyForTest } from '../../test/stores.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Store } from '../store/store.ts'
import { type DemoCommand, demoRuns, type DemoPorts, readRun, startRun } from './demo-runs.ts'
import { entryKey, type State } from './entries.ts'

let store: Store
before(async () => { store = await openAnyForTest() })
after(() => store.close())

let now = 1_800_000_000_000
let ids = 0
const beats = new Set<() => void>()
const timers: Timers = { after: () => () => undefined, every: (_ms, run) => { beats.add(run); return () => void beats.delete(run) }, soon: (run) => run() }

interface Played { readonly command: DemoCommand; say: (line: string) => void; end: (code: number, says?: string) => void }

function played(): Played {
  const stage: Played = {
    say: () => undefined, end: () => undefined,
    command: { figures: () => ({}), start: (_chapter, _place, heard) => {
      stage.say = heard
      return { stop: () => undefined, ended: new Promise((resolve) => { stage.end = (code, says = '') => resolve({ code, says }) }) }
    } },
  }
  return stage
}

const stateWith = (provider: object): State => ({ version: 1, entries: new Map([[entryKey('provider', 'p'), { kind: 'provider', name: 'p', body: { spec: provider, createdAt: 0 }, managedBy: undefined }]]) }) as unknown as State

function ports(command: DemoCommand | undefined, provider: object = { type: 'sandbox' }): DemoPorts & { readonly makeId: () => string } {
  const resources = { state: () => Promise.resolve(stateWith(provider)) } as unknown as DemoPorts['resources']
  return { store, clock: { now: () => now, monotonic: () => now }, timers, resources, demo: command, failed: (what, cause) => assert.fail(`${what}: ${String(cause)}`), makeId: () => `run_${(ids += 1)}` }
}

const ask = { chapter: 3, place: 'here' as const, actor: 'ada' }
const settled = (id: string): ReturnType<typeof readRun> => until('the end of the run', () => readRun(store, id), (run) => run?.state !== 'running')

test('a run keeps what the command says and what it changed; a second one waits; garbage on its output is not kept', async () => {
  const stage = played()
  const started = await startRun(ports(stage.command), ask)
  assert.ok(started.status === 'started')
  assert.deepEqual([started.run.state, started.run.started_by, started.run.lines], ['running', 'ada', []])
  assert.equal((await startRun(ports(played().command), { ...ask, chapter: 4 })).status, 'busy')
  stage.say('(node:1) a warning')
  stage.say(JSON.stringify({ kind: 'says', chapter: 3, says: '4 invoices' }))
  for (const beat of beats) beat()
  stage.say(JSON.stringify({ kind: 'played', acts: [], before: [{ book: 'cloud', figure: 'invoices', value: '0', unit: 'count' }], after: [{ book: 'cloud', figure: 'invoices', value: '4', unit: 'count' }] }))
  stage.end(0)
  const run = await settled(started.run.id)
  assert.deepEqual([run?.state, run?.lines, run?.books?.after[0]?.value, run?.says], ['passed', [{ chapter: 3, says: '4 invoices' }], '4', null])
  assert.equal(beats.size, 0, 'nothing beats after the end')
})

test('a failed run says why, and the latest of each chapter is listed', async () => {
  const stage = played()
  now += 1_000
  const started = await startRun(ports(stage.command), ask)
  assert.ok(started.status === 'started')
  stage.end(1, 'chapter 3: the sums differ')
  assert.deepEqual([(await settled(started.run.id))?.state, (await readRun(store, started.run.id))?.says], ['failed', 'chapter 3: the sums differ'])
  assert.deepEqual((await demoRuns(store)).map((run) => [run.chapter, run.state]), [[3, 'failed']])
})

test('a run whose node went without a word does not block the next for longer than half a minute', async () => {
  const lost = await startRun(ports(played().command), ask)
  assert.ok(lost.status === 'started')
  beats.clear()
  now += 29_000
  assert.equal((await startRun(ports(played().command), ask)).status, 'busy')
  now += 2_000
  assert.equal((await startRun(ports(played().command), ask)).status, 'started')
  assert.match((await readRun(store, lost.run.id))?.says ?? '', /node that ran it ended/)
})

test('beside a real provider, or where the demonstration is not installed, nothing runs', async () => {
  for (const provider of [{ type: 'openai' }, { type: 'sandbox', baseUrl: 'http://elsewhere' }]) {
    const refused = await startRun(ports(played().command, provider), ask)
    assert.ok(refused.status === 'not-playable' && /real providers \(p\)/.test(refused.says))
  }
  assert.equal((await startRun(ports(undefined), ask)).status, 'not-playable')
})
