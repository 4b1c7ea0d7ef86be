/**
 * Streams of response events: to parts.
 *
 *   response.created ─► (output_item.added ─► …delta* ─► output_item.done)* ─► response.completed | incomplete | failed
 */
import type { Json } from '../../kernel/canonical-json.ts'
import { defined, listOf, numberOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { PartOf, StreamPart } from '../part.ts'
import { readFailure, readFinish, readReasoning } from './response.ts'
import type { Wire } from './wire.ts'

export interface ReadState {
  readonly calls: number
  readonly refused: boolean
  /** The item of the open call, and whether any of its arguments came as deltas. */
  readonly openCall: { readonly outputIndex: number; readonly begun: boolean } | undefined
  /** Reasoning text came as deltas of the item that is open. */
  readonly reasoned: boolean
}

export const readStart: ReadState = { calls: 0, refused: false, openCall: undefined, reasoned: false }

type Step = readonly [ReadState, readonly StreamPart[]]
type Event<K extends keyof Wire> = Wire[K] & { readonly type: K }
type Handlers = { readonly [K in keyof Wire]: (state: ReadState, event: Event<K>) => Step }

const handlers: Handlers = {
  'response.created': (state, { response }) => [state, [defined<PartOf<'response-start'>>({
    type: 'response-start', id: stringOf(response['id']) ?? '', model: stringOf(response['model']) ?? '', createdAt: numberOf(response['created_at']), serviceTier: undefined,
  })]],
  'response.output_item.added': (state, { output_index: outputIndex, item }) => addItem(state, outputIndex, item),
  'response.output_item.done': (state, { item }) => endItem(state, item),
  'response.output_text.delta': (state, { delta, logprobs }) => [state, delta === '' ? [] : [logprobs.length === 0 ? { type: 'text-delta', text: delta } : { type: 'text-delta', text: delta, logprobs }]],
  'response.refusal.delta': (state, { delta }) => [{ ...state, refused: true }, delta === '' ? [] : [{ type: 'refusal-delta', text: delta }]],
  'response.function_call_arguments.delta': (state, { output_index: outputIndex, delta }) => {
    if (state.openCall?.outputIndex !== outputIndex) return [state, [{ type: 'failure', failure: { message: 'The upstream mixed the pieces of several tool calls.' } }]]
    return [{ ...state, openCall: { outputIndex, begun: true } }, delta === '' ? [] : [{ type: 'tool-call-delta', index: state.calls - 1, arguments: delta }]]
  },
  'response.reasoning_summary_part.added': (state, { summary_index: index }) => [state, index > 0 ? [{ type: 'reasoning-delta', text: '\n\n' }] : []],
  'response.reasoning_summary_text.delta': (state, { delta }) => reason(state, delta),
  'response.reasoning_text.delta': (state, { delta }) => reason(state, delta),
  'response.completed': (state, { response }) => [state, ending(state, response)],
  'response.incomplete': (state, { response }) => [state, ending(state, response)],
  'response.failed': (state, { response }) => [state, [{ type: 'failure', failure: readFailure(recordOf(response['error'])) }, { type: 'response-end' }]],
  error: (state, { error }) => [state, [{ type: 'failure', failure: readFailure(error) }]],
}

/** Reads the data of one event. Events that are not in the table say nothing to a client of another dialect. */
export function readEvent(state: ReadState, data: string): Step {
  const event = parseRecord(data)
  const type = stringOf(event?.['type'])
  if (event === undefined || type === undefined || !Object.hasOwn(handlers, type)) return [state, []]
  return step(state, {
    type: type as keyof Wire,
    response: recordOf(event['response']) ?? {},
    item: recordOf(event['item']) ?? {},
    output_index: numberOf(event['output_index']) ?? 0,
    summary_index: numberOf(event['summary_index']) ?? 0,
    delta: stringOf(event['delta']) ?? '',
    logprobs: listOf(event['logprobs']) as readonly Json[],
    error: recordOf(event['error']) ?? event,
  } as Event<keyof Wire>)
}

const step = <K extends keyof Wire>(state: ReadState, event: Event<K>): Step => handlers[event.type](state, event)

const reason = (state: ReadState, delta: string): Step => [{ ...state, reasoned: true }, delta === '' ? [] : [{ type: 'reasoning-delta', text: delta }]]

const ending = (state: ReadState, response: JsonRecord): readonly StreamPart[] => [
  { type: 'finish', finish: readFinish(response, { calls: state.calls > 0, refusal: state.refused }) }, { type: 'response-end' },
]

function addItem(state: ReadState, outputIndex: number, item: JsonRecord): Step {
  const type = stringOf(item['type']) ?? ''
  switch (type) {
    case 'message': return [state, []]
    case 'reasoning': return [{ ...state, reasoned: false }, []]
    case 'function_call': {
      const start: StreamPart = { type: 'tool-call-start', index: state.calls, id: stringOf(item['call_id']) ?? '', name: stringOf(item['name']) ?? '' }
      return [{ ...state, calls: state.calls + 1, openCall: { outputIndex, begun: false } }, [start]]
    }
    default: return [state, [{ type: 'failure', failure: { message: `The upstream sent an item of type '${type}', which has no translation.` } }]]
  }
}

function endItem(state: ReadState, item: JsonRecord): Step {
  switch (item['type']) {
    case 'message': return [state, [{ type: 'text-end' }]]
    case 'reasoning': {
      const { text, seal } = readReasoning(item)
      const unsaid: readonly StreamPart[] = state.reasoned || text === '' ? [] : [{ type: 'reasoning-delta', text }]
      return [state, [...unsaid, seal === undefined ? { type: 'reasoning-end' } : { type: 'reasoning-end', seal }]]
    }
    case 'function_call': {
      const index = state.calls - 1
      const text = stringOf(item['arguments']) ?? ''
      const unsaid: readonly StreamPart[] = state.openCall?.begun === true || text === '' ? [] : [{ type: 'tool-call-delta', index, arguments: text }]
      return [{ ...state, openCall: undefined }, [...unsaid, { type: 'tool-call-end', index }]]
    }
    default: return [state, []]
  }
}
