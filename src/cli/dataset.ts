/** `weir dataset`: rows from captured calls and from people, out through the export gate, with manifest and bill of materials. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { leadsCommand } from './dataset-leads.ts'
import { table, wrapped } from './table.ts'

interface CreateOptions extends ServerOptions {
  readonly organization: string; readonly purpose: string; readonly format: string; readonly from?: string; readonly to?: string; readonly project?: readonly string[]; readonly model?: readonly string[]; readonly callPurpose?: readonly string[]
  readonly limit?: string; readonly calls: boolean; readonly human?: string; readonly licensed?: string; readonly unknown?: string; readonly licence?: string; readonly redact: boolean; readonly country?: string; readonly out: string; readonly json?: boolean
}

interface Made {
  readonly status: 'made' | 'refused'; readonly name: string; readonly says?: string; readonly rows: number; readonly files: readonly string[]; readonly duplicates: number; readonly unusable: Readonly<Record<string, number>>; readonly cut: boolean; readonly redacted: Readonly<Record<string, number>>
  readonly groups: readonly { readonly maker: string; readonly channel: string; readonly model: string | null; readonly origin: string; readonly terms_hash: string | null; readonly rows: number; readonly outcome: string; readonly refused_by: string | null; readonly says: string | null; readonly approval: string | null }[]
  readonly exclusions: readonly { readonly clause: string; readonly maker: string; readonly rows: number }[]; readonly duties: readonly { readonly clause: string; readonly obligation: string }[]; readonly flags: readonly string[]
}

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export function datasetCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const dataset = program.command('dataset').description('datasets through the export gate')
  withServer(dataset.command('create').description('make a dataset for a registered purpose').argument('<name>', 'letters, digits and . _ -'))
    .requiredOption('--organization <name>', 'whose captured calls')
    .requiredOption('--purpose <id>', 'what the rows are for: weir terms list purposes')
    .option('--format <format>', 'jsonl (OpenAI chat fine-tuning) or parquet', 'jsonl')
    .option('--from <time>', 'captured calls from then on').option('--to <time>', 'captured calls before then')
    .option('--project <name>', 'of this project; may be given again', gather).option('--model <name>', 'of this model; may be given again', gather).option('--call-purpose <id>', 'made under this purpose; may be given again', gather)
    .option('--limit <n>', 'captured calls at most').option('--no-calls', 'take no captured calls')
    .option('--human <file>', 'JSON lines of {"messages": […]} that people wrote').option('--licensed <file>', 'the same, licensed: name --licence').option('--unknown <file>', 'the same, of unknown origin').option('--licence <name>', 'licence of --licensed')
    .option('--no-redact', 'leave personal data in').option('--country <code>', 'country whose telephone numbers lack their code')
    .option('--out <folder>', 'where to write', '.').option('--json', 'print JSON')
    .addHelpText('after', `
Each row is decided by maker, channel, model and terms: as they were when it was
made, and as they are now. What may not leave is counted under its clause. Exit
code 3 where rows stayed behind, 1 where all did.

Example:
  weir dataset create chat-1 --organization acme --purpose own-chat \\
    --from 2026-11-01 --out exports`)
    .action(async (name: string, options: CreateOptions) => finish(await create(name, options, context)))
  leadsCommand(dataset, context, finish)
  withServer(dataset.command('list').description('datasets, trainings, weights and models')).option('--unknown', 'only what is of unknown origin: the remediation queue').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir dataset list --unknown')
    .action(async (options: ServerOptions & { readonly unknown?: boolean; readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly { readonly id: string; readonly kind: string; readonly organization: string; readonly origin: string; readonly flags: readonly string[]; readonly from: readonly string[] }[] }>('/admin/v1/lineage', { origin: options.unknown === true ? 'unknown' : undefined }), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note(options.unknown === true ? 'nothing is of unknown origin' : 'nothing is registered yet: weir dataset create, weir model enter and weir model train register')
      for (const line of table([{ title: 'ID' }, { title: 'KIND' }, { title: 'ORIGIN' }, { title: 'FROM' }, { title: 'CARRIES' }], data.map((one) => [one.id, one.kind, one.origin, one.from.join(', '), one.flags.join(', ')]))) context.out(line)
    })))
}

interface StatedRow { readonly id: string; readonly messages: unknown; readonly stated: { readonly origin: string; readonly licence?: string } }

const isMessage = (one: unknown): boolean => typeof one === 'object' && one !== null && 'role' in one && 'content' in one && typeof one.content === 'string'

/** The messages of a line; undefined where it is not of the form. */
function messagesOf(line: unknown): readonly unknown[] | undefined {
  const messages: unknown = typeof line === 'object' && line !== null && 'messages' in line ? line.messages : undefined
  return Array.isArray(messages) && messages.length > 0 && messages.every(isMessage) ? messages : undefined
}

