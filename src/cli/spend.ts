/** `weir spend`: days out of the ordinary, and the caps that they put below budgets. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped } from './table.ts'

interface Json extends ServerOptions { readonly json?: boolean }
interface Event { readonly kind: string; readonly at: string; readonly subject: string; readonly body: { readonly owner?: string | null; readonly amount: string; readonly usual: string; readonly times: string; readonly currency: string; readonly cause: { readonly key: string; readonly model: string; readonly what: string; readonly times: string | null }; readonly capped: readonly string[] } }
interface Cap { readonly budget: string; readonly cap: string; readonly posted: string; readonly reason: string }

export function spendCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const spend = program.command('spend').description('days out of the ordinary, and caps').addHelpText('after', `
Each project's day is compared with the median of its fourteen days before;
owner and spendAlert of the project in weir.yaml say who answers, when, and
whether a cap is put below its budgets.

Examples:
  weir spend anomalies
  weir spend caps
  weir spend lift project/acme/feed/month --reason "a planned import"`)
  withServer(spend.command('anomalies').description('what was out of the ordinary, and why')).option('--json', 'print JSON')
    .action(async (options: Json) => finish(await anomalies(options, context)))
  withServer(spend.command('caps').description('caps in force; exit code 3 where there are any')).option('--json', 'print JSON')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Cap[] }>('/admin/v1/spend-caps'), ({ data }) => {
      if (options.json === true) context.out(JSON.stringify(data))
      else for (const one of data) context.out(`${one.budget}: ${grouped(one.posted)} of ${grouped(one.cap)}; ${one.reason}`)
      return data.length === 0 ? exit.ok : exit.differences
    })))
  withServer(spend.command('lift').description('lift a cap').argument('<budget>')).requiredOption('--reason <text>', 'why')
    .action(async (budget: string, options: ServerOptions & { readonly reason: string }) => finish(await answered(context,
      adminClient(context, options).send<{ readonly lifted: number }>('POST', `/admin/v1/spend-caps/${encodeURIComponent(budget.replaceAll('/', '~'))}/lift`, { reason: options.reason }), () => context.out(`${budget}: the cap is lifted`))))
}

function anomalies(options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<{ readonly data: readonly Event[] }>('/admin/v1/events', { kind: 'spend-anomaly' }), ({ data }) => {
    const found = data.filter((event) => event.kind === 'spend-anomaly')
    if (options.json === true) context.out(JSON.stringify(found))
    else if (found.length === 0) context.out('Nothing was out of the ordinary.')
    else for (const { at, subject, body } of found) {
      const { cause } = body
      context.out(`${at.slice(0, 10)} ${subject}: ${grouped(body.amount)} ${body.currency}, ${body.times} times the usual ${grouped(body.usual)}`)
      context.out(`  owner ${body.owner ?? 'not named'}; ${cause.what === 'new' ? 'a use that is new' : `${cause.what} ${cause.times} times as usual`}: ${cause.model} by ${cause.key}`)
      if (body.capped.length > 0) context.out(`  capped: ${body.capped.join(', ')}`)
    }
  })
}
