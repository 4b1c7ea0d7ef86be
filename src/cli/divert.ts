/** `weir divert`: a share of a model to a deployment of one's own, and the way back. */
import type { Command } from 'commander'
import { parseShare } from '../planner/diversion.ts'
import type { Estimate, TwoSides } from '../planner/two-sides.ts'
import { adminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { pathName } from './keys.ts'
import { grouped, table, wrapped } from './table.ts'

interface DivertOptions extends ServerOptions {
  readonly to?: string
  readonly share?: string
  readonly by: string
  readonly back?: boolean
  readonly sides?: boolean
  readonly signal: string
  readonly unknownAncestry?: boolean
  readonly json?: boolean
}

interface Changed {
  readonly status: 'diverted' | 'back' | 'unchanged'
  readonly version: number
  readonly diversion: { readonly model: string; readonly to: string; readonly share: number; readonly sticky: string } | null
  readonly notes: readonly string[]
}

interface View {
  readonly model: string
  readonly diversion: Changed['diversion']
  readonly idle: string | null
  readonly standing: { readonly outcome: 'allow' | 'ask' | 'deny' | 'unregistered'; readonly says: readonly string[] } | null
  readonly steps: readonly { readonly at: string; readonly actor: string }[]
}

export function divertCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('divert').description('send a share of a model to an own deployment, or take it back').argument('[model]', 'public name; left out: list diversions'))
    .option('--to <deployment>', 'id of an in-house deployment of the model')
    .option('--share <share>', 'such as 10%')
    .option('--by <user|session>', 'who always meets the same side', 'user')
    .option('--back', 'route the model as declared again')
    .option('--sides', 'both sides: cost per success, latency, errors')
    .option('--signal <name>', 'the outcome that counts as success', 'feedback')
    .option('--unknown-ancestry', 'go on although the own model\'s ancestry is in question')
    .option('--json', 'print JSON')
    .addHelpText('after', `
Holds on every node within two seconds; no call is interrupted. The same user
or session always meets the same side; a larger share only adds to it.

Examples:
  weir divert gpt-4.1 --to own/chat --share 10%
  weir divert gpt-4.1 --sides --signal resolved
  weir divert gpt-4.1 --back`)
    .action(async (model: string | undefined, options: DivertOptions) => finish(await act(model, options, context)))
}

async function act(model: string | undefined, options: DivertOptions, context: CliContext): Promise<ExitCode> {
  if (model === undefined) return list(options, context)
  if (options.sides === true) return sides(model, options, context)
  const client = adminClient(context, options)
  const path = `/admin/v1/diversions/${pathName(model)}`
  if (options.back === true) return said(await client.send<Changed>('DELETE', path), model, options, context)
  const share = options.share === undefined ? undefined : parseShare(options.share)
  if (options.to === undefined || share === undefined || !['user', 'session'].includes(options.by)) {
    context.note('expected --to DEPLOYMENT --share 10% (--by user or session), or --back, or --sides')
    return exit.usage
  }
  return said(await client.send<Changed>('PUT', path, { to: options.to, share, sticky: options.by, unknown_ancestry: options.unknownAncestry === true }), model, options, context)
}

function said(answer: Changed | Parameters<typeof isFailure>[0], model: string, options: DivertOptions, context: CliContext): ExitCode {
  if (isFailure(answer)) {
    for (const line of wrapped(answer.failed, '')) context.note(line)
    return answer.code
  }
  const { status, version, diversion, notes } = answer as Changed
  if (options.json === true) {
    context.out(JSON.stringify(answer))
    return exit.ok
  }
  for (const note of notes) for (const line of wrapped(note, '')) context.note(line)
  if (status === 'unchanged') context.out(`${model}: nothing to change`)
  else if (diversion === null) context.out(`${model}: routed as declared, from version ${version} on`)
  else {
    context.out(`${model}: ${percent(diversion.share)} to ${diversion.to} by ${diversion.sticky}, from version ${version} on`)
    context.out(`back: weir divert ${model} --back`)
  }
  return exit.ok
}

const percent = (share: number): string => `${Number((share * 100).toFixed(6))} %`

