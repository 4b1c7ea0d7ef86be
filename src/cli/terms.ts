/** `weir terms`: what was agreed, registered and attested; which models may serve a purpose; statements of use; approvals. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { add, decimal, formatDecimal } from '../kernel/decimal.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { yamlIn } from './json-in.ts'
import { pathName } from './keys.ts'
import { grouped, table, wrapped } from './table.ts'
import { agreementCommands } from './terms-agreements.ts'
import { clausesCommand } from './terms-clauses.ts'
import { share } from './terms-text.ts'

type Finish = (code: ExitCode) => void
type Json = ServerOptions & { readonly json?: boolean }

const kinds = ['agreements', 'purposes', 'attestations', 'exclusivities'] as const

export function termsCommand(program: Command, context: CliContext, finish: Finish): void {
  const terms = program.command('terms').description('agreements, purposes, clauses, statements of use')
  registerCommands(terms, context, finish)
  clausesCommand(terms, context, finish)
  askCommands(terms, context, finish)
  agreementCommands(terms, context, finish)
}

interface Stored { readonly id: string; readonly version: number; readonly actor: string; readonly at: string; readonly body: { readonly organization?: string; readonly party?: string; readonly state?: string; readonly phase?: string; readonly kind?: string; readonly value?: unknown; readonly maker?: string; readonly channel?: string; readonly expiresMs?: number; readonly endsMs?: number } }

/** What a reader of the list wants to see of a record. */
function whatOf({ party, state, phase, kind, value, maker, channel, expiresMs, endsMs }: Stored['body']): string {
  const end = expiresMs ?? endsMs
  const says = party !== undefined ? `${party}: ${state ?? ''}` : phase ?? (kind !== undefined ? `${kind} = ${String(value)}` : `${maker ?? ''} through ${channel ?? ''}`)
  return end === undefined ? says : `${says}, to ${isoTime(end).slice(0, 10)}`
}

/** Dates in a file may be written as dates: fields that end in Ms take them as milliseconds. */
function instants(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(instants)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name.endsWith('Ms') && typeof inner === 'string' && !Number.isNaN(Date.parse(inner)) ? Date.parse(inner) : instants(inner)]))
}

function registerCommands(terms: Command, context: CliContext, finish: Finish): void {
  const known = (kind: string): boolean => (kinds as readonly string[]).includes(kind) || (context.note(`unknown kind ${kind}; expected ${kinds.join(', ')}`), false)
  withServer(terms.command('put').description('register a version of what a YAML or JSON file holds').argument('<kind>', kinds.join(', ')).argument('<file>', 'one record, or a list of them'))
    .addHelpText('after', `
Earlier versions stay readable. Times (expiresMs and so on) may be written as
dates.

Example:
  weir terms put purposes own-chat.yaml

  # own-chat.yaml
  id: own-chat
  organization: acme
  says: Our own chat model
  phase: training
  target: { class: chat, distribution: external, host: own }
  dataClass: internal
  owner: ml-team
  expiresMs: 2027-12-31`)
    .action(async (kind: string, file: string, options: ServerOptions) => {
      const read = known(kind) ? yamlIn(file, context) : undefined
      if (read === undefined) return finish(exit.usage)
      const parsed = instants(read.value)
      for (const body of Array.isArray(parsed) ? parsed as unknown[] : [parsed]) {
        const answer = await adminClient(context, options).send<{ readonly id: string; readonly version: number }>('POST', `/admin/v1/terms/records/${kind}`, body)
        if (isFailure(answer)) {
          context.note(`${file}: ${answer.failed}`)
          return finish(answer.code)
        }
        context.out(`${answer.id}, version ${answer.version}`)
      }
      finish(exit.ok)
    })
  withServer(terms.command('list').description('what is registered').argument('<kind>', kinds.join(', '))).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir terms list purposes')
    .action(async (kind: string, options: Json) => {
      if (!known(kind)) return finish(exit.usage)
      finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Stored[] }>(`/admin/v1/terms/records/${kind}`), ({ data }) => {
        if (options.json === true) return context.out(JSON.stringify(data))
        if (data.length === 0) return context.note(kind === 'agreements' ? 'no agreements yet; record one that was accepted: weir terms accept --help' : `no ${kind} yet; register some: weir terms put ${kind} FILE`)
        for (const line of table([{ title: 'ID' }, { title: 'ORGANIZATION' }, { title: 'WHAT' }, { title: 'VERSION', align: 'right' }, { title: 'BY' }, { title: 'SINCE' }], data.map((one) => [one.id, one.body.organization ?? '-', whatOf(one.body), String(one.version), one.actor, one.at.slice(0, 10)]))) context.out(line)
      }))
    })
}

