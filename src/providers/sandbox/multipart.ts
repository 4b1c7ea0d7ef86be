/** Fields and files of a `multipart/form-data` body (RFC 7578), enough for uploads of the official clients. */

export interface FormPart {
  readonly name: string
  readonly filename: string | undefined
  readonly bytes: Buffer
}

/** Undefined where the content type or the body is not multipart. */
export function parseMultipart(contentType: string, body: Buffer): readonly FormPart[] | undefined {
  const boundary = /^multipart\/form-data;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  if (boundary === null) return undefined
  const mark = Buffer.from(`--${boundary[1] ?? boundary[2] ?? ''}`)
  const parts: FormPart[] = []
  let at = body.indexOf(mark)
  while (at >= 0) {
    const start = at + mark.length
    const next = body.indexOf(mark, start)
    if (next < 0) break
    // Between the marks: CRLF, headers, empty line, content, CRLF.
    const section = body.subarray(start + 2, next - 2)
    const gap = section.indexOf('\r\n\r\n')
    if (gap >= 0) {
      const head = section.subarray(0, gap).toString('utf8')
      const name = /[;\s]name="([^"]*)"/i.exec(head)?.[1]
      if (name !== undefined) parts.push({ name, filename: /filename="([^"]*)"/i.exec(head)?.[1], bytes: section.subarray(gap + 4) })
    }
    at = next
  }
  return parts
}
