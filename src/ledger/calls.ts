/** Calls as people look for them: a list by time, and one call with everything that was journalled and booked about it. */
import { decimal, formatDecimal } from '../kernel/decimal.ts'
import type { AttemptRecord, OutcomeRecord } from '../journal/record.ts'
import type { Store } from '../store/store.ts'
import { bodiesOf } from './journal-page.ts'

export interface CallFilter {
  readonly organization?: string
  readonly project?: string
  readonly key?: string
  readonly model?: string
  readonly deployment?: string
  readonly supplier?: string
  readonly maker?: string
  readonly purpose?: string
  readonly operation?: string
  readonly source?: 'reported' | 'estimated' | 'absent'
  readonly outcome?: string
  /** Part of a call id. */
  readonly search?: string
  /** Milliseconds of the dial; `to` is exclusive. */
  readonly from?: number
  readonly to?: number
  /** `next` of the page before. */
  readonly after?: string
  /** 1 to 500, default 50. */
  readonly limit?: number
}

/** One attempt in the books. Amounts are decimal texts; undefined where nothing is booked. */
export interface CallRow {
  readonly call: string
  readonly n: number
  readonly at: number
  readonly durationMs: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
  readonly deployment: string
  readonly supplier: string
  readonly maker: string
  readonly operation: string
  readonly outcome: string
  readonly status: number | undefined
  readonly source: string
  readonly billable: string
  readonly tier: string
  readonly input: number | undefined
  readonly cachedInput: number | undefined
  readonly output: number | undefined
  readonly currency: string
  readonly cost: string | undefined
  readonly last: boolean
}

type Raw = Readonly<Record<string, string | null>> & { readonly n: number; readonly status: number | null; readonly last: boolean; readonly day: number }

const fields = 'day, call, n, journal_id, attempt_sequence, sequence, at_ms, ended_ms, organization, project, key, purpose, model, deployment, supplier, maker, operation, outcome, status, source, billable, tier, input, cached_input, output, currency, cost, charge, last, lines'

const text = (value: string | null | undefined): string => value ?? ''
const count = (value: string | null | undefined): number | undefined => (value === null || value === undefined ? undefined : Number(value))

const rowOf = (raw: Raw): CallRow => ({
  call: text(raw['call']), n: raw.n, at: Number(raw['at_ms']), durationMs: Number(raw['ended_ms']) - Number(raw['at_ms']), organization: text(raw['organization']),
  project: text(raw['project']), key: text(raw['key']), purpose: raw['purpose'] ?? undefined, model: text(raw['model']), deployment: text(raw['deployment']), supplier: text(raw['supplier']),
  maker: text(raw['maker']), operation: text(raw['operation']), outcome: text(raw['outcome']), status: raw.status ?? undefined, source: text(raw['source']), billable: text(raw['billable']),
  tier: text(raw['tier']), input: count(raw['input']), cachedInput: count(raw['cached_input']), output: count(raw['output']), currency: text(raw['currency']),
  cost: raw['cost'] === null || raw['cost'] === undefined ? undefined : formatDecimal(decimal(raw['cost'])), last: raw.last,
})

const dayMs = 86_400_000

/** Attempts, the latest first. Pages by the primary key, so a page costs the same however long the history. */
export async function listCalls(store: Store, filter: CallFilter = {}): Promise<{ readonly calls: readonly CallRow[]; readonly next: string | undefined }> {
  const limit = Math.min(500, Math.max(1, filter.limit ?? 50))
  const [, day, call, n] = /^(-?\d+):(.*):(\d+)$/.exec(filter.after ?? '') ?? []
  const rows = await store.query<Raw>('admin', `
    SELECT ${fields} FROM attempt
    WHERE ($1::int IS NULL OR day >= $1) AND ($2::int IS NULL OR day <= $2) AND ($3::bigint IS NULL OR at_ms >= $3) AND ($4::bigint IS NULL OR at_ms < $4)
      AND ($5::text IS NULL OR organization = $5) AND ($6::text IS NULL OR project = $6) AND ($7::text IS NULL OR key = $7) AND ($8::text IS NULL OR model = $8)
      AND ($9::text IS NULL OR deployment = $9) AND ($10::text IS NULL OR source = $10) AND ($11::text IS NULL OR outcome = $11) AND ($12::text IS NULL OR strpos(call, $12) > 0)
      AND ($13::int IS NULL OR (day, call, n) < ($13, $14, $15::int))
      AND ($17::text IS NULL OR supplier = $17) AND ($18::text IS NULL OR maker = $18) AND ($19::text IS NULL OR purpose = $19) AND ($20::text IS NULL OR operation = $20)
    ORDER BY day DESC, call DESC, n DESC LIMIT $16`,
  [dayOf(filter.from), dayOf(filter.to), filter.from ?? null, filter.to ?? null, filter.organization ?? null, filter.project ?? null, filter.key ?? null, filter.model ?? null,
    filter.deployment ?? null, filter.source ?? null, filter.outcome ?? null, filter.search ?? null, day ?? null, call ?? null, n ?? null, limit + 1,
    filter.supplier ?? null, filter.maker ?? null, filter.purpose ?? null, filter.operation ?? null])
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { calls: rows.slice(0, limit).map(rowOf), next: last === undefined ? undefined : `${last.day}:${last['call']}:${last.n}` }
}

