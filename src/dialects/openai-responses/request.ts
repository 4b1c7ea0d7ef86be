/** Responses requests: to the canonical form, and from it. */
import type { Json } from '../../kernel/canonical-json.ts'
import { openFields, type Fields, type Objections } from '../fields.ts'
import { imageOfUrl, urlOfImage } from '../image.ts'
import { defined } from '../json-fields.ts'
import type {
  AssistantPart, CanonicalRequest, Effort, ImagePart, JsonObject, Message, ReasoningWish, RequestField, ResponseFormat, TextPart, ToolChoice, ToolDefinition,
} from '../part.ts'
import { openSeal } from '../seal.ts'
import { readTags } from '../tags.ts'
import { toolErrorMark } from '../tool-error.ts'
import { settleUntranslated } from '../untranslated.ts'
import type { InputImage, InputItem, InputText, ResponsesRequest } from './wire.ts'

/** What this dialect calls each canonical field: the name under which a client is refused it. */
export const responsesParams: Readonly<Record<RequestField, string>> = {
  tools: 'tools', toolChoice: 'tool_choice', parallelToolCalls: 'parallel_tool_calls', format: 'text.format', outputMax: 'max_output_tokens',
  temperature: 'temperature', topP: 'top_p', topK: 'top_k', stop: 'stop', reasoning: 'reasoning', verbosity: 'text.verbosity', logprobs: 'top_logprobs',
  promptCacheKey: 'prompt_cache_key', promptCacheRetention: 'prompt_cache_retention', metadata: 'metadata', endUser: 'safety_identifier', user: 'user',
  serviceTier: 'service_tier',
}

/** The canonical fields for which this wire format has no place. */
export const responsesLacks: ReadonlySet<RequestField> = new Set<RequestField>(['topK', 'stop'])

type UserPart = TextPart | ImagePart

/** What `include` may name: log probabilities are carried, sealed reasoning comes along anyway, hosted tools cannot occur. */
const includable = [
  'message.output_text.logprobs', 'reasoning.encrypted_content', 'file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources',
  'message.input_image.image_url', 'computer_call_output.output.image_url', 'code_interpreter_call.outputs',
]

export function parseResponsesRequest(body: unknown, objections: Objections): CanonicalRequest {
  const top = openFields(body, '', objections)
  settleUntranslated('openai-responses', top)
  const text = top.inner('text')
  const streamOptions = top.inner('stream_options')
  if (streamOptions?.flag('include_obfuscation') === true) streamOptions.refuse('include_obfuscation', 'unsupported_value', 'A translated stream carries no obfuscation: leave it out or set it to false.')
  const request = defined<CanonicalRequest>({
    model: top.needText('model'),
    stream: top.flag('stream') === true,
    messages: [...parseInstructions(top), ...parseInput(top, objections)],
    tools: top.list('tools')?.map((tool, index) => parseTool(openFields(tool, `tools[${index}]`, objections))),
    toolChoice: parseToolChoice(top, objections),
    parallelToolCalls: top.flag('parallel_tool_calls'),
    format: parseFormat(text?.inner('format')),
    outputMax: top.number('max_output_tokens'),
    temperature: top.number('temperature'),
    topP: top.number('top_p'),
    topK: undefined,
    stop: undefined,
    reasoning: parseReasoning(top.inner('reasoning')),
    verbosity: text?.oneOf('verbosity', ['low', 'medium', 'high']),
    logprobs: parseLogprobs(top),
    promptCacheKey: top.text('prompt_cache_key'),
    promptCacheRetention: top.text('prompt_cache_retention'),
    metadata: readTags(top, 'metadata'),
    endUser: top.text('safety_identifier'),
    user: top.text('user'),
    serviceTier: top.text('service_tier'),
  })
  for (const fields of [text, streamOptions, top]) fields?.close()
  return request
}

function parseInstructions(top: Fields): readonly Message[] {
  const instructions = top.text('instructions')
  return instructions === undefined ? [] : [{ role: 'system', content: [{ type: 'text', text: instructions }] }]
}

