/**
 * A case as a pure state machine: from a signal to a decision, its appeal and its end. Nothing here writes; `case-store.ts`
 * keeps the events. States, clocks and order of measures: reference "Terms and proof" §7 (2026-11-23).
 */
import { isoTime } from '../../kernel/clock.ts'
import { restrictionFault, type Restriction, type RestrictionKind, type Scope } from './restriction.ts'

export const states = ['signal', 'triage', 'dismissed', 'open', 'noticed', 'answered', 'silent', 'investigating', 'decided', 'appealed', 'upheld', 'varied', 'reversed', 'closed'] as const
export type State = (typeof states)[number]

export const acts = ['take-up', 'dismiss', 'open', 'notice', 'answer', 'silence', 'investigate', 'decide', 'appeal', 'uphold', 'vary', 'reverse', 'close', 'reopen'] as const
export type Act = (typeof acts)[number]

export type Finding = 'no_breach' | 'remediation' | 'penalty'

const none = {
  'take-up': undefined, dismiss: undefined, open: undefined, notice: undefined, answer: undefined, silence: undefined, investigate: undefined,
  decide: undefined, appeal: undefined, uphold: undefined, vary: undefined, reverse: undefined, close: undefined, reopen: undefined,
} as const satisfies Readonly<Record<Act, undefined>>