interface Reason { readonly clause: string; readonly effect: string }
interface Explained { readonly points: readonly { readonly point: string; readonly reasons: readonly Reason[] }[]; readonly deployment: string; readonly model: string; readonly maker: string; readonly channel: string; readonly outcome: string; readonly observed: string; readonly missing: readonly string[]; readonly remedies: readonly string[]; readonly duties: readonly string[] }
interface Total { readonly phase: string; readonly maker: string; readonly model: string; readonly calls: number; readonly attempts: number; readonly absent: number; readonly input: string; readonly output: string; readonly cost: Readonly<Record<string, string>> }
interface StatementAnswer { readonly keys: readonly string[]; readonly statement: { readonly totals: readonly Total[]; readonly leaves: readonly string[]; readonly outside: readonly { readonly supplier: string; readonly says: string; readonly amount?: string; readonly currency?: string }[] } }

function askCommands(terms: Command, context: CliContext, finish: Finish): void {
  withServer(terms.command('explain').description('which models may serve a purpose, and what is missing').argument('<purpose>', 'id of a registered purpose')).option('--organization <name>', 'where several have a purpose of that id').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir terms explain own-chat')
    .action(async (purpose: string, options: Json & { readonly organization?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Explained[] }>(`/admin/v1/terms/explain/${pathName(purpose)}`, { organization: options.organization }), (given) => {
      if (options.json === true) context.out(JSON.stringify(given))
      else for (const one of given.data) for (const line of explained(one)) context.out(line)
    })))
  withServer(terms.command('statement').description('calls, tokens, cost and share by phase and model, provable'))
    .requiredOption('--from <time>', 'such as 2026-11-01').requiredOption('--to <time>', 'such as 2026-12-01').requiredOption('--organization <name>', 'whose use')
    .option('--out <file>', 'write the statement that weir verify checks').option('--json', 'print JSON')
    .addHelpText('after', `
The file discloses the usage of every call of the period, names and contents
closed, so that whoever has the public key works out root and sums again.

Example:
  weir terms statement --organization acme --from 2026-11-01 --to 2026-12-01 \\
    --out statement.json`)
    .action(async ({ from, to, organization, out, ...options }: Json & { readonly from: string; readonly to: string; readonly organization: string; readonly out?: string }) =>
      finish(await answered(context, adminClient(context, options).get<StatementAnswer>('/admin/v1/terms/statement', { from: instantText(from), to: instantText(to), organization }), (given) => {
        if (out !== undefined) writeFileSync(out, `${JSON.stringify(given.statement)}\n`)
        if (options.json === true) return context.out(JSON.stringify(given.statement))
        for (const line of statementText(given)) context.out(line)
        if (out !== undefined) context.note(`${out}: check it with weir verify ${out} --key ${given.keys[0] ?? 'VKEY'}`)
      })))
  withServer(terms.command('attach').description('tie a clause to the text that was read, by its hash').argument('<clause>').argument('<file>', 'the text, as it was accepted')).option('--json', 'print JSON')
    .addHelpText('after', '\nThe file stays here; its SHA-256 is recorded. Another hash than before means\nthat the terms changed: two people have to approve the clause again.\n\nExample:\n  weir terms attach oai.compete services-agreement.pdf')
    .action(async (clause: string, file: string, options: Json) => finish(await answered(context, adminClient(context, options).send<{ readonly status: string; readonly sha256: string; readonly case: string | null; readonly clauses: readonly string[] }>('POST', `/admin/v1/terms/clauses/${encodeURIComponent(clause)}/attach`, { sha256: createHash('sha256').update(readFileSync(file)).digest('hex'), file }), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : `${clause}: ${done.status}, SHA-256 ${done.sha256}${done.case === null ? '' : `\n${done.case} is opened; questions until two people approve again: ${done.clauses.join(', ')}`}`))))
  withServer(terms.command('approve').description('let a question go on, by the id that the refusal named').argument('<approval>', 'approval_…')).requiredOption('--until <time>', 'such as 2026-12-31').option('--json', 'print JSON')
    .addHelpText('after', '\nOne person for live calls; two different people for exports, trainings and\npublications.\n\nExample:\n  weir terms approve approval_5f… --until 2026-12-31')
    .action(async (approval: string, { until, ...options }: Json & { readonly until: string }) => finish(await answered(context, adminClient(context, options).send<{ readonly by: readonly string[]; readonly until: string }>('POST', `/admin/v1/terms/approvals/${encodeURIComponent(approval)}`, { until: instantText(until) }), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : `approved by ${done.by.join(' and ')} until ${done.until}`))))
}

