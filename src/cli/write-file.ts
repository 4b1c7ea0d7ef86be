/** Where a command's answer goes: a file where one is named, standard output otherwise. */
import { writeFileSync } from 'node:fs'
import type { CliContext } from './context.ts'

export function writeAnswer(context: CliContext, file: string | undefined, bytes: Buffer | string): void {
  if (file === undefined) return context.out(bytes.toString())
  writeFileSync(file, bytes)
  context.note(`written to ${file}`)
}
