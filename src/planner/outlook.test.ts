import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../test/stores.ts'
import type { Snapshot } from '../gateway/snapshot.ts'
import { idMaker } from '../kernel/ids.ts'
import { seededRandom } from '../kernel/random.ts'
import { addDays, dayStart } from '../ledger/contracts/calendar.ts'
import { contractSchema } from '../ledger/contracts/contract.ts'
import { assetSchema } from '../ledger/assets/asset.ts'
import { postAssetMonth, saveAsset } from '../ledger/assets/asset-store.ts'
import { saveContract } from '../ledger/contracts/contract-store.ts'
import { bookUsage } from '../ledger/invoices/booked-usage.fixture.ts'
import { priceBook } from '../ledger/price-book.ts'
import { seedPriceRows } from '../ledger/price-seed.ts'
import type { Store } from '../store/store.ts'
import { costAtAsset } from './asset-cost.ts'
import type { Figure, Known } from './figure.ts'
import { outlook, type OutlookPorts } from './outlook.ts'
import { record, recordsOf } from './plan-records.ts'
import { parseScenario } from './scenario.ts'

const now = Date.parse('2026-12-05T09:00:00Z')
const clock = { now: () => now, monotonic: () => 0 }
const makeId = idMaker(clock, seededRandom(3))

const deployment = (id: string, capacity: string) => ({ id, capacity, priceList: 'openai', pricedAs: 'gpt-4.1', regionClass: 'global', provider: { name: id }, weight: 1, group: 0 })
const snapshot = { version: 1, callers: new Map(), deployments: new Map(), models: new Map([['gpt-4.1', { name: 'gpt-4.1', deployments: [deployment('azure/gpt-4.1', 'pay-as-you-go'), deployment('own/chat', 'in-house')] }]]) } as unknown as Snapshot
const book = priceBook(seedPriceRows())

const portsOf = (store: Store): OutlookPorts => ({ store, clock, snapshot: () => snapshot, sheet: book.sheet })
const figureOf = (section: Known<{ readonly figures: readonly Figure[] }> | undefined, name: string): string | undefined =>
  section?.status === 'known' ? section.figures.find((each) => each.name === name)?.value : undefined
const scenario = (text: string) => { const parsed = parseScenario(text); assert.ok(!('refused' in parsed)); return parsed }

/** Rollups by the minute as posting makes them: one row an hour for each customer. */
async function bookHours(store: Store, from: string, days: number, customer: string, callsAt: (hour: number) => number, deploymentId = 'azure/gpt-4.1'): Promise<void> {
  const first = dayStart(from) / 60_000
  const minutes = Array.from({ length: days * 24 }, (_, hour) => first + hour * 60)
  const calls = minutes.map((_, hour) => callsAt(hour))
  await store.query('jobs', `INSERT INTO usage_minute (minute, dims, organization, project, key, purpose, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
    SELECT m, $3::text || '|' || $4::text, $3::text, 'feed', 'key_1', NULL, 'gpt-4.1', $4::text, 'azure', 'openai', 'chat', 'default', 'USD', c, c, c, 0, 0, c * 1000, 0, 0, 0, c * 200, 0, 0, 0, c
    FROM unnest($1::bigint[], $2::bigint[]) AS t(m, c)`, [minutes, calls, customer, deploymentId])
}

const monthly = (customer: string, amount: string) => Array.from({ length: 30 }, (_, index) => ({ day: addDays('2026-11-01', index), organization: customer, meter: 'input', quantity: amount, unitPrice: '0.000002' }))

test('nothing in the books is said, not shown as zero', async () => {
  const store = await openAnyForTest()
  try {
    const found = await outlook(portsOf(store))
    assert.equal(found.status, 'missing')
    assert.match(found.status === 'missing' ? found.missing.join() : '', /no usage yet/)
  } finally {
    await store.close()
  }
})

