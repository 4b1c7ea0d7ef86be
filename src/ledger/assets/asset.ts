/**
 * In-house capacity as a supplier: what it cost becomes a cost per GPU-hour, and the hours become cost of customers, of the
 * maker and of nobody. Depreciation is straight-line by calendar months from the first day in service (IAS 16, paragraphs
 * 50–62: over the useful life, to the residual value); a month's part is cumulative, so the months add up exactly.
 */
import { z } from 'zod'
import { type Decimal, add, compare, decimal, divideRounded, isZero, multiply, picoScale, subtract, sum, zero } from '../../kernel/decimal.ts'
import { isAmount } from '../contracts/amount.ts'
import { addMonths, daysBetween, isDay, monthPeriod } from '../contracts/calendar.ts'
import { allocate } from '../contracts/provisioned.ts'

const amount = z.string().refine(isAmount, 'an amount in quotes, not negative')

export const assetSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  cost: amount,
  residual: amount.default('0'),
  inServiceOn: z.string().refine(isDay, 'a day that exists'),
  lifeMonths: z.number().int().positive(),
  gpus: z.number().int().positive(),
  /** Share of the hours that can be sold: the rest is maintenance. */
  availability: amount.default('1'),
  /** Energy, hosting, staff: each month, from the first day in service. */
  operatingPerMonth: amount.default('0'),
}).refine((asset) => compare(decimal(asset.residual), decimal(asset.cost)) <= 0, 'the residual value is above the cost')

export type Asset = z.output<typeof assetSchema>

/** Share of the life gone by the first instant of a day: whole months, and days within one. To a pico. */
function goneBy(asset: Asset, day: string): Decimal {
  if (day <= asset.inServiceOn) return zero
  let months = 0
  while (months < asset.lifeMonths && addMonths(asset.inServiceOn, months + 1) <= day) months += 1
  if (months === asset.lifeMonths) return decimal(asset.lifeMonths)
  const from = addMonths(asset.inServiceOn, months)
  const days = daysBetween(from, day)
  return add(decimal(months), days === 0 ? zero : divideRounded(decimal(days), decimal(daysBetween(from, addMonths(asset.inServiceOn, months + 1))), 15))
}

/** Depreciation of a calendar month. All months together are cost less residual value. */
export function depreciationIn(asset: Asset, month: string): Decimal {
  const base = subtract(decimal(asset.cost), decimal(asset.residual))
  const upTo = (day: string): Decimal => divideRounded(multiply(base, goneBy(asset, day)), decimal(asset.lifeMonths), picoScale)
  const { from, until } = monthPeriod(month)
  return subtract(upTo(until), upTo(from))
}

export interface GpuHours {
  /** Customer or maker. */
  readonly party: string
  readonly use: 'customer' | 'maker'
  readonly model?: string
  readonly hours: string
}

export interface AssetMonth {
  readonly asset: string
  readonly month: string
  readonly currency: string
  readonly depreciation: Decimal
  readonly operating: Decimal
  readonly cost: Decimal
  /** GPU-hours that could be sold. */
  readonly hours: Decimal
  /** cost / hours, to 12 digits; undefined before the asset is in service. */
  readonly perGpuHour: Decimal | undefined
  readonly shares: readonly { readonly party: string; readonly use: 'customer' | 'maker' | 'idle'; readonly model?: string; readonly hours: Decimal; readonly cost: Decimal }[]
}

export type Allocated = { readonly status: 'allocated'; readonly month: AssetMonth } | { readonly status: 'too-many-hours'; readonly used: Decimal; readonly hours: Decimal }

/** Divides a month's cost by the hours used; what nobody used is idle. The shares add up to the cost exactly. */
export function allocateMonth(asset: Asset, month: string, used: readonly GpuHours[]): Allocated {
  const { from, until } = monthPeriod(month)
  const first = asset.inServiceOn > from ? asset.inServiceOn : from
  const days = first < until ? daysBetween(first, until) : 0
  const hours = multiply(decimal(days * 24 * asset.gpus), decimal(asset.availability))
  const taken = sum(used.map((item) => decimal(item.hours)))
  if (compare(taken, hours) > 0) return { status: 'too-many-hours', used: taken, hours }
  const depreciation = depreciationIn(asset, month)
  const operating = days === 0 ? zero : divideRounded(multiply(decimal(asset.operatingPerMonth), decimal(days)), decimal(daysBetween(from, until)), picoScale)
  const cost = add(depreciation, operating)
  const idle = subtract(hours, taken)
  const parts = allocate(cost, [...used.map((item) => decimal(item.hours)), idle])
  const shares: AssetMonth['shares'][number][] = used.map((item, index) => ({ party: item.party, use: item.use, ...(item.model === undefined ? {} : { model: item.model }), hours: decimal(item.hours), cost: parts[index] ?? zero }))
  shares.push({ party: '', use: 'idle', hours: idle, cost: parts.at(-1) ?? zero })
  return { status: 'allocated', month: { asset: asset.id, month, currency: asset.currency, depreciation, operating, cost, hours, perGpuHour: isZero(hours) ? undefined : divideRounded(cost, hours, 12), shares } }
}
