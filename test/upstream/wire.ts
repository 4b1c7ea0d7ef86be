/** The upstream's answers in each wire format. A stream is a list of pieces, each with the tokens that it delivers. */
import type { Work } from './work.ts'

export interface StreamPiece {
  readonly text: string
  readonly tokens: number
  /** This piece carries the usage. */
  readonly usage?: true
}

export interface Wire {
  readonly whole: (work: Work, id: string, withUsage: boolean) => object
  readonly pieces: (work: Work, id: string, withUsage: boolean) => StreamPiece[]
}

const created = 1_700_000_000
const spoken = (words: readonly string[]): string => words.join(' ')
const deltaOf = (word: string, index: number): string => (index === 0 ? word : ` ${word}`)

const chatUsage = (work: Work): object => ({
  prompt_tokens: work.inputTokens, completion_tokens: work.words.length, total_tokens: work.inputTokens + work.words.length,
  prompt_tokens_details: { cached_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 0 },
})

const chat: Wire = {
  whole: (work, id, withUsage) => ({
    id, object: 'chat.completion', created, model: work.model, choices: [{ index: 0, message: { role: 'assistant', content: spoken(work.words), refusal: null }, logprobs: null, finish_reason: 'stop' }],
    ...(withUsage ? { usage: chatUsage(work) } : {}),
  }),
  pieces: (work, id, withUsage) => {
    const line = (fields: object): string => `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model: work.model, ...fields })}\n\n`
    const choice = (delta: object, finish: string | null = null): string => line({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })
    return [
      { text: choice({ role: 'assistant', content: '' }), tokens: 0 },
      ...work.words.map((word, index) => ({ text: choice({ content: deltaOf(word, index) }), tokens: 1 })),
      { text: choice({}, 'stop'), tokens: 0 },
      ...(withUsage && work.usageAsked ? [{ text: line({ choices: [], usage: chatUsage(work) }), tokens: 0, usage: true as const }] : []),
      { text: 'data: [DONE]\n\n', tokens: 0 },
    ]
  },
}

const named = (name: string, fields: object): string => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...fields })}\n\n`

const messages: Wire = {
  whole: (work, id, withUsage) => ({
    id, type: 'message', role: 'assistant', model: work.model, content: [{ type: 'text', text: spoken(work.words) }], stop_reason: 'end_turn', stop_sequence: null,
    ...(withUsage ? { usage: { input_tokens: work.inputTokens, output_tokens: work.words.length, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 } } : {}),
  }),
  pieces: (work, id, withUsage) => [
    { text: named('message_start', { message: { id, type: 'message', role: 'assistant', model: work.model, content: [], stop_reason: null, stop_sequence: null, ...(withUsage ? { usage: { input_tokens: work.inputTokens, output_tokens: 1 } } : {}) } }), tokens: 0 },
    { text: named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }), tokens: 0 },
    ...work.words.map((word, index) => ({ text: named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: deltaOf(word, index) } }), tokens: 1 })),
    { text: named('content_block_stop', { index: 0 }), tokens: 0 },
    {
      text: named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, ...(withUsage ? { usage: { output_tokens: work.words.length } } : {}) }), tokens: 0, ...(withUsage ? { usage: true as const } : {}),
    },
    { text: named('message_stop', {}), tokens: 0 },
  ],
}

function responseObject(work: Work, id: string, done: boolean, withUsage: boolean): object {
  const usage = {
    input_tokens: work.inputTokens, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 }, output_tokens: work.words.length, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: work.inputTokens + work.words.length,
  }
  const message = { id: `msg_${id}`, type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text: spoken(work.words), annotations: [], logprobs: [] }] }
  return {
    id, object: 'response', created_at: created, status: done ? 'completed' : 'in_progress', error: null, incomplete_details: null, instructions: null, model: work.model, output: done ? [message] : [], parallel_tool_calls: true,
    tool_choice: 'auto', tools: [], temperature: 1, top_p: 1, metadata: {}, ...(done && withUsage ? { usage } : {}),
  }
}

const responses: Wire = {
  whole: (work, id, withUsage) => responseObject(work, id, true, withUsage),
  pieces: (work, id, withUsage) => {
    const at = { item_id: `msg_${id}`, output_index: 0, content_index: 0 }
    const part = { type: 'output_text', text: '', annotations: [], logprobs: [] }
    const item = { id: `msg_${id}`, type: 'message', role: 'assistant' }
    const full = { ...part, text: spoken(work.words) }
    const steps: (readonly [name: string, fields: object, tokens: number])[] = [
      ['response.created', { response: responseObject(work, id, false, withUsage) }, 0],
      ['response.in_progress', { response: responseObject(work, id, false, withUsage) }, 0],
      ['response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } }, 0],
      ['response.content_part.added', { ...at, part }, 0],
      ...work.words.map((word, index) => ['response.output_text.delta', { ...at, delta: deltaOf(word, index), logprobs: [] }, 1] as const),
      ['response.output_text.done', { ...at, text: full.text, logprobs: [] }, 0],
      ['response.content_part.done', { ...at, part: full }, 0],
      ['response.output_item.done', { output_index: 0, item: { ...item, status: 'completed', content: [full] } }, 0],
      ['response.completed', { response: responseObject(work, id, true, withUsage) }, 0],
    ]
    return steps.map(([name, fields, tokens], index) => ({
      text: named(name, { sequence_number: index, ...fields }), tokens, ...(name === 'response.completed' && withUsage ? { usage: true as const } : {}),
    }))
  },
}

/** By the end of the path: `/chat/completions`, `/messages`, `/responses`. */
export const wires: Readonly<Record<string, { readonly wire: Wire; readonly prefix: string }>> = {
  '/chat/completions': { wire: chat, prefix: 'chatcmpl-' }, '/messages': { wire: messages, prefix: 'msg_' }, '/responses': { wire: responses, prefix: 'resp_' },
}
