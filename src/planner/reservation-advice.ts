/** Whether to reserve provisioned units for a model, on the load that was observed, spillover included; or what is missing to say. */
import type { Random } from '../kernel/random.ts'
import type { PriceBook } from '../ledger/price.ts'
import type { Store } from '../store/store.ts'
import { exactly, type Figure, type Known, missing, type Source } from './figure.ts'
import type { Term, UnitFacts } from './provisioned-facts.ts'
import { compareRatios, fixedText, greater, lesser, minus, one, over, percentText, plus, type Ratio, times, toRatio, zeroRatio } from './ratio.ts'
import { hoursSeen, loadByHour } from './read-books.ts'
import { closedForm, type LoadCurve, reserve, resampledRule, type UnitTerms } from './reservation.ts'
import { hoursPerMonth, type Mix, unitsToCarry, worthOfCache } from './sizing.ts'
import { deploymentsOf, type PricesNow, pricesNow, type Supply, unitsFor } from './supply.ts'

/** A week: less shows no weekend, and advice on it would be noise. */
const hoursNeeded = 168

export interface Advice {
  readonly model: string
  readonly term: Term
  readonly figures: readonly Figure[]
  readonly says: string
}

export interface AdviceInput {
  readonly store: Store
  readonly model: string
  readonly supplies: readonly Supply[]
  readonly sheet: PriceBook['sheet']
  readonly now: number
  readonly from: string
  readonly until: string
  readonly random: Random
}

/** Advice for each term that units are sold for. */
export async function reservationAdvice(input: AdviceInput): Promise<Known<{ readonly advice: readonly Advice[] }>> {
  const { store, model, supplies, from, until } = input
  const supply = supplies.find((each) => each.model === model && each.capacity === 'pay-as-you-go')
  if (supply === undefined) return missing(`reservation for ${model}: it has no deployment that is bought by the token, to spill over to`)
  const unit = unitsFor(supply)
  if (unit === undefined) return missing(`reservation for ${model}: nothing is published of provisioned units for ${supply.pricedAs} (tokens a minute a unit, output weight)`)
  const prices = pricesNow(supply, input.sheet, input.now)
  if (prices === undefined) return missing(`reservation for ${model}: list ${supply.priceList} has no input and output price for ${supply.pricedAs} today`)
  if (prices.currency !== unit.currency) return missing(`reservation for ${model}: units are priced in ${unit.currency}, tokens in ${prices.currency}`)
  const hours = await hoursSeen(store, from, until)
  if (hours.length < hoursNeeded) return missing(`reservation for ${model}: ${hours.length} hours with traffic between ${from} and ${until}, ${hoursNeeded} are needed`)
  const deployments = deploymentsOf(supplies, model, ['pay-as-you-go', 'provisioned'])
  const rows = await loadByHour(store, model, deployments, from, until)
  if (rows.length === 0) return missing(`reservation for ${model}: no calls between ${from} and ${until}`)
  const byHour = new Map(rows.map((row) => [row.hour, plus(toRatio(row.input), times(unit.outputWeight, toRatio(row.output)))]))
  const loadAt = (hour: number): Ratio => over(byHour.get(hour) ?? zeroRatio, toRatio(60))
  const loads = hours.map(loadAt)
  const first = hours[0] ?? 0
  const whole = Array.from({ length: (hours.at(-1) ?? first) - first + 1 }, (_, index) => loadAt(first + index))
  const total = (of: (row: (typeof rows)[number]) => bigint): Ratio => toRatio(rows.reduce((all, row) => all + of(row), 0n))
  const mix: Mix = { plain: total((row) => row.input), cached: total((row) => row.cached), output: total((row) => row.output) }
  const sources: readonly Source[] = [{ kind: 'usage-minute', id: `usage_minute ${from}..${until} model=${model} deployment in (${deployments.join(', ')})`, date: from, says: `${rows.length} hours with calls, ${hours.length} hours with any traffic` }, ...prices.inputs, ...unit.inputs]
  return { status: 'known', advice: (['month', 'year'] as const).map((term) => advise(input, term, { unit, prices, loads, whole, mix, sources })) }
}

