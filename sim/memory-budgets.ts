/** Budgets and leases in memory: what lease_take, lease_return and budget_charge do in the database, written a second time. */
import type { Clock } from '../src/kernel/clock.ts'
import { compare, decimal, multiply } from '../src/kernel/decimal.ts'
import type { BudgetCharge } from '../src/ledger/book-page.ts'
import type { LeaseAnswer, LeaseState, LeaseWant, WrittenOff } from '../src/ledger/budgets.ts'
import type { Ledger } from '../src/ledger/ledger.ts'
import type { LedgerDefects } from './memory-ledger.ts'

interface Period {
  readonly budget: string
  readonly period: string
  currency: string | undefined
  limit: bigint | undefined
  posted: bigint
  leased: bigint
  overrun: bigint
  thresholds: readonly string[]
  thresholdsPassed: number
  recall: number
  endsAt: number | undefined
}

interface Lease {
  readonly budget: string
  readonly period: string
  readonly journal: string
  readonly epoch: string
  readonly opened: number
  state: 'open' | 'closing' | 'written-off'
  granted: bigint
  returned: bigint
  spent: bigint
  credit: bigint
  answered: number
}

export interface BudgetTables {
  readonly periods: Map<string, Period>
  readonly leases: Map<string, Lease>
  opened: number
}

interface Parts {
  readonly tables: () => BudgetTables
  readonly raise: (kind: string, subject: string, occasion: string) => void
  readonly notify: (payload: string) => void
  readonly clock: Clock
  readonly posted: (journal: string) => number
  readonly defects: LedgerDefects
}

export interface MemoryBudgets {
  readonly ledger: Pick<Ledger, 'takeLeases' | 'returnLease' | 'closeLeases' | 'spoke' | 'releaseClosed' | 'writeOff' | 'budgetState'>
  readonly charge: (page: string, journal: string, charges: readonly BudgetCharge[]) => void
}

const positive = (value: bigint): bigint => (value > 0n ? value : 0n)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const restOf = ({ granted, returned, spent }: Pick<Lease, 'granted' | 'returned' | 'spent'>): bigint => positive(granted - returned - spent)
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function memoryBudgets(parts: Parts): MemoryBudgets {
  const { tables } = parts
  return {
    charge: (page, journal, charges) => charges.forEach((charge) => chargeBudget(parts, page, journal, charge)),
    ledger: {
      takeLeases: async (journalId, wants, recall) => take(parts, journalId, wants.toSorted((a, b) => byText(a.budget.id, b.budget.id) || byText(a.period.period, b.period.period)), recall),
      returnLease: async (journalId, lease) => giveBack(tables(), journalId, lease),
      closeLeases: async (journalId, current) => {
        for (const lease of tables().leases.values()) if (lease.journal === journalId && lease.state === 'open' && !current.some((use) => use.budget === lease.budget && use.period === lease.period && use.epoch === lease.epoch)) lease.state = 'closing'
      },
      // The simulator's database never branches unnoticed: its restored runs say what they do not promise.
      spoke: async () => {},
      releaseClosed: async (journalId, openHolds, last) => {
        if (parts.posted(journalId) < last) return false
        for (const lease of tables().leases.values()) {
          if (lease.journal !== journalId || lease.state !== 'closing' || restOf(lease) === 0n) continue
          const held = openHolds.filter((hold) => hold.budget === lease.budget && hold.period === lease.period && hold.epoch === lease.epoch).reduce((sum, hold) => sum + hold.picos, 0n)
          const returned = lease.granted - lease.spent - held
          if (returned > 0n) giveBack(tables(), journalId, { ...lease, returned, answers: 0 })
        }
        return true
      },
      writeOff: async (journalId) => writeOff(parts, journalId),
      budgetState: async () => stateOf(tables()),
    },
  }
}

