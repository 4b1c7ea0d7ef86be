import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { seededRandom } from '../../kernel/random.ts'
import { openEnvelope } from '../log/dsse.ts'
import { formatVkey, localSigner } from '../log/note.ts'
import { commitment, memberSalt } from '../log/receipt.ts'
import { needs, sharedJson } from '../log/vectors.ts'
import { Engine, policySet } from '../policy/engine.ts'
import { seedClauses } from '../policy/seed-clauses.ts'
import { emptyRegister, purposeSchema } from '../register/register.ts'
import type { Purpose, Register } from '../register/register.ts'
import { verifyEnvelope } from '../verifier/verify.ts'
import { modelBill } from './bill-of-materials.ts'
import { planExport, release, standsAgainst } from './gate.ts'
import type { DatasetRow, ExportAsk, ExportPlan } from './gate.ts'
import { decidePublication, decideTraining, inherit } from './lineage.ts'
import type { Ancestor } from './lineage.ts'
import { payloadType, rowsRoot, sampleFault, sampleRows, signManifest } from './manifest.ts'
import { deduplicate, toJsonLines, toParquet } from './rows.ts'

const now = 1_800_000_000_000
const day = 86_400_000
const set = policySet(seedClauses())
const engine = new Engine('draft')
assert.equal(engine.load(set).status, 'ok')

