/** `/responses`: create, stream, background work, retrieve, take up a stream, cancel, delete, list input items. */
import { items, record, text, whole, type Body } from './body.ts'
import { inputOf, readToolChoice, tierOf, wantedTokens } from './chat.ts'
import { type Answer, type Charge, type Desk, events, type Incoming, json, refuse } from './desk.ts'
import { generate, joined, reasons, type Task, type Tool } from './generation.ts'
import { topMax } from './logprobs.ts'
import { finalStatus, responseFrames, responseObject } from './response-shape.ts'
import type { StoredResponse } from './stored-responses.ts'

const imageTokens = 765
const fileTokens = 1_500
const pageLimit = 20

interface Prompt {
  readonly texts: string[]
  otherTokens: number
}

function readItem(item: Body, prompt: Prompt): void {
  const { content, type } = item
  if (typeof content === 'string') prompt.texts.push(content)
  for (const part of items(content).map(record)) {
    const words = text(part['text']) ?? text(part['refusal'])
    if (words !== undefined) prompt.texts.push(words)
    else prompt.otherTokens += part['type'] === 'input_file' ? fileTokens : imageTokens
  }
  if (type === 'function_call') prompt.texts.push(text(item['name']) ?? '', text(item['arguments']) ?? '')
  if (type === 'function_call_output') prompt.texts.push(text(item['output']) ?? JSON.stringify(item['output'] ?? ''))
}

const inputList = (input: unknown): readonly Body[] => (typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : items(input).map(record))

/** Input items as the API lists them: with ids, states and content in parts. */
function listedItem(item: Body, desk: Desk): Body {
  const type = text(item['type']) ?? 'message'
  if (type !== 'message') return { id: desk.makeId('item_'), status: 'completed', ...item }
  const role = text(item['role']) ?? 'user'
  const { content } = item
  const part = role === 'assistant' ? { type: 'output_text', text: content, annotations: [], logprobs: [] } : { type: 'input_text', text: content }
  return { id: desk.makeId('msg_'), type, status: 'completed', role, content: typeof content === 'string' ? [part] : content }
}

function readTools(body: Body): Tool[] {
  return items(body['tools']).map(record).flatMap((tool) => (tool['type'] === 'function' ? [{ name: text(tool['name']) ?? 'tool', schema: tool['parameters'] ?? { type: 'object' } }] : []))
}

function readTask(incoming: Incoming, desk: Desk, previous: StoredResponse | undefined): Task {
  const { body, model } = incoming
  const prompt: Prompt = { texts: [...(previous?.context ?? [])], otherTokens: previous?.contextOther ?? 0 }
  if (typeof body['instructions'] === 'string') prompt.texts.push(body['instructions'])
  const list = inputList(body['input'])
  for (const item of list) {
    if (item['type'] === 'item_reference') prompt.texts.push(desk.stored.findItem(incoming.account, text(item['id']) ?? '') ?? '')
    else readItem(item, prompt)
  }
  const tools = readTools(body)
  for (const tool of tools) prompt.texts.push(tool.name, JSON.stringify(tool.schema))
  const format = record(record(body['text'])['format'])
  return {
    model, texts: prompt.texts, otherTokens: prompt.otherTokens, tools, toolChoice: readToolChoice(body['tool_choice']), parallelTools: body['parallel_tool_calls'] !== false,
    answersTools: list.at(-1)?.['type'] === 'function_call_output', format: format['type'] === 'json_schema' ? { schema: format['schema'] } : format['type'] === 'json_object' ? 'json' : 'text',
    limit: whole(body['max_output_tokens']), wanted: wantedTokens(incoming), effort: reasons(model) ? (text(record(body['reasoning'])['effort']) ?? 'medium') : undefined,
    // The Responses API has none.
    stop: [],
  }
}

function build(incoming: Incoming, desk: Desk, previous: StoredResponse | undefined): StoredResponse {
  const { body, model } = incoming
  const task = readTask(incoming, desk, previous)
  const made = generate(task, desk.seed, 0)
  const input = inputOf(task, incoming, desk)
  const webSearch = items(body['tools']).some((tool) => (text(record(tool)['type']) ?? '').startsWith('web_search')) && body['tool_choice'] !== 'none'
  const count = 1 + (webSearch ? 1 : 0) + Math.max(1, made.calls.length)
  const charge: Charge = {
    operation: 'responses', model, tier: tierOf(body), input: { input: input.tokens - input.cached, cached_input: input.cached, ...(webSearch ? { web_search_call: 1 } : {}) },
    outputTokens: made.outputTokens, reasoningTokens: made.reasoningTokens, usageSent: incoming.fault?.kind !== 'missing-usage',
  }
  const background = body['background'] === true
  return {
    // The bytes have been read: a stored response does not keep them.
    id: desk.makeId('resp_'), incoming: { ...incoming, bytes: Buffer.alloc(0) }, createdAt: Math.floor(desk.clock.now() / 1_000), startedMs: desk.clock.now(), firstTokenMs: desk.profile.firstTokenMs, perTokenMs: desk.profile.perTokenMs, background, made,
    itemIds: Array.from({ length: count }, (_, index) => desk.makeId(index === 0 && made.reasoningTokens > 0 ? 'rs_' : made.calls.length > 0 ? 'fc_' : 'msg_')), callIds: made.calls.map(() => desk.makeId('call_')),
    webSearch, inputItems: inputList(body['input']).map((item) => listedItem(item, desk)), context: [...task.texts, joined(made.pieces), ...made.calls.flatMap((call) => [call.name, joined(call.pieces)])], contextOther: task.otherTokens,
    inputTokens: input.tokens, cachedTokens: input.cached, charge, status: background ? 'queued' : finalStatus({ made } as StoredResponse), completedAt: undefined, stop: undefined,
  }
}

