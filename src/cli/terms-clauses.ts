/** `weir terms clauses`: read, compare, try out, change and approve clauses. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { yamlIn } from './json-in.ts'
import { table, wrapped } from './table.ts'
import { lineDifferences } from './terms-text.ts'

type Finish = (code: ExitCode) => void
type Json = ServerOptions & { readonly json?: boolean }

interface Clause {
  readonly id: string; readonly version: number; readonly kind: string; readonly points: readonly string[]; readonly on_unknown: string; readonly says: string; readonly remedy: string; readonly text: string
  readonly approved_by: readonly string[]; readonly signed: boolean; readonly sha256: string; readonly source: Readonly<Record<string, string>>
}
interface Version { readonly version: number; readonly at: string | null; readonly actor: string; readonly clause: Readonly<Record<string, unknown>> & { readonly text?: string } }
interface Shown { readonly clause: Clause; readonly versions: readonly Version[] }
interface Simulated { readonly looked_at: number; readonly changed: readonly { readonly point: string; readonly before: string; readonly after: string; readonly subject: string; readonly organization: string | null; readonly reasons: readonly { readonly clause: string }[] }[] }

const pathOf = (clause: string): string => `/admin/v1/terms/clauses/${encodeURIComponent(clause)}`

export function clausesCommand(terms: Command, context: CliContext, finish: Finish): void {
  const clauses = terms.command('clauses').description('list, show, diff, simulate, change, approve')
  readCommands(clauses, context, finish)
  draftCommands(clauses, context, finish)
}

/** Points by their letters: contract, admit, route, export, train, publish. */
const lettersOf = (points: readonly string[]): string => points.map((point) => (point[0] ?? '').toUpperCase()).join('')

function readCommands(clauses: Command, context: CliContext, finish: Finish): void {
  withServer(clauses.command('list').description('all clauses in force')).option('--json', 'print JSON').addHelpText('after', '\nPoints: Contract, Admit, Route, Export, Train, Publish.\n\nExample:\n  weir terms clauses list')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Clause[] }>('/admin/v1/terms/clauses'), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      for (const line of table([{ title: 'CLAUSE' }, { title: 'KIND' }, { title: 'POINTS' }, { title: 'UNKNOWN' }, { title: 'SIGNED' }, { title: 'SOURCE' }], data.map((one) => [one.id, one.kind, lettersOf(one.points), one.on_unknown, one.signed ? 'yes' : `${one.approved_by.length} of 2`, `${one.source['maker'] ?? ''} ${one.source['document'] ?? ''}`]))) context.out(line)
    })))
  withServer(clauses.command('show').description('one clause, its text and who approved it').argument('<clause>')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir terms clauses show oai.compete')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).get<Shown>(pathOf(id)), (given) => {
      if (options.json === true) return context.out(JSON.stringify(given))
      const { clause } = given
      for (const line of [
        `${clause.id}, version ${clause.version}: ${clause.kind} at ${clause.points.join(', ')}; unknown facts: ${clause.on_unknown}`,
        ...wrapped(clause.says), ...wrapped(clause.remedy),
        ...wrapped(`Source: ${clause.source['maker'] ?? ''}, ${clause.source['document'] ?? ''}, ${clause.source['section'] ?? ''}${clause.source['effectiveFrom'] === undefined ? '' : `, from ${clause.source['effectiveFrom']}`}; ${clause.source['sourceHash'] === undefined ? 'no text is attached' : `text ${clause.source['sourceHash']}`}.`),
        ...wrapped(clause.signed ? `Approved by ${clause.approved_by.join(' and ')}.` : `Needs counsel's sign-off: approved by ${clause.approved_by.join(', ') || 'nobody'}, two are needed before it binds on live calls.`),
        `  To approve: weir terms clauses approve ${clause.id} --sha256 ${clause.sha256}`, '', ...clause.text.trimEnd().split('\n'),
      ]) context.out(line)
    })))
  withServer(clauses.command('diff').description('what changed from one version to another').argument('<clause>')).option('--from <version>', 'default: the one before').option('--to <version>', 'default: the latest').option('--json', 'print JSON')
    .addHelpText('after', '\nExit code 3 where they differ.\n\nExample:\n  weir terms clauses diff oai.compete --from 1')
    .action(async (id: string, options: Json & { readonly from?: string; readonly to?: string }) => finish(await answered(context, adminClient(context, options).get<Shown>(pathOf(id)), ({ versions }) => {
      const to = versions.find((one) => String(one.version) === options.to) ?? (options.to === undefined ? versions.at(-1) : undefined)
      const from = versions.find((one) => String(one.version) === (options.from ?? String((to?.version ?? 1) - 1)))
      if (from === undefined || to === undefined) {
        context.note(`${id} has versions ${versions.map((one) => one.version).join(', ')}`)
        return versions.length < 2 && options.from === undefined ? exit.ok : exit.usage
      }
      const names = [...new Set([...Object.keys(from.clause), ...Object.keys(to.clause)])].filter((name) => !['text', 'version', 'approvedBy'].includes(name) && JSON.stringify(from.clause[name]) !== JSON.stringify(to.clause[name]))
      const texts = [from.clause.text ?? '', to.clause.text ?? ''] as const
      if (options.json === true) context.out(JSON.stringify({ from: from.version, to: to.version, fields: Object.fromEntries(names.map((name) => [name, { before: from.clause[name] ?? null, after: to.clause[name] ?? null }])), text: texts[0] === texts[1] ? [] : lineDifferences(...texts) }))
      else {
        for (const name of names) context.out(`${name}: ${JSON.stringify(from.clause[name] ?? null)} → ${JSON.stringify(to.clause[name] ?? null)}`)
        if (texts[0] !== texts[1]) for (const line of lineDifferences(...texts)) context.out(line)
      }
      return names.length === 0 && texts[0] === texts[1] ? exit.ok : exit.differences
    })))
}

