/** Responses: a complete answer to the canonical form, and from it. */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Counts } from '../../kernel/meters.ts'
import { answerId, idStem } from '../answer-ids.ts'
import type { Composing } from '../composing.ts'
import { isObject } from '../fields.ts'
import { defined, listOf, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { AssistantPart, CanonicalResponse, Failure, Finish, FinishReason, JsonObject, ReasoningPart } from '../part.ts'
import { openSeal, sealText } from '../seal.ts'
import type { OutputItem, ResponseFacts, ResponsesUsage, SummaryText } from './wire.ts'

/** Why a response ended: its status, and what its output holds. */
export function readFinish(response: JsonRecord, held: { readonly calls: boolean; readonly refusal: boolean }): Finish {
  const status = stringOf(response['status']) ?? 'completed'
  const why = stringOf(recordOf(response['incomplete_details'])?.['reason'])
  const raw = why ?? status
  if (status === 'failed' || status === 'cancelled') return { reason: 'error', raw }
  if (status === 'incomplete') return { reason: why === 'content_filter' ? 'content-filter' : 'length', raw }
  const reason: FinishReason = held.calls ? 'tool-calls' : held.refusal ? 'refusal' : 'stop'
  return { reason, raw }
}

export function readFailure(error: JsonRecord | undefined): Failure {
  return defined<Failure>({ message: stringOf(error?.['message']) ?? 'The upstream failed.', code: stringOf(error?.['code']), errorType: stringOf(error?.['type']) })
}

export function parseResponse(body: JsonRecord): CanonicalResponse | { readonly broken: string } {
  if (!Array.isArray(body['output'])) return { broken: 'the answer is not a response with output' }
  const content: AssistantPart[] = []
  const logprobs: Json[] = []
  for (const each of listOf(body['output'])) {
    const item = recordOf(each) ?? {}
    const parts = parseItem(item, logprobs)
    if (parts === undefined) return { broken: `the answer holds an item of type '${stringOf(item['type']) ?? ''}', which has no translation` }
    content.push(...parts)
  }
  const held = { calls: content.some((part) => part.type === 'tool-call'), refusal: content.some((part) => part.type === 'refusal') }
  const finish = readFinish(body, held)
  return defined<CanonicalResponse>({
    id: stringOf(body['id']) ?? '', model: stringOf(body['model']) ?? '', createdAt: numberOf(body['created_at']), content, finish,
    usage: undefined, serviceTier: stringOf(body['service_tier']), logprobs: logprobs.length === 0 ? undefined : logprobs,
    failure: finish.reason === 'error' ? readFailure(recordOf(body['error'])) : undefined,
  })
}

function parseItem(item: JsonRecord, logprobs: Json[]): readonly AssistantPart[] | undefined {
  switch (item['type']) {
    case 'message': return listOf(item['content']).map((each): AssistantPart => {
      const part = recordOf(each) ?? {}
      if (part['type'] === 'refusal') return { type: 'refusal', text: stringOf(part['refusal']) ?? '' }
      logprobs.push(...listOf(part['logprobs']) as Json[])
      return { type: 'text', text: stringOf(part['text']) ?? '' }
    })
    case 'function_call': return [{ type: 'tool-call', id: stringOf(item['call_id']) ?? '', name: stringOf(item['name']) ?? '', arguments: stringOf(item['arguments']) ?? '' }]
    case 'reasoning': {
      const reasoning = readReasoning(item)
      return reasoning.text === '' && reasoning.seal === undefined ? [] : [reasoning]
    }
    default: return undefined
  }
}

/** A reasoning item: its text (whole, else the summary) and its seal. */
export function readReasoning(item: JsonRecord): ReasoningPart {
  const texts = (key: string): readonly string[] => listOf(item[key]).map((each) => stringOf(recordOf(each)?.['text']) ?? '')
  const content = texts('content')
  const text = (content.length > 0 ? content : texts('summary')).join('\n\n')
  const sealed = stringOf(item['encrypted_content'])
  if (sealed === undefined || sealed === '') return { type: 'reasoning', text }
  const seal = openSeal(sealed, 'openai-responses')
  const id = stringOf(item['id'])
  return { type: 'reasoning', text, seal: id === undefined || seal.by !== 'openai-responses' ? seal : { ...seal, id } }
}

/** Usage as responses show it; undefined where the totals are not known. */
export function composeUsage(counts: Counts | undefined): ResponsesUsage | undefined {
  if (counts?.input === undefined || counts.output === undefined) return undefined
  return {
    input_tokens: counts.input,
    input_tokens_details: { cached_tokens: counts.cachedInput ?? 0, cache_write_tokens: (counts.cacheWrite ?? 0) + (counts.cacheWriteLong ?? 0) },
    output_tokens: counts.output,
    output_tokens_details: { reasoning_tokens: counts.reasoning ?? 0 },
    total_tokens: counts.input + counts.output,
  }
}

export const itemId = (prefix: 'msg' | 'fc' | 'rs', responseId: string, index: number): string => `${prefix}_${idStem(responseId)}_${index}`

/** How a finish shows: as a status, with a reason where it is incomplete. A refusal in words completes the response. */
export function statusOf(finish: Finish, refusedInWords: boolean): Pick<ResponseFacts, 'status' | 'incomplete'> {
  switch (finish.reason) {
    case 'length': return { status: 'incomplete', incomplete: 'max_output_tokens' }
    case 'content-filter': return { status: 'incomplete', incomplete: 'content_filter' }
    case 'refusal': return refusedInWords ? { status: 'completed', incomplete: undefined } : { status: 'incomplete', incomplete: 'content_filter' }
    case 'error': return { status: 'failed', incomplete: undefined }
    default: return { status: 'completed', incomplete: undefined }
  }
}

/** Service tiers that answers may name; others are left out, since clients know no other. */
const tiers = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'])

/** The whole response object: what the answer decides, and what repeats the request. */
export function responseObject(facts: ResponseFacts, { asked, now }: Composing): object {
  const text = isObject(asked['text']) ? asked['text'] : {}
  const reasoning = isObject(asked['reasoning']) ? asked['reasoning'] : {}
  return {
    id: facts.id,
    object: 'response',
    created_at: facts.createdAt,
    ...(facts.status === 'completed' ? { completed_at: Math.max(now, facts.createdAt) } : {}),
    status: facts.status,
    background: false,
    error: facts.error ?? null,
    incomplete_details: facts.incomplete === undefined ? null : { reason: facts.incomplete },
    instructions: asked['instructions'] ?? null,
    max_output_tokens: asked['max_output_tokens'] ?? null,
    model: facts.model,
    output: facts.output,
    parallel_tool_calls: asked['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    store: false,
    temperature: asked['temperature'] ?? null,
    text: { ...text, format: text['format'] ?? { type: 'text' } },
    tool_choice: asked['tool_choice'] ?? 'auto',
    tools: (Array.isArray(asked['tools']) ? asked['tools'] as readonly Json[] : []).map(shownTool),
    top_p: asked['top_p'] ?? null,
    truncation: 'disabled',
    metadata: asked['metadata'] ?? {},
    ...(facts.usage === undefined ? {} : { usage: facts.usage }),
    ...(facts.tier === undefined || !tiers.has(facts.tier) ? {} : { service_tier: facts.tier }),
    ...(typeof asked['user'] === 'string' ? { user: asked['user'] } : {}),
    ...(typeof asked['safety_identifier'] === 'string' ? { safety_identifier: asked['safety_identifier'] } : {}),
  }
}

/** A tool of the request as answers show it: `strict` and `parameters` are always there. */
const shownTool = (tool: Json): JsonObject => isObject(tool) ? { ...tool, parameters: tool['parameters'] ?? null, strict: tool['strict'] ?? null } : {}

export function composeResponse(answer: CanonicalResponse, composing: Composing): object {
  const output = composeOutput(answer)
  const refused = output.some((item) => item.type === 'message' && item.content.some((part) => part.type === 'refusal'))
  const facts: ResponseFacts = {
    id: answerId('openai-responses', answer.id), model: answer.model, createdAt: answer.createdAt ?? composing.now, output,
    usage: composeUsage(answer.usage?.counts), error: undefined, tier: answer.serviceTier, ...statusOf(answer.finish, refused),
  }
  const shown = responseObject(facts, composing)
  const text = answer.content.map((part) => part.type === 'text' ? part.text : '').join('')
  return { ...shown, output_text: text }
}

function composeOutput({ id, content, finish, logprobs }: CanonicalResponse): readonly OutputItem[] {
  const items: OutputItem[] = []
  const explained = finish.reason === 'refusal' && finish.explanation !== undefined && !content.some((part) => part.type === 'refusal')
  const parts: readonly AssistantPart[] = explained ? [...content, { type: 'refusal', text: finish.explanation ?? '' }] : content
  let unshown = logprobs ?? []
  for (const part of parts) {
    const index = items.length
    if (part.type === 'tool-call') {
      items.push({ type: 'function_call', id: itemId('fc', id, index), call_id: part.id, name: part.name, arguments: part.arguments, status: 'completed' })
    } else if (part.type === 'reasoning') {
      items.push(reasoningItem(itemId('rs', id, index), part))
    } else {
      const piece = part.type === 'refusal' ? { type: 'refusal' as const, refusal: part.text } : { type: 'output_text' as const, text: part.text, annotations: [] as const, logprobs: unshown }
      if (part.type === 'text') unshown = []
      items.push({ type: 'message', id: itemId('msg', id, index), role: 'assistant', status: 'completed', content: [piece] })
    }
  }
  return items
}

export function reasoningItem(id: string, { text, seal }: Omit<ReasoningPart, 'type'>): OutputItem & { type: 'reasoning' } {
  const summary: readonly SummaryText[] = text === '' ? [] : [{ type: 'summary_text', text }]
  return defined<OutputItem & { type: 'reasoning' }>({ type: 'reasoning', id, summary, encrypted_content: seal === undefined ? undefined : sealText(seal, 'openai-responses') })
}
