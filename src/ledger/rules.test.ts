/** What the database itself refuses and allows, one statement and its status a row. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { codeOf } from '../store/error-code.ts'
import type { Store } from '../store/store.ts'
import { openEmbeddedForTest } from '../../test/embedded.ts'
import { postgresMissing } from '../../test/postgres.ts'
import { openPostgresForTest } from '../../test/stores.ts'

const transaction = (id: string, over = ''): string =>
  `INSERT INTO ledger_transaction (id, kind, minute, currency, amount, attempts${over === '' ? '' : `, ${over.split('=')[0]}`}) VALUES ('${id}', '${over.startsWith('corrects') ? 'correction' : 'opening'}', 0, 'USD', 1, 0${over === '' ? '' : `, ${over.split('=')[1]}`})`
const usage = (id: string, quantity: string, price: string, amount: string): string =>
  `INSERT INTO ledger_transaction (id, kind, minute, currency, organization, project, key, supplier, maker, model, meter, tier, source, price_row, quantity, unit_price, amount, attempts)
   VALUES ('${id}', 'usage', 0, 'USD', 'o', 'p', 'k', 's', 'm', 'x', 'input', 'default', 'reported', 'price_1', ${quantity}, ${price}, ${amount}, 1)`
const entries = (id: string, ...rows: readonly (readonly [string, string, string?])[]): string =>
  `INSERT INTO entry (transaction_id, account, amount, currency) VALUES ${rows.map(([account, amount, currency = 'USD']) => `('${id}', '${account}', ${amount}, '${currency}')`).join(', ')}`
const price = (id: string, unitPrice: string, source = 'a page'): string =>
  `INSERT INTO price (id, list, model, meter, tier, region_class, above_input, currency, unit_price, effective_from_ms, recorded_at_ms, source)
   VALUES ('${id}', 'l', 'm', 'input', 'default', 'any', 0, 'USD', ${unitPrice}, 0, 0, '${source}')`

/** SQLSTATE: 23514 check, 23503 unknown reference, 23505 duplicate, 23001 append-only. */
const rules: readonly (readonly [string, string, string])[] = [
  ['a transaction', transaction('t1'), 'ok'],
  ['its id again', transaction('t1'), '23505'],
  ['entries that balance', entries('t1', ['a', '1'], ['b', '-1']), 'ok'],
  ['more entries that balance', entries('t1', ['c', '0.5'], ['d', '-0.5']), 'ok'],
  ['an entry alone', entries('t1', ['e', '1']), '23514'],
  ['entries that are off by a pico', entries('t1', ['e', '1'], ['f', '-0.999999999999']), '23514'],
  ['entries that balance across currencies only', entries('t1', ['e', '1'], ['f', '-1', 'EUR']), '23514'],
  ['entries that balance in each of two currencies', entries('t1', ['e', '1'], ['f', '-1'], ['e', '2', 'EUR'], ['f', '-2', 'EUR']), 'ok'],
  ['entries of two transactions that balance together only', `INSERT INTO entry (transaction_id, account, amount, currency) VALUES ('t1', 'x', 1, 'USD'), ('t0', 'x', -1, 'USD')`, '23514'],
  ['entries of an unknown transaction', entries('t9', ['a', '1'], ['b', '-1']), '23503'],
  ['a changed entry', "UPDATE entry SET amount = 2 WHERE account = 'a'", '23001'],
  ['a deleted entry', "DELETE FROM entry WHERE account = 'a'", '23001'],
  ['emptied entries', 'TRUNCATE entry', '23001'],
  ['a changed transaction', "UPDATE ledger_transaction SET amount = 2 WHERE id = 't1'", '23001'],
  ['a deleted transaction', "DELETE FROM ledger_transaction WHERE id = 't1'", '23001'],
  ['emptied transactions', 'TRUNCATE ledger_transaction', '23001'],
  ['a correction that names what it corrects', transaction('c1', "corrects='t1'"), 'ok'],
  ['a correction of something unknown', transaction('c2', "corrects='t9'"), '23503'],
  ['a correction that names nothing', "INSERT INTO ledger_transaction (id, kind, minute, currency, amount, attempts) VALUES ('c3', 'correction', 0, 'USD', 1, 0)", '23514'],
  ['usage at exactly quantity times price', usage('u1', '3', '0.0000021', '0.0000063'), 'ok'],
  ['usage rounded by a hair', usage('u2', '3', '0.0000021', '0.0000064'), '23514'],
  ['a price', price('p1', '0.000002'), 'ok'],
  ['another price for the same question', price('p2', '0.000003'), '23505'],
  ['a price without a source', price('p3', '1', ''), '23514'],
  ['a negative price', price('p4', '-1'), '23514'],
  ['a changed price', 'UPDATE price SET unit_price = 1', '23001'],
  ['a deleted price', 'DELETE FROM price', '23001'],
  ['a journal posted beyond what was shipped', "INSERT INTO journal_watermark (journal_id, shipped, posted) VALUES ('j', 1, 2)", '23514'],
  ['a budget with less than nothing leased', "INSERT INTO budget_period (budget, period, leased) VALUES ('b', 'total', -1)", '23514'],
]

const kinds: readonly (readonly [string, () => Promise<Store>, string | false])[] = [
  ['embedded', () => openEmbeddedForTest(), false],
  ['postgres', () => openPostgresForTest(), postgresMissing],
]

for (const [kind, open, skip] of kinds) {
  test(`the database keeps the books on ${kind}`, { skip }, async (t) => {
    const store = await open()
    t.after(() => store.close())
    for (const [what, statement, expected] of rules) {
      const status = await store.query('admin', statement).then(() => 'ok', (cause: unknown) => codeOf(cause) ?? String(cause))
      assert.equal(status, expected, what)
    }
    const [sum] = await store.query<{ sum: string }>('admin', 'SELECT sum(amount) AS sum FROM entry')
    assert.equal(Number(sum?.sum), 0)
  })
}
