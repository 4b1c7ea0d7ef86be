/**
 * The month as small files that anybody can check by hand: what was used and agreed, and what came out. Usage is summed from
 * the journal's records, results are read from the books; `check.ts` goes from the first to the second on its own.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttemptRecord, OutcomeRecord } from '../../src/journal/record.ts'
import { formatDecimal } from '../../src/kernel/decimal.ts'
import { bodiesOf } from '../../src/ledger/journal-page.ts'
import { marginsOf } from '../../src/ledger/statements/margins.ts'
import type { Store } from '../../src/store/store.ts'
import { maker } from './terms.ts'

type Row = readonly (string | number | null)[]

const csv = (head: string, rows: readonly Row[]): string => `${[head, ...rows.map((row) => row.map((value) => value ?? '').join(','))].join('\n')}\n`

interface Tokens { input: bigint; cached: bigint; output: bigint }

/** Tokens by customer, project, model and deployment, added up from the journal as it was shipped. */
async function usageOf(store: Store, month: string): Promise<readonly Row[]> {
  const sums = new Map<string, Tokens>()
  const attempts = new Map<string, AttemptRecord>()
  const batches = await store.query<{ payload: Buffer }>('jobs', 'SELECT payload FROM journal_batch WHERE journal_id = $1 ORDER BY first_sequence', [`case-month-${month}`])
  for (const body of batches.flatMap(({ payload }) => bodiesOf(payload))) {
    const record = JSON.parse(body) as AttemptRecord | OutcomeRecord
    if (record.kind === 'attempt') attempts.set(record.call, record)
    else {
      const attempt = attempts.get(record.call)
      if (attempt === undefined) throw new Error(`${record.call} ended and never began`)
      const key = [attempt.organization, attempt.project, attempt.model, attempt.deployment].join(',')
      const sum = sums.get(key) ?? { input: 0n, cached: 0n, output: 0n }
      sums.set(key, sum)
      sum.input += BigInt(record.counts?.input ?? 0)
      sum.cached += BigInt(record.counts?.cachedInput ?? 0)
      sum.output += BigInt(record.counts?.output ?? 0)
    }
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, sum]) => [...key.split(','), String(sum.input), String(sum.cached), String(sum.output)])
}

async function termsOf(store: Store, month: string): Promise<string> {
  const contracts = await store.query<{ body: unknown }>('jobs', `SELECT DISTINCT ON (id) body FROM contract WHERE side = 'customer' ORDER BY id, version DESC`)
  const [agreement] = await store.query<{ body: unknown }>('jobs', `SELECT body FROM contract WHERE side = 'maker' AND party = $1 ORDER BY version DESC LIMIT 1`, [maker])
  const parties = await store.query<{ id: string; body: { tax: { percent: string } } }>('jobs', 'SELECT id, body FROM party ORDER BY id')
  const prices = await store.query<{ model: string; meter: string; unit_price: string }>('jobs', 'SELECT DISTINCT model, meter, unit_price FROM usage_day ORDER BY 1, 2')
  const assets = await store.query<{ asset: string; document: { shares: readonly { party: string; use: string; hours: string }[] } }>('jobs', 'SELECT asset, document FROM asset_month WHERE month = $1', [month])
  // Numbers that earlier months took from the same year's series, which this month's follow.
  const [earlier] = await store.query<{ count: string }>('jobs', `SELECT count(*) FROM invoice WHERE kind = 'invoice' AND month < $1
    AND starts_with(number, (SELECT left(min(number), length('INV-2026-')) FROM invoice WHERE kind = 'invoice' AND month = $1))`, [month])
  const named = (value: unknown): unknown => Object.fromEntries(Object.entries(value as Record<string, unknown>).filter(([, member]) => !(Array.isArray(member) && member.length === 0)))
  return `{\n${[
    `"month": ${JSON.stringify(month)}`,
    `"numbersBefore": ${earlier?.count ?? '0'}`,
    `"listPrices": {\n${prices.map((row) => `  ${JSON.stringify(`${row.model} ${row.meter}`)}: ${JSON.stringify(row.unit_price)}`).join(',\n')}\n}`,
    `"taxPercent": ${JSON.stringify(Object.fromEntries(parties.filter(({ body }) => body.tax.percent !== '0').map(({ id, body }) => [id, body.tax.percent])))}`,
    `"contracts": {\n${contracts.map(({ body }) => { const { party, terms } = body as { party: string; terms: unknown }; return `  ${JSON.stringify(party)}: ${JSON.stringify(named(terms))}` }).join(',\n')}\n}`,
    `"agreement": ${JSON.stringify(agreement?.body, null, 1)}`,
    `"makerHours": ${JSON.stringify(Object.fromEntries(assets.map(({ asset, document }) => [asset, document.shares.find((share) => share.use === 'maker' && share.party === maker)?.hours ?? '0'])))}`,
  ].join(',\n')}\n}\n`
}

interface Line { readonly kind: string; readonly rule: string; readonly project?: string; readonly model?: string; readonly meter?: string; readonly quantity: string; readonly unitPrice: string; readonly payable: string }

/** Writes the six files. Names and columns are what `check.ts` reads. */
export async function writeGoldenFiles(store: Store, month: string, folder: string): Promise<void> {
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  put('usage.csv', csv('organization,project,model,deployment,input,cached_input,output', await usageOf(store, month)))
  put('terms.json', await termsOf(store, month))
  const invoices = await store.query<{ organization: string; number: string; net: string; tax: string; total: string; prepaid: string; due: string; document: { lines: readonly Line[] } }>('jobs',
    `SELECT organization, number, net, tax, total, prepaid, due, document FROM invoice WHERE month = $1 AND kind = 'invoice' AND status IN ('issued', 'paid') ORDER BY number`, [month])
  put('invoices.csv', csv('organization,number,net,tax,total,prepaid,due', invoices.map((row) => [row.organization, row.number, row.net, row.tax, row.total, row.prepaid, row.due])))
  put('lines.csv', csv('organization,kind,rule,project,model,meter,quantity,unit_price,payable', invoices.flatMap(({ organization, document }) =>
    document.lines.map((line) => [organization, line.kind, line.rule, line.project ?? '', line.model ?? '', line.meter ?? '', line.quantity, line.unitPrice, line.payable]))))
  const [statement] = await store.query<{ document: { toMaker: string; toChannel: string; net: string; lines: readonly { direction: string; kind: string; organization?: string; model?: string; asset?: string; base: string; rate: string; payable: string }[] } }>('jobs', 'SELECT document FROM statement WHERE maker = $1 AND month = $2', [maker, month])
  const { document } = statement ?? {}
  put('statement.csv', csv('direction,kind,organization,model,asset,base,rate,payable', [
    ...(document?.lines ?? []).map((line): Row => [line.direction, line.kind, line.organization ?? '', line.model ?? '', line.asset ?? '', line.base, line.rate, line.payable]),
    ['total', 'net', '', '', '', document?.toMaker ?? '', document?.toChannel ?? '', document?.net ?? ''],
  ]))
  const margins = await marginsOf(store, month, 'USD')
  put('margins.csv', csv('organization,model,list,revenue,cost,margin', margins.map((row) => [row.organization, row.model, formatDecimal(row.list), formatDecimal(row.revenue), formatDecimal(row.cost), formatDecimal(row.margin)])))
}
