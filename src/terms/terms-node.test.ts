import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { temporaryFolder } from '../../test/embedded.ts'
import { openAnyForTest } from '../../test/stores.ts'
import type { Sql, Store } from '../store/store.ts'
import { seededRandom } from '../kernel/random.ts'
import { makeMasterKey, readKeyring } from '../kernel/sealing.ts'
import type { Timers } from '../kernel/timers.ts'
import { checkLog } from './log/check-log.ts'
import { formatVkey, localSigner } from './log/note.ts'
import { folderObjects } from './log/objects.ts'
import { receiptsOf } from './log/prove.ts'
import type { Receipted } from './log/receipt.ts'
import { receiptTotals } from './log/statement.ts'
import { approvalId } from './policy/decision-table.ts'
import { approveClause, approveUse, essenceHash, putRecord } from './register/record-store.ts'
import { openTerms } from './terms-node.ts'
import type { Terms, TermsOptions } from './terms-node.ts'
import { verifyProof } from './verifier/verify.ts'

let store: Store
before(async () => { store = await openAnyForTest() })
after(() => store.close())

const now = 1_800_000_000_000
const everies = new Set<() => void>()
const timers: Timers = { after: () => () => undefined, every: (_ms, run) => { everies.add(run); return () => void everies.delete(run) }, soon: (run) => void setImmediate(run) }
const random = seededRandom(1)
const keyring = readKeyring(makeMasterKey(random))
assert.ok(typeof keyring !== 'string')
const folder = temporaryFolder()
const troubles: string[] = []
const options = (): TermsOptions => ({ store, clock: { now: () => now, monotonic: () => now }, timers, random, keyring: () => keyring, objects: folderObjects(folder, random), originBase: 'log.example/w1', sequences: true, witnesses: () => [], trouble: (subject, says) => { troubles.push(`${subject}: ${says}`) } })
const open = async (): Promise<Terms> => { const terms = await openTerms(options()); assert.ok('keys' in terms, JSON.stringify(terms)); return terms }

const receipt = (n: number): Receipted => ({ sequence: n, maker: 'm', channel: 'c', attempt: { call: `call-${n}`, n: 1, at: now, organization: 'acme', project: 'p', key: 'k', account: 'a', deployment: 'd', upstreamModel: 'u', regionClass: 'any' } as Receipted['attempt'], outcome: { outcome: 'complete', at: now, source: 'reported', billable: 'yes', counts: { input: 1, output: 2 } } as Receipted['outcome'] })

test('from posting to a proof that verifies with the public key alone', async () => {
  const terms = await open()
  const statement = await terms.receipts('j', [receipt(1), receipt(2)])
  await store.query('posting', statement?.text ?? '', statement?.values)
  // A node of an older version sends no hashes of leaves.
  const older = await terms.receipts('older', [receipt(3)])
  await store.query('posting', older?.text.replace(', $10::bytea', '') ?? '', older?.values.slice(0, 9))
  await terms.sequencer?.round()
  const [proof] = await receiptsOf(store, terms.objectsOf, 'call-2')
  assert.ok(proof?.status === 'proven')
  const [signer] = await terms.keys.signersOf('receipts/acme', 'log.example/w1/receipts/acme')
  assert.ok(signer)
  assert.equal((await verifyProof(proof.file, formatVkey(signer.key))).ok, true)
  const checked = await checkLog(store, terms.objectsOf('receipts/acme'), 'receipts/acme', [signer.key])
  assert.deepEqual([checked.faults, checked.size], [[], 3n])
  assert.equal((await verifyProof(proof.file, formatVkey(localSigner(signer.key.name, Buffer.alloc(32)).key))).ok, false)
  await terms.stop()
  assert.deepEqual(troubles, [])
})

