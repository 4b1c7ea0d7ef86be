/**
 * Bills in the database: imported once and whole, matched with the books, trued up, disputed. What remains unexplained is
 * an event, which cases are opened on.
 */
import { createHash } from 'node:crypto'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { type Decimal, decimal, formatDecimal, add, fromPicos, negate, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { dayStart } from '../contracts/calendar.ts'
import { raiseEvent } from '../events.ts'
import { booksCurrency, inCurrency } from './bill-currency.ts'
import { type Bill, type BillFault, type BillFormat, type BillRow, type Parsed, undated } from './bill.ts'
import { type Booked, type Matched, matchBill, type MatchOptions, type Unbooked, type Variance } from './match-bill.ts'
import { creditedBefore } from './credited-before.ts'
import { expectedByDay } from './expected-cost.ts'
import { tellOneCall } from './one-call.ts'
import { parseAzureExport } from './parse-azure-export.ts'
import { parseFocus } from './parse-focus.ts'
import { parseJsonBill } from './parse-json-bills.ts'

/** Tells a bill's form from its text and reads it. Nothing of a faulty bill is kept. */
export function parseBill(text: string): Parsed {
  // No text of ours holds one, and PostgreSQL keeps none.
  const nul = text.indexOf('\0')
  if (nul !== -1) return { faults: [{ row: text.slice(0, nul).split('\n').length, column: '', reason: 'a zero byte: this is not a text file, or one in UTF-16; give it in UTF-8' }] }
  const start = text.trimStart().replace(/^\ufeff/, '')
  if (start.startsWith('{') || start.startsWith('[')) return parseJsonBill(start)
  const header = (start.split('\n')[0] ?? '').toLowerCase()
  const names = ['billedcost', 'chargeperiodstart', 'chargecategory', 'costinbillingcurrency', 'pretaxcost', 'meterid', 'metercategory'].filter((name) => header.includes(name))
  if (names.length > 0 && !header.includes(',')) return { faults: [{ row: 1, column: '', reason: 'columns are not divided by commas: export it as CSV with commas' }] }
  // By any column that only one form has: one without its cost is refused by the column's name.
  if (names.some((name) => name === 'billedcost' || name.startsWith('charge'))) return parseFocus(text)
  if (names.length > 0) return parseAzureExport(text)
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
  const known = await store.transaction('jobs', async (sql): Promise<boolean | { readonly faults: readonly BillFault[] }> => {
    // Nothing of a bill is kept that could not be compared with the books.
    const compared = await inCurrency(sql, bill, await booksCurrency(sql, supplier, bill))
    if ('faults' in compared) return compared
    const inserted = await sql('INSERT INTO bill (id, supplier, format, sha256, period_from, period_until, currency, total, row_count, imported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING 1',
      [id, supplier, bill.format, sha256, bill.from, bill.until, bill.currency, total, bill.rows.length, isoTime(clock.now())])
    if (inserted.length === 0) return true
    await insertRows(sql, id, bill.rows)
    return false
  })
  if (typeof known !== 'boolean') return { status: 'refused', faults: known.faults }
  return { status: 'imported', bill: id, format: bill.format, rows: bill.rows.length, from: bill.from, until: bill.until, total, currency: bill.currency, known }
}

async function insertRows(sql: Sql, id: string, rows: readonly BillRow[]): Promise<void> {
  const column = (of: (row: BillRow) => string | undefined): (string | null)[] => rows.map((row) => of(row) ?? null)
  await sql(`INSERT INTO bill_row (bill, n, day, deployment, model, meter, tier, attempt, quantity, amount, currency, description, charge, repeats)
    SELECT $1, * FROM unnest($2::int[], $3::date[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::numeric[], $10::numeric[], $11::text[], $12::text[], $13::text[], $14::boolean[])`,
  [id, rows.map((_, index) => index + 1), column((r) => r.day), column((r) => r.deployment), column((r) => r.model), column((r) => r.meter), column((r) => r.tier), column((r) => r.attempt),
    column((r) => r.quantity === undefined ? undefined : formatDecimal(r.quantity)), column((r) => r.amount === undefined ? undefined : formatDecimal(r.amount)), column((r) => r.currency), column((r) => r.description), column((r) => r.charge), rows.map((r) => r.repeats === true)])
}

interface StoredRow extends Record<string, unknown> { n: number; day: string; deployment: string | null; model: string | null; meter: string | null; tier: string | null; attempt: string | null; quantity: string | null; amount: string | null; currency: string; description: string; charge: string | null; repeats: boolean }

async function readBill(sql: Sql, id: string): Promise<{ readonly bill: Bill; readonly supplier: string } | undefined> {
  const [head] = await sql<{ supplier: string; format: BillFormat; currency: string; from: string; until: string }>(`SELECT supplier, format, currency, to_char(period_from, 'YYYY-MM-DD') AS from, to_char(period_until, 'YYYY-MM-DD') AS until FROM bill WHERE id = $1`, [id])
  if (head === undefined) return undefined
  const rows = await sql<StoredRow>(`SELECT n, to_char(day, 'YYYY-MM-DD') AS day, deployment, model, meter, tier, attempt, quantity, amount, currency, description, charge, repeats FROM bill_row WHERE bill = $1 ORDER BY n`, [id])
  return {
    supplier: head.supplier,
    bill: {
      ...head,
      rows: rows.map(({ n, day, currency, description, quantity, amount, repeats, ...names }): BillRow => ({
        n, day, currency, description, ...Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null)),
        ...(repeats ? { repeats } : {}), ...(quantity === null ? {} : { quantity: decimal(quantity) }), ...(amount === null ? {} : { amount: decimal(amount) }),
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

async function suppliersBetween(sql: Sql, from: string, until: string): Promise<readonly string[]> {
  const rows = await sql<{ supplier: string }>(`SELECT DISTINCT supplier FROM usage_day WHERE day >= $1 AND day < $2 ORDER BY 1`, [from, until])
  return rows.map((row) => row.supplier)
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
  /** Expected less what posting booked at list price: trued up with the rest. And each day's part. */
  readonly contractDiscount: string
  readonly discountByDay?: Readonly<Record<string, string>>
  readonly difference: string
  readonly groups: number
  readonly agreeing: number
  readonly byKind: Readonly<Record<string, string>>
  readonly unexplained: string
  /** Set where the bill is in another currency than the books: converted row by row at the rates of their days. */
  readonly converted?: { readonly from: string; readonly billed: string }
  /** Set where the books have nothing of this supplier in the bill's days: whose calls they have in them, by name. */
  readonly suppliersBooked?: readonly string[]
  /** `note`: what to know before the variance is trued up. */
  readonly variances: readonly (Omit<Variance, 'amount' | 'billedQuantity' | 'bookedQuantity'> & { readonly amount: string; readonly billedQuantity?: string; readonly bookedQuantity?: string; readonly note?: string } & Behind)[]
}

/** At most this many calls are named for each variance. */
const callsMax = 20

interface Behind {
  /** `call/attempt`, the first of them. */
  readonly calls: readonly string[]
  /** How many there are. Reports of older versions do not say. */
  readonly callsInAll?: number
}

/** The calls behind a variance. */
async function callsBehind(sql: Sql, supplier: string, variance: Variance): Promise<Behind> {
  if (variance.attempt !== undefined) return { calls: [variance.attempt], callsInAll: 1 }
  if (variance.kind === 'outside-gateway' || variance.model === undefined) return { calls: [], callsInAll: 0 }
  const condition = variance.kind === 'estimated' ? `AND source = 'estimated'` : variance.kind === 'cancelled' ? `AND cost IS NULL AND billable <> 'no'` : `AND (';' || lines) LIKE '%;' || $5 || ' %'`
  const rows = await sql<{ attempt: string; in_all: string }>(`SELECT call || '/' || n AS attempt, count(*) OVER () AS in_all FROM attempt WHERE supplier = $1 AND day = $2 AND regexp_replace(model, '-(\\d{4}-\\d{2}-\\d{2}|\\d{4}|\\d{8})$', '') = $3
    AND ($4::text IS NULL OR deployment = $4) ${condition} AND $5::text IS NOT NULL ORDER BY call, n LIMIT ${callsMax}`, [supplier, dayNumber(variance.day), variance.model, variance.deployment ?? null, variance.meter ?? ''])
  return { calls: rows.map((row) => row.attempt), callsInAll: Number(rows[0]?.in_all ?? 0) }
}

const sumsByKind = (variances: readonly Variance[]): Readonly<Record<string, string>> => {
  const kinds = [...new Set(variances.map((item) => item.kind))].sort()
  return Object.fromEntries(kinds.map((kind) => [kind, formatDecimal(sum(variances.filter((item) => item.kind === kind).map((item) => item.amount)))]))
}

async function reportOf(sql: Sql, id: string, billId: string, supplier: string, bill: Bill, match: Matched, discounts: ReadonlyMap<string, Decimal> | undefined): Promise<Report> {
  const told = await tellOneCall(sql, supplier, match.variances, callsMax)
  const matched = { ...match, variances: told.variances }
  const discount = discounts === undefined ? undefined : sum(discounts.values())
  const notes = await creditedBefore(sql, supplier, bill.currency, matched.variances)
  const variances: Report['variances'][number][] = []
  for (const variance of matched.variances) {
    const { amount, billedQuantity, bookedQuantity, ...rest } = variance
    const note = notes.get(variance)
    variances.push({
      ...rest, ...(note === undefined ? {} : { note }), amount: formatDecimal(amount), ...(billedQuantity === undefined ? {} : { billedQuantity: formatDecimal(billedQuantity) }), ...(bookedQuantity === undefined ? {} : { bookedQuantity: formatDecimal(bookedQuantity) }),
      ...told.of.get(variance) ?? await callsBehind(sql, supplier, variance),
    })
  }
  return {
    id, bill: billId, supplier, currency: bill.currency, from: bill.from, until: bill.until, by: matched.byAttempt ? 'attempt' : matched.byDeployment ? 'deployment' : 'model',
    billed: formatDecimal(matched.billed), booked: formatDecimal(matched.booked), basis: discount === undefined ? 'list' : 'contract', contractDiscount: formatDecimal(discount ?? zero),
    ...(discounts === undefined ? {} : { discountByDay: Object.fromEntries([...discounts].map(([day, amount]) => [day, formatDecimal(amount)])) }), difference: formatDecimal(matched.difference), groups: matched.groups, agreeing: matched.agreeing,
    byKind: sumsByKind(matched.variances), unexplained: formatDecimal(sum(matched.variances.filter((item) => item.kind === 'unexplained').map((item) => item.amount))), variances,
  }
}

function byDay(rows: readonly Booked[]): ReadonlyMap<string, Decimal> {
  const days = new Map<string, Decimal>()
  for (const { day, amount } of rows) days.set(day, add(days.get(day) ?? zero, amount))
  return days
}

/** Matches an imported bill with the books as they are now, and keeps the report. An unexplained remainder is raised as an event. */
export async function reconcile(store: Store, clock: Clock, billId: string, options: MatchOptions = {}): Promise<Report | undefined> {
  return store.transaction('jobs', async (sql) => {
    const found = await readBill(sql, billId)
    if (found === undefined) return undefined
    const { supplier } = found
    const compared = await inCurrency(sql, found.bill, await booksCurrency(sql, supplier, found.bill))
    if ('faults' in compared) throw new Error(`${billId}: ${compared.faults[0]?.reason ?? ''}`)
    const { bill } = compared
    const byAttempt = bill.rows.some((row) => row.attempt !== undefined)
    let booked: readonly Booked[]
    let unbooked: readonly Unbooked[]
    let discounts: ReadonlyMap<string, Decimal> | undefined
    if (byAttempt) {
      const rows = await attemptsOf(sql, supplier, bill.from, bill.until)
      booked = await bookedByAttempt(sql, rows)
      unbooked = rows.filter((row) => row.cost === null).map((row) => ({ day: row.day, model: undated(row.model), deployment: row.deployment, attempts: 1, hold: fromPicos(BigInt(row.charge)), attempt: `${row.call}/${row.n}` }))
    } else {
      const list = await bookedByDay(sql, supplier, bill.from, bill.until, bill.currency)
      const expected = await expectedByDay(sql, supplier, bill.from, bill.until, bill.currency)
      booked = expected ?? list
      if (expected !== undefined) discounts = byDay([...expected, ...list.map((row) => ({ ...row, amount: negate(row.amount) }))])
      unbooked = await unbookedOf(sql, supplier, bill.from, bill.until)
    }
    const id = `reconciliation_${billId}_${clock.now()}`
    const matched = await reportOf(sql, id, billId, supplier, bill, matchBill(bill, booked, unbooked, options), discounts)
    // The name is the user's word: a wrong one makes every row look like a purchase past the gateway.
    const made = booked.length > 0 || unbooked.length > 0 ? matched : { ...matched, suppliersBooked: await suppliersBetween(sql, bill.from, bill.until) }
    const report = bill.currency === found.bill.currency ? made : { ...made, converted: { from: found.bill.currency, billed: formatDecimal(sum(found.bill.rows.map((row) => row.amount ?? zero))) } }
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