/** Rows of a JSON-lines file, each with where it comes from. */
function statedRows(file: string | undefined, stated: StatedRow['stated'], context: CliContext): readonly StatedRow[] | { readonly failed: string } {
  if (file === undefined) return []
  const read = context.readFile(file)
  if ('failed' in read) return { failed: `${file}: ${read.failed}` }
  const rows: StatedRow[] = []
  for (const [at, line] of read.text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      const messages = messagesOf(JSON.parse(line))
      if (messages === undefined) return { failed: `${file}:${at + 1}: not of the form {"messages": [{"role": "user", "content": "…"}, …]}` }
      rows.push({ id: `${file.replace(/^.*\//, '')}:${at + 1}`, messages, stated })
    } catch (cause) {
      if (cause instanceof SyntaxError) return { failed: `${file}:${at + 1}: not JSON` }
      throw cause
    }
  }
  return rows
}

async function create(name: string, options: CreateOptions, context: CliContext): Promise<ExitCode> {
  const { organization, purpose, format, redact, country } = options
  if (options.licensed !== undefined && options.licence === undefined) {
    context.note('--licensed FILE needs --licence NAME: which licence its rows are under')
    return exit.usage
  }
  const sources = [statedRows(options.human, { origin: 'human' }, context), statedRows(options.licensed, { origin: 'licensed', ...(options.licence === undefined ? {} : { licence: options.licence }) }, context), statedRows(options.unknown, { origin: 'unknown' }, context)]
  const failed = sources.flatMap((one) => ('failed' in one ? [one.failed] : []))[0]
  if (failed !== undefined) {
    context.note(failed)
    return exit.usage
  }
  const time = (text: string | undefined): string | undefined => (text === undefined || Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))
  const calls = options.calls ? { from: time(options.from), to: time(options.to), projects: options.project, models: options.model, purposes: options.callPurpose } : undefined
  const client = adminClient(context, options)
  const rows = sources.flatMap((one) => ('failed' in one ? [] : one))
  const made = await client.send<Made>('POST', '/admin/v1/datasets', { name, organization, purpose, format, calls, redact, country, rows, ...(options.limit === undefined ? {} : { limit: Number(options.limit) }) })
  if (isFailure(made)) {
    context.note(made.failed.replaceAll(/body\.rows\.(\d+)/g, (place, at: string) => rows[Number(at)]?.id ?? place))
    return made.code
  }
  if (rows.length > 0 && options.json !== true) context.note(`where ${rows.length} of the rows come from is your word: weir dataset leads FILE shows which resemble captured answers`)
  if (made.files.length > 0) mkdirSync(options.out, { recursive: true })
  for (const file of made.files) {
    const bytes = await client.bytes(`/admin/v1/datasets/${encodeURIComponent(name)}/files/${encodeURIComponent(file)}`)
    if (isFailure(bytes)) {
      context.note(bytes.failed)
      return bytes.code
    }
    writeFileSync(join(options.out, file), bytes)
  }
  if (options.json === true) context.out(JSON.stringify(made))
  else for (const line of madeText(made, options.out)) context.out(line)
  return made.status === 'refused' ? exit.failed : made.exclusions.length > 0 ? exit.differences : exit.ok
}

function madeText(made: Made, out: string): readonly string[] {
  const counted = (of: Readonly<Record<string, number>>): string => Object.entries(of).map(([what, times]) => `${times} × ${what}`).join(', ')
  const left = { ...made.unusable, ...(made.duplicates === 0 ? {} : { 'it equals another row': made.duplicates }) }
  // The same model's rows stand in several groups where they were made under different terms.
  const twice = (group: Made['groups'][number]): boolean => made.groups.filter((one) => one.maker === group.maker && one.channel === group.channel && one.model === group.model && one.origin === group.origin).length > 1
  return [
    made.status === 'made' ? `${made.rows} rows may leave.` : `Nothing leaves: ${made.says ?? 'no row may be used'}.`,
    ...made.groups.flatMap((group) => [
      `${group.outcome.padEnd(5)} ${group.rows === 1 ? '1 row' : `${group.rows} rows`} of ${group.origin === 'model' ? `${group.maker}'s ${group.model ?? 'model'} through ${group.channel}` : `${group.origin} origin`}${twice(group) ? `, made under terms ${group.terms_hash?.slice(0, 8) ?? 'not on record'}` : ''}${group.refused_by === null ? '' : `: ${group.refused_by}`}`,
      ...(group.says === null ? [] : wrapped(group.says, '      ')), ...(group.approval === null || group.outcome === 'allow' ? [] : [`      two people may let it through: weir terms approve ${group.approval}`]),
    ]),
    ...made.exclusions.filter((one) => one.clause.startsWith('gate.')).map((one) => `deny  ${one.rows} rows without a receipt that fits (${one.clause})`),
    ...made.duties.flatMap((duty) => wrapped(`Duty ${duty.clause}: ${duty.obligation}`, '')),
    ...(Object.keys(made.redacted).length === 0 ? [] : [`Redacted: ${counted(made.redacted)}.`]), ...(Object.keys(left).length === 0 ? [] : [`Left out: ${counted(left)}.`]), ...(made.cut ? ['More calls matched than --limit allows.'] : []),
    ...made.files.map((file) => join(out, file)),
  ]
}
