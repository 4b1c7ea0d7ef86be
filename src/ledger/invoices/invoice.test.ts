import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal, sum } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { saveRates } from '../contracts/exchange.ts'
import { partySchema, saveParty } from '../contracts/party.ts'
import { balanceOf } from '../money-transaction.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { checkMoney } from './check-money.ts'
import { closeMonth } from './close-month.ts'
import { draftInvoice } from './draft-invoice.ts'
import { exposureOf } from './exposure.ts'
import { creditInvoice, invoiceNamed, invoiceColumns, type InvoiceRow, issueInvoice, voidInvoice } from './issue-invoice.ts'
import { type Matched, type Payment, matchPayments, recordPayment, remind } from './payments.ts'
import { applyReRating, previewReRating } from './re-rate.ts'

let store: Store
let now = Date.parse('2026-12-02T09:00:00Z')
const clock = { now: () => now, monotonic: () => now }

async function contract(yaml: string): Promise<void> {
  const parsed = parseContract(yaml)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  await saveContract(store, clock, parsed.contract)
}

const balance = async (account: string, currency = 'USD'): Promise<string> => {
  const found = (await store.transaction('jobs', (sql) => balanceOf(sql, account))).get(currency)
  return found === undefined ? '0' : formatDecimal(decimal(found))
}
const invoice = async (id: string): Promise<InvoiceRow> => {
  const [row] = await store.query<InvoiceRow>('jobs', `SELECT ${invoiceColumns} FROM invoice WHERE id = $1`, [id])
  assert.ok(row)
  return row
}

