/** Chaos by command: `npm run chaos -- --nodes 8 --clients 400 --seconds 120 --seed 1 [--restore]`. */
import { parseArgs } from 'node:util'
import { chaos } from './chaos.ts'

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '8' }, clients: { type: 'string', default: '400' }, seconds: { type: 'string', default: '120' }, seed: { type: 'string', default: '1' }, restore: { type: 'boolean', default: false } } })
const result = await chaos({ seed: Number(values.seed), nodes: Number(values.nodes), clients: Number(values.clients), ms: Number(values.seconds) * 1_000, restore: values.restore, progress: (line) => console.error(line) })
const { wrong, calm, tight, ...figures } = result
const plain = ({ statuses, ...seen }: typeof calm): object => ({ ...seen, statuses: Object.fromEntries(statuses) })
console.log(JSON.stringify({ ...figures, calm: plain(calm), tight: plain(tight), wrong: wrong.length }, undefined, 2))
for (const line of wrong.slice(0, 20)) console.log(line)
process.exit(wrong.length === 0 ? 0 : 1)
