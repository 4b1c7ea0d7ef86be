/** `weir outlook` on the case's month: 24 % of the business, every figure led back to its rows, the rest refused by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outlookText } from '../../src/cli/outlook-text.ts'
import { priceBook } from '../../src/ledger/price-book.ts'
import { seedPriceRows } from '../../src/ledger/price-seed.ts'
import type { Figure } from '../../src/planner/figure.ts'
import { outlook, type Outlook } from '../../src/planner/outlook.ts'
import { parseScenario } from '../../src/planner/scenario.ts'
import type { Store } from '../../src/store/store.ts'
import { openAnyForTest } from '../../test/stores.ts'
import { putCaseMonth } from './put-month.ts'
import { inventedShape, traceShape } from './shape.ts'

const book = priceBook(seedPriceRows())

async function look(store: Store, month: string, base: 'invoiced' | 'usage'): Promise<Outlook> {
  const scenario = parseScenario('buyer=leaves')
  assert.ok(!('refused' in scenario))
  const clock = { now: () => Date.parse(`${month}-28T12:00:00Z`), monotonic: () => 0 }
  const found = await outlook({ store, clock, snapshot: () => undefined, sheet: (...args) => book.sheet(...args) }, { month, base, scenario })
  assert.ok(found.status === 'known', JSON.stringify(found))
  return found.outlook
}

const figure = (section: Outlook['concentration'] | NonNullable<Outlook['whatIf']>, name: string): Figure => {
  const one = section.status === 'known' ? section.figures.find((each) => each.name === name) : undefined
  assert.ok(one !== undefined, `${name}: ${JSON.stringify(section.status === 'missing' ? section.missing : [])}`)
  return one
}

/** Rows that the books have: an invoice by its number, usage by its day, customer and currency. */
async function hasRows(store: Store, { inputs }: Figure): Promise<void> {
  assert.ok(inputs.length > 0)
  for (const { kind, id } of inputs) {
    const [, from, until, organization, currency] = /^usage_day (\S+)\.\.(\S+) organization=(\S+) currency=(\S+)$/.exec(id) ?? []
    if (kind === 'usage-day') assert.ok((await store.query('jobs', 'SELECT 1 FROM usage_day WHERE day >= $1 AND day < $2 AND organization = $3 AND currency = $4 LIMIT 1', [from, until, organization, currency])).length === 1, id)
    if (kind === 'invoice') assert.ok((await store.query('jobs', 'SELECT 1 FROM invoice WHERE number = $1', [id])).length === 1, id)
  }
}

async function checkMonth(store: Store, month: string): Promise<Outlook> {
  const it = await look(store, month, 'invoiced')
  assert.ok(it.concentration.status === 'known' && it.whatIf?.status === 'known')
  const buyer = it.concentration.customers.find((each) => each.customer === 'buyer')
  assert.deepEqual([it.base, buyer?.share, buyer?.points], ['invoiced, net of tax', '24.00', '576.0'])
  assert.equal(figure(it.whatIf, 'net revenue retention').value, '76.00')
  assert.equal(figure(it.whatIf, 'points of growth lost on this base').value, '24.00')
  for (const each of it.concentration.figures) await hasRows(store, each)
  assert.equal(it.retention.status, 'missing', 'a year ago there was nothing')
  for (const advice of [...it.reservations, ...it.makeOrBuy]) assert.equal(advice.status, 'missing', 'what no deployment declares is not advised on')
  for (const line of outlookText(it)) assert.ok(line.length <= 80, line)
  const usage = await look(store, month, 'usage')
  assert.ok(usage.concentration.status === 'known')
  assert.match(figure(usage.concentration, 'revenue').checked, /^equals the usage transactions of the books/)
  for (const each of usage.concentration.figures) await hasRows(store, each)
  return it
}

test('a small month of an invented shape: the buyer is 24 %, whatever the scale', async () => {
  const store = await openAnyForTest()
  try {
    await putCaseMonth(store, { month: '2024-02', scale: '0.001', shape: inventedShape(1, 7) })
    await checkMonth(store, '2024-02')
  } finally {
    await store.close()
  }
})

test('the case’s month: 20 of 83.33 million dollars, and 63.33 without the buyer', async (t) => {
  const shape = traceShape()
  if (shape === undefined) { t.skip('skipped: ../shared/traces not found'); return }
  const store = await openAnyForTest()
  try {
    await putCaseMonth(store, { month: '2026-10', shape })
    const it = await checkMonth(store, '2026-10')
    assert.equal(figure(it.concentration, 'revenue').value, '83333333.33')
    assert.ok(it.whatIf !== undefined)
    assert.equal(figure(it.whatIf, 'revenue a month, after twelve months').value, '63333333.33')
  } finally {
    await store.close()
  }
})
