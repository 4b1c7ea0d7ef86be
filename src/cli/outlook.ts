/** `weir outlook`: what depends on whom, what a customer's leaving would do, what to reserve, buy or make. */
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import type { Outlook } from '../planner/outlook.ts'
import { assumptionNames } from '../planner/plan-records.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { outlookText } from './outlook-text.ts'
import { wrapped } from './table.ts'

interface OutlookOptions extends ServerOptions {
  readonly month?: string
  readonly base?: string
  readonly currency?: string
  readonly whatIf?: string
  readonly model?: string
  readonly json?: boolean
}

type Finish = (code: ExitCode) => void
type Answer = { readonly status: 'missing'; readonly missing: readonly string[] } | { readonly status: 'known'; readonly outlook: Outlook }
interface Stored { readonly id: string; readonly recorded_at: string; readonly recorded_by: string; readonly body: Readonly<Record<string, unknown>> }

export function outlookCommand(program: Command, context: CliContext, finish: Finish): void {
  // Options of the outlook itself stand before a subcommand, so that both may have a --base.
  const command = withServer(program.command('outlook').description('concentration, what-if, guidance, reservation, make or buy')).enablePositionalOptions()
    .option('--month <month>', 'such as 2026-11 (default: the last with usage)')
    .option('--base <base>', 'invoiced or usage (default: invoices where complete)')
    .option('--currency <code>', 'such as USD (default: the most used)')
    .option('--what-if <customer=…>', 'leaves, halves, doubles, stays or ramp:6 (months)')
    .option('--model <name>', 'advice on this model (default: the five dearest)')
    .option('--json', 'print one JSON document with every row and date')
    .addHelpText('after', `
Every figure shows its interval, its rows and what it was checked against.
Where the data is too thin, it says what is missing instead.

Examples:
  weir outlook --what-if acme=leaves
  weir outlook --month 2026-11 --model gpt-4.1 --json
  weir outlook guidance list`)
    .action(async (options: OutlookOptions) => finish(await show(options, context)))
  guidanceCommands(command, context, finish)
  assumptionCommands(command, context, finish)
}

async function show(options: OutlookOptions, context: CliContext): Promise<ExitCode> {
  const { month, base, currency, whatIf, model } = options
  const answer = await adminClient(context, options).get<Answer>('/admin/v1/outlook', { month, base, currency, what_if: whatIf, model })
  if (isFailure(answer)) {
    for (const line of wrapped(answer.failed, '')) context.note(line)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.status === 'known' ? answer.outlook : answer))
  else for (const line of answer.status === 'known' ? outlookText(answer.outlook) : answer.missing.flatMap((each) => wrapped(`Missing: ${each}.`, ''))) context.out(line)
  return answer.status === 'known' ? exit.ok : exit.failed
}

async function record(context: CliContext, options: ServerOptions & { readonly json?: boolean }, kind: string, body: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const answer = await adminClient(context, options).send<{ readonly id: string; readonly note?: string }>('POST', `/admin/v1/outlook/records/${kind}`, body)
  if (isFailure(answer)) {
    for (const line of wrapped(answer.failed, '')) context.note(line)
    return answer.code
  }
  context.out(options.json === true ? JSON.stringify(answer) : `recorded ${kind} ${answer.id}`)
  if (answer.note !== undefined && options.json !== true) for (const line of wrapped(`! ${answer.note}`, '')) context.note(line)
  return exit.ok
}

const today = (context: CliContext): string => isoTime(context.clock.now()).slice(0, 10)
const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
/** What is left undefined is left out. */
const filled = (body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))

interface SubjectOptions extends ServerOptions { readonly quarter: string; readonly base: string; readonly metric: string; readonly unit: string; readonly source: string; readonly ends?: string; readonly json?: boolean }
interface GuidanceOptions extends SubjectOptions { readonly low: string; readonly high: string; readonly owner: string; readonly assumption: readonly string[]; readonly given?: string }
interface ActualOptions extends SubjectOptions { readonly value: string; readonly known?: string }

const subject = (command: Command): Command => withServer(command)
  .requiredOption('--quarter <quarter>', 'such as FY2026Q4')
  .requiredOption('--base <base>', 'what it is about, such as "cloud as a whole"')
  .requiredOption('--metric <metric>', 'such as "growth year on year"')
  .requiredOption('--unit <unit>', 'such as % or USD')
  .requiredOption('--source <text>', 'who said so, and where')
  .option('--ends <day>', 'last day of a fiscal quarter (without FY: the calendar\'s)')
  .option('--json', 'print JSON')

