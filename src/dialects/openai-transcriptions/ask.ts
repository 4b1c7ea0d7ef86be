/** Transcription requests: multipart forms with an audio file. */
import type { Ask, Edits, Refusal } from '../dialect.ts'
import { plainAsk } from '../ask-fields.ts'
import { splice, type Change } from '../json-spans.ts'
import { fieldText, readForm } from '../multipart.ts'

/** Reads a transcription form. The file's tokens or seconds cannot be bounded by its bytes. */
export function readTranscriptionsAsk(body: Buffer, contentType: string): Ask | Refusal {
  const form = readForm(body, contentType)
  if ('fault' in form) return { refused: `The form cannot be read: ${form.fault}.`, code: 'invalid_form' }
  for (const name of ['model', 'stream']) {
    if (form.fields.filter((field) => field.name === name).length > 1) return { refused: `The form has the field '${name}' twice. Send it once.`, param: name, code: 'duplicate_field' }
  }
  if (!form.fields.some((field) => field.name === 'file')) return { refused: "Missing required parameter: 'file'.", param: 'file', code: 'missing_required_parameter' }
  const stream = fieldText(form, 'stream')?.trim().toLowerCase()
  if (stream !== undefined && !['true', 'false', '1', '0', ''].includes(stream)) return { refused: "Invalid value for 'stream': expected true or false.", param: 'stream', code: 'invalid_value' }
  return { ...plainAsk, model: fieldText(form, 'model')?.trim() || undefined, stream: stream === 'true' || stream === '1', unbounded: ['file'] }
}

/** Splices the model name into the form; a form without one gets a part of its own before the first. Other edits have no field here. */
export function editTranscriptions(body: Buffer, contentType: string, edits: Edits): Buffer | Refusal {
  if (edits.model === undefined) return body
  if (/[\r\n]/.test(edits.model)) return { refused: 'A model name in a form cannot contain line ends.', param: 'model' }
  const form = readForm(body, contentType)
  if ('fault' in form) return { refused: `The form cannot be read: ${form.fault}.`, code: 'invalid_form' }
  const field = form.fields.find((candidate) => candidate.name === 'model')
  const first = form.fields[0]?.partStart ?? 0
  const change: Change = field === undefined
    ? { start: first, end: first, text: `--${form.boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n${edits.model}\r\n` }
    : { start: field.start, end: field.end, text: edits.model }
  return splice(body, [change])
}
