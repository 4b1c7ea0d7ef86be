/** Anthropic's `/v1/messages` and `/v1/messages/count_tokens`. Input tokens: exactly the content tokens of system, messages and tools. */
import { items, record, text, whole, type Body } from './body.ts'
import { readToolChoice, wantedTokens } from './chat.ts'
import { type Answer, type Charge, type Desk, events, type Frame, type Incoming, json, refuse } from './desk.ts'
import { generate, joined, type Made, type Task, type Tool } from './generation.ts'
import { markedLeastTokens } from './prompt-cache.ts'

const imageTokens = 765
const documentTokens = 1_500

interface Prompt {
  readonly texts: string[]
  otherTokens: number
  /** Index into texts after the last block that is marked for the cache, and its lifetime. */
  marked: { readonly until: number; readonly long: boolean } | undefined
}

function readBlock(block: Body, prompt: Prompt): void {
  switch (block['type']) {
    case 'text': prompt.texts.push(text(block['text']) ?? ''); break
    case 'thinking': prompt.texts.push(text(block['thinking']) ?? ''); break
    case 'tool_use': prompt.texts.push(text(block['name']) ?? '', JSON.stringify(block['input'] ?? {})); break
    case 'tool_result': readContent(block['content'], prompt); break
    case 'image': prompt.otherTokens += imageTokens; break
    case 'document': prompt.otherTokens += documentTokens; break
    default: break
  }
  const cache = record(block['cache_control'])
  if (cache['type'] === 'ephemeral') prompt.marked = { until: prompt.texts.length, long: cache['ttl'] === '1h' }
}

function readContent(content: unknown, prompt: Prompt): void {
  if (typeof content === 'string') prompt.texts.push(content)
  else for (const block of items(content)) readBlock(record(block), prompt)
}

function readPrompt(body: Body): { readonly prompt: Prompt; readonly tools: Tool[]; readonly answersTools: boolean } {
  const prompt: Prompt = { texts: [], otherTokens: 0, marked: undefined }
  const tools: Tool[] = []
  for (const item of items(body['tools']).map(record)) {
    if (item['input_schema'] === undefined) continue
    const tool = { name: text(item['name']) ?? 'tool', schema: item['input_schema'] }
    tools.push(tool)
    prompt.texts.push(tool.name, text(item['description']) ?? '', JSON.stringify(tool.schema))
    if (record(item['cache_control'])['type'] === 'ephemeral') prompt.marked = { until: prompt.texts.length, long: record(item['cache_control'])['ttl'] === '1h' }
  }
  readContent(body['system'], prompt)
  const messages = items(body['messages']).map(record)
  for (const message of messages) readContent(message['content'], prompt)
  const answersTools = items(messages.at(-1)?.['content']).some((block) => record(block)['type'] === 'tool_result')
  return { prompt, tools, answersTools }
}

function anthropicChoice(choice: unknown): Task['toolChoice'] {
  const { type, name } = record(choice)
  if (type === 'any') return 'required'
  return type === 'tool' ? readToolChoice({ name }) : type === 'none' ? 'none' : 'auto'
}

function thinkingEffort(body: Body): string | undefined {
  const { type, budget_tokens: budget } = record(body['thinking'])
  if (type !== 'enabled' && type !== 'adaptive') return undefined
  return (whole(budget) ?? 4_096) > 8_192 ? 'high' : 'medium'
}

interface Usage {
  readonly plain: number
  readonly read: number
  readonly written: number
  readonly long: boolean
}

function usageOf(prompt: Prompt, incoming: Incoming, desk: Desk): Usage {
  const counts = prompt.texts.map(desk.count)
  const total = counts.reduce((sum, tokens) => sum + tokens, prompt.otherTokens)
  const cache = desk.cacheOf(incoming.account)
  const { marked } = prompt
  const prefix = marked === undefined ? 0 : counts.slice(0, marked.until).reduce((sum, tokens) => sum + tokens, 0)
  if (cache === undefined || marked === undefined || prefix < markedLeastTokens) return { plain: total, read: 0, written: 0, long: false }
  const there = cache.mark(incoming.model, prompt.texts.slice(0, marked.until).join('\u0000'))
  return { plain: total - prefix, read: there ? prefix : 0, written: there ? 0 : prefix, long: marked.long }
}

interface Message {
  readonly incoming: Incoming
  readonly made: Made
  readonly usage: Usage
  readonly id: string
  readonly desk: Desk
}

const inputUsage = ({ usage }: Message): Record<string, unknown> => ({
  input_tokens: usage.plain, cache_creation_input_tokens: usage.written, cache_read_input_tokens: usage.read,
  cache_creation: { ephemeral_5m_input_tokens: usage.long ? 0 : usage.written, ephemeral_1h_input_tokens: usage.long ? usage.written : 0 },
})

const outputTokensOf = ({ incoming, made }: Message): number => (incoming.fault?.kind === 'nonsense' ? -5 : made.outputTokens)
const stopReason = (made: Made): string => (made.finish === 'tool-calls' ? 'tool_use' : made.finish === 'length' ? 'max_tokens' : made.stopped === undefined ? 'end_turn' : 'stop_sequence')
const signatureOf = (id: string): string => Buffer.from(`sandbox ${id}`).toString('base64')
const isMute = ({ incoming }: Message): boolean => incoming.fault?.kind === 'missing-usage'

/** Arguments cut off by the limit do not parse; the answer then carries what there is of them as an empty object. */
function argumentsOf(textOfCall: string): unknown {
  try {
    return JSON.parse(textOfCall)
  } catch (cause) {
    if (cause instanceof SyntaxError) return {}
    throw cause
  }
}

