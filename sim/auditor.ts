/**
 * The independent auditor: watches what happens while it happens and keeps a count of its own. It shares no code with the
 * ledger; of the program it knows only the shape of the journal's records. `final-audit.ts` judges the end.
 */
import type { AttemptRecord, JournalRecord, OutcomeRecord } from '../src/journal/record.ts'

export interface Finding {
  readonly invariant: 'C1' | 'C2' | 'C3' | 'C4' | 'C5'
  readonly says: string
}

/** A journal's disk as the auditor reads it. Two disks may hold the same journal, where one was copied. */
export interface Disk {
  readonly identity: string
  readonly rows: readonly { readonly sequence: number; readonly body: string }[]
}

interface BudgetSum {
  readonly limit: bigint
  /** What calls have spent or may still spend: charges, and holds where there is no charge yet. */
  owed: bigint
  /** Charges beyond their holds: a provider that broke its declared bounds. */
  overrun: bigint
  /** The most that was owed since each watched question began. */
  readonly watched: Set<{ most: bigint }>
}

type Use = { readonly budget: string; readonly period: string }

interface Question {
  readonly uses: readonly Use[]
  readonly more: bigint
  granted: boolean
}

interface CallSum {
  readonly uses: readonly { readonly budget: string; readonly period: string }[]
  /** The hold in memory while it lives. */
  held: bigint | undefined
  /** By the journal: charges of ended attempts, holds of open ones. */
  journalled: bigint
  counted: bigint
}

export interface AuditorOptions {
  /** Picos by budget id. */
  readonly limits: ReadonlyMap<string, bigint>
  /** False where the world itself breaks what C2 rests on: a restored database, a copied journal. */
  readonly exact: boolean
}

export class Auditor {
  readonly findings: Finding[] = []
  readonly #options: AuditorOptions
  readonly #budgets = new Map<string, BudgetSum>()
  readonly #calls = new Map<string, CallSum>()
  readonly #disks = new Map<Disk, { read: number; readonly attempts: Map<string, AttemptRecord>; readonly outcomes: Map<string, OutcomeRecord>; readonly foreign: Set<string> }>()
  readonly #dialled = new Set<string>()
  readonly #holds = new Map<string, { readonly node: string; state: 'open' | 'ended' }>()
  readonly #questions = new Set<Question>()
  readonly #doubted: { readonly more: bigint; readonly rooms: readonly { readonly use: Use; readonly room: bigint }[]; readonly rivals: readonly Question[] }[] = []
  refusals = 0

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  find(invariant: Finding['invariant'], says: string): void {
    if (this.findings.length < 20) this.findings.push({ invariant, says })
  }

  /** Reads what disks have got since the last look, and checks the sums. Called after every event. */
  look(disks: readonly Disk[]): void {
    for (const disk of disks) this.#read(disk)
  }

