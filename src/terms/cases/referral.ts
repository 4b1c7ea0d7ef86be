/**
 * Referrals: a maker complains at the channel about use that it can see only by its own ids. It sees no prompts and no
 * customer's name; the channel finds the calls, opens a case for each customer concerned, and decides; the customer sees
 * who complained. A maker's view of a case is what may be told outside: state, clause, clocks, what was decided.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { matchCalls } from '../mirror/match-calls.ts'
import type { MatchAsk } from '../mirror/match-calls.ts'
import { recordEvent } from '../log/governance.ts'
import { dueOf, endsAt, everyOrganization } from './case.ts'
import type { Case } from './case.ts'
import { openCase, readCases, type CasesAsked } from './case-store.ts'

export interface Referral {
  readonly id: string
  readonly maker: string
  /** The maker's own name of this complaint: sent again under the same, it is the same. Left out: the same words are the same. */
  readonly reference: string | undefined
  readonly clause: string
  readonly says: string
  /** Safety identifiers and request ids as the maker knows them. */
  readonly identifiers: readonly string[]
  readonly requestIds: readonly string[]
  readonly fromMs: number
  readonly toMs: number
  readonly pseudonym: MatchAsk['pseudonym']
}

export interface Referred { readonly id: string; readonly cases: readonly { readonly id: string; readonly calls: number }[]; readonly calls: number }

/** `known`: it came before, and nothing was opened. `other`: this reference stands for another complaint. */
export type ReferralAnswer = { readonly status: 'opened' | 'known'; readonly referred: Referred } | { readonly status: 'other'; readonly referral: string }

/** Calls named as evidence in a case. */
const namedMax = 200

const digestOf = ({ maker, clause, says, identifiers, requestIds }: Referral): string =>
  createHash('sha256').update(canonicalJson({ maker, clause, says, identifiers: identifiers.toSorted(), requestIds: requestIds.toSorted() })).digest('hex')

interface Kept extends Record<string, unknown> { readonly id: string; readonly sha256: string; readonly cases: Referred['cases']; readonly calls: string }

async function cameBefore(sql: Sql, maker: string, external: string, sha256: string): Promise<ReferralAnswer | undefined> {
  const [kept] = await sql<Kept>('SELECT id, sha256, cases, calls FROM terms_referral WHERE maker = $1 AND external = $2', [maker, external])
  if (kept === undefined) return undefined
  return kept.sha256 === sha256 ? { status: 'known', referred: { id: kept.id, cases: kept.cases, calls: Number(kept.calls) } } : { status: 'other', referral: kept.id }
}

/**
 * Matches, then opens a case for each customer concerned; one about nobody in particular where nothing matches, so that
 * the complaint is not lost. A complaint that came before opens nothing.
 */
export async function refer(read: Sql, transact: <T>(run: (sql: Sql) => Promise<T>) => Promise<T>, referral: Referral, makeId: (prefix: string) => string, actor: string, atMs: number): Promise<ReferralAnswer> {
  const { id, maker, reference, clause, says, identifiers, requestIds, fromMs, toMs, pseudonym } = referral
  const sha256 = digestOf(referral)
  const external = reference ?? `sha256:${sha256}`
  const before = await cameBefore(read, maker, external, sha256)
  if (before !== undefined) return before
  const matched = await matchCalls(read, { notice: { identifiers, requestIds }, organization: undefined, fromMs, toMs, pseudonym })
  const groups = Map.groupBy(matched.calls, (one) => one.organization)
  const concerned = (groups.size === 0 ? [[everyOrganization, []] as const] : [...groups]).map(([organization, calls]) => ({ organization, calls, caseId: makeId('case') }))
  const cases = concerned.map(({ caseId, calls }) => ({ id: caseId, calls: calls.length }))
  return transact(async (sql) => {
    const kept = await sql('INSERT INTO terms_referral (id, maker, external, sha256, cases, calls, at_ms, actor) VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8) ON CONFLICT (maker, external) DO NOTHING RETURNING id',
      [id, maker, external, sha256, JSON.stringify(cases), String(matched.count), String(atMs), actor])
    // The same complaint at the same time: whoever came first has opened the cases.
    if (kept.length === 0) return (await cameBefore(sql, maker, external, sha256)) ?? { status: 'other', referral: id }
    await recordEvent(sql, { kind: 'referral-received', atMs, actor, subject: `referral/${id}`, body: { maker, clause, cases: String(concerned.length), calls: String(matched.count) } })
    for (const { organization, calls, caseId } of concerned) {
      await openCase(sql, caseId, { kind: 'signalled', organization, about: { organization }, source: 'referral', referral: id, referredBy: maker, matter: 'terms_breach', clause, says, evidence: calls.slice(0, namedMax).map((one) => one.call) }, actor, atMs)
    }
    return { status: 'opened', referred: { id, cases, calls: matched.count } }
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

/** A page of the referrals of a maker, or of all, the latest first; `id`: the one that is this case. */
export async function makersViews(sql: Sql, maker: string | undefined, { after, limit, id }: Pick<CasesAsked, 'after' | 'limit' | 'id'> = {}): Promise<{ readonly views: readonly MakersView[]; readonly next: string | undefined }> {
  const { cases, next } = await readCases(sql, { referredBy: maker ?? '*', order: 'latest', after, id, ...(limit === undefined ? {} : { limit }) })
  return { views: cases.map(viewOf), next }
}
