/**
 * Chaos by command: `npm run chaos -- --nodes 8 --clients 400 --seconds 120 --seed 1 [--restore]`; and `--closing`: no trouble,
 * but months that close and are exported beside the calls. Exit codes: 0 all held, 1 something did not, 2 it could not be tried.
 */
import { parseArgs } from 'node:util'
import { NotStarted } from '../cluster.ts'
import { plainSeen } from '../storm/clients.ts'
import { chaos } from './chaos.ts'
import { closing } from './closing.ts'

const usage = `npm run chaos -- [--nodes 8] [--clients 400] [--seconds 120] [--seed 1] [--restore]
  Nodes are killed, paused, cut off and left hanging; the database is stopped and crashes; with
  --restore it comes back as it was a while before. Prints the troubles, what each key saw, the
  part of the tight budget that was spent, the most that was posted and leased, what is wrong.

npm run chaos -- --closing [--nodes 8] [--clients 400] [--seconds 120]
  No trouble: calls alone, then beside months that close and are exported. Prints for each half
  calls, refused, failed, holds that waited for a lease and their p50Ms and p99Ms, and what the
  control node closed and exported meanwhile. --seconds is the length of each half.

Exit codes: 0 all held, 1 something did not, 2 the nodes did not start and nothing was tried.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    nodes: { type: 'string', default: '8' }, clients: { type: 'string', default: '400' }, seconds: { type: 'string', default: '120' }, seed: { type: 'string', default: '1' },
    restore: { type: 'boolean', default: false }, closing: { type: 'boolean', default: false },
  },
})
if (values.help || positionals.length > 0) {
  process.stdout.write(usage)
  process.exit(values.help || positionals[0] === 'help' ? 0 : 2)
}
const options = { nodes: Number(values.nodes), clients: Number(values.clients), ms: Number(values.seconds) * 1_000, progress: (line: string) => console.error(line) }
const couldNot = (cause: unknown): never => {
  if (!(cause instanceof NotStarted)) throw cause
  console.error(cause.message)
  process.exit(2)
}
if (values.closing) {
  const result = await closing({ ...options, months: ['2026-08', '2026-09', '2026-10'] }).catch(couldNot)
  console.log(JSON.stringify(result, undefined, 2))
  process.exit(result.closing.refused === 0 && (result.closing.p99Ms ?? 0) <= 100 ? 0 : 1)
}
const result = await chaos({ ...options, seed: Number(values.seed), restore: values.restore }).catch(couldNot)
const { wrong, calm, tight, ...figures } = result
const missed = [
  ...wrong.slice(0, 20),
  ...(figures.most > 1 ? [`posted + leased reached ${figures.most} of the limit`] : []),
  ...(figures.spent > 1 ? [`${figures.spent} of the budget was spent`] : []),
  ...(figures.spent < 0.99 ? [`only ${figures.spent} of the budget could be spent`] : []),
  ...(calm.statuses.has(429) ? [`${calm.statuses.get(429)} calls were refused for a budget that was far from spent`] : []),
  ...calm.falseRefusals, ...tight.falseRefusals,
]
console.log(JSON.stringify({ ...figures, calm: plainSeen(calm), tight: plainSeen(tight), wrong: wrong.length }, undefined, 2))
for (const line of missed) console.log(line)
process.exit(missed.length === 0 ? 0 : 1)
