/** The pack of a case that has everything in it, over a real database and a signed log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../demo/until.ts'
import { temporaryFolder } from '../../../test/embedded.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { canonicalJson, type Json } from '../../kernel/canonical-json.ts'
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
import type { EventBody } from './case.ts'
import { eventHash, moveCase, openCase, readCase } from './case-store.ts'
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

type ForgedEvent = { number: number; at: string; actor: string; sha256: string; event: Record<string, unknown> }
/** A pack as a forger sees it: everything may be changed. */
interface Forged { v: number; case: string; readonly timeline: [ForgedEvent, ForgedEvent, ForgedEvent]; readonly proofs: [string, string, string]; readonly receipts: [{ call: string; proof: string }] }

test('a pack holds receipts with proofs, decisions replayed, lineage, the score card with its rates, custody and what the books say', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const ask: Sql = (text, values) => store.query('admin', text, values)
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
  const rows = [receipted(1, 'acme'), receipted(2, 'acme'), receipted(3, 'beta')]
  const statement = await receiptStatement({ random: seededRandom(71), originBase: 'log.example' })('j', rows)
  await ask(statement?.text ?? '', statement?.values)
  const [engine, set] = [new Engine('live'), policySet(seedClauses())]
  assert.equal(engine.load(set).status, 'ok')
  const decision = evaluate(engine, 'export', { at: now - 3_000, maker: 'openai', channel: 'openai', origin: 'model', authorisations: [], lineageFlags: [], lineageLicences: [], fulfilled: [], targetIsModel: true, targetClass: 'chat' })
  assert.equal(decision.outcome, 'deny')
  await store.transaction('admin', async (sql) => {
    await recordDecisions(sql, set, [{ id: 'dec_1', text: decisionText(decision), decision, organization: 'acme', subject: 'dataset/x' }], now - 3_000)
    await register(sql, 'acme', { id: 'set-1', kind: 'dataset', origin: 'gateway', flags: [], licences: [], from: [] } as unknown as Parameters<typeof register>[2], {}, 'ada', now - 2_000)
    await openCase(sql, 'case_full', { kind: 'signalled', organization: 'acme', about: { organization: 'acme' }, source: 'detector', matter: 'misuse', clause: 'oai.compete', says: 'It looks like a harvest.', evidence: ['call_1', 'call_3', 'a letter'] }, 'detector', now)
    for (const [act, actor] of [['take-up', 'ada'], ['open', 'bo']] as const) await moveCase(sql, 'case_full', { act, says: 'There may be something to it.', finding: undefined, evidence: [], actor, atMs: now })
    await openCase(sql, 'case_other', { kind: 'signalled', organization: 'acme', about: { organization: 'acme' }, source: 'detector', matter: 'misuse', clause: 'oai.compete', says: 'Another.', evidence: [] }, 'detector', now)
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
  assert.match(verdict.findings.map((one) => one.what).join('\n'), /each of its 3 events is told as its leaf of the governance log has it\neach of its 1 receipts is a leaf of the customer's log/)
  assert.match((await verifyEvidencePack(JSON.stringify(packed.envelope), formatVkey(signer.key))).findings.map((one) => one.what).join('\n'), /its 1 receipts carry proofs, which were not checked/)
  // Whoever made it may sign a lie over again: what the logs hold says otherwise.
  const told = async (body: object): Promise<string> => (await verifyEvidencePack(JSON.stringify(await signEnvelope(packType, Buffer.from(canonicalJson(body as Json)), [signer])), keys)).findings.map((one) => one.what).join('\n')
  const lie = async (change: (body: Forged) => void): Promise<string> => {
    const forged = JSON.parse(text) as Forged
    change(forged)
    return told(forged)
  }
  assert.match(await lie(() => undefined), /each of its 3 events is told as/)
  const swapped = <T>(list: T[], one: number, other: number): void => { [list[one], list[other]] = [list[other] as T, list[one] as T] }
  const lies: readonly (readonly [(body: Forged) => void, RegExp])[] = [
    [({ timeline: [first] }) => { first.event['says'] = 'It is proven.' }, /what event 1 says is not what its hash is of/],
    [({ timeline: [, second] }) => { second.event['act'] = 'dismiss' }, /what event 2 says is not/],
    // The same letters to the eye, composed otherwise.
    [({ timeline: [first] }) => { first.event['says'] = `${String(first.event['says'])}\u0301` }, /what event 1 says is not/],
    [({ timeline: [first] }) => { first.event['evidence'] = ['call_1', 'call_3'] }, /what event 1 says is not/],
    [({ timeline: [, second] }) => { second.event['act'] = 'dismiss'; second.sha256 = eventHash(second.event as unknown as EventBody) }, /event 2 is not what the log says/],
    [({ timeline: [, second] }) => { second.actor = 'bo' }, /event 2 was done by ada at 20\d\d-/],
    [({ timeline: [, , third] }) => { third.at = '2027-01-15T07:00:00.000Z' }, /event 3 was done by bo at 20\d\d-/],
    [(body) => { body.timeline.splice(1, 1); body.proofs.splice(1, 1) }, /event 2 is missing: event 3 stands in its place/],
    [(body) => { body.timeline.splice(1, 1); body.proofs.splice(1, 1); body.timeline[1].number = 2 }, /event 2 is number 3 of its case/],
    [(body) => { body.timeline.splice(0, 1); body.proofs.splice(0, 1) }, /event 1 is missing/],
    [(body) => { body.timeline.splice(1, 1); body.proofs.splice(1, 1); body.v = 1 }, /of format 1, whose events nobody counted, and the log has counted them/],
    [({ timeline }) => { swapped(timeline, 1, 2) }, /event 2 is missing/],
    [(body) => { swapped(body.timeline, 1, 2); swapped(body.proofs, 1, 2); body.timeline[1].number = 2; body.timeline[2].number = 3 }, /event 3 stands twice, or out of order/],
    [(body) => { body.timeline.push({ ...body.timeline[2], number: 4 }); body.proofs.push(body.proofs[2]) }, /event 4 stands twice, or out of order/],
    [({ proofs }) => { swapped(proofs, 1, 2) }, /event 2 is not leaf \d+ of the governance log/],
    [({ proofs }) => { proofs.pop() }, /3 events have 2 proofs/],
    [({ proofs, receipts: [receipt] }) => { proofs[1] = receipt.proof }, /the proofs are of several logs/],
    [(body) => { body.case = 'case_other' }, /event 1 is of another case/],
    [(body) => { body.timeline.splice(0, 3); body.proofs.splice(0, 3) }, /the pack has no timeline/],
    [({ receipts: [receipt] }) => { receipt.call = 'call_2' }, /the receipt of call_2 does not prove: it is that of call_1/],
    [({ receipts: [receipt] }) => { receipt.proof = receipt.proof.replace(/^extra (.*)$/m, (_all, extra: string) => `extra ${Buffer.from(Buffer.from(extra, 'base64').toString().replace('call_1', 'call_9')).toString('base64')}`) }, /the receipt of call_1 does not prove: the receipt is not in this log/],
    [({ receipts }) => { receipts.push(receipts[0]) }, /the receipt of call_1 stands twice/],
  ]
  for (const [at, [change, found]] of lies.entries()) assert.match(await lie(change), found, `lie ${at}`)
  // Changed without the key, it does not even come so far.
  const [bytes, stranger] = [JSON.stringify(packed.envelope), formatVkey(localSigner('log.example/evidence', Buffer.alloc(32, 9)).key)]
  const judged = async (given: string, by = keys): Promise<string> => (await verifyEvidencePack(given, by)).findings.map((one) => one.what).join('\n')
  for (const [given, by, found] of [
    [bytes.slice(0, -40), keys, /not a DSSE envelope/],
    [JSON.stringify({ ...packed.envelope, payload: Buffer.from(text.replace('harvest', 'habit')).toString('base64') }), keys, /no signature by a trusted key/],
    [JSON.stringify({ ...packed.envelope, payload: Buffer.from(text.normalize('NFD').replace('It looks', 'It l\u043eoks')).toString('base64') }), keys, /no signature by a trusted key/],
    [JSON.stringify({ ...packed.envelope, payloadType: 'application/vnd.weir.response+json' }), keys, /no signature by a trusted key/],
    [JSON.stringify({ ...packed.envelope, signatures: [] }), keys, /no signature by a trusted key/],
    [bytes, stranger, /no signature by a trusted key/],
  ] as const) assert.match(await judged(given, by), found)
})
