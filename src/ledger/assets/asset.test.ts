import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { add, compare, decimal, formatDecimal, sum, zero } from '../../kernel/decimal.ts'
import { addMonths } from '../contracts/calendar.ts'
import { allocateMonth, assetSchema, depreciationIn } from './asset.ts'

const asset = (part: Record<string, unknown> = {}) => assetSchema.parse({ id: 'a', name: 'Cluster', currency: 'USD', cost: '4800', inServiceOn: '2026-01-01', lifeMonths: 48, gpus: 2, operatingPerMonth: '44', ...part })

test('cost per GPU-hour: 100 of depreciation and 44 of operation over 1,440 hours, divided to customers, maker and idle', () => {
  const result = allocateMonth(asset(), '2026-04', [{ party: 'acme', use: 'customer', hours: '360' }, { party: 'openai', use: 'maker', hours: '720' }])
  assert.equal(result.status, 'allocated')
  if (result.status !== 'allocated') return
  assert.equal(formatDecimal(result.month.perGpuHour ?? zero), '0.1')
  assert.deepEqual(result.month.shares.map((share) => [share.use, formatDecimal(share.hours), formatDecimal(share.cost)]), [['customer', '360', '36'], ['maker', '720', '72'], ['idle', '360', '36']])
})

test('more hours than there are is refused; before service there is no cost', () => {
  assert.equal(allocateMonth(asset(), '2026-04', [{ party: 'acme', use: 'customer', hours: '1441' }]).status, 'too-many-hours')
  const before = allocateMonth(asset(), '2025-12', [])
  assert.ok(before.status === 'allocated' && before.month.perGpuHour === undefined && compare(before.month.cost, zero) === 0)
})

test('the months of a life add up to cost less residual value, whatever the day it began', () => {
  fc.assert(fc.property(fc.constantFrom('2024-01-31', '2024-02-29', '2026-06-15', '2026-12-01'), fc.integer({ min: 1, max: 60 }), fc.nat({ max: 10 ** 9 }), (day, life, cost) => {
    const item = asset({ cost: String(cost), residual: String(Math.floor(cost / 7)), inServiceOn: day, lifeMonths: life })
    let total = zero
    for (let index = -1; index <= life + 1; index += 1) total = add(total, depreciationIn(item, addMonths(`${day.slice(0, 7)}-01`, index).slice(0, 7)))
    assert.equal(compare(total, decimal(cost - Math.floor(cost / 7))), 0)
  }), { numRuns: 60 })
})

test('shares add up to the cost exactly', () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 6 }), (hours) => {
    const result = allocateMonth(asset({ cost: '1000000.01' }), '2026-05', hours.map((value, index) => ({ party: `p${index}`, use: 'customer' as const, hours: String(value) })))
    assert.ok(result.status === 'allocated' && compare(sum(result.month.shares.map((share) => share.cost)), result.month.cost) === 0)
  }))
})
