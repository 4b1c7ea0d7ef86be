/** `/chat/completions`. Input tokens are exactly the content tokens of the messages and tools: no hidden overhead per message. */
import { items, record, text, whole, type Body } from './body.ts'
import { type Answer, type Charge, type Desk, events, type Frame, type Incoming, json, refuse } from './desk.ts'
import { generate, joined, reasons, type Made, type Task, type Tool } from './generation.ts'
import { logprobsOf, topMax, type TokenLogprob } from './logprobs.ts'
import { tokensOf } from './token-count.ts'
import type { Piece } from './vocabulary.ts'

/** Tokens of an image at low and at other detail: fixed here, by size at the makers. */
const imageTokens = { low: 85, other: 765 } as const
const audioTokens = 100

interface Prompt {
  readonly texts: string[]
  otherTokens: number
}

function readContent(content: unknown, prompt: Prompt): void {
  if (typeof content === 'string') return void prompt.texts.push(content)
  for (const item of items(content)) {
    const part = record(item)
    const words = text(part['text']) ?? text(part['refusal'])
    if (words !== undefined) prompt.texts.push(words)
    else if (part['type'] === 'image_url') prompt.otherTokens += record(part['image_url'])['detail'] === 'low' ? imageTokens.low : imageTokens.other
    else prompt.otherTokens += audioTokens
  }
}

function readMessages(body: Body): { readonly prompt: Prompt; readonly answersTools: boolean } {
  const prompt: Prompt = { texts: [], otherTokens: 0 }
  const messages = items(body['messages']).map(record)
  for (const message of messages) {
    readContent(message['content'], prompt)
    for (const call of items(message['tool_calls'])) {
      const fn = record(record(call)['function'])
      prompt.texts.push(text(fn['name']) ?? '', text(fn['arguments']) ?? '')
    }
  }
  const last = messages.at(-1)?.['role']
  return { prompt, answersTools: last === 'tool' || last === 'function' }
}

function readTools(body: Body): Tool[] {
  return items(body['tools']).flatMap((tool) => {
    const { type, function: fn, custom } = record(tool)
    if (type === 'custom') return [{ name: text(record(custom)['name']) ?? 'tool', schema: { type: 'object' } }]
    return type === 'function' ? [{ name: text(record(fn)['name']) ?? 'tool', schema: record(fn)['parameters'] ?? { type: 'object' } }] : []
  })
}

export function readToolChoice(choice: unknown): Task['toolChoice'] {
  if (choice === 'none' || choice === 'required' || choice === 'auto') return choice
  const { name, function: fn, allowed_tools: allowed } = record(choice)
  if (record(allowed)['mode'] === 'required') return 'required'
  const named = text(name) ?? text(record(fn)['name'])
  return named === undefined ? 'auto' : { name: named }
}

function readFormat(format: unknown): Task['format'] {
  const { type, json_schema: schema } = record(format)
  if (type === 'json_schema') return { schema: record(schema)['schema'] }
  return type === 'json_object' ? 'json' : 'text'
}

/** The hint of an exact output length: header `x-sandbox-output-tokens` or `metadata.weir_output_tokens`. */
export function wantedTokens(incoming: Pick<Incoming, 'headers' | 'body'>): number | undefined {
  const hint = incoming.headers['x-sandbox-output-tokens'] ?? record(incoming.body['metadata'])['weir_output_tokens']
  return hint === undefined ? undefined : whole(Number(hint))
}

/** `stop`: one text or up to four. */
const stopsMax = 4
export const readStop = (stop: unknown): readonly string[] => (typeof stop === 'string' ? [stop] : items(stop).filter((each) => typeof each === 'string'))

/** What is wrong with `stop`, in the maker's words; undefined where nothing is. */
export const tooManyStops = (incoming: Incoming): Answer | undefined =>
  readStop(incoming.body['stop']).length <= stopsMax ? undefined
    : refuse(incoming, { status: 400, message: `Invalid 'stop': array too long. Expected an array with maximum length ${stopsMax}.`, code: 'array_above_max_length', param: 'stop' })

/** How many alternatives each token is to show; undefined where no log probabilities are asked for. */
const topAsked = ({ body }: Incoming): number | undefined => (body['logprobs'] === true ? (whole(body['top_logprobs']) ?? 0) : undefined)

