/** The books in the database. */
import type { Clock } from '../kernel/clock.ts'
import type { Store } from '../store/store.ts'
import { budgetState, closeLeases, releaseClosed, returnLease, spoke, takeLeases, writeOff } from './budgets.ts'
import type { LeaseLedger, Ledger } from './ledger.ts'
import { postPending } from './post.ts'
import { ship, watermark } from './ship.ts'

export const sqlLeases = (store: Store): LeaseLedger => ({
  takeLeases: (journalId, wants, recall, confirmed) => takeLeases(store, journalId, wants, recall, confirmed),
  returnLease: (journalId, lease) => returnLease(store, journalId, lease),
  closeLeases: (journalId, current) => closeLeases(store, journalId, current),
  releaseClosed: (journalId, openHolds, last) => releaseClosed(store, journalId, openHolds, last),
  spoke: (journalId) => spoke(store, journalId),
  onNotify: store.onNotify,
})

export const sqlLedger = (store: Store, clock: Clock): Ledger => ({
  ...sqlLeases(store),
  ship: (journalId, records, oldest) => ship(store, journalId, records, { clock, ...(oldest === undefined ? {} : { oldest }) }),
  watermark: (journalId, confirmed) => watermark(store, journalId, confirmed),
  post: (book, limit) => postPending(store, book, limit, clock),
  writeOff: (journalId) => writeOff(store, journalId),
  budgetState: () => budgetState(store),
})
