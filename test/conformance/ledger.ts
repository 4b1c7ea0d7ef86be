/** What every Ledger promises, in the database or in memory. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Books } from '../../sim/books.ts'
import type { AttemptRecord, JournalRecord, NumberedRecord, OutcomeRecord } from '../../src/journal/record.ts'
import { decimal, parseDecimal, formatDecimal } from '../../src/kernel/decimal.ts'
import type { LeaseWant } from '../../src/ledger/budgets.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { priceBook, priceRowId } from '../../src/ledger/price-book.ts'
import type { PriceRow } from '../../src/ledger/price.ts'
import type { Meter } from '../../src/kernel/meters.ts'
import { attemptOf, outcomeOf, refusalOf } from './journal-records.ts'

export interface LedgerUnderTest {
  readonly ledger: Ledger
  readonly books: () => Promise<Books>
  readonly close: () => Promise<void>
}

const price = (meter: Meter, unitPrice: string): PriceRow => {
  const row = { list: 'plain', model: 'm', meter, tier: 'default', regionClass: 'any', aboveInput: 0, currency: 'USD', unitPrice: decimal(unitPrice), effectiveFrom: 0, recordedAt: 0, source: 'test' }
  return { id: priceRowId(row), ...row }
}
const book = priceBook([price('input', '0.000003'), price('output', '0.000007')])

const budget = { id: 'organization/acme/total', scope: 'organization', name: 'acme', currency: 'USD', limit: 1_000n, period: 'total', timeZone: 'UTC', thresholds: ['0.5', '1'] } as const
const inner = { ...budget, id: 'project/acme/feed/total', scope: 'project', name: 'feed', limit: 400n } as const
const total = { period: 'total', startsAt: -Infinity, endsAt: undefined } as const

const want = (need: bigint, more: Partial<LeaseWant> = {}): LeaseWant => ({ budget, period: total, epoch: 'e1', have: 0n, returned: 0n, need, want: need, ...more })
const numbered = (records: readonly JournalRecord[], first = 1): NumberedRecord[] => records.map((record, index) => ({ sequence: first + index, body: JSON.stringify(record) }))

const opened = (call: string, more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  ...attemptOf(call), priceList: 'plain', upstreamModel: 'm', model: 'm', hold: '100', budgets: [{ budget: budget.id, period: 'total', epoch: 'e1' }], ...more,
})
const ended = (call: string, more: Partial<OutcomeRecord> = {}): OutcomeRecord => ({ ...outcomeOf(call), raw: '{}', charge: '60', ...more })

const plainNumber = (text: string): string => formatDecimal(parseDecimal(text) ?? decimal('0'))

export function ledgerSuite(name: string, open: () => Promise<LedgerUnderTest>, skip: string | false): void {
  describe(`ledger conformance: ${name}`, { skip }, () => {
    let under: LedgerUnderTest
    before(async () => { under = await open() })
    after(() => under.close())
    let count = 0
    /** Each test has journals and budgets of its own in the same books. */
    const fresh = (): Fresh => {
      count += 1
      const of = <B extends { readonly id: string }>(given: B): B => ({ ...given, id: given.id.replace('acme', `acme${count}`) })
      return { ...under, journal: `journal_${count}`, other: `journal_${count}b`, call: `c${count}`, budget: of(budget), inner: of(inner) }
    }
    shipping(fresh)
    posting(fresh)
    leasing(fresh)
    writingOff(fresh)
  })
}

interface Fresh extends LedgerUnderTest {
  readonly journal: string
  readonly other: string
  readonly call: string
  readonly budget: LeaseWant['budget']
  readonly inner: LeaseWant['budget']
}

const postAll = async (ledger: Ledger): Promise<void> => {
  for (let left = 1; left > 0;) left = (await ledger.post(book, 10_000)).remaining
}