const dayOf = (at: number | undefined): number | null => (at === undefined ? null : Math.floor(at / dayMs))

export interface CallAttempt extends CallRow {
  /** As journalled; the provider's usage as it came is `outcome.raw`. Undefined once the journal's payload is retired. */
  readonly records: { readonly attempt: AttemptRecord; readonly outcome: OutcomeRecord } | undefined
  /** Picos. */
  readonly charge: string
  readonly lines: readonly { readonly meter: string; readonly quantity: string; readonly priceRow: string }[]
  /** The ledger's transactions that stand for it, among others. */
  readonly transactions: readonly string[]
}

export interface CallDetail {
  readonly call: string
  readonly attempts: readonly CallAttempt[]
  /** Dialled, and no outcome yet. */
  readonly open: readonly AttemptRecord[]
  readonly quarantined: readonly { readonly id: string; readonly reason: string; readonly detail: string }[]
}

/** Everything about one call; undefined where no book knows it. */
export async function callDetail(store: Store, call: string): Promise<CallDetail | undefined> {
  const started = startOf(call)
  const days = started === undefined ? undefined : [Math.floor(started / dayMs) - 1, Math.floor(started / dayMs) + 8] as const
  const find = (range: readonly [number, number] | undefined): Promise<Raw[]> => store.query<Raw>('admin', `SELECT ${fields} FROM attempt WHERE call = $1 AND ($2::int IS NULL OR day BETWEEN $2 AND $3) ORDER BY n`, [call, range?.[0] ?? null, range?.[1] ?? null])
  let rows = await find(days)
  if (rows.length === 0 && days !== undefined) rows = await find(undefined)
  const attempts: CallAttempt[] = []
  for (const raw of rows) attempts.push(await attemptOf(store, raw))
  const open = await store.query<{ body: string }>('admin', 'SELECT body FROM attempt_open WHERE call = $1 ORDER BY n', [call])
  const quarantined = await store.query<{ id: string; reason: string; detail: string }>('admin', 'SELECT id, reason, detail FROM quarantine WHERE resolved_at_ms IS NULL AND strpos(body, $1) > 0 ORDER BY id', [JSON.stringify(call)])
  if (attempts.length + open.length + quarantined.length === 0) return undefined
  return { call, attempts, open: open.map(({ body }) => JSON.parse(body) as AttemptRecord), quarantined }
}

async function attemptOf(store: Store, raw: Raw): Promise<CallAttempt> {
  const journalId = text(raw['journal_id'])
  const [attempt, outcome] = [await recordAt<AttemptRecord>(store, journalId, Number(raw['attempt_sequence'])), await recordAt<OutcomeRecord>(store, journalId, Number(raw['sequence']))]
  const transactions = await store.query<{ id: string }>('admin', `
    SELECT id FROM ledger_transaction WHERE minute = $1 AND journal_id = $2 AND first_sequence <= $3 AND last_sequence >= $3 AND organization = $4 AND project = $5 AND key = $6
      AND model = $7 AND source = $8 AND tier = $9 AND price_row = ANY($10::text[]) ORDER BY id`,
  [Math.floor(Number(raw['at_ms']) / 60_000), journalId, raw['sequence'], raw['organization'], raw['project'], raw['key'], raw['model'], raw['source'], raw['tier'], linesOf(raw).map((line) => line.priceRow)])
  return {
    ...rowOf(raw), charge: text(raw['charge']), lines: linesOf(raw), transactions: transactions.map(({ id }) => id),
    records: attempt === undefined || outcome === undefined ? undefined : { attempt, outcome },
  }
}

const linesOf = (raw: Raw): CallAttempt['lines'] => text(raw['lines']).split(';').flatMap((line) => {
  const [meter, quantity, priceRow] = line.split(' ')
  return meter === undefined || quantity === undefined || priceRow === undefined ? [] : [{ meter, quantity, priceRow }]
})

/** One record of a shipped journal; undefined where its payload was retired. */
export async function recordAt<R>(store: Store, journalId: string, sequence: number): Promise<R | undefined> {
  const [batch] = await store.query<{ first_sequence: string; payload: Buffer | null }>('admin',
    'SELECT first_sequence, payload FROM journal_batch WHERE journal_id = $1 AND first_sequence <= $2 AND last_sequence >= $2', [journalId, sequence])
  if (batch?.payload === null || batch === undefined) return undefined
  const body = bodiesOf(batch.payload)[sequence - Number(batch.first_sequence)]
  return body === undefined ? undefined : JSON.parse(body) as R
}

/** Ids begin with their time (kernel/ids.ts): nine digits of base 32, milliseconds. */
function startOf(call: string): number | undefined {
  const digits = /_([0-9abcdefghjkmnpqrstvwxyz]{9})[0-9a-z]+$/.exec(call)?.[1]
  if (digits === undefined) return undefined
  return [...digits].reduce((value, digit) => value * 32 + '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(digit), 0)
}
