import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { saveRates } from '../contracts/exchange.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { balanceOf } from '../money-transaction.ts'
import { moveDispute, raiseDispute } from './dispute.ts'
import type { VarianceKind } from './match-bill.ts'
import { importBill, parseBill, reconcile } from './reconcile.ts'
import { trueUp } from './true-up.ts'
import { unitsIn } from './bill-words.ts'
import { usageForCustomer } from './usage-export.ts'

const focus12 = `BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,SkuMeter,SkuPriceDetails,x_BillExecutionId
2.00,USD,Usage,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,1000,1K Tokens,gpt-4.1 input,"{""x_model"":""gpt-4.1-2025-04-14""}",x
`
const focus14 = `BillingCurrency,ChargePeriodStart,BilledCost,PricingQuantity,PricingUnit,SkuMeter,ServiceProviderName,x_Model,ResourceName
USD,2026-11-01 00:00:00Z,8.5,1,1M Tokens,output tokens,Azure,gpt-4.1,azure/gpt-4.1
`
const azure = `SubscriptionId,Date,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,ResourceId
s,11/01/2026,Foundry Models,Azure OpenAI,gpt 4.1 cchd Inp glbl Tokens,2000,1K,1.00,USD,/subscriptions/s/providers/Microsoft.CognitiveServices/accounts/east
s,11/01/2026,Foundry Models,Azure OpenAI,gpt-4.1-Outp-glbl Tokens,1,1M,8.00,USD,/subscriptions/s/providers/Microsoft.CognitiveServices/accounts/east
`
const costs = `{"object":"page","has_more":false,"data":[{"object":"bucket","start_time":1793491200,"end_time":1793577600,"results":[
 {"object":"organization.costs.result","amount":{"value":0.1000000000000000055511151231257827,"currency":"usd"},"line_item":"gpt-4.1-2025-04-14, cached input","project_id":null,"quantity":200000,"quantity_unit":"tokens"}]}]}`
const usage = `{"object":"page","has_more":false,"data":[{"start_time":1793491200,"end_time":1793577600,"results":[{"object":"organization.usage.completions.result","input_tokens":1000,"input_cached_tokens":400,"output_tokens":50,"num_model_requests":3,"model":"gpt-4.1-2025-04-14"}]}]}`

const seen = (text: string): readonly string[] => {
  const parsed = parseBill(text)
  if ('faults' in parsed) assert.fail(JSON.stringify(parsed.faults))
  return parsed.bill.rows.map((row) => [row.day, row.deployment ?? '-', row.model ?? '-', row.meter ?? '-', row.quantity === undefined ? '-' : formatDecimal(row.quantity), row.amount === undefined ? '-' : formatDecimal(row.amount)].join(' '))
}

test('FOCUS 1.2 and 1.4, Azure export, OpenAI costs and usage are read to the same rows', () => {
  assert.deepEqual(seen(focus12), ['2026-11-01 - gpt-4.1 input 1000000 2'])
  assert.deepEqual(seen(focus14), ['2026-11-01 azure/gpt-4.1 gpt-4.1 output 1000000 8.5'])
  assert.deepEqual(seen(azure), ['2026-11-01 east gpt-4.1 cached_input 2000000 1', '2026-11-01 east gpt-4.1 output 1000000 8'])
  assert.deepEqual(seen(costs), ['2026-11-01 - gpt-4.1 cached_input 200000 0.1000000000000000055511151231257827'])
  assert.deepEqual(seen(usage), ['2026-11-01 - gpt-4.1 input 600 -', '2026-11-01 - gpt-4.1 cached_input 400 -', '2026-11-01 - gpt-4.1 output 50 -'])
})

test('units of measure', () => {
  for (const [unit, count] of [['1K', '1000'], ['1K Tokens', '1000'], ['1M Tokens', '1000000'], ['Tokens', '1'], ['1000 tokens', '1000'], ['1 Hour', '1'], ['100 Messages', '100'], [undefined, '1']] as const) assert.equal(formatDecimal(unitsIn(unit)), count, unit)
})

