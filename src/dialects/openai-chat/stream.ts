/**
 * Streams of chat completion chunks: to parts, and from them.
 *
 *   chunks ─► response-start ─► (reasoning | text | refusal)-delta, tool-call-(start, delta, end) ─► finish ─► [DONE] ─► response-end
 *
 * Calls stand in one list under indices; a call ends where the next begins, since the format marks no end.
 */
import { answerId } from '../answer-ids.ts'
import { errorIn } from '../answer.ts'
import type { Composing, WireEvent } from '../composing.ts'
import { defined, listOf, numberOf, parseRecord, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import type { Finish, PartOf, PartType, StreamPart } from '../part.ts'
import type { UsageReport } from '../../kernel/meters.ts'
import { argumentsIn, chatFinish, chatLogprobs, chatUsage, logprobsIn, openaiTier, readFinish, reasoningIn, textIn } from './response.ts'
import type { ChatChunk, ChatDelta, ChatFinish, ChatLogprobs, ChatUsage, Wire } from './wire.ts'

export interface ReadState {
  readonly started: boolean
  readonly refused: boolean
  /** The index that the open tool call has on the wire; undefined where none is open. */
  readonly openCall: number | undefined
  /** The id of the open tool call, where the upstream gave it one. */
  readonly openId: string | undefined
  readonly calls: number
}

export const readStart: ReadState = { started: false, refused: false, openCall: undefined, openId: undefined, calls: 0 }

type Step = readonly [ReadState, readonly StreamPart[]]
type Event<K extends keyof Wire> = Wire[K] & { readonly type: K }
type Handlers = { readonly [K in keyof Wire]: (state: ReadState, event: Event<K>) => Step }

const handlers: Handlers = {
  chunk: (state, { chunk }) => readChunk(state, chunk),
  error: (state, { error }) => [state, [failureOf(error)]],
  done: (state) => [state, [...endCall(state), { type: 'response-end' }]],
}

/** Reads the data of one event. What is neither JSON nor `[DONE]` says nothing. */
export function readEvent(state: ReadState, data: string): Step {
  if (data.trim() === '[DONE]') return handlers.done(state, { type: 'done' })
  const chunk = parseRecord(data)
  if (chunk === undefined) return [state, []]
  const error = errorIn(chunk)
  return error === undefined ? handlers.chunk(state, { type: 'chunk', chunk }) : handlers.error(state, { type: 'error', error })
}

const failureOf = (error: JsonRecord): PartOf<'failure'> => ({
  type: 'failure',
  failure: defined<PartOf<'failure'>['failure']>({ message: stringOf(error['message']) ?? 'The upstream failed.', code: stringOf(error['code']), errorType: stringOf(error['type']) }),
})

const endCall = (state: ReadState): readonly StreamPart[] => state.openCall === undefined ? [] : [{ type: 'tool-call-end', index: state.calls - 1 }]

function readChunk(state: ReadState, chunk: JsonRecord): Step {
  const choice = recordOf(listOf(chunk['choices'])[0])
  const parts: StreamPart[] = []
  let next = state
  const id = stringOf(chunk['id']) ?? ''
  if (!state.started && (id !== '' || choice !== undefined)) {
    next = { ...next, started: true }
    parts.push(defined<PartOf<'response-start'>>({
      type: 'response-start', id, model: stringOf(chunk['model']) ?? '', createdAt: numberOf(chunk['created']), serviceTier: stringOf(chunk['service_tier']),
    }))
  }
  if (choice === undefined) return [next, parts]
  const delta = recordOf(choice['delta']) ?? {}
  const reasoning = reasoningIn(delta)
  if (reasoning !== '') parts.push({ type: 'reasoning-delta', text: reasoning })
  const text = textIn(delta)
  if (text !== '') {
    const logprobs = logprobsIn(choice)
    parts.push(logprobs === undefined ? { type: 'text-delta', text } : { type: 'text-delta', text, logprobs })
  }
  const refusal = stringOf(delta['refusal']) ?? ''
  if (refusal !== '') {
    next = { ...next, refused: true }
    parts.push({ type: 'refusal-delta', text: refusal })
  }
  for (const call of listOf(delta['tool_calls'])) next = readCall(next, recordOf(call) ?? {}, parts)
  const finish = stringOf(choice['finish_reason'])
  if (finish !== undefined) {
    parts.push(...endCall(next), { type: 'finish', finish: readFinish(finish, { refused: next.refused, called: next.calls > 0 }) })
    next = { ...next, openCall: undefined }
  }
  return [next, parts]
}

function readCall(state: ReadState, call: JsonRecord, parts: StreamPart[]): ReadState {
  const named = recordOf(call['function']) ?? {}
  const name = stringOf(named['name'])
  const wireIndex = numberOf(call['index']) ?? state.openCall ?? 0
  let next = state
  const id = stringOf(call['id']) || undefined
  // Some hosts give every call the index 0: then another id with a name begins another call.
  const begins = name !== undefined && name !== '' && id !== undefined && state.openId !== undefined && id !== state.openId
  if (state.openCall !== wireIndex || begins) {
    // A call that comes back after another began has no place in formats that end a call before the next.
    if (name === undefined) {
      parts.push({ type: 'failure', failure: { message: 'The upstream mixed the pieces of several tool calls.' } })
      return state
    }
    parts.push(...endCall(state), { type: 'tool-call-start', index: state.calls, id: id ?? `call_${state.calls}`, name })
    next = { ...state, openCall: wireIndex, openId: id, calls: state.calls + 1 }
  }
  const text = argumentsIn(named)
  if (text !== '') parts.push({ type: 'tool-call-delta', index: next.calls - 1, arguments: text })
  return next
}

export interface ComposeState {
  readonly composing: Composing
  readonly id: string
  readonly model: string
  readonly created: number
  readonly tier: string | undefined
  readonly refused: boolean
  readonly finish: Finish | undefined
  readonly usage: UsageReport | undefined
  readonly failed: boolean
}

export const composeStart = (composing: Composing): ComposeState => ({
  composing, id: '', model: '', created: composing.now, tier: undefined, refused: false, finish: undefined, usage: undefined, failed: false,
})

/** `rest` waits for the end: the terminal event and what belongs to it. */
export type ComposeStep = readonly [ComposeState, readonly WireEvent[]]
type Composers = { readonly [K in PartType]: (state: ComposeState, part: PartOf<K>) => ComposeStep }

const composers: Composers = {
  'response-start': (state, { id, model, createdAt, serviceTier }) => {
    const next = { ...state, id: answerId('openai-chat', id), model, created: createdAt ?? state.created, tier: openaiTier(serviceTier) }
    return [next, [chunkOf(next, { role: 'assistant', content: '' })]]
  },
  'text-delta': (state, { text, logprobs }) => [state, [chunkOf(state, { content: text }, null, logprobs === undefined ? undefined : chatLogprobs(logprobs))]],
  'text-end': (state) => [state, []],
  'refusal-delta': (state, { text }) => [{ ...state, refused: true }, [chunkOf(state, { refusal: text })]],
  'reasoning-delta': (state, { text }) => [state, [chunkOf(state, { reasoning_content: text })]],
  'reasoning-end': (state) => [state, []],
  'tool-call-start': (state, { index, id, name }) => [state, [chunkOf(state, { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] })]],
  'tool-call-delta': (state, { index, arguments: text }) => [state, [chunkOf(state, { tool_calls: [{ index, function: { arguments: text } }] })]],
  'tool-call-end': (state) => [state, []],
  usage: (state, { usage }) => [{ ...state, usage }, []],
  finish: (state, { finish }) => [{ ...state, finish }, finishing(state, finish)],
  failure: (state, { failure }) => [{ ...state, failed: true }, [errorEvent(failure.message, failure.code ?? 'server_error', failure.errorType)]],
  'response-end': (state) => [state, state.failed ? [] : [...usageChunk(state), { data: '[DONE]' }]],
}

