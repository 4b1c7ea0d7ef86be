import type { Migration } from '../store.ts'

/** Accounts at suppliers that tell nobody of what is imposed on them, and so are read again and again. */
export const accountWatches: Migration = {
  name: '0022-account-watches',
  up: `
    CREATE TABLE terms_account_watch (
      id text PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('azure-account', 'bedrock-retention')),
      -- channel that runs the account
      party text NOT NULL,
      -- the account as weir.yaml names it
      account text NOT NULL,
      organization text NOT NULL,
      -- what is read
      url text NOT NULL,
      region text,
      -- who we are towards it, as far as that is no secret
      tenant text,
      client text,
      authority text,
      sealed_secret text NOT NULL,
      -- what was read last; null: nothing yet
      state jsonb,
      read_at_ms bigint,
      next_at_ms bigint NOT NULL,
      failures integer NOT NULL DEFAULT 0,
      trouble text,
      created_at_ms bigint NOT NULL,
      actor text NOT NULL,
      removed_at_ms bigint,
      CHECK (kind <> 'azure-account' OR (tenant IS NOT NULL AND client IS NOT NULL))
    );
    CREATE INDEX terms_account_watch_due ON terms_account_watch (next_at_ms) WHERE removed_at_ms IS NULL;
  `,
}
