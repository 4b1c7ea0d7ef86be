/** `weir log`: the transparency logs, their keys, and whether rows, tiles and checkpoints still fit together. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

interface Log { readonly id: string; readonly origin: string; readonly size: string; readonly signed: string; readonly cosigned: string; readonly keys: readonly string[] }
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
}
