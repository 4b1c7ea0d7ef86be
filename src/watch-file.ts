/** Hot reload: weir.yaml is looked at each second and applied when it has changed and stands still. What is wrong with it is said, and nothing changes. */
import { statSync } from 'node:fs'
import { problemText } from './admin/weir-file.ts'
import type { NotApplied, ResourceBook } from './admin/resources.ts'
import type { Config, ConfigFile } from './config.ts'
import type { Stop, Timers } from './kernel/timers.ts'
import type { Log } from './log.ts'
import { waitingForRestart, type LiveSettings } from './settings.ts'

const everyMs = 1_000

/** Which file it is and how it stands; undefined while it is not there, as in the middle of being replaced. */
export function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.ino} ${stat.mtimeMs} ${stat.size}`
}

export const refusalText = (file: string, refused: NotApplied): string =>
  refused.status === 'invalid' ? refused.findings.map((finding) => `${file}: ${finding.path.join('.')}: ${finding.says}`).join('\n') : refused.says

export interface Watching {
  readonly file: ConfigFile
  /** How the file stood when it was read for the start. */
  readonly stamp: string | undefined
  /** As this node was started. */
  readonly config: Config
  readonly settings: LiveSettings
  /** Undefined on a gateway node: it takes what the installation consists of from the database. */
  readonly resources: ResourceBook | undefined
  readonly timers: Timers
  readonly log: Log
}

/** Resources and settings come in force; the few settings that wait for a restart are named. */
export function watchFile({ file, stamp, config, settings, resources, timers, log }: Watching): Stop {
  const { path } = file
  let seen = stamp
  /** Changed since the look before: whoever writes it may not be done. */
  let fresh: string | undefined
  let busy = false

  async function reload(): Promise<void> {
    const read = file.read()
    if ('problems' in read) return log.error(`${path} has changed and is not applied:\n${read.problems.map(problemText).join('\n')}`)
    const waiting = waitingForRestart(config, read)
    if (waiting.length > 0) log.warn(`${path} has changed: ${waiting.join(', ')} will be in force after a restart`)
    if (resources !== undefined && read.file !== undefined) {
      const done = await resources.apply(read.file.parsed.resources)
      if (done.status !== 'applied') return log.error(`${path} has changed and is not applied:\n${refusalText(path, done)}`)
      log.info(`${path} has changed: ${done.changes.length === 1 ? 'one change' : `${done.changes.length} changes`} applied, version ${done.version}`)
    }
    const { changed, refused } = await settings.change(read)
    if (changed.length > 0) log.info(`${path} has changed: in force now: ${changed.join(', ')}`)
    for (const says of refused) log.error(`${path} has changed: ${says}`)
  }

  return timers.every(everyMs, () => {
    const now = stampOf(path)
    if (busy || now === undefined || now === seen) return
    if (now !== fresh) {
      fresh = now
      return
    }
    seen = now
    busy = true
    void reload().catch((cause: unknown) => log.error(`${path} could not be applied`, cause)).finally(() => (busy = false))
  })
}
