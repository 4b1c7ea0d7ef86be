/**
 * Commitments in the books, beside what is billed. Each has three accounts:
 *
 *   committed/<contract>/<commitment>    what was promised                        credit
 *   drawn/<contract>/<commitment>        what billed months have drawn            debit
 *   commitment/<contract>/<commitment>   what of it is still owed, the difference  debit
 *
 * With a supplier we are the ones who owe, so all three stand the other way round. Every posting is the difference to what
 * is booked; the second and later ones correct the first, by name.
 */
import type { Clock } from '../../kernel/clock.ts'
import { add, type Decimal, decimal, formatDecimal, isZero, negate, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { type MoneyAccount, postMoney } from '../money-transaction.ts'
import { dayOf } from './calendar.ts'
import { type Contract, contractSchema } from './contract.ts'
import { commitmentEnd } from './rate-contract.ts'

export type CommitmentAccount = 'committed' | 'drawn' | 'commitment'

export const commitmentAccount = (kind: CommitmentAccount, contract: string, commitment: string): string => `${kind}/${contract}/${commitment}`

export interface Party { readonly id: string; readonly side: 'customer' | 'supplier' }

export interface CommitmentDraw {
  readonly contract: string
  readonly commitment: string
  readonly currency: string
  readonly amount: Decimal
}

/** Under whose name draws are recorded. */
export const drawer = ({ id, side }: Party): string => side === 'supplier' ? `supplier/${id}` : id

/**
 * What a contract promises by the amendments in effect on a day, by commitment. What an amendment no longer names is owed no
 * more, unless it was over by then.
 */
export function promisesOn(contract: Contract, day: string): ReadonlyMap<string, Decimal> {
  const promises = new Map<string, { readonly until: string; readonly amount: Decimal }>()
  for (const item of contract.terms.commitments) promises.set(item.id, commitmentEnd(contract, item))
  for (const { effectiveFrom, terms } of contract.amendments) {
    if (effectiveFrom > day || terms.commitments === undefined) continue
    for (const [id, { until }] of promises) if (until > effectiveFrom) promises.delete(id)
    for (const item of terms.commitments) promises.set(item.id, commitmentEnd(contract, item))
  }
  return new Map([...promises].map(([id, { amount }]) => [id, amount]))
}

interface Move {
  /** The posting that later ones correct. */
  readonly first: string
  readonly party: Party
  readonly contract: string
  readonly commitment: string
  readonly debit: CommitmentAccount
  readonly credit: CommitmentAccount
  /** What is to stand on the two in the end. */
  readonly amount: Decimal
  readonly currency: string
  readonly note: string
}

/** Posts by how much an amount differs from what its postings have booked so far; nothing where it does not. */
async function move(sql: Sql, clock: Clock, { first, party, contract, commitment, debit, credit, amount, currency, note }: Move): Promise<void> {
  const owner = party.side === 'supplier' ? { supplier: party.id } : { organization: party.id }
  const account = (kind: CommitmentAccount): MoneyAccount => ({ id: commitmentAccount(kind, contract, commitment), ...owner })
  const booked = await sql<{ currency: string; amount: string }>(`SELECT e.currency, sum(e.amount) AS amount FROM entry e JOIN ledger_transaction t ON t.id = e.transaction_id
    WHERE (t.id = $1 OR t.corrects = $1) AND e.account = $2 GROUP BY e.currency`, [first, account(debit).id])
  const changes = new Map(booked.map((row) => [row.currency, negate(decimal(row.amount))]))
  changes.set(currency, add(changes.get(currency) ?? zero, party.side === 'supplier' ? negate(amount) : amount))
  const entries = [...changes].filter(([, change]) => !isZero(change)).flatMap(([of, change]) => [
    { account: account(debit), amount: change, currency: of }, { account: account(credit), amount: negate(change), currency: of },
  ])
  if (entries.length === 0) return
  const [known] = await sql<{ n: number }>('SELECT count(*)::int AS n FROM ledger_transaction WHERE id = $1 OR corrects = $1', [first])
  const before = known?.n ?? 0
  await postMoney(sql, { at: clock.now(), currency, note, entries, ...(before === 0 ? { id: first, kind: 'commitment' } : { id: `${first}:${before + 1}`, kind: 'correction', corrects: first }) })
}

/** One at a time for a contract: postings count those before them. */
const locked = (sql: Sql, contract: string): Promise<unknown> => sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`commitments of ${contract}`])

