/** `weir log`: the transparency logs, their keys, and whether rows, tiles and checkpoints still fit together. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

interface Log { readonly id: string; readonly origin: string; readonly size: string; readonly signed: string; readonly cosigned: string; readonly keys: readonly string[] }
interface Leaf { readonly index: string; readonly at: string; readonly kind: string; readonly actor: string; readonly subject: string }
interface Report { readonly log: string; readonly size: string; readonly checkpoints: number; readonly faults: readonly { readonly kind: string; readonly where: string; readonly says: string }[] }

export function logCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const log = program.command('log').description('the logs of receipts and of governance')
  withServer(log.command('keys').description('the public keys that verify the logs')).option('--json', 'print JSON')
    .addHelpText('after', '\nPrints one line a key: give it to whoever checks.\n\nExample:\n  weir log keys')
    .action(async (options: ServerOptions & { readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Log[] }>('/admin/v1/logs'), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      for (const one of data) {
        context.note(`${one.id}: ${one.size} leaves, ${one.signed} signed, ${one.cosigned} cosigned`)
        for (const key of one.keys) context.out(key)
      }
    })))
  withServer(log.command('check').description('read everything again and name what was changed')).option('--log <id>', 'one log only').option('--json', 'print JSON')
    .addHelpText('after', '\nExit code 3 where something does not fit.\n\nExample:\n  weir log check')
    .action(async (options: ServerOptions & { readonly log?: string; readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Report[] }>('/admin/v1/logs/check', { log: options.log }), ({ data }) => {
      if (options.json === true) context.out(JSON.stringify(data))
      else for (const one of data) {
        context.out(`${one.faults.length === 0 ? 'ok   ' : 'WRONG'} ${one.log}: ${one.size} leaves, ${one.checkpoints} checkpoints`)
        for (const fault of one.faults) context.out(`      ${fault.kind} ${fault.where}: ${fault.says}`)
      }
      return data.every((one) => one.faults.length === 0) ? exit.ok : exit.differences
    })))
  withServer(log.command('governance').description('who decided what: the latest leaves of the governance log')).option('--kind <kind>', 'such as export-refused, case-event, clause-approved').option('--limit <n>', 'how many, at most 500', '50').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir log governance --kind export-refused')
    .action(async (options: ServerOptions & { readonly kind?: string; readonly limit: string; readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Leaf[] }>('/admin/v1/logs/governance', { kind: options.kind, limit: options.limit }), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no such leaves')
      for (const one of data) context.out(`${one.index.padStart(6)}  ${one.at.slice(0, 16).replace('T', ' ')}  ${one.kind}  ${one.actor}  ${one.subject}`)
    })))
  withServer(log.command('rotate-key').description('a new signing key, introduced in every log by both keys')).option('--json', 'print JSON')
    .addHelpText('after', '\nBoth keys sign until the old one is retired. Give the new key (weir log keys) to\nwhoever checks and to witnesses first. Called again, it finishes what is\nmissing.\n\nExample:\n  weir log rotate-key')
    .action(async (options: ServerOptions & { readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).send<{ readonly logs: number }>('POST', '/admin/v1/logs/keys/rotate'), (done) => {
      context.out(options.json === true ? JSON.stringify(done) : `${done.logs} ${done.logs === 1 ? 'log knows' : 'logs know'} the new key; both keys sign`)
      if (options.json !== true) context.note('print the keys with weir log keys; once all who check have the new one: weir log retire-key')
    })))
  withServer(log.command('retire-key').description('let the old signing key go')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir log retire-key')
    .action(async (options: ServerOptions & { readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).send<{ readonly retired: boolean }>('POST', '/admin/v1/logs/keys/retire'), (done) => context.out(options.json === true ? JSON.stringify(done) : 'the old key signs no more; what it signed still verifies with it'))))
}
