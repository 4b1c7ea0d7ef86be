/** `weir cases`: the queue with its clocks, acts, restrictions by one or two people, appeals, evidence packs. */
import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { acts } from '../terms/cases/case.ts'
import { restrictionKinds } from '../terms/cases/restriction.ts'
import { adminClient, type Failure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'
import { type Effect, effectsText } from './effect-text.ts'
import { wrapped } from './table.ts'

type Json = ServerOptions & { readonly json?: boolean }
type Finish = (code: ExitCode) => void

interface Row {
  readonly id: string
  readonly organization: string
  readonly state: string
  readonly clause: string
  readonly says: string
  readonly finding: string | null
  readonly referred_by: string | null
  readonly due: { readonly what: string; readonly at: string; readonly overdue: boolean } | null
  readonly possible: readonly string[]
  readonly restrictions: readonly { readonly id: string; readonly kind: string; readonly status: string; readonly by: string; readonly approved_by: string | null; readonly ends: string | null }[]
}
interface View extends Row {
  readonly timeline: readonly { readonly at: string; readonly actor: string; readonly kind: string; readonly event: Readonly<Record<string, unknown>> }[]
}
interface Pack { readonly sha256: string; readonly keys: readonly string[]; readonly envelope: unknown }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
interface ContractFelt { readonly contract: string; readonly version: number; readonly effects: readonly Effect[] }

const feltText = ({ contract, version, effects }: ContractFelt): readonly string[] => [`${contract}, version ${version}`, ...effectsText(effects).map((line) => `  ${line}`)]

const pathOf = (...parts: readonly string[]): string => ['/admin/v1/cases', ...parts.map(encodeURIComponent)].join('/')
const instantText = (text: string | undefined): string | undefined => (text === undefined || Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))

function dueText({ due }: Row): string {
  return due === null ? '' : `${due.what} ${due.overdue ? 'was due' : 'by'} ${due.at.slice(0, 16).replace('T', ' ')}`
}

/** What happened, in a word or two. */
function eventText({ kind, event }: View['timeline'][number]): string {
  const { act, restriction, sha256 } = event
  if (typeof act === 'string') return act
  if (typeof restriction === 'object' && restriction !== null && 'kind' in restriction) return `${kind} ${String(restriction.kind)}`
  return [kind, restriction ?? sha256].filter((part) => typeof part === 'string').join(' ')
}

const minuteText = (at: string): string => at.slice(0, 16).replace('T', ' ')

function viewText(view: View): readonly string[] {
  return [
    `${view.id}  ${view.organization === '*' ? 'everybody' : view.organization}  ${view.state}${view.finding === null ? '' : ` (${view.finding})`}  ${dueText(view)}`,
    ...wrapped(`under ${view.clause}${view.referred_by === null ? '' : `, complaint of ${view.referred_by}`}: ${view.says}`, ''),
    ...view.restrictions.flatMap((one) => [`  ${one.id}  ${one.kind}  ${one.status}`, `    by ${one.by}${one.approved_by === null ? '' : ` and ${one.approved_by}`}${one.ends === null ? '' : `, ends ${minuteText(one.ends)}`}`]),
    ...view.timeline.map((one) => `  ${minuteText(one.at)}  ${one.actor}  ${eventText(one)}`),
    ...(view.possible.length === 0 ? [] : [`possible: ${view.possible.join(', ')}`]),
  ]
}

/** Prints a case after what was done to it. */
const print = (context: CliContext, options: Json, answer: Promise<View | Failure>): Promise<ExitCode> => answered(context, answer, (view) => {
  if (options.json === true) context.out(JSON.stringify(view))
  else for (const line of viewText(view)) context.out(line)
})