function wholeAnswer(message: Message): object {
  const { made, id, incoming, desk } = message
  const content = [
    ...(made.reasoningTokens > 0 ? [{ type: 'thinking', thinking: joined(made.reasoning), signature: signatureOf(id) }] : []),
    ...(made.calls.length === 0 ? [{ type: 'text', text: joined(made.pieces) }] : []),
    ...made.calls.map((call) => ({ type: 'tool_use', id: desk.makeId('toolu_'), name: call.name, input: argumentsOf(joined(call.pieces)) })),
  ]
  const usage = isMute(message) ? {} : { usage: { ...inputUsage(message), output_tokens: outputTokensOf(message), service_tier: 'standard' } }
  return { id, type: 'message', role: 'assistant', model: incoming.model, content, stop_reason: stopReason(made), stop_sequence: made.stopped ?? null, ...usage }
}

const event = (name: string, fields: object, tokens = 0, waitMs = 0): Frame => ({ text: `event: ${name}\ndata: ${JSON.stringify({ type: name, ...fields })}\n\n`, tokens, waitMs })

function* streamed(message: Message): Generator<Frame> {
  const { made, id, incoming, desk } = message
  const started = { id, type: 'message', role: 'assistant', model: incoming.model, content: [], stop_reason: null, stop_sequence: null }
  yield event('message_start', { message: isMute(message) ? started : { ...started, usage: { ...inputUsage(message), output_tokens: 1, service_tier: 'standard' } } })
  yield event('ping', {})
  let index = 0
  const delta = (fields: object, tokens: number): Frame => event('content_block_delta', { index, delta: fields }, tokens)
  if (made.reasoningTokens > 0) {
    yield event('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } })
    for (const piece of made.reasoning) yield delta({ type: 'thinking_delta', thinking: piece.text }, piece.tokens)
    yield delta({ type: 'signature_delta', signature: signatureOf(id) }, 0)
    yield event('content_block_stop', { index })
    index += 1
  }
  if (made.calls.length === 0) {
    yield event('content_block_start', { index, content_block: { type: 'text', text: '' } })
    for (const piece of made.pieces) yield delta({ type: 'text_delta', text: piece.text }, piece.tokens)
    yield event('content_block_stop', { index })
  }
  for (const call of made.calls) {
    yield event('content_block_start', { index, content_block: { type: 'tool_use', id: desk.makeId('toolu_'), name: call.name, input: {} } })
    for (const piece of call.pieces) yield delta({ type: 'input_json_delta', partial_json: piece.text }, piece.tokens)
    yield event('content_block_stop', { index })
    index += 1
  }
  const waitMs = incoming.fault?.kind === 'late-usage' ? (incoming.fault.value ?? 250) : 0
  yield event('message_delta', { delta: { stop_reason: stopReason(made), stop_sequence: made.stopped ?? null }, ...(isMute(message) ? {} : { usage: { ...inputUsage(message), output_tokens: outputTokensOf(message) } }) }, 0, waitMs)
  yield event('message_stop', {})
}

const stopsOf = (body: Body): readonly string[] => items(body['stop_sequences']).filter((each) => typeof each === 'string')

function readTask(incoming: Incoming): { readonly task: Task; readonly prompt: Prompt } {
  const { body, model } = incoming
  const { prompt, tools, answersTools } = readPrompt(body)
  const format = record(record(body['output_config'])['format'] ?? body['output_format'])
  const task: Task = {
    model, texts: prompt.texts, otherTokens: prompt.otherTokens, tools, toolChoice: anthropicChoice(body['tool_choice']), parallelTools: record(body['tool_choice'])['disable_parallel_tool_use'] !== true, answersTools,
    format: format['type'] === 'json_schema' ? { schema: format['schema'] } : 'text', limit: whole(body['max_tokens']), wanted: wantedTokens(incoming), effort: thinkingEffort(body),
    stop: stopsOf(body),
  }
  return { task, prompt }
}

/** POST /messages, whole or streamed. */
export function messages(incoming: Incoming, desk: Desk): Answer {
  const { body, model } = incoming
  if (items(body['messages']).length === 0) return refuse(incoming, { status: 400, message: 'messages: at least one message is required' })
  if (whole(body['max_tokens']) === undefined) return refuse(incoming, { status: 400, message: 'max_tokens: Field required' })
  if (stopsOf(body).some((each) => each.trim() === '')) return refuse(incoming, { status: 400, message: 'stop_sequences: each stop sequence must contain non-whitespace' })
  const { task, prompt } = readTask(incoming)
  const usage = usageOf(prompt, incoming, desk)
  const message: Message = { incoming, made: generate(task, desk.seed, 0), usage, id: desk.makeId('msg_'), desk }
  const charge: Charge = {
    operation: 'messages', model, tier: 'default', input: { input: usage.plain, cached_input: usage.read, [usage.long ? 'cache_write_long' : 'cache_write']: usage.written },
    // Thinking is billed as output and not told apart in the usage.
    outputTokens: message.made.outputTokens, reasoningTokens: 0, usageSent: !isMute(message),
  }
  return body['stream'] === true ? events(streamed(message), charge) : json(wholeAnswer(message), charge)
}

/** POST /messages/count_tokens: free. */
export function countMessageTokens(incoming: Incoming, desk: Desk): Answer {
  const { prompt } = readPrompt(incoming.body)
  const tokens = prompt.texts.reduce((sum, part) => sum + desk.count(part), prompt.otherTokens)
  return json({ input_tokens: tokens }, { operation: 'count-tokens', model: incoming.model, tier: 'default', input: {}, outputTokens: 0, reasoningTokens: 0, usageSent: true })
}
