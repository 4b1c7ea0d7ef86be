import type { Migration } from '../store.ts'

/** What a row of a supplier's bill charges for, where that is no call: tax, purchase, fee, credit, adjustment, other-service. */
export const chargesOfBills: Migration = {
  name: '0033-charges-of-bills',
  up: 'ALTER TABLE bill_row ADD COLUMN charge text',
}
