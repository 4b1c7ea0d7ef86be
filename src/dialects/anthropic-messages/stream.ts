/**
 * Streams of message events: to parts, and from them.
 *
 *   message_start ─► (content_block_start ─► content_block_delta* ─► content_block_stop)* ─► message_delta ─► message_stop
 *
 * Blocks come one after the other, each of one kind.
 */
import type { UsageReport } from '../../kernel/meters.ts'
import { answerId } from '../answer-ids.ts'
import type { Composing, WireEvent } from '../composing.ts'
import { defined, numberOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { Finish, PartOf, PartType, Seal, StreamPart } from '../part.ts'
import { openSeal, sealText } from '../seal.ts'
import { messagesUsage, readFinish, stopDetails, stopReason } from './response.ts'
import type { AnswerBlock, MessageAnswer, Wire } from './wire.ts'

type ReadBlock =
  | { readonly kind: 'text' | 'none' }
  | { readonly kind: 'thinking'; readonly signature: string; readonly redacted: boolean }
  | { readonly kind: 'tool'; readonly input: string; readonly begun: boolean }

export interface ReadState { readonly block: ReadBlock; readonly calls: number }

export const readStart: ReadState = { block: { kind: 'none' }, calls: 0 }

type Step = readonly [ReadState, readonly StreamPart[]]
type Event<K extends keyof Wire> = Wire[K] & { readonly type: K }
type Handlers = { readonly [K in keyof Wire]: (state: ReadState, event: Event<K>) => Step }

const handlers: Handlers = {
  message_start: (state, { message }) => [state, [defined<PartOf<'response-start'>>({
    type: 'response-start', id: stringOf(message['id']) ?? '', model: stringOf(message['model']) ?? '', createdAt: undefined,
    serviceTier: stringOf(recordOf(message['usage'])?.['service_tier']),
  })]],
  content_block_start: (state, { content_block: block }) => startBlock(state, block),
  content_block_delta: (state, { delta }) => readDelta(state, delta),
  content_block_stop: (state) => stopBlock(state),
  message_delta: (state, { delta }) => [state, [{ type: 'finish', finish: readFinish(delta) }]],
  message_stop: (state) => [state, [{ type: 'response-end' }]],
  ping: (state) => [state, []],
  error: (state, { error }) => [state, [{ type: 'failure', failure: defined<PartOf<'failure'>['failure']>({
    message: stringOf(error['message']) ?? 'The upstream failed.', code: stringOf(error['type']), errorType: stringOf(error['type']),
  }) }]],
}

/** Reads the data of one event. Events of unknown type say nothing: the API announces that new ones will come. */
export function readEvent(state: ReadState, data: string): Step {
  const event = parseRecord(data)
  const type = stringOf(event?.['type'])
  if (event === undefined || type === undefined || !Object.hasOwn(handlers, type)) return [state, []]
  const objects = { message: recordOf(event['message']) ?? {}, content_block: recordOf(event['content_block']) ?? {}, delta: recordOf(event['delta']) ?? {}, error: recordOf(event['error']) ?? {} }
  return step(state, { ...objects, index: numberOf(event['index']) ?? 0, type: type as keyof Wire } as Event<keyof Wire>)
}

const step = <K extends keyof Wire>(state: ReadState, event: Event<K>): Step => handlers[event.type](state, event)

function startBlock(state: ReadState, block: JsonRecord): Step {
  const type = stringOf(block['type']) ?? ''
  switch (type) {
    case 'text': {
      const text = stringOf(block['text']) ?? ''
      return [{ ...state, block: { kind: 'text' } }, text === '' ? [] : [{ type: 'text-delta', text }]]
    }
    case 'thinking': {
      const text = stringOf(block['thinking']) ?? ''
      return [{ ...state, block: { kind: 'thinking', signature: stringOf(block['signature']) ?? '', redacted: false } }, text === '' ? [] : [{ type: 'reasoning-delta', text }]]
    }
    case 'redacted_thinking': return [{ ...state, block: { kind: 'thinking', signature: stringOf(block['data']) ?? '', redacted: true } }, []]
    case 'tool_use': {
      const input = recordOf(block['input'])
      const begun = input === undefined || Object.keys(input).length === 0 ? '{}' : JSON.stringify(input)
      const start: StreamPart = { type: 'tool-call-start', index: state.calls, id: stringOf(block['id']) ?? '', name: stringOf(block['name']) ?? '' }
      return [{ calls: state.calls + 1, block: { kind: 'tool', input: begun, begun: false } }, [start]]
    }
    default: return [{ ...state, block: { kind: 'none' } }, [{ type: 'failure', failure: { message: `The upstream sent a block of type '${type}', which has no translation.` } }]]
  }
}

function readDelta(state: ReadState, delta: JsonRecord): Step {
  const { block } = state
  switch (delta['type']) {
    case 'text_delta': return [state, textOf(delta['text'], 'text-delta')]
    case 'thinking_delta': return [state, textOf(delta['thinking'], 'reasoning-delta')]
    case 'signature_delta': {
      return block.kind === 'thinking' ? [{ ...state, block: { ...block, signature: block.signature + (stringOf(delta['signature']) ?? '') } }, []] : [state, []]
    }
    case 'input_json_delta': {
      const text = stringOf(delta['partial_json']) ?? ''
      if (block.kind !== 'tool' || text === '') return [state, []]
      return [{ ...state, block: { ...block, begun: true } }, [{ type: 'tool-call-delta', index: state.calls - 1, arguments: text }]]
    }
    default: return [state, []]
  }
}

function textOf(value: unknown, type: 'text-delta' | 'reasoning-delta'): readonly StreamPart[] {
  const text = stringOf(value) ?? ''
  return text === '' ? [] : [{ type, text }]
}

function stopBlock(state: ReadState): Step {
  const { block, calls } = state
  const next: ReadState = { ...state, block: { kind: 'none' } }
  switch (block.kind) {
    case 'none': return [next, []]
    case 'text': return [next, [{ type: 'text-end' }]]
    case 'thinking': {
      if (block.signature === '') return [next, [{ type: 'reasoning-end' }]]
      const seal: Seal = { ...openSeal(block.signature, 'anthropic-messages'), ...(block.redacted ? { redacted: true as const } : {}) }
      return [next, [{ type: 'reasoning-end', seal }]]
    }
    case 'tool': {
      const whole: readonly StreamPart[] = block.begun ? [] : [{ type: 'tool-call-delta', index: calls - 1, arguments: block.input }]
      return [next, [...whole, { type: 'tool-call-end', index: calls - 1 }]]
    }
  }
}

export interface ComposeState {
  readonly composing: Composing
  /** What kind of block is open, and its index; the next block gets `blocks`. */
  readonly open: 'text' | 'thinking' | 'tool' | undefined
  readonly blocks: number
  readonly finish: Finish
  readonly usage: UsageReport | undefined
  readonly failed: boolean
}

export const composeStart = (composing: Composing): ComposeState => ({
  composing, open: undefined, blocks: 0, finish: { reason: 'stop', raw: '' }, usage: undefined, failed: false,
})

export type ComposeStep = readonly [ComposeState, readonly WireEvent[]]
type Composers = { readonly [K in PartType]: (state: ComposeState, part: PartOf<K>) => ComposeStep }

const composers: Composers = {
  'response-start': (state, { id, model }) => [state, [eventOf('message_start', { message: startMessage(id, model) })]],
  'text-delta': (state, { text }) => within(state, 'text', textBlock, { type: 'text_delta', text }),
  'text-end': (state) => state.open === 'text' ? close(state) : [state, []],
  'refusal-delta': (state, { text }) => within(state, 'text', textBlock, { type: 'text_delta', text }),
  'reasoning-delta': (state, { text }) => within(state, 'thinking', thinkingBlock, { type: 'thinking_delta', thinking: text }),
  'reasoning-end': (state, { seal }) => sealThinking(state, seal),
  'tool-call-start': (state, { id, name }) => open(state, 'tool', { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } }),
  'tool-call-delta': (state, { arguments: text }) => [state, [delta(state, { type: 'input_json_delta', partial_json: text })]],
  'tool-call-end': (state) => state.open === 'tool' ? close(state) : [state, []],
  usage: (state, { usage }) => [{ ...state, usage }, []],
  finish: (state, { finish }) => [{ ...state, finish }, []],
  failure: (state, { failure }) => [{ ...state, failed: true }, [errorEvent(failure.message, failure.errorType)]],
  'response-end': (state) => state.failed ? [state, []] : ending(state),
}

