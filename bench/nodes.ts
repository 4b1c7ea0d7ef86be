/**
 * What a call waits longer on a gateway node of PostgreSQL than on an embedded node: `npm run bench -- nodes [rounds]`.
 * Interleaved rounds, one connection as fast as it goes and 32 at a rate that both sustain; medians of the medians.
 */
import { measureCase, type Case } from './measure-case.ts'
import { hasPostgres, startMock, startParty, type PartyName } from './parties.ts'
import { printFigures, wordsGiven } from './figures.ts'
import { median } from './report.ts'

const [roundsText = '3'] = wordsGiven()
const cases: readonly Case[] = [
  { name: 'one connection', behaviour: 'plain', bodyBytes: 1_000, connections: 1 },
  { name: '32 connections, 200 calls a second', behaviour: 'plain', bodyBytes: 1_000, connections: 32, rate: 200 },
]
const time = { warmMs: 1_500, measureMs: 2_000 }
if (!hasPostgres) {
  console.log('PostgreSQL is not installed (Debian: apt-get install postgresql)')
  process.exit(1)
}

const mock = await startMock()
const found = new Map<string, number[]>()
for (let round = 0; round < Number(roundsText); round += 1) {
  for (const name of (round % 2 === 0 ? ['weir', 'node'] : ['node', 'weir']) as PartyName[]) {
    const party = await startParty(name, mock.port, true)
    for (const each of cases) {
      const { p50 } = await measureCase(party, each, time)
      found.set(`${name} ${each.name}`, [...(found.get(`${name} ${each.name}`) ?? []), p50])
    }
    await party.stop()
  }
}
await mock.process.stop()
const p50 = (name: PartyName, each: Case): number => median(found.get(`${name} ${each.name}`) ?? [])
printFigures(`nodes, medians of ${roundsText} rounds`, cases.flatMap((each) => [
  { name: `embedded ${each.name}`, value: p50('weir', each), says: `ms p50, embedded: ${each.name}` },
  { name: `postgres ${each.name}`, value: p50('node', each), says: `ms p50, on PostgreSQL: ${each.name}` },
  { name: `ratio ${each.name}`, value: p50('node', each) / p50('weir', each), says: 'times embedded', atMost: 1.1 },
]))
process.exit(0)
