/**
 * Signs that a customer is going, each with the rows behind it: a falling share of calls, a growing share on deployments
 * of its own, pilots that ended, projects that fell silent, a contract that ends soon. Signs, not verdicts: each has plain other causes.
 */
import { addDays, daysBetween } from '../ledger/contracts/calendar.ts'
import { meanDifference, type Difference } from './intervals.ts'
import type { Source } from './figure.ts'

/** Calls of one customer's project on one day. */
export interface DayOfCalls {
  readonly day: string
  readonly customer: string
  readonly project: string
  /** Registered purpose of the calls. */
  readonly purpose?: string | undefined
  readonly calls: number
  /** Of these, on in-house deployments. */
  readonly ownCalls: number
}

/** A registered purpose of the phase "evaluation". */
export interface Pilot {
  readonly purpose: string
  readonly customer: string
  /** Version of its record. */
  readonly version: number
  /** First day on which it no longer holds. */
  readonly expires: string
}

export interface ContractEnd {
  readonly customer: string
  readonly contract: string
  readonly version: number
  readonly until: string
}

export interface Sign {
  readonly customer: string
  readonly sign: 'falling share of calls' | 'growing share on own deployments' | 'pilot ended' | 'project fell silent' | 'contract ends'
  readonly says: string
  /** The pilot or project that ended, the contract that ends; undefined: the customer as a whole. */
  readonly about: string | undefined
  /** Percentage points between the two windows, where the sign is a difference. */
  readonly points: Difference | undefined
  readonly inputs: readonly Source[]
}

interface Window { readonly from: string; readonly until: string }

export interface Signs {
  readonly signs: readonly Sign[]
  /** What could not be looked at, and why. */
  readonly missing: readonly string[]
  readonly windows: { readonly earlier: Window; readonly later: Window }
}

export interface SignsInput {
  /** Day after the last that is looked at. */
  readonly until: string
  readonly calls: readonly DayOfCalls[]
  readonly contracts: readonly ContractEnd[]
  readonly pilots?: readonly Pilot[]
  readonly windowDays?: number
  readonly contractDays?: number
}

/** Days that a window must have with calls of anybody, of 28. */
const daysNeeded = 14
/** A share that fell or grew by less than this part of itself is not worth a person's time. */
const leastChange = 0.1

type Rows = readonly DayOfCalls[]
const sumBy = (rows: Rows, of: (row: DayOfCalls) => number): number => rows.reduce((total, row) => total + of(row), 0)

export function earlySigns({ until, calls, contracts, pilots = [], windowDays = 28, contractDays = 180 }: SignsInput): Signs {
  const middle = addDays(until, -windowDays)
  const first = addDays(middle, -windowDays)
  const inside = (from: string, to: string): Rows => calls.filter((row) => row.day >= from && row.day < to)
  const [before, after] = [inside(first, middle), inside(middle, until)]
  const days = (rows: Rows): readonly string[] => [...new Set(rows.map((row) => row.day))].toSorted()
  const windows = { earlier: { from: first, until: middle }, later: { from: middle, until } }
  const missing: string[] = []
  const signs: Sign[] = []
  for (const [label, rows] of [['earlier', before], ['later', after]] as const) {
    if (days(rows).length >= daysNeeded) continue
    missing.push(`shares of calls: the ${label} window of ${windowDays} days has calls on ${days(rows).length} days, ${daysNeeded} are needed`)
  }
  if (missing.length === 0) signs.push(...shareSigns(before, after, windows))
  signs.push(...pilotSigns(pilots, before, after, windows))
  signs.push(...contractSigns(addDays(until, -1), contracts, contractDays))
  return { signs, missing, windows }
}

const rowsKey = (customer: string, { from, until }: Window): Source =>
  ({ kind: 'usage-minute', id: `usage_minute ${from}..${until} organization=${customer}`, date: from })

