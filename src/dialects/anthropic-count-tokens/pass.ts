/** Token counts that pass. Counting is free of charge, so what was billed is reported as nothing, with the answer as evidence. */
import type { Reading } from '../dialect.ts'
import type { PassingDialect } from '../passing.ts'
import { emptyReading, readAnswer } from '../answer.ts'
import { messagesError } from '../anthropic-messages/errors.ts'
import { messagesPassing } from '../anthropic-messages/pass.ts'
import { editCountTokens, readCountTokensAsk } from './ask.ts'
import { countTokensUsage } from './usage.ts'

function readWhole(body: Buffer): Reading | { readonly broken: string } {
  const answer = readAnswer(body, ['input_tokens'])
  if ('broken' in answer) return answer
  if (typeof answer.values['input_tokens'] !== 'number') return { broken: 'the answer has no input_tokens' }
  return { ...emptyReading, usage: countTokensUsage(body.toString()), finish: 'stop' }
}

export const countTokensPassing: PassingDialect = {
  readAsk: readCountTokensAsk,
  edit: editCountTokens,
  whole: readWhole,
  stream: messagesPassing.stream,
  error: messagesError,
}