const chatModel: Purpose = purposeSchema.parse({ id: 'own-chat', organization: 'acme', says: 'Our own chat model', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' }, dataClass: 'internal', owner: 'ada', expiresMs: now + 30 * day })
const classifier: Purpose = { ...chatModel, id: 'spam', target: { class: 'classifier', distribution: 'internal', host: 'own', competesWith: 'none' } }
const register: Register = { ...emptyRegister, purposes: [chatModel, classifier] }

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

let count = 0
function modelRow(maker: string, channel: string, change: { terms?: string | null; organization?: string; duties?: string[]; licence?: string } = {}): DatasetRow {
  count += 1
  const salt = Buffer.alloc(32, count % 250)
  const [input, output] = [`question ${count}`, `answer ${count}`]
  const commit = (member: 'input' | 'output', text: string): string => commitment(memberSalt(salt, member), Buffer.from(sha(text), 'hex'))
  const leaf = canonicalJson({ v: 1, kind: 'receipt', journalId: 'j', sequence: String(count), organization: change.organization ?? 'acme', inCommit: commit('input', input), outCommit: commit('output', output), upstream: { maker, channel, model: `${maker}-1`, access: 'api', licence: change.licence }, terms: change.terms === null ? undefined : { policySetHash: change.terms ?? set.hash, duties: change.duties ?? [] } })
  return { id: `row-${count}`, messages: [{ role: 'user', content: input }, { role: 'assistant', content: output }], inputHash: sha(input), outputHash: sha(output), receipt: { log: 'receipts/acme', index: String(count), leaf, inputSalt: memberSalt(salt, 'input').toString('hex'), outputSalt: memberSalt(salt, 'output').toString('hex') } }
}
const humanRow = (): DatasetRow => { count += 1; return { id: `row-${count}`, messages: [{ role: 'user', content: `by hand ${count}` }, { role: 'assistant', content: 'yes' }], stated: { origin: 'human' } } }

const plan = (rows: readonly DatasetRow[], purpose: Purpose, change: Partial<ExportAsk> = {}): ExportPlan =>
  planExport({ organization: 'acme', purpose, rows, register, engine, engineFor: (hash) => (hash === set.hash ? engine : undefined), approvals: new Map(), atMs: now, ...change })

const mixed = [...Array.from({ length: 4 }, () => modelRow('openai', 'azure')), ...Array.from({ length: 3 }, () => modelRow('anthropic', 'anthropic')), ...Array.from({ length: 2 }, () => modelRow('deepseek', 'deepseek')), humanRow()]

test('three makers under different terms: refused by clause, allowed with duties, own rows allowed', () => {
  const made = plan(mixed, chatModel)
  assert.deepEqual(made.exclusions, [{ clause: 'ant.train', maker: 'anthropic', rows: 3 }, { clause: 'oai.compete', maker: 'openai', rows: 4 }])
  assert.equal(made.passed.length, 3)
  assert.deepEqual(made.duties.map((duty) => duty.clause), ['ds.label'])
  assert.deepEqual(made.flags, ['ds.label'])
  assert.match(made.groups.find((group) => group.source.maker === 'openai')?.says ?? '', /must not be used to develop models that compete/)
})

test('an internal classifier is allowed by exception, whose flag sticks', () => {
  const made = plan(mixed, classifier)
  assert.deepEqual(made.exclusions, [{ clause: 'ant.train', maker: 'anthropic', rows: 3 }])
  assert.equal(made.passed.length, 7)
  assert.deepEqual(made.flags, ['ds.label', 'oai.exc.a', 'oai.exc.a.keep'])
})

test('every row is either passed or counted under a clause, whatever the mixture', () => {
  const makers = fc.constantFrom(['openai', 'azure'], ['anthropic', 'bedrock'], ['deepseek', 'deepseek'], ['zai', 'zai'], ['minimax', 'minimax'])
  fc.assert(fc.property(fc.array(makers, { maxLength: 12 }), fc.boolean(), (pairs, forChat) => {
    const rows = pairs.map(([maker, channel]) => modelRow(maker as string, channel as string))
    const made = plan(rows, forChat ? chatModel : classifier)
    assert.equal(made.passed.length + made.exclusions.reduce((sum, one) => sum + one.rows, 0), rows.length)
    assert.ok(made.passed.every((row) => rows.includes(row)))
    assert.ok(!made.passed.some((row) => /"maker":"(anthropic|zai)"/.test(row.receipt?.leaf ?? '')))
  }), { numRuns: 25 })
})

test('changed row ids, exchanged receipts, altered text and other people\'s receipts are refused and counted', () => {
  const [mine, theirs, swapped] = [modelRow('deepseek', 'deepseek'), modelRow('deepseek', 'deepseek', { organization: 'other' }), modelRow('openai', 'azure')]
  const allowed = modelRow('deepseek', 'deepseek')
  const disguised: DatasetRow = { ...swapped, receipt: allowed.receipt as NonNullable<DatasetRow['receipt']> }
  const altered: DatasetRow = { ...mine, outputHash: sha('something else') }
  const unsalted: DatasetRow = { ...mine, receipt: { ...(mine.receipt as NonNullable<DatasetRow['receipt']>), outputSalt: '00'.repeat(32) } }
  const made = plan([disguised, altered, unsalted, theirs], chatModel)
  assert.equal(made.passed.length, 0)
  assert.deepEqual(made.exclusions, [{ clause: 'gate.content', maker: 'deepseek', rows: 3 }, { clause: 'gate.receipt', maker: 'deepseek', rows: 1 }])
})

test('terms as produced bind too, and unknown ones are a question that two people may answer', () => {
  const strict = policySet(seedClauses().map((clause) => (clause.id !== 'zai.train' ? clause : { ...clause, text: clause.text.replaceAll('== "zai"', '== "deepseek"') })))
  const before = new Engine('replay')
  const loaded = before.load(strict)
  assert.ok(loaded.status === 'ok', JSON.stringify(loaded))
  const old = modelRow('deepseek', 'deepseek', { terms: strict.hash })
  assert.deepEqual(plan([old], chatModel, { engineFor: (hash) => (hash === strict.hash ? before : undefined) }).exclusions, [{ clause: 'zai.train', maker: 'deepseek', rows: 1 }])

  const unrecorded = modelRow('deepseek', 'deepseek', { terms: null })
  const asked = plan([unrecorded], chatModel)
  assert.deepEqual(asked.exclusions, [{ clause: 'gate.terms-as-produced', maker: 'deepseek', rows: 1 }])
  const approval = asked.groups[0]?.approval ?? ''
  const withApproval = (by: string[], untilMs = now + day): number => plan([unrecorded], chatModel, { approvals: new Map([[approval, { by, untilMs }]]) }).passed.length
  assert.equal(withApproval(['ada', 'bo']), 1)
  assert.equal(withApproval(['ada', 'ada']), 0, 'one person approving twice is one person')
  assert.equal(withApproval(['ada', 'bo'], now), 0, 'an approval that has ended')
  assert.equal(plan([unrecorded], classifier, { approvals: new Map([[approval, { by: ['ada', 'bo'], untilMs: now + day }]]) }).passed.length, 0, 'replayed for another purpose')
  const other: Purpose = { ...chatModel, target: { ...chatModel.target, class: 'other' } }
  assert.equal(plan([unrecorded], other, { approvals: new Map([[approval, { by: ['ada', 'bo'], untilMs: now + day }]]) }).passed.length, 0, 'nor for the same purpose, registered anew with another target')
  assert.equal(plan([unrecorded], chatModel, { atMs: now + 1, approvals: new Map([[approval, { by: ['ada', 'bo'], untilMs: now + day }]]) }).passed.length, 1, 'the same question a moment later')
  const denied = modelRow('openai', 'azure')
  assert.equal(plan([denied], chatModel).groups[0]?.approval, undefined, 'what a clause forbids nobody can approve')
})

test('an attestation that ends during the export stops it', () => {
  const authorised: Register = { ...register, attestations: [{ id: 'a', organization: 'acme', kind: 'authorisation', value: 'anthropic:train', maker: 'anthropic', purposes: ['own-chat'], asOfMs: 0, owner: 'ada', expiresMs: now + 5_000 }] }
  const made = plan([modelRow('anthropic', 'anthropic')], chatModel, { register: authorised })
  assert.equal(made.passed.length, 1)
  assert.equal(release(made, now + 4_999).status, 'released')
  assert.equal(release(made, now + 5_000).status, 'expired')
  assert.equal(plan([modelRow('anthropic', 'anthropic')], chatModel, { register: authorised, atMs: now + 5_000 }).passed.length, 0)
  assert.equal(plan([modelRow('anthropic', 'anthropic')], classifier, { register: authorised }).passed.length, 0, 'an authorisation covers the purposes that it names')
})

test('what was planned is asked about again when it leaves: agreements, clauses, attestations and approvals as they then are', () => {
  const rows = [modelRow('deepseek', 'deepseek'), humanRow()]
  const { groups } = plan(rows, chatModel)
  const again = (change: Partial<ExportAsk> = {}): string | undefined =>
    standsAgainst({ organization: 'acme', purpose: chatModel, register, engine, engineFor: (hash) => (hash === set.hash ? engine : undefined), approvals: new Map(), atMs: now, ...change }, groups)?.says
  assert.equal(again(), undefined)
  const agreed = (state: 'suspended' | 'under-investigation'): Register => ({ ...register, agreements: [{ id: 'd', organization: 'acme', party: 'deepseek', document: 'terms', acceptedBy: 'ada', acceptedAtMs: 0, state }] })
  assert.match(again({ register: agreed('suspended') }) ?? '', /^rows of deepseek may not leave now\. house\.agreement: /)
  const asked = again({ register: agreed('under-investigation') }) ?? ''
  assert.match(asked, /house\.investigation: .* Two people may approve approval_[0-9a-f]+\.$/)
  const approval = /approval_[0-9a-f]+/.exec(asked)?.[0] ?? ''
  const given = (untilMs: number): string | undefined => again({ register: agreed('under-investigation'), approvals: new Map([[approval, { by: ['ada', 'bo'], untilMs }]]) })
  assert.deepEqual([given(now + 1), given(now) === undefined], [undefined, false])
  // An attestation that begins later says something else about where the results go.
  const outside: Register = { ...register, attestations: [{ id: 'i', organization: 'acme', kind: 'distribution-intent', value: 'external', purposes: ['spam'], asOfMs: now + 5, owner: 'ada', expiresMs: now + day }] }
  const inside = plan([modelRow('openai', 'azure')], classifier, { register: outside })
  const by = (atMs: number): string | undefined => standsAgainst({ organization: 'acme', purpose: classifier, register: outside, engine, engineFor: () => engine, approvals: new Map(), atMs }, inside.groups)?.says
  assert.deepEqual([inside.passed.length, by(now), /oai\./.test(by(now + 5) ?? '')], [1, undefined, true])
})

test('files: chat fine-tuning lines and Parquet hold the same rows; duplicates go', async () => {
  const { passed } = plan(mixed, classifier)
  const lines = toJsonLines(passed).toString().trimEnd().split('\n').map((line) => JSON.parse(line) as { messages: unknown })
  const bytes = toParquet(passed)
  const read = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer })
  assert.deepEqual(read.map((row) => JSON.parse(String(row['messages']))), lines.map((line) => line.messages))
  const [row] = passed
  assert.ok(row)
  const noisy = { ...row, messages: row.messages.map((message) => ({ ...message, content: ` ${message.content.toUpperCase()}\n` })) }
  assert.deepEqual(deduplicate([row, noisy, row]), { rows: [row], dropped: 2 })
})

