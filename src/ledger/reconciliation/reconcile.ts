/**
 * Bills in the database: imported once and whole, matched with the books, trued up, disputed. What remains unexplained is
 * an event, which cases are opened on.
 */
import { createHash } from 'node:crypto'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, decimal, formatDecimal, add, fromPicos, isZero, negate, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { adjustBudgets, type Adjusted } from '../adjust-budgets.ts'
import { dayStart } from '../contracts/calendar.ts'
import { raiseEvent } from '../events.ts'
import { postMoney } from '../money-transaction.ts'
import { type Bill, type BillFault, type BillFormat, type BillRow, type Parsed, undated } from './bill.ts'
import { type Booked, type Matched, matchBill, type MatchOptions, type Unbooked, type Variance, type VarianceKind } from './match-bill.ts'
import { expectedByDay } from './expected-cost.ts'
import { parseJsonBill } from './parse-json-bills.ts'
import { parseAzureExport, parseFocus } from './parse-table-bills.ts'
import { rechargesOf } from './true-up-budgets.ts'

/** Tells a bill's form from its text and reads it. Nothing of a faulty bill is kept. */
export function parseBill(text: string): Parsed {
  const start = text.trimStart().replace(/^\ufeff/, '')
  if (start.startsWith('{') || start.startsWith('[')) return parseJsonBill(start)
  const header = (start.split('\n')[0] ?? '').toLowerCase()
  if (header.includes('billedcost')) return parseFocus(text)
  if (header.includes('costinbillingcurrency') || header.includes('pretaxcost') || header.includes('meterid')) return parseAzureExport(text)
  return { faults: [{ row: 1, column: '', reason: 'not a form that is known: FOCUS CSV, Azure cost export CSV, OpenAI costs or usage JSON, a sandbox bill, a Weir’s usage' }] }
}

export type Imported =
  | { readonly status: 'imported'; readonly bill: string; readonly format: BillFormat; readonly rows: number; readonly from: string; readonly until: string; readonly total: string; readonly currency: string; readonly known: boolean }
  | { readonly status: 'refused'; readonly faults: readonly BillFault[] }

/** Imports a bill in one transaction. The same text from the same supplier is the same bill. */
export async function importBill(store: Store, clock: Clock, supplier: string, text: string): Promise<Imported> {
  const parsed = parseBill(text)
  if ('faults' in parsed) return { status: 'refused', faults: parsed.faults }
  const { bill } = parsed
  const sha256 = createHash('sha256').update(text).digest('hex')
  const id = `bill_${supplier}_${sha256.slice(0, 16)}`
  const total = formatDecimal(sum(bill.rows.map((row) => row.amount ?? zero)))
  const known = await store.transaction('jobs', async (sql) => {
    const inserted = await sql('INSERT INTO bill (id, supplier, format, sha256, period_from, period_until, currency, total, row_count, imported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING 1',
      [id, supplier, bill.format, sha256, bill.from, bill.until, bill.currency, total, bill.rows.length, isoTime(clock.now())])
    if (inserted.length === 0) return true
    await insertRows(sql, id, bill.rows)
    return false
  })
  return { status: 'imported', bill: id, format: bill.format, rows: bill.rows.length, from: bill.from, until: bill.until, total, currency: bill.currency, known }
}

async function insertRows(sql: Sql, id: string, rows: readonly BillRow[]): Promise<void> {
  const column = (of: (row: BillRow) => string | undefined): (string | null)[] => rows.map((row) => of(row) ?? null)
  await sql(`INSERT INTO bill_row (bill, n, day, deployment, model, meter, tier, attempt, quantity, amount, currency, description)
    SELECT $1, * FROM unnest($2::int[], $3::date[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::numeric[], $10::numeric[], $11::text[], $12::text[])`,
  [id, rows.map((_, index) => index + 1), column((r) => r.day), column((r) => r.deployment), column((r) => r.model), column((r) => r.meter), column((r) => r.tier), column((r) => r.attempt),
    column((r) => r.quantity === undefined ? undefined : formatDecimal(r.quantity)), column((r) => r.amount === undefined ? undefined : formatDecimal(r.amount)), column((r) => r.currency), column((r) => r.description)])
}

interface StoredRow extends Record<string, unknown> { n: number; day: string; deployment: string | null; model: string | null; meter: string | null; tier: string | null; attempt: string | null; quantity: string | null; amount: string | null; currency: string; description: string }

