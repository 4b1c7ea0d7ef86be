/** The long storm, by command: `npm run storm -- --rounds 50 --clients 200 --seed 1`. Every fifth round is a disaster of files. */
import { parseArgs } from 'node:util'
import { plainSeen } from './clients.ts'
import { storm } from './storm.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, clients: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' }, 'round-ms': { type: 'string', default: '1500' }, 'disaster-every': { type: 'string', default: '5' }, keep: { type: 'boolean', default: false } } })
const result = await storm({ seed: Number(values.seed), rounds: Number(values.rounds), clients: Number(values.clients), roundMs: Number(values['round-ms']), disasterEvery: Number(values['disaster-every']), keep: values.keep, progress: (line) => console.error(line) })
const { wrong, unpromised, seen, ...figures } = result
console.log(JSON.stringify({ ...figures, seen: plainSeen(seen), wrong: wrong.length, unpromised: unpromised.length }, undefined, 2))
for (const line of wrong.slice(0, 20)) console.log(line)
for (const line of unpromised.slice(0, 20)) console.log(`not promised after a database or a journal was put back: ${line}`)
process.exit(wrong.length === 0 ? 0 : 1)
