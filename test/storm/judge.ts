/**
 * Compares the upstream's bill with Weir's database, attempt by attempt. Shares no code with the ledger: it reads rows and
 * does its own sums.
 */
import type { BilledAttempt } from '../upstream/bill-file.ts'
import type { Store } from '../../src/store/store.ts'

export interface Judgement {
  readonly billed: number
  readonly booked: number
  readonly reported: number
  readonly estimated: number
  readonly absent: number
  readonly quarantined: number
  /** Relative error of estimates against the bill, over the sums: input and output tokens. */
  readonly estimateError: { readonly input: number; readonly output: number; readonly meanAbsoluteOutput: number }
  readonly wrong: readonly string[]
}

interface AttemptRow {
  readonly call: string
  readonly n: number
  readonly source: string
  readonly billable: string
  readonly outcome: string
  readonly input: string | null
  readonly output: string | null
  readonly charge: string
  readonly copies: string
}

/** A record on its own, or an attempt with its outcome. */
interface QuarantinedBody {
  readonly call?: string
  readonly n?: number
  readonly attempt?: { readonly call: string; readonly n: number }
}

const namedIn = ({ call, n, attempt }: QuarantinedBody): string[] => (attempt !== undefined ? [key(attempt.call, attempt.n)] : call === undefined || n === undefined ? [] : [key(call, n)])

const key = (call: string, n: number | string): string => `${call}/${n}`

export async function judge(store: Store, bill: readonly BilledAttempt[]): Promise<Judgement> {
  const wrong: string[] = []
  const rows = await store.query<AttemptRow & Record<string, unknown>>('jobs', `SELECT call, n, min(source) AS source, min(billable) AS billable, min(outcome) AS outcome, min(input) AS input, min(output) AS output,
    min(charge) AS charge, count(*) AS copies FROM attempt GROUP BY call, n`)
  const booked = new Map(rows.map((row) => [key(row.call, row.n), row]))
  const quarantine = await store.query<{ body: string; reason: string } & Record<string, unknown>>('jobs', 'SELECT body, reason FROM quarantine')
  const quarantined = new Set(quarantine.flatMap(({ body }) => namedIn(JSON.parse(body) as QuarantinedBody)))
  const open = await store.query('jobs', 'SELECT call, n FROM attempt_open')
  if (open.length > 0) wrong.push(`${open.length} attempts are still open: ${JSON.stringify(open.slice(0, 3))}`)
  for (const row of rows) if (row.copies !== '1') wrong.push(`${row.call}/${row.n} stands ${row.copies} times`)
  const billedKeys = new Set(bill.map((attempt) => attempt.attempt))
  const sums = compareBill(bill, booked, quarantined, wrong)
  for (const [name, row] of booked) if (!billedKeys.has(name) && row.source === 'reported' && row.billable === 'yes') wrong.push(`${name} is booked as reported, and the upstream never saw it`)
  await judgeBudgets(store, wrong)
  await judgeEntries(store, wrong)
  const count = (source: string): number => rows.filter((row) => row.source === source).length
  return { billed: bill.length, booked: rows.length, reported: count('reported'), estimated: count('estimated'), absent: count('absent'), quarantined: quarantine.length, estimateError: sums, wrong }
}

function compareBill(bill: readonly BilledAttempt[], booked: ReadonlyMap<string, AttemptRow>, quarantined: ReadonlySet<string>, wrong: string[]): Judgement['estimateError'] {
  let input = 0
  let output = 0
  let trueInput = 0
  let trueOutput = 0
  let absolute = 0
  let estimates = 0
  for (const attempt of bill) {
    const name = attempt.attempt ?? 'without a name'
    const row = booked.get(name)
    if (row === undefined) {
      if (!quarantined.has(name)) wrong.push(`${name} was dialled and billed, and is nowhere`)
      continue
    }
    if (row.source === 'reported') {
      if (attempt.fault === 'nonsense') continue
      if (Number(row.input) !== attempt.inputTokens || Number(row.output) !== attempt.outputTokens) wrong.push(`${name}: booked ${row.input} + ${row.output}, billed ${attempt.inputTokens} + ${attempt.outputTokens}`)
    } else if (attempt.finished && attempt.usageSent && row.outcome === 'complete') wrong.push(`${name}: its usage was delivered, and it is booked as ${row.source}`)
    else if (row.source === 'estimated') {
      estimates += 1
      input += Number(row.input ?? 0)
      output += Number(row.output ?? 0)
      trueInput += attempt.inputTokens
      trueOutput += attempt.outputTokens
      absolute += Math.abs(Number(row.output ?? 0) - attempt.outputTokens)
    }
  }
  const relative = (a: number, b: number): number => (b === 0 ? 0 : (a - b) / b)
  return { input: relative(input, trueInput), output: relative(output, trueOutput), meanAbsoluteOutput: estimates === 0 ? 0 : absolute / estimates }
}

/** C2: nothing over its limit, nothing still held, and the posted sum is the sum of the charges. */
async function judgeBudgets(store: Store, wrong: string[]): Promise<void> {
  const periods = await store.query<{ budget: string; limit_picos: string | null; posted: string; leased: string; overrun: string } & Record<string, unknown>>('jobs', 'SELECT budget, limit_picos, posted, leased, overrun FROM budget_period')
  for (const period of periods) {
    if (period.limit_picos !== null && BigInt(period.posted.split('.')[0] ?? '0') > BigInt(period.limit_picos.split('.')[0] ?? '0')) wrong.push(`budget ${period.budget}: ${period.posted} posted of ${period.limit_picos}`)
    if (Number(period.leased) !== 0) wrong.push(`budget ${period.budget}: ${period.leased} still leased after all nodes have stopped`)
    if (Number(period.overrun) !== 0) wrong.push(`budget ${period.budget}: overrun ${period.overrun}`)
  }
}

/** C5: every transaction sums to zero in every currency. */
async function judgeEntries(store: Store, wrong: string[]): Promise<void> {
  const uneven = await store.query('jobs', 'SELECT transaction_id FROM entry GROUP BY transaction_id, currency HAVING sum(amount) <> 0')
  if (uneven.length > 0) wrong.push(`${uneven.length} transactions do not sum to zero`)
}
