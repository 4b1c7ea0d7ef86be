/** `weir serve`: runs the process until it is told to stop, then drains. */
import type { Command } from 'commander'
import { processInterrupts } from './interrupts.ts'
import type { CliContext, ExitCode } from './context.ts'
import { exit } from './context.ts'
import { printProblems } from './problems.ts'
import { CannotStart } from '../kernel/cannot-start.ts'
import { type Flags, readConfig } from '../config.ts'

/** What `start` of main.ts answers. */
interface Started {
  readonly url: string
  readonly dataFolder?: string
  readonly firstStart?: { readonly adminToken: string; readonly key: string | undefined } | undefined
  /** Secrets that Weir made for declared keys without one. */
  readonly made?: readonly { readonly key: string; readonly secret: string }[]
  /** Where the command line's own token lies. */
  readonly cliToken?: string | undefined
  /** Stops accepting, ends or cuts open calls by the deadline, settles, ships, closes. */
  readonly drain: () => Promise<void>
}

export function serveCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program.command('serve')
    .description('run the gateway, the ledger, the admin API and the console')
    .option('--port <port>', 'port to listen on, 0 for any free one (WEIR_PORT; default 8080)')
    .option('--host <host>', 'address to listen on (WEIR_HOST; default 127.0.0.1)')
    .option('--data <folder>', 'data folder (WEIR_DATA; default weir-data)')
    .option('--config <file>', 'weir.yaml with resources and settings (WEIR_CONFIG)')
    .option('--database <url>', 'postgres://… (WEIR_DATABASE_URL; default: embedded, in the data folder)')
    .option('--role <role>', 'all, gateway or control (WEIR_ROLE; default all)')
    .option('--durability <kind>', 'process: journal survives a kill; power: also a power cut (WEIR_DURABILITY)')
    .option('--drain-ms <ms>', 'how long open calls may run on when stopping (WEIR_DRAIN_MS; default 30000)')
    .option('--stale-after-ms <ms>', 'admit nothing when the database was silent so long (WEIR_STALE_AFTER_MS; default 10000)')
    .option('--body-limit-bytes <bytes>', 'largest request body (WEIR_BODY_LIMIT_BYTES; default 67108864)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (WEIR_LOG_LEVEL; default info)')
    .option('--otlp-endpoint <url>', 'where spans and metrics go (OTEL_EXPORTER_OTLP_ENDPOINT)')
    .option('--json', 'print what was started as one JSON object')
    .addHelpText('after', `
Examples:
  weir serve
  weir serve --port 9090 --data /var/lib/weir
  weir serve --config weir.yaml --database postgres://weir@db/weir`)
    .action(async (options: Flags & { readonly json?: boolean }) => finish(await serve(options, context)))
}

async function serve(options: Flags & { readonly json?: boolean }, context: CliContext): Promise<ExitCode> {
  const { json, ...flags } = options
  const config = readConfig({ flags, env: context.env, readFile: context.readFile })
  if ('problems' in config) {
    printProblems(config.problems, context.note)
    return exit.usage
  }
  if (config.database === undefined) context.note(`opening the database in ${config.dataFolder}; a new one takes some seconds`)
  const { start } = await import('../main.ts')
  const interrupts = processInterrupts(context)
  let secrets: Pick<Started, 'firstStart' | 'made'> = {}
  const running: Started | { readonly failed: string } = await start(config, (given) => { secrets = given }).catch((cause: unknown) => ({ failed: startFailure(cause, config.port) }))
  if ('failed' in running) {
    const lines = secretLines(secrets)
    if (json === true && lines.length > 0) context.out(JSON.stringify({ failed: running.failed, data: config.dataFolder, first_start: secrets.firstStart ?? null, made: secrets.made ?? [] }))
    else for (const line of lines) context.out(line)
    // What was opened before the failure would keep the process alive and deaf to signals: the entry point ends it.
    throw new CannotStart(running.failed)
  }
  if (json === true) context.out(JSON.stringify({ url: running.url, data: config.dataFolder, first_start: running.firstStart ?? null, made: running.made ?? [] }))
  else for (const line of banner(running, config.dataFolder)) context.out(line)
  await interrupts.first
  context.note('stopping: open calls may finish; press Ctrl-C again to stop at once')
  await running.drain()
  context.note('stopped')
  return exit.ok
}

/** In words where a person can do something about it; anything else is a defect and goes on. */
function startFailure(cause: unknown, port: number): string {
  if (!(cause instanceof Error)) throw cause
  if (cause instanceof CannotStart) return cause.message
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE': return `port ${port} is in use: stop what listens there, or choose another with --port`
    case 'EACCES': return `not allowed to listen on port ${port} or to use the data folder: ${cause.message}`
    default: throw cause
  }
}

/** What was made and is told once. Where the start failed after it, this is its only chance. */
function secretLines({ firstStart, made = [] }: Pick<Started, 'firstStart' | 'made'>): readonly string[] {
  const lines = firstStart === undefined ? [] : [`  admin token  ${firstStart.adminToken}`]
  if (firstStart?.key !== undefined) lines.push(`  first key    ${firstStart.key} (unlimited, on the sandbox)`)
  for (const { key, secret } of made) lines.push(`  key          ${key}  ${secret}`)
  return lines.length === 0 ? [] : [...lines, 'Tokens and keys are shown this once: keep them.']
}

/** What a person needs to begin. Secrets stand here once and nowhere else. */
export function banner(running: Started, dataFolder: string): readonly string[] {
  const { url, firstStart } = running
  const lines = [`Weir listens on ${url}`, `  data         ${dataFolder}`]
  if (running.cliToken !== undefined) lines.push(`  CLI token    ${running.cliToken} (mode 0600), so that weir works on this machine`)
  lines.push(...secretLines(running))
  if (firstStart?.key !== undefined) {
    lines.push('Try it:', `curl ${url}/v1/chat/completions -H "Authorization: Bearer ${firstStart.key}" -H "Content-Type: application/json" -d '{"model":"gpt-4.1-mini","messages":[{"role":"user","content":"Hello"}]}'`)
  }
  return lines
}
