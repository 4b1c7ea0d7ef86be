import assert from 'node:assert/strict'
import { rm, readFile, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { temporaryFolder } from '../../../test/embedded.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import type { AttemptRecord, OutcomeRecord } from '../../journal/record.ts'
import { systemClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { makeMasterKey, readKeyring } from '../../kernel/sealing.ts'
import { systemTimers } from '../../kernel/timers.ts'
import type { Sql, Store } from '../../store/store.ts'
import { opensCommitment, verifyProof, verifyStatement } from '../verifier/verify.ts'
import { appendLeaves, ensureLog, governanceLog, readFrontier } from './append.ts'
import { checkLog } from './check-log.ts'
import type { LogFault } from './check-log.ts'
import { openCheckpoint } from './checkpoint.ts'
import { ensureGovernance, gatherCosignature, recordCheckpoints, recordEvent } from './governance.ts'
import { emptyFrontier, extend, leafHash } from './merkle.ts'
import { openLogKeys, resealLogKeys, retireLogKey, rotateLogKey } from './log-keys.ts'
import { cosignatureV1, formatVkey, localSigner } from './note.ts'
import { folderObjects } from './objects.ts'
import type { Objects } from './objects.ts'
import { receiptsOf } from './prove.ts'
import { memberSalt, receiptStatement } from './receipt.ts'
import { recoverLog } from './recover.ts'
import { rotateKey, rotationKeys } from './rotation.ts'
import { buildStatement, compareTotals, receiptTotals } from './statement.ts'
import { claimEpoch, signLog, startSequencer } from './sequencer.ts'
import type { SequencerPorts } from './sequencer.ts'
import { openWitnessFile } from './witness-memory.ts'
import { sendTo, witnessServer } from './witness-server.ts'

let store: Store
before(async () => { store = await openAnyForTest() })
after(() => store.close())

const seed = Buffer.alloc(32, 1)
const ask: Sql = (text, values) => store.query('jobs', text, values)

interface Fixture { log: string; origin: string; folder: string; objects: Objects; ports: SequencerPorts }

let count = 0
async function fixture(): Promise<Fixture> {
  count += 1
  const [log, origin, folder] = [`receipts/test-${count}`, `log.example/test-${count}`, temporaryFolder()]
  const objects = folderObjects(folder, seededRandom(count))
  await store.transaction('jobs', (sql) => ensureLog(sql, { id: log, origin, organization: `test-${count}` }))
  const ports: SequencerPorts = { store, clock: systemClock, timers: systemTimers, objectsOf: () => objects, signersOf: async (_log, name) => [localSigner(name, seed)], onTrouble: (_log, trouble) => { throw new Error(String(trouble)) } }
  return { log, origin, folder, objects, ports }
}

const append = (log: string, from: number, to: number): Promise<unknown> =>
  store.transaction('posting', (sql) => appendLeaves(sql, log, Array.from({ length: to - from }, (_, at) => ({ body: `{"n":${from + at}}`, journal: { id: 'journal', sequence: from + at }, call: `call-${log}-${from + at}` }))))

/** Changes rows as somebody with the database's password could: triggers off. */
async function tamper(text: string, values: readonly unknown[]): Promise<void> {
  await store.transaction('jobs', async (sql) => {
    await sql("SET LOCAL session_replication_role = 'replica'")
    await sql(text, values)
  })
}

test('leaves get their indexes in order, once, also from postings at the same time', async () => {
  const { log } = await fixture()
  await Promise.all([append(log, 0, 40), append(log, 40, 60), append(log, 20, 50)])
  const rows = await ask<{ index: string; sequence: string; hash: Buffer; body: string }>('SELECT index, sequence, hash, body FROM terms_leaf WHERE log = $1 ORDER BY index', [log])
  assert.deepEqual(rows.map((row) => Number(row.index)), Array.from({ length: 60 }, (_, at) => at))
  assert.equal(new Set(rows.map((row) => row.sequence)).size, 60)
  for (const row of rows) assert.deepEqual(leafHash(Buffer.from(row.body)), row.hash)
  await assert.rejects(store.transaction('posting', async (sql) => { await appendLeaves(sql, log, [{ body: '{}' }]); throw new Error('the posting failed') }))
  assert.equal((await readFrontier(ask, log)).size, 60n)
})

test('the database refuses to change leaves, checkpoints and sizes', async () => {
  const { log } = await fixture()
  await append(log, 0, 2)
  await assert.rejects(ask(`UPDATE terms_leaf SET body = '{}' WHERE log = $1`, [log]), /append-only/)
  await assert.rejects(ask('DELETE FROM terms_leaf WHERE log = $1', [log]), /append-only/)
  await assert.rejects(ask('UPDATE terms_log SET size = 1 WHERE id = $1', [log]), /only grow/)
})

test('only committed trees are signed, one root a size, and published tiles prove every call', async () => {
  const { log, origin, objects, ports } = await fixture()
  const epoch = await claimEpoch(store, log)
  for (const [from, to] of [[0, 1], [1, 255], [255, 256], [256, 300], [300, 700]] as const) {
    await append(log, from, to)
    const signed = await signLog(ports, log, epoch)
    assert.equal(signed.status === 'signed' && signed.size, BigInt(to))
  }
  assert.equal((await signLog(ports, log, epoch)).status, 'unchanged')
  const shown = openCheckpoint(String(await objects.read('checkpoint')), origin, [localSigner(origin, seed).key])
  assert.ok(shown.status === 'ok' && shown.checkpoint.size === 700n)
  for (const call of [0, 255, 256, 699]) {
    const [receipt] = await receiptsOf(store, () => objects, `call-${log}-${call}`)
    assert.ok(receipt?.status === 'proven')
    const verdict = await verifyProof(receipt.file, formatVkey(localSigner(origin, seed).key))
    assert.deepEqual([verdict.ok, verdict.receipt], [true, { n: call }])
  }
  await append(log, 700, 701)
  assert.equal((await receiptsOf(store, () => objects, `call-${log}-700`))[0]?.status, 'pending')
  assert.deepEqual((await checkLog(store, objects, log)).faults, [])
})

test('two sequencers, one paused between its reading and its signature: the late signature is not stored', async () => {
  const { log, objects, ports } = await fixture()
  await append(log, 0, 10)
  const oldEpoch = await claimEpoch(store, log)
  let resume = (): void => undefined
  const reached = Promise.withResolvers<void>()
  const paused: SequencerPorts = { ...ports, signersOf: async (_log, name) => { reached.resolve(); await new Promise<void>((resolve) => { resume = resolve }); return [localSigner(name, Buffer.alloc(32, 9))] } }
  const late = signLog(paused, log, oldEpoch)
  await reached.promise
  const epoch = await claimEpoch(store, log)
  await append(log, 10, 15)
  assert.equal((await signLog(ports, log, epoch)).status, 'signed')
  resume()
  assert.equal((await late).status, 'fenced')
  assert.equal((await signLog(paused, log, oldEpoch)).status, 'fenced')
  const rows = await ask<{ size: string; note: string | null }>('SELECT size, note FROM terms_checkpoint WHERE log = $1 ORDER BY size', [log])
  assert.deepEqual(rows.map((row) => [row.size, row.note !== null]), [['10', false], ['15', true]])
  assert.deepEqual((await checkLog(store, objects, log)).faults, [])
})

test('a crash after the signature was stored is finished by the next sequencer with the same note', async () => {
  const { log, objects, ports } = await fixture()
  await append(log, 0, 5)
  const broken: Objects = { ...objects, write: async (path, bytes) => { if (path === 'checkpoint') throw new Error('disk full'); await objects.write(path, bytes) } }
  await assert.rejects(signLog({ ...ports, objectsOf: () => broken }, log, await claimEpoch(store, log)), /disk full/)
  const [row] = await ask<{ note: string; published: boolean }>('SELECT note, published FROM terms_checkpoint WHERE log = $1', [log])
  assert.equal(row?.published, false)
  const signed = await signLog(ports, log, await claimEpoch(store, log))
  assert.equal(signed.status === 'signed' && signed.note, row?.note)
})

async function faultsAfter(change: (fixed: Fixture) => Promise<void>): Promise<readonly LogFault[]> {
  const fixed = await fixture()
  const epoch = await claimEpoch(store, fixed.log)
  await append(fixed.log, 0, 300)
  await signLog(fixed.ports, fixed.log, epoch)
  await append(fixed.log, 300, 600)
  await signLog(fixed.ports, fixed.log, epoch)
  assert.deepEqual((await checkLog(store, fixed.objects, fixed.log)).faults, [])
  await change(fixed)
  return (await checkLog(store, fixed.objects, fixed.log)).faults
}

test('log check names what was tampered with', async () => {
  const flip = async (path: string): Promise<void> => { const bytes = await readFile(path); bytes[40] = (bytes[40] as number) ^ 1; await writeFile(path, bytes) }
  const named = async (change: (fixed: Fixture) => Promise<void>): Promise<string[]> => (await faultsAfter(change)).map((fault) => `${fault.kind} ${fault.where}`)
  assert.deepEqual(await named(({ folder }) => flip(join(folder, 'tile/0/001'))), ['tile tile/0/001'])
  const cut = async (path: string, bytes: number): Promise<void> => writeFile(path, (await readFile(path)).subarray(0, bytes))
  const grown = async (path: string): Promise<void> => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(32)]))
  assert.deepEqual(await named(({ folder }) => cut(join(folder, 'tile/0/001'), 255 * 32)), ['tile tile/0/001'], 'cut after a whole hash')
  assert.deepEqual(await named(({ folder }) => cut(join(folder, 'tile/0/002.p/88'), 17)), ['tile tile/0/002.p/88'], 'cut within a hash')
  assert.deepEqual(await named(({ folder }) => grown(join(folder, 'tile/0/001'))), ['tile tile/0/001'], 'a hash too many')
  assert.deepEqual(await named(({ folder }) => cut(join(folder, 'tile/entries/001'), 300)), ['bundle tile/entries/001'])
  assert.deepEqual(await named(({ folder }) => flip(join(folder, 'tile/entries/000'))), ['bundle tile/entries/000'])
  assert.deepEqual(await named(({ folder }) => rm(join(folder, 'tile/0/002.p/88'))), ['tile tile/0/002.p/88'])
  assert.deepEqual(await named(({ folder }) => flip(join(folder, 'tile/1/000.p/2'))), ['tile tile/1/000.p/2'])
  assert.deepEqual(await named(({ log }) => tamper(`UPDATE terms_leaf SET body = '{"n":-1}' WHERE log = $1 AND index = 7`, [log])), ['row 7', 'bundle tile/entries/000'])
  assert.ok((await named(({ log }) => tamper(`UPDATE terms_leaf SET body = '{"n":-1}', hash = $2 WHERE log = $1 AND index = 400`, [log, leafHash(Buffer.from('{"n":-1}'))]))).includes('checkpoint 600'))
  assert.ok((await named(({ log }) => tamper('DELETE FROM terms_leaf WHERE log = $1 AND index = 599', [log]))).includes('size 600'))
  assert.ok((await named(({ log }) => tamper('DELETE FROM terms_leaf WHERE log = $1 AND index = 5', [log]))).includes('row 5'))
  assert.deepEqual(await named(({ log }) => tamper('UPDATE terms_checkpoint SET root = $2 WHERE log = $1 AND size = 300', [log, Buffer.alloc(32)])), ['checkpoint 300', 'checkpoint 300'])
  assert.deepEqual(await named(({ log }) => tamper('DELETE FROM terms_checkpoint WHERE log = $1 AND size = 300', [log])), ['checkpoint 300'], 'an older checkpoint')
  assert.deepEqual(await named(({ log }) => tamper('DELETE FROM terms_checkpoint WHERE log = $1 AND size = 600', [log])), ['checkpoint checkpoint'], 'the newest, which the file still shows')
  assert.deepEqual(await named(({ log }) => tamper('UPDATE terms_checkpoint SET at_ms = at_ms + 86400000 WHERE log = $1 AND size = 300', [log])), ['checkpoint 600'])
  assert.deepEqual(await named(({ log }) => tamper('UPDATE terms_checkpoint SET epoch = epoch + 9 WHERE log = $1 AND size = 300', [log])), ['checkpoint 600'])
  assert.deepEqual(await named(({ log }) => tamper('UPDATE terms_checkpoint SET previous = 7 WHERE log = $1 AND size = 300', [log])), ['checkpoint 7'])
  assert.deepEqual(await named(({ log }) => tamper('UPDATE terms_checkpoint SET previous = NULL WHERE log = $1 AND size = 600', [log])), ['checkpoint 600'])
  assert.deepEqual(await named(({ log }) => tamper(`UPDATE terms_checkpoint SET cosignatures = 'x' WHERE log = $1 AND size = 300`, [log])), ['checkpoint 300'])
  assert.deepEqual(await named(({ log }) => tamper(`INSERT INTO terms_leaf SELECT log, 600, hash, body, NULL, NULL, NULL FROM terms_leaf WHERE log = $1 AND index = 0`, [log])), ['row 600'])
  assert.deepEqual(await named(({ folder }) => flip(join(folder, 'checkpoint'))), ['checkpoint checkpoint'])
  assert.deepEqual(await named(({ log }) => tamper(`UPDATE terms_log_key SET introduced_at = 3 WHERE log = $1`, [log])).then((faults) => faults[0]?.startsWith('key ')), true)
})

