/** Messages requests: to the canonical form, and from it. */
import type { Json } from '../../kernel/canonical-json.ts'
import { isObject, openFields, type Fields, type Objections } from '../fields.ts'
import { defined } from '../json-fields.ts'
import type {
  AssistantPart, CanonicalRequest, Effort, ImagePart, ImageSource, JsonObject, Message, ReasoningWish, RequestField, ResponseFormat, TextPart, ToolChoice, ToolDefinition,
} from '../part.ts'
import { openSeal, sealText } from '../seal.ts'
import { settleUntranslated } from '../untranslated.ts'
import type { ImageBlock, MessagesRequest, TextBlock, ToolResultBlock, Turn } from './wire.ts'

/** What this dialect calls each canonical field: the name under which a client is refused it. */
export const messagesParams: Readonly<Record<RequestField, string>> = {
  tools: 'tools', toolChoice: 'tool_choice', parallelToolCalls: 'tool_choice.disable_parallel_tool_use', format: 'output_config.format', outputMax: 'max_tokens',
  temperature: 'temperature', topP: 'top_p', topK: 'top_k', stop: 'stop_sequences', reasoning: 'thinking', verbosity: 'verbosity', logprobs: 'logprobs',
  promptCacheKey: 'prompt_cache_key', promptCacheRetention: 'prompt_cache_retention', metadata: 'metadata', endUser: 'metadata.user_id', user: 'metadata.user_id',
  serviceTier: 'service_tier',
}

type UserPart = TextPart | ImagePart

export function parseMessagesRequest(body: unknown, objections: Objections): CanonicalRequest {
  const top = openFields(body, '', objections)
  settleUntranslated('anthropic-messages', top)
  takeCacheMark(top)
  const config = top.inner('output_config')
  const choice = top.inner('tool_choice')
  const user = top.inner('metadata')
  const request = defined<CanonicalRequest>({
    model: top.needText('model'),
    stream: top.flag('stream') === true,
    messages: [...parseSystem(top, objections), ...parseTurns(top, objections)],
    tools: top.list('tools')?.map((tool, index) => parseTool(openFields(tool, `tools[${index}]`, objections))),
    toolChoice: choice === undefined ? undefined : parseToolChoice(choice),
    parallelToolCalls: choice?.flag('disable_parallel_tool_use') === true ? false : undefined,
    format: config === undefined ? undefined : parseFormat(config),
    outputMax: parseLimit(top),
    temperature: top.number('temperature'),
    topP: top.number('top_p'),
    topK: top.number('top_k'),
    stop: top.list('stop_sequences')?.filter((each) => typeof each === 'string'),
    reasoning: parseThinking(top.inner('thinking'), config),
    verbosity: undefined,
    logprobs: undefined,
    promptCacheKey: undefined,
    promptCacheRetention: undefined,
    metadata: undefined,
    endUser: user?.text('user_id'),
    user: undefined,
    serviceTier: parseTier(top),
  })
  for (const fields of [config, choice, user, top]) fields?.close()
  return request
}

/** A mark of five minutes is left out (`leftOut`); one of an hour is paid for, so it is refused. */
function takeCacheMark(fields: Fields): void {
  const mark = fields.inner('cache_control')
  if (mark === undefined) return
  mark.oneOf('type', ['ephemeral'])
  mark.oneOf('ttl', ['5m'])
  mark.close()
}

function parseLimit(top: Fields): number | undefined {
  const limit = top.number('max_tokens')
  if (limit === undefined) top.refuse('max_tokens', 'missing_required_parameter', "'max_tokens' is required.")
  if (limit === 0) top.refuse('max_tokens', 'unsupported_value', "'max_tokens': 0 warms a cache, which has no translation.")
  return limit
}

function parseTier(top: Fields): string | undefined {
  const tier = top.oneOf('service_tier', ['auto', 'standard_only'])
  return tier === 'standard_only' ? 'default' : tier
}

function parseThinking(thinking: Fields | undefined, config: Fields | undefined): ReasoningWish | undefined {
  const effort = config?.oneOf<Effort>('effort', ['low', 'medium', 'high', 'xhigh', 'max'])
  if (thinking === undefined) return effort === undefined ? undefined : { effort }
  const type = thinking.text('type')
  const display = thinking.oneOf('display', ['summarized', 'omitted'])
  if (type === 'enabled') {
    thinking.take('budget_tokens')
    thinking.refuse('budget_tokens', 'unsupported_parameter', "'thinking.budget_tokens' has no translation: send {\"type\": \"adaptive\"} and 'output_config.effort' instead.")
  } else if (type !== 'adaptive' && type !== 'disabled') {
    thinking.refuse('type', 'unsupported_value', `'thinking.type' is '${type ?? ''}'; what can be carried over is 'adaptive' and 'disabled'.`)
  }
  thinking.close()
  if (type === 'disabled') return defined<ReasoningWish>({ mode: 'off', effort, summary: undefined })
  return defined<ReasoningWish>({ mode: 'on', effort, summary: display === 'omitted' ? 'omitted' : 'auto' })
}

