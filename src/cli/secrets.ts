/** `weir secrets` and `weir tokens`: the master key's rotation, and who may administer. */
import type { Command } from 'commander'
import { adminClient, type Failure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'
import { table } from './table.ts'

interface Token {
  readonly name: string
  readonly hint: string
  readonly role: string
  readonly organization: string | null
  readonly maker: string | null
  readonly created_at: string
}

export function secretsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const act = async <T extends object>(answer: Promise<T | Failure>, print: (given: T) => void): Promise<void> => finish(await answered(context, answer, print))
  const secrets = program.command('secrets').description('supplier secrets at rest')
  withServer(secrets.command('rotate').description('seal everything under a new master key'))
    .option('--json', 'print JSON')
    .addHelpText('after', `
Where the key is a file in the data folder, a new one is made and the old one
removed. Where it comes from WEIR_MASTER_KEY: put the new key in front of the
old one, separated by a comma, restart, run this, then remove the old one.

Example:
  weir secrets rotate`)
    .action((options: ServerOptions & { readonly json?: boolean }) => act(
      adminClient(context, options).send<{ readonly key: string; readonly resealed: number }>('POST', '/admin/v1/secrets/rotate'),
      (done) => context.out(options.json === true ? JSON.stringify(done) : `${done.resealed} secrets are sealed under master key ${done.key} now`)))
  const tokens = program.command('tokens').description('admin tokens: list, create, revoke')
  withServer(tokens.command('list').description('all tokens, without their secrets')).option('--json', 'print JSON')
    .action((options: ServerOptions & { readonly json?: boolean }) => act(
      adminClient(context, options).get<{ readonly data: readonly Token[] }>('/admin/v1/tokens'),
      ({ data }) => {
        if (options.json === true) return context.out(JSON.stringify(data))
        for (const line of table([{ title: 'TOKEN' }, { title: 'SECRET' }, { title: 'ROLE' }, { title: 'OF' }, { title: 'SINCE' }], data.map((token) => [token.name, token.hint, token.role, token.organization ?? token.maker ?? 'all', token.created_at.slice(0, 10)]))) context.out(line)
      }))
  withServer(tokens.command('create').description('make a token and show it once').argument('<label>'))
    .option('--role <role>', 'owner, finance, compliance, engineer, auditor, customer or maker; default: owner,\nor customer with --organization')
    .option('--organization <name>', 'of a customer: what is this organization\'s only').option('--maker <name>', 'of a maker: what was made of its models only').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir tokens create finance --organization acme')
    .action((label: string, options: ServerOptions & { readonly role?: string; readonly organization?: string; readonly maker?: string; readonly json?: boolean }) => act(
      adminClient(context, options).send<{ readonly name: string; readonly secret: string }>('POST', '/admin/v1/tokens', { name: label, role: options.role, organization: options.organization, maker: options.maker }),
      (made) => context.out(options.json === true ? JSON.stringify(made) : made.secret)))
  withServer(tokens.command('revoke').description('make a token useless').argument('<label>')).option('--json', 'print JSON')
    .action((label: string, options: ServerOptions & { readonly json?: boolean }) => act(
      adminClient(context, options).send<{ readonly version: number }>('DELETE', `/admin/v1/tokens/${encodeURIComponent(label)}`),
      (done) => context.out(options.json === true ? JSON.stringify(done) : `revoked ${label}`)))
}
