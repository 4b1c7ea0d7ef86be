/** `weir referrals`: a maker complains at the channel, without sight of customers or prompts. */
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'

type Json = ServerOptions & { readonly json?: boolean }
interface View { readonly case: string; readonly maker: string; readonly state: string; readonly clause: string; readonly finding: string | null; readonly due: { readonly what: string; readonly at: string } | null; readonly restrictions: readonly { readonly kind: string; readonly status: string }[] }
interface Made { readonly referral: string; readonly known: boolean; readonly calls: number; readonly cases: readonly { readonly id: string; readonly calls: number }[] }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const instantText = (text: string | undefined): string | undefined => (text === undefined || Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))

export function referralsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const referrals = program.command('referrals').description('a maker\'s complaints and what became of them')
  withServer(referrals.command('list').description('complaints as the maker may see them')).option('--maker <name>', 'of one maker').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir referrals list --maker openai')
    .action(async ({ maker, ...options }: Json & { readonly maker?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly View[]; readonly next: string | null }>('/admin/v1/referrals', { maker, limit: '1000' }), ({ data, next }) => {
      if (next !== null) context.note(`these are the thousand latest${maker === undefined ? ': --maker leaves less' : ''}`)
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no complaints')
      for (const one of data) context.out([one.case, one.maker, one.clause, `${one.state}${one.finding === null ? '' : ` (${one.finding})`}`, one.due === null ? '' : `${one.due.what} by ${one.due.at.slice(0, 16).replace('T', ' ')}`, ...one.restrictions.map((each) => `${each.kind} ${each.status}`)].filter((part) => part !== '').join('  '))
    })))
  withServer(referrals.command('open').description('complain: the channel finds the calls and decides')).requiredOption('--maker <name>', 'who complains').requiredOption('--clause <id>', 'under which clause').requiredOption('--says <text>', 'what about; channel and customer read it')
    .option('--identifier <id>', 'a safety identifier that you received; may be given again', gather).option('--request <id>', 'a request id of yours; may be given again', gather).option('--reference <text>', 'your own name of the complaint: sent again under it, it counts once').option('--from <time>', 'default: ninety days back').option('--to <time>', 'default: now').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir referrals open --maker openai --clause oai.extract \\\n    --identifier 7f3a… --says "Answers look like a data set in the making."')
    .action(async ({ maker, clause, says, identifier, request, reference, from, to, ...options }: Json & { readonly maker: string; readonly reference?: string; readonly clause: string; readonly says: string; readonly identifier?: readonly string[]; readonly request?: readonly string[]; readonly from?: string; readonly to?: string }) =>
      finish(await answered(context, adminClient(context, options).send<Made>('POST', '/admin/v1/referrals', { maker, reference, clause, says, identifiers: identifier, request_ids: request, from: instantText(from), to: instantText(to) }), (made) => {
        if (options.json === true) return context.out(JSON.stringify(made))
        if (made.known) context.note('this complaint came before; to complain anew, give it a --reference of its own')
        context.out(`${made.referral}: ${made.calls} calls match; ${made.cases.length === 1 ? 'one case' : `${made.cases.length} cases`} at the channel: ${made.cases.map((one) => one.id).join(', ')}`)
      })))
}
