/** The `weir` command: one file per command beside this one. */
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { Command, CommanderError } from 'commander'
import { processEnvironment, type ReadFile } from '../config.ts'
import { CannotStart } from '../kernel/cannot-start.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { applyCommands } from './apply.ts'
import { backupCommands } from './backup.ts'
import { billsCommand } from './bills.ts'
import { casesCommand } from './cases.ts'
import { contentCommand } from './content.ts'
import { contractsCommand } from './contracts.ts'
import { type CliContext, exit, type ExitCode, exitCodesHelp } from './context.ts'
import { datasetCommand } from './dataset.ts'
import { demoCommand } from './demo.ts'
import { divertCommand } from './divert.ts'
import { drillCommand } from './drill.ts'
import { focusCommand } from './focus.ts'
import { holdsCommand } from './holds.ts'
import { noticesCommand } from './notices.ts'
import { referralsCommand } from './referrals.ts'
import { webhooksCommand } from './webhooks.ts'
import { doctorCommand } from './doctor.ts'
import { invoicesCommand } from './invoices.ts'
import { keysCommand } from './keys.ts'
import { ledgerCommand } from './ledger.ts'
import { logCommand } from './log.ts'
import { modelCommand } from './model.ts'
import { nodesCommand } from './nodes.ts'
import { outlookCommand } from './outlook.ts'
import { pricesCommand } from './prices.ts'
import { quarantineCommand } from './quarantine.ts'
import { reconcileCommand } from './reconcile.ts'
import { receiptCommand } from './receipt.ts'
import { replayCommand } from './replay-command.ts'
import { secretsCommand } from './secrets.ts'
import { serveCommand } from './serve.ts'
import { signalsCommand } from './signals.ts'
import { spendCommand } from './spend.ts'
import { statementsCommand } from './statements.ts'
import { termsCommand } from './terms.ts'
import { usageCommand } from './usage.ts'
import { usersCommand } from './users.ts'
import { verifyCommand } from './verify.ts'
import { witnessCommand } from './witness.ts'

const readFile: ReadFile = (path) => {
  if (!existsSync(path)) return { failed: 'no such file' }
  try {
    return { text: readFileSync(path, 'utf8') }
  } catch (cause) {
    // A folder, or a file without permission.
    return { failed: cause instanceof Error ? cause.message : String(cause) }
  }
}

function systemContext(): CliContext {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    env: processEnvironment(),
    readFile,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    interactive: process.stderr.isTTY === true,
    version: manifest.version,
  }
}

const fileFaults: Readonly<Record<string, string>> = { ENOENT: 'no such file or folder', EISDIR: 'a folder, and a file is wanted', ENOTDIR: 'a part of the path is no folder', EACCES: 'may not be read or written by this user', EPERM: 'may not be read or written by this user', EROFS: 'on a file system that cannot be written', ENOSPC: 'no room is left there' }

/** What is wrong with a file that a command was told to read or write; undefined: it is something else. */
function fileFault(cause: unknown): string | undefined {
  const { code = '', path } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : {}
  const says = fileFaults[code]
  return says === undefined || path === undefined ? undefined : `${path}: ${says}`
}

/** Runs one command line and answers its exit code. Only what no command expects is thrown. */
export async function run(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let code: ExitCode = exit.ok
  const finish = (given: ExitCode): void => { code = given }
  const program = new Command('weir')
    .description('The gate and the book between those who buy AI models, those who sell them\nand those who make them.')
    .version(context.version, '-v, --version')
    .enablePositionalOptions()
    .addHelpText('after', exitCodesHelp)
    .showHelpAfterError('(add --help for what it takes)')
    // Commander leaves descriptions unwrapped beside long terms otherwise.
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({ writeOut: (text) => context.out(text.replace(/\n$/, '')), writeErr: (text) => context.note(text.replace(/\n$/, '')), getOutHelpWidth: () => 80, getErrHelpWidth: () => 80 })
    .exitOverride()
  serveCommand(program, context, finish)
  applyCommands(program, context, finish)
  keysCommand(program, context, finish)
  pricesCommand(program, context, finish)
  usageCommand(program, context, finish)
  replayCommand(program, context, finish)
  doctorCommand(program, context, finish)
  quarantineCommand(program, context, finish)
  nodesCommand(program, context, finish)
  ledgerCommand(program, context, finish)
  contractsCommand(program, context, finish)
  invoicesCommand(program, context, finish)
  statementsCommand(program, context, finish)
  spendCommand(program, context, finish)
  reconcileCommand(program, context, finish)
  billsCommand(program, context, finish)
  focusCommand(program, context, finish)
  outlookCommand(program, context, finish)
  divertCommand(program, context, finish)
  termsCommand(program, context, finish)
  receiptCommand(program, context, finish)
  verifyCommand(program, context, finish)
  logCommand(program, context, finish)
  witnessCommand(program, context, finish)
  datasetCommand(program, context, finish)
  modelCommand(program, context, finish)
  contentCommand(program, context, finish)
  casesCommand(program, context, finish)
  signalsCommand(program, context, finish)
  referralsCommand(program, context, finish)
  noticesCommand(program, context, finish)
  holdsCommand(program, context, finish)
  drillCommand(program, context, finish)
  webhooksCommand(program, context, finish)
  secretsCommand(program, context, finish)
  usersCommand(program, context, finish)
  backupCommands(program, context, finish)
  demoCommand(program, context, finish)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (cause) {
    // Commander throws for --help and --version (exit code 0) and for every wrong usage.
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? exit.ok : exit.usage
    const file = fileFault(cause)
    if (file !== undefined) {
      context.note(file)
      return exit.usage
    }
    throw cause
  }
  return code
}

export async function main(args: readonly string[]): Promise<void> {
  const context = systemContext()
  // A reader such as `head` has had enough: that is no failure.
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE') throw cause
    process.exit(exit.ok)
  })
  try {
    process.exitCode = await run(args, context)
  } catch (cause) {
    // The last resort: what no command expected. `CannotStart` carries a message for a person, all else is a defect.
    const known = cause instanceof CannotStart
    context.note(known ? cause.message : cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    process.exit(exit.failed)
  }
}