async function readBill(sql: Sql, id: string): Promise<{ readonly bill: Bill; readonly supplier: string } | undefined> {
  const [head] = await sql<{ supplier: string; format: BillFormat; currency: string; from: string; until: string }>(`SELECT supplier, format, currency, to_char(period_from, 'YYYY-MM-DD') AS from, to_char(period_until, 'YYYY-MM-DD') AS until FROM bill WHERE id = $1`, [id])
  if (head === undefined) return undefined
  const rows = await sql<StoredRow>(`SELECT n, to_char(day, 'YYYY-MM-DD') AS day, deployment, model, meter, tier, attempt, quantity, amount, currency, description FROM bill_row WHERE bill = $1 ORDER BY n`, [id])
  return {
    supplier: head.supplier,
    bill: {
      ...head,
      rows: rows.map(({ n, day, currency, description, quantity, amount, ...names }): BillRow => ({
        n, day, currency, description, ...Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null)),
        ...(quantity === null ? {} : { quantity: decimal(quantity) }), ...(amount === null ? {} : { amount: decimal(amount) }),
      })),
    },
  }
}

/** Booked sums by day, from the rollups. */
async function bookedByDay(sql: Sql, supplier: string, from: string, until: string, currency: string): Promise<readonly Booked[]> {
  const rows = await sql<{ day: string; model: string; deployment: string; meter: string; quantity: string; amount: string; estimated: string }>(`
    SELECT to_char(day, 'YYYY-MM-DD') AS day, model, deployment, meter, sum(quantity) AS quantity, sum(amount) AS amount, coalesce(sum(quantity) FILTER (WHERE source = 'estimated'), 0) AS estimated
    FROM usage_day WHERE supplier = $1 AND day >= $2 AND day < $3 AND currency = $4 GROUP BY day, model, deployment, meter ORDER BY 1, 2, 3, 4`, [supplier, from, until, currency])
  return rows.map((row) => ({ day: row.day, model: undated(row.model), deployment: row.deployment, meter: row.meter, quantity: decimal(row.quantity), amount: decimal(row.amount), estimated: decimal(row.estimated) }))
}

interface AttemptRow extends Record<string, unknown> { day: string; call: string; n: number; model: string; deployment: string; source: string; lines: string; cost: string | null; charge: string; billable: string }
const attemptColumns = `to_char(DATE '1970-01-01' + day, 'YYYY-MM-DD') AS day, call, n, model, deployment, source, lines, cost, charge, billable`
const dayNumber = (day: string): number => dayStart(day) / 86_400_000

async function attemptsOf(sql: Sql, supplier: string, from: string, until: string): Promise<readonly AttemptRow[]> {
  return sql<AttemptRow>(`SELECT ${attemptColumns} FROM attempt WHERE supplier = $1 AND day >= $2 AND day < $3 AND billable <> 'no' ORDER BY day, call, n`, [supplier, dayNumber(from), dayNumber(until)])
}

/** Attempts as the books have them, with their prices; for bills that name attempts. */
async function bookedByAttempt(sql: Sql, rows: readonly AttemptRow[]): Promise<readonly Booked[]> {
  const prices = new Map((await sql<{ id: string; unit_price: string }>('SELECT id, unit_price FROM price')).map((row) => [row.id, decimal(row.unit_price)]))
  return rows.flatMap((row) => row.lines === '-' ? [] : row.lines.split(';').map((line): Booked => {
    const [meter = '', quantity = '0', price = ''] = line.split(' ')
    const count = decimal(quantity)
    const unit = prices.get(price) ?? zero
    return { day: row.day, model: undated(row.model), deployment: row.deployment, meter, quantity: count, amount: { coefficient: count.coefficient * unit.coefficient, scale: count.scale + unit.scale }, estimated: row.source === 'estimated' ? count : zero, attempt: `${row.call}/${row.n}` }
  }))
}

/** Attempts without booked cost that the supplier may bill: by attempt, or summed by day. */
async function unbookedOf(sql: Sql, supplier: string, from: string, until: string): Promise<readonly Unbooked[]> {
  const rows = await sql<{ day: string; model: string; deployment: string; attempts: string; hold: string }>(`
    SELECT to_char(DATE '1970-01-01' + day, 'YYYY-MM-DD') AS day, model, deployment, count(*) AS attempts, sum(charge) AS hold FROM attempt
    WHERE supplier = $1 AND day >= $2 AND day < $3 AND billable <> 'no' AND cost IS NULL GROUP BY 1, 2, 3`, [supplier, dayNumber(from), dayNumber(until)])
  return rows.map((row) => ({ day: row.day, model: undated(row.model), deployment: row.deployment, attempts: Number(row.attempts), hold: fromPicos(BigInt(row.hold)) }))
}

