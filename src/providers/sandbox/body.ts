/** Reading request bodies of unknown shape: each reader gives a usable value for anything. */

export type Body = { readonly [key: string]: unknown }

export const isRecord = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value)
export const record = (value: unknown): Body => (isRecord(value) ? value : {})
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
export const whole = (value: unknown): number | undefined => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined)

/** Parses a JSON object; undefined where the bytes are anything else. */
export function parseBody(bytes: Buffer): Body | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