test('malformed bills are refused with row, column and reason', () => {
  const faults = (text: string) => { const parsed = parseBill(text); assert.ok('faults' in parsed, text); return parsed.faults.map((fault) => `${fault.row} ${fault.column}: ${fault.reason}`) }
  assert.deepEqual(faults(focus12.replace('2.00', 'two')), ['2 BilledCost: "two" is not a number'])
  assert.deepEqual(faults(focus12.replace('2026-11-01T', '2026-11-31T')), ['2 ChargePeriodStart: "2026-11-31T00:00:00Z" is not a day'])
  assert.deepEqual(faults(focus12.replace('USD', 'dollars').replace('Usage,2026', 'Use,2026')), ['2 BillingCurrency: "dollars" is not a currency', '2 ChargeCategory: "Use" is not a charge category'])
  assert.deepEqual(faults(focus12.replace('""x_model"":', '')), ['2 SkuPriceDetails: is not JSON'])
  assert.deepEqual(faults(focus12.replace(',x\n', '\n')), ['2 : 9 cells where the header has 10'])
  assert.deepEqual(faults(focus12.replace('BillingCurrency', 'Money')), ['1 BillingCurrency: the column is missing'])
  assert.match(faults('{"data":[')[0] ?? '', /not JSON/)
  assert.match(faults(costs.replace('"has_more":false', '"has_more":true'))[0] ?? '', /fetch the rest/)
  assert.match(faults('hello')[0] ?? '', /not a form that is known/)
})