/** Of the table `contract`: the commitments that each version names, in its terms or an amendment. */
export const commitmentsNamed = `SELECT k.id, k.side, n.named #>> '{}' AS commitment FROM contract k, LATERAL (SELECT jsonb_path_query(k.body, '$.terms.commitments[*].id') AS named
  UNION ALL SELECT jsonb_path_query(k.body, '$.amendments[*].terms.commitments[*].id')) n`

const namedEver = async (sql: Sql, contract: string): Promise<readonly string[]> =>
  (await sql<{ commitment: string }>(`SELECT DISTINCT commitment FROM (${commitmentsNamed}) c WHERE id = $1 ORDER BY 1`, [contract])).map((row) => row.commitment)

/** Books what a contract promises today. Asked again it books what changed since: a version, a suspension, an amendment's day. */
export async function bookPromises(sql: Sql, clock: Clock, contract: Contract): Promise<void> {
  const named = await namedEver(sql, contract.id)
  if (named.length === 0) return
  await locked(sql, contract.id)
  const promises = promisesOn(contract, dayOf(clock.now()))
  for (const commitment of named) {
    await move(sql, clock, {
      first: `commitment:${contract.id}:${commitment}`, party: { id: contract.party, side: contract.side }, contract: contract.id, commitment, debit: 'commitment', credit: 'committed',
      amount: promises.get(commitment) ?? zero, currency: contract.currency, note: `promised by ${contract.id}`,
    })
  }
}

/** Books the promises of every contract in its latest version, each in a transaction of its own. */
export async function bookAllPromises(store: Store, clock: Clock): Promise<void> {
  const ids = await store.query<{ id: string }>('jobs', `SELECT DISTINCT id FROM contract WHERE side IN ('customer', 'supplier') AND jsonb_path_exists(body, '$.**.commitments[*]') ORDER BY id`)
  for (const { id } of ids) {
    await store.transaction('jobs', async (sql) => {
      await locked(sql, id)
      const [last] = await sql<{ body: unknown }>('SELECT body FROM contract WHERE id = $1 ORDER BY version DESC LIMIT 1', [id])
      await bookPromises(sql, clock, contractSchema.parse(last?.body))
    })
  }
}

/** Writes down what a party's month draws of commitments, in place of what was written down before, and books the difference. */
export async function writeDraws(sql: Sql, clock: Clock, party: Party, month: string, draws: readonly CommitmentDraw[]): Promise<void> {
  const before = await sql<{ contract: string; commitment: string; currency: string }>('SELECT contract, commitment, currency FROM commitment_draw WHERE organization = $1 AND month = $2', [drawer(party), month])
  const gone = before.filter((row) => !draws.some((draw) => draw.contract === row.contract && draw.commitment === row.commitment)).map((row) => ({ ...row, amount: zero }))
  for (const contract of [...new Set([...draws, ...gone].map((draw) => draw.contract))].sort()) await locked(sql, contract)
  await sql('DELETE FROM commitment_draw WHERE organization = $1 AND month = $2', [drawer(party), month])
  for (const { contract, commitment, currency, amount } of draws) {
    await sql('INSERT INTO commitment_draw (organization, contract, commitment, month, currency, amount) VALUES ($1, $2, $3, $4, $5, $6)', [drawer(party), contract, commitment, month, currency, formatDecimal(amount)])
  }
  for (const draw of [...draws, ...gone]) {
    await move(sql, clock, { ...draw, first: `draw:${draw.contract}:${draw.commitment}:${month}`, party, debit: 'drawn', credit: 'commitment', note: `drawn in ${month}` })
  }
}
