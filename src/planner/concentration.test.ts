import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimal, formatDecimal } from '../kernel/decimal.ts'
import { concentration, growthAfterLoss, type Part, pointsOf, retention, topShare, without } from './concentration.ts'
import { compareRatios, fixedText, one, over, percentText, plus, toRatio, zeroRatio } from './ratio.ts'

const clients = resolve(import.meta.dirname, '../../../shared/traces/servegen-clients.csv')
const part = (name: string, amount: string | number): Part => ({ name, amount: decimal(amount) })

test('240 of 1,000: 24 %, 576 points, 760 left, 76 % retention', () => {
  const parts = [part('largest', 240), part('others', 760)]
  const found = concentration(parts)
  assert.ok(found)
  const largest = found.shares.find(({ name }) => name === 'largest')
  assert.equal(percentText(largest?.share ?? zeroRatio), '24.00')
  assert.equal(fixedText(pointsOf(largest?.share ?? zeroRatio), 0), '576')
  assert.equal(formatDecimal(without(parts, 'largest').left), '760')
  const kept = retention(parts, [part('others', 760)])
  assert.equal(percentText(kept?.net ?? zeroRatio), '76.00')
})

test('gross retention caps growth, net does not, newcomers count in neither', () => {
  const kept = retention([part('a', 100), part('b', 100)], [part('a', 150), part('b', 30), part('new', 999)])
  assert.equal(percentText(kept?.net ?? zeroRatio), '90.00')
  assert.equal(percentText(kept?.gross ?? zeroRatio), '65.00')
  assert.equal(retention([], [part('a', 1)]), undefined)
})

test('growth after a loss: 29 % less 240 of 2,000 is 17 %', () => {
  assert.equal(fixedText(growthAfterLoss(toRatio(29), toRatio(240), toRatio(2000)), 2), '17.00')
})

test('the clients of the public trace: m-mid 2,839, without its top client 462', { skip: !existsSync(clients) && 'skipped: ../shared/traces not found' }, () => {
  const rows = readFileSync(clients, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))
  const of = (workload: string): readonly Part[] => rows.filter((row) => row[0] === workload).map((row) => part(row[1] ?? '', row[2] ?? '0'))
  for (const [workload, index, effective, top, five] of [['m-small', '1664', '6.0', '29.9', '77.0'], ['m-mid', '2839', '3.5', '52.3', '67.3'], ['m-large', '563', '17.8', '16.0', '42.8']] as const) {
    const found = concentration(of(workload))
    assert.ok(found)
    assert.deepEqual([fixedText(found.index, 0), fixedText(found.effectiveNumber, 1), percentText(topShare(found, 1), 1), percentText(topShare(found, 5), 1)], [index, effective, top, five])
  }
  const mid = of('m-mid')
  const rest = without(mid, concentration(mid)?.shares[0]?.name ?? '').rest
  assert.equal(fixedText(rest?.index ?? zeroRatio, 0), '462')
})

const amounts = fc.array(fc.record({ coefficient: fc.bigInt({ min: 0n, max: 10n ** 18n }), scale: fc.integer({ min: 0, max: 12 }) }), { minLength: 1, maxLength: 40 })

test('shares sum to exactly one, the index lies between 10^4/n and 10^4, and splitting a customer lowers it', () => {
  fc.assert(fc.property(amounts, (items) => {
    const parts = items.map((amount, index) => ({ name: `c${index}`, amount }))
    const found = concentration(parts)
    if (found === undefined) return assert.ok(items.every(({ coefficient }) => coefficient === 0n))
    assert.equal(compareRatios(found.shares.reduce((sum, { share }) => plus(sum, share), zeroRatio), one), 0)
    assert.ok(compareRatios(found.index, toRatio(10_000)) <= 0)
    assert.ok(compareRatios(found.index, over(toRatio(10_000), toRatio(items.length))) >= 0)
    const [first, ...rest] = found.shares
    assert.ok(first)
    const half = { ...first.amount, coefficient: first.amount.coefficient * 5n, scale: first.amount.scale + 1 }
    const split = concentration([{ name: 'left', amount: half }, { name: 'right', amount: half }, ...rest])
    assert.ok(split && compareRatios(split.index, found.index) < 0)
  }))
})

test('there are no shares of nothing, nor of a loss', () => {
  assert.equal(concentration([]), undefined)
  assert.equal(concentration([part('a', 0)]), undefined)
  assert.equal(concentration([part('a', 10), part('b', '-1')]), undefined)
})