test('a checkpoint that the governance log has is missed with its link repaired, and one that it only counted as well', async () => {
  await store.transaction('jobs', (sql) => ensureGovernance(sql, 'log.example/governance'))
  const fixed = await fixture()
  const epoch = await claimEpoch(store, fixed.log)
  const grow = async (from: number, to: number): Promise<void> => { await append(fixed.log, from, to); await signLog(fixed.ports, fixed.log, epoch) }
  const faults = async (): Promise<string[]> => (await checkLog(store, fixed.objects, fixed.log)).faults.map(({ kind, where, says }) => `${kind} ${where}: ${says}`)
  await grow(0, 10)
  await recordCheckpoints(store, systemClock.now())
  await grow(10, 20)
  await grow(20, 30)
  await grow(30, 40)
  assert.equal(await recordCheckpoints(store, systemClock.now()), 1, 'of logs that grew, the newest')
  await grow(40, 50)
  assert.deepEqual(await faults(), [])
  const without = async (size: number, next: number, previous: number | null): Promise<string[]> => {
    const [row] = await ask<Record<string, unknown>>('SELECT * FROM terms_checkpoint WHERE log = $1 AND size = $2', [fixed.log, size])
    await tamper('DELETE FROM terms_checkpoint WHERE log = $1 AND size = $2', [fixed.log, size])
    await tamper('UPDATE terms_checkpoint SET previous = $3 WHERE log = $1 AND size = $2', [fixed.log, next, previous])
    const found = await faults()
    await tamper('INSERT INTO terms_checkpoint (log, size, root, epoch, at_ms, note, published, previous) VALUES ($1, $2, $3, $4, $5, $6, true, $7)', [fixed.log, size, row?.['root'], row?.['epoch'], row?.['at_ms'], row?.['note'], previous])
    await tamper('UPDATE terms_checkpoint SET previous = $3 WHERE log = $1 AND size = $2', [fixed.log, next, size])
    assert.deepEqual(await faults(), [])
    return found
  }
  assert.match((await without(10, 20, null)).join('\n'), /^checkpoint 10: the checkpoint of 10 leaves is missing: leaf \d+ of the governance log has it/)
  assert.match((await without(20, 30, 10)).join('\n'), /^checkpoint 40: 2 checkpoints of more than 10 and up to 40 leaves stand, leaf \d+ of the governance log counted 3$/)
  assert.match((await without(40, 50, 30)).join('\n'), /^checkpoint 40: the checkpoint of 40 leaves is missing/)
  await tamper('UPDATE terms_checkpoint SET at_ms = at_ms + 9000000 WHERE log = $1', [fixed.log])
  assert.match((await faults()).join('\n'), /^checkpoint 10: .*its time lies after that of leaf \d+ of the governance log/)
})