test('a month of a largest customer with 24 %: every figure from rows, and what is thin is refused by name', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, [...monthly('largest', '240000'), ...monthly('a', '200000'), ...monthly('b', '190000'), ...monthly('c', '185000'), ...monthly('d', '185000')])
    const found = await outlook(portsOf(store), { scenario: scenario('largest=leaves') })
    assert.ok(found.status === 'known')
    const { outlook: it } = found
    assert.equal(it.month, '2026-11')
    assert.equal(figureOf(it.concentration, 'share of the 1 largest'), '24.00')
    assert.equal(figureOf(it.whatIf, 'net revenue retention'), '76.00')
    assert.equal(figureOf(it.concentration, 'revenue'), '60')
    assert.equal(figureOf(it.concentration, 'revenue without largest'), '45.6')
    const shares = it.concentration.status === 'known' ? it.concentration.customers : []
    assert.deepEqual(shares.map((each) => each.customer), ['largest', 'a', 'b', 'c', 'd'])
    assert.equal(shares[0]?.points, '576.0')
    assert.equal(shares[0]?.inputs[0]?.id, 'usage_day 2026-11-01..2026-12-01 organization=largest currency=USD')
    const figures = it.concentration.status === 'known' ? it.concentration.figures : []
    assert.ok(figures.every((each) => each.inputs.length > 0 && each.checked.startsWith('equals the usage transactions of the books') && each.interval.meaning !== ''))
    // Led back to price rows: what they say, multiplied and added, is the revenue.
    const priced = figures[0]?.inputs.filter((each) => each.kind === 'price') ?? []
    assert.equal(priced[0]?.says, 'gpt-4.1, input: 30000000 at 0.000002 USD')
    assert.equal(priced.length, 1)
    for (const section of [it.runRate, it.whatIf]) assert.ok(section?.status === 'known' && section.figures.every((each) => each.inputs.some((row) => row.kind === 'price' && row.id === priced[0]?.id)))
    assert.equal(it.retention.status, 'missing')
    assert.deepEqual(it.reservations.map((each) => each.status === 'missing' ? each.missing[0] : ''), ['reservation for gpt-4.1: 0 hours with traffic between 2026-11-03 and 2026-12-01, 168 are needed'])
    const make = it.makeOrBuy[0]
    assert.ok(make?.status === 'missing' && make.missing.length === 7 && make.missing[0]?.includes('weir outlook assume build'))
    assert.equal(it.earlySigns.missing.length, 2)
  } finally {
    await store.close()
  }
})

test('invoices are one base, usage another: never mixed, and incomplete invoices do not pass for revenue', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, [...monthly('a', '1000'), ...monthly('b', '3000')])
    const invoice = (id: string, organization: string, net: string) => store.query('jobs', `INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, number, currency, net, tax, total, prepaid, due, document, created_at)
      VALUES ($1, 'invoice', $2, 'c', 1, '2026-11', 1, 'issued', $1, 'USD', $3::numeric, 0, $3::numeric, 0, $3::numeric, '{}', now())`, [id, organization, net])
    await invoice('2026-0001', 'a', '240')
    const before = await outlook(portsOf(store))
    assert.equal(before.status === 'known' && before.outlook.base, 'usage at list price')
    await invoice('2026-0002', 'b', '760')
    const after = await outlook(portsOf(store))
    assert.ok(after.status === 'known')
    assert.equal(after.outlook.base, 'invoiced, net of tax')
    assert.equal(figureOf(after.outlook.concentration, 'revenue'), '1000')
    assert.equal(figureOf(after.outlook.runRate, 'run-rate, month times twelve'), '12000.00')
    const parts = after.outlook.concentration.status === 'known' ? after.outlook.concentration.customers : []
    assert.deepEqual(parts.map(({ customer, share, points, large, inputs }) => [customer, share, points, large, inputs[0]?.id]), [['b', '76.00', '5776.0', true, '2026-0002'], ['a', '24.00', '576.0', true, '2026-0001']])
    const asked = await outlook(portsOf(store), { base: 'usage' })
    assert.equal(asked.status === 'known' && figureOf(asked.outlook.concentration, 'revenue'), '0.24')
  } finally {
    await store.close()
  }
})

