import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import type { Store } from '../../store/store.ts'
import type { InvoiceLine } from './invoice-document.ts'
import { pagedInvoice } from './invoice-pages.ts'

let store: Store
before(async () => { store = await openAnyForTest() })
after(() => store.close())

const lines = (count: number, kind = 'usage'): readonly { readonly n: number; readonly kind: string }[] => Array.from({ length: count }, (_, at) => ({ n: at + 1, kind }))

const draft = (id: string, ordinal: number, count: number): Promise<unknown> => store.query('admin', `
  INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at)
  VALUES ($1, 'invoice', 'acme', 'acme', 0, '2026-11', $2, 'draft', 'USD', 0, 0, 0, 0, 0, $3, now())`, [id, ordinal, JSON.stringify({ id, currency: 'USD', lines: lines(count) })])

/** Sizes of the pages, and all their lines. */
async function read(id: string): Promise<{ readonly sizes: readonly number[]; readonly all: readonly InvoiceLine[] }> {
  const invoice = await pagedInvoice(store, id)
  assert.ok(invoice)
  assert.deepEqual(invoice.head, { id, currency: 'USD' })
  const pages = await Array.fromAsync(invoice.pages())
  return { sizes: pages.map((page) => page.length), all: pages.flat() }
}

test('a long invoice is read a thousand lines at a time, in their order; a short one at once', async () => {
  for (const [at, [count, sizes]] of ([[0, [0]], [1_000, [1_000]], [1_001, [1_000, 1]], [2_500, [1_000, 1_000, 500]]] as const).entries()) {
    await draft(`inv_${count}`, at + 1, count)
    assert.deepEqual(await read(`inv_${count}`), { sizes, all: lines(count) })
  }
  assert.equal(await pagedInvoice(store, 'inv_none'), undefined)
})

test('pages follow their invoice and nothing else', async () => {
  await draft('inv_changed', 10, 1_200)
  await store.query('admin', `UPDATE invoice SET document = $2 WHERE id = $1`, ['inv_changed', JSON.stringify({ id: 'inv_changed', currency: 'USD', lines: lines(1_500, 'credit') })])
  assert.deepEqual(await read('inv_changed'), { sizes: [1_000, 500], all: lines(1_500, 'credit') })
  await assert.rejects(store.query('admin', `UPDATE invoice_page SET lines = '[]' WHERE invoice = 'inv_changed'`), /pages follow their invoice/)
  await assert.rejects(store.query('admin', `DELETE FROM invoice_page WHERE invoice = 'inv_changed'`), /pages follow their invoice/)
  const reading = await pagedInvoice(store, 'inv_changed')
  await store.query('admin', `DELETE FROM invoice WHERE id = 'inv_changed'`)
  assert.equal((await store.query('admin', `SELECT 1 FROM invoice_page WHERE invoice = 'inv_changed'`)).length, 0)
  await assert.rejects(Array.fromAsync(reading?.pages() ?? []), /drafted anew while it was read/)
})
