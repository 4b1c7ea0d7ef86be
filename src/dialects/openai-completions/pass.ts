/** Text completions that pass. Their answers and chunks differ from chat's only in where the text stands. */
import type { PassingDialect } from '../passing.ts'
import { chatPassing } from '../openai-chat/pass.ts'
import { editCompletion, readCompletionAsk } from './ask.ts'

export const completionsPassing: PassingDialect = { ...chatPassing, readAsk: readCompletionAsk, edit: editCompletion }
