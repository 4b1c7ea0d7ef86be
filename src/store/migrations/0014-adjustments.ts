import type { Migration } from '../store.ts'

/** What budgets are changed by after the fact: a bill, a price or a contract that came late. */
export const adjustments: Migration = {
  name: '0014-adjustments',
  up: `
    CREATE TABLE budget_adjustment (
      -- what it was made for; the same again changes nothing
      id text NOT NULL,
      budget text NOT NULL,
      period text NOT NULL,
      -- added to what is posted; below zero where less was due than was charged
      picos numeric NOT NULL,
      reason text NOT NULL,
      made_at timestamptz NOT NULL,
      PRIMARY KEY (id, budget, period)
    );
    CREATE INDEX budget_adjustment_budget ON budget_adjustment (budget, period);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON budget_adjustment FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- Moves what is posted of open periods, in the order in which it is given: that of all locks. A closed period stays as it is.
    -- What goes beyond the limit counts as overrun, so that nothing more is admitted, and is raised. Answers what was changed.
    CREATE FUNCTION budget_adjust(p_at timestamptz, p_id text, p_reason text, p_budgets text[], p_periods text[], p_picos numeric[])
    RETURNS integer LANGUAGE plpgsql AS $$
    DECLARE
      i integer;
      b budget_period%ROWTYPE;
      beyond numeric;
      done integer := 0;
    BEGIN
      FOR i IN 1 .. coalesce(array_length(p_budgets, 1), 0) LOOP
        SELECT * INTO b FROM budget_period WHERE budget = p_budgets[i] AND period = p_periods[i] FOR UPDATE;
        CONTINUE WHEN b.budget IS NULL OR b.ends_ms <= extract(epoch FROM p_at) * 1000;
        INSERT INTO budget_adjustment (id, budget, period, picos, reason, made_at) VALUES (p_id, b.budget, b.period, greatest(p_picos[i], -b.posted), p_reason, p_at) ON CONFLICT DO NOTHING;
        CONTINUE WHEN NOT FOUND;
        beyond := CASE WHEN p_picos[i] > 0 AND b.limit_picos IS NOT NULL THEN greatest(b.posted + p_picos[i] + b.leased - b.overrun - b.limit_picos, 0) ELSE 0 END;
        UPDATE budget_period SET posted = greatest(posted + p_picos[i], 0), overrun = overrun + beyond WHERE budget = b.budget AND period = b.period;
        IF beyond > 0 THEN
          PERFORM raise_event(p_at, 'budget-overrun', 'budget/' || b.budget, b.period || ' ' || p_id, jsonb_build_object(
            'period', b.period, 'overrun', beyond::text, 'advice', p_reason || ': more is due than was charged; raise the limit, or nothing more is admitted in this period'));
        END IF;
        done := done + 1;
      END LOOP;
      RETURN done;
    END $$;
  `,
}
