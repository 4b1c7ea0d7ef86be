import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { checkFocus, modelIn, type FocusModels } from '../../src/ledger/focus/check-focus.ts'
import { billingPeriods, contractCommitments, costAndUsage, invoiceDetail } from '../../src/ledger/focus/export-focus.ts'
import { readFocusCsv, readFocusParquet } from '../../src/ledger/focus/read-focus.ts'
import { focusCsv, focusParquet } from '../../src/ledger/focus/write-focus.ts'
import { checkLedger } from '../../src/ledger/integrity.ts'
import { openEmbeddedForTest, temporaryFolder } from '../../test/embedded.ts'
import { checkFolder } from './check.ts'
import { writeGoldenFiles } from './golden-files.ts'
import { putCaseMonth } from './put-month.ts'
import type { Store } from '../../src/store/store.ts'
import { inventedShape, traceShape } from './shape.ts'

const golden = join(import.meta.dirname, 'golden')
const files = ['usage.csv', 'terms.json', 'lines.csv', 'invoices.csv', 'statement.csv', 'margins.csv']

test('the golden month agrees with plain arithmetic, which uses nothing of src/', () => {
  assert.deepEqual(checkFolder(golden), [])
  assert.doesNotMatch(readFileSync(join(import.meta.dirname, 'check.ts'), 'utf8'), /from '\.\.?\//)
})

test('plain arithmetic finds what is wrong in a month', () => {
  const planted: readonly (readonly [string, RegExp, string, RegExp])[] = [
    ['lines.csv', /,604734\.68\n/, ',604734.69\n', /lines\.csv: buyer discount 1 feed gpt-4\.1 cached_input/],
    ['usage.csv', /(buyer,assistant,gpt-4o,maker\/gpt-4o),(\d)/, '$1,9', /invoices\.csv: buyer/],
    ['invoices.csv', /client-036,INV-2026-000038\b/, 'client-036,INV-2026-000039', /a gap/],
    ['statement.csv', /to-channel,compute,.*\n/, '', /statement\.csv: to-channel compute .*is missing/],
    ['margins.csv', /client-073,no model,.*\n/, '', /margins\.csv: client-073 no model is missing/],
    ['terms.json', /"percent":"7"/, '"percent":"8"', /lines\.csv: buyer discount 1/],
  ]
  for (const [file, before, after, found] of planted) {
    const folder = temporaryFolder()
    cpSync(golden, folder, { recursive: true })
    const text = readFileSync(join(folder, file), 'utf8')
    assert.match(text, before, `${file} has what is to be changed`)
    writeFileSync(join(folder, file), text.replace(before, after))
    assert.match(checkFolder(folder).join('\n'), found, file)
  }
})

test('a small month of an invented shape: put in twice it is one, and the books agree', async () => {
  const store = await openEmbeddedForTest()
  try {
    const shape = inventedShape(1, 7)
    const put = await putCaseMonth(store, { month: '2024-02', scale: '0.001', shape })
    assert.deepEqual([put.invoices, put.largest, put.share], [8, '20000', '24'])
    assert.deepEqual(await putCaseMonth(store, { month: '2024-02', scale: '0.001', shape }), put)
    const folder = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    await writeGoldenFiles(store, '2024-02', folder)
    assert.deepEqual(checkFolder(folder), [])
    const next = await putCaseMonth(store, { month: '2024-03', scale: '0.001', shape })
    assert.deepEqual([next.invoices, next.largest, next.share], [8, '20000', '24'], 'the month after, in the same books')
    await writeGoldenFiles(store, '2024-03', folder)
    assert.match(readFileSync(join(folder, 'invoices.csv'), 'utf8'), /^buyer,INV-2024-000009,/m)
    assert.deepEqual(checkFolder(folder), [])
    assert.ok((await checkLedger(store)).ok)
  } finally {
    await store.close()
  }
})

/** Every dataset of the month, as the files that are handed out, read back: no error by the foundation's models. */
async function focusConforms(t: TestContext, store: Store, month: string): Promise<void> {
  const folder = join(import.meta.dirname, '../../../shared/focus')
  if (!existsSync(folder)) return t.diagnostic('skipped: ../shared/focus not found')
  const models: FocusModels = {
    ...modelIn(JSON.parse(readFileSync(join(folder, 'focus-1.4-model.json'), 'utf8'))),
    ...modelIn(JSON.parse(gunzipSync(readFileSync(join(folder, 'focus-1.2-requirements-model.json.gz'))).toString('utf8'))),
  }
  const tables = [await costAndUsage(store, '1.4', month), await costAndUsage(store, '1.2', month), await invoiceDetail(store, month), await billingPeriods(store, month), await contractCommitments(store, `${month}-15`)]
  for (const table of tables) {
    for (const read of [readFocusCsv(focusCsv(table)), await readFocusParquet(focusParquet(table))]) {
      assert.ok('table' in read)
      assert.deepEqual([read.table.dataset, read.table.version, read.table.rows.length], [table.dataset, table.version, table.rows.length])
      const checked = checkFocus(read.table, models)
      assert.ok(checked.status === 'checked')
      assert.deepEqual(checked.faults.filter((fault) => fault.level === 'error').slice(0, 10), [], `${table.dataset} ${table.version}`)
    }
    t.diagnostic(`FOCUS ${table.version} ${table.dataset}: ${table.rows.length} rows, no error`)
  }
}

test('the case’s month comes out as the golden files have it', async (t) => {
  const shape = traceShape()
  if (shape === undefined) { t.skip('skipped: ../shared/traces not found'); return }
  const store = await openEmbeddedForTest()
  try {
    const put = await putCaseMonth(store, { month: '2026-10', shape })
    assert.deepEqual([put.invoices, put.largest, put.all, put.share], [108, '20000000', '83333333.33', '24'])
    const folder = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    await writeGoldenFiles(store, '2026-10', folder)
    for (const file of files) assert.equal(readFileSync(join(folder, file), 'utf8'), readFileSync(join(golden, file), 'utf8'), file)
    await focusConforms(t, store, '2026-10')
  } finally {
    await store.close()
  }
})