describe('reconciliation in the database', () => {
  let store: Store
  let now = Date.parse('2026-12-02T09:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  before(async () => {
    store = await openAnyForTest()
    await bookUsage(store, [
      { day: '2026-11-01', meter: 'input', quantity: '1000000', unitPrice: '0.000002' }, { day: '2026-11-01', meter: 'output', quantity: '1000000', unitPrice: '0.000008' },
      { day: '2026-11-02', meter: 'output', quantity: '500', unitPrice: '0.000008', source: 'estimated' },
    ])
  })
  after(() => store.close())

  const bill = `ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model,ChargeCategory
2026-11-01,USD,2.00,1000000,Tokens,input,gpt-4.1,Usage
2026-11-01,USD,9.00,1000000,Tokens,output,gpt-4.1,Usage
2026-11-02,USD,0.0024,300,Tokens,output,gpt-4.1,Usage
2026-11-02,USD,5.00,100000,Tokens,output,o3,Usage
`
  test('import is idempotent, half of nothing is kept, the report explains each cent', async () => {
    assert.equal((await importBill(store, clock, 'azure', bill.replace('9.00', 'x'))).status, 'refused')
    assert.deepEqual(await store.query('jobs', 'SELECT * FROM bill_row'), [])
    const first = await importBill(store, clock, 'azure', bill)
    const second = await importBill(store, clock, 'azure', bill)
    assert.ok(first.status === 'imported' && second.status === 'imported' && !first.known && second.known && first.bill === second.bill)
    const report = await reconcile(store, clock, first.bill)
    assert.ok(report)
    assert.deepEqual([report.billed, report.booked, report.difference, report.unexplained, report.by], ['16.0024', '10.004', '5.9984', '0', 'model'])
    assert.deepEqual(report.byKind, { estimated: '-0.0016', 'outside-gateway': '5', price: '1' })
    assert.equal(report.suppliersBooked, undefined)
    const events = await store.query<{ kind: string; subject: string }>('jobs', `SELECT kind, subject FROM event WHERE kind = 'reconciliation-unexplained'`)
    assert.deepEqual(events, [{ kind: 'reconciliation-unexplained', subject: 'supplier/azure' }])
    now += 1000
    const trued = await trueUp(store, clock, report.id, ['estimated', 'rounding'])
    assert.deepEqual(trued, { status: 'posted', amount: '-0.0016', transaction: `true-up:${first.bill}`, budgets: { changed: 0, closed: 0 } })
    const again = await trueUp(store, clock, report.id, ['rounding'])
    assert.deepEqual(again, { status: 'posted-before', says: `this bill was trued up by true-up:${first.bill}: nothing is left to book in estimated, rounding. What is open on this bill: outside-gateway, price; true up or dispute that` })
    const dispute = await raiseDispute(store, clock, report.id, ['price', 'outside-gateway'], 'not our list price, not our calls')
    assert.ok(dispute.status === 'raised')
    const { id } = dispute.dispute
    assert.deepEqual([dispute.dispute.amount, dispute.dispute.state], ['6', 'raised'])
    const raised = (): Promise<number> => store.query('jobs', `SELECT 1 FROM event WHERE kind = 'dispute-raised'`).then((rows) => rows.length)
    assert.deepEqual([await raiseDispute(store, clock, report.id, ['outside-gateway', 'price', 'price'], 'again'), await raised()], [dispute, 1], 'the same dispute, told once')
    const why = async (...kinds: readonly VarianceKind[]): Promise<string> => { const done = await raiseDispute(store, clock, report.id, kinds, 'x'); return done.status === 'not-possible' ? done.why : done.status }
    assert.match(await why('price'), /^price is disputed already by dispute_.*: move that one on, or withdraw it first$/)
    assert.match(await why('estimated'), /^estimated is trued up by true-up:.*: ask the supplier for a corrected bill or a credit/)
    const waits = await trueUp(store, clock, report.id, ['price'])
    assert.match(waits.status === 'disputed' ? waits.why : waits.status, /^price of 2026-11-01 is disputed by dispute_.*: move that dispute to credited, rejected or withdrawn first/)
    assert.equal(await why('tax'), 'the bill has no variance of tax: it has estimated, outside-gateway, price')
    assert.deepEqual(await raiseDispute(store, clock, 'nope', ['price'], 'x'), { status: 'unknown' })
    for (const sum of ['0', '-6', '6.005', '1e400', 'six']) assert.equal((await moveDispute(store, clock, id, 'credited', 'agreed', sum)).status, 'not-possible', sum)
    assert.equal((await moveDispute(store, clock, id, 'credited', 'agreed')).status, 'not-possible')
    const moved = await moveDispute(store, clock, id, 'credited', 'agreed', '6.00')
    assert.ok(moved.status === 'moved' && moved.dispute.history.length === 2)
    assert.equal((await moveDispute(store, clock, id, 'withdrawn', 'late')).status, 'not-possible')
    const balances = await store.transaction('jobs', (sql) => balanceOf(sql, 'payable/azure/disputed'))
    assert.equal(formatDecimal(decimal(balances.get('USD') ?? '0')), '6')
    assert.match(await why('price'), /^price was disputed by dispute_.*, which is credited: true it up/)
    const rest = await trueUp(store, clock, report.id, ['price', 'outside-gateway'])
    assert.deepEqual(rest, { status: 'posted', amount: '6', transaction: `true-up:${first.bill}:2`, budgets: { changed: 0, closed: 0 } })
    const owed = await store.query<{ sum: string }>('jobs', `SELECT -sum(amount) AS sum FROM entry WHERE account LIKE 'payable/azure/%'`)
    assert.equal(Number(owed[0]?.sum), 10.0024, 'what was billed, less what the supplier gave back')
    assert.match(JSON.stringify(await trueUp(store, clock, report.id, ['price'])), /posted-before.*This bill is done/)
  })

  test('a bill under a name that the books have no calls from says whose calls they have in its days', async () => {
    const imported = await importBill(store, clock, 'azur', bill)
    assert.ok(imported.status === 'imported')
    const report = await reconcile(store, clock, imported.bill)
    assert.deepEqual([report?.booked, report?.suppliersBooked], ['0', ['azure']])
  })

  test('bills that overlap: what is disputed on one is not trued up on the other, and the other way round; a dispute withdrawn can be raised again', async () => {
    await bookUsage(store, [{ day: '2026-08-01', supplier: 'twice', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }, { day: '2026-08-02', supplier: 'twice', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }])
    const rows = ['2026-08-01,USD,9,1000000,Tokens,output,gpt-4.1', '2026-08-02,USD,9,1000000,Tokens,output,gpt-4.1']
    const reported = async (own: readonly string[]): Promise<string> => {
      const imported = await importBill(store, clock, 'twice', ['ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model', ...own].join('\n'))
      assert.ok(imported.status === 'imported')
      now += 1000
      return (await reconcile(store, clock, imported.bill))?.id ?? ''
    }
    const [day, month] = [await reported(rows.slice(0, 1)), await reported(rows)]
    const raised = await raiseDispute(store, clock, day, ['price'], 'too dear')
    assert.ok(raised.status === 'raised')
    assert.equal((await trueUp(store, clock, month, ['price'])).status, 'disputed')
    assert.equal((await moveDispute(store, clock, raised.dispute.id, 'withdrawn', 'ours after all')).status, 'moved')
    const second = await raiseDispute(store, clock, day, ['price'], 'too dear all the same')
    assert.deepEqual(second.status === 'raised' && [second.dispute.state, second.dispute.id], ['raised', `${raised.dispute.id}_2`])
    assert.equal((await moveDispute(store, clock, `${raised.dispute.id}_2`, 'rejected', 'contract, page 4')).status, 'moved')
    assert.equal((await trueUp(store, clock, month, ['price'])).status, 'posted')
    const [later] = [await reported([rows[1] ?? ''])]
    assert.match(JSON.stringify(await raiseDispute(store, clock, later, ['price'], 'x')), /price of 2026-08-02 is trued up by true-up:bill_twice_/)
  })

  test('a true-up and a dispute of one kind at once: one of them holds', async () => {
    await bookUsage(store, [{ day: '2026-07-01', supplier: 'race', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }])
    const imported = await importBill(store, clock, 'race', 'ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model\n2026-07-01,USD,9,1000000,Tokens,output,gpt-4.1\n')
    const id = imported.status === 'imported' ? (await reconcile(store, clock, imported.bill))?.id ?? '' : ''
    const [trued, raised] = await Promise.all([trueUp(store, clock, id, ['price']), raiseDispute(store, clock, id, ['price'], 'too dear')])
    assert.equal([trued.status, raised.status].filter((status) => status === 'posted' || status === 'raised').length, 1, JSON.stringify([trued, raised]))
  })

  test('under a supplier’s contract its prices are expected, and the discount is trued up with the rest', async () => {
    const parsed = parseContract('id: s1\nparty: sup\nside: supplier\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { discounts: [{ percent: "10" }] }\n')
    assert.ok('contract' in parsed)
    await saveContract(store, clock, parsed.contract)
    await bookUsage(store, [{ day: '2026-11-01', organization: 'other', supplier: 'sup', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }])
    const imported = await importBill(store, clock, 'sup', 'ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model\n2026-11-01,USD,7.201,1000000,Tokens,output,gpt-4.1\n')
    assert.ok(imported.status === 'imported')
    const report = await reconcile(store, clock, imported.bill)
    assert.deepEqual([report?.basis, report?.booked, report?.contractDiscount, report?.byKind], ['contract', '7.2', '-0.8', { rounding: '0.001' }])
    const trued = await trueUp(store, clock, report?.id ?? '', ['rounding'])
    assert.equal(trued.status === 'posted' && trued.amount, '-0.799')
    const rows = await store.query<{ sum: string }>('jobs', `SELECT sum(amount) AS sum FROM entry WHERE account LIKE 'payable/sup/%'`)
    assert.equal(Number(rows[0]?.sum), -7.201)
  })

  test('taxes, purchases and credits are kinds of their own, none is usage; a bill in another currency needs the rates of its days', async () => {
    await bookUsage(store, [{ day: '2026-10-01', organization: 'fx', supplier: 'euro', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }, { day: '2026-10-02', organization: 'fx', supplier: 'euro', meter: 'output', quantity: '500000', unitPrice: '0.000008' }])
    const text = `ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model,ChargeCategory,ChargeDescription
2026-10-01,EUR,6.40,1000000,Tokens,output,gpt-4.1,Usage,
2026-10-02,EUR,4.00,500000,Tokens,output,gpt-4.1,Usage,
2026-10-01,EUR,2.00,,,,,Tax,VAT
2026-10-01,EUR,-1.00,,,,,Credit,Promotion
2026-10-01,EUR,100.00,,,,,Purchase,Ten units for a month
`
    const without = await importBill(store, clock, 'euro', text)
    assert.deepEqual(without.status === 'refused' && without.faults.map((fault) => `${fault.row} ${fault.column}: ${fault.reason.split(':')[0]}`), ['2 BillingCurrency: no rate from EUR to USD on 2026-10-01', '3 BillingCurrency: no rate from EUR to USD on 2026-10-02'])
    assert.deepEqual(await store.query('jobs', `SELECT 1 FROM bill WHERE supplier = 'euro'`), [])
    await saveRates(store, [{ base: 'EUR', quote: 'USD', day: '2026-10-01', rate: '1.25', source: 'test' }, { base: 'EUR', quote: 'USD', day: '2026-10-02', rate: '1', source: 'test' }])
    const imported = await importBill(store, clock, 'euro', text)
    assert.ok(imported.status === 'imported' && imported.total === '111.4' && imported.currency === 'EUR')
    now += 1000
    const report = await reconcile(store, clock, imported.bill)
    assert.ok(report)
    assert.deepEqual(report.byKind, { credit: '-1.25', purchase: '125', tax: '2.5' })
    assert.deepEqual([report.currency, report.converted, report.billed, report.booked, report.difference, report.unexplained], ['USD', { from: 'EUR', billed: '111.4' }, '138.25', '12', '126.25', '0'])
    assert.deepEqual(report.variances.map((item) => item.why), ['a tax: VAT', 'a credit or refund: Promotion', 'bought ahead, not used by a call: Ten units for a month'])
    assert.deepEqual(await store.query('jobs', `SELECT 1 FROM event WHERE kind = 'reconciliation-unexplained' AND subject = 'supplier/euro'`), [])
    assert.equal((await trueUp(store, clock, report.id, ['tax', 'purchase', 'credit'])).status, 'posted')
    const booked = await store.query<{ account: string; sum: string }>('jobs', `SELECT account, sum(amount)::text AS sum FROM entry WHERE account LIKE 'cost/euro/%' GROUP BY account ORDER BY account`)
    assert.deepEqual(booked.map((row) => [row.account, Number(row.sum)]), [['cost/euro/credit', -1.25], ['cost/euro/openai', 12], ['cost/euro/purchase', 125], ['cost/euro/tax', 2.5]])
  })

  test('a credit on a bill that a dispute has booked already says so, and no other does', async () => {
    await bookUsage(store, [{ day: '2026-06-01', organization: 'given', supplier: 'giver', meter: 'output', quantity: '1000000', unitPrice: '0.000008' }])
    const head = 'ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model,ChargeCategory,ChargeDescription'
    const reported = async (...rows: readonly string[]) => {
      const imported = await importBill(store, clock, 'giver', `${[head, '2026-06-01,USD,9.5,1000000,Tokens,output,gpt-4.1,Usage,', ...rows].join('\n')}\n`)
      assert.ok(imported.status === 'imported')
      now += 1000
      const report = await reconcile(store, clock, imported.bill)
      assert.ok(report)
      return report
    }
    const raised = await raiseDispute(store, clock, (await reported()).id, ['price'], 'too dear')
    assert.ok(raised.status === 'raised')
    const credit = '2026-06-20,USD,-1.50,,,,,Credit,Goodwill'
    const notes = async (): Promise<readonly (string | undefined)[]> => (await reported(credit, '2026-06-20,USD,-1.00,,,,,Credit,Promotion', '2026-06-20,USD,1.50,,,,,Tax,VAT')).variances.filter((item) => item.kind !== 'price').map((item) => item.note)
    assert.deepEqual(await notes(), [undefined, undefined, undefined], 'nothing is booked of an open dispute')
    assert.equal((await moveDispute(store, clock, raised.dispute.id, 'credited', 'note 7', '1.5')).status, 'moved')
    assert.deepEqual(await notes(), [`${raised.dispute.id} was credited with the same sum, which is in the books: if this is that credit, leave credit out of the true-up, or it is taken off twice`, undefined, undefined])
  })

  test('a tax of the month that dates from before its first call is trued up once, also when the export is made again', async () => {
    await bookUsage(store, [{ day: '2026-09-03', organization: 'tax', supplier: 'taxed', meter: 'output', quantity: '1000', unitPrice: '0.001' }])
    const rows = ['2026-09-03,USD,1,1000,Tokens,output,gpt-4.1,Usage,', '2026-09-01,USD,0.22,,,,,Tax,VAT']
    const trued: string[] = []
    for (const order of [rows, rows.toReversed()]) {
      const imported = await importBill(store, clock, 'taxed', ['ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model,ChargeCategory,ChargeDescription', ...order].join('\n'))
      assert.ok(imported.status === 'imported' && imported.from === '2026-09-03')
      now += 1000
      const report = await reconcile(store, clock, imported.bill)
      assert.deepEqual(report?.byKind, { tax: '0.22' })
      trued.push((await trueUp(store, clock, report?.id ?? '', ['tax'])).status)
    }
    assert.deepEqual(trued, ['posted', 'posted-before'])
    assert.equal(formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, 'payable/taxed/tax'))).get('USD') ?? '0')), '-0.22')
  })

  test('another Weir’s usage is a bill that agrees with ours', async () => {
    const exported = await usageForCustomer(store, 'acme', { from: '2026-11-01', until: '2026-12-01' })
    assert.ok(exported.status === 'exported')
    const imported = await importBill(store, clock, 'azure', JSON.stringify(exported.usage))
    assert.ok(imported.status === 'imported')
    const report = await reconcile(store, clock, imported.bill)
    assert.deepEqual([report?.difference, report?.variances.length, report?.groups, report?.agreeing], ['0', 0, 2, 2])
  })
})
