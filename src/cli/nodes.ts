/** `weir nodes`: who is there, what each has leased, and giving up on one that will not come back. */
import type { Command } from 'commander'
import { adminClient, type Failure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'
import { counted, table } from './table.ts'

interface Leased {
  readonly budget: string
  readonly period: string
  readonly amount: string
}
interface Node {
  readonly journal: string | null
  readonly role: string | null
  readonly seen_at: string | null
  readonly alive: boolean
  readonly open_calls: number
  readonly unshipped: number
  readonly leased: readonly Leased[]
}
type Options = ServerOptions & { readonly json?: boolean }

export function nodesCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const act = async <T extends object>(answer: Promise<T | Failure>, options: Options, say: (given: T) => readonly string[]): Promise<void> =>
    finish(await answered(context, answer, (given) => {
      for (const line of options.json === true ? [JSON.stringify(given)] : say(given)) context.out(line)
    }))
  const nodes = program.command('nodes').description('nodes, their leases, and those that are gone')
  withServer(nodes.command('list').description('who is there, and what each has leased of budgets')).option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir nodes list')
    .action((options: Options) => act(adminClient(context, options).get<{ readonly data: readonly Node[] }>('/admin/v1/nodes'), options, ({ data }) => listText(data)))
  withServer(nodes.command('write-off').description('give up on a node that will not come back').argument('<journal>')).option('--json', 'print JSON')
    .addHelpText('after', `
What it may still have spent of its leases counts as spent. Should it come back
after all, its leases are fenced and its late charges are taken from that.

Example:
  weir nodes write-off 4be0c6a2f1d84c53`)
    .action((journal: string, options: Options) => act(
      adminClient(context, options).send<{ readonly written_off: readonly Leased[] }>('POST', `/admin/v1/nodes/${encodeURIComponent(journal)}/write-off`), options,
      ({ written_off: done }) => [`${counted(done.length, 'lease')} written off`, ...done.map(({ budget, period, amount }) => `  ${budget} ${period}: ${amount} counts as spent`)]))
}

function listText(nodes: readonly Node[]): readonly string[] {
  if (nodes.length === 0) return ['No node has a row: an embedded database has one node, and nothing is leased.']
  return table(
    [{ title: 'JOURNAL' }, { title: 'ROLE' }, { title: 'SEEN' }, { title: 'STATE' }, { title: 'CALLS', align: 'right' }, { title: 'UNSHIPPED', align: 'right' }, { title: 'LEASES', align: 'right' }],
    nodes.map((node) => [node.journal ?? '', node.role ?? '', node.seen_at?.slice(0, 19).replace('T', ' ') ?? '', node.alive ? 'at work' : 'not heard of', String(node.open_calls), String(node.unshipped), String(node.leased.length)]))
}