export const compose = <K extends PartType>(state: ComposeState, part: PartOf<K>): ComposeStep => (composers[part.type as K])(state, part)

export const errorEvent = (message: string, code: string, type = 'server_error'): WireEvent => ({ data: { error: { message, type, param: null, code } } })

function finishing(state: ComposeState, finish: Finish): readonly WireEvent[] {
  const explained = finish.reason === 'refusal' && !state.refused && finish.explanation !== undefined ? [chunkOf(state, { refusal: finish.explanation })] : []
  return [...explained, chunkOf(state, {}, chatFinish(finish, state.refused))]
}

function chunkOf(state: ComposeState, delta: ChatDelta, finish: ChatFinish | null = null, logprobs?: ChatLogprobs): WireEvent {
  return { data: frame(state, [logprobs === undefined ? { index: 0, delta, finish_reason: finish } : { index: 0, delta, logprobs, finish_reason: finish }]) }
}

/** Members that are undefined are not written. */
const frame = (state: ComposeState, choices: ChatChunk['choices'], usage?: ChatUsage): object => ({
  id: state.id, object: 'chat.completion.chunk', created: state.created, model: state.model, choices, usage, service_tier: state.tier,
}) satisfies { readonly [K in keyof ChatChunk]: ChatChunk[K] | undefined }

function usageChunk(state: ComposeState): readonly WireEvent[] {
  const usage = state.usage === undefined || !state.composing.usageAsked ? undefined : chatUsage(state.usage.counts)
  return usage === undefined ? [] : [{ data: frame(state, [], usage) }]
}
