/**
 * The outlook: one document of dated, traceable figures over the books (P1). Each section stands for itself and says what
 * is missing where the data does not carry it; nothing is guessed to fill a page.
 */
import type { Snapshot } from '../gateway/snapshot.ts'
import { type Clock, isoTime } from '../kernel/clock.ts'
import { add, compare, type Decimal, formatDecimal, zero } from '../kernel/decimal.ts'
import { seededRandom } from '../kernel/random.ts'
import { addDays, addMonths, dayOf, monthOf, monthPeriod } from '../ledger/contracts/calendar.ts'
import type { PriceBook } from '../ledger/price.ts'
import type { Store } from '../store/store.ts'
import { type Ending, endings } from './calendar.ts'
import { businessOf } from './commitments.ts'
import { earlySigns, type Signs } from './early-signs.ts'
import { type Figure, type Known, missing, type Source } from './figure.ts'
import { type Actual, compareWithGuidance, type Compared, type Guidance } from './guidance.ts'
import { guidanceOdds } from './guidance-odds.ts'
import { liveMix } from './live-mix.ts'
import { type MakeOrBuyAdvice, makeOrBuyAdvice } from './make-or-buy-advice.ts'
import { recordsOf } from './plan-records.ts'
import { percentText } from './ratio.ts'
import { assetMonths, callsByDay, contractsOf, keyUse, pilotsOf, statementsOf, usageByMonth, usageSpan } from './read-books.ts'
import { type Advice, reservationAdvice } from './reservation-advice.ts'
import { type Base, bases, concentrationSection, type ConcentrationSection, type MonthRevenue, retentionSection, revenueOf, runRateSection } from './revenue.ts'
import type { Scenario } from './scenario.ts'
import { capacityOf, type Supply, suppliesOf } from './supply.ts'
import { type WhatIfSection, whatIfSection } from './what-if-section.ts'

export interface OutlookPorts {
  readonly store: Store
  readonly clock: Clock
  readonly snapshot: () => Snapshot | undefined
  readonly sheet: PriceBook['sheet']
}

export interface OutlookAsk {
  /** `2026-11`; left out: the last month that has usage. */
  readonly month?: string
  readonly base?: Base
  readonly currency?: string
  readonly scenario?: Scenario
  /** Models to advise on; left out: the five dearest. */
  readonly models?: readonly string[]
}

export interface GuidanceLine {
  readonly id: string
  readonly guidance: Guidance
  readonly actual: { readonly id: string; readonly actual: Actual; readonly compared: Compared } | undefined
  /** Before the actual is known for good: how likely it falls below, inside or above. */
  readonly odds: Known<{ readonly figures: readonly Figure[] }> | undefined
}

export interface MixLine {
  readonly period: string
  readonly tokens: string
  readonly shares: readonly { readonly capacity: string; readonly tokens: string; readonly amount: string; readonly share: string | undefined }[]
}

export interface Outlook {
  readonly made: string
  readonly month: string
  readonly currency: string
  readonly base: string
  readonly concentration: Known<ConcentrationSection>
  readonly runRate: Known<{ readonly figures: readonly Figure[] }>
  readonly retention: Known<{ readonly figures: readonly Figure[] }>
  readonly whatIf: Known<WhatIfSection> | undefined
  readonly earlySigns: Signs
  readonly guidance: readonly GuidanceLine[]
  readonly reservations: readonly (Known<{ readonly advice: readonly Advice[] }> & { readonly model: string })[]
  readonly makeOrBuy: readonly (Known<{ readonly advice: MakeOrBuyAdvice }> & { readonly model: string })[]
  readonly mix: { readonly base: string; readonly inputs: readonly Source[]; readonly months: readonly MixLine[] }
  readonly calendar: readonly Ending[]
  readonly leftOut: readonly string[]
}

const windowDays = 28
const modelsAdvised = 5

/** Everything about one month, or what is missing for there to be anything. */
export async function outlook(ports: OutlookPorts, ask: OutlookAsk = {}): Promise<Known<{ readonly outlook: Outlook }>> {
  const { store, clock } = ports
  const now = clock.now()
  const today = dayOf(now)
  const span = await usageSpan(store)
  const month = ask.month ?? (span === undefined ? undefined : monthOf(span.last))
  if (month === undefined) return missing('the books hold no usage yet: make calls, or name a month that has invoices with --month')
  const found = await revenueOf(store, month, ask.base, ask.currency)
  if (found.status === 'missing') return found
  const { revenue } = found
  const supplies = suppliesOf(ports.snapshot())
  const until = dayAfter(month, today)
  const contracts = await contractsOf(store)
  const advised = { store, supplies, from: addDays(until, -windowDays), until }
  const models = ask.models ?? dearest(revenue, supplies)
  return {
    status: 'known',
    outlook: {
      made: isoTime(now), month, currency: revenue.currency, base: bases[revenue.base],
      concentration: concentrationSection(revenue),
      runRate: await runRateSection(store, revenue, today),
      retention: await retentionSection(store, revenue),
      whatIf: ask.scenario === undefined ? undefined
        : whatIfSection(businessOf(revenue, { contracts, statements: await statementsOf(store, month), assets: await assetMonths(store, month, month, revenue.currency), inHouse: (deployment) => capacityOf(supplies)(deployment) === 'in-house' }), ask.scenario, revenue, monthPeriod(month).until <= today),
      earlySigns: earlySigns({
        until, calls: await callsByDay(store, addDays(until, -2 * windowDays), until, ownDeployments(supplies)), pilots: await pilotsOf(store),
        contracts: contracts.filter(({ contract }) => contract.side === 'customer').flatMap(({ contract, version }) => (contract.term.until === undefined ? [] : [{ customer: contract.party, contract: contract.id, version, until: contract.term.until }])),
      }),
      guidance: await guidanceLines(store, today),
      reservations: await each(models, (model) => reservationAdvice({ ...advised, model, sheet: ports.sheet, now, random: seededRandom(1) })),
      makeOrBuy: await makeOrBuyOf(advised, models, revenue.currency, today),
      mix: await mixOf(store, month, revenue.currency, supplies),
      calendar: await calendarOf(store, contracts, until, today),
      leftOut: revenue.leftOut,
    },
  }
}