async function list(options: DivertOptions, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<{ readonly data: readonly View[] }>('/admin/v1/diversions')
  if (isFailure(answer)) {
    for (const line of wrapped(answer.failed, '')) context.note(line)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer.data))
  else if (answer.data.length === 0) context.out('Nothing is or was diverted. Start: weir divert MODEL --to DEPLOYMENT --share 10%')
  else {
    for (const line of table([{ title: 'MODEL' }, { title: 'TO' }, { title: 'SHARE', align: 'right' }, { title: 'BY' }, { title: 'SINCE' }, { title: 'LAST CHANGE BY' }],
      answer.data.map(({ model, diversion, steps }) => [model, diversion?.to ?? 'as declared', diversion === null ? '' : percent(diversion.share), diversion?.sticky ?? '', (steps.at(-1)?.at ?? '').slice(0, 16), steps.at(-1)?.actor ?? '']))) context.out(line)
    for (const view of answer.data) for (const line of warnings(view)) context.out(line)
  }
  return exit.ok
}

/** What a person should look at; the traffic stays where it is until somebody moves it. */
const warnings = ({ model, idle, standing }: View): readonly string[] => [
  ...(idle === null ? [] : wrapped(`! ${model}: without effect: ${idle}`, '')),
  ...(standing?.outcome !== 'deny' && standing?.outcome !== 'ask' ? []
    : wrapped(`! ${model}: ${standing.outcome === 'deny' ? 'forbidden by the terms of today' : 'its ancestry is in question'}, and still diverted: ${standing.says.join(' ')} Take it back: weir divert ${model} --back`, '')),
]

async function sides(model: string, options: DivertOptions, context: CliContext): Promise<ExitCode> {
  const answer = await adminClient(context, options).get<TwoSides>(`/admin/v1/diversions/${pathName(model)}/sides`, { signal: options.signal })
  if (isFailure(answer)) {
    for (const line of wrapped(answer.failed, '')) context.note(line)
    return answer.code
  }
  if (options.json === true) context.out(JSON.stringify(answer))
  else for (const line of sidesText(answer)) context.out(line)
  return exit.ok
}

const shown = (estimate: Estimate | undefined): string => (estimate === undefined ? 'unknown' : `${estimate.value} (${estimate.low} to ${estimate.high ?? 'open'})`)

export function sidesText({ model, since, until, signal, sides: both, atAsset, says, missing, methods }: TwoSides): readonly string[] {
  const row = (title: string, of: (side: TwoSides['sides'][number]) => string): readonly string[] => [title, ...both.map(of)]
  return [
    `${model}, ${since.slice(0, 16)} to ${until.slice(0, 16)}Z, success: "${signal}"`,
    ...table([{ title: '' }, ...both.map((side) => ({ title: side.side.toUpperCase() }))], [
      row('attempts', (side) => grouped(side.attempts)),
      row('calls judged', (side) => `${grouped(side.judged)} of ${grouped(side.calls)}`),
      row('successes', (side) => grouped(side.successes)),
      row('success rate', (side) => shown(side.successRate)),
      row('error rate', (side) => shown(side.errorRate)),
      row('latency median ms', (side) => shown(side.latencyMedianMs)),
      row('latency 95 % ms', (side) => shown(side.latency95Ms)),
      row('cost', (side) => `${side.cost} ${side.currency ?? ''}`.trim()),
    ]),
    ...both.flatMap((side) => [`cost per call, ${side.side}:    ${shown(side.costPerCall)}`, `cost per success, ${side.side}: ${shown(side.costPerSuccess)}`]).flatMap((line) => wrapped(line, '')),
    ...(atAsset.status === 'missing' ? [] : atAsset.months.flatMap((each) => wrapped(`${each.month}, by the books of its assets: ${each.times} times the stated rate (${each.cost} for ${each.atRate}); cost per success, own: ${shown(each.costPerSuccess)}`, ''))),
    ...[...missing, ...(atAsset.status === 'missing' ? atAsset.missing : [])].flatMap((each) => wrapped(`Missing: ${each}.`, '')),
    ...methods.flatMap((each) => wrapped(`Intervals of ${each}.`, '')),
    ...wrapped(says, ''),
  ]
}
