/**
 * Closing a month: `npm run bench -- month-close embedded|postgres [customers]`. The same customers, projects, models, meters and
 * days stand for 2 and for 20 million calls, so the rollups have as many rows, which is what closing depends on. Reports
 * milliseconds for the run, the FOCUS export and the margins, and the ratio, which must not pass 1.2.
 */
import { closeMonth } from '../src/ledger/invoices/close-month.ts'
import { costAndUsage } from '../src/ledger/focus/export-focus.ts'
import { marginsOf } from '../src/ledger/statements/margins.ts'
import { openEmbeddedForTest } from '../test/embedded.ts'
import { openPostgresForTest } from '../test/stores.ts'
import { printFigures, wordsGiven, type Figure } from './figures.ts'

const [kind = 'embedded', customersText = '60'] = wordsGiven()
const customers = Number(customersText)
const figures: Figure[] = []
const clock = { now: () => Date.UTC(2026, 11, 2), monotonic: () => performance.now() }

async function measure(calls: number): Promise<number> {
  const store = await (kind === 'postgres' ? openPostgresForTest() : openEmbeddedForTest())
  const rows = 30 * customers * 3 * 4 * 3
  // Three meters a call; 1,000 tokens each.
  const perRow = Math.round((calls * 3) / rows)
  await store.query('admin', `
    INSERT INTO usage_day (day, dims, organization, project, key, supplier, maker, model, deployment, meter, tier, source, currency, price_row, unit_price, quantity, amount, attempts)
    SELECT d::date, concat_ws('|', o, p, m, t), 'customer-' || o, 'project-' || p, 'key', 'supplier', 'maker', 'model-' || m, 'deployment-' || m, t, 'default', 'reported', 'USD', 'price-' || m || t, 0.000002, ${perRow} * 1000, ${perRow} * 0.002, ${perRow}
    FROM generate_series('2026-11-01'::date, '2026-11-30', '1 day') d, generate_series(1, ${customers}) o, generate_series(1, 3) p, generate_series(1, 4) m, unnest(array['input', 'cached_input', 'output']) t`)
  await store.query('admin', 'ANALYZE usage_day')
  const timed = async (run: () => Promise<unknown>): Promise<number> => { const at = performance.now(); await run(); return Math.round(performance.now() - at) }
  const close = await timed(() => closeMonth(store, clock, '2026-11'))
  const focus = await timed(() => costAndUsage(store, '1.4', '2026-11'))
  const margins = await timed(() => marginsOf(store, '2026-11', 'USD'))
  figures.push({ name: `close${calls}`, value: close, says: `ms to close a month of ${calls.toLocaleString('en')} calls` }, { name: `focus${calls}`, value: focus, says: 'ms its export in FOCUS' }, { name: `margins${calls}`, value: margins, says: 'ms its margins' })
  await store.close()
  return close
}

await measure(200_000)
figures.length = 0
const small = await measure(2_000_000)
const large = await measure(20_000_000)
printFigures(`month-close, ${kind}, ${customers} customers`, [...figures, { name: 'ratio', value: Number((large / small).toFixed(2)), says: 'times as long for ten times the calls', atMost: 1.2 }])
process.exit(0)
