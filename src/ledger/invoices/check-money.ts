/**
 * The money side of `weir ledger check`: what invoices, credits, payments, statements and assets say against the entries
 * that stand for them. Each finding names what is wrong in words.
 */
import { type Decimal, add, compare, decimal, formatDecimal, isZero, multiply, subtract, sum } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { commitmentFaults } from './check-commitments.ts'
import type { InvoiceDocument } from './invoice-document.ts'

export interface MoneyCheck {
  readonly id: 'C5' | 'C6' | 'invoices' | 'numbers' | 'payments' | 'credit' | 'rollups' | 'statements' | 'commitments'
  readonly what: string
  readonly ok: boolean
  readonly found: readonly string[]
}

const check = (id: MoneyCheck['id'], what: string, found: readonly string[]): MoneyCheck => ({ id, what, ok: found.length === 0, found: found.slice(0, 10) })
const pageRows = 500

interface Issued extends Record<string, unknown> { id: string; number: string; total: string; due: string; status: string; organization: string; transaction_id: string; document: InvoiceDocument; booked: string | null }

/** An invoice adds up, and the books owe for it what it says. */
function invoiceFaults(row: Issued): readonly string[] {
  const { document, number } = row
  const faults: string[] = []
  const same = (what: string, a: Decimal, b: Decimal): void => { if (compare(a, b) !== 0) faults.push(`${number}: ${what} is ${formatDecimal(a)} where ${formatDecimal(b)} is due`) }
  same('net', decimal(document.net), sum(document.lines.map((line) => decimal(line.payable))))
  same('total', decimal(document.total), add(decimal(document.net), decimal(document.tax)))
  same('exact less net', subtract(decimal(document.exact), decimal(document.net)), decimal(document.remainder))
  same('the booked claim', decimal(row.booked ?? '0'), decimal(row.due))
  for (const line of document.lines) {
    if (line.kind !== 'late-usage' && compare(multiply(decimal(line.quantity), decimal(line.unitPrice)), decimal(line.exact)) !== 0 && line.kind !== 'credit' && line.kind !== 'credit-note') faults.push(`${number} line ${line.n}: ${line.exact} is not ${line.quantity} × ${line.unitPrice}`)
  }
  return faults
}

async function invoices(store: Store): Promise<readonly string[]> {
  const faults: string[] = []
  let after = ''
  for (;;) {
    const rows = await store.query<Issued>('jobs', `
      SELECT i.id, i.number, i.total, i.due, i.status, i.organization, i.transaction_id, i.document,
        (SELECT sum(amount) FROM entry e WHERE e.transaction_id = i.transaction_id AND e.account = 'invoiced/' || i.organization AND e.currency = i.currency) AS booked
      FROM invoice i WHERE i.status <> 'draft' AND i.id > $1 ORDER BY i.id LIMIT ${pageRows}`, [after])
    for (const row of rows) faults.push(...invoiceFaults(row))
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return faults
    after = last.id
  }
}

/** What customers owe by the books is what is open on their invoices less unmatched credits. */
async function claims(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ organization: string; currency: string; open: string; booked: string }>('jobs', `
    WITH open AS (SELECT organization, currency, sum(CASE WHEN kind = 'invoice' THEN due - paid ELSE due END) AS amount FROM invoice WHERE status IN ('issued', 'paid') GROUP BY organization, currency),
      booked AS (SELECT substr(account, 10) AS organization, currency, sum(amount) AS amount FROM entry WHERE account LIKE 'invoiced/%' GROUP BY account, currency)
    SELECT coalesce(o.organization, b.organization) AS organization, coalesce(o.currency, b.currency) AS currency, coalesce(o.amount, 0) AS open, coalesce(b.amount, 0) AS booked
    FROM open o FULL JOIN booked b ON b.organization = o.organization AND b.currency = o.currency`)
  return rows.filter((row) => compare(decimal(row.open), decimal(row.booked)) !== 0).map((row) => `${row.organization}: ${row.open} ${row.currency} open on invoices, ${row.booked} in the books`)
}

/** What customers have left over by the books is what their payments have. */
async function leftOver(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ organization: string; currency: string; left: string; booked: string }>('jobs', `
    SELECT organization, currency, sum(l) AS left, sum(b) AS booked FROM (
      SELECT organization, currency, unapplied AS l, 0 AS b FROM payment_left UNION ALL SELECT substr(account, 11), currency, 0, -amount FROM entry WHERE account LIKE 'unapplied/%') s
    GROUP BY organization, currency HAVING sum(l) <> sum(b)`)
  return rows.map((row) => `${row.organization}: payments have ${row.left} ${row.currency} left over, ${row.booked} in the books`)
}

async function gaps(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ series: string; last: string; numbers: string; highest: string | null }>('jobs', `
    SELECT s.series, s.last, (SELECT count(*) FROM invoice i WHERE i.number LIKE s.series || '-%') AS numbers, (SELECT max(number) FROM invoice i WHERE i.number LIKE s.series || '-%') AS highest FROM number_series s`)
  return rows.filter((row) => row.last !== row.numbers).map((row) => `series ${row.series}: ${row.last} numbers given, ${row.numbers} invoices have one (highest ${row.highest})`)
}

