import type { Migration } from '../store.ts'

/** What several nodes share besides the books: who is there, who leads, and the rate limits' pools. */
export const nodes: Migration = {
  name: '0006-nodes',
  up: `
    -- One row a process. Written each second; a row that is old is a node that died or cannot reach the database.
    CREATE TABLE node (
      id text PRIMARY KEY,
      role text NOT NULL CHECK (role IN ('all', 'gateway', 'control')),
      journal_id text,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      snapshot_version bigint,
      open_calls bigint NOT NULL DEFAULT 0,
      unshipped bigint NOT NULL DEFAULT 0,
      oldest_unshipped_ms bigint
    );

    -- Who does what is to be done once (src/store/leadership.ts).
    CREATE TABLE leader (
      duty text PRIMARY KEY,
      holder text NOT NULL,
      until timestamptz NOT NULL
    );

    -- A rate limit's bucket (src/gateway/limit-pool.ts).
    CREATE TABLE limit_pool (
      scope text PRIMARY KEY,
      requests double precision NOT NULL,
      tokens double precision NOT NULL,
      -- when it was last filled, milliseconds of the database's clock
      at_ms bigint NOT NULL
    );

    -- What each node holds of it and wants, as of its last ask.
    CREATE TABLE limit_part (
      scope text NOT NULL REFERENCES limit_pool ON DELETE CASCADE,
      node text NOT NULL,
      requests_held double precision NOT NULL,
      tokens_held double precision NOT NULL,
      requests_wanted double precision NOT NULL,
      tokens_wanted double precision NOT NULL,
      places double precision NOT NULL,
      places_wanted double precision NOT NULL,
      at_ms bigint NOT NULL,
      PRIMARY KEY (scope, node)
    );
  `,
}
