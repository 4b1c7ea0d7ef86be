/** Contracts in the database: append-only versions, so that what an invoice was rated under stays readable. */
import { canonicalJson, type Json } from '../../kernel/canonical-json.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { monthPeriod } from './calendar.ts'
import { type Contract, contractSchema } from './contract.ts'

export interface StoredContract {
  readonly contract: Contract
  readonly version: number
}

/** Saves a contract as a new version; saving what is there already makes none. Answers the version in force. */
export async function saveContract(store: Store, clock: Clock, contract: Contract): Promise<number> {
  return store.transaction('admin', async (sql) => {
    const [last] = await sql<{ version: number; body: Json }>('SELECT version, body FROM contract WHERE id = $1 ORDER BY version DESC LIMIT 1', [contract.id])
    if (last !== undefined && canonicalJson(last.body) === canonicalJson(contract as unknown as Json)) return last.version
    const version = (last?.version ?? 0) + 1
    await sql('INSERT INTO contract (id, version, party, side, body, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)',
      [contract.id, version, contract.party, contract.side, JSON.stringify(contract), isoTime(clock.now())])
    return version
  })
}

export async function contractVersion(sql: Sql, id: string, version: number): Promise<Contract | undefined> {
  const [row] = await sql<{ body: unknown }>('SELECT body FROM contract WHERE id = $1 AND version = $2', [id, version])
  return row === undefined ? undefined : contractSchema.parse(row.body)
}

/** What holds for a party that signed nothing: list prices, no more and no less. */
export const listContract = (party: string, currency: string, side: 'customer' | 'supplier' = 'customer'): StoredContract => ({
  version: 0,
  contract: contractSchema.parse({ id: `list/${party}`, party, side, currency, term: { from: '1970-01-01' } }),
})

/** The latest version of the contract whose term meets a month; of several, the one that begins last. */
export async function contractIn(sql: Sql, party: string, side: 'customer' | 'supplier', month: string): Promise<StoredContract | undefined> {
  const rows = await sql<{ version: number; body: unknown }>('SELECT DISTINCT ON (id) version, body FROM contract WHERE party = $1 AND side = $2 ORDER BY id, version DESC', [party, side])
  const { from, until } = monthPeriod(month)
  return rows
    .map((row) => ({ version: row.version, contract: contractSchema.parse(row.body) }))
    .filter(({ contract }) => contract.term.from < until && (contract.term.until === undefined || contract.term.until > from))
    .sort((a, b) => a.contract.term.from.localeCompare(b.contract.term.from))
    .at(-1)
}
