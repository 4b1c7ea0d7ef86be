/**
 * `weir dataset create`: reads receipts from the log, asks the gate, writes files, checks once more that nothing under the
 * decisions has ended, signs the manifest and records everything. What is refused is recorded as well (T2).
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { leavesOfCalls, saltOfLeaf } from '../log/append.ts'
import type { Envelope } from '../log/dsse.ts'
import { recordEvent } from '../log/governance.ts'
import type { NoteSigner } from '../log/note.ts'
import { memberSalt } from '../log/receipt.ts'
import { decisionIdOf } from '../policy/decision-table.ts'
import type { RecordedDecision } from '../policy/decision-table.ts'
import { type Decision, decisionText } from '../policy/evaluate.ts'
import type { RowSource } from '../register/facts-of.ts'
import { putRecord, recordDecisions } from '../register/record-store.ts'
import { datasetBill } from './bill-of-materials.ts'
import { planExport, release } from './gate.ts'
import type { DatasetRow, ExportAsk, ExportPlan, Group, InTheWay, RowReceipt } from './gate.ts'
import type { Ancestor } from './lineage.ts'
import { holdName, readLineage, type Registered } from './lineage-store.ts'
import { signManifest } from './manifest.ts'
import type { Transform } from './manifest.ts'
import { deduplicate, toJsonLines, toParquet } from './rows.ts'

/**
 * Receipts of calls in an organization's log, by call id, with the salts that open their content. Calls without one are left
 * out. A leaf is canonical JSON, whose texts hold no quotation mark that is not escaped: its outcome is found without reading it.
 */
export async function readReceipts(sql: Sql, log: string, calls: readonly string[]): Promise<Map<string, RowReceipt>> {
  const rows = await sql<{ call: string; index: string; body: string; salt: Buffer | null }>(
    `SELECT l.call, l.index, l.body, ${saltOfLeaf} AS salt FROM ${leavesOfCalls} WHERE l.body LIKE '%"outcome":"complete"%' ORDER BY l.index`, [log, [...calls]])
  return new Map(rows.map((row) => [row.call, {
    log, index: row.index, leaf: row.body,
    ...(row.salt === null ? {} : { inputSalt: memberSalt(row.salt, 'input').toString('hex'), outputSalt: memberSalt(row.salt, 'output').toString('hex') }),
  }]))
}

export interface DatasetAsk extends Omit<ExportAsk, 'rows' | 'atMs'> {
  readonly name: string
  readonly rows: readonly DatasetRow[]
  readonly format: 'jsonl' | 'parquet'
  readonly actor: string
  /** What was done to the rows before they came here. */
  readonly transforms?: readonly Transform[]
  /** UUID of the bill of materials; left out, none is written. */
  readonly billSerial?: string
}

export interface DatasetPorts {
  readonly store: Store
  readonly clock: Clock
  readonly signer: NoteSigner
  /** Lets others have their turn: each step over all rows takes a while. */
  readonly pause: () => Promise<void>
  /** What stands against handing these groups out by the clauses, the register and the cases of that moment; undefined: nothing. */
  readonly anew: (groups: readonly Group[]) => Promise<InTheWay | undefined>
  /** Hands the files out. Called only after the last check. */
  readonly write: (name: string, bytes: Buffer) => Promise<void>
}

/** `dropped`: rows that equal another. */
export type DatasetMade =
  | { readonly status: 'made'; readonly plan: ExportPlan; readonly dropped: number; readonly envelope: Envelope; readonly files: readonly string[] }
  /** Nothing may leave: no row passed, or a fact ended while the files were made. */
  | { readonly status: 'refused'; readonly plan: ExportPlan; readonly dropped: number; readonly says: string }
  /** Something of that name was registered meanwhile: nothing was written. */
  | { readonly status: 'exists' }

const recorded = (decisions: readonly Decision[], { organization, name }: Pick<DatasetAsk, 'organization' | 'name'>): RecordedDecision[] => decisions.map((decision) => {
  const text = decisionText(decision)
  return { id: decisionIdOf(text), text, decision, organization, subject: `dataset/${name}` }
})

const decisionsOf = (ask: DatasetAsk, plan: ExportPlan): RecordedDecision[] =>
  recorded(plan.groups.flatMap((group) => [group.now, ...(group.produced === undefined ? [] : [group.produced])]), ask)

/** Keeps what was decided when a dataset was stopped. */
export async function recordStop(sql: Sql, about: Pick<DatasetAsk, 'organization' | 'name'>, { set, decisions }: InTheWay, atMs: number): Promise<void> {
  if (set !== undefined) await recordDecisions(sql, set, recorded(decisions, about), atMs)
}

const exclusionsOf = (plan: ExportPlan): Json => plan.exclusions.map((one) => ({ clause: one.clause, maker: one.maker, rows: String(one.rows) }))

async function recordRefusal(ask: DatasetAsk, ports: DatasetPorts, { plan, dropped }: { readonly plan: ExportPlan; readonly dropped: number }, says: string, stop?: InTheWay): Promise<DatasetMade> {
  await ports.store.transaction('admin', async (sql) => {
    if (stop !== undefined) await recordStop(sql, ask, stop, ports.clock.now())
    if (ask.engine.set !== undefined) await recordDecisions(sql, ask.engine.set, decisionsOf(ask, plan), plan.atMs)
    await recordEvent(sql, { kind: 'export-refused', atMs: ports.clock.now(), actor: ask.actor, subject: `dataset/${ask.name}`, body: { purpose: ask.purpose.id, says, exclusions: exclusionsOf(plan) } })
  })
  return { status: 'refused', plan, dropped, says }
}

