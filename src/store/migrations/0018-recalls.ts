import type { Migration } from '../store.ts'

/** A node says which recall it answers: a return that crossed a recall on its way counted as the answer to it. */
export const recalls: Migration = {
  name: '0018-recalls',
  up: `
    DROP FUNCTION lease_return(text, text, text, text, numeric);
    -- As before, but p_answers names the recall after which the node gave back all that it did not use; 0 for none.
    CREATE FUNCTION lease_return(p_journal text, p_epoch text, p_budget text, p_period text, p_returned numeric, p_answers bigint) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      l lease%ROWTYPE;
    BEGIN
      PERFORM 1 FROM budget_period WHERE budget = p_budget AND period = p_period FOR UPDATE;
      SELECT * INTO l FROM lease WHERE budget = p_budget AND period = p_period AND journal_id = p_journal AND epoch = p_epoch FOR UPDATE;
      IF l.budget IS NULL OR l.state = 'written-off' THEN
        RETURN;
      END IF;
      UPDATE lease SET returned = greatest(l.returned, p_returned), answered = greatest(l.answered, p_answers), changed_at = now()
        WHERE budget = p_budget AND period = p_period AND journal_id = p_journal AND epoch = p_epoch;
      UPDATE budget_period SET leased = leased + lease_rest(l.granted, greatest(l.returned, p_returned), l.spent) - lease_rest(l.granted, l.returned, l.spent)
        WHERE budget = p_budget AND period = p_period;
    END $$;
  `,
}
