/** Image generation requests: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkChoices, checkPresent, checkTypes, editMembers, modelEdit, modelOf, plainAsk, readFields } from '../ask-fields.ts'
import { numberOf, stringOf } from '../json-fields.ts'

/** Reads an image generation request. `choices` is the number of images. The prompt is text, so its bytes bound the input. */
export function readImagesAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, ['model', 'n', 'stream', 'user'])
  if ('refused' in fields) return fields
  const { values, spans } = fields
  const fault = checkTypes(values, { model: 'string', stream: 'boolean', user: 'string' }) ?? checkChoices(values, ['n']) ?? checkPresent(spans, ['prompt'])
  return fault ?? { ...plainAsk, model: modelOf(values), stream: values['stream'] === true, choices: numberOf(values['n']) ?? 1, endUser: stringOf(values['user']) }
}

/** Splices the model name, and the safety identifier as `user`: this API has no other field for it. */
export function editImages(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('user', JSON.stringify(edits.safetyIdentifier))
  return editMembers(body, values)
}
