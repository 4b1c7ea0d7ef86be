/** A value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * RFC 8785 (JCS): keys sorted by UTF-16 code units, no white space, ECMAScript number forms. Two equal values have equal
 * bytes, so hashes and signatures over them mean something. `undefined` members are left out, as JSON.stringify does.
 */
export function canonicalJson(value: Json): string {
  return isInOrder(value) ? JSON.stringify(value) : inOrder(value)
}

/**
 * Whether the engine itself would write the canonical form: keys in order at every level, finite numbers, nothing with a
 * form of its own. Receipts and records are built so, by the thousand, and then cost a quarter.
 */
function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined && (typeof value !== 'number' || Number.isFinite(value))
  if (Array.isArray(value)) return value.every(isInOrder)
  if (typeof (value as { readonly toJSON?: unknown }).toJSON === 'function') return false
  let before: string | undefined
  for (const key of Object.keys(value)) {
    if (before !== undefined && before > key) return false
    before = key
    const member = (value as { readonly [key: string]: unknown })[key]
    if (member !== undefined && !isInOrder(member)) return false
  }
  return true
}

function inOrder(value: Json): string {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('JSON has no NaN and no infinity')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item: Json) => inOrder(item)).join(',')}]`
  const object = value as { readonly [key: string]: Json | undefined }
  let text = ''
  for (const key of Object.keys(object).sort()) {
    const member = object[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${inOrder(member)}`
  }
  return `{${text}}`
}

