/**
 * What an operator declares, in weir.yaml or through the admin API: the one schema of both, and of the published JSON
 * schema. Unknown members are refused with their path. Everything is optional that has a defensible default.
 */
import { z } from 'zod'
import { parseDecimal } from '../kernel/decimal.ts'
import { retentionSchema } from './data-retention.ts'

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, 'a name: letters, digits and . _ : / @ - , at most 128 characters')
/** A part of a path such as organization/project: as a name, without a slash, so that paths stay unambiguous. */
const segment = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/, 'a name: letters, digits and . _ : @ - , at most 128 characters')
const notNegative = (says: string): z.ZodString => z.string(says).refine((text) => { const value = parseDecimal(text); return value !== undefined && value.coefficient >= 0n }, says)
const amount = notNegative('an amount in quotes, such as "100.00"')
const fraction = notNegative('a fraction of the amount in quotes, such as "0.8"')
const currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code, such as USD')
const milliseconds = z.number().int().positive()
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'a time as RFC 3339, such as 2026-11-01T00:00:00Z')
const timeZone = z.string().refine((zone) => { try { new Intl.DateTimeFormat('en', { timeZone: zone }); return true } catch { return false } }, 'an IANA time zone, such as Europe/Rome')

export const budgetSchema = z.strictObject({
  amount,
  currency: currency.default('USD'),
  period: z.enum(['day', 'month', 'total']).default('month'),
  timeZone: timeZone.default('UTC'),
  /** Fractions of the amount that raise an event. */
  thresholds: z.array(fraction).default(['0.5', '0.8', '1']),
})

export const limitsSchema = z.strictObject({
  requestsPerMinute: z.number().int().positive().optional(),
  tokensPerMinute: z.number().int().positive().optional(),
  concurrency: z.number().int().positive().optional(),
})

const money = { budget: budgetSchema.optional(), budgets: z.array(budgetSchema).optional() }

export const providerSchema = z.strictObject({
  /** A row of the catalogue: openai, azure, anthropic, openai-compatible, sandbox. */
  type: name,
  baseUrl: z.url().refine((text) => /^https?:\/\//i.test(text) || !URL.canParse(text), 'an address that begins with https:// or http://').optional(),
  apiKey: z.string().min(1).optional(),
  /** Entra client credentials, for azure. */
  entra: z.strictObject({ tenantId: z.string(), clientId: z.string(), clientSecret: z.string().min(1), authority: z.url().optional(), scope: z.string().optional() }).optional(),
  apiVersion: z.string().optional(),
  /** Price list that it inherits; the type's own by default. */
  prices: name.optional(),
  /** Deployments with the same account leave rotation together; the provider's name by default. */
  account: name.optional(),
  maker: name.optional(),
  channel: name.optional(),
  supplier: name.optional(),
  /** The infrastructure asset that carries its in-house deployments, where these name none. */
  asset: z.string().min(1).optional(),
  region: z.string().optional(),
  regionClass: z.enum(['global', 'data-zone', 'regional']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** What the account there is set to, in Bedrock's words; by region where it differs. */
  dataRetention: retentionSchema.optional(),
  /** Overrides of the catalogue row's declared quirks. */
  quirks: z.record(z.string(), z.boolean()).optional(),
  dialects: z.array(z.string()).optional(),
  /** Options of the type's own code, such as the sandbox's profiles. */
  options: z.record(z.string(), z.json()).optional(),
})

export const timeoutsSchema = z.strictObject({
  connectMs: milliseconds.default(5_000),
  firstByteMs: milliseconds.default(600_000),
  idleMs: milliseconds.default(120_000),
  totalMs: milliseconds.default(1_800_000),
})

export const deploymentSchema = z.strictObject({
  provider: name,
  /** What the provider calls the model (Azure: the deployment's name). */
  model: z.string().min(1),
  /** Unique within the installation; `provider/model` by default. */
  id: name.optional(),
  /** Smaller groups are tried first; inside a group, weights share. */
  group: z.number().int().nonnegative().default(0),
  weight: z.number().nonnegative().default(1),
  capacity: z.enum(['pay-as-you-go', 'provisioned', 'in-house']).default('pay-as-you-go'),
  region: z.string().optional(),
  regionClass: z.enum(['global', 'data-zone', 'regional']).optional(),
  /** The model can only be used where its supplier keeps the data: refused to whom `dataRetention: none` was promised. */
  requiresRetention: z.boolean().optional(),
  prices: name.optional(),
  /** The name under which the price list knows the model; the upstream name by default. */
  pricedAs: z.string().optional(),
  /** Budgets of provisioned and in-house deployments are charged this, per million tokens. */
  internalRate: z.strictObject({ input: amount, output: amount, currency: currency.default('USD') }).optional(),
  /** In-house: the infrastructure asset that carries it, by whose months its calls are costed. */
  asset: z.string().min(1).optional(),
  /** In-house: how many serve it, what one carries in input tokens a minute, and what an output token weighs against one. Shown beside its use; nothing is routed by it. */
  replicas: z.strictObject({ count: z.number().int().positive(), tokensPerMinute: amount.optional(), outputWeight: amount.default('1') }).optional(),
})

export const modelSchema = z.strictObject({
  maker: name.optional(),
  deployments: z.array(deploymentSchema).min(1),
  /** Tokens; holds use them where a request does not say more. The catalogue of models supplies them when absent. */
  contextWindow: z.number().int().positive().optional(),
  outputMax: z.number().int().positive().optional(),
  timeouts: timeoutsSchema.partial().optional(),
  retries: z.strictObject({ attemptsMax: z.number().int().min(1).max(10).default(3), backoffMs: milliseconds.default(250), backoffMaxMs: milliseconds.default(8_000) }).partial().optional(),
  whenClientLeaves: z.strictObject({ stream: z.enum(['cancel', 'drain']).default('cancel'), plain: z.enum(['cancel', 'drain']).default('drain'), drainMaxMs: milliseconds.default(120_000) }).partial().optional(),
  /** Who meets the same deployment again. A session is the header x-weir-session, else metadata.session_id, else the user. */
  sticky: z.enum(['none', 'user', 'session', 'key']).default('none'),
  limits: limitsSchema.optional(),
})

export const keySchema = z.strictObject({
  name,
  /** At least 16 characters. Left out, Weir makes one and shows it once. Stored only as a hash. */
  secret: z.string().min(16).optional(),
  purpose: name.optional(),
  models: z.array(z.string()).optional(),
  limits: limitsSchema.optional(),
  expires: instant.optional(),
  ...money,
})

/** Of two keys of one name the first would be lost without a word. */
const keyList = z.array(keySchema).superRefine((keys, context) => {
  keys.forEach((key, index) => {
    if (keys.findIndex((other) => other.name === key.name) !== index) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'a name that no key before it has' })
  })
})

