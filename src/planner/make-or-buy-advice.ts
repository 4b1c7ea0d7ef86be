/** From which volume a model of one's own would cost less, from prices in the books and assumptions that somebody owns; or what is missing. */
import { formatDecimal, sum } from '../kernel/decimal.ts'
import type { Store } from '../store/store.ts'
import { type Figure, type Known, missing, type Source } from './figure.ts'
import { type BreakEven, type Input, type InputName, makeOrBuy, type MakeOrBuy } from './make-or-buy.ts'
import { assumptionFault, type AssumptionName, assumptionNames, type PlanRecord } from './plan-records.ts'
import { compareRatios, fixedText, greater, lesser, over, type Ratio, rounded, times, toRatio } from './ratio.ts'
import { type AssetMonthRow, daysUsed, priceRowsOf, weeklyBlend } from './read-books.ts'
import { hoursPerMonth, minutesPerMonth } from './sizing.ts'
import { deploymentsOf, type Supply } from './supply.ts'

export interface MakeOrBuyAdvice {
  readonly model: string
  readonly figures: readonly Figure[]
  readonly inputs: readonly { readonly name: InputName; readonly low: string; readonly high: string; readonly unit: string; readonly source: Source }[]
  /** What moves the answer most, the first most. */
  readonly decides: readonly string[]
  /** Today's volume against break-even: past it at every end of the inputs, at the better end only, at none. */
  readonly verdict: 'above' | 'inside' | 'below'
  readonly says: string
}

export interface MakeOrBuyQuestion {
  readonly store: Store
  readonly model: string
  readonly supplies: readonly Supply[]
  readonly assumptions: readonly PlanRecord<'assumption'>[]
  /** Posted months of assets of one's own: they stand in for assumptions about cost and use of an accelerator. */
  readonly assets: readonly AssetMonthRow[]
  readonly currency: string
  readonly from: string
  readonly until: string
}

const million = toRatio(1_000_000)
/** A week: a month's volume drawn from less would be a guess. */
const daysNeeded = 7
const secondsPerMonth = times(minutesPerMonth, toRatio(60))
const daysPerMonth = over(toRatio(hoursPerMonth), toRatio(24))
const needed = Object.keys(assumptionNames) as AssumptionName[]

/** An assumption about the model beats one about all. */
const assumed = (assumptions: MakeOrBuyQuestion['assumptions'], name: AssumptionName, model: string): PlanRecord<'assumption'> | undefined =>
  assumptions.findLast((each) => each.body.name === name && each.body.model === model) ?? assumptions.findLast((each) => each.body.name === name && each.body.model === undefined)

const sourceOf = ({ id, body }: PlanRecord<'assumption'>): Source => ({ kind: 'assumption', id, date: body.given, says: `${body.name} ${body.low} to ${body.high}${body.currency === undefined ? '' : ` ${body.currency}`} [${body.source}; ${body.owner}]` })

export async function makeOrBuyAdvice(question: MakeOrBuyQuestion): Promise<Known<{ readonly advice: MakeOrBuyAdvice }>> {
  const { model, assumptions, currency } = question
  const found = new Map(needed.flatMap((name) => { const each = assumed(assumptions, name, model); return each === undefined ? [] : [[name, each] as const] }))
  const owned = ownedInputs(question.assets, currency)
  const lacking = needed.filter((name) => !found.has(name) && owned.get(name) === undefined)
  const faults = [...found.values()].flatMap((each) => { const says = assumptionFault(each.body); return says === undefined ? [] : [`${says}: record it again (${each.id})`] })
  const foreign = [...found.values()].filter((each) => each.body.currency !== undefined && each.body.currency !== currency)
  const { days, first } = await daysUsed(question.store, model, deploymentsOf(question.supplies, model, ['pay-as-you-go', 'provisioned']), currency, question.from, question.until)
  const price = days < daysNeeded ? undefined : await boughtPrice(question, first ?? question.from)
  const says = [
    ...lacking.map((name) => `${name} (${assumptionNames[name]}): weir outlook assume ${name} --low … --high … --source … --owner …`),
    ...foreign.map((each) => `${each.body.name} is in ${each.body.currency ?? ''}, prices are in ${currency}`),
    ...faults,
    ...(price === undefined ? [`price and volume of ${model}: bought on ${days} days between ${question.from} and ${question.until}, ${days < daysNeeded ? `${daysNeeded} are needed` : 'and not one token on any of them'}`] : []),
  ]
  if (price === undefined || says.length > 0) return missing(...says.map((line) => `make or buy for ${model}: ${line}`))
  const take = (name: AssumptionName, unit: string, scale: (value: Ratio) => Ratio = (value) => value): Input => {
    const each = found.get(name)
    if (each === undefined) return owned.get(name) as Input
    return { low: scale(toRatio(each.body.low)), high: scale(toRatio(each.body.high)), unit, source: sourceOf(each) }
  }
  const inputs: MakeOrBuy = {
    price: price.input,
    variableCost: take('variable-cost-per-million', `${currency} a token`, (value) => over(value, million)),
    build: take('build', currency), amortisationMonths: take('amortisation-months', 'months'), operations: take('operations-month', `${currency} a month`),
    unitMonth: take('unit-month', `${currency} a month`), unitTokens: take('unit-tokens-per-second', 'tokens a month', (value) => times(value, secondsPerMonth)), utilisation: take('utilisation', 'share of the time'),
  }
  return { status: 'known', advice: answer(question, inputs, price) }
}