test('a snapshot is decided; a changed register makes a new snapshot; an approval lets a question through', async () => {
  const terms = await open()
  const version = async (): Promise<string> => (await store.query<{ version: string }>('admin', 'SELECT version FROM snapshot_version'))[0]?.version ?? ''
  const keys = [{ key: 'k', organization: 'acme', project: 'p', purpose: 'summaries' }]
  const offers = [{ deployment: 'd', model: 'm', upstreamModel: 'k3', maker: 'moonshot', channel: 'own', account: 'a', access: 'weights' as const, licence: 'kimi-k3', excludedTerritories: [] }]
  const unsigned = await terms.decide(keys, offers)
  assert.equal(unsigned.permit('k', 'm', 'd'), undefined, 'unsigned clauses observe')
  const before = await version()
  const { clauses } = terms.engine.set ?? { clauses: [] }
  const gate = clauses.find((clause) => clause.id === 'threshold.gate')
  assert.ok(gate)
  for (const actor of ['ada', 'bo']) await store.transaction('admin', (sql) => approveClause(sql, gate, essenceHash(gate), actor, now))
  assert.ok(BigInt(await version()) > BigInt(before))
  const asked = (await terms.decide(keys, offers)).permit('k', 'm', 'd')
  assert.equal(asked?.clause, 'threshold.gate')
  assert.equal(asked?.approval, approvalId('acme', 'summaries', 'm', 'threshold.gate', {}))
  await store.transaction('admin', (sql) => approveUse(sql, asked?.approval ?? '', now + 1_000, 'ada', now))
  assert.equal((await terms.decide(keys, offers)).permit('k', 'm', 'd'), undefined)
  await store.transaction('admin', (sql) => putRecord(sql, { kind: 'attestation', id: 'a', organization: 'acme', body: { id: 'a', organization: 'acme', kind: 'maas', value: false, asOfMs: 0, owner: 'ada', expiresMs: now + 9 }, actor: 'ada', atMs: now }))
  assert.equal((await terms.decide(keys, offers)).permit('k', 'm', 'd'), undefined)
  for (const every of everies) every()
  await terms.stop()
  const recorded = await store.query('admin', 'SELECT 1 FROM terms_decision')
  assert.deepEqual(troubles, [])
  assert.ok(recorded.length > 0)
})

test('a restored backup that is older than a customer: its published log is read back before anything is posted to it', async () => {
  const terms = await open()
  const [signer] = await terms.keys.signersOf('receipts/acme', 'log.example/w1/receipts/acme')
  await terms.stop()
  await store.transaction('jobs', async (sql) => {
    await sql("SET LOCAL session_replication_role = 'replica'")
    for (const table of ['terms_leaf', 'terms_checkpoint', 'terms_log_key']) await sql(`DELETE FROM ${table} WHERE log = 'receipts/acme'`)
    await sql("DELETE FROM terms_log WHERE id = 'receipts/acme'")
    await sql('DELETE FROM terms_salt')
  })
  const strange = folderObjects(folder, random)
  await strange.write('receipts/elsewhere/checkpoint', Buffer.from('log.example/other/receipts/elsewhere\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 log.example/other/receipts/elsewhere AAAAAAAA\n'))
  troubles.length = 0
  const again = await open()
  // The journal ships all of it again: what was published is found there and skipped.
  const statement = await again.receipts('j', [receipt(1), receipt(2), receipt(4)])
  await store.query('posting', statement?.text ?? '', statement?.values)
  await again.sequencer?.round()
  assert.deepEqual(troubles, ['receipts/acme: 3 leaves that the database had lost were read back from the published bundles'])
  const checked = await checkLog(store, again.objectsOf('receipts/acme'), 'receipts/acme', signer === undefined ? [] : [signer.key])
  assert.deepEqual([checked.faults, checked.size], [[], 4n])
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  assert.deepEqual(await receiptTotals(ask, 'receipts/acme', 0, now + 1), { attempts: 4, input: '4', output: '8' }, 'receipts count, with their salts or without')
  assert.deepEqual(await store.query('admin', "SELECT id FROM terms_log WHERE id LIKE '%elsewhere'"), [], 'another installation\u2019s log stays where it lies')
  await again.stop()
})
