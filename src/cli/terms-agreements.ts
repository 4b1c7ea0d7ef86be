/** `weir terms accept`, `state`, `decisions`, `replay`, `complete`, `screen`: what was accepted, what was decided, who is listed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { agreementStates } from '../terms/register/register.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { yamlIn } from './json-in.ts'
import { pathName } from './keys.ts'
import { grouped, wrapped } from './table.ts'

type Finish = (code: ExitCode) => void
type Json = ServerOptions & { readonly json?: boolean }

const instantText = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))

export function agreementCommands(terms: Command, context: CliContext, finish: Finish): void {
  acceptCommands(terms, context, finish)
  decisionCommands(terms, context, finish)
  screenCommands(terms, context, finish)
}

interface Accepting extends Json { readonly organization: string; readonly party: string; readonly document: string; readonly by: string; readonly at?: string }

function acceptCommands(terms: Command, context: CliContext, finish: Finish): void {
  withServer(terms.command('accept').description('record that a text was accepted: who, when, its hash').argument('<id>', 'a name for the agreement').argument('<file>', 'the very text that was accepted')).requiredOption('--organization <name>', 'for whom').requiredOption('--party <name>', 'maker or channel whose text it is')
    .requiredOption('--document <title>', 'what it is called').requiredOption('--by <who>', 'who accepted it').option('--at <time>', 'when; default: now').option('--json', 'print JSON')
    .addHelpText('after', '\nThe file stays here; its SHA-256 is recorded.\n\nExample:\n  weir terms accept openai-services services-agreement.pdf \\\n    --organization acme --party openai --document "Services Agreement" \\\n    --by "general counsel" --at 2026-01-01')
    .action(async (id: string, file: string, { organization, party, document, by, at, ...options }: Accepting) => {
      if (at !== undefined && Number.isNaN(Date.parse(at))) {
        context.note(`--at ${at}: a time is wanted, such as 2026-01-01`)
        return finish(exit.usage)
      }
      const textHash = createHash('sha256').update(readFileSync(file)).digest('hex')
      const acceptedAtMs = at === undefined ? context.clock.now() : Date.parse(at)
      finish(await answered(context, adminClient(context, options).send<{ readonly id: string; readonly version: number }>('POST', '/admin/v1/terms/records/agreements', { id, organization, party, document, textHash, acceptedBy: by, acceptedAtMs, state: 'active' }), (done) =>
        context.out(options.json === true ? JSON.stringify({ ...done, sha256: textHash }) : `${done.id}, version ${done.version}: active, text ${textHash}`)))
    })
  withServer(terms.command('state').description('record that an agreement is active, under investigation, suspended or ended').argument('<agreement>').argument('<state>', agreementStates.join(', '))).requiredOption('--says <sentence>', 'why: whose letter, which decision').option('--evidence <where>', 'where it is written').option('--json', 'print JSON')
    .addHelpText('after', `
Under investigation: exports and trainings with rows of that party's models need
two people. Suspended: calls to them stop, and so do exports and trainings.
Ended: calls stop; what was made before is a question for two people.

Example:
  weir terms state openai-services under-investigation \\
    --says "Notice C-7 of 28 November."`)
    .action(async (agreement: string, state: string, { says, evidence, ...options }: Json & { readonly says: string; readonly evidence?: string }) => finish(await answered(context, adminClient(context, options).send<{ readonly id: string; readonly version: number; readonly state: string }>('POST', `/admin/v1/terms/agreements/${pathName(agreement)}/state`, { state, says, evidence }), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : `${done.id}, version ${done.version}: ${done.state}`))))
}

interface Row { readonly id: string; readonly at: string; readonly point: string; readonly organization: string | null; readonly subject: string; readonly outcome: string }
interface Full extends Row {
  readonly decision: { readonly facts: Readonly<Record<string, unknown>>; readonly reasons: readonly { readonly clause: string; readonly version: number; readonly because: string; readonly says: string; readonly remedy: string; readonly missing: readonly string[] }[]; readonly duties: readonly { readonly clause: string; readonly obligation: string }[] }
  readonly policy_set: string
  readonly replay: { readonly status: string; readonly says: string }
}
interface Agreed { readonly status: string; readonly says: readonly string[]; readonly receipts: { readonly attempts: number; readonly input: string; readonly output: string } }

function fullText(one: Full): readonly string[] {
  return [
    `${one.outcome} at ${one.point}, ${one.at}, ${one.organization ?? '-'}: ${one.subject}`,
    ...one.decision.reasons.flatMap((reason) => wrapped(`${reason.clause} v${reason.version} (${reason.because}): ${reason.says}${reason.missing.length === 0 ? '' : ` Not known: ${reason.missing.join(', ')}.`} ${reason.remedy}`.trim(), '  ')),
    ...one.decision.duties.flatMap((duty) => wrapped(`Duty ${duty.clause}: ${duty.obligation}`, '  ')),
    'Facts:', ...Object.entries(one.decision.facts).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`),
    `Policy set ${one.policy_set}`, `Replayed: ${one.replay.status}. ${one.replay.says}`,
  ]
}

function decisionCommands(terms: Command, context: CliContext, finish: Finish): void {
  withServer(terms.command('decisions').description('recorded decisions, the latest first')).option('--point <point>', 'contract, admit, route, export, train or publish').option('--outcome <outcome>', 'allow, ask or deny').option('--organization <name>', 'about one organization').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir terms decisions --point export --outcome deny')
    .action(async ({ point, outcome, organization, ...options }: Json & { readonly point?: string; readonly outcome?: string; readonly organization?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Row[] }>('/admin/v1/terms/decisions', { point, outcome, organization }), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no such decisions')
      for (const one of data) context.out(`${one.id}  ${one.outcome.padEnd(5)}  ${one.point.padEnd(8)}  ${one.organization ?? '-'}  ${one.subject}`)
    })))
  withServer(terms.command('replay').description('one decision with its facts, decided again').argument('<decision>', 'dec_…')).option('--json', 'print JSON').addHelpText('after', '\nExit code 3 where the same facts do not give the same bytes.\n\nExample:\n  weir terms replay dec_5f…')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).get<Full>(`/admin/v1/terms/decisions/${encodeURIComponent(id)}`), (one) => {
      if (options.json === true) context.out(JSON.stringify(one))
      else for (const line of fullText(one)) context.out(line)
      return one.replay.status === 'same' ? exit.ok : exit.differences
    })))
  withServer(terms.command('complete').description('whether receipts and ledger say the same of a period')).requiredOption('--organization <name>', 'whose').requiredOption('--from <time>', 'its begin').requiredOption('--to <time>', 'its end').option('--json', 'print JSON').addHelpText('after', '\nExit code 3 where they differ.\n\nExample:\n  weir terms complete --organization acme --from 2026-11-01 --to 2026-12-01')
    .action(async ({ organization, from, to, ...options }: Json & { readonly organization: string; readonly from: string; readonly to: string }) => finish(await answered(context, adminClient(context, options).get<Agreed>('/admin/v1/terms/completeness', { organization, from: instantText(from), to: instantText(to) }), (one) => {
      if (options.json === true) context.out(JSON.stringify(one))
      else for (const line of one.status === 'equal' ? [`Receipts and ledger agree: ${grouped(one.receipts.attempts)} attempts, ${grouped(one.receipts.input)} tokens in, ${grouped(one.receipts.output)} out.`] : ['Receipts and ledger differ:', ...one.says.map((says) => `  ${says}`)]) context.out(line)
      return one.status === 'equal' ? exit.ok : exit.differences
    })))
}

interface Hit { readonly id: string; readonly list: string; readonly reference: string; readonly listed_name: string; readonly party_kind: string; readonly party: string; readonly decision: string; readonly by: string | null }

function screenCommands(terms: Command, context: CliContext, finish: Finish): void {
  const screen = terms.command('screen').description('parties against screening lists: leads, not refusals')
  withServer(screen.command('bring').description('bring a list, or its new version').argument('<file>', 'YAML or JSON: id, source, asOf, entries')).option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir terms screen bring sanctions.yaml\n\n  # sanctions.yaml\n  id: sanctions\n  source: published by the authority\n  asOf: 2026-11-01\n  entries:\n    - { reference: "17", name: Example Trading Ltd, aliases: [Example Trade] }')
    .action(async (file: string, options: Json) => {
      const read = yamlIn(file, context)
      if (read === undefined) return finish(exit.usage)
      finish(await answered(context, adminClient(context, options).send<{ readonly id: string; readonly version: number; readonly hits: number }>('POST', '/admin/v1/screening/lists', read.value), (done) => {
        context.out(options.json === true ? JSON.stringify(done) : `${done.id}, version ${done.version}: ${done.hits} hits that nobody has looked at`)
        return done.hits === 0 ? exit.ok : exit.differences
      }))
    })
  withServer(screen.command('hits').description('parties that carry a listed name')).option('--json', 'print JSON').addHelpText('after', '\nExit code 3 where one is open.\n\nExample:\n  weir terms screen hits')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Hit[] }>('/admin/v1/screening/hits'), ({ data }) => {
      if (options.json === true) context.out(JSON.stringify(data))
      else if (data.length === 0) context.note('no hits; lists to screen by are brought with weir terms screen bring FILE')
      else for (const one of data) context.out(`${one.id}  ${one.by === null ? one.decision : `${one.decision} by ${one.by}`}\n  ${one.party_kind} ${one.party} is called as ${one.list} ${one.reference}: ${one.listed_name}`)
      return data.some((one) => one.decision === 'open') ? exit.differences : exit.ok
    })))
  withServer(screen.command('say').description('say what a hit is: cleared, or confirmed, which opens a case').argument('<hit>').argument('<decision>', 'cleared or confirmed')).requiredOption('--says <sentence>', 'why').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir terms screen say hit_5f… cleared --says "Another company, other country."')
    .action(async (id: string, decision: string, { says, ...options }: Json & { readonly says: string }) => finish(await answered(context, adminClient(context, options).send<{ readonly id: string; readonly decision: string; readonly case: string | null }>('POST', `/admin/v1/screening/hits/${encodeURIComponent(id)}`, { decision, says }), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : `${done.id}: ${done.decision}${done.case === null ? '' : `, ${done.case} is opened`}`))))
}
