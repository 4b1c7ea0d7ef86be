/** Embedding requests: what the gateway must know, and the edits. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { checkPresent, checkTypes, editMembers, modelEdit, modelOf, plainAsk, readFields } from '../ask-fields.ts'
import { stringOf } from '../json-fields.ts'

/** Reads an embedding request; its input stays bytes. */
export function readEmbeddingsAsk(body: Buffer): Ask | Refusal {
  const fields = readFields(body, ['model', 'user'])
  if ('refused' in fields) return fields
  const { values, spans } = fields
  const fault = checkTypes(values, { model: 'string', user: 'string' }) ?? checkPresent(spans, ['input'])
  return fault ?? { ...plainAsk, model: modelOf(values), endUser: stringOf(values['user']) }
}

/** Splices the model name, and the safety identifier as `user`: this API has no other field for it. */
export function editEmbeddings(body: Buffer, _contentType: string, edits: Edits): Buffer | Refusal {
  const values = modelEdit(edits)
  if (edits.safetyIdentifier !== undefined) values.set('user', JSON.stringify(edits.safetyIdentifier))
  return editMembers(body, values)
}
