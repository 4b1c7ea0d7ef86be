import type { Migration } from '../store.ts'

/** Notices that suppliers send about our use, and legal holds. */
export const notices: Migration = {
  name: '0011-notices',
  up: `
    -- Who may send us notices, and the secret that signs them, sealed under the master key.
    CREATE TABLE terms_notice_source (
      id text PRIMARY KEY,
      -- maker or channel
      party text NOT NULL,
      -- whose use its account stands for; '*': the installation's
      organization text NOT NULL,
      sealed_secret text NOT NULL,
      -- where the case behind a notice is read, and the key for it
      base_url text NOT NULL,
      sealed_key text,
      created_at_ms bigint NOT NULL,
      actor text NOT NULL
    );

    CREATE TABLE terms_notice (
      id text PRIMARY KEY,
      party text NOT NULL,
      -- the sender's id of it, so that the same notice counts once
      external text NOT NULL,
      form text NOT NULL,
      organization text NOT NULL,
      -- as it came
      body jsonb NOT NULL,
      -- what was read of it, and the calls that match; null until its case could be read at the sender's
      read jsonb,
      case_id text,
      source text REFERENCES terms_notice_source (id),
      tries integer NOT NULL DEFAULT 0,
      trouble text,
      at_ms bigint NOT NULL,
      actor text NOT NULL,
      UNIQUE (party, external)
    );
    CREATE INDEX terms_notice_unread ON terms_notice (at_ms) WHERE read IS NULL;

    -- Legal holds: what they cover is not erased while they last. They end by themselves unless somebody else renews them.
    CREATE TABLE terms_hold (
      id text PRIMARY KEY,
      organization text NOT NULL,
      matter text NOT NULL,
      reason text NOT NULL,
      -- these calls; null: all of the organization's that were made in the period
      calls text[],
      from_ms bigint,
      to_ms bigint,
      set_by text NOT NULL,
      set_at_ms bigint NOT NULL,
      until_ms bigint NOT NULL,
      reviewed_by text,
      reviewed_at_ms bigint,
      ended_by text,
      ended_at_ms bigint,
      CHECK ((calls IS NULL) = (from_ms IS NOT NULL AND to_ms IS NOT NULL)),
      CHECK (reviewed_by IS NULL OR reviewed_by <> set_by)
    );
    CREATE INDEX terms_hold_open ON terms_hold (until_ms) WHERE ended_at_ms IS NULL;
  `,
}