function readCommands(cases: Command, context: CliContext, finish: Finish): void {
  withServer(cases.command('list').description('the queue, the most urgent first')).option('--organization <name>', 'about one organization').option('--open', 'only those that wait for something').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir cases list --open')
    .action(async ({ organization, open, ...options }: Json & { readonly organization?: string; readonly open?: boolean }) =>
      finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Row[]; readonly next: string | null }>('/admin/v1/cases', { organization, open: open === true ? 'true' : undefined, limit: '1000' }), ({ data, next }) => {
        if (next !== null) context.note('these are the thousand most urgent: --open or --organization leaves less')
        if (options.json === true) return context.out(JSON.stringify(data))
        if (data.length === 0) return context.note('no cases')
        for (const one of data) context.out([one.id, one.organization.padEnd(12), one.state.padEnd(13), one.clause.padEnd(14), dueText(one)].join('  ').trimEnd())
      })))
  withServer(cases.command('show').description('a case with its timeline').argument('<case>')).option('--json', 'print JSON with the statements of reasons').addHelpText('after', '\nExample:\n  weir cases show case_01j2')
    .action(async (id: string, options: Json) => finish(await print(context, options, adminClient(context, options).get(pathOf(id)))))
  withServer(cases.command('contracts').description('what suspending the customer would do to its contracts').argument('<case>')).option('--project <name>', 'this project alone').option('--until <time>', 'when it ends by itself').option('--json', 'print JSON')
    .addHelpText('after', '\nChanges nothing. Look before you approve a suspension.\n\nExample:\n  weir cases contracts case_01j2')
    .action(async (id: string, { project, until, ...options }: Json & { readonly project?: string; readonly until?: string }) =>
      finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly ContractFelt[] }>(pathOf(id, 'contracts'), { project, until: instantText(until) }), ({ data }) => {
        if (options.json === true) return context.out(JSON.stringify(data))
        if (data.length === 0) context.out('It has no contract: calls that were made are billed at list price.')
        for (const line of data.flatMap(feltText)) context.out(line)
      })))
  withServer(cases.command('pack').description('the signed evidence pack').argument('<case>')).requiredOption('--out <file>', 'where to write it').option('--keys <file>', 'write the public keys that verify it')
    .addHelpText('after', '\nThe same case, unchanged, makes the same bytes. Its hash is logged.\n\nExample:\n  weir cases pack case_01j2 --out pack.json --keys pack.vkeys\n  weir verify pack.json --key pack.vkeys')
    .action(async (id: string, { out, keys, ...options }: Json & { readonly out: string; readonly keys?: string }) => finish(await answered(context, adminClient(context, options).send<Pack>('POST', pathOf(id, 'pack'), {}), (pack) => {
      writeFileSync(out, `${JSON.stringify(pack.envelope)}\n`)
      if (keys !== undefined) writeFileSync(keys, `${pack.keys.join('\n')}\n`)
      context.out(`${out}: SHA-256 of its content ${pack.sha256}`)
      context.note(`check it with weir verify ${out} --key ${keys ?? pack.keys[0] ?? 'VKEY'}`)
    })))
}

interface Opening extends Json { readonly organization: string; readonly project?: string; readonly key?: string; readonly model?: string; readonly clause: string; readonly says: string; readonly evidence?: readonly string[]; readonly referredBy?: string; readonly matter?: string }
interface Moving extends Json { readonly says: string; readonly finding?: string; readonly evidence?: readonly string[]; readonly lift?: readonly string[] }

function actCommands(cases: Command, context: CliContext, finish: Finish): void {
  withServer(cases.command('open').description('open a case by a signal or a maker\'s complaint')).requiredOption('--organization <name>', 'whom it is about').option('--project <name>', 'one of its projects').option('--key <id>', 'one of its keys')
    .requiredOption('--clause <id>', 'such as oai.extract').requiredOption('--says <sentence>', 'what it is about; all parties may read it').option('--evidence <id>', 'call, hash, document; may be given again', gather)
    .option('--referred-by <maker>', 'who complains: it sees no prompts').addOption(new Option('--matter <matter>', 'key theft is looked at within 15 minutes').choices(['misuse', 'key_theft', 'terms_breach'])).option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir cases open --organization acme --clause oai.compete \\\n    --referred-by openai --says "Outputs are said to train a chat model."')
    .action(async ({ organization, project, key, clause, says, evidence, referredBy, matter, ...options }: Opening) =>
      finish(await print(context, options, adminClient(context, options).send('POST', pathOf(), { about: { organization, project, key }, clause, says, evidence, matter, ...(referredBy === undefined ? {} : { source: 'referral', referred_by: referredBy }) }))))
  const move = (act: string, id: string, { says, finding, evidence, lift, ...options }: Moving): Promise<ExitCode> => print(context, options, adminClient(context, options).send('POST', pathOf(id, 'moves'), { act, says, finding, evidence, lift }))
  withServer(cases.command('move').description('one act on a case').argument('<case>').addArgument(cases.createArgument('<act>', 'what is done').choices(acts))).requiredOption('--says <sentence>', 'why; all parties may read it')
    .addOption(new Option('--finding <finding>', 'of decide').choices(['no_breach', 'remediation', 'penalty'])).option('--evidence <id>', 'may be given again', gather).option('--lift <restriction>', 'of vary: what it lifts; may be given again', gather).option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir cases move case_01j2 decide --finding remediation --says "…"')
    .action(async (id: string, act: string, options: Moving) => finish(await move(act, id, options)))
  withServer(cases.command('appeal').description('record the customer\'s appeal').argument('<case>')).requiredOption('--says <sentence>', 'what the customer objects to').option('--evidence <id>', 'may be given again', gather).option('--json', 'print JSON')
    .addHelpText('after', '\nDecided within 14 days by somebody who has neither decided nor restricted:\n  weir cases move CASE uphold, vary or reverse\n\nExample:\n  weir cases appeal case_01j2 --says "It was an evaluation."')
    .action(async (id: string, options: Moving) => finish(await move('appeal', id, options)))
}