test('what is posted, signed and published while a log is checked is no fault', async () => {
  const fixed = await fixture()
  const epoch = await claimEpoch(store, fixed.log)
  let at = 0
  const grow = async (): Promise<void> => { await append(fixed.log, at, at + 30); at += 30; await signLog(fixed.ports, fixed.log, epoch) }
  await grow()
  // Between any two things that a check reads, the log grows.
  const query: Store['query'] = async (priority, text, values) => { const rows = await store.query(priority, text, values); await grow(); return rows as never }
  const read: Objects['read'] = async (path) => { const bytes = await fixed.objects.read(path); await grow(); return bytes }
  assert.deepEqual((await checkLog({ ...store, query }, { ...fixed.objects, read }, fixed.log)).faults, [])
})

test('a restored backup is not signed over; its lost leaves come back from the bundles', async () => {
  await store.transaction('jobs', (sql) => ensureGovernance(sql, 'log.example/governance'))
  const fixed = await fixture()
  const epoch = await claimEpoch(store, fixed.log)
  await append(fixed.log, 0, 300)
  await signLog(fixed.ports, fixed.log, epoch)
  const backup = await ask<{ size: string; frontier: Buffer }>('SELECT size, frontier FROM terms_log WHERE id = $1', [fixed.log])
  await append(fixed.log, 300, 610)
  await signLog(fixed.ports, fixed.log, epoch)
  await recordCheckpoints(store, systemClock.now())
  await append(fixed.log, 610, 620)
  await signLog(fixed.ports, fixed.log, epoch)
  await tamper('DELETE FROM terms_leaf WHERE log = $1 AND index >= 300', [fixed.log])
  await tamper('DELETE FROM terms_checkpoint WHERE log = $1 AND size > 300', [fixed.log])
  await tamper('UPDATE terms_log SET size = $2, frontier = $3 WHERE id = $1', [fixed.log, backup[0]?.size, backup[0]?.frontier])
  assert.equal((await signLog(fixed.ports, fixed.log, epoch)).status, 'rewound')
  assert.ok((await checkLog(store, fixed.objects, fixed.log)).faults.some((fault) => fault.says.includes('an old backup was restored')))
  assert.deepEqual(await recoverLog(store, fixed.objects, fixed.log, 1_800_000_000_000), { status: 'recovered', leaves: 320n })
  assert.equal((await signLog(fixed.ports, fixed.log, epoch)).status, 'signed')
  assert.deepEqual(await recoverLog(store, fixed.objects, fixed.log, 1_800_000_000_000), { status: 'whole' })
  assert.deepEqual((await checkLog(store, fixed.objects, fixed.log)).faults, [], 'that its checkpoints from then are lost stands in the governance log')
})

