/** `weir model`: trainings with their ancestors, and publications with their duties. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { pathName } from './keys.ts'
import { wrapped } from './table.ts'

interface Judged { readonly status: 'recorded' | 'refused'; readonly says: readonly string[]; readonly clauses: readonly string[]; readonly approval: string | null; readonly flags: readonly string[]; readonly duties: readonly { readonly clause: string; readonly obligation: string; readonly met: boolean }[] }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const pairs = (given: readonly string[] | undefined): Readonly<Record<string, string>> => Object.fromEntries((given ?? []).map((text) => [text.split('=')[0] ?? '', text.slice(text.indexOf('=') + 1)]))

interface TrainOptions extends ServerOptions { readonly organization: string; readonly purpose: string; readonly from: readonly string[]; readonly parameter?: readonly string[]; readonly json?: boolean }
interface PublishOptions extends ServerOptions { readonly organization: string; readonly as?: string; readonly distribution: string; readonly fulfilled?: readonly string[]; readonly bom?: string; readonly json?: boolean }
interface EnterOptions extends ServerOptions { readonly organization: string; readonly licence?: readonly string[]; readonly maker?: string; readonly origin: string; readonly evidence?: string; readonly json?: boolean }

export function modelCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const model = program.command('model').description('models of one\'s own: trainings and publications')
  withServer(model.command('train').description('register a training run with all that goes into it').argument('<name>', 'of the model that comes of it'))
    .requiredOption('--organization <name>', 'whose model').requiredOption('--purpose <id>', 'what it is for').requiredOption('--from <id>', 'a dataset, base weights or model; may be given again', gather)
    .option('--parameter <name=value>', 'kept with the run, such as sha256=…; may be given again', gather).option('--json', 'print JSON')
    .addHelpText('after', '\nRefused where a clause forbids a source for this purpose.\n\nExample:\n  weir model train chat-small --organization acme --purpose own-chat \\\n    --from chat-1 --from base-weights')
    .action(async (name: string, { organization, purpose, from, parameter, ...options }: TrainOptions) => finish(await judge(context, options, '/admin/v1/models/trainings', { model: name, organization, purpose, from, parameters: pairs(parameter) }, `training of ${name}`)))
  withServer(model.command('publish').description('publish a model or dataset; every ancestor\'s duties count').argument('<id>', 'of the model or dataset'))
    .requiredOption('--organization <name>', 'whose').requiredOption('--distribution <where>', 'internal or external').option('--as <name>', 'the name under which it appears')
    .option('--fulfilled <duty=evidence>', 'a duty that is met and where that is shown; may be given again', gather).option('--bom <file>', 'write the bill of materials (CycloneDX 1.7)').option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  weir model publish chat-small --organization acme --distribution external \\\n    --fulfilled ds.label=model-card.md --bom chat-small.bom.json')
    .action(async (id: string, { organization, distribution, as, fulfilled, bom, ...options }: PublishOptions) => {
      const code = await judge(context, options, '/admin/v1/publications', { id, organization, distribution, name: as, fulfilled: pairs(fulfilled) }, `publication of ${id}`)
      finish(code === exit.ok && bom !== undefined ? await writeBill(context, options, id, bom) : code)
    })
  withServer(model.command('enter').description('enter what is older than Weir, or clear its origin').argument('<id>').argument('<kind>', 'dataset, model or weights'))
    .requiredOption('--organization <name>', 'whose').option('--licence <name>', 'may be given again', gather).option('--maker <name>', 'of weights: who made them').option('--origin <origin>', 'known or unknown', 'unknown').option('--evidence <text>', 'where the origin is shown').option('--json', 'print JSON')
    .addHelpText('after', '\nWhat is of unknown origin is published only after somebody has cleared it.\n\nExample:\n  weir model enter base-weights weights --organization acme --maker deepseek \\\n    --licence MIT --origin known --evidence LICENSE')
    .action(async (id: string, kind: string, { organization, licence, maker, origin, evidence, ...options }: EnterOptions) => {
      const answer = await adminClient(context, options).send<{ readonly id: string; readonly version: number }>('PUT', `/admin/v1/lineage/${pathName(id)}`, { organization, kind, origin, licences: licence ?? [], maker, evidence })
      if (isFailure(answer)) {
        context.note(answer.failed)
        return finish(answer.code)
      }
      context.out(options.json === true ? JSON.stringify(answer) : `${answer.id}, version ${answer.version}`)
      finish(exit.ok)
    })
}

async function judge(context: CliContext, options: ServerOptions & { readonly json?: boolean }, path: string, body: object, what: string): Promise<ExitCode> {
  const answer = await adminClient(context, options).send<Judged>('POST', path, body)
  if (isFailure(answer)) {
    context.note(answer.failed)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer))
  else {
    context.out(`${what}: ${answer.status}`)
    for (const line of [...answer.says.flatMap((text) => wrapped(text, '  ')), ...(answer.approval === null ? [] : [`  two people may let it through: weir terms approve ${answer.approval}`])]) context.out(line)
    for (const duty of answer.duties) for (const line of wrapped(`${duty.met ? 'met' : 'Duty'} ${duty.clause}: ${duty.obligation}`, '  ')) context.out(line)
    if (answer.flags.length > 0) context.out(`  It carries ${answer.flags.join(', ')}.`)
  }
  return answer.status === 'recorded' ? exit.ok : exit.notPermitted
}

async function writeBill(context: CliContext, options: ServerOptions, id: string, file: string): Promise<ExitCode> {
  const bytes = await adminClient(context, options).bytes(`/admin/v1/lineage/${pathName(id)}/bom`)
  if (isFailure(bytes)) {
    context.note(bytes.failed)
    return bytes.code
  }
  writeFileSync(file, bytes)
  return exit.ok
}
