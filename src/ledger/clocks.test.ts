/**
 * What clocks do to money: days and months of budgets in many time zones, a clock that is put back, days on which invoices
 * are issued and fall due, amortisation over months of every length. Text tables; instants are in UTC.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { attemptOf, outcomeOf } from '../../test/conformance/journal-records.ts'
import { openAnyForTest } from '../../test/stores.ts'
import type { Clock } from '../kernel/clock.ts'
import { formatDecimal } from '../kernel/decimal.ts'
import { systemRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { assetSchema, depreciationIn } from './assets/asset.ts'
import { budgetPeriod } from './budget-period.ts'
import { budgetState } from './budgets.ts'
import { type Provisioned } from './contracts/contract.ts'
import { parseContract } from './contracts/parse-contract.ts'
import { amortisedIn } from './contracts/provisioned.ts'
import { checkLedger } from './integrity.ts'
import { bookUsage } from './invoices/booked-usage.fixture.ts'
import { checkMoney } from './invoices/check-money.ts'
import { closeMonth } from './invoices/close-month.ts'
import { issueInvoice } from './invoices/issue-invoice.ts'
import { draftInvoice } from './invoices/draft-invoice.ts'
import { isExhausted, type Budget, type Hold } from './lease.ts'
import { nodeLeases } from './leases.ts'
import { postPending } from './post.ts'
import { priceBook } from './price-book.ts'
import { seedPriceRows } from './price-seed.ts'
import { ship } from './ship.ts'
import { sqlLeases } from './sql-ledger.ts'

const at = (text: string): number => Date.parse(text)
const rowsOf = (text: string): readonly string[][] => text.trim().split('\n').map((line) => line.split('|').map((cell) => cell.trim()))

test('a budget’s day or month in its zone: clocks put forward and back, at odd times and by odd steps, leap days, year ends', () => {
  const table = rowsOf(`
    day   | Europe/London       | 2026-03-29T12:00Z    | 2026-03-29T00:00Z | 2026-03-29T23:00Z
    month | Europe/London       | 2026-03-31T22:59:59Z | 2026-03-01T00:00Z | 2026-03-31T23:00Z
    month | Europe/London       | 2026-10-31T23:59:59Z | 2026-09-30T23:00Z | 2026-11-01T00:00Z
    day   | America/New_York    | 2026-11-01T05:30Z    | 2026-11-01T04:00Z | 2026-11-02T05:00Z
    day   | America/New_York    | 2026-11-01T06:30Z    | 2026-11-01T04:00Z | 2026-11-02T05:00Z
    day   | America/New_York    | 2026-03-08T06:59:59Z | 2026-03-08T05:00Z | 2026-03-09T04:00Z
    month | America/New_York    | 2026-11-30T12:00Z    | 2026-11-01T04:00Z | 2026-12-01T05:00Z
    day   | America/Santiago    | 2026-09-06T04:00Z    | 2026-09-06T04:00Z | 2026-09-07T03:00Z
    day   | America/Santiago    | 2026-09-06T03:59:59Z | 2026-09-05T04:00Z | 2026-09-06T04:00Z
    day   | Australia/Lord_Howe | 2026-04-05T00:00Z    | 2026-04-04T13:00Z | 2026-04-05T13:30Z
    month | America/St_Johns    | 2027-01-01T03:29:59Z | 2026-12-01T03:30Z | 2027-01-01T03:30Z
    day   | Pacific/Kiritimati  | 2026-12-31T10:00Z    | 2026-12-31T10:00Z | 2027-01-01T10:00Z
    day   | Asia/Tokyo          | 2028-02-29T00:00Z    | 2028-02-28T15:00Z | 2028-02-29T15:00Z
    month | Asia/Tokyo          | 2028-02-29T14:59:59Z | 2028-01-31T15:00Z | 2028-02-29T15:00Z
    month | Asia/Kolkata        | 2027-02-28T18:29:59Z | 2027-01-31T18:30Z | 2027-02-28T18:30Z
    day   | UTC                 | 2028-02-29T23:59:59Z | 2028-02-29T00:00Z | 2028-03-01T00:00Z`)
  // Once forward and once back, as a clock does that is set right: what was asked before changes no answer.
  for (const [period = '', timeZone = '', instant = '', starts = '', ends = ''] of [...table, ...table.toReversed()]) {
    const found = budgetPeriod({ period: period as Budget['period'], timeZone }, at(instant))
    assert.deepEqual([found.startsAt, found.endsAt, found.period], [at(starts), at(ends), new Date(at(starts)).toISOString()], `${period} of ${instant} in ${timeZone}`)
  }
})

test('periods of a zone lie end to end, whatever its clocks did', () => {
  const zones = ['UTC', 'Europe/Rome', 'America/Los_Angeles', 'America/Sao_Paulo', 'America/Santiago', 'Africa/Casablanca', 'Asia/Tehran', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Chatham', 'Antarctica/Troll']
  fc.assert(fc.property(fc.constantFrom(...zones), fc.constantFrom('day' as const, 'month' as const), fc.integer({ min: at('2008-01-01'), max: at('2036-01-01') }), (timeZone, period, instant) => {
    const of = (ms: number): ReturnType<typeof budgetPeriod> => budgetPeriod({ period, timeZone }, ms)
    const { startsAt, endsAt = Infinity } = of(instant)
    assert.ok(startsAt <= instant && instant < endsAt)
    assert.deepEqual([of(endsAt).startsAt, of(startsAt - 1).endsAt, of(endsAt - 1).startsAt], [endsAt, startsAt, startsAt])
  }), { numRuns: 300 })
})

/** A wall clock that is set by hand; time itself goes on. */
function handClock(): Clock & { set: (text: string) => void } {
  let now = 0
  return { now: () => now, monotonic: () => performance.now(), set: (text) => { now = at(text) } }
}