test('what keeps a log from being signed is told once, not with every round', async () => {
  const fixed = await fixture()
  const troubles: string[] = []
  let broken = true
  let tries = 0
  // Each try is a file of its own, and its error names it.
  const full = (): Error => Object.assign(new Error(`ENOSPC: no space left on device, open 'tile-${(tries += 1)}'`), { code: 'ENOSPC' })
  const objects: Objects = { ...fixed.objects, write: async (path, bytes) => { if (broken) throw full(); await fixed.objects.write(path, bytes) } }
  const sequencer = startSequencer({ ...fixed.ports, objectsOf: (log) => (log === fixed.log ? objects : folderObjects(temporaryFolder(), seededRandom(3))), timers: { ...systemTimers, every: () => () => undefined }, onTrouble: (log, trouble) => { if (log === fixed.log) troubles.push(String(trouble)) } })
  await append(fixed.log, 0, 5)
  for (let rounds = 0; rounds < 3; rounds += 1) await sequencer.round()
  broken = false
  await sequencer.round()
  assert.equal(troubles.length, 1)
  assert.match(troubles[0] ?? '', /ENOSPC/)
  broken = true
  await append(fixed.log, 5, 6)
  await sequencer.round()
  await sequencer.stop()
  assert.equal(troubles.length, 2, 'again once it was signed in between')
})