function parseFormat(config: Fields): ResponseFormat | undefined {
  const format = config.inner('format')
  if (format === undefined) return undefined
  format.oneOf('type', ['json_schema'])
  const schema = format.object('schema') ?? {}
  format.close()
  return { type: 'json-schema', schema, strict: true }
}

function parseToolChoice(choice: Fields): ToolChoice | undefined {
  const type = choice.oneOf('type', ['auto', 'any', 'none', 'tool'])
  if (type === 'tool') return { type: 'tool', name: choice.needText('name') }
  return type === undefined ? undefined : { type: type === 'any' ? 'required' : type }
}

function parseTool(fields: Fields): ToolDefinition {
  fields.oneOf('type', ['custom'])
  takeCacheMark(fields)
  fields.skip('eager_input_streaming')
  const tool = defined<ToolDefinition>({
    name: fields.needText('name'), description: fields.text('description'), parameters: fields.object('input_schema'), strict: fields.flag('strict'),
  })
  fields.close()
  return tool
}

function parseSystem(top: Fields, objections: Objections): readonly Message[] {
  if (top.peek('system') === undefined) return []
  const content = parseBlocks(top, 'system', objections, parseText)
  return content.length === 0 ? [] : [{ role: 'system', content }]
}

function parseTurns(top: Fields, objections: Objections): readonly Message[] {
  const turns = top.list('messages')
  if (turns === undefined) top.refuse('messages', 'missing_required_parameter', "'messages' is required.")
  return (turns ?? []).flatMap((turn, index) => {
    const fields = openFields(turn, `messages[${index}]`, objections)
    const messages = parseTurn(fields, objections)
    fields.close()
    return messages
  })
}

function parseTurn(fields: Fields, objections: Objections): readonly Message[] {
  const role = fields.oneOf('role', ['system', 'user', 'assistant'])
  if (role === 'system') return [{ role, content: parseBlocks(fields, 'content', objections, parseText) }]
  if (role === 'assistant') return [{ role, content: parseBlocks(fields, 'content', objections, parseAnswerBlock) }]
  const messages: Message[] = []
  let run: UserPart[] = []
  for (const block of parseBlocks(fields, 'content', objections, (inner) => parseUserBlock(inner, objections))) {
    if ('role' in block) {
      if (run.length > 0) messages.push({ role: 'user', content: run })
      run = []
      messages.push(block)
    } else {
      run.push(block)
    }
  }
  return run.length === 0 && messages.length > 0 ? messages : [...messages, { role: 'user', content: run }]
}

/** A list of blocks, or a text in place of one. */
function parseBlocks<T>(fields: Fields, key: string, objections: Objections, parse: (block: Fields) => T): readonly (T | TextPart)[] {
  const content = fields.peek(key)
  if (typeof content === 'string') {
    fields.take(key)
    return [{ type: 'text', text: content }]
  }
  return (fields.list(key) ?? []).map((block: Json, index) => {
    const inner = openFields(block, fields.at(`${key}[${index}]`), objections)
    takeCacheMark(inner)
    const parsed = parse(inner)
    inner.close()
    return parsed
  })
}

function parseText(block: Fields): TextPart {
  const type = block.oneOf('type', ['text'])
  if (Array.isArray(block.peek('citations')) && (block.peek('citations') as readonly Json[]).length === 0) block.skip('citations')
  return { type: 'text', text: type === undefined ? '' : block.needText('text') }
}

function parseUserBlock(block: Fields, objections: Objections): UserPart | (Message & { role: 'tool' }) {
  const type = block.oneOf('type', ['text', 'image', 'tool_result'])
  if (type === 'image') return parseImage(block)
  if (type !== 'tool_result') return parseText(block)
  const content = block.peek('content') === undefined ? []
    : parseBlocks(block, 'content', objections, (inner): UserPart => inner.oneOf('type', ['text', 'image']) === 'image' ? parseImage(inner) : parseText(inner))
  return { role: 'tool', callId: block.needText('tool_use_id'), isError: block.flag('is_error') === true, content }
}

