/** Token counts that pass. Counting is free of charge, so what was billed is reported as nothing, with the answer as evidence. */
import type { Whole } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, errorIn, readAnswer } from '../answer.ts'
import { messagesError, readMessagesError } from '../anthropic-messages/errors.ts'
import { messagesPassing } from '../anthropic-messages/pass.ts'
import { editCountTokens, readCountTokensAsk } from './ask.ts'
import { countTokensUsage } from './usage.ts'

function readWhole(body: Buffer): Whole {
  const answer = readAnswer(body, ['input_tokens', 'error'])
  if ('broken' in answer) return answer
  if (typeof answer.values['input_tokens'] !== 'number') {
    const error = errorIn(answer.values)
    return error === undefined ? { broken: 'the answer has no input_tokens' } : { failed: readMessagesError(200, {}, error) }
  }
  return { ...emptyReading, usage: countTokensUsage(body.toString()), finish: 'stop' }
}

export const countTokensPassing: PassingDialect = {
  readAsk: readCountTokensAsk,
  edit: editCountTokens,
  whole: readWhole,
  stream: messagesPassing.stream,
  error: messagesError,
}
