/** Moderations that pass. OpenAI reports no usage for them, so none is read: absent, not zero. */
import type { Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, readAnswer } from '../answer.ts'
import { stringOf } from '../json-fields.ts'
import { failedOr, openaiError } from '../openai-chat/errors.ts'
import { createChatReader } from '../openai-chat/pass.ts'
import { createPipe } from '../stream-pipe.ts'
import { editModerations, readModerationsAsk } from './ask.ts'

function readWhole(body: Buffer): Whole {
  const answer = readAnswer(body, ['id', 'model', 'error'])
  if ('broken' in answer) return answer
  if (!answer.spans.members.has('results')) return failedOr(answer.values, { broken: 'the answer has no results' })
  return { ...emptyReading, responseId: stringOf(answer.values['id']), model: stringOf(answer.values['model']), finish: 'stop' }
}

export const moderationsPassing: PassingDialect = {
  readAsk: readModerationsAsk,
  edit: editModerations,
  whole: readWhole,
  stream: () => createPipe(createChatReader(false)),
  error: openaiError,
}