function parseImage(block: Fields): ImagePart {
  block.take('type')
  const fields = block.inner('source')
  const type = fields?.oneOf('type', ['base64', 'url'])
  const source: ImageSource = type === 'url'
    ? { type: 'url', url: fields?.needText('url') ?? '' }
    : { type: 'data', mediaType: fields?.needText('media_type') ?? '', data: fields?.needText('data') ?? '' }
  if (fields === undefined) block.refuse('source', 'missing_required_parameter', `'${block.at('source')}' is required.`)
  fields?.close()
  return { type: 'image', source }
}

function parseAnswerBlock(block: Fields): AssistantPart {
  switch (block.oneOf('type', ['text', 'thinking', 'redacted_thinking', 'tool_use'])) {
    case 'thinking': {
      const text = block.text('thinking') ?? ''
      const signature = block.text('signature') ?? ''
      return signature === '' ? { type: 'reasoning', text } : { type: 'reasoning', text, seal: openSeal(signature, 'anthropic-messages') }
    }
    case 'redacted_thinking': {
      return { type: 'reasoning', text: '', seal: { ...openSeal(block.needText('data'), 'anthropic-messages'), redacted: true } }
    }
    case 'tool_use': {
      block.skip('caller')
      return { type: 'tool-call', id: block.needText('id'), name: block.needText('name'), arguments: JSON.stringify(block.take('input') ?? {}) }
    }
    default: {
      block.skip('citations')
      return parseText(block)
    }
  }
}

/** The canonical fields for which this wire format has no place. `metadata` is recorded by Weir. */
export const messagesLacks: ReadonlySet<RequestField> = new Set<RequestField>(['verbosity', 'logprobs', 'promptCacheKey', 'promptCacheRetention'])

/** The wire format demands a limit of output tokens: this one holds where neither the client nor the route sets one. */
export const outputMaxDefault = 4096

type Complain = (field: RequestField | 'messages', message: string) => void

export function composeMessagesRequest(request: CanonicalRequest, complain: Complain): MessagesRequest {
  const { temperature, endUser, user } = request
  const firstTurn = request.messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  const leading = request.messages.slice(0, firstTurn === -1 ? undefined : firstTurn)
  const turns = firstTurn === -1 ? [] : request.messages.slice(firstTurn)
  const system = leading.flatMap((message) => message.role === 'system' || message.role === 'developer' ? message.content : [])
  if (temperature !== undefined && temperature > 1) complain('temperature', `it allows 0 to 1, not ${temperature}`)
  if (endUser !== undefined && user !== undefined && endUser !== user) complain('user', 'it has one identifier of an end user, and two different ones were sent')
  const userId = endUser ?? user
  return defined<MessagesRequest>({
    model: request.model,
    max_tokens: request.outputMax ?? outputMaxDefault,
    system: system.length === 0 ? undefined : system,
    messages: composeTurns(turns, complain),
    tools: request.tools?.map(composeTool),
    tool_choice: composeToolChoice(request, complain),
    thinking: composeThinking(request, complain),
    output_config: composeOutput(request, complain),
    stop_sequences: request.stop,
    temperature,
    top_p: request.topP,
    top_k: request.topK,
    metadata: userId === undefined ? undefined : { user_id: userId },
    service_tier: composeTier(request.serviceTier, complain),
    stream: request.stream ? true : undefined,
  })
}

function composeTier(tier: string | undefined, complain: Complain): 'auto' | 'standard_only' | undefined {
  if (tier === undefined || tier === 'auto') return tier
  if (tier !== 'default') complain('serviceTier', `it has no tier '${tier}'`)
  return 'standard_only'
}

const composeTool = ({ name, description, parameters, strict }: ToolDefinition): JsonObject =>
  defined<JsonObject>({ name, description, input_schema: parameters ?? { type: 'object', properties: {} }, strict })

function composeToolChoice({ toolChoice, parallelToolCalls, tools }: CanonicalRequest, complain: Complain): JsonObject | undefined {
  // Without tools nothing can be called: a choice that allows none says nothing, and the API refuses it.
  if (tools === undefined || tools.length === 0) {
    if (toolChoice !== undefined && toolChoice.type !== 'auto' && toolChoice.type !== 'none') complain('toolChoice', 'there are no tools to choose from')
    return undefined
  }
  const disabled = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {}
  switch (toolChoice?.type) {
    case undefined: return parallelToolCalls === false ? { type: 'auto', ...disabled } : undefined
    case 'none': return { type: 'none' }
    case 'auto': return { type: 'auto', ...disabled }
    case 'required': return { type: 'any', ...disabled }
    case 'tool': return { type: 'tool', name: toolChoice.name, ...disabled }
    case 'allowed': {
      complain('toolChoice', 'it cannot allow a part of the tools')
      return undefined
    }
  }
}

