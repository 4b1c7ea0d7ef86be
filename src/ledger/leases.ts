/**
 * A node's side of the budgets. Holds are answered at once out of local leases; the database is asked ahead of need, and
 * waited for only when a lease does not suffice. Requests for one tree of budgets run one at a time, in the order in which
 * their holds came. Before a hold is refused, every other node has been asked to give back what it does not use, so a
 * refusal means that posted, held and asked together exceed the limit (C2).
 */
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { sleep, type Stop, type Timers } from '../kernel/timers.ts'
import type { AttemptRecord } from '../journal/record.ts'
import { budgetPeriod } from './budget-period.ts'
import { BudgetsRecovering, type LeaseAnswer, type OpenHold } from './budgets.ts'
import type { LeaseLedger } from './ledger.ts'
import type { Budget, Hold, Leases } from './lease.ts'
import { fits, refuse, type Outcome, type Tree, type Waiter } from './lease-waiters.ts'
import { asOpen, fencedOut, opened, usesOf, type NodeHold } from './node-hold.ts'
import { aheadOf, freeOf, needOf, openLocal, refusedBy, tick, wantOf, type LocalLease } from './local-lease.ts'

export interface NodeLeasesOptions {
  /** Where leases are granted: the database's side. */
  readonly ledger: LeaseLedger
  readonly journalId: string
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** A request failed, or giving back did; it is repeated by itself. */
  readonly failed: (cause: unknown) => void
  /** Highest number of this node's journal. With it, leases of earlier runs are given back once their records are posted. */
  readonly lastSequence?: () => number
  /** Up to where the journal knows its records confirmed: a database that has fewer was put back. */
  readonly confirmed?: () => number
  /** How long other nodes get to give back before a refusal is final. Default 500. */
  readonly recallMs?: number
  /** How long a hold may wait while the database does not answer, before it throws. Default 5,000. */
  readonly unansweredMs?: number
}

export interface NodeLeases extends Leases {
  /** After a start: leases of earlier runs are closed, except for the holds of attempts that go on. */
  readonly recover: (goingOn: readonly AttemptRecord[]) => Promise<void>
  /** Picos held and free at hand over all leases, and requests to the database so far, for metrics. */
  readonly sums: () => { readonly held: bigint; readonly free: bigint; readonly requests: number }
  /** Gives back what is not held. Call it when no call is open. */
  readonly stop: () => Promise<void>
}

/** The database did not answer in time: the call can be neither admitted nor refused. */
export class LeasesUnanswered extends Error {
  override readonly name = 'LeasesUnanswered'
}

export const nodeLeases = (options: NodeLeasesOptions): NodeLeases => new Node(options)

const idleMs = 5_000
const tickMs = 1_000
const tightMs = 1_000
const pollMs = 5
const repeatMs = 100
/** Between two requests while a restored database waits for other nodes. */
const recoveringMs = 500
/** After a node stayed silent to a recall, others are not kept waiting for it for this long. */
const silenceMs = 5_000

class Node implements NodeLeases {
  readonly #options: NodeLeasesOptions
  readonly #run: string
  readonly #locals = new Map<string, LocalLease>()
  readonly #trees = new Map<string, Tree>()
  readonly #silentUntil = new Map<string, number>()
  /** Holds of earlier runs that are still open, and those of them that somebody has taken up. */
  readonly #restored = new Set<NodeHold>()
  readonly #taken = new WeakSet<NodeHold>()
  readonly #working = new Set<Promise<unknown>>()
  readonly #stops: readonly Stop[]
  #epochs = 0
  #requests = 0
  #stopped = false
  /** Leases of earlier runs may still be open: what they were charged stands in the journal up to this number. */
  #closingUpTo: number | undefined
  #recovered = false
  /** All leases are named, and it is to be told as soon as what was charged to those before is posted. */
  #speaks = false

  constructor(options: NodeLeasesOptions) {
    this.#options = options
    this.#run = options.random.bytes(6).toString('hex')
    this.#stops = [
      options.timers.every(tickMs, () => this.#sweep()),
      options.ledger.onNotify((payload) => {
        if (payload.startsWith('budget:')) this.#hearRecall(payload.slice('budget:'.length))
        else if (payload === 'resync') this.#reassert()
      }),
    ]
  }

