/** Requests of the Responses API: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkLimits, checkTypes, contentsOf, editMembers, limitOf, modelEdit, modelOf, objectsIn, plainAsk, readFields, tagsOf, type Fields } from '../ask-fields.ts'
import { listOf, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { valueOf, type Spans } from '../json-spans.ts'
import { containerOfTool, hostedTools, plainCalls, plainOutputs, plainTools } from './tools.ts'

const read = [
  'model', 'stream', 'max_output_tokens', 'max_tool_calls', 'store', 'background', 'previous_response_id', 'conversation', 'prompt', 'service_tier',
  'safety_identifier', 'user', 'metadata',
] as const

/**
 * What a supplier keeps of its whole account and no call through Weir has made: whoever knows an id could read it. Prompts
 * hold tools and models besides, which could be neither held nor priced
 * (https://developers.openai.com/api/docs/guides/prompting/migrate-from-prompt-object, read 2026-11-29: they end on 2026-11-30).
 */
const keptElsewhere: Readonly<Record<string, string>> = {
  conversation: "'conversation' names what is made at /v1/conversations, which is not served here, so that no conversation belongs to your project. Continue with 'previous_response_id', or send the earlier turns in 'input'.",
  prompt: "'prompt' names a prompt that is kept in the supplier's dashboard and belongs to no project here; its tools and its length could not be held. Send its text in 'instructions' or 'input', and its tools in 'tools'.",
}

/** Reads a Responses request. The input is not parsed unless it holds more than text and function calls. */
export function readResponsesAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, read)
  if ('refused' in fields) return fields
  const { values } = fields
  const fault = checkTypes(values, { model: 'string', stream: 'boolean', store: 'boolean', background: 'boolean', previous_response_id: 'string', prompt: 'object', service_tier: 'string', safety_identifier: 'string', user: 'string', metadata: 'object' })
    ?? checkLimits(values, ['max_output_tokens', 'max_tool_calls'])
  if (fault !== undefined) return fault
  for (const [param, refused] of Object.entries(keptElsewhere)) if (values[param] !== undefined) return { refused, param, code: 'unsupported_parameter' }
  const input = readInput(fields)
  if ('refused' in input) return input
  const stored = values['previous_response_id'] === undefined ? [] : ['previous_response_id']
  const spans = objectsIn(fields.spans, 'tools')
  const tools = spans.map(toolType)
  const aside = tools.find((type) => billedAside.has(type))
  if (aside !== undefined) return { refused: `The tool '${aside}' is billed at an image model's prices, beside the usage of this one, and cannot be metered here: leave it out. Images are made at /v1/images/generations.`, param: 'tools', code: 'unmetered_tool' }
  return {
    ...plainAsk,
    model: modelOf(values),
    stream: values['stream'] === true,
    outputMax: limitOf(values['max_output_tokens']),
    unbounded: [...input.unbounded, ...stored, ...tools.filter((type) => !plainTools.has(type)).map((type) => `tools.${type}`)],
    hostedTools: hostedTools(tools, numberOf(values['max_tool_calls'])),
    stored: [...(values['store'] === true ? ['store'] : []), ...(values['background'] === true ? ['background'] : []), ...stored],
    storedUnlessTold: typeof values['store'] !== 'boolean',
    background: values['background'] === true,
    previousResponseId: stringOf(values['previous_response_id']),
    items: { references: input.references, byId: input.byId, containers: spans.flatMap((tool) => containerOfTool((name) => fieldOf(tool, name))) },
    serviceTier: stringOf(values['service_tier']),
    endUser: stringOf(values['safety_identifier']) ?? stringOf(values['user']),
    tags: tagsOf(values['metadata']),
  }
}

/**
 * Hosted tools that are sold at the prices of another model. The answer's `usage` is without them
 * (https://community.openai.com/t/responses-api-image-generation-token-usage/1277438, read 2026-11-29).
 */
const billedAside: ReadonlySet<string> = new Set(['image_generation'])

/** Types inside `input` whose tokens are bounded by the bytes of the body. Earlier calls of hosted tools come with their results or without. */
const plainTypes: ReadonlySet<string> = new Set([
  ...plainCalls, ...plainOutputs, 'message', 'input_text', 'output_text', 'text', 'refusal',
  'reasoning', 'summary_text', 'reasoning_text', 'web_search_call', 'url_citation', 'file_citation', 'container_file_citation', 'file_path',
])

interface Input {
  /** Kinds that are not bounded. */
  readonly unbounded: readonly string[]
  readonly references: readonly string[]
  readonly byId: readonly string[]
}

const plainInput: Input = { unbounded: [], references: [], byId: [] }

/** Kinds of items that are read from what they carry, whatever their id says. */
const carried: ReadonlySet<string> = new Set(['message', ...plainCalls, ...plainOutputs])

/** An item without a type is a message where it has what makes one; else it refers to a stored item. */
const itemType = (item: JsonRecord | undefined): string => stringOf(item?.['type']) ?? (item?.['role'] === undefined || item['content'] === undefined ? 'item_reference' : 'message')

/** Reasoning without its sealed text, and calls of hosted tools, are looked up by the supplier under their id. */
const isLookedUp = (type: string, item: JsonRecord | undefined): boolean => !carried.has(type) && !(type === 'reasoning' && (stringOf(item?.['encrypted_content']) ?? '') !== '')

function readInput({ spans }: Fields): Input | Refusal {
  const contents = contentsOf(spans, 'input')
  if (contents !== undefined && [...contents.types].every((type) => plainTypes.has(type)) && !contents.names.has('id')) return plainInput
  let input: unknown
  try {
    input = valueOf(spans, 'input')
  } catch (cause) {
    if (cause instanceof SyntaxError) return { refused: "The value of 'input' is not valid JSON.", param: 'input', code: 'invalid_json' }
    throw cause
  }
  const kinds = new Set<string>(), references = new Set<string>(), byId = new Set<string>()
  for (const item of listOf(input).map(recordOf)) {
    const type = itemType(item)
    const id = stringOf(item?.['id'])
    if (!plainTypes.has(type)) kinds.add(`input.${type}`)
    if (id !== undefined && type === 'item_reference') references.add(id)
    else if (id !== undefined && isLookedUp(type, item)) byId.add(id)
    for (const part of [...listOf(item?.['content']), ...listOf(item?.['output'])].map(recordOf)) {
      const kind = stringOf(part?.['type'])
      if (kind !== undefined && !plainTypes.has(kind)) kinds.add(`input.${kind}`)
    }
  }
  return { unbounded: [...kinds], references: [...references], byId: [...byId] }
}

function fieldOf(tool: Spans, name: string): unknown {
  try {
    return valueOf(tool, name)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

function toolType(tool: Spans): string {
  try {
    return stringOf(valueOf(tool, 'type')) ?? 'unknown'
  } catch (cause) {
    if (cause instanceof SyntaxError) return 'malformed'
    throw cause
  }
}

/** Splices the edits into a Responses request. Usage always comes with the last event, so there is nothing to ask for. */
export function editResponses(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('safety_identifier', JSON.stringify(edits.safetyIdentifier))
  if (edits.outputMax !== undefined) values.set('max_output_tokens', String(edits.outputMax))
  return editMembers(body, values)
}

