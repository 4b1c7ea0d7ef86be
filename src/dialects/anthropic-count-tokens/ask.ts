/** Requests to count tokens: a Messages request without what concerns its output. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkPresent, checkTypes, editMembers, modelEdit, modelOf, plainAsk, readFields } from '../ask-fields.ts'

/** Reads a request to count tokens. Nothing is generated and nothing is billed, so nothing has to be bounded. */
export function readCountTokensAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, ['model'])
  if ('refused' in fields) return fields
  const fault = checkTypes(fields.values, { model: 'string' }) ?? checkPresent(fields.spans, ['messages'])
  return fault ?? { ...plainAsk, model: modelOf(fields.values) }
}

/** Splices the model name; the API takes neither metadata nor limits. */
export function editCountTokens(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  return editMembers(body, modelEdit(edits))
}
