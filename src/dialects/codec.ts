/** The three codecs behind one interface: what each dialect's folder gives, by name. */
import type { Surface } from './dialect.ts'
import type { Composing, WireEvent } from './composing.ts'
import type { Objections } from './fields.ts'
import type { JsonRecord } from './json-fields.ts'
import type { CanonicalRequest, CanonicalResponse, ChatDialect, PartOf, PartType, RequestField, StreamPart } from './part.ts'
import { composeMessagesRequest, messagesLacks, messagesParams, parseMessagesRequest } from './anthropic-messages/request.ts'
import { composeMessage, parseMessage } from './anthropic-messages/response.ts'
import * as messagesStream from './anthropic-messages/stream.ts'
import { chatLacks, chatParams, composeChatRequest, parseChatRequest } from './openai-chat/request.ts'
import { composeChatCompletion, parseChatCompletion } from './openai-chat/response.ts'
import * as chatStream from './openai-chat/stream.ts'
import { composeResponsesRequest, parseResponsesRequest, responsesLacks, responsesParams } from './openai-responses/request.ts'
import { composeResponse, parseResponse } from './openai-responses/response.ts'
import * as responsesStream from './openai-responses/stream.ts'
import * as responsesEvents from './openai-responses/stream-events.ts'

/** Says that the target has no place for something; the field is the canonical one, so that the client is told its own name for it. */
export type Complain = (field: RequestField | 'messages', message: string) => void

/** Turns the data of one upstream event into parts. Keeps the state of one stream. */
export type StreamReader = (data: string) => readonly StreamPart[]

/** Turns parts into events for the client. Keeps the state of one stream. */
export interface StreamComposer {
  readonly add: (part: StreamPart) => readonly WireEvent[]
  readonly abort: (message: string, code: string) => WireEvent
}

export interface Codec {
  readonly surface: Surface
  readonly parseRequest: (body: unknown, objections: Objections) => CanonicalRequest
  readonly composeRequest: (request: CanonicalRequest, complain: Complain, includeUsage: boolean) => object
  /** The dialect's name for each canonical field. */
  readonly params: Readonly<Record<RequestField, string>>
  /** The dialect's name for the conversation. */
  readonly conversation: string
  /** Canonical fields that it cannot carry. */
  readonly lacks: ReadonlySet<RequestField>
  readonly parseAnswer: (body: JsonRecord) => CanonicalResponse | { readonly broken: string }
  readonly composeAnswer: (answer: CanonicalResponse, composing: Composing) => object
  readonly createReader: () => StreamReader
  readonly createComposer: (composing: Composing) => StreamComposer
}

function reader<S>(start: S, step: (state: S, data: string) => readonly [S, readonly StreamPart[]]): StreamReader {
  let state = start
  return (data) => {
    const [next, parts] = step(state, data)
    state = next
    return parts
  }
}

function composer<S>(
  start: S, step: <K extends PartType>(state: S, part: PartOf<K>) => readonly [S, readonly WireEvent[]], abort: (state: S, message: string, code: string) => WireEvent,
): StreamComposer {
  let state = start
  return {
    add: (part) => {
      const [next, events] = step(state, part as PartOf<PartType>)
      state = next
      return events
    },
    abort: (message, code) => abort(state, message, code),
  }
}

export const codecs: Readonly<Record<ChatDialect, Codec>> = {
  'openai-chat': {
    surface: 'openai',
    parseRequest: parseChatRequest,
    composeRequest: composeChatRequest,
    params: chatParams,
    conversation: 'messages',
    lacks: chatLacks,
    parseAnswer: parseChatCompletion,
    composeAnswer: composeChatCompletion,
    createReader: () => reader(chatStream.readStart, chatStream.readEvent),
    createComposer: (composing) => composer(chatStream.composeStart(composing), chatStream.compose, (_state, message, code) => chatStream.errorEvent(message, code)),
  },
  'openai-responses': {
    surface: 'openai',
    parseRequest: parseResponsesRequest,
    composeRequest: composeResponsesRequest,
    params: responsesParams,
    conversation: 'input',
    lacks: responsesLacks,
    parseAnswer: parseResponse,
    composeAnswer: composeResponse,
    createReader: () => reader(responsesStream.readStart, responsesStream.readEvent),
    createComposer: (composing) => composer(responsesEvents.composeStart(composing), responsesEvents.compose, responsesEvents.errorEvent),
  },
  'anthropic-messages': {
    surface: 'anthropic',
    parseRequest: parseMessagesRequest,
    composeRequest: composeMessagesRequest,
    params: messagesParams,
    conversation: 'messages',
    lacks: messagesLacks,
    parseAnswer: parseMessage,
    composeAnswer: composeMessage,
    createReader: () => reader(messagesStream.readStart, messagesStream.readEvent),
    createComposer: (composing) => composer(messagesStream.composeStart(composing), messagesStream.compose,
      (_state, message, code) => messagesStream.errorEvent(message, code === 'overloaded' ? 'overloaded_error' : undefined)),
  },
}

export const isChatDialect = (name: string): name is ChatDialect => Object.hasOwn(codecs, name)