  #read(disk: Disk): void {
    const known = this.#disks.get(disk) ?? { read: 0, attempts: new Map(), outcomes: new Map(), foreign: new Set() }
    this.#disks.set(disk, known)
    const last = disk.rows.at(-1)?.sequence ?? 0
    if (last === known.read) return
    for (const row of disk.rows) {
      if (row.sequence <= known.read) continue
      const record = JSON.parse(row.body) as JournalRecord
      if (record.kind === 'attempt') this.#attempt(known, record)
      if (record.kind === 'outcome') this.#outcome(known, record)
    }
    known.read = last
  }

  #attempt(known: { readonly attempts: Map<string, AttemptRecord>; readonly foreign: ReadonlySet<string> }, record: AttemptRecord): void {
    const key = `${record.call}/${record.n}`
    if (known.attempts.has(key)) this.find('C1', `attempt ${key} stands in its journal twice`)
    known.attempts.set(key, record)
    if (known.foreign.has(key)) return
    const call = this.#call(record.call, record.budgets)
    call.journalled += BigInt(record.hold)
    this.#count(call)
  }

  #outcome(known: { readonly attempts: Map<string, AttemptRecord>; readonly outcomes: Map<string, OutcomeRecord>; readonly foreign: ReadonlySet<string> }, record: OutcomeRecord): void {
    const key = `${record.call}/${record.n}`
    const attempt = known.attempts.get(key)
    if (attempt === undefined) return this.find('C1', `outcome ${key} has no attempt before it`)
    if (known.outcomes.has(key)) return this.find('C1', `attempt ${key} has two outcomes`)
    known.outcomes.set(key, record)
    if (known.foreign.has(key)) return
    const call = this.#call(record.call, attempt.budgets)
    const [hold, charge] = [BigInt(attempt.hold), BigInt(record.charge)]
    call.journalled += charge - hold
    if (charge > hold) {
      for (const use of call.uses) {
        const sum = this.#budgets.get(`${use.budget} ${use.period}`)
        if (sum !== undefined) sum.overrun += charge - hold
      }
    }
    this.#count(call)
  }

  #call(id: string, uses: CallSum['uses']): CallSum {
    let call = this.#calls.get(id)
    if (call === undefined) {
      call = { uses, held: undefined, journalled: 0n, counted: 0n }
      this.#calls.set(id, call)
      for (const use of uses) this.#budget(use)
    }
    return call
  }

  #budget(use: { readonly budget: string; readonly period: string }): BudgetSum {
    const key = `${use.budget} ${use.period}`
    let sum = this.#budgets.get(key)
    if (sum === undefined) {
      sum = { limit: this.#options.limits.get(use.budget) ?? 0n, owed: 0n, overrun: 0n, watched: new Set() }
      this.#budgets.set(key, sum)
    }
    return sum
  }

  /** Brings a call's part of its budgets up to date: the hold while it lives, at least what the journal says. */
  #count(call: CallSum): void {
    const now = call.held !== undefined && call.held > call.journalled ? call.held : call.journalled
    for (const use of call.uses) {
      const sum = this.#budget(use)
      sum.owed += now - call.counted
      for (const watch of sum.watched) if (sum.owed > watch.most) watch.most = sum.owed
      if (this.#options.exact && now > call.counted && sum.owed > sum.limit + sum.overrun) {
        this.find('C2', `budget ${use.budget} ${use.period}: spent and held are ${sum.owed}, over its limit of ${sum.limit} and overruns of ${sum.overrun}`)
      }
    }
    call.counted = now
  }

  // What a node's budgets do, as they do it.

  held(node: string, id: string, uses: CallSum['uses'], picos: bigint): void {
    if (this.#holds.get(id)?.state === 'open') this.find('C1', `call ${id} has a second hold while its first is open`)
    this.#holds.set(id, { node, state: 'open' })
    const call = this.#call(id, uses)
    call.held = picos
    this.#count(call)
  }

  raised(id: string, picos: bigint): void {
    const call = this.#calls.get(id)
    if (call === undefined) return this.find('C1', `the hold of call ${id} is raised and was never opened`)
    call.held = picos
    this.#count(call)
  }

  settled(id: string, charge: bigint): void {
    const [hold, call] = [this.#holds.get(id), this.#calls.get(id)]
    if (hold === undefined || call === undefined) return this.find('C1', `the hold of call ${id} ends and was never opened`)
    if (hold.state === 'ended') return this.find('C1', `the hold of call ${id} ends twice`)
    hold.state = 'ended'
    call.held = undefined
    // The journal must know all of it by now: what budgets are charged is what was committed.
    if (charge !== call.journalled) this.find('C1', `the hold of call ${id} ends with ${charge}, its journal says ${call.journalled}`)
    this.#count(call)
  }

  /** A call could not write down its end: its hold is over, and what its journal says remains. */
  givenUp(id: string): void {
    const [hold, call] = [this.#holds.get(id), this.#calls.get(id)]
    if (hold !== undefined) hold.state = 'ended'
    if (call !== undefined) call.held = undefined
    if (call !== undefined) this.#count(call)
  }

  /** A node died: its memory held nothing that its journal does not. */
  died(node: string): void {
    for (const [id, hold] of this.#holds) {
      if (hold.node !== node || hold.state !== 'open') continue
      hold.state = 'ended'
      const call = this.#calls.get(id)
      if (call === undefined) continue
      call.held = undefined
      this.#count(call)
    }
  }

  openHolds(): readonly string[] {
    return [...this.#holds].filter(([, hold]) => hold.state === 'open').map(([id]) => id)
  }

  /**
   * A call asks for a hold from now on; answers what to do with the answer. A refusal is wrong where the hold would have
   * fitted all the time: also beside those whose own questions were still open then and were answered with yes.
   */
  asking(uses: CallSum['uses'], more: bigint): { readonly refused: (strict: boolean) => void; readonly granted: () => void; readonly failed: () => void } {
    const question: Question = { uses, more, granted: false }
    this.#questions.add(question)
    const watches = uses.map((use) => {
      const sum = this.#budget(use)
      const watch = { most: sum.owed }
      sum.watched.add(watch)
      return { use, sum, watch }
    })
    const done = (): void => {
      this.#questions.delete(question)
      watches.forEach(({ sum, watch }) => sum.watched.delete(watch))
    }
    return {
      failed: done,
      granted: () => {
        question.granted = true
        done()
      },
      refused: (strict) => {
        done()
        this.refusals += 1
        if (!strict) return
        const rooms = watches.map(({ use, sum, watch }) => ({ use, room: sum.limit - watch.most }))
        if (rooms.every(({ room }) => more <= room)) this.#doubted.push({ more, rooms, rivals: [...this.#questions] })
      },
    }
  }

  /** Judges the refusals whose rivals were not yet answered when they happened. */
  judgeRefusals(): void {
    for (const { more, rooms, rivals } of this.#doubted) {
      const taken = (use: Use): bigint => rivals.filter((rival) => rival.granted && rival.uses.some((each) => each.budget === use.budget && each.period === use.period)).reduce((sum, rival) => sum + rival.more, 0n)
      if (rooms.every(({ use, room }) => more + taken(use) <= room)) {
        this.find('C2', `a hold of ${more} was refused although it fitted all the time (${rooms.map(({ use, room }) => `${room} left of ${use.budget}`).join('; ')})`)
      }
    }
  }

  /** The provider is dialled: the attempt must stand in the journal already. */
  dialled(disk: Disk, attempt: string): void {
    this.#read(disk)
    if (this.#disks.get(disk)?.attempts.has(attempt) !== true) this.find('C1', `attempt ${attempt} is dialled before its journal has it`)
    if (this.#dialled.has(attempt)) this.find('C1', `attempt ${attempt} is dialled twice`)
    this.#dialled.add(attempt)
  }

  /** The last bytes of an answer leave: the outcome must stand in the journal already. */
  answered(disk: Disk, call: string): void {
    this.#read(disk)
    const ended = [...(this.#disks.get(disk)?.outcomes.values() ?? [])].some((outcome) => outcome.call === call && outcome.last)
    if (!ended) this.find('C1', `the last bytes of call ${call} leave before its outcome is committed`)
  }

  /** A disk that begins as a copy: the attempts on it are another's, and owe what that other says. */
  copied(disk: Disk): void {
    const foreign = new Set(disk.rows.map(({ body }) => JSON.parse(body) as JournalRecord).filter((record) => record.kind === 'attempt').map((record) => `${record.call}/${record.n}`))
    this.#disks.set(disk, { read: 0, attempts: new Map(), outcomes: new Map(), foreign })
  }

  /** The database's own sums: posted and leased never go over the limit. */
  budgetsSeen(rows: readonly { readonly budget: string; readonly period: string; readonly limit: string | undefined; readonly posted: string; readonly leased: string; readonly overrun: string }[]): void {
    if (!this.#options.exact) return
    for (const { budget, period, limit, posted, leased, overrun } of rows) {
      if (limit === undefined) continue
      if (BigInt(leased) < 0n) this.find('C2', `budget ${budget} ${period}: leased is ${leased}`)
      if (BigInt(posted) + BigInt(leased) > BigInt(limit) + BigInt(overrun)) this.find('C2', `budget ${budget} ${period}: posted ${posted} and leased ${leased} are over the limit of ${limit} and overruns of ${overrun}`)
    }
  }

  /** What calls owe on each budget by the auditor's own count. */
  owed(): ReadonlyMap<string, { readonly limit: bigint; readonly owed: bigint; readonly overrun: bigint }> {
    return this.#budgets
  }

  /** All records of a disk, read and paired. */
  recordsOf(disk: Disk): { readonly attempts: ReadonlyMap<string, AttemptRecord>; readonly outcomes: ReadonlyMap<string, OutcomeRecord> } {
    this.#read(disk)
    return this.#disks.get(disk) ?? { attempts: new Map(), outcomes: new Map() }
  }
}
