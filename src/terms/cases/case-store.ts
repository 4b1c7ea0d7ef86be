/** Cases in the database: events are appended, never changed, and each is a leaf of the governance log in the same transaction. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { recordEvent } from '../log/governance.ts'
import { caseOf, dueOf, everyOrganization, inForceAt, judgeApproval, judgeMove, judgeRestriction, nextOf } from './case.ts'
import type { Case, CaseEvent, EventBody, InForce, Judged, Move } from './case.ts'
import type { Clause } from '../policy/seed-clauses.ts'
import { refusalOf, refusesAt } from './restriction.ts'
import type { HeldPoint, Refusal, Restriction, RestrictionKind } from './restriction.ts'

interface EventRow extends Record<string, unknown> {
  readonly case_id: string
  readonly number: number
  readonly body: EventBody
  readonly at_ms: string
  readonly actor: string
  readonly leaf: string
}

const columns = 'case_id, number, body, at_ms, actor, leaf'

export interface StoredEvent extends CaseEvent {
  /** Index of its leaf in the governance log. */
  readonly leaf: string
}

const eventOf = (row: EventRow): StoredEvent => ({ number: row.number, kind: row.body.kind, body: row.body, atMs: Number(row.at_ms), actor: row.actor, leaf: row.leaf })

/** What the leaf of an event commits to. */
export const eventHash = (body: EventBody): string => createHash('sha256').update(canonicalJson(body as unknown as Json)).digest('hex')

const casesIn = (rows: readonly EventRow[]): Case[] =>
  [...Map.groupBy(rows, (row) => row.case_id)].flatMap(([id, events]) => caseOf(id, events.map(eventOf)) ?? [])

