/**
 * `npm run bench`: the comparison by default, or one bench by name. Each is a file of its own that takes the arguments after
 * its name; with `--json` it prints one object.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const benches: Readonly<Record<string, string>> = {
  compare: 'direct, nginx, Portkey and Weir in front of one upstream (the default)',
  profile: 'CPU of Weir by thread and by function',
  journal: 'rows a second and CPU a record, by group size',
  posting: 'events rated and posted a second: embedded | postgres',
  'month-close': 'closing a month of 2 and of 20 million calls: embedded | postgres',
  leases: 'requests to the database for leases per thousand calls: embedded | postgres',
  nodes: 'added latency of a gateway node on PostgreSQL against embedded',
  terms: 'receipts a second, proofs, exports: embedded | postgres',
  detector: 'prompts a second that become sketches, and the time of a score',
  console: 'size of the shell, click to paint with 100,000 calls, requests while live',
  'large-invoice': 'one invoice of 100,000 lines in each form: time and memory',
}

const [name = '', ...rest] = process.argv.slice(2)
if (name === 'help' || (name !== '' && !name.startsWith('-') && benches[name] === undefined)) {
  process.stdout.write(`npm run bench -- [name] [arguments] [--json]\n\n${Object.entries(benches).map(([each, says]) => `  ${each.padEnd(13)}${says}\n`).join('')}\nnpm run bench -- --help tells the arguments of the comparison.\n`)
  process.exit(name === 'help' ? 0 : 2)
}
const known = benches[name] === undefined ? 'compare' : name
const given = benches[name] === undefined ? process.argv.slice(2) : rest
process.exit(spawnSync(process.execPath, [join(import.meta.dirname, `${known}.ts`), ...given], { stdio: 'inherit' }).status ?? 1)