const journalRow = async ({ books, journal }: Fresh): Promise<Books['journals'][number] | undefined> => (await books()).journals.find((row) => row.journal === journal)
const budgetRow = async ({ ledger }: Fresh, id: string): Promise<{ readonly posted: bigint; readonly leased: bigint; readonly overrun: bigint } | undefined> => (await ledger.budgetState()).find((row) => row.budget === id)

function shipping(fresh: () => Fresh): void {
  test('an unknown journal has no watermark; shipping moves it, in order, and repeats change nothing', async () => {
    const { ledger, journal, call } = fresh()
    assert.equal(await ledger.watermark(journal), 0)
    const records = numbered([opened(call), ended(call), refusalOf(`${call}r`)])
    assert.equal(await ledger.ship(journal, records), 3)
    assert.equal(await ledger.ship(journal, records), 3)
    assert.equal(await ledger.ship(journal, records.slice(1, 2)), 3)
    assert.equal(await ledger.watermark(journal), 3)
  })

  test('a gap is refused unless the numbers can never come; then it is counted', async () => {
    const under = fresh()
    const { ledger, journal, call } = under
    assert.equal(await ledger.ship(journal, numbered([ended(call)], 3)), 0)
    assert.equal(await ledger.ship(journal, numbered([ended(call)], 3), 2), 0)
    assert.equal(await ledger.ship(journal, numbered([refusalOf(call)], 3), 3), 3)
    assert.equal((await journalRow(under))?.missing, 2)
  })

  test('an overlap brings only what is new; other content under a known number is quarantined once', async () => {
    const under = fresh()
    const { ledger, books, journal, call } = under
    await ledger.ship(journal, numbered([opened(call), ended(call)]))
    assert.equal(await ledger.ship(journal, numbered([ended(call), refusalOf(call)], 2)), 3)
    const foreign = numbered([ended(`${call}x`), refusalOf(call)], 2)
    assert.equal(await ledger.ship(journal, foreign), 3)
    assert.equal(await ledger.ship(journal, foreign), 3)
    const quarantined = (await books()).quarantine.filter((row) => row.journal === journal)
    assert.deepEqual(quarantined.map(({ sequence, reason }) => [sequence, reason]), [[2, 'conflict']])
    const row = await journalRow(under)
    assert.deepEqual([row?.strays, row?.quarantinedEvents], [1, 1])
  })
}

