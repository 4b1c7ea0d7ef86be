/**
 * A supplier's notice about our use, in the forms that suppliers send, read into one. Nothing is guessed: what a form does
 * not say stays unsaid. Shapes: OpenAI's safety webhooks and cases (developers.openai.com/api/docs/guides/safety-enforcement,
 * read 2026-11-28), Azure's AbusePenalty of a Cognitive Services account (Azure REST, Microsoft.CognitiveServices, read
 * 2026-11-28), the case as another Weir shows it to its customer, and a letter.
 */
import { z } from 'zod'

export const noticeForms = ['openai-event', 'openai-safety-case', 'azure-abuse-penalty', 'weir-case', 'letter'] as const
export type NoticeForm = (typeof noticeForms)[number]

/** What the sender does or threatens. `told`: it asks or says something, and does nothing yet. */
export type NoticeAction = 'warning' | 'deactivation' | 'throttle' | 'block' | 'told'

export interface ReadNotice {
  /** The sender's id of the matter, and what is done in it where that may become another: the same twice is one notice. */
  readonly external: string
  readonly action: NoticeAction
  /** In a sentence, from the form's own words. */
  readonly says: string
  /** Clause id, where the notice names one of ours. */
  readonly clause?: string
  /** Safety identifiers that we sent upstream. */
  readonly identifiers: readonly string[]
  /** The sender's request ids. */
  readonly requestIds: readonly string[]
  /** Account at the supplier that it is about, as weir.yaml names it. */
  readonly account?: string
  /** Percent of the usual rate that is left. */
  readonly percent?: number
  readonly untilMs?: number
  /** Its case has to be read at the sender first: the webhook carries nothing but this id. */
  readonly fetch?: string
}

const event = z.object({ id: z.string().min(1), object: z.literal('event').optional(), created_at: z.number(), type: z.enum(['safety.warning_issued', 'safety.deactivation_issued']), data: z.object({ id: z.string().min(1) }) })
export const safetyCaseSchema = z.object({
  id: z.string().min(1), object: z.literal('safety.case').optional(), created_at: z.number(), entity_identifier: z.string(), reason: z.string().nullable(), notice: z.object({ type: z.enum(['warning', 'deactivation']) }),
})
export const abusePenaltySchema = z.object({ action: z.enum(['Throttle', 'Block']), rateLimitPercentage: z.number().min(0).optional(), expiration: z.string().optional() })
const azure = z.union([
  z.object({ name: z.string(), properties: z.object({ abusePenalty: abusePenaltySchema }) }).transform(({ name, properties }) => ({ name, penalty: properties.abusePenalty })),
  abusePenaltySchema.transform((penalty) => ({ name: undefined, penalty })),
])
const weirCase = z.object({ id: z.string(), clause: z.string(), says: z.string(), about: z.object({ key: z.string().optional() }), restrictions: z.array(z.object({ kind: z.string(), status: z.string(), ends: z.string().nullable() })) })
const letter = z.strictObject({
  reference: z.string().min(1), says: z.string().min(1), clause: z.string().optional(), identifiers: z.array(z.string()).default([]), request_ids: z.array(z.string()).default([]), account: z.string().optional(), until: z.string().optional(),
  action: z.enum(['warning', 'deactivation', 'throttle', 'block', 'told']).default('told'), percent: z.number().optional(),
})

const instantOf = (text: string | undefined): { untilMs?: number } => {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? {} : { untilMs: ms }
}

function ofPenalty({ name, penalty }: z.infer<typeof azure>): ReadNotice {
  const { action, rateLimitPercentage: percent, expiration } = penalty
  const about = name === undefined ? 'the account' : `account ${name}`
  const end = expiration === undefined ? '' : ` until ${expiration}`
  return {
    external: `abuse-penalty ${name ?? 'account'} ${action} ${expiration ?? ''}`.trim(), action: action === 'Block' ? 'block' : 'throttle', identifiers: [], requestIds: [], ...instantOf(expiration),
    says: action === 'Block' ? `Azure blocks ${about}${end}.` : `Azure throttles ${about}${percent === undefined ? '' : ` to ${percent} % of its rate`}${end}.`,
    ...(name === undefined ? {} : { account: name }), ...(percent === undefined ? {} : { percent }),
  }
}

function ofWeirCase({ id, clause, says, restrictions }: z.infer<typeof weirCase>): ReadNotice {
  const holding = restrictions.filter((one) => one.status === 'in-force')
  const suspended = holding.find((one) => one.kind.startsWith('suspend_') || one.kind === 'terminate')
  const throttled = holding.find((one) => one.kind === 'throttle')
  const action = suspended !== undefined ? 'block' : throttled !== undefined ? 'throttle' : 'warning'
  return { external: `${id} ${action}`, action, says, clause, identifiers: [], requestIds: [], ...instantOf((suspended ?? throttled)?.ends ?? undefined) }
}

const readers: Readonly<Record<NoticeForm, (body: unknown) => ReadNotice>> = {
  'openai-event': (body) => {
    const { type, data } = event.parse(body)
    const action = type === 'safety.warning_issued' ? 'warning' : 'deactivation'
    return { external: `${data.id} ${action}`, action, says: `OpenAI issued a ${action} (case ${data.id}).`, identifiers: [], requestIds: [], fetch: data.id }
  },
  'openai-safety-case': (body) => {
    const { id, entity_identifier: identifier, reason, notice } = safetyCaseSchema.parse(body)
    return { external: `${id} ${notice.type}`, action: notice.type, says: `OpenAI issued a ${notice.type} for safety identifier ${identifier}${reason === null ? ', without a reason' : `: ${reason}`}.`, identifiers: [identifier], requestIds: [] }
  },
  'azure-abuse-penalty': (body) => ofPenalty(azure.parse(body)),
  'weir-case': (body) => ofWeirCase(weirCase.parse(body)),
  letter: (body) => {
    const { reference, says, clause, identifiers, request_ids: requestIds, account, until, action, percent } = letter.parse(body)
    return { external: reference, action, says, identifiers, requestIds, ...instantOf(until), ...(clause === undefined ? {} : { clause }), ...(account === undefined ? {} : { account }), ...(percent === undefined ? {} : { percent }) }
  },
}

export type NoticeRead = { readonly status: 'read'; readonly notice: ReadNotice } | { readonly status: 'malformed'; readonly says: string }

/** Reads a notice in the form that it is said to have. */
export function readNotice(form: NoticeForm, body: unknown): NoticeRead {
  try {
    return { status: 'read', notice: readers[form](body) }
  } catch (cause) {
    if (cause instanceof z.ZodError) return { status: 'malformed', says: `not ${form}: ${cause.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ')}` }
    throw cause
  }
}