function wrongLogprobs(incoming: Incoming): Answer | undefined {
  const { top_logprobs: top, logprobs } = incoming.body
  if (top === undefined || top === null) return undefined
  if (logprobs !== true) return refuse(incoming, { status: 400, message: "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", code: 'invalid_request_error', param: 'top_logprobs' })
  if ((whole(top) ?? topMax + 1) <= topMax) return undefined
  return refuse(incoming, { status: 400, message: `Invalid value for 'top_logprobs': must be a whole number from 0 to ${topMax}.`, code: 'invalid_value', param: 'top_logprobs' })
}

function readTask({ model, body, headers }: Incoming): Task {
  const { prompt, answersTools } = readMessages(body)
  const tools = readTools(body)
  for (const tool of tools) prompt.texts.push(tool.name, JSON.stringify(tool.schema))
  return {
    model, texts: prompt.texts, otherTokens: prompt.otherTokens, tools, toolChoice: readToolChoice(body['tool_choice']), parallelTools: body['parallel_tool_calls'] !== false, answersTools,
    format: readFormat(body['response_format']), limit: whole(body['max_completion_tokens']) ?? whole(body['max_tokens']), wanted: wantedTokens({ headers, body }),
    effort: reasons(model) ? (text(body['reasoning_effort']) ?? 'medium') : undefined, stop: readStop(body['stop']),
  }
}

/** Input tokens of a task, and how many of them an automatic prompt cache had. */
export function inputOf(task: Task, incoming: Incoming, desk: Desk): { readonly tokens: number; readonly cached: number } {
  let tokens = task.otherTokens
  for (const part of task.texts) tokens += desk.count(part)
  const cache = desk.cacheOf(incoming.account)
  return { tokens, cached: cache === undefined ? 0 : Math.min(cache.read(task.model, task.texts.flatMap(tokensOf)), tokens) }
}

export const tierOf = (body: Body): string => {
  const asked = text(body['service_tier'])
  return asked === undefined || asked === 'auto' ? 'default' : asked
}

export const finishReason = (made: Made): string => (made.finish === 'tool-calls' ? 'tool_calls' : made.finish)

interface Chat {
  readonly incoming: Incoming
  readonly desk: Desk
  readonly made: readonly Made[]
  readonly input: { readonly tokens: number; readonly cached: number }
  readonly id: string
  readonly created: number
}

const outputOf = (made: readonly Made[]): { readonly output: number; readonly reasoning: number } => ({
  output: made.reduce((sum, choice) => sum + choice.outputTokens, 0), reasoning: made.reduce((sum, choice) => sum + choice.reasoningTokens, 0),
})

function usageOf({ incoming, made, input }: Chat): object {
  const { output, reasoning } = outputOf(made)
  // More cached than there was: what a meter must refuse to book.
  const cached = incoming.fault?.kind === 'nonsense' ? input.tokens + 1_000 : input.cached
  return {
    prompt_tokens: input.tokens, completion_tokens: output, total_tokens: input.tokens + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  }
}

const filters = { hate: { filtered: false, severity: 'safe' }, self_harm: { filtered: false, severity: 'safe' }, sexual: { filtered: false, severity: 'safe' }, violence: { filtered: false, severity: 'safe' } }
/** What Azure adds to each choice and to the answer. */
const azureChoice = (incoming: Incoming): object => (incoming.surface === 'azure' ? { content_filter_results: filters } : {})
const azurePrompt = (incoming: Incoming): object => (incoming.surface === 'azure' ? { prompt_filter_results: [{ prompt_index: 0, content_filter_results: filters }] } : {})

const shownLogprobs = (pieces: readonly Piece[], top: number | undefined, first?: number): { readonly content: TokenLogprob[]; readonly refusal: null } | null =>
  (top === undefined ? null : { content: logprobsOf(pieces, top, first), refusal: null })

function wholeAnswer(chat: Chat): object {
  const { incoming, made, id, created, desk } = chat
  const top = topAsked(incoming)
  const choices = made.map((choice, index) => {
    const calls = choice.calls.map((call) => ({ id: desk.makeId('call_'), type: 'function', function: { name: call.name, arguments: joined(call.pieces) } }))
    const content = choice.calls.length > 0 ? null : joined(choice.pieces)
    return {
      index, message: { role: 'assistant', content, refusal: null, annotations: [], ...(calls.length === 0 ? {} : { tool_calls: calls }) }, logprobs: choice.calls.length > 0 ? null : shownLogprobs(choice.pieces, top), finish_reason: finishReason(choice), ...azureChoice(incoming),
    }
  })
  const usage = incoming.fault?.kind === 'missing-usage' ? {} : { usage: usageOf(chat) }
  return { id, object: 'chat.completion', created, model: incoming.model, choices, ...usage, service_tier: tierOf(incoming.body), system_fingerprint: 'fp_sandbox', ...azurePrompt(incoming) }
}

