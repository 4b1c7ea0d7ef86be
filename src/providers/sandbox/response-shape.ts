/** A stored response as the Responses API shows it: the object, its output items, its usage and its stream of events. */
import { items, record, text, whole, type Body } from './body.ts'
import { tierOf } from './chat.ts'
import type { Frame } from './desk.ts'
import { joined } from './generation.ts'
import { logprobsOf, type TokenLogprob } from './logprobs.ts'
import type { ResponseStatus, StoredResponse } from './stored-responses.ts'

type Item = { readonly id: string; readonly type: string; readonly [key: string]: unknown }

const wantsSummary = (stored: StoredResponse): boolean => text(record(stored.incoming.body['reasoning'])['summary']) !== undefined

const topOf = (stored: StoredResponse): number => whole(stored.incoming.body['top_logprobs']) ?? 0

/** Empty where no log probabilities are asked for: by `include`, or by a number of alternatives. */
function logprobsShown(stored: StoredResponse, pieces = stored.made.pieces, first = 0): TokenLogprob[] {
  const asked = topOf(stored) > 0 || items(stored.incoming.body['include']).includes('message.output_text.logprobs')
  return asked ? logprobsOf(pieces, topOf(stored), first) : []
}

/** Events leave the bytes out. */
const inEvent = (logprobs: readonly TokenLogprob[]): object[] =>
  logprobs.map(({ token, logprob, top_logprobs: top }) => ({ token, logprob, top_logprobs: top.map((each) => ({ token: each.token, logprob: each.logprob })) }))

/** Output items in order: reasoning, hosted search, then the message or the calls. */
export function outputItems(stored: StoredResponse): Item[] {
  const { made, itemIds, callIds } = stored
  const ids = itemIds.values()
  const id = (): string => ids.next().value ?? ''
  const output: Item[] = []
  if (made.reasoningTokens > 0) output.push({ id: id(), type: 'reasoning', summary: wantsSummary(stored) ? [{ type: 'summary_text', text: joined(made.reasoning) }] : [] })
  if (stored.webSearch) output.push({ id: id(), type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'river levels', sources: [] } })
  if (made.calls.length === 0) {
    const status = made.finish === 'length' ? 'incomplete' : 'completed'
    output.push({ id: id(), type: 'message', status, role: 'assistant', content: [{ type: 'output_text', text: joined(made.pieces), annotations: [], logprobs: logprobsShown(stored) }] })
  }
  for (const [n, call] of made.calls.entries()) output.push({ id: id(), type: 'function_call', status: 'completed', call_id: callIds[n] ?? '', name: call.name, arguments: joined(call.pieces) })
  return output
}

function usageOf({ incoming, inputTokens, cachedTokens, made }: StoredResponse): object {
  return {
    input_tokens: inputTokens, input_tokens_details: { cached_tokens: incoming.fault?.kind === 'nonsense' ? inputTokens + 1_000 : cachedTokens, cache_write_tokens: 0 },
    output_tokens: made.outputTokens, output_tokens_details: { reasoning_tokens: made.reasoningTokens }, total_tokens: inputTokens + made.outputTokens,
  }
}

/** Tools as the answer repeats them, with the defaults that requests may leave out. */
const shownTool = (tool: unknown): Body => (record(tool)['type'] === 'function' ? { strict: true, parameters: null, ...record(tool) } : record(tool))

export const finalStatus = (stored: StoredResponse): ResponseStatus => (stored.made.finish === 'length' ? 'incomplete' : 'completed')

/** The response object in a given state. Usage and output are there once it has ended. */
export function responseObject(stored: StoredResponse, status: ResponseStatus): Body {
  const { body, model, fault } = stored.incoming
  const over = status === 'completed' || status === 'incomplete'
  const reasoning = record(body['reasoning'])
  const optional = (name: string): Body => (body[name] === undefined ? {} : { [name]: body[name] })
  return {
    id: stored.id, object: 'response', created_at: stored.createdAt, status, background: stored.background, completed_at: status === 'completed' ? (stored.completedAt ?? stored.createdAt) : null, error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null, instructions: body['instructions'] ?? null, max_output_tokens: whole(body['max_output_tokens']) ?? null, max_tool_calls: whole(body['max_tool_calls']) ?? null,
    model, output: over ? outputItems(stored) : [], parallel_tool_calls: body['parallel_tool_calls'] !== false, previous_response_id: text(body['previous_response_id']) ?? null,
    reasoning: { effort: text(reasoning['effort']) ?? null, summary: text(reasoning['summary']) ?? null }, service_tier: tierOf(body), store: body['store'] !== false,
    temperature: body['temperature'] ?? 1, text: { format: { type: 'text' }, ...record(body['text']) }, tool_choice: body['tool_choice'] ?? 'auto', tools: items(body['tools']).map(shownTool), top_logprobs: topOf(stored), top_p: body['top_p'] ?? 1, truncation: 'disabled',
    ...optional('user'), ...optional('safety_identifier'), ...optional('prompt_cache_key'), metadata: record(body['metadata']),
    ...(over && fault?.kind !== 'missing-usage' ? { usage: usageOf(stored) } : {}),
  }
}

