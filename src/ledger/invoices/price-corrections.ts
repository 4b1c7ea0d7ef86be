/**
 * A price row that was recorded after calls it should have priced: history is booked again, by corrections that name the
 * usage transactions they correct. Each correction is two: what was booked taken back, and the same quantity booked at the
 * price in force, as known now. Rollups by the day follow; months that are billed show the difference as late lines of the
 * next invoice. Budget periods that are over keep the prices known at admission; open ones are charged the difference, and
 * admit nothing more where it takes them beyond their limit. Previewed first; applying twice changes nothing.
 */
import type { Clock } from '../../kernel/clock.ts'
import { type Decimal, add, decimal, formatDecimal, multiply, negate, subtract } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import type { PriceRow } from '../price.ts'
import { storePrices } from '../stored-prices.ts'
import { type Adjusted, adjustBudgets, type Recharge } from '../adjust-budgets.ts'

export interface PriceChange {
  readonly organization: string
  readonly supplier: string
  readonly model: string
  readonly meter: string
  readonly currency: string
  readonly fromPrice: string
  readonly toPrice: string
  readonly quantity: string
  /** What receivables and payables grow by; negative where they shrink. */
  readonly amount: string
  readonly transactions: number
}

/**
 * Reads as if rows were stored already: the price book knows a new row before the ledger does, and whoever only looks stores
 * nothing. Statements that speak of `price` see the table and the rows. Without any, they are left as they are.
 */
function withPrices(sql: Sql, rows: readonly PriceRow[]): Sql {
  const [values] = storePrices(rows).map((statement) => statement.values)
  if (values === undefined) return sql
  const types = ['text', 'text', 'text', 'text', 'text', 'text', 'bigint', 'text', 'numeric', 'bigint', 'bigint', 'text']
  return (text, given = []) => sql(`WITH price AS (SELECT id, list, model, meter, tier, region_class, above_input, currency, unit_price, effective_from_ms, recorded_at_ms, source FROM public.price
    UNION ALL SELECT * FROM unnest(${types.map((type, index) => `$${given.length + index + 1}::${type}[]`).join(', ')})) ${text}`, [...given, ...values])
}

/** Rows of the book that the ledger has no copy of yet. */
async function unstored(sql: Sql, book: readonly PriceRow[]): Promise<readonly PriceRow[]> {
  const known = new Set((await sql<{ id: string }>('SELECT id FROM price')).map((row) => row.id))
  return book.filter((row) => !known.has(row.id))
}

/** Price rows after which another price was recorded for the same thing: what is booked at no other need not be looked at. */
async function supersededPrices(sql: Sql): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>(`SELECT p.id FROM price p WHERE EXISTS (
    SELECT 1 FROM price q WHERE q.list = p.list AND q.model = p.model AND q.meter = p.meter AND q.tier = p.tier AND q.region_class = p.region_class AND q.above_input = p.above_input
      AND q.currency = p.currency AND q.recorded_at_ms > p.recorded_at_ms AND q.unit_price <> p.unit_price) ORDER BY p.id`)
  return rows.map((row) => row.id)
}

/** Transactions looked at a statement, so that none is long however many there are. */
const lookedAtOnce = 1_000

/** Id of the last of the next transactions to look at; undefined where there are no more. */
async function stretchEnd(sql: Sql, after: string): Promise<string | undefined> {
  const [row] = await sql<{ until: string | null }>('SELECT max(id) AS until FROM (SELECT id FROM ledger_transaction WHERE id > $1 ORDER BY id LIMIT $2) stretch', [after, lookedAtOnce])
  return row?.until ?? undefined
}

/**
 * Usage transactions of a stretch (ids after $1 up to $2, booked at one of the prices $3) whose price in force, as known now,
 * is another than the one they are booked at: rows of the same list, model, meter, tier, region class and long-context step,
 * recorded later than the row that was used.
 */
