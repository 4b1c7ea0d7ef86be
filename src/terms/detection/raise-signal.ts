/** From a verdict to a signal, and from a signal to a case: bounded, ranked, logged. Nobody is suspended here. */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { openCase } from '../cases/case-store.ts'
import type { Scope } from '../cases/restriction.ts'
import { watchMeanwhile } from '../cases/watch-meanwhile.ts'
import { recordEvent } from '../log/governance.ts'
import { currentPurpose, type Register } from '../register/register.ts'
import type { ScoreCard } from './score-card.ts'
import type { SeenCall } from './seen.ts'
import { flagSketches, openSignalOf, readSignal, saveSignal, type Signal } from './sketch-store.ts'

/** The actor of what this program does. */
export const detector = 'detector'
/** Cases that one day's analysts get from the detector; the rest waits by rank. */
export const casesPerDay = 20
const dayMs = 86_400_000

/** How much it matters that a clause is broken: extraction of a model before a lent key before a spread limit. */
const severities: Readonly<Record<string, number>> = { 'oai.extract': 3, 'ant.train': 3, 'goo.compete': 3, 'zai.train': 3, 'oai.key': 2, 'oai.limits': 1 }
const trainingClause: Readonly<Record<string, string>> = { anthropic: 'ant.train', google: 'goo.compete', zai: 'zai.train' }

/** The clause that a finding falls under, by the maker of the model that was used most. */
export function clauseOf(card: ScoreCard, maker: string | undefined): string {
  const lent = card.sharing.shared && card.techniques.every(({ hit }) => !hit)
  return lent ? 'oai.key' : trainingClause[maker ?? ''] ?? 'oai.extract'
}

/** Tokens times severity. */
export const rankOf = (card: ScoreCard, clause: string): number => card.tokens * (severities[clause] ?? 1)

const scopeOf = ({ subject }: ScoreCard): Scope => ({
  organization: subject.organization, ...(subject.project === undefined ? {} : { project: subject.project }), ...(subject.kind === 'key' && subject.keys[0] !== undefined ? { key: subject.keys[0] } : {}),
})

const evidenceMax = 60

async function casesLeft(sql: Sql, nowMs: number): Promise<number> {
  const [row] = await sql<{ opened: string }>(`SELECT count(*) AS opened FROM terms_case_event WHERE kind = 'signalled' AND actor = $1 AND at_ms > $2`, [detector, String(nowMs - dayMs)])
  return casesPerDay - Number(row?.opened ?? 0)
}

export interface Raising {
  readonly sql: Sql
  readonly makeId: (prefix: string) => string
  readonly nowMs: number
}

/** A case with a human's clock on it, and a watch that lapses after 72 hours unless a person takes it over. */
async function openFor({ sql, makeId, nowMs }: Raising, signal: string, card: ScoreCard, clause: string): Promise<string> {
  const id = makeId('case')
  const says = card.says.join(' ').slice(0, 1_900)
  const evidence = [`signal ${signal}`, ...card.subject.keys.slice(0, evidenceMax)]
  await openCase(sql, id, { kind: 'signalled', organization: card.subject.organization, about: scopeOf(card), source: 'detector', matter: 'misuse', clause, says, evidence }, detector, nowMs)
  await watchMeanwhile(sql, id, { id: makeId('restriction'), scope: scopeOf(card), clause, says: 'More of its calls are looked at than usual. Nothing is kept out.', evidence: [`signal ${signal}`] }, detector, nowMs)
  return id
}

/** Carries out a verdict in the caller's transaction; answers the signal where there is one. */
export async function carryOut(raising: Raising, card: ScoreCard, judged: readonly SeenCall[], maker: string | undefined): Promise<Signal | undefined> {
  const { sql, makeId, nowMs } = raising
  const before = await openSignalOf(sql, card.subject.id)
  if (card.verdict === 'quiet') return before
  const id = before?.id ?? makeId('signal')
  const clause = clauseOf(card, maker)
  const opens = card.verdict === 'case' && before?.caseId === undefined
  const room = opens && (await casesLeft(sql, nowMs)) > 0
  const caseId = before?.caseId ?? (room ? await openFor(raising, id, card, clause) : undefined)
  const state = caseId !== undefined ? 'case' : opens ? 'waiting' : before?.state ?? 'open'
  await saveSignal(sql, id, card, state, rankOf(card, clause), caseId, nowMs)
  await flagSketches(sql, id, judged.filter(({ standing }) => standing === 'ordinary').map((call) => call.id))
  if (before === undefined) await recordEvent(sql, { kind: 'signal-raised', atMs: nowMs, actor: detector, subject: `signal/${id}`, body: { subject: card.subject.kind, keys: card.subject.keys.length, clause, verdict: card.verdict } })
  return readSignal(sql, id)
}

/** What waits becomes a case as the day's room allows, the highest rank first. */
export async function promoteWaiting(raising: Raising, makerOf: (card: ScoreCard) => string | undefined): Promise<number> {
  const { sql, nowMs } = raising
  const room = await casesLeft(sql, nowMs)
  if (room <= 0) return 0
  const rows = await sql<{ id: string; card: ScoreCard; rank: string }>(`SELECT id, card, rank FROM detection_signal WHERE state = 'waiting' ORDER BY rank DESC, id LIMIT $1`, [room])
  for (const { id, card, rank } of rows) {
    const opened = await openFor(raising, id, card, clauseOf(card, makerOf(card)))
    await saveSignal(sql, id, card, 'case', Number(rank), opened, nowMs)
  }
  return rows.length
}

export type Cleared = { readonly status: 'cleared'; readonly signal: Signal } | { readonly status: 'unknown' } | { readonly status: 'refused'; readonly code: 'is_a_case' | 'cleared_before' | 'not_registered'; readonly says: string }

/**
 * One click: what the signal rests on is a use of a registered purpose. Its sketches become part of what that purpose is
 * compared with, so that the same change does not signal again.
 */
export async function clearSignal(sql: Sql, id: string, by: { readonly register: Register; readonly purpose: string; readonly says: string; readonly actor: string; readonly atMs: number }): Promise<Cleared> {
  const signal = await readSignal(sql, id)
  if (signal === undefined) return { status: 'unknown' }
  if (signal.cleared !== undefined) return { status: 'refused', code: 'cleared_before', says: `It was cleared under ${signal.cleared.under} by ${signal.cleared.by}.` }
  if (signal.caseId !== undefined) return { status: 'refused', code: 'is_a_case', says: `It is ${signal.caseId}: decide there.` }
  if (currentPurpose(by.register, signal.organization, by.purpose, by.atMs) === undefined) {
    return { status: 'refused', code: 'not_registered', says: `${by.purpose} is no registered use case of ${signal.organization} that is in force: register it first, with weir terms.` }
  }
  await sql(`UPDATE detection_sketch SET standing = 'accepted', purpose = $2 WHERE signal = $1`, [id, by.purpose])
  await sql(`UPDATE detection_signal SET state = 'cleared', cleared_under = $2, cleared_by = $3, cleared_ms = $4, says = $5 WHERE id = $1`, [id, by.purpose, by.actor, String(by.atMs), by.says])
  await sql('UPDATE detection_progress SET accumulated = 0 WHERE subject = $1', [signal.subject])
  const body: Json = { purpose: by.purpose, says: by.says }
  await recordEvent(sql, { kind: 'signal-cleared', atMs: by.atMs, actor: by.actor, subject: `signal/${id}`, body })
  const after = await readSignal(sql, id)
  return after === undefined ? { status: 'unknown' } : { status: 'cleared', signal: after }
}
