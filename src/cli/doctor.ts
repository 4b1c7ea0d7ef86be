/** `weir doctor`: whether every event that came in is accounted for, and what needs a person. */
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, wrapped } from './table.ts'

/** As the admin API answers it: the loss accounting of C3 and findings in words. */
export interface DoctorAnswer {
  readonly accounting: {
    readonly events_in: number
    readonly posted: number
    readonly quarantined: number
    readonly resolved: number
    readonly missing: number
    readonly difference: number
    readonly estimated: number
    readonly absent: number
    readonly unpriced: number
    readonly open: number
    readonly unposted: number
    readonly unshipped: number
    readonly oldest_unshipped_ms: number | null
  }
  readonly findings: readonly { readonly severity: 'warning' | 'error'; readonly says: string }[]
}

export function doctorCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('doctor').description('check that events in = events posted + quarantined, and what needs attention'))
    .option('--json', 'print JSON')
    .addHelpText('after', `
Exit code 3 where something needs attention.

Example:
  weir doctor`)
    .action(async (options: ServerOptions & { readonly json?: boolean }) => {
      const answer = await adminClient(context, options).get<DoctorAnswer>('/admin/v1/doctor')
      if (isFailure(answer)) {
        context.note(answer.failed)
        return finish(answer.code)
      }
      if (options.json === true) context.out(JSON.stringify(answer))
      else for (const line of doctorText(answer)) context.out(line)
      finish(answer.findings.length === 0 ? exit.ok : exit.differences)
    })
}

export function doctorText({ accounting, findings }: DoctorAnswer): readonly string[] {
  const lines: readonly (readonly [string, number])[] = [
    ['attempts in', accounting.events_in], ['posted', accounting.posted], ['in quarantine', accounting.quarantined], ['resolved otherwise', accounting.resolved], ['open (no outcome yet)', accounting.open],
    ['difference', accounting.difference], ['never arrived', accounting.missing], ['usage estimated', accounting.estimated], ['usage absent', accounting.absent],
    ['unpriced', accounting.unpriced], ['shipped, not yet posted', accounting.unposted], ['not yet shipped', accounting.unshipped],
  ]
  return [
    ...lines.map(([name, count]) => `${name.padEnd(26)}${grouped(count).padStart(14)}`),
    ...(accounting.oldest_unshipped_ms === null ? [] : [`${'the oldest of them waits'.padEnd(26)}${`${(accounting.oldest_unshipped_ms / 1_000).toFixed(1)} s`.padStart(14)}`]),
    '',
    ...(findings.length === 0 ? ['All is well.'] : findings.flatMap((finding) => wrapped(`${finding.severity}: ${finding.says}`))),
  ]
}
