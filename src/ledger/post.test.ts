import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../kernel/clock.ts'
import { decimal, formatDecimal, multiply, sum } from '../kernel/decimal.ts'
import { seededRandom, wholeBelow } from '../kernel/random.ts'
import type { AttemptRecord, JournalRecord, NumberedRecord, OutcomeRecord } from '../journal/record.ts'
import type { Store } from '../store/store.ts'
import { attemptOf, outcomeOf } from '../../test/conformance/journal-records.ts'
import { openEmbeddedForTest } from '../../test/embedded.ts'
import { specificationMissing, validator } from '../../test/openapi.ts'
import { openAnyForTest } from '../../test/stores.ts'
import { budgetState } from './budgets.ts'
import { callDetail, listCalls } from './calls.ts'
import { checkLedger } from './integrity.ts'
import { postPending } from './post.ts'
import { priceBook } from './price-book.ts'
import { operatorPriceRow, seedPriceRows } from './price-seed.ts'
import { dismiss, listQuarantine, lossAccounting, redrive } from './quarantine.ts'
import { ship } from './ship.ts'
import { loadPrices } from './stored-prices.ts'
import { usageBuckets, usageTotals } from './usage.ts'

const clock = systemClock
const book = priceBook(seedPriceRows())
const start = Date.UTC(2026, 10, 22, 23, 58)

const numbered = (records: readonly JournalRecord[], first = 1): NumberedRecord[] => records.map((record, index) => ({ sequence: first + index, body: JSON.stringify(record) }))
const dialled = (call: string, over: Partial<AttemptRecord> = {}): AttemptRecord => ({ ...attemptOf(call, 1, start), priceList: 'openai', hold: '1000000000', budgets: [{ budget: 'organization/acme/total', period: 'total' }], ...over })
const ended = (call: string, over: Partial<OutcomeRecord> = {}): OutcomeRecord => ({ ...outcomeOf(call, 1, start + 900), raw: '{"prompt_tokens":10}', ...over })

async function postAll(store: Store, prices = book): Promise<void> {
  for (let left = 1; left > 0;) left = (await postPending(store, prices, 10_000, clock)).remaining
}

/** A stream of interleaved calls with every kind of ending. */
function stream(seed: number, count: number): JournalRecord[] {
  const random = seededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[wholeBelow(random, items.length)] as T
  const records: JournalRecord[] = []
  const open: { call: string; at: number }[] = []
  for (let index = 0; index < count || open.length > 0; index += 1) {
    if (index < count) {
      const at = start + index * 997
      const call = `call_${seed}_${index}`
      open.push({ call, at })
      records.push(dialled(call, { at, organization: pick(['acme', 'globex']), project: pick(['feed', 'search']), upstreamModel: pick(['gpt-4.1', 'gpt-5.4', 'gpt-4o-mini']), budgets: [{ budget: `b-${seed}`, period: 'total' }] }))
    }
    if (index < count && random.fraction() < 0.3) continue
    const [ending] = open.splice(wholeBelow(random, open.length), 1)
    if (ending === undefined) continue
    const { call, at } = ending
    const input = wholeBelow(random, 400_000)
    const counts = { input, cachedInput: wholeBelow(random, input + 1), output: wholeBelow(random, 5_000) }
    const kind = pick(['reported', 'reported', 'reported', 'estimated', 'absent', 'refused', 'nonsense', 'unpriced'])
    const charge = String(wholeBelow(random, 1_000_000))
    if (kind === 'absent') records.push({ ...withoutCounts(ended(call, { at, source: 'absent', billable: 'maybe', outcome: 'cut', charge })) })
    else if (kind === 'refused') records.push({ ...withoutCounts(ended(call, { at, source: 'absent', billable: 'no', outcome: 'refused', status: 429, charge: '0' })) })
    else if (kind === 'nonsense') records.push(ended(call, { at, counts: { input: 1, cachedInput: 5 }, charge }))
    else if (kind === 'unpriced') records.push(ended(call, { at, counts, serviceTier: 'scale', charge }))
    else records.push(ended(call, { at, counts, source: kind === 'estimated' ? 'estimated' : 'reported', charge }))
  }
  return records
}

function withoutCounts(record: OutcomeRecord): OutcomeRecord {
  const { counts: _, ...rest } = record
  return rest
}

/** Everything that must not depend on how the stream was cut. */
async function bookOf(store: Store, seed: number): Promise<unknown> {
  const report = await checkLedger(store)
  assert.deepEqual(report.checks.filter((each) => !each.ok && each.id !== 'C2'), [])
  const [losses] = (await lossAccounting(store)).slice(-1)
  assert.equal(losses?.lost, 0)
  const { pending: _, ...counted } = losses ?? { pending: 0 }
  return { balances: report.balances, usage: await usageTotals(store), counted, budget: (await budgetState(store, { budget: `b-${seed}` })).map(({ posted }) => posted) }
}

