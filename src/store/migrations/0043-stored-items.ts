import type { Migration } from '../store.ts'

/**
 * A stored response's items: a later call may name one of them in place of sending it, and only the project that owns the
 * response may. Responses from before have none here, so that their items have to be sent whole.
 */
export const storedItems: Migration = {
  name: '0043-stored-items',
  up: `
    ALTER TABLE stored_response ADD COLUMN items text[] NOT NULL DEFAULT '{}';
    CREATE INDEX stored_response_items ON stored_response USING gin (items);
  `,
}
