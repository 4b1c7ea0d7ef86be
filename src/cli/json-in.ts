/** Files that commands take as JSON. */
import type { CliContext } from './context.ts'

/** JSON from a file; undefined after a note. */
export function jsonIn(file: string, context: CliContext): { readonly value: unknown } | undefined {
  const read = context.readFile(file)
  if ('failed' in read) return void context.note(`${file}: ${read.failed}`)
  try {
    return { value: JSON.parse(read.text) as unknown }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return void context.note(`${file}: not JSON: ${cause.message}`)
  }
}
