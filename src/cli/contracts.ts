/** `weir contracts`: what was agreed with customers, suppliers and makers, from YAML or JSON files. */
import type { Command } from 'commander'
import { parseDocument } from 'yaml'
import { parseContract } from '../ledger/contracts/parse-contract.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { type Effect, effectsText } from './effect-text.ts'
import { grouped } from './table.ts'

const kinds = { contract: 'contracts', party: 'parties', agreement: 'agreements', asset: 'assets' } as const
type Kind = keyof typeof kinds
interface Json extends ServerOptions { readonly json?: boolean }

export function contractsCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const contracts = program.command('contracts').description('contracts, parties, agreements with makers, assets').addHelpText('after', `
A file holds one of them with its id. Saving what is there already changes
nothing; a change of a contract is a new version.

Examples:
  weir contracts save contract acme-2026.yaml
  weir contracts save party self.yaml
  weir contracts save agreement maker.yaml
  weir contracts show acme-2026
  weir contracts suspension acme-2026 --from 2026-11-16
  weir contracts rate EUR USD 2026-11-01 1.0812 --source "ECB reference rate"
  weir contracts asset-month cluster 2026-11 acme:customer:1200 openai:maker:400`)
  withServer(contracts.command('save').description('save one').argument('<kind>', Object.keys(kinds).join(', ')).argument('<file>'))
    .action(async (kind: string, file: string, options: ServerOptions) => finish(await save(kind, file, options, context)))
  withServer(contracts.command('show').description('one, and what was used of it').argument('<id>')).option('--json', 'print JSON')
    .action(async (id: string, options: Json) => finish(await show(id, options, context)))
  withServer(contracts.command('suspension').description('what a suspension would do').argument('<id>')).requiredOption('--from <time>', 'a day or a time').option('--until <time>', 'left out: until it is lifted').option('--project <name>', 'of one project alone').option('--json', 'print JSON')
    .action(async (id: string, options: SuspensionOptions) => finish(await suspension(id, options, context)))
  withServer(contracts.command('rate').description('record a day’s exchange rate').argument('<base>').argument('<quote>').argument('<day>').argument('<rate>', 'quote for one base')).requiredOption('--source <text>', 'who says so')
    .action(async (base: string, quote: string, day: string, rate: string, options: ServerOptions & { readonly source: string }) => finish(await answered(context,
      adminClient(context, options).send<{ readonly saved: number }>('POST', '/admin/v1/exchange-rates', { rates: [{ base, quote, day, rate, source: options.source }] }), () => context.out(`1 ${base} is ${rate} ${quote} from ${day} on`))))
  withServer(contracts.command('asset-month').description('book a month of an asset').argument('<asset>').argument('<month>').argument('[used...]', 'PARTY:customer:HOURS or PARTY:maker:HOURS'))
    .action(async (asset: string, month: string, used: readonly string[], options: ServerOptions) => finish(await assetMonth(asset, month, used, options, context)))
  withServer(contracts.command('list').description('the latest version of each')).option('--json', 'print JSON')
    .action(async (options: ServerOptions & { readonly json?: boolean }) => finish(await list(options, context)))
}

/** A contract's faults with their lines; the server would find them too, but it does not see the file. */
function contractFaults(file: string, text: string): readonly string[] {
  const parsed = parseContract(text)
  return 'contract' in parsed ? [] : parsed.faults.map((fault) => `${file}${fault.line === undefined ? '' : `:${fault.line}`}: ${fault.at === '' ? '' : `${fault.at}: `}${fault.reason}`)
}

/** The file as a value, or what is wrong with it. */
function readOne(kind: Kind, file: string, context: CliContext): { readonly id: string; readonly body: object } | { readonly faults: readonly string[] } {
  const read = context.readFile(file)
  if ('failed' in read) return { faults: [`${file}: ${read.failed}`] }
  const document = parseDocument(read.text, { version: '1.2' })
  const [broken] = document.errors
  if (broken !== undefined) return { faults: [`${file}:${broken.linePos?.[0].line ?? 1}: ${broken.message.split('\n')[0] ?? 'not YAML'}`] }
  const value: unknown = document.toJS()
  const { id, ...body } = typeof value === 'object' && value !== null ? (value as { readonly id?: unknown }) : {}
  if (typeof id !== 'string') return { faults: [`${file}: give it an id: the first line may be id: ${kind === 'party' ? 'acme' : 'acme-2026'}`] }
  const faults = kind === 'contract' ? contractFaults(file, read.text) : []
  return faults.length > 0 ? { faults } : { id, body: kind === 'party' ? body : { ...body, id } }
}