function composeThinking({ reasoning }: CanonicalRequest, complain: Complain): JsonObject | undefined {
  if (reasoning?.summary === 'concise' || reasoning?.summary === 'detailed') complain('reasoning', `it cannot ask for a ${reasoning.summary} summary of the reasoning`)
  if (reasoning?.mode === 'off') return { type: 'disabled' }
  return reasoning?.mode === 'on' ? { type: 'adaptive', display: reasoning.summary === 'omitted' ? 'omitted' : 'summarized' } : undefined
}

function composeOutput({ reasoning, format }: CanonicalRequest, complain: Complain): JsonObject | undefined {
  if (reasoning?.effort === 'minimal') complain('reasoning', "it has no effort 'minimal'")
  if (format?.type === 'json') complain('format', 'it has no JSON mode without a schema')
  const schema = format?.type === 'json-schema' ? describe(format.schema, format.description, complain) : undefined
  if (reasoning?.effort === undefined && schema === undefined) return undefined
  return defined<JsonObject>({ effort: reasoning?.effort, format: schema === undefined ? undefined : { type: 'json_schema', schema } })
}

/** The description of a format moves into its schema, where the model reads it as well. */
function describe(schema: JsonObject, description: string | undefined, complain: Complain): JsonObject {
  if (description === undefined || schema['description'] === description) return schema
  if (schema['description'] !== undefined) complain('format', 'it has room for one description of the schema, and there are two')
  return { description, ...schema }
}

/** Turns of one role that follow each other are one: results of tools stand together in the turn after their calls. */
function composeTurns(messages: readonly Message[], complain: Complain): readonly Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const turn = composeTurn(message, complain)
    const last = turns.at(-1)
    if (turn.content.length === 0 && turn.role === 'assistant') continue
    if (last?.role === 'user' && turn.role === 'user') turns[turns.length - 1] = { role: 'user', content: [...last.content, ...turn.content] }
    else if (last?.role === 'assistant' && turn.role === 'assistant') turns[turns.length - 1] = { role: 'assistant', content: [...last.content, ...turn.content] }
    else turns.push(turn)
  }
  return turns
}

function composeTurn(message: Message, complain: Complain): Turn {
  switch (message.role) {
    case 'system':
    case 'developer': return { role: 'system', content: message.content }
    case 'user': return { role: 'user', content: message.content.map((part) => composePart(part, complain)) }
    case 'assistant': return { role: 'assistant', content: message.content.flatMap((part) => composeAnswerPart(part, complain)) }
    case 'tool': {
      const content = message.content.map((part) => composePart(part, complain))
      return { role: 'user', content: [defined<ToolResultBlock>({ type: 'tool_result', tool_use_id: message.callId, content, is_error: message.isError ? true : undefined })] }
    }
  }
}

/** Media types that the API takes; an image of another is refused here rather than there, under the client's own name for the field. */
const mediaTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function composePart(part: TextPart | ImagePart, complain: Complain): TextBlock | ImageBlock {
  if (part.type === 'text') return part
  if (part.detail !== undefined) complain('messages', `it has no image detail '${part.detail}'`)
  if (part.source.type === 'url') return { type: 'image', source: part.source }
  if (!mediaTypes.has(part.source.mediaType)) complain('messages', `it takes images as JPEG, PNG, GIF or WebP, not ${part.source.mediaType}`)
  return { type: 'image', source: { type: 'base64', media_type: part.source.mediaType, data: part.source.data } }
}

function composeAnswerPart(part: AssistantPart, complain: Complain): readonly (Turn & { role: 'assistant' })['content'][number][] {
  switch (part.type) {
    case 'text':
    case 'refusal': return part.text === '' ? [] : [{ type: 'text', text: part.text }]
    case 'tool-call': return [{ type: 'tool_use', id: part.id, name: part.name, input: inputOf(part.arguments, complain) }]
    case 'reasoning': {
      if (part.seal?.by !== 'anthropic-messages') return []
      const seal = sealText(part.seal, 'anthropic-messages')
      return [part.seal.redacted === true ? { type: 'redacted_thinking', data: seal } : { type: 'thinking', thinking: part.text, signature: seal }]
    }
  }
}

function inputOf(text: string, complain: Complain): Json {
  if (text.trim() === '') return {}
  try {
    const input = JSON.parse(text) as Json
    if (!isObject(input)) complain('messages', 'the arguments of a tool call must be a JSON object')
    return input
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    complain('messages', 'the arguments of a tool call in it must be valid JSON')
    return {}
  }
}
