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

    -- Receipts of a posted page, appended by the same statement that posts it: logs in the order of their names, each
    -- locked until the page commits. The index is the log's size under that lock; the frontier is carried on here (RFC 6962).
    CREATE FUNCTION terms_post_receipts(origin_base text, of_journal text, organizations text[], projects text[], calls text[], sequences bigint[], ats bigint[], bodies text, salts bytea)
    RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
      to_organization text;
      to_log text;
      start bigint;
      place bigint;
      peaks bytea;
      node bytea;
      hashes bytea[];
      seen bigint[];
      added bigint := 0;
    BEGIN
      FOR to_organization IN SELECT DISTINCT organization COLLATE "C" FROM unnest(organizations) AS o (organization) ORDER BY 1 LOOP
        to_log := 'receipts/' || to_organization;
        SELECT size, frontier INTO start, peaks FROM terms_log WHERE id = to_log FOR UPDATE;
        IF NOT FOUND THEN
          INSERT INTO terms_log (id, kind, organization, origin) VALUES (to_log, 'receipts', to_organization, origin_base || '/' || to_log) ON CONFLICT (id) DO NOTHING;
          SELECT size, frontier INTO start, peaks FROM terms_log WHERE id = to_log FOR UPDATE;
        END IF;
        SELECT coalesce(array_agg(sequence), '{}') INTO seen FROM terms_leaf
          WHERE log = to_log AND journal_id = of_journal AND sequence BETWEEN (SELECT min(s) FROM unnest(sequences) AS s) AND (SELECT max(s) FROM unnest(sequences) AS s);
        WITH fresh AS (
          SELECT project, call, sequence, at, n, body, sha256('\\x00'::bytea || convert_to(body, 'UTF8')) AS hash, row_number() OVER (ORDER BY n) AS nth
          FROM ROWS FROM (unnest(organizations), unnest(projects), unnest(calls), unnest(sequences), unnest(ats), string_to_table(bodies, E'\\n')) WITH ORDINALITY AS new (organization, project, call, sequence, at, body, n)
          WHERE organization = to_organization AND NOT sequence = ANY (seen)
        ), salted AS (
          INSERT INTO terms_salt (journal_id, sequence, organization, project, salt, at_ms)
          SELECT of_journal, sequence, to_organization, project, substring(salts FROM (n::integer - 1) * 32 + 1 FOR 32), at FROM fresh
          ON CONFLICT (journal_id, sequence) DO NOTHING
        ), inserted AS (
          INSERT INTO terms_leaf (log, index, hash, body, journal_id, sequence, call)
          SELECT to_log, start + nth - 1, hash, body, of_journal, sequence, call FROM fresh
        )
        SELECT coalesce(array_agg(hash ORDER BY nth), '{}') INTO hashes FROM fresh;
        FOR i IN 1 .. cardinality(hashes) LOOP
          node := hashes[i];
          place := start + i - 1;
          WHILE place % 2 = 1 LOOP
            node := sha256('\\x01'::bytea || substring(peaks FROM length(peaks) - 31) || node);
            peaks := substring(peaks FROM 1 FOR length(peaks) - 32);
            place := place / 2;
          END LOOP;
          peaks := peaks || node;
        END LOOP;
        IF cardinality(hashes) > 0 THEN
          UPDATE terms_log SET size = start + cardinality(hashes), frontier = peaks WHERE id = to_log AND size = start;
          added := added + cardinality(hashes);
        END IF;
      END LOOP;
      RETURN added;
    END $$;

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
    -- Decisions are made for a snapshot: what they rest on makes a new one.
    CREATE TRIGGER terms_record_changed AFTER INSERT ON terms_record FOR EACH STATEMENT EXECUTE FUNCTION raise_snapshot_version();

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
