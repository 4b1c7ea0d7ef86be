import type { Migration } from '../store.ts'

/** Cases: what was signalled, restricted, answered, decided and appealed, event by event. A case is what its events make of it. */
export const cases: Migration = {
  name: '0008-cases',
  up: `
    CREATE TABLE terms_case_event (
      case_id text NOT NULL,
      number integer NOT NULL CHECK (number > 0),
      organization text NOT NULL,
      kind text NOT NULL,
      body jsonb NOT NULL,
      at_ms bigint NOT NULL,
      actor text NOT NULL,
      -- index of its leaf in the governance log
      leaf bigint NOT NULL,
      PRIMARY KEY (case_id, number)
    );
    CREATE INDEX terms_case_event_organization ON terms_case_event (organization);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON terms_case_event FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    -- Restrictions are part of what a call is admitted under: a change makes a new snapshot on every node.
    CREATE TRIGGER terms_case_changed AFTER INSERT ON terms_case_event FOR EACH STATEMENT EXECUTE FUNCTION raise_snapshot_version();
  `,
}