test('the manifest is signed, counts everything, and a sample opens under its root', async () => {
  const made = plan(mixed, classifier)
  const signer = localSigner('weir.example/export', Buffer.alloc(32, 4))
  const files = [{ name: 'train.jsonl', bytes: toJsonLines(made.passed) }]
  const envelope = await signManifest({ name: 'spam-1', plan: made, files, transforms: [{ tool: 'deduplicate', parameters: {}, in: 10, out: 10 }], approvals: [] }, [signer])
  const opened = openEnvelope(envelope, payloadType, [signer.key])
  assert.ok(opened.status === 'ok')
  const statement = JSON.parse(opened.body.toString()) as { subject: { digest: { sha256: string } }[]; predicate: { rows: { total: string; merkleRoot: string }; exclusions: unknown; flags: string[] } }
  assert.equal(statement.subject[0]?.digest.sha256, createHash('sha256').update(toJsonLines(made.passed)).digest('hex'))
  assert.equal(statement.predicate.rows.total, '7')
  assert.deepEqual(statement.predicate.exclusions, [{ clause: 'ant.train', maker: 'anthropic', rows: '3' }])
  assert.equal((await verifyEnvelope(JSON.stringify(envelope), formatVkey(signer.key))).ok, true)
  const root = Buffer.from(statement.predicate.rows.merkleRoot, 'hex')
  assert.deepEqual(root, rowsRoot(made.passed))
  const sample = await sampleRows(made.passed, 5, seededRandom(1))
  assert.equal(sample.length, 5)
  for (const one of sample) {
    assert.equal(sampleFault(one, 7, root), undefined)
    assert.ok(sampleFault({ ...one, row: { ...one.row, messages: [] } }, 7, root))
    assert.ok(sampleFault({ ...one, position: (one.position + 1) % 7 }, 7, root))
  }
})

