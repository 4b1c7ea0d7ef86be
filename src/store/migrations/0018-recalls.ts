import type { Migration } from '../store.ts'

/** A node says which recall it answers: a return that crossed a recall on its way counted as the answer to it. */
export const recalls: Migration = {
  name: '0018-recalls',
  up: `
    -- As before, but recalls have numbers that nodes hear: with the notification, and with a grant, since a lease may be younger
    -- than the recall that it stands in the way of.
    CREATE OR REPLACE FUNCTION lease_take_unfenced(p_journal text, p_wants jsonb, p_recall boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
    DECLARE
      want jsonb;
      b budget_period%ROWTYPE;
      l lease%ROWTYPE;
      room numeric;
      -- the limit, or a cap below it
      top numeric;
      ceiling numeric;
      reached numeric;
      rest numeric;
      waiting integer;
      answers jsonb := '[]';
      refusal jsonb;
    BEGIN
      FOR want IN SELECT * FROM jsonb_array_elements(p_wants) LOOP
        INSERT INTO budget_period (budget, period) VALUES (want->>'budget', want->>'period') ON CONFLICT DO NOTHING;
        SELECT * INTO b FROM budget_period WHERE budget = want->>'budget' AND period = want->>'period' FOR UPDATE;
        IF b.limit_picos IS DISTINCT FROM (want->>'limit')::numeric OR b.currency IS DISTINCT FROM want->>'currency' THEN
          UPDATE budget_period SET limit_picos = (want->>'limit')::numeric, currency = want->>'currency', ends_ms = (want->>'ends')::bigint,
            thresholds = ARRAY(SELECT jsonb_array_elements_text(want->'thresholds')) WHERE budget = b.budget AND period = b.period;
          b.limit_picos := (want->>'limit')::numeric;
        END IF;
        INSERT INTO lease (budget, period, journal_id, epoch) VALUES (b.budget, b.period, p_journal, (want->>'epoch')) ON CONFLICT DO NOTHING;
        SELECT * INTO l FROM lease WHERE budget = b.budget AND period = b.period AND journal_id = p_journal AND epoch = (want->>'epoch') FOR UPDATE;
        IF l.state <> 'open' THEN
          RETURN jsonb_build_object('status', 'fenced', 'budget', b.budget, 'period', b.period, 'state', l.state);
        END IF;
        IF (want->>'have')::numeric > l.granted OR (want->>'returned')::numeric > l.returned THEN
          -- A database restored from a backup, or a return that was lost: what the node was granted and gave back are facts,
          -- whether or not they are remembered here.
          rest := lease_rest(l.granted, l.returned, l.spent);
          l.granted := greatest(l.granted, (want->>'have')::numeric);
          l.returned := greatest(l.returned, (want->>'returned')::numeric);
          b.leased := b.leased + lease_rest(l.granted, l.returned, l.spent) - rest;
          UPDATE lease SET granted = l.granted, returned = l.returned, changed_at = now() WHERE budget = b.budget AND period = b.period AND journal_id = p_journal AND epoch = (want->>'epoch');
          UPDATE budget_period SET leased = b.leased WHERE budget = b.budget AND period = b.period;
        END IF;
        top := least(b.limit_picos, coalesce(b.cap_picos, b.limit_picos));
        room := top - b.posted - b.leased;
        ceiling := l.returned + l.spent + lease_rest(l.granted, l.returned, l.spent) + greatest(room, 0);
        IF (want->>'need')::numeric > greatest(ceiling, l.granted) THEN
          SELECT count(*) INTO waiting FROM lease o WHERE o.budget = b.budget AND o.period = b.period AND o.journal_id <> p_journal
            AND o.state = 'open' AND lease_rest(o.granted, o.returned, o.spent) > 0 AND (p_recall OR o.answered < b.recall);
          IF p_recall AND waiting > 0 THEN
            UPDATE budget_period SET recall = recall + 1 WHERE budget = b.budget AND period = b.period RETURNING recall INTO b.recall;
            PERFORM pg_notify('weir', 'budget:' || b.recall || ':' || b.budget);
          END IF;
          refusal := jsonb_build_object('status', 'refused', 'budget', b.budget, 'period', b.period, 'limit', top::text,
            'posted', b.posted::text, 'leased', b.leased::text, 'ceiling', ceiling::text, 'waiting', waiting);
          EXIT;
        END IF;
      END LOOP;
      IF refusal IS NOT NULL THEN
        RETURN refusal;
      END IF;
      FOR want IN SELECT * FROM jsonb_array_elements(p_wants) LOOP
        SELECT * INTO b FROM budget_period WHERE budget = want->>'budget' AND period = want->>'period';
        SELECT * INTO l FROM lease WHERE budget = b.budget AND period = b.period AND journal_id = p_journal AND epoch = (want->>'epoch');
        rest := lease_rest(l.granted, l.returned, l.spent);
        ceiling := l.returned + l.spent + rest + greatest(least(b.limit_picos, coalesce(b.cap_picos, b.limit_picos)) - b.posted - b.leased, 0);
        -- Beyond the need at most a quarter of what is left, so that grants shrink towards the limit.
        reached := greatest(l.granted, least((want->>'want')::numeric, (want->>'need')::numeric + floor(greatest(ceiling - greatest((want->>'need')::numeric, l.granted), 0) / 4)));
        IF reached > l.granted THEN
          UPDATE lease SET granted = reached, changed_at = now() WHERE budget = b.budget AND period = b.period AND journal_id = p_journal AND epoch = (want->>'epoch');
          UPDATE budget_period SET leased = leased + lease_rest(reached, l.returned, l.spent) - rest WHERE budget = b.budget AND period = b.period;
        END IF;
        answers := answers || jsonb_build_object('budget', b.budget, 'period', b.period, 'granted', reached::text, 'limit', b.limit_picos::text,
          'posted', b.posted::text, 'leased', (b.leased + lease_rest(reached, l.returned, l.spent) - rest)::text, 'recall', b.recall);
      END LOOP;
      RETURN jsonb_build_object('status', 'granted', 'leases', answers);
    END $$;

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
