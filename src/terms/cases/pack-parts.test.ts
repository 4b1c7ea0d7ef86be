/** The pack of a case that has everything in it, over a real database and a signed log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../demo/until.ts'
import { temporaryFolder } from '../../../test/embedded.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { systemClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { systemTimers } from '../../kernel/timers.ts'
import type { Sql } from '../../store/store.ts'
import { signEnvelope } from '../log/dsse.ts'
import { ensureGovernance } from '../log/governance.ts'
import { formatVkey, localSigner } from '../log/note.ts'
import { folderObjects } from '../log/objects.ts'
import type { Objects } from '../log/objects.ts'
import { receiptStatement } from '../log/receipt.ts'
import type { Receipted } from '../log/receipt.ts'
import { startSequencer } from '../log/sequencer.ts'
import { Engine, policySet } from '../policy/engine.ts'
import { decisionText, evaluate, replay } from '../policy/evaluate.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import { recordDecisions } from '../register/record-store.ts'
import { register } from '../dataset/lineage-store.ts'
import { verifyEvidencePack } from '../verifier/verify.ts'
import { openCase, readCase } from './case-store.ts'
import { packCase, packType } from './evidence-pack.ts'

const now = 1_800_000_000_000
const receipted = (sequence: number, organization: string): Receipted => ({
  sequence, maker: 'openai', channel: 'openai', phase: 'product',
  attempt: { call: `call_${sequence}`, n: 1, at: now - 5_000, organization, project: 'p', key: 'k', account: 'a', deployment: 'd', upstreamModel: 'u', regionClass: 'any' } as Receipted['attempt'],
  outcome: { outcome: 'complete', at: now - 4_000, source: 'reported', billable: 'yes', counts: { input: 3, output: 4 } } as Receipted['outcome'],
})

interface Body {
  readonly receipts: readonly { readonly call: string; readonly proof: string }[]
  readonly decisions: { readonly left_out: string; readonly made: readonly { readonly point: string; readonly replay: string; readonly decision: { readonly facts: unknown } }[] }
  readonly lineage: readonly { readonly id: string; readonly from: readonly string[] }[]
  readonly score_card: { readonly cards: readonly { readonly card: { readonly score: string } }[]; readonly error_rates: { readonly falseAlarms: readonly unknown[] } }
  readonly custody: readonly { readonly asked_by: string; readonly allowed_by: string }[]
  readonly extent: { readonly reconciliation: { readonly status: string; readonly says: readonly string[]; readonly outside: readonly unknown[] } }
}

test('a pack holds receipts with proofs, decisions replayed, lineage, the score card with its rates, custody and what the books say', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const ask: Sql = (text, values) => store.query('admin', text, values)
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
  const rows = [receipted(1, 'acme'), receipted(2, 'acme'), receipted(3, 'beta')]
  const statement = receiptStatement({ random: seededRandom(71), originBase: 'log.example' })('j', rows)
  await ask(statement?.text ?? '', statement?.values)
  const [engine, set] = [new Engine('live'), policySet(seedClauses())]
  assert.equal(engine.load(set).status, 'ok')
  const decision = evaluate(engine, 'export', { at: now - 3_000, maker: 'openai', channel: 'openai', origin: 'model', authorisations: [], lineageFlags: [], lineageLicences: [], fulfilled: [], targetIsModel: true, targetClass: 'chat' })
  assert.equal(decision.outcome, 'deny')
  await store.transaction('admin', async (sql) => {
    await recordDecisions(sql, set, [{ id: 'dec_1', text: decisionText(decision), decision, organization: 'acme', subject: 'dataset/x' }], now - 3_000)
    await register(sql, 'acme', { id: 'set-1', kind: 'dataset', origin: 'gateway', flags: [], licences: [], from: [] } as unknown as Parameters<typeof register>[2], {}, 'ada', now - 2_000)
    await openCase(sql, 'case_full', { kind: 'signalled', organization: 'acme', about: { organization: 'acme' }, source: 'detector', matter: 'misuse', clause: 'oai.compete', says: 'It looks like a harvest.', evidence: ['call_1', 'call_3', 'a letter'] }, 'detector', now)
    await sql(`INSERT INTO detection_signal (id, subject, organization, raised_ms, updated_ms, state, rank, card, case_id) VALUES ('signal_1', 'key k', 'acme', $1, $1, 'case', 1, '{"score": 4.25}', 'case_full')`, [String(now)])
    await sql(`INSERT INTO terms_content_access (id, call, asked_by, reason, asked_at_ms, allowed_by, until_ms) VALUES ('access_1', 'call_1', 'ada', 'the case', $1, 'bo', $2), ('access_2', 'call_1', 'ada', 'after the case', $3, 'bo', $3)`, [String(now - 1_000), String(now), String(now + 1)])
  })
  const folders = new Map<string, Objects>()
  const objectsOf = (log: string): Objects => {
    const objects = folders.get(log) ?? folderObjects(temporaryFolder(), seededRandom(72 + folders.size))
    folders.set(log, objects)
    return objects
  }
  const signer = localSigner('log.example/evidence', Buffer.alloc(32, 2))
  const signerOf = (origin: string): ReturnType<typeof localSigner> => localSigner(origin, Buffer.alloc(32, 3))
  const sequencer = startSequencer({ store, clock: { now: () => now, monotonic: systemClock.monotonic }, timers: systemTimers, objectsOf, signersOf: async (_log, origin) => [signerOf(origin)], onTrouble: (_log, trouble) => { throw new Error(String(trouble)) } })
  const pack = async (): ReturnType<typeof packCase> => {
    const found = await readCase(ask, 'case_full')
    assert.ok(found !== undefined)
    return packCase({
      sql: ask, objectsOf, clauses: seedClauses(), signer, replayed: async (decisions) => decisions.map(({ body }) => replay(engine, body).status),
      books: async () => ({ ledger: { attempts: 3, input: '6', output: '8' }, outside: [{ supplier: 'openai', says: 'Billed, and not in the books.' }] }),
    }, found)
  }
  const packed = await until('a signed checkpoint over the case', pack, ({ status }) => status !== 'pending')
  await sequencer.stop()
  assert.ok(packed.status === 'packed')
  assert.deepEqual(await pack(), packed, 'the same bytes')
  const text = Buffer.from(packed.envelope.payload, 'base64').toString()
  const body = JSON.parse(text) as Body
  assert.deepEqual(body.receipts.map((one) => one.call), ['call_1'], 'of the customer alone, though another\'s call was named')
  assert.deepEqual([body.decisions.left_out, body.decisions.made.map((one) => [one.point, one.replay])], ['0', [['export', 'same']]])
  assert.deepEqual([body.lineage.map((one) => one.id), body.score_card.cards.map((one) => one.card.score), body.score_card.error_rates.falseAlarms.length > 0], [['set-1'], ['4.25'], true])
  assert.deepEqual(body.custody.map((one) => [one.asked_by, one.allowed_by]), [['ada', 'bo']], 'of the case\'s last event or before')
  assert.deepEqual([body.extent.reconciliation.status, body.extent.reconciliation.says, body.extent.reconciliation.outside.length], ['different', ['attempts: receipts 2, ledger 3'], 1])

  const origins = await ask<{ origin: string }>('SELECT origin FROM terms_log ORDER BY id')
  const keys = [signer, ...origins.map((one) => signerOf(one.origin))].map((one) => formatVkey(one.key)).join('\n')
  const verdict = await verifyEvidencePack(JSON.stringify(packed.envelope), keys)
  assert.ok(verdict.ok, JSON.stringify(verdict))
  assert.match(verdict.findings.map((one) => one.what).join('\n'), /each of its 1 events is a leaf of the governance log\neach of its 1 receipts is a leaf of the customer's log/)
  assert.match((await verifyEvidencePack(JSON.stringify(packed.envelope), formatVkey(signer.key))).findings.map((one) => one.what).join('\n'), /its 1 receipts carry proofs, which were not checked/)
  // Signed again by whoever made it, another receipt still shows.
  const [receipt] = body.receipts
  assert.ok(receipt !== undefined)
  const extra = /^extra (.*)$/m.exec(receipt.proof)?.[1] ?? ''
  const other = receipt.proof.replace(extra, Buffer.from(Buffer.from(extra, 'base64').toString().replace('call_1', 'call_9')).toString('base64'))
  for (const lie of [text.replace(JSON.stringify(receipt.proof), JSON.stringify(other)), text.replace('"call":"call_1","leaf"', '"call":"call_2","leaf"')]) {
    assert.notEqual(lie, text)
    const judged = await verifyEvidencePack(JSON.stringify(await signEnvelope(packType, Buffer.from(lie), [signer])), keys)
    assert.match(judged.findings.map((one) => one.what).join('\n'), /the receipt of call_\d does not prove/)
  }
})
