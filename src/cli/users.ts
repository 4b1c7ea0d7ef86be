/** `weir users`: who may sign in to the console. A link is printed once, on standard output. */
import type { Command } from 'commander'
import { adminClient, type Failure, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { table } from './table.ts'

interface Listed {
  readonly id: string
  readonly login: string | null
  readonly name: string
  readonly role: string
  readonly organization: string | null
  readonly maker: string | null
  readonly factors: readonly string[]
  readonly invited: boolean
  readonly disabled: boolean
}

interface Linked {
  readonly id: string
  readonly link: string
}

interface Json { readonly json?: boolean }

export function usersCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const users = program.command('users').description('people who sign in: list, add, disable, reset')
  const act = async <T extends object>(answer: Promise<T | Failure>, print: (given: T) => void): Promise<void> => finish(await answered(context, answer, print))
  const printLink = (options: ServerOptions & Json) => (made: Linked): void => {
    if (options.json === true) return context.out(JSON.stringify(made))
    context.note('give this link to the person; it works once, for three days, at the console\'s address:')
    context.out(made.link)
  }
  withServer(users.command('list').description('all users')).option('--json', 'print JSON')
    .action((options: ServerOptions & Json) => act(adminClient(context, options).get<{ readonly data: readonly Listed[] }>('/admin/v1/users'), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      for (const line of listText(data)) context.out(line)
    }))
  withServer(users.command('add').description('invite a user: prints a link to set password and second factor').argument('<login>', 'what the person signs in with: an e-mail address or a name'))
    .requiredOption('--role <role>', 'owner, finance, compliance, engineer, auditor, customer or maker')
    .option('--name <name>', 'as people read it; default: the login').option('--organization <name>', 'of a customer').option('--maker <name>', 'of a maker').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir users add ada@example.com --name "Ada" --role finance')
    .action((login: string, options: ServerOptions & Json & { readonly role: string; readonly name?: string; readonly organization?: string; readonly maker?: string }) => act(
      adminClient(context, options).send<Linked>('POST', '/admin/v1/users', { login, name: options.name ?? login, role: options.role, organization: options.organization, maker: options.maker }), printLink(options)))
  withServer(users.command('disable').description('sign a user out everywhere and let nobody in as that one').argument('<user>', 'login or id')).option('--json', 'print JSON')
    .action(async (who: string, options: ServerOptions & Json) => {
      const client = adminClient(context, options)
      const all = await client.get<{ readonly data: readonly Listed[] }>('/admin/v1/users')
      if (isFailure(all)) return act(Promise.resolve(all), () => undefined)
      const found = all.data.find((one) => one.id === who || one.login === who.toLowerCase())
      if (found === undefined) return act(Promise.resolve({ failed: `no user ${who}: weir users list`, code: exit.failed }), () => undefined)
      const { name, role, organization, maker } = found
      return act(client.send<Listed>('PUT', `/admin/v1/users/${found.id}`, { name, role, organization: organization ?? undefined, maker: maker ?? undefined, disabled: true }), (done) => context.out(options.json === true ? JSON.stringify(done) : `disabled ${who}`))
    })
  withServer(users.command('reset').description('let a user begin anew: ends all sessions, prints a link').argument('<user>', 'login or id'))
    .option('--second-factor', 'authenticator app and passkeys too').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir users reset ada@example.com --second-factor')
    .action((who: string, options: ServerOptions & Json & { readonly secondFactor?: boolean }) => act(
      adminClient(context, options).send<Linked>('POST', `/admin/v1/users/${encodeURIComponent(who)}/reset`, { what: options.secondFactor === true ? 'second-factor' : 'password' }), printLink(options)))
}

function listText(users: readonly Listed[]): readonly string[] {
  if (users.length === 0) return ['No users. Open the console and sign in with the admin token: it makes the first', 'owner.']
  return table([{ title: 'LOGIN' }, { title: 'NAME' }, { title: 'ROLE' }, { title: 'OF' }, { title: 'STATE' }],
    users.map((one) => [one.login ?? one.id, one.name, one.role, one.organization ?? one.maker ?? '', one.disabled ? 'disabled' : one.invited ? 'invited' : one.factors.filter((factor) => factor !== 'recovery').join(', ') || 'single sign-on']))
}
