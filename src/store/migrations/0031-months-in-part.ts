import type { Migration } from '../store.ts'

/** A month may be rated under several contracts, each on days of its own; two of them may name a credit alike. */
export const monthsInPart: Migration = {
  name: '0031-months-in-part',
  up: `
    -- [{ contract, version, on: [{ from, until }] }]; null where one contract, or list price, holds on the whole month
    ALTER TABLE rated_month ADD COLUMN parts jsonb;
    ALTER TABLE credit_draw DROP CONSTRAINT credit_draw_pkey, ADD PRIMARY KEY (invoice, contract, grant_id);
  `,
}
