/** What a command may touch: handed in by `main.ts`, replaced in tests. */
import type { Environment } from '../admin/weir-file.ts'
import type { ReadFile } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import type { Timers } from '../kernel/timers.ts'

export interface CliContext {
  /** Results: what a pipe should carry. One line without its end. */
  readonly out: (line: string) => void
  /** Progress, notices and errors. */
  readonly note: (line: string) => void
  readonly env: Environment
  readonly readFile: ReadFile
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** A person is looking at `note`'s end: progress may be drawn. */
  readonly interactive: boolean
  /** Weir's own version. */
  readonly version: string
}

/**
 * Exit codes, the same for every command. `differences`: the command did its work and found something that a script may
 * want to act on (`diff`: the file would change something; `doctor`: something needs attention).
 */
export const exit = { ok: 0, failed: 1, usage: 2, differences: 3, unreachable: 4, notPermitted: 5 } as const
export type ExitCode = (typeof exit)[keyof typeof exit]

export const exitCodesHelp = `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 differences or
findings, 4 server not reachable, 5 not permitted.`
