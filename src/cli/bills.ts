/** `weir bills`: what came of suppliers' bills: variances with the calls behind them, true-ups, disputes. */
import type { Command } from 'commander'
import { besideCalls, charges } from '../ledger/reconciliation/bill.ts'
import { varianceKinds } from '../ledger/reconciliation/match-bill.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, table, wrapped } from './table.ts'

interface Json extends ServerOptions { readonly json?: boolean }

interface Head { readonly id: string; readonly supplier: string; readonly from: string; readonly until: string; readonly currency: string; readonly billed: string; readonly booked: string; readonly difference: string; readonly unexplained: string; readonly trued_up: boolean; readonly trued_up_kinds: readonly string[] }
interface Variance { readonly kind: string; readonly day: string; readonly model?: string; readonly deployment?: string; readonly meter?: string; readonly amount: string; readonly why: string; readonly note?: string; readonly calls: readonly string[]; readonly callsInAll?: number }
interface Dispute { readonly id: string; readonly supplier: string; readonly state: string; readonly currency: string; readonly amount: string; readonly reason: string }

const path = encodeURIComponent
const kinds = varianceKinds.join(', ')
const ofCalls = varianceKinds.filter((kind) => !besideCalls.has(kind)).join(', ')

export function billsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const bills = program.command('bills').description('what came of suppliers’ bills').addHelpText('after', `
${wrapped(`Kinds of variances: ${ofCalls}; beside calls: ${charges.join(', ')}.`).join('\n')}

Examples:
  weir reconcile november.csv --supplier azure
  weir bills list
  weir bills show RECONCILIATION
  weir bills true-up RECONCILIATION cancelled estimated rounding
  weir bills dispute RECONCILIATION price --reason "not the agreed price"
  weir bills close azure 2026-11
  weir bills move DISPUTE credited --note "credit note 77" --credit 12.50`)
  withServer(bills.command('list').description('bills compared with the books')).option('--json', 'print JSON')
    .action(async (options: Json) => finish(await list(options, context)))
  withServer(bills.command('show').description('each variance and its calls').argument('<id>', 'of the reconciliation')).option('--json', 'print JSON')
    .action(async (id: string, options: Json) => finish(await show(id, options, context)))
  withServer(bills.command('true-up').description('book what the supplier is right about').argument('<id>', 'of the reconciliation').argument('<kinds...>', kinds)).option('--json', 'print JSON')
    .action(async (id: string, of: readonly string[], options: Json) => finish(await trueUp(id, of, options, context)))
  withServer(bills.command('dispute').description('dispute variances with the supplier').argument('<id>', 'of the reconciliation').argument('<kinds...>', kinds)).requiredOption('--reason <text>', 'what is wrong')
    .action(async (id: string, of: readonly string[], options: ServerOptions & { readonly reason: string }) => finish(await answered(context,
      adminClient(context, options).send<Dispute>('POST', `/admin/v1/reconciliations/${path(id)}/disputes`, { kinds: of, reason: options.reason }), (one) => context.out(disputeText(one)))))
  withServer(bills.command('close').description('make a supplier’s month payable').argument('<supplier>').argument('<month>', 'such as 2026-11')).option('--json', 'print JSON')
    .action(async (supplier: string, month: string, options: Json) => finish(await close(supplier, month, options, context)))
  withServer(bills.command('disputes').description('disputes with suppliers')).option('--json', 'print JSON')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Dispute[] }>('/admin/v1/disputes'), ({ data }) => {
      if (options.json === true) context.out(JSON.stringify(data))
      else for (const one of data) context.out(disputeText(one))
    })))
  withServer(bills.command('move').description('move a dispute on').argument('<dispute>').argument('<state>', 'acknowledged, credited, rejected or withdrawn')).requiredOption('--note <text>', 'what happened').option('--credit <amount>', 'what the supplier gave back, for credited')
    .action(async (id: string, state: string, options: ServerOptions & { readonly note: string; readonly credit?: string }) => finish(await answered(context,
      adminClient(context, options).send<Dispute>('POST', `/admin/v1/disputes/${path(id)}/moves`, { state, note: options.note, ...(options.credit === undefined ? {} : { credit: options.credit }) }), (one) => context.out(disputeText(one)))))
}

