/**
 * The volume from which serving a model oneself costs less than buying it:
 * `V* = (build/T + ops + n·c_gpu) / (p_payg − c_var)` tokens a month, T months of amortisation, n accelerators at c_gpu
 * a month, prices per token. n is not free: n accelerators carry only n times their throughput, so the answer is the
 * smallest volume that some whole n both carries and pays for. Equal quality is an assumption, never a result.
 */
import { type Ratio, ceiling, compareRatios, floor, greater, minus, one, over, plus, times, toRatio, zeroRatio } from './ratio.ts'
import type { Source } from './figure.ts'

/** One input: what favours own serving, what speaks against it, and the row that says so. */
export interface Input {
  readonly low: Ratio
  readonly high: Ratio
  readonly unit: string
  readonly source: Source
}

export interface MakeOrBuy {
  /** Blended price of the bought model, a token. */
  readonly price: Input
  /** Variable cost of own serving, a token. */
  readonly variableCost: Input
  /** One-off: people, data, training, evaluation. */
  readonly build: Input
  readonly amortisationMonths: Input
  /** A month, whatever the volume. */
  readonly operations: Input
  /** One accelerator for a month. */
  readonly unitMonth: Input
  /** Tokens a month that one accelerator serves when busy all the time. */
  readonly unitTokens: Input
  /** 0 to 1. */
  readonly utilisation: Input
}

export type InputName = keyof MakeOrBuy

export interface Point {
  /** Tokens a month. */
  readonly volume: Ratio
  readonly units: bigint
}

export type BreakEven =
  | { readonly status: 'reached'; readonly at: Point }
  /** Each token served costs at least what a bought one costs: no volume pays. */
  | { readonly status: 'never' }

type Values = Readonly<Record<InputName, Ratio>>

/** Exact break-even for one value of each input. */
export function breakEvenVolume(values: Values): BreakEven {
  const margin = minus(values.price, values.variableCost)
  const carried = times(values.unitTokens, values.utilisation)
  if (compareRatios(margin, zeroRatio) <= 0 || compareRatios(carried, zeroRatio) <= 0) return { status: 'never' }
  const fixed = plus(over(values.build, values.amortisationMonths), values.operations)
  const gain = minus(times(margin, carried), values.unitMonth)
  if (compareRatios(gain, zeroRatio) <= 0) return { status: 'never' }
  const units = ceiling(greater(over(fixed, gain), one))
  const volume = over(plus(fixed, times(values.unitMonth, toRatio(units))), margin)
  return { status: 'reached', at: { volume, units } }
}

const better: Readonly<Record<InputName, 'low' | 'high'>> = {
  price: 'high', variableCost: 'low', build: 'low', amortisationMonths: 'high', operations: 'low', unitMonth: 'low', unitTokens: 'high', utilisation: 'high',
}
const names = Object.keys(better) as InputName[]

function pick(inputs: MakeOrBuy, side: (name: InputName) => 'low' | 'high' | 'middle'): Values {
  return Object.fromEntries(names.map((name) => {
    const input = inputs[name]
    const chosen = side(name)
    return [name, chosen === 'middle' ? over(plus(input.low, input.high), toRatio(2)) : input[chosen]]
  })) as Values
}

export interface BreakEvenRange {
  /** Every input at the end that favours own serving. */
  readonly best: BreakEven
  /** Every input at the middle of its range. */
  readonly middle: BreakEven
  /** Every input at the end that speaks against it. */
  readonly worst: BreakEven
  readonly inputs: readonly { readonly name: InputName; readonly input: Input }[]
  /** How far each input alone moves the middle: the one that decides comes first. Undefined ends: never. */
  readonly sensitivity: readonly { readonly name: InputName; readonly best: BreakEven; readonly worst: BreakEven }[]
}

const opposite = (side: 'low' | 'high'): 'low' | 'high' => (side === 'low' ? 'high' : 'low')

/** Width of a swing, for the order only. */
function width(best: BreakEven, worst: BreakEven): number {
  if (best.status === 'never') return 0
  if (worst.status === 'never') return Number.POSITIVE_INFINITY
  // From nothing, where all of it is free at the better end, to something there is no ratio.
  if (compareRatios(best.at.volume, zeroRatio) === 0) return compareRatios(worst.at.volume, zeroRatio) === 0 ? 1 : Number.POSITIVE_INFINITY
  return Number(floor(times(over(worst.at.volume, best.at.volume), toRatio(1_000_000))))
}

export function makeOrBuy(inputs: MakeOrBuy): BreakEvenRange {
  const at = (name: InputName, side: 'low' | 'high'): BreakEven => breakEvenVolume(pick(inputs, (other) => (other === name ? side : 'middle')))
  const sensitivity = names.map((name) => ({ name, best: at(name, better[name]), worst: at(name, opposite(better[name])) }))
    .toSorted((a, b) => width(b.best, b.worst) - width(a.best, a.worst))
  return {
    best: breakEvenVolume(pick(inputs, (name) => better[name])),
    middle: breakEvenVolume(pick(inputs, () => 'middle')),
    worst: breakEvenVolume(pick(inputs, (name) => opposite(better[name]))),
    inputs: names.map((name) => ({ name, input: inputs[name] })),
    sensitivity,
  }
}
