/**
 * What terms and receipts cost apart from calls: `npm run bench -- terms embedded|postgres [receipts]`. Receipts are made and
 * appended as posting does it, then their tiles are published and the checkpoint signed; proofs are read and verified as
 * `weir receipt get` and the verifier do it; a dataset of captured calls passes the export gate and is written.
 */
import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { systemClock } from '../src/kernel/clock.ts'
import { seededRandom, systemRandom } from '../src/kernel/random.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { createDataset, readReceipts } from '../src/terms/dataset/create-dataset.ts'
import type { DatasetRow } from '../src/terms/dataset/gate.ts'
import { ensureGovernance } from '../src/terms/log/governance.ts'
import { formatVkey, localSigner } from '../src/terms/log/note.ts'
import { folderObjects } from '../src/terms/log/objects.ts'
import { proofOfLeaf } from '../src/terms/log/prove.ts'
import { receiptStatement, type Receipted } from '../src/terms/log/receipt.ts'
import { claimEpoch, signLog } from '../src/terms/log/sequencer.ts'
import { Engine, policySet } from '../src/terms/policy/engine.ts'
import { seedClauses } from '../src/terms/policy/seed-clauses.ts'
import { emptyRegister, purposeSchema } from '../src/terms/register/register.ts'
import { verifyProof } from '../src/terms/verifier/verify.ts'
import { openEmbeddedForTest, temporaryFolder } from '../test/embedded.ts'
import { openPostgresForTest } from '../test/stores.ts'
import { printFigures, wordsGiven } from './figures.ts'
import { median } from './report.ts'

const [kind = 'embedded', receiptsText = '40000'] = wordsGiven()
const wanted = Number(receiptsText)
const pageReceipts = 1_000
const now = systemClock.now()
const store = await (kind === 'postgres' ? openPostgresForTest() : openEmbeddedForTest())
const sha = (text: string): Buffer => hash('sha256', text, 'buffer')
const set = policySet(seedClauses())

const receiptOf = (at: number): Receipted => ({
  sequence: at, maker: 'deepseek', channel: 'deepseek', access: 'api', phase: 'training', cost: { amount: '0.0034', currency: 'USD' },
  terms: { policySetHash: set.hash, termsHashes: [set.hash], decisionId: 'decision', duties: [] }, content: { input: sha(`question ${at}`), output: sha(`answer ${at}`) },
  attempt: { call: `call_${String(at).padStart(26, '0')}`, n: 1, at: now, organization: 'acme', project: 'feed', key: 'key_1', account: 'upstream', deployment: 'upstream/chat', upstreamModel: 'deepseek-chat', regionClass: 'global' } as Receipted['attempt'],
  outcome: { outcome: 'complete', at: now + 900, source: 'reported', billable: 'yes', counts: { input: 1_200, cachedInput: 1_024, output: 300 }, servedModel: 'deepseek-chat', upstreamId: `chatcmpl-${at}` } as Receipted['outcome'],
})

const secondsOf = async (run: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await run()
  return (performance.now() - from) / 1_000
}

const make = receiptStatement({ random: systemRandom, originBase: 'log.example' })
/** As posting does it (src/ledger/post.ts): while the database writes a page, the next is made. The pause stands for the records that posting reads in steps meanwhile, without which the page would not leave. */
async function append(receipts: readonly Receipted[]): Promise<void> {
  let writing: Promise<unknown> | undefined
  for (let at = 0; at < receipts.length; at += pageReceipts) {
    const statement = await make('bench', receipts.slice(at, at + pageReceipts))
    await writing
    writing = store.query('posting', statement?.text ?? '', statement?.values)
    await pause(2)
  }
  await writing
}

const log = 'receipts/acme'
const objects = folderObjects(temporaryFolder(), seededRandom(1))
const signer = localSigner(`log.example/${log}`, Buffer.alloc(32, 1))
const receipts = Array.from({ length: 5_000 + wanted }, (_, at) => receiptOf(at))
await append(receipts.slice(0, 5_000))
const appendSeconds = await secondsOf(() => append(receipts.slice(5_000)))
const epoch = await claimEpoch(store, log)
const publishSeconds = await secondsOf(() => signLog({ store, clock: systemClock, timers: systemTimers, objectsOf: () => objects, signersOf: async () => [signer], onTrouble: (_log, trouble) => { throw new Error(String(trouble)) } }, log, epoch))