test('other leaves in the place of published ones are never signed', async () => {
  const fixed = await fixture()
  const epoch = await claimEpoch(store, fixed.log)
  await append(fixed.log, 0, 10)
  await signLog(fixed.ports, fixed.log, epoch)
  await tamper('DELETE FROM terms_leaf WHERE log = $1', [fixed.log])
  await tamper(`UPDATE terms_log SET size = 0, frontier = '' WHERE id = $1`, [fixed.log])
  await append(fixed.log, 100, 120)
  assert.equal((await signLog(fixed.ports, fixed.log, epoch)).status, 'forked')
  const [row] = await ask<{ note: string | null }>('SELECT note FROM terms_checkpoint WHERE log = $1 AND size = 20', [fixed.log])
  assert.equal(row?.note, null)
})

test('a key is rotated by a leaf that both keys signed, and the chain is checked', async () => {
  const fixed = await fixture()
  const [old, next, stranger] = [1, 2, 3].map((byte) => localSigner(fixed.origin, Buffer.alloc(32, byte)))
  assert.ok(old && next && stranger)
  const epoch = await claimEpoch(store, fixed.log)
  await append(fixed.log, 0, 3)
  await assert.rejects(rotateKey(store, fixed.log, old, next), /sign a checkpoint with it first/)
  await signLog(fixed.ports, fixed.log, epoch)
  const index = await rotateKey(store, fixed.log, old, next)
  assert.equal((await signLog({ ...fixed.ports, signersOf: async () => [next] }, fixed.log, epoch)).status, 'signed')
  assert.deepEqual((await checkLog(store, fixed.objects, fixed.log, [old.key])).faults, [])
  assert.deepEqual((await checkLog(store, fixed.objects, fixed.log, [stranger.key])).faults.map((fault) => fault.kind), ['key'])
  const [leaf] = await ask<{ body: string }>('SELECT body FROM terms_leaf WHERE log = $1 AND index = $2', [fixed.log, String(index)])
  assert.equal(rotationKeys(leaf?.body ?? '')?.next, formatVkey(next.key))
  assert.equal(rotationKeys((leaf?.body ?? '').replace(formatVkey(next.key), formatVkey(stranger.key))), undefined)
  await tamper('INSERT INTO terms_log_key (log, vkey, introduced_at) VALUES ($1, $2, 1)', [fixed.log, formatVkey(stranger.key)])
  assert.deepEqual((await checkLog(store, fixed.objects, fixed.log)).faults.map((fault) => fault.kind), ['key'])
})

const attempt = (n: number, organization: string): AttemptRecord => ({ kind: 'attempt', call: `call-${organization}-${n}`, n: 1, at: 1_800_000_000_000 + n, received: 1_800_000_000_000, organization, project: 'feed-project', key: 'key_secret', purpose: 'summaries', actor: 'person-7', model: 'm', deployment: 'd', provider: 'p', account: 'a', upstreamModel: 'm-1', surface: 'openai', operation: 'chat', dialect: 'openai-chat', stream: false, snapshot: 1, priceList: 'l', regionClass: 'any', currency: 'USD', hold: '1', inputBound: 1, outputBound: 1, budgets: [], requestBytes: 1 } as unknown as AttemptRecord)
const outcome = (n: number, organization: string): OutcomeRecord => ({ kind: 'outcome', call: `call-${organization}-${n}`, n: 1, at: 1_800_000_001_000 + n, outcome: 'complete', source: 'reported', billable: 'yes', counts: { input: 10, output: 20 }, charge: '1', last: true })

