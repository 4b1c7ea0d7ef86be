import type { Migration } from '../store.ts'

/** Receipts logs, their checkpoints and keys; salts; what the domain of terms declares and decides. Times are milliseconds UTC. */
export const terms: Migration = {
  name: '0003-terms',
  up: `
    CREATE TABLE terms_log (
      id text PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('receipts', 'governance')),
      organization text,
      origin text NOT NULL UNIQUE,
      size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
      -- hashes of the complete subtrees of the tree of this size, left to right, 32 bytes each
      frontier bytea NOT NULL DEFAULT '',
      -- raised by each sequencer that takes over; only the latest may sign
      epoch bigint NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK ((kind = 'receipts') = (organization IS NOT NULL))
    ) WITH (fillfactor = 50);

    -- Sizes only grow: a log that shrank would let the signer sign two histories.
    CREATE FUNCTION terms_log_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.size < OLD.size OR NEW.epoch < OLD.epoch OR NEW.origin <> OLD.origin THEN
        RAISE EXCEPTION 'log % may only grow', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER terms_log_grows BEFORE UPDATE ON terms_log FOR EACH ROW EXECUTE FUNCTION terms_log_grows();
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON terms_log FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    CREATE TABLE terms_leaf (
      log text NOT NULL,
      index bigint NOT NULL,
      hash bytea NOT NULL,
      -- JCS; the leaf hash is over these bytes
      body text NOT NULL,
      -- what it is a receipt for; null in the governance log
      journal_id text,
      sequence bigint,
      call text,
      PRIMARY KEY (log, index),
      CHECK ((journal_id IS NULL) = (sequence IS NULL))
    );
    CREATE UNIQUE INDEX terms_leaf_journal ON terms_leaf (log, journal_id, sequence) WHERE journal_id IS NOT NULL;
    CREATE INDEX terms_leaf_call ON terms_leaf (call) WHERE call IS NOT NULL;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON terms_leaf FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- One root a size. The row is committed before it is signed; the note comes after, once.
    CREATE TABLE terms_checkpoint (
      log text NOT NULL,
      size bigint NOT NULL,
      root bytea NOT NULL,
      epoch bigint NOT NULL,
      at_ms bigint NOT NULL,
      note text,
      -- signature lines of witnesses, as they came
      cosignatures text NOT NULL DEFAULT '',
      published boolean NOT NULL DEFAULT false,
      PRIMARY KEY (log, size)
    );
    CREATE FUNCTION terms_checkpoint_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.root <> OLD.root OR NEW.size <> OLD.size OR NEW.log <> OLD.log OR (OLD.note IS NOT NULL AND NEW.note IS DISTINCT FROM OLD.note) THEN
        RAISE EXCEPTION 'a checkpoint of % stands as it was made', OLD.log USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER terms_checkpoint_stands BEFORE UPDATE ON terms_checkpoint FOR EACH ROW EXECUTE FUNCTION terms_checkpoint_stands();
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON terms_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    CREATE TABLE terms_log_key (
      log text NOT NULL,
      vkey text NOT NULL,
      -- leaf that introduced it, signed with the key before; null for the first
      introduced_at bigint,
      PRIMARY KEY (log, vkey)
    );

    -- Salts of commitments. Erasure empties them; the tree stays whole.
    CREATE TABLE terms_salt (
      journal_id text NOT NULL,
      sequence bigint NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      salt bytea,
      at_ms bigint NOT NULL,
      erased_at_ms bigint,
      -- legal hold: erasure waits while it is set
      held_by text,
      PRIMARY KEY (journal_id, sequence),
      CHECK ((salt IS NULL) = (erased_at_ms IS NOT NULL)),
      CHECK (erased_at_ms IS NULL OR held_by IS NULL)
    );
    -- rows come nearly in the order of their time, and erasure goes by time: a block range index costs nothing to keep
    CREATE INDEX terms_salt_at ON terms_salt USING brin (at_ms);

    -- Agreements, purposes, attestations, clause versions, approvals, datasets, runs, models: each version a row, none deleted.
    CREATE TABLE terms_record (
      kind text NOT NULL,
      id text NOT NULL,
      version integer NOT NULL CHECK (version > 0),
      organization text,
      body jsonb NOT NULL,
      at_ms bigint NOT NULL,
      actor text NOT NULL,
      PRIMARY KEY (kind, id, version)
    );
    CREATE INDEX terms_record_organization ON terms_record (kind, organization);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON terms_record FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- Policy sets by hash, so that every decision can be replayed with the texts that made it (T3).
    CREATE TABLE terms_policy_set (
      hash text PRIMARY KEY,
      body text NOT NULL,
      at_ms bigint NOT NULL
    );

    CREATE TABLE terms_decision (
      id text PRIMARY KEY,
      at_ms bigint NOT NULL,
      point text NOT NULL,
      organization text,
      subject text NOT NULL,
      outcome text NOT NULL,
      policy_set text NOT NULL,
      -- the decision with all its facts, JCS
      body text NOT NULL
    );
    CREATE INDEX terms_decision_at ON terms_decision (point, at_ms DESC);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON terms_decision FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON terms_policy_set FOR EACH STATEMENT EXECUTE FUNCTION append_only();
  `,
}