test('splitting the journal anywhere and shipping it again changes no sum', async () => {
  const seed = 5
  const records = numbered(stream(seed, 400))
  const random = seededRandom(9)
  const books: unknown[] = []
  for (const cut of [records.length, 7, 61, 0]) {
    const store = await openAnyForTest()
    for (let at = 0; at < records.length;) {
      const size = cut === 0 ? 1 + wholeBelow(random, 90) : cut
      // Overlaps with what was shipped before, and sometimes repeats it whole.
      const from = cut === 0 ? Math.max(0, at - wholeBelow(random, 30)) : at
      await ship(store, 'journal', records.slice(from, at + size), { clock })
      if (cut === 0 && random.fraction() < 0.3) await ship(store, 'journal', records.slice(from, at + size), { clock })
      if (random.fraction() < 0.4) await postPending(store, book, 1 + wholeBelow(random, 40), clock)
      at += size
    }
    // Two at once: each record is posted by one of them.
    await Promise.all([postAll(store), postAll(store)])
    books.push(await bookOf(store, seed))
    await store.close()
  }
  for (const other of books.slice(1)) assert.deepEqual(other, books[0])
})

test('one run goes through the batches of many journals, reads on while it writes, and posts each record once beside another run', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const asked: string[] = []
  const watched: Store = { ...store, query: (priority, text, values) => {
    asked.push(text.startsWith('WITH part0') ? 'write' : text.includes('FROM journal_batch') ? 'read' : 'other')
    return store.query(priority, text, values)
  } }
  const shipAll = async (seed: number): Promise<number> => {
    const records = numbered(stream(seed, 100))
    for (let at = 0; at < records.length; at += 10) await ship(store, `journal-${seed}`, records.slice(at, at + 10), { clock })
    return records.length
  }
  for (const seed of [1, 2, 3]) await shipAll(seed)
  assert.equal((await postPending(watched, book, 10_000, clock)).remaining, 0)
  const order = asked.filter((each) => each !== 'other')
  const reads = order.flatMap((each, index) => (each === 'read' ? [index] : []))
  assert.ok(reads.length > 6, 'eight batches a stretch, three journals, and one that found nothing')
  assert.deepEqual(order.slice(0, 9), ['read', ...Array.from({ length: 7 }, () => 'write'), 'read'], 'the next stretch is asked for before the last page of this one is written')

  for (const seed of [4, 5, 6]) await shipAll(seed)
  await Promise.all([postAll(store), postAll(store), postAll(store)])
  const accounted = await lossAccounting(store)
  assert.equal(accounted.reduce((total, { lost }) => total + Number(lost), 0), 0)
  assert.equal((await checkLedger(store)).checks.filter((each) => !each.ok && each.id !== 'C2').length, 0)
  // What is limited stops there, within a batch too.
  const left = await shipAll(7)
  assert.equal((await postPending(store, book, 15, clock)).remaining, left - 15)
  assert.equal((await postPending(store, book, 95, clock)).remaining, left - 110)
})

