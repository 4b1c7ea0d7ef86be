/**
 * A contract as a file says it: one schema for customers and for suppliers, YAML or JSON. Amounts are decimal texts.
 * Unknown members are refused with their path, so that a mistyped rule is never silently without effect.
 */
import { z } from 'zod'
import { type Decimal, compare, decimal, divideRounded } from '../../kernel/decimal.ts'
import { meters } from '../../kernel/meters.ts'
import { isAmount, isPercent } from './amount.ts'
import { addDays, isDay, overlap, type Period } from './calendar.ts'

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, 'an id: letters, digits and . _ : / @ -')
const amount = z.string().refine(isAmount, 'an amount in quotes, such as "100.00", not negative')
const percent = z.string().refine(isPercent, 'a percentage in quotes between "0" and "100"')
const day = z.string().refine(isDay, 'a day that exists, such as "2026-11-01"')
export const instant = z.string().refine((text) => isDay(text) || /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)), 'a day or an RFC 3339 time with its zone')
const currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code, such as USD')

/** What a suspension of the customer does to a right or a duty: it runs on, it stands still, or it ends. */
const whenSuspended = z.enum(['run', 'pause', 'end']).default('run')

/** What a rule applies to. A missing member means all; a model may end in `*`. */
const scope = {
  models: z.array(z.string().min(1)).min(1).optional(),
  meters: z.array(z.enum(meters)).min(1).optional(),
  tiers: z.array(z.string()).min(1).optional(),
  projects: z.array(z.string()).min(1).optional(),
}

const oneUnitPrice = (row: { perMillion?: string | undefined; perUnit?: string | undefined; discountPercent?: string | undefined }): boolean =>
  [row.perMillion, row.perUnit, row.discountPercent].filter((value) => value !== undefined).length === 1

const band = z.strictObject({
  /** Upper edge, included; the last band has none. */
  upTo: amount.optional(),
  perMillion: amount.optional(),
  perUnit: amount.optional(),
  /** Off the price that would hold without the tier. */
  discountPercent: percent.optional(),
}).refine(oneUnitPrice, 'give one of perMillion, perUnit, discountPercent')

const bandsRise = (bands: readonly { upTo?: string | undefined }[]): boolean =>
  bands.every((item, index) => {
    if (index === bands.length - 1) return item.upTo === undefined
    const before = index === 0 ? '0' : bands[index - 1]?.upTo
    return item.upTo !== undefined && before !== undefined && compare(decimal(item.upTo), decimal(before)) > 0
  })

const bands = z.array(band).min(1).refine(bandsRise, 'bands must rise, and only the last has no upTo')

export const termsSchema = z.strictObject({
  /** The first that matches sets the unit price. */
  prices: z.array(z.strictObject({ ...scope, perMillion: amount.optional(), perUnit: amount.optional() })
    .refine((row) => (row.perMillion === undefined) !== (row.perUnit === undefined), 'give perMillion or perUnit, one of the two')).default([]),
  /** The first that matches takes its percentage off the list price. Not on top of a negotiated price. */
  discounts: z.array(z.strictObject({ ...scope, percent })).default([]),
  /** Units that cost nothing, each month, used up in the order of days. */
  allowances: z.array(z.strictObject({ id, ...scope, quantity: amount, whenSuspended })).default([]),
  /** Unit prices by the quantity of the month. The first that matches a row prices it. */
  quantityTiers: z.array(z.strictObject({ id, ...scope, kind: z.enum(['graduated', 'volume']), bands })).default([]),
  /** Discounts by the month's spend, in the contract's currency. */
  spendTiers: z.array(z.strictObject({
    id, ...scope, kind: z.enum(['graduated', 'volume']),
    bands: bands.refine((items) => items.every((item) => item.discountPercent !== undefined), 'spend tiers have discountPercent only'),
  })).default([]),
  minimum: z.strictObject({ amount, whenSuspended }).optional(),
  commitments: z.array(z.strictObject({ id, amount, from: day, until: day, ...scope, whenSuspended })).default([]),
  credits: z.array(z.strictObject({ id, amount, from: day, expires: day.optional(), order: z.number().int().default(0), paid: z.boolean().default(true), whenSuspended })).default([]),
  provisioned: z.array(z.strictObject({
    id,
    count: z.number().int().positive(),
    model: z.string().min(1),
    region: z.string().optional(),
    /** Deployments whose usage these units carry on the days on which they stand ready; it costs nothing more. */
    deployments: z.array(z.string()).default([]),
    term: z.enum(['hourly', 'monthly', 'yearly']),
    /** Of one unit for one hour, month or year. */
    unitPrice: amount,
    /** How a yearly term is paid. */
    payment: z.enum(['upfront', 'monthly']).default('upfront'),
    from: instant,
    until: instant.optional(),
    /** Input tokens a minute of one unit, and what one output token weighs against one input token. */
    tokensPerMinute: amount.optional(),
    outputWeight: amount.default('1'),
    whenSuspended,
  })).default([]),
  /** Days after issue at which an invoice is due. */
  paymentDays: z.number().int().nonnegative().default(30),
  /** Unpaid, unbilled and committed together may not exceed it; undefined: no limit was agreed. */
  creditLimit: amount.optional(),
})

