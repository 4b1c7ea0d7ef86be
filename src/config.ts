/**
 * Flags, environment and weir.yaml → one frozen value. The only reader of `process.env`. Where several say the same
 * thing, a flag wins over the environment, and the environment over the file.
 */
import { resolve } from 'node:path'
import type { SignInSettings } from './admin/people/settings.ts'
import type { Environment, ParsedFile, Problem } from './admin/weir-file.ts'
import { parseWeirFile } from './admin/weir-file.ts'
import type { WeirFile } from './admin/weir-file-schema.ts'

/** What `weir serve` takes on the command line, as text; names as in `--drain-ms`. */
export interface Flags {
  readonly host?: string
  readonly port?: string
  readonly data?: string
  readonly database?: string
  readonly role?: string
  readonly config?: string
  readonly durability?: string
  readonly drainMs?: string
  readonly staleAfterMs?: string
  readonly bodyLimitBytes?: string
  readonly logLevel?: string
  readonly otlpEndpoint?: string
}

/** What a changed weir.yaml changes while the node runs: settings.ts says what is in force. */
export interface Settings {
  readonly durability: 'process' | 'power'
  /** How long open calls may run on after a stop was asked for. */
  readonly drainMs: number
  /** A node that has not confirmed its snapshot for so long admits nothing. */
  readonly staleAfterMs: number
  readonly bodyLimitBytes: number
  readonly logLevel: LogLevel
  /** Who cosigns the logs: where to ask, and the verifier key. */
  readonly witnesses: readonly { readonly url: string; readonly key: string }[]
  /** Hosts that webhooks may reach although their addresses are private. */
  readonly privateHosts: readonly string[]
  readonly otlpEndpoint: string | undefined
  /** How people sign in to the console. */
  readonly signIn: SignInSettings | undefined
}

export interface Config extends Settings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Absolute. Holds the embedded database, the journal, the master key and the CLI's token. */
  readonly dataFolder: string
  /** `postgres://…`; undefined: the embedded database in the data folder. */
  readonly database: string | undefined
  /** `all` serves calls and runs posting, jobs and the admin API; `gateway` and `control` do one of the two. */
  readonly role: 'all' | 'gateway' | 'control'
  /** WEIR_MASTER_KEY; undefined: the file `master-key` in the data folder, made on creation. */
  readonly masterKey: string | undefined
  /** The declared resources, if `--config` names a file. */
  readonly file: ConfigFile | undefined
}