export interface Report {
  readonly id: string
  readonly bill: string
  readonly supplier: string
  readonly currency: string
  readonly from: string
  readonly until: string
  readonly by: 'attempt' | 'deployment' | 'model'
  readonly billed: string
  /** What the books expect: list price, or the supplier's contract where there is one. */
  readonly booked: string
  readonly basis: 'list' | 'contract'
  /** Expected less what posting booked at list price: trued up with the rest. */
  readonly contractDiscount: string
  readonly difference: string
  readonly groups: number
  readonly agreeing: number
  readonly byKind: Readonly<Record<string, string>>
  readonly unexplained: string
  readonly variances: readonly (Omit<Variance, 'amount' | 'billedQuantity' | 'bookedQuantity'> & { readonly amount: string; readonly billedQuantity?: string; readonly bookedQuantity?: string; readonly calls: readonly string[] })[]
}

/** At most this many calls are named for each variance. */
const callsMax = 20

/** The calls behind a variance: those of its kind first. */
async function callsBehind(sql: Sql, supplier: string, variance: Variance): Promise<readonly string[]> {
  if (variance.attempt !== undefined) return [variance.attempt]
  if (variance.kind === 'outside-gateway' || variance.model === undefined) return []
  const condition = variance.kind === 'estimated' ? `AND source = 'estimated'` : variance.kind === 'cancelled' ? `AND cost IS NULL AND billable <> 'no'` : `AND (';' || lines) LIKE '%;' || $5 || ' %'`
  const rows = await sql<{ attempt: string }>(`SELECT call || '/' || n AS attempt FROM attempt WHERE supplier = $1 AND day = $2 AND regexp_replace(model, '-(\\d{4}-\\d{2}-\\d{2}|\\d{4}|\\d{8})$', '') = $3
    AND ($4::text IS NULL OR deployment = $4) ${condition} AND $5::text IS NOT NULL ORDER BY call, n LIMIT ${callsMax}`, [supplier, dayNumber(variance.day), variance.model, variance.deployment ?? null, variance.meter ?? ''])
  return rows.map((row) => row.attempt)
}

const sumsByKind = (variances: readonly Variance[]): Readonly<Record<string, string>> => {
  const kinds = [...new Set(variances.map((item) => item.kind))].sort()
  return Object.fromEntries(kinds.map((kind) => [kind, formatDecimal(sum(variances.filter((item) => item.kind === kind).map((item) => item.amount)))]))
}

async function reportOf(sql: Sql, id: string, billId: string, supplier: string, bill: Bill, matched: Matched, discount: Decimal | undefined): Promise<Report> {
  const variances: Report['variances'][number][] = []
  for (const variance of matched.variances) {
    const { amount, billedQuantity, bookedQuantity, ...rest } = variance
    variances.push({
      ...rest, amount: formatDecimal(amount), ...(billedQuantity === undefined ? {} : { billedQuantity: formatDecimal(billedQuantity) }), ...(bookedQuantity === undefined ? {} : { bookedQuantity: formatDecimal(bookedQuantity) }),
      calls: await callsBehind(sql, supplier, variance),
    })
  }
  return {
    id, bill: billId, supplier, currency: bill.currency, from: bill.from, until: bill.until, by: matched.byAttempt ? 'attempt' : matched.byDeployment ? 'deployment' : 'model',
    billed: formatDecimal(matched.billed), booked: formatDecimal(matched.booked), basis: discount === undefined ? 'list' : 'contract', contractDiscount: formatDecimal(discount ?? zero), difference: formatDecimal(matched.difference), groups: matched.groups, agreeing: matched.agreeing,
    byKind: sumsByKind(matched.variances), unexplained: formatDecimal(sum(matched.variances.filter((item) => item.kind === 'unexplained').map((item) => item.amount))), variances,
  }
}