const dataset = (id: string, flags: string[], change: Partial<Ancestor> = {}): Ancestor => ({ id, kind: 'dataset', origin: 'known', flags, licences: [], from: [], ...change })

test('duties are inherited through every generation and bind at publication', () => {
  const known = new Map<string, Ancestor>([
    dataset('d1', ['oai.exc.a', 'oai.exc.a.keep']), dataset('d2', ['llama.name'], { licences: ['llama-4'] }), dataset('old', [], { origin: 'unknown' }),
    { id: 'run1', kind: 'run', origin: 'known', flags: [], licences: [], from: ['d1'] } as Ancestor, { id: 'm1', kind: 'model', origin: 'known', flags: [], licences: [], from: ['run1', 'd2'] } as Ancestor,
    { id: 'm2', kind: 'model', origin: 'known', flags: [], licences: [], from: ['m1', 'm2'] } as Ancestor,
  ].map((ancestor) => [ancestor.id, ancestor]))
  assert.deepEqual(inherit(['m2'], known), { flags: ['llama.name', 'oai.exc.a', 'oai.exc.a.keep'], licences: ['llama-4'], unknown: [] })
  const publish = (from: string[], distribution: 'internal' | 'external', fulfilled: string[] = [], name = 'Otter') => decidePublication(engine, register, 'acme', { kind: 'model', name, distribution, fulfilled, from }, known, now)
  const external = publish(['m2'], 'external', ['llama.display', 'llama.notice', 'llama.licence-copy'], 'Llama Otter')
  assert.equal(external.outcome, 'deny')
  assert.match(external.says.join(), /oai\.exc\.a\.keep/)
  assert.equal(publish(['m2'], 'internal').outcome, 'deny', 'the name and the notice are still missing')
  assert.equal(publish(['m2'], 'internal', ['llama.display', 'llama.notice', 'llama.licence-copy'], 'Llama Otter').outcome, 'allow')
  assert.equal(publish(['old'], 'internal').outcome, 'ask')
  assert.equal(publish(['never-registered'], 'internal').outcome, 'ask')
})

