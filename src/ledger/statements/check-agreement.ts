/** What contradicts itself in an agreement, or meets another with the same maker at the same time: found when one is saved. Those that were saved before stay readable. */
import { pathText } from '../../kernel/path-text.ts'
import type { Sql } from '../../store/store.ts'
import { monthOf, monthPeriod, overlap, type Period } from '../contracts/calendar.ts'
import { type Contradiction, within } from '../contracts/check-contract.ts'
import { termPeriod } from '../contracts/contract.ts'
import { isCurrency } from '../contracts/currency.ts'
import { type Agreement, agreementSchema } from './agreement.ts'

type Path = readonly (string | number)[]
type Dues = Partial<Pick<Agreement, 'shares' | 'passThrough' | 'compute' | 'computeCredits'>>

/** Of shares, and of what is handed on, the first that matches a model counts: one whose models an earlier one takes never applies. */
function* neverApplies(dues: Dues, at: Path): Generator<Contradiction> {
  for (const list of ['shares', 'passThrough'] as const) {
    const rows = dues[list] ?? []
    for (const [index, { models }] of rows.entries()) {
      const before = rows.slice(0, index).findIndex((earlier) => within({ models }, { models: earlier.models }))
      if (before !== -1) yield { path: [...at, list, index], message: `never applies: ${pathText([...at, list, before])} takes all of its models first; put it before that one, or leave it out` }
    }
  }
  const through = dues.passThrough ?? []
  for (const [index, { models }] of (dues.shares ?? []).entries()) {
    const before = through.findIndex((item) => within({ models }, { models: item.models }))
    if (before !== -1) yield { path: [...at, 'shares', index], message: `never applies: the cost of its models is handed on by ${pathText([...at, 'passThrough', before])}; keep one of the two` }
  }
}

function* namedTwice(list: keyof Dues, member: string, names: readonly string[], at: Path): Generator<Contradiction> {
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name)
    if (first !== index) yield { path: [...at, list, index, member], message: `${name} is ${pathText([...at, list, first])} already: keep one of the two` }
  }
}

function* inDues(dues: Dues, at: Path): Generator<Contradiction> {
  yield* neverApplies(dues, at)
  yield* namedTwice('computeCredits', 'id', (dues.computeCredits ?? []).map((item) => item.id), at)
  yield* namedTwice('compute', 'asset', (dues.compute ?? []).map((item) => item.asset), at)
  for (const [index, { from, until }] of (dues.computeCredits ?? []).entries()) if (until <= from) yield { path: [...at, 'computeCredits', index, 'until'], message: 'must be after from' }
}

/** A statement is of a whole month, and takes from invoices what no day is known of. */
function* inMidMonth({ term }: Agreement): Generator<Contradiction> {
  for (const member of ['from', 'until'] as const) {
    const day = term[member]
    if (day !== undefined && !day.endsWith('-01')) yield { path: ['term', member], message: `${day} is within a month, and statements are of whole months: name the first day of that month, or of the next` }
  }
}

/** The months that an agreement takes part of, whole. */
function monthsOfTerm(agreement: Agreement): Period {
  const { from, until } = termPeriod(agreement)
  return { from: `${monthOf(from)}-01`, until: until.endsWith('-01') ? until : monthPeriod(monthOf(until)).until }
}

/** All contradictions of an agreement, with the path of each. An amendment's lists replace those before, so each is read alone. */
export function contradictionsOf(agreement: Agreement): readonly Contradiction[] {
  const { term, currency, amendments = [] } = agreement
  const found = [...inDues(agreement, []), ...inMidMonth(agreement)]
  if (!isCurrency(currency)) found.push({ path: ['currency'], message: `${currency} is no currency of ISO 4217` })
  if (term.until !== undefined && term.until <= term.from) found.push({ path: ['term', 'until'], message: 'must be after from' })
  for (const [index, { effectiveFrom, terms }] of amendments.entries()) {
    found.push(...inDues(terms as Dues, ['amendments', index, 'terms']))
    if (term.until !== undefined && effectiveFrom >= term.until) found.push({ path: ['amendments', index, 'effectiveFrom'], message: `must be before the agreement ends, ${term.until}` })
  }
  return found
}

/** A maker has one statement a month, under one agreement with one channel: of two that meet, one would speak and the other be passed over. */
export async function agreedElsewhere(sql: Sql, agreement: Agreement): Promise<Contradiction | undefined> {
  // Two that are saved at once take turns, so that the later one sees the earlier.
  await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`agreements ${agreement.maker}`])
  const rows = await sql<{ body: unknown }>(`SELECT DISTINCT ON (id) body FROM contract WHERE party = $1 AND side = 'maker' AND id <> $2 ORDER BY id, version DESC`, [agreement.maker, agreement.id])
  const other = rows.map((row) => agreementSchema.parse(row.body)).find((each) => overlap(monthsOfTerm(each), monthsOfTerm(agreement)) !== undefined)
  if (other === undefined) return undefined
  const channel = other.channel === undefined ? '' : ` with ${other.channel}`
  return { path: ['term'], message: `${agreement.maker} has ${other.id}${channel} from ${other.term.from}${other.term.until === undefined ? ' on' : ` until ${other.term.until}`}: end that one with the month before this begins, or amend it` }
}
