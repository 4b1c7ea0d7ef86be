/**
 * Spend out of the ordinary: a project whose day has cost more already than its days usually do. Found from the rollups by
 * the day, so that looking costs the same whatever the traffic. What is raised says who owns it and what drove it: calls,
 * tokens a call, or the price; and may put a cap below the project's budget until a person lifts it or the period ends.
 */
import { type Clock, isoTime } from '../kernel/clock.ts'
import { type Decimal, add, compare, decimal, divideRounded, formatDecimal, formatFixed, isZero, multiply, roundHalfEven, toPicosUp, zero } from '../kernel/decimal.ts'
import type { Sql, Store } from '../store/store.ts'
import { addDays, dayOf } from './contracts/calendar.ts'
import { raiseEvent } from './events.ts'

/** How a project is watched. */
export interface SpendWatch {
  readonly organization: string
  readonly project: string
  /** Who answers for it. */
  readonly owner: string | undefined
  /** So many times its usual day is out of the ordinary. */
  readonly factor: string
  /** Below this, a day is never out of the ordinary. */
  readonly floor: string
  /** What may still be spent in the open period once a day is out of the ordinary; undefined: no cap. */
  readonly capAfter: string | undefined
}

export interface SpendCause {
  readonly key: string
  readonly model: string
  /** What grew most against usual days. `new`: the key did not use the model before. */
  readonly what: 'calls' | 'tokens a call' | 'price' | 'new'
  /** How many times it is what it usually is, one digit; undefined for `new`. */
  readonly times: string | undefined
  /** Of the day's amount. */
  readonly amount: string
}

export interface SpendAnomaly {
  readonly organization: string
  readonly project: string
  readonly owner: string | undefined
  readonly day: string
  readonly currency: string
  readonly amount: string
  /** Median of the days before. */
  readonly usual: string
  readonly times: string
  readonly cause: SpendCause
  /** Budgets that were capped. */
  readonly capped: readonly string[]
}

/** Days looked back at, and how many of them must have had usage before anything is called usual. */
const daysBack = 14
const daysLeast = 5

interface Row extends Record<string, unknown> { readonly day: string; readonly currency: string; readonly key: string; readonly model: string; readonly quantity: string; readonly amount: string; readonly attempts: string }

const rowsOf = (sql: Sql, { organization, project }: SpendWatch, from: string, until: string): Promise<readonly Row[]> => sql<Row>(`
  SELECT to_char(day, 'YYYY-MM-DD') AS day, currency, key, model, sum(quantity) AS quantity, sum(amount) AS amount, max(attempts) AS attempts FROM usage_day
  WHERE organization = $1 AND project = $2 AND day >= $3 AND day < $4 GROUP BY 1, 2, 3, 4`, [organization, project, from, until])

interface Sums { quantity: Decimal; amount: Decimal; attempts: Decimal }

const summed = (rows: readonly Row[]): Sums => rows.reduce<Sums>((sum, row) => ({ quantity: add(sum.quantity, decimal(row.quantity)), amount: add(sum.amount, decimal(row.amount)), attempts: add(sum.attempts, decimal(row.attempts)) }), { quantity: zero, amount: zero, attempts: zero })

const median = (values: readonly Decimal[]): Decimal => values.toSorted(compare)[Math.floor(values.length / 2)] ?? zero

/** a/b against c/d, six digits; undefined where one of them is nothing. */
function growth(a: Decimal, b: Decimal, c: Decimal, d: Decimal): Decimal | undefined {
  const below = multiply(b, c)
  return isZero(below) ? undefined : divideRounded(multiply(a, d), below, 6)
}

/** The key and model that grew most, and which of its three factors did. Usual days are averaged over `days`. */
function causeOf(today: readonly Row[], before: readonly Row[], days: number): SpendCause {
  const many = decimal(days)
  const grown = [...Map.groupBy(today, (row) => `${row.key}\n${row.model}`)].map(([name, rows]) => {
    const usual = summed(before.filter((row) => `${row.key}\n${row.model}` === name))
    return { rows, now: summed(rows), usual, more: add(multiply(summed(rows).amount, many), { coefficient: -usual.amount.coefficient, scale: usual.amount.scale }) }
  }).toSorted((a, b) => compare(b.more, a.more))
  const [most] = grown
  const [first] = most?.rows ?? []
  if (most === undefined || first === undefined) throw new Error('a day that cost something has rows')
  const { now, usual } = most
  const factors = [
    ['calls', growth(now.attempts, decimal(1), usual.attempts, many)], ['tokens a call', growth(now.quantity, now.attempts, usual.quantity, usual.attempts)], ['price', growth(now.amount, now.quantity, usual.amount, usual.quantity)],
  ] as const
  const known = factors.flatMap(([what, times]) => (times === undefined ? [] : [{ what, times }])).toSorted((a, b) => compare(b.times, a.times))[0]
  return { key: first.key, model: first.model, what: known?.what ?? 'new', times: known === undefined ? undefined : formatDecimal(roundHalfEven(known.times, 1)), amount: formatDecimal(now.amount) }
}