test('receipts carry commitments only; one is opened alone', async () => {
  const organization = 'receipts-test'
  const statementOf = receiptStatement({ random: seededRandom(5), originBase: 'log.example' })
  const post = async (numbers: readonly number[]): Promise<unknown> => {
    const statement = await statementOf('j1', numbers.map((n) => ({ sequence: n, attempt: attempt(n, organization), outcome: outcome(n, organization) })))
    return (await ask<{ added: string }>(statement?.text ?? '', statement?.values))[0]?.added
  }
  assert.equal(await post([1, 2, 3]), '3')
  assert.equal(await post([1, 2, 3]), '0', 'a page that comes twice leaves one leaf each')
  const rows = await ask<{ body: string }>('SELECT body FROM terms_leaf WHERE log = $1 ORDER BY index', [`receipts/${organization}`])
  assert.equal(rows.length, 3)
  for (const secret of ['key_secret', 'summaries', 'person-7', 'feed-project']) assert.ok(rows.every((row) => !row.body.includes(secret)), secret)
  const leaf = JSON.parse(rows[0]?.body ?? '') as { keyCommit: string; purposeCommit: string; usage: unknown }
  assert.deepEqual(leaf.usage, { billable: 'yes', input: '10', output: '20', source: 'reported' })
  const [kept] = await ask<{ salt: Buffer }>("SELECT salt FROM terms_salt WHERE journal_id = 'j1' AND sequence = 1")
  assert.ok(kept)
  const opening = memberSalt(kept.salt, 'key')
  assert.equal(await opensCommitment(leaf.keyCommit, opening, Buffer.from('key_secret')), true)
  assert.equal(await opensCommitment(leaf.purposeCommit, opening, Buffer.from('summaries')), false, 'opening one member opens no other')
})

test('the database grows the same tree as the code, over several logs and postings at once', async () => {
  const statementOf = receiptStatement({ random: seededRandom(6), originBase: 'log.example' })
  await Promise.all(Array.from({ length: 12 }, async (_, page) => {
    const receipts = Array.from({ length: 17 }, (_unused, at) => ({ sequence: at, attempt: attempt(at, `tree-${(at + page) % 3}`), outcome: outcome(at, `tree-${(at + page) % 3}`) }))
    const statement = await statementOf(`journal-${page}`, receipts)
    await ask(statement?.text ?? '', statement?.values)
  }))
  let total = 0
  for (const log of ['receipts/tree-0', 'receipts/tree-1', 'receipts/tree-2']) {
    const rows = await ask<{ index: string; hash: Buffer; body: string }>('SELECT index, hash, body FROM terms_leaf WHERE log = $1 ORDER BY index', [log])
    assert.deepEqual(rows.map((row) => Number(row.index)), rows.map((_, at) => at))
    for (const row of rows) assert.deepEqual(leafHash(Buffer.from(row.body)), row.hash)
    const tree = await readFrontier(ask, log)
    assert.deepEqual({ size: tree.size, hashes: tree.hashes }, extend(emptyFrontier, rows.map((row) => row.hash)))
    total += rows.length
  }
  assert.equal(total, 12 * 17)
})

