/** Chat completion requests: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import {
  checkChoices, checkLimits, checkPresent, checkTypes, contentsOf, editMembers, limitOf, modelEdit, modelOf, objectsIn, plainAsk,
  readFields, requestSpans, tagsOf, withMember, type Fields,
} from '../ask-fields.ts'
import { listOf, recordOf, stringOf } from '../json-fields.ts'
import { isSpanFault, valueOf, type Spans } from '../json-spans.ts'

const read = [
  'model', 'stream', 'stream_options', 'max_completion_tokens', 'max_tokens', 'n', 'store', 'service_tier', 'safety_identifier', 'user',
  'metadata', 'web_search_options',
] as const

/** Reads a chat completion request. The messages are not parsed unless they hold more than text and tool calls. */
export function readChatAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, read)
  if ('refused' in fields) return fields
  const { values, spans } = fields
  const fault = checkTypes(values, { model: 'string', stream: 'boolean', stream_options: 'object', store: 'boolean', service_tier: 'string', safety_identifier: 'string', user: 'string', metadata: 'object' })
    ?? checkLimits(values, ['max_completion_tokens', 'max_tokens']) ?? checkChoices(values, ['n']) ?? checkPresent(spans, ['messages'])
  if (fault !== undefined) return fault
  const unbounded = unboundedFields(fields)
  if ('refused' in unbounded) return unbounded
  const stream = values['stream'] === true
  return {
    ...plainAsk,
    model: modelOf(values),
    stream,
    usageAsked: !stream || recordOf(values['stream_options'])?.['include_usage'] === true,
    outputMax: limitOf(values['max_completion_tokens'], values['max_tokens']),
    choices: typeof values['n'] === 'number' ? values['n'] : 1,
    unbounded,
    hostedTools: values['web_search_options'] === undefined ? [] : [{ meter: 'web_search_call', callsMax: undefined }],
    stored: values['store'] === true ? ['store'] : [],
    serviceTier: stringOf(values['service_tier']),
    endUser: stringOf(values['safety_identifier']) ?? stringOf(values['user']),
    tags: tagsOf(values['metadata']),
  }
}

/** Types inside messages whose tokens are bounded by the bytes of the body. */
const plainTypes: ReadonlySet<string> = new Set(['text', 'refusal', 'function', 'custom'])
/** Members that carry media on hosts which do not insist on a part's type, and audio of an earlier answer. */
const mediaMembers = ['image_url', 'video_url', 'audio_url', 'audio'] as const

function unboundedFields({ spans, values }: Fields): readonly string[] | Refusal {
  const found: string[] = []
  const contents = contentsOf(spans, 'messages')
  const plain = contents !== undefined && [...contents.types].every((type) => plainTypes.has(type)) && !mediaMembers.some((member) => contents.names.has(member))
  if (!plain) {
    const parts = mediaIn(spans)
    if ('refused' in parts) return parts
    found.push(...parts)
  }
  if (values['web_search_options'] !== undefined) found.push('web_search_options')
  if (spans.members.has('data_sources')) found.push('data_sources')
  for (const tool of objectsIn(spans, 'tools')) {
    const type = readType(tool)
    if (type !== 'function' && type !== 'custom') found.push(`tools.${type}`)
  }
  return found
}

function readType(tool: Spans): string {
  try {
    return stringOf(valueOf(tool, 'type')) ?? 'function'
  } catch (cause) {
    if (cause instanceof SyntaxError) return 'malformed'
    throw cause
  }
}

/** Names the kinds of message content that are not text. */
function mediaIn(spans: Spans): readonly string[] | Refusal {
  let messages: unknown
  try {
    messages = valueOf(spans, 'messages')
  } catch (cause) {
    if (cause instanceof SyntaxError) return { refused: "The value of 'messages' is not valid JSON.", param: 'messages', code: 'invalid_json' }
    throw cause
  }
  const kinds = new Set<string>()
  for (const message of listOf(messages).map(recordOf)) {
    if (recordOf(message?.['audio']) !== undefined) kinds.add('messages.audio')
    for (const part of listOf(message?.['content']).map(recordOf)) {
      const type = stringOf(part?.['type'])
      if (type !== undefined && !plainTypes.has(type)) kinds.add(`messages.${type}`)
      for (const member of mediaMembers) if (part?.[member] !== undefined) kinds.add(`messages.${member}`)
    }
  }
  return [...kinds]
}

/** Splices the edits into a chat completion request. Where no limit stands, `outputField` (by default `max_completion_tokens`) is added. */
export function editChat(body: Buffer, _contentType: string, edits: Edits, ask: Ask): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('safety_identifier', JSON.stringify(edits.safetyIdentifier))
  if (edits.includeUsage && ask.stream && !ask.usageAsked) values.set('stream_options', withMember(body, 'stream_options', 'include_usage', 'true'))
  if (edits.outputMax !== undefined) for (const field of limitFields(body, edits)) values.set(field, String(edits.outputMax))
  return editMembers(body, values)
}

function limitFields(body: Buffer, edits: Edits): readonly string[] {
  const spans = requestSpans(body)
  const given = isSpanFault(spans) ? [] : ['max_completion_tokens', 'max_tokens'].filter((name) => spans.members.has(name))
  return given.length > 0 ? given : [edits.outputField ?? 'max_completion_tokens']
}