test('a training run needs every source allowed, and carries what sticks', () => {
  const source = (maker: string) => ({ maker, channel: maker, origin: 'model' as const, access: 'api' as const, flags: [] })
  assert.deepEqual(decideTraining(engine, register, 'acme', classifier, [source('openai')], now), { ...decideTraining(engine, register, 'acme', classifier, [source('openai')], now), outcome: 'allow', flags: ['oai.exc.a', 'oai.exc.a.keep'] })
  assert.equal(decideTraining(engine, register, 'acme', chatModel, [source('deepseek'), source('openai')], now).outcome, 'deny')
  assert.equal(decideTraining(engine, register, 'acme', chatModel, [source('deepseek'), source('minimax')], now).outcome, 'ask')
  assert.equal(decideTraining(engine, register, 'acme', chatModel, [], now).outcome, 'ask')
})

test('the bill of materials validates against CycloneDX 1.7, and a misspelt type does not', needs('vectors/cyclonedx'), () => {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
  addFormats.default(ajv)
  const plain = (path: string): object => JSON.parse(JSON.stringify(sharedJson(path), (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))) as object
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) ajv.addSchema(plain(`vectors/cyclonedx/${name}.schema.json`))
  const validate = ajv.compile(plain('vectors/cyclonedx/bom-1.7.schema.json'))
  assert.ok(validate(plain('vectors/cyclonedx/valid-machine-learning-1.7.json')), JSON.stringify(validate.errors))
  const bill = modelBill({
    serial: '3e671687-395b-41f5-a30f-a58921a69b79', atMs: now, model: { name: 'Llama Otter', version: '1', description: 'Spam filter', task: 'classification', sha256: 'a'.repeat(64), licences: ['Llama 4 Community'] },
    baseModels: [{ name: 'llama-4', licences: ['Llama 4 Community'] }],
    datasets: [{ id: 'd1', name: 'spam-1', description: 'Labelled mail', manifestSha256: 'b'.repeat(64), rows: 7, sources: ['openai 4', 'deepseek 2'], owner: 'ada', sensitive: true }],
    duties: [{ clause: 'llama.name', obligation: 'Start the name with Llama.', met: true }], flags: ['oai.exc.a'],
  }) as { components: { type: string }[] }
  assert.ok(validate(JSON.parse(JSON.stringify(bill))), JSON.stringify(validate.errors?.slice(0, 5)))
  const misspelt = JSON.parse(JSON.stringify(bill)) as typeof bill
  assert.ok(misspelt.components[0])
  misspelt.components[0].type = 'machine-learning-modle'
  assert.equal(validate(misspelt), false)
})
