/**
 * The sandbox as a process of its own, so that its bill outlives the gateways that call it; prints its URL as the first line.
 *
 *   node src/providers/sandbox/serve.ts [--port N] [--seed N] [--profile NAME or JSON] [--bill FILE]
 */
import { parseArgs } from 'node:util'
import { systemClock } from '../../kernel/clock.ts'
import { systemTimers } from '../../kernel/timers.ts'
import { startSandbox } from './sandbox.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, seed: { type: 'string', default: '1' }, profile: { type: 'string' }, bill: { type: 'string' } } })
const profile: unknown = values.profile?.startsWith('{') === true ? JSON.parse(values.profile) : values.profile

const sandbox = await startSandbox({
  port: Number(values.port), seed: Number(values.seed), profile, clock: systemClock, timers: systemTimers, ...(values.bill === undefined ? {} : { billFile: values.bill }),
})
process.stdout.write(`${sandbox.url}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void sandbox.close().then(() => { process.exit(0) }) })