test('a node whose clock is put back over midnight holds in the day its clock names, and no day is exceeded', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const clock = handClock()
  const path: readonly Budget[] = [{ id: 'organization/acme/day', scope: 'organization', name: 'acme', currency: 'USD', limit: 100n, period: 'day', timeZone: 'Europe/Rome', thresholds: [] }]
  const leases = nodeLeases({ ledger: sqlLeases(store), journalId: 'back', clock, timers: systemTimers, random: systemRandom, failed: () => undefined, recallMs: 50 })
  const held: Hold[] = []
  // The night in which Rome puts its clocks back: the day ends at 23:00 UTC. The node's own clock is wrong and set right twice.
  for (const [instant = '', picos = '', granted = ''] of rowsOf(`
    2026-10-25T23:00:30Z | 60  | yes
    2026-10-25T22:59:50Z | 70  | yes
    2026-10-25T22:59:59Z | 40  | no
    2026-10-25T23:00:40Z | 40  | yes
    2026-10-25T23:00:41Z | 1   | no
    2026-10-24T21:00:00Z | 100 | yes
    2026-10-25T22:59:59Z | 30  | yes`)) {
    clock.set(instant)
    const hold = await leases.hold(path, BigInt(picos), clock.now())
    assert.equal(isExhausted(hold) ? 'no' : 'yes', granted, `${picos} at ${instant}`)
    if (!isExhausted(hold)) held.push(hold)
  }
  assert.deepEqual(held.map((hold) => hold.uses[0]?.period), ['2026-10-25T23:00:00.000Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', '2026-10-23T22:00:00.000Z', '2026-10-24T22:00:00.000Z'])
  const states = await store.query<{ period: string; over: boolean }>('jobs', 'SELECT period, posted + leased > limit_picos AS over FROM budget_period')
  assert.deepEqual(states.map((row) => row.over), [false, false, false])
  for (const hold of held) leases.settle(hold, 0n)
  await leases.stop()
  assert.deepEqual((await budgetState(store, { budget: 'organization/acme/day' })).map((state) => state.posted), [0n, 0n, 0n])
})

test('a journal whose clock goes back: each call is booked on the day of its dial, once, and billed in that month', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  // Dials in the order in which they were journalled, and when each ended.
  const dials = rowsOf(`
    2028-02-29T23:59:59.900Z | 2028-03-01T00:00:01Z
    2028-03-01T00:00:02Z     | 2028-02-29T23:59:58Z
    2028-02-29T23:59:59.999Z | 2028-02-29T23:59:59Z
    2028-03-01T00:00:00Z     | 2028-03-01T00:00:05Z
    2028-02-28T10:00:00Z     | 2028-02-28T09:00:00Z`)
  const records = dials.flatMap(([dialled = '', ended = ''], index) => [
    { ...attemptOf(`call_${index}`, 1, at(dialled)), priceList: 'openai', upstreamModel: 'gpt-4.1', model: 'gpt-4.1', organization: 'acme', project: 'feed', supplier: 'openai', hold: '100000000000', budgets: [] },
    { ...outcomeOf(`call_${index}`, 1, at(ended)), charge: '0', source: 'reported' as const, billable: 'yes' as const, counts: { input: 1_000_000, output: 0 } },
  ])
  const clock = { now: () => at('2028-04-02T00:00:00Z'), monotonic: () => 0 }
  await ship(store, 'journal-back', records.map((record, index) => ({ sequence: index + 1, body: JSON.stringify(record) })), { clock })
  const posted = await postPending(store, priceBook(seedPriceRows()), 10_000, clock)
  assert.deepEqual([posted.posted, posted.quarantined], [5, 0])
  const days = await store.query<{ day: string; amount: string }>('jobs', "SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(amount)::text AS amount FROM usage_day GROUP BY 1 ORDER BY 1")
  assert.deepEqual(days.map((row) => [row.day, Number(row.amount)]), [['2028-02-28', 2], ['2028-02-29', 4], ['2028-03-01', 4]])
  const totals = [(await closeMonth(store, clock, '2028-02')).issued[0]?.total, (await closeMonth(store, clock, '2028-03')).issued[0]?.total]
  assert.deepEqual(totals, ['6.00', '4.00'])
  assert.deepEqual((await checkLedger(store)).checks.filter((item) => !item.ok && item.id !== 'C2'), [])
})

