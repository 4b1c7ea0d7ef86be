/** `weir usage`: calls, tokens and cost per organization, project and model. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, table } from './table.ts'

/** One row. Counts are whole numbers, costs decimal text, never rounded. */
export interface UsageRow {
  readonly organization: string
  readonly project: string
  readonly model: string
  readonly calls: number
  readonly attempts: number
  readonly reported_calls: number
  readonly estimated_calls: number
  readonly absent_calls: number
  readonly input_tokens: number
  readonly cached_input_tokens: number
  readonly output_tokens: number
  readonly cost: string
  readonly currency: string
}

interface UsageOptions extends ServerOptions {
  readonly from?: string
  readonly to?: string
  readonly organization?: string
  readonly project?: string
  readonly model?: string
  readonly json?: boolean
}

export function usageCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('usage').description('calls, tokens and cost, per organization, project and model'))
    .option('--from <time>', 'from this instant on, RFC 3339 (default: since the beginning)')
    .option('--to <time>', 'before this instant (default: now)')
    .option('--organization <name>', 'of one organization')
    .option('--project <organization/project>', 'of one project')
    .option('--model <name>', 'of one model')
    .option('--json', 'print one JSON array')
    .addHelpText('after', `
Reported, estimated and absent count calls by where their usage came from.

Examples:
  weir usage
  weir usage --from 2026-11-01T00:00:00Z --project acme/feed --json`)
    .action(async (options: UsageOptions) => finish(await usage(options, context)))
}

async function usage(options: UsageOptions, context: CliContext): Promise<ExitCode> {
  const { from, to, organization, project, model } = options
  const answer = await adminClient(context, options).get<{ readonly data: readonly UsageRow[] }>('/admin/v1/usage', { from, to, organization, project, model })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else if (answer.data.length === 0) context.out('No calls yet.')
  else for (const line of usageText(answer.data)) context.out(line)
  return exit.ok
}

export function usageText(rows: readonly UsageRow[]): readonly string[] {
  const right = (title: string): { readonly title: string; readonly align: 'right' } => ({ title, align: 'right' })
  const cached = rows.some((row) => row.cached_input_tokens > 0)
  const oneCurrency = new Set(rows.map((row) => row.currency)).size === 1
  const notReported = rows.reduce((sum, row) => sum + row.estimated_calls + row.absent_calls, 0)
  return [
    ...table([{ title: 'PROJECT' }, { title: 'MODEL' }, right('CALLS'), right('INPUT'), ...(cached ? [right('CACHED')] : []), right('OUTPUT'), ...(oneCurrency ? [right(`COST ${rows[0]?.currency ?? ''}`)] : [right('COST'), { title: '' }])],
      rows.map((row) => [`${row.organization}/${row.project}`, row.model, grouped(row.calls), grouped(row.input_tokens), ...(cached ? [grouped(row.cached_input_tokens)] : []), grouped(row.output_tokens), grouped(row.cost), ...(oneCurrency ? [] : [row.currency])])),
    ...(notReported === 0 ? [] : [`${grouped(notReported)} of these calls have no reported usage: estimated ${grouped(rows.reduce((sum, row) => sum + row.estimated_calls, 0))}, absent ${grouped(rows.reduce((sum, row) => sum + row.absent_calls, 0))}.`]),
  ]
}
