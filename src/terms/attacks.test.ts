/**
 * Attacks on terms and proof: each is refused, and each leaves something behind that a person finds. The mechanisms have
 * their own tests beside them; this shows that the whole refuses, in one place.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { temporaryFolder } from '../../test/embedded.ts'
import { openAnyForTest } from '../../test/stores.ts'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Sql, Store } from '../store/store.ts'
import { createDataset, readReceipts } from './dataset/create-dataset.ts'
import type { DatasetAsk, DatasetMade } from './dataset/create-dataset.ts'
import type { DatasetRow } from './dataset/gate.ts'
import { appendLeaves, ensureLog } from './log/append.ts'
import { ensureGovernance, gatherCosignature } from './log/governance.ts'
import { cosignatureV1, formatVkey, localSigner } from './log/note.ts'
import { folderObjects } from './log/objects.ts'
import { receiptsOf } from './log/prove.ts'
import { receiptStatement } from './log/receipt.ts'
import type { Receipted } from './log/receipt.ts'
import { claimEpoch, signLog } from './log/sequencer.ts'
import type { SequencerPorts } from './log/sequencer.ts'
import { openWitnessFile } from './log/witness-memory.ts'
import { addCheckpoint } from './log/witness.ts'
import { Engine, policySet } from './policy/engine.ts'
import { evaluate } from './policy/evaluate.ts'
import { seedClauses } from './policy/seed-clauses.ts'
import type { Clause } from './policy/seed-clauses.ts'
import { approvalsGiven, giveApproval, letThrough } from './register/approvals.ts'
import { approveClause, currentClauses, essenceHash, saveClause } from './register/record-store.ts'
import { attestationSchema, emptyRegister, purposeSchema } from './register/register.ts'
import type { Register } from './register/register.ts'
import { verifyProof } from './verifier/verify.ts'

let store: Store
const ask: Sql = (text, values) => store.query('admin', text, values)
const now = 1_800_000_000_000
const seed = Buffer.alloc(32, 1)
const seeds = seedClauses()
const set = policySet(seeds)
const engine = new Engine('draft')
assert.equal(engine.load(set).status, 'ok')
// An engine of a slot that nothing was loaded into.
const emptyEngine = new Engine('live')
const signer = localSigner('weir.example/evidence', Buffer.alloc(32, 4))
const sha = (text: string): Buffer => createHash('sha256').update(text).digest()

before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

/** Leaves of the governance log of a kind, the latest first. */
const leaves = async (kind: string): Promise<{ readonly actor: string; readonly subject: string; readonly body: Record<string, unknown> }[]> =>
  (await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = 'governance' AND body::jsonb->>'kind' = $1 ORDER BY index DESC`, [kind])).map((row) => JSON.parse(row.body) as { actor: string; subject: string; body: Record<string, unknown> })

let logs = 0
async function signedLog(size: number): Promise<{ readonly id: string; readonly origin: string; readonly ports: SequencerPorts; readonly epoch: bigint; readonly append: (from: number, to: number) => Promise<unknown> }> {
  logs += 1
  const [id, origin] = [`receipts/attacked-${logs}`, `log.example/attacked-${logs}`]
  const objects = folderObjects(temporaryFolder(), seededRandom(logs))
  await store.transaction('jobs', (sql) => ensureLog(sql, { id, origin, organization: `attacked-${logs}` }))
  const ports: SequencerPorts = { store, clock: systemClock, timers: { after: () => () => undefined, every: () => () => undefined, soon: (run) => void setImmediate(run) }, objectsOf: () => objects, signersOf: async (_log, name) => [localSigner(name, seed)], onTrouble: (_log, trouble) => { throw new Error(String(trouble)) } }
  const append = (from: number, to: number): Promise<unknown> => store.transaction('posting', (sql) => appendLeaves(sql, id, Array.from({ length: to - from }, (_, at) => ({ body: `{"n":${from + at}}`, journal: { id: 'journal', sequence: from + at }, call: `call-${id}-${from + at}` }))))
  const epoch = await claimEpoch(store, id)
  await append(0, size)
  assert.equal((await signLog(ports, id, epoch)).status, 'signed')
  return { id, origin, ports, epoch, append }
}

/** As somebody with the database's password could. */
const tamper = (text: string, values: readonly unknown[]): Promise<unknown> => store.transaction('jobs', async (sql) => {
  await sql("SET LOCAL session_replication_role = 'replica'")
  return sql(text, values)
})

test('a forged receipt: a changed leaf, another leaf\'s proof and a checkpoint signed by a stranger do not verify', async () => {
  const { id, origin, ports } = await signedLog(5)
  const files = await Promise.all([1, 2].map(async (n) => {
    const [receipt] = await receiptsOf(store, ports.objectsOf, `call-${id}-${n}`)
    assert.ok(receipt?.status === 'proven')
    return receipt.file
  }))
  const [one = '', two = ''] = files
  const key = formatVkey(localSigner(origin, seed).key)
  assert.equal((await verifyProof(one, key)).ok, true)
  const extra = (file: string): string => /^extra .*$/m.exec(file)?.[0] ?? ''
  for (const forged of [one.replace(extra(one), `extra ${Buffer.from('{"n":7}').toString('base64')}`), one.replace(extra(one), extra(two)), one.replace(/^index 1$/m, 'index 2')]) assert.equal((await verifyProof(forged, key)).ok, false)
  assert.equal((await verifyProof(one, formatVkey(localSigner(origin, Buffer.alloc(32, 7)).key))).ok, false)
})

test('a receipt of another organization\'s log of the same size, a right root under a wrong key id, and proofs with a hash too many or too few do not verify', async () => {
  const [mine, other] = [await signedLog(5), await signedLog(5)]
  const fileOf = async (log: typeof mine): Promise<string> => {
    const [receipt] = await receiptsOf(store, log.ports.objectsOf, `call-${log.id}-3`)
    assert.ok(receipt?.status === 'proven')
    return receipt.file
  }
  const [file, foreign] = [await fileOf(mine), await fileOf(other)]
  const key = formatVkey(localSigner(mine.origin, seed).key)
  const refused = async (forged: string): Promise<string> => {
    assert.notEqual(forged, file)
    const verdict = await verifyProof(forged, key)
    assert.equal(verdict.ok, false)
    return verdict.findings.map((one) => one.what).join(' ')
  }
  assert.equal((await verifyProof(file, key)).ok, true)
  assert.match(await refused(foreign), /no signature by a trusted key/, 'the same leaves, size and root, of another log')
  assert.match(await refused(foreign.replaceAll(other.origin, mine.origin)), /no signature by a trusted key|was changed or forged/, 'renamed')
  const signature = /^— \S+ (\S+)$/m.exec(file)?.[1] ?? ''
  const bytes = Buffer.from(signature, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  assert.match(await refused(file.replace(signature, bytes.toString('base64'))), /no signature by a trusted key/, 'a key id that is not the log\'s')
  const border = file.indexOf('\n\n')
  const [head, tail] = [file.slice(0, border), file.slice(border)]
  assert.match(await refused(`${head}\n${Buffer.alloc(32, 9).toString('base64')}${tail}`), /wrong shape/, 'a hash too many')
  assert.match(await refused(`${head.slice(0, head.lastIndexOf('\n'))}${tail}`), /too short|another root/, 'a hash too few')
  assert.match(await refused(file.replace(/^index 3$/m, 'index 5')), /not in a tree of 5/)
  assert.match(await refused(file.replace(/^index 3$/m, 'index 03')), /not a number/)
})

test('a clause whose facts nobody knows never allows what it might forbid: each of those that forbid or oblige, alone, at each of its points', () => {
  const everything = { ...(seeds.find((one) => one.id === 'house.use') as Clause), id: 'everything', points: ['contract', 'admit', 'route', 'export', 'train', 'publish'] as const, text: '@id("everything")\n@clause("house/everything")\n@point("contract,admit,route,export,train,publish")\n@onUnknown("allow")\npermit (principal, action, resource);' } as unknown as Clause
  // What makes each clause concern the use at all; all else is unknown.
  const concerns: Readonly<Record<string, object>> = {
    'llama.mau': { licence: 'llama-4' }, 'threshold.gate': { lineageLicences: ['kimi-k3'], licence: 'kimi-k3' }, 'threshold.display': { lineageLicences: ['kimi-k2'] }, 'ds.label': { lineageFlags: ['ds.label'] }, 'oai.exc.a.keep': { lineageFlags: ['oai.exc.a'] }, 'llama.name': { lineageFlags: ['llama.name'] },
    exclusivity: { exclusiveChannel: 'another', exclusiveUntil: now + 1 },
  }
  const judged = seeds.filter((clause) => clause.kind !== 'permit' && clause.source.maker !== 'house')
  const open: string[] = []
  for (const clause of judged) {
    const alone = new Engine('replay')
    assert.equal(alone.load(policySet([{ ...clause, approvedBy: ['ada', 'bo'] }, everything])).status, 'ok', clause.id)
    for (const point of clause.points) {
      const maker = clause.scope?.maker ?? 'somebody'
      const { outcome } = evaluate(alone, point, { at: now, maker, channel: clause.scope?.channel ?? maker, authorisations: [], lineageFlags: [], lineageLicences: [], fulfilled: [], ...concerns[clause.id] })
      // A duty is carried along where it does not block.
      if (outcome === 'allow' && (clause.kind === 'forbid' || (clause.blocks ?? []).includes(point))) open.push(`${clause.id} ${point}`)
    }
  }
  assert.deepEqual([judged.length, open], [24, []])
})

test('a rewound log, a split view, two sequencers and an old backup: nothing is signed, and the witness keeps one history', async () => {
  const log = await signedLog(20)
  const memory = openWitnessFile(`${temporaryFolder()}.sqlite`)
  const key = localSigner('witness.example/w', Buffer.alloc(32, 8), cosignatureV1)
  const witness = { signers: [key], keysOf: (origin: string) => (origin === log.origin ? [localSigner(log.origin, seed).key] : undefined), memory, seconds: () => 1_800_000_000n }
  const cosign = (): ReturnType<typeof gatherCosignature> => gatherCosignature(store, log.ports.objectsOf(log.id), log.id, { key: key.key, send: async (body) => { const { status, body: text } = await addCheckpoint(witness, body); return { status, body: text } } })
  assert.equal((await cosign()).status, 'cosigned')

  // Two sequencers: the one that was paused finds its epoch taken, and its signature is not stored.
  const epoch = await claimEpoch(store, log.id)
  await log.append(20, 30)
  assert.equal((await signLog(log.ports, log.id, log.epoch)).status, 'fenced')
  assert.equal((await signLog(log.ports, log.id, epoch)).status, 'signed')
  assert.equal((await cosign()).status, 'cosigned')

  // An old backup: the database knows less than what was published.
  const [before] = await ask<{ size: string; frontier: Buffer }>('SELECT size, frontier FROM terms_log WHERE id = $1', [log.id])
  await log.append(30, 40)
  assert.equal((await signLog(log.ports, log.id, epoch)).status, 'signed')
  assert.equal((await cosign()).status, 'cosigned')
  await tamper('DELETE FROM terms_leaf WHERE log = $1 AND index >= 30', [log.id])
  await tamper('DELETE FROM terms_checkpoint WHERE log = $1 AND size > 30', [log.id])
  await tamper('UPDATE terms_log SET size = $2, frontier = $3 WHERE id = $1', [log.id, before?.size, before?.frontier])
  assert.equal((await signLog(log.ports, log.id, epoch)).status, 'rewound')
  const refused = await cosign()
  assert.ok(refused.status === 'refused' && refused.httpStatus === 409, 'the witness has seen more than the log now shows')

  // A split view: another history of the same size, in a folder of its own, signed by the log's own key.
  const other = { ...log.ports, objectsOf: (): ReturnType<SequencerPorts['objectsOf']> => fresh }
  const fresh = folderObjects(temporaryFolder(), seededRandom(99))
  await tamper('DELETE FROM terms_leaf WHERE log = $1', [log.id])
  await tamper('DELETE FROM terms_checkpoint WHERE log = $1', [log.id])
  await tamper(`UPDATE terms_log SET size = 0, frontier = '' WHERE id = $1`, [log.id])
  await log.append(100, 145)
  assert.equal((await signLog(log.ports, log.id, epoch)).status, 'forked', 'beside its own published tiles')
  await tamper('DELETE FROM terms_checkpoint WHERE log = $1', [log.id])
  assert.equal((await signLog(other, log.id, epoch)).status, 'signed', 'whoever has key, database and folder can lie')
  const split = await gatherCosignature(store, fresh, log.id, { key: key.key, send: async (body) => { const { status, body: text } = await addCheckpoint(witness, body); return { status, body: text } } })
  assert.ok(split.status === 'refused' && [409, 422].includes(split.httpStatus), 'and the witness does not sign the lie')
  memory.close()
})

test('approvals: one person twice, a replayed one for a changed text, and one for another question do not count, and trying is a leaf', async () => {
  const clause = async (): Promise<Clause> => (await currentClauses(ask, seeds)).find((one) => one.id === 'oai.region') as Clause
  const approve = async (actor: string, hash: string): Promise<string> => { const given = await clause(); return (await store.transaction('admin', (sql) => approveClause(sql, given, hash, actor, now))).status }
  const old = essenceHash(await clause())
  assert.deepEqual([await approve('ada', old), await approve('ada', old)], ['approved', 'same-person'])
  const changed = { ...(await clause()), says: 'Something else.' }
  await store.transaction('admin', (sql) => saveClause(sql, changed, 'ada', now))
  assert.equal(await approve('bo', old), 'changed')
  assert.deepEqual((await leaves('clause-approval-refused')).map((leaf) => [leaf.actor, leaf.body['why']]), [['bo', 'the clause was changed'], ['ada', 'the same person approved it before']])
  const question = `approval_${'a'.repeat(24)}`
  const give = async (actor: string): Promise<string> => (await store.transaction('admin', (sql) => giveApproval(sql, question, now + 1_000, actor, now))).status
  assert.deepEqual([await give('ada'), await give('ada')], ['approved', 'same-person'])
  const given = async (): Promise<boolean> => letThrough((await approvalsGiven(ask)).get(question), now)
  assert.equal(await given(), false, 'one person twice is one person')
  assert.equal(await give('bo'), 'approved')
  assert.equal(await given(), true)
  assert.equal(letThrough((await approvalsGiven(ask)).get(question), now + 1_000), false, 'and not after its end')
  assert.equal(letThrough((await approvalsGiven(ask)).get(`approval_${'b'.repeat(24)}`), now), false)
  assert.deepEqual((await leaves('use-approval-refused')).map((leaf) => leaf.actor), ['ada'])
})

test('a policy that does not parse keeps the set before; one that errors denies; unknown facts never allow what they matter to', () => {
  const broken = (text: string): Clause[] => seeds.map((clause) => (clause.id === 'oai.compete' ? { ...clause, text } : clause))
  const own = new Engine('replay')
  assert.equal(own.load(set).status, 'ok')
  const loaded = own.load(policySet(broken('forbid (principal, action')))
  assert.equal(loaded.status, 'invalid')
  assert.equal(own.set?.hash, set.hash)
  const facts = { at: now, maker: 'openai', channel: 'openai', authorisations: [], lineageFlags: [], lineageLicences: [], fulfilled: [], origin: 'model' } as const
  const unknown = evaluate(own, 'train', facts)
  assert.equal(unknown.outcome, 'deny')
  assert.ok(unknown.reasons.some((reason) => reason.because === 'unknown' && reason.missing.includes('targetIsModel')))
  assert.equal(evaluate(own, 'train', { ...facts, targetIsModel: 'yes' as unknown as boolean }).outcome, 'deny', 'facts of a wrong type')
  assert.equal(evaluate(emptyEngine, 'train', facts).outcome, 'deny', 'no policies at all')
})

async function captured(makers: readonly string[]): Promise<DatasetRow[]> {
  const receipts = makers.map((maker, at): Receipted => ({
    sequence: at, maker, channel: maker, access: 'api', terms: { policySetHash: set.hash, termsHashes: [], decisionId: 'd', duties: [] }, content: { input: sha(`question ${at}`), output: sha(`answer ${at}`) },
    attempt: { call: `call-${at}`, n: 1, at: now, organization: 'acme', project: 'p', key: 'k', account: 'a', deployment: 'd', upstreamModel: 'u', regionClass: 'any' } as Receipted['attempt'],
    outcome: { outcome: 'complete', at: now, source: 'reported', billable: 'yes', counts: { input: 1, output: 2 } } as Receipted['outcome'],
  }))
  const statement = await receiptStatement({ random: seededRandom(3), originBase: 'log.example' })('j', receipts)
  await ask(statement?.text ?? '', statement?.values)
  const found = await readReceipts(ask, 'receipts/acme', makers.map((_, at) => `call-${at}`))
  return makers.map((_, at) => ({
    id: `call-${at}`, messages: [{ role: 'user', content: `question ${at}` }, { role: 'assistant', content: `answer ${at}` }],
    inputHash: sha(`question ${at}`).toString('hex'), outputHash: sha(`answer ${at}`).toString('hex'), receipt: found.get(`call-${at}`) as NonNullable<DatasetRow['receipt']>,
  }))
}

test('exports: changed row ids, forged receipts and an attestation that ends while the files are made let nothing out, and each refusal is a leaf', async () => {
  const [forbidden, free] = await captured(['openai', 'deepseek'])
  assert.ok(forbidden !== undefined && free !== undefined)
  const out: string[] = []
  const purpose = purposeSchema.parse({ id: 'own-chat', organization: 'acme', says: 'Our own chat model', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' }, dataClass: 'internal', owner: 'ada', expiresMs: now + 1_000_000 })
  const make = (name: string, rows: readonly DatasetRow[], register: Register = emptyRegister, clock: () => number = () => now): Promise<DatasetMade> => {
    const given: DatasetAsk = { organization: 'acme', name, purpose, rows, register, engine, engineFor: () => engine, approvals: new Map(), format: 'jsonl', actor: 'mallory' }
    return createDataset(given, { store, clock: { now: clock, monotonic: clock }, signer, pause: async () => undefined, anew: async () => undefined, write: async (file) => { out.push(file) } })
  }
  const told = async (): Promise<unknown> => (await leaves('export-refused'))[0]?.body['exclusions']
  // The forbidden text under the permitted call's id and receipt.
  assert.equal((await make('swapped', [{ ...forbidden, id: free.id, receipt: free.receipt as NonNullable<DatasetRow['receipt']> }])).status, 'refused')
  assert.deepEqual(await told(), [{ clause: 'gate.content', maker: 'deepseek', rows: '1' }])
  // A receipt that says another maker, and one of another organization.
  const leaf = forbidden.receipt?.leaf ?? ''
  const forged = (change: (text: string) => string): DatasetRow => ({ ...forbidden, receipt: { ...(forbidden.receipt as NonNullable<DatasetRow['receipt']>), leaf: change(leaf) } })
  assert.equal((await make('stolen', [forged((text) => text.replace('"organization":"acme"', '"organization":"other"'))])).status, 'refused')
  assert.deepEqual(await told(), [{ clause: 'gate.receipt', maker: 'openai', rows: '1' }])
  // An authorisation that ends between the decision and the hand-over.
  const authorised = attestationSchema.parse({ id: 'a', organization: 'acme', kind: 'authorisation', value: 'openai:train', maker: 'openai', purposes: ['own-chat'], asOfMs: 1, owner: 'legal', expiresMs: now + 500 })
  const register: Register = { ...emptyRegister, attestations: [authorised] }
  assert.equal((await make('in-time', [forbidden], register)).status, 'made')
  out.length = 0
  let asked = 0
  const late = await make('late', [forbidden], register, () => { asked += 1; return asked === 1 ? now : now + 500 })
  assert.match(late.status === 'refused' ? late.says : '', /ended while it ran/)
  assert.deepEqual(out, [])
  const [last] = await leaves('export-refused')
  assert.deepEqual([last?.actor, last?.subject], ['mallory', 'dataset/late'])
})

test('an export under a clause that errors, without policies, or with facts unknown that matter: nothing leaves, each refusal is a leaf under its clause', async () => {
  const [openai, row] = await captured(['openai', 'deepseek'])
  assert.ok(row !== undefined && openai !== undefined)
  const out: string[] = []
  const purpose = purposeSchema.parse({ id: 'own-chat', organization: 'acme', says: 'Our own chat model', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' }, dataClass: 'internal', owner: 'ada', expiresMs: now + 1_000_000 })
  const make = (name: string, rows: readonly DatasetRow[], with_: Engine, about = purpose): Promise<DatasetMade> =>
    createDataset({ organization: 'acme', name, purpose: about, rows, register: emptyRegister, engine: with_, engineFor: () => with_, approvals: new Map(), format: 'jsonl', actor: 'mallory' },
      { store, clock: { now: () => now, monotonic: () => now }, signer, pause: async () => undefined, anew: async () => undefined, write: async (file) => { out.push(file) } })
  const told = async (): Promise<unknown> => (await leaves('export-refused'))[0]?.body['exclusions']
  assert.equal((await make('free', [row], engine)).status, 'made', 'as it stands, these rows may leave')
  out.length = 0
  // A clause that is valid and cannot be evaluated: whole numbers overflow.
  const text = '@id("x") @clause("house/x") @point("export") @onUnknown("allow")\nforbid (principal, action == Weir::Action::"export", resource) when { context.at * 9223372036854775807 > 0 };'
  const erring = new Engine('live')
  assert.equal(erring.load(policySet([...seeds, { ...(seeds[0] as Clause), id: 'x', kind: 'forbid', points: ['export'], onUnknown: 'allow', suppose: {}, text } as Clause])).status, 'ok')
  assert.equal((await make('erring', [row], erring)).status, 'refused')
  assert.deepEqual(await told(), [{ clause: 'x', maker: 'deepseek', rows: '1' }])
  assert.equal(engine.load(set).status, 'ok')
  assert.equal((await make('no-policies', [row], emptyEngine)).status, 'refused')
  assert.deepEqual(await told(), [{ clause: 'engine', maker: 'deepseek', rows: '1' }])
  const { distribution: _left, ...target } = purpose.target ?? { class: 'classifier' as const }
  assert.equal((await make('unknown', [openai], engine, { ...purpose, target: { ...target, class: 'classifier' } })).status, 'refused')
  assert.match(JSON.stringify(await told()), /"clause":"oai\.(compete|exc\.a)","maker":"openai"/)
  assert.deepEqual(out, [])
  assert.deepEqual((await leaves('export-refused')).slice(0, 3).map((leaf) => leaf.subject), ['dataset/unknown', 'dataset/no-policies', 'dataset/erring'])
})
