/** What befalls files, each by itself, and a journal that was copied to a second node. The books still agree. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask } from '../../demo/talk.ts'
import { until } from '../../demo/until.ts'
import { startWeir, type WeirProcess } from '../../demo/weir-process.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import { freshPostgresUrl, postgresMissing } from '../postgres.ts'
import { startUpstream } from '../upstream/upstream.ts'
import { nobody } from './clients.ts'
import { disasters, redriveUntilQuiet, type Scene } from './disasters.ts'
import type { Judgement } from './judge.ts'
import { configOf, faults, judgeDatabase, sceneOf, traffic } from './storm.ts'

interface Place {
  readonly folder: string
  readonly bill: string
  readonly config: string
  readonly random: ReturnType<typeof seededRandom>
}

async function withPlace(seed: number, run: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-recovery-'))
  const bill = join(folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, seed, faults, pieceMs: 1 })
  try {
    await run({ folder, bill, config: configOf(upstream.url), random: seededRandom(seed) })
  } finally {
    await upstream.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const clients = { clients: 20 }
const burst = (weir: WeirProcess, place: Place, ms: number): Promise<void> => traffic(weir, clients, place.random, Date.now() + ms, nobody())

const sceneIn = (place: Place): Scene => sceneOf({ data: join(place.folder, 'data'), config: place.config }, (weir, ms) => burst(weir, place, ms))

const judged = async ({ folder, bill }: Place): Promise<Judgement> => judgeDatabase({ kind: 'embedded', folder: join(folder, 'data', 'database') }, bill)

interface Events { readonly data: readonly { readonly kind: string }[] }

/** Resolves when a person is told of it: a node ships, and finds out, a moment after it answered. */
const told = (url: string, token: string, kind: string): Promise<Events> =>
  until(`the event ${kind}`, () => ask(`${url}/admin/v1/events`, token) as Promise<Events>, ({ data }) => data.some((event) => event.kind === kind))

test('a journal that was deleted loses nothing that had been shipped, and its leases are written off', () =>
  withPlace(21, async (place) => {
    const scene = sceneIn(place)
    const weir = await disasters['journal deleted'](scene)
    await told(weir.url, scene.token(), 'journal-lost')
    await weir.stop()
    assert.deepEqual((await judged(place)).wrong, [])
  }))

test('a database restored from an older copy gets again what it lacks', () =>
  withPlace(22, async (place) => {
    const weir = await disasters['database restored'](sceneIn(place))
    await weir.stop()
    assert.deepEqual((await judged(place)).wrong, [])
  }))

test('a journal put back from an older copy of itself overwrites nothing: what stands under taken numbers is kept apart, then posted', () =>
  withPlace(24, async (place) => {
    const weir = await disasters['journal put back'](sceneIn(place))
    await weir.stop()
    assert.deepEqual((await judged(place)).wrong.filter((line) => !line.startsWith('budget ')), [])
  }))

test('a journal that was copied to a second node is found out: nothing is merged, nothing is lost', { skip: postgresMissing }, () =>
  withPlace(23, async (place) => {
    const url = await freshPostgresUrl()
    const [one, two] = [join(place.folder, 'one'), join(place.folder, 'two')]
    const start = (data: string): Promise<WeirProcess> => startWeir({ data, config: place.config, args: ['--database', url] })
    const first = await start(one)
    const token = first.first?.adminToken ?? ''
    await burst(first, place, 400)
    await first.stop()
    cpSync(one, two, { recursive: true })
    const nodes = [await start(one), await start(two)]
    await Promise.all(nodes.map((node) => burst(node, place, 500)))
    // While both run.
    await told(nodes[0]?.url ?? '', token, 'journal-conflict')
    await Promise.all(nodes.map((node) => node.stop()))
    const apart = await judgeDatabase({ kind: 'postgres', url }, place.bill)
    assert.ok(apart.quarantined > 0, 'records under numbers that were taken are kept apart')
    assert.deepEqual(apart.wrong.filter((line) => !/still open|^budget /.test(line)), [])
    // A person has looked: what the copy wrote is posted under a journal of its own.
    const third = await startWeir({ data: join(place.folder, 'three'), config: place.config, args: ['--database', url], env: { WEIR_MASTER_KEY: readFileSync(join(one, 'master-key'), 'utf8').trim() } })
    await redriveUntilQuiet(third, token)
    await third.stop()
    assert.deepEqual((await judgeDatabase({ kind: 'postgres', url }, place.bill)).wrong.filter((line) => !line.startsWith('budget ')), [])
  }))
