/** Text that no database keeps: JSON may escape what PostgreSQL refuses, half a character has no bytes to hash, and what is nested without end fits on no stack. */
import { nestingMax } from '../dialects/json-spans.ts'

const says = (where: string, what: string): string => `${where}: it holds ${what}, which cannot be stored: take it out.`

/** Where a value holds such a text, in a sentence; undefined: nowhere. Bytes are not looked into. */
export function textFault(value: unknown, where: string, depth = 0): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? says(where, 'the character U+0000') : value.isWellFormed() ? undefined : says(where, 'half a character (a surrogate without its other half)')
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined
  if (depth === nestingMax) return `${where.slice(0, 60)}…: it is nested deeper than ${nestingMax} levels: send it flatter.`
  for (const [name, inner] of Object.entries(value)) {
    const fault = textFault(name, `a name in ${where}`) ?? textFault(inner, `${where}.${name}`, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}