test('invoices issued by clocks that jump: the day and its year as the clock names them, due by calendar days, numbers without gaps in each year', async (t) => {
  const store = await openAnyForTest()
  t.after(() => store.close())
  const clock = handClock()
  const table = rowsOf(`
    2027-12-31T23:59:59Z | INV-2027-000001 | 2027-12-31 | 2028-01-30
    2028-01-01T00:00:00Z | INV-2028-000001 | 2028-01-01 | 2028-01-31
    2027-12-31T23:50:00Z | INV-2027-000002 | 2027-12-31 | 2028-01-30
    2028-01-30T12:00:00Z | INV-2028-000002 | 2028-01-30 | 2028-02-29
    2028-02-29T23:59:59Z | INV-2028-000003 | 2028-02-29 | 2028-03-30
    2028-03-26T00:30:00Z | INV-2028-000004 | 2028-03-26 | 2028-04-25
    2028-02-29T00:00:00Z | INV-2028-000005 | 2028-02-29 | 2028-03-30`)
  await bookUsage(store, table.map((_, index) => ({ day: '2027-11-30', organization: `o${index}`, meter: 'output', quantity: '1000000', unitPrice: '0.000008' })))
  for (const [index, [now = '', ...expected]] of table.entries()) {
    clock.set(now)
    const drafted = await draftInvoice(store, clock, `o${index}`, '2027-11')
    assert.ok(drafted.status === 'drafted')
    const issued = await issueInvoice(store, clock, drafted.id)
    assert.ok(issued.status === 'issued')
    assert.deepEqual([issued.number, issued.document.issuedOn, issued.document.dueOn], expected, now)
    assert.deepEqual([issued.document.from, issued.document.until], ['2027-11-01', '2027-12-01'])
  }
  assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
})

const unit = (members: string): readonly [Parameters<typeof amortisedIn>[0], Provisioned] => {
  const parsed = parseContract(`id: c\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms:\n  provisioned: [{ id: u, count: 1, model: m, ${members} }]\n`)
  assert.ok('contract' in parsed)
  const item = parsed.contract.terms.provisioned[0]
  assert.ok(item)
  return [parsed.contract, item]
}

test('amortisation: hours and days of UTC, so months differ by their length and never by a zone’s clocks', () => {
  for (const [members = '', from = '', until = '', amount] of rowsOf(`
    term: hourly, unitPrice: "1", from: "2026-01-01"      | 2026-03-29 | 2026-03-30 | 24
    term: hourly, unitPrice: "1", from: "2026-01-01"      | 2026-10-25 | 2026-10-26 | 24
    term: hourly, unitPrice: "1", from: "2026-01-01"      | 2026-03-01 | 2026-04-01 | 744
    term: hourly, unitPrice: "1", from: "2026-01-01"      | 2027-02-01 | 2027-03-01 | 672
    term: hourly, unitPrice: "1", from: "2026-01-01"      | 2028-02-01 | 2028-03-01 | 696
    term: hourly, unitPrice: "1", from: "2026-11-30T22:30:00Z" | 2026-11-01 | 2026-12-01 | 2
    term: monthly, unitPrice: "26040", from: "2027-01-31" | 2027-01-01 | 2027-02-01 | 930
    term: monthly, unitPrice: "26040", from: "2027-01-31" | 2027-02-01 | 2027-03-01 | 25950
    term: monthly, unitPrice: "26040", from: "2027-01-31" | 2027-03-01 | 2027-04-01 | 26068
    term: monthly, unitPrice: "290", from: "2028-02-01"   | 2028-02-29 | 2028-03-01 | 10
    term: yearly, unitPrice: "3660", from: "2027-03-01"   | 2028-02-01 | 2028-03-01 | 290
    term: yearly, unitPrice: "3650", from: "2028-02-29"   | 2028-02-01 | 2028-03-01 | 10
    term: yearly, unitPrice: "3650", from: "2028-02-29"   | 2029-02-01 | 2029-03-01 | 280
    term: yearly, unitPrice: "3650", from: "2026-03-01"   | 2026-03-29 | 2026-03-30 | 10`)) {
    const [contract, item] = unit(members)
    assert.equal(formatDecimal(amortisedIn(contract, item, { from, until })), amount, `${members} in ${from} to ${until}`)
  }
})

test('depreciation: a month is a month, however long; a life that begins on a leap day ends on the 28th', () => {
  for (const [inServiceOn = '', month = '', amount] of rowsOf(`
    2028-02-01 | 2028-02 | 100
    2028-02-01 | 2028-03 | 100
    2027-02-01 | 2027-02 | 100
    2028-02-29 | 2028-02 | 3.448275862069
    2028-02-29 | 2029-02 | 90
    2028-02-29 | 2029-03 | 0`)) {
    const asset = assetSchema.parse({ id: 'a', name: 'Cluster', currency: 'USD', cost: '1200', inServiceOn, lifeMonths: 12, gpus: 1 })
    assert.equal(formatDecimal(depreciationIn(asset, month)), amount, `${month} of one in service on ${inServiceOn}`)
  }
})
