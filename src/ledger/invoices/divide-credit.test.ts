/** What a new rating gives back reaches the invoices that billed it, no one more than is left of it, to the digit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openAnyForTest } from '../../../test/stores.ts'
import { type Decimal, add, compare, decimal, formatDecimal, formatFixed, isNegative, negate, sum, zero } from '../../kernel/decimal.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { partySchema, saveParty } from '../contracts/party.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { checkMoney } from './check-money.ts'
import { checkEn16931 } from './check-en16931.ts'
import { closeMonth } from './close-month.ts'
import { type Billing, divideCredit } from './divide-credit.ts'
import type { InvoiceDocument, InvoiceLine } from './invoice-document.ts'
import { inMemory } from './invoice-pages.ts'
import { creditInvoice } from './issue-invoice.ts'
import { applyReRating, previewReRating } from './re-rate.ts'
import { renderUbl } from './render-ubl.ts'

const cents = (value: number): Decimal => ({ coefficient: BigInt(value), scale: 2 })
const line = (model: string, value: number, exact = formatDecimal(cents(value))): InvoiceLine => ({
  n: 1, kind: 'usage', description: model, model, meter: 'output', tier: '', project: 'p', rule: 'list', from: '2026-11-01', until: '2026-12-01', quantity: '1', unit: 'tokens', unitPrice: exact, exact, payable: formatFixed(cents(value)), calls: 1, priceRows: [],
})
const billing = (invoice: string, lines: readonly InvoiceLine[], left: Decimal = sum(lines.map((each) => decimal(each.payable)))): Billing => ({ invoice, lines, left })
const shown = (lines: readonly InvoiceLine[], billings: readonly Billing[]): readonly string[] | undefined =>
  divideCredit(lines, billings, 'USD')?.map((part) => `${part.invoice}: ${part.lines.map((each) => `${each.model} ${each.payable}`).join(', ')}`)

test('who gets back what', () => {
  const two = [billing('second', [line('b', 500)]), billing('first', [line('a', 1000)])]
  assert.deepEqual(shown([line('b', -200)], two), ['second: b -2.00'])
  assert.deepEqual(shown([line('a', -1000), line('a', 300), line('b', -100)], two), ['first: a -10.00, a 3.00', 'second: b -1.00'], 'old and new price of a model stay together')
  assert.deepEqual(shown([line('a', -1200)], two), ['first: a -10.00', 'second: a -2.00'], 'beyond what one billed')
  assert.equal(shown([line('a', -1600)], two), undefined)
  assert.deepEqual(shown([line('a', -900), line('b', 200)], two), ['first: a -9.00, b 2.00'], 'a note gives back')
  assert.deepEqual(shown([line('a', -600)], [billing('second', [line('a', 500)]), billing('first', [line('a', 1000)], cents(300))]), ['second: a -5.00', 'first: a -1.00'])
})

test('nothing is lost or added, and no invoice gives back more than is left, whatever was billed where', () => {
  const models = ['a', 'b', 'c']
  const amounts = fc.array(fc.record({ model: fc.constantFrom(...models), value: fc.integer({ min: -500, max: 900 }) }), { minLength: 1, maxLength: 6 })
  fc.assert(fc.property(fc.array(fc.record({ lines: amounts, left: fc.nat({ max: 1500 }) }), { minLength: 1, maxLength: 4 }), amounts, (invoices, change) => {
    const billings = invoices.map((one, index) => billing(`i${index}`, one.lines.map(({ model, value }) => line(model, value)), cents(one.left)))
    const lines = change.map(({ model, value }) => line(model, -value, formatDecimal(add(cents(-value), { coefficient: BigInt(value), scale: 7 }))))
    const total = sum(lines.map((each) => decimal(each.payable)))
    fc.pre(isNegative(total))
    const parts = divideCredit(lines, billings, 'USD')
    const room = billings.reduce((all, each) => add(all, each.left), zero)
    if (parts === undefined) return assert.ok(compare(room, negate(total)) < 0)
    for (const member of ['payable', 'exact'] as const) {
      assert.equal(compare(sum(parts.flatMap((part) => part.lines.map((each) => decimal(each[member])))), sum(lines.map((each) => decimal(each[member])))), 0, member)
    }
    for (const part of parts) {
      const given = negate(sum(part.lines.map((each) => decimal(each.payable))))
      assert.ok(compare(given, zero) > 0 && compare(given, billings.find((each) => each.invoice === part.invoice)?.left ?? zero) <= 0, JSON.stringify(part))
    }
  }))
})

test('in the books: late usage on the next month’s invoice gets its part back there, a further invoice its own', async () => {
  const store = await openAnyForTest()
  let now = Date.parse('2026-12-02T09:00:00Z')
  const clock = { now: () => (now += 1000), monotonic: () => now }
  const contract = async (terms: string): Promise<void> => {
    const parsed = parseContract(`id: acme\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: ${terms}\n`)
    assert.ok('contract' in parsed, JSON.stringify(parsed))
    await saveContract(store, clock, parsed.contract)
  }
  const apply = async () => {
    const found = await previewReRating(store, 'acme', '2026-11')
    assert.ok(found.status === 'previewed', found.status)
    const [one, other] = await Promise.all([applyReRating(store, clock, 'acme', '2026-11', found.preview.token), applyReRating(store, clock, 'acme', '2026-11', found.preview.token)])
    const done = one.status === 'changed-since-preview' ? other : one
    assert.ok(done.status === 'credited' || done.status === 'invoiced', JSON.stringify([one, other]))
    assert.equal((one === done ? other : one).status, 'changed-since-preview', 'two at once are one')
    assert.equal((await previewReRating(store, 'acme', '2026-11')).status, 'no-change')
    return done
  }
  try {
    await saveParty(store, 'self', partySchema.parse({ name: 'Weir Cloud', country: 'IT', vatId: 'IT12345678901' }))
    await saveParty(store, 'acme', partySchema.parse({ name: 'Acme', country: 'DE', vatId: 'DE123456789', tax: { category: 'S', percent: '19' } }))
    const use = (day: string, project: string, millions: number) => bookUsage(store, [{ day, project, meter: 'output', quantity: `${millions}000000`, unitPrice: '0.00001' }])
    await use('2026-11-03', 'feed', 10)
    await closeMonth(store, clock, '2026-11')
    await use('2026-11-04', 'late', 6)
    await use('2026-12-04', 'feed', 1)
    now = Date.parse('2027-01-02T09:00:00Z')
    await closeMonth(store, clock, '2026-12')
    // 100 for feed on November's invoice, 60 for late and 10 for feed on December's.
    await contract('{ discounts: [{ percent: "30" }] }')
    const first = await apply()
    assert.deepEqual([first.status, first.total, first.documents.map((one) => [one.against, one.total])], ['credited', '-57.12', [['INV-2026-000001', '-35.70'], ['INV-2027-000001', '-21.42']]])
    // A further invoice of 128, then a price at which nothing is owed any more: each of the three gives back all that it has of November.
    await contract('{ discounts: [{ percent: "30" }], minimum: { amount: "240" } }')
    const further = await apply()
    assert.deepEqual([further.status, further.total], ['invoiced', '152.32'])
    await contract('{ allowances: [{ id: free, quantity: "1000000000000" }] }')
    const rest = await apply()
    assert.deepEqual(rest.documents.map((one) => `${one.against ?? ''} ${one.total}`).toSorted((a, b) => a.localeCompare(b)), ['INV-2026-000001 -83.30', 'INV-2027-000001 -49.98', 'INV-2027-000002 -152.32'])
    const owed = await store.query<{ sum: string }>('jobs', `SELECT sum(amount) AS sum FROM entry WHERE account = 'invoiced/acme'`)
    assert.equal(Number(owed[0]?.sum), 11.9, 'December is owed')
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
    for (const { document } of await store.query<{ document: InvoiceDocument }>('jobs', 'SELECT document FROM invoice')) {
      const result = renderUbl(inMemory(document))
      assert.ok(result.status === 'rendered')
      assert.deepEqual(checkEn16931((await Array.fromAsync(result.xml)).join('')), [], document.number)
    }
    assert.equal((await creditInvoice(store, clock, 'inv_acme_2026-12_1', 'x', { net: '10.01', description: 'x' }, 'x')).status, 'not-creditable')
  } finally {
    await store.close()
  }
})
