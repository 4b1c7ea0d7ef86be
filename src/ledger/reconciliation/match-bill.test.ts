import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { add, compare, decimal, formatDecimal, multiply, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Bill, BillRow } from './bill.ts'
import { type Booked, matchBill, type Unbooked } from './match-bill.ts'

const prices: Readonly<Record<string, string>> = { input: '0.000002', cached_input: '0.0000005', output: '0.000008', reasoning: '0.000008' }

/** `day meter quantity [unit price] [model]` */
function billRow(text: string, n: number): BillRow {
  const [day = '', meter = '', quantity = '', price = prices[meter] ?? '1', model = 'm'] = text.trim().split(/\s+/)
  return { n, day: `2026-11-${day}`, meter, model, quantity: decimal(quantity), amount: multiply(decimal(quantity), decimal(price)), currency: 'USD', description: meter }
}
function bookedRow(text: string): Booked {
  const [day = '', meter = '', quantity = '', estimated = '0', model = 'm'] = text.trim().split(/\s+/)
  return { day: `2026-11-${day}`, meter, model, deployment: 'd', quantity: decimal(quantity), amount: multiply(decimal(quantity), decimal(prices[meter] ?? '1')), estimated: decimal(estimated) }
}
const billOf = (rows: readonly BillRow[]): Bill => ({ format: 'focus', currency: 'USD', from: '2026-11-01', until: '2026-12-01', rows })
/** A row that stands there twice is marked, as reading a bill marks it; `alike` at its end: it differs in something that is not read. */
const repeated = (texts: readonly string[], n: number): Pick<BillRow, 'repeats'> => (texts.indexOf(texts[n] ?? '') < n ? { repeats: true } : {})
const rowsOf = (text: string): readonly BillRow[] => lines(text).map((line, n, all) => ({ ...billRow(line.replace('alike', ''), n), ...repeated(all, n) }))
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '')

const cases: readonly (readonly [name: string, billed: string, booked: string, unbooked: readonly Unbooked[], expected: readonly string[]])[] = [
  ['both agree', '01 input 100', '01 input 100', [], []],
  ['another price', '01 input 1000000 0.000003', '01 input 1000000', [], ['price 01 input 1']],
  ['less than a cent', '01 input 1000000 0.000002001', '01 input 1000000', [], ['rounding 01 input 0.001']],
  ['a wrong price of less than a cent is no rounding', '01 cached_input 10000 0.0000008', '01 cached_input 10000', [], ['price 01 cached_input 0.003']],
  ['rows that are rounded to the cent are rounding, however many add up', '01 input 15625 0.00000256\n01 input 15625 0.00000256', '01 input 31250', [], ['rounding 01 input 0.0175']],
  ['a row that stands there again', '01 input 100\n01 input 100\n01 output 7', '01 input 100\n01 output 7', [], ['duplicate 01 input 0.0002']],
  ['again, and at another price: the price is told apart', '01 input 1000000 0.000003\n01 input 1000000 0.000003', '01 input 1000000', [], ['duplicate 01 input 3', 'price 01 input 1']],
  ['rows that are alike by chance are none', '01 input 100\n01 input 100', '01 input 200', [], []],
  ['alike, and more than that is too much: what is left is told apart', '01 input 100\n01 input 100', '01 input 90', [], ['duplicate 01 input 0.0002', 'unexplained 01 input 0.00002']],
  ['alike, of two hours of the day, while something is missing here', '01 input 60\n01 input 60 alike', '01 input 70', [], ['unexplained 01 input 0.0001']],
  ['a wrong price, with an amount that ends in zeros', '01 output 1000 0.00001\n02 output 1234 0.000008', '01 output 1000\n02 output 1234', [], ['price 01 output 0.002']],
  ['cached class', '01 input 900000\n01 cached_input 100000', '01 input 600000\n01 cached_input 400000', [], ['cached-class 01 cached_input -0.15', 'cached-class 01 input 0.6']],
  ['estimated', '01 output 1000', '01 output 1300 500', [], ['estimated 01 output -0.0024']],
  ['an estimate knows no cached tokens', '01 input 318\n01 cached_input 1408', '01 input 1700 1700', [], ['estimated 01 cached_input 0.000704', 'estimated 01 input -0.002764']],
  ['input in other classes, beyond what was estimated', '01 input 318\n01 cached_input 1408', '01 input 318 300', [], ['unexplained 01 cached_input 0.000704']],
  ['more than was estimated is not explained by it', '01 output 2000', '01 output 1300 500', [], ['unexplained 01 output 0.0056']],
  ['cancelled, nothing else that day', '01 output 1000', '', [{ day: '2026-11-01', model: 'm', deployment: 'd', attempts: 2, hold: decimal('0.01') }], ['cancelled 01 output 0.008']],
  ['cancelled beside booked usage, within the holds', '01 output 2000', '01 output 1000', [{ day: '2026-11-01', model: 'm', deployment: 'd', attempts: 1, hold: decimal('0.008') }], ['cancelled 01 output 0.008']],
  ['beyond the holds', '01 output 2000', '01 output 1000', [{ day: '2026-11-01', model: 'm', deployment: 'd', attempts: 1, hold: decimal('0.007') }], ['unexplained 01 output 0.008']],
  ['outside the gateway', '01 output 1000 0.000008 other', '01 output 1000', [], ['outside-gateway 01 output 0.008', 'unexplained 01 output -0.008']],
  ['timing', '01 output 500\n02 output 1500', '01 output 1000\n02 output 1000', [], ['timing 01 output -0.004', 'timing 02 output 0.004']],
  ['timing, where each day has only one side', '02 output 1000', '01 output 1000', [], ['timing 01 output -0.008', 'timing 02 output 0.008']],
  ['days that begin at another hour: a part of each is on the next', '01 output 700\n02 output 900\n03 output 1100\n04 output 300', '01 output 1000\n02 output 1000\n03 output 1000', [], ['timing 01 output -0.0024', 'timing 02 output -0.0008', 'timing 03 output 0.0008', 'timing 04 output 0.0024']],
  ['a day between that gave as much as it got', '01 output 700\n02 output 1000\n03 output 1000\n04 output 300', '01 output 1000\n02 output 1000\n03 output 1000', [], ['timing 01 output -0.0024', 'timing 04 output 0.0024']],
  ['missing on one day and invented days later, while the days between agree and are not alike', '01 output 900\n02 output 1230\n03 output 770\n04 output 1100', '01 output 1000\n02 output 1230\n03 output 770\n04 output 1000', [], ['unexplained 01 output -0.0008', 'unexplained 04 output 0.0008']],
  ['a row that stands there twice is no timing, though as much is missing on the day before', '01 output 900\n02 output 100\n02 output 100', '01 output 1000\n02 output 100', [], ['unexplained 01 output -0.0008', 'duplicate 02 output 0.0008']],
  ['the same, with something missing before it', '01 output 900\n03 output 700\n04 output 1300', '01 output 1000\n03 output 1000\n04 output 1000', [], ['timing 03 output -0.0024', 'timing 04 output 0.0024', 'unexplained 01 output -0.0008']],
  ['more than a day has cannot have moved', '01 output 0\n02 output 100\n03 output 5000', '01 output 1000\n02 output 2000\n03 output 2100', [], ['unexplained 01 output -0.008', 'unexplained 02 output -0.0152', 'unexplained 03 output 0.0232']],
  ['two days apart is no timing', '03 output 1000', '01 output 1000', [], ['unexplained 01 output -0.008', 'outside-gateway 03 output 0.008']],
  ['what a model thought is billed as output, unless the bill tells them apart', '01 output 1000', '01 output 600\n01 reasoning 400', [], []],
  ['a bill that tells thoughts apart is compared with them', '01 output 600\n01 reasoning 300', '01 output 600\n01 reasoning 400', [], ['unexplained 01 reasoning -0.0008']],
  ['not on the bill', '', '01 output 1000', [], ['unexplained 01 output -0.008']],
]

