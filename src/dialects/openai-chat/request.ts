/** Chat completion requests: to the canonical form, and from it. */
import type { Json } from '../../kernel/canonical-json.ts'
import { openFields, type Fields, type Objections } from '../fields.ts'
import { imageOfUrl, urlOfImage } from '../image.ts'
import { defined } from '../json-fields.ts'
import type {
  AssistantPart, CanonicalRequest, Effort, ImagePart, JsonObject, Message, ReasoningWish, RequestField, ResponseFormat, TextPart, ToolChoice, ToolDefinition,
} from '../part.ts'
import { readTags } from '../tags.ts'
import { toolErrorMark } from '../tool-error.ts'
import { settleUntranslated } from '../untranslated.ts'
import type { ChatImage, ChatMessage, ChatRequest, ChatText } from './wire.ts'

/** What this dialect calls each canonical field: the name under which a client is refused it. */
export const chatParams: Readonly<Record<RequestField, string>> = {
  tools: 'tools', toolChoice: 'tool_choice', parallelToolCalls: 'parallel_tool_calls', format: 'response_format', outputMax: 'max_completion_tokens',
  temperature: 'temperature', topP: 'top_p', topK: 'top_k', stop: 'stop', reasoning: 'reasoning_effort', verbosity: 'verbosity', logprobs: 'logprobs',
  promptCacheKey: 'prompt_cache_key', promptCacheRetention: 'prompt_cache_retention', metadata: 'metadata', endUser: 'safety_identifier', user: 'user',
  serviceTier: 'service_tier',
}

/** The canonical fields for which this wire format has no place. */
export const chatLacks: ReadonlySet<RequestField> = new Set<RequestField>(['topK'])

export function parseChatRequest(body: unknown, objections: Objections): CanonicalRequest {
  const top = openFields(body, '', objections)
  settleUntranslated('openai-chat', top)
  const streamOptions = top.inner('stream_options')
  if (streamOptions !== undefined) {
    streamOptions.skip('include_usage')
    if (streamOptions.flag('include_obfuscation') === true) streamOptions.refuse('include_obfuscation', 'unsupported_value', 'A translated stream carries no obfuscation: leave it out or set it to false.')
    streamOptions.close()
  }
  const stop = top.peek('stop')
  const request = defined<CanonicalRequest>({
    model: top.needText('model'),
    stream: top.flag('stream') === true,
    messages: (top.list('messages') ?? missing(top, 'messages')).map((message, index) => parseMessage(openFields(message, `messages[${index}]`, objections), objections)),
    tools: top.list('tools')?.map((tool, index) => parseTool(openFields(tool, `tools[${index}]`, objections))),
    toolChoice: parseToolChoice(top, objections),
    parallelToolCalls: top.flag('parallel_tool_calls'),
    format: parseFormat(top.inner('response_format')),
    outputMax: parseLimit(top),
    temperature: top.number('temperature'),
    topP: top.number('top_p'),
    topK: undefined,
    stop: typeof stop === 'string' ? [top.text('stop') ?? ''] : top.list('stop')?.filter((each) => typeof each === 'string'),
    reasoning: parseEffort(top),
    verbosity: top.oneOf('verbosity', ['low', 'medium', 'high']),
    logprobs: parseLogprobs(top),
    promptCacheKey: top.text('prompt_cache_key'),
    promptCacheRetention: top.text('prompt_cache_retention'),
    metadata: readTags(top, 'metadata'),
    endUser: top.text('safety_identifier'),
    user: top.text('user'),
    serviceTier: top.text('service_tier'),
  })
  top.close()
  return request
}

function missing(top: Fields, key: string): readonly Json[] {
  top.refuse(key, 'missing_required_parameter', `'${key}' is required.`)
  return []
}

function parseLimit(top: Fields): number | undefined {
  const older = top.number('max_tokens')
  const limit = top.number('max_completion_tokens')
  if (older !== undefined && limit !== undefined && older !== limit) top.refuse('max_tokens', 'invalid_value', "'max_tokens' and 'max_completion_tokens' differ: send one of them.")
  return limit ?? older
}

