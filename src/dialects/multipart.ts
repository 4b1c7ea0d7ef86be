/** Fields of a multipart/form-data body (RFC 7578), found in place so that one can be replaced by splicing. */

export interface FormField {
  readonly name: string
  /** Present where the part is a file. */
  readonly filename: string | undefined
  /** Offset of the part's boundary line, that of its value, and that after its value. */
  readonly partStart: number
  readonly start: number
  readonly end: number
}

export interface Form {
  readonly body: Buffer
  readonly boundary: string
  readonly fields: readonly FormField[]
}

/** Most parts that a form may have; more are refused. */
const partsMax = 100

/** The boundary that a content type names; undefined where it is not multipart/form-data or names none. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^\s*multipart\/form-data\s*;/i.test(contentType)) return undefined
  const found = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType)
  return found?.[1] ?? found?.[2]
}

/** The form's fields in order, or why it cannot be read. */
export function readForm(body: Buffer, contentType: string): Form | { readonly fault: string } {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) return { fault: 'the request must be multipart/form-data with a boundary in its Content-Type' }
  const delimiter = Buffer.from(`--${boundary}`)
  const between = Buffer.from(`\r\n--${boundary}`)
  let at = body.subarray(0, delimiter.length).equals(delimiter) ? 0 : body.indexOf(between) + 2
  if (at === 1) return { fault: 'the multipart body does not contain its boundary' }
  const fields: FormField[] = []
  for (;;) {
    const partStart = at
    at += delimiter.length
    if (body[at] === 0x2d && body[at + 1] === 0x2d) return { body, boundary, fields }
    while (body[at] === 0x20 || body[at] === 0x09) at++
    if (body[at] !== 0x0d || body[at + 1] !== 0x0a) return { fault: 'a multipart boundary is not followed by a line end' }
    at += 2
    const headEnd = body.indexOf('\r\n\r\n', at - 2)
    if (headEnd === -1) return { fault: 'a part of the multipart body has no end of its headers' }
    const start = headEnd + 4
    const end = body.indexOf(between, headEnd + 2)
    if (end === -1) return { fault: 'the multipart body ends before its closing boundary' }
    const disposition = dispositionOf(body.toString('utf8', at, headEnd))
    if (disposition === undefined) return { fault: 'a part of the multipart body has no name in its Content-Disposition' }
    if (fields.length === partsMax) return { fault: `the multipart body has more than ${partsMax} parts` }
    fields.push({ ...disposition, partStart, start: Math.min(start, end), end })
    at = end + 2
  }
}

function dispositionOf(head: string): { readonly name: string; readonly filename: string | undefined } | undefined {
  const line = head.split('\r\n').find((candidate) => /^content-disposition\s*:/i.test(candidate))
  if (line === undefined || !/:\s*form-data\b/i.test(line)) return undefined
  const parameter = (key: string): string | undefined => {
    const found = new RegExp(`;\\s*${key}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(line)
    return found?.[1] ?? found?.[2]
  }
  const name = parameter('name')
  return name === undefined ? undefined : { name, filename: parameter('filename\\*?') }
}

/** The text of the field with that name, the last where it stands more than once; undefined where there is none. */
export function fieldText(form: Form, name: string): string | undefined {
  const field = form.fields.findLast((candidate) => candidate.name === name && candidate.filename === undefined)
  return field === undefined ? undefined : form.body.toString('utf8', field.start, field.end)
}
