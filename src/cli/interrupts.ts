/** Ctrl-C and its relatives. The first asks to stop, the second stops at once. SIGHUP means something else: reload. */
import process from 'node:process'
import type { CliContext } from './context.ts'

/** One key press may arrive twice: from the terminal and from the script or package manager in between. */
const samePressMs = 500

export interface Interrupts {
  /** Resolves with the first signal. */
  readonly first: Promise<string>
  readonly seen: () => boolean
  readonly release: () => void
}

const interruptedExit = 130

export function processInterrupts({ clock, note }: Pick<CliContext, 'clock' | 'note'>): Interrupts {
  let firstAt: number | undefined
  let resolve: (signal: string) => void = () => undefined
  const first = new Promise<string>((done) => { resolve = done })
  const listen = (signal: string) => (): void => {
    const now = clock.monotonic()
    if (firstAt === undefined) {
      firstAt = now
      resolve(signal)
    } else if (now - firstAt > samePressMs) {
      note('stopped at once')
      process.exit(interruptedExit)
    }
  }
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, listen(signal)] as const)
  for (const [signal, listener] of listeners) process.on(signal, listener)
  // Started through bin/weir.js on an older Node: when that process is gone, nobody would ever stop this one.
  const disconnected = listen('disconnect')
  if (process.channel !== undefined && process.channel !== null) {
    process.on('disconnect', disconnected)
    process.channel.unref()
  }
  return {
    first,
    seen: () => firstAt !== undefined,
    release: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener)
      process.off('disconnect', disconnected)
    },
  }
}
