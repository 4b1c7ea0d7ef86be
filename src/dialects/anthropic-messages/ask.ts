/** Messages requests: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkLimits, checkPresent, checkTypes, contentsOf, editMembers, isWebSearch, limitOf, modelEdit, modelOf, objectsIn, plainAsk, readFields, withMember, type Fields } from '../ask-fields.ts'
import { listOf, numberOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { valueOf } from '../json-spans.ts'

/** Reads a Messages request. The messages are not parsed unless they hold more than text and tool calls. */
export function readMessagesAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, ['model', 'stream', 'max_tokens', 'service_tier', 'metadata', 'container', 'mcp_servers'])
  if ('refused' in fields) return fields
  const { values, spans } = fields
  const fault = checkTypes(values, { model: 'string', stream: 'boolean', service_tier: 'string', metadata: 'object' })
    ?? checkLimits(values, ['max_tokens']) ?? checkPresent(spans, ['messages'])
  if (fault !== undefined) return fault
  const contents = contentKinds(fields)
  if ('refused' in contents) return contents
  const tools = toolsOf(fields)
  const typed = tools.map((tool) => stringOf(tool['type'])).filter((type) => type !== undefined && type !== 'custom')
  return {
    ...plainAsk,
    model: modelOf(values),
    stream: values['stream'] === true,
    outputMax: limitOf(values['max_tokens']),
    unbounded: [...contents, ...typed.map((type) => `tools.${type}`), ...['container', 'mcp_servers'].filter((name) => values[name] !== undefined)],
    hostedTools: webSearches(tools),
    items: { ...plainAsk.items, containers: containersIn(values['container']) },
    serviceTier: stringOf(values['service_tier']),
    endUser: stringOf(recordOf(values['metadata'])?.['user_id']),
  }
}

/** The container that a request names or an answer's tools worked in: its id alone, or with what else there is to it (skills to load, when it expires). */
export function containersIn(container: unknown): readonly string[] {
  const id = stringOf(container) ?? stringOf(recordOf(container)?.['id'])
  return id === undefined ? [] : [id]
}

/** Content whose tokens are bounded by the bytes of the body. */
const plainTypes: ReadonlySet<string> = new Set([
  'text', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking', 'server_tool_use', 'web_search_tool_result', 'web_search_result',
  'search_result', 'ephemeral', 'char_location', 'content_block_location', 'web_search_result_location', 'search_result_location',
])

/** Kinds of content in `messages` and `system` that are not bounded: images, documents, files. */
function contentKinds({ spans }: Fields): readonly string[] | Refusal {
  const quick = [contentsOf(spans, 'messages'), contentsOf(spans, 'system')]
  if (quick.every((found) => found !== undefined && [...found.types].every((type) => plainTypes.has(type)))) return []
  const kinds = new Set<string>()
  try {
    const contents = [valueOf(spans, 'system'), ...listOf(valueOf(spans, 'messages')).map((message) => recordOf(message)?.['content'])]
    for (const block of contents.flatMap(listOf).map(recordOf)) {
      for (const part of [block, ...listOf(block?.['content']).map(recordOf)]) {
        const type = stringOf(part?.['type'])
        if (type !== undefined && !plainTypes.has(type)) kinds.add(`messages.${type}`)
      }
    }
  } catch (cause) {
    if (cause instanceof SyntaxError) return { refused: "The value of 'messages' or 'system' is not valid JSON.", param: 'messages', code: 'invalid_json' }
    throw cause
  }
  return [...kinds]
}

function toolsOf({ spans }: Fields): readonly JsonRecord[] {
  return objectsIn(spans, 'tools').map((tool) => {
    const members = ['type', 'max_uses'].filter((name) => tool.members.has(name))
    const text = members.map((name) => {
      const member = tool.members.get(name)!
      return `${JSON.stringify(name)}:${tool.body.toString('utf8', member.valueStart, member.valueEnd)}`
    })
    return parseRecord(`{${text.join(',')}}`) ?? { type: 'malformed' }
  })
}

/** Web search tools (`web_search_20250305` and later) with the most searches that they allow together. */
function webSearches(tools: readonly JsonRecord[]): Ask['hostedTools'] {
  const searches = tools.filter((tool) => isWebSearch(stringOf(tool['type']) ?? ''))
  if (searches.length === 0) return []
  const limits = searches.map((tool) => numberOf(tool['max_uses']))
  return [{ meter: 'web_search_call', callsMax: limits.reduce((sum, limit) => sum === undefined || limit === undefined ? undefined : sum + limit, 0) }]
}

/** Splices the edits into a Messages request; the safety identifier is `metadata.user_id`. Streams always carry usage. */
export function editMessages(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('metadata', withMember(body, 'metadata', 'user_id', JSON.stringify(edits.safetyIdentifier)))
  if (edits.outputMax !== undefined) values.set('max_tokens', String(edits.outputMax))
  return editMembers(body, values)
}