const outdated = `
  FROM ledger_transaction t
  LEFT JOIN LATERAL (SELECT c.price_row, c.unit_price FROM ledger_transaction c WHERE c.corrects = t.id AND c.kind = 'correction' AND c.id LIKE 'reprice:%:in' ORDER BY c.posted_at DESC, c.id DESC LIMIT 1) c ON true
  JOIN price p ON p.id = coalesce(c.price_row, t.price_row)
  JOIN LATERAL (SELECT q.id, q.unit_price, q.recorded_at_ms FROM price q WHERE q.list = p.list AND q.model = p.model AND q.meter = p.meter AND q.tier = p.tier AND q.region_class = p.region_class
    AND q.above_input = p.above_input AND q.currency = p.currency AND q.effective_from_ms <= t.minute * 60000 ORDER BY q.effective_from_ms DESC, q.recorded_at_ms DESC LIMIT 1) q ON true
  WHERE t.id > $1 AND t.id <= $2 AND t.kind = 'usage' AND t.price_row = ANY($3::text[]) AND q.id <> p.id AND q.recorded_at_ms > p.recorded_at_ms AND q.unit_price <> p.unit_price`

interface ChangeRow extends Record<string, unknown> {
  organization: string; supplier: string; model: string; meter: string; currency: string; from_price: string; to_price: string; quantity: string; amount: string; transactions: string
}

const exact = (text: string): string => formatDecimal(decimal(text))

/** Adds what a stretch would change to what those before it would. */
function addChanges(changes: Map<string, PriceChange>, rows: readonly ChangeRow[]): void {
  for (const { organization, supplier, model, meter, currency, from_price: from, to_price: to, ...row } of rows) {
    const key = [organization, supplier, model, meter, currency, exact(from), exact(to)].join('\n')
    const before = changes.get(key)
    const plus = (text: string | undefined, more: string): string => formatDecimal(add(decimal(text ?? '0'), decimal(more)))
    changes.set(key, {
      organization, supplier, model, meter, currency, fromPrice: exact(from), toPrice: exact(to),
      quantity: plus(before?.quantity, row.quantity), amount: plus(before?.amount, row.amount), transactions: (before?.transactions ?? 0) + Number(row.transactions),
    })
  }
}

/** What corrected prices would change, by customer, model and meter; `book` are the rows known now. Changes nothing, stores nothing. */
export async function previewPriceCorrections(store: Store, book: readonly PriceRow[] = []): Promise<readonly PriceChange[]> {
  const plain: Sql = (text, values) => store.query('admin', text, values)
  const read = withPrices(plain, await unstored(plain, book))
  const changes = new Map<string, PriceChange>()
  const prices = await supersededPrices(read)
  for (let after = '', until = prices.length === 0 ? undefined : await stretchEnd(read, after); until !== undefined; after = until, until = await stretchEnd(read, after)) {
    addChanges(changes, await read<ChangeRow>(`
      SELECT t.organization, t.supplier, t.model, t.meter, t.currency, p.unit_price AS from_price, q.unit_price AS to_price, sum(t.quantity) AS quantity,
        sum(t.quantity * (q.unit_price - p.unit_price)) AS amount, count(*) AS transactions ${outdated} GROUP BY 1, 2, 3, 4, 5, 6, 7`, [after, until, prices]))
  }
  return [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change)
}

interface Outdated extends Record<string, unknown> {
  id: string; minute: string; currency: string; organization: string; project: string; key: string; supplier: string; maker: string; model: string; deployment: string | null
  meter: string; tier: string; source: string; quantity: string; attempts: number; old_row: string; old_price: string; new_row: string; new_price: string
}

interface Correction { readonly id: string; readonly of: Outdated; readonly priceRow: string; readonly unitPrice: Decimal; readonly quantity: Decimal; readonly attempts: number }

const correctionsOf = (row: Outdated): readonly Correction[] => {
  const id = `reprice:${row.id}:${row.new_row}`
  const quantity = decimal(row.quantity)
  return [
    { id: `${id}:out`, of: row, priceRow: row.old_row, unitPrice: decimal(row.old_price), quantity: negate(quantity), attempts: -row.attempts },
    { id: `${id}:in`, of: row, priceRow: row.new_row, unitPrice: decimal(row.new_price), quantity, attempts: row.attempts },
  ]
}