const proofs: string[] = []
const proveMs: number[] = []
const verifyMs: number[] = []
const trust = formatVkey(signer.key)
for (let nth = 0; nth < 200; nth += 1) {
  const index = BigInt(Math.floor((nth * wanted) / 200))
  proveMs.push(1_000 * await secondsOf(async () => {
    const proof = await proofOfLeaf(store, objects, log, index)
    if (proof?.status !== 'proven') throw new Error(`leaf ${index} is not proven`)
    proofs.push(proof.file)
  }))
  verifyMs.push(1_000 * await secondsOf(async () => {
    const verdict = await verifyProof(proofs.at(-1) ?? '', trust)
    if (!verdict.ok) throw new Error(`proof ${index} does not verify`)
  }))
}

await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
const engine = new Engine('draft')
engine.load(set)
const purpose = purposeSchema.parse({ id: 'own-chat', organization: 'acme', says: 'Our own chat model', phase: 'training', target: { class: 'chat', distribution: 'external', host: 'own', competesWith: 'none' }, dataClass: 'internal', owner: 'ada', expiresMs: now + 3_600_000 })
const exported = Math.min(wanted, 20_000)
const answer = 'A weir measures a river, regulates it and can divert it. '.repeat(10)
const exportSeconds = async (format: 'jsonl' | 'parquet'): Promise<number> => secondsOf(async () => {
  const rows: DatasetRow[] = []
  for (let from = 0; from < exported; from += pageReceipts) {
    const places = Array.from({ length: pageReceipts }, (_, offset) => from + offset)
    const calls = places.map((at) => receipts[at]?.attempt.call ?? '')
    const found = await readReceipts((text, values) => store.query('admin', text, values), log, calls)
    for (const at of places) {
      const receipt = found.get(calls[at - from] ?? '')
      if (receipt === undefined) throw new Error(`call ${at} has no receipt`)
      rows.push({ id: String(at), messages: [{ role: 'user', content: `question ${at}` }, { role: 'assistant', content: `${answer}${at}` }], inputHash: sha(`question ${at}`).toString('hex'), outputHash: sha(`answer ${at}`).toString('hex'), receipt })
    }
  }
  const made = await createDataset({ organization: 'acme', name: `bench-${format}`, purpose, rows, register: emptyRegister, engine, engineFor: () => engine, approvals: new Map(), format, actor: 'bench' }, { store, clock: systemClock, signer, pause: async () => undefined, anew: async () => undefined, write: async () => {} })
  const passed = made.status === 'made' ? made.plan.passed.length : 0
  if (passed !== exported) throw new Error(`the gate let ${passed} of ${exported} rows pass`)
})
const jsonSeconds = await exportSeconds('jsonl')
const parquetSeconds = await exportSeconds('parquet')

const bytes = median(proofs.map((file) => Buffer.byteLength(file)))
printFigures(`terms, ${kind}, ${wanted} receipts`, [
  { name: 'leavesPerSecond', value: wanted / appendSeconds, says: 'leaves a second appended', atLeast: 10_000 },
  { name: 'publishedPerSecond', value: (wanted + 5_000) / publishSeconds, says: 'leaves a second in tiles, signed' },
  { name: 'proofBytes', value: bytes, says: `bytes a proof with its leaf (${median(proofs.map((file) => gzipSync(file).length))} in gzip)` },
  { name: 'proveMs', value: median(proveMs), says: 'ms to read a proof' },
  { name: 'verifyMs', value: median(verifyMs), says: 'ms to verify one' },
  { name: 'jsonRowsPerSecond', value: exported / jsonSeconds, says: 'rows a second exported, JSON lines', atLeast: 20_000 },
  { name: 'parquetRowsPerSecond', value: exported / parquetSeconds, says: 'rows a second exported, Parquet', atLeast: 20_000 },
])
await store.close()
process.exit(0)
