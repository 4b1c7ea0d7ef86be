/** What a channel and a maker agreed on: what the maker gets of each sale, and what the channel gives and is paid for it. */
import { z } from 'zod'
import { isAmount, isPercent } from '../contracts/amount.ts'
import { isDay } from '../contracts/calendar.ts'

const amount = z.string().refine(isAmount, 'an amount in quotes, not negative')
const percent = z.string().refine(isPercent, 'a percentage in quotes between "0" and "100"')
const day = z.string().refine(isDay, 'a day that exists')
const models = z.array(z.string().min(1)).min(1).optional()

const guarantee = z.strictObject({ amount, from: day, until: day }).refine((item) => item.from < item.until, 'the guarantee ends before it begins')
const shares = z.array(z.strictObject({
  models,
  /** Of what the customer was billed for the model, discounts taken off (`net`), or of its list price (`list`). */
  percent,
  base: z.enum(['net', 'list']).default('net'),
  /** The maker gets at least this much for a million tokens, whatever was billed. */
  floorPerMillionTokens: amount.optional(),
}))
const passThrough = z.array(z.strictObject({ models, percentOfList: percent.default('100') }))
const compute = z.array(z.strictObject({ asset: z.string(), perGpuHour: amount.optional(), costPlusPercent: amount.optional() })
  .refine((item) => (item.perGpuHour === undefined) !== (item.costPlusPercent === undefined), 'give perGpuHour or costPlusPercent, one of the two'))
const computeCredits = z.array(z.strictObject({ id: z.string().min(1), amount, from: day, until: day }))

export const agreementSchema = z.strictObject({
  id: z.string().min(1),
  maker: z.string().min(1),
  /** Who sells what the maker made, on whose accounts statements stand; left out: the party that runs this Weir, `self`. */
  channel: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/, 'a name: letters, digits and . _ @ -').optional(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  term: z.strictObject({ from: day, until: day.optional() }),
  /** The first that matches a model sets its share. A model that none matches owes the maker nothing under this agreement. */
  shares: shares.default([]),
  /** Cost that is handed on as it is: a part of what these models cost at the maker's list price, in place of a share. */
  passThrough: passThrough.default([]),
  /** What the channel owes the maker at least over these days: the shortfall stands on the statement of the month they end in. */
  minimumGuarantee: guarantee.optional(),
  /** GPU-hours that the maker used of our assets: a price of their own, or our cost and a markup. */
  compute: compute.default([]),
  /** Compute that we gave the maker for nothing, up to an amount over its days. */
  computeCredits: computeCredits.default([]),
  /** What the maker takes of our compute at least over these days, before credit: it owes the shortfall. */
  makerGuarantee: guarantee.optional(),
  /** From its month on, each member that an amendment names replaces that member whole. */
  amendments: z.array(z.strictObject({
    effectiveFrom: day.refine((text) => text.endsWith('-01'), 'the first day of a month: statements are of whole months'),
    reason: z.string().min(1),
    terms: z.strictObject({
      shares: shares.optional(), passThrough: passThrough.optional(), minimumGuarantee: guarantee.optional(), compute: compute.optional(), computeCredits: computeCredits.optional(), makerGuarantee: guarantee.optional(),
    }),
  })).optional(),
}).superRefine(({ amendments = [], term }, context) => {
  amendments.forEach((item, index) => {
    const before = amendments[index - 1]?.effectiveFrom ?? term.from
    if (item.effectiveFrom < before) context.addIssue({ code: 'custom', path: ['amendments', index, 'effectiveFrom'], message: `must not be before ${before}: amendments stand in the order of their months` })
  })
})

export type Agreement = z.output<typeof agreementSchema>

/** The agreement as it stands in a month: each amendment up to then laid over, member by member. */
export function agreementOn(agreement: Agreement, month: string): Agreement {
  const inForce = (agreement.amendments ?? []).filter((item) => item.effectiveFrom <= `${month}-01`)
  return inForce.reduce((now: Agreement, { terms }) => ({ ...now, ...Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined)) }), agreement)
}

/** The party that runs this Weir, where an agreement names no channel. */
export const ownChannel = 'self'

export const channelOf = ({ channel }: { readonly channel?: string | undefined }): string => channel ?? ownChannel