/** The groups that a dataset's file holds, for its record: they are asked about again when the file is fetched. */
const groupsHeld = (plan: ExportPlan): Group[] => plan.groups.filter((group) => group.outcome === 'allow').map(({ source, termsHash }) => ({ source, termsHash }))

/** Reads them back; of datasets made before they were kept, by what their rows came from and today's terms. */
export const groupsOf = ({ body, sources }: Pick<Registered, 'body' | 'sources'>, termsHashNow: string | undefined): Group[] =>
  (body['groups'] as readonly { readonly source: RowSource; readonly terms?: string }[] | undefined)?.map(({ source, terms }) => ({ source, termsHash: terms })) ?? sources.map((source) => ({ source, termsHash: termsHashNow }))

/** Makes a dataset, or records why not. The record is committed before the first file is handed out. */
export async function createDataset(ask: DatasetAsk, ports: DatasetPorts): Promise<DatasetMade> {
  const { rows, dropped } = deduplicate(ask.rows)
  await ports.pause()
  const plan = planExport({ ...ask, rows, atMs: ports.clock.now() })
  if (plan.passed.length === 0) return recordRefusal(ask, ports, { plan, dropped }, rows.length === 0 ? 'there is no row: no captured conversation fits what was asked for' : 'no row may be used for this purpose')
  await ports.pause()
  const file = ask.format === 'jsonl' ? { name: `${ask.name}.jsonl`, bytes: toJsonLines(plan.passed) } : { name: `${ask.name}.parquet`, bytes: toParquet(plan.passed) }
  await ports.pause()
  const transforms: Transform[] = [...(ask.transforms ?? []), { tool: 'deduplicate', parameters: { by: 'messages without case and white space' }, in: ask.rows.length, out: rows.length }]
  const approvals = [...new Set(plan.groups.flatMap((group) => (group.outcome === 'allow' && group.approval !== undefined ? (ask.approvals.get(group.approval)?.by ?? []) : [])))].sort()
  const envelope = await signManifest({ name: ask.name, plan, files: [file], transforms, approvals }, [ports.signer])
  const manifest = Buffer.from(`${JSON.stringify(envelope)}\n`)
  const released = release(plan, ports.clock.now())
  if (released.status === 'expired') return recordRefusal(ask, ports, { plan, dropped }, released.says)
  const held = groupsHeld(plan)
  // What was decided upon may have changed while the files were made: an agreement, a clause, a case.
  const changed = await ports.anew(held)
  if (changed !== undefined) return recordRefusal(ask, ports, { plan, dropped }, `While the files were made, this came in the way: ${changed.says}`, changed)
  const sources = held.map(({ source }) => ({ ...source, flags: [...source.flags] }))
  const bill = ask.billSerial === undefined ? undefined : Buffer.from(`${JSON.stringify(datasetBill({
    serial: ask.billSerial, atMs: plan.atMs, duties: plan.duties, flags: plan.flags,
    dataset: { id: ask.name, name: ask.name, description: ask.purpose.says, manifestSha256: createHash('sha256').update(manifest).digest('hex'), rows: plan.passed.length, sources: sources.map(sourceName), owner: ask.purpose.owner, sensitive: ask.purpose.dataClass === 'sensitive' || ask.purpose.dataClass === 'personal' },
  }))}\n`)
  const ancestor: Ancestor = { id: ask.name, kind: 'dataset', origin: plan.groups.some((group) => group.outcome === 'allow' && group.source.origin === 'unknown') ? 'unknown' : 'known', flags: plan.flags, licences: plan.licences, from: [] }
  const first = await ports.store.transaction('admin', async (sql) => {
    // Of two that were asked for under one name at the same time, one is made.
    await holdName(sql, ask.name)
    if ((await readLineage(sql)).has(ask.name)) return false
    if (ask.engine.set !== undefined) await recordDecisions(sql, ask.engine.set, decisionsOf(ask, plan), plan.atMs)
    await putRecord(sql, { kind: 'dataset', id: ask.name, organization: ask.organization, body: { ...ancestor, flags: [...ancestor.flags], licences: [...ancestor.licences], from: [], sources, groups: held.map(({ termsHash }, at) => ({ source: sources[at] as (typeof sources)[number], ...(termsHash === undefined ? {} : { terms: termsHash }) })), purpose: ask.purpose.id, rows: String(plan.passed.length), exclusions: exclusionsOf(plan), manifest: JSON.parse(canonicalJson(envelope as unknown as Json)) as Json }, actor: ask.actor, atMs: ports.clock.now() })
    await recordEvent(sql, { kind: 'export-made', atMs: ports.clock.now(), actor: ask.actor, subject: `dataset/${ask.name}`, body: { purpose: ask.purpose.id, rows: String(plan.passed.length), dropped: String(dropped), exclusions: exclusionsOf(plan), manifest: createHash('sha256').update(manifest).digest('hex') } })
    return true
  })
  if (!first) return { status: 'exists' }
  await ports.write(file.name, file.bytes)
  await ports.write(`${ask.name}.manifest.json`, manifest)
  if (bill !== undefined) await ports.write(`${ask.name}.bom.json`, bill)
  return { status: 'made', plan, dropped, envelope, files: [file.name, `${ask.name}.manifest.json`, ...(bill === undefined ? [] : [`${ask.name}.bom.json`])] }
}

/** Where rows came from, in a word or two. */
export const sourceName = ({ maker, channel, model, origin }: RowSource): string => (origin === 'model' ? `${maker}/${model ?? 'unknown'} through ${channel}` : origin)