async function overdrawn(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ contract: string; grant_id: string; drawn: string; granted: string | null }>('jobs', `
    SELECT d.contract, d.grant_id, sum(d.amount) AS drawn, (SELECT (c->>'amount') FROM contract k, jsonb_array_elements(k.body->'terms'->'credits') c WHERE k.id = d.contract AND c->>'id' = d.grant_id ORDER BY k.version DESC LIMIT 1) AS granted
    FROM credit_draw d WHERE d.active GROUP BY d.contract, d.grant_id`)
  return rows.filter((row) => row.granted !== null && compare(decimal(row.drawn), decimal(row.granted)) > 0).map((row) => `credit ${row.grant_id} of ${row.contract}: ${row.drawn} drawn of ${row.granted}`)
}

/** Rollups by the day are the usage transactions, and nothing was billed twice. */
async function rollups(store: Store): Promise<readonly string[]> {
  const days = await store.query<{ currency: string; transactions: string; rolled: string }>('jobs', `
    SELECT currency, sum(t) AS transactions, sum(d) AS rolled FROM (
      SELECT currency, sum(amount) AS t, 0 AS d FROM ledger_transaction WHERE kind = 'usage' OR (kind = 'correction' AND meter IS NOT NULL) GROUP BY currency UNION ALL SELECT currency, 0, sum(amount) FROM usage_day GROUP BY currency) s GROUP BY currency HAVING sum(t) <> sum(d)`)
  // A corrected price moves quantity from one price row to another, so what was billed is compared over all of them.
  const twice = await store.query<{ day: string; path: string }>('jobs', `
    SELECT to_char(u.day, 'YYYY-MM-DD') AS day, concat_ws('|', organization, project, key, model, deployment, meter, tier, source) AS path FROM usage_day u
      LEFT JOIN (SELECT iu.day, iu.dims, sum(iu.quantity) AS q FROM invoice_usage iu JOIN invoice i ON i.id = iu.invoice WHERE i.status <> 'void' GROUP BY 1, 2) b ON b.day = u.day AND b.dims = u.dims
    GROUP BY u.day, organization, project, key, model, deployment, meter, tier, source HAVING sum(coalesce(b.q, 0)) > sum(u.quantity) LIMIT 10`)
  return [...days.map((row) => `${row.currency}: usage transactions are ${row.transactions}, rollups by the day ${row.rolled}`), ...twice.map((row) => `more was billed than used on ${row.day}: ${row.path}`)]
}

async function statements(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ id: string; net: string; booked: string | null }>('jobs', `
    SELECT s.id, s.net, (SELECT -sum(amount) FROM entry e WHERE e.transaction_id = s.transaction_id AND e.account = 'settlement/' || s.maker AND e.currency = s.currency) AS booked FROM statement s`)
  return rows.filter((row) => compare(decimal(row.net), decimal(row.booked ?? '0')) !== 0).map((row) => `${row.id}: net ${row.net}, booked ${row.booked}`)
}

/** What channel and maker owe each other by a statement is on the accounts of the channel it names; a statement from before there were such accounts has none. */
async function channels(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ id: string; stated: readonly string[]; booked: readonly (string | null)[] }>('jobs', `
    SELECT s.id, ARRAY[document->>'toMaker', document->>'toChannel', document->>'net'] AS stated, ARRAY[-b.owes, b.owed, b.net]::text[] AS booked
    FROM statement s, LATERAL (SELECT coalesce(s.document->>'channel', 'self') AS name) c, LATERAL (
      SELECT sum(amount) FILTER (WHERE account = 'channel/' || c.name || '/owes/' || s.maker) AS owes, sum(amount) FILTER (WHERE account = 'channel/' || c.name || '/owed/' || s.maker) AS owed,
        sum(amount) FILTER (WHERE account = 'maker/' || s.maker || '/' || c.name) AS net, bool_or(account LIKE 'channel/%' OR account LIKE 'maker/%') AS any
      FROM entry e WHERE e.transaction_id = s.transaction_id AND e.currency = s.currency) b WHERE b.any ORDER BY s.id`)
  return rows.flatMap(({ id, stated, booked }) => ['owed to the maker', 'owed to the channel', 'net'].flatMap((what, index) => {
    const [says, stands] = [decimal(stated[index] ?? '0'), decimal(booked[index] ?? '0')]
    return compare(says, stands) === 0 ? [] : [`${id}: ${what} ${formatDecimal(says)}, booked ${formatDecimal(stands)}`]
  }))
}

async function exchange(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ currency: string; sum: string }>('jobs', 'SELECT currency, sum(amount) AS sum FROM entry GROUP BY currency')
  return rows.filter((row) => !isZero(decimal(row.sum))).map((row) => `all entries in ${row.currency} sum to ${row.sum}, not to zero`)
}

/** All money checks. Joins the ledger's own report. */
export async function checkMoney(store: Store): Promise<readonly MoneyCheck[]> {
  return [
    check('C5', 'entries of each currency sum to zero', await exchange(store)),
    check('C6', 'each invoice adds up and is what the books claim', await invoices(store)),
    check('invoices', 'claims on customers are what is open on their invoices', await claims(store)),
    check('payments', 'what customers have left over is what their payments have', await leftOver(store)),
    check('numbers', 'numbers of invoices have no gaps', await gaps(store)),
    check('credit', 'no credit is drawn beyond its grant', await overdrawn(store)),
    check('rollups', 'rollups by the day are the usage transactions; nothing is billed twice', await rollups(store)),
    check('statements', 'statements are what the books settle, and what channel and maker owe each other', [...await statements(store), ...await channels(store)]),
    check('commitments', 'accounts of commitments are what contracts promise, what is billed draws, and the rest', await commitmentFaults(store)),
  ]
}
