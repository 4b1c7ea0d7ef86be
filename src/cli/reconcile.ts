/** `weir reconcile`: a supplier's bill against the books, with every variance explained. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, wrapped } from './table.ts'

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
  readonly suppliersBooked?: readonly string[]
  readonly converted?: { readonly from: string; readonly billed: string }
  readonly variances: readonly { readonly kind: string; readonly note?: string }[]
}

interface Options extends ServerOptions {
  readonly supplier: string
  readonly alias?: readonly string[]
  readonly newSupplier?: boolean
  readonly json?: boolean
}

export function reconcileCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('reconcile').description('import a supplier’s bill and compare it with the books').argument('<file>', 'FOCUS CSV, Azure cost export CSV, OpenAI costs or usage JSON, a sandbox’s bill, another Weir’s usage'))
    .requiredOption('--supplier <name>', 'who sent it').option('--alias <theirs=ours...>', 'the bill’s name of a model or deployment, and ours').option('--new-supplier', 'the supplier is new, though another has nearly its name').option('--json', 'print JSON')
    .addHelpText('after', `
Exit code 3 where bill and books differ. Taxes, purchases, fees, credits and
corrections are shown as such. A bill in another currency than the books needs
the rates of its days: weir contracts rate. A supplier that nothing names yet,
and whose name is nearly a known one, is refused with that one; where it is new
all the same it needs --new-supplier, once.

Examples:
  weir reconcile november.csv --supplier azure
  weir reconcile focus.csv --supplier aws --alias NovaLite=nova-lite`)
    .action(async (file: string, options: Options) => finish(await reconcile(file, options, context)))
}

async function reconcile(file: string, options: Options, context: CliContext): Promise<ExitCode> {
  const pairs = (options.alias ?? []).map((text) => /^([^=]+)=(.+)$/.exec(text)?.slice(1) as [string, string] | undefined)
  const wrong = (options.alias ?? []).find((_, index) => pairs[index] === undefined)
  if (wrong !== undefined) {
    context.note(`--alias ${wrong}: expected THEIRS=OURS`)
    return exit.usage
  }
  const read = context.readFile(file)
  if ('failed' in read) {
    context.note(`${file}: ${read.failed}`)
    return exit.usage
  }
  const answer = await adminClient(context, options).send<{ readonly report: Report }>('POST', '/admin/v1/bills', { supplier: options.supplier, text: read.text, new_supplier: options.newSupplier === true, aliases: Object.fromEntries(pairs.filter((pair) => pair !== undefined)) })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  const { report } = answer
  if (options.json === true) context.out(JSON.stringify(report))
  else {
    for (const line of wrapped(`${report.from} to ${report.until}: billed ${grouped(report.billed)}, booked ${grouped(report.booked)}, difference ${grouped(report.difference)} ${report.currency}`)) context.out(line)
    if (report.converted !== undefined) context.out(`the bill: ${grouped(report.converted.billed)} ${report.converted.from}, at the rates of its days`)
    for (const [kind, amount] of Object.entries(report.byKind)) context.out(`  ${kind.padEnd(18)} ${grouped(amount).padStart(18)}`)
    context.out(`unexplained: ${grouped(report.unexplained)} ${report.currency}`)
    for (const { kind, note } of report.variances) if (note !== undefined) for (const line of wrapped(`${kind}: ${note}`)) context.out(line)
    const { suppliersBooked } = report
    if (suppliersBooked !== undefined) {
      context.out(`The books have no calls from ${options.supplier} in these days.`)
      if (suppliersBooked.length > 0) context.out(`They have calls from ${suppliersBooked.join(', ')}: if one of these\nsent the bill, import it again with --supplier and that name.`)
    }
    if (Object.keys(report.byKind).length > 0) context.out(`Each variance and the calls behind it:\n  weir bills show ${report.id}`)
  }
  return Number(report.difference) === 0 ? exit.ok : exit.differences
}