/** Thresholds as the database compares them: a fraction of the limit, exactly. */
const reaches = (posted: bigint, threshold: string, limit: bigint): boolean => compare(decimal(posted), multiply(decimal(threshold), decimal(limit))) >= 0

const keyOf = (budget: string, period: string): string => `${budget}\n${period}`

function periodOf({ periods }: BudgetTables, budget: string, period: string): Period {
  const key = keyOf(budget, period)
  let found = periods.get(key)
  if (found === undefined) {
    found = { budget, period, currency: undefined, limit: undefined, posted: 0n, leased: 0n, overrun: 0n, thresholds: [], thresholdsPassed: 0, recall: 0, endsAt: undefined }
    periods.set(key, found)
  }
  return found
}

function leaseOf(tables: BudgetTables, { budget, period, epoch }: LeaseWant, journal: string): Lease {
  const key = `${keyOf(budget.id, period.period)}\n${journal}\n${epoch}`
  let found = tables.leases.get(key)
  if (found === undefined) {
    tables.opened += 1
    found = { budget: budget.id, period: period.period, journal, epoch, opened: tables.opened, state: 'open', granted: 0n, returned: 0n, spent: 0n, credit: 0n, answered: 0 }
    tables.leases.set(key, found)
  }
  return found
}

function take(parts: Parts, journalId: string, wants: readonly LeaseWant[], recall: boolean): LeaseAnswer {
  const tables = parts.tables()
  const rows: { want: LeaseWant; period: Period; lease: Lease; limit: bigint }[] = []
  for (const want of wants) {
    const period = periodOf(tables, want.budget.id, want.period.period)
    const limit = want.budget.limit
    if (period.limit !== limit || period.currency !== want.budget.currency) {
      Object.assign(period, { limit, currency: want.budget.currency, endsAt: want.period.endsAt, thresholds: want.budget.thresholds.toSorted((a, b) => Number(a) - Number(b)) })
    }
    const lease = leaseOf(tables, want, journalId)
    if (lease.state !== 'open') return { status: 'fenced', budget: period.budget, period: period.period }
    const rest = restOf(lease)
    lease.granted = most(lease.granted, want.have)
    lease.returned = most(lease.returned, want.returned)
    period.leased += restOf(lease) - rest
    const ceiling = ceilingOf(period, lease, limit, parts.defects)
    if (want.need > most(ceiling, lease.granted)) return refused(parts, period, lease, limit, ceiling, recall)
    rows.push({ want, period, lease, limit })
  }
  const leases = rows.map(({ want, period, lease, limit }): LeaseState => {
    const ceiling = ceilingOf(period, lease, limit, parts.defects)
    const rest = restOf(lease)
    const reached = most(lease.granted, least(want.want, want.need + positive(ceiling - most(want.need, lease.granted)) / 4n))
    lease.granted = most(lease.granted, reached)
    period.leased += restOf(lease) - rest
    return { budget: period.budget, period: period.period, granted: reached, limit, posted: period.posted, leased: period.leased, recall: period.recall }
  })
  return { status: 'granted', leases }
}

const ceilingOf = (period: Period, lease: Lease, limit: bigint, defects: LedgerDefects): bigint =>
  lease.returned + lease.spent + restOf(lease) + positive(limit - period.posted - (defects.overgrant === true ? restOf(lease) : period.leased))

function refused(parts: Parts, period: Period, lease: Lease, limit: bigint, ceiling: bigint, recall: boolean): LeaseAnswer {
  const others = [...parts.tables().leases.values()].filter((other) => other.budget === period.budget && other.period === period.period && other.journal !== lease.journal && other.state === 'open' && restOf(other) > 0n)
  const waiting = others.filter((other) => recall || other.answered < period.recall).length
  if (recall && waiting > 0) {
    period.recall += 1
    parts.notify(`budget:${period.recall}:${period.budget}`)
  }
  return { status: 'refused', budget: period.budget, period: period.period, limit, posted: period.posted, leased: period.leased, ceiling, waiting }
}