interface Restricting extends Opening { readonly until?: string; readonly appeal?: string; readonly urgent?: string; readonly percent?: string; readonly purpose?: readonly string[] }

function restrictionCommands(cases: Command, context: CliContext, finish: Finish): void {
  withServer(cases.command('restrict').description('restrict; a suspension waits for a second person').argument('<case>').addArgument(cases.createArgument('<kind>', 'what is restricted').choices(restrictionKinds)))
    .requiredOption('--organization <name>', 'whom').option('--project <name>', 'this project').option('--key <id>', 'this key').option('--model <name>', 'this model').requiredOption('--clause <id>', 'what it rests on').requiredOption('--says <sentence>', 'why; the customer reads it').requiredOption('--evidence <id>', 'may be given again', gather)
    .option('--until <time>', 'when it ends by itself').option('--appeal <sentence>', 'how to appeal').addOption(new Option('--urgent <reason>', 'why notice does not come first').choices(['imminent_loss', 'key_theft', 'law', 'evidence_destruction'])).option('--percent <number>', 'of throttle: what is left').option('--purpose <id>', 'of narrow_purpose: what stays allowed; may be given again', gather).option('--json', 'print JSON')
    .addHelpText('after', '\nBlock exports or training before you suspend. Holds within two seconds.\n\nExample:\n  weir cases restrict case_01j2 block_export --organization acme \\\n    --clause oai.compete --evidence call_01j2 --says "…"')
    .action(async (id: string, kind: string, { organization, project, key, model, clause, says, evidence, until, appeal, urgent, percent, purpose, ...options }: Restricting) =>
      finish(await print(context, options, adminClient(context, options).send('POST', pathOf(id, 'restrictions'), { kind, scope: { organization, project, key, model }, clause, says, evidence, until: instantText(until), appeal, urgent, percent: percent === undefined ? undefined : Number(percent), purposes: purpose }))))
  withServer(cases.command('approve').description('the second person\'s word on a suspension').argument('<case>').argument('<restriction>')).option('--until <time>', 'when it ends by itself').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir cases approve case_01j2 restriction_01j2')
    .action(async (id: string, restriction: string, { until, ...options }: Json & { readonly until?: string }) => finish(await print(context, options, adminClient(context, options).send('POST', pathOf(id, 'restrictions', restriction, 'approve'), { until: instantText(until) }))))
  withServer(cases.command('lift').description('lift a restriction').argument('<case>').argument('<restriction>')).requiredOption('--says <sentence>', 'why').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir cases lift case_01j2 restriction_01j2 --says "Shown to be a test."')
    .action(async (id: string, restriction: string, { says, ...options }: Json & { readonly says: string }) => finish(await print(context, options, adminClient(context, options).send('POST', pathOf(id, 'restrictions', restriction, 'lift'), { says }))))
}

export function casesCommand(program: Command, context: CliContext, finish: Finish): void {
  const cases = program.command('cases').description('signals, restrictions, appeals, evidence packs')
  readCommands(cases, context, finish)
  actCommands(cases, context, finish)
  restrictionCommands(cases, context, finish)
}
