import type { Migration } from '../store.ts'

/**
 * A restored database has forgotten leases that nodes still spend in, and could grant the same money again (C2). PostgreSQL
 * tells when its history has branched: another cluster, another timeline after a promotion or a recovery to a point in time,
 * another database. Whoever comes first then puts up a fence: until the nodes of that time have named their leases, and long
 * enough for nodes that the database has never heard of, leases are confirmed and none grows.
 */
export const budgetFence: Migration = {
  name: '0016-budget-fence',
  up: `
    -- Where leases were granted. No row: an embedded database, whose one node closes its own leases when it starts.
    CREATE TABLE budget_history (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      history text NOT NULL
    );
    CREATE TABLE budget_fence (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      since timestamptz NOT NULL,
      -- journals of nodes that were at work and have not yet named their leases
      awaits text[] NOT NULL
    );

    CREATE FUNCTION database_history() RETURNS text LANGUAGE sql AS $$
      SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text
    $$;

    -- The row lock on the history lets one session put up the fence; the others then see it.
    CREATE FUNCTION budgets_fenced() RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
      known text;
      present text;
      waited text[];
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
          -- By their own rows; a backup leaves those out, and has the leases that were moving.
          SELECT coalesce(array_agg(journal_id ORDER BY journal_id), '{}') INTO waited FROM (
            SELECT journal_id FROM node WHERE journal_id IS NOT NULL AND seen_at > (SELECT max(seen_at) FROM node) - interval '1 minute'
            UNION SELECT journal_id FROM lease WHERE state <> 'written-off' AND lease_rest(granted, returned, spent) > 0
              AND changed_at > (SELECT max(changed_at) FROM lease) - interval '10 minutes') AS at_work;
          INSERT INTO budget_fence (since, awaits) VALUES (clock_timestamp(), waited)
            ON CONFLICT (one) DO UPDATE SET since = excluded.since, awaits = excluded.awaits;
          PERFORM raise_event(clock_timestamp(), 'budgets-fenced', 'budgets', present, jsonb_build_object('before', known, 'now', present, 'awaits', array_to_string(waited, ' ')));
        END IF;
      END IF;
      SELECT * INTO f FROM budget_fence;
      -- Nodes connect again within seconds. After a quarter of an hour no call that a cut-off node had admitted can still be
      -- open: such a node admits nothing after seconds, and calls end by their total timeout.
      RETURN FOUND AND (clock_timestamp() < f.since + interval '20 seconds'
        OR (cardinality(f.awaits) > 0 AND clock_timestamp() < f.since + interval '15 minutes'));
    END $$;

    -- A node has named every lease that it has: it, for one, is not waited for.
    CREATE FUNCTION budgets_spoken(p_journal text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF budgets_fenced() THEN
        UPDATE budget_fence SET awaits = array_remove(awaits, p_journal) WHERE p_journal = ANY (awaits);
      END IF;
    END $$;

    ALTER FUNCTION lease_take(text, jsonb, boolean) RENAME TO lease_take_unfenced;
    CREATE FUNCTION lease_take(p_journal text, p_wants jsonb, p_recall boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT budgets_fenced() THEN
        RETURN lease_take_unfenced(p_journal, p_wants, p_recall);
      END IF;
      IF EXISTS (SELECT 1 FROM jsonb_array_elements(p_wants) w WHERE (w->>'need')::numeric > (w->>'have')::numeric) THEN
        RETURN jsonb_build_object('status', 'recovering');
      END IF;
      RETURN lease_take_unfenced(p_journal, (SELECT jsonb_agg(w || jsonb_build_object('want', w->'need') ORDER BY n) FROM jsonb_array_elements(p_wants) WITH ORDINALITY AS e(w, n)), false);
    END $$;
  `,
}
