/** What happens to files: a journal deleted, a journal copied, a database restored from an older copy. The books still agree. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { ask } from '../../demo/talk.ts'
import { startWeir, type WeirProcess } from '../../demo/weir-process.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import { freshPostgresUrl, postgresMissing } from '../postgres.ts'
import { startUpstream } from '../upstream/upstream.ts'
import { nobody } from './clients.ts'
import { configOf, faults, judgeDatabase, traffic } from './storm.ts'

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

/** Until all that the node wrote has arrived in the database and is posted. */
async function quiet(weir: WeirProcess, token: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { accounting } = (await ask(`${weir.url}/admin/v1/doctor`, token)) as { readonly accounting: { readonly unshipped: number; readonly unposted: number; readonly open: number } }
    if (accounting.unshipped === 0 && accounting.unposted === 0 && accounting.open === 0) return
    await wait(100)
  }
  assert.fail('the books did not come to rest')
}

/** An outcome may wait in quarantine for an attempt that the same round brings to the books: what a person does again. */
async function redriveUntilQuiet(weir: WeirProcess, token: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const redriven = await request(`${weir.url}/admin/v1/quarantine/redrive`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' })
    assert.equal(redriven.statusCode, 200, await redriven.body.text())
    await wait(500)
    const { accounting } = (await ask(`${weir.url}/admin/v1/doctor`, token)) as { readonly accounting: { readonly unposted: number; readonly open: number } }
    if (accounting.unposted === 0 && accounting.open === 0) return
  }
  assert.fail('re-driving did not bring every attempt to its outcome')
}

const removeJournal = (data: string): void => {
  for (const name of readdirSync(data)) if (name.startsWith('journal.sqlite')) rmSync(join(data, name))
}

test('a journal that was deleted loses nothing that had been shipped, and its leases are written off', () =>
  withPlace(21, async (place) => {
    const data = join(place.folder, 'data')
    const first = await startWeir({ data, config: place.config })
    const token = first.first?.adminToken ?? ''
    await burst(first, place, 700)
    await quiet(first, token)
    await first.kill()
    removeJournal(data)
    const second = await startWeir({ data, config: place.config })
    await burst(second, place, 500)
    const events = (await ask(`${second.url}/admin/v1/events`, token)) as { readonly data: readonly { readonly kind: string }[] }
    assert.ok(events.data.some((event) => event.kind === 'journal-lost'), 'a person is told')
    await second.stop()
    assert.deepEqual((await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, place.bill)).wrong, [])
  }))

test('a database restored from an older copy gets again what it lacks', () =>
  withPlace(22, async (place) => {
    const data = join(place.folder, 'data')
    const first = await startWeir({ data, config: place.config })
    await burst(first, place, 500)
    await first.stop()
    const yesterday = join(place.folder, 'yesterday')
    cpSync(join(data, 'database'), yesterday, { recursive: true })
    const second = await startWeir({ data, config: place.config })
    await burst(second, place, 700)
    await second.kill()
    rmSync(join(data, 'database'), { recursive: true })
    cpSync(yesterday, join(data, 'database'), { recursive: true })
    const third = await startWeir({ data, config: place.config })
    await burst(third, place, 300)
    await third.stop()
    assert.deepEqual((await judgeDatabase({ kind: 'embedded', folder: join(data, 'database') }, place.bill)).wrong, [])
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
    const events = (await ask(`${nodes[0]?.url}/admin/v1/events`, token)) as { readonly data: readonly { readonly kind: string }[] }
    await Promise.all(nodes.map((node) => node.stop()))
    assert.ok(events.data.length > 0, 'a person is told')
    const apart = await judgeDatabase({ kind: 'postgres', url }, place.bill)
    assert.ok(apart.quarantined > 0, 'records under numbers that were taken are kept apart')
    assert.deepEqual(apart.wrong.filter((line) => !/still open|^budget /.test(line)), [])
    // A person has looked: what the copy wrote is posted under a journal of its own.
    const third = await startWeir({ data: join(place.folder, 'three'), config: place.config, args: ['--database', url], env: { WEIR_MASTER_KEY: readFileSync(join(one, 'master-key'), 'utf8').trim() } })
    await redriveUntilQuiet(third, token)
    await third.stop()
    assert.deepEqual((await judgeDatabase({ kind: 'postgres', url }, place.bill)).wrong.filter((line) => !line.startsWith('budget ')), [])
  }))
