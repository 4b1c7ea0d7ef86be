/**
 * Streams of response events: from parts. Every item is announced, filled and closed in the order that the official
 * clients expect, and every event is numbered.
 *
 *   created, in_progress ─► (output_item.added ─► part.added ─► delta* ─► done ─► part.done ─► output_item.done)* ─► completed
 */
import type { Json } from '../../kernel/canonical-json.ts'
import type { UsageReport } from '../../kernel/meters.ts'
import { answerId } from '../answer-ids.ts'
import type { Composing, WireEvent } from '../composing.ts'
import type { Failure, Finish, PartOf, PartType, Seal } from '../part.ts'
import { composeUsage, itemId, reasoningItem, responseObject, statusOf } from './response.ts'
import type { OutputItem, OutputText, RefusalContent, ResponseFacts } from './wire.ts'

/** The item that is being filled. */
type Open =
  | { readonly kind: 'text' | 'refusal'; readonly id: string; readonly text: string; readonly logprobs: readonly Json[] }
  | { readonly kind: 'reasoning'; readonly id: string; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly callId: string; readonly name: string; readonly text: string }

export interface ComposeState {
  readonly composing: Composing
  readonly id: string
  readonly model: string
  readonly createdAt: number
  readonly tier: string | undefined
  /** The number of the next event. */
  readonly sequence: number
  readonly output: readonly OutputItem[]
  readonly open: Open | undefined
  readonly refused: boolean
  readonly finish: Finish
  readonly usage: UsageReport | undefined
  readonly failed: boolean
}

export const composeStart = (composing: Composing): ComposeState => ({
  composing, id: '', model: '', createdAt: composing.now, tier: undefined, sequence: 0, output: [], open: undefined, refused: false,
  finish: { reason: 'stop', raw: '' }, usage: undefined, failed: false,
})

export type ComposeStep = readonly [ComposeState, readonly WireEvent[]]
type Composers = { readonly [K in PartType]: (state: ComposeState, part: PartOf<K>) => ComposeStep }

const composers: Composers = {
  'response-start': (state, { id, model, createdAt, serviceTier }) => {
    const next = { ...state, id: answerId('openai-responses', id), model, createdAt: createdAt ?? state.createdAt, tier: serviceTier }
    const response = responseObject(factsOf(next, 'in_progress'), next.composing)
    return write(next, ['response.created', { response }], ['response.in_progress', { response }])
  },
  'text-delta': (state, { text, logprobs }) => sayText(state, 'text', text, logprobs ?? []),
  'text-end': (state) => state.open?.kind === 'text' || state.open?.kind === 'refusal' ? close(state) : [state, []],
  'refusal-delta': (state, { text }) => sayText(state, 'refusal', text, []),
  'reasoning-delta': (state, { text }) => sayReasoning(state, text),
  'reasoning-end': (state, { seal }) => endReasoning(state, seal),
  'tool-call-start': (state, { id, name }) => startCall(state, id, name),
  'tool-call-delta': (state, { arguments: text }) => sayArguments(state, text),
  'tool-call-end': (state) => state.open?.kind === 'call' ? close(state) : [state, []],
  usage: (state, { usage }) => [{ ...state, usage, tier: usage.serviceTier ?? state.tier }, []],
  finish: (state, { finish }) => finishing(state, finish),
  failure: (state, { failure }) => failing(state, failure),
  'response-end': (state) => state.failed ? [state, []] : ending(state),
}

export const compose = <K extends PartType>(state: ComposeState, part: PartOf<K>): ComposeStep => (composers[part.type as K])(state, part)

/** An error inside an open stream, numbered after the last event. */
export const errorEvent = (state: ComposeState, message: string, code: string): WireEvent =>
  ({ name: 'error', data: { type: 'error', code, message, param: null, sequence_number: state.sequence } })

type Written = readonly [type: string, rest: object]

function write(state: ComposeState, ...events: readonly Written[]): ComposeStep {
  const written = events.map(([type, rest], index): WireEvent => ({ name: type, data: { type, ...rest, sequence_number: state.sequence + index } }))
  return [{ ...state, sequence: state.sequence + events.length }, written]
}

