/** `weir contracts`: what was agreed with customers, suppliers and makers, from YAML or JSON files. */
import type { Command } from 'commander'
import { parse } from 'yaml'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

const kinds = { contract: 'contracts', party: 'parties', agreement: 'agreements', asset: 'assets' } as const
type Kind = keyof typeof kinds

export function contractsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const contracts = program.command('contracts').description('contracts, parties, agreements with makers, assets').addHelpText('after', `
A file holds one of them with its id. Saving what is there already changes nothing; a change of a contract is a new version.

Examples:
  weir contracts save contract acme-2026.yaml
  weir contracts save party self.yaml
  weir contracts save agreement maker.yaml
  weir contracts list --json`)
  withServer(contracts.command('save').description('save one').argument('<kind>', Object.keys(kinds).join(', ')).argument('<file>'))
    .action(async (kind: string, file: string, options: ServerOptions) => finish(await save(kind, file, options, context)))
  withServer(contracts.command('list').description('contracts, the latest version of each')).option('--json', 'print JSON')
    .action(async (options: ServerOptions & { readonly json?: boolean }) => finish(await list(options, context)))
}

async function save(kind: string, file: string, options: ServerOptions, context: CliContext): Promise<ExitCode> {
  const place = kinds[kind as Kind] as string | undefined
  if (place === undefined) {
    context.note(`unknown kind ${kind}; expected ${Object.keys(kinds).join(', ')}`)
    return exit.usage
  }
  const read = context.readFile(file)
  if ('failed' in read) {
    context.note(`${file}: ${read.failed}`)
    return exit.usage
  }
  const { id, ...body } = parse(read.text) as { readonly id?: unknown }
  if (typeof id !== 'string') {
    context.note(`${file}: give it an id`)
    return exit.usage
  }
  const answer = await adminClient(context, options).send<{ readonly id: string; readonly version?: number }>('PUT', `/admin/v1/${place}/${encodeURIComponent(id)}`, kind === 'contract' || kind === 'agreement' || kind === 'asset' ? { ...body, id } : body)
  if (isFailure(answer)) {
    context.note(`${file}: ${answer.failed}`)
    return answer.code
  }
  context.out(`${kind} ${answer.id}${answer.version === undefined ? '' : `, version ${answer.version}`}`)
  return exit.ok
}

async function list(options: ServerOptions & { readonly json?: boolean }, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly { readonly id: string; readonly version: number; readonly party: string; readonly side: string }[] }>('/admin/v1/contracts')
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else for (const row of answer.data) context.out(`${row.id}  version ${row.version}  ${row.side} ${row.party}`)
  return exit.ok
}
