/** Applies weir.yaml again when it changes or when asked to. Listen address and database are read at the start only. */
import { statSync } from 'node:fs'
import type { Stop, Timers } from '../kernel/timers.ts'
import { type ParsedFile, pathText, type Problem, problemText } from './weir-file.ts'
import type { ResourceBook } from './resources.ts'

export interface ReloadOptions {
  readonly file: { readonly path: string; readonly parsed: ParsedFile; readonly read: () => ParsedFile | readonly Problem[] }
  readonly resources: ResourceBook
  readonly timers: Timers
  /** What was done or what is wrong, for the log. A wrong file changes nothing. */
  readonly told: (outcome: 'applied' | 'refused', says: string) => void
  readonly failed: (cause: unknown) => void
}

export interface Reload {
  readonly now: () => Promise<void>
  readonly stop: Stop
}

const pollMs = 1_000

/** What of the settings cannot change while a node runs. */
const fixed = ['listen', 'data', 'database', 'role', 'journal', 'drainMs', 'staleAfterMs', 'bodyLimitBytes', 'log', 'otlp'] as const

export function watchWeirFile({ file, resources, timers, told, failed }: ReloadOptions): Reload {
  let seen = stampOf(file.path)
  let running: Promise<void> | undefined
  const once = async (): Promise<void> => {
    const parsed = file.read()
    if (isProblemList(parsed)) return told('refused', parsed.map(problemText).join('\n'))
    const done = await resources.apply(parsed.resources)
    if (done.status === 'invalid') {
      const problems = done.findings.map((finding) => problemText({ file: parsed.file, line: undefined, column: undefined, ...parsed.locate(finding.path), path: pathText(finding.path), says: finding.says }))
      return told('refused', problems.join('\n'))
    }
    if (done.status !== 'applied') return told('refused', done.says)
    const ignored = fixed.filter((name) => JSON.stringify(parsed.settings[name]) !== JSON.stringify(file.parsed.settings[name]))
    told('applied', `${done.changes.length} changes, version ${done.version}${ignored.length === 0 ? '' : `; takes effect at the next start: ${ignored.join(', ')}`}`)
  }
  const now = (): Promise<void> => {
    running ??= once().catch(failed).finally(() => { running = undefined })
    return running
  }
  const stop = timers.every(pollMs, () => {
    const stamp = stampOf(file.path)
    // A file that is being replaced may be absent for a moment; its disappearance changes nothing.
    if (stamp === undefined || stamp === seen) return
    seen = stamp
    void now()
  })
  return { now, stop }
}

const isProblemList = (value: ParsedFile | readonly Problem[]): value is readonly Problem[] => Array.isArray(value)

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}
