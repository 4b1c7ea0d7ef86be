/** `weir invoices …`: what happens to an invoice after it was issued, and what is learnt late. */
import type { Command } from 'commander'
import { dayOf } from '../ledger/contracts/calendar.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { moneyBackCommands } from './money-back.ts'
import { grouped, table, wrapped } from './table.ts'

type Finish = (code: ExitCode) => void

interface Json extends ServerOptions { readonly json?: boolean }
interface PayOptions extends Json { readonly id: string; readonly currency: string; readonly reference: string; readonly on?: string }
interface MatchOptions extends Json { readonly customer?: string; readonly payment?: string; readonly invoice?: string }
interface MatchedLater {
  readonly matched: readonly { readonly payment: string; readonly number: string; readonly amount: string }[]
  readonly left: readonly { readonly payment: string; readonly organization: string; readonly currency: string; readonly amount: string }[]
}
interface CreditOptions extends Json { readonly id: string; readonly for: string; readonly reason: string }
interface ReRateOptions extends Json { readonly apply?: string }

interface Summary { readonly number: string | null; readonly status: string; readonly total: string; readonly currency: string }
interface Part { readonly cost_centre: string | null; readonly usage: string; readonly provisioned: string; readonly shared: string; readonly total: string }
interface Preview {
  readonly organization: string; readonly month: string; readonly currency: string; readonly total: string; readonly token: string
  readonly from: { readonly contract: string; readonly version: number }; readonly to: { readonly contract: string; readonly version: number }
  readonly lines: readonly { readonly rule: string; readonly model: string | null; readonly meter: string | null; readonly quantity: string; readonly payable: string }[]
}
interface Exposure {
  readonly organization: string; readonly currency: string; readonly unbilled: string | null; readonly unpaid: string | null; readonly committed: string; readonly total: string | null; readonly credit_limit: string | null; readonly over: boolean | null
  readonly currencies: readonly { readonly currency: string; readonly unbilled: string; readonly unpaid: string; readonly unapplied: string }[]; readonly missing_rates: readonly string[]
}

const path = encodeURIComponent

