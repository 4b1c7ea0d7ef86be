/** `weir statements`: what channel and maker owe each other for a month, and what each party had of it. */
import type { Command } from 'commander'
import { decimal, formatFixed, roundHalfEven } from '../kernel/decimal.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, table, wrapped } from './table.ts'

interface Document {
  readonly channel?: string
  readonly currency: string
  readonly toMaker: string
  readonly toChannel: string
  readonly net: string
  readonly lines: readonly { readonly direction: string; readonly description: string; readonly organization?: string; readonly payable: string }[]
}

interface Options extends ServerOptions {
  readonly json?: boolean
  readonly currency?: string
}

interface Value {
  readonly party: string
  readonly role: string
  readonly rows: readonly { readonly label: string; readonly amount: string; readonly unit: string }[]
}

export function statementsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const statements = program.command('statements').description('statements between channel and maker').addHelpText('after', `
Examples:
  weir statements issue openai 2026-11
  weir statements margins 2026-11
  weir statements value 2026-11`)
  withServer(statements.command('issue').description('issue a maker’s statement of a month, once').argument('<maker>').argument('<month>')).option('--json', 'print JSON')
    .action(async (maker: string, month: string, options: Options) => finish(await issue(maker, month, options, context)))
  withServer(statements.command('margins').description('margin per customer and model').argument('<month>')).option('--currency <code>', 'in this currency', 'USD').option('--json', 'print JSON')
    .action(async (month: string, options: Options) => finish(await margins(month, options, context)))
  withServer(statements.command('value').description('what each party had of a month').argument('<month>')).option('--currency <code>', 'in this currency', 'USD').option('--json', 'print JSON')
    .action(async (month: string, options: Options) => finish(await value(month, options, context)))
}

async function issue(maker: string, month: string, options: Options, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).send<{ readonly id: string; readonly document: Document }>('POST', '/admin/v1/statements', { maker, month })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  const { document } = answer
  if (options.json === true) context.out(JSON.stringify(answer))
  else {
    for (const line of document.lines) for (const text of lineText(line)) context.out(text)
    context.out(`owed to the maker ${grouped(document.toMaker)}, to the channel${document.channel === undefined ? '' : ` ${document.channel}`} ${grouped(document.toChannel)}: net ${grouped(document.net)} ${document.currency}`)
  }
  return exit.ok
}

/** One line of a statement with the customer whose sale it is of, folded under its words. */
function lineText({ direction, payable, description, organization }: Document['lines'][number]): readonly string[] {
  const head = `${direction === 'to-maker' ? 'to the maker  ' : 'to the channel'}  ${grouped(payable).padStart(14)}  `
  const [first = '', ...more] = wrapped(`${description}${organization === undefined ? '' : `, sold to ${organization}`}`, ' '.repeat(head.length))
  return [`${head}${first.slice(head.length)}`, ...more]
}

async function value(month: string, options: Options, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly Value[] }>('/admin/v1/value', { month, currency: options.currency })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else for (const { party, role, rows } of answer.data) {
    context.out(`${role} ${party}`)
    for (const row of rows) context.out(`  ${row.label.padEnd(28)} ${grouped(row.amount).padStart(18)} ${row.unit}`)
  }
  return exit.ok
}

interface Margin { readonly organization: string; readonly model: string; readonly revenue: string; readonly cost: string; readonly margin: string; readonly basis: string; readonly in_house_cost: string | null }

async function margins(month: string, options: Options, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<{ readonly data: readonly Margin[] }>('/admin/v1/margins', { month, currency: options.currency }), ({ data }) => {
    if (options.json === true) return context.out(JSON.stringify(data))
    const cents = (text: string): string => grouped(formatFixed(roundHalfEven(decimal(text), 2)))
    const right = (title: string) => ({ title, align: 'right' as const })
    for (const line of table([{ title: 'CUSTOMER' }, { title: 'MODEL' }, right('REVENUE'), right('COST'), right('MARGIN'), { title: 'COST FROM' }],
      data.map((row) => [row.organization, row.model, cents(row.revenue), cents(row.cost), cents(row.margin), row.basis]))) context.out(line)
    const own = data.filter((row) => row.in_house_cost !== null)
    if (own.length > 0) context.out('\nBeside it, what hours of our own machines cost by their months:')
    for (const row of own) context.out(`  ${row.organization} ${row.model}: ${cents(row.in_house_cost ?? '0')}`)
  })
}
