/**
 * A month's revenue by customer on one base and one currency: what was invoiced before tax, where every customer with
 * usage has its invoice, else usage at list price. Which of the two it is stands on every figure made from it.
 */
import { type Decimal, add, compare, formatDecimal, isZero, sum, zero } from '../kernel/decimal.ts'
import { addDays, addMonths, daysBetween, monthOf, monthPeriod } from '../ledger/contracts/calendar.ts'
import type { Store } from '../store/store.ts'
import { above, concentration, type Concentration, type Part, pointsOf, retention, topShare, without } from './concentration.ts'
import { exactly, type Figure, type Known, missing, type Source } from './figure.ts'
import { compareRatios, fixedText, greater, lesser, over, percentText, type Ratio, times, toRatio } from './ratio.ts'
import { amountByDay, bookedIn, invoicedIn, pricesOf, type UsageSum, usageIn } from './read-books.ts'

export const bases = { invoiced: 'invoiced, net of tax', usage: 'usage at list price' } as const
export type Base = keyof typeof bases

export interface MonthRevenue {
  readonly month: string
  readonly base: Base
  readonly currency: string
  readonly parts: readonly Part[]
  readonly total: Decimal
  /** Rows by customer. */
  readonly inputs: ReadonlyMap<string, readonly Source[]>
  /** Price rows of the month's usage, whatever the base: what suppliers are owed at list price rests on them too. */
  readonly prices: readonly Source[]
  readonly checked: string
  /** Amounts in other currencies, left out. */
  readonly leftOut: readonly string[]
  readonly usage: readonly UsageSum[]
}

