/** `weir quarantine`: records that could not be posted. Seen, driven again once their cause is mended, or dismissed with a reason. */
import type { Command } from 'commander'
import { adminClient, type Failure, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'
import { counted, wrapped } from './table.ts'

interface Item {
  readonly id: string
  readonly at: string
  readonly reason: string
  readonly detail: string
  readonly record: unknown
}

type Options = ServerOptions & { readonly json?: boolean; readonly reason?: string }

export function quarantineCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const act = async <T extends object>(answer: Promise<T | Failure>, options: Options, say: (given: T) => readonly string[]): Promise<void> =>
    finish(await answered(context, answer, (given) => {
      for (const line of options.json === true ? [JSON.stringify(given)] : say(given)) context.out(line)
    }))
  const quarantine = program.command('quarantine').description('what could not be posted: list, re-drive, dismiss')
  withServer(quarantine.command('list').description('what waits, the newest last, and why')).option('--reason <word>', 'unpriced, nonsense, conflict…').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir quarantine list --reason unpriced')
    .action((options: Options) => act(everything(context, options), options, (items) => (items.length === 0 ? ['Nothing is in quarantine.'] : items.flatMap(itemText))))
  withServer(quarantine.command('redrive').description('post what its mended cause lets through').argument('[id]', 'one item; all by default')).option('--json', 'print JSON')
    .addHelpText('after', '\nAfter a missing price was added, say.\n\nExample:\n  weir quarantine redrive')
    .action((id: string | undefined, options: Options) => act(
      adminClient(context, options).send<{ readonly resolved: number; readonly remaining: number }>('POST', '/admin/v1/quarantine/redrive', id === undefined ? {} : { id }), options,
      ({ resolved, remaining }) => [`${counted(resolved, 'record')} posted, ${remaining} still in quarantine`]))
  withServer(quarantine.command('dismiss').description('decide that a record needs no posting').argument('<id>').requiredOption('--reason <text>', 'why, for the record')).option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir quarantine dismiss 12 --reason "test traffic, credited by the supplier"')
    .action((id: string, options: Options) => act(
      adminClient(context, options).send<{ readonly dismissed: boolean }>('POST', `/admin/v1/quarantine/${encodeURIComponent(id)}/dismiss`, { reason: options.reason }), options,
      () => [`dismissed ${id}`]))
}

/** All pages. */
async function everything(context: CliContext, options: Options): Promise<readonly Item[] | { readonly failed: string; readonly code: ExitCode }> {
  const { get } = adminClient(context, options)
  const items: Item[] = []
  let after: string | undefined
  do {
    const page = await get<{ readonly data: readonly Item[]; readonly next: string | null }>('/admin/v1/quarantine', { reason: options.reason, limit: '1000', after })
    if (isFailure(page)) return page
    items.push(...page.data)
    after = page.next ?? undefined
  } while (after !== undefined)
  return items
}

function itemText({ id, at, reason, detail }: Item): readonly string[] {
  return [`${id}  ${at.slice(0, 19).replace('T', ' ')}  ${reason}`, ...wrapped(detail, '    ')]
}