function parseLogprobs(top: Fields): CanonicalRequest['logprobs'] {
  const include = top.list('include') ?? []
  for (const [index, name] of include.entries()) {
    if (typeof name !== 'string' || !includable.includes(name)) top.refuse(`include[${index}]`, 'unsupported_value', `'include[${index}]' has no translation.`)
  }
  const count = top.number('top_logprobs')
  if (!include.includes('message.output_text.logprobs') && (count === undefined || count === 0)) return undefined
  return count === undefined ? {} : { top: count }
}

function parseReasoning(fields: Fields | undefined): ReasoningWish | undefined {
  if (fields === undefined) return undefined
  const effort = fields.oneOf<Effort | 'none'>('effort', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
  const older = fields.oneOf('generate_summary', ['auto', 'concise', 'detailed'])
  const summary = fields.oneOf('summary', ['auto', 'concise', 'detailed']) ?? older
  fields.oneOf('mode', ['standard'])
  fields.close()
  if (effort === 'none') return { mode: 'off' }
  return effort === undefined && summary === undefined ? undefined : defined<ReasoningWish>({ mode: 'on', effort, summary: summary ?? 'omitted' })
}

function parseFormat(fields: Fields | undefined): ResponseFormat | undefined {
  if (fields === undefined) return undefined
  const type = fields.oneOf('type', ['text', 'json_object', 'json_schema'])
  const format: ResponseFormat = type !== 'json_schema' ? { type: type === 'json_object' ? 'json' : 'text' } : defined<ResponseFormat & { type: 'json-schema' }>({
    type: 'json-schema', name: fields.text('name'), description: fields.text('description'), schema: fields.object('schema') ?? {}, strict: fields.flag('strict'),
  })
  fields.close()
  return format
}

function parseTool(fields: Fields): ToolDefinition {
  if (fields.oneOf('type', ['function']) === undefined) return { name: '' }
  const tool = defined<ToolDefinition>({
    name: fields.needText('name'), description: fields.text('description'), parameters: fields.object('parameters'), strict: fields.flag('strict'),
  })
  fields.close()
  return tool
}

function parseToolChoice(top: Fields, objections: Objections): ToolChoice | undefined {
  const choice = top.peek('tool_choice')
  if (choice === undefined || typeof choice === 'string') {
    const type = top.oneOf('tool_choice', ['auto', 'none', 'required'])
    return type === undefined ? undefined : { type }
  }
  const fields = openFields(top.take('tool_choice'), 'tool_choice', objections)
  const named = (inner: Fields): string => {
    const name = inner.oneOf('type', ['function']) === undefined ? '' : inner.needText('name')
    inner.close()
    return name
  }
  if (fields.peek('type') !== 'allowed_tools') return { type: 'tool', name: named(fields) }
  fields.take('type')
  const mode = fields.oneOf('mode', ['auto', 'required']) ?? 'auto'
  const names = (fields.list('tools') ?? []).map((tool, index) => named(openFields(tool, `tool_choice.tools[${index}]`, objections)))
  fields.close()
  return { type: 'allowed', mode, names }
}

function parseInput(top: Fields, objections: Objections): readonly Message[] {
  const input = top.peek('input')
  if (typeof input === 'string') {
    top.take('input')
    return [{ role: 'user', content: [{ type: 'text', text: input }] }]
  }
  const items = top.list('input')
  if (items === undefined) top.refuse('input', 'missing_required_parameter', "'input' is required.")
  const messages: Message[] = []
  for (const [index, item] of (items ?? []).entries()) {
    const fields = openFields(item, `input[${index}]`, objections)
    const message = parseItem(fields, objections)
    fields.close()
    const last = messages.at(-1)
    // Reasoning, text and calls of one turn are items of their own here.
    if (last?.role === 'assistant' && message.role === 'assistant') messages[messages.length - 1] = { role: 'assistant', content: [...last.content, ...message.content] }
    else messages.push(message)
  }
  return messages
}

function parseItem(fields: Fields, objections: Objections): Message {
  if (fields.peek('type') === 'item_reference') {
    fields.refuse('type', 'unsupported_value', `'${fields.at('type')}' is 'item_reference', but nothing is stored where this model is served: send the item itself (clients do so with 'store': false).`)
  }
  const type = fields.peek('type') === undefined ? 'message' : fields.oneOf('type', ['message', 'function_call', 'function_call_output', 'reasoning'])
  fields.skip('id', 'status')
  switch (type) {
    case 'function_call': return { role: 'assistant', content: [{ type: 'tool-call', id: fields.needText('call_id'), name: fields.needText('name'), arguments: fields.needText('arguments') }] }
    case 'function_call_output': return { role: 'tool', callId: fields.needText('call_id'), isError: false, content: parseContent(fields, 'output', objections, parseUserPart) }
    case 'reasoning': return { role: 'assistant', content: [parseReasoningItem(fields, objections)] }
    case 'message': return parseMessage(fields, objections)
    default: return { role: 'user', content: [] }
  }
}

function parseMessage(fields: Fields, objections: Objections): Message {
  const role = fields.oneOf('role', ['user', 'assistant', 'system', 'developer'])
  fields.skip('phase')
  if (role === 'assistant') return { role, content: parseContent(fields, 'content', objections, parseAssistantPart) }
  if (role === 'system' || role === 'developer') return { role, content: parseContent(fields, 'content', objections, parseText) }
  return { role: 'user', content: parseContent(fields, 'content', objections, parseUserPart) }
}

function parseReasoningItem(fields: Fields, objections: Objections): AssistantPart {
  const texts = (key: string, type: string): readonly string[] => (fields.list(key) ?? []).map((each, index) => {
    const inner = openFields(each, fields.at(`${key}[${index}]`), objections)
    inner.oneOf('type', [type])
    const text = inner.needText('text')
    inner.close()
    return text
  })
  const summary = texts('summary', 'summary_text')
  const content = texts('content', 'reasoning_text')
  const text = (content.length > 0 ? content : summary).join('\n\n')
  const sealed = fields.text('encrypted_content')
  if (sealed === undefined) return { type: 'reasoning', text }
  const seal = openSeal(sealed, 'openai-responses')
  const id = fields.peek('id')
  return { type: 'reasoning', text, seal: seal.by === 'openai-responses' && seal.id === undefined && typeof id === 'string' ? { ...seal, id } : seal }
}

function parseContent<T>(fields: Fields, key: string, objections: Objections, parse: (part: Fields) => T): readonly (T | TextPart)[] {
  const content = fields.peek(key)
  if (typeof content === 'string') {
    fields.take(key)
    return [{ type: 'text', text: content }]
  }
  const parts = fields.list(key)
  if (parts === undefined) fields.refuse(key, 'missing_required_parameter', `'${fields.at(key)}' is required.`)
  return (parts ?? []).map((part: Json, index) => {
    const inner = openFields(part, fields.at(`${key}[${index}]`), objections)
    const parsed = parse(inner)
    inner.close()
    return parsed
  })
}

function parseText(part: Fields): TextPart {
  const type = part.oneOf('type', ['input_text', 'output_text'])
  if (type === 'output_text') part.skip('annotations', 'logprobs')
  return { type: 'text', text: type === undefined ? '' : part.needText('text') }
}

function parseAssistantPart(part: Fields): AssistantPart {
  if (part.peek('type') !== 'refusal') return parseText(part)
  part.take('type')
  return { type: 'refusal', text: part.needText('refusal') }
}

function parseUserPart(part: Fields): UserPart {
  if (part.peek('type') !== 'input_image') return parseText(part)
  part.take('type')
  const url = part.text('image_url')
  const source = url === undefined ? undefined : imageOfUrl(url)
  if (source === undefined) part.refuse('image_url', 'invalid_value', `'${part.at('image_url')}' must be an http(s) URL or a base64 data URL of an image.`)
  const detail = part.oneOf('detail', ['auto', 'low', 'high', 'original'])
  return defined<ImagePart>({ type: 'image', source: source ?? { type: 'url', url: '' }, detail: detail === 'auto' ? undefined : detail })
}

type Complain = (field: RequestField | 'messages', message: string) => void

/** The wire format allows no lower limit of output tokens (OpenAI OpenAPI specification 2.3.0, CreateResponse). */
const outputMaxFloor = 16

export function composeResponsesRequest(request: CanonicalRequest, complain: Complain): ResponsesRequest {
  const { reasoning, format, logprobs, outputMax } = request
  if (reasoning?.mode === 'off' && reasoning.effort !== undefined) complain('reasoning', `an effort of '${reasoning.effort}' without reasoning cannot be said in it`)
  if (outputMax !== undefined && outputMax < outputMaxFloor) complain('outputMax', `it allows no limit under ${outputMaxFloor} tokens`)
  const wish = reasoning === undefined ? {} : defined<{ effort: string; summary: string }>({
    effort: reasoning.mode === 'off' ? 'none' : reasoning.effort, summary: reasoning.mode === 'off' || reasoning.summary === 'omitted' ? undefined : reasoning.summary,
  })
  const text = defined<JsonObject>({ format: format === undefined ? undefined : composeFormat(format), verbosity: request.verbosity })
  const input = request.messages.flatMap(composeMessage)
  const sealed = reasoning?.mode === 'on' || input.some((item) => item.type === 'reasoning')
  const include = [...(logprobs === undefined ? [] : ['message.output_text.logprobs']), ...(sealed ? ['reasoning.encrypted_content'] : [])]
  return defined<ResponsesRequest>({
    model: request.model,
    input,
    tools: request.tools?.map(({ name, description, parameters, strict }) => defined<JsonObject>({ type: 'function', name, description, parameters: parameters ?? null, strict: strict ?? false })),
    tool_choice: composeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
    text: Object.keys(text).length === 0 ? undefined : text,
    reasoning: Object.keys(wish).length === 0 ? undefined : wish,
    include: include.length === 0 ? undefined : include,
    max_output_tokens: outputMax,
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: logprobs?.top,
    prompt_cache_key: request.promptCacheKey,
    prompt_cache_retention: request.promptCacheRetention,
    metadata: request.metadata,
    safety_identifier: request.endUser,
    user: request.user,
    service_tier: request.serviceTier,
    // This API stores every answer unless told not to; the client's stores none.
    store: false,
    stream: request.stream ? true : undefined,
  })
}

function composeToolChoice(choice: ToolChoice | undefined): Json | undefined {
  if (choice === undefined) return undefined
  switch (choice.type) {
    case 'tool': return { type: 'function', name: choice.name }
    case 'allowed': return { type: 'allowed_tools', mode: choice.mode, tools: choice.names.map((name) => ({ type: 'function', name })) }
    default: return choice.type
  }
}

function composeFormat(format: ResponseFormat): JsonObject {
  if (format.type !== 'json-schema') return { type: format.type === 'json' ? 'json_object' : 'text' }
  return { type: 'json_schema', name: format.name ?? 'answer', description: format.description, schema: format.schema, strict: format.strict }
}

function composeMessage(message: Message): readonly InputItem[] {
  switch (message.role) {
    case 'system':
    case 'developer':
    case 'user': return [{ type: 'message', role: message.role, content: message.content.map(composePart) }]
    case 'assistant': return composeAssistant(message.content)
    case 'tool': {
      const parts = (message.isError ? [toolErrorMark, ...message.content] : message.content).map(composePart)
      const [first] = parts
      const single = parts.length === 1 && first?.type === 'input_text' ? first.text : undefined
      return [{ type: 'function_call_output', call_id: message.callId, output: parts.length === 0 ? '' : single ?? parts }]
    }
  }
}

const composePart = (part: UserPart): InputText | InputImage =>
  part.type === 'text' ? { type: 'input_text', text: part.text } : { type: 'input_image', image_url: urlOfImage(part.source), detail: part.detail ?? 'auto' }

/** Each part of a turn is an item of its own, in their order. Without the ids of stored items, the specification has texts as strings. */
function composeAssistant(content: readonly AssistantPart[]): readonly InputItem[] {
  return content.flatMap((part, index): readonly InputItem[] => {
    switch (part.type) {
      case 'text': return [{ type: 'message', role: 'assistant', content: part.text }]
      case 'refusal': return [{ type: 'message', role: 'assistant', id: `msg_${index}`, status: 'completed', content: [{ type: 'refusal', refusal: part.text }] }]
      case 'tool-call': return [{ type: 'function_call', call_id: part.id, name: part.name, arguments: part.arguments }]
      case 'reasoning': return composeReasoning(part)
    }
  })
}

function composeReasoning(part: AssistantPart & { type: 'reasoning' }): readonly InputItem[] {
  if (part.seal?.by !== 'openai-responses') return []
  const summary = part.text === '' ? [] : [{ type: 'summary_text' as const, text: part.text }]
  return [defined<InputItem & { type: 'reasoning' }>({ type: 'reasoning', id: part.seal.id, summary, encrypted_content: part.seal.value })]
}
