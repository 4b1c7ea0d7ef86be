/** `weir reconcile`: a supplier's bill against the books, with every variance explained. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

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