async function insertCorrections(sql: Sql, items: readonly Correction[], note: string): Promise<void> {
  const column = (of: (item: Correction) => string | number | null): (string | number | null)[] => items.map(of)
  const amount = (item: Correction): Decimal => multiply(item.quantity, item.unitPrice)
  await sql(`INSERT INTO ledger_transaction (kind, note, id, minute, currency, organization, project, key, supplier, maker, model, deployment, meter, tier, source, price_row, quantity, unit_price, amount, attempts, corrects)
    SELECT 'correction', $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::numeric[], $17::numeric[], $18::numeric[], $19::int[], $20::text[])`,
  [note, column((i) => i.id), column((i) => i.of.minute), column((i) => i.of.currency), column((i) => i.of.organization), column((i) => i.of.project), column((i) => i.of.key), column((i) => i.of.supplier), column((i) => i.of.maker),
    column((i) => i.of.model), column((i) => i.of.deployment), column((i) => i.of.meter), column((i) => i.of.tier), column((i) => i.of.source), column((i) => i.priceRow), column((i) => formatDecimal(i.quantity)),
    column((i) => formatDecimal(i.unitPrice)), column((i) => formatDecimal(amount(i))), column((i) => i.attempts), column((i) => i.of.id)])
  const entries = items.flatMap((item) => {
    const { organization, project, supplier, maker, currency } = item.of
    const debit = formatDecimal(amount(item))
    const credit = formatDecimal(negate(amount(item)))
    return [[`receivable/${organization}/${project}`, debit], [`revenue/${organization}/${project}`, credit], [`cost/${supplier}/${maker}`, debit], [`payable/${supplier}/${maker}`, credit]].map(([account, value]) => ({ id: item.id, account, currency, value }))
  })
  await sql('INSERT INTO entry (transaction_id, account, currency, amount) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[])',
    [entries.map((e) => e.id), entries.map((e) => e.account), entries.map((e) => e.currency), entries.map((e) => e.value)])
}

/** Transactions a page: each page is one short database transaction. */
const pageRows = 200

/** What reported usage was charged too little; estimated usage was charged its hold, which a bill trues up. */
const rechargeOf = (row: Outdated): Recharge => ({
  organization: row.organization, project: row.project, key: row.key, at: Number(row.minute) * 60_000, currency: row.currency, amount: multiply(decimal(row.quantity), subtract(decimal(row.new_price), decimal(row.old_price))),
})

export interface Corrected {
  readonly transactions: number
  readonly budgets: Adjusted
}

/** Books every outdated price again. A run that was cut off goes on where it stopped. */
export async function applyPriceCorrections(store: Store, clock: Clock): Promise<Corrected> {
  const read: Sql = (text, values) => store.query('jobs', text, values)
  const prices = await supersededPrices(read)
  let transactions = 0
  let budgets: Adjusted = { changed: 0, closed: 0 }
  for (let after = '', until = prices.length === 0 ? undefined : await stretchEnd(read, after); until !== undefined; until = await stretchEnd(read, after)) {
    const end = until
    const page = await store.transaction('jobs', async (sql) => {
      const rows = await sql<Outdated>(`SELECT t.id, t.minute, t.currency, t.organization, t.project, t.key, t.supplier, t.maker, t.model, t.deployment, t.meter, t.tier, t.source, t.quantity, t.attempts,
        p.id AS old_row, p.unit_price AS old_price, q.id AS new_row, q.unit_price AS new_price ${outdated} ORDER BY t.id LIMIT ${pageRows}`, [after, end, prices])
      const [first] = rows
      if (first === undefined) return rows
      await insertCorrections(sql, rows.flatMap(correctionsOf), `price corrected, recorded ${new Date(clock.now()).toISOString()}`)
      const adjusted = await adjustBudgets(sql, clock, `reprice:${first.id}:${first.new_row}`, 'a price was corrected', rows.filter((row) => row.source === 'reported').map(rechargeOf))
      budgets = { changed: budgets.changed + adjusted.changed, closed: budgets.closed + adjusted.closed }
      return rows
    })
    transactions += page.length
    // A full page may have left something of its stretch.
    after = page.length < pageRows ? end : page.at(-1)?.id ?? end
  }
  return { transactions, budgets }
}
