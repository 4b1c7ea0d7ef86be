/** `weir prices`: what a model costs, since when, and who says so. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, table, wrapped } from './table.ts'

interface PriceLine {
  readonly id: string
  readonly list: string
  readonly model: string
  readonly meter: string
  readonly tier: string
  readonly region_class: string
  readonly above_input: number
  readonly currency: string
  readonly per_million: string
  readonly effective_from: string
  readonly recorded_at: string
  readonly source: string
}

interface PricesOptions extends ServerOptions {
  readonly list?: string
  readonly at?: string
  readonly history?: boolean
  readonly json?: boolean
}

export function pricesCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('correct-prices').description('book again what was booked at prices that were corrected later'))
    .option('--apply', 'book it; without it nothing is changed').option('--json', 'print JSON')
    .addHelpText('after', `
Exit code 3 where there is something to correct.

Example:
  weir correct-prices`)
    .action(async (options: ServerOptions & { readonly apply?: boolean; readonly json?: boolean }) => finish(await correct(options, context)))
  withServer(program.command('prices').description('the price book: what applies to a model, and since when').argument('[model]', 'such as gpt-4.1'))
    .option('--list <name>', 'one price list only')
    .option('--at <time>', 'as in force then, RFC 3339 (default: now)')
    .option('--history', 'all rows ever recorded, with their sources')
    .option('--json', 'print JSON')
    .addHelpText('after', `
Prices are per million units (tokens) or, for things sold by the piece, per
million pieces. Rows are immutable: a new price is a new row with its own date.

Examples:
  weir prices gpt-4.1
  weir prices gpt-4.1 --list openai --history`)
    .action(async (model: string | undefined, options: PricesOptions) => finish(await prices(model, options, context)))
}

async function prices(model: string | undefined, options: PricesOptions, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly PriceLine[] }>(options.history === true ? '/admin/v1/prices/history' : '/admin/v1/prices', { model, list: options.list, at: options.at })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else if (answer.data.length === 0) context.out('No such price. Add one under prices: in weir.yaml, or name another list with --list.')
  else for (const line of pricesText(answer.data, options.history === true)) context.out(line)
  return exit.ok
}

function pricesText(rows: readonly PriceLine[], history: boolean): readonly string[] {
  const right = (title: string): { readonly title: string; readonly align: 'right' } => ({ title, align: 'right' })
  const oneModel = new Set(rows.map((row) => row.model)).size === 1
  // A column that says the same in every row, or nothing, is left out: a line has 80 places.
  const columns = [
    { column: { title: 'LIST' }, cell: (row: PriceLine) => row.list },
    { column: { title: 'MODEL' }, cell: (row: PriceLine) => (oneModel ? '' : row.model) },
    { column: { title: 'REGION' }, cell: (row: PriceLine) => (row.region_class === 'any' ? '' : row.region_class) },
    { column: { title: 'METER' }, cell: (row: PriceLine) => row.meter },
    { column: { title: 'TIER' }, cell: (row: PriceLine) => row.tier },
    { column: right('ABOVE'), cell: (row: PriceLine) => (row.above_input === 0 ? '' : grouped(row.above_input)) },
    { column: right('PER MILLION'), cell: (row: PriceLine) => grouped(row.per_million) },
    { column: { title: '' }, cell: (row: PriceLine) => row.currency },
    { column: { title: 'SINCE' }, cell: (row: PriceLine) => sinceOf(row) },
  ].filter(({ cell }) => rows.some((row) => cell(row) !== ''))
  const lines = table(columns.map(({ column }) => column), rows.map((row) => columns.map(({ cell }) => cell(row))))
  const sources = history ? ['', ...new Set(rows.flatMap((row) => wrapped(`${sinceOf(row) === '' ? '' : `${sinceOf(row)}, recorded ${row.recorded_at.slice(0, 10)}: `}${row.source}`)))] : []
  return [...lines, ...sources]
}

/** Empty: a list price without a date of its own, taken as always so. */
const sinceOf = ({ effective_from: since }: PriceLine): string => (since.startsWith('1970-01-01') ? '' : since.slice(0, 10))

interface PriceChange { readonly organization: string; readonly model: string; readonly meter: string; readonly currency: string; readonly from_price: string; readonly to_price: string; readonly amount: string; readonly transactions: number }

async function correct(options: ServerOptions & { readonly apply?: boolean; readonly json?: boolean }, context: CliContext): Promise<ExitCode> {
  const client = adminClient(context, options)
  if (options.apply === true) {
    return answered(context, client.send<{ readonly transactions: number; readonly budgets_changed: number; readonly budgets_closed: number }>('POST', '/admin/v1/price-corrections'), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : `${done.transactions} transactions corrected; budgets changed: ${done.budgets_changed}, over and left as they are: ${done.budgets_closed}`))
  }
  return answered(context, client.get<{ readonly data: readonly PriceChange[] }>('/admin/v1/price-corrections'), ({ data }) => {
    if (options.json === true) context.out(JSON.stringify(data))
    else if (data.length === 0) context.out('Everything is booked at the prices in force.')
    else for (const line of table([{ title: 'CUSTOMER' }, { title: 'MODEL' }, { title: 'METER' }, { title: 'FROM', align: 'right' }, { title: 'TO', align: 'right' }, { title: 'CHANGE', align: 'right' }, { title: '' }],
      data.map((row) => [row.organization, row.model, row.meter, row.from_price, row.to_price, row.amount, row.currency]))) context.out(line)
    return data.length === 0 ? exit.ok : exit.differences
  })
}
