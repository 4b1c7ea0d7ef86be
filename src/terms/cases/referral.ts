/**
 * Referrals: a maker complains at the channel about use that it can see only by its own ids. It sees no prompts and no
 * customer's name; the channel finds the calls, opens a case for each customer concerned, and decides; the customer sees
 * who complained. A maker's view of a case is what may be told outside: state, clause, clocks, what was decided.
 */
import type { Sql } from '../../store/store.ts'
import { matchCalls } from '../mirror/match-calls.ts'
import type { MatchAsk } from '../mirror/match-calls.ts'
import { recordEvent } from '../log/governance.ts'
import { dueOf, endsAt, everyOrganization } from './case.ts'
import type { Case } from './case.ts'
import { openCase, readCases } from './case-store.ts'

export interface Referral {
  readonly id: string
  readonly maker: string
  readonly clause: string
  readonly says: string
  /** Safety identifiers and request ids as the maker knows them. */
  readonly identifiers: readonly string[]
  readonly requestIds: readonly string[]
  readonly fromMs: number
  readonly toMs: number
  readonly pseudonym: MatchAsk['pseudonym']
}

export interface Referred { readonly cases: readonly { readonly id: string; readonly calls: number }[]; readonly calls: number }

/** Calls named as evidence in a case. */
const namedMax = 200

/** Matches, then opens a case for each customer concerned; one about nobody in particular where nothing matches, so that the complaint is not lost. */
export async function refer(read: Sql, transact: <T>(run: (sql: Sql) => Promise<T>) => Promise<T>, referral: Referral, makeId: (prefix: string) => string, actor: string, atMs: number): Promise<Referred> {
  const { id, maker, clause, says, identifiers, requestIds, fromMs, toMs, pseudonym } = referral
  const matched = await matchCalls(read, { notice: { identifiers, requestIds }, organization: undefined, fromMs, toMs, pseudonym })
  const groups = Map.groupBy(matched.calls, (one) => one.organization)
  const concerned = groups.size === 0 ? [[everyOrganization, []] as const] : [...groups]
  return transact(async (sql) => {
    await recordEvent(sql, { kind: 'referral-received', atMs, actor, subject: `referral/${id}`, body: { maker, clause, cases: String(concerned.length), calls: String(matched.count) } })
    const cases: { id: string; calls: number }[] = []
    for (const [organization, calls] of concerned) {
      const caseId = makeId('case')
      await openCase(sql, caseId, { kind: 'signalled', organization, about: { organization }, source: 'referral', referral: id, referredBy: maker, matter: 'terms_breach', clause, says, evidence: calls.slice(0, namedMax).map((one) => one.call) }, actor, atMs)
      cases.push({ id: caseId, calls: calls.length })
    }
    return { cases, calls: matched.count }
  })
}

/** A case as the maker that complained may see it. */
export interface MakersView {
  readonly case: string
  readonly referral: string | undefined
  readonly maker: string
  readonly state: Case['state']
  readonly sinceMs: number
  readonly clause: string
  readonly says: string
  readonly finding: Case['finding']
  readonly due: { readonly what: string; readonly atMs: number } | undefined
  /** What was imposed, without whom it is on. */
  readonly restrictions: readonly { readonly kind: string; readonly status: string; readonly endsMs: number | undefined }[]
  readonly steps: readonly { readonly atMs: number; readonly what: string }[]
}

function viewOf(one: Case): MakersView {
  return {
    case: one.id, referral: one.signal.referral, maker: one.signal.referredBy ?? '', state: one.state, sinceMs: one.sinceMs, clause: one.signal.clause, says: one.signal.says, finding: one.finding, due: dueOf(one),
    restrictions: one.restrictions.map((each) => ({ kind: each.kind, status: each.status, endsMs: Number.isFinite(endsAt(each)) ? endsAt(each) : undefined })),
    // Acts without their sentences: these are between channel and customer.
    steps: one.events.map(({ atMs, body }) => ({ atMs, what: body.kind === 'moved' ? body.act : body.kind })),
  }
}

/** Referrals of a maker, or of all, the latest first. */
export const makersViews = async (sql: Sql, maker: string | undefined): Promise<MakersView[]> =>
  (await readCases(sql)).filter((one) => one.signal.source === 'referral' && (maker === undefined || one.signal.referredBy === maker)).toSorted((a, b) => b.sinceMs - a.sinceMs).map(viewOf)
