/** Messages answers: a complete one to the canonical form, and from it. */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Counts } from '../../kernel/meters.ts'
import { answerId } from '../answer-ids.ts'
import type { Composing } from '../composing.ts'
import { defined, listOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { AssistantPart, CanonicalResponse, Finish, FinishReason } from '../part.ts'
import { openSeal, sealText } from '../seal.ts'
import type { AnswerBlock, MessageAnswer, MessagesUsage, StopDetails, StopReason } from './wire.ts'

/** Weir's word for each stop reason of this dialect. */
export const finishes: ReadonlyMap<string, FinishReason> = new Map(Object.entries({
  end_turn: 'stop', stop_sequence: 'stop', pause_turn: 'stop', max_tokens: 'length', model_context_window_exceeded: 'length', tool_use: 'tool-calls', refusal: 'refusal',
} as const))

/** Why an answer ended, from a message or from the `delta` of `message_delta`. An end in unknown words is a stop. */
export function readFinish(from: JsonRecord): Finish {
  const raw = stringOf(from['stop_reason']) ?? 'end_turn'
  return defined<Finish>({
    reason: finishes.get(raw) ?? 'stop', raw, stopSequence: stringOf(from['stop_sequence']), explanation: stringOf(recordOf(from['stop_details'])?.['explanation']),
  })
}

export function parseMessage(body: JsonRecord): CanonicalResponse | { readonly broken: string } {
  if (body['type'] !== 'message' || !Array.isArray(body['content'])) return { broken: 'the answer is not a message with content' }
  const content: AssistantPart[] = []
  for (const item of listOf(body['content'])) {
    const block = recordOf(item) ?? {}
    const part = parseBlock(block)
    if (part === undefined) return { broken: `the answer holds a block of type '${stringOf(block['type']) ?? ''}', which has no translation` }
    content.push(part)
  }
  return defined<CanonicalResponse>({
    id: stringOf(body['id']) ?? '', model: stringOf(body['model']) ?? '', createdAt: undefined, content, finish: readFinish(body),
    usage: undefined, serviceTier: stringOf(recordOf(body['usage'])?.['service_tier']), logprobs: undefined, failure: undefined,
  })
}

function parseBlock(block: JsonRecord): AssistantPart | undefined {
  switch (block['type']) {
    case 'text': return { type: 'text', text: stringOf(block['text']) ?? '' }
    case 'thinking': {
      const text = stringOf(block['thinking']) ?? ''
      const signature = stringOf(block['signature']) ?? ''
      return signature === '' ? { type: 'reasoning', text } : { type: 'reasoning', text, seal: openSeal(signature, 'anthropic-messages') }
    }
    case 'redacted_thinking': {
      return { type: 'reasoning', text: '', seal: { ...openSeal(stringOf(block['data']) ?? '', 'anthropic-messages'), redacted: true } }
    }
    case 'tool_use': {
      return { type: 'tool-call', id: stringOf(block['id']) ?? '', name: stringOf(block['name']) ?? '', arguments: JSON.stringify(block['input'] ?? {}) }
    }
    default: return undefined
  }
}

/** Anthropic's word for an end. What a filter stopped is a refusal there. */
export function stopReason(finish: Finish): StopReason {
  switch (finish.reason) {
    case 'length': return 'max_tokens'
    case 'tool-calls': return 'tool_use'
    case 'content-filter':
    case 'refusal': return 'refusal'
    default: return finish.stopSequence === undefined ? 'end_turn' : 'stop_sequence'
  }
}

export const stopDetails = (finish: Finish): StopDetails | null =>
  stopReason(finish) === 'refusal' ? { type: 'refusal', category: null, explanation: finish.explanation ?? null } : null

/**
 * Usage as messages show it. The format counts plain input beside cached input, and demands numbers: what is not known
 * is shown as zero there, and stays unknown in the reading that the call is settled by.
 */
export function messagesUsage(counts: Counts | undefined): MessagesUsage {
  const written = (counts?.cacheWrite ?? 0) + (counts?.cacheWriteLong ?? 0)
  const cached = counts?.cachedInput ?? 0
  return defined<MessagesUsage>({
    input_tokens: Math.max(0, (counts?.input ?? 0) - cached - written),
    output_tokens: counts?.output ?? 0,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens_details: counts?.reasoning === undefined ? undefined : { thinking_tokens: counts.reasoning },
  })
}

/** Input of a tool as the object that the format demands; arguments that are no JSON (cut off, most often) are shown as they are under one name. */
export function toolInput(text: string): Json {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    if (cause instanceof SyntaxError) return { raw_arguments: text }
    throw cause
  }
}

function composeBlock(part: AssistantPart): readonly AnswerBlock[] {
  switch (part.type) {
    case 'text':
    case 'refusal': return part.text === '' ? [] : [{ type: 'text', text: part.text, citations: null }]
    case 'tool-call': return [{ type: 'tool_use', id: part.id, name: part.name, input: toolInput(part.arguments), caller: { type: 'direct' } }]
    case 'reasoning': {
      const seal = part.seal === undefined ? '' : sealText(part.seal, 'anthropic-messages')
      return [part.seal?.redacted === true ? { type: 'redacted_thinking', data: seal } : { type: 'thinking', thinking: part.text, signature: seal }]
    }
  }
}

export function composeMessage(answer: CanonicalResponse, _composing: Composing): MessageAnswer {
  return {
    id: answerId('anthropic-messages', answer.id),
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: answer.content.flatMap(composeBlock),
    stop_reason: stopReason(answer.finish),
    stop_sequence: answer.finish.stopSequence ?? null,
    stop_details: stopDetails(answer.finish),
    usage: messagesUsage(answer.usage?.counts),
  }
}
