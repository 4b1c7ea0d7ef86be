/** Whom the books know as a customer: money must not lie under a slip of the pen, nor a file be empty by one. */
import type { Sql } from '../../store/store.ts'

const known = `SELECT organization FROM usage_day UNION SELECT party FROM contract WHERE side = 'customer' UNION SELECT organization FROM invoice UNION SELECT organization FROM payment`

/** All who used anything, have a contract or an invoice, or have paid. */
export const customersInTheBooks = async (sql: Sql): Promise<readonly string[]> => (await sql<{ organization: string }>(`${known} ORDER BY 1`)).map((row) => row.organization)

/** Whether somebody of that name is one of these, or has an address. */
export const isInTheBooks = async (sql: Sql, customer: string): Promise<boolean> => (await sql(`SELECT 1 WHERE EXISTS (SELECT 1 FROM (${known}) k WHERE organization = $1) OR EXISTS (SELECT 1 FROM party WHERE id = $1)`, [customer])).length > 0