test('reservation on the observed load, make or buy from assumptions with their rows, mix, signs and calendar', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, [...monthly('acme', '72000000'), ...monthly('other', '10000000'), ...monthly('acme', '9000000').map((row) => ({ ...row, deployment: 'own/chat', supplier: 'own', unitPrice: '0.000001' })), { day: '2026-11-02', organization: 'old', meter: 'input', quantity: '1000', unitPrice: '0.000002', deployment: 'gone/chat' }])
    await bookHours(store, '2026-10-01', 61, 'acme', (hour) => 3_000 + (hour % 24 < 8 ? 0 : 600))
    await bookHours(store, '2026-10-01', 61, 'other', (hour) => (hour < 24 * 33 ? 3_000 : 1_000))
    await saveContract(store, clock, contractSchema.parse({ id: 'acme-2026', party: 'acme', side: 'customer', currency: 'USD', term: { from: '2026-01-01', until: '2027-03-01' }, terms: { minimum: { amount: '3000' } } }))
    await record(store, { clock, makeId }, 'retirement', { model: 'gpt-4.1', retires: '2027-04-14', source: 'maker\'s page, read 2026-12-01' }, 'console')
    const assume = (name: string, low: string, high: string, currency?: string) => record(store, { clock, makeId }, 'assumption', { name, low, high, owner: 'finance', given: '2026-12-01', source: 'offer of a host', ...(currency === undefined ? {} : { currency }) } as never, 'console')
    const ids = [await assume('build', '100000', '200000', 'USD'), await assume('amortisation-months', '24', '24'), await assume('operations-month', '5000', '9000', 'USD'), await assume('unit-month', '2000', '3000', 'USD'),
      await assume('unit-tokens-per-second', '2000', '3000'), await assume('utilisation', '0.3', '0.6'), await assume('variable-cost-per-million', '0', '0.05', 'USD')]
    const found = await outlook(portsOf(store), { scenario: scenario('acme=ramp:6') })
    assert.ok(found.status === 'known')
    const { outlook: it } = found
    const [reservation] = it.reservations
    assert.ok(reservation?.status === 'known', JSON.stringify(reservation))
    const [month, year] = reservation.advice
    assert.ok(month && year)
    assert.equal(month.figures[0]?.value, '98.93')
    assert.equal(year.figures[0]?.value, '84.09')
    const units = year.figures[1]
    assert.ok(units && Number(units.value) > 0 && Number(units.interval.low) <= Number(units.value) && units.inputs.some((each) => each.kind === 'price') && units.inputs.some((each) => each.kind === 'unit-price'))
    const [make] = it.makeOrBuy
    assert.ok(make?.status === 'known', JSON.stringify(make))
    const sources = make.advice.inputs.map((each) => each.source.id)
    for (const id of ids) assert.ok(sources.includes(id), id)
    const [volume] = make.advice.figures
    assert.ok(volume && Number(volume.interval.low) < Number(volume.value) && Number(volume.value) < Number(volume.interval.high))
    assert.ok(volume.inputs.some((each) => each.kind === 'price' && each.id === 'price_gpt-4.1_input_0.000002'))
    assert.deepEqual(it.mix.months.map(({ period, shares }) => [period, ...shares.map((each) => each.capacity === 'undeclared' ? Number(each.share) > 0 || each.tokens : each.share)]), [['2026-11', '90.11', '0.00', '9.89', '1000']])
    assert.deepEqual(it.earlySigns.signs.map(({ customer, sign }) => `${customer}: ${sign}`), ['other: falling share of calls', 'acme: contract ends'])
    assert.deepEqual(it.calendar.map(({ day, what, keys }) => [day, what, keys.length]), [['2027-03-01', 'contract', 0], ['2027-04-14', 'model retirement', 2]])
    assert.ok(it.whatIf?.status === 'known')
    assert.equal(it.whatIf.months[5]?.shortfall['acme-2026/minimum'], undefined)
    assert.equal(it.whatIf.months[2]?.shortfall['acme-2026/minimum'], '705.00')
  } finally {
    await store.close()
  }
})

