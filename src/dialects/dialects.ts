/** All dialects by name, and which one serves an operation. */
import type { Ask, DialectName, Operation, Refusal } from './dialect.ts'
import type { PassingDialect } from './passing.ts'
import { countTokensPassing } from './anthropic-count-tokens/pass.ts'
import { messagesPassing } from './anthropic-messages/pass.ts'
import { chatPassing } from './openai-chat/pass.ts'
import { completionsPassing } from './openai-completions/pass.ts'
import { embeddingsPassing } from './openai-embeddings/pass.ts'
import { imagesPassing } from './openai-images/pass.ts'
import { moderationsPassing } from './openai-moderations/pass.ts'
import { responsesPassing } from './openai-responses/pass.ts'
import { transcriptionsPassing } from './openai-transcriptions/pass.ts'

const dialects: Readonly<Record<DialectName, PassingDialect>> = {
  'openai-chat': chatPassing,
  'openai-responses': responsesPassing,
  'openai-embeddings': embeddingsPassing,
  'anthropic-messages': messagesPassing,
  'openai-completions': completionsPassing,
  'openai-moderations': moderationsPassing,
  'openai-images': imagesPassing,
  'openai-transcriptions': transcriptionsPassing,
  'anthropic-count-tokens': countTokensPassing,
}

const operationDialects: Readonly<Record<Operation, DialectName>> = {
  chat: 'openai-chat',
  responses: 'openai-responses',
  messages: 'anthropic-messages',
  embeddings: 'openai-embeddings',
  completions: 'openai-completions',
  moderations: 'openai-moderations',
  images: 'openai-images',
  transcriptions: 'openai-transcriptions',
  'count-tokens': 'anthropic-count-tokens',
}

/** Dialects into which one translates, the nearest first. Those that are missing here only pass. */
const translations: Readonly<Partial<Record<DialectName, readonly DialectName[]>>> = {
  'openai-chat': ['openai-responses', 'anthropic-messages'],
  'openai-responses': ['openai-chat', 'anthropic-messages'],
  'anthropic-messages': ['openai-chat', 'openai-responses'],
}

/** The code of a dialect: how its bytes are read and edited. */
export const passingDialect = (dialect: DialectName): PassingDialect => dialects[dialect]

/** What the gateway must know of a request body, or why it cannot be read. `contentType` matters for multipart forms only. */
export const readAsk = (dialect: DialectName, body: Buffer, contentType: string): Ask | Refusal => dialects[dialect].readAsk(body, contentType)

/** The dialect in which clients ask for an operation. */
export const dialectOf = (operation: Operation): DialectName => operationDialects[operation]

/** The dialect in which an upstream that speaks these can serve the operation: the client's own if it is offered, else one that Weir translates into; undefined where there is none. */
export function servable(operation: Operation, upstreamDialects: readonly DialectName[]): DialectName | undefined {
  const own = dialectOf(operation)
  return [own, ...(translations[own] ?? [])].find((dialect) => upstreamDialects.includes(dialect))
}