test('each variance has its kind', () => {
  for (const [name, billed, booked, unbooked, expected] of cases) {
    const matched = matchBill(billOf(rowsOf(billed)), lines(booked).map(bookedRow), unbooked)
    assert.deepEqual(matched.variances.map((item) => `${item.kind} ${item.day.slice(8)} ${item.meter} ${formatDecimal(item.amount)}`).sort(), [...expected].sort(), name)
  }
})

test('variances add up to the difference of the totals, exactly, whatever the two sides are', () => {
  const part = fc.record({ day: fc.constantFrom('01', '02', '03'), meter: fc.constantFrom('input', 'cached_input', 'output'), quantity: fc.nat({ max: 5000 }), model: fc.constantFrom('m', 'k'), repeats: fc.boolean() })
  fc.assert(fc.property(fc.array(part, { maxLength: 12 }), fc.array(part, { maxLength: 12 }), fc.array(part, { maxLength: 3 }), (billed, booked, cut) => {
    const bill = billOf(billed.map((item, n) => ({ ...billRow(`${item.day} ${item.meter} ${item.quantity} ${prices[item.meter]} ${item.model}`, n), ...(item.repeats ? { repeats: item.repeats } : {}) })))
    const books = booked.map((item) => bookedRow(`${item.day} ${item.meter} ${item.quantity} ${item.quantity % 3} ${item.model}`))
    const matched = matchBill(bill, books, cut.map((item) => ({ day: `2026-11-${item.day}`, model: item.model, deployment: 'd', attempts: 1, hold: decimal('0.002') })))
    const expected = subtract(sum(bill.rows.map((row) => row.amount ?? zero)), sum(books.map((row) => row.amount)))
    assert.equal(compare(matched.difference, expected), 0)
    assert.equal(compare(add(matched.booked, matched.difference), matched.billed), 0)
  }))
})

test('by attempt: known ones agree, cut ones are told apart from strangers', () => {
  const row = (attempt: string | undefined, quantity: string, n: number): BillRow => ({ ...billRow(`01 output ${quantity}`, n), ...(attempt === undefined ? {} : { attempt }) })
  const matched = matchBill(billOf([row('a/1', '100', 1), row('b/1', '100', 2), row('z/1', '100', 3), row(undefined, '100', 4)]), [{ ...bookedRow('01 output 100'), attempt: 'a/1' }],
    [{ day: '2026-11-01', model: 'm', deployment: 'd', attempts: 1, hold: decimal(1), attempt: 'b/1' }])
  assert.deepEqual(matched.variances.map((item) => `${item.kind} ${item.attempt ?? '-'}`), ['cancelled b/1', 'outside-gateway z/1', 'outside-gateway -'])
  assert.equal(matched.agreeing, 1)
})
