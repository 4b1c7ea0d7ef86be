/** What a channel and a maker agreed on: what the maker gets of each sale, and what the channel gives and is paid for it. */
import { z } from 'zod'
import { decimal, parseDecimal } from '../../kernel/decimal.ts'
import { isDay } from '../contracts/calendar.ts'

const amount = z.string().refine((text) => { const value = parseDecimal(text); return value !== undefined && value.coefficient >= 0n }, 'an amount in quotes, not negative')
const percent = z.string().refine((text) => { const value = parseDecimal(text); return value !== undefined && value.coefficient >= 0n && Number(text) <= 100 }, 'a percentage in quotes between "0" and "100"')
const day = z.string().refine(isDay, 'a day that exists')
const models = z.array(z.string().min(1)).min(1).optional()

export const agreementSchema = z.strictObject({
  id: z.string().min(1),
  maker: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  term: z.strictObject({ from: day, until: day.optional() }),
  /** The first that matches a model sets its share. A model that none matches owes the maker nothing under this agreement. */
  shares: z.array(z.strictObject({
    models,
    /** Of what the customer was billed for the model, discounts taken off (`net`), or of its list price (`list`). */
    percent,
    base: z.enum(['net', 'list']).default('net'),
    /** The maker gets at least this much for a million tokens, whatever was billed. */
    floorPerMillionTokens: amount.optional(),
  })).default([]),
  /** Cost that is handed on as it is: a part of what these models cost at the maker's list price, in place of a share. */
  passThrough: z.array(z.strictObject({ models, percentOfList: percent.default('100') })).default([]),
  minimumGuarantee: z.strictObject({ amount, from: day, until: day }).optional(),
  /** GPU-hours that the maker used of our assets: a price of their own, or our cost and a markup. */
  compute: z.array(z.strictObject({ asset: z.string(), perGpuHour: amount.optional(), costPlusPercent: amount.optional() })
    .refine((item) => (item.perGpuHour === undefined) !== (item.costPlusPercent === undefined), 'give perGpuHour or costPlusPercent, one of the two')).default([]),
  /** Compute that we gave the maker for nothing, up to an amount over its days. */
  computeCredits: z.array(z.strictObject({ id: z.string().min(1), amount, from: day, until: day })).default([]),
}).refine((item) => item.minimumGuarantee === undefined || item.minimumGuarantee.from < item.minimumGuarantee.until, 'the guarantee ends before it begins')

export type Agreement = z.output<typeof agreementSchema>

export const asFraction = (percentText: string): { coefficient: bigint; scale: number } => {
  const value = decimal(percentText)
  return { coefficient: value.coefficient, scale: value.scale + 2 }
}
