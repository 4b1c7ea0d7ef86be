/** The stream of a response that a host gave in one piece, although it was asked for a stream. */
import { parseAnswer } from '../answer.ts'
import { listOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'
import { eventBytes } from '../sse.ts'

type Written = readonly [type: string, rest: object]

const endings: ReadonlyMap<unknown, string> = new Map(['completed', 'incomplete', 'failed', 'cancelled', 'queued'].map((status) => [status, `response.${status}`]))

/**
 * The stream of a response that passes: each text in one delta, with every field that the host sent. One that still runs, in
 * the background, ends without a terminal event. Undefined where the answer is none.
 */
export function responsesStreamOf(answer: Buffer): Buffer | undefined {
  const response = parseAnswer(answer)
  if (response === undefined || !Array.isArray(response['output'])) return undefined
  const begun = { ...response, status: 'in_progress', output: [], usage: null }
  const events: readonly Written[] = [
    ['response.created', { response: begun }], ['response.in_progress', { response: begun }],
    ...listOf(response['output']).flatMap((item, index) => itemEvents(recordOf(item) ?? {}, index)),
    [endings.get(response['status'] ?? 'completed') ?? 'response.in_progress', { response }],
  ]
  return eventBytes(events.map(([type, rest], sequence) => ({ name: type, data: { type, ...rest, sequence_number: sequence } })))
}

function itemEvents(item: JsonRecord, index: number): readonly Written[] {
  const at = { item_id: item['id'], output_index: index }
  const type = stringOf(item['type'])
  const place = { output_index: index }
  if (type === 'message') {
    const parts = listOf(item['content']).flatMap((part, content) => partEvents(recordOf(part) ?? {}, { ...at, content_index: content }))
    return [['response.output_item.added', { ...place, item: { ...item, status: 'in_progress', content: [] } }], ...parts, ['response.output_item.done', { ...place, item }]]
  }
  if (type === 'function_call') {
    const { name, arguments: text } = item
    return [
      ['response.output_item.added', { ...place, item: { ...item, status: 'in_progress', arguments: '' } }],
      ['response.function_call_arguments.delta', { ...at, delta: text }], ['response.function_call_arguments.done', { ...at, name, arguments: text }],
      ['response.output_item.done', { ...place, item }],
    ]
  }
  return [['response.output_item.added', { ...place, item }], ['response.output_item.done', { ...place, item }]]
}

function partEvents(part: JsonRecord, at: object): readonly Written[] {
  if (part['type'] === 'refusal') {
    const { refusal } = part
    return [
      ['response.content_part.added', { ...at, part: { ...part, refusal: '' } }], ['response.refusal.delta', { ...at, delta: refusal }],
      ['response.refusal.done', { ...at, refusal }], ['response.content_part.done', { ...at, part }],
    ]
  }
  const { text, logprobs = [] } = part
  return [
    ['response.content_part.added', { ...at, part: { ...part, text: '' } }], ['response.output_text.delta', { ...at, delta: text, logprobs }],
    ['response.output_text.done', { ...at, text, logprobs }], ['response.content_part.done', { ...at, part }],
  ]
}
