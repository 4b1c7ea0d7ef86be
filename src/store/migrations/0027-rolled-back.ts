import type { Migration } from '../store.ts'

/**
 * A disk that was put back leaves no branch in PostgreSQL's history: the database is the one that it was, at an earlier time.
 * The nodes know better. Each keeps in its journal up to where the database had confirmed its records; a database that has
 * fewer was put back, and the fence goes up before it grants anything.
 */
export const rolledBack: Migration = {
  name: '0027-rolled-back',
  up: `
    -- When the server that put the fence up had started. Putting a disk back stops the server, so within one run of it
    -- whoever notices later notices the same.
    ALTER TABLE budget_fence ADD COLUMN server_started timestamptz;

    -- Waits for the nodes that were at work: by their own rows, and, since a backup leaves those out, by leases that moved.
    CREATE FUNCTION budgets_fence(p_occasion text, p_body jsonb) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      waited text[];
    BEGIN
      SELECT coalesce(array_agg(journal_id ORDER BY journal_id), '{}') INTO waited FROM (
        SELECT journal_id FROM node WHERE journal_id IS NOT NULL AND seen_at > (SELECT max(seen_at) FROM node) - interval '1 minute'
        UNION SELECT journal_id FROM lease WHERE state <> 'written-off' AND lease_rest(granted, returned, spent) > 0
          AND changed_at > (SELECT max(changed_at) FROM lease) - interval '10 minutes') AS at_work;
      INSERT INTO budget_fence AS f (since, awaits, server_started) VALUES (clock_timestamp(), waited, pg_postmaster_start_time())
        ON CONFLICT (one) DO UPDATE SET since = excluded.since, awaits = excluded.awaits, server_started = excluded.server_started
        WHERE f.server_started IS DISTINCT FROM excluded.server_started;
      IF FOUND THEN
        PERFORM raise_event(clock_timestamp(), 'budgets-fenced', 'budgets', p_occasion, p_body || jsonb_build_object('awaits', array_to_string(waited, ' ')));
      END IF;
    END $$;

    CREATE OR REPLACE FUNCTION budgets_fenced() RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
      known text;
      present text;
      f budget_fence%ROWTYPE;
    BEGIN
      SELECT history INTO known FROM budget_history;
      IF known IS NULL THEN
        RETURN false;
      END IF;
      present := database_history();
      IF known <> present THEN
        UPDATE budget_history SET history = present WHERE history = known;
        IF FOUND THEN
          PERFORM budgets_fence(present, jsonb_build_object('before', known, 'now', present));
        END IF;
      END IF;
      SELECT * INTO f FROM budget_fence;
      -- Nodes connect again within seconds. After a quarter of an hour no call that a cut-off node had admitted can still be
      -- open: such a node admits nothing after seconds, and calls end by their total timeout.
      RETURN FOUND AND (clock_timestamp() < f.since + interval '20 seconds'
        OR (cardinality(f.awaits) > 0 AND clock_timestamp() < f.since + interval '15 minutes'));
    END $$;

    -- A node says up to where its records were confirmed to it, and hears up to where they are here.
    CREATE FUNCTION journal_shipped(p_journal text, p_confirmed bigint) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
      here bigint := coalesce((SELECT shipped FROM journal_watermark WHERE journal_id = p_journal), 0);
    BEGIN
      IF here < p_confirmed AND EXISTS (SELECT 1 FROM budget_history) THEN
        PERFORM budgets_fence(p_journal || ' ' || here || ' of ' || p_confirmed, jsonb_build_object('journal', p_journal, 'here', here, 'confirmed', p_confirmed));
      END IF;
      RETURN here;
    END $$;

    -- As before, after that look: a node that comes first after a disk was put back must not be granted what others hold.
    CREATE FUNCTION lease_take(p_journal text, p_wants jsonb, p_recall boolean, p_confirmed bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM journal_shipped(p_journal, p_confirmed);
      RETURN lease_take(p_journal, p_wants, p_recall);
    END $$;
  `,
}