  readonly hold: Leases['hold'] = (path, picos, at) => {
    assert(picos >= 0n, 'a hold is not negative')
    const leases = path.map((budget) => this.#localOf(budget, at))
    const taken = this.#acquire(leases, picos)
    if (taken === 'taken') return opened(leases, picos)
    // A lease written off while the hold waited: the hold itself is sound and is asked for once more, in a new lease.
    return taken.then((outcome) => (outcome === 'taken' ? opened(leases, picos) : outcome === 'fenced' ? this.hold(path, picos, at) : outcome))
  }

  readonly raise: Leases['raise'] = (given, more) => {
    const open = asOpen(given)
    const raised = (): Hold => {
      open.picos += more
      return open
    }
    const fenced = open.leases.find((lease) => lease.closed)
    if (fenced !== undefined) return fencedOut(fenced, more)
    const taken = this.#acquire(open.leases, more)
    if (taken === 'taken') return raised()
    return taken.then((outcome) => (outcome === 'taken' ? raised() : outcome === 'fenced' ? fencedOut(open.leases.find((lease) => lease.closed) ?? open.leases[0], more) : outcome))
  }

  readonly settle: Leases['settle'] = (given, charge) => {
    const open = asOpen(given)
    open.ended = true
    // Its outcome is journalled, and has to be posted too before its lease is given back.
    if (this.#restored.delete(open)) this.#closingUpTo = this.#options.lastSequence?.()
    for (const lease of open.leases) {
      lease.held -= open.picos
      lease.charged += charge
    }
    const tree = this.#treeOf(open.leases)
    if (tree !== undefined && tree.waiters.length > 0) this.#background(this.#pump(tree))
  }

  readonly restore: Leases['restore'] = (uses, picos) => {
    const open: NodeHold = { uses, picos, leases: [], ended: false }
    const announced = [...this.#restored].find((hold) => hold.picos === picos && JSON.stringify(hold.uses) === JSON.stringify(uses) && !this.#taken.has(hold))
    if (announced !== undefined) this.#restored.delete(announced)
    this.#restored.add(open)
    this.#taken.add(open)
    return open
  }

  readonly recover = async (goingOn: readonly AttemptRecord[]): Promise<void> => {
    // Announced before anything can be given back: `restore` then takes each of them up.
    for (const { budgets, hold } of goingOn) if (budgets.length > 0) this.#restored.add({ uses: budgets, picos: BigInt(hold), leases: [], ended: false })
    await this.#closeOthers()
    this.#recovered = true
    this.#speaks = true
    this.#background(this.#release())
  }

  readonly sums = (): { readonly held: bigint; readonly free: bigint; readonly requests: number } => {
    const leases = [...this.#locals.values()]
    return { held: leases.reduce((sum, lease) => sum + lease.held, 0n), free: leases.reduce((sum, lease) => sum + freeOf(lease), 0n), requests: this.#requests }
  }

  readonly stop = async (): Promise<void> => {
    this.#stopped = true
    for (const stop of this.#stops) stop()
    for (const lease of this.#locals.values()) this.#giveBack(lease, 0n)
    this.#background(this.#release())
    while (this.#working.size > 0) await Promise.all(this.#working)
    // What a lost answer brought goes back too, by `#asked`; a database that keeps silent gets it back at the next start.
    for (let tries = 0; tries < 3; tries += 1) {
      for (const lease of this.#locals.values()) this.#askAgain(lease)
      while (this.#working.size > 0) await Promise.all(this.#working)
    }
  }

  #background(work: Promise<unknown>): void {
    // Whatever the database refused or lost: reported, and repeated by the next tick, request or recall.
    const watched: Promise<unknown> = work.catch(this.#options.failed).finally(() => this.#working.delete(watched))
    this.#working.add(watched)
  }

  #localOf(budget: Budget, at: number): LocalLease {
    const period = budgetPeriod(budget, at)
    const key = `${budget.id}\n${period.period}`
    let lease = this.#locals.get(key)
    if (lease === undefined || lease.closed) {
      const epoch = this.#epochs === 0 ? this.#run : `${this.#run}.${this.#epochs}`
      lease = openLocal(budget, period, epoch, this.#options.clock.monotonic())
      this.#locals.set(key, lease)
    } else if (lease.budget !== budget) {
      const changed = budget.limit !== lease.budget.limit
      lease.budget = budget
      if (changed) this.#giveBack(lease, 0n)
    }
    return lease
  }

  #treeOf(leases: readonly LocalLease[]): Tree | undefined {
    const id = leases[0]?.budget.id
    if (id === undefined) return undefined
    const tree = this.#trees.get(id) ?? { waiters: [], asking: false }
    this.#trees.set(id, tree)
    return tree
  }

  #acquire(leases: readonly LocalLease[], picos: bigint): 'taken' | Promise<Outcome> {
    const tree = this.#treeOf(leases)
    if (tree === undefined) return 'taken'
    if (tree.waiters.length === 0 && fits(leases, picos)) {
      this.#take(leases, picos)
      this.#prefetch(tree, leases)
      return 'taken'
    }
    return new Promise((resolve, reject) => {
      tree.waiters.push({ leases, picos, since: this.#options.clock.monotonic(), resolve, reject })
      this.#background(this.#pump(tree))
    })
  }

  #take(leases: readonly LocalLease[], picos: bigint): void {
    const now = this.#options.clock.monotonic()
    for (const lease of leases) {
      lease.held += picos
      lease.taken += picos
      lease.usedAt = now
    }
  }

  #giveBack(lease: LocalLease, keep: bigint): void {
    const slack = freeOf(lease) - keep
    if (slack <= 0n || lease.closed) return
    lease.returned += slack
    this.#sendReturned(lease)
  }

  #sendReturned(lease: LocalLease): void {
    const { returned, answered: answers } = lease
    this.#background(this.#options.ledger.returnLease(this.#options.journalId, { budget: lease.budget.id, period: lease.period.period, epoch: lease.epoch, returned, answers }).then(() => {
      if (returned > lease.acknowledged) lease.acknowledged = returned
      if (answers > lease.told) lease.told = answers
    }))
  }

  async #ask(leases: readonly LocalLease[], target: (lease: LocalLease) => { readonly need: bigint; readonly want: bigint }, recall: boolean): Promise<LeaseAnswer> {
    this.#requests += 1
    for (const lease of leases) lease.asking += 1
    try {
      return this.#learn(leases, await this.#options.ledger.takeLeases(this.#options.journalId, leases.map((lease) => wantOf(lease, target(lease))), recall, this.#options.confirmed?.() ?? 0))
    } catch (cause) {
      for (const lease of leases) lease.unsure = true
      throw cause
    } finally {
      this.#asked(leases)
    }
  }

  #learn(leases: readonly LocalLease[], answer: LeaseAnswer): LeaseAnswer {
    const at = (place: { readonly budget: string; readonly period: string }): LocalLease | undefined => leases.find((lease) => lease.budget.id === place.budget && lease.period.period === place.period)
    if (answer.status === 'granted') {
      for (const state of answer.leases) {
        const lease = at(state)
        if (lease === undefined) continue
        if (state.granted > lease.granted) lease.granted = state.granted
        lease.unsure = false
        // Younger than the recall, or its notification was lost.
        if (state.recall > lease.recalled) lease.recalled = state.recall
      }
    } else if (answer.status === 'fenced') {
      const lease = at(answer)
      if (lease !== undefined) lease.closed = true
      this.#epochs += 1
    }
    return answer
  }

  /** After a lost answer: what the lease has been granted, and nothing more. */
  #askAgain(lease: LocalLease): void {
    if (lease.unsure && !lease.closed && lease.asking === 0) this.#background(this.#ask([lease], () => ({ need: lease.granted, want: lease.granted }), false))
  }

  #asked(leases: readonly LocalLease[]): void {
    for (const lease of leases) lease.asking -= 1
    // What was under way when the node stopped brings what nobody takes any more.
    if (this.#stopped) return leases.forEach((lease) => this.#giveBack(lease, 0n))
    const late = leases.filter((lease) => lease.recalled > lease.answered && lease.asking === 0)
    if (late.some((lease) => lease.unsure)) this.#background(sleep(this.#options.timers, repeatMs).then(() => late.forEach((lease) => this.#answerLate(lease))))
    // Not before whoever asked has taken what it was granted.
    else if (late.length > 0) this.#options.timers.soon(() => late.forEach((lease) => this.#answerLate(lease)))
  }

  async #pump(tree: Tree): Promise<void> {
    if (tree.asking) return
    tree.asking = true
    try {
      for (let head = this.#serve(tree); head !== undefined; head = this.#serve(tree)) {
        try {
          await this.#settleHead(tree, head)
        } catch (cause) {
          // The database did not take the request: its cause is reported, and the request repeated as it was.
          const recovering = cause instanceof BudgetsRecovering
          if (!recovering) this.#options.failed(cause)
          this.#expire(tree)
          await sleep(this.#options.timers, recovering ? recoveringMs : repeatMs)
        }
      }
    } finally {
      tree.asking = false
    }
  }

  /** Serves waiters in order while they fit; answers the first that does not. */
  #serve(tree: Tree): Waiter | undefined {
    for (let head = tree.waiters[0]; head !== undefined; head = tree.waiters[0]) {
      if (!fits(head.leases, head.picos)) return head
      tree.waiters.shift()
      this.#take(head.leases, head.picos)
      head.resolve('taken')
    }
    return undefined
  }

