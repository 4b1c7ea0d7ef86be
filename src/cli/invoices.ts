/** `weir invoices`: the monthly run, the list, one invoice in every form. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { invoiceChangeCommands } from './invoice-changes.ts'
import { table } from './table.ts'
import { writeAnswer } from './write-file.ts'

interface Summary {
  readonly id: string
  readonly organization: string
  readonly month: string
  readonly status: string
  readonly number: string | null
  readonly currency: string
  readonly total: string
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
  readonly format?: string
  readonly output?: string
}

export function invoicesCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const invoices = program.command('invoices').description('invoices and credit notes').addHelpText('after', `
Examples:
  weir invoices close 2026-11
  weir invoices list
  weir invoices show inv_acme_2026-11_1 --format pdf --output invoice.pdf
  weir invoices chargeback inv_acme_2026-11_1
  weir invoices pay acme 1200.50 --id bank-77 --reference INV-2026-000001
  weir invoices re-rate acme 2026-11`)
  withServer(invoices.command('close').description('close a month: draft and issue, make suppliers’ months payable; again changes nothing').argument('<month>', 'such as 2026-11')).option('--draft', 'stop before issuing').option('--json', 'print JSON')
    .action(async (month: string, options: Options) => finish(await close(month, options, context)))
  withServer(invoices.command('list').description('all invoices, the latest month first')).option('--json', 'print JSON')
    .action(async (options: Options) => finish(await list(options, context)))
  withServer(invoices.command('show').description('one invoice').argument('<id>')).option('--format <form>', 'json, html, csv, pdf or xml (EN 16931)', 'json').option('--output <file>', 'write it there')
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

async function list(options: Options, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly Summary[] }>('/admin/v1/invoices')
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else if (answer.data.length === 0) context.out('No invoices yet: weir invoices close MONTH makes them.')
  else for (const line of table([{ title: 'NUMBER' }, { title: 'CUSTOMER' }, { title: 'MONTH' }, { title: 'STATUS' }, { title: 'TOTAL', align: 'right' }, { title: '' }, { title: 'DUE' }],
    answer.data.map((row) => [row.number ?? 'draft', row.organization, row.month, row.status, row.total, row.currency, row.due_on ?? '']))) context.out(line)
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