function guidanceCommands(outlook: Command, context: CliContext, finish: Finish): void {
  const guidance = outlook.command('guidance').description('what others were told to expect: list or set')
  withServer(guidance.command('list').description('guidance as given, with its assumptions'))
    .option('--all', 'also what stands no more, or not yet')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir outlook guidance list --all')
    .action(async (options: ServerOptions & { readonly all?: boolean; readonly json?: boolean }) => {
      const answer = await adminClient(context, options).get<{ readonly data: readonly Stored[] }>('/admin/v1/outlook/records/guidance', { all: options.all === true ? 'true' : undefined })
      if (isFailure(answer)) {
        for (const line of wrapped(answer.failed, '')) context.note(line)
        return finish(answer.code)
      }
      if (options.json === true) context.out(JSON.stringify(answer.data))
      else if (answer.data.length === 0) context.out('No guidance yet. Record one: weir outlook guidance set --help')
      else for (const { id, body } of answer.data) for (const line of wrapped(`${String(body['quarter'])}  ${String(body['base'])}, ${String(body['metric'])}: ${String(body['low'])} to ${String(body['high'])} ${String(body['unit'])}, given ${String(body['given'])} by ${String(body['owner'])} (${id})`, '')) context.out(line)
      finish(exit.ok)
    })
  subject(guidance.command('set').description('record guidance; earlier guidance stays readable'))
    .requiredOption('--low <number>', 'lower end of the range')
    .requiredOption('--high <number>', 'upper end')
    .requiredOption('--owner <name>', 'whose it is')
    .requiredOption('--assumption <text>', 'what it rests on; may be given again', gather)
    .option('--given <day>', 'when it was given (default: today)')
    .addHelpText('after', `
Example:
  weir outlook guidance set --quarter FY2026Q4 --base "cloud as a whole" \\
    --metric "growth year on year" --unit % --low 30 --high 31 \\
    --owner "finance chief" --assumption "capacity arrives" --source call`)
    .action(async ({ quarter, ends, base, metric, unit, low, high, owner, assumption, given, source, ...options }: GuidanceOptions) =>
      finish(await record(context, options, 'guidance', filled({ quarter, ends, base, metric, unit, low, high, owner, assumptions: assumption, given: given ?? today(context), source }))))
  subject(outlook.command('actual').description('record what came, on the same base'))
    .requiredOption('--value <number>', 'what it was')
    .option('--known <day>', 'since when it is known (default: today)')
    .addHelpText('after', `
Example:
  weir outlook actual --quarter FY2026Q4 --base "cloud as a whole" \\
    --metric "growth year on year" --unit % --value 29 --ends 2026-06-30 \\
    --source release

An actual that was known before its quarter ended is preliminary: it is shown
as such, closes no guidance and feeds no odds.`)
    .action(async ({ quarter, ends, base, metric, unit, value, known, source, ...options }: ActualOptions) =>
      finish(await record(context, options, 'actual', filled({ quarter, ends, base, metric, unit, value, known: known ?? today(context), source }))))
}

interface AssumeOptions extends ServerOptions { readonly low: string; readonly high: string; readonly owner: string; readonly source: string; readonly model?: string; readonly currency?: string; readonly given?: string; readonly json?: boolean }
interface RetireOptions extends ServerOptions { readonly on: string; readonly source: string; readonly replacement?: string; readonly json?: boolean }

function assumptionCommands(outlook: Command, context: CliContext, finish: Finish): void {
  withServer(outlook.command('assume').description('record an input of make or buy that no row of the books has').argument('<name>', 'see below'))
    .requiredOption('--low <number>', 'lower end of what it may be')
    .requiredOption('--high <number>', 'upper end')
    .requiredOption('--owner <name>', 'who stands for it')
    .requiredOption('--source <text>', 'where it comes from')
    .option('--currency <code>', 'of amounts of money')
    .option('--model <name>', 'about one model only')
    .option('--given <day>', 'its date (default: today)')
    .option('--json', 'print JSON')
    .addHelpText('after', `
Names:
${Object.entries(assumptionNames).flatMap(([name, says]) => [`  ${name}`, ...wrapped(says, '    ')]).join('\n')}

Example:
  weir outlook assume unit-month --low 2150 --high 3650 --currency USD \\
    --owner platform --source "offers of three hosts"`)
    .action(async (name: string, { low, high, owner, source, model, currency, given, ...options }: AssumeOptions) =>
      finish(await record(context, options, 'assumption', filled({ name, low, high, owner, source, model, currency, given: given ?? today(context) }))))
  withServer(outlook.command('retire').description('record when a model is retired; its keys show in the calendar').argument('<model>', 'public name'))
    .requiredOption('--on <day>', 'the day')
    .requiredOption('--source <text>', 'who said so, and where')
    .option('--replacement <model>', 'what its maker names instead')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir outlook retire gpt-4o --on 2027-03-31 --source "maker\'s page"')
    .action(async (model: string, { on, source, replacement, ...options }: RetireOptions) => finish(await record(context, options, 'retirement', filled({ model, retires: on, source, replacement }))))
}
