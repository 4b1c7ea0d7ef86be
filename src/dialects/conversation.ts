/** One chat call as a conversation in plain text: what a dataset takes from captured bytes. */
import { parseAnswer } from './answer.ts'
import { codecs, isChatDialect } from './codec.ts'
import { collectObjections } from './fields.ts'
import { parseRecord } from './json-fields.ts'
import type { ChatDialect, Message } from './part.ts'
import { createSseSplitter } from './sse.ts'

export interface Turn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export type Conversation = { readonly turns: readonly Turn[] } | { readonly unusable: string }

interface TextLike { readonly type: string; readonly text?: string }

/** Text of a message; undefined where it holds what text cannot carry. Reasoning is left out: it is not the answer. */
function textOf(content: readonly TextLike[]): string | undefined {
  const parts = content.filter((part) => part.type !== 'reasoning')
  return parts.every((part) => part.type === 'text') ? parts.map((part) => part.text ?? '').join('\n') : undefined
}

const roleOf = (role: Message['role']): Turn['role'] | undefined => (role === 'developer' ? 'system' : role === 'tool' ? undefined : role)

/** The text of a streamed answer; undefined where it holds a tool call, a refusal or a failure. */
function streamedText(dialect: ChatDialect, response: Buffer): string | undefined {
  const read = codecs[dialect].createReader()
  const splitter = createSseSplitter()
  let text = ''
  let plain = true
  const visit = (event: { readonly data: Buffer | undefined }): void => {
    if (event.data === undefined) return
    for (const part of read(event.data.toString())) {
      if (part.type === 'text-delta') text += part.text
      else if (part.type === 'tool-call-start' || part.type === 'refusal-delta' || part.type === 'failure') plain = false
    }
  }
  splitter.push(response, visit)
  splitter.flush(visit)
  return plain ? text : undefined
}

function wholeText(dialect: ChatDialect, response: Buffer): string | undefined {
  const answer = codecs[dialect].parseAnswer(parseAnswer(response) ?? {})
  return 'broken' in answer || answer.failure !== undefined ? undefined : textOf(answer.content)
}

/** Reads request and answer of one call. `unusable` says why it is no plain conversation: tools, images, several choices, no text, half a character. */
export function conversationOf(dialect: string, request: Buffer, response: Buffer, responseType: string): Conversation {
  if (!isChatDialect(dialect)) return { unusable: `${dialect} is no conversation` }
  const body = parseRecord(request.toString())
  if (body === undefined) return { unusable: 'the request is not JSON' }
  // What a dialect objects to would not translate; here only the texts count.
  const { messages } = codecs[dialect].parseRequest(body, collectObjections())
  const turns: Turn[] = []
  for (const message of messages) {
    const role = roleOf(message.role)
    const content = textOf(message.content)
    if (role === undefined || content === undefined) return { unusable: 'it holds tools or images' }
    turns.push({ role, content })
  }
  const answer = responseType.startsWith('text/event-stream') ? streamedText(dialect, response) : wholeText(dialect, response)
  if (answer === undefined || answer === '') return { unusable: 'its answer is not one plain text' }
  // Escaped in JSON it comes through, and whoever reads the dataset chokes on it.
  if ([...turns.map((turn) => turn.content), answer].some((text) => !text.isWellFormed())) return { unusable: 'it holds half a character' }
  return turns.length === 0 ? { unusable: 'it has no messages' } : { turns: [...turns, { role: 'assistant', content: answer }] }
}