/** Adds the subcommands to `weir invoices`. */
export function invoiceChangeCommands(invoices: Command, context: CliContext, finish: Finish): void {
  withServer(invoices.command('pay').description('record a payment and match it: the invoice it names, then the oldest').argument('<customer>').argument('<amount>', 'such as 1200.50'))
    .requiredOption('--id <id>', 'of the payment at your bank; the same again is the same payment').option('--currency <code>', 'its currency', 'USD').requiredOption('--reference <text>', 'what the payer wrote')
    .option('--on <day>', 'day it came in (default: today)').option('--json', 'print JSON')
    .action(async (customer: string, amount: string, options: PayOptions) => finish(await pay(customer, amount, options, context)))
  withServer(invoices.command('match').description('match what payments have left over')).option('--customer <name>', 'of one customer').option('--payment <id>', 'one payment').option('--invoice <number>', 'with this invoice alone').option('--json', 'print JSON')
    .addHelpText('after', `
With invoices that were issued since: those that the reference names first,
then the oldest due.

Examples:
  weir invoices match
  weir invoices match --payment bank-77 --invoice INV-2026-000002`)
    .action(async (options: MatchOptions) => finish(await match(options, context)))
  moneyBackCommands(invoices, context, finish)
  withServer(invoices.command('credit').description('credit an issued invoice, whole or in part').argument('<invoice>').argument('<net>', 'before tax, such as 12.50; all: the whole invoice, and what it drew is given back'))
    .requiredOption('--id <id>', 'of the note; the same again is the same note').requiredOption('--for <text>', 'what is credited').requiredOption('--reason <text>', 'why').option('--json', 'print JSON')
    .action(async (invoice: string, net: string, options: CreditOptions) => finish(await change(context, options, `/admin/v1/invoices/${path(invoice)}/credit`, { id: options.id, ...(net === 'all' ? {} : { net }), description: options.for, reason: options.reason })))
  withServer(invoices.command('void').description('take an issued invoice back whole; its number stays used').argument('<invoice>')).requiredOption('--reason <text>', 'why').option('--json', 'print JSON')
    .action(async (invoice: string, options: Json & { readonly reason: string }) => finish(await change(context, options, `/admin/v1/invoices/${path(invoice)}/void`, { reason: options.reason })))
  withServer(invoices.command('chargeback').description('divide an invoice over the customer’s cost centres').argument('<invoice>')).option('--json', 'print JSON')
    .action(async (invoice: string, options: Json) => finish(await divide(invoice, options, context)))
  withServer(invoices.command('exposure').description('unbilled, unpaid and committed, against the credit limit')).option('--json', 'print JSON')
    .action(async (options: Json) => finish(await exposure(options, context)))
  withServer(invoices.command('remind').description('remind of overdue invoices; also done by the server'))
    .action(async (options: ServerOptions) => finish(await answered(context, adminClient(context, options).send<{ readonly raised: number }>('POST', '/admin/v1/reminders'), ({ raised }) => context.out(`${raised} reminders raised: each is an event, invoice-overdue`))))
  withServer(invoices.command('re-rate').description('rate a billed month under the contract in force now').argument('<customer>').argument('<month>', 'such as 2026-11'))
    .option('--apply <token>', 'book what a preview with this token showed').option('--json', 'print JSON')
    .addHelpText('after', `
Without --apply nothing is changed: the difference is shown, with the token that
names it. Exit code 3 where there is one.

Examples:
  weir invoices re-rate acme 2026-11
  weir invoices re-rate acme 2026-11 --apply 5f0c6b…`)
    .action(async (customer: string, month: string, options: ReRateOptions) => finish(await reRate(customer, month, options, context)))
}

function change(context: CliContext, options: Json, to: string, body: object): Promise<ExitCode> {
  return answered(context, adminClient(context, options).send<Summary>('POST', to, body), (done) =>
    context.out(options.json === true ? JSON.stringify(done) : `${done.number ?? 'draft'} ${done.status}: ${grouped(done.total)} ${done.currency}`))
}

function pay(customer: string, amount: string, options: PayOptions, context: CliContext): Promise<ExitCode> {
  const { id, currency, reference, on: receivedOn = dayOf(context.clock.now()) } = options
  const sent = adminClient(context, options).send<{ readonly matches: readonly { readonly number: string; readonly amount: string }[]; readonly unapplied: string; readonly known: boolean; readonly in_other_currency: readonly { readonly number: string; readonly currency: string }[] }>('POST', '/admin/v1/payments', { id, organization: customer, currency, amount, reference, received_on: receivedOn })
  return answered(context, sent, (done) => {
    if (options.json === true) return context.out(JSON.stringify(done))
    if (done.known) context.out(`payment ${id} was recorded before`)
    for (const match of done.matches) context.out(`${match.number}  ${grouped(match.amount)} ${currency}`)
    context.out(`not matched: ${grouped(done.unapplied)} ${currency}`)
    for (const other of done.in_other_currency) for (const line of wrapped(`${other.number} is in ${other.currency}, and money is matched with invoices in its own currency: if the bank changed it, record what it gave you in ${other.currency}`)) context.note(line)
  })
}

function match(options: MatchOptions, context: CliContext): Promise<ExitCode> {
  const { customer: organization, payment, invoice } = options
  return answered(context, adminClient(context, options).send<MatchedLater>('POST', '/admin/v1/payments/match', { organization, payment, invoice }), (done) => {
    if (options.json === true) return context.out(JSON.stringify(done))
    for (const one of done.matched) context.out(`${one.payment} → ${one.number}  ${grouped(one.amount)}`)
    for (const one of done.left) context.out(`left over of ${one.payment}, ${one.organization}: ${grouped(one.amount)} ${one.currency}`)
    if (done.matched.length + done.left.length === 0) context.out('no payment has anything left over')
  })
}

