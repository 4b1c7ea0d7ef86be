/** List prices that come with Weir: data in seed/, written as decimal text, each with its source. */
import { z } from 'zod'
import { add, decimal, multiply, type Decimal } from '../kernel/decimal.ts'
import { meters, type Meter } from '../kernel/meters.ts'
import { priceRowId } from './price-book.ts'
import type { PriceRow } from './price.ts'
import lists from './seed/prices.json' with { type: 'json' }

const priced = z.partialRecord(z.enum(meters), z.string())
const modelPrices = z.strictObject({
  effectiveFrom: z.iso.datetime().optional(),
  /** When we learnt of it, for corrections; the effective date otherwise, so that history can be rated as it was published. */
  recordedAt: z.iso.datetime().optional(),
  source: z.string().optional(),
  perMillion: priced.optional(),
  perUnit: priced.optional(),
  /** Images by quality and size, `low 1024x1024`: for answers that report no tokens. */
  perImage: z.record(z.string(), z.string()).optional(),
  /** Prompts of more tokens than the key: prices per million of the whole prompt. */
  above: z.record(z.string(), priced).optional(),
})
const listed = z.strictObject({
  list: z.string(),
  currency: z.string(),
  source: z.string(),
  effectiveFrom: z.iso.datetime(),
  /** Service tiers that cost a fraction of the default tier, token meters only; with a source of their own where the list's does not say. */
  tiers: z.record(z.string(), z.union([z.string(), z.strictObject({ factor: z.string(), source: z.string() })])).optional(),
  models: z.record(z.string(), z.union([modelPrices, z.array(modelPrices)])),
})
const derived = z.strictObject({
  list: z.string(),
  source: z.string(),
  derivesFrom: z.array(z.string()),
  /** Region class → factor on the other list's prices. */
  regionClasses: z.record(z.string(), z.string()),
})

type Listed = z.infer<typeof listed>
type ModelPrices = z.infer<typeof modelPrices>

const perMillion = { coefficient: 1n, scale: 6 }
const trim = (value: Decimal): Decimal => {
  let { coefficient, scale } = value
  while (scale > 0 && coefficient % 10n === 0n) {
    coefficient /= 10n
    scale -= 1
  }
  return { coefficient, scale }
}
const withId = (row: Omit<PriceRow, 'id'>): PriceRow => ({ id: priceRowId(row), ...row })

function rowsOfModel(list: Listed, model: string, prices: ModelPrices): PriceRow[] {
  const effectiveFrom = Date.parse(prices.effectiveFrom ?? list.effectiveFrom)
  const recordedAt = prices.recordedAt === undefined ? effectiveFrom : Date.parse(prices.recordedAt)
  const base = { list: list.list, model, regionClass: 'any', currency: list.currency, effectiveFrom, recordedAt, source: prices.source ?? list.source }
  const rows: PriceRow[] = []
  const stated: NonNullable<Listed['tiers']> = { default: '1', ...list.tiers }
  const tiers = Object.entries(stated).map(([tier, how]) => (typeof how === 'string' ? { tier, factor: how, source: base.source } : { tier, ...how }))
  for (const { tier, factor, source } of tiers) {
    const put = (meter: string, aboveInput: number, unitPrice: Decimal): void => {
      rows.push(withId({ ...base, source, meter: meter as Meter, tier, aboveInput, unitPrice: trim(unitPrice) }))
    }
    const scaled = (text: string): Decimal => multiply(multiply(decimal(text), perMillion), decimal(factor))
    for (const [meter, text] of Object.entries(prices.perMillion ?? {})) put(meter, 0, scaled(text))
    for (const [tokens, above] of Object.entries(prices.above ?? {})) {
      for (const [meter, text] of Object.entries(above)) put(meter, Number(tokens), scaled(text))
    }
    for (const [meter, text] of Object.entries(prices.perUnit ?? {})) put(meter, 0, decimal(text))
  }
  for (const [imageClass, text] of Object.entries(prices.perImage ?? {})) rows.push(withId({ ...base, meter: 'image', tier: imageClass, aboveInput: 0, unitPrice: trim(decimal(text)) }))
  return rows
}

function rowsOfList(value: unknown): PriceRow[] {
  const list = listed.parse(value)
  return Object.entries(list.models).flatMap(([model, prices]) =>
    [prices].flat().flatMap((one) => rowsOfModel(list, model, one)))
}

function rowsDerived(value: unknown, others: readonly PriceRow[]): PriceRow[] {
  const list = derived.parse(value)
  return Object.entries(list.regionClasses).flatMap(([regionClass, factor]) =>
    others.filter((row) => list.derivesFrom.includes(row.list)).map(({ id: _, ...row }) =>
      withId({ ...row, list: list.list, regionClass, unitPrice: trim(multiply(row.unitPrice, decimal(factor))), source: `${list.source} ${row.list}, ${row.source}` })))
}

let cached: readonly PriceRow[] | undefined

/** All rows that come with Weir, read once. Throws where the data is malformed. */
export function seedPriceRows(): readonly PriceRow[] {
  if (cached === undefined) {
    const stated = lists.stated.flatMap(rowsOfList)
    cached = [...stated, ...lists.derived.flatMap((list) => rowsDerived(list, stated))]
  }
  return cached
}

/** A row of the operator's own list, from a declared price per million or per unit. */
export function operatorPriceRow(price: Omit<PriceRow, 'id' | 'unitPrice'> & { readonly perMillion?: string | undefined; readonly perUnit?: string | undefined }): PriceRow {
  const { perMillion: million, perUnit, ...rest } = price
  if ((million === undefined) === (perUnit === undefined)) throw new Error(`price of ${rest.list} ${rest.model} ${rest.meter}: give perMillion or perUnit, one of the two`)
  const unitPrice = million === undefined ? decimal(perUnit ?? '') : multiply(decimal(million), perMillion)
  return withId({ ...rest, unitPrice: trim(add(unitPrice, decimal(0n))) })
}