function parseEffort(top: Fields): ReasoningWish | undefined {
  const effort = top.oneOf<Effort | 'none'>('reasoning_effort', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
  if (effort === undefined) return undefined
  return effort === 'none' ? { mode: 'off' } : { mode: 'on', effort }
}

function parseLogprobs(top: Fields): CanonicalRequest['logprobs'] {
  const wanted = top.flag('logprobs')
  const count = top.number('top_logprobs')
  if (wanted !== true) {
    if (count !== undefined && count !== 0) top.refuse('top_logprobs', 'invalid_value', "'top_logprobs' needs 'logprobs': true.")
    return undefined
  }
  return count === undefined ? {} : { top: count }
}

function parseTool(fields: Fields): ToolDefinition {
  fields.oneOf('type', ['function'])
  const definition = fields.inner('function')
  fields.close()
  if (definition === undefined) {
    if (fields.peek('type') === 'function') fields.refuse('function', 'missing_required_parameter', `'${fields.at('function')}' is required.`)
    return { name: '' }
  }
  const tool = defined<ToolDefinition>({
    name: definition.needText('name'), description: definition.text('description'), parameters: definition.object('parameters'), strict: definition.flag('strict'),
  })
  definition.close()
  return tool
}

function parseToolChoice(top: Fields, objections: Objections): ToolChoice | undefined {
  const choice = top.peek('tool_choice')
  if (choice === undefined || typeof choice === 'string') {
    const type = top.oneOf('tool_choice', ['auto', 'none', 'required'])
    return type === undefined ? undefined : { type }
  }
  const fields = top.inner('tool_choice') as Fields
  const type = fields.oneOf('type', ['function', 'allowed_tools'])
  if (type === 'allowed_tools') {
    const allowed = fields.inner('allowed_tools')
    const mode = allowed?.oneOf('mode', ['auto', 'required']) ?? 'auto'
    const names = (allowed?.list('tools') ?? []).map((tool, index) => nameOf(openFields(tool, `tool_choice.allowed_tools.tools[${index}]`, objections)))
    allowed?.close()
    fields.close()
    return { type: 'allowed', mode, names }
  }
  return { type: 'tool', name: type === undefined ? '' : nameOf(fields) }
}

/** The name in `{type: 'function', function: {name}}`. */
function nameOf(fields: Fields): string {
  fields.oneOf('type', ['function'])
  const named = fields.inner('function')
  const name = named?.needText('name') ?? ''
  named?.close()
  fields.close()
  return name
}

function parseFormat(fields: Fields | undefined): ResponseFormat | undefined {
  if (fields === undefined) return undefined
  const type = fields.oneOf('type', ['text', 'json_object', 'json_schema'])
  const inner = fields.inner('json_schema')
  fields.close()
  if (type !== 'json_schema' || inner === undefined) return { type: type === 'json_object' ? 'json' : 'text' }
  const format = defined<ResponseFormat & { type: 'json-schema' }>({
    type: 'json-schema', name: inner.text('name'), description: inner.text('description'), schema: inner.object('schema') ?? {}, strict: inner.flag('strict'),
  })
  inner.close()
  return format
}

function parseMessage(fields: Fields, objections: Objections): Message {
  const role = fields.oneOf('role', ['system', 'developer', 'user', 'assistant', 'tool'])
  const message = messageOf(fields, role, objections)
  fields.close()
  return message
}

function messageOf(fields: Fields, role: Message['role'] | undefined, objections: Objections): Message {
  switch (role) {
    case 'assistant': return { role, content: parseAssistant(fields, objections) }
    case 'tool': return { role, callId: fields.needText('tool_call_id'), isError: false, content: parseTexts(fields, objections) }
    case 'system':
    case 'developer': return { role, content: parseTexts(fields, objections) }
    default: {
      return { role: 'user', content: parseParts(fields, objections, (part) => part.peek('type') === 'image_url' ? parseImage(part) : parseText(part)) }
    }
  }
}

function parseAssistant(fields: Fields, objections: Objections): readonly AssistantPart[] {
  fields.skip('annotations')
  const reasoning = fields.text('reasoning_content')
  const parts: AssistantPart[] = reasoning === undefined || reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning }]
  if (fields.peek('content') !== undefined) {
    parts.push(...parseParts(fields, objections, (part): AssistantPart => part.peek('type') === 'refusal' ? parseRefusal(part) : parseText(part)))
  }
  const refusal = fields.text('refusal')
  if (refusal !== undefined) parts.push({ type: 'refusal', text: refusal })
  for (const [index, call] of (fields.list('tool_calls') ?? []).entries()) {
    const inner = openFields(call, fields.at(`tool_calls[${index}]`), objections)
    inner.oneOf('type', ['function'])
    inner.skip('index')
    const named = inner.inner('function')
    named?.skip('parsed_arguments')
    parts.push({ type: 'tool-call', id: inner.needText('id'), name: named?.needText('name') ?? '', arguments: named?.text('arguments') ?? '' })
    named?.close()
    inner.close()
  }
  return parts
}

const parseTexts = (fields: Fields, objections: Objections): readonly TextPart[] => parseParts(fields, objections, parseText)

function parseParts<T>(fields: Fields, objections: Objections, parse: (part: Fields) => T): readonly (T | TextPart)[] {
  const content = fields.peek('content')
  if (typeof content === 'string') {
    fields.take('content')
    return [{ type: 'text', text: content }]
  }
  return (fields.list('content') ?? missing(fields, 'content')).map((part, index) => {
    const inner = openFields(part, fields.at(`content[${index}]`), objections)
    const parsed = parse(inner)
    inner.close()
    return parsed
  })
}

function parseText(part: Fields): TextPart {
  const type = part.oneOf('type', ['text'])
  return { type: 'text', text: type === undefined ? '' : part.needText('text') }
}

