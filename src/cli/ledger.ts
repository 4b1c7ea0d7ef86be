/** `weir ledger check`: every balance derived from entries, and what must agree compared. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, table } from './table.ts'

interface Report {
  readonly ok: boolean
  readonly checks: readonly { readonly id: string; readonly what: string; readonly ok: boolean; readonly found: readonly string[] }[]
  readonly balances: readonly { readonly account: string; readonly currency: string; readonly amount: string }[]
  readonly transactions: number
  readonly entries: number
}

export function ledgerCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const ledger = program.command('ledger').description('the books themselves')
  withServer(ledger.command('check').description('derive every balance from entries and compare what must agree'))
    .option('--json', 'print JSON')
    .addHelpText('after', `
Exit code 3 where something does not agree.

Example:
  weir ledger check`)
    .action(async (options: ServerOptions & { readonly json?: boolean }) => {
      const report = await adminClient(context, options).get<Report>('/admin/v1/ledger/check')
      if (isFailure(report)) {
        context.note(report.failed)
        return finish(report.code)
      }
      if (options.json === true) context.out(JSON.stringify(report))
      else for (const line of reportText(report)) context.out(line)
      finish(report.ok ? exit.ok : exit.differences)
    })
}

function reportText(report: Report): readonly string[] {
  return [
    ...report.checks.flatMap((check) => [`${check.ok ? 'ok   ' : 'WRONG'} ${check.id.padEnd(8)} ${check.what}`, ...check.found.map((line) => `      ${line}`)]),
    '',
    ...table([{ title: 'ACCOUNT' }, { title: 'BALANCE', align: 'right' }, { title: '' }], report.balances.map((balance) => [balance.account, grouped(balance.amount), balance.currency])),
    '',
    `${grouped(report.transactions)} transactions, ${grouped(report.entries)} entries.`,
  ]
}
