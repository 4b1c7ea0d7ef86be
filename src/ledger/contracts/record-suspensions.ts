/**
 * Suspensions that cases bring onto contracts. A case's spans stand in the contracts of the customer under the case's id and
 * are the case's to change: a version is made when they do, and saving a contract from a file leaves them as they are.
 */
import { canonicalJson, type Json } from '../../kernel/canonical-json.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Sql, Store } from '../../store/store.ts'
import { type Contract, contractSchema, type Suspension, termPeriod } from './contract.ts'
import { saveContractIn } from './contract-store.ts'
import { type SuspensionEffect, suspensionEffects } from './suspension-effects.ts'

/** A span as the case has it; `from` and `until` are times of RFC 3339. */
export type CaseSuspension = Suspension & { readonly case: string }

const latest = 'SELECT DISTINCT ON (id) id, version, body FROM contract WHERE party = $1 AND side = \'customer\' ORDER BY id, version DESC'

/** Whether a span meets the days of a contract's term. */
const meetsTerm = (contract: Contract, { from, until }: Suspension): boolean => from.slice(0, 10) < termPeriod(contract).until && (until === undefined || until > contract.term.from)

export interface SuspendedContract {
  readonly contract: string
  readonly version: number
  readonly suspensions: readonly CaseSuspension[]
}

/** Brings the contracts of a customer in line with what its cases say; answers those that changed. */
export async function recordSuspensions(store: Store, clock: Clock, organization: string, spans: readonly CaseSuspension[]): Promise<readonly SuspendedContract[]> {
  return store.transaction('jobs', async (sql) => {
    const changed: SuspendedContract[] = []
    for (const row of await sql<{ id: string; body: unknown }>(latest, [organization])) {
      const contract = contractSchema.parse(row.body)
      const suspensions = spans.filter((span) => meetsTerm(contract, span))
      const next = { ...contract, suspensions: [...contract.suspensions.filter((item) => item.case === undefined), ...suspensions] }
      if (canonicalJson(next.suspensions as unknown as Json) === canonicalJson(contract.suspensions as unknown as Json)) continue
      changed.push({ contract: row.id, version: await saveContractIn(sql, clock, next), suspensions })
    }
    return changed
  })
}

export interface ContractFelt {
  readonly contract: string
  readonly version: number
  readonly effects: readonly SuspensionEffect[]
}

/** What a suspension would do to each contract of a customer that it meets. Changes nothing. */
export async function previewSuspension(sql: Sql, organization: string, span: Suspension): Promise<readonly ContractFelt[]> {
  const rows = await sql<{ id: string; version: number; body: unknown }>(latest, [organization])
  return rows.map((row) => ({ ...row, contract: contractSchema.parse(row.body) })).filter(({ contract }) => meetsTerm(contract, span))
    .map(({ id, version, contract }) => ({ contract: id, version, effects: suspensionEffects(contract, span) }))
}

/** Customers whose contracts carry a case's suspension: they are looked at again when the case says nothing more. */
export async function carryingCases(sql: Sql): Promise<readonly string[]> {
  const rows = await sql<{ party: string }>(`SELECT DISTINCT party FROM (SELECT DISTINCT ON (id) party, body FROM contract WHERE side = 'customer' ORDER BY id, version DESC) c WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(c.body->'suspensions') s WHERE s ? 'case') ORDER BY party`)
  return rows.map((row) => row.party)
}

/** A contract as somebody saves it, with the suspensions that cases have written into it meanwhile. */
export async function keepingCases(sql: Sql, contract: Contract): Promise<Contract> {
  const [last] = await sql<{ body: { readonly suspensions?: readonly Suspension[] } }>('SELECT body FROM contract WHERE id = $1 ORDER BY version DESC LIMIT 1', [contract.id])
  return { ...contract, suspensions: [...contract.suspensions.filter((item) => item.case === undefined), ...(last?.body.suspensions ?? []).filter((item) => item.case !== undefined)] }
}
