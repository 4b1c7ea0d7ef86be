/** Ids of composed answers: the upstream's own id under the prefix that the client's dialect has, so that both can be matched. */
import type { ChatDialect } from './part.ts'

const prefixes: Readonly<Record<ChatDialect, string>> = { 'openai-chat': 'chatcmpl-', 'openai-responses': 'resp_', 'anthropic-messages': 'msg_' }

/** The part of an answer's id that its dialect's prefix does not cover. */
export const idStem = (id: string): string => id.replace(/^(chatcmpl-|resp_|msg_)/, '') || '0'

export const answerId = (dialect: ChatDialect, id: string): string => prefixes[dialect] + idStem(id)
