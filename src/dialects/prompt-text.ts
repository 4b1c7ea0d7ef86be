/** The text that a call asks with, whatever its dialect: read loosely, for looking at traffic, never for serving it. */
import { listOf, recordOf, stringOf, type JsonRecord } from './json-fields.ts'

/** The text of a content that is a string or a list of parts. */
function contentText(content: unknown): string {
  const whole = stringOf(content)
  if (whole !== undefined) return whole
  return listOf(content).flatMap((part) => stringOf(recordOf(part)?.['text']) ?? []).join('\n')
}

/** What the user said last; of a request without turns, its input or prompt. Undefined: no text in it. */
export function promptText(body: JsonRecord): string | undefined {
  const turns = listOf(body['messages'] ?? body['input']).map(recordOf)
  const last = turns.findLast((turn) => turn?.['role'] === 'user')
  const found = last !== undefined ? contentText(last['content']) : stringOf(body['input']) ?? stringOf(body['prompt']) ?? contentText(body['prompt'])
  return found.trim() === '' ? undefined : found
}

/** What a call asks for beside its text. */
export function askedSettings(body: JsonRecord): { readonly severalAnswers: boolean; readonly probabilities: boolean; readonly streamed: boolean } {
  const choices = body['n'] ?? body['best_of']
  return {
    severalAnswers: typeof choices === 'number' && choices > 1,
    probabilities: body['logprobs'] === true || typeof body['top_logprobs'] === 'number' || (typeof body['logprobs'] === 'number' && body['logprobs'] > 0),
    streamed: body['stream'] === true,
  }
}
