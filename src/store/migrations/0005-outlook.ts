import type { Migration } from '../store.ts'

/** What planning is told (guidance, actuals, assumptions, retirements), what products say of their calls, and diversions as they were made. */
export const outlook: Migration = {
  name: '0005-outlook',
  up: `
    -- Each row is dated and owned; a later one of the same subject stands in for it, and neither changes.
    CREATE TABLE plan_record (
      id text PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('guidance', 'actual', 'assumption', 'retirement')),
      subject text NOT NULL,
      body jsonb NOT NULL,
      recorded_at_ms bigint NOT NULL,
      recorded_by text NOT NULL
    );
    CREATE INDEX plan_record_kind ON plan_record (kind, subject, recorded_at_ms);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON plan_record FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- What a product says about a call afterwards. The latest of a call's signal counts; the earlier ones stay readable.
    CREATE TABLE feedback (
      id text PRIMARY KEY,
      call text NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      signal text NOT NULL,
      success boolean,
      score numeric CHECK (score BETWEEN 0 AND 1),
      label text,
      at_ms bigint NOT NULL,
      recorded_at_ms bigint NOT NULL,
      CHECK (success IS NOT NULL OR score IS NOT NULL OR label IS NOT NULL)
    );
    CREATE INDEX feedback_call ON feedback (call, signal, recorded_at_ms DESC);
    CREATE INDEX feedback_project ON feedback (organization, project, at_ms);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feedback FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- What was diverted when and by whom, with the snapshot version from which it held.
    CREATE TABLE diversion_step (
      id text PRIMARY KEY,
      model text NOT NULL,
      action text NOT NULL CHECK (action IN ('divert', 'back')),
      deployment text,
      share numeric CHECK (share > 0 AND share <= 1),
      sticky text,
      version bigint NOT NULL,
      at_ms bigint NOT NULL,
      actor text NOT NULL,
      CHECK ((action = 'divert') = (deployment IS NOT NULL AND share IS NOT NULL AND sticky IS NOT NULL))
    );
    CREATE INDEX diversion_step_model ON diversion_step (model, at_ms);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON diversion_step FOR EACH STATEMENT EXECUTE FUNCTION append_only();
  `,
}
