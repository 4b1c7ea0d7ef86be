/** `weir apply` and `weir diff`: a weir.yaml against a running server. */
import type { Command } from 'commander'
import type { Finding } from '../admin/check-resources.ts'
import type { Change } from '../admin/plan-apply.ts'
import type { ParsedFile } from '../admin/weir-file.ts'
import { parseWeirFile } from '../admin/weir-file.ts'
import { isProblems } from '../config.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { printProblems, problemsOf } from './problems.ts'

interface ApplyAnswer {
  readonly version: number
  readonly changes: readonly Change[]
  readonly made: readonly { readonly key: string; readonly secret: string }[]
  /** What terms say to it. */
  readonly warnings?: readonly string[]
  /** Present instead where the file does not fit. */
  readonly findings?: readonly Finding[]
}

interface ApplyOptions extends ServerOptions {
  readonly file: string
  readonly manager?: string
  readonly json?: boolean
}

export function applyCommands(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const options = (command: Command): Command => withServer(command.requiredOption('-f, --file <file>', 'weir.yaml'))
    .option('--manager <name>', 'who manages these entries; another manager\'s are left alone (default: file)')
    .option('--json', 'print the result as JSON')
  options(program.command('apply').description('make the server\'s resources what a weir.yaml declares'))
    .addHelpText('after', `
Entries that the file declared before and no longer declares are removed; what
console and command line made is left alone. \${NAME} comes from the environment
of this command.

Examples:
  weir apply -f weir.yaml
  weir apply -f weir.yaml --json`)
    .action(async (given: ApplyOptions) => finish(await apply(given, context, false)))
  options(program.command('diff').description('show what apply would change'))
    .addHelpText('after', `
Exit code 3 where something would change, 0 where nothing would.

Examples:
  weir diff -f weir.yaml`)
    .action(async (given: ApplyOptions) => finish(await apply(given, context, true)))
}

async function apply(options: ApplyOptions, context: CliContext, dryRun: boolean): Promise<ExitCode> {
  const content = context.readFile(options.file)
  if ('failed' in content) {
    context.note(`${options.file}: ${content.failed}`)
    return exit.usage
  }
  const parsed: ParsedFile | ReturnType<typeof parseWeirFile> = parseWeirFile(content.text, options.file, context.env)
  if (isProblems(parsed)) {
    printProblems(parsed, context.note)
    return exit.usage
  }
  const answer = await adminClient(context, options).send<ApplyAnswer>('POST', '/admin/v1/apply', { resources: parsed.resources, dry_run: dryRun, ...(options.manager === undefined ? {} : { manager: options.manager }) })
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (answer.findings !== undefined) {
    printProblems(problemsOf(parsed, answer.findings), context.note)
    return exit.failed
  }
  for (const warning of answer.warnings ?? []) context.note(`Warning: ${warning}`)
  if (options.json === true) context.out(JSON.stringify(answer))
  else for (const line of changesText(answer, dryRun)) context.out(line)
  return dryRun && answer.changes.some((change) => change.action !== 'keep') ? exit.differences : exit.ok
}

const signs: Readonly<Record<Change['action'], string>> = { add: '+', change: '~', remove: '-', adopt: '~', keep: '=' }

export function changesText(answer: Pick<ApplyAnswer, 'version' | 'changes' | 'made'>, dryRun: boolean): readonly string[] {
  const lines = answer.changes.flatMap((change) => [
    `${signs[change.action]} ${change.kind} ${change.name}${change.action === 'adopt' ? ' (taken over by the file)' : ''}${change.note === undefined ? '' : ` (${change.note})`}`,
    ...(change.action === 'add' ? [] : change.differences.map(({ path, before, after }) => `    ${path}: ${before ?? '(none)'} -> ${after ?? '(none)'}`)),
  ])
  const secrets = answer.made.length === 0 ? [] : ['', 'New keys, shown this once:', ...answer.made.map(({ key, secret }) => `  ${key}  ${secret}`)]
  const count = answer.changes.filter((change) => change.action !== 'keep').length
  const summary = count === 0 ? 'Nothing to change' : `${count} ${count === 1 ? 'change' : 'changes'}${dryRun ? ' would be made' : ' made'}`
  return [...lines, ...secrets, `${summary} (version ${answer.version}).`]
}
