/** T1, asked of both sides: what the receipts log counts and what the books count, by attempts and by tokens. */
import type { Sql } from '../store/store.ts'
import { receiptsLog } from '../terms/log/append.ts'
import { compareTotals, receiptTotals } from '../terms/log/statement.ts'
import type { Completeness, LogTotals } from '../terms/log/statement.ts'

const dayMs = 86_400_000

/** Attempts and tokens in the books, dialled in [fromMs, toMs). */
async function ledgerTotals(sql: Sql, organization: string, fromMs: number, toMs: number): Promise<LogTotals> {
  const [row] = await sql<{ attempts: string; input: string; output: string }>(
    'SELECT count(*) AS attempts, coalesce(sum(input), 0) AS input, coalesce(sum(output), 0) AS output FROM attempt WHERE organization = $1 AND day BETWEEN $2 AND $3 AND at_ms >= $4 AND at_ms < $5',
    [organization, Math.floor(fromMs / dayMs), Math.floor(toMs / dayMs), String(fromMs), String(toMs)])
  return { attempts: Number(row?.attempts ?? 0), input: row?.input ?? '0', output: row?.output ?? '0' }
}

export interface Compared { readonly receipts: LogTotals; readonly ledger: LogTotals; readonly compared: Completeness }

export async function completeness(sql: Sql, organization: string, fromMs: number, toMs: number): Promise<Compared> {
  const receipts = await receiptTotals(sql, receiptsLog(organization), fromMs, toMs)
  const ledger = await ledgerTotals(sql, organization, fromMs, toMs)
  return { receipts, ledger, compared: compareTotals(receipts, ledger) }
}

/** The organizations that have made calls in a period. */
export const callersIn = async (sql: Sql, fromMs: number, toMs: number): Promise<string[]> =>
  (await sql<{ organization: string }>('SELECT DISTINCT organization FROM usage_minute WHERE minute >= $1 AND minute < $2 ORDER BY 1', [String(Math.floor(fromMs / 60_000)), String(Math.ceil(toMs / 60_000))])).map((row) => row.organization)