test('an asset of one\'s own: its cost stands in for the internal rate, its idle hours grow when a customer goes, its months feed make or buy', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, [...monthly('acme', '3000000'), ...monthly('b', '1000000'), ...monthly('acme', '1000000').map((row) => ({ ...row, deployment: 'own/chat', supplier: 'own', unitPrice: '0.000001' }))])
    await saveAsset(store, assetSchema.parse({ id: 'cluster', name: 'Cluster', currency: 'USD', cost: '3600', inServiceOn: '2026-01-01', lifeMonths: 36, gpus: 1 }))
    // 720 hours in November: 360 of acme, 180 of the maker, 180 idle
    const posted = await postAssetMonth(store, clock, 'cluster', '2026-11', [{ party: 'acme', use: 'customer', hours: '360' }, { party: 'openai', use: 'maker', hours: '180' }])
    assert.equal(posted.status, 'allocated')
    const found = await outlook(portsOf(store), { scenario: scenario('acme=leaves') })
    assert.ok(found.status === 'known')
    const { whatIf, makeOrBuy } = found.outlook
    assert.ok(whatIf?.status === 'known')
    assert.deepEqual([whatIf.before.idle['cluster'], whatIf.months[0]?.idle['cluster']], ['25.00', '75.00'])
    assert.deepEqual(Object.keys(whatIf.before.payable), ['supplier azure, at list price'])
    // 270 of revenue, 240 owed at list price, 100 for the cluster
    assert.equal(whatIf.before.margin, '-70.00')
    assert.ok(whatIf.inputs.some((each) => each.kind === 'asset-month' && each.id === 'cluster 2026-11'))
    const [make] = makeOrBuy
    assert.ok(make?.status === 'missing' && !make.missing.some((each) => /unit-month|utilisation/.test(each)) && make.missing.length === 5, JSON.stringify(make))
  } finally {
    await store.close()
  }
})

test('guidance stands beside the actual of its own base, and beside no other', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, monthly('a', '1000'))
    const ports = { clock, makeId }
    const cloud = { quarter: '2023Q2', base: 'whole-cloud', metric: 'growth year on year', unit: '%' }
    await record(store, ports, 'guidance', { ...cloud, low: '30', high: '31', owner: 'finance chief', given: '2023-04-25', assumptions: ['as expected by the market'], source: 'press' }, 'console')
    await record(store, ports, 'actual', { ...cloud, base: 'AI business', value: '40', known: '2023-07-25', source: 'press' }, 'console')
    const alone = await outlook(portsOf(store))
    assert.equal(alone.status === 'known' && alone.outlook.guidance[0]?.actual, undefined)
    await record(store, ports, 'actual', { ...cloud, value: '33', known: '2023-05-02', source: 'a forecast, taken for an actual' }, 'console')
    const early = await outlook(portsOf(store))
    const line = early.status === 'known' ? early.outlook.guidance[0] : undefined
    assert.ok(line?.actual?.compared.status === 'compared' && line.odds?.status === 'missing')
    assert.deepEqual(line.actual.compared.finality, { status: 'preliminary', says: 'preliminary: known 2023-05-02, and 2023Q2 ends on 2023-06-30' })
    await record(store, ports, 'actual', { ...cloud, value: '29', known: '2023-07-25', source: 'press' }, 'console')
    const beside = await outlook(portsOf(store))
    assert.deepEqual(beside.status === 'known' && beside.outlook.guidance[0]?.actual?.compared, { status: 'compared', verdict: 'below range', distance: '-1', finality: { status: 'final' } })
    await assert.rejects(store.query('admin', 'UPDATE plan_record SET kind = $1', ['actual']), /append-only/)
  } finally {
    await store.close()
  }
})

