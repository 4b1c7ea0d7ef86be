/** Requests of the Responses API: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkLimits, checkTypes, contentsOf, editMembers, limitOf, modelEdit, modelOf, objectsIn, plainAsk, readFields, tagsOf, type Fields } from '../ask-fields.ts'
import { listOf, numberOf, recordOf, stringOf } from '../json-fields.ts'
import { valueOf } from '../json-spans.ts'

const read = [
  'model', 'stream', 'max_output_tokens', 'max_tool_calls', 'store', 'background', 'previous_response_id', 'conversation', 'prompt', 'service_tier',
  'safety_identifier', 'user', 'metadata',
] as const

const storedFields = ['previous_response_id', 'conversation', 'prompt'] as const

/** Reads a Responses request. The input is not parsed unless it holds more than text and function calls. */
export function readResponsesAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, read)
  if ('refused' in fields) return fields
  const { values } = fields
  const fault = checkTypes(values, { model: 'string', stream: 'boolean', store: 'boolean', background: 'boolean', previous_response_id: 'string', prompt: 'object', service_tier: 'string', safety_identifier: 'string', user: 'string', metadata: 'object' })
    ?? checkLimits(values, ['max_output_tokens', 'max_tool_calls'])
  if (fault !== undefined) return fault
  const contents = inputKinds(fields)
  if ('refused' in contents) return contents
  const stored = storedFields.filter((name) => values[name] !== undefined)
  const tools = toolTypes(fields)
  return {
    ...plainAsk,
    model: modelOf(values),
    stream: values['stream'] === true,
    outputMax: limitOf(values['max_output_tokens']),
    unbounded: [...contents, ...stored, ...tools.filter((type) => !plainTools.has(type)).map((type) => `tools.${type}`)],
    hostedTools: hostedTools(tools, numberOf(values['max_tool_calls'])),
    stored: [...(values['store'] === true ? ['store'] : []), ...(values['background'] === true ? ['background'] : []), ...stored],
    storedUnlessTold: typeof values['store'] !== 'boolean',
    background: values['background'] === true,
    previousResponseId: stringOf(values['previous_response_id']),
    serviceTier: stringOf(values['service_tier']),
    endUser: stringOf(values['safety_identifier']) ?? stringOf(values['user']),
    tags: tagsOf(values['metadata']),
  }
}

const plainTools: ReadonlySet<string> = new Set(['function', 'custom'])

/** Types inside `input` whose tokens are bounded by the bytes of the body. Earlier calls of hosted tools come with their results or without. */
const plainTypes: ReadonlySet<string> = new Set([
  'message', 'input_text', 'output_text', 'text', 'refusal', 'function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output',
  'reasoning', 'summary_text', 'reasoning_text', 'web_search_call', 'url_citation', 'file_citation', 'container_file_citation', 'file_path',
])

/** Kinds of input that are not bounded. An item that has an id but neither type nor content refers to a stored one. */
function inputKinds({ spans }: Fields): readonly string[] | Refusal {
  const contents = contentsOf(spans, 'input')
  if (contents !== undefined && [...contents.types].every((type) => plainTypes.has(type)) && !contents.names.has('id')) return []
  let input: unknown
  try {
    input = valueOf(spans, 'input')
  } catch (cause) {
    if (cause instanceof SyntaxError) return { refused: "The value of 'input' is not valid JSON.", param: 'input', code: 'invalid_json' }
    throw cause
  }
  const kinds = new Set<string>()
  for (const item of listOf(input).map(recordOf)) {
    const type = stringOf(item?.['type']) ?? (item?.['role'] === undefined ? 'item_reference' : 'message')
    if (!plainTypes.has(type)) kinds.add(`input.${type}`)
    for (const part of [...listOf(item?.['content']), ...listOf(item?.['output'])].map(recordOf)) {
      const kind = stringOf(part?.['type'])
      if (kind !== undefined && !plainTypes.has(kind)) kinds.add(`input.${kind}`)
    }
  }
  return [...kinds]
}

function toolTypes({ spans }: Fields): readonly string[] {
  return objectsIn(spans, 'tools').map((tool) => {
    try {
      return stringOf(valueOf(tool, 'type')) ?? 'unknown'
    } catch (cause) {
      if (cause instanceof SyntaxError) return 'malformed'
      throw cause
    }
  })
}

/** Hosted tools that are sold by the call; names carry dates (`web_search_preview_2025_03_11`). */
function hostedTools(types: readonly string[], callsMax: number | undefined): Ask['hostedTools'] {
  const meters = new Set<Ask['hostedTools'][number]['meter']>()
  for (const type of types) {
    if (type.startsWith('web_search')) meters.add('web_search_call')
    else if (type === 'file_search') meters.add('file_search_call')
    else if (type === 'code_interpreter' || type === 'shell') meters.add('code_interpreter_session')
  }
  return [...meters].map((meter) => ({ meter, callsMax }))
}

/** Splices the edits into a Responses request. Usage always comes with the last event, so there is nothing to ask for. */
export function editResponses(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('safety_identifier', JSON.stringify(edits.safetyIdentifier))
  if (edits.outputMax !== undefined) values.set('max_output_tokens', String(edits.outputMax))
  return editMembers(body, values)
}

