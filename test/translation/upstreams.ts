/** Writes answers as the makers' services do: whole bodies and streams. Shares no code with the translators. */
import type { ChatDialect, JsonObject } from '../../src/dialects/part.ts'
import type { Answer, Block, End } from './answers.ts'

/** 30 input tokens, 10 of them cached; 12 output tokens, 4 of them reasoning. */
const usages = {
  'openai-chat': {
    prompt_tokens: 30, completion_tokens: 12, total_tokens: 42,
    prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 4 },
  },
  'openai-responses': {
    input_tokens: 30, input_tokens_details: { cached_tokens: 10, cache_write_tokens: 0 }, output_tokens: 12, output_tokens_details: { reasoning_tokens: 4 }, total_tokens: 42,
  },
  'anthropic-messages': { input_tokens: 20, cache_read_input_tokens: 10, cache_creation_input_tokens: 0, output_tokens: 12, output_tokens_details: { thinking_tokens: 4 } },
} as const

const created = 1_700_000_000
const textOf = (blocks: readonly Block[], key: 'text' | 'refusal' | 'reasoning'): string => blocks.map((block) => key in block ? (block as Record<string, string>)[key] ?? '' : '').join('')
const callsOf = (blocks: readonly Block[]): readonly { readonly id: string; readonly name: string; readonly arguments: string }[] => blocks.flatMap((block) => 'call' in block ? [block.call] : [])

const chatEnds: Readonly<Record<End, string>> = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls', 'content-filter': 'content_filter', refusal: 'stop' }

function chatLogprobs(blocks: readonly Block[]): object | null {
  const content = blocks.flatMap((block) => 'text' in block ? block.logprobs ?? [] : [])
  return content.length === 0 ? null : { content, refusal: null }
}

function chatWhole({ blocks, end }: Answer): JsonObject {
  const calls = callsOf(blocks)
  const reasoning = textOf(blocks, 'reasoning')
  return {
    id: 'chatcmpl-x1', object: 'chat.completion', created, model: 'served',
    choices: [{
      index: 0,
      message: {
        role: 'assistant', content: blocks.some((block) => 'text' in block) ? textOf(blocks, 'text') : null, refusal: textOf(blocks, 'refusal') || null,
        ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
        ...(calls.length === 0 ? {} : { tool_calls: calls.map(({ id, name, arguments: text }) => ({ id, type: 'function', function: { name, arguments: text } })) }),
      },
      logprobs: chatLogprobs(blocks) as JsonObject | null, finish_reason: chatEnds[end],
    }],
    usage: usages['openai-chat'],
  }
}

function responsesItem(block: Block, index: number): JsonObject {
  if ('call' in block) return { type: 'function_call', id: `fc_x1_${index}`, call_id: block.call.id, name: block.call.name, arguments: block.call.arguments, status: 'completed' }
  if ('reasoning' in block) return { type: 'reasoning', id: `rs_x1_${index}`, summary: block.reasoning === '' ? [] : [{ type: 'summary_text', text: block.reasoning }], ...(block.seal === undefined ? {} : { encrypted_content: block.seal }) }
  const part = 'refusal' in block ? { type: 'refusal', refusal: block.refusal } : { type: 'output_text', text: block.text, annotations: [], logprobs: (block.logprobs ?? []) as JsonObject[] }
  return { type: 'message', id: `msg_x1_${index}`, role: 'assistant', status: 'completed', content: [part] }
}

function responsesWhole({ blocks, end }: Answer): JsonObject {
  const reason = end === 'length' ? 'max_output_tokens' : end === 'content-filter' ? 'content_filter' : undefined
  return {
    id: 'resp_x1', object: 'response', created_at: created, model: 'served', status: reason === undefined ? 'completed' : 'incomplete', error: null,
    incomplete_details: reason === undefined ? null : { reason }, output: blocks.map(responsesItem), usage: usages['openai-responses'],
  }
}

