/**
 * Events rated and posted per second: `npm run bench -- posting embedded|postgres [events] [page]`. An event is one attempt
 * with its outcome: two journal records, rated, written with its entries, usage and budget charges. Reports shipping and
 * posting apart and together.
 */
import { systemClock } from '../src/kernel/clock.ts'
import { seededRandom, wholeBelow } from '../src/kernel/random.ts'
import type { NumberedRecord } from '../src/journal/record.ts'
import { priceBook } from '../src/ledger/price-book.ts'
import { seedPriceRows } from '../src/ledger/price-seed.ts'
import { postPending } from '../src/ledger/post.ts'
import { ship } from '../src/ledger/ship.ts'
import { openEmbeddedForTest } from '../test/embedded.ts'
import { openPostgresForTest } from '../test/stores.ts'
import { printFigures, wordsGiven } from './figures.ts'

const [kind = 'embedded', eventsText = '40000', batchText = '2000'] = wordsGiven()
const events = Number(eventsText)
const batchRecords = Number(batchText)
const random = seededRandom(7)
const pick = <T>(items: readonly T[]): T => items[wholeBelow(random, items.length)] as T

/** A stream of calls of 4 organizations with 3 projects each on 4 models, 64 in flight at a time. */
function* records(count: number): Generator<NumberedRecord> {
  let sequence = 0
  const start = Date.UTC(2026, 10, 23, 12)
  const inFlight: { call: string; at: number; organization: string; project: string }[] = []
  for (let index = 0; index < count + 64; index += 1) {
    const at = start + Math.floor(index / 5)
    if (index < count) {
      const organization = pick(['acme', 'globex', 'initech', 'umbrella'])
      const project = pick(['feed', 'search', 'support'])
      const call = `call_${index.toString(36).padStart(26, '0')}`
      inFlight.push({ call, at, organization, project })
      yield { sequence: sequence += 1, body: JSON.stringify({
        kind: 'attempt', call, n: 1, at, received: at, organization, project, key: `key_${organization}_${project}`, model: 'gpt-4.1', deployment: 'upstream/gpt-4.1', provider: 'upstream', account: 'upstream',
        upstreamModel: pick(['gpt-4.1', 'gpt-4.1-mini', 'gpt-4o', 'gpt-5-mini']), surface: 'openai', operation: 'chat', dialect: 'openai-chat', stream: true, snapshot: 7, priceList: 'openai', regionClass: 'global', currency: 'USD',
        hold: '68000000000', inputBound: 2_000, outputBound: 8_000, budgets: [{ budget: `organization/${organization}/month`, period: '2026-11-01T00:00:00Z' }, { budget: `project/${organization}/${project}/month`, period: '2026-11-01T00:00:00Z' }], requestBytes: 4_120,
      }) }
    }
    const ending = index >= 64 ? inFlight.splice(wholeBelow(random, inFlight.length), 1)[0] : undefined
    if (ending !== undefined) {
      const counts = { input: 100 + wholeBelow(random, 2_000), cachedInput: wholeBelow(random, 100), output: 20 + wholeBelow(random, 500), reasoning: wholeBelow(random, 20) }
      yield { sequence: sequence += 1, body: JSON.stringify({
        kind: 'outcome', call: ending.call, n: 1, at: at + 900, outcome: 'complete', status: 200, source: 'reported', billable: 'yes', counts,
        raw: JSON.stringify({ prompt_tokens: counts.input, completion_tokens: counts.output, total_tokens: counts.input + counts.output, prompt_tokens_details: { cached_tokens: counts.cachedInput, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: counts.reasoning } }),
        servedModel: 'gpt-4.1-2025-04-14', serviceTier: 'default', charge: '3400000000', upstreamId: 'chatcmpl-abcdefghijklmnopqrstuvwxyz', finish: 'stop', headersMs: 210, firstByteMs: 230, lastByteMs: 900, responseBytes: 9_400, last: true,
      }) }
    }
  }
}

const store = kind === 'postgres' ? await openPostgresForTest() : await openEmbeddedForTest()
const book = priceBook(seedPriceRows())
const all = [...records(events)]
const options = { clock: systemClock }
const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now()
  await run()
  return performance.now() - begin
}
let worst = 0
const shipMs = await timed(async () => {
  for (let at = 0; at < all.length; at += batchRecords) await ship(store, 'bench', all.slice(at, at + batchRecords), options)
})
const cpu = process.cpuUsage()
const postMs = await timed(async () => {
  for (;;) {
    const begin = performance.now()
    const { remaining } = await postPending(store, book, 20_000, systemClock)
    worst = Math.max(worst, performance.now() - begin)
    if (remaining === 0) break
  }
})
const used = process.cpuUsage(cpu)
const perSecond = (ms: number): number => Math.round(events / ms * 1_000)
const [size] = await store.query<{ bytes: string }>('admin', "SELECT sum(pg_total_relation_size(c.oid)) AS bytes FROM pg_class c WHERE c.relkind = 'r' AND c.relname LIKE 'attempt_%'")
printFigures(`posting, ${kind}, ${events} events in batches of ${batchRecords} records`, [
  { name: 'shipPerSecond', value: perSecond(shipMs), says: 'events a second shipped' },
  { name: 'postPerSecond', value: perSecond(postMs), says: 'events a second rated and posted', atLeast: kind === 'postgres' ? 20_000 : 10_000 },
  { name: 'togetherPerSecond', value: perSecond(shipMs + postMs), says: 'events a second for both' },
  { name: 'worstStepMs', value: Math.round(worst), says: 'ms the longest step of 20,000 records' },
  { name: 'cpuMicrosPerEvent', value: Math.round((used.user + used.system) / events), says: 'µs of CPU an event to post it, PostgreSQL’s own apart' },
  { name: 'attemptBytesPerEvent', value: Math.round(Number(size?.bytes) / events), says: 'bytes an event in the table of attempts' },
])
await store.close()
process.exit(0)
