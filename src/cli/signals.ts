/** `weir signals`: what the misuse detector found, why, with which error rates; clearing under a registered use case. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { adminClient, type Failure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { jsonIn } from './json-in.ts'
import { table } from './table.ts'

type Json = ServerOptions & { readonly json?: boolean }
type Finish = (code: ExitCode) => void

interface Indicators { readonly prompts: number; readonly techniques: readonly string[]; readonly templates: readonly unknown[] }
interface Matches { readonly scanned: number; readonly data: readonly { readonly organization: string; readonly project: string; readonly key: string; readonly prompts: number; readonly of: number }[] }
interface Rate { readonly what: string; readonly hits: number; readonly of: number; readonly low: number; readonly high: number }
interface Card {
  readonly kind: string
  readonly keys: readonly string[]
  readonly purpose: string | null
  readonly calls: number
  readonly score: number | null
  readonly threshold: number
  readonly accumulated: number
  readonly windows: readonly { readonly size: number; readonly own: number | null; readonly purpose: number | null }[]
  readonly techniques: readonly { readonly name: string; readonly hits: number; readonly of: number; readonly hit: boolean }[]
  readonly says: readonly string[]
}
interface View {
  readonly id: string
  readonly subject: string
  readonly organization: string
  readonly state: string
  readonly updated: string
  readonly case: string | null
  readonly cleared: { readonly under: string; readonly by: string; readonly says: string } | null
  readonly card: Card
  readonly error_rates: { readonly measured: string; readonly falseAlarms: readonly Rate[]; readonly detection: readonly Rate[] }
}
interface List { readonly data: readonly View[]; readonly coverage: { readonly calls: number; readonly sketched: number; readonly thinned: number; readonly dropped: number; readonly unread: number } }

const deviations = (value: number | null): string => (value === null ? '-' : value.toFixed(1))
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
const pathOf = (...parts: readonly string[]): string => ['/admin/v1/signals', ...parts.map(encodeURIComponent)].join('/')

function rateText({ what, hits, of, low, high }: Rate): string {
  return `  ${what}: ${hits} of ${of} (${percent(low)} to ${percent(high)})`
}

function viewText({ id, subject, state, organization, case: opened, cleared, card, error_rates: rates }: View): readonly string[] {
  return [
    `${id}  ${organization}  ${state}${opened === null ? '' : `  ${opened}`}`,
    `${subject}: ${card.keys.length} keys, ${card.calls} prompts seen, purpose ${card.purpose ?? 'none registered'}`,
    ...(cleared === null ? [] : [`cleared under ${cleared.under} by ${cleared.by}: ${cleared.says}`]),
    ...card.says.map((sentence) => `  ${sentence}`),
    ...table([{ title: 'window', align: 'right' }, { title: 'own past', align: 'right' }, { title: 'purpose', align: 'right' }], card.windows.map(({ size, own, purpose }) => [String(size), deviations(own), deviations(purpose)])),
    `threshold ${card.threshold} standard deviations; accumulated ${card.accumulated.toFixed(1)} of 8`,
    ...card.techniques.map(({ name, hits, of, hit }) => `  ${name}: ${hits} of ${of} prompts${hit ? ', a hit' : ''}`),
    `how often this is wrong (measured ${rates.measured}):`,
    ...rates.falseAlarms.map(rateText),
    ...rates.detection.map(rateText),
  ]
}

const print = (context: CliContext, options: Json, answer: Promise<View | Failure>): Promise<ExitCode> => answered(context, answer, (view) => {
  if (options.json === true) context.out(JSON.stringify(view))
  else for (const line of viewText(view)) context.out(line)
})

export function signalsCommand(program: Command, context: CliContext, finish: Finish): void {
  const signals = program.command('signals').description('what the misuse detector found, and why')
  withServer(signals.command('list').description('signals, the most urgent first')).option('--organization <name>', 'about one organization').option('--state <state>', 'waiting, open, case or cleared').option('--json', 'print JSON')
    .addHelpText('after', '\nA signal accuses nobody: it is a case only with a rule\'s hit, or a high score\nthat does not fit the declared purpose.\n\nExample:\n  weir signals list --state open')
    .action(async ({ organization, state, ...options }: Json & { readonly organization?: string; readonly state?: string }) =>
      finish(await answered(context, adminClient(context, options).get<List>('/admin/v1/signals', { organization, state }), (list) => {
        if (options.json === true) return context.out(JSON.stringify(list))
        const { calls, sketched, thinned, dropped, unread } = list.coverage
        if (list.data.length === 0) context.note('no signals')
        else for (const line of table([{ title: 'signal' }, { title: 'organization' }, { title: 'about' }, { title: 'keys', align: 'right' }, { title: 'score', align: 'right' }, { title: 'state' }],
          list.data.map((one) => [one.id, one.organization, one.card.kind, String(one.card.keys.length), deviations(one.card.score), one.state]))) context.out(line)
        context.note(`since yesterday ${calls} calls: ${sketched} looked at, ${thinned} beyond the sample, ${unread} without text, ${dropped} lost`)
      })))
  withServer(signals.command('show').description('a score card, with how often it is wrong').argument('<signal>')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir signals show signal_01j2')
    .action(async (id: string, options: Json) => finish(await print(context, options, adminClient(context, options).get(pathOf(id)))))
  withServer(signals.command('clear').description('explain one by a registered use case').argument('<signal>')).requiredOption('--purpose <id>', 'the registered use case').option('--says <sentence>', 'why').option('--json', 'print JSON')
    .addHelpText('after', '\nThe same change does not signal again. Who cleared what is in the governance\nlog.\n\nExample:\n  weir signals clear signal_01j2 --purpose captions')
    .action(async (id: string, { purpose, says, ...options }: Json & { readonly purpose: string; readonly says?: string }) =>
      finish(await print(context, options, adminClient(context, options).send('POST', pathOf(id, 'clear'), { purpose, says }))))
  withServer(signals.command('indicators').description('what its prompts share, as hashes for others to look for').argument('<signal>')).requiredOption('--out <file>', 'where to write them')
    .addHelpText('after', '\nNo text, no names, no keys. Handing them out is in the governance log.\n\nExample:\n  weir signals indicators signal_01j2 --out indicators.json')
    .action(async (id: string, { out, ...options }: Json & { readonly out: string }) => finish(await answered(context, adminClient(context, options).send<Indicators>('POST', pathOf(id, 'indicators')), (made) => {
      writeFileSync(out, `${JSON.stringify(made, undefined, 2)}\n`)
      context.out(`${out}: ${made.templates.length} templates and ${made.techniques.length} techniques of ${made.prompts} prompts`)
    })))
  withServer(signals.command('match').description('look for somebody\'s indicators here').argument('<file>', 'as weir signals indicators wrote it')).option('--json', 'print JSON')
    .addHelpText('after', '\nA match is a lead for a person. Exit code 3 where there is one.\n\nExample:\n  weir signals match indicators.json')
    .action(async (file: string, options: Json) => {
      const read = jsonIn(file, context)
      if (read === undefined) return finish(exit.usage)
      finish(await answered(context, adminClient(context, options).send<Matches>('POST', '/admin/v1/indicators/match', read.value), ({ scanned, data }) => {
        if (options.json === true) context.out(JSON.stringify({ scanned, data }))
        else for (const one of data) context.out(`${one.organization}/${one.project}  ${one.key}  ${one.prompts} of ${one.of} prompts`)
        if (options.json !== true) context.note(`${scanned} sketches looked at, ${data.length} keys match`)
        return data.length === 0 ? exit.ok : exit.differences
      }))
    })
}
