import type { Migration } from '../store.ts'

/**
 * Receipts come with the hashes of their leaves: the poster's machine makes one in a microsecond, the embedded database in
 * eight. Nodes of an older version on the same database call it without them.
 */
export const hashedLeaves: Migration = {
  name: '0041-hashed-leaves',
  up: `
    CREATE FUNCTION terms_post_receipts(origin_base text, of_journal text, organizations text[], projects text[], calls text[], sequences bigint[], ats bigint[], bodies text, salts bytea, leaf_hashes bytea)
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
          SELECT project, call, sequence, at, n, body, substring(leaf_hashes FROM (n::integer - 1) * 32 + 1 FOR 32) AS hash, row_number() OVER (ORDER BY n) AS nth
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

    CREATE OR REPLACE FUNCTION terms_post_receipts(origin_base text, of_journal text, organizations text[], projects text[], calls text[], sequences bigint[], ats bigint[], bodies text, salts bytea)
    RETURNS bigint LANGUAGE sql AS $$
      SELECT terms_post_receipts(origin_base, of_journal, organizations, projects, calls, sequences, ats, bodies, salts,
        (SELECT string_agg(sha256('\\x00'::bytea || convert_to(body, 'UTF8')), ''::bytea ORDER BY n) FROM string_to_table(bodies, E'\\n') WITH ORDINALITY AS b (body, n)))
    $$;
  `,
}
