/** Guidance, actuals, assumptions and retirements in the database: dated, owned, never changed; a later one stands in. */
import { z } from 'zod'
import { parseDecimal, compare, decimal } from '../kernel/decimal.ts'
import type { MakeId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Store } from '../store/store.ts'
import { actualSchema, guidanceSchema } from './guidance.ts'

const amount = z.string().refine((text) => { const value = parseDecimal(text); return value !== undefined && value.coefficient >= 0n }, 'a decimal number in quotes, not negative')
const day = z.iso.date('a day, such as "2026-11-23"')

/** Inputs of make or buy that no row of the books can know. Money in the currency of the prices. */
export const assumptionNames = {
  'build': 'one-off cost of a model of one\'s own: people, data, training, evaluation',
  'amortisation-months': 'months over which build is written off',
  'operations-month': 'cost of running it a month, whatever the volume: people, storage, egress',
  'unit-month': 'one accelerator for a month',
  'unit-tokens-per-second': 'tokens a second, input and output, that one busy accelerator serves',
  'utilisation': 'share of the time that accelerators are busy, 0 to 1',
  'variable-cost-per-million': 'what each million tokens costs on top: energy, licence',
} as const
export type AssumptionName = keyof typeof assumptionNames

export const assumptionSchema = z.strictObject({
  name: z.enum(Object.keys(assumptionNames) as [AssumptionName, ...AssumptionName[]]),
  /** Public model that it is about; left out: all. */
  model: z.string().min(1).optional(),
  low: amount, high: amount,
  currency: z.string().regex(/^[A-Z]{3}$/).optional(),
  owner: z.string().min(1), given: day, source: z.string().min(1),
}).refine((it) => compare(decimal(it.low), decimal(it.high)) <= 0, { message: 'must not be below low', path: ['high'] })

const money: readonly AssumptionName[] = ['build', 'operations-month', 'unit-month', 'variable-cost-per-million']

/** Why nothing can be worked out with an assumption; undefined: it can be used. */
export function assumptionFault({ name, low, high, currency }: z.output<typeof assumptionSchema>): string | undefined {
  if (money.includes(name) && currency === undefined) return `${name} is an amount of money: say of which currency, with --currency`
  if (name === 'utilisation' && compare(decimal(high), decimal('1')) > 0) return `utilisation is a share of the time, from 0 to 1, and ${high} is more`
  if (name === 'amortisation-months' && decimal(low).coefficient === 0n) return 'amortisation-months of 0 write nothing off: at least a part of a month is wanted'
  return undefined
}

export const retirementSchema = z.strictObject({ model: z.string().min(1), retires: day, replacement: z.string().min(1).optional(), source: z.string().min(1) })

export const recordSchemas = { guidance: guidanceSchema, actual: actualSchema, assumption: assumptionSchema, retirement: retirementSchema } as const
export type RecordKind = keyof typeof recordSchemas
export type RecordBody<K extends RecordKind> = z.output<(typeof recordSchemas)[K]>

export interface PlanRecord<K extends RecordKind> {
  readonly id: string
  readonly kind: K
  readonly body: RecordBody<K>
  /** Milliseconds. */
  readonly recordedAt: number
  readonly recordedBy: string
}

function subjectOf(kind: RecordKind, body: unknown): string {
  switch (kind) {
    case 'guidance': { const it = body as RecordBody<'guidance'>; return [it.base, it.metric, it.quarter].join(' | ') }
    case 'actual': { const it = body as RecordBody<'actual'>; return [it.base, it.metric, it.quarter].join(' | ') }
    case 'assumption': { const it = body as RecordBody<'assumption'>; return `${it.model ?? '*'} | ${it.name}` }
    case 'retirement': return (body as RecordBody<'retirement'>).model
  }
}

/** Records a checked body under a new id. */
export async function record<K extends RecordKind>(store: Store, ports: { readonly clock: Clock; readonly makeId: MakeId }, kind: K, body: RecordBody<K>, by: string): Promise<string> {
  const id = ports.makeId('plan')
  await store.query('admin', 'INSERT INTO plan_record (id, kind, subject, body, recorded_at_ms, recorded_by) VALUES ($1, $2, $3, $4::jsonb, $5, $6)',
    [id, kind, subjectOf(kind, body), JSON.stringify(body), ports.clock.now(), by])
  return id
}

/** The member that dates a record: of several about one subject the last by it stands, however late an earlier one was recorded. */
const datedBy: Readonly<Record<RecordKind, 'given' | 'known' | null>> = { guidance: 'given', actual: 'known', assumption: 'given', retirement: null }

/** All records of a kind by when they were recorded, or only the one that stands for each subject on a day: what is dated later does not stand yet. */
export async function recordsOf<K extends RecordKind>(store: Store, kind: K, { standingOn }: { readonly standingOn?: string } = {}): Promise<readonly PlanRecord<K>[]> {
  const columns = 'id, body, recorded_at_ms, recorded_by'
  const rows = await store.query<{ id: string; body: unknown; recorded_at_ms: string; recorded_by: string }>('jobs',
    standingOn === undefined ? `SELECT ${columns} FROM plan_record WHERE kind = $1 ORDER BY recorded_at_ms, id`
      : `SELECT * FROM (SELECT DISTINCT ON (subject) ${columns} FROM plan_record WHERE kind = $1 AND ($2::text IS NULL OR body->>$2::text <= $3) ORDER BY subject, body->>$2::text DESC, recorded_at_ms DESC, id DESC) r ORDER BY recorded_at_ms, id`,
    standingOn === undefined ? [kind] : [kind, datedBy[kind], standingOn])
  return rows.map((row) => ({ id: row.id, kind, body: recordSchemas[kind].parse(row.body) as RecordBody<K>, recordedAt: Number(row.recorded_at_ms), recordedBy: row.recorded_by }))
}
