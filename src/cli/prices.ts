/** `weir prices`: what a model costs, since when, and who says so. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { table } from './table.ts'

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
  const columns = [{ title: 'LIST' }, { title: 'MODEL' }, { title: 'METER' }, { title: 'TIER' }, { title: 'ABOVE', align: 'right' as const }, { title: 'PER MILLION', align: 'right' as const }, { title: '' }, { title: 'SINCE' }]
  const cells = rows.map((row) => [row.list, row.model, row.meter, row.tier, row.above_input === 0 ? '' : String(row.above_input), row.per_million, row.currency, row.effective_from.slice(0, 10)])
  const sources = history ? ['', ...new Set(rows.map((row) => `${row.effective_from.slice(0, 10)}, recorded ${row.recorded_at.slice(0, 10)}: ${row.source}`))] : []
  return [...table(columns, cells), ...sources]
}
