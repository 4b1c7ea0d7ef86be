/**
 * The independent upstream as a process of its own; prints its URL as the first line.
 *
 *   node test/upstream/main.ts --port 0 --bill FILE [--seed N] [--faults '{"cut":0.05}'] [--piece-ms N] [--first-ms N]
 *   node test/upstream/main.ts --port 0 --replay-recordings FOLDER
 */
import { parseArgs } from 'node:util'
import { startUpstream, type UpstreamOptions } from './upstream.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' }, bill: { type: 'string' }, seed: { type: 'string' }, faults: { type: 'string' }, 'piece-ms': { type: 'string' }, 'first-ms': { type: 'string' }, 'replay-recordings': { type: 'string' },
  },
})

const upstream = await startUpstream({
  port: Number(values.port),
  ...(values.bill === undefined ? {} : { bill: values.bill }),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
  ...(values.faults === undefined ? {} : { faults: JSON.parse(values.faults) as NonNullable<UpstreamOptions['faults']> }),
  ...(values['piece-ms'] === undefined ? {} : { pieceMs: Number(values['piece-ms']) }),
  ...(values['first-ms'] === undefined ? {} : { firstMs: Number(values['first-ms']) }),
  ...(values['replay-recordings'] === undefined ? {} : { recordings: values['replay-recordings'] }),
})
console.log(upstream.url)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void upstream.close().then(() => { process.exit(0) }) })
