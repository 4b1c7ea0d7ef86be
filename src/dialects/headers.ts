/** What is read of the headers of requests and answers, whose names come in small letters and whose values in any. */

export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** A header's value, the first of one that came more than once. */
export const headerText = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

export const isEventStream = (headers: Headers): boolean => headerText(headers, 'content-type')?.toLowerCase().startsWith('text/event-stream') === true

/** The coding that has to be undone to read a body, in small letters; undefined: none. */
export function codingOf(headers: Headers): string | undefined {
  const coding = headerText(headers, 'content-encoding')?.trim().toLowerCase()
  return coding === '' || coding === 'identity' ? undefined : coding
}