test('a statement of use discloses every leaf of its period and proves its sums', async () => {
  const organization = 'statement-test'
  const log = `receipts/${organization}`
  const origin = `log.example/${log}`
  const objects = folderObjects(temporaryFolder(), seededRandom(9))
  let now = 1_000
  const ports: SequencerPorts = { store, clock: { now: () => now, monotonic: () => now }, timers: systemTimers, objectsOf: () => objects, signersOf: async () => [localSigner(origin, seed)], onTrouble: () => undefined }
  const statementOf = receiptStatement({ random: seededRandom(8), originBase: 'log.example' })
  const post = async (from: number, to: number, phase: string): Promise<void> => {
    const receipts = Array.from({ length: to - from }, (_, at) => ({ sequence: from + at, attempt: attempt(from + at, organization), outcome: outcome(from + at, organization), maker: 'm', phase, cost: { amount: '0.000125', currency: 'USD' } }))
    const statement = await statementOf('j9', receipts)
    await ask(statement?.text ?? '', statement?.values)
    now += 1_000
    if (epoch === undefined) epoch = await claimEpoch(store, log)
    assert.equal((await signLog(ports, log, epoch)).status, 'signed')
  }
  let epoch: bigint | undefined
  await post(0, 7, 'product')
  await post(7, 20, 'product')
  await post(20, 33, 'training')
  const statement = await buildStatement(store, objects, log, 2_000, 10_000, [{ supplier: 'azure', says: 'a key used outside the gateway' }])
  assert.ok(statement)
  assert.equal(statement.before.size, '7')
  assert.equal(statement.leaves.length, 26)
  assert.deepEqual(statement.totals.map((row) => [row['phase'], row['attempts'], row['input'], row['cost']]), [['product', 13, '130', { USD: '0.001625' }], ['training', 13, '130', { USD: '0.001625' }]])
  const key = formatVkey(localSigner(origin, seed).key)
  const judged = async (changed: unknown): Promise<boolean> => (await verifyStatement(JSON.stringify(changed), key)).ok
  assert.equal(await judged(statement), true)
  const all = await buildStatement(store, objects, log, 0, 10_000, [])
  assert.equal(all?.leaves.length, 33)
  assert.equal(await judged(all), true)
  assert.equal(await judged({ ...statement, leaves: statement.leaves.slice(1) }), false)
  assert.equal(await judged({ ...statement, leaves: statement.leaves.with(3, statement.leaves[4] ?? '') }), false)
  assert.equal(await judged({ ...statement, leaves: statement.leaves.with(20, (statement.leaves[20] ?? '').replace('training', 'product')) }), false)
  assert.equal(await judged({ ...statement, totals: statement.totals.slice(1) }), false)
  assert.equal(await judged({ ...statement, before: { ...statement.before, checkpoint: undefined } }), false)
  assert.equal(await judged({ ...statement, before: { ...statement.before, peaks: statement.before.peaks.toReversed() } }), false)

  const told = async (changed: unknown, keys = key): Promise<string> => (await verifyStatement(JSON.stringify(changed), keys)).findings.map((one) => one.what).join('\n')
  assert.match(await told({ ...statement, fromMs: 0, toMs: 1 }), /its 26 attempts were dialled from \S+ to \S+; the statement was asked for 1970-01-01T00:00:00\.000Z to .*no signature covers/, 'the period is the word of who made it: the leaves say when')
  for (const odd of [{ before: null }, { before: { size: '7' } }, { before: { size: '7', peaks: [5] } }, { checkpoint: 5 }, { fromMs: 'x' }]) {
    assert.deepEqual([await judged({ ...statement, ...odd }), (await told({ ...statement, ...odd })).length > 0], [false, true], JSON.stringify(odd))
  }
  const elder = formatVkey(localSigner(origin, Buffer.alloc(32, 77)).key)
  assert.equal((await verifyStatement(JSON.stringify(statement), `${elder}\n${key}\n`)).ok, true, 'a log whose key was rotated has several, one a line')
  assert.equal((await verifyStatement(JSON.stringify(statement), `${elder}\n${elder}`)).ok, false)

  const totals = await receiptTotals(ask, log, 0, 2_000_000_000_000)
  assert.deepEqual(totals, { attempts: 33, input: '330', output: '660' })
  assert.equal(compareTotals(totals, totals).status, 'equal')
  assert.equal(compareTotals(totals, { ...totals, input: '331' }).status, 'different')
})

test('a witness cosigns over HTTP, remembers across a restart, and the governance log keeps the checkpoints', async () => {
  const fixed = await fixture()
  const path = `${temporaryFolder()}.sqlite`
  const signer = localSigner('witness.example/w', Buffer.alloc(32, 8), cosignatureV1)
  const open = async () => {
    const memory = openWitnessFile(path)
    const server = witnessServer({ signers: [signer], keysOf: (origin) => (origin === fixed.origin ? [localSigner(fixed.origin, seed).key] : undefined), memory, seconds: () => 1_800_000_000n }, (cause) => { throw cause })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, close: async () => { server.closeAllConnections(); server.close(); await once(server, 'close'); memory.close() } }
  }
  const epoch = await claimEpoch(store, fixed.log)
  await append(fixed.log, 0, 20)
  await signLog(fixed.ports, fixed.log, epoch)
  const first = await open()
  assert.throws(() => openWitnessFile(path), /locked/)
  assert.equal((await gatherCosignature(store, fixed.objects, fixed.log, { key: signer.key, send: sendTo(first.url) })).status, 'cosigned')
  await first.close()
  await append(fixed.log, 20, 33)
  await signLog(fixed.ports, fixed.log, epoch)
  const second = await open()
  assert.equal((await gatherCosignature(store, fixed.objects, fixed.log, { key: signer.key, send: sendTo(second.url) })).status, 'cosigned')
  const missing = await fetch(`${second.url}/${'0'.repeat(64)}/checkpoint`)
  assert.equal(missing.status, 404)
  await second.close()
  const [receipt] = await receiptsOf(store, () => fixed.objects, `call-${fixed.log}-4`)
  assert.ok(receipt?.status === 'proven')
  const policy = `log ${formatVkey(localSigner(fixed.origin, seed).key)}\nwitness w ${formatVkey(signer.key)}\nquorum w\n`
  assert.equal((await verifyProof(receipt.file, policy)).ok, true)

  await store.transaction('jobs', (sql) => ensureGovernance(sql, 'log.example/governance'))
  const { size } = await readFrontier(ask, governanceLog)
  await store.transaction('admin', (sql) => recordEvent(sql, { kind: 'policy-approved', atMs: 1, actor: 'ada', subject: 'oai.compete', body: { version: 1 } }))
  assert.ok(await recordCheckpoints(store, 1_800_000_000_000) > 0)
  assert.equal(await recordCheckpoints(store, 1_800_000_060_000), 0, 'nothing changed since')
  assert.equal((await readFrontier(ask, governanceLog)).size, size + 2n)
})

