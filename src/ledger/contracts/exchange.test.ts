import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import { type FxRate, ratesUntil, saveRates } from './exchange.ts'

const rate = (base: string, quote: string, day: string, of: string): FxRate => ({ base, quote, day, rate: of, source: 'test' })

test('a rate that is there stays as it is: the same figure changes nothing, another is told, and nothing of its file is kept', async () => {
  const store = await openAnyForTest()
  try {
    assert.deepEqual(await saveRates(store, [rate('EUR', 'USD', '2026-11-02', '1.08')]), { status: 'saved' })
    assert.deepEqual(await saveRates(store, [rate('EUR', 'USD', '2026-11-02', '1.0800')]), { status: 'saved' })
    // Beyond what a float tells apart.
    for (const other of ['1.09', '1.08000000000000000001']) {
      const done = await saveRates(store, [rate('EUR', 'USD', '2026-11-03', '1.07'), rate('EUR', 'USD', '2026-11-02', other)])
      assert.deepEqual(done, { status: 'contradicts', known: '1.08', ...rate('EUR', 'USD', '2026-11-02', other) })
    }
    assert.equal((await saveRates(store, [rate('EUR', 'USD', '2026-11-04', '1'), rate('EUR', 'USD', '2026-11-04', '2')])).status, 'contradicts', 'two in one file')
    assert.equal((await store.query('admin', 'SELECT day FROM fx_rate')).length, 1)
  } finally {
    await store.close()
  }
})

test('of different rates for one day that come at once, one is kept and the others are told of it', async () => {
  const store = await openAnyForTest()
  try {
    const days = Array.from({ length: 5 }, (_, n) => `2026-11-0${n + 1}`)
    for (const day of days) {
      const done = await Promise.all(['1.1', '1.2', '1.3', '1.4'].map((of) => saveRates(store, [rate('EUR', 'USD', day, of)])))
      assert.equal(done.filter((one) => one.status === 'saved').length, 1, day)
    }
  } finally {
    await store.close()
  }
})

test('the rate of a day is the latest that is known, whichever way round it was recorded', async () => {
  const store = await openAnyForTest()
  try {
    // Friday the 6th and Monday the 9th; an old direct rate must not beat the daily ones that are recorded the other way round.
    await saveRates(store, [rate('USD', 'EUR', '2026-01-01', '0.9'), rate('EUR', 'USD', '2026-11-06', '1.25'), rate('EUR', 'USD', '2026-11-09', '1.6'), rate('USD', 'EUR', '2026-11-09', '0.626')])
    const on = await store.transaction('admin', (sql) => ratesUntil(sql, '2026-12-01'))
    const shown = (base: string, quote: string, day: string): string | undefined => { const found = on(base, quote, day); return found === undefined ? undefined : formatDecimal(found) }
    assert.deepEqual(['2025-12-31', '2026-11-05', '2026-11-07', '2026-11-08', '2026-11-09'].map((day) => shown('USD', 'EUR', day)), [undefined, '0.9', '0.8', '0.8', '0.626'])
    assert.equal(shown('EUR', 'USD', '2026-11-09'), '1.6')
    assert.deepEqual(on('EUR', 'EUR', '2026-11-09'), decimal(1))
  } finally {
    await store.close()
  }
})
