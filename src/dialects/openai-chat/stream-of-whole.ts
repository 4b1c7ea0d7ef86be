/** The stream of a completion that a host gave in one piece, although it was asked for a stream. */
import { parseAnswer } from '../answer.ts'
import type { WireEvent } from '../composing.ts'
import { listOf, recordOf, type JsonRecord } from '../json-fields.ts'
import { eventBytes } from '../sse.ts'

/**
 * The stream of a chat completion that passes: its choices in one chunk, with every field that the host sent. Undefined
 * where the answer is none.
 */
export function chatStreamOf(answer: Buffer, usageAsked: boolean): Buffer | undefined {
  const completion = parseAnswer(answer)
  if (completion === undefined || !Array.isArray(completion['choices'])) return undefined
  const { choices, usage, ...rest } = completion
  const head = { ...rest, object: 'chat.completion.chunk' }
  const events: WireEvent[] = [{ data: { ...head, choices: listOf(choices).map((choice) => chunkChoice(recordOf(choice) ?? {})), ...(usageAsked ? { usage: null } : {}) } }]
  if (usageAsked && usage !== undefined) events.push({ data: { ...head, choices: [], usage } })
  return eventBytes([...events, { data: '[DONE]' }])
}

function chunkChoice({ message, ...choice }: JsonRecord): object {
  const said = recordOf(message) ?? {}
  const calls = said['tool_calls']
  return { ...choice, delta: Array.isArray(calls) ? { ...said, tool_calls: calls.map((call, index) => ({ index, ...recordOf(call) })) } : said }
}
