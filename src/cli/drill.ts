/** `weir drill`: what of each purpose goes on if a supplier suspends tomorrow. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { grouped, wrapped } from './table.ts'

const kinds = ['supplier', 'maker', 'channel', 'account'] as const

interface DrillOptions extends ServerOptions { readonly supplier?: string; readonly maker?: string; readonly channel?: string; readonly account?: string; readonly organization?: string; readonly days: string; readonly json?: boolean }
interface Line {
  readonly organization: string; readonly purpose: string | null; readonly model: string; readonly calls: number; readonly calls_there: number; readonly peak_tokens_per_minute: string; readonly capacity: string
  readonly fallbacks: readonly { readonly deployment: string; readonly model: string; readonly how: string; readonly carried_tokens_per_minute: string | null }[]
  readonly refused: readonly { readonly deployment: string; readonly outcome: string; readonly says: string }[]
  readonly recovery: { readonly kind: string; readonly seconds: number | null; readonly says: string }
}
interface Drill { readonly id: string; readonly suspended: { readonly kind: string; readonly name: string }; readonly days: number; readonly stops: number; readonly lines: readonly Line[] }

function lineText(line: Line): readonly string[] {
  const time = line.recovery.seconds === null ? 'stops' : line.recovery.seconds === 0 ? 'goes on' : `back ${line.recovery.seconds} s after a change`
  const capacity = line.capacity === 'unknown' ? 'nobody has measured whether it carries that much' : line.capacity === 'short' ? 'declared for less than that' : line.capacity === 'enough' ? 'it has carried that much' : 'there is none'
  return [
    `${line.organization}, ${line.purpose ?? 'no registered purpose'}, ${line.model}: ${time}`,
    `  ${grouped(line.calls_there)} of ${grouped(line.calls)} calls went there, at most ${grouped(line.peak_tokens_per_minute)} tokens a minute; ${capacity}.`,
    ...line.fallbacks.slice(0, 5).map((one) => `  permitted: ${one.deployment} (${one.how === 'same-model' ? 'same model name' : `model ${one.model}`}), ${one.carried_tokens_per_minute === null ? 'never used' : `has carried ${grouped(one.carried_tokens_per_minute)}`}`),
    ...line.refused.flatMap((one) => wrapped(`not permitted: ${one.deployment} (${one.outcome}): ${one.says}`, '  ')),
    ...wrapped(line.recovery.says, '  '),
  ]
}

export function drillCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('drill').description('what goes on, purpose by purpose, if a supplier suspends tomorrow'))
    .option('--supplier <name>', 'who bills you').option('--maker <name>', 'who made the models').option('--channel <name>', 'who sells them').option('--account <name>', 'one account')
    .option('--organization <name>', 'one organization').option('--days <n>', 'how much past use to look at', '30').option('--json', 'print JSON')
    .addHelpText('after', `
Works it out from what was used, what is declared and what the terms permit.
Nothing is changed or cut off; the result is kept. Exit code 3 where a purpose
would stop.

Example:
  weir drill --supplier azure`)
    .action(async ({ organization, days, json, ...options }: DrillOptions) => {
      const named = kinds.flatMap((kind) => (options[kind] === undefined ? [] : [{ kind, name: options[kind] }]))
      if (named.length !== 1) {
        context.note(`name what is suspended: one of ${kinds.map((kind) => `--${kind}`).join(', ')}`)
        return finish(exit.usage)
      }
      finish(await answered(context, adminClient(context, options).send<Drill>('POST', '/admin/v1/drills', { suspended: named[0], organization, days: Number(days) }), (drill) => {
        if (json === true) context.out(JSON.stringify(drill))
        else {
          for (const line of drill.lines) for (const text of lineText(line)) context.out(text)
          const summary = drill.lines.length === 0 ? `Nothing went through ${drill.suspended.kind} ${drill.suspended.name} in ${drill.days} days.` : `${drill.stops} of ${drill.lines.length} would stop.`
          context.out(`${summary} Kept as ${drill.id}.`)
        }
        return drill.stops > 0 ? exit.differences : exit.ok
      }))
    })
}
