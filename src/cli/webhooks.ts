/** `weir webhooks`: endpoints that are told what happens, and what was sent to them. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { table } from './table.ts'

type Json = ServerOptions & { readonly json?: boolean }
interface Endpoint { readonly id: string; readonly name: string; readonly url: string; readonly event_types: readonly string[]; readonly organization: string | null; readonly enabled: boolean }
interface Delivery { readonly id: string; readonly endpoint: string; readonly type: string; readonly state: string; readonly tries: number; readonly created_at: string; readonly status_code: number | null; readonly says: string | null }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const pathOf = (...parts: readonly string[]): string => ['/admin/v1/webhook-endpoints', ...parts.map(encodeURIComponent)].join('/')

export function webhooksCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const webhooks = program.command('webhooks').description('endpoints that are told what happens, signed')
  withServer(webhooks.command('list').description('endpoints')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir webhooks list')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Endpoint[] }>(pathOf()), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no endpoints; add one: weir webhooks add URL --type \'case.*\'')
      for (const one of data) context.out(`${one.id}  ${one.enabled ? 'on ' : 'off'}  ${one.event_types.join(',')}${one.organization === null ? '' : `  about ${one.organization}`}  ${one.url}`)
    })))
  withServer(webhooks.command('add').description('register an endpoint; prints its signing secret once').argument('<url>')).option('--type <type>', 'such as case.*, event.budget-threshold, safety.*; may be given again', gather).option('--name <name>', 'what it is').option('--organization <name>', 'tell it of this organization only').option('--json', 'print JSON')
    .addHelpText('after', `
Messages carry webhook-id, webhook-timestamp and webhook-signature (Standard
Webhooks); OpenAI's clients verify them. Failed ones are tried for three days.

Example:
  weir webhooks add https://hooks.example.com/weir --type 'case.*'`)
    .action(async (url: string, { type, name, organization, ...options }: Json & { readonly type?: readonly string[]; readonly name?: string; readonly organization?: string }) =>
      finish(await answered(context, adminClient(context, options).send<Endpoint & { readonly signing_secret: string }>('POST', pathOf(), { url, name: name ?? url, event_types: type ?? ['*'], organization }), (one) => {
        context.out(options.json === true ? JSON.stringify(one) : one.signing_secret)
        context.note(`${one.id}: this signing secret is not shown again`)
      })))
  withServer(webhooks.command('rotate').description('a new signing secret; the old one signs beside it for a while').argument('<endpoint>')).option('--grace <hours>', 'how long', '24').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir webhooks rotate whe_01j2')
    .action(async (id: string, { grace, ...options }: Json & { readonly grace: string }) => finish(await answered(context, adminClient(context, options).send<{ readonly signing_secret: string }>('POST', pathOf(id, 'rotate'), { grace_seconds: Math.round(Number(grace) * 3_600) }), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : done.signing_secret))))
  withServer(webhooks.command('remove').description('remove an endpoint; what waits for it is given up').argument('<endpoint>')).addHelpText('after', '\nExample:\n  weir webhooks remove whe_01j2')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).send<{ readonly removed: string }>('DELETE', pathOf(id)), (done) => context.out(`${done.removed} is removed`))))
  withServer(webhooks.command('deliveries').description('what was sent and what waits, the latest first')).option('--endpoint <id>', 'of one endpoint').option('--state <state>', 'waiting, delivered or given-up').option('--json', 'print JSON').addHelpText('after', '\nExit code 3 where a delivery was given up.\n\nExample:\n  weir webhooks deliveries --state given-up')
    .action(async ({ endpoint, state, ...options }: Json & { readonly endpoint?: string; readonly state?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Delivery[] }>('/admin/v1/webhook-deliveries', { endpoint, state }), ({ data }) => {
      if (options.json === true) context.out(JSON.stringify(data))
      else if (data.length === 0) context.note('nothing was sent and nothing waits')
      else for (const line of table([{ title: 'DELIVERY' }, { title: 'TYPE' }, { title: 'STATE' }, { title: 'TRIES', align: 'right' }, { title: 'ANSWER' }], data.map((one) => [one.id, one.type, one.state, String(one.tries), [one.status_code ?? '', one.says ?? ''].join(' ').trim()]))) context.out(line)
      return data.some((one) => one.state === 'given-up') ? exit.differences : exit.ok
    })))
  withServer(webhooks.command('redeliver').description('send a message again, under the same id').argument('<endpoint>').argument('<delivery>')).addHelpText('after', '\nExample:\n  weir webhooks redeliver whe_01j2 evt_01j2')
    .action(async (endpoint: string, delivery: string, options: Json) => finish(await answered(context, adminClient(context, options).send<{ readonly id: string }>('POST', pathOf(endpoint, 'deliveries', delivery, 'redeliver'), {}), (done) => context.out(`${done.id} is sent again`))))
}
