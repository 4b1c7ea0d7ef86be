import type { Migration } from '../store.ts'

/**
 * Captured content, by project and by choice. Rows hold ciphertext and a wrapped key, never clear text; leave the data of
 * `terms_content` and `terms_content_key` out of ordinary backups, so that what is erased is gone (pg_dump --exclude-table-data).
 */
export const content: Migration = {
  name: '0007-content',
  up: `
    -- One key a project, sealed under the master key; it wraps the keys of its records.
    CREATE TABLE terms_content_key (
      organization text NOT NULL,
      project text NOT NULL,
      sealed text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (organization, project)
    );

    CREATE TABLE terms_content (
      call text PRIMARY KEY,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      purpose text,
      model text NOT NULL,
      dialect text NOT NULL,
      at_ms bigint NOT NULL,
      expires_at_ms bigint NOT NULL,
      request_type text NOT NULL,
      response_type text NOT NULL,
      -- this record's own key, wrapped by the project's; destroyed by erasure
      wrapped_key bytea,
      request bytea,
      response bytea,
      erased_at_ms bigint,
      -- legal hold: erasure waits while it is set
      held_by text,
      CHECK ((wrapped_key IS NULL) = (erased_at_ms IS NOT NULL)),
      CHECK ((request IS NULL) = (wrapped_key IS NULL) AND (response IS NULL) = (wrapped_key IS NULL)),
      CHECK (erased_at_ms IS NULL OR held_by IS NULL)
    );
    CREATE INDEX terms_content_at ON terms_content (organization, at_ms);
    CREATE INDEX terms_content_expires ON terms_content (expires_at_ms) WHERE wrapped_key IS NOT NULL;

    -- Who asked to read a call's content, who allowed it, and until when.
    CREATE TABLE terms_content_access (
      id text PRIMARY KEY,
      call text NOT NULL,
      asked_by text NOT NULL,
      reason text NOT NULL,
      asked_at_ms bigint NOT NULL,
      allowed_by text,
      until_ms bigint,
      CHECK (allowed_by IS NULL OR allowed_by <> asked_by),
      CHECK ((allowed_by IS NULL) = (until_ms IS NULL))
    );
    CREATE INDEX terms_content_access_call ON terms_content_access (call);
  `,
}