function divide(invoice: string, options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<{ readonly data: readonly Part[] }>(`/admin/v1/invoices/${path(invoice)}/chargeback`), ({ data }) => {
    if (options.json === true) return context.out(JSON.stringify(data))
    const right = (title: string) => ({ title, align: 'right' as const })
    for (const line of table([{ title: 'COST CENTRE' }, right('USAGE'), right('UNITS'), right('SHARED'), right('TOTAL')],
      data.map((part) => [part.cost_centre ?? 'not assigned', ...[part.usage, part.provisioned, part.shared, part.total].map(grouped)]))) context.out(line)
  })
}

function exposure(options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<{ readonly data: readonly Exposure[] }>('/admin/v1/exposure'), ({ data }) => {
    const over = data.filter((row) => row.over === true)
    if (options.json === true) context.out(JSON.stringify(data))
    else {
      const right = (title: string) => ({ title, align: 'right' as const })
      for (const line of table([{ title: 'CUSTOMER' }, right('UNBILLED'), right('UNPAID'), right('COMMITTED'), right('TOTAL'), right('LIMIT')],
        data.map((row) => [row.organization, ...[row.unbilled, row.unpaid, row.committed, row.total].map((amount) => (amount === null ? '?' : grouped(amount))), row.credit_limit === null ? '' : grouped(row.credit_limit)]))) context.out(line)
      for (const row of data) for (const item of row.currencies) if (item.currency !== row.currency) context.out(`  ${row.organization}, in ${item.currency}: ${grouped(item.unbilled)} unbilled, ${grouped(item.unpaid)} unpaid, ${grouped(item.unapplied)} not matched`)
      for (const row of data) for (const rate of row.missing_rates) context.note(`${row.organization}: no rate from ${rate}; record one with weir contracts rate`)
      for (const row of over) context.note(`${row.organization} is over its credit limit of ${grouped(row.credit_limit ?? '')} ${row.currency}`)
    }
    return over.length === 0 ? exit.ok : exit.differences
  })
}

interface ReRated { readonly status: string; readonly documents: readonly { readonly number: string; readonly total: string; readonly against?: string }[] }

function reRate(customer: string, month: string, options: ReRateOptions, context: CliContext): Promise<ExitCode> {
  const place = `/admin/v1/re-ratings/${path(customer)}/${path(month)}`
  const client = adminClient(context, options)
  if (options.apply !== undefined) {
    return answered(context, client.send<ReRated>('POST', place, { token: options.apply }), (done) => {
      if (options.json === true) context.out(JSON.stringify(done))
      else for (const { number, total, against } of done.documents) context.out(`${done.status}: ${number} ${grouped(total)}${against === undefined ? '' : ` against ${against}`}`)
    })
  }
  return answered(context, client.get<Preview>(place), (preview) => {
    if (options.json === true) context.out(JSON.stringify(preview))
    else {
      const name = ({ contract, version }: Preview['from']): string => (version === 0 ? 'list price' : `${contract} version ${version}`)
      context.out(`${customer} ${month}: billed under ${name(preview.from)}, now ${name(preview.to)}`)
      for (const line of table([{ title: 'MODEL' }, { title: 'METER' }, { title: 'RULE' }, { title: 'QUANTITY', align: 'right' }, { title: 'PAYABLE', align: 'right' }],
        preview.lines.map((each) => [each.model ?? '', each.meter ?? '', each.rule, grouped(each.quantity), grouped(each.payable)]))) context.out(line)
      context.out(`${preview.total.startsWith('-') ? 'less' : 'more'} to pay: ${grouped(preview.total.replace(/^-/, ''))} ${preview.currency}`)
      context.out(`weir invoices re-rate ${customer} ${month} --apply ${preview.token}`)
    }
    return exit.differences
  })
}