export interface ConfigFile {
  readonly path: string
  readonly parsed: ParsedFile
  /** All of the configuration again, for a reload: flags and environment are as they were, the file as it is. */
  readonly read: () => Config | ConfigErrors
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface ConfigErrors {
  readonly problems: readonly Problem[]
}

/** Returns the file's text, or a sentence why it cannot be read. */
export type ReadFile = (path: string) => { readonly text: string } | { readonly failed: string }

export interface ConfigSources {
  readonly flags: Flags
  readonly env: Environment
  readonly readFile: ReadFile
}

const defaults = { host: '127.0.0.1', port: 8080, data: 'weir-data', drainMs: 30_000, staleAfterMs: 10_000, bodyLimitBytes: 64 * 1024 * 1024 }

/** Every problem of all three sources at once; a Config where there is none. */
export function readConfig(sources: ConfigSources): Config | ConfigErrors {
  const { flags, env } = sources
  const file = flags.config ?? env.WEIR_CONFIG
  const parsed = file === undefined ? undefined : readWeirFile(file, sources)
  const problems: Problem[] = parsed !== undefined && isProblems(parsed) ? [...parsed] : []
  const settings = parsed === undefined || isProblems(parsed) ? {} : parsed.settings
  const config = combine(flags, env, settings, problems)
  if (problems.length > 0) return { problems }
  const read = (): Config | ConfigErrors => readConfig(sources)
  return Object.freeze({ ...config, file: file === undefined || parsed === undefined || isProblems(parsed) ? undefined : { path: resolve(file), parsed, read } })
}

function readWeirFile(file: string, { env, readFile }: ConfigSources): ParsedFile | readonly Problem[] {
  const content = readFile(resolve(file))
  if ('failed' in content) return [{ file, line: undefined, column: undefined, path: '', says: content.failed }]
  return parseWeirFile(content.text, file, env)
}

export const isProblems = (value: ParsedFile | readonly Problem[]): value is readonly Problem[] => Array.isArray(value)

function combine(flags: Flags, env: Environment, settings: Partial<WeirFile>, problems: Problem[]): Omit<Config, 'file'> {
  const pick = (flag: keyof Flags, variable: string): { readonly text: string; readonly from: string } | undefined => {
    const dashed = `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const given = flags[flag]
    if (given !== undefined) return { text: given, from: dashed }
    const set = env[variable]
    return set === undefined || set === '' ? undefined : { text: set, from: variable }
  }
  const refuse = (from: string, says: string): undefined => void problems.push({ file: from, line: undefined, column: undefined, path: '', says })
  const text = (flag: keyof Flags, variable: string): string | undefined => pick(flag, variable)?.text
  const whole = (flag: keyof Flags, variable: string, what: string, most = Number.MAX_SAFE_INTEGER): number | undefined => {
    const given = pick(flag, variable)
    if (given === undefined) return undefined
    const value = /^\d+$/.test(given.text) ? Number(given.text) : Number.NaN
    return value <= most ? value : refuse(given.from, `expected ${what}`)
  }
  const choice = <T extends string>(flag: keyof Flags, variable: string, choices: readonly T[]): T | undefined => {
    const given = pick(flag, variable)
    if (given === undefined) return undefined
    return choices.find((one) => one === given.text) ?? refuse(given.from, `expected ${choices.join(' or ')}`)
  }
  const database = pick('database', 'WEIR_DATABASE_URL')
  if (database !== undefined && !/^postgres(ql)?:\/\//.test(database.text)) refuse(database.from, 'expected a URL such as postgres://user:password@host:5432/weir')
  return {
    host: text('host', 'WEIR_HOST') ?? settings.listen?.host ?? defaults.host,
    port: whole('port', 'WEIR_PORT', 'a port: a whole number from 0 to 65535', 65_535) ?? settings.listen?.port ?? defaults.port,
    dataFolder: resolve(text('data', 'WEIR_DATA') ?? settings.data ?? defaults.data),
    database: database?.text ?? settings.database,
    role: choice('role', 'WEIR_ROLE', ['all', 'gateway', 'control']) ?? settings.role ?? 'all',
    durability: choice('durability', 'WEIR_DURABILITY', ['process', 'power']) ?? settings.journal?.durability ?? 'process',
    drainMs: whole('drainMs', 'WEIR_DRAIN_MS', 'milliseconds: a whole number') ?? settings.drainMs ?? defaults.drainMs,
    staleAfterMs: whole('staleAfterMs', 'WEIR_STALE_AFTER_MS', 'milliseconds: a whole number') ?? settings.staleAfterMs ?? defaults.staleAfterMs,
    bodyLimitBytes: whole('bodyLimitBytes', 'WEIR_BODY_LIMIT_BYTES', 'bytes: a whole number') ?? settings.bodyLimitBytes ?? defaults.bodyLimitBytes,
    masterKey: env.WEIR_MASTER_KEY === '' ? undefined : env.WEIR_MASTER_KEY,
    logLevel: choice('logLevel', 'WEIR_LOG_LEVEL', logLevels) ?? settings.log?.level ?? 'info',
    witnesses: settings.witnesses ?? [],
    privateHosts: settings.webhooks?.privateHosts ?? [],
    otlpEndpoint: text('otlpEndpoint', 'OTEL_EXPORTER_OTLP_ENDPOINT') ?? settings.otlp?.endpoint,
    signIn: settings.signIn,
  }
}

/** The environment of this process. Only `bin` and `main` ask for it; all else is handed what it needs. */
export const processEnvironment = (): Environment => process.env

/** What a command that speaks to a running server takes from the environment. */
export const clientSettings = (env: Environment): { readonly url: string | undefined; readonly token: string | undefined } =>
  ({ url: env.WEIR_URL === '' ? undefined : env.WEIR_URL, token: env.WEIR_TOKEN === '' ? undefined : env.WEIR_TOKEN })
