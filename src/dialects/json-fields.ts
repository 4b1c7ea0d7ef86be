/** Typed looks at parsed JSON whose shape is not trusted. */

export type JsonRecord = Readonly<Record<string, unknown>>

export const recordOf = (value: unknown): JsonRecord | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value as JsonRecord : undefined

export const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []

export const stringOf = (value: unknown): string | undefined => typeof value === 'string' ? value : undefined

/** A number as it was reported: whether it makes sense as a count is judged by the meters, not here. */
export const numberOf = (value: unknown): number | undefined => typeof value === 'number' ? value : undefined

/** The object that a text holds; undefined where it is not JSON or not an object. */
export function parseRecord(text: string): JsonRecord | undefined {
  try {
    return recordOf(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

/** An object without the members that are undefined. */
export function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  const kept: Partial<T> = {}
  for (const name of Object.keys(value) as (keyof T)[]) {
    const member = value[name]
    if (member !== undefined) kept[name] = member
  }
  return kept as T
}