/** One event: its fields without the sequence number, and the output tokens that its writing stands for. */
interface Step {
  readonly type: string
  readonly fields: Body
  readonly tokens: number
}

const step = (type: string, fields: Body, tokens = 0): Step => ({ type, fields, tokens })

function* messageSteps(stored: StoredResponse, item: Item, place: Body): Generator<Step> {
  const at = { item_id: item.id, ...place, content_index: 0 }
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] }
  yield step('response.output_item.added', { ...place, item: { ...item, status: 'in_progress', content: [] } })
  yield step('response.content_part.added', { ...at, part })
  for (const [place, piece] of stored.made.pieces.entries()) yield step('response.output_text.delta', { ...at, delta: piece.text, logprobs: inEvent(logprobsShown(stored, [piece], place)) }, piece.tokens)
  const all = joined(stored.made.pieces)
  const logprobs = logprobsShown(stored)
  yield step('response.output_text.done', { ...at, text: all, logprobs: inEvent(logprobs) })
  yield step('response.content_part.done', { ...at, part: { ...part, text: all, logprobs } })
}

function* callSteps(stored: StoredResponse, item: Item, place: Body, n: number): Generator<Step> {
  const at = { item_id: item.id, ...place }
  yield step('response.output_item.added', { ...place, item: { ...item, status: 'in_progress', arguments: '' } })
  for (const piece of stored.made.calls[n]?.pieces ?? []) yield step('response.function_call_arguments.delta', { ...at, delta: piece.text }, piece.tokens)
  yield step('response.function_call_arguments.done', { ...at, name: item['name'], arguments: item['arguments'] })
}

function* reasoningSteps(stored: StoredResponse, item: Item, place: Body): Generator<Step> {
  yield step('response.output_item.added', { ...place, item: { ...item, summary: [] } }, wantsSummary(stored) ? 0 : stored.made.reasoningTokens)
  if (!wantsSummary(stored)) return
  const at = { item_id: item.id, ...place, summary_index: 0 }
  const whole = joined(stored.made.reasoning)
  yield step('response.reasoning_summary_part.added', { ...at, part: { type: 'summary_text', text: '' } })
  for (const piece of stored.made.reasoning) yield step('response.reasoning_summary_text.delta', { ...at, delta: piece.text }, piece.tokens)
  yield step('response.reasoning_summary_text.done', { ...at, text: whole })
  yield step('response.reasoning_summary_part.done', { ...at, part: { type: 'summary_text', text: whole } })
}

function* searchSteps(item: Item, place: Body): Generator<Step> {
  const at = { item_id: item.id, ...place }
  yield step('response.output_item.added', { ...place, item: { ...item, status: 'in_progress' } })
  for (const name of ['in_progress', 'searching', 'completed']) yield step(`response.web_search_call.${name}`, at)
}

function* steps(stored: StoredResponse): Generator<Step> {
  if (stored.background) {
    yield step('response.created', { response: responseObject(stored, 'queued') })
    yield step('response.queued', { response: responseObject(stored, 'queued') })
  } else yield step('response.created', { response: responseObject(stored, 'in_progress') })
  yield step('response.in_progress', { response: responseObject(stored, 'in_progress') })
  let calls = 0
  for (const [index, item] of outputItems(stored).entries()) {
    const place = { output_index: index }
    if (item.type === 'message') yield* messageSteps(stored, item, place)
    else if (item.type === 'reasoning') yield* reasoningSteps(stored, item, place)
    else if (item.type === 'web_search_call') yield* searchSteps(item, place)
    else {
      yield* callSteps(stored, item, place, calls)
      calls += 1
    }
    yield step('response.output_item.done', { ...place, item })
  }
  const status = finalStatus(stored)
  yield step(`response.${status}`, { response: responseObject(stored, status) })
}

/**
 * The events after a sequence number, as frames. `now` given: each waits for its moment in the work that runs in the
 * background; otherwise the writer paces by tokens. A cancelled response ends without a terminal event.
 */
export function* responseFrames(stored: StoredResponse, after: number, now: (() => number) | undefined): Generator<Frame> {
  let sequence = 0
  let tokens = 0
  for (const { type, fields, tokens: produced } of steps(stored)) {
    if (stored.status === 'cancelled') return
    tokens += produced
    if (sequence > after) {
      const line = `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`
      const late = stored.incoming.fault?.kind === 'late-usage' && type === `response.${finalStatus(stored)}` ? (stored.incoming.fault.value ?? 250) : 0
      if (now === undefined) yield { text: line, tokens: produced, waitMs: late }
      else yield { text: line, tokens: 0, waitMs: Math.max(0, tokens === 0 ? 0 : stored.startedMs + stored.firstTokenMs + tokens * stored.perTokenMs - now()) }
    }
    sequence += 1
  }
}