describe('invoices', () => {
  before(async () => {
    store = await openAnyForTest()
    await saveParty(store, 'self', partySchema.parse({ name: 'Weir Cloud', country: 'IT', vatId: 'IT12345678901' }))
    await saveParty(store, 'acme', partySchema.parse({ name: 'Acme', country: 'DE', vatId: 'DE123456789', tax: { category: 'S', percent: '19' }, costCentres: { feed: 'CC-100' } }))
    await contract('id: acme-2026\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms:\n  discounts: [{ percent: "10" }]\n  credits: [{ id: gift, amount: "5", from: "2026-01-01", paid: false }, { id: pre, amount: "20", from: "2026-01-01" }]\n  creditLimit: "100"\n')
    await bookUsage(store, [
      { day: '2026-11-01', meter: 'input', quantity: '10000000', unitPrice: '0.000002' },
      { day: '2026-11-02', meter: 'output', quantity: '5000001', unitPrice: '0.000008' },
      { day: '2026-11-03', meter: 'input', quantity: '1000000', unitPrice: '0.000002', organization: 'beta', project: 'x' },
    ])
  })
  after(() => store.close())

  test('the monthly run issues one invoice a customer, equal to the books to the cent; running it again changes nothing', async () => {
    const run = await closeMonth(store, clock, '2026-11')
    assert.deepEqual(run.issued.map((item) => [item.organization, item.number, item.total]), [['acme', 'INV-2026-000001', '58.31'], ['beta', 'INV-2026-000002', '2.00']])
    const { document } = await invoice('inv_acme_2026-11_1')
    assert.deepEqual([document.net, document.tax, document.total, document.prepaid, document.due], ['49.00', '9.31', '58.31', '20.00', '38.31'])
    assert.equal(formatDecimal(sum(document.lines.map((line) => decimal(line.payable)))), '49')
    assert.equal(await balance('invoiced/acme'), '38.31')
    assert.equal(await balance('receivable/acme/feed'), '0')
    assert.equal(await balance('tax/VAT'), '-9.31')
    assert.equal(await balance('prepaid/acme/pre'), '20')
    assert.equal(await balance('rounding/USD'), '0.0000072')
    const again = await closeMonth(store, clock, '2026-11')
    assert.deepEqual([again.issued, again.alreadyIssued], [[], 2])
  })

  test('an issued invoice cannot be changed or deleted, not even with SQL', async () => {
    await assert.rejects(store.query('admin', `UPDATE invoice SET total = 1, net = 1, tax = 0, due = 1 - prepaid WHERE id = 'inv_acme_2026-11_1'`), /is issued/)
    await assert.rejects(store.query('admin', `DELETE FROM invoice WHERE id = 'inv_acme_2026-11_1'`), /is issued/)
  })

  test('usage that arrives late goes onto the next month, for its own month and once', async () => {
    await bookUsage(store, [{ day: '2026-11-02', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }, { day: '2026-12-05', meter: 'input', quantity: '500000', unitPrice: '0.000002' }])
    assert.equal((await draftInvoice(store, clock, 'acme', '2026-11')).status, 'already-issued')
    const drafted = await draftInvoice(store, clock, 'acme', '2026-12')
    const repeated = await draftInvoice(store, clock, 'acme', '2026-12')
    assert.deepEqual(repeated, drafted)
    assert.equal(drafted.status, 'drafted')
    if (drafted.status !== 'drafted') return
    assert.deepEqual(drafted.document.lines.map((line) => [line.kind, line.quantity, line.payable]), [['usage', '500000', '0.90'], ['late-usage', '1000000', '7.20']])
    now = Date.parse('2027-01-02T09:00:00Z')
    const issued = await issueInvoice(store, clock, drafted.id)
    assert.equal(issued.status === 'issued' && issued.number, 'INV-2027-000001')
    assert.equal(await balance('receivable/acme/feed'), '0')
    const next = await closeMonth(store, clock, '2027-01', { organizations: ['acme'] })
    assert.deepEqual(next.nothingToBill, ['acme'])
  })

  const paid = async (payment: Payment): Promise<Matched> => {
    const done = await recordPayment(store, clock, payment)
    if (done.status !== 'recorded') assert.fail(JSON.stringify(done))
    return done
  }

  test('a payment pays the invoice it names, then the oldest; the rest stays unapplied; the same payment twice is one', async () => {
    const payment = { id: 'bank-1', organization: 'acme', currency: 'USD', amount: '60', receivedOn: '2027-01-05', reference: 'for INV-2027-000001' }
    const first = await paid(payment)
    const december = await invoice('inv_acme_2026-12_1')
    assert.deepEqual(first.matches.map((match) => match.number), ['INV-2027-000001', 'INV-2026-000001'])
    assert.equal(december.status, 'paid')
    const twice = await paid(payment)
    assert.deepEqual([twice.known, Number(twice.unapplied)], [true, Number(first.unapplied)])
    assert.deepEqual(await recordPayment(store, clock, { ...payment, amount: '61' }), { status: 'another-payment', organization: 'acme', currency: 'USD', amount: '60' })
    assert.equal(await balance('invoiced/acme'), '0')
    assert.equal(await balance('unapplied/acme'), `-${first.unapplied}`)
  })

  test('void: the books go back, the usage is billed again under a new number, and the old number stays used', async () => {
    const voided = await voidInvoice(store, clock, 'inv_beta_2026-11_1', 'wrong address')
    assert.equal(voided.status, 'void')
    assert.equal(await balance('invoiced/beta'), '0')
    assert.equal(await balance('receivable/beta/x'), '2')
    const again = await closeMonth(store, clock, '2026-11')
    assert.deepEqual(again.issued.map((item) => [item.id, item.number, item.total]), [['inv_beta_2026-11_2', 'INV-2027-000002', '2.00']])
  })

  test('a credit note: own numbers, against its invoice, never more than is left', async () => {
    const credited = await creditInvoice(store, clock, 'inv_beta_2026-11_2', 'cn-1', { net: '0.50', description: 'Outage' }, 'outage of 3 November')
    assert.equal(credited.status === 'issued' && credited.number, 'CN-2027-000001')
    const same = await creditInvoice(store, clock, 'inv_beta_2026-11_2', 'cn-1', { net: '0.50', description: 'Outage' }, 'outage of 3 November')
    assert.equal(same.status === 'issued' && same.number, 'CN-2027-000001')
    assert.equal((await creditInvoice(store, clock, 'inv_beta_2026-11_2', 'cn-2', { net: '1.51', description: 'Too much' }, 'x')).status, 'not-creditable')
    for (const net of ['0.505', '0', '1e400', 'half']) assert.match(JSON.stringify(await creditInvoice(store, clock, 'inv_beta_2026-11_2', `cn-${net}`, { net, description: 'x' }, 'x')), /is no sum of USD: name one above zero/, net)
    assert.equal(await balance('invoiced/beta'), '1.5')
    assert.equal((await voidInvoice(store, clock, 'inv_beta_2026-11_2', 'x')).status, 'not-voidable')
  })

  test('exposure and reminders', async () => {
    await bookUsage(store, [{ day: '2027-01-10', meter: 'output', quantity: '20000000', unitPrice: '0.000008' }])
    now = Date.parse('2027-01-20T00:00:00Z')
    const exposure = await exposureOf(store, 'acme', '2027-01-20')
    assert.deepEqual([exposure.unbilled, exposure.unpaid, exposure.creditLimit, exposure.over], ['160.00', '0.00', '100', true])
    now = Date.parse('2027-02-20T00:00:00Z')
    assert.equal(await remind(store, clock), 1)
    assert.equal(await remind(store, clock), 0)
  })

  test('what a payment left over is matched with invoices issued since, once, and booked; one invoice alone where it is named', async () => {
    const early = await paid({ id: 'bank-early', organization: 'delta', currency: 'USD', amount: '25', receivedOn: '2026-11-01', reference: 'in advance' })
    assert.deepEqual([early.matches, early.unapplied], [[], '25'])
    assert.deepEqual((await matchPayments(store, clock, { organization: 'delta' })).left, [{ payment: 'bank-early', organization: 'delta', currency: 'USD', amount: '25' }])
    for (const [month, quantity] of [['2026-11', '1000000'], ['2026-12', '1000000'], ['2027-01', '1000000']] as const) await bookUsage(store, [{ day: `${month}-12`, organization: 'delta', project: 'p', meter: 'output', quantity, unitPrice: '0.00001' }])
    const numbers: string[] = []
    for (const month of ['2026-11', '2026-12']) numbers.push(...(await closeMonth(store, clock, month, { organizations: ['delta'] })).issued.map((one) => one.number))
    const second = await matchPayments(store, clock, { payment: 'bank-early', invoice: numbers[1] })
    assert.deepEqual([second.matched.map((one) => [one.number, one.amount]), second.left.map((one) => one.amount)], [[[numbers[1], '10']], ['15']])
    const rest = await matchPayments(store, clock)
    assert.deepEqual(rest.matched.filter((one) => one.payment === 'bank-early').map((one) => [one.number, one.amount]), [[numbers[0], '10']])
    assert.equal(await balance('unapplied/delta'), '-5')
    assert.equal(await balance('invoiced/delta'), '0')
    const third = (await closeMonth(store, clock, '2027-01', { organizations: ['delta'] })).issued[0]?.number
    assert.deepEqual((await matchPayments(store, clock, { organization: 'delta' })).matched.map((one) => [one.number, one.amount]), [[third, '5']])
    assert.deepEqual(await matchPayments(store, clock, { organization: 'delta' }), { matched: [], left: [] })
    assert.equal(await balance('unapplied/delta'), '0')
    const [row] = await store.query<{ status: string; paid: string }>('jobs', 'SELECT status, paid FROM invoice WHERE number = $1', [third])
    assert.deepEqual([row?.status, Number(row?.paid)], ['issued', 5])
  })

  test('exposure counts every currency, at the rate of the day; without the rate the sums are unknown and the rate is named', async () => {
    await contract('id: eps\nparty: eps\nside: customer\ncurrency: GBP\nterm: { from: "2026-01-01" }\nterms: { creditLimit: "10" }\n')
    await bookUsage(store, [{ day: '2027-01-12', organization: 'eps', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }, { day: '2027-01-12', organization: 'eps', project: 'p', meter: 'input', quantity: '1000000', unitPrice: '0.000004', currency: 'GBP' }])
    await paid({ id: 'bank-eps', organization: 'eps', currency: 'USD', amount: '2', receivedOn: '2027-01-13', reference: '' })
    const without = await exposureOf(store, 'eps', '2027-01-20')
    assert.deepEqual([without.total, without.unbilled, without.over, without.missingRates], [undefined, undefined, undefined, ['USD to GBP on 2027-01-20']])
    assert.deepEqual(without.currencies, [{ currency: 'GBP', unbilled: '4.00', unpaid: '0.00', unapplied: '0.00' }, { currency: 'USD', unbilled: '10.00', unpaid: '0.00', unapplied: '2.00' }])
    await saveRates(store, [{ base: 'USD', quote: 'GBP', day: '2027-01-15', rate: '0.8', source: 'test' }])
    const known = await exposureOf(store, 'eps', '2027-01-20')
    assert.deepEqual([known.unbilled, known.unapplied, known.total, known.over, known.missingRates], ['12.00', '1.60', '10.40', true, []])
  })

  test('usage in another currency is billed at the rate of its day and the books balance in both', async () => {
    await contract('id: euro-2026\nparty: euro\nside: customer\ncurrency: EUR\nterm: { from: "2026-01-01" }\n')
    await bookUsage(store, [{ day: '2026-11-10', organization: 'euro', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    const without = await draftInvoice(store, clock, 'euro', '2026-11')
    assert.deepEqual(without, { status: 'no-exchange-rate', base: 'USD', quote: 'EUR', day: '2026-11-10' })
    await saveRates(store, [{ base: 'USD', quote: 'EUR', day: '2026-11-09', rate: '0.9', source: 'test' }, { base: 'USD', quote: 'EUR', day: '2026-11-11', rate: '0.5', source: 'test' }])
    const run = await closeMonth(store, clock, '2026-11', { organizations: ['euro'] })
    assert.deepEqual(run.issued.map((item) => [item.total, item.currency]), [['9.00', 'EUR']])
    assert.equal(await balance('invoiced/euro', 'EUR'), '9')
    assert.equal(await balance('exchange/USD', 'USD'), '10')
    assert.equal(await balance('exchange/EUR', 'EUR'), '-9')
  })

  test('a contract that comes late re-rates a billed month: previewed, applied once, as invoice or as credit note', async () => {
    assert.equal((await previewReRating(store, 'gamma', '2026-11')).status, 'not-billed')
    await bookUsage(store, [{ day: '2026-11-12', organization: 'gamma', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    await closeMonth(store, clock, '2026-11', { organizations: ['gamma'] })
    assert.equal((await previewReRating(store, 'gamma', '2026-11')).status, 'no-change')
    await contract('id: gamma\nparty: gamma\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { discounts: [{ percent: "30" }] }\n')
    const cheaper = await previewReRating(store, 'gamma', '2026-11')
    assert.ok(cheaper.status === 'previewed' && formatDecimal(cheaper.preview.change.total) === '-3')
    assert.equal((await applyReRating(store, clock, 'gamma', '2026-11', 'another')).status, 'changed-since-preview')
    const credited = await applyReRating(store, clock, 'gamma', '2026-11', cheaper.preview.token)
    assert.ok(credited.status === 'credited' && credited.total === '-3.00', JSON.stringify(credited))
    assert.equal((await previewReRating(store, 'gamma', '2026-11')).status, 'no-change')
    now += 1000
    await contract('id: gamma\nparty: gamma\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { minimum: { amount: "20" } }\n')
    const dearer = await previewReRating(store, 'gamma', '2026-11')
    assert.ok(dearer.status === 'previewed' && formatDecimal(dearer.preview.change.total) === '13')
    const invoiced = await applyReRating(store, clock, 'gamma', '2026-11', dearer.preview.token)
    assert.ok(invoiced.status === 'invoiced' && invoiced.total === '13.00')
    assert.equal((await previewReRating(store, 'gamma', '2026-11')).status, 'no-change')
    assert.equal(await balance('invoiced/gamma'), '20')
    assert.equal((await draftInvoice(store, clock, 'gamma', '2026-11')).status, 'already-issued')
  })

  test('a monthly run that was cut off anywhere is run again: every customer has one invoice, numbers have no gaps', async () => {
    const names = ['r1', 'r2', 'r3', 'r4']
    await bookUsage(store, names.map((organization) => ({ day: '2027-03-03', organization, project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' })))
    for (let left = 0; left < 9; left += 1) {
      let transactions = 0
      // Dies at its n-th transaction: after a draft, after an issue, between customers.
      const dying: Store = { ...store, transaction: async (priority, run) => { transactions += 1; if (transactions > left) throw new Error('killed'); return store.transaction(priority, run) } }
      await closeMonth(dying, clock, '2027-03', { organizations: names }).catch((cause: unknown) => { if (!(cause instanceof Error) || cause.message !== 'killed') throw cause })
    }
    await Promise.all([closeMonth(store, clock, '2027-03', { organizations: names }), closeMonth(store, clock, '2027-03', { organizations: names })])
    const rows = await store.query<{ organization: string; n: string; total: string }>('jobs', `SELECT organization, count(*) AS n, sum(total) AS total FROM invoice WHERE month = '2027-03' AND status = 'issued' GROUP BY organization ORDER BY organization`)
    assert.deepEqual(rows.map((row) => [row.organization, row.n, Number(row.total)]), names.map((name) => [name, '1', 10]))
  })

  test('ledger check: all of the above is sound, and a planted fault is found', async () => {
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
    await store.query('admin', `UPDATE number_series SET last = last + 1 WHERE series = 'INV-2026'`)
    await store.query('admin', `UPDATE usage_day SET amount = amount + 1 WHERE organization = 'gamma'`)
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok).map((item) => item.id), ['numbers', 'rollups'])
    await store.query('admin', `UPDATE number_series SET last = last - 1 WHERE series = 'INV-2026'`)
  })

  test('the books sum to zero per currency, and numbers have no gaps', async () => {
    const sums = await store.query<{ currency: string; sum: string }>('jobs', 'SELECT currency, sum(amount) FROM entry GROUP BY currency HAVING sum(amount) <> 0')
    assert.deepEqual(sums, [])
    const numbers = await store.query<{ number: string }>('jobs', 'SELECT number FROM invoice WHERE number IS NOT NULL ORDER BY number')
    assert.deepEqual(numbers.map((row) => row.number), ['CN-2027-000001', 'CN-2027-000002', 'INV-2026-000001', 'INV-2026-000002', ...Array.from({ length: 12 }, (_, n) => `INV-2027-${String(n + 1).padStart(6, '0')}`)])
  })

  test('what was paid on an invoice that is credited is left over of its payments again, the latest first, and pays the next', async () => {
    const books = async (): Promise<readonly string[]> => [await balance('invoiced/eta'), await balance('unapplied/eta')]
    await bookUsage(store, [{ day: '2026-11-12', organization: 'eta', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    const [first] = (await closeMonth(store, clock, '2026-11', { organizations: ['eta'] })).issued
    await paid({ id: 'bank-eta-1', organization: 'eta', currency: 'USD', amount: '6', receivedOn: '2027-01-01', reference: '' })
    await paid({ id: 'bank-eta-2', organization: 'eta', currency: 'USD', amount: '4', receivedOn: '2027-01-02', reference: '' })
    assert.equal((await creditInvoice(store, clock, first?.id ?? '', 'cn-eta-1', { net: '4.50', description: 'Outage' }, 'outage')).status, 'issued')
    assert.deepEqual(await books(), ['0', '-4.5'])
    const after = await invoice(first?.id ?? '')
    assert.deepEqual([after.status, Number(after.due), Number(after.paid), Number(after.credited)], ['paid', 10, 5.5, 4.5])
    assert.deepEqual((await matchPayments(store, clock, { organization: 'eta' })).left.map((one) => [one.payment, one.amount]), [['bank-eta-1', '0.5'], ['bank-eta-2', '4']])
    assert.deepEqual([(await exposureOf(store, 'eta', '2027-01-20')).unapplied, (await exposureOf(store, 'eta', '2027-01-20')).total], ['4.50', '-4.50'])
    assert.equal((await creditInvoice(store, clock, first?.id ?? '', 'cn-eta-1', { net: '4.50', description: 'Outage' }, 'outage')).status, 'issued')
    assert.deepEqual(await books(), ['0', '-4.5'], 'the same note twice is one')
    await bookUsage(store, [{ day: '2026-12-12', organization: 'eta', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    await closeMonth(store, clock, '2026-12', { organizations: ['eta'] })
    assert.deepEqual((await matchPayments(store, clock, { organization: 'eta' })).matched.map((one) => one.amount), ['0.5', '4'])
    assert.deepEqual(await books(), ['5.5', '0'])
    assert.deepEqual((await checkMoney(store)).filter((item) => item.id === 'invoices' && !item.ok), [])
  })

  test('a number names the invoice that has it, also where somebody called a note so', async () => {
    await bookUsage(store, [{ day: '2026-11-12', organization: 'nu', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    const [first] = (await closeMonth(store, clock, '2026-11', { organizations: ['nu'] })).issued
    const number = first?.number ?? ''
    const note = await creditInvoice(store, clock, first?.id ?? '', number, { net: '1', description: 'Outage' }, 'outage')
    assert.ok(note.status === 'issued')
    assert.deepEqual([await invoiceNamed(store, number), await invoiceNamed(store, note.number), await invoiceNamed(store, first?.id ?? '')], [first?.id, number, first?.id])
  })

  test('notes that are written at once over two invoices of a month take turns; an id names one note, over one invoice', async () => {
    await bookUsage(store, [{ day: '2027-05-12', organization: 'mu', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    const [first] = (await closeMonth(store, clock, '2027-05', { organizations: ['mu'] })).issued
    await contract('id: mu\nparty: mu\nside: customer\ncurrency: USD\nterm: { from: "2027-01-01" }\nterms: { minimum: { amount: "20" } }\n')
    const found = await previewReRating(store, 'mu', '2027-05')
    assert.ok(found.status === 'previewed')
    const further = await applyReRating(store, clock, 'mu', '2027-05', found.preview.token)
    assert.ok(further.status === 'invoiced')
    const ids = [first?.id ?? '', further.id]
    const credit = (of: string, id: string): ReturnType<typeof creditInvoice> => creditInvoice(store, clock, of, id, { net: '1', description: 'Outage' }, 'outage')
    const made = await Promise.all([1, 2, 3].flatMap((n) => ids.map((of, index) => credit(of, `cn-mu-${n}-${index}`))))
    assert.deepEqual(made.map((one) => one.status), made.map(() => 'issued'))
    assert.deepEqual(await credit(further.id, 'cn-mu-1-0'), { status: 'not-creditable', why: `cn-mu-1-0 is a note over ${first?.number} already: give this one an id of its own` })
    assert.deepEqual(await credit(further.id, first?.id ?? ''), { status: 'not-creditable', why: `${first?.id} is an invoice: give the note an id of its own` })
    assert.deepEqual((await checkMoney(store)).filter((item) => item.id === 'invoices' && !item.ok), [])
  })

  test('two who match payments at once match each once, whatever its id is', async () => {
    const id = 'bank\\%_'
    await bookUsage(store, [{ day: '2026-11-12', organization: 'lambda', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    await paid({ id, organization: 'lambda', currency: 'USD', amount: '15', receivedOn: '2027-01-01', reference: '' })
    const [first] = (await closeMonth(store, clock, '2026-11', { organizations: ['lambda'] })).issued
    const both = await Promise.all([1, 2, 3].map(() => matchPayments(store, clock, { organization: 'lambda' })))
    assert.deepEqual(both.flatMap((one) => one.matched.map((match) => match.amount)), ['10'])
    assert.equal((await creditInvoice(store, clock, first?.id ?? '', 'cn-lambda', { all: true }, 'taken back')).status, 'issued')
    await bookUsage(store, [{ day: '2026-12-12', organization: 'lambda', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    await closeMonth(store, clock, '2026-12', { organizations: ['lambda'] })
    assert.deepEqual((await matchPayments(store, clock, { organization: 'lambda' })).matched.map((match) => match.amount), ['10'])
    assert.deepEqual([await balance('invoiced/lambda'), await balance('unapplied/lambda')], ['0', '-5'])
  })

  test('a payment in another currency than the invoice it names pays nothing of it, and says so', async () => {
    await bookUsage(store, [{ day: '2026-11-12', organization: 'iota', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    const [first] = (await closeMonth(store, clock, '2026-11', { organizations: ['iota'] })).issued
    const got = await paid({ id: 'bank-iota', organization: 'iota', currency: 'EUR', amount: '9', receivedOn: '2027-01-02', reference: `for ${first?.number ?? ''}` })
    assert.deepEqual([got.matches, got.unapplied, got.inOtherCurrency], [[], '9', [{ number: first?.number, currency: 'USD' }]])
  })

  test('what is credited of an invoice that prepaid credit had paid is owed to the customer, and exposure says so', async () => {
    await contract('id: theta\nparty: theta\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { credits: [{ id: card, amount: "50", from: "2026-01-01" }] }\n')
    await bookUsage(store, [{ day: '2026-11-12', organization: 'theta', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    const [first] = (await closeMonth(store, clock, '2026-11', { organizations: ['theta'] })).issued
    assert.equal((await creditInvoice(store, clock, first?.id ?? '', 'cn-theta', { net: '1', description: 'Outage' }, 'outage')).status, 'issued')
    assert.deepEqual([await balance('invoiced/theta'), (await exposureOf(store, 'theta', '2027-01-20')).unapplied], ['-1', '1.00'])
  })

  test('a month is billed once, whatever became of its further invoice; the first is not taken back while the further one stands', async () => {
    await bookUsage(store, [{ day: '2027-04-12', organization: 'kappa', project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    await closeMonth(store, clock, '2027-04', { organizations: ['kappa'] })
    await contract('id: kappa\nparty: kappa\nside: customer\ncurrency: USD\nterm: { from: "2027-01-01" }\nterms: { minimum: { amount: "20" } }\n')
    const dearer = await previewReRating(store, 'kappa', '2027-04')
    assert.ok(dearer.status === 'previewed')
    const further = await applyReRating(store, clock, 'kappa', '2027-04', dearer.preview.token)
    assert.ok(further.status === 'invoiced')
    const first = await voidInvoice(store, clock, 'inv_kappa_2027-04_1', 'wrong')
    assert.ok(first.status === 'not-voidable' && /further invoice/.test(first.why), JSON.stringify(first))
    assert.equal((await voidInvoice(store, clock, 'inv_kappa_2027-04_2', 'wrong')).status, 'void')
    assert.equal((await draftInvoice(store, clock, 'kappa', '2027-04')).status, 'already-issued')
    assert.deepEqual((await closeMonth(store, clock, '2027-04', { organizations: ['kappa'] })).issued, [])
    assert.equal(await balance('invoiced/kappa'), '10')
    assert.equal((await voidInvoice(store, clock, 'inv_kappa_2027-04_1', 'wrong')).status, 'void')
    assert.equal((await closeMonth(store, clock, '2027-04', { organizations: ['kappa'] })).issued.length, 1)
    assert.equal(await balance('invoiced/kappa'), '20')
  })
})