const messagesEnds: Readonly<Record<End, string>> = { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use', 'content-filter': 'refusal', refusal: 'refusal' }

function messagesBlock(block: Block): JsonObject {
  if ('call' in block) return { type: 'tool_use', id: block.call.id, name: block.call.name, input: JSON.parse(block.call.arguments) as JsonObject, caller: { type: 'direct' } }
  if ('reasoning' in block) return { type: 'thinking', thinking: block.reasoning, signature: block.seal ?? '' }
  return { type: 'text', text: 'refusal' in block ? block.refusal : block.text, citations: null }
}

const messagesEnding = ({ end, stopSequence, explanation }: Answer): JsonObject => ({
  stop_reason: stopSequence === undefined ? messagesEnds[end] ?? null : 'stop_sequence', stop_sequence: stopSequence ?? null,
  stop_details: messagesEnds[end] === 'refusal' ? { type: 'refusal', category: null, explanation: explanation ?? null } : null,
})

const messagesWhole = (answer: Answer): JsonObject => ({
  id: 'msg_x1', type: 'message', role: 'assistant', model: 'served', content: answer.blocks.map(messagesBlock), ...messagesEnding(answer), usage: usages['anthropic-messages'],
})

/** A whole answer. */
export const wholeOf: Readonly<Record<ChatDialect, (answer: Answer) => JsonObject>> = { 'openai-chat': chatWhole, 'openai-responses': responsesWhole, 'anthropic-messages': messagesWhole }

/** Pieces of three characters, so that every text comes in several deltas. */
const pieces = (text: string): readonly string[] => Array.from(text).reduce<string[]>((all, letter, index) => {
  if (index % 3 === 0) all.push('')
  all[all.length - 1] += letter
  return all
}, [])

const data = (event: object): string => `data: ${JSON.stringify(event)}\n\n`
const named = (event: { readonly type: string }): string => `event: ${event.type}\n${data(event)}`

function chatStream({ blocks, end }: Answer): string {
  const chunk = (delta: object, finish: string | null = null, logprobs: object | null = null): string =>
    data({ id: 'chatcmpl-x1', object: 'chat.completion.chunk', created, model: 'served', choices: [{ index: 0, delta, logprobs, finish_reason: finish }], usage: null, obfuscation: 'x' })
  let text = chunk({ role: 'assistant', content: '' })
  let index = -1
  for (const block of blocks) {
    if ('call' in block) {
      index += 1
      text += chunk({ tool_calls: [{ index, id: block.call.id, type: 'function', function: { name: block.call.name, arguments: '' } }] })
      for (const piece of pieces(block.call.arguments)) text += chunk({ tool_calls: [{ index, function: { arguments: piece } }] })
    } else if ('reasoning' in block) for (const piece of pieces(block.reasoning)) text += chunk({ reasoning_content: piece })
    else if ('refusal' in block) for (const piece of pieces(block.refusal)) text += chunk({ refusal: piece })
    else for (const piece of pieces(block.text)) text += chunk({ content: piece }, null, chatLogprobs([block]))
  }
  text += chunk({}, chatEnds[end])
  text += data({ id: 'chatcmpl-x1', object: 'chat.completion.chunk', created, model: 'served', choices: [], usage: usages['openai-chat'] })
  return `${text}data: [DONE]\n\n`
}

function responsesStream(answer: Answer): string {
  const whole = responsesWhole(answer)
  const begun = { ...whole, status: 'in_progress', output: [], usage: null }
  let sequence = 0
  const event = (type: string, rest: object): string => named({ type, ...rest, sequence_number: sequence++ } as { type: string })
  let text = event('response.created', { response: begun }) + event('response.in_progress', { response: begun })
  for (const [index, block] of answer.blocks.entries()) {
    const item = responsesItem(block, index)
    const at = { item_id: item['id'], output_index: index }
    const empty = { ...item, ...('call' in block ? { arguments: '', status: 'in_progress' } : 'reasoning' in block ? { summary: [], encrypted_content: null } : { content: [], status: 'in_progress' }) }
    text += event('response.output_item.added', { output_index: index, item: empty })
    if ('call' in block) {
      for (const delta of pieces(block.call.arguments)) text += event('response.function_call_arguments.delta', { ...at, delta, obfuscation: 'x' })
      text += event('response.function_call_arguments.done', { ...at, arguments: block.call.arguments })
    } else if ('reasoning' in block) {
      if (block.reasoning !== '') text += event('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: { type: 'summary_text', text: '' } })
      for (const delta of pieces(block.reasoning)) text += event('response.reasoning_summary_text.delta', { ...at, summary_index: 0, delta })
    } else {
      const [part] = item['content'] as JsonObject[]
      text += event('response.content_part.added', { ...at, content_index: 0, part: { ...part, text: '' } })
      const kind = 'refusal' in block ? 'response.refusal' : 'response.output_text'
      for (const delta of pieces('refusal' in block ? block.refusal : block.text)) text += event(`${kind}.delta`, { ...at, content_index: 0, delta, ...('text' in block ? { logprobs: block.logprobs ?? [] } : {}) })
      text += event(`${kind}.done`, { ...at, content_index: 0, text: 'text' in block ? block.text : undefined }) + event('response.content_part.done', { ...at, content_index: 0, part })
    }
    text += event('response.output_item.done', { output_index: index, item })
  }
  return text + event(whole['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed', { response: whole })
}

function messagesStream(answer: Answer): string {
  const { output_tokens: _output, output_tokens_details: _details, ...input } = usages['anthropic-messages']
  const start = { ...messagesWhole(answer), content: [], stop_reason: null, stop_sequence: null, stop_details: null, usage: { ...input, output_tokens: 1 } }
  let text = named({ type: 'message_start', message: start } as { type: string }) + named({ type: 'ping' })
  for (const [index, block] of answer.blocks.entries()) {
    const whole = messagesBlock(block)
    const empty = 'call' in block ? { ...whole, input: {} } : 'reasoning' in block ? { ...whole, thinking: '', signature: '' } : { ...whole, text: '' }
    const delta = (rest: object): string => named({ type: 'content_block_delta', index, delta: rest } as { type: string })
    text += named({ type: 'content_block_start', index, content_block: empty } as { type: string })
    if ('call' in block) for (const piece of ['', ...pieces(block.call.arguments)]) text += delta({ type: 'input_json_delta', partial_json: piece })
    else if ('reasoning' in block) {
      for (const piece of pieces(block.reasoning)) text += delta({ type: 'thinking_delta', thinking: piece })
      if (block.seal !== undefined) text += delta({ type: 'signature_delta', signature: block.seal })
    } else for (const piece of pieces('refusal' in block ? block.refusal : block.text)) text += delta({ type: 'text_delta', text: piece })
    text += named({ type: 'content_block_stop', index } as { type: string })
  }
  return text + named({ type: 'message_delta', delta: messagesEnding(answer), usage: usages['anthropic-messages'] } as { type: string }) + named({ type: 'message_stop' })
}

/** A streamed answer. */
export const streamOf: Readonly<Record<ChatDialect, (answer: Answer) => string>> = { 'openai-chat': chatStream, 'openai-responses': responsesStream, 'anthropic-messages': messagesStream }