export const compose = <K extends PartType>(state: ComposeState, part: PartOf<K>): ComposeStep => (composers[part.type as K])(state, part)

const knownErrors = new Set([
  'invalid_request_error', 'authentication_error', 'billing_error', 'permission_error', 'not_found_error', 'request_too_large', 'rate_limit_error', 'timeout_error', 'overloaded_error', 'api_error',
])

export const errorEvent = (message: string, type?: string): WireEvent =>
  eventOf('error', { error: { type: type !== undefined && knownErrors.has(type) ? type : 'api_error', message } })

const eventOf = (type: string, rest: object): WireEvent => ({ name: type, data: { type, ...rest } })
const delta = (state: ComposeState, content: object): WireEvent => eventOf('content_block_delta', { index: state.blocks - 1, delta: content })

const textBlock: AnswerBlock = { type: 'text', text: '', citations: null }
const thinkingBlock: AnswerBlock = { type: 'thinking', thinking: '', signature: '' }

const startMessage = (id: string, model: string): MessageAnswer => ({
  id: answerId('anthropic-messages', id), type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, stop_details: null, usage: messagesUsage(undefined),
})

function close(state: ComposeState): ComposeStep {
  if (state.open === undefined) return [state, []]
  return [{ ...state, open: undefined }, [eventOf('content_block_stop', { index: state.blocks - 1 })]]
}

function open(state: ComposeState, kind: NonNullable<ComposeState['open']>, block: AnswerBlock): ComposeStep {
  const [closed, events] = close(state)
  return [{ ...closed, open: kind, blocks: state.blocks + 1 }, [...events, eventOf('content_block_start', { index: state.blocks, content_block: block })]]
}

/** A delta in the open block of its kind, which is opened where another is. */
function within(state: ComposeState, kind: 'text' | 'thinking', block: AnswerBlock, content: object): ComposeStep {
  if (state.open === kind) return [state, [delta(state, content)]]
  const [opened, events] = open(state, kind, block)
  return [opened, [...events, delta(opened, content)]]
}

function sealThinking(state: ComposeState, seal: Seal | undefined): ComposeStep {
  if (seal === undefined) return state.open === 'thinking' ? close(state) : [state, []]
  const text = sealText(seal, 'anthropic-messages')
  const [opened, events] = seal.redacted === true ? open(state, 'thinking', { type: 'redacted_thinking', data: text })
    : within(state, 'thinking', thinkingBlock, { type: 'signature_delta', signature: text })
  const [closed, rest] = close(opened)
  return [closed, [...events, ...rest]]
}

function ending(state: ComposeState): ComposeStep {
  const [closed, events] = close(state)
  const { finish } = state
  const message = { stop_reason: stopReason(finish), stop_sequence: finish.stopSequence ?? null, stop_details: stopDetails(finish) }
  return [closed, [...events, eventOf('message_delta', { delta: message, usage: messagesUsage(state.usage?.counts) }), eventOf('message_stop', {})]]
}