/** Where each act leads from each state; undefined: it cannot be done there. The compiler wants every state and every act. */
export const transitions: Readonly<Record<State, Readonly<Record<Act, State | undefined>>>> = {
  signal: { ...none, 'take-up': 'triage' },
  triage: { ...none, dismiss: 'dismissed', open: 'open' },
  dismissed: { ...none, reopen: 'open' },
  open: { ...none, notice: 'noticed' },
  noticed: { ...none, answer: 'answered', silence: 'silent' },
  answered: { ...none, investigate: 'investigating' },
  // A late answer is heard all the same.
  silent: { ...none, answer: 'answered', investigate: 'investigating' },
  investigating: { ...none, decide: 'decided' },
  decided: { ...none, appeal: 'appealed', close: 'closed' },
  appealed: { ...none, uphold: 'upheld', vary: 'varied', reverse: 'reversed' },
  upheld: { ...none, close: 'closed' },
  varied: { ...none, close: 'closed' },
  reversed: { ...none, close: 'closed' },
  closed: { ...none, reopen: 'open' },
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Milliseconds within which the next act is due; the appeal's window is how long one may be filed. */
export const clocks = {
  triage: 4 * hourMs, keyTheftTriage: hourMs / 4, answer: 7 * dayMs, decision: 30 * dayMs, appealWindow: 182 * dayMs, appealDecision: 14 * dayMs,
} as const

export interface CaseEvent {
  readonly number: number
  readonly kind: EventBody['kind']
  readonly body: EventBody
  readonly atMs: number
  readonly actor: string
}

export type Source = 'own_initiative' | 'referral' | 'detector' | 'supplier_notice'

/** Stands where a case is about the installation and not about one customer: changed terms, a supplier's bill that nothing explains. */
export const everyOrganization = '*'

export const matters = ['misuse', 'key_theft', 'terms_breach', 'terms_changed', 'books_differ'] as const
export type Matter = (typeof matters)[number]

/** What happened; `says` is a sentence that all parties may read. */
export type EventBody =
  | { readonly kind: 'signalled'; readonly organization: string; readonly about: Scope; readonly source: Source; readonly referredBy?: string; /** Id of the complaint that it came of. */ readonly referral?: string; readonly matter: Matter; readonly clause: string; readonly says: string; readonly evidence: readonly string[] }
  | { readonly kind: 'moved'; readonly act: Act; readonly says: string; readonly finding?: Finding; readonly evidence: readonly string[] }
  | { readonly kind: 'restricted'; readonly restriction: Restriction }
  | { readonly kind: 'restriction-approved'; readonly restriction: string; readonly untilMs?: number }
  | { readonly kind: 'restriction-lifted'; readonly restriction: string; readonly says: string }
  /** It has ended by itself: by its own end, for want of a human, or because the decision is overdue. */
  | { readonly kind: 'restriction-lapsed'; readonly restriction: string; readonly says: string }
  | { readonly kind: 'packed'; readonly sha256: string }
  /** A supplier was answered. */
  | { readonly kind: 'responded'; readonly notice: string; readonly sha256: string }

export interface InForce extends Restriction {
  readonly case: string
  readonly by: string
  /** The second person, or the human who took an automatic one over. */
  readonly approvedBy?: string
  readonly atMs: number
  readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
  /** It was in force when the case was opened anew: an earlier decision imposed it. */
  readonly imposed?: true
}

export interface Case {
  readonly id: string
  readonly state: State
  readonly sinceMs: number
  readonly signal: EventBody & { readonly kind: 'signalled' }
  /** Of the last decision since the case was opened, or opened anew. */
  readonly finding?: Finding
  /** Since when a decision is awaited: the signal, or when the case was opened anew. */
  readonly begunMs: number
  /** Whoever decided, proposed or approved: none of them decides the appeal. */
  readonly deciders: ReadonlySet<string>
  readonly restrictions: readonly InForce[]
  readonly events: readonly CaseEvent[]
}

/** The case that events make, oldest first; undefined where there is none. */
export function caseOf(id: string, events: readonly CaseEvent[]): Case | undefined {
  const [first, ...rest] = events
  if (first?.body.kind !== 'signalled') return undefined
  const start: Case = { id, state: 'signal', sinceMs: first.atMs, begunMs: first.atMs, signal: first.body, deciders: new Set(), restrictions: [], events: [first] }
  return { ...rest.reduce(follow, start), events }
}

function follow(now: Case, event: CaseEvent): Case {
  const { body, actor, atMs } = event
  const changed = (id: string, change: Partial<InForce>): readonly InForce[] => now.restrictions.map((one) => (one.id === id ? { ...one, ...change } : one))
  switch (body.kind) {
    case 'signalled': case 'packed': case 'responded': return now
    case 'moved': {
      const moved = { ...now, state: transitions[now.state][body.act] ?? now.state, sinceMs: atMs, deciders: body.act === 'decide' ? new Set([...now.deciders, actor]) : now.deciders }
      if (body.act !== 'reopen') return body.finding === undefined ? moved : { ...moved, finding: body.finding }
      const { finding: _past, ...anew } = moved
      return { ...anew, begunMs: atMs, restrictions: now.restrictions.map((one) => (one.status === 'in-force' ? { ...one, imposed: true } : one)) }
    }
    case 'restricted': {
      const restriction: InForce = { ...body.restriction, case: now.id, by: actor, atMs, status: needsTwo(body.restriction.kind) ? 'proposed' : 'in-force' }
      return { ...now, deciders: new Set([...now.deciders, actor]), restrictions: [...now.restrictions, restriction] }
    }
    case 'restriction-approved':
      return { ...now, deciders: new Set([...now.deciders, actor]), restrictions: changed(body.restriction, { status: 'in-force', approvedBy: actor, ...(body.untilMs === undefined ? {} : { untilMs: body.untilMs }) }) }
    case 'restriction-lifted': return { ...now, restrictions: changed(body.restriction, { status: 'lifted' }) }
    case 'restriction-lapsed': return { ...now, restrictions: changed(body.restriction, { status: 'lapsed' }) }
  }
}

/** Suspensions and the end of an account are never one person's doing. */
export const needsTwo = (kind: RestrictionKind): boolean => kind === 'suspend_key' || kind === 'suspend_project' || kind === 'suspend_account' || kind === 'terminate'

export type Judged = { readonly status: 'may' } | { readonly status: 'refused'; readonly code: 'not_here' | 'same_person' | 'incomplete' | 'too_early' | 'too_late'; readonly says: string }

const may: Judged = { status: 'may' }
const refused = (code: Exclude<Judged, { status: 'may' }>['code'], says: string): Judged => ({ status: 'refused', code, says })

export interface Move { readonly act: Act; readonly says: string; readonly finding: Finding | undefined; readonly evidence: readonly string[]; readonly actor: string; readonly atMs: number }

/** Whether an act may be done now by this person. */
export function judgeMove(now: Case, { act, says, finding, evidence, actor, atMs }: Move): Judged {
  if (transitions[now.state][act] === undefined) {
    const possible = acts.filter((one) => transitions[now.state][one] !== undefined)
    return refused('not_here', `A case that is ${now.state} cannot take ${act}; possible: ${possible.join(', ') || 'nothing'}.`)
  }
  if (says.trim() === '') return refused('incomplete', 'Say in a sentence why.')
  if (act === 'decide' && finding === undefined) return refused('incomplete', 'A decision names its finding: no_breach, remediation or penalty.')
  if (act !== 'decide' && finding !== undefined) return refused('incomplete', `Only a decision names a finding: leave it out of ${act}.`)
  if (act === 'reopen' && evidence.length === 0) return refused('incomplete', 'A case is reopened with new evidence only: name it.')
  if (act === 'silence' && atMs < now.sinceMs + clocks.answer) return refused('too_early', 'Seven days to answer have not passed.')
  if (act === 'appeal' && atMs > now.sinceMs + clocks.appealWindow) return refused('too_late', 'The six months for an appeal have passed; new evidence can reopen the case.')
  if ((act === 'uphold' || act === 'vary' || act === 'reverse') && now.deciders.has(actor)) return refused('same_person', 'Whoever decided or restricted does not decide the appeal: another person has to.')
  return may
}

/** Whether a restriction may be proposed now. */
export function judgeRestriction(now: Case, restriction: Restriction, atMs: number): Judged {
  const fault = restrictionFault(restriction, atMs)
  if (fault !== undefined) return refused('incomplete', fault)
  if (['signal', 'dismissed', 'reversed', 'closed'].includes(now.state)) return refused('not_here', `A case that is ${now.state} restricts nobody: take it up, or reopen it.`)
  if (now.finding === 'no_breach') return refused('not_here', 'The decision found no breach, so there is nothing to restrict: reopen the case with new evidence, once it is closed.')
  if (restriction.scope.organization !== now.signal.organization) return refused('not_here', 'A restriction stays within the organization that the case is about.')
  const told = !['triage', 'open'].includes(now.state)
  if (needsTwo(restriction.kind) && !told && restriction.urgent === undefined) return refused('too_early', 'Notice comes first. Without it only on imminent loss, key theft, law or destruction of evidence: state which.')
  if (restriction.kind === 'terminate' && now.finding !== 'penalty') return refused('too_early', 'An account ends only after a decision that finds a penalty due.')
  return may
}

/** Whether this person's word brings a proposed restriction in force, or takes an automatic one over; `untilMs`: its new end, where one is given. */
export function judgeApproval(now: Case, id: string, actor: string, atMs: number, untilMs?: number): Judged {
  const found = now.restrictions.find((one) => one.id === id)
  if (found === undefined) return refused('not_here', `Case ${now.id} has no restriction ${id}.`)
  if (found.status === 'lifted' || found.status === 'lapsed' || endsAt(found) <= atMs) return refused('not_here', 'It was lifted or has lapsed: propose it again.')
  if (found.status === 'in-force' && !(found.automatic && found.approvedBy === undefined)) return refused('not_here', 'It is in force already.')
  if (found.by === actor) return refused('same_person', 'You proposed it yourself: another person has to approve it.')
  if (untilMs !== undefined && untilMs <= atMs) return refused('incomplete', 'It would end before it begins.')
  // What is longer than the first person proposed would be the second one's alone.
  if (found.status === 'proposed' && untilMs !== undefined && untilMs > (found.untilMs ?? untilMs)) return refused('incomplete', `It was proposed until ${isoTime(found.untilMs ?? untilMs)}: who approves it may end it sooner, and not later. Propose another one for longer.`)
  return may
}

/** Milliseconds without a human after which an automatic restriction lapses. */
export const automaticMs = 72 * hourMs

/** When a restriction ends by itself; infinite where it waits to be lifted. */
export const endsAt = (restriction: InForce): number =>
  Math.min(restriction.untilMs ?? Number.POSITIVE_INFINITY, restriction.automatic && restriction.approvedBy === undefined ? restriction.atMs + automaticMs : Number.POSITIVE_INFINITY)

/** The restrictions that hold at an instant. */
export const inForceAt = (now: Case, atMs: number): readonly InForce[] =>
  now.restrictions.filter((one) => one.status === 'in-force').map((one) => bounded(now, one)).filter((one) => atMs < endsAt(one))

/** When a restriction of a case ends by itself as things stand; infinite where it waits to be lifted. */
export const holdsUntil = (now: Case, restriction: InForce): number => endsAt(bounded(now, restriction))

/** A measure before the decision lapses when the decision is overdue: nobody stays restricted because nobody decides. What an earlier decision imposed stands. */
function bounded(now: Case, restriction: InForce): InForce {
  if (now.finding !== undefined || restriction.imposed) return restriction
  const overdueMs = now.begunMs + clocks.triage + clocks.answer + clocks.decision
  return { ...restriction, untilMs: Math.min(restriction.untilMs ?? overdueMs, overdueMs) }
}

/** What is due next and when; undefined where nothing is. */
export function dueOf(now: Case): { readonly what: string; readonly atMs: number } | undefined {
  const due = (what: string, ms: number): { what: string; atMs: number } => ({ what, atMs: now.sinceMs + ms })
  switch (now.state) {
    case 'signal': case 'triage': return due('triage', now.signal.matter === 'key_theft' ? clocks.keyTheftTriage : clocks.triage)
    case 'noticed': return due('answer', clocks.answer)
    case 'open': case 'answered': case 'silent': case 'investigating': return due('decision', clocks.decision)
    case 'decided': return due('end of the appeal window', clocks.appealWindow)
    case 'appealed': return due('decision on the appeal', clocks.appealDecision)
    case 'dismissed': case 'upheld': case 'varied': case 'reversed': case 'closed': return undefined
  }
}

/**
 * The first instant after `afterMs` at which time alone changes a case: silence, the end of a window or of a restriction, or
 * that something is overdue; undefined: none.
 */
export function nextOf(now: Case, afterMs: number): number | undefined {
  const due = dueOf(now)
  // Silence comes with the last millisecond; whatever else is due is late after it.
  const late = due === undefined ? [] : [now.state === 'noticed' ? due.atMs : due.atMs + 1]
  const ends = now.restrictions.filter((one) => one.status === 'in-force').map((one) => endsAt(bounded(now, one)))
  const times = [...late, ...ends].filter((ms) => Number.isFinite(ms) && ms > afterMs)
  return times.length === 0 ? undefined : Math.min(...times)
}