test('a month that runs is no month, what is nothing is no figure, and an input that nothing can be divided by is refused', async () => {
  const store = await openAnyForTest()
  try {
    const day = (at: string, quantity: string) => ({ day: at, organization: 'solo', meter: 'input', quantity, unitPrice: '0.000002' })
    await bookUsage(store, Array.from({ length: 8 }, (_, n) => day(addDays('2026-11-23', n), '0')))
    const assume = (name: string, low: string, high: string, currency?: string) => record(store, { clock, makeId }, 'assumption', { name, low, high, owner: 'finance', given: '2026-11-01', source: 'offer', ...(currency === undefined ? {} : { currency }) } as never, 'console')
    for (const [name, low, high, currency] of [['build', '0', '0', 'USD'], ['amortisation-months', '12', '12'], ['operations-month', '10', '10', 'USD'], ['unit-month', '10', '10', 'USD'], ['unit-tokens-per-second', '1000', '1000'], ['utilisation', '0.5', '0.5'], ['variable-cost-per-million', '0', '0', 'USD']] as const) await assume(name, low, high, currency)
    /** What was checked, or what is missing. */
    const makeOrBuy = async (): Promise<string> => {
      const found = await outlook(portsOf(store), { month: '2026-11' })
      const [made] = found.status === 'known' ? found.outlook.makeOrBuy : []
      return (made?.status === 'known' ? made.advice.figures[0]?.checked : made?.missing.join()) ?? ''
    }
    assert.match(await makeOrBuy(), /bought on 8 days between 2026-11-03 and 2026-12-01, and not one token on any of them$/)
    // Bought since eight days: at that pace, not at a third of it. 80 million tokens in 8 days of a month of 730 hours.
    await bookUsage(store, Array.from({ length: 8 }, (_, n) => ({ ...day(addDays('2026-11-23', n), '10000000'), organization: 'other' })))
    assert.match(await makeOrBuy(), /now runs at 304\.2 million tokens a month/)
    // Recorded before it was refused: said, and not divided by.
    await assume('amortisation-months', '0', '12')
    assert.match(await makeOrBuy(), /amortisation-months of 0 write nothing off.*record it again \(plan_/)

    await bookUsage(store, [day('2026-12-05', '1000000')])
    const running = await outlook(portsOf(store), { month: '2026-12', scenario: scenario('solo=leaves') })
    assert.ok(running.status === 'known' && running.outlook.runRate.status === 'missing' && running.outlook.whatIf?.status === 'known')
    const { figures, assumes } = running.outlook.whatIf
    assert.deepEqual(figures.map(({ name }) => name).filter((name) => /run-rate|index/.test(name)), ['Herfindahl-Hirschman index, before'])
    assert.match(assumes[0] ?? '', /^2026-12 is not over: its days so far stand for a month/)
  } finally {
    await store.close()
  }
})

test('what is dated last stands: history recorded late does not stand in for it, and what is dated later does not stand yet', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, monthly('a', '1000'))
    const ports = { clock, makeId }
    const cloud = { quarter: 'FY2026Q4', ends: '2026-09-30', base: 'cloud', metric: 'growth', unit: '%' }
    const guide = (low: string, given: string) => record(store, ports, 'guidance', { ...cloud, low, high: '31', owner: 'finance chief', given, assumptions: ['none'], source: 'call' }, 'console')
    const came = (value: string, known: string) => record(store, ports, 'actual', { ...cloud, value, known, source: 'release' }, 'console')
    const cost = (high: string, given: string) => record(store, ports, 'assumption', { name: 'build', low: '1', high, currency: 'USD', owner: 'ml', given, source: 'offer' }, 'console')
    await Promise.all([guide('30', '2026-07-30'), came('29', '2026-10-29'), cost('20', '2026-11-01')])
    // Copied in from older files, and prepared for next week.
    await Promise.all([guide('25', '2026-04-28'), came('33', '2026-08-15'), cost('90', '2026-02-01')])
    await Promise.all([guide('10', '2026-12-12'), came('11', '2026-12-12'), cost('99', '2026-12-12')])
    const found = await outlook(portsOf(store))
    assert.ok(found.status === 'known')
    const [line, ...more] = found.outlook.guidance
    assert.deepEqual([line?.guidance.low, line?.actual?.actual.value, more.length], ['30', '29', 0])
    assert.deepEqual(await Promise.all((['2026-12-05', '2026-12-12', '2026-03-01'] as const).map(async (standingOn) => (await recordsOf(store, 'assumption', { standingOn })).map(({ body }) => body.high))), [['20'], ['99'], ['90']])
    assert.equal((await recordsOf(store, 'assumption')).length, 3, 'all stay readable')
    await guide('30.5', '2026-07-30')
    const corrected = await outlook(portsOf(store))
    assert.equal(corrected.status === 'known' && corrected.outlook.guidance[0]?.guidance.low, '30.5', 'of one date the one recorded last')
  } finally {
    await store.close()
  }
})

