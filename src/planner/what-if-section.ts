/** The what-if as it is shown: exact figures with the rows of the month they were made from. */
import { exactly, type Figure, type Known, missing, type Source } from './figure.ts'
import type { Books } from './commitments.ts'
import { fixedText, minus, over, percent, percentText, type Ratio } from './ratio.ts'
import type { MonthRevenue } from './revenue.ts'
import { bases } from './revenue.ts'
import { type Scenario, scenarioText } from './scenario.ts'
import { type MonthAfter, shareIn, stranded, whatIf } from './what-if.ts'

export interface MonthLine {
  readonly month: number
  readonly revenue: string
  readonly payable: Readonly<Record<string, string>>
  readonly shortfall: Readonly<Record<string, string>>
  readonly idle: Readonly<Record<string, string>>
  readonly margin: string
}

export interface WhatIfSection {
  readonly scenario: string
  readonly figures: readonly Figure[]
  readonly before: MonthLine
  readonly months: readonly MonthLine[]
  readonly assumes: readonly string[]
  readonly inputs: readonly Source[]
}

const texts = (map: ReadonlyMap<string, Ratio>): Readonly<Record<string, string>> => Object.fromEntries([...map].map(([id, amount]) => [id, fixedText(amount, 2)]))
const line = ({ month, revenue, payable, shortfall, idle, margin }: MonthAfter): MonthLine =>
  ({ month, revenue: fixedText(revenue, 2), payable: texts(payable), shortfall: texts(shortfall), idle: texts(idle), margin: fixedText(margin, 2) })

/** `isOver`: whether the month is; one that runs stands for less than a month. */
export function whatIfSection({ business, inputs }: Books, scenario: Scenario, revenue: MonthRevenue, isOver = true): Known<WhatIfSection> {
  if (!business.revenue.some((part) => part.name === scenario.customer)) {
    const known = business.revenue.map((part) => part.name).slice(0, 8).join(', ')
    return missing(`what if ${scenarioText(scenario)}: ${scenario.customer} has no revenue in ${revenue.month}; customers are ${known}${business.revenue.length > 8 ? ' and others' : ''}`)
  }
  const found = whatIf(business, scenario)
  const strand = stranded(found)
  const base = `${revenue.currency}, ${bases[revenue.base]}, ${revenue.month}; ${scenarioText(scenario)} over twelve months`
  const figure = (name: string, value: string, unit: string): Figure => exactly({ name, value, unit, base, inputs, checked: `with ${scenario.customer}=stays every figure is what it was; ${revenue.checked}` })
  const share = shareIn(business, scenario.customer)
  const last = found.months.at(-1) ?? found.before
  const loss = minus(found.before.revenue, last.revenue)
  const points = found.before.revenue.numerator === 0n ? undefined : percent(over(loss, found.before.revenue))
  return {
    status: 'known', scenario: scenarioText(scenario), inputs,
    figures: [
      ...(share === undefined ? [] : [figure(`share of ${scenario.customer}`, percentText(share), '%')]),
      figure('revenue a month, before', fixedText(found.before.revenue, 2), revenue.currency),
      figure('revenue a month, after twelve months', fixedText(last.revenue, 2), revenue.currency),
      // Twelve times the days so far are no year.
      ...(isOver ? [figure('run-rate, before', fixedText(found.runRate.before, 2), `${revenue.currency} a year`), figure('run-rate, after', fixedText(found.runRate.after, 2), `${revenue.currency} a year`)] : []),
      ...(found.netRetention === undefined ? [] : [figure('net revenue retention', percentText(found.netRetention), '%')]),
      ...(points === undefined ? [] : [figure('points of growth lost on this base', fixedText(points, 2), 'points')]),
      ...(found.index === undefined ? [] : [figure('Herfindahl-Hirschman index, before', fixedText(found.index.before, 1), 'points'), ...(found.index.after === undefined ? [] : [figure('Herfindahl-Hirschman index, after', fixedText(found.index.after, 1), 'points')])]),
      figure('margin a month, before', fixedText(found.before.margin, 2), revenue.currency),
      figure('margin a month, after twelve months', fixedText(last.margin, 2), revenue.currency),
      figure('commitments left unfilled, twelve months', fixedText(strand.shortfall, 2), revenue.currency),
      figure('cost of assets and units left idle, twelve months', fixedText(strand.idle, 2), revenue.currency),
    ],
    before: line(found.before), months: found.months.map(line),
    assumes: [
      ...(isOver ? [] : [`${revenue.month} is not over: its days so far stand for a month, so amounts are too low and commitments look less filled than they will be`]),
      'nobody else reacts and no price moves: an accounting answer, not a forecast',
      'costs of suppliers and makers fall with the customer\'s use; reserved units and assets cost the same whoever uses them',
      'commitments stay due until they end; those that customers owe count as claims',
      'growth, loss and prior revenue are of this one base: they say nothing of any other',
    ],
  }
}
