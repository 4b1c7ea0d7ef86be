/** `weir invoices`: the monthly run, the list, one invoice in every form. */
import type { Command } from 'commander'
import { decimal, formatFixed, roundHalfEven } from '../kernel/decimal.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { invoiceChangeCommands } from './invoice-changes.ts'
import { grouped, table } from './table.ts'
import { writeAnswer } from './write-file.ts'

interface Summary {
  readonly id: string
  readonly kind: string
  readonly organization: string
  readonly month: string
  readonly status: string
  readonly number: string | null
  readonly currency: string
  readonly total: string
  readonly open: string
  readonly due_on: string | null
}

interface Closed {
  readonly month: string
  readonly issued: readonly { readonly organization: string; readonly number: string; readonly total: string; readonly currency: string }[]
  readonly already_issued: number
  readonly nothing_to_bill: readonly string[]
  readonly failed: readonly { readonly organization: string; readonly why: string }[]
  readonly suppliers: {
    readonly posted: readonly { readonly supplier: string; readonly currency: string; readonly amount: string }[]
    readonly unchanged: number
    readonly failed: readonly { readonly supplier: string; readonly why: string }[]
  }
}

interface Options extends ServerOptions {
  readonly json?: boolean
  readonly draft?: boolean
  readonly customer?: string
  readonly month?: string
  readonly status?: string
  readonly limit?: string
  readonly after?: string
  readonly format?: string
  readonly output?: string
}

export function invoicesCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const invoices = program.command('invoices').description('invoices and credit notes').addHelpText('after', `
Examples:
  weir invoices close 2026-11
  weir invoices list --customer acme --status issued
  weir invoices show INV-2026-000001 --format pdf --output invoice.pdf
  weir invoices chargeback INV-2026-000001
  weir invoices pay acme 1200.50 --id bank-77 --reference INV-2026-000001
  weir invoices re-rate acme 2026-11`)
  withServer(invoices.command('close').description('close a month: draft and issue, make suppliers’ months payable; again changes nothing').argument('<month>', 'such as 2026-11')).option('--draft', 'stop before issuing').option('--json', 'print JSON')
    .action(async (month: string, options: Options) => finish(await close(month, options, context)))
  withServer(invoices.command('list').description('invoices and credit notes, the latest month first')).option('--customer <name>', 'of one customer').option('--month <month>', 'of one month').option('--status <status>', 'draft, issued (what is still open of them), paid or void').option('--limit <count>', 'a page of so many').option('--after <id>', 'the page after that').option('--json', 'print JSON')
    .action(async (options: Options) => finish(await list(options, context)))
  withServer(invoices.command('show').description('one invoice').argument('<invoice>', 'its number or id')).option('--format <form>', 'json, html, csv, pdf or xml (EN 16931)', 'json').option('--output <file>', 'write it there')
    .action(async (id: string, options: Options) => finish(await show(id, options, context)))
  invoiceChangeCommands(invoices, context, finish)
}

async function close(month: string, options: Options, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).send<Closed>('POST', '/admin/v1/invoices/close', { month, draft_only: options.draft === true })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer))
  else {
    for (const line of answer.issued) context.out(`${line.number}  ${line.organization}  ${line.total} ${line.currency}`)
    context.out(`${answer.issued.length} issued, ${answer.already_issued} were issued before, ${answer.nothing_to_bill.length} without anything to bill`)
    for (const { supplier, amount, currency } of answer.suppliers.posted) context.out(`payable to ${supplier} under its contract: ${amount} ${currency}`)
    for (const failed of answer.failed) context.note(`${failed.organization}: ${failed.why}`)
    for (const failed of answer.suppliers.failed) context.note(`supplier ${failed.supplier}: ${failed.why}`)
  }
  return answer.failed.length + answer.suppliers.failed.length === 0 ? exit.ok : exit.failed
}

/** Still to be paid, in as many digits as the total. */
const openOf = ({ total, open }: Summary): string => grouped(formatFixed(roundHalfEven(decimal(open), total.split('.')[1]?.length ?? 0)))

/** What is still to be paid, where only that was asked for; else what the total was. A draft has no number yet and is named by its id. */
function listText(rows: readonly Summary[], unpaid: boolean): readonly string[] {
  return table([{ title: 'NUMBER', whole: true }, { title: 'CUSTOMER' }, { title: 'MONTH' }, { title: 'STATUS' }, { title: unpaid ? 'OPEN' : 'TOTAL', align: 'right' }, { title: '' }, { title: 'DUE' }],
    rows.map((row) => [row.number ?? row.id, row.organization, row.month, row.status, unpaid ? openOf(row) : grouped(row.total), row.currency, row.due_on ?? '']))
}

async function list(options: Options, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly Summary[]; readonly next: string | null }>('/admin/v1/invoices', { organization: options.customer, month: options.month, status: options.status, limit: options.limit, after: options.after })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  // A credit note makes its invoice's claim less, and is none itself.
  const unpaid = options.status === 'issued'
  const rows = answer.data.filter((row) => !unpaid || row.kind === 'invoice')
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else if (rows.length === 0 && answer.next === null) context.out([options.customer, options.month, options.status].every((one) => one === undefined) ? 'No invoices yet: weir invoices close MONTH makes them.' : 'No invoice is like that.')
  else for (const line of listText(rows, unpaid)) context.out(line)
  if (answer.next !== null) context.note(`there are more: add --after ${answer.next}`)
  return exit.ok
}

async function show(id: string, options: Options, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).bytes(`/admin/v1/invoices/${encodeURIComponent(id)}`, { format: options.format })
  if (!Buffer.isBuffer(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  writeAnswer(context, options.output, answer)
  return exit.ok
}
