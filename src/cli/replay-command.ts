/** `weir replay`: sends a recorded trace through a server and compares what it cost. */
import type { Command } from 'commander'
import { formatDecimal } from '../kernel/decimal.ts'
import { sleep } from '../kernel/timers.ts'
import { adminClient, type AdminClient, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import type { DoctorAnswer } from './doctor.ts'
import { processInterrupts } from './interrupts.ts'
import { startProgress } from './progress.ts'
import { makePrompts } from './replay/prompts.ts'
import { percentile, replay, type ReplayResult } from './replay/replay.ts'
import { readTrace } from './replay/trace.ts'
import { grouped } from './table.ts'

interface Options extends ServerOptions {
  readonly key?: string
  readonly model: string
  readonly speed: string
  readonly concurrency: string
  readonly json?: boolean
}

export function replayCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(program.command('replay').description('send a recorded trace through a server').argument('<file>', 'trace as CSV or JSON lines, also .gz'))
    .option('--key <key>', 'client key that the calls are made with, sk-weir-… (WEIR_KEY)')
    .option('--model <name>', 'model to call', 'gpt-4.1')
    .option('--speed <factor>', '1: as recorded; 10: ten times as fast; max: as fast as it goes', '1')
    .option('--concurrency <calls>', 'most calls at a time', '64')
    .option('--json', 'last line: one JSON object with the result')
    .addHelpText('after', `
FILE has the columns TIMESTAMP,ContextTokens,GeneratedTokens, or one JSON object
a line with timestamp, input_length, output_length. Prompts are made up and have
exactly that many content tokens (o200k_base). With an admin token, waits until
all that was metered has arrived in the ledger.

Examples:
  weir replay trace.csv --url http://127.0.0.1:8080 --key sk-weir-…
  weir replay trace.csv.gz --key sk-weir-… --model gpt-4.1-mini --speed max`)
    .action(async (file: string, options: Options) => finish(await run(file, options, context)))
}

async function run(file: string, options: Options, context: CliContext): Promise<ExitCode> {
  const key = options.key ?? context.env['WEIR_KEY']
  const speed = options.speed === 'max' ? undefined : Number(options.speed)
  const concurrency = Number(options.concurrency)
  if (key === undefined) return usage(context, 'give the client key that the calls are made with: --key sk-weir-… or WEIR_KEY')
  if (speed !== undefined && !(speed > 0)) return usage(context, '--speed: expected a factor above 0, or max')
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 10_000) return usage(context, '--concurrency: expected a whole number from 1 to 10000')
  const trace = await readTrace(file)
  if ('failed' in trace) return usage(context, trace.failed)
  const client = adminClient(context, options)
  const interrupts = processInterrupts(context)
  const progress = startProgress(context, trace.rows.length, `${grouped(trace.rows.length)} calls of ${options.model} to ${client.url}`)
  const result = await replay(trace.rows, {
    url: client.url, key, model: options.model, speed, concurrency, prompts: makePrompts(context.random), clock: context.clock, timers: context.timers,
    progress: (done, failed) => progress.at(done, `${grouped(done)} calls, ${failed} failed`), stopped: interrupts.seen,
  })
  interrupts.release()
  progress.stop(`${grouped(result.calls)} calls in ${(result.durationMs / 1_000).toFixed(1)} s, ${result.failures} failed`)
  if (trace.skipped > 0) context.note(`${trace.skipped} rows ask for no output and were left out`)
  await settle(client, context)
  for (const line of resultText(result)) (options.json === true ? context.note : context.out)(line)
  if (options.json === true) context.out(JSON.stringify(resultJson(result)))
  return result.failures === 0 && result.calls === trace.rows.length ? exit.ok : exit.failed
}

function usage(context: CliContext, says: string): ExitCode {
  context.note(says)
  return exit.usage
}

const settleMaxMs = 120_000

/** Waits until nothing metered is on its way to the ledger any more. */
async function settle(client: AdminClient, context: CliContext): Promise<void> {
  if (client.token === undefined) return context.note('No admin token (--token, WEIR_TOKEN): not waited for the ledger; weir usage may lag by a moment.')
  const deadline = context.clock.monotonic() + settleMaxMs
  for (;;) {
    const answer = await client.get<DoctorAnswer>('/admin/v1/doctor')
    if (isFailure(answer)) return context.note(`Not waited for the ledger: ${answer.failed}`)
    const { unshipped, unposted } = answer.accounting
    if (unshipped === 0 && unposted === 0) return
    if (context.clock.monotonic() > deadline) return context.note(`Stopped waiting: ${unshipped} records are not shipped and ${unposted} not posted after ${settleMaxMs / 1_000} s; see weir doctor`)
    await sleep(context.timers, 100)
  }
}

const milliseconds = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value * 1_000) / 1_000)

export const resultJson = (result: ReplayResult): Readonly<Record<string, unknown>> => ({
  calls: result.calls,
  failures: result.failures,
  input_tokens: result.inputTokens,
  output_tokens: result.outputTokens,
  cost: result.cost === undefined ? null : formatDecimal(result.cost),
  currency: result.currency ?? null,
  p50_ms: milliseconds(percentile(result.latencies, 0.5)),
  p99_ms: milliseconds(percentile(result.latencies, 0.99)),
  duration_ms: milliseconds(result.durationMs),
  failures_by_kind: Object.fromEntries(result.failuresByKind),
  off_trace: result.offTrace,
})

function resultText(result: ReplayResult): readonly string[] {
  const ms = (fraction: number): string => `${percentile(result.latencies, fraction)?.toFixed(1) ?? '-'} ms`
  return [
    `calls          ${grouped(result.calls)} (${(result.calls / (result.durationMs / 1_000)).toFixed(1)} a second)`,
    `failures       ${grouped(result.failures)}`,
    ...[...result.failuresByKind].map(([kind, count]) => `               ${grouped(count)} x ${kind}`),
    `input tokens   ${grouped(result.inputTokens)}`,
    `output tokens  ${grouped(result.outputTokens)}`,
    `cost           ${result.cost === undefined ? 'unknown: not every answer said its cost' : `${formatDecimal(result.cost)} ${result.currency ?? ''}`.trimEnd()}`,
    `latency        p50 ${ms(0.5)}, p99 ${ms(0.99)}`,
    ...(result.offTrace === 0 ? [] : [`off trace      ${grouped(result.offTrace)} answers used other token counts than the trace names`]),
    ...(result.lagMs > 1_000 ? [`behind         up to ${(result.lagMs / 1_000).toFixed(1)} s: raise --concurrency`] : []),
  ]
}