function giveBack(tables: BudgetTables, journalId: string, given: { readonly budget: string; readonly period: string; readonly epoch: string; readonly returned: bigint; readonly answers: number }): void {
  const period = tables.periods.get(keyOf(given.budget, given.period))
  const lease = tables.leases.get(`${keyOf(given.budget, given.period)}\n${journalId}\n${given.epoch}`)
  if (period === undefined || lease === undefined || lease.state === 'written-off') return
  const rest = restOf(lease)
  lease.returned = most(lease.returned, given.returned)
  lease.answered = Math.max(lease.answered, given.answers)
  period.leased += restOf(lease) - rest
}

function chargeBudget({ tables, raise, defects }: Parts, page: string, journal: string, { budget, period: name, epoch, charge, overrun }: BudgetCharge): void {
  const period = periodOf(tables(), budget, name)
  const leases = [...tables().leases.values()].filter((lease) => lease.budget === budget && lease.period === name && lease.journal === journal && (epoch === undefined || lease.epoch === epoch))
  const lease = leases.toSorted((a, b) => b.opened - a.opened)[0]
  const claimed = least(lease?.credit ?? 0n, charge)
  const moved = charge - claimed
  if (lease !== undefined) {
    const rest = restOf(lease)
    lease.spent += moved
    lease.credit -= claimed
    period.leased += restOf(lease) - rest
  } else if (epoch !== undefined) {
    tables().opened += 1
    tables().leases.set(`${keyOf(budget, name)}\n${journal}\n${epoch}`, { budget, period: name, journal, epoch, opened: tables().opened, state: 'open', granted: 0n, returned: 0n, spent: moved, credit: 0n, answered: 0 })
  }
  if (defects.forgetCharges !== true) period.posted += moved
  period.overrun += overrun
  for (let next = period.thresholds[period.thresholdsPassed]; next !== undefined && period.limit !== undefined && reaches(period.posted, next, period.limit); next = period.thresholds[period.thresholdsPassed]) {
    period.thresholdsPassed += 1
    raise('budget-threshold', `budget/${budget}`, `${name} ${next}`)
  }
  if (overrun > 0n) raise('budget-overrun', `budget/${budget}`, `${name} ${page}`)
}

function writeOff({ tables, defects }: Parts, journalId: string): readonly WrittenOff[] {
  const written: WrittenOff[] = []
  for (const lease of [...tables().leases.values()].toSorted((a, b) => byText(a.budget, b.budget) || byText(a.period, b.period))) {
    if (lease.journal !== journalId || lease.state === 'written-off') continue
    const rest = restOf(lease)
    const period = periodOf(tables(), lease.budget, lease.period)
    lease.state = 'written-off'
    lease.spent += rest
    lease.credit += rest
    period.leased -= rest
    if (defects.forgiveWriteOff !== true) period.posted += rest
    written.push({ budget: lease.budget, period: lease.period, epoch: lease.epoch, picos: rest })
  }
  return written
}

function stateOf(tables: BudgetTables): Awaited<ReturnType<Ledger['budgetState']>> {
  return [...tables.periods.values()].toSorted((a, b) => byText(a.budget, b.budget) || byText(b.period, a.period)).map((period) => {
    const left = period.limit === undefined ? undefined : period.limit - period.posted - period.leased
    return {
      budget: period.budget, period: period.period, currency: period.currency, limit: period.limit, posted: period.posted, leased: period.leased, overrun: period.overrun,
      remaining: left === undefined ? undefined : positive(left), endsAt: period.endsAt,
      leases: [...tables.leases.values()].filter((lease) => lease.budget === period.budget && lease.period === period.period).toSorted((a, b) => a.opened - b.opened)
        .map((lease) => ({ journalId: lease.journal, epoch: lease.epoch, state: lease.state, rest: restOf(lease), changedAt: '' })),
    }
  })
}
