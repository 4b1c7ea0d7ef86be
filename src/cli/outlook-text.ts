/** The outlook on 80 columns: each figure with its interval, what is missing in words, and where the rows are to be found. */
import type { Figure, Known } from '../planner/figure.ts'
import type { Outlook } from '../planner/outlook.ts'
import { grouped, table, wrapped } from './table.ts'

const width = 80

/** A paragraph of a section. */
const indented = (text: string): readonly string[] => wrapped(text, '  ')

const numeric = /^-?\d+(\.\d+)?$/
/** `never` has no unit. */
const valued = ({ value, unit }: Figure): string => (numeric.test(value) ? ` ${unit}` : '')
const number = (text: string): string => (numeric.test(text) ? grouped(text) : text)
/** Whole from a thousand on, four digits that count below it; `--json` has them all. */
const brief = (text: string): string => grouped(Math.abs(Number(text)) >= 1_000 ? Math.round(Number(text)).toFixed(0) : Number(Number(text).toPrecision(4)).toFixed(12).replace(/\.?0+$/, ''))
/** `variableCost` as people say it. */
const spoken = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
const right = (title: string): { readonly title: string; readonly align: 'right' } => ({ title, align: 'right' })

/** Name, value, unit; the interval where it is one. Legends follow once each, with what was checked. */
export function figuresText(figures: readonly Figure[]): readonly string[] {
  const isExact = (each: Figure): boolean => each.interval.low === each.interval.high
  const names = Math.max(0, ...figures.map((each) => each.name.length))
  const values = Math.max(0, ...figures.map((each) => number(each.value).length))
  const legend = (words: readonly string[], lead: string): readonly string[] => [...new Set(words)].flatMap((each) => indented(`${lead}${each}`))
  return [
    ...figures.flatMap((each) => {
      const line = `  ${each.name.padEnd(names)}  ${number(each.value).padStart(values)}${valued(each)}`
      const fits = line.length <= width ? [line] : [...indented(each.name), `    ${number(each.value)}${valued(each)}`]
      return isExact(each) ? fits : [...fits, `    between ${number(each.interval.low)} and ${number(each.interval.high)}`]
    }),
    ...legend(figures.filter((each) => !isExact(each)).map((each) => each.interval.meaning), 'Between: '),
    ...legend(figures.map((each) => each.checked), 'Checked: '),
  ]
}

const heading = (text: string): readonly string[] => ['', text.toUpperCase()]
const missingText = (section: { readonly missing: readonly string[] }): readonly string[] => section.missing.flatMap((each) => indented(`Missing: ${each}.`))
const section = <T>(title: string, known: Known<T>, text: (value: T) => readonly string[]): readonly string[] => [...heading(title), ...(known.status === 'missing' ? missingText(known) : text(known))]

const customersShown = 10

function concentrationText(outlook: Outlook): readonly string[] {
  return section('Concentration', outlook.concentration, ({ figures, customers, flags }) => [
    ...table([{ title: '  CUSTOMER' }, right('AMOUNT'), right('SHARE %'), right('POINTS')], customers.slice(0, customersShown).map((each) => [`  ${each.customer}`, grouped(each.amount), each.share, grouped(each.points)])),
    ...(customers.length > customersShown ? [`  and ${customers.length - customersShown} more (--json has all)`] : []),
    ...figuresText(figures),
    ...flags.flatMap((each) => indented(`! ${each}`)),
  ])
}

function whatIfText({ whatIf, currency }: Outlook): readonly string[] {
  if (whatIf === undefined) return []
  return section('What if', whatIf, ({ scenario, figures, months, before, assumes }) => {
    const sumOf = (map: Readonly<Record<string, string>>): string => Object.values(map).reduce((total, each) => (Number(total) + Number(each)).toFixed(0), '0')
    const row = (label: string, each: typeof before): readonly string[] => [label, grouped(each.revenue), grouped(each.margin), grouped(sumOf(each.shortfall)), grouped(sumOf(each.idle))]
    return [
      `  ${scenario}`,
      ...figuresText(figures),
      ...table([{ title: '  MONTH' }, right(`REVENUE ${currency}`), right('MARGIN'), right('UNFILLED'), right('IDLE')], [row('  now', before), ...months.map((each) => row(`  +${each.month}`, each))]),
      ...assumes.flatMap((each) => indented(`Assumes: ${each}.`)),
    ]
  })
}

function signsText({ earlySigns }: Outlook): readonly string[] {
  const { signs, missing } = earlySigns
  return [
    ...heading('Early signs'),
    ...(signs.length === 0 && missing.length === 0 ? ['  none'] : []),
    ...signs.flatMap((each) => indented(`${each.customer}: ${each.sign}: ${each.says}${each.points === undefined ? '' : ` (between ${each.points.low.toFixed(1)} and ${each.points.high.toFixed(1)} points, 95 %)`}`)),
    ...missingText({ missing }),
  ]
}