  /** Asks until the first waiter is served, refused or fenced. */
  async #settleHead(tree: Tree, head: Waiter): Promise<void> {
    const { clock, timers, recallMs = 500 } = this.#options
    /** When other nodes were first asked to give back, by budget: each account of the path can be the one that is short. */
    const recalledAt = new Map<string, number>()
    let recall = true
    /** Who waited when the others were asked. For who came later, something may have become free since they answered. */
    let present: ReadonlySet<Waiter> = new Set()
    while (tree.waiters[0] === head) {
      if (head.leases.some((lease) => lease.closed)) {
        tree.waiters.shift()
        head.resolve('fenced')
        return
      }
      if (recall) present = new Set(tree.waiters)
      const answer = await this.#ask(head.leases, (lease) => this.#targetOf(tree, head, lease), recall)
      if (answer.status === 'granted') this.#serve(tree)
      if (answer.status !== 'refused') continue
      const lease = head.leases.find((each) => refusedBy(each, answer))
      assert(lease !== undefined, 'a refusal names a budget of the path')
      lease.tightUntil = clock.monotonic() + tightMs
      const since = recalledAt.get(answer.budget)
      if (since === undefined && !recall) {
        recall = true
        continue
      }
      recall = false
      recalledAt.set(answer.budget, since ?? clock.monotonic())
      const impatient = since !== undefined && clock.monotonic() - since > recallMs
      const silent = since !== undefined && (this.#silentUntil.get(answer.budget) ?? 0) > clock.monotonic()
      if (impatient) this.#silentUntil.set(answer.budget, clock.monotonic() + silenceMs)
      if (answer.waiting === 0 || impatient || silent) refuse(tree, present, lease, answer)
      else await sleep(timers, pollMs)
    }
  }