const instantText = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))

/** Which clauses object, and where. */
function objections({ points }: Explained): readonly string[] {
  const found = points.flatMap(({ point, reasons }) => reasons.filter(({ effect }) => effect !== 'allow').map(({ clause }) => ({ clause, point })))
  return [...Map.groupBy(found, ({ clause }) => clause)].map(([clause, at]) => `${clause} at ${at.map(({ point }) => point).join(' and ')}`)
}

function explained(one: Explained): readonly string[] {
  const clauses = objections(one)
  const later = one.outcome === one.observed ? '' : ` (${one.observed} once its clauses are signed off)`
  return [
    `${one.outcome.padEnd(5)} ${one.model} at ${one.deployment}, made by ${one.maker}, sold by ${one.channel}${later}`,
    ...(clauses.length === 0 ? [] : wrapped(`Under ${clauses.join(', ')}.`, '      ')),
    ...(one.missing.length === 0 ? [] : wrapped(`Not known: ${one.missing.join(', ')}.`, '      ')),
    ...one.remedies.flatMap((remedy) => wrapped(remedy, '      ')),
    ...one.duties.flatMap((duty) => wrapped(`Duty: ${duty}`, '      ')),
  ]
}

function statementText({ statement }: StatementAnswer): readonly string[] {
  const { totals, outside, leaves } = statement
  const whole = new Map<string, string>()
  for (const row of totals) for (const [currency, amount] of Object.entries(row.cost)) whole.set(currency, formatDecimal(add(decimal(whole.get(currency) ?? '0'), decimal(amount))))
  const rows = totals.map((row) => {
    const [currency = '', amount] = Object.entries(row.cost)[0] ?? []
    return [row.phase, row.model, grouped(row.calls), grouped(row.input), grouped(row.output), amount === undefined ? '-' : `${grouped(amount)} ${currency}`, amount === undefined ? '-' : share(amount, whole.get(currency) ?? '0')]
  })
  const absent = totals.reduce((sum, row) => sum + row.absent, 0)
  return [
    ...table([{ title: 'PHASE' }, { title: 'MODEL' }, { title: 'CALLS', align: 'right' }, { title: 'INPUT', align: 'right' }, { title: 'OUTPUT', align: 'right' }, { title: 'COST', align: 'right' }, { title: 'SHARE', align: 'right' }], rows),
    '',
    `${grouped(leaves.length)} leaves disclosed${absent === 0 ? '' : `, ${absent} attempts without reported usage among them`}.`,
    ...outside.flatMap((one) => wrapped(`Outside the gateway, stated and not proven: ${one.supplier}: ${one.says}${one.amount === undefined ? '' : ` ${one.amount} ${one.currency ?? ''}.`}`, '')),
  ]
}
