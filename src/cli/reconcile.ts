/** `weir reconcile`: a supplier's bill against the books, with every variance explained. `weir focus`: exports in FOCUS form. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { writeAnswer } from './write-file.ts'

interface Report {
  readonly id: string
  readonly currency: string
  readonly from: string
  readonly until: string
  readonly billed: string
  readonly booked: string
  readonly difference: string
  readonly unexplained: string
  readonly byKind: Readonly<Record<string, string>>
}

interface Options extends ServerOptions {
  readonly supplier: string
  readonly json?: boolean
}

interface FocusOptions extends ServerOptions {
  readonly month?: string
  readonly focusVersion?: string
  readonly format?: string
  readonly output?: string
}

export function reconcileCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('reconcile').description('import a supplier’s bill and compare it with the books').argument('<file>', 'FOCUS CSV, Azure cost export CSV, OpenAI costs or usage JSON, a sandbox’s bill, another Weir’s usage'))
    .requiredOption('--supplier <name>', 'who sent it').option('--json', 'print JSON')
    .addHelpText('after', `
Exit code 3 where bill and books differ.

Example:
  weir reconcile november.csv --supplier azure`)
    .action(async (file: string, options: Options) => finish(await reconcile(file, options, context)))
}

async function reconcile(file: string, options: Options, context: CliContext): Promise<ExitCode> {
  const read = context.readFile(file)
  if ('failed' in read) {
    context.note(`${file}: ${read.failed}`)
    return exit.usage
  }
  const answer = await adminClient(context, options).send<{ readonly report: Report }>('POST', '/admin/v1/bills', { supplier: options.supplier, text: read.text })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  const { report } = answer
  if (options.json === true) context.out(JSON.stringify(report))
  else {
    context.out(`${report.from} to ${report.until}: billed ${report.billed}, booked ${report.booked}, difference ${report.difference} ${report.currency}`)
    for (const [kind, amount] of Object.entries(report.byKind)) context.out(`  ${kind.padEnd(18)} ${amount.padStart(18)}`)
    context.out(`unexplained: ${report.unexplained} ${report.currency}`)
  }
  return Number(report.difference) === 0 ? exit.ok : exit.differences
}

export function focusCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('focus').description('export in FOCUS form').argument('<dataset>', 'cost-and-usage, invoice-detail, billing-period or contract-commitment'))
    .option('--month <month>', 'such as 2026-11 (default: this one)').option('--focus-version <version>', '1.2 or 1.4', '1.4').option('--format <form>', 'csv or parquet', 'csv').option('--output <file>', 'write it there')
    .addHelpText('after', `
Example:
  weir focus cost-and-usage --month 2026-11 --output november.csv`)
    .action(async (dataset: string, options: FocusOptions) => finish(await focus(dataset, options, context)))
}

async function focus(dataset: string, options: FocusOptions, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).bytes(`/admin/v1/focus/${encodeURIComponent(dataset)}`, { month: options.month, version: options.focusVersion, format: options.format })
  if (!Buffer.isBuffer(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  writeAnswer(context, options.output, answer)
  return exit.ok
}
