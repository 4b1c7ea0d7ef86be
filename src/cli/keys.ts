/** `weir keys`: list, create, rotate, revoke. A secret is printed once, on standard output. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { table } from './table.ts'

interface Listed {
  readonly id: string
  readonly name: string
  readonly organization: string
  readonly project: string
  readonly hint: string
  readonly purpose: string | null
  readonly expires: string | null
  readonly revoked_at: string | null
  readonly managed_by: string | null
}

interface Made {
  readonly id: string
  readonly name: string
  readonly secret: string
}

type Finish = (code: ExitCode) => void

export function keysCommand(program: Command, context: CliContext, finish: Finish): void {
  const keys = program.command('keys').description('list, create, rotate and revoke client keys')
  const fail = (failure: { readonly failed: string; readonly code: ExitCode }): ExitCode => {
    context.note(failure.failed)
    return failure.code
  }
  const print = (made: Made, json: boolean | undefined): ExitCode => {
    if (json === true) context.out(JSON.stringify(made))
    else {
      context.note(`${made.name} (${made.id}); the secret is shown this once:`)
      context.out(made.secret)
    }
    return exit.ok
  }
  withServer(keys.command('list').description('all keys, without their secrets'))
    .option('--project <organization/project>', 'of one project only')
    .option('--all', 'revoked keys too')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir keys list --project acme/feed')
    .action(async (options: ServerOptions & { readonly project?: string; readonly all?: boolean; readonly json?: boolean }) => {
      const answer = await adminClient(context, options).get<{ readonly data: readonly Listed[] }>('/admin/v1/keys', { project: options.project, revoked: options.all === true ? 'true' : undefined })
      if (isFailure(answer)) return finish(fail(answer))
      if (options.json === true) context.out(JSON.stringify(answer.data))
      else for (const line of listText(answer.data)) context.out(line)
      finish(exit.ok)
    })
  withServer(keys.command('create').description('make a key and show its secret once').argument('<key>', 'organization/project/name'))
    .option('--purpose <name>', 'the registered use that it is for')
    .option('--models <names>', 'comma-separated; default: all that the project may use')
    .option('--expires <time>', 'RFC 3339, such as 2026-12-31T00:00:00Z')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir keys create acme/feed/feed-2 --models gpt-4.1,gpt-4.1-mini')
    .action(async (path: string, options: ServerOptions & { readonly purpose?: string; readonly models?: string; readonly expires?: string; readonly json?: boolean }) => {
      const [organization, project, ...rest] = path.split('/')
      const name = rest.join('/')
      if (organization === undefined || project === undefined || name === '') {
        context.note('expected organization/project/name, such as acme/feed/feed-2')
        return finish(exit.usage)
      }
      const answer = await adminClient(context, options).send<Made>('POST', '/admin/v1/keys', {
        organization, project, name,
        ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
        ...(options.models === undefined ? {} : { models: options.models.split(',') }),
        ...(options.expires === undefined ? {} : { expires: options.expires }),
      })
      finish(isFailure(answer) ? fail(answer) : print(answer, options.json))
    })
  withServer(keys.command('rotate').description('give a key a new secret and show it once').argument('<key>', 'organization/project/name, or its id'))
    .option('--grace-seconds <seconds>', 'how long the old secret stays valid', '0')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir keys rotate acme/feed/feed-2 --grace-seconds 3600')
    .action(async (key: string, options: ServerOptions & { readonly graceSeconds: string; readonly json?: boolean }) => {
      const answer = await adminClient(context, options).send<Made>('POST', `/admin/v1/keys/${pathName(key)}/rotate`, { grace_seconds: Number(options.graceSeconds) })
      finish(isFailure(answer) ? fail(answer) : print(answer, options.json))
    })
  withServer(keys.command('revoke').description('make a key useless, on every node within two seconds').argument('<key>', 'organization/project/name, or its id'))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir keys revoke acme/feed/feed-2')
    .action(async (key: string, options: ServerOptions & { readonly json?: boolean }) => {
      const answer = await adminClient(context, options).send<{ readonly version: number }>('DELETE', `/admin/v1/keys/${pathName(key)}`)
      if (isFailure(answer)) return finish(fail(answer))
      context.out(options.json === true ? JSON.stringify(answer) : `revoked ${key}`)
      finish(exit.ok)
    })
}

/** Names may hold slashes, and a slash in a path is a boundary: `~`, which no name holds, stands for it. */
export const pathName = (name: string): string => encodeURIComponent(name.replaceAll('/', '~'))

function listText(keys: readonly Listed[]): readonly string[] {
  if (keys.length === 0) return ['No keys. Create one: weir keys create organization/project/name']
  return table([{ title: 'KEY' }, { title: 'ID' }, { title: 'SECRET' }, { title: 'STATE' }],
    keys.map((key) => [`${key.organization}/${key.project}/${key.name}`, key.id, key.hint, key.revoked_at !== null ? 'revoked' : key.expires === null ? 'valid' : `until ${key.expires.slice(0, 10)}`]))
}