/** Steps one after the other. */
function chain(state: ComposeState, ...steps: readonly ((state: ComposeState) => ComposeStep)[]): ComposeStep {
  const events: WireEvent[] = []
  let at = state
  for (const next of steps) {
    const [after, written] = next(at)
    at = after
    events.push(...written)
  }
  return [at, events]
}

function factsOf(state: ComposeState, status: ResponseFacts['status'], rest: Partial<Pick<ResponseFacts, 'incomplete' | 'error'>> = {}): ResponseFacts {
  const ended = status !== 'in_progress'
  return {
    id: state.id, model: state.model, createdAt: state.createdAt, status, output: state.output, usage: ended ? composeUsage(state.usage?.counts) : undefined,
    incomplete: rest.incomplete, error: rest.error, tier: state.tier,
  }
}

const textPart = (text: string, logprobs: readonly Json[]): OutputText => ({ type: 'output_text', text, annotations: [], logprobs })
const refusalPart = (refusal: string): RefusalContent => ({ type: 'refusal', refusal })
const place = (state: ComposeState): { readonly output_index: number } => ({ output_index: state.output.length })

function sayText(state: ComposeState, kind: 'text' | 'refusal', text: string, logprobs: readonly Json[]): ComposeStep {
  if (state.open?.kind !== kind) {
    return chain(state, close, (closed) => {
      const id = itemId('msg', closed.id, closed.output.length)
      const item: OutputItem = { type: 'message', id, role: 'assistant', status: 'in_progress', content: [] }
      const part = kind === 'text' ? textPart('', []) : refusalPart('')
      return write({ ...closed, refused: closed.refused || kind === 'refusal', open: { kind, id, text: '', logprobs: [] } },
        ['response.output_item.added', { ...place(closed), item }], ['response.content_part.added', { item_id: id, ...place(closed), content_index: 0, part }])
    }, (opened) => sayText(opened, kind, text, logprobs))
  }
  const { open } = state
  const delta = { item_id: open.id, ...place(state), content_index: 0, delta: text }
  const next = { ...state, open: { ...open, text: open.text + text, logprobs: logprobs.length === 0 ? open.logprobs : [...open.logprobs, ...logprobs] } }
  return kind === 'text' ? write(next, ['response.output_text.delta', { ...delta, logprobs }]) : write(next, ['response.refusal.delta', delta])
}

function sayReasoning(state: ComposeState, text: string): ComposeStep {
  if (state.open?.kind !== 'reasoning') {
    return chain(state, close, (closed) => {
      const id = itemId('rs', closed.id, closed.output.length)
      return write({ ...closed, open: { kind: 'reasoning', id, text: '' } },
        ['response.output_item.added', { ...place(closed), item: reasoningItem(id, { text: '' }) }],
        ['response.reasoning_summary_part.added', { item_id: id, ...place(closed), summary_index: 0, part: { type: 'summary_text', text: '' } }])
    }, (opened) => sayReasoning(opened, text))
  }
  const { open } = state
  return write({ ...state, open: { ...open, text: open.text + text } },
    ['response.reasoning_summary_text.delta', { item_id: open.id, ...place(state), summary_index: 0, delta: text }])
}

/** Closes the reasoning with its seal. A seal without text is an item of its own, with an empty summary. */
function endReasoning(state: ComposeState, seal: Seal | undefined): ComposeStep {
  if (state.open?.kind === 'reasoning') return closeReasoning(state, state.open, seal)
  if (seal === undefined) return [state, []]
  return chain(state, close, (closed) => {
    const id = itemId('rs', closed.id, closed.output.length)
    const item = reasoningItem(id, { text: '', seal })
    return write({ ...closed, output: [...closed.output, item] },
      ['response.output_item.added', { ...place(closed), item: reasoningItem(id, { text: '' }) }], ['response.output_item.done', { ...place(closed), item }])
  })
}

