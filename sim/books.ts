/**
 * The final state of the books in one neutral form, whichever store keeps them: what the auditor reads. Amounts are
 * decimal text, so that the reader brings its own arithmetic. Types, and the reader of the database.
 */
import type { Store } from '../src/store/store.ts'

export interface AttemptRow {
  readonly call: string
  readonly n: number
  readonly journal: string
  readonly attemptSequence: number
  readonly sequence: number
  readonly source: string
  readonly billable: string
  readonly outcome: string
  readonly model: string
  readonly input: number | undefined
  readonly output: number | undefined
  readonly cost: string | undefined
  readonly charge: string
  readonly last: boolean
}

export interface EntryRow {
  readonly transaction: string
  readonly account: string
  readonly currency: string
  readonly amount: string
}

export interface QuarantineRow {
  readonly journal: string
  readonly sequence: number
  readonly reason: string
  readonly body: string
}

export interface BudgetRow {
  readonly budget: string
  readonly period: string
  /** Picos; undefined until a node has named it. */
  readonly limit: string | undefined
  readonly posted: string
  readonly leased: string
  readonly overrun: string
}

export interface LeaseRow {
  readonly budget: string
  readonly period: string
  readonly journal: string
  readonly epoch: string
  readonly state: string
  readonly granted: string
  readonly returned: string
  readonly spent: string
  readonly credit: string
}

export interface JournalRow {
  readonly journal: string
  readonly shipped: number
  readonly posted: number
  readonly missing: number
  readonly attempts: number
  readonly strays: number
  readonly postedEvents: number
  readonly quarantinedEvents: number
  readonly reported: number
  readonly estimated: number
  readonly absent: number
  readonly unbilled: number
  readonly refusals: number
}

export interface UsageTotal {
  readonly organization: string
  readonly calls: number
  readonly attempts: number
  readonly reported: number
  readonly estimated: number
  readonly absent: number
  readonly input: number
  readonly output: number
  readonly cost: string
}

export interface Books {
  readonly attempts: readonly AttemptRow[]
  readonly open: readonly { readonly call: string; readonly n: number; readonly journal: string }[]
  readonly entries: readonly EntryRow[]
  /** Ids of accounts, as far as entries name them. */
  readonly accounts: readonly string[]
  readonly quarantine: readonly QuarantineRow[]
  readonly budgets: readonly BudgetRow[]
  readonly leases: readonly LeaseRow[]
  readonly journals: readonly JournalRow[]
  readonly usage: readonly UsageTotal[]
  readonly refusals: number
  readonly events: readonly string[]
}

type Texts = Record<string, string>
const optionalNumber = (value: unknown): number | undefined => (value === null || value === undefined ? undefined : Number(value))
const optionalText = (value: unknown): string | undefined => (value === null || value === undefined ? undefined : `${value as string | number | bigint | boolean}`)

/** Reads everything: for tests, on small books. */
export async function sqlBooks(store: Store): Promise<Books> {
  const rows = (text: string): Promise<Texts[]> => store.query<Texts>('admin', text)
  const attempts = await store.query('admin', 'SELECT call, n, journal_id, attempt_sequence, sequence, source, billable, outcome, model, input, output, cost, charge, last FROM attempt ORDER BY call, n')
  const [count] = await rows('SELECT count(*) AS n FROM refusal')
  return {
    attempts: attempts.map((row) => ({
      call: String(row['call']), n: Number(row['n']), journal: String(row['journal_id']), attemptSequence: Number(row['attempt_sequence']), sequence: Number(row['sequence']), source: String(row['source']),
      billable: String(row['billable']), outcome: String(row['outcome']), model: String(row['model']), input: optionalNumber(row['input']), output: optionalNumber(row['output']),
      cost: optionalText(row['cost']), charge: String(row['charge']), last: row['last'] === true,
    })),
    open: (await rows('SELECT call, n, journal_id FROM attempt_open ORDER BY call, n')).map((row) => ({ call: row['call'] ?? '', n: Number(row['n']), journal: row['journal_id'] ?? '' })),
    entries: (await rows('SELECT transaction_id, account, currency, amount FROM entry ORDER BY transaction_id, account')).map((row) => ({ transaction: row['transaction_id'] ?? '', account: row['account'] ?? '', currency: row['currency'] ?? '', amount: row['amount'] ?? '' })),
    accounts: (await rows('SELECT id FROM account ORDER BY id')).map((row) => row['id'] ?? ''),
    quarantine: (await rows('SELECT journal_id, sequence, reason, body FROM quarantine ORDER BY journal_id, sequence, reason, body')).map((row) => ({ journal: row['journal_id'] ?? '', sequence: Number(row['sequence']), reason: row['reason'] ?? '', body: row['body'] ?? '' })),
    budgets: (await rows('SELECT budget, period, limit_picos, posted, leased, overrun FROM budget_period ORDER BY budget, period')).map((row) => ({
      budget: row['budget'] ?? '', period: row['period'] ?? '', limit: optionalText(row['limit_picos']), posted: row['posted'] ?? '', leased: row['leased'] ?? '', overrun: row['overrun'] ?? '',
    })),
    leases: (await rows('SELECT * FROM lease ORDER BY budget, period, journal_id, epoch')).map((row) => ({
      budget: row['budget'] ?? '', period: row['period'] ?? '', journal: row['journal_id'] ?? '', epoch: row['epoch'] ?? '', state: row['state'] ?? '', granted: row['granted'] ?? '', returned: row['returned'] ?? '', spent: row['spent'] ?? '', credit: row['credit'] ?? '',
    })),
    journals: (await rows('SELECT * FROM journal_watermark ORDER BY journal_id')).map((row) => ({
      journal: row['journal_id'] ?? '', shipped: Number(row['shipped']), posted: Number(row['posted']), missing: Number(row['missing']), attempts: Number(row['attempts']), strays: Number(row['strays']),
      postedEvents: Number(row['posted_events']), quarantinedEvents: Number(row['quarantined_events']), reported: Number(row['reported']), estimated: Number(row['estimated']), absent: Number(row['absent']), unbilled: Number(row['unbilled']), refusals: Number(row['refusals']),
    })),
    usage: (await rows(`SELECT organization, sum(calls) AS calls, sum(attempts) AS attempts, sum(reported) AS reported, sum(estimated) AS estimated, sum(absent) AS absent, sum(input) AS input, sum(output) AS output,
      sum(cost) AS cost FROM usage_minute GROUP BY organization ORDER BY organization`)).map((row) => ({
      organization: row['organization'] ?? '', calls: Number(row['calls']), attempts: Number(row['attempts']), reported: Number(row['reported']), estimated: Number(row['estimated']), absent: Number(row['absent']), input: Number(row['input']), output: Number(row['output']), cost: row['cost'] ?? '',
    })),
    refusals: Number(count?.['n']),
    events: (await rows('SELECT id FROM event ORDER BY id')).map((row) => row['id'] ?? ''),
  }
}
