/** Chat completions: a complete answer to the canonical form, and from it. */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Counts } from '../../kernel/meters.ts'
import { answerId } from '../answer-ids.ts'
import type { Composing } from '../composing.ts'
import { defined, listOf, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { AssistantPart, CanonicalResponse, Finish, FinishReason } from '../part.ts'
import type { ChatCompletion, ChatFinish, ChatLogprobs, ChatToolCall, ChatUsage } from './wire.ts'

/** Weir's word for each finish reason of this dialect. */
export const finishes: ReadonlyMap<string, FinishReason> = new Map(Object.entries({
  stop: 'stop', length: 'length', tool_calls: 'tool-calls', function_call: 'tool-calls', content_filter: 'content-filter',
} as const))

/** An end in words that OpenAI does not use is a stop; its own word stays beside ours. */
export function readFinish(raw: string, { refused, called }: { readonly refused: boolean; readonly called: boolean }): Finish {
  // A call that the request demanded by name ends in `stop` at OpenAI, and every call does at some hosts; other formats name it as a call.
  if (raw === 'stop' && (refused || called)) return { reason: refused ? 'refusal' : 'tool-calls', raw }
  return { reason: finishes.get(raw) ?? 'stop', raw }
}

/** The text of a message or delta: a string, or with some hosts parts that hold one. */
export const textIn = (message: JsonRecord): string => stringOf(message['content']) ?? listOf(message['content']).map((part) => stringOf(recordOf(part)?.['text']) ?? '').join('')

/** Arguments of a call: JSON text, or with some hosts the object itself. */
export function argumentsIn(named: JsonRecord | undefined): string {
  const given = named?.['arguments']
  return stringOf(given) ?? (recordOf(given) === undefined ? '' : JSON.stringify(given))
}

/** Reasoning text under either of the names in use. */
export const reasoningIn = (message: JsonRecord): string => stringOf(message['reasoning_content']) ?? stringOf(message['reasoning']) ?? ''

export function parseChatCompletion(body: JsonRecord): CanonicalResponse | { readonly broken: string } {
  const choices = listOf(body['choices'])
  const choice = recordOf(choices[0])
  const message = recordOf(choice?.['message'])
  if (choice === undefined || message === undefined || choices.length !== 1) return { broken: `the answer has ${choices.length} choices with a message, not one` }
  const content: AssistantPart[] = []
  const reasoning = reasoningIn(message)
  if (reasoning !== '') content.push({ type: 'reasoning', text: reasoning })
  const text = textIn(message)
  if (text !== '') content.push({ type: 'text', text })
  const refusal = stringOf(message['refusal'])
  if (refusal !== undefined && refusal !== '') content.push({ type: 'refusal', text: refusal })
  for (const [index, call] of listOf(message['tool_calls']).entries()) {
    const named = recordOf(recordOf(call)?.['function'])
    const name = stringOf(named?.['name'])
    if (name === undefined) return { broken: `tool call ${index} has no function name` }
    content.push({ type: 'tool-call', id: stringOf(recordOf(call)?.['id']) ?? `call_${index}`, name, arguments: argumentsIn(named) })
  }
  return defined<CanonicalResponse>({
    id: stringOf(body['id']) ?? '',
    model: stringOf(body['model']) ?? '',
    createdAt: numberOf(body['created']),
    content,
    finish: readFinish(stringOf(choice['finish_reason']) ?? 'stop', { refused: refusal !== undefined && refusal !== '', called: listOf(message['tool_calls']).length > 0 }),
    usage: undefined,
    serviceTier: stringOf(body['service_tier']),
    logprobs: logprobsIn(choice),
    failure: undefined,
  })
}

export function logprobsIn(choice: JsonRecord): readonly Json[] | undefined {
  const content = recordOf(choice['logprobs'])?.['content']
  return Array.isArray(content) ? content as Json[] : undefined
}

/** OpenAI's word for an end. A refusal in words is a normal stop there; one without words is the filter's. */
export function chatFinish(finish: Finish, refusedInWords: boolean): ChatFinish {
  switch (finish.reason) {
    case 'length': return 'length'
    case 'tool-calls': return 'tool_calls'
    case 'content-filter': return 'content_filter'
    case 'refusal': return refusedInWords ? 'stop' : 'content_filter'
    default: return 'stop'
  }
}

/** Usage as chat completions show it; undefined where the totals are not known. */
export function chatUsage(counts: Counts): ChatUsage | undefined {
  const { input, output } = counts
  if (input === undefined || output === undefined) return undefined
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: defined<NonNullable<ChatUsage['prompt_tokens_details']>>({
      cached_tokens: counts.cachedInput ?? 0, cache_write_tokens: cacheWrites(counts), audio_tokens: counts.audioInput,
    }),
    completion_tokens_details: defined<NonNullable<ChatUsage['completion_tokens_details']>>({ reasoning_tokens: counts.reasoning ?? 0, audio_tokens: counts.audioOutput }),
  }
}

/** Both lifetimes together: OpenAI's formats have one figure. */
function cacheWrites(counts: Counts): number | undefined {
  if (counts.cacheWrite === undefined && counts.cacheWriteLong === undefined) return undefined
  return (counts.cacheWrite ?? 0) + (counts.cacheWriteLong ?? 0)
}

/** Service tiers that OpenAI's answers may name; others are left out, since its clients know no other. */
const tiers = new Set(['auto', 'default', 'flex', 'scale', 'priority'])
export const openaiTier = (tier: string | undefined): string | undefined => tier !== undefined && tiers.has(tier) ? tier : undefined

export const chatLogprobs = (logprobs: readonly Json[]): ChatLogprobs => ({ content: logprobs, refusal: null })

export function composeChatCompletion(answer: CanonicalResponse, composing: Composing): ChatCompletion {
  const joined = (type: 'text' | 'refusal' | 'reasoning'): string => answer.content.map((part) => part.type === type ? part.text : '').join('')
  const calls = answer.content.filter((part) => part.type === 'tool-call')
  const refusal = joined('refusal') || (answer.finish.reason === 'refusal' ? answer.finish.explanation ?? '' : '')
  const hasText = answer.content.some((part) => part.type === 'text')
  return defined<ChatCompletion>({
    id: answerId('openai-chat', answer.id),
    object: 'chat.completion',
    created: answer.createdAt ?? composing.now,
    model: answer.model,
    choices: [{
      index: 0,
      message: defined<ChatCompletion['choices'][0]['message']>({
        role: 'assistant',
        content: hasText ? joined('text') : null,
        refusal: refusal === '' ? null : refusal,
        reasoning_content: joined('reasoning') || undefined,
        tool_calls: calls.length === 0 ? undefined : calls.map(({ id, name, arguments: text }): ChatToolCall => ({ id, type: 'function', function: { name, arguments: text } })),
      }),
      logprobs: answer.logprobs === undefined ? null : chatLogprobs(answer.logprobs),
      finish_reason: chatFinish(answer.finish, joined('refusal') !== ''),
    }],
    usage: answer.usage === undefined ? undefined : chatUsage(answer.usage.counts),
    service_tier: openaiTier(answer.serviceTier),
  })
}