/** Background work: begins at once, ends by a timer, and is billed then, whether or not anybody asks. */
function runInBackground(stored: StoredResponse, desk: Desk): void {
  const lastsMs = Math.max(desk.profile.backgroundMs, stored.firstTokenMs + stored.made.outputTokens * stored.perTokenMs)
  const stopEnd = desk.timers.after(lastsMs, () => {
    stored.stop = undefined
    stored.completedAt = Math.floor(desk.clock.now() / 1_000)
    desk.bill(stored.incoming, stored.charge, 'delivered', stored.id)
    stored.status = finalStatus(stored)
  })
  const stopStart = desk.timers.after(Math.min(lastsMs / 2, 5), () => {
    if (stored.status === 'queued') stored.status = 'in_progress'
  })
  stored.stop = () => { stopEnd(); stopStart() }
}

/** POST /responses. */
export function createResponse(incoming: Incoming, desk: Desk): Answer {
  const { body, account } = incoming
  if (body['input'] === undefined && body['previous_response_id'] === undefined) return refuse(incoming, { status: 400, message: "Missing required parameter: 'input'.", code: 'missing_required_parameter', param: 'input' })
  if (body['background'] === true && body['store'] === false) return refuse(incoming, { status: 400, message: 'Background responses must be stored: leave out store or set it to true.', code: 'invalid_value', param: 'store' })
  const top = body['top_logprobs']
  if (top !== undefined && top !== null && (whole(top) ?? topMax + 1) > topMax) return refuse(incoming, { status: 400, message: `Invalid value for 'top_logprobs': must be a whole number from 0 to ${topMax}.`, code: 'invalid_value', param: 'top_logprobs' })
  const before = text(body['previous_response_id'])
  const previous = before === undefined ? undefined : desk.stored.find(account, before)
  if (before !== undefined && previous === undefined) return refuse(incoming, { status: 400, message: `Previous response with id '${before}' not found.`, code: 'previous_response_not_found', param: 'previous_response_id' })
  const named = inputList(body['input']).filter((item) => item['type'] === 'item_reference').map((item) => text(item['id']) ?? '')
  const missing = named.find((id) => desk.stored.findItem(account, id) === undefined)
  if (missing !== undefined) return refuse(incoming, { status: 404, message: `Item with id '${missing}' not found.`, param: 'input' })
  const stored = build(incoming, desk, previous)
  if (body['store'] !== false) desk.stored.put(stored)
  const stream = body['stream'] === true
  if (!stored.background) return stream ? events(responseFrames(stored, -1, undefined), stored.charge) : json(responseObject(stored, stored.status), stored.charge)
  runInBackground(stored, desk)
  return stream ? events(responseFrames(stored, -1, desk.clock.now)) : json(responseObject(stored, 'queued'))
}

const notFound = (incoming: Incoming, id: string): Answer => refuse(incoming, { status: 404, message: `Response with id '${id}' not found.` })

function cancel(incoming: Incoming, desk: Desk, stored: StoredResponse): Answer {
  if (!stored.background) return refuse(incoming, { status: 400, message: 'Cannot cancel a synchronous response.' })
  if (stored.status === 'queued' || stored.status === 'in_progress') {
    stored.stop?.()
    stored.stop = undefined
    stored.status = 'cancelled'
    // What was generated until now is billed; the cancelled response does not say how much that was.
    const ran = desk.clock.now() - stored.startedMs - stored.firstTokenMs
    const done = stored.perTokenMs === 0 ? 0 : Math.max(0, Math.min(stored.made.outputTokens, Math.floor(ran / stored.perTokenMs)))
    desk.bill(stored.incoming, { ...stored.charge, outputTokens: done, reasoningTokens: Math.min(done, stored.made.reasoningTokens), usageSent: false }, 'cancelled', stored.id)
  }
  return json(responseObject(stored, stored.status))
}

function listInput(incoming: Incoming, stored: StoredResponse): Answer {
  const ordered = incoming.query.get('order') === 'asc' ? stored.inputItems : stored.inputItems.toReversed()
  const after = incoming.query.get('after')
  const from = after === null ? 0 : ordered.findIndex((item) => item['id'] === after) + 1
  const limit = Math.min(100, Math.max(1, Number(incoming.query.get('limit') ?? pageLimit)))
  const data = ordered.slice(from, from + limit)
  return json({ object: 'list', data, first_id: data[0]?.['id'] ?? '', last_id: data.at(-1)?.['id'] ?? '', has_more: from + data.length < ordered.length })
}

/** GET and DELETE /responses/{id}, POST …/cancel, GET …/input_items. Undefined: no such path. */
export function storedResponse(incoming: Incoming, desk: Desk): Answer | undefined {
  const [, , id = '', below] = incoming.path.split('/')
  const stored = desk.stored.find(incoming.account, id)
  if (stored === undefined) return notFound(incoming, id)
  switch (`${incoming.method} ${below ?? ''}`) {
    case 'GET ': {
      if (incoming.query.get('stream') !== 'true') return json(responseObject(stored, stored.status))
      return events(responseFrames(stored, Number(incoming.query.get('starting_after') ?? -1), stored.background ? desk.clock.now : undefined))
    }
    case 'DELETE ':
      desk.stored.remove(id)
      return json({ id, object: 'response', deleted: true })
    case 'POST cancel': return cancel(incoming, desk, stored)
    case 'GET input_items': return listInput(incoming, stored)
    default: return undefined
  }
}

