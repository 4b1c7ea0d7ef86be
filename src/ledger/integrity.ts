/**
 * `weir ledger check`: derives every balance from entries and compares what must agree. Reads in pages, so that posting
 * goes on meanwhile; run it while nothing is posted for figures of one instant.
 */
import { add, compare, decimal, formatDecimal, isZero, zero, type Decimal } from '../kernel/decimal.ts'
import type { Store } from '../store/store.ts'
import { checkMoney, type MoneyCheck } from './invoices/check-money.ts'
import { lossAccounting } from './quarantine.ts'

export interface LedgerCheck {
  readonly id: 'C2' | 'C3' | MoneyCheck['id']
  readonly what: string
  readonly ok: boolean
  /** The first few that are wrong, in words. */
  readonly found: readonly string[]
}

export interface Balance {
  readonly account: string
  readonly currency: string
  /** Debit positive, exact. */
  readonly amount: string
}

export interface LedgerReport {
  readonly ok: boolean
  readonly checks: readonly LedgerCheck[]
  readonly balances: readonly Balance[]
  readonly transactions: number
  readonly entries: number
}

const pageRows = 5_000
const shownMax = 10

export async function checkLedger(store: Store): Promise<LedgerReport> {
  const books = await readEntries(store)
  const usage = await readUsage(store)
  const checks = [
    check('C5', 'every transaction sums to zero per currency', books.unbalanced),
    check('C5', 'entries name transactions that exist, corrections name what they correct', await orphans(store)),
    check('C6', 'every usage line is quantity times unit price, exactly', usage.inexact),
    check('rollups', 'usage transactions, receivables, rollups by minute and attempts add up to the same sums', await differences(store, books.usageReceivable, usage.amounts)),
    check('C3', 'events in = posted + quarantined + resolved + open', await losses(store)),
    check('C2', 'leased is the sum of leases, posted + leased within the limit but for overruns', await budgets(store)),
    ...await checkMoney(store),
  ]
  return { ok: checks.every((each) => each.ok), checks, balances: books.balances, transactions: usage.transactions, entries: books.entries }
}

const check = (id: LedgerCheck['id'], what: string, found: readonly string[]): LedgerCheck => ({ id, what, ok: found.length === 0, found: found.slice(0, shownMax) })

type Sums = Map<string, Decimal>
const addTo = (sums: Sums, key: string, amount: Decimal): void => void sums.set(key, add(sums.get(key) ?? zero, amount))

interface Books {
  readonly balances: readonly Balance[]
  readonly unbalanced: readonly string[]
  /** What usage transactions debit to receivables, by currency. */
  readonly usageReceivable: Sums
  readonly entries: number
}

async function readEntries(store: Store): Promise<Books> {
  const accounts: Sums = new Map()
  const usageReceivable: Sums = new Map()
  const unbalanced: string[] = []
  let open: { id: string; sums: Sums } | undefined
  let entries = 0
  const close = (): void => {
    for (const [currency, sum] of open?.sums ?? []) if (!isZero(sum)) unbalanced.push(`transaction ${open?.id} is off by ${formatDecimal(sum)} ${currency}`)
  }
  for (let after = ['', '', '']; ;) {
    const rows = await store.query<{ transaction_id: string; account: string; currency: string; amount: string; kind: string | null }>('jobs', `
      SELECT e.*, t.kind FROM entry e LEFT JOIN ledger_transaction t ON t.id = e.transaction_id
      WHERE (e.transaction_id, e.account, e.currency) > ($1, $2, $3) ORDER BY e.transaction_id, e.account, e.currency LIMIT $4`, [...after, pageRows])
    for (const row of rows) {
      const amount = decimal(row.amount)
      if (open?.id !== row.transaction_id) {
        close()
        open = { id: row.transaction_id, sums: new Map() }
      }
      addTo(open.sums, row.currency, amount)
      addTo(accounts, `${row.account}\n${row.currency}`, amount)
      if (row.kind === 'usage' && row.account.startsWith('receivable/')) addTo(usageReceivable, row.currency, amount)
    }
    entries += rows.length
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) break
    after = [last.transaction_id, last.account, last.currency]
  }
  close()
  const balances = [...accounts].map(([key, amount]) => {
    const [account = '', currency = ''] = key.split('\n')
    return { account, currency, amount: formatDecimal(amount) }
  })
  return { balances: balances.toSorted((a, b) => (a.account < b.account ? -1 : 1)), unbalanced, usageReceivable, entries }
}