test('on the embedded store: usage, calls and prices tell what was booked', async (t) => {
  const store = await openEmbeddedForTest()
  t.after(() => store.close())
  const calls = [
    [dialled('call_a'), ended('call_a', { counts: { input: 1_000, cachedInput: 400, output: 50, reasoning: 10 } })],
    [dialled('call_b', { n: 1 }), withoutCounts(ended('call_b', { source: 'absent', billable: 'no', outcome: 'refused', status: 429, charge: '0', last: false }))],
    [dialled('call_b', { n: 2, at: start + 50 }), ended('call_b', { n: 2, source: 'estimated', counts: { input: 10, output: 5 } })],
    [dialled('call_c', { at: start + 180_000, key: 'key_2' }), withoutCounts(ended('call_c', { source: 'absent', billable: 'maybe', outcome: 'cut', charge: '1000000000' }))],
    [dialled('call_d', { at: start + 180_000, operation: 'embeddings', model: 'text-embedding-3-small', upstreamModel: 'text-embedding-3-small' }), ended('call_d', { counts: { input: 7 } })],
    [dialled('call_e')],
  ]
  await ship(store, 'journal', numbered(calls.flat()), { clock })
  await postAll(store)

  const price = (text: string, quantity: number) => multiply(decimal(text), decimal(quantity))
  const reported = sum([price('0.000002', 600), price('0.0000005', 400), price('0.000008', 50)])
  const estimated = sum([price('0.000002', 10), price('0.000008', 5)])
  const usage = await usageTotals(store)
  assert.deepEqual(usage, [
    { organization: 'acme', project: 'feed', model: 'gpt-4.1', calls: 3, attempts: 4, reported_calls: 1, estimated_calls: 1, absent_calls: 1, input_tokens: 1_010, cached_input_tokens: 400, output_tokens: 55, cost: formatDecimal(sum([reported, estimated])), currency: 'USD' },
    { organization: 'acme', project: 'feed', model: 'text-embedding-3-small', calls: 1, attempts: 1, reported_calls: 1, estimated_calls: 0, absent_calls: 0, input_tokens: 7, cached_input_tokens: 0, output_tokens: 0, cost: '0.00000014', currency: 'USD' },
  ])
  assert.equal((await usageTotals(store, { from: start + 60_000, model: 'gpt-4.1' }))[0]?.calls, 1)

  const detail = await callDetail(store, 'call_a')
  assert.deepEqual(detail?.attempts.map((each) => [each.cost, each.records?.outcome.raw, each.lines.length, each.transactions.length]), [[formatDecimal(reported), '{"prompt_tokens":10}', 4, 4]])
  const rows = await loadPrices(store, detail?.attempts[0]?.lines.map((line) => line.priceRow) ?? [])
  assert.equal(rows.length, 3)
  assert.equal((await callDetail(store, 'call_e'))?.open.length, 1)
  assert.equal(await callDetail(store, 'call_z'), undefined)
  const first = await listCalls(store, { limit: 2 })
  const second = await listCalls(store, { limit: 500, ...(first.next === undefined ? {} : { after: first.next }) })
  assert.deepEqual([...first.calls, ...second.calls].map(({ call, n }) => `${call} ${n}`), ['call_d 1', 'call_c 1', 'call_b 2', 'call_b 1', 'call_a 1'])
  assert.equal((await listCalls(store, { source: 'estimated' })).calls.length, 1)
  assert.equal((await checkLedger(store)).ok, true)
})

test('buckets have the published shape, page by page', { skip: specificationMissing }, async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const seconds = start / 1_000
  const records = [0, 1, 2, 3].flatMap((minute) => [
    dialled(`call_${minute}`, { at: start + minute * 60_000, key: `key_${minute % 2}` }), ended(`call_${minute}`, { counts: { input: 100, output: 10 }, ...(minute === 3 ? { serviceTier: 'batch' } : {}) }),
  ])
  await ship(store, 'journal', numbered(records), { clock })
  await postAll(store)
  const violations = validator('UsageResponse')
  const ask = async (query: Omit<Parameters<typeof usageBuckets>[1], 'startTime'>) => {
    const page = await usageBuckets(store, { startTime: seconds, endTime: seconds + 240, ...query }, start + 300_000)
    assert.ok('data' in page, JSON.stringify(page))
    assert.deepEqual(violations(page), [])
    return page
  }
  const minutes = await ask({ kind: 'completions', bucketWidth: '1m', groupBy: ['api_key_id', 'batch'], limit: 3 })
  assert.deepEqual(minutes.data.map((bucket) => bucket.results.map((result) => [result['api_key_id'], result['input_tokens'], result['batch']])), [[['key_0', 100, false]], [['key_1', 100, false]], [['key_0', 100, false]]])
  assert.equal(minutes.has_more, true)
  const rest = await ask({ kind: 'completions', bucketWidth: '1m', groupBy: ['batch'], limit: 3, page: minutes.next_page ?? '' })
  assert.deepEqual(rest.data.map((bucket) => bucket.results.map((result) => result['batch'])), [[true]])
  assert.equal(rest.has_more, false)
  const days = await ask({ kind: 'costs', groupBy: ['line_item', 'project_id'], organization: 'acme' })
  assert.deepEqual(days.data.map((bucket) => bucket.results.map((result) => [result['line_item'], result['project_id'], result['amount'], result['quantity_unit']])), [
    [['gpt-4.1, input', 'feed', { value: 0.0004, currency: 'usd' }, 'tokens'], ['gpt-4.1, output', 'feed', { value: 0.00016, currency: 'usd' }, 'tokens']],
    [['gpt-4.1, input', 'feed', { value: 0.0003, currency: 'usd' }, 'tokens'], ['gpt-4.1, output', 'feed', { value: 0.00012, currency: 'usd' }, 'tokens']],
  ])
  const sums = async (kind: 'completions' | 'costs', only: { readonly apiKeyIds?: readonly string[]; readonly batch?: boolean }): Promise<readonly (readonly unknown[])[]> =>
    (await ask({ kind, bucketWidth: '1d', ...only })).data.flatMap((bucket) => bucket.results.map((result) => (kind === 'costs' ? [(result['amount'] as { value: number }).value] : [result['input_tokens'], result['num_model_requests']])))
  assert.deepEqual([await sums('completions', {}), await sums('completions', { apiKeyIds: ['key_1'] }), await sums('completions', { apiKeyIds: ['key_0', 'key_1'] }), await sums('completions', { apiKeyIds: ['key_9'] })], [[[200, 2], [200, 2]], [[100, 1], [100, 1]], [[200, 2], [200, 2]], []])
  assert.deepEqual([await sums('completions', { batch: true }), await sums('completions', { batch: false }), await sums('completions', { batch: true, apiKeyIds: ['key_0'] })], [[[100, 1]], [[200, 2], [100, 1]], []])
  assert.deepEqual([await sums('costs', { apiKeyIds: ['key_0'] }), await sums('costs', { apiKeyIds: ['key_1'] }), await sums('costs', {})], [[[0.00028], [0.00028]], [[0.00028], [0.00014]], [[0.00056], [0.00042]]])
  assert.deepEqual((await ask({ kind: 'embeddings' })).data.map((bucket) => bucket.results.length), [0, 0])
  assert.equal((await ask({ kind: 'completions', projectIds: ['search'] })).data[0]?.results.length, 0)
  const bad = [{ bucketWidth: '2h' }, { limit: 0 }, { limit: 32 }, { groupBy: ['line_item'] }, { page: 'x' }, { endTime: seconds }]
  for (const query of bad) assert.ok('invalid' in await usageBuckets(store, { kind: 'completions', startTime: seconds, ...query }, start), JSON.stringify(query))
})