function startCall(state: ComposeState, callId: string, name: string): ComposeStep {
  return chain(state, close, (closed) => {
    const id = itemId('fc', closed.id, closed.output.length)
    const item: OutputItem = { type: 'function_call', id, call_id: callId, name, arguments: '', status: 'in_progress' }
    return write({ ...closed, open: { kind: 'call', id, callId, name, text: '' } }, ['response.output_item.added', { ...place(closed), item }])
  })
}

function sayArguments(state: ComposeState, text: string): ComposeStep {
  const { open } = state
  if (open?.kind !== 'call') return [state, []]
  return write({ ...state, open: { ...open, text: open.text + text } }, ['response.function_call_arguments.delta', { item_id: open.id, ...place(state), delta: text }])
}

function close(state: ComposeState): ComposeStep {
  const { open } = state
  switch (open?.kind) {
    case undefined: return [state, []]
    case 'reasoning': return closeReasoning(state, open, undefined)
    case 'call': return closeCall(state, open)
    default: return closeText(state, open as Open & { kind: 'text' | 'refusal' })
  }
}

/** The item leaves the state for the output; its place is the same before and after. */
const closed = (state: ComposeState, item: OutputItem): ComposeState => ({ ...state, open: undefined, output: [...state.output, item] })

function closeText(state: ComposeState, open: Open & { kind: 'text' | 'refusal' }): ComposeStep {
  const part = open.kind === 'text' ? textPart(open.text, open.logprobs) : refusalPart(open.text)
  const item: OutputItem = { type: 'message', id: open.id, role: 'assistant', status: 'completed', content: [part] }
  const at = { item_id: open.id, ...place(state), content_index: 0 }
  const done: Written = open.kind === 'text' ? ['response.output_text.done', { ...at, text: open.text, logprobs: open.logprobs }] : ['response.refusal.done', { ...at, refusal: open.text }]
  return write(closed(state, item), done, ['response.content_part.done', { ...at, part }], ['response.output_item.done', { ...place(state), item }])
}

function closeReasoning(state: ComposeState, open: Open & { kind: 'reasoning' }, seal: Seal | undefined): ComposeStep {
  const item = reasoningItem(open.id, seal === undefined ? { text: open.text } : { text: open.text, seal })
  const at = { item_id: open.id, ...place(state), summary_index: 0 }
  return write(closed(state, item),
    ['response.reasoning_summary_text.done', { ...at, text: open.text }], ['response.reasoning_summary_part.done', { ...at, part: { type: 'summary_text', text: open.text } }],
    ['response.output_item.done', { ...place(state), item }])
}

function closeCall(state: ComposeState, open: Open & { kind: 'call' }): ComposeStep {
  const item: OutputItem = { type: 'function_call', id: open.id, call_id: open.callId, name: open.name, arguments: open.text, status: 'completed' }
  return write(closed(state, item),
    ['response.function_call_arguments.done', { item_id: open.id, ...place(state), name: open.name, arguments: open.text }], ['response.output_item.done', { ...place(state), item }])
}

/** A refusal that its maker explains only at the end becomes a refusal in words. */
function finishing(state: ComposeState, finish: Finish): ComposeStep {
  const next = { ...state, finish }
  return finish.reason === 'refusal' && !state.refused && finish.explanation !== undefined ? sayText(next, 'refusal', finish.explanation, []) : [next, []]
}

function failing(state: ComposeState, failure: Failure): ComposeStep {
  const error = { code: 'server_error', message: failure.message }
  const response = responseObject(factsOf(state, 'failed', { error }), state.composing)
  return write({ ...state, failed: true, open: undefined }, ['response.failed', { response }])
}

function ending(state: ComposeState): ComposeStep {
  return chain(state, close, (done) => {
    const { status, incomplete } = statusOf(done.finish, done.refused)
    const response = responseObject(factsOf(done, status, { incomplete }), done.composing)
    return write(done, [status === 'incomplete' ? 'response.incomplete' : status === 'failed' ? 'response.failed' : 'response.completed', { response }])
  })
}