export const projectSchema = z.strictObject({
  keys: keyList.default([]),
  models: z.array(z.string()).optional(),
  limits: limitsSchema.optional(),
  capture: z.enum(['none', 'metadata', 'content']).default('none'),
  /** What was promised to the customer, in Bedrock's words: goes before the organization's. */
  dataRetention: retentionSchema.optional(),
  costCentre: z.string().optional(),
  /** Who answers for it: a role or a mail address, named where its spend is out of the ordinary. */
  owner: z.string().min(1).optional(),
  /** When a day's spend is out of the ordinary: so many times the median of the days before, and above a floor. */
  spendAlert: z.strictObject({
    factor: amount.default('4'),
    floor: amount.default('20'),
    /** What may still be spent from the project's budgets then, until a person lifts the cap or the period ends. Left out: no cap. */
    capAfter: amount.optional(),
  }).optional(),
  ...money,
})

export const organizationSchema = z.strictObject({
  displayName: z.string().optional(),
  projects: z.record(segment, projectSchema).default({}),
  /** What was promised to the customer, in Bedrock's words; by region where it differs. */
  dataRetention: retentionSchema.optional(),
  models: z.array(z.string()).optional(),
  limits: limitsSchema.optional(),
  ...money,
})

/** A row of the operator's own price list. */
export const priceSchema = z.strictObject({
  list: name,
  model: z.string().min(1),
  meter: z.string(),
  /** One of the two: per million (tokens) or per unit. */
  perMillion: amount.optional(),
  perUnit: amount.optional(),
  tier: z.string().default('default'),
  regionClass: z.enum(['any', 'global', 'data-zone', 'regional']).default('any'),
  aboveInput: z.number().int().nonnegative().default(0),
  currency: currency.default('USD'),
  effectiveFrom: instant,
  source: z.string().min(1),
}).refine((row) => (row.perMillion === undefined) !== (row.perUnit === undefined), 'give perMillion or perUnit, one of the two')

export const resourcesSchema = z.strictObject({
  providers: z.record(name, providerSchema).default({}),
  models: z.record(name, modelSchema).default({}),
  organizations: z.record(segment, organizationSchema).default({}),
  prices: z.array(priceSchema).default([]),
})

export type Resources = z.infer<typeof resourcesSchema>
export type ProviderResource = z.infer<typeof providerSchema>
export type ModelResource = z.infer<typeof modelSchema>
export type DeploymentResource = z.infer<typeof deploymentSchema>
export type OrganizationResource = z.infer<typeof organizationSchema>
export type ProjectResource = z.infer<typeof projectSchema>
export type KeyResource = z.infer<typeof keySchema>
export type BudgetResource = z.infer<typeof budgetSchema>
export type LimitsResource = z.infer<typeof limitsSchema>
export type PriceResource = z.infer<typeof priceSchema>