async function readUsage(store: Store): Promise<{ readonly amounts: Sums; readonly inexact: readonly string[]; readonly transactions: number }> {
  const amounts: Sums = new Map()
  const inexact: string[] = []
  let transactions = 0
  for (let after = ''; ;) {
    const rows = await store.query<{ id: string; currency: string; sum: string; wrong: boolean }>('jobs', `
      SELECT id, currency, amount AS sum, amount <> quantity * unit_price AS wrong FROM ledger_transaction WHERE kind = 'usage' AND id > $1 ORDER BY id LIMIT $2`, [after, pageRows])
    for (const row of rows) {
      addTo(amounts, row.currency, decimal(row.sum))
      if (row.wrong) inexact.push(`transaction ${row.id}`)
    }
    transactions += rows.length
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) break
    after = last.id
  }
  return { amounts, inexact, transactions }
}

async function orphans(store: Store): Promise<readonly string[]> {
  const lost = await store.query<{ transaction_id: string }>('jobs', `SELECT e.transaction_id FROM entry e LEFT JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.id IS NULL LIMIT ${shownMax}`)
  const vague = await store.query<{ id: string }>('jobs', `SELECT id FROM ledger_transaction WHERE kind = 'correction' AND corrects IS NULL LIMIT ${shownMax}`)
  return [...lost.map((row) => `entry of unknown transaction ${row.transaction_id}`), ...vague.map((row) => `correction ${row.id} names nothing`)]
}

async function differences(store: Store, receivable: Sums, transactions: Sums): Promise<readonly string[]> {
  const read = async (sql: string): Promise<Sums> => new Map((await store.query<{ currency: string; sum: string }>('jobs', sql)).map((row) => [row.currency, decimal(row.sum)]))
  const minutes = await read('SELECT currency, sum(cost) AS sum FROM usage_minute GROUP BY currency')
  const attempts = await read('SELECT currency, coalesce(sum(cost), 0) AS sum FROM attempt GROUP BY currency')
  const found: string[] = []
  for (const currency of new Set([...receivable.keys(), ...transactions.keys(), ...minutes.keys(), ...attempts.keys()])) {
    const stated = [receivable, transactions, minutes, attempts].map((sums) => sums.get(currency) ?? zero)
    if (stated.some((sum) => compare(sum, stated[0] ?? zero) !== 0)) {
      found.push(`${currency}: receivables ${formatDecimal(stated[0] ?? zero)}, transactions ${formatDecimal(stated[1] ?? zero)}, minutes ${formatDecimal(stated[2] ?? zero)}, attempts ${formatDecimal(stated[3] ?? zero)}`)
    }
  }
  return found
}

async function losses(store: Store): Promise<readonly string[]> {
  const accounting = await lossAccounting(store)
  const all = accounting.at(-1)
  const [tables] = await store.query<{ posted: string; quarantined: string }>('jobs', 'SELECT (SELECT count(*) FROM attempt) AS posted, (SELECT count(*) FROM quarantine WHERE resolved_at_ms IS NULL) AS quarantined')
  const found: string[] = []
  if (all === undefined) return found
  if (all.lost !== 0) found.push(`${all.lost} of ${all.events} events are nowhere`)
  if (Number(tables?.posted) !== all.posted) found.push(`${tables?.posted} attempts stand in the books, ${all.posted} were counted`)
  if (Number(tables?.quarantined) !== all.quarantined) found.push(`${tables?.quarantined} items stand in quarantine, ${all.quarantined} were counted`)
  return found
}

async function budgets(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ budget: string; period: string; posted: string; leased: string; limit_picos: string | null; overrun: string; rests: string }>('jobs', `
    SELECT b.budget, b.period, b.posted, b.leased, b.limit_picos, b.overrun, coalesce((SELECT sum(lease_rest(l.granted, l.returned, l.spent)) FROM lease l WHERE l.budget = b.budget AND l.period = b.period), 0) AS rests
    FROM budget_period b`)
  return rows.flatMap((row) => {
    const name = `budget ${row.budget} (${row.period})`
    const sum = BigInt(row.posted) + BigInt(row.leased) - BigInt(row.overrun)
    return [
      ...(BigInt(row.leased) === BigInt(row.rests) ? [] : [`${name}: leased ${row.leased}, its leases add up to ${row.rests}`]),
      ...(row.limit_picos === null || sum <= BigInt(row.limit_picos) ? [] : [`${name}: posted ${row.posted} and leased ${row.leased} exceed the limit ${row.limit_picos}; it was lowered, or a node spent without a lease`]),
    ]
  })
}