/** A draft from a file: a Cedar policy alone, or YAML with any of the clause's members; undefined after a note. */
function draftIn(file: string | undefined, context: CliContext): { readonly value: unknown } | undefined {
  if (file === undefined) return { value: {} }
  if (!file.endsWith('.cedar')) return yamlIn(file, context)
  const read = context.readFile(file)
  return 'failed' in read ? void context.note(`${file}: ${read.failed}`) : { value: { text: read.text } }
}

function draftCommands(clauses: Command, context: CliContext, finish: Finish): void {
  withServer(clauses.command('simulate').description('what recorded decisions would have been').argument('<clause>').argument('[file]', 'a changed policy (.cedar), or YAML with changed members')).option('--days <n>', 'how far back', '7').option('--json', 'print JSON')
    .addHelpText('after', '\nWithout a file: the clause as it is, as if two people had approved it. Exit code\n3 where a decision would have been another.\n\nExample:\n  weir terms clauses simulate oai.region draft.cedar --days 7')
    .action(async (id: string, file: string | undefined, { days, ...options }: Json & { readonly days: string }) => {
      const draft = draftIn(file, context)
      if (draft === undefined) return finish(exit.usage)
      finish(await answered(context, adminClient(context, options).send<Simulated>('POST', `${pathOf(id)}/simulate`, { draft: draft.value, days: Number(days) }), (given) => {
        if (options.json === true) context.out(JSON.stringify(given))
        else {
          for (const one of given.changed) context.out(`${one.before} → ${one.after}  ${one.point}  ${one.organization ?? '-'}  ${one.subject}  ${one.reasons.map((reason) => reason.clause).join(', ')}`)
          context.out(`${given.changed.length} of ${given.looked_at} recorded decisions would be others.`)
        }
        return given.changed.length === 0 ? exit.ok : exit.differences
      }))
    })
  withServer(clauses.command('change').description('save a new version; nothing is deleted').argument('<clause>').argument('<file>', 'a policy (.cedar), or YAML with members')).option('--json', 'print JSON')
    .addHelpText('after', '\nApprovals of the version before do not carry over.\n\nExample:\n  weir terms clauses change oai.region region.cedar')
    .action(async (id: string, file: string, options: Json) => {
      const draft = draftIn(file, context)
      if (draft === undefined) return finish(exit.usage)
      finish(await answered(context, adminClient(context, options).send<Clause>('PUT', pathOf(id), draft.value), (saved) => context.out(options.json === true ? JSON.stringify(saved) : `${saved.id}, version ${saved.version}; approve it: weir terms clauses approve ${saved.id} --sha256 ${saved.sha256}`)))
    })
  withServer(clauses.command('approve').description('one of two approvals of a clause\'s very text').argument('<clause>')).requiredOption('--sha256 <hash>', 'what you have read: weir terms clauses show prints it').option('--json', 'print JSON')
    .addHelpText('after', '\nTwo different people make it bind on live calls.\n\nExample:\n  weir terms clauses approve oai.region --sha256 4c0f…')
    .action(async (id: string, { sha256, ...options }: Json & { readonly sha256: string }) => finish(await answered(context, adminClient(context, options).send<{ readonly approvals: number; readonly signed: boolean }>('POST', `${pathOf(id)}/approve`, { sha256 }), (done) =>
      context.out(options.json === true ? JSON.stringify(done) : done.signed ? `${id} is approved by two people: it binds at all its points now` : `${id}: ${done.approvals} of 2 approvals; another person has to approve it`))))
}