function* chunks(chat: Chat): Generator<Frame> {
  const { incoming, made, id, created, desk } = chat
  const asked = record(incoming.body['stream_options'])['include_usage'] === true
  const top = topAsked(incoming)
  const head = `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(incoming.model)},"service_tier":${JSON.stringify(tierOf(incoming.body))},"system_fingerprint":"fp_sandbox","choices":`
  const tail = asked ? ',"usage":null}\n\n' : '}\n\n'
  const filter = incoming.surface === 'azure' ? `,"content_filter_results":${JSON.stringify(filters)}` : ''
  const one = (index: number, delta: string, finish = 'null', logprobs = 'null'): string => `${head}[{"index":${index},"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}${filter}}]${tail}`
  if (incoming.surface === 'azure') yield { text: `${head}[],"prompt_filter_results":${JSON.stringify([{ prompt_index: 0, content_filter_results: filters }])}${tail}`, tokens: 0 }
  for (const [index, choice] of made.entries()) {
    yield { text: one(index, choice.calls.length > 0 ? '{"role":"assistant","content":null}' : '{"role":"assistant","content":"","refusal":null}'), tokens: choice.reasoningTokens }
    for (const [place, piece] of choice.pieces.entries()) yield { text: one(index, `{"content":${JSON.stringify(piece.text)}}`, 'null', top === undefined ? 'null' : JSON.stringify(shownLogprobs([piece], top, place))), tokens: piece.tokens }
    for (const [n, call] of choice.calls.entries()) {
      yield { text: one(index, `{"tool_calls":[{"index":${n},"id":"${desk.makeId('call_')}","type":"function","function":{"name":${JSON.stringify(call.name)},"arguments":""}}]}`), tokens: 0 }
      for (const piece of call.pieces) yield { text: one(index, `{"tool_calls":[{"index":${n},"function":{"arguments":${JSON.stringify(piece.text)}}}]}`), tokens: piece.tokens }
    }
    yield { text: one(index, '{}', JSON.stringify(finishReason(choice))), tokens: 0 }
  }
  if (asked && incoming.fault?.kind !== 'missing-usage') {
    const waitMs = incoming.fault?.kind === 'late-usage' ? (incoming.fault.value ?? 250) : 0
    yield { text: `${head}[],"usage":${JSON.stringify(usageOf(chat))}}\n\n`, tokens: 0, waitMs }
  }
  yield { text: 'data: [DONE]\n\n', tokens: 0 }
}

/** POST /chat/completions, whole or streamed. */
export function chat(incoming: Incoming, desk: Desk): Answer {
  const { body } = incoming
  if (items(body['messages']).length === 0) return refuse(incoming, { status: 400, message: "Missing required parameter: 'messages'.", code: 'missing_required_parameter', param: 'messages' })
  const wrong = tooManyStops(incoming) ?? wrongLogprobs(incoming)
  if (wrong !== undefined) return wrong
  const task = readTask(incoming)
  const choices = Math.min(whole(body['n']) ?? 1, 128)
  const made = Array.from({ length: Math.max(1, choices) }, (_, choice) => generate(task, desk.seed, choice))
  const input = inputOf(task, incoming, desk)
  const work: Chat = { incoming, desk, made, input, id: desk.makeId('chatcmpl-'), created: Math.floor(desk.clock.now() / 1_000) }
  const { output, reasoning } = outputOf(made)
  const stream = body['stream'] === true
  const usageSent = incoming.fault?.kind !== 'missing-usage' && (!stream || record(body['stream_options'])['include_usage'] === true)
  const charge: Charge = { operation: 'chat', model: incoming.model, tier: tierOf(body), input: { input: input.tokens - input.cached, cached_input: input.cached }, outputTokens: output, reasoningTokens: reasoning, usageSent }
  return stream ? events(chunks(work), charge) : json(wholeAnswer(work), charge)
}