const disputeText = (one: Dispute): string => `${one.id}\n  ${one.supplier}  ${one.state}  ${grouped(one.amount)} ${one.currency}  ${one.reason}`

function list(options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<{ readonly data: readonly Head[] }>('/admin/v1/reconciliations'), ({ data }) => {
    if (options.json === true) context.out(JSON.stringify(data))
    else if (data.length === 0) context.out('No bills yet: weir reconcile FILE --supplier NAME imports one.')
    else for (const one of data) {
      context.out(one.id)
      for (const line of wrapped(`${one.from} to ${one.until}: billed ${grouped(one.billed)}, difference ${grouped(one.difference)} ${one.currency}${one.trued_up ? ', trued up' : one.trued_up_kinds.length > 0 ? `, trued up in ${one.trued_up_kinds.join(', ')}` : ''}`, '  ')) context.out(line)
    }
  })
}

/** How many calls are behind a variance beyond those that it names. */
function rest({ calls, callsInAll = 0 }: Variance): string {
  return callsInAll > calls.length ? `\n  and ${grouped(String(callsInAll - calls.length))} more` : ''
}

function show(id: string, options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<Head & { readonly variances: readonly Variance[] }>(`/admin/v1/reconciliations/${path(id)}`), (one) => {
    if (options.json === true) context.out(JSON.stringify(one))
    else {
      for (const line of wrapped(`${one.supplier}, ${one.from} to ${one.until}: billed ${grouped(one.billed)}, booked ${grouped(one.booked)}, difference ${grouped(one.difference)} ${one.currency}`)) context.out(line)
      for (const line of table([{ title: 'KIND' }, { title: 'DAY' }, { title: 'MODEL' }, { title: 'METER' }, { title: 'AMOUNT', align: 'right' }], one.variances.map((each) => [each.kind, each.day, each.model ?? '', each.meter ?? '', grouped(each.amount)]))) context.out(line)
      for (const each of one.variances) {
        for (const line of wrapped(`${[each.kind, each.day, each.model, each.meter].filter((part) => part !== undefined).join(' ')}: ${each.why}`)) context.out(line)
        if (each.note !== undefined) for (const line of wrapped(each.note, '  ')) context.out(line)
        if (each.calls.length > 0) context.out(`  ${each.calls.join('\n  ')}${rest(each)}`)
      }
    }
    return Number(one.difference) === 0 ? exit.ok : exit.differences
  })
}

interface Closed { readonly status: 'posted' | 'no-change'; readonly currency: string | null; readonly amount: string; readonly charges: readonly { readonly account: string; readonly amount: string }[] }

/** Units, minimum, commitment and discounts of a supplier's contract, which no call brings. */
function close(supplier: string, month: string, options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).send<Closed>('POST', `/admin/v1/suppliers/${path(supplier)}/months`, { month }), (done) => {
    if (options.json === true) context.out(JSON.stringify(done))
    else if (done.status === 'no-change') context.out(`${month} of ${supplier} is in the books as its contract has it`)
    else {
      context.out(`${month} of ${supplier}: payable moved by ${grouped(done.amount)} ${done.currency ?? ''}`)
      for (const { account, amount } of done.charges) context.out(`  ${account}  ${grouped(amount)}`)
    }
  })
}

interface TruedUp { readonly status: 'posted' | 'posted-before' | 'nothing-to-post'; readonly amount?: string; readonly says?: string; readonly budgets?: { readonly changed: number; readonly closed: number } }

function trueUp(id: string, of: readonly string[], options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).send<TruedUp>('POST', `/admin/v1/reconciliations/${path(id)}/true-up`, { kinds: of }), (done) => {
    if (options.json === true) context.out(JSON.stringify(done))
    else if (done.status === 'posted') {
      const { changed = 0, closed = 0 } = done.budgets ?? {}
      context.out(`cost and payable moved by ${grouped(done.amount ?? '0')}; budgets changed: ${changed}${closed === 0 ? '' : `; ${closed} are over and stay as they were charged`}`)
    } else context.out(done.says ?? 'nothing to book: bill and books agree on these kinds')
  })
}
