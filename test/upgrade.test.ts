/**
 * The upgrade drill of docs/operations.md by its commands: back up what an older version made, upgrade it in place by
 * starting on it, restore the backup beside it, and both have the same books; the backup still fits the older version.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../src/cli/main.ts'
import { readConfig } from '../src/config.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { seededRandom } from '../src/kernel/random.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import type { JournalRecord } from '../src/journal/record.ts'
import { postPending } from '../src/ledger/post.ts'
import { priceBook } from '../src/ledger/price-book.ts'
import { seedPriceRows } from '../src/ledger/price-seed.ts'
import { ship } from '../src/ledger/ship.ts'
import { start } from '../src/main.ts'
import { migrations } from '../src/store/migrations/all.ts'
import { attemptOf, outcomeOf } from './conformance/journal-records.ts'
import { openEmbeddedForTest, temporaryFolder } from './embedded.ts'

interface Said { readonly code: number; readonly out: string; readonly note: string }

async function weir(...args: readonly string[]): Promise<Said> {
  const out: string[] = []
  const note: string[] = []
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(9), interactive: false, version: '1.2.3',
    readFile: (path) => ({ text: readFileSync(path, 'utf8') }),
  })
  return { code, out: out.join('\n'), note: note.join('\n') }
}

/** The schema as it was before invoices had pages and bills had charges. */
const older = migrations.filter((step) => step.name < '0025')

async function makeOlder(data: string): Promise<void> {
  mkdirSync(data, { recursive: true })
  const store = await openEmbeddedForTest(older, join(data, 'database'))
  const records = Array.from({ length: 20 }, (_, n) => n).flatMap((n): JournalRecord[] => {
    const at = Date.UTC(2026, 9, n + 1, 12)
    const { counts: _, ...rest } = outcomeOf(`call_${n}`, 1, at + 500)
    return [{ ...attemptOf(`call_${n}`, 1, at), priceList: 'openai', upstreamModel: 'gpt-4.1', model: 'gpt-4.1', supplier: 'azure', hold: '100000000000000', budgets: [], organization: 'acme' }, { ...rest, charge: '0', source: 'reported', billable: 'yes', counts: { input: 0, output: 1_000_000 + n } }]
  })
  const clock = { now: () => Date.UTC(2026, 10, 1), monotonic: () => 0 }
  await ship(store, 'journal-1', records.map((record, index) => ({ sequence: index + 1, body: JSON.stringify(record) })), { clock })
  assert.equal((await postPending(store, priceBook(seedPriceRows()), 10_000, clock)).posted, 20)
  await store.query('jobs', `INSERT INTO contract (id, version, party, side, body, recorded_at) VALUES ('acme-2026', 1, 'acme', 'customer', $1, '2026-09-01T00:00:00Z')`, [JSON.stringify({ id: 'acme-2026', party: 'acme', side: 'customer', currency: 'USD', term: { from: '2026-01-01' }, terms: { discounts: [{ percent: '10' }] } })])
  await store.query('jobs', `INSERT INTO bill (id, supplier, format, sha256, period_from, period_until, currency, total, row_count, imported_at) VALUES ('bill_1', 'azure', 'focus', 'x', '2026-10-01', '2026-10-02', 'USD', 8, 1, '2026-11-01T00:00:00Z')`)
  await store.query('jobs', `INSERT INTO bill_row (bill, n, day, model, meter, quantity, amount, currency, description) VALUES ('bill_1', 1, '2026-10-01', 'gpt-4.1', 'output', 1000001, 8.000008, 'USD', 'output')`)
  await store.close()
}

interface Manifest { readonly migrations: readonly string[]; readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[] }
const manifestOf = (said: Said): Manifest => {
  assert.equal(said.code, 0, said.note)
  return JSON.parse(said.out) as Manifest
}

/** Starts this version on a data folder, asks doctor and ledger check, closes October, and stops. */
async function upgraded(data: string): Promise<{ readonly invoice: string }> {
  const config = readConfig({ flags: { port: '0', data, logLevel: 'silent' }, env: {}, readFile: () => ({ failed: '' }) })
  assert.ok(!('problems' in config))
  const running = await start(config)
  try {
    const doctor = JSON.parse((await weir('doctor', '--json', '--data', data)).out) as { accounting: { difference: number; unshipped: number } }
    assert.deepEqual([doctor.accounting.difference, doctor.accounting.unshipped], [0, 0])
    const check = await weir('ledger', 'check', '--data', data)
    assert.equal(check.code, 0, check.out)
    const closed = JSON.parse((await weir('invoices', 'close', '2026-10', '--json', '--data', data)).out) as { issued: { organization: string; total: string }[] }
    assert.equal((await weir('ledger', 'check', '--data', data)).code, 0)
    return { invoice: closed.issued.map((one) => `${one.organization} ${one.total}`).join() }
  } finally {
    await running.drain()
  }
}

void test('upgrade: a backup leaves the older schema as it is, upgraded in place and restored beside it the books are the same', async () => {
  const folder = temporaryFolder()
  const [data, beside, backup] = [join(folder, 'data'), join(folder, 'beside'), join(folder, 'backup')]
  await makeOlder(data)
  const before = manifestOf(await weir('backup', '--to', backup, '--data', data, '--json'))
  assert.deepEqual(before.migrations, older.map((step) => step.name), 'the version before can restore it')
  const untouched = await openEmbeddedForTest(older, join(data, 'database'))
  await untouched.close()

  assert.deepEqual(manifestOf(await weir('restore', '--from', backup, '--data', beside, '--json')).tables, before.tables)
  const [inPlace, restored] = [await upgraded(data), await upgraded(beside)]
  assert.deepEqual([inPlace.invoice, restored.invoice], ['acme 144.00', 'acme 144.00'])
  const [one, two] = [manifestOf(await weir('backup', '--to', join(folder, 'one'), '--data', data, '--json')), manifestOf(await weir('backup', '--to', join(folder, 'two'), '--data', beside, '--json'))]
  assert.deepEqual(one.migrations, migrations.map((step) => step.name))
  const books = ['account', 'contract', 'bill', 'bill_row', 'usage_day', 'price']
  const hashes = ({ tables }: Manifest): readonly string[] => books.map((name) => tables.find((table) => table.name === name)?.sha256 ?? '')
  assert.deepEqual(hashes(one), hashes(two))
  for (const name of ['ledger_transaction', 'entry', 'invoice']) assert.equal(one.tables.find((table) => table.name === name)?.rows, two.tables.find((table) => table.name === name)?.rows, name)
  const refused = await weir('backup', '--to', join(folder, 'three'), '--data', join(folder, 'nothing'))
  assert.deepEqual([refused.code, /there is no database/.test(refused.note)], [1, true])
})