/** What the months of one's own assets say: an accelerator's month of 730 hours, and the share of its hours that was used. */
function ownedInputs(assets: readonly AssetMonthRow[], currency: string): ReadonlyMap<AssumptionName, Input> {
  const inputs = new Map<AssumptionName, Input>()
  const [first] = assets
  const source: Source = { kind: 'asset-month', id: assets.map((row) => `${row.asset} ${row.month}`).join(', '), date: first?.month ?? '' }
  const range = (values: readonly Ratio[], unit: string): Input => ({ low: values.reduce(lesser), high: values.reduce(greater), unit, source })
  const costs = assets.flatMap((row) => (row.perGpuHour === undefined ? [] : [times(toRatio(row.perGpuHour), toRatio(hoursPerMonth))]))
  const used = assets.filter((row) => row.hours.coefficient > 0n).map((row) => over(toRatio(sum(row.shares.filter((share) => share.use !== 'idle').map((share) => share.hours))), toRatio(row.hours)))
  if (costs.length > 0) inputs.set('unit-month', range(costs, `${currency} a month`))
  if (used.length > 0) inputs.set('utilisation', range(used, 'share of the time'))
  return inputs
}

interface BoughtPrice {
  readonly input: Input
  /** Tokens a month at the pace since the window's first day with usage. */
  readonly volume: Ratio
  readonly rows: readonly Source[]
}

/** Blended price of a bought token: the mean of the window, between its cheapest and its dearest week. */
async function boughtPrice({ store, model, supplies, currency, from, until }: MakeOrBuyQuestion, first: string): Promise<BoughtPrice | undefined> {
  const deployments = deploymentsOf(supplies, model, ['pay-as-you-go', 'provisioned'])
  const weeks = await weeklyBlend(store, model, deployments, currency, from, until)
  if (weeks.length === 0) return undefined
  const prices = weeks.map((week) => over(toRatio(week.amount), toRatio(week.tokens)))
  const rows = (await priceRowsOf(store, model, deployments, currency, from, until)).map((row): Source => ({ kind: 'price', id: row.priceRow, date: from, says: `${row.meter} at ${formatDecimal(row.unitPrice)} ${currency}, ${formatDecimal(row.quantity)} units` }))
  const tokens = sum(weeks.map((week) => week.tokens))
  // Before its first day in the window a model was not bought yet: that says nothing of its pace.
  const days = Math.max(1, (Date.parse(until) - Date.parse(first)) / 86_400_000)
  return {
    input: { low: prices.reduce(lesser), high: prices.reduce(greater), unit: `${currency} a token`, source: { kind: 'usage-day', id: `usage_day ${from}..${until} model=${model}`, date: from, says: `${formatDecimal(tokens)} tokens in ${weeks.length} weeks` } },
    volume: times(toRatio(tokens), over(daysPerMonth, toRatio(days))), rows,
  }
}

const volumeText = (result: BreakEven): string => (result.status === 'never' ? 'never' : fixedText(over(result.at.volume, million), 1))

const verdicts: Readonly<Record<MakeOrBuyAdvice['verdict'], string>> = {
  above: 'Today\'s volume is above break-even at every end of the inputs; whether quality is equal is not said here.',
  inside: 'Today\'s volume lies inside the range: what decides first is named first.',
  below: 'Today\'s volume is below break-even at every end of the inputs.',
}

function answer({ model, currency, from, until }: MakeOrBuyQuestion, inputs: MakeOrBuy, price: BoughtPrice): MakeOrBuyAdvice {
  const range = makeOrBuy(inputs)
  const sources = [...range.inputs.map(({ input }) => input.source), ...price.rows]
  const now = price.volume
  const checked = `a whole number of accelerators carries the volume: ${range.middle.status === 'never' ? 'none does' : `${range.middle.at.units} at the middle`}; ${model} now runs at ${fixedText(over(now, million), 1)} million tokens a month`
  const figures: Figure[] = [{
    name: 'break-even volume', value: volumeText(range.middle), unit: 'million tokens a month', base: `${model}, ${currency}, ${from} to ${until}, equal quality assumed`,
    interval: { low: volumeText(range.best), high: volumeText(range.worst), meaning: 'every input at its better end, and every input at its worse end: not a probability' }, inputs: sources, checked,
  }]
  const passed = (result: BreakEven): boolean => result.status === 'reached' && compareRatios(now, result.at.volume) >= 0
  const verdict = passed(range.worst) ? 'above' : passed(range.best) ? 'inside' : 'below'
  return {
    model, figures,
    inputs: range.inputs.map(({ name, input }) => ({ name, low: shown(input.low), high: shown(input.high), unit: input.unit, source: input.source })),
    decides: range.sensitivity.map(({ name, best, worst }) => `${name}: ${volumeText(best)} to ${volumeText(worst)}`),
    verdict, says: verdicts[verdict],
  }
}

const shown = (value: Ratio): string => formatDecimal(rounded(value, 12))