test('a month as a year lies within its interval, whether it has 28 days or 31', async () => {
  for (const [month, days] of [['2026-02', 28], ['2026-07', 31]] as const) {
    const store = await openAnyForTest()
    try {
      const spent = (day: number): string => (days === 31 && day < 3 ? '9000000' : '1000000')
      await bookUsage(store, Array.from({ length: days }, (_, day) => ({ day: addDays(`${month}-01`, day), organization: 'a', meter: 'input', quantity: spent(day), unitPrice: '0.000002' })))
      const found = await outlook(portsOf(store), { month })
      const rate = found.status === 'known' && found.outlook.runRate.status === 'known' ? found.outlook.runRate.figures.find(({ name }) => name === 'run-rate, month times twelve') : undefined
      assert.ok(rate !== undefined)
      // Two dollars a day; eighteen on each of the first three days of July.
      const value = days === 28 ? '672.00' : String((28 * 2 + 3 * 18) * 12) + '.00'
      const low = days === 28 ? '672.00' : `${31 * 2 * 12}.00`
      assert.deepEqual([rate.value, rate.interval.low, rate.interval.high], [value, low, value], month)
    } finally {
      await store.close()
    }
  }
})

test('the own side costed by its asset: the month\'s hours over the stated rate; without a month that names the model, said', async () => {
  const store = await openAnyForTest()
  try {
    await bookUsage(store, monthly('acme', '1000000').map((row) => ({ ...row, deployment: 'own/chat', supplier: 'own', unitPrice: '0.000001' })))
    const ask = { model: 'gpt-4.1', own: ['own/chat'], since: Date.parse('2026-11-03T00:00:00Z'), until: Date.parse('2026-12-01T00:00:00Z'), currency: 'USD', costPerSuccess: { value: '0.004', low: '0.002', high: undefined } }
    const before = await costAtAsset(store, ask)
    assert.match(before.status === 'missing' ? before.missing.join() : '', /names gpt-4\.1 among its users.*weir contracts asset-month/)
    await saveAsset(store, assetSchema.parse({ id: 'cluster', name: 'Cluster', currency: 'USD', cost: '3600', inServiceOn: '2026-01-01', lifeMonths: 36, gpus: 1 }))
    assert.equal((await postAssetMonth(store, clock, 'cluster', '2026-11', [{ party: 'acme', use: 'customer', model: 'gpt-4.1', hours: '324' }])).status, 'allocated')
    const found = await costAtAsset(store, ask)
    // 100 a month for 720 hours, 324 of them; 30 at the stated rate
    assert.ok(found.status === 'known')
    assert.deepEqual(found.months.map(({ inputs, ...each }) => [each, inputs.map(({ id }) => id)]), [[
      { month: '2026-11', cost: '45', atRate: '30', times: '1.5000', costPerSuccess: { value: '0.006000000', low: '0.003000000', high: undefined } },
      ['cluster 2026-11', 'usage_day 2026-11-01..2026-12-01 model=gpt-4.1 deployment=own/chat currency=USD'],
    ]])
    assert.equal((await costAtAsset(store, { ...ask, currency: undefined })).status, 'missing')
  } finally {
    await store.close()
  }
})
