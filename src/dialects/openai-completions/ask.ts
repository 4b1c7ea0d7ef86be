/** Text completion requests (the older API): what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkChoices, checkLimits, checkPresent, checkTypes, editMembers, modelEdit, modelOf, plainAsk, readFields, withMember } from '../ask-fields.ts'
import { numberOf, recordOf, stringOf } from '../json-fields.ts'
import { elementsAt, type Spans } from '../json-spans.ts'

/** Reads a text completion request. `choices` is prompts × the larger of n and best_of: each is generated, and billed. */
export function readCompletionAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, ['model', 'stream', 'stream_options', 'max_tokens', 'n', 'best_of', 'user'])
  if ('refused' in fields) return fields
  const { values, spans } = fields
  const fault = checkTypes(values, { model: 'string', stream: 'boolean', stream_options: 'object', user: 'string' })
    ?? checkLimits(values, ['max_tokens']) ?? checkChoices(values, ['n', 'best_of']) ?? checkPresent(spans, ['prompt'])
  if (fault !== undefined) return fault
  const stream = values['stream'] === true
  const perPrompt = Math.max(numberOf(values['n']) ?? 1, numberOf(values['best_of']) ?? 1)
  return {
    ...plainAsk,
    model: modelOf(values),
    stream,
    usageAsked: !stream || recordOf(values['stream_options'])?.['include_usage'] === true,
    outputMax: numberOf(values['max_tokens']),
    choices: perPrompt * promptsOf(spans),
    unbounded: spans.members.has('prompt_embeds') ? ['prompt_embeds'] : [],
    endUser: stringOf(values['user']),
  }
}

/** A prompt is a text, a list of token numbers, or a list of prompts. */
function promptsOf(spans: Spans): number {
  const { body, members } = spans
  const offsets = elementsAt(body, members.get('prompt')!.valueStart)
  const first = offsets?.[0] === undefined ? undefined : body[offsets[0]]
  const prompts = first === 0x22 || first === 0x5b
  return offsets === undefined || !prompts ? 1 : offsets.length / 2
}

/** Splices the edits into a text completion request. `user` carries the safety identifier: this API has no other field for it. */
export function editCompletion(body: Buffer, _contentType: string, edits: Edits, ask: Ask): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('user', JSON.stringify(edits.safetyIdentifier))
  if (edits.outputMax !== undefined) values.set('max_tokens', String(edits.outputMax))
  if (edits.includeUsage && ask.stream && !ask.usageAsked) values.set('stream_options', withMember(body, 'stream_options', 'include_usage', 'true'))
  return editMembers(body, values)
}
