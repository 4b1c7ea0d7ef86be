/**
 * What contradicts itself in a contract that somebody saves: a schema reads each member alone, this reads them together.
 * Only what comes in is held to it; versions that were saved before stay readable.
 */
import { pathText } from '../../kernel/path-text.ts'
import type { Sql } from '../../store/store.ts'
import { overlap } from './calendar.ts'
import { type Contract, contractSchema, type Terms, termPeriod } from './contract.ts'
import { isCurrency } from './currency.ts'
import type { Scope } from './scope.ts'
import { instantOf } from './suspensions.ts'

export interface Contradiction {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** Whether each name that `inner` means is meant by `outer` too; no names at all mean everything. */
function namesWithin(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  if (outer === undefined) return true
  return inner !== undefined && inner.every((name) => outer.some((pattern) => pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)))))
}

/** Whether all that `inner` is about is what `outer` is about too. */
export const within = (inner: Scope, outer: Scope): boolean =>
  namesWithin(inner.models, outer.models) && namesWithin(inner.meters, outer.meters) && namesWithin(inner.tiers, outer.tiers) && namesWithin(inner.projects, outer.projects)

type Lists = Partial<Pick<Terms, 'prices' | 'discounts' | 'allowances' | 'quantityTiers' | 'spendTiers' | 'commitments' | 'credits' | 'provisioned'>>

function* sameIds(terms: Lists, at: readonly (string | number)[]): Generator<Contradiction> {
  for (const list of ['allowances', 'quantityTiers', 'spendTiers', 'commitments', 'credits', 'provisioned'] as const) {
    const first = new Map<string, number>()
    for (const [index, { id }] of (terms[list] ?? []).entries()) {
      const known = first.get(id)
      if (known === undefined) first.set(id, index)
      else yield { path: [...at, list, index, 'id'], message: `${id} is ${pathText([...at, list, known])} already: ids tell rules apart on invoices` }
    }
  }
}

/** Of prices, discounts and quantity tiers the first that matches counts: one whose whole scope an earlier one takes never applies. */
function* neverApplies(terms: Lists, at: readonly (string | number)[]): Generator<Contradiction> {
  for (const list of ['prices', 'discounts', 'quantityTiers'] as const) {
    const rows: readonly Scope[] = terms[list] ?? []
    for (const [index, row] of rows.entries()) {
      const before = rows.slice(0, index).findIndex((earlier) => within(row, earlier))
      if (before === -1) continue
      const alike = within(rows[before] ?? {}, row)
      yield { path: [...at, list, index], message: alike ? `contradicts ${pathText([...at, list, before])}, which is about the same: keep one of the two` : `never applies: ${pathText([...at, list, before])} takes all of it first; put it before that one` }
    }
  }
}

const scopeMembers = ['models', 'meters', 'tiers', 'projects'] as const

/** A name that two rows list which differ in nothing else: neither is the exception of the other, so one of the two is a slip. */
function namedTwice(row: Scope, other: Scope): string | undefined {
  const differing = scopeMembers.filter((member) => JSON.stringify(row[member]) !== JSON.stringify(other[member]))
  const [member] = differing
  if (differing.length !== 1 || member === undefined || within(row, other) || within(other, row)) return undefined
  return row[member]?.find((name) => other[member]?.includes(name as never) ?? false)
}

function* overlaps(terms: Lists, at: readonly (string | number)[]): Generator<Contradiction> {
  for (const list of ['prices', 'discounts', 'quantityTiers'] as const) {
    const rows: readonly Scope[] = terms[list] ?? []
    for (const [index, row] of rows.entries()) {
      const before = rows.slice(0, index).findIndex((earlier) => namedTwice(row, earlier) !== undefined)
      if (before !== -1) yield { path: [...at, list, index], message: `${namedTwice(row, rows[before] ?? {}) ?? ''} stands in ${pathText([...at, list, before])} too: name it in one of the two` }
    }
  }
}

function* endsBeforeItBegins(terms: Lists, at: readonly (string | number)[]): Generator<Contradiction> {
  for (const [index, { from, until }] of (terms.provisioned ?? []).entries()) if (until !== undefined && instantOf(until) <= instantOf(from)) yield { path: [...at, 'provisioned', index, 'until'], message: 'must be after from' }
  for (const [index, { from, expires }] of (terms.credits ?? []).entries()) if (expires !== undefined && expires <= from) yield { path: [...at, 'credits', index, 'expires'], message: 'must be after from' }
  // Of the first terms the schema says so itself.
  if (at[0] === 'amendments') for (const [index, { from, until }] of (terms.commitments ?? []).entries()) if (until <= from) yield { path: [...at, 'commitments', index, 'until'], message: 'must be after from' }
}