/** Matches an imported bill with the books as they are now, and keeps the report. An unexplained remainder is raised as an event. */
export async function reconcile(store: Store, clock: Clock, billId: string, options: MatchOptions = {}): Promise<Report | undefined> {
  return store.transaction('jobs', async (sql) => {
    const found = await readBill(sql, billId)
    if (found === undefined) return undefined
    const { bill, supplier } = found
    const byAttempt = bill.rows.some((row) => row.attempt !== undefined)
    let booked: readonly Booked[]
    let unbooked: readonly Unbooked[]
    let discount: Decimal | undefined
    if (byAttempt) {
      const rows = await attemptsOf(sql, supplier, bill.from, bill.until)
      booked = await bookedByAttempt(sql, rows)
      unbooked = rows.filter((row) => row.cost === null).map((row) => ({ day: row.day, model: undated(row.model), deployment: row.deployment, attempts: 1, hold: fromPicos(BigInt(row.charge)), attempt: `${row.call}/${row.n}` }))
    } else {
      const list = await bookedByDay(sql, supplier, bill.from, bill.until, bill.currency)
      const expected = await expectedByDay(sql, supplier, bill.from, bill.until, bill.currency)
      booked = expected ?? list
      if (expected !== undefined) discount = subtract(sum(expected.map((row) => row.amount)), sum(list.map((row) => row.amount)))
      unbooked = await unbookedOf(sql, supplier, bill.from, bill.until)
    }
    const id = `reconciliation_${billId}_${clock.now()}`
    const report = await reportOf(sql, id, billId, supplier, bill, matchBill(bill, booked, unbooked, options), discount)
    await sql('INSERT INTO reconciliation (id, bill, supplier, report, unexplained, made_at) VALUES ($1, $2, $3, $4, $5, $6)', [id, billId, supplier, JSON.stringify(report), report.unexplained, isoTime(clock.now())])
    const open = report.variances.filter((item) => item.kind === 'unexplained' || item.kind === 'outside-gateway')
    if (open.length > 0) {
      await raiseEvent(sql, clock, 'reconciliation-unexplained', `supplier/${supplier}`, billId, {
        reconciliation: id, bill: billId, from: report.from, until: report.until, currency: report.currency, unexplained: report.unexplained, outsideGateway: report.byKind['outside-gateway'] ?? '0', variances: open.length,
      })
    }
    return report
  })
}

export type TruedUp = { readonly status: 'posted'; readonly amount: string; readonly transaction: string; readonly budgets: Adjusted } | { readonly status: 'unknown' } | { readonly status: 'posted-before' } | { readonly status: 'nothing-to-post' }

/**
 * Books what the supplier is right about: cost and payable move by the variances of these kinds. Once a bill. Budgets that
 * were charged full holds are charged what the bill says instead, where their period is still open.
 */
export async function trueUp(store: Store, clock: Clock, reconciliation: string, kinds: readonly VarianceKind[]): Promise<TruedUp> {
  return store.transaction('admin', async (sql) => {
    const [row] = await sql<{ bill: string; report: Report }>('SELECT bill, report FROM reconciliation WHERE id = $1 FOR UPDATE', [reconciliation])
    if (row === undefined) return { status: 'unknown' }
    const { report } = row
    const transaction = `true-up:${row.bill}`
    const [before] = await sql('SELECT 1 FROM ledger_transaction WHERE id = $1', [transaction])
    if (before !== undefined) return { status: 'posted-before' }
    const chosen = report.variances.filter((item) => kinds.includes(item.kind))
    const discount = decimal(report.contractDiscount)
    const total = add(sum(chosen.map((item) => decimal(item.amount))), discount)
    const budgets = await adjustBudgets(sql, clock, transaction, `true-up of ${row.bill}`, await rechargesOf(sql, report, kinds))
    if (budgets.changed === 0 && isZero(discount) && chosen.every((item) => isZero(decimal(item.amount)))) return { status: 'nothing-to-post' }
    const makers = new Map((await sql<{ model: string; maker: string }>('SELECT DISTINCT model, maker FROM usage_day WHERE supplier = $1', [report.supplier])).map((item) => [undated(item.model), item.maker]))
    await postMoney(sql, {
      id: transaction, kind: 'true-up', at: clock.now(), currency: report.currency, note: `${report.bill}: ${kinds.join(', ')}`,
      // The contract's discount is of the supplier as a whole; it stands on an account of its own.
      entries: [...chosen.map((item) => ({ maker: makers.get(item.model ?? '') ?? 'unknown', amount: item.amount })), { maker: 'contract', amount: report.contractDiscount }].flatMap((item) => {
        const { maker } = item
        const amount: Decimal = decimal(item.amount)
        const account = { supplier: report.supplier, maker }
        return [{ account: { id: `cost/${report.supplier}/${maker}`, ...account }, amount }, { account: { id: `payable/${report.supplier}/${maker}`, ...account }, amount: negate(amount) }]
      }),
    })
    await sql('UPDATE reconciliation SET transaction_id = $2 WHERE id = $1', [reconciliation, transaction])
    return { status: 'posted', amount: formatDecimal(total), transaction, budgets }
  })
}