test('log keys are made once, sealed, rotated with a leaf in every log, and retired', async () => {
  const random = seededRandom(77)
  const keyring = readKeyring(makeMasterKey(random))
  assert.ok(typeof keyring !== 'string')
  const open = async () => { const keys = await openLogKeys(store, () => keyring, random); assert.ok('signersOf' in keys); return keys }
  const first = await open()
  assert.equal(formatVkey((await open()).signer('x.example').key), formatVkey(first.signer('x.example').key))
  const other = readKeyring(makeMasterKey(random))
  assert.ok(typeof other !== 'string' && 'failed' in await openLogKeys(store, () => other, random))
  const fixed = await fixture()
  const pinned = first.signer(fixed.origin).key
  await append(fixed.log, 0, 3)
  const epoch = await claimEpoch(store, fixed.log)
  await signLog({ ...fixed.ports, signersOf: first.signersOf }, fixed.log, epoch)
  await tamper('DELETE FROM terms_log_key WHERE log <> $1', [fixed.log])
  assert.deepEqual(await rotateLogKey(store, keyring, random), { logs: 1 })
  assert.ok('failed' in (await rotateLogKey(store, keyring, random)))
  const master = readKeyring(`${makeMasterKey(random)},${keyring.current.bytes.toString('base64')}`)
  assert.ok(typeof master !== 'string')
  assert.equal(await store.transaction('admin', (sql) => resealLogKeys(sql, master, random)), undefined)
  assert.ok('failed' in await openLogKeys(store, () => keyring, random))
  const backwards = readKeyring(`${keyring.current.bytes.toString('base64')},${master.current.bytes.toString('base64')}`)
  assert.ok(typeof backwards !== 'string')
  await store.transaction('admin', (sql) => resealLogKeys(sql, backwards, random))
  const signed = await signLog({ ...fixed.ports, signersOf: (await open()).signersOf }, fixed.log, epoch)
  assert.equal(signed.status === 'signed' && signed.note.match(/— /g)?.length, 2, 'both keys sign while the rotation is fresh')
  const evidence = first.signer('x.example')
  const before = formatVkey(evidence.key)
  await first.reload()
  assert.notEqual(formatVkey(evidence.key), before, 'a running node signs with the new key once it has read it')
  assert.equal(await retireLogKey(store, keyring, random), undefined)
  assert.match((await retireLogKey(store, keyring, random))?.failed ?? '', /no rotation is under way/)
  assert.equal((await (await open()).signersOf(fixed.log, fixed.origin)).length, 1)
  assert.deepEqual((await checkLog(store, fixed.objects, fixed.log, [pinned])).faults, [], 'whoever trusted the first key trusts the log on')
})

test('the sequencer signs every log that grew, and takes a log back only after silence', async () => {
  const one = await fixture()
  const troubles: string[] = []
  let now = 1_800_000_000_000
  const folders = new Map<string, Objects>()
  const objectsOf = (log: string): Objects => { const known = folders.get(log) ?? folderObjects(temporaryFolder(), seededRandom(1)); folders.set(log, known); return known }
  folders.set(one.log, one.objects)
  const ports = (): SequencerPorts => ({ ...one.ports, objectsOf, clock: { now: () => now, monotonic: () => now }, timers: { ...systemTimers, every: () => () => undefined }, onTrouble: (log, trouble) => { if (log === one.log) troubles.push(String(trouble)) } })
  const first = startSequencer(ports())
  await append(one.log, 0, 4)
  await first.round()
  const second = startSequencer(ports())
  await append(one.log, 4, 6)
  await second.round()
  await append(one.log, 6, 9)
  await first.round()
  assert.deepEqual(troubles, ['fenced'])
  await second.round()
  await append(one.log, 9, 12)
  await first.round()
  const signedSizes = async (): Promise<string[]> => (await ask<{ size: string }>('SELECT size FROM terms_checkpoint WHERE log = $1 AND published ORDER BY size', [one.log])).map((row) => row.size)
  assert.deepEqual(await signedSizes(), ['4', '6', '9'])
  now += 11_000
  await first.round()
  assert.deepEqual(await signedSizes(), ['4', '6', '9', '12'])
  await first.stop()
  await second.stop()
})