async function save(kind: string, file: string, options: ServerOptions, context: CliContext): Promise<ExitCode> {
  if (!Object.hasOwn(kinds, kind)) {
    context.note(`unknown kind ${kind}; expected ${Object.keys(kinds).join(', ')}`)
    return exit.usage
  }
  const one = readOne(kind as Kind, file, context)
  if ('faults' in one) {
    for (const fault of one.faults) context.note(fault)
    return exit.usage
  }
  const sent = await adminClient(context, options).send<{ readonly id: string; readonly version?: number }>('PUT', `/admin/v1/${kinds[kind as Kind]}/${encodeURIComponent(one.id)}`, one.body)
  if (isFailure(sent)) {
    for (const line of sent.failed.split('\n')) context.note(`${file}: ${line}`)
    return sent.code
  }
  context.out(`${kind} ${sent.id}${sent.version === undefined ? '' : `, version ${sent.version}`}`)
  return exit.ok
}

interface Use {
  readonly commitments: readonly { readonly id: string; readonly until: string; readonly amount: string; readonly drawn: string; readonly left: string }[]
  readonly credits: readonly { readonly id: string; readonly expires: string | null; readonly amount: string; readonly drawn: string; readonly left: string }[]
  readonly provisioned: readonly { readonly id: string; readonly model: string; readonly count: number; readonly term: string; readonly cost: string; readonly unused_cost: string; readonly utilisation: string | null; readonly per_million: string | null }[]
}

async function show(id: string, options: Json, context: CliContext): Promise<ExitCode> {
  return answered(context, adminClient(context, options).get<{ readonly version: number; readonly party: string; readonly side: string; readonly body: { readonly currency?: string }; readonly use: Use | null }>(`/admin/v1/contracts/${encodeURIComponent(id)}`), (one) => {
    if (options.json === true) return context.out(JSON.stringify(one))
    context.out(`${id}, version ${one.version}: ${one.side} ${one.party}, ${one.body.currency ?? ''}`)
    for (const item of one.use?.commitments ?? []) context.out(`commitment ${item.id} until ${item.until}: ${grouped(item.drawn)} of ${grouped(item.amount)} drawn, ${grouped(item.left)} left`)
    for (const item of one.use?.credits ?? []) context.out(`credit ${item.id}${item.expires === null ? '' : ` until ${item.expires}`}: ${grouped(item.drawn)} of ${grouped(item.amount)} drawn, ${grouped(item.left)} left`)
    for (const item of one.use?.provisioned ?? []) context.out(`${grouped(item.count)} units ${item.id} of ${item.model}, ${item.term}: cost ${grouped(item.cost)} this month, ${grouped(item.unused_cost)} of it unused${item.utilisation === null ? '' : `; utilisation ${(Number(item.utilisation) * 100).toFixed(1)} %`}${item.per_million === null ? '' : `; ${item.per_million} a million tokens`}`)
  })
}

interface SuspensionOptions extends Json { readonly from: string; readonly until?: string; readonly project?: string }

function suspension(id: string, options: SuspensionOptions, context: CliContext): Promise<ExitCode> {
  const { from, until, project } = options
  return answered(context, adminClient(context, options).get<{ readonly version: number; readonly effects: readonly Effect[] }>(`/admin/v1/contracts/${encodeURIComponent(id)}/suspension`, { from, until, project }), (one) => {
    if (options.json === true) return context.out(JSON.stringify(one))
    context.out(`${id}, version ${one.version}, suspended from ${from}${until === undefined ? '' : ` until ${until}`}${project === undefined ? '' : `, project ${project} alone`}`)
    for (const line of effectsText(one.effects)) context.out(line)
  })
}

interface Hours { readonly party: string; readonly use: 'customer' | 'maker'; readonly model?: string; readonly hours: string }

/** `acme:customer:120` or `acme:customer:120:gpt-4.1`. */
function hoursOf(text: string): Hours | undefined {
  const [party = '', use, hours = '', model] = text.split(':')
  if (party === '' || (use !== 'customer' && use !== 'maker') || !/^\d+(\.\d+)?$/.test(hours)) return undefined
  return { party, use, hours, ...(model === undefined ? {} : { model }) }
}

async function assetMonth(asset: string, month: string, used: readonly string[], options: ServerOptions, context: CliContext): Promise<ExitCode> {
  const hours = used.map(hoursOf)
  const wrong = used.find((_, index) => hours[index] === undefined)
  if (wrong !== undefined) {
    context.note(`${wrong}: expected PARTY:customer:HOURS or PARTY:maker:HOURS, with :MODEL where it is known`)
    return exit.usage
  }
  return answered(context, adminClient(context, options).send<{ readonly status: string }>('POST', `/admin/v1/assets/${encodeURIComponent(asset)}/months`, { month, used: hours }), ({ status }) =>
    context.out(status === 'posted-before' ? `${month} of ${asset} is in the books already` : `${month} of ${asset} is in the books: depreciation and operation, allocated to ${used.length} users and to idle`))
}

async function list(options: ServerOptions & { readonly json?: boolean }, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly { readonly id: string; readonly version: number; readonly party: string; readonly side: string }[] }>('/admin/v1/contracts')
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else if (answer.data.length === 0) context.note('no contracts yet: weir contracts save KIND FILE')
  else for (const row of answer.data) context.out(`${row.id}  version ${row.version}  ${row.side} ${row.party}`)
  return exit.ok
}
