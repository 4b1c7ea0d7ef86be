/** `weir backup` and `weir restore`: the database as files, and back. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Manifest } from '../backup.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped } from './table.ts'

interface Options {
  readonly database?: string
  readonly data?: string
  readonly json?: boolean
}

const withPlace = (command: Command): Command => command
  .option('--database <url>', 'postgres://… (WEIR_DATABASE_URL; default: embedded, in the data folder)')
  .option('--data <folder>', 'data folder (WEIR_DATA; default weir-data)')
  .option('--json', 'print the manifest as JSON')

export function backupCommands(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const placeOf = ({ database, data }: Options): { readonly database: string | undefined; readonly dataFolder: string } =>
    ({ database: database ?? context.env['WEIR_DATABASE_URL'], dataFolder: resolve(data ?? context.env['WEIR_DATA'] ?? 'weir-data') })
  const tell = (done: Manifest | { readonly failed: string }, json: boolean | undefined, verb: string): void => {
    if ('failed' in done) {
      context.note(done.failed)
      return finish(exit.failed)
    }
    const rows = done.tables.reduce((sum, table) => sum + table.rows, 0)
    context.out(json === true ? JSON.stringify(done) : `${verb}: ${grouped(rows)} rows of ${done.tables.length} tables, as of ${done.at}`)
    finish(exit.ok)
  }
  withPlace(program.command('backup').description('write the database to a folder, as of one instant').requiredOption('--to <folder>', 'a new or empty folder'))
    .addHelpText('after', `
On PostgreSQL nodes go on meanwhile; an embedded database's server has to be
stopped. Keep the master key apart: it is not in the backup, and without it
supplier secrets cannot be opened.

Example:
  weir backup --to /backups/2026-11-23 --database postgres://weir@db/weir`)
    .action(async (options: Options & { readonly to: string }) => {
      const { backUp } = await import('../backup.ts')
      tell(await backUp(placeOf(options), resolve(options.to), context.version).catch(asFailure), options.json, 'backed up')
    })
  withPlace(program.command('restore').description('fill an empty database from a backup').requiredOption('--from <folder>', 'what weir backup wrote'))
    .addHelpText('after', `
Start the nodes afterwards with the same master key and their own data folders:
they ship again what their journals have and the backup lacks.

Example:
  weir restore --from /backups/2026-11-23 --database postgres://weir@db/weir2`)
    .action(async (options: Options & { readonly from: string }) => {
      const { restore } = await import('../backup.ts')
      tell(await restore(placeOf(options), resolve(options.from)).catch(asFailure), options.json, 'restored')
    })
}

/** The database says in words what is wrong: in use, not reachable, too new. */
const asFailure = (cause: unknown): { readonly failed: string } => {
  if (cause instanceof Error) return { failed: cause.message }
  throw cause
}
