import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../../demo/until.ts'
import { temporaryFolder } from '../../../test/embedded.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { systemClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { systemTimers } from '../../kernel/timers.ts'
import type { Sql, Store } from '../../store/store.ts'
import { governanceLog } from '../log/append.ts'
import { ensureGovernance } from '../log/governance.ts'
import { formatVkey, localSigner } from '../log/note.ts'
import { folderObjects } from '../log/objects.ts'
import { startSequencer } from '../log/sequencer.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import { verifyEnvelope, verifyProof } from '../verifier/verify.ts'
import { approveRestriction, blockedAt, eventHash, liftRestriction, moveCase, openCase, readCase, readRestrictions, restrict, type Changed } from './case-store.ts'
import { packCase } from './evidence-pack.ts'
import type { Restriction } from './restriction.ts'

let store: Store
const origin = 'log.example/governance'
before(async () => {
  store = await openAnyForTest()
  await store.transaction('jobs', (sql) => ensureGovernance(sql, origin))
})
after(() => store.close())

const ask: Sql = (text, values) => store.query('admin', text, values)
const change = (run: (sql: Sql) => Promise<Changed>): Promise<Changed> => store.transaction('revocation', run)
const version = async (): Promise<string> => (await ask<{ version: string }>('SELECT version FROM snapshot_version'))[0]?.version ?? ''
const grounds = { clause: 'oai.compete', says: 'Outputs went into a model.', evidence: ['call_1'], appeal: 'write to us', reversible: true, automatic: false }

async function noticed(id: string, organization: string): Promise<void> {
  await store.transaction('admin', (sql) => openCase(sql, id, { kind: 'signalled', organization, about: { organization }, source: 'own_initiative', matter: 'misuse', ...grounds }, 'anna', 1))
  for (const act of ['take-up', 'open', 'notice'] as const) await change((sql) => moveCase(sql, id, { act, says: 'why', finding: undefined, evidence: [], actor: 'anna', atMs: 2 }))
}

