/** The stream of a message that a host gave in one piece, although it was asked for a stream. */
import { parseAnswer } from '../answer.ts'
import type { WireEvent } from '../composing.ts'
import { listOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { eventBytes } from '../sse.ts'

/** The stream of a message that passes: each block in one delta, with every field that the host sent. Undefined where the answer is none. */
export function messagesStreamOf(answer: Buffer): Buffer | undefined {
  const message = parseAnswer(answer)
  if (message === undefined || !Array.isArray(message['content'])) return undefined
  const { content, stop_reason, stop_sequence, stop_details, container, ...head } = message
  const blocks = listOf(content).flatMap((block, index) => blockEvents(recordOf(block) ?? {}, index))
  // These two are not known to all hosts.
  const late = { ...(stop_details === undefined ? {} : { stop_details }), ...(container === undefined ? {} : { container }) }
  const notYet = Object.fromEntries(Object.keys(late).map((name) => [name, null]))
  return eventBytes([
    event('message_start', { message: { ...head, content: [], stop_reason: null, stop_sequence: null, ...notYet } }),
    ...blocks, event('message_delta', { delta: { stop_reason, stop_sequence, ...late }, usage: message['usage'] ?? {} }), event('message_stop', {}),
  ])
}

const event = (type: string, rest: object): WireEvent => ({ name: type, data: { type, ...rest } })

function blockEvents(block: JsonRecord, index: number): readonly WireEvent[] {
  const [begun, deltas] = begunBlock(block)
  return [
    event('content_block_start', { index, content_block: begun }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]
}

/** A block as a stream begins it, and what fills it. Kinds that are not filled by deltas are whole from the start. */
function begunBlock(block: JsonRecord): readonly [JsonRecord, readonly object[]] {
  const type = stringOf(block['type'])
  if (type === 'text') {
    const cited = listOf(block['citations'])
    const begun = { ...block, text: '', ...(cited.length === 0 ? {} : { citations: [] }) }
    return [begun, [{ type: 'text_delta', text: block['text'] }, ...cited.map((citation) => ({ type: 'citations_delta', citation }))]]
  }
  if (type === 'thinking') return [{ ...block, thinking: '', signature: '' }, [{ type: 'thinking_delta', thinking: block['thinking'] }, { type: 'signature_delta', signature: block['signature'] ?? '' }]]
  if (block['input'] !== undefined) return [{ ...block, input: {} }, [{ type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }]]
  return [block, []]
}
