import assert from 'node:assert/strict'
import test from 'node:test'
import { decimal, formatDecimal } from '../kernel/decimal.ts'
import { modelFacts, namesOf } from './model-facts.ts'
import { priceBook, priceRowId } from './price-book.ts'
import { operatorPriceRow, seedPriceRows } from './price-seed.ts'
import type { PriceRow } from './price.ts'

const row = (over: Partial<Omit<PriceRow, 'id' | 'unitPrice'>> & { price: string }): PriceRow => {
  const { price, ...rest } = over
  const bare = { list: 'own', model: 'm', meter: 'input' as const, tier: 'default', regionClass: 'any', aboveInput: 0, currency: 'USD', unitPrice: decimal(price), effectiveFrom: 0, recordedAt: 0, source: 'test', ...rest }
  return { id: priceRowId(bare), ...bare }
}
const priceAt = (rows: readonly PriceRow[], instant: number, knownAt: number, regionClass = 'global'): string | undefined => {
  const found = priceBook(rows).sheet('own', 'm', regionClass, instant, knownAt)?.rows[0]
  return found === undefined ? undefined : formatDecimal(found.unitPrice)
}

test('the latest effective row that was known applies', () => {
  const rows = [row({ price: '1', effectiveFrom: 100, recordedAt: 100 }), row({ price: '2', effectiveFrom: 200, recordedAt: 150 }), row({ price: '3', effectiveFrom: 200, recordedAt: 300 })]
  const table: [number, number, string | undefined][] = [
    [99, 999, undefined], [100, 99, undefined], [100, 100, '1'], [199, 999, '1'], [200, 149, '1'], [200, 150, '2'], [200, 299, '2'], [200, 300, '3'], [500, 500, '3'],
  ]
  for (const [instant, knownAt, price] of table) assert.equal(priceAt(rows, instant, knownAt), price, `at ${instant} known at ${knownAt}`)
  const book = priceBook(rows)
  for (const [instant, knownAt, price] of [...table, ...table.toReversed(), ...table]) {
    const found = book.sheet('own', 'm', 'global', instant, knownAt)?.rows[0]
    assert.equal(found === undefined ? undefined : formatDecimal(found.unitPrice), price, `cached, at ${instant} known at ${knownAt}`)
  }
})

test('a row for the very region class beats one for any', () => {
  const rows = [row({ price: '1', effectiveFrom: 50 }), row({ price: '2', regionClass: 'regional' })]
  assert.equal(priceAt(rows, 60, 60, 'regional'), '2')
  assert.equal(priceAt(rows, 60, 60, 'global'), '1')
})

test('an exact duplicate is ignored, a contradiction refused with both sources', () => {
  const book = priceBook([row({ price: '1', source: 'page A' })])
  assert.equal(book.add([row({ price: '1.0', source: 'page B' })]), undefined)
  assert.equal(book.rows().length, 1)
  const conflict = book.add([row({ price: '7', meter: 'output' }), row({ price: '1.1', source: 'page C' })])
  assert.match(conflict?.why ?? '', /1 USD \[page A\] against 1\.1 USD \[page C\]/)
  assert.equal(book.rows().length, 1, 'nothing of a refused set is added')
  assert.throws(() => priceBook([row({ price: '1' }), row({ price: '2' })]), /two prices/)
})

test('added rows are seen at once, also where the lookup was cached', () => {
  const book = priceBook([row({ price: '1' })])
  assert.equal(book.sheet('own', 'm', 'global', 10, 10)?.rows.length, 1)
  book.add([row({ price: '2', meter: 'output' })])
  assert.equal(book.sheet('own', 'm', 'global', 10, 10)?.rows.length, 2)
})

test('names lead to each other by declared rules only', () => {
  assert.deepEqual(namesOf('gpt-4.1-2025-04-14'), ['gpt-4.1-2025-04-14', 'gpt-4.1'])
  assert.ok(namesOf('ft:gpt-4o-mini-2024-07-18:acme::x1').includes('ft:gpt-4o-mini'))
  assert.equal(modelFacts('gpt-4.1-2025-04-14')?.outputMax, 32_768)
  assert.equal(modelFacts('claude-haiku-4-5-20251001')?.maker, 'anthropic')
  assert.equal(modelFacts('gpt-4.1-turbo'), undefined)
  assert.equal(modelFacts('constructor'), undefined)
})

test('the seed: every row has a source, a date and a price; dated names keep their own price', () => {
  const rows = seedPriceRows()
  assert.ok(rows.every((each) => each.source.length > 10 && Number.isFinite(each.effectiveFrom) && each.unitPrice.coefficient >= 0n))
  const book = priceBook(rows)
  const input = (list: string, model: string, regionClass: string, at = Date.UTC(2026, 10, 23)): string | undefined => {
    const found = book.sheet(list, model, regionClass, at, at)?.rows.find((each) => each.meter === 'input' && each.tier === 'default' && each.aboveInput === 0)
    return found === undefined ? undefined : formatDecimal(found.unitPrice)
  }
  assert.equal(input('openai', 'gpt-4.1', 'global'), '0.000002')
  assert.equal(input('azure', 'gpt-4.1', 'global'), '0.000002')
  assert.equal(input('azure', 'gpt-4.1-2025-04-14', 'data-zone'), '0.0000022')
  assert.equal(input('azure', 'gpt-5-nano', 'regional'), '0.000000055')
  assert.equal(input('sandbox', 'claude-haiku-4-5', 'any'), '0.000001')
  assert.equal(input('openai', 'gpt-4o-2024-05-13', 'global'), '0.000005')
  assert.equal(input('openai', 'gpt-4o-2024-08-06', 'global'), '0.0000025')
  assert.equal(input('openai', 'o3', 'global', Date.UTC(2025, 0, 1)), '0.00001')
  assert.equal(input('openai', 'o3', 'global'), '0.000002')
  assert.equal(input('openai', 'no-such-model', 'global'), undefined)
  assert.equal(input('openai', 'omni-moderation-latest', 'global'), '0')
})

test('operators state a price per million or per unit, not both', () => {
  const base = { list: 'own', model: 'm', meter: 'input' as const, tier: 'default', regionClass: 'any', aboveInput: 0, currency: 'EUR', effectiveFrom: 0, recordedAt: 0, source: 'contract 7' }
  assert.equal(formatDecimal(operatorPriceRow({ ...base, perMillion: '0.055' }).unitPrice), '0.000000055')
  assert.equal(formatDecimal(operatorPriceRow({ ...base, perUnit: '0.01' }).unitPrice), '0.01')
  assert.throws(() => operatorPriceRow({ ...base, perUnit: '1', perMillion: '1' }), /one of the two/)
})
