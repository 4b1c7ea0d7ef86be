/** Moderation requests: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkPresent, checkTypes, contentsOf, editMembers, modelEdit, modelOf, plainAsk, readFields } from '../ask-fields.ts'

/** OpenAI's own where a request names none: API reference, Moderations, `model`, read 2026-11-28. */
const defaultModel = 'omni-moderation-latest'

/** Reads a moderation request. Its model may be left out. */
export function readModerationsAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, ['model'])
  if ('refused' in fields) return fields
  const { values, spans } = fields
  const fault = checkTypes(values, { model: 'string' }) ?? checkPresent(spans, ['input'])
  if (fault !== undefined) return fault
  const contents = contentsOf(spans, 'input')
  const images = contents === undefined || contents.types.has('image_url')
  return { ...plainAsk, model: modelOf(values) ?? defaultModel, unbounded: images ? ['input.image_url'] : [] }
}

/** Splices the model name. The API has no field for a safety identifier. */
export function editModerations(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  return editMembers(body, modelEdit(edits))
}
