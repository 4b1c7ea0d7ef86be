/** What most commands do with an answer: print it, or say why there is none and end with the code that fits. */
import { isFailure, type Failure } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

/** Awaits, prints, and answers the exit code; `print` may answer another one than `ok`. */
export async function answered<T extends object>(context: CliContext, answer: Promise<T | Failure>, print: (given: T) => ExitCode | void): Promise<ExitCode> {
  const given = await answer
  if (isFailure(given)) {
    context.note(given.failed)
    return given.code
  }
  return print(given) ?? exit.ok
}
