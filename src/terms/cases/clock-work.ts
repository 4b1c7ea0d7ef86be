/**
 * What time does to cases, once a minute, to those whose time has come: silence after seven days, the end of an appeal's window, restrictions that have
 * ended by themselves, and what is overdue, told once. Nothing here decides anything: clocks free, remind and close.
 */
import type { Sql, Store } from '../../store/store.ts'
import { clocks, dueOf, endsAt, inForceAt } from './case.ts'
import type { Case } from './case.ts'
import { casesDue, lapse, moveCase, setClocks } from './case-store.ts'

export interface CaseWork {
  readonly silent: readonly string[]
  readonly closed: readonly string[]
  readonly lapsed: readonly { readonly case: string; readonly restriction: string }[]
  /** Told to people; each occasion once, by its name. */
  readonly overdue: readonly { readonly case: string; readonly organization: string; readonly what: string; readonly occasion: string }[]
}

const clockActor = 'clock'

/** Restrictions that were in force and hold no more, with why. */
function lapsedIn(one: Case, nowMs: number): readonly { readonly id: string; readonly says: string }[] {
  const holding = new Set(inForceAt(one, nowMs).map((each) => each.id))
  return one.restrictions.filter((each) => each.status === 'in-force' && !holding.has(each.id)).map((each) => ({
    id: each.id,
    says: each.automatic && each.approvedBy === undefined && endsAt(each) <= nowMs && (each.untilMs ?? Infinity) > nowMs ? 'No human took it over within 72 hours.'
      : (each.untilMs ?? Infinity) <= nowMs ? 'Its end has come.' : 'The decision is overdue: nobody stays restricted because nobody decides.',
  }))
}

const pageCases = 200

/**
 * Does what is due at an instant, a page of cases after the other: what there is to tell is told before their clocks are set,
 * so that a crash between the two tells it again and never loses it. Answers all of it.
 */
export async function workCases(store: Store, nowMs: number, tell: (work: CaseWork) => Promise<void> = async () => {}): Promise<CaseWork> {
  const read: Sql = (text, values) => store.query('jobs', text, values)
  const done: CaseWork[] = []
  for (let after = ''; ;) {
    const page = await casesDue(read, nowMs, after, pageCases)
    const work = await workPage(store, page, nowMs)
    await tell(work)
    done.push(work)
    if (page.length > 0) await setClocks(read, page, nowMs)
    if (page.length < pageCases) break
    after = page.at(-1)?.id ?? after
  }
  return { silent: done.flatMap((one) => one.silent), closed: done.flatMap((one) => one.closed), lapsed: done.flatMap((one) => one.lapsed), overdue: done.flatMap((one) => one.overdue) }
}

/** Each case in its own short transaction, judged again under its lock. */
async function workPage(store: Store, page: readonly Case[], nowMs: number): Promise<CaseWork> {
  const silent: string[] = []
  const closed: string[] = []
  const lapsed: { case: string; restriction: string }[] = []
  const overdue: CaseWork['overdue'][number][] = []
  for (const one of page) {
    const move = (act: 'silence' | 'close', says: string): Promise<{ readonly status: string }> => store.transaction('revocation', (sql) => moveCase(sql, one.id, { act, says, finding: undefined, evidence: [], actor: clockActor, atMs: nowMs }))
    if (one.state === 'noticed' && nowMs >= one.sinceMs + clocks.answer && (await move('silence', 'No answer came within seven days of the notice.')).status === 'done') silent.push(one.id)
    if (one.state === 'decided' && nowMs > one.sinceMs + clocks.appealWindow && (await move('close', 'No appeal came within six months of the decision.')).status === 'done') closed.push(one.id)
    for (const { id, says } of lapsedIn(one, nowMs)) {
      await store.transaction('revocation', (sql) => lapse(sql, one.id, id, says, clockActor, nowMs))
      lapsed.push({ case: one.id, restriction: id })
    }
    const due = dueOf(one)
    if (due !== undefined && due.atMs < nowMs && one.state !== 'noticed' && one.state !== 'decided') overdue.push({ case: one.id, organization: one.signal.organization, what: due.what, occasion: `${one.state} ${one.sinceMs}` })
  }
  return { silent, closed, lapsed, overdue }
}