/** Caps the open periods of the project's budgets in the currency that was spent; nodes are asked to give back what they hold beyond it. */
async function cap(sql: Sql, clock: Clock, watch: SpendWatch, currency: string, reason: string): Promise<readonly string[]> {
  if (watch.capAfter === undefined) return []
  const capped: string[] = []
  // One after the other, in the order of all locks.
  for (const period of ['day', 'month', 'total']) {
    const rows = await sql<{ budget: string; recall: string }>(`
      UPDATE budget_period SET cap_picos = posted + $3::numeric, cap_reason = $4, recall = recall + 1
      WHERE budget = $1 AND currency = $5 AND (ends_ms IS NULL OR ends_ms > $2) AND cap_picos IS NULL RETURNING budget, recall`,
    [`project/${watch.organization}/${watch.project}/${period}`, clock.now(), String(toPicosUp(decimal(watch.capAfter))), reason, currency])
    for (const { budget, recall } of rows) {
      await sql(`SELECT pg_notify('weir', 'budget:' || $1 || ':' || $2)`, [recall, budget])
      capped.push(budget)
    }
  }
  return capped
}

async function look(store: Store, clock: Clock, watch: SpendWatch): Promise<SpendAnomaly | undefined> {
  const day = dayOf(clock.now())
  const read: Sql = (text, values) => store.query('jobs', text, values)
  const rows = await rowsOf(read, watch, addDays(day, -daysBack), addDays(day, 1))
  for (const [currency, own] of Map.groupBy(rows, (row) => row.currency)) {
    const today = own.filter((row) => row.day === day)
    const before = own.filter((row) => row.day !== day)
    const days = [...Map.groupBy(before, (row) => row.day).values()].map((each) => summed(each).amount)
    const { amount } = summed(today)
    const usual = median(days)
    if (days.length < daysLeast || isZero(usual) || compare(amount, decimal(watch.floor)) < 0 || compare(amount, multiply(usual, decimal(watch.factor))) <= 0) continue
    const cents = (value: Decimal): string => formatFixed(roundHalfEven(value, 2))
    const found = { organization: watch.organization, project: watch.project, owner: watch.owner, day, currency, amount: cents(amount), usual: cents(usual), times: formatDecimal(divideRounded(amount, usual, 1)), cause: causeOf(today, before, days.length) }
    return store.transaction('jobs', async (sql) => {
      const occasion = `${day} ${currency}`
      const subject = `project/${watch.organization}/${watch.project}`
      const [known] = await sql(`SELECT 1 FROM event WHERE kind = 'spend-anomaly' AND subject = $1 AND body->>'day' = $2 AND body->>'currency' = $3`, [subject, day, currency])
      if (known !== undefined) return undefined
      const capped = await cap(sql, clock, watch, currency, `spend of ${day} is ${found.times} times the usual day`)
      await raiseEvent(sql, clock, 'spend-anomaly', subject, occasion, { ...found, owner: watch.owner ?? null, cause: { ...found.cause, times: found.cause.times ?? null }, capped: [...capped] })
      return { ...found, capped }
    })
  }
  return undefined
}

/** Looks at every watched project once; each day and project is raised once. */
export async function watchSpend(store: Store, clock: Clock, watches: readonly SpendWatch[]): Promise<readonly SpendAnomaly[]> {
  const found: SpendAnomaly[] = []
  for (const watch of watches) {
    const one = await look(store, clock, watch)
    if (one !== undefined) found.push(one)
  }
  return found
}

export interface Cap { readonly budget: string; readonly period: string; readonly cap: string; readonly posted: string; readonly reason: string }

/** Caps in force. */
export async function capsInForce(store: Store, clock: Clock): Promise<readonly Cap[]> {
  const rows = await store.query<{ budget: string; period: string; cap_picos: string; posted: string; cap_reason: string }>('admin',
    'SELECT budget, period, cap_picos, posted, cap_reason FROM budget_period WHERE cap_picos IS NOT NULL AND (ends_ms IS NULL OR ends_ms > $1) ORDER BY budget', [clock.now()])
  const text = (picos: string): string => formatDecimal({ coefficient: BigInt(picos), scale: 12 })
  return rows.map((row) => ({ budget: row.budget, period: row.period, cap: text(row.cap_picos), posted: text(row.posted), reason: row.cap_reason }))
}

/** Lifts the caps of a budget; a note of who and why becomes an event. Answers how many periods had one. */
export async function liftCap(store: Store, clock: Clock, budget: string, by: string, reason: string): Promise<number> {
  return store.transaction('admin', async (sql) => {
    const rows = await sql<{ period: string }>('UPDATE budget_period SET cap_picos = NULL, cap_reason = NULL WHERE budget = $1 AND cap_picos IS NOT NULL RETURNING period', [budget])
    for (const { period } of rows) await raiseEvent(sql, clock, 'spend-cap-lifted', `budget/${budget}`, `${period} ${isoTime(clock.now())}`, { period, by, reason })
    return rows.length
  })
}
