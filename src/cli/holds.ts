/** `weir holds`: legal holds over retention and erasure, time-boxed and reviewed. */
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { adminClient, type Failure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'

type Json = ServerOptions & { readonly json?: boolean }
interface Hold { readonly id: string; readonly organization: string; readonly matter: string; readonly calls: readonly string[] | null; readonly from: string | null; readonly to: string | null; readonly set_by: string; readonly until: string; readonly reviewed_by: string | null; readonly state: string; readonly ended_by: string | null }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const instantText = (text: string | undefined): string | undefined => (text === undefined || Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))
const pathOf = (...parts: readonly string[]): string => ['/admin/v1/holds', ...parts.map(encodeURIComponent)].join('/')

const holdText = (one: Hold): string => [
  `${one.id}  ${one.state}  ${one.organization}  ${one.calls === null ? `calls of ${one.from?.slice(0, 10)} to ${one.to?.slice(0, 10)}` : one.calls.length === 1 ? 'one call' : `${one.calls.length} calls`}  until ${one.until.slice(0, 10)}`,
  `  ${one.matter}: set by ${one.set_by}${one.reviewed_by === null ? ', looked at by nobody else yet' : `, looked at by ${one.reviewed_by}`}${one.ended_by === null ? '' : `, ended by ${one.ended_by}`}`,
].join('\n')

export function holdsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const holds = program.command('holds').description('legal holds: what they cover is not erased')
  const print = (options: Json, answer: Promise<Hold | Failure>): Promise<ExitCode> => answered(context, answer, (one) => context.out(options.json === true ? JSON.stringify(one) : holdText(one)))
  withServer(holds.command('list').description('holds, the latest first')).option('--organization <name>', 'of one organization').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir holds list')
    .action(async ({ organization, ...options }: Json & { readonly organization?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Hold[] }>(pathOf(), { organization }), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no holds')
      for (const one of data) context.out(holdText(one))
    })))
  withServer(holds.command('set').description('keep calls from erasure, for a year at most')).requiredOption('--organization <name>', 'whose').requiredOption('--matter <text>', 'the case, claim or letter that it serves').requiredOption('--reason <text>', 'why').requiredOption('--until <time>', 'when it has to be looked at again')
    .option('--call <id>', 'this call; may be given again', gather).option('--from <time>', 'all calls of a period').option('--to <time>', 'its end').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir holds set --organization acme --matter case_01j2 \\\n    --reason "evidence of the case" --from 2026-10-01 --to 2026-12-01 \\\n    --until 2027-05-01')
    .action(async ({ organization, matter, reason, until, call, from, to, ...options }: Json & { readonly organization: string; readonly matter: string; readonly reason: string; readonly until: string; readonly call?: readonly string[]; readonly from?: string; readonly to?: string }) =>
      finish(await print(options, adminClient(context, options).send('POST', pathOf(), { organization, matter, reason, until: instantText(until), calls: call, from: instantText(from), to: instantText(to) }))))
  withServer(holds.command('review').description('look at a hold that another person set, and prolong it').argument('<hold>')).requiredOption('--until <time>', 'its new end').requiredOption('--says <text>', 'why it is still needed').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir holds review hold_01j2 --until 2027-10-01 --says "The appeal is open."')
    .action(async (id: string, { until, says, ...options }: Json & { readonly until: string; readonly says: string }) => finish(await print(options, adminClient(context, options).send('POST', pathOf(id, 'review'), { until: instantText(until), says }))))
  withServer(holds.command('end').description('end a hold: retention applies again').argument('<hold>')).requiredOption('--says <text>', 'why').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir holds end hold_01j2 --says "The matter is settled."')
    .action(async (id: string, { says, ...options }: Json & { readonly says: string }) => finish(await print(options, adminClient(context, options).send('POST', pathOf(id, 'end'), { says }))))
}