type TermsShape = typeof termsSchema.shape
type Partly = { [K in keyof TermsShape]: z.ZodOptional<z.ZodType<z.output<TermsShape[K]>>> }

/** The same members as the terms, none with a default: an amendment says only what it changes. */
const amendmentTerms = z.strictObject(Object.fromEntries(
  Object.entries(termsSchema.shape).map(([name, member]) => [name, member instanceof z.ZodDefault ? (member.unwrap() as z.ZodType).optional() : (member as z.ZodType).optional()]),
) as unknown as Partly)

export const contractSchema = z.strictObject({
  id,
  party: id,
  side: z.enum(['customer', 'supplier']),
  currency,
  term: z.strictObject({ from: day, until: day.optional() }),
  terms: termsSchema.prefault({}),
  /** From its day on, each member that an amendment names replaces that member whole. */
  amendments: z.array(z.strictObject({ effectiveFrom: day, reason: z.string().min(1), terms: amendmentTerms })).default([]),
  /** `project`: of that project alone, so that only rules whose scope is suspended projects feel it. `case`: written by the case that suspends, and ended by it. */
  suspensions: z.array(z.strictObject({ from: instant, until: instant.optional(), reason: z.string().optional(), project: z.string().optional(), case: z.string().optional() })).default([]),
}).superRefine((contract, context) => {
  const { from, until } = contract.term
  if (until !== undefined && until <= from) context.addIssue({ code: 'custom', path: ['term', 'until'], message: 'must be after from' })
  contract.amendments.forEach((item, index) => {
    const before = contract.amendments[index - 1]?.effectiveFrom ?? from
    if (item.effectiveFrom < before) context.addIssue({ code: 'custom', path: ['amendments', index, 'effectiveFrom'], message: `must not be before ${before}: amendments stand in the order of their days` })
  })
  for (const [index, item] of contract.terms.commitments.entries()) {
    if (item.until <= item.from) context.addIssue({ code: 'custom', path: ['terms', 'commitments', index, 'until'], message: 'must be after from' })
  }
})

/** A contract as it was saved. `heldOn`: the days on which it holds, where another takes its place on some (cover.ts). */
export type Contract = z.output<typeof contractSchema> & { readonly heldOn?: readonly Period[] }
export type Terms = z.output<typeof termsSchema>
export type Provisioned = Terms['provisioned'][number]
export type CreditGrant = Terms['credits'][number]
export type Suspension = Contract['suspensions'][number]
export type WhenSuspended = z.output<typeof whenSuspended>

const termsCache = new WeakMap<Contract, Map<string, Terms>>()

/** The terms in force on a day: the first ones with every amendment up to that day laid over, member by member. */
export function termsOn(contract: Contract, day: string): Terms {
  const known = termsCache.get(contract) ?? new Map<string, Terms>()
  termsCache.set(contract, known)
  const count = contract.amendments.filter((item) => item.effectiveFrom <= day).length
  const cached = known.get(String(count))
  if (cached !== undefined) return cached
  let terms = contract.terms
  for (const amendment of contract.amendments.slice(0, count)) {
    const named = Object.fromEntries(Object.entries(amendment.terms).filter(([, value]) => value !== undefined))
    terms = { ...terms, ...named }
  }
  known.set(String(count), terms)
  return terms
}

/** Days of a contract's or an agreement's term; an open end is far away. */
export const termPeriod = ({ term }: { readonly term: { readonly from: string; readonly until?: string | undefined } }): Period => ({ from: term.from, until: term.until ?? addDays('9998-12-31', 1) })

/** Days of a period on which the contract holds, as spans in their order; none where it does not. */
export const heldIn = (contract: Contract, period: Period): readonly Period[] => (contract.heldOn ?? [termPeriod(contract)]).flatMap((span) => overlap(span, period) ?? [])

export const holdsOn = (contract: Contract, day: string): boolean => (contract.heldOn ?? [termPeriod(contract)]).some((span) => day >= span.from && day < span.until)

const million = decimal(1_000_000)

/** The price of one unit, exact: `perMillion` is divided by ten to the sixth without loss. */
export function unitPriceOf(row: { readonly perMillion?: string | undefined; readonly perUnit?: string | undefined }): Decimal | undefined {
  if (row.perUnit !== undefined) return decimal(row.perUnit)
  if (row.perMillion === undefined) return undefined
  const price = decimal(row.perMillion)
  return divideRounded(price, million, price.scale + 6)
}
