/** Embeddings that pass. The vectors are skipped, not parsed. */
import type { Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, rawUsage, readAnswer } from '../answer.ts'
import { recordOf, stringOf } from '../json-fields.ts'
import { failedOr, openaiError } from '../openai-chat/errors.ts'
import { createChatReader } from '../openai-chat/pass.ts'
import { chatUsage } from '../openai-chat/usage.ts'
import { createPipe } from '../stream-pipe.ts'
import { editEmbeddings, readEmbeddingsAsk } from './ask.ts'

function readWhole(body: Buffer): Whole {
  const answer = readAnswer(body, ['model', 'usage', 'error'])
  if ('broken' in answer) return answer
  const { values, spans } = answer
  if (!spans.members.has('data')) return failedOr(values, { broken: 'the answer has no data' })
  const usage = recordOf(values['usage'])
  return {
    ...emptyReading,
    usage: usage === undefined ? undefined : chatUsage(usage, rawUsage(body, usage), values),
    model: stringOf(values['model']),
    finish: 'stop',
  }
}

/** Embeddings do not stream: a stream that comes all the same is read as OpenAI's others are. */
export const embeddingsPassing: PassingDialect = {
  readAsk: readEmbeddingsAsk,
  edit: editEmbeddings,
  whole: readWhole,
  stream: () => createPipe(createChatReader(false)),
  error: openaiError,
}
