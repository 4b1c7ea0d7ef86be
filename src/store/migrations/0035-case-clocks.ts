import type { Migration } from '../store.ts'

/**
 * Where each case stands among the others and when time next changes something about it, so that neither the queue, nor its
 * clocks, nor a snapshot reads cases that have nothing to say. Checkpoints by time, so that a period of a log is found.
 */
export const caseClocks: Migration = {
  name: '0035-case-clocks',
  up: `
    CREATE TABLE terms_case_clock (
      case_id text PRIMARY KEY,
      organization text NOT NULL,
      -- who complained, where it came of a maker's complaint
      maker text,
      -- by when something has to be done; null: nothing waits
      due_ms bigint,
      -- the next instant at which time alone changes something; null: none
      next_ms bigint,
      -- of its present state
      since_ms bigint NOT NULL,
      -- whether a restriction of it is in force
      restricts boolean NOT NULL,
      -- how many it had when this was written
      events integer NOT NULL
    );
    CREATE INDEX terms_case_clock_next ON terms_case_clock (next_ms) WHERE next_ms IS NOT NULL;
    CREATE INDEX terms_case_clock_due ON terms_case_clock (coalesce(due_ms, 9223372036854775807), case_id);
    CREATE INDEX terms_case_clock_since ON terms_case_clock ((-since_ms), case_id);
    CREATE INDEX terms_case_clock_restricts ON terms_case_clock (case_id) WHERE restricts;
    -- Cases of before: looked at once by the clock, which then knows when the next time is.
    INSERT INTO terms_case_clock (case_id, organization, maker, due_ms, next_ms, since_ms, restricts, events)
      SELECT case_id, max(organization), max(body->>'referredBy') FILTER (WHERE kind = 'signalled' AND body->>'source' = 'referral'), 0, 0,
        max(at_ms) FILTER (WHERE kind IN ('signalled', 'moved')), bool_or(kind = 'restricted'), count(*)
      FROM terms_case_event GROUP BY case_id;

    -- Few cases restrict; who suspended whom is asked every few seconds.
    CREATE INDEX terms_case_event_restricted ON terms_case_event (case_id) WHERE kind = 'restricted';
    CREATE INDEX terms_case_event_signalled ON terms_case_event (actor, at_ms) WHERE kind = 'signalled';
    CREATE INDEX terms_checkpoint_at ON terms_checkpoint (log, at_ms);
  `,
}