/** Day after the last one that is looked at: the end of the month, or today where it is not over. */
const dayAfter = (month: string, today: string): string => { const { until } = monthPeriod(month); return today < until ? addDays(today, 1) : until }

const ownDeployments = (supplies: readonly Supply[]): readonly string[] => supplies.filter((each) => each.capacity === 'in-house').map((each) => each.deployment)

function dearest(revenue: MonthRevenue, supplies: readonly Supply[]): readonly string[] {
  const sums = new Map<string, Decimal>()
  for (const row of revenue.usage) sums.set(row.model, add(sums.get(row.model) ?? zero, row.amount))
  const bought = new Set(supplies.filter((each) => each.capacity !== 'in-house').map((each) => each.model))
  return [...sums].filter(([model]) => bought.has(model)).toSorted(([, a], [, b]) => compare(b, a)).slice(0, modelsAdvised).map(([model]) => model)
}

async function each<T>(models: readonly string[], ask: (model: string) => Promise<Known<T>>): Promise<readonly (Known<T> & { readonly model: string })[]> {
  const answers: (Known<T> & { readonly model: string })[] = []
  for (const model of models) answers.push({ ...await ask(model), model })
  return answers
}

async function makeOrBuyOf(advised: { readonly store: Store; readonly supplies: readonly Supply[]; readonly from: string; readonly until: string }, models: readonly string[], currency: string, today: string): Promise<Outlook['makeOrBuy']> {
  const assumptions = await recordsOf(advised.store, 'assumption', { standingOn: today })
  const month = monthOf(addDays(advised.until, -1))
  const assets = await assetMonths(advised.store, monthOf(addMonths(`${month}-01`, -5)), month, currency)
  return each(models, (model) => makeOrBuyAdvice({ ...advised, model, assumptions, assets, currency }))
}

/** The standing guidance with the latest actual of its quarter beside it; an actual of another base stands beside nothing. */
async function guidanceLines(store: Store, today: string): Promise<readonly GuidanceLine[]> {
  const [given, actuals] = [await recordsOf(store, 'guidance', { standingOn: today }), await recordsOf(store, 'actual', { standingOn: today })]
  return given.map(({ id, body }) => {
    const actual = actuals.find((one) => compareWithGuidance(body, one.body).status === 'compared')
    const compared = actual === undefined ? undefined : compareWithGuidance(body, actual.body)
    return {
      id, guidance: body,
      actual: actual === undefined || compared === undefined ? undefined : { id: actual.id, actual: actual.body, compared },
      odds: compared?.status !== 'compared' || compared.finality.status === 'preliminary' ? guidanceOdds(body, actuals.map((one) => ({ id: one.id, actual: one.body }))) : undefined,
    }
  })
}

async function mixOf(store: Store, month: string, currency: string, supplies: readonly Supply[]): Promise<Outlook['mix']> {
  const { until } = monthPeriod(month)
  const from = addMonths(until, -12)
  const kind = capacityOf(supplies)
  const used = await usageByMonth(store, from, until, currency)
  const rows = used.map((row) => ({ period: row.month, capacity: kind(row.deployment), tokens: row.tokens, amount: row.amount }))
  const prices = [...new Set(used.map((row) => row.priceRow))].toSorted()
  return {
    base: `input and output tokens; amounts at list or stated internal price, ${currency}; what a deployment is, as declared today`,
    inputs: [{ kind: 'usage-day', id: `usage_day ${from}..${until} currency=${currency}`, date: from }, ...prices.map((id): Source => ({ kind: 'price', id, date: from }))],
    months: liveMix(rows).map(({ period, tokens, shares }) => ({
      period, tokens: formatDecimal(tokens),
      shares: shares.map((each) => ({ capacity: each.capacity, tokens: formatDecimal(each.tokens), amount: formatDecimal(each.amount), share: each.share === undefined ? undefined : percentText(each.share) })),
    })),
  }
}

async function calendarOf(store: Store, contracts: Awaited<ReturnType<typeof contractsOf>>, until: string, today: string): Promise<readonly Ending[]> {
  const retirements = (await recordsOf(store, 'retirement', { standingOn: today })).map(({ id, body }) => ({ ...body, id }))
  return endings({ today, contracts, retirements, keys: await keyUse(store, addDays(until, -windowDays), until) })
}