function parseRefusal(part: Fields): AssistantPart {
  part.take('type')
  return { type: 'refusal', text: part.needText('refusal') }
}

function parseImage(part: Fields): ImagePart {
  part.take('type')
  const image = part.inner('image_url')
  const source = imageOfUrl(image?.needText('url') ?? '')
  if (source === undefined) image?.refuse('url', 'invalid_value', `'${image.at('url')}' must be an http(s) URL or a base64 data URL of an image.`)
  const detail = image?.oneOf('detail', ['auto', 'low', 'high', 'original'])
  image?.close()
  return defined<ImagePart>({ type: 'image', source: source ?? { type: 'url', url: '' }, detail: detail === 'auto' ? undefined : detail })
}

/** Composes the body of an upstream request. `includeUsage`: ask for the usage event of a stream. */
export function composeChatRequest(request: CanonicalRequest, complain: (field: RequestField | 'messages', message: string) => void, includeUsage: boolean): ChatRequest {
  const { format, reasoning, logprobs } = request
  if (reasoning?.mode === 'off' && reasoning.effort !== undefined) complain('reasoning', `an effort of '${reasoning.effort}' without reasoning cannot be said in it`)
  if (reasoning?.summary === 'concise' || reasoning?.summary === 'detailed') complain('reasoning', `it cannot ask for a ${reasoning.summary} summary of the reasoning`)
  return defined<ChatRequest>({
    model: request.model,
    messages: request.messages.flatMap((message) => composeMessage(message, complain)),
    tools: request.tools?.map(({ name, description, parameters, strict }) => ({ type: 'function', function: { name, description, parameters, strict } })),
    tool_choice: composeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
    response_format: format === undefined ? undefined : composeFormat(format),
    max_completion_tokens: request.outputMax,
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop,
    reasoning_effort: reasoning?.mode === 'off' ? 'none' : reasoning?.effort,
    verbosity: request.verbosity,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs?.top,
    prompt_cache_key: request.promptCacheKey,
    prompt_cache_retention: request.promptCacheRetention,
    metadata: request.metadata,
    safety_identifier: request.endUser,
    user: request.user,
    service_tier: request.serviceTier,
    stream: request.stream ? true : undefined,
    stream_options: request.stream && includeUsage ? { include_usage: true } : undefined,
  })
}

function composeToolChoice(choice: ToolChoice | undefined): Json | undefined {
  if (choice === undefined) return undefined
  const named = (name: string): JsonObject => ({ type: 'function', function: { name } })
  switch (choice.type) {
    case 'tool': return named(choice.name)
    case 'allowed': return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: choice.names.map(named) } }
    default: return choice.type
  }
}

function composeFormat(format: ResponseFormat): JsonObject {
  if (format.type !== 'json-schema') return { type: format.type === 'json' ? 'json_object' : 'text' }
  return { type: 'json_schema', json_schema: { name: format.name ?? 'answer', description: format.description, schema: format.schema, strict: format.strict } }
}

/** One text alone goes as a string: servers of open models may know no other form. */
function composeContent<T extends ChatText | ChatImage>(parts: readonly T[]): string | readonly T[] {
  const [first] = parts
  return parts.length === 1 && first?.type === 'text' ? first.text : parts
}

function composeMessage(message: Message, complain: (field: 'messages', message: string) => void): readonly ChatMessage[] {
  switch (message.role) {
    case 'system':
    case 'developer': return [{ role: message.role, content: composeContent(message.content) }]
    case 'user': return [{ role: 'user', content: composeContent(message.content.map(composePart)) }]
    case 'assistant': return composeAssistant(message.content)
    case 'tool': {
      const texts = message.content.filter((part) => part.type === 'text')
      if (texts.length < message.content.length) complain('messages', 'it has no images in tool results')
      const marked = message.isError ? [toolErrorMark, ...texts] : texts
      return [{ role: 'tool', tool_call_id: message.callId, content: marked.length === 0 ? '' : composeContent(marked) }]
    }
  }
}

const composePart = (part: TextPart | ImagePart): ChatText | ChatImage =>
  part.type === 'text' ? part : { type: 'image_url', image_url: defined<ChatImage['image_url']>({ url: urlOfImage(part.source), detail: part.detail }) }

function composeAssistant(content: readonly AssistantPart[]): readonly ChatMessage[] {
  const texts = content.filter((part) => part.type === 'text')
  const calls = content.filter((part) => part.type === 'tool-call')
  const refusal = content.filter((part) => part.type === 'refusal').map((part) => part.text).join('')
  if (texts.length === 0 && calls.length === 0 && refusal === '') return []
  return [defined<ChatMessage & { role: 'assistant' }>({
    role: 'assistant',
    content: texts.length === 0 ? null : composeContent(texts),
    refusal: refusal === '' ? undefined : refusal,
    tool_calls: calls.length === 0 ? undefined : calls.map(({ id, name, arguments: text }) => ({ id, type: 'function', function: { name, arguments: text } })),
  })]
}