function shareSigns(before: Rows, after: Rows, windows: Signs['windows']): readonly Sign[] {
  const signs: Sign[] = []
  const customers = [...new Set([...before, ...after].map((row) => row.customer))].toSorted()
  for (const customer of customers) {
    const inputs = [rowsKey(customer, windows.earlier), rowsKey(customer, windows.later)]
    const own = (rows: Rows): Rows => rows.filter((row) => row.customer === customer)
    if (customers.length > 1) {
      const fall = change(before, after, (rows) => sumBy(own(rows), (row) => row.calls), (rows) => sumBy(rows, (row) => row.calls))
      if (fall !== undefined && fall.points.high < 0 && -fall.points.estimate > leastChange * fall.level) {
        signs.push({ customer, sign: 'falling share of calls', about: undefined, points: fall.points, inputs,
          says: `its share of calls fell by ${(-fall.points.estimate).toFixed(1)} points from ${fall.level.toFixed(1)} %` })
      }
    }
    const growth = change(own(before), own(after), (rows) => sumBy(rows, (row) => row.ownCalls), (rows) => sumBy(rows, (row) => row.calls))
    if (growth !== undefined && growth.points.low > 0 && growth.points.estimate > leastChange * Math.max(growth.level, 1)) {
      signs.push({ customer, sign: 'growing share on own deployments', about: undefined, points: growth.points, inputs,
        says: `its share of calls on in-house deployments grew by ${growth.points.estimate.toFixed(1)} points to ${(growth.level + growth.points.estimate).toFixed(1)} %` })
    }
    const still = new Set(own(after).map((row) => row.project))
    for (const project of new Set(own(before).map((row) => row.project))) {
      if (still.has(project)) continue
      const rows = own(before).filter((row) => row.project === project)
      const last = rows.map((row) => row.day).toSorted().at(-1) ?? windows.earlier.from
      signs.push({ customer, sign: 'project fell silent', about: project, points: undefined,
        inputs: [{ kind: 'usage-minute', id: `usage_minute organization=${customer} project=${project}`, date: last }],
        says: `project ${project} made ${sumBy(rows, (row) => row.calls)} calls in the earlier window, the last on ${last}, and none since` })
    }
  }
  return signs
}

/** Daily shares in percent before and after: their difference, and the level before. */
function change(before: Rows, after: Rows, part: (rows: Rows) => number, whole: (rows: Rows) => number): { readonly points: Difference; readonly level: number } | undefined {
  const daily = (rows: Rows): readonly number[] =>
    [...Map.groupBy(rows, (row) => row.day).values()].flatMap((each) => (whole(each) === 0 ? [] : [(100 * part(each)) / whole(each)]))
  const [first, second] = [daily(before), daily(after)]
  const points = meanDifference(first, second)
  return points === undefined ? undefined : { points, level: first.reduce((a, b) => a + b, 0) / first.length }
}

/** Pilots that made calls and then ended: their purpose expired, or calls were made by others only (so the gap is not ours). */
function pilotSigns(pilots: readonly Pilot[], before: Rows, after: Rows, { earlier, later }: Signs['windows']): readonly Sign[] {
  return pilots.flatMap(({ purpose, customer, version, expires }): readonly Sign[] => {
    const of = (rows: Rows): Rows => rows.filter((row) => row.customer === customer && row.purpose === purpose)
    const made = [...of(before), ...of(after)]
    const expired = expires >= earlier.from && expires < later.until
    const silent = of(after).length === 0 && after.length > 0
    if (made.length === 0 || !(expired || silent)) return []
    const last = made.map((row) => row.day).toSorted().at(-1) ?? earlier.from
    return [{
      customer, sign: 'pilot ended', about: purpose, points: undefined,
      says: `pilot ${purpose} made ${sumBy(made, (row) => row.calls)} calls since ${earlier.from}, the last on ${last}; ${expired ? `its purpose expired on ${expires}` : 'its purpose still holds'}`,
      inputs: [{ kind: 'usage-minute', id: `usage_minute organization=${customer} purpose=${purpose}`, date: last }, { kind: 'purpose', id: `${purpose} version ${version}`, date: expires }],
    }]
  })
}

function contractSigns(today: string, contracts: readonly ContractEnd[], withinDays: number): readonly Sign[] {
  return contracts
    .map((item) => ({ ...item, days: daysBetween(today, item.until) }))
    .filter(({ days }) => days <= withinDays && days > -withinDays)
    .map(({ customer, contract, version, until, days }) => ({
      customer, sign: 'contract ends' as const, about: contract, points: undefined, inputs: [{ kind: 'contract' as const, id: `${contract} version ${version}`, date: until }],
      says: days > 0 ? `contract ${contract} ends on ${until}, in ${days} days` : `contract ${contract} ended on ${until}, ${-days} days ago`,
    }))
}
