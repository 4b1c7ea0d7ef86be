/** Hot reload: weir.yaml is looked at each second and applied when it has changed. What is wrong with it is said, and nothing changes. */
import { statSync } from 'node:fs'
import { problemText } from './admin/weir-file.ts'
import type { NotApplied, ResourceBook } from './admin/resources.ts'
import { isProblems, type ConfigFile } from './config.ts'
import type { Stop, Timers } from './kernel/timers.ts'
import type { Log } from './log.ts'

const everyMs = 1_000

/** Which file it is and how it stands; undefined while it is not there, as in the middle of being replaced. */
function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.ino} ${stat.mtimeMs} ${stat.size}`
}

export const refusalText = (file: string, refused: NotApplied): string =>
  refused.status === 'invalid' ? refused.findings.map((finding) => `${file}: ${finding.path.join('.')}: ${finding.says}`).join('\n') : refused.says

/** Names of the settings that are not what they were. */
export const changedSettings = (before: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]))

/** Settings of the node itself need a restart, and which of them changed is said; resources do not. */
export function watchFile(file: ConfigFile, resources: ResourceBook, timers: Timers, log: Log): Stop {
  let seen = stampOf(file.path)
  let busy = false
  let { settings } = file.parsed

  async function reload(): Promise<void> {
    const read = file.read()
    if (isProblems(read)) return log.error(`${file.path} has changed and is not applied:\n${read.map(problemText).join('\n')}`)
    const restart = changedSettings(settings, read.settings)
    settings = read.settings
    if (restart.length > 0) log.warn(`${file.path} has changed: ${restart.join(', ')} will be in force after a restart`)
    const done = await resources.apply(read.resources)
    if (done.status !== 'applied') return log.error(`${file.path} has changed and is not applied:\n${refusalText(file.path, done)}`)
    log.info(`${file.path} has changed: ${done.changes.length === 1 ? 'one change' : `${done.changes.length} changes`} applied, version ${done.version}`)
  }

  return timers.every(everyMs, () => {
    const now = stampOf(file.path)
    if (busy || now === undefined || now === seen) return
    seen = now
    busy = true
    void reload().catch((cause: unknown) => log.error(`${file.path} could not be applied`, cause)).finally(() => (busy = false))
  })
}
