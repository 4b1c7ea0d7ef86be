/** Contracts in the database: append-only versions, so that what an invoice was rated under stays readable. */
import { canonicalJson, type Json } from '../../kernel/canonical-json.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { monthPeriod } from './calendar.ts'
import { bookPromises } from './commitment-accounts.ts'
import { type Contract, contractSchema } from './contract.ts'
import { cover, type StoredContract } from './cover.ts'

/** Saves a contract as a new version; saving what is there already makes none. Answers the version in force. What it promises is booked with it. */
export const saveContract = (store: Store, clock: Clock, contract: Contract): Promise<number> => store.transaction('admin', (sql) => saveContractIn(sql, clock, contract))

export async function saveContractIn(sql: Sql, clock: Clock, contract: Contract): Promise<number> {
  const [last] = await sql<{ version: number; body: Json }>('SELECT version, body FROM contract WHERE id = $1 ORDER BY version DESC LIMIT 1', [contract.id])
  if (last !== undefined && canonicalJson(last.body) === canonicalJson(contract as unknown as Json)) return last.version
  const version = (last?.version ?? 0) + 1
  await sql('INSERT INTO contract (id, version, party, side, body, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)',
    [contract.id, version, contract.party, contract.side, JSON.stringify(contract), isoTime(clock.now())])
  await bookPromises(sql, clock, contract)
  return version
}

export async function contractVersion(sql: Sql, id: string, version: number): Promise<Contract | undefined> {
  const [row] = await sql<{ body: unknown }>('SELECT body FROM contract WHERE id = $1 AND version = $2', [id, version])
  return row === undefined ? undefined : contractSchema.parse(row.body)
}

/** The latest version of each contract of a party whose term meets a month, in the order in which they begin. */
async function meeting(sql: Sql, party: string, side: 'customer' | 'supplier', month: string): Promise<readonly StoredContract[]> {
  const rows = await sql<{ version: number; body: unknown }>('SELECT DISTINCT ON (id) version, body FROM contract WHERE party = $1 AND side = $2 ORDER BY id, version DESC', [party, side])
  const { from, until } = monthPeriod(month)
  return rows
    .map((row) => ({ version: row.version, contract: contractSchema.parse(row.body) }))
    .filter(({ contract }) => contract.term.from < until && (contract.term.until === undefined || contract.term.until > from))
    .sort((a, b) => a.contract.term.from.localeCompare(b.contract.term.from))
}

/** The latest version of the contract whose term meets a month; of several, the one that begins last. */
export const contractIn = async (sql: Sql, party: string, side: 'customer' | 'supplier', month: string): Promise<StoredContract | undefined> =>
  (await meeting(sql, party, side, month)).at(-1)

/** What holds on each day of a month: contracts with the days they hold on, list prices in `currency` or theirs for the rest. */
export const contractsIn = async (sql: Sql, party: string, side: 'customer' | 'supplier', month: string, currency: string): Promise<readonly StoredContract[]> =>
  cover(await meeting(sql, party, side, month), month, party, currency)
