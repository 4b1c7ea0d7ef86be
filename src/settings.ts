/**
 * The node's settings as they are now. Whoever reads one asks at use; what has to be told (a log, a journal, an exporter)
 * follows it. So a changed weir.yaml needs no restart but for where the node listens and where its data lies.
 */
import type { Config, Settings } from './config.ts'

/** Takes a changed setting. A sentence says why it cannot: the setting then stays as it was. */
export type Follow<Name extends keyof Settings> = (value: Settings[Name]) => string | undefined | Promise<string | undefined>

export interface LiveSettings {
  readonly now: () => Settings
  readonly follow: <Name extends keyof Settings>(name: Name, take: Follow<Name>) => void
  /** Puts in force what differs. Names are those of weir.yaml. */
  readonly change: (to: Settings) => Promise<{ readonly changed: readonly string[]; readonly refused: readonly string[] }>
}

/** Each setting as weir.yaml names it. */
const named: Readonly<Record<keyof Settings, string>> = {
  durability: 'journal.durability', drainMs: 'drainMs', staleAfterMs: 'staleAfterMs', bodyLimitBytes: 'bodyLimitBytes', logLevel: 'log.level',
  witnesses: 'witnesses', privateHosts: 'webhooks.privateHosts', otlpEndpoint: 'otlp.endpoint', signIn: 'signIn',
}

const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other)

export function liveSettings(first: Settings): LiveSettings {
  let now = first
  const followers = new Map<keyof Settings, Follow<keyof Settings>>()
  return {
    now: () => now,
    follow: (name, take) => void followers.set(name, take as Follow<keyof Settings>),
    change: async (to) => {
      const changed: string[] = []
      const refused: string[] = []
      for (const name of Object.keys(named) as (keyof Settings)[]) {
        if (!differs(now[name], to[name])) continue
        const why = await followers.get(name)?.(to[name])
        if (why === undefined) {
          now = { ...now, [name]: to[name] }
          changed.push(named[name])
        } else refused.push(`${named[name]} stays as it was: ${why}`)
      }
      return { changed, refused }
    },
  }
}

/** Where a node listens, where its data lies and what it is: names of those that are not as they run. */
export function waitingForRestart(running: Config, declared: Config): readonly string[] {
  const fixed = (config: Config): Readonly<Record<string, unknown>> =>
    ({ listen: [config.host, config.port], data: config.dataFolder, database: config.database, role: config.role })
  const before = fixed(running)
  return Object.entries(fixed(declared)).filter(([name, value]) => differs(value, before[name])).map(([name]) => name)
}
