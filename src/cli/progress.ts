/** Progress of long work: drawn where a person looks, one plain line now and then where a file or pipe does. */
import { progress as drawn } from '@clack/prompts'
import type { CliContext } from './context.ts'

export interface Progress {
  readonly at: (done: number, says: string) => void
  readonly stop: (says: string) => void
}

const plainEveryMs = 5_000
const drawnEveryMs = 100

export function startProgress(context: CliContext, total: number, title: string): Progress {
  const { clock, note } = context
  let told = clock.monotonic()
  if (!context.interactive) {
    note(title)
    return {
      at: (done, says) => {
        if (clock.monotonic() - told < plainEveryMs) return
        told = clock.monotonic()
        note(`${Math.floor((done / total) * 100)} % ${says}`)
      },
      stop: note,
    }
  }
  // clack draws on standard output by default; results go there, so the bar goes to the other one.
  const bar = drawn({ max: total, output: process.stderr })
  bar.start(title)
  let shown = 0
  return {
    at: (done, says) => {
      if (clock.monotonic() - told < drawnEveryMs) return
      told = clock.monotonic()
      bar.advance(done - shown, says)
      shown = done
    },
    stop: (says) => bar.stop(says),
  }
}