function guidanceText({ guidance }: Outlook): readonly string[] {
  if (guidance.length === 0) return [...heading('Guidance'), '  none recorded (weir outlook guidance set)']
  return [...heading('Guidance'), ...guidance.flatMap(({ guidance: it, actual, odds }) => [
    ...wrapped(`${it.quarter}, ${it.base}, ${it.metric}: ${it.low} to ${it.high} ${it.unit}, given ${it.given} by ${it.owner} [${it.source}]`),
    ...wrapped(actual === undefined ? 'no actual of this base, metric and quarter yet' : `actual ${actual.actual.value} ${actual.actual.unit}, known ${actual.actual.known}: ${actual.compared.status === 'compared' ? `${actual.compared.verdict}${actual.compared.distance === '0' ? '' : ` by ${actual.compared.distance.replace('-', '')}`}` : actual.compared.says}`, '    '),
    ...(actual?.compared.status !== 'compared' || actual.compared.finality.status === 'final' ? [] : wrapped(`! ${actual.compared.finality.says}`, '    ')),
    ...(odds === undefined ? [] : odds.status === 'missing' ? missingText(odds) : figuresText(odds.figures)),
    ...it.assumptions.flatMap((each) => wrapped(`assumes ${each}`, '    ')),
  ])]
}

function adviceText({ reservations, makeOrBuy }: Outlook): readonly string[] {
  return [
    ...heading('Reservation'),
    ...(reservations.length === 0 ? ['  no model is bought by the token'] : []),
    ...reservations.flatMap((each) => (each.status === 'missing' ? missingText(each) : each.advice.flatMap(({ model, term, figures, says }) => [`  ${model}, by the ${term}`, ...figuresText(figures), ...wrapped(says)]))),
    ...heading('Make or buy'),
    ...makeOrBuy.flatMap((each) => (each.status === 'missing' ? missingText(each) : [
      `  ${each.advice.model}`, ...figuresText(each.advice.figures), ...wrapped(each.advice.says),
      ...table([{ title: '  INPUT' }, right('LOW'), right('HIGH'), { title: 'UNIT' }], each.advice.inputs.map((input) => [`  ${spoken(input.name)}`, brief(input.low), brief(input.high), input.unit])),
      ...wrapped(`Rows: ${each.advice.inputs.map((input) => `${spoken(input.name)} ${input.source.id} of ${input.source.date}`).join('; ')}.`),
      ...wrapped(`Decides first: ${each.advice.decides.slice(0, 2).map(spoken).join('; ')} million tokens a month.`),
    ])),
  ]
}

function mixText({ mix }: Outlook): readonly string[] {
  const share = (month: Outlook['mix']['months'][number], capacity: string): string => month.shares.find((each) => each.capacity === capacity)?.share ?? ''
  return [
    ...heading('Live mix'),
    ...table([{ title: '  MONTH' }, right('TOKENS'), right('TOKEN %'), right('RESERVED %'), right('OWN %'), right('UNDECLARED %')],
      mix.months.map((each) => [`  ${each.period}`, grouped(each.tokens), share(each, 'pay-as-you-go'), share(each, 'provisioned'), share(each, 'in-house'), share(each, 'undeclared')])),
    ...wrapped(`Base: ${mix.base}.`),
  ]
}

function calendarText({ calendar }: Outlook): readonly string[] {
  return [
    ...heading('Ends and renewals'),
    ...(calendar.length === 0 ? ['  nothing within 400 days'] : []),
    ...calendar.flatMap((each) => [...wrapped(`${each.day} (${each.days} days)  ${each.name}${each.party === undefined ? '' : ` [${each.party}]`}: ${each.says}`), ...each.keys.slice(0, 5).map((key) => `    ${key.key}  ${key.project}  ${grouped(key.calls)} calls`)]),
  ]
}

export function outlookText(outlook: Outlook): readonly string[] {
  return [
    `Outlook for ${outlook.month}, ${outlook.currency}, ${outlook.base}; made ${outlook.made.slice(0, 16)}Z`,
    ...concentrationText(outlook),
    ...section('Run-rate', outlook.runRate, ({ figures }) => figuresText(figures)),
    ...section('Retention', outlook.retention, ({ figures }) => figuresText(figures)),
    ...whatIfText(outlook), ...signsText(outlook), ...guidanceText(outlook), ...adviceText(outlook), ...mixText(outlook), ...calendarText(outlook),
    ...outlook.leftOut.flatMap((each) => indented(`! ${each}`)),
    '', 'Every figure\'s rows and dates: weir outlook --json',
  ]
}
