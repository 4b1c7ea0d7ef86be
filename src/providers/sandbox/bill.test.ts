import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/embedded.ts'
import { type BillDraft, listPrices, openBill } from './bill.ts'

test('a bill that is opened again keeps its entries, though the same seed draws the same ids', () => {
  const folder = temporaryFolder()
  const file = join(folder, 'bill')
  mkdirSync(folder, { recursive: true })
  const draft: BillDraft = { id: 'bill_1', request: 'req_1', attempt: 'a/1', account: 'acct', model: 'gpt-4.1', operation: 'chat', stream: false, tier: 'default', quantities: { input: 10 }, usageSent: true, outcome: 'delivered', atMs: 0 }
  try {
    for (const attempt of ['a/1', 'b/1', 'c/1']) {
      const bill = openBill({ prices: listPrices, file })
      bill.broke(bill.enter({ ...draft, attempt }))
      bill.close()
    }
    const read = openBill({ prices: listPrices, file }).read()
    assert.deepEqual(read.entries.map((entry) => [entry.attempt, entry.outcome]), [['a/1', 'broken'], ['b/1', 'broken'], ['c/1', 'broken']])
    assert.deepEqual(read.totals.map((total) => [total.requests, total.broken]), [[3, 3]])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
