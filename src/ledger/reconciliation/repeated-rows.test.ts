/** Rows are one row twice where the bill says the same of both in everything, also in what is not kept of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBill } from './reconcile.ts'

const marks = (text: string): readonly boolean[] => {
  const parsed = parseBill(text)
  if ('faults' in parsed) return assert.fail(JSON.stringify(parsed.faults))
  return parsed.bill.rows.map((row) => row.repeats === true)
}

const header = 'ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model'
const hour = (h: number): string => `2026-11-12T0${h}:00:00Z,2026-11-12T0${h + 1}:00:00Z,USD,0.6,60,Tokens,output,m`

test('two hours of a day that used the same are two rows; the same hour again is one twice', () => {
  assert.deepEqual(marks([header, hour(1), hour(2)].join('\n')), [false, false])
  assert.deepEqual(marks([header, hour(1), hour(2), hour(1), hour(1)].join('\n')), [false, false, true, true])
})

test('two projects of which a page says the same are two; a bucket again is one twice', () => {
  const costs = (...projects: readonly string[]): string => JSON.stringify({ data: [{ start_time: 1_793_491_200, end_time: 1_793_577_600, results: projects.map((project) => ({ object: 'organization.costs.result', amount: { value: 0.06, currency: 'usd' }, line_item: 'gpt-4.1, output', project_id: project, quantity: 60 })) }] })
  assert.deepEqual(marks(costs('a', 'b')), [false, false])
  assert.deepEqual(marks(costs('a', 'b', 'a')), [false, false, true])
  const usage = (...projects: readonly string[]): string => JSON.stringify({ data: [{ start_time: 1_793_491_200, end_time: 1_793_577_600, results: projects.map((project) => ({ object: 'organization.usage.completions.result', model: 'gpt-4.1', project_id: project, input_tokens: 5, output_tokens: 7 })) }] })
  assert.deepEqual(marks(usage('a', 'b')), [false, false, false, false])
  assert.deepEqual(marks(usage('a', 'a')), [false, false, true, true])
})

test('entries of a sandbox and rows of another Weir', () => {
  const entry = (id: string): object => ({ id, attempt: null, model: 'm', at: '2026-11-12T01:00:00.000Z', tier: 'standard', outcome: 'complete', currency: 'USD', quantities: { output: 5 }, unitPrices: { output: '0.01' } })
  assert.deepEqual(marks(JSON.stringify({ currency: 'USD', entries: ['a', 'b', 'a'].map(entry) })), [false, false, true])
  const row = (tier: string): object => ({ day: '2026-11-12', deployment: 'd', model: 'm', meter: 'output', tier, quantity: '5', amount: '0.05' })
  assert.deepEqual(marks(JSON.stringify({ format: 'weir-usage/1', from: '2026-11-12', until: '2026-11-13', currency: 'USD', rows: ['standard', 'batch', 'standard'].map(row) })), [false, false, true])
})