  /** What the first waiter needs, and what the rest of its tree would like to find. */
  #targetOf(tree: Tree, head: Waiter, lease: LocalLease): { readonly need: bigint; readonly want: bigint } {
    const need = needOf(lease, head.picos)
    const others = tree.waiters.reduce((sum, waiter) => (waiter !== head && waiter.leases.includes(lease) ? sum + waiter.picos : sum), 0n)
    return { need, want: need + others + aheadOf(lease, this.#options.clock.monotonic()) }
  }

  /** Ends waits that the database has not answered for too long. */
  #expire(tree: Tree): void {
    const { clock, unansweredMs = 5_000 } = this.#options
    const limit = clock.monotonic() - unansweredMs
    for (const waiter of tree.waiters.filter((each) => each.since <= limit)) {
      tree.waiters.splice(tree.waiters.indexOf(waiter), 1)
      waiter.reject(new LeasesUnanswered('the database has not granted or refused this hold in time; see the log for why it does not answer'))
    }
  }

  /** Extends leases that run low while nothing of their tree waits. */
  #prefetch(tree: Tree, leases: readonly LocalLease[]): void {
    const { clock } = this.#options
    const now = clock.monotonic()
    if (tree.asking || this.#stopped) return
    const low = leases.filter((lease) => now >= lease.quietUntil && freeOf(lease) < aheadOf(lease, now) / 2n)
    if (low.length === 0) return
    tree.asking = true
    const before = low.map((lease) => lease.granted)
    this.#background(this.#ask(low, (lease) => ({ need: lease.granted, want: needOf(lease, aheadOf(lease, now)) }), false).finally(() => {
      tree.asking = false
      low.forEach((lease, index) => (lease.quietUntil = clock.monotonic() + (lease.granted === before[index] ? 250 : 20)))
      if (tree.waiters.length > 0) this.#background(this.#pump(tree))
    }))
  }

  /**
   * Another node was refused: all that is not held goes back, and so does the answer where nothing is left. A hold that
   * waits keeps nothing, since it may itself be refused; its next request is for its whole path again. While a request of
   * ours is under way the answer waits: what it brings would come after the answer, and the other node would be refused for it.
   */
  #hearRecall(payload: string): void {
    const [number = ''] = payload.split(':', 1)
    const budget = payload.slice(number.length + 1)
    for (const lease of this.#locals.values()) {
      if (lease.budget.id !== budget || lease.closed) continue
      lease.tightUntil = this.#options.clock.monotonic() + tightMs
      lease.recalled = Math.max(lease.recalled, Number(number))
      if (lease.asking === 0) this.#giveUp(lease)
    }
  }

  #answerLate(lease: LocalLease): void {
    // Asked again meanwhile: that request's end answers.
    if (!lease.closed && lease.asking === 0 && lease.recalled > lease.answered) this.#giveUp(lease)
  }

  #giveUp(lease: LocalLease): void {
    // What may have been granted unheard has to come back too: the answer's end gives up.
    if (lease.unsure) return this.#askAgain(lease)
    const slack = freeOf(lease)
    if (slack > 0n) lease.returned += slack
    lease.answered = lease.recalled
    this.#sendReturned(lease)
  }

  /** Leases of earlier runs, and of this one where it has forgotten them, get nothing more and are given back. */
  async #closeOthers(): Promise<void> {
    await this.#options.ledger.closeLeases(this.#options.journalId, usesOf([...this.#locals.values()]))
    this.#closingUpTo = this.#options.lastSequence?.()
  }

  /** After a reconnect: the database may have been restored from a backup, so it is told again what it granted. */
  #reassert(): void {
    const told = this.#recovered ? [this.#closeOthers()] : []
    for (const lease of this.#locals.values()) {
      // A restored database counts its recalls from where it was.
      lease.recalled = lease.answered = lease.told = 0
      if (!lease.closed && lease.granted > 0n) told.push(this.#ask([lease], () => ({ need: lease.granted, want: lease.granted }), false).then(() => {}))
    }
    this.#background(Promise.all(told).then(() => {
      // A start that is not over speaks at its end.
      this.#speaks ||= this.#recovered
      return this.#release()
    }))
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic()
    const wallClock = this.#options.clock.now()
    // Also while a request is under way: a database that answers nothing does not end it.
    for (const tree of this.#trees.values()) this.#expire(tree)
    for (const [key, lease] of this.#locals) {
      tick(lease)
      const over = lease.period.endsAt !== undefined && wallClock >= lease.period.endsAt
      this.#askAgain(lease)
      // A return that the database did not take, or whose answer was lost: said again, since sums may be repeated.
      if ((lease.returned > lease.acknowledged || lease.answered > lease.told) && !lease.closed) this.#sendReturned(lease)
      this.#giveBack(lease, over || now - lease.usedAt > idleMs ? 0n : 2n * aheadOf(lease, now))
      if (this.#isDone(lease, over)) {
        this.#locals.delete(key)
        // Should a late call open the period again, it gets a lease of its own: the sums of this one are forgotten.
        this.#epochs += 1
      }
    }
    this.#background(this.#release())
  }

  /** Nothing is held or free in it, nothing waits for it or is under way, and the database knows what came back. */
  #isDone(lease: LocalLease, over: boolean): boolean {
    if (lease.held !== 0n || lease.asking > 0 || [...this.#trees.values()].some((tree) => tree.waiters.some((waiter) => waiter.leases.includes(lease)))) return false
    return lease.closed || (over && freeOf(lease) <= 0n && lease.returned === lease.acknowledged)
  }

  /** Leases of earlier runs are given back when all that they were charged is posted, however many calls go on meanwhile. */
  async #release(): Promise<void> {
    const { ledger, journalId } = this.#options
    const upTo = this.#closingUpTo
    if (upTo === undefined) return this.#speak()
    const open: readonly OpenHold[] = [...this.#restored].flatMap(({ uses, picos }) => uses.map((use) => ({ budget: use.budget, period: use.period, epoch: use.epoch ?? '-', picos })))
    const released = await ledger.releaseClosed(journalId, open, upTo)
    if (!released) return
    if (upTo === this.#closingUpTo && this.#restored.size === 0) this.#closingUpTo = undefined
    await this.#speak()
  }

  /** A database that was put back may know nothing of leases that are over: it waits until what they were charged is posted. */
  async #speak(): Promise<void> {
    if (!this.#speaks) return
    this.#speaks = false
    try {
      await this.#options.ledger.spoke(this.#options.journalId)
    } catch (cause) {
      this.#speaks = true
      throw cause
    }
  }
}
