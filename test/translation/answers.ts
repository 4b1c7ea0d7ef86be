/** What an answer can say: once in plain blocks, as an upstream says it and as a client is to see it. */
import type { ChatDialect } from '../../src/dialects/part.ts'

export type Block =
  | { readonly text: string; readonly logprobs?: readonly object[] }
  | { readonly refusal: string }
  | { readonly reasoning: string; readonly seal?: string }
  | { readonly call: { readonly id: string; readonly name: string; readonly arguments: string } }

export type End = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'refusal'

export interface Answer {
  readonly blocks: readonly Block[]
  readonly end: End
  readonly stopSequence?: string
  readonly explanation?: string
}

export interface AnswerFeature {
  readonly name: string
  /** As upstreams say it; an upstream that is not named cannot. */
  readonly says: Readonly<Partial<Record<ChatDialect, Answer>>>
  /** As a client sees it from an upstream; undefined: as the upstream says it. */
  readonly shows?: (client: ChatDialect, upstream: ChatDialect) => Answer
  /** Members that the client's request needs to be shown it. */
  readonly asks?: Readonly<Partial<Record<ChatDialect, object>>>
}

const everywhere = (answer: Answer): Readonly<Record<ChatDialect, Answer>> => ({ 'openai-chat': answer, 'openai-responses': answer, 'anthropic-messages': answer })

const oslo: Block = { call: { id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' } }
const bergen: Block = { call: { id: 'call_b', name: 'weather', arguments: '{"city":"Bergen","days":[1,2]}' } }
const hello: Block = { text: 'Hello from Ærø, 東京 and 🚀.' }
const logprobs = [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105] }] }]

const wantsReasoning = {
  'openai-chat': { reasoning_effort: 'low' },
  'openai-responses': { reasoning: { effort: 'low', summary: 'auto' } },
  'anthropic-messages': { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
}

/** The envelope in which a foreign seal reaches a client; chat completions have no place for one. */
const sealed = (client: ChatDialect, upstream: ChatDialect): { readonly seal?: string } => {
  if (client === 'openai-chat' || upstream === 'openai-chat') return {}
  return { seal: upstream === 'openai-responses' ? 'weir1:openai-responses::rs_x1_0:c2VhbA' : 'weir1:anthropic-messages:::c2VhbA' }
}

export const answerFeatures: readonly AnswerFeature[] = [
  { name: 'text', says: everywhere({ blocks: [hello], end: 'stop' }) },
  { name: 'one tool call', says: everywhere({ blocks: [oslo], end: 'tool-calls' }) },
  { name: 'text and parallel tool calls', says: everywhere({ blocks: [hello, oslo, bergen], end: 'tool-calls' }) },
  { name: 'tool call without arguments', says: everywhere({ blocks: [{ call: { id: 'call_a', name: 'now', arguments: '{}' } }], end: 'tool-calls' }) },
  {
    name: 'reasoning text',
    says: {
      'openai-chat': { blocks: [{ reasoning: 'They greet.' }, hello], end: 'stop' },
      'openai-responses': { blocks: [{ reasoning: 'They greet.', seal: 'c2VhbA' }, hello], end: 'stop' },
      'anthropic-messages': { blocks: [{ reasoning: 'They greet.', seal: 'c2VhbA' }, hello], end: 'stop' },
    },
    shows: (client, upstream) => ({ blocks: [{ reasoning: 'They greet.', ...sealed(client, upstream) }, hello], end: 'stop' }),
    asks: wantsReasoning,
  },
  {
    name: 'reasoning that stays hidden, its seal kept',
    says: {
      'openai-responses': { blocks: [{ reasoning: 'They greet.', seal: 'c2VhbA' }, hello], end: 'stop' },
      'anthropic-messages': { blocks: [{ reasoning: '', seal: 'c2VhbA' }, hello], end: 'stop' },
    },
    // A chat client has no words for hiding it: it sees what the upstream says.
    shows: (client, upstream) => ({ blocks: client === 'openai-chat' ? [{ reasoning: upstream === 'openai-responses' ? 'They greet.' : '' }, hello] : [{ reasoning: '', ...sealed(client, upstream) }, hello], end: 'stop' }),
    asks: { 'openai-responses': { reasoning: { effort: 'low' } }, 'anthropic-messages': { thinking: { type: 'adaptive', display: 'omitted' } } },
  },
  { name: 'output limit reached', says: everywhere({ blocks: [hello], end: 'length' }) },
  {
    name: 'stopped by a content filter',
    says: { 'openai-chat': { blocks: [hello], end: 'content-filter' }, 'openai-responses': { blocks: [hello], end: 'content-filter' } },
  },
  {
    name: 'refusal in words',
    says: { 'openai-chat': { blocks: [{ refusal: 'I cannot help with that.' }], end: 'refusal' }, 'openai-responses': { blocks: [{ refusal: 'I cannot help with that.' }], end: 'refusal' } },
  },
  {
    name: 'refusal that the maker explains',
    says: { 'anthropic-messages': { blocks: [hello], end: 'refusal', explanation: 'Against the policy.' } },
    shows: (client) => client === 'openai-chat' ? { blocks: [hello, { refusal: 'Against the policy.' }], end: 'content-filter' } : { blocks: [hello, { refusal: 'Against the policy.' }], end: 'refusal' },
  },
  {
    name: 'stop sequence met',
    says: { 'openai-chat': { blocks: [hello], end: 'stop' }, 'anthropic-messages': { blocks: [hello], end: 'stop', stopSequence: 'END' } },
    shows: () => ({ blocks: [hello], end: 'stop' }),
  },
  {
    name: 'log probabilities',
    says: { 'openai-chat': { blocks: [{ text: 'Hi', logprobs }], end: 'stop' }, 'openai-responses': { blocks: [{ text: 'Hi', logprobs }], end: 'stop' } },
    shows: (client) => ({ blocks: [client === 'anthropic-messages' ? { text: 'Hi' } : { text: 'Hi', logprobs }], end: 'stop' }),
    asks: { 'openai-chat': { logprobs: true, top_logprobs: 1 }, 'openai-responses': { include: ['message.output_text.logprobs'], top_logprobs: 1 } },
  },
]
