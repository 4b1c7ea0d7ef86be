/** The outlook and both sides of a diversion as the admin API answers them: described member by member, so that clients have types. */
import { z } from 'zod'
import { actualSchema, guidanceSchema } from '../../planner/guidance.ts'
import type { Outlook } from '../../planner/outlook.ts'
import type { TwoSides } from '../../planner/two-sides.ts'

const source = z.object({ kind: z.string(), id: z.string().describe('Row id, or the key of the rows.'), date: z.string(), says: z.string().optional() })
const interval = z.object({ low: z.string(), high: z.string(), meaning: z.string().describe('`exact…`, or what the two ends mean and how they were reached.') })
const figure = z.object({ name: z.string(), value: z.string(), unit: z.string(), base: z.string().describe('Figures of different bases are never compared.'), interval, inputs: z.array(source), checked: z.string() })
const figures = z.array(figure)
const missing = z.object({ status: z.literal('missing'), missing: z.array(z.string()).describe('What is not there, and how to put it there.') })
const known = <T extends z.ZodRawShape>(shape: T) => z.union([z.object({ status: z.literal('known'), ...shape }), missing])

const customer = z.object({ customer: z.string(), amount: z.string(), share: z.string(), points: z.string(), large: z.boolean(), inputs: z.array(source) })
const byParty = z.record(z.string(), z.string())
const monthAfter = z.object({ month: z.number(), revenue: z.string(), payable: byParty, shortfall: byParty, idle: byParty, margin: z.string() })
const sign = z.object({ customer: z.string(), sign: z.enum(['falling share of calls', 'growing share on own deployments', 'pilot ended', 'project fell silent', 'contract ends']), says: z.string(), about: z.string().optional(), points: z.object({ estimate: z.number(), low: z.number(), high: z.number() }).optional(), inputs: z.array(source) })
const window = z.object({ from: z.string(), until: z.string() })
const finality = z.union([z.object({ status: z.literal('final') }), z.object({ status: z.enum(['preliminary', 'unknown']), says: z.string() })]).describe('Whether the actual was known after its quarter was over.')
const compared = z.union([z.object({ status: z.literal('compared'), verdict: z.enum(['below range', 'within range', 'above range']), distance: z.string(), finality }), z.object({ status: z.literal('not-comparable'), says: z.string() })])
const guidanceBody = z.object(guidanceSchema.shape)
const guidanceLine = z.object({
  id: z.string(), guidance: guidanceBody, actual: z.object({ id: z.string(), actual: actualSchema, compared }).optional(),
  odds: known({ figures }).optional().describe('Before the actual is known for good: how likely it falls below, inside or above.'),
})
const advice = z.object({ model: z.string(), term: z.enum(['month', 'year']), figures, says: z.string() })
const makeOrBuy = z.object({ model: z.string(), figures, inputs: z.array(z.object({ name: z.string(), low: z.string(), high: z.string(), unit: z.string(), source })), decides: z.array(z.string()), verdict: z.enum(['above', 'inside', 'below']), says: z.string() })
const ofModel = <T extends z.ZodRawShape>(shape: T) => z.union([z.object({ status: z.literal('known'), model: z.string(), ...shape }), missing.extend({ model: z.string() })])
const mixMonth = z.object({ period: z.string(), tokens: z.string(), shares: z.array(z.object({ capacity: z.string(), tokens: z.string(), amount: z.string(), share: z.string().optional() })) })
const ending = z.object({
  day: z.string(), days: z.number(), what: z.enum(['contract', 'commitment', 'credit', 'reserved units', 'model retirement']), name: z.string(), party: z.string().optional(), says: z.string(), amount: z.string().optional(), replacement: z.string().optional(),
  keys: z.array(z.object({ key: z.string(), project: z.string(), calls: z.number() })), input: source,
})

export const outlookAnswer = z.object({
  made: z.string(), month: z.string(), currency: z.string(), base: z.string(),
  concentration: known({ figures, customers: z.array(customer), flags: z.array(z.string()) }), runRate: known({ figures }), retention: known({ figures }),
  whatIf: known({ scenario: z.string(), figures, before: monthAfter, months: z.array(monthAfter), assumes: z.array(z.string()), inputs: z.array(source) }).optional(),
  earlySigns: z.object({ signs: z.array(sign), missing: z.array(z.string()), windows: z.object({ earlier: window, later: window }) }),
  guidance: z.array(guidanceLine), reservations: z.array(ofModel({ advice: z.array(advice) })), makeOrBuy: z.array(ofModel({ advice: makeOrBuy })),
  mix: z.object({ base: z.string(), inputs: z.array(source), months: z.array(mixMonth) }), calendar: z.array(ending), leftOut: z.array(z.string()),
})

const estimate = z.object({ value: z.string(), low: z.string(), high: z.string().optional().describe('Absent: open above.') })
const side = z.object({
  side: z.enum(['own', 'supplier']), deployments: z.array(z.string()), attempts: z.number(), calls: z.number(), judged: z.number(), successes: z.number(), currency: z.string().optional(), cost: z.string(), uncosted: z.number(),
  successRate: estimate.optional(), errorRate: estimate.optional(), costPerCall: estimate.optional(), costPerSuccess: estimate.optional(), latencyMedianMs: estimate.optional(), latency95Ms: estimate.optional(),
})
const atAsset = known({ months: z.array(z.object({ month: z.string(), cost: z.string(), atRate: z.string(), times: z.string(), costPerSuccess: estimate.optional(), inputs: z.array(source) })) })
export const sidesAnswer = z.object({ model: z.string(), since: z.string(), until: z.string(), signal: z.string(), sides: z.array(side), atAsset: atAsset.describe('The own side at what its assets cost by the books.'), says: z.string(), missing: z.array(z.string()), methods: z.array(z.string()) })

/** What the planner made, as the schema has it: the same members, lists that may be written to. */
export const outlookOf = (found: Outlook): z.input<typeof outlookAnswer> => found as unknown as z.input<typeof outlookAnswer>
export const sidesOfAnswer = (found: TwoSides): z.input<typeof sidesAnswer> => found as unknown as z.input<typeof sidesAnswer>