function posting(fresh: () => Fresh): void {
  test('a pair becomes one attempt, four entries that sum to zero, usage, and a charge', async () => {
    const under = fresh()
    const { ledger, books, journal, call } = under
    await ledger.takeLeases(journal, [want(200n, { budget: under.budget })], false)
    const path = { budgets: [{ budget: under.budget.id, period: 'total', epoch: 'e1' }] }
    await ledger.ship(journal, numbered([opened(call, path), ended(call, { counts: { input: 10, output: 5 } })]))
    await postAll(ledger)
    await postAll(ledger)
    const now = await books()
    const row = now.attempts.find((each) => each.call === call)
    assert.deepEqual([row?.source, row?.input, row?.output, plainNumber(row?.cost ?? ''), row?.sequence], ['reported', 10, 5, '0.000065', 2])
    const entries = now.entries.filter((entry) => entry.transaction.startsWith(`${journal}:`))
    assert.deepEqual(entries.filter((entry) => entry.account.startsWith('receivable')).map((entry) => plainNumber(entry.amount)).toSorted(), ['0.00003', '0.000035'])
    assert.equal(entries.length, 8)
    assert.equal(entries.every((entry) => now.accounts.includes(entry.account)), true)
    assert.deepEqual(await budgetRow(under, under.budget.id).then((state) => [state?.posted, state?.leased]), [60n, 140n])
    const counters = await journalRow(under)
    assert.deepEqual([counters?.attempts, counters?.postedEvents, counters?.reported, counters?.posted], [1, 1, 1, 2])
  })

  test('an attempt waits for its outcome on a later page', async () => {
    const under = fresh()
    const { ledger, books, journal, call } = under
    await ledger.ship(journal, numbered([opened(call)]))
    await postAll(ledger)
    assert.deepEqual((await books()).open.filter((row) => row.journal === journal).map((row) => row.call), [call])
    await ledger.ship(journal, numbered([ended(call)], 2))
    await postAll(ledger)
    const now = await books()
    assert.deepEqual(now.open.filter((row) => row.journal === journal), [])
    assert.equal(now.attempts.filter((row) => row.call === call).length, 1)
    assert.equal((await journalRow(under))?.attempts, 1)
  })

  test('nonsense, unpriced usage and strays are quarantined, and doubtful attempts still charge their budget', async () => {
    const under = fresh()
    const { ledger, books, journal, call } = under
    const path = { budgets: [{ budget: under.budget.id, period: 'total', epoch: 'e1' }] }
    await ledger.ship(journal, numbered([
      opened(`${call}a`, path), ended(`${call}a`, { counts: { input: 1, cachedInput: 5 } }),
      opened(`${call}b`, { ...path, upstreamModel: 'unheard-of' }), ended(`${call}b`),
      ended(`${call}c`),
    ]))
    await ledger.ship(journal, [{ sequence: 6, body: 'not json' }])
    await postAll(ledger)
    const quarantined = (await books()).quarantine.filter((row) => row.journal === journal)
    assert.deepEqual(quarantined.map(({ sequence, reason }) => [sequence, reason]), [[2, 'nonsense'], [4, 'unpriced'], [5, 'outcome-without-attempt'], [6, 'malformed']])
    assert.equal((await budgetRow(under, under.budget.id))?.posted, 120n)
    const row = await journalRow(under)
    assert.deepEqual([row?.attempts, row?.strays, row?.postedEvents, row?.quarantinedEvents], [2, 2, 0, 4])
  })

  test('absent usage and what cannot be billed cost nothing that is known, and are told apart', async () => {
    const under = fresh()
    const { ledger, books, journal, call } = under
    const { counts: _, ...bare } = ended('x')
    await ledger.ship(journal, numbered([
      opened(`${call}a`), { ...bare, call: `${call}a`, source: 'absent', billable: 'maybe', outcome: 'lost', charge: '100' },
      opened(`${call}b`), { ...bare, call: `${call}b`, source: 'absent', billable: 'no', outcome: 'unreached', charge: '0' },
    ]))
    await postAll(ledger)
    const rows = (await books()).attempts.filter((row) => row.journal === journal)
    assert.deepEqual(rows.map((row) => [row.source, row.billable, row.cost]), [['absent', 'maybe', undefined], ['absent', 'no', undefined]])
    const row = await journalRow(under)
    assert.deepEqual([row?.absent, row?.unbilled, row?.postedEvents], [1, 1, 2])
  })

  test('an attempt that another journal has posted already is quarantined, not posted twice', async () => {
    const { ledger, books, journal, other, call } = fresh()
    await ledger.ship(journal, numbered([opened(call), ended(call)]))
    await postAll(ledger)
    await ledger.ship(other, numbered([opened(call), ended(call)]))
    await postAll(ledger)
    const now = await books()
    assert.equal(now.attempts.filter((row) => row.call === call).length, 1)
    assert.deepEqual(now.quarantine.filter((row) => row.journal === other).map((row) => row.reason), ['posted-before'])
  })

  test('an attempt that stands open already does not stop the posting', async () => {
    const { ledger, books, journal, other, call } = fresh()
    await ledger.ship(journal, numbered([opened(call)]))
    await postAll(ledger)
    await ledger.ship(other, numbered([opened(call), refusalOf(`${call}r`)]))
    await postAll(ledger)
    const now = await books()
    assert.deepEqual(now.journals.find((row) => row.journal === other)?.posted, 2)
    assert.deepEqual(now.quarantine.filter((row) => row.journal === other).map((row) => row.reason), ['duplicate-attempt'])
  })
}