test('a suspension holds after a second person, is a new snapshot, and one person\'s attempt is a leaf', async () => {
  await noticed('case_a', 'acme')
  const restriction: Restriction = { ...grounds, id: 'restriction_a', kind: 'suspend_project', scope: { organization: 'acme', project: 'feed' } }
  await change((sql) => restrict(sql, 'case_a', restriction, 'anna', 3))
  assert.deepEqual(await readRestrictions(ask, 4), [])
  const alone = await change((sql) => approveRestriction(sql, 'case_a', 'restriction_a', undefined, 'anna', 4))
  assert.equal(alone.status === 'refused' ? alone.code : alone.status, 'same_person')
  const [leaf] = await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = $1 ORDER BY index DESC LIMIT 1`, [governanceLog])
  assert.match(leaf?.body ?? '', /"kind":"case-act-refused".*"subject":"case\/case_a"/)
  const earlier = await version()
  assert.equal((await change((sql) => approveRestriction(sql, 'case_a', 'restriction_a', undefined, 'ben', 5))).status, 'done')
  assert.notEqual(await version(), earlier)
  assert.deepEqual((await readRestrictions(ask, 6)).map((one) => [one.case, one.kind, one.by, one.approvedBy]), [['case_a', 'suspend_project', 'anna', 'ben']])
  await change((sql) => liftRestriction(sql, 'case_a', 'restriction_a', 'shown to be a test', 'anna', 7))
  assert.deepEqual(await readRestrictions(ask, 8), [])
  assert.equal((await change((sql) => liftRestriction(sql, 'case_a', 'restriction_a', 'again', 'anna', 9))).status, 'refused')
})

test('an appeal by another person lifts what it names; the rest goes on blocking', async () => {
  await noticed('case_b', 'beta')
  const move = (act: Parameters<typeof moveCase>[2]['act'], actor: string, lift: readonly string[] = []): Promise<Changed> =>
    change((sql) => moveCase(sql, 'case_b', { act, says: 'why', finding: act === 'decide' ? 'remediation' : undefined, evidence: [], actor, atMs: 4 }, lift))
  await change((sql) => restrict(sql, 'case_b', { ...grounds, id: 'export_b', kind: 'block_export', scope: { organization: 'beta' } }, 'anna', 3))
  await change((sql) => restrict(sql, 'case_b', { ...grounds, id: 'train_b', kind: 'block_train', scope: { organization: 'beta' } }, 'anna', 3))
  assert.equal((await blockedAt(ask, 'export', 'beta', 4))?.case, 'case_b')
  for (const act of ['answer', 'investigate', 'decide', 'appeal'] as const) assert.equal((await move(act, 'anna')).status, 'done', act)
  assert.equal((await move('vary', 'anna', ['export_b'])).status, 'refused')
  assert.equal((await move('vary', 'cleo')).status, 'refused', 'it names what it lifts')
  assert.equal((await move('vary', 'cleo', ['restriction_a'])).status, 'refused', 'of this case')
  assert.equal((await move('vary', 'cleo', ['export_b'])).status, 'done')
  assert.equal(await blockedAt(ask, 'export', 'beta', 5), undefined)
  assert.equal((await blockedAt(ask, 'train', 'beta', 5))?.clause, 'oai.compete')
  assert.equal(await blockedAt(ask, 'train', 'acme', 5), undefined)
})

test('two people at once cannot both be the second, and events never change', async () => {
  await noticed('case_c', 'gamma')
  await change((sql) => restrict(sql, 'case_c', { ...grounds, id: 'restriction_c', kind: 'suspend_account', scope: { organization: 'gamma' } }, 'anna', 3))
  const both = await Promise.all(['ben', 'cleo'].map((actor) => change((sql) => approveRestriction(sql, 'case_c', 'restriction_c', undefined, actor, 4))))
  assert.deepEqual(both.map((one) => one.status).sort(), ['done', 'refused'])
  await assert.rejects(ask(`UPDATE terms_case_event SET actor = 'nobody' WHERE case_id = 'case_c'`))
  await assert.rejects(ask(`DELETE FROM terms_case_event WHERE case_id = 'case_c'`))
})

test('a pack is pending until its events are signed, then the same bytes each time, and verifies with its proofs', async () => {
  await noticed('case_d', 'delta')
  const governance = folderObjects(temporaryFolder(), seededRandom(4))
  const [signer, logSigner] = [localSigner('log.example/evidence', Buffer.alloc(32, 2)), localSigner(origin, Buffer.alloc(32, 3))]
  const made = async (): ReturnType<typeof packCase> => {
    const found = await readCase(ask, 'case_d')
    assert.ok(found !== undefined)
    return packCase({ sql: ask, objectsOf: () => governance, clauses: seedClauses(), signer, replayed: async (decisions) => decisions.map(() => 'same'), books: async () => ({ ledger: { attempts: 0, input: '0', output: '0' }, outside: [] }) }, found)
  }
  assert.equal((await made()).status, 'pending')
  const sequencer = startSequencer({ store, clock: systemClock, timers: systemTimers, objectsOf: () => governance, signersOf: async () => [logSigner], onTrouble: (_log, trouble) => { throw new Error(String(trouble)) } })
  const packed = await until('a signed checkpoint over the case', made, ({ status }) => status !== 'pending')
  await sequencer.stop()
  assert.ok(packed.status === 'packed')
  assert.deepEqual(await made(), packed)
  const verdict = await verifyEnvelope(JSON.stringify(packed.envelope), formatVkey(signer.key))
  assert.equal(verdict.ok, true)
  const body = JSON.parse(Buffer.from(packed.envelope.payload, 'base64').toString()) as { proofs: string[]; timeline: { sha256: string; event: Parameters<typeof eventHash>[0] }[]; clauses: { id: string }[] }
  assert.deepEqual([body.proofs.length, body.timeline.length, body.clauses.map((one) => one.id)], [4, 4, ['oai.compete']])
  for (const [index, proof] of body.proofs.entries()) {
    assert.equal((await verifyProof(proof, formatVkey(logSigner.key))).ok, true)
    const extra = /^extra (.+)$/m.exec(proof)?.[1] ?? ''
    const event = body.timeline[index]
    assert.ok(event !== undefined && eventHash(event.event) === event.sha256 && Buffer.from(extra, 'base64').toString().includes(event.sha256))
  }
  assert.equal((await verifyEnvelope(JSON.stringify(packed.envelope), formatVkey(logSigner.key))).ok, false)
})
