import type { Migration } from '../store.ts'

/** What operators declare, what happened, and what the gateway must remember across nodes. */
export const resources: Migration = {
  name: '0001-resources',
  up: `
    CREATE TABLE resource (
      kind text NOT NULL,
      name text NOT NULL,
      body jsonb NOT NULL,
      -- 'file' where weir.yaml declares it and so the API may not change it; null where the API does
      managed_by text,
      changed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (kind, name)
    );

    CREATE TABLE setting (
      name text PRIMARY KEY,
      value jsonb NOT NULL
    );

    -- One row. Every change of a resource raises it in the same transaction, so that a version names one state of all.
    CREATE TABLE snapshot_version (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      version bigint NOT NULL
    );
    INSERT INTO snapshot_version (version) VALUES (1);

    CREATE FUNCTION raise_snapshot_version() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      raised bigint;
    BEGIN
      UPDATE snapshot_version SET version = version + 1 RETURNING version INTO raised;
      PERFORM pg_notify('weir', 'snapshot:' || raised);
      RETURN NULL;
    END $$;
    CREATE TRIGGER resource_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON resource
      FOR EACH STATEMENT EXECUTE FUNCTION raise_snapshot_version();

    -- Alarms, crossed thresholds, suspended suppliers: what a person should see.
    CREATE TABLE event (
      id text PRIMARY KEY,
      at timestamptz NOT NULL,
      kind text NOT NULL,
      subject text NOT NULL,
      body jsonb NOT NULL
    );
    CREATE INDEX event_at ON event (at DESC);
    CREATE INDEX event_subject ON event (subject, at DESC);

    -- Which deployment holds a stored response, so that previous_response_id finds its way back, and only its owner's.
    CREATE TABLE stored_response (
      response_id text PRIMARY KEY,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      deployment text NOT NULL,
      call text NOT NULL,
      created_at timestamptz NOT NULL,
      deleted_at timestamptz
    );
    CREATE INDEX stored_response_created_at ON stored_response (created_at);

    CREATE TABLE idempotency (
      project text NOT NULL,
      idempotency_key text NOT NULL,
      call text NOT NULL,
      state text NOT NULL,
      fingerprint text NOT NULL,
      response bytea,
      content_type text,
      status integer,
      created_at timestamptz NOT NULL,
      PRIMARY KEY (project, idempotency_key)
    );
    CREATE INDEX idempotency_created_at ON idempotency (created_at);
  `,
}
