/** `weir notices watch`: accounts at suppliers that are read for what is imposed on them, since nobody sends it. */
import { Argument, type Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { wrapped } from './table.ts'

type Json = ServerOptions & { readonly json?: boolean }
type Finish = (code: ExitCode) => void
interface Watch { readonly id: string; readonly kind: string; readonly party: string; readonly account: string; readonly organization: string; readonly state: unknown; readonly read_at: string | null; readonly trouble: string | null }

interface Watching extends Json {
  readonly account: string; readonly organization?: string; readonly resource?: string; readonly tenant?: string; readonly client?: string; readonly region?: string; readonly project?: string; readonly baseUrl?: string; readonly authority?: string
}

const path = '/admin/v1/account-watches'

/** What was read, in words. */
function stateText({ kind, state, read_at: at }: Watch): string {
  if (at === null) return 'not read yet'
  if (kind === 'bedrock-retention') return `data retention ${String(state)}`
  const penalty = state as { readonly action: string; readonly rateLimitPercentage?: number; readonly expiration?: string } | 'none'
  return penalty === 'none' ? 'no penalty' : [penalty.action, ...(penalty.rateLimitPercentage === undefined ? [] : [`${penalty.rateLimitPercentage} % of the rate`]), ...(penalty.expiration === undefined ? [] : [`until ${penalty.expiration}`])].join(', ')
}

const watchText = (one: Watch): readonly string[] => [`${one.id}  ${one.party}  ${one.account}`, `  ${stateText(one)}${one.read_at === null ? '' : `, read ${one.read_at.slice(0, 16).replace('T', ' ')}`}`, ...(one.trouble === null ? [] : wrapped(`Trouble: ${one.trouble}. It is tried again.`, '  '))]

export function watchCommands(notices: Command, context: CliContext, finish: Finish): void {
  withServer(notices.command('watches').description('accounts that are read for penalties and retention')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir notices watches')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Watch[] }>(path), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no account is read; Azure and Bedrock tell nothing by themselves: weir notices watch --help')
      for (const one of data) for (const line of watchText(one)) context.out(line)
    })))
  withServer(notices.command('watch').description('have an account read every five minutes').addArgument(new Argument('<cloud>', 'where it is').choices(['azure', 'bedrock']))).requiredOption('--account <name>', 'the account as weir.yaml names it').option('--organization <name>', 'whose use it stands for')
    .option('--resource <id>', 'azure: resource id of the account').option('--tenant <id>', 'azure: tenant of the application that reads').option('--client <id>', 'azure: its client id')
    .option('--region <name>', 'bedrock: the Region').option('--project <id>', 'bedrock: a project; left out: the account').option('--base-url <url>', 'another cloud than the public one').option('--authority <url>', 'azure: where its tokens come from').option('--json', 'print JSON')
    .addHelpText('after', `
Azure's abuse penalty and Bedrock's retention mode stand in the account: they
are learned by reading it. The client secret (azure) or API key (bedrock) comes
from WEIR_NOTICE_KEY: it does not belong on a command line. Reading changes
nothing.

Examples:
  WEIR_NOTICE_KEY=… weir notices watch azure --account azure \\
    --resource /subscriptions/…/accounts/main --tenant … --client …
  WEIR_NOTICE_KEY=… weir notices watch bedrock --account bedrock \\
    --region us-east-1`)
    .action(async (kind: 'azure' | 'bedrock', { account, organization, resource, tenant, client, region, project, baseUrl, authority, ...options }: Watching) => {
      const secret = context.env['WEIR_NOTICE_KEY']
      const missing = [...(kind === 'azure' ? [['--resource', resource], ['--tenant', tenant], ['--client', client]] : [['--region', region]]), ['WEIR_NOTICE_KEY', secret]].filter(([, value]) => value === undefined || value === '').map(([which]) => which)
      if (secret === undefined || missing.length > 0) {
        context.note(`${kind} needs ${missing.join(', ')}: see weir notices watch --help`)
        return finish(exit.usage)
      }
      const given = kind === 'azure' ? { kind: 'azure-account', resource, tenant, client_id: client, authority } : { kind: 'bedrock-retention', region, project }
      finish(await answered(context, adminClient(context, options).send<Watch>('POST', path, { ...given, account, organization, base_url: baseUrl, secret }), (one) => {
        context.out(options.json === true ? JSON.stringify(one) : `${one.id}: account ${one.account} at ${one.party} is read every five minutes`)
      }))
    })
  withServer(notices.command('unwatch').description('read an account no more').argument('<watch>')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir notices unwatch watch_01j2')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).send<{ readonly id: string }>('DELETE', `${path}/${encodeURIComponent(id)}`), (one) => context.out(options.json === true ? JSON.stringify(one) : `${one.id} is read no more; its secret is destroyed`))))
}
