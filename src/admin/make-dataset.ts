/** `weir dataset create`: rows from captured calls and from people, redacted, deduplicated, through the export gate. */
import type { Json } from '../kernel/canonical-json.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Store } from '../store/store.ts'
import type { ContentFilter } from '../terms/content/content-store.ts'
import { createDataset } from '../terms/dataset/create-dataset.ts'
import type { DatasetMade } from '../terms/dataset/create-dataset.ts'
import { standsAgainst } from '../terms/dataset/gate.ts'
import type { DatasetRow, Group, InTheWay } from '../terms/dataset/gate.ts'
import { type Ancestor, stickingToOutputs } from '../terms/dataset/lineage.ts'
import { readLineage } from '../terms/dataset/lineage-store.ts'
import type { Transform } from '../terms/dataset/manifest.ts'
import { redactionDigest, redactRows } from '../terms/dataset/redaction.ts'
import { approvalsGiven } from '../terms/register/approvals.ts'
import { currentPurpose } from '../terms/register/register.ts'
import { caseInTheWay } from './case-gate.ts'
import { capturedRows } from './captured-rows.ts'
import { adminSql, enginesOf, inForce } from './terms-desk.ts'
import type { TermsDesk } from './terms-desk.ts'

export interface MakeAsk {
  readonly name: string
  readonly organization: string
  readonly purpose: string
  readonly format: 'jsonl' | 'parquet'
  /** Captured calls to take; undefined: none. */
  readonly calls: ContentFilter | undefined
  readonly limit: number
  /** Rows that people wrote or licensed. */
  readonly rows: readonly DatasetRow[]
  readonly redact: boolean
  /** Country whose telephone numbers are read without their code. */
  readonly country: string | undefined
  readonly actor: string
}

export interface MakePorts {
  readonly store: Store
  readonly clock: Clock
  readonly timers: Pick<Timers, 'soon'>
  readonly random: Random
  readonly desk: TermsDesk
}

export type Made =
  | (Exclude<DatasetMade, { readonly status: 'exists' }> & { readonly unusable: Readonly<Record<string, number>>; readonly cut: boolean; readonly redacted: Readonly<Record<string, number>> })
  | { readonly status: 'unknown-purpose' | 'exists' }
  | { readonly status: 'failed'; readonly says: string }

/** Random, version 4 (RFC 9562 §5.4). */
export function makeUuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const text = bytes.toString('hex')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}

/**
 * What stands against groups of rows leaving for a purpose at this moment: a case, a purpose that has ended, a clause, an
 * agreement, an approval that has run out. Undefined: nothing.
 */
export async function leavesNow({ store, clock, desk }: Omit<MakePorts, 'random' | 'timers'>, about: { readonly organization: string; readonly purpose: string }, groupsBy: (termsHash: string | undefined) => readonly Group[]): Promise<InTheWay | undefined> {
  const restricted = await caseInTheWay({ store, clock }, 'export', about)
  if (restricted !== undefined) return { says: restricted, decisions: [] }
  const { engine, register } = await inForce(desk, store)
  const atMs = clock.now()
  const purpose = currentPurpose(register, about.organization, about.purpose, atMs)
  if (purpose === undefined) return { says: `the purpose ${about.purpose} of ${about.organization} has expired. Register it again: weir terms put purposes FILE`, decisions: [] }
  const groups = groupsBy(engine.set?.hash)
  // A file has rows, and rows come from somewhere: nothing to ask about is not nothing in the way.
  if (groups.length === 0) return { says: 'where its rows came from is not on record: make it again, under another name', decisions: [] }
  return standsAgainst({
    organization: about.organization, purpose, register, engine, engineFor: await enginesOf(store, engine, groups.flatMap(({ termsHash }) => termsHash ?? [])), approvals: await approvalsGiven(adminSql(store)), atMs,
  }, groups)
}

/** A row of a model of one's own carries what its model carries, so that a model made of it does too. */
export function withLineage(row: DatasetRow, lineage: ReadonlyMap<string, Ancestor>): DatasetRow {
  // Before reading the leaf: most rows are others' models'.
  if (row.receipt?.leaf.includes('"access":"weights"') !== true) return row
  const { upstream = {} } = JSON.parse(row.receipt.leaf) as { readonly upstream?: Parameters<typeof stickingToOutputs>[0] }
  const flags = stickingToOutputs(upstream, lineage)
  return flags.length === 0 ? row : { ...row, flags }
}

const termsHashOf = (row: DatasetRow): string[] => {
  const leaf = JSON.parse(row.receipt?.leaf ?? '{}') as { terms?: { policySetHash?: string } }
  return leaf.terms?.policySetHash === undefined ? [] : [leaf.terms.policySetHash]
}

/** Rows redacted in one go: some ten thousandths of a second each, and calls, leases and restrictions of this node wait meanwhile. */
const rowsAtOnce = 100

async function redacted(rows: readonly DatasetRow[], ask: MakeAsk, pause: () => Promise<void>): Promise<{ readonly rows: readonly DatasetRow[]; readonly transforms: readonly Transform[]; readonly found: Readonly<Record<string, number>> }> {
  if (!ask.redact) return { rows, transforms: [], found: {} }
  const done: DatasetRow[] = []
  const found: Record<string, number> = {}
  let changed = 0
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = redactRows(rows.slice(at, at + rowsAtOnce), ask.country)
    done.push(...some.rows)
    for (const [name, times] of Object.entries(some.found)) found[name] = (found[name] ?? 0) + times
    changed += some.changed
    await pause()
  }
  const parameters: Json = { changed: String(changed), found: Object.fromEntries(Object.entries(found).map(([name, times]) => [name, String(times)])), ...(ask.country === undefined ? {} : { country: ask.country }) }
  return { rows: done, found, transforms: [{ tool: 'redact', digest: redactionDigest, parameters, in: rows.length, out: rows.length }] }
}

export async function makeDataset(ports: MakePorts, ask: MakeAsk): Promise<Made> {
  const { store, clock, timers, random, desk } = ports
  const { engine, register } = await inForce(desk, store)
  const purpose = currentPurpose(register, ask.organization, ask.purpose, clock.now())
  if (purpose === undefined) return { status: 'unknown-purpose' }
  const lineage = await readLineage(adminSql(store))
  if (lineage.has(ask.name)) return { status: 'exists' }
  const captured = ask.calls === undefined ? { rows: [], unusable: {}, cut: false } : await capturedRows(store, desk.terms.contentPorts, ask.calls, ask.limit)
  if ('failed' in captured) return { status: 'failed', says: captured.failed }
  const all = [...captured.rows.map((row) => withLineage(row, lineage)), ...ask.rows]
  const pause = (): Promise<void> => new Promise((resolve) => timers.soon(resolve))
  const { rows, transforms, found } = await redacted(all, ask, pause)
  const made = await createDataset({
    organization: ask.organization, name: ask.name, purpose, rows, register, engine, engineFor: await enginesOf(store, engine, rows.flatMap(termsHashOf)),
    approvals: await approvalsGiven(adminSql(store)), format: ask.format, actor: ask.actor, transforms, billSerial: makeUuid(random),
  }, { store, clock, signer: desk.terms.signer, pause, anew: (groups) => leavesNow(ports, ask, () => groups), write: (name, bytes) => desk.exports.write(`${ask.name}/${name}`, bytes) })
  if (made.status === 'exists') return made
  return { ...made, unusable: captured.unusable, cut: captured.cut, redacted: found }
}