const mostUsed = (rows: readonly { readonly currency: string }[]): string | undefined =>
  [...Map.groupBy(rows, (row) => row.currency)].toSorted(([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1))[0]?.[0]

const grouped = (rows: readonly { readonly organization: string; readonly amount: Decimal }[]): readonly Part[] =>
  [...Map.groupBy(rows, (row) => row.organization)].map(([name, own]) => ({ name, amount: sum(own.map((row) => row.amount)) }))

/** The month's revenue. `wanted`: the base to use; left out: invoices where they are complete. */
export async function revenueOf(store: Store, month: string, wanted?: Base, currencyWanted?: string): Promise<Known<{ readonly revenue: MonthRevenue }>> {
  const { from, until } = monthPeriod(month)
  const [usage, invoiced] = [await usageIn(store, from, until), await invoicedIn(store, month)]
  const currency = currencyWanted ?? mostUsed([...usage, ...invoiced])
  if (currency === undefined) return missing(`revenue of ${month}: the books hold no usage and no invoice of that month; name another with --month`)
  const used = usage.filter((row) => row.currency === currency)
  const billed = invoiced.filter((row) => row.currency === currency)
  const unbilled = [...new Set(used.filter((row) => !isZero(row.amount)).map((row) => row.organization))].filter((organization) => !billed.some((row) => row.organization === organization))
  const base: Base = wanted ?? (billed.length > 0 && unbilled.length === 0 ? 'invoiced' : 'usage')
  if (base === 'invoiced' && billed.length === 0) return missing(`invoiced revenue of ${month}: no invoice is issued; run weir invoices run --month ${month}, or use --base usage`)
  const parts = base === 'invoiced' ? grouped(billed.map((row) => ({ ...row, amount: row.net }))) : grouped(used)
  if (parts.length === 0) return missing(`revenue of ${month}: nothing in ${currency} on the base ${bases[base]}`)
  const inputs = new Map(parts.map(({ name }) => [name, base === 'invoiced'
    ? billed.filter((row) => row.organization === name).map((row): Source => ({ kind: 'invoice', id: row.number, date: month, says: `${formatDecimal(row.net)} ${row.currency}` }))
    : [{ kind: 'usage-day' as const, id: `usage_day ${from}..${until} organization=${name} currency=${currency}`, date: month }]]))
  const prices = await priceSources(store, from, until, currency)
  const checked = await checkOf(store, base, month, currency, used, unbilled)
  const others = [...new Set([...usage, ...invoiced].map((row) => row.currency))].filter((other) => other !== currency)
  const total = sum(parts.map((part) => part.amount))
  return { status: 'known', revenue: { month, base, currency, parts, total, inputs, prices, checked, usage: used, leftOut: others.map((other) => `${other} amounts of ${month} are left out: figures of two currencies are not added`) } }
}

/** Price rows of a span's usage in one currency; quantity times unit price, added up, is the usage at list price. */
async function priceSources(store: Store, from: string, until: string, currency: string): Promise<readonly Source[]> {
  return (await pricesOf(store, from, until, currency)).map((row) => ({
    kind: 'price', id: row.priceRow, date: from.slice(0, 7), says: `${row.model}, ${row.meter}: ${formatDecimal(row.quantity)} at ${formatDecimal(row.unitPrice)} ${currency}`,
  }))
}

/** Rows behind the month's revenue: of usage its price rows too; an invoice's lines name their own. */
const rowsOf = ({ base, inputs, prices }: MonthRevenue): readonly Source[] => [...[...inputs.values()].flat(), ...(base === 'invoiced' ? [] : prices)]

async function checkOf(store: Store, base: Base, month: string, currency: string, used: readonly UsageSum[], unbilled: readonly string[]): Promise<string> {
  const { from, until } = monthPeriod(month)
  const rolled = sum(used.map((row) => row.amount))
  if (base === 'invoiced') {
    return unbilled.length === 0 ? `every customer with usage has an issued invoice; usage at list price, another base, is ${formatDecimal(rolled)} ${currency}`
      : `incomplete: no invoice for ${unbilled.slice(0, 5).join(', ')}${unbilled.length > 5 ? ` and ${unbilled.length - 5} more` : ''}`
  }
  const booked = await bookedIn(store, from, until, currency)
  return compare(booked, rolled) === 0 ? `equals the usage transactions of the books, ${formatDecimal(booked)} ${currency}`
    : `DIFFERS from the usage transactions of the books: ${formatDecimal(booked)} ${currency} there, ${formatDecimal(rolled)} here; run weir ledger check`
}

export interface CustomerShare {
  readonly customer: string
  readonly amount: string
  readonly share: string
  readonly points: string
  /** 10 % of revenue or more. */
  readonly large: boolean
  readonly inputs: readonly Source[]
}

export interface ConcentrationSection {
  readonly figures: readonly Figure[]
  readonly customers: readonly CustomerShare[]
  readonly flags: readonly string[]
}

const largeShare = toRatio('0.1')
const highIndex = toRatio(1_800)

export function concentrationSection(revenue: MonthRevenue): Known<ConcentrationSection> {
  const found = concentration(revenue.parts)
  if (found === undefined) return missing(`concentration of ${revenue.month}: revenue is nothing, or a customer's is negative, so there are no shares`)
  const base = `${revenue.currency}, ${bases[revenue.base]}, ${revenue.month}`
  const inputs = rowsOf(revenue)
  const figure = (name: string, value: string, unit: string): Figure => exactly({ name, value, unit, base, inputs, checked: revenue.checked })
  const largest = found.shares[0]
  const left = largest === undefined ? undefined : without(revenue.parts, largest.name)
  return {
    status: 'known',
    figures: [
      figure('revenue', formatDecimal(found.total), revenue.currency),
      figure('Herfindahl-Hirschman index', fixedText(found.index, 1), 'points'),
      figure('effective number of customers', fixedText(found.effectiveNumber, 2), 'customers'),
      ...[1, 5].filter((count) => count <= found.shares.length).map((count) => figure(`share of the ${count} largest`, percentText(topShare(found, count)), '%')),
      ...(largest === undefined || left === undefined ? [] : [figure(`revenue without ${largest.name}`, formatDecimal(left.left), revenue.currency), ...(left.rest === undefined ? [] : [figure(`index without ${largest.name}`, fixedText(left.rest.index, 1), 'points')])]),
    ],
    customers: found.shares.map(({ name, amount, share }) => ({
      customer: name, amount: formatDecimal(amount), share: percentText(share), points: fixedText(pointsOf(share), 1), large: compareRatios(share, largeShare) >= 0, inputs: revenue.inputs.get(name) ?? [],
    })),
    flags: flagsOf(found),
  }
}

const flagsOf = (found: Concentration): readonly string[] => [
  ...above(found, largeShare).map(({ name, share }) => `${name} is ${percentText(share, 1)} % of revenue (10 % and more is named; our threshold, no rule)`),
  ...(compareRatios(found.index, highIndex) > 0 ? [`the index is ${fixedText(found.index, 0)}, above 1,800 (our threshold, no rule)`] : []),
]

/** Same month a year before against this one, of one base and currency. */
export async function retentionSection(store: Store, revenue: MonthRevenue): Promise<Known<{ readonly figures: readonly Figure[] }>> {
  const then = monthOf(addMonths(`${revenue.month}-01`, -12))
  const before = await revenueOf(store, then, revenue.base, revenue.currency)
  if (before.status === 'missing') return missing(`retention: nothing to compare ${revenue.month} with, since ${then} has no ${bases[revenue.base]} in ${revenue.currency}`)
  const kept = retention(before.revenue.parts, revenue.parts)
  if (kept === undefined) return missing(`retention: revenue of ${then} is nothing`)
  const base = `${revenue.currency}, ${bases[revenue.base]}, ${revenue.month} against ${then}`
  const inputs = [...rowsOf(before.revenue), ...rowsOf(revenue)]
  const figure = (name: string, value: Ratio): Figure => exactly({ name, value: percentText(value), unit: '%', base, inputs, checked: `${then}: ${before.revenue.checked}; ${revenue.month}: ${revenue.checked}` })
  return { status: 'known', figures: [figure('net revenue retention', kept.net), figure('gross revenue retention', kept.gross)] }
}

/** What a year is worth at today's pace; the interval is the range of the whole weeks in it, annualised the same way. */
export async function runRateSection(store: Store, revenue: MonthRevenue, today: string): Promise<Known<{ readonly figures: readonly Figure[] }>> {
  const { from, until } = monthPeriod(revenue.month)
  const over28 = today < until ? today : until
  const start = addDays(over28, -28)
  const days = await amountByDay(store, start, over28, revenue.currency)
  const weeks = [0, 7, 14, 21].map((offset) => sum(Array.from({ length: 7 }, (_, index) => days.get(addDays(start, offset + index)) ?? zero)))
  const rates = weeks.map((week) => times(toRatio(week), over(toRatio(365), toRatio(7))))
  const [low, high] = [rates.reduce(lesser), rates.reduce(greater)]
  const saysOnly = 'it says how steady the pace was, not what will come'
  const meaning = `lowest and highest of the last four whole weeks at list price, as a year; ${saysOnly}`
  const inputs: readonly Source[] = [{ kind: 'usage-day', id: `usage_day ${start}..${over28} currency=${revenue.currency}`, date: start }, ...await priceSources(store, start, over28, revenue.currency)]
  const figures: Figure[] = []
  if (days.size >= 14) {
    const total = [...days.values()].reduce(add, zero)
    figures.push({ name: 'run-rate, 28 days', value: fixedText(times(toRatio(total), over(toRatio(365), toRatio(28))), 2), unit: `${revenue.currency} a year`, base: `${bases.usage}, ${start} to ${addDays(over28, -1)}`, interval: { low: fixedText(low, 2), high: fixedText(high, 2), meaning }, inputs, checked: revenue.base === 'usage' ? revenue.checked : 'usage at list price, another base than invoices' })
  }
  if (until <= today) {
    const sameBase = revenue.base === 'usage' && days.size >= 14
    const asYear = times(toRatio(revenue.total), toRatio(12))
    const value = fixedText(asYear, 2)
    // The weeks as months of its length: a year of twelve such months is not 365 days. Days before the weeks may lie beyond them.
    const [lowest, highest] = [low, high].map((rate) => times(rate, over(toRatio(12 * daysBetween(from, until)), toRatio(365)))) as [Ratio, Ratio]
    figures.push({ name: 'run-rate, month times twelve', value, unit: `${revenue.currency} a year`, base: `${bases[revenue.base]}, ${revenue.month}`, inputs: rowsOf(revenue), checked: revenue.checked,
      interval: sameBase ? { low: fixedText(lesser(lowest, asYear), 2), high: fixedText(greater(highest, asYear), 2), meaning: `lowest and highest of the month itself and of its last four whole weeks at list price, as twelve months of its length; ${saysOnly}` }
        : { low: value, high: value, meaning: 'exact as twelve times the month; how steady invoices are cannot be told from one month' } })
  }
  if (figures.length > 0) return { status: 'known', figures }
  return missing(`run-rate: ${revenue.month} is not over and only ${days.size} of the 28 days before ${over28} have usage, 14 are needed`, ...(daysBetween(from, over28) < 28 ? [`the month began on ${from}`] : []))
}