/** A call is carried by one set of units: two on one deployment at one time would both claim it. */
function* twoCarriers(terms: Lists, at: readonly (string | number)[]): Generator<Contradiction> {
  const units = terms.provisioned ?? []
  for (const [index, one] of units.entries()) {
    const other = units.slice(0, index).findIndex((each) => each.deployments.some((name) => one.deployments.includes(name))
      && (each.until === undefined || instantOf(one.from) < instantOf(each.until)) && (one.until === undefined || instantOf(each.from) < instantOf(one.until)))
    const shared = one.deployments.find((name) => units[other]?.deployments.includes(name))
    if (shared !== undefined) yield { path: [...at, 'provisioned', index, 'deployments'], message: `${shared} is carried by ${pathText([...at, 'provisioned', other])} at the same time: give each its own deployments, or days that do not meet` }
  }
}

function* inTerms(terms: Lists, at: readonly (string | number)[]): Generator<Contradiction> {
  yield* sameIds(terms, at)
  yield* neverApplies(terms, at)
  yield* overlaps(terms, at)
  yield* endsBeforeItBegins(terms, at)
  yield* twoCarriers(terms, at)
}

/** All contradictions of a contract, with the path of each. An amendment's lists replace those before, so each is read alone. */
export function contradictions(contract: Contract): readonly Contradiction[] {
  const found = [...inTerms(contract.terms, ['terms'])]
  if (!isCurrency(contract.currency)) found.push({ path: ['currency'], message: `${contract.currency} is no currency of ISO 4217` })
  for (const [index, amendment] of contract.amendments.entries()) {
    found.push(...inTerms(amendment.terms as Lists, ['amendments', index, 'terms']))
    if (amendment.effectiveFrom >= termPeriod(contract).until) found.push({ path: ['amendments', index, 'effectiveFrom'], message: `must be before the contract ends, ${contract.term.until ?? ''}` })
  }
  for (const [index, { from, until }] of contract.suspensions.entries()) if (until !== undefined && instantOf(until) <= instantOf(from)) found.push({ path: ['suspensions', index, 'until'], message: 'must be after from' })
  return found
}

/** Another contract of the same party whose term meets this one's: who signed both would be billed by the one that begins last. */
export async function overlapping(sql: Sql, contract: Contract): Promise<Contradiction | undefined> {
  // Two that are saved at once take turns, so that the later one sees the earlier.
  await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`contracts ${contract.side} ${contract.party}`])
  const rows = await sql<{ body: unknown }>('SELECT DISTINCT ON (id) body FROM contract WHERE party = $1 AND side = $2 AND id <> $3 ORDER BY id, version DESC', [contract.party, contract.side, contract.id])
  const other = rows.map((row) => contractSchema.parse(row.body)).find((each) => overlap(termPeriod(each), termPeriod(contract)) !== undefined)
  if (other === undefined) return undefined
  return { path: ['term'], message: `${contract.party} has ${other.id} from ${other.term.from}${other.term.until === undefined ? ' on' : ` until ${other.term.until}`}: end that one before this begins, or amend it` }
}

/**
 * A version that begins later than the one before: of one id only the latest speaks, so the days between would be billed at
 * list price. Refused where something was used on them, or where today is one of them; a beginning that is put off before it
 * came, or days on which nothing was used, are nobody's loss.
 */
export async function leavesDays(sql: Sql, contract: Contract, today: string): Promise<Contradiction | undefined> {
  const [last] = await sql<{ body: unknown }>(`SELECT body FROM contract WHERE id = $1 AND side = $2 ORDER BY version DESC LIMIT 1`, [contract.id, contract.side])
  if (last === undefined) return undefined
  const before = termPeriod(contractSchema.parse(last.body))
  const { from } = contract.term
  const left = overlap(before, { from: before.from, until: from < before.from ? before.from : from })
  if (left === undefined) return undefined
  const column = contract.side === 'customer' ? 'organization' : 'supplier'
  const [used] = await sql<{ day: string }>(`SELECT to_char(day, 'YYYY-MM-DD') AS day FROM usage_day WHERE ${column} = $1 AND day >= $2 AND day < $3 LIMIT 1`, [contract.party, left.from, left.until])
  if (used === undefined && (today < left.from || today >= left.until)) return undefined
  return {
    path: ['term', 'from'],
    message: `${contract.id} holds from ${before.from}, and days from then until ${left.until} would fall to list price: save the renewal under an id of its own, with ${contract.id} ended on ${left.until}; or keep from: "${before.from}" and change the terms by an amendment of ${from}`,
  }
}