test('what was quarantined is driven again once its cause is gone', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const own = { list: 'own', model: 'fresh', tier: 'default', regionClass: 'any', aboveInput: 0, currency: 'USD', effectiveFrom: 0, source: 'contract' } as const
  const records = numbered([
    dialled('call_1', { priceList: 'own', upstreamModel: 'fresh' }), ended('call_1', { charge: '77' }),
    dialled('call_2'), ended('call_2', { counts: { input: 1, cachedInput: 9 }, charge: '23' }), dialled('call_3'),
  ])
  await ship(store, 'journal', records, { clock })
  await postAll(store)
  const charged = async (): Promise<bigint | undefined> => (await budgetState(store, { budget: 'organization/acme/total' }))[0]?.posted
  assert.equal(await charged(), 100n, 'budgets are charged when the event is quarantined')
  const items = await listQuarantine(store)
  assert.deepEqual(items.map((item) => item.reason).sort(), ['nonsense', 'unpriced'])
  assert.deepEqual(await redrive(store, book, 'all', clock), { resolved: 0, remaining: 2 })
  const priced = priceBook([...seedPriceRows(), operatorPriceRow({ ...own, meter: 'input', perMillion: '3', recordedAt: 0 }), operatorPriceRow({ ...own, meter: 'output', perMillion: '9', recordedAt: 0 })])
  assert.deepEqual(await redrive(store, priced, 'all', clock), { resolved: 1, remaining: 1 })
  assert.equal((await usageTotals(store))[0]?.cost, '0.000075')
  assert.equal(await charged(), 100n, 'and not again')

  // The journal's file was copied: another record under number 5, and one that follows it.
  const copy = numbered([dialled('call_9')], 5)
  assert.equal(await ship(store, 'journal', [...copy, ...numbered([ended('call_9')], 6)], { clock }), 6)
  await postAll(store)
  assert.deepEqual((await listQuarantine(store)).map((item) => item.reason), ['nonsense', 'conflict', 'outcome-without-attempt'])
  assert.equal((await redrive(store, priced, 'all', clock)).resolved, 1)
  await postAll(store)
  assert.equal((await redrive(store, priced, 'all', clock)).resolved, 1)
  await postAll(store)
  assert.equal((await listCalls(store, { search: 'call_9' })).calls.length, 1)
  const [nonsense] = await listQuarantine(store)
  assert.equal(await dismiss(store, nonsense?.id ?? '', 'the provider confirmed that it bills nothing', clock), true)
  assert.equal(await dismiss(store, nonsense?.id ?? '', 'again', clock), false)
  const all = (await lossAccounting(store)).at(-1)
  assert.deepEqual([all?.events, all?.posted, all?.quarantined, all?.resolved, all?.open, all?.lost], [6, 2, 0, 3, 1, 0])
  assert.equal((await checkLedger(store)).ok, true)
  const events = await store.query<{ kind: string }>('admin', 'SELECT DISTINCT kind FROM event ORDER BY kind')
  assert.deepEqual(events.map(({ kind }) => kind), ['journal-conflict', 'quarantined'])
})
