/** What provisioned units carry and cost, as published: data in seed/, with source and date. An operator's own terms win. */
import { z } from 'zod'
import units from './seed/provisioned-units.json' with { type: 'json' }
import { compareRatios, type Ratio, over, times, toRatio } from './ratio.ts'
import type { Source } from './figure.ts'

const factsSchema = z.strictObject({
  source: z.string(), asOf: z.iso.date(), channel: z.string(),
  models: z.array(z.strictObject({ model: z.string(), tokensPerMinute: z.string(), outputWeight: z.string(), minimum: z.number(), step: z.number(), regionalMinimum: z.number(), regionalStep: z.number() })),
  prices: z.strictObject({ source: z.string(), asOf: z.iso.date(), currency: z.string(), hourly: z.record(z.string(), z.string()), month: z.string(), year: z.string() }),
})
const facts = factsSchema.parse(units)

export type Term = 'month' | 'year'

export interface UnitFacts {
  readonly model: string
  readonly tokensPerMinute: Ratio
  readonly outputWeight: Ratio
  readonly minimum: number
  readonly step: number
  readonly currency: string
  /** Of one unit for one month, by the term it is bought for; a yearly price is divided by twelve, exactly. */
  readonly monthPrice: Readonly<Record<Term, Ratio>>
  readonly inputs: readonly Source[]
}

/** Undefined: nothing is published of this model's units. */
export function unitFacts(model: string, regionClass: string): UnitFacts | undefined {
  const row = facts.models.find((each) => each.model === model)
  if (row === undefined) return undefined
  const regional = regionClass === 'regional'
  return {
    model, tokensPerMinute: toRatio(row.tokensPerMinute), outputWeight: toRatio(row.outputWeight),
    minimum: regional ? row.regionalMinimum : row.minimum, step: regional ? row.regionalStep : row.step, currency: facts.prices.currency,
    monthPrice: { month: toRatio(facts.prices.month), year: over(toRatio(facts.prices.year), toRatio(12)) },
    inputs: [
      { kind: 'unit-price', id: `units of ${model}: ${facts.source}`, date: facts.asOf, says: `${row.tokensPerMinute} input tokens a minute a unit, one output token weighs ${row.outputWeight}` },
      { kind: 'unit-price', id: `price of a unit: ${facts.prices.source}`, date: facts.prices.asOf, says: `${facts.prices.month} ${facts.prices.currency} a month, ${facts.prices.year} a year` },
    ],
  }
}

export const factsOf = (): readonly string[] => facts.models.map((row) => row.model)

/** What an output token costs over what an input token costs must be the weight, or break-even needs the mix: both prices a token. */
export const weightFits = (unit: UnitFacts, inputPrice: Ratio, outputPrice: Ratio): boolean => compareRatios(times(inputPrice, unit.outputWeight), outputPrice) === 0
