/** `weir focus`: exports in FOCUS form, and a check of such files, ours or anybody's, against the foundation's models. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { checkFocus, type FocusModels, modelIn } from '../ledger/focus/check-focus.ts'
import type { FocusFault } from '../ledger/focus/check-focus-14.ts'
import type { FocusTable, FocusVersion } from '../ledger/focus/focus-row.ts'
import { type ReadFocus, readFocusCsv, readFocusParquet } from '../ledger/focus/read-focus.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { counted, wrapped } from './table.ts'
import { writeAnswer } from './write-file.ts'

type Finish = (code: ExitCode) => void

interface FocusOptions extends ServerOptions {
  readonly month?: string
  readonly customer?: string
  readonly focusVersion?: string
  readonly format?: string
  readonly output?: string
}

export function focusCommand(program: Command, context: CliContext, finish: Finish): void {
  const command = withServer(program.command('focus').description('export in FOCUS form, or check such a file').argument('<dataset>', 'cost-and-usage, invoice-detail, billing-period or contract-commitment'))
    .enablePositionalOptions()
    .option('--month <month>', 'such as 2026-11 (default: this one)').option('--customer <name>', 'of one customer: the file to hand over with its invoice, which its own Weir imports').option('--focus-version <version>', '1.2 or 1.4', '1.4').option('--format <form>', 'csv or parquet', 'csv').option('--output <file>', 'write it there')
    .addHelpText('after', `
Examples:
  weir focus cost-and-usage --month 2026-11 --output november.csv
  weir focus cost-and-usage --month 2026-11 --customer acme --output acme.csv
  weir focus check november.csv --models focus-models/`)
    .action(async (dataset: string, options: FocusOptions) => finish(await focus(dataset, options, context)))
  checkCommand(command, context, finish)
}

async function focus(dataset: string, options: FocusOptions, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).bytes(`/admin/v1/focus/${encodeURIComponent(dataset)}`, { month: options.month, organization: options.customer, version: options.focusVersion, format: options.format })
  if (!Buffer.isBuffer(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  writeAnswer(context, options.output, answer)
  return exit.ok
}

interface CheckOptions { readonly models: string; readonly focusVersion?: string; readonly warnings?: boolean; readonly json?: boolean }

function checkCommand(command: Command, context: CliContext, finish: Finish): void {
  command.command('check').description('check FOCUS files against the machine-readable models').argument('<path>', 'a CSV or Parquet file, or a folder of them')
    .requiredOption('--models <path>', 'a model as JSON (also .gz), or a folder of them')
    .option('--focus-version <version>', '1.2 or 1.4 (default: what the file is like)')
    .option('--warnings', 'print also what is only recommended')
    .option('--json', 'print JSON')
    .addHelpText('after', `
Needs no server. The models are the FinOps Foundation's and do not come with
Weir: model-1.2.json of its focus_validator holds the rules of 1.2, and
focus-1.4-model.json of focus-data-toolkit is the data model of 1.4. Exit code 3
where a file has errors.

Examples:
  weir focus check november.csv --models focus-1.4-model.json
  weir focus check exports/ --models focus-models/ --json`)
    .action(async (path: string, options: CheckOptions) => finish(await check(path, options, context)))
}

/** A file, or the files of a folder that end so, in order of name; what cannot be read is said. */
function filesAt(path: string, ends: RegExp): readonly string[] | { readonly failed: string } {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const files = readdirSync(path).filter((name) => ends.test(name)).sort().map((name) => join(path, name))
    return files.length > 0 ? files : { failed: `${path}: no file that ends as ${ends.source.replaceAll(/[\\$()]/g, '').replaceAll('|', ' or ')}` }
  } catch (cause) {
    return { failed: `${path}: ${cause instanceof Error ? cause.message : String(cause)}` }
  }
}

function modelsAt(path: string): FocusModels | { readonly failed: string } {
  const files = filesAt(path, /(\.json|\.json\.gz)$/)
  if ('failed' in files) return files
  let models: FocusModels = {}
  for (const file of files) {
    try {
      const bytes = readFileSync(file)
      models = { ...models, ...modelIn(JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))) }
    } catch (cause) {
      return { failed: `${file}: ${cause instanceof Error ? cause.message : String(cause)}` }
    }
  }
  return Object.keys(models).length > 0 ? models : { failed: `${path}: holds neither the rules of FOCUS 1.2 nor the data model of 1.4` }
}

async function tableIn(file: string): Promise<ReadFocus> {
  try {
    const bytes = readFileSync(file)
    // Parquet files begin with these four bytes, whatever they are called.
    return bytes.subarray(0, 4).toString('latin1') === 'PAR1' ? await readFocusParquet(bytes) : readFocusCsv(bytes.toString('utf8'))
  } catch (cause) {
    return { failed: cause instanceof Error ? cause.message : String(cause) }
  }
}

interface Checked { readonly file: string; readonly table: FocusTable; readonly faults: readonly FocusFault[] }

async function check(path: string, options: CheckOptions, context: CliContext): Promise<ExitCode> {
  const refuse = (says: string): ExitCode => {
    context.note(says)
    return exit.usage
  }
  const version = options.focusVersion
  if (version !== undefined && version !== '1.2' && version !== '1.4') return refuse(`--focus-version ${version}: give 1.2 or 1.4`)
  const models = modelsAt(options.models)
  if ('failed' in models) return refuse(models.failed)
  const files = filesAt(path, /(\.csv|\.parquet)$/)
  if ('failed' in files) return refuse(files.failed)
  const all: Checked[] = []
  for (const file of files) {
    const read = await tableIn(file)
    if ('failed' in read) return refuse(`${file}: ${read.failed}`)
    const table = version === undefined ? read.table : { ...read.table, version: version as FocusVersion }
    const checked = checkFocus(table, models)
    if (checked.status === 'no-model') return refuse(`${file} is FOCUS ${checked.version}, and ${options.models} has no model of it`)
    all.push({ file, table, faults: checked.faults })
  }
  if (options.json === true) context.out(JSON.stringify(all.map(({ file, table, faults }) => ({ file, dataset: table.dataset, version: table.version, rows: table.rows.length, faults }))))
  else for (const line of all.flatMap((each) => linesOf(each, options.warnings === true))) context.out(line)
  return all.some(({ faults }) => faults.some((fault) => fault.level === 'error')) ? exit.differences : exit.ok
}

/** A rule that many rows break is told once, with its first row. */
function linesOf({ file, table, faults }: Checked, warnings: boolean): readonly string[] {
  const count = (level: FocusFault['level']): number => faults.filter((fault) => fault.level === level).length
  const head = `${basename(file)}: ${table.dataset} ${table.version}, ${counted(table.rows.length, 'row')}: ${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}`
  const shown = faults.filter((fault) => warnings || fault.level === 'error')
  const groups = Map.groupBy(shown, (fault) => `${fault.level} ${fault.rule} ${fault.column}`)
  return [...wrapped(head), ...[...groups.values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    const more = same.length > 1 ? ` (and ${counted(same.length - 1, 'more row')})` : ''
    return wrapped(`${first.level} ${first.rule}${first.column === '' ? '' : ` ${first.column}`}${first.row === undefined ? '' : `, row ${first.row}`}: ${first.detail}${more}`, '  ')
  })]
}
