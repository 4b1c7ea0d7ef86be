/** Files that commands take as JSON or YAML. */
import { parse, YAMLParseError } from 'yaml'
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

/** YAML, or JSON, from a file; undefined after a note. */
export function yamlIn(file: string, context: CliContext): { readonly value: unknown } | undefined {
  const read = context.readFile(file)
  if ('failed' in read) return void context.note(`${file}: ${read.failed}`)
  try {
    return { value: parse(read.text) as unknown }
  } catch (cause) {
    // An alias of nothing, or of too much, is a ReferenceError; a stack that ran out is told as an error of the text.
    if (!(cause instanceof YAMLParseError || cause instanceof ReferenceError)) throw cause
    const [says = ''] = cause.message.split('\n')
    return void context.note(says.startsWith('Maximum call stack') ? `${file}: nested too deeply to be read: write it flatter` : `${file}: not YAML: ${says.replace(/:$/, '')}`)
  }
}