interface Observed {
  readonly unit: UnitFacts
  readonly prices: PricesNow
  readonly loads: LoadCurve
  /** Hours without any traffic counted as hours of no demand. */
  readonly whole: LoadCurve
  /** All tokens of the period. */
  readonly mix: Mix
  readonly sources: readonly Source[]
}

/**
 * Price of an input-equivalent token: the input price, and the output price over its weight where that is less, so that a
 * unit is never flattered; and with each such token what its share of cached input costs, which a unit carries for nothing.
 */
function tokenPriceOf({ unit, prices, mix }: Observed): Ratio {
  const [input, output] = [toRatio(prices.input.unitPrice), over(toRatio(prices.output.unitPrice), unit.outputWeight)]
  const cached = prices.cached === undefined || input.numerator === 0n ? one : over(toRatio(prices.cached.unitPrice), input)
  return times(lesser(input, output), worthOfCache(mix, cached, unit.outputWeight))
}

function advise({ model, from, until, random }: AdviceInput, term: Term, observed: Observed): Advice {
  const { unit, loads, whole, sources } = observed
  const terms: UnitTerms = { monthPrice: unit.monthPrice[term], tokensPerMinute: unit.tokensPerMinute, tokenPrice: tokenPriceOf(observed), minimum: unit.minimum, step: unit.step }
  const found = reserve(loads, terms)
  const bounds = resampledRule(loads, terms, random)
  const quiet = closedForm(whole, terms)
  // What can be bought starts at a minimum and goes in steps: the count advised may lie beside the rule's own range.
  const bought = toRatio(found.best.units)
  const low = [quiet, bought].reduce(lesser, bounds.low)
  const high = greater(bought, bounds.high)
  const busiest = loads.reduce(greater, zeroRatio)
  const base = `${model}, ${from} to ${until}, means of an hour, ${unit.currency} a month of ${hoursPerMonth} hours`
  const checked = `the rule's ${fixedText(found.rule, 1)} units against all counts that can be bought, in steps of ${unit.step} from ${unit.minimum}`
  const figure = (name: string, value: string, unitOf: string): Figure => exactly({ name, value, unit: unitOf, base, inputs: sources, checked })
  const saving = minus(found.payAsYouGo.cost, found.best.cost)
  const figures: Figure[] = [
    figure('share of the time that a unit must be in use to pay', percentText(found.breakEvenShare), '%'),
    { ...figure('units to reserve', String(found.best.units), 'units'), interval: { low: fixedText(low, 0), high: fixedText(high, 0), meaning: 'nine of ten draws of whole days, and hours without any traffic taken for no demand; a forecast of load is worse than that: day-ahead errors of 22 to 57 % were seen on public traces' } },
    figure('units that carry the busiest hour', String(unitsToCarry(busiest, unit).units), 'units'),
    figure('cost reserved, with spillover', fixedText(found.best.cost, 2), unit.currency),
    figure('cost by the token alone', fixedText(found.payAsYouGo.cost, 2), unit.currency),
    figure('saving', fixedText(saving, 2), unit.currency),
    figure('tokens that spill over', percentText(found.best.spilledShare), '%'),
    ...(found.best.utilisation === undefined ? [] : [figure('use of the reserved units', percentText(found.best.utilisation), '%')]),
  ]
  return { model, term, figures, says: sentence(term, found.best.units, found.breakEvenShare, saving) }
}

function sentence(term: Term, units: number, share: Ratio, saving: Ratio): string {
  if (compareRatios(share, one) >= 0) return `By the ${term}, a unit costs more than the tokens it carries at full use: reserve for latency and capacity, never for cost.`
  if (units === 0 || saving.numerator === 0n) return `By the ${term}, no count of units costs less than paying by the token on this load.`
  return `By the ${term}, ${units} units cost least on this load. A reservation holds a price, not capacity: deploy first, reserve after.`
}
