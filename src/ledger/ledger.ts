/**
 * All that a node needs of the books, as a record of functions: the database's, or the simulator's in memory. Types only.
 * Every request may be repeated after a lost answer: sums are cumulative, records are numbered.
 */
import type { BudgetUse, NumberedRecord } from '../journal/record.ts'
import type { BudgetState, LeaseAnswer, LeaseWant, OpenHold, WrittenOff } from './budgets.ts'
import type { Posted } from './post.ts'
import type { PriceBook } from './price.ts'

/** The budgets' side: what `nodeLeases` works with. */
export interface LeaseLedger {
  /** Extends leases on all accounts or on none, atomically. `confirmed`: up to where this journal knows its records confirmed. */
  readonly takeLeases: (journalId: string, wants: readonly LeaseWant[], recall: boolean, confirmed?: number) => Promise<LeaseAnswer>
  readonly returnLease: (journalId: string, lease: { readonly budget: string; readonly period: string; readonly epoch: string; readonly returned: bigint; readonly answers: number }) => Promise<void>
  /** Closes the journal's leases other than these: of earlier runs, or forgotten by this one. */
  readonly closeLeases: (journalId: string, current: readonly BudgetUse[]) => Promise<void>
  /** False while something up to `last` is not yet posted. */
  readonly releaseClosed: (journalId: string, openHolds: readonly OpenHold[], last: number) => Promise<boolean>
  /** All leases of this journal have been named to the database: what a fence after a restore waits for. */
  readonly spoke: (journalId: string) => Promise<void>
  /** `budget:<number of the recall>:<id>` asks nodes to give back what they do not use; `resync` follows a reconnect. */
  readonly onNotify: (listener: (payload: string) => void) => () => void
}

export interface Ledger extends LeaseLedger {
  /** Stores records; answers the journal's watermark. `oldest` is the first number that the journal still has. */
  readonly ship: (journalId: string, records: readonly NumberedRecord[], oldest?: number) => Promise<number>
  readonly watermark: (journalId: string, confirmed?: number) => Promise<number>
  /** Posts up to `limit` shipped records. */
  readonly post: (book: PriceBook, limit: number) => Promise<Posted>
  readonly writeOff: (journalId: string) => Promise<readonly WrittenOff[]>
  readonly budgetState: () => Promise<readonly BudgetState[]>
}
