/** `weir invoices refund` and `weir invoices returned`: money that went back to who paid it. */
import type { Command } from 'commander'
import { dayOf } from '../ledger/contracts/calendar.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, type ExitCode } from './context.ts'
import { grouped } from './table.ts'

interface BackOptions extends ServerOptions { readonly json?: boolean; readonly id: string; readonly reference: string; readonly on?: string }
interface WentBack { readonly known: boolean; readonly unapplied: string; readonly currency: string; readonly reopened: readonly { readonly number: string; readonly amount: string }[] }

/** Adds the subcommands to `weir invoices`. */
export function moneyBackCommands(invoices: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const common = (command: Command): Command => withServer(command).requiredOption('--id <id>', 'of the movement at your bank; the same again is the same money')
    .requiredOption('--reference <text>', 'what the movement says').option('--on <day>', 'day it left (default: today)').option('--json', 'print JSON')
  common(invoices.command('refund').description('record that what a payment left over was paid back').argument('<payment>', 'its id').argument('<amount>', 'such as 12.50'))
    .action(async (payment: string, amount: string, options: BackOptions) => finish(await send(context, options, payment, 'refunds', { amount })))
  common(invoices.command('returned').description('record that the bank took a whole payment back').argument('<payment>', 'its id'))
    .action(async (payment: string, options: BackOptions) => finish(await send(context, options, payment, 'return', {})))
}

function send(context: CliContext, { id, reference, on, json, ...server }: BackOptions, payment: string, route: 'refunds' | 'return', body: object): Promise<ExitCode> {
  const left_on = on ?? dayOf(context.clock.now())
  const place = `/admin/v1/payments/${encodeURIComponent(payment.replaceAll('/', '~'))}/${route}`
  return answered(context, adminClient(context, server).send<WentBack>('POST', place, { id, left_on, reference, ...body }), (done) => {
    if (json === true) return context.out(JSON.stringify(done))
    if (done.known) context.out(`${id} was recorded before`)
    for (const { number, amount } of done.reopened) context.out(`${number} is open again by ${grouped(amount)} ${done.currency}`)
    context.out(`left over of ${payment}: ${grouped(done.unapplied)} ${done.currency}`)
  })
}
