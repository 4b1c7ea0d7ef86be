import type { Migration } from '../store.ts'

/** Which journal's node works on a key, so that what it left in flight when it died is ended when it starts again. */
export const claimsOfNodes: Migration = {
  name: '0029-claims-of-nodes',
  up: `
    ALTER TABLE idempotency ADD COLUMN journal_id text;
    CREATE INDEX idempotency_in_flight ON idempotency (journal_id) WHERE state = 'in-flight';
  `,
}