/** Cases by id, in the order asked. */
async function casesById(sql: Sql, ids: readonly string[]): Promise<Case[]> {
  if (ids.length === 0) return []
  const found = casesIn(await sql<EventRow>(`SELECT ${columns} FROM terms_case_event WHERE case_id = ANY ($1::text[]) ORDER BY case_id, number`, [ids]))
  const byId = new Map(found.map((one) => [one.id, one]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Stands for no instant. */
const instantMax = '9223372036854775807'
/** Where a case stands in either order, as the indexes have it. */
const places = { urgent: `coalesce(due_ms, ${instantMax})`, latest: '-since_ms' } as const

export interface CasesAsked {
  /** About one organization. */
  readonly organization?: string | undefined
  /** Only those that wait for something. */
  readonly open?: boolean
  /** Only complaints of this maker, or `*`, of any. */
  readonly referredBy?: string | undefined
  /** Only this one. */
  readonly id?: string | undefined
  /** The most urgent first, or the latest. */
  readonly order?: keyof typeof places
  /** `next` of the page before. */
  readonly after?: string | undefined
  readonly limit?: number
}

export interface CasesPage {
  readonly cases: readonly Case[]
  /** Where the next page begins; undefined: this was the last. */
  readonly next: string | undefined
}

/** A page of cases, two hundred unless told. */
export async function readCases(sql: Sql, { organization, open = false, referredBy, id, order = 'urgent', after, limit = 200 }: CasesAsked = {}): Promise<CasesPage> {
  const place = places[order]
  const [, afterPlace = null, afterId = null] = /^(-?\d{1,19}) (.+)$/s.exec(after ?? '') ?? []
  const rows = await sql<{ case_id: string; place: string }>(
    `SELECT case_id, ${place} AS place FROM terms_case_clock
     WHERE ($1::text IS NULL OR organization = $1) AND (NOT $2::boolean OR due_ms IS NOT NULL) AND ($3::text IS NULL OR maker = $3 OR ($3 = '*' AND maker IS NOT NULL))
       AND ($4::bigint IS NULL OR (${place}, case_id) > ($4::bigint, $5::text)) AND ($7::text IS NULL OR case_id = $7) ORDER BY ${place}, case_id LIMIT $6`,
    [organization ?? null, open, referredBy ?? null, afterPlace, afterId, limit + 1, id ?? null])
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { cases: await casesById(sql, page.map((row) => row.case_id)), next: last === undefined ? undefined : `${last.place} ${last.case_id}` }
}

/** Cases that time has something to do with at an instant, by id after `after`. */
export async function casesDue(sql: Sql, nowMs: number, after: string, limit: number): Promise<Case[]> {
  const rows = await sql<{ case_id: string }>('SELECT case_id FROM terms_case_clock WHERE next_ms <= $1 AND case_id > $2 ORDER BY case_id LIMIT $3', [String(nowMs), after, limit])
  return casesById(sql, rows.map((row) => row.case_id))
}

const clockOf = (one: Case, afterMs: number): { readonly due: string | null; readonly next: string | null; readonly restricts: boolean } => {
  const [due, next] = [dueOf(one)?.atMs, nextOf(one, afterMs)]
  return { due: due === undefined ? null : String(due), next: next === undefined ? null : String(next), restricts: one.restrictions.some((each) => each.status === 'in-force') }
}

/** Sets the clocks of cases that were looked at; one that has changed since keeps what its change has set. */
export async function setClocks(sql: Sql, cases: readonly Case[], nowMs: number): Promise<void> {
  const clocks = cases.map((one) => clockOf(one, nowMs))
  await sql(
    `UPDATE terms_case_clock c SET due_ms = n.due_ms, next_ms = n.next_ms, restricts = n.restricts
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::integer[]) AS n (case_id, due_ms, next_ms, restricts, events) WHERE c.case_id = n.case_id AND c.events = n.events`,
    [cases.map(({ id }) => id), clocks.map(({ due }) => due), clocks.map(({ next }) => next), clocks.map(({ restricts }) => restricts), cases.map(({ events }) => events.length)])
}

/** Keeps beside a case's events where it stands. What was due before and is not done yet is looked at with the next turn of the clock. */
async function keepPlace(sql: Sql, one: Case): Promise<void> {
  const { due, next, restricts } = clockOf(one, 0)
  const { organization, source, referredBy } = one.signal
  await sql(
    `INSERT INTO terms_case_clock (case_id, organization, maker, due_ms, next_ms, since_ms, restricts, events) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (case_id) DO UPDATE SET due_ms = excluded.due_ms, next_ms = excluded.next_ms, since_ms = excluded.since_ms, restricts = excluded.restricts, events = excluded.events`,
    [one.id, organization, source === 'referral' ? (referredBy ?? '') : null, due, next, String(one.sinceMs), restricts, one.events.length])
}

export async function readCase(sql: Sql, id: string): Promise<Case | undefined> {
  return casesIn(await sql<EventRow>(`SELECT ${columns} FROM terms_case_event WHERE case_id = $1 ORDER BY number`, [id]))[0]
}

/** Cases in which a restriction of one of these kinds was ever proposed. */
export const readCasesThatRestrict = async (sql: Sql, kinds: readonly RestrictionKind[]): Promise<Case[]> =>
  casesIn(await sql<EventRow>(`SELECT ${columns} FROM terms_case_event WHERE case_id IN (SELECT case_id FROM terms_case_event WHERE kind = 'restricted' AND body->'restriction'->>'kind' = ANY ($1::text[])) ORDER BY case_id, number`, [kinds]))

/** Restrictions that hold now, as snapshots carry them: each ends by itself where it has an end. */
export async function readRestrictions(sql: Sql, nowMs: number): Promise<InForce[]> {
  const rows = await sql<EventRow>(`SELECT ${columns} FROM terms_case_event WHERE case_id IN (SELECT case_id FROM terms_case_clock WHERE restricts) ORDER BY case_id, number`)
  return casesIn(rows).flatMap((one) => inForceAt(one, nowMs))
}

/** Why an organization may not export, train or publish now; undefined: no case is in the way. */
export async function blockedAt(sql: Sql, point: HeldPoint, organization: string, nowMs: number, purpose?: string): Promise<(Refusal & { readonly case: string }) | undefined> {
  const found = (await readRestrictions(sql, nowMs)).find((one) => refusesAt(one, point, organization, purpose))
  return found === undefined ? undefined : { ...refusalOf(found), case: found.case }
}

interface Appending { readonly id: string; readonly organization: string; readonly actor: string; readonly atMs: number }

async function append(sql: Sql, to: Appending, body: EventBody): Promise<void> {
  const detail: Json = body.kind === 'moved' ? { act: body.act } : body.kind === 'restricted' ? { restriction: body.restriction.id, measure: body.restriction.kind } : 'restriction' in body ? { restriction: body.restriction } : {}
  const [last] = await sql<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM terms_case_event WHERE case_id = $1', [to.id])
  const number = 1 + (last?.number ?? 0)
  // The leaf counts the case's events, so that one that is left out of a pack shows.
  const leaf = await recordEvent(sql, { kind: `case-${body.kind}`, atMs: to.atMs, actor: to.actor, subject: `case/${to.id}`, body: { ...(detail as object), number, sha256: eventHash(body) } })
  await sql('INSERT INTO terms_case_event (case_id, number, organization, kind, body, at_ms, actor, leaf) VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)',
    [to.id, number, to.organization, body.kind, JSON.stringify(body), String(to.atMs), to.actor, String(leaf)])
}

/** Two writers of one case take turns, so that each judges what the other has done. */
async function locked(sql: Sql, id: string): Promise<Case | undefined> {
  await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`terms case ${id}`])
  return readCase(sql, id)
}

export async function openCase(sql: Sql, id: string, signal: EventBody & { readonly kind: 'signalled' }, actor: string, atMs: number): Promise<void> {
  await append(sql, { id, organization: signal.organization, actor, atMs }, signal)
  const made = await readCase(sql, id)
  if (made !== undefined) await keepPlace(sql, made)
}

/** The case of a text that is another than the one that was approved: about everybody who is under it. */
export const openTermsChanged = (sql: Sql, id: string, clause: Clause, texts: { readonly before: string; readonly after: string; readonly clauses: readonly string[] }, actor: string, atMs: number): Promise<void> =>
  openCase(sql, id, {
    kind: 'signalled', organization: everyOrganization, about: { organization: everyOrganization }, source: 'own_initiative', matter: 'terms_changed', clause: clause.id, evidence: [texts.before, texts.after],
    says: `The text of ${clause.source.maker}, ${clause.source.document} has changed. ${texts.clauses.join(', ')}: questions until two people have read it and approved the clause again.`,
  }, actor, atMs)

export type Changed = { readonly status: 'done'; readonly case: Case } | { readonly status: 'unknown' } | (Judged & { readonly status: 'refused' })

/** Judges, then appends; a refusal is a leaf as well, so that an attempt to go alone is on record. */
async function change(sql: Sql, by: { readonly id: string; readonly actor: string; readonly atMs: number }, judge: (now: Case) => Judged, bodies: (now: Case) => readonly EventBody[]): Promise<Changed> {
  const now = await locked(sql, by.id)
  if (now === undefined) return { status: 'unknown' }
  const judged = judge(now)
  if (judged.status === 'refused') {
    await recordEvent(sql, { kind: 'case-act-refused', atMs: by.atMs, actor: by.actor, subject: `case/${by.id}`, body: { code: judged.code, says: judged.says } })
    return judged
  }
  for (const body of bodies(now)) await append(sql, { ...by, organization: now.signal.organization }, body)
  const after = await readCase(sql, by.id)
  if (after === undefined) return { status: 'unknown' }
  await keepPlace(sql, after)
  return { status: 'done', case: after }
}

/**
 * One act on a case. What it frees is lifted with it: everything on dismissal, on a finding of no breach and on reversal;
 * on variation what `lift` names.
 */
export async function moveCase(sql: Sql, id: string, move: Move, lift: readonly string[] = []): Promise<Changed> {
  const { act, says, finding, evidence, actor, atMs } = move
  const judge = (now: Case): Judged => {
    const judged = judgeMove(now, move)
    if (judged.status === 'refused') return judged
    const unknown = lift.find((one) => !now.restrictions.some((each) => each.id === one && each.status !== 'lifted'))
    if (unknown !== undefined) return { status: 'refused', code: 'not_here', says: `${unknown} is no restriction of ${id} that could be lifted.` }
    if (act === 'vary' ? lift.length === 0 : lift.length > 0) return { status: 'refused', code: 'incomplete', says: 'vary names the restrictions that it lifts; no other act does.' }
    return judged
  }
  return change(sql, { id, actor, atMs }, judge, (now) => {
    const all = act === 'dismiss' || act === 'reverse' || finding === 'no_breach'
    const freed = now.restrictions.filter((one) => one.status !== 'lifted' && (all || lift.includes(one.id)))
    return [
      { kind: 'moved', act, says, evidence, ...(finding === undefined ? {} : { finding }) },
      ...freed.map((one): EventBody => ({ kind: 'restriction-lifted', restriction: one.id, says: `${act}: ${says}` })),
    ]
  })
}

/** Proposes a restriction; what needs two people waits for the second, everything else holds at once. */
export const restrict = (sql: Sql, id: string, restriction: Restriction, actor: string, atMs: number): Promise<Changed> =>
  change(sql, { id, actor, atMs }, (now) => judgeRestriction(now, restriction, atMs), () => [{ kind: 'restricted', restriction }])

/** The second person's word; for an automatic restriction the human's who takes it over, with its new end. */
export const approveRestriction = (sql: Sql, id: string, restriction: string, untilMs: number | undefined, actor: string, atMs: number): Promise<Changed> =>
  change(sql, { id, actor, atMs }, (now) => judgeApproval(now, restriction, actor, atMs, untilMs), () => [{ kind: 'restriction-approved', restriction, ...(untilMs === undefined ? {} : { untilMs }) }])

/** Lifting takes one person: to give back is no suspension. */
export const liftRestriction = (sql: Sql, id: string, restriction: string, says: string, actor: string, atMs: number): Promise<Changed> =>
  change(sql, { id, actor, atMs }, (now) => (now.restrictions.some((one) => one.id === restriction && one.status !== 'lifted') ? { status: 'may' } : { status: 'refused', code: 'not_here', says: `${restriction} is no restriction of ${id} that could be lifted.` }),
    () => [{ kind: 'restriction-lifted', restriction, says }])

/** Writes down that a restriction has ended by itself; it held nobody back any more. */
export const lapse = (sql: Sql, id: string, restriction: string, says: string, actor: string, atMs: number): Promise<Changed> =>
  change(sql, { id, actor, atMs }, (now) => (now.restrictions.some((one) => one.id === restriction && one.status === 'in-force') ? { status: 'may' } : { status: 'refused', code: 'not_here', says: `${restriction} is not in force.` }),
    () => [{ kind: 'restriction-lapsed', restriction, says }])

/** A supplier was answered: the hash of what was sent. */
export const recordResponse = (sql: Sql, id: string, notice: string, sha256: string, actor: string, atMs: number): Promise<Changed> =>
  change(sql, { id, actor, atMs }, () => ({ status: 'may' }), () => [{ kind: 'responded', notice, sha256 }])

export const recordPack = (sql: Sql, id: string, sha256: string, actor: string, atMs: number): Promise<Changed> =>
  change(sql, { id, actor, atMs }, () => ({ status: 'may' }), () => [{ kind: 'packed', sha256 }])

