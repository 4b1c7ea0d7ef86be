/** `weir outlook` on the case's month: 24 % of the business, every figure led back to its rows, the rest refused by name. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseWeirFile } from '../../src/admin/weir-file.ts'
import { outlookText } from '../../src/cli/outlook-text.ts'
import { buildSnapshot } from '../../src/gateway/build-snapshot.ts'
import type { Snapshot } from '../../src/gateway/snapshot.ts'
import { modelFacts } from '../../src/ledger/model-facts.ts'
import { priceBook } from '../../src/ledger/price-book.ts'
import { seedPriceRows } from '../../src/ledger/price-seed.ts'
import type { Figure } from '../../src/planner/figure.ts'
import { outlook, type Outlook } from '../../src/planner/outlook.ts'
import { parseScenario } from '../../src/planner/scenario.ts'
import { providerType } from '../../src/providers/catalogue.ts'
import type { Store } from '../../src/store/store.ts'
import { openAnyForTest } from '../../test/stores.ts'
import { putCaseMonth } from './put-month.ts'
import { inventedShape, traceShape } from './shape.ts'

const book = priceBook(seedPriceRows())

async function look(store: Store, month: string, base: 'invoiced' | 'usage', snapshot?: Snapshot): Promise<Outlook> {
  const scenario = parseScenario('buyer=leaves')
  assert.ok(!('refused' in scenario))
  const clock = { now: () => Date.parse(`${month}-28T12:00:00Z`), monotonic: () => 0 }
  const found = await outlook({ store, clock, snapshot: () => snapshot, sheet: (...args) => book.sheet(...args) }, { month, base, scenario })
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

/** The deployments of the file that serves the month. */
function served(): Snapshot {
  const file = parseWeirFile(readFileSync(join(import.meta.dirname, 'weir.yaml'), 'utf8'), 'weir.yaml', {})
  assert.ok('resources' in file, JSON.stringify(file))
  const { providers, models } = file.resources
  const installation = { version: 1, createdAt: 0, providers: new Map(Object.entries(providers)), models: new Map(Object.entries(models)), organizations: new Map(), projects: new Map(), keys: [] }
  return buildSnapshot(installation, { providerType, modelFacts, hostedUrl: () => 'http://127.0.0.1:1' })
}

test('with the month before it, the one a year ago and its deployments: pace, retention, signs and reservation have figures', async () => {
  const store = await openAnyForTest()
  try {
    const shape = inventedShape(1, 3)
    for (const month of ['2023-02', '2024-01', '2024-02']) await putCaseMonth(store, { month, scale: '0.001', shape })
    const it = await look(store, '2024-02', 'invoiced', served())
    assert.ok(it.runRate.status === 'known' && it.retention.status === 'known')
    const kept = Number(it.retention.figures.find((each) => each.name === 'net revenue retention')?.value)
    assert.ok(Math.abs(kept - 100) < 1, `${kept} %: the same customers and shape a year later, in a month with another number of days`)
    assert.deepEqual(it.earlySigns.missing, [])
    const known = it.reservations.filter((each) => each.status === 'known')
    assert.ok(known.some((each) => each.model === 'gpt-4.1' && each.advice.every((one) => Number(one.figures.find((figure) => figure.name === 'units to reserve')?.value) >= 0)), JSON.stringify(it.reservations))
    const mixed = it.mix.months.at(-1)?.shares.filter((each) => Number(each.tokens) > 0).map((each) => each.capacity).toSorted()
    assert.deepEqual(mixed, ['pay-as-you-go', 'provisioned'])
    for (const line of outlookText(it)) assert.ok(line.length <= 80, line)
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
