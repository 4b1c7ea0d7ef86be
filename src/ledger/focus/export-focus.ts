/** FOCUS datasets of a month from the books: what was issued, priced again piece by piece under the contract of its invoice. */
import type { Sql, Store } from '../../store/store.ts'
import { decimal } from '../../kernel/decimal.ts'
import type { Meter } from '../../kernel/meters.ts'
import { monthPeriod } from '../contracts/calendar.ts'
import { contractSchema } from '../contracts/contract.ts'
import { converted, ratesUntil } from '../contracts/exchange.ts'
import { partyOf } from '../contracts/party.ts'
import { type Piece, priceMonth } from '../contracts/price-usage.ts'
import type { InvoiceDocument } from '../invoices/invoice-document.ts'
import { contractsOf } from '../invoices/rate-month.ts'
import { billingPeriodColumns, billingPeriodRow, contractCommitmentColumns, contractCommitmentRows, invoiceDetailColumns, invoiceDetailRows } from './billing-datasets.ts'
import { type CostAndUsageInput, costAndUsageColumns, costAndUsageRows, type FocusUsage } from './cost-and-usage.ts'
import type { FocusRow, FocusTable, FocusVersion } from './focus-row.ts'

interface IssuedRow extends Record<string, unknown> { id: string; status: 'issued' | 'paid' | 'void'; document: InvoiceDocument; issued_at: string }

async function issuedIn(sql: Sql, month: string, organization: string | undefined): Promise<readonly IssuedRow[]> {
  return sql<IssuedRow>(`SELECT id, status, document, to_char(issued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS issued_at FROM invoice
    WHERE month = $1 AND status IN ('issued', 'paid') AND ($2::text IS NULL OR organization = $2) ORDER BY kind DESC, number`, [month, organization ?? null])
}

/** The usage that an invoice billed of its own month, as it billed it. */
async function billedUsage(sql: Sql, invoice: string, month: string): Promise<readonly FocusUsage[]> {
  const { from, until } = monthPeriod(month)
  const rows = await sql<{ day: string; organization: string; project: string; key: string; supplier: string; maker: string; model: string; deployment: string; meter: string; tier: string; currency: string; price_row: string; unit_price: string; quantity: string; attempts: string }>(`
    SELECT to_char(u.day, 'YYYY-MM-DD') AS day, u.organization, u.project, u.key, u.supplier, u.maker, u.model, u.deployment, u.meter, u.tier, u.currency, u.price_row, u.unit_price, iu.quantity, iu.attempts
    FROM invoice_usage iu JOIN usage_day u ON u.day = iu.day AND u.dims = iu.dims WHERE iu.invoice = $1 AND iu.day >= $2 AND iu.day < $3 ORDER BY u.day, u.dims`, [invoice, from, until])
  return rows.map((row) => ({ ...row, meter: row.meter as Meter, quantity: decimal(row.quantity), listUnitPrice: decimal(row.unit_price), priceRow: row.price_row, calls: Number(row.attempts) }))
}

async function inputOf(sql: Sql, version: FocusVersion, row: IssuedRow): Promise<CostAndUsageInput> {
  const { document } = row
  const holding = await contractsOf(sql, document.organization, document.month, document.currency, { contract: document.contract, version: document.contractVersion, parts: document.heldUnder })
  const contracts = holding.map(({ contract }) => contract)
  const rateOn = await ratesUntil(sql, monthPeriod(document.month).until)
  const usage = document.kind === 'credit-note' ? [] : (await billedUsage(sql, row.id, document.month)).map((item) => {
    const same = converted(item, document.currency, rateOn)
    if (same === undefined) throw new Error(`no exchange rate from ${item.currency} to ${document.currency} on ${item.day}, which the invoice had`)
    return same as FocusUsage
  })
  const pieces: readonly Piece[] = contracts.flatMap((contract) => priceMonth(contract, document.month, usage))
  return { version, document, contracts, pieces: pieces as CostAndUsageInput['pieces'] }
}

/** Cost and Usage of every invoice and credit note of a month, of one customer or of all. */
export async function costAndUsage(store: Store, version: FocusVersion, month: string, organization?: string): Promise<FocusTable> {
  const rows = await store.transaction('jobs', async (sql) => {
    const all: FocusRow[] = []
    for (const row of await issuedIn(sql, month, organization)) all.push(...costAndUsageRows(await inputOf(sql, version, row)))
    return all
  })
  return { dataset: 'Cost and Usage', version, columns: costAndUsageColumns(version), rows }
}

export async function invoiceDetail(store: Store, month: string, organization?: string): Promise<FocusTable> {
  const issued = await store.transaction('jobs', (sql) => issuedIn(sql, month, organization))
  return { dataset: 'Invoice Detail', version: '1.4', columns: invoiceDetailColumns, rows: issued.flatMap((row) => invoiceDetailRows(row.document, row.status, row.issued_at)) }
}

/** Months from the first with usage to the given one. A month with an invoice is closed. */
export async function billingPeriods(store: Store, until: string): Promise<FocusTable> {
  return store.transaction('jobs', async (sql) => {
    const issuer = (await partyOf(sql, 'self')).name
    const rows = await sql<{ month: string; issued_at: string | null }>(`
      SELECT to_char(m, 'YYYY-MM') AS month, (SELECT to_char(max(issued_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM invoice WHERE month = to_char(m, 'YYYY-MM') AND status IN ('issued', 'paid')) AS issued_at
      FROM generate_series(coalesce((SELECT date_trunc('month', min(day)) FROM usage_day), $1::date), $1::date, '1 month') AS m`, [`${until}-01`])
    return { dataset: 'Billing Period' as const, version: '1.4' as const, columns: billingPeriodColumns, rows: rows.map((row) => billingPeriodRow(row.month, issuer, row.issued_at !== null, row.issued_at ?? `${row.month}-01T00:00:00Z`)) }
  })
}

/** What customers' contracts promise, of one customer or of all. */
export async function contractCommitments(store: Store, today: string, organization?: string): Promise<FocusTable> {
  return store.transaction('jobs', async (sql) => {
    const issuer = (await partyOf(sql, 'self')).name
    const rows = await sql<{ body: unknown; recorded_at: string }>(`SELECT DISTINCT ON (id) body, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS recorded_at FROM contract WHERE side = 'customer' AND ($1::text IS NULL OR party = $1) ORDER BY id, version DESC`, [organization ?? null])
    return { dataset: 'Contract Commitment' as const, version: '1.4' as const, columns: contractCommitmentColumns, rows: rows.flatMap((row) => contractCommitmentRows(contractSchema.parse(row.body), issuer, today, row.recorded_at)) }
  })
}
