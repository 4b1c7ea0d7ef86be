import type { Migration } from '../store.ts'

/** Whether a row of a supplier's bill stands on it before, word for word: hours and projects, which are not kept, tell rows apart. */
export const repeatedRows: Migration = {
  name: '0049-repeated-rows',
  up: 'ALTER TABLE bill_row ADD COLUMN repeats boolean NOT NULL DEFAULT false',
}