function leasing(fresh: () => Fresh): void {
  test('leases never add up to more than the limit, and a refusal says what is left', async () => {
    const under = fresh()
    const { ledger, journal, other } = under
    const of = (need: bigint, more: Partial<LeaseWant> = {}): LeaseWant => want(need, { budget: under.budget, ...more })
    const first = await ledger.takeLeases(journal, [of(600n)], false)
    assert.deepEqual(first.status === 'granted' && first.leases.map(({ granted, leased }) => [granted, leased]), [[600n, 600n]])
    const second = await ledger.takeLeases(other, [of(500n)], false)
    assert.ok(second.status === 'refused')
    assert.deepEqual([second.ceiling, second.limit, second.posted, second.leased], [400n, 1_000n, 0n, 600n])
    const exact = await ledger.takeLeases(other, [of(400n)], false)
    assert.equal(exact.status, 'granted')
    assert.equal((await budgetRow(under, under.budget.id))?.leased, 1_000n)
  })

  test('a path is leased as a whole or not at all', async () => {
    const under = fresh()
    const { ledger, journal } = under
    const answer = await ledger.takeLeases(journal, [want(500n, { budget: under.budget }), want(500n, { budget: under.inner })], false)
    assert.ok(answer.status === 'refused')
    assert.equal(answer.budget, under.inner.id)
    assert.equal((await budgetRow(under, under.budget.id))?.leased, 0n)
  })

  test('a repeated request grants nothing twice; beyond the need at most a quarter of what is left', async () => {
    const under = fresh()
    const { ledger, journal } = under
    const ask = want(100n, { budget: under.budget, want: 900n })
    const once = await ledger.takeLeases(journal, [ask], false)
    assert.deepEqual(once.status === 'granted' && once.leases[0]?.granted, 325n)
    await ledger.takeLeases(journal, [{ ...ask, want: 100n }], false)
    assert.equal((await budgetRow(under, under.budget.id))?.leased, 325n)
  })

  test('what a node returned can be leased again; sums are cumulative', async () => {
    const under = fresh()
    const { ledger, journal, other } = under
    await ledger.takeLeases(journal, [want(1_000n, { budget: under.budget })], false)
    const give = { budget: under.budget.id, period: 'total', epoch: 'e1', returned: 700n, answers: 0 }
    await ledger.returnLease(journal, give)
    await ledger.returnLease(journal, give)
    assert.equal((await budgetRow(under, under.budget.id))?.leased, 300n)
    assert.equal((await ledger.takeLeases(other, [want(700n, { budget: under.budget })], false)).status, 'granted')
  })

  test('a recall waits for the nodes that hold something, until each has answered', async () => {
    const under = fresh()
    const { ledger, journal, other } = under
    const heard: string[] = []
    const stop = ledger.onNotify((payload) => heard.push(payload))
    await ledger.takeLeases(other, [want(900n, { budget: under.budget })], false)
    const ask = [want(500n, { budget: under.budget })]
    const first = await ledger.takeLeases(journal, ask, true)
    assert.ok(first.status === 'refused' && first.waiting === 1)
    const second = await ledger.takeLeases(journal, ask, false)
    assert.ok(second.status === 'refused' && second.waiting === 1)
    await ledger.returnLease(other, { budget: under.budget.id, period: 'total', epoch: 'e1', returned: 100n, answers: 0 })
    const crossed = await ledger.takeLeases(journal, ask, false)
    assert.ok(crossed.status === 'refused' && crossed.waiting === 1, 'a return that crossed the recall is no answer to it')
    await ledger.returnLease(other, { budget: under.budget.id, period: 'total', epoch: 'e1', returned: 100n, answers: 1 })
    const third = await ledger.takeLeases(journal, ask, false)
    assert.ok(third.status === 'refused' && third.waiting === 0)
    for (let turn = 0; turn < 50 && heard.length === 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10))
    stop()
    assert.equal(heard.includes(`budget:1:${under.budget.id}`), true)
  })

  test('what a node was granted and gave back are facts that a restored database learns again', async () => {
    const under = fresh()
    const { ledger, journal } = under
    await ledger.takeLeases(journal, [want(500n, { budget: under.budget, have: 400n, returned: 150n })], false)
    assert.equal((await budgetRow(under, under.budget.id))?.leased, 350n)
  })

  test('leases of earlier runs are closed, and given back but for open holds once all is posted', async () => {
    const under = fresh()
    const { ledger, journal, call } = under
    await ledger.takeLeases(journal, [want(500n, { budget: under.budget })], false)
    await ledger.closeLeases(journal, [])
    assert.equal((await ledger.takeLeases(journal, [want(1n, { budget: under.budget })], false)).status, 'fenced')
    await ledger.ship(journal, numbered([opened(call, { budgets: [{ budget: under.budget.id, period: 'total', epoch: 'e1' }] }), ended(call)]))
    const openHolds = [{ budget: under.budget.id, period: 'total', epoch: 'e1', picos: 40n }]
    assert.equal(await ledger.releaseClosed(journal, openHolds, 2), false)
    await postAll(ledger)
    assert.equal(await ledger.releaseClosed(journal, openHolds, 2), true)
    assert.deepEqual(await budgetRow(under, under.budget.id).then((state) => [state?.posted, state?.leased]), [60n, 40n])
  })

  test('a charge that is posted before its lease is known again counts in it', async () => {
    const under = fresh()
    const { ledger, journal, call } = under
    await ledger.ship(journal, numbered([opened(call, { budgets: [{ budget: under.budget.id, period: 'total', epoch: 'e1' }] }), ended(call)]))
    await postAll(ledger)
    await ledger.takeLeases(journal, [want(300n, { budget: under.budget, have: 300n, returned: 100n })], false)
    assert.deepEqual(await budgetRow(under, under.budget.id).then((state) => [state?.posted, state?.leased]), [60n, 140n])
  })

  test('leases that the node does not name are closed, each by itself', async () => {
    const under = fresh()
    const { ledger, journal } = under
    await ledger.takeLeases(journal, [want(100n, { budget: under.budget }), want(100n, { budget: under.inner })], false)
    await ledger.closeLeases(journal, [{ budget: under.inner.id, period: 'total', epoch: 'e1' }])
    assert.equal((await ledger.takeLeases(journal, [want(100n, { budget: under.inner })], false)).status, 'granted')
    assert.equal((await ledger.takeLeases(journal, [want(100n, { budget: under.budget })], false)).status, 'fenced')
  })

  test('a charge beyond its hold is counted as overrun', async () => {
    const under = fresh()
    const { ledger, journal, call } = under
    await ledger.takeLeases(journal, [want(100n, { budget: under.budget })], false)
    await ledger.ship(journal, numbered([opened(call, { budgets: [{ budget: under.budget.id, period: 'total', epoch: 'e1' }] }), ended(call, { charge: '130' })]))
    await postAll(ledger)
    assert.deepEqual(await budgetRow(under, under.budget.id).then((state) => [state?.posted, state?.leased, state?.overrun]), [130n, 0n, 30n])
  })
}

function writingOff(fresh: () => Fresh): void {
  test('a write-off posts what may have been spent, fences the lease, and takes late charges from it', async () => {
    const under = fresh()
    const { ledger, journal, call } = under
    await ledger.takeLeases(journal, [want(500n, { budget: under.budget })], false)
    const written = await ledger.writeOff(journal)
    assert.deepEqual(written.map((each) => each.picos), [500n])
    assert.deepEqual(await ledger.writeOff(journal), [])
    assert.equal((await ledger.takeLeases(journal, [want(1n, { budget: under.budget })], false)).status, 'fenced')
    await ledger.ship(journal, numbered([opened(call, { budgets: [{ budget: under.budget.id, period: 'total', epoch: 'e1' }] }), ended(call)]))
    await postAll(ledger)
    assert.deepEqual(await budgetRow(under, under.budget.id).then((state) => [state?.posted, state?.leased]), [500n, 0n])
  })
}
