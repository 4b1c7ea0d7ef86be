import type { Migration } from '../store.ts'

/** Prices, the shipped journals, accounts and entries, calls, usage by the minute, budgets and leases. Times are milliseconds UTC. */
export const ledger: Migration = {
  name: '0002-ledger',
  up: `
    CREATE TABLE price (
      id text PRIMARY KEY,
      list text NOT NULL,
      model text NOT NULL,
      meter text NOT NULL,
      tier text NOT NULL,
      region_class text NOT NULL,
      above_input bigint NOT NULL,
      currency text NOT NULL,
      unit_price numeric NOT NULL CHECK (unit_price >= 0),
      effective_from_ms bigint NOT NULL,
      recorded_at_ms bigint NOT NULL,
      source text NOT NULL CHECK (source <> ''),
      UNIQUE (list, model, meter, tier, region_class, above_input, effective_from_ms, recorded_at_ms)
    );

    -- What arrived from the nodes, as it came: the only place of each call's full record, compressed tenfold. Kept as long as calls are.
    CREATE TABLE journal_batch (
      journal_id text NOT NULL,
      first_sequence bigint NOT NULL,
      last_sequence bigint NOT NULL CHECK (last_sequence >= first_sequence),
      -- SHA-256 of all bodies; hashes holds the first 16 bytes of each body's, in order
      hash bytea NOT NULL,
      hashes bytea NOT NULL,
      -- zstd of the bodies, one a line; null once retired, when the hashes still tell copies from conflicts
      payload bytea,
      received_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (journal_id, first_sequence)
    );
    ALTER TABLE journal_batch ALTER COLUMN payload SET STORAGE EXTERNAL, ALTER COLUMN hashes SET STORAGE EXTERNAL;

    -- One row a journal: how far it is durable and how far it is posted, and what became of each event (C3).
    CREATE TABLE journal_watermark (
      journal_id text PRIMARY KEY,
      shipped bigint NOT NULL DEFAULT 0,
      posted bigint NOT NULL DEFAULT 0 CHECK (posted <= shipped),
      -- numbers that never came because the node had already forgotten them
      missing bigint NOT NULL DEFAULT 0,
      attempts bigint NOT NULL DEFAULT 0,
      -- outcomes without an attempt, malformed records, conflicting numbers: events that are not attempts
      strays bigint NOT NULL DEFAULT 0,
      posted_events bigint NOT NULL DEFAULT 0,
      quarantined_events bigint NOT NULL DEFAULT 0,
      resolved_events bigint NOT NULL DEFAULT 0,
      reported bigint NOT NULL DEFAULT 0,
      estimated bigint NOT NULL DEFAULT 0,
      absent bigint NOT NULL DEFAULT 0,
      unbilled bigint NOT NULL DEFAULT 0,
      refusals bigint NOT NULL DEFAULT 0,
      updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 50);

    -- Attempts whose outcome has not come yet.
    CREATE TABLE attempt_open (
      call text NOT NULL,
      n integer NOT NULL,
      journal_id text NOT NULL,
      sequence bigint NOT NULL,
      at_ms bigint NOT NULL,
      body text NOT NULL,
      PRIMARY KEY (call, n)
    );
    CREATE INDEX attempt_open_journal ON attempt_open (journal_id);

    CREATE TABLE quarantine (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      journal_id text NOT NULL,
      sequence bigint NOT NULL,
      reason text NOT NULL,
      detail text NOT NULL,
      body text NOT NULL,
      at_ms bigint NOT NULL,
      resolved_at_ms bigint,
      resolution text
    );
    CREATE INDEX quarantine_open ON quarantine (id) WHERE resolved_at_ms IS NULL;
    CREATE UNIQUE INDEX quarantine_once ON quarantine (journal_id, sequence, reason, md5(body));

    CREATE TABLE attempt (
      -- days since 1970 UTC of the dial
      day integer NOT NULL,
      call text NOT NULL,
      n integer NOT NULL,
      journal_id text NOT NULL,
      -- numbers of the two records in their journal, where the provider's usage as it came and all else stands
      attempt_sequence bigint NOT NULL,
      sequence bigint NOT NULL,
      at_ms bigint NOT NULL,
      ended_ms bigint NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      purpose text,
      model text NOT NULL,
      deployment text NOT NULL,
      supplier text NOT NULL,
      maker text NOT NULL,
      operation text NOT NULL,
      outcome text NOT NULL,
      status integer,
      source text NOT NULL,
      billable text NOT NULL,
      tier text NOT NULL,
      input bigint,
      cached_input bigint,
      output bigint,
      currency text NOT NULL,
      -- null where nothing is booked: absent usage, or an attempt that cannot have been billed
      cost numeric,
      -- what the budgets were charged, picos
      charge numeric NOT NULL,
      last boolean NOT NULL,
      -- meter quantity price-row, for each rated line, separated by semicolons
      lines text NOT NULL,
      PRIMARY KEY (day, call, n)
    ) PARTITION BY RANGE (day);
    CREATE TABLE attempt_before PARTITION OF attempt FOR VALUES FROM (MINVALUE) TO (0);

    CREATE TABLE refusal (
      journal_id text NOT NULL,
      sequence bigint NOT NULL,
      at_ms bigint NOT NULL,
      call text NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      model text NOT NULL,
      operation text NOT NULL,
      code text NOT NULL,
      clause text,
      PRIMARY KEY (journal_id, sequence)
    );
    CREATE INDEX refusal_at ON refusal (at_ms DESC);

    CREATE TABLE account (
      id text PRIMARY KEY,
      kind text NOT NULL,
      organization text,
      project text,
      supplier text,
      maker text
    );

    CREATE TABLE ledger_transaction (
      id text PRIMARY KEY,
      kind text NOT NULL,
      -- minutes since 1970 UTC of the dials that it stands for
      minute bigint NOT NULL,
      currency text NOT NULL,
      journal_id text,
      first_sequence bigint,
      last_sequence bigint,
      organization text,
      project text,
      key text,
      supplier text,
      maker text,
      model text,
      meter text,
      tier text,
      source text,
      price_row text,
      quantity numeric,
      unit_price numeric,
      amount numeric NOT NULL,
      attempts integer NOT NULL,
      corrects text REFERENCES ledger_transaction (id),
      note text,
      posted_at timestamptz NOT NULL DEFAULT now(),
      -- a correction names what it corrects, and only a correction does (C5)
      CHECK ((kind = 'correction') = (corrects IS NOT NULL)),
      -- what was used costs exactly quantity times price (C6)
      CHECK (kind <> 'usage' OR amount = quantity * unit_price)
    );
    CREATE INDEX ledger_transaction_minute ON ledger_transaction (minute, organization);
    CREATE INDEX ledger_transaction_corrects ON ledger_transaction (corrects) WHERE corrects IS NOT NULL;

    CREATE TABLE entry (
      transaction_id text NOT NULL,
      account text NOT NULL,
      currency text NOT NULL,
      -- positive is debit
      amount numeric NOT NULL,
      PRIMARY KEY (transaction_id, account, currency)
    );
    CREATE INDEX entry_account ON entry (account);

    -- C5: every statement that adds entries adds whole, balanced transactions, so the sum is zero by induction. A check a
    -- statement costs a fraction of a deferred trigger a row.
    CREATE FUNCTION entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      wrong text;
    BEGIN
      SELECT transaction_id INTO wrong FROM added GROUP BY transaction_id, currency HAVING sum(amount) <> 0 LIMIT 1;
      IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entries of transaction % do not sum to zero', wrong USING ERRCODE = 'check_violation';
      END IF;
      SELECT transaction_id INTO wrong FROM added a WHERE NOT EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.id = a.transaction_id) LIMIT 1;
      IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entry of unknown transaction %', wrong USING ERRCODE = 'foreign_key_violation';
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER entries_balance AFTER INSERT ON entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION entries_balance();

    CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only: post a correction instead of a %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    CREATE TABLE usage_minute (
      minute bigint NOT NULL,
      -- the columns down to currency, joined: one short key instead of thirteen
      dims text NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      purpose text,
      model text NOT NULL,
      deployment text NOT NULL,
      supplier text NOT NULL,
      maker text NOT NULL,
      operation text NOT NULL,
      tier text NOT NULL,
      currency text NOT NULL,
      calls bigint NOT NULL,
      attempts bigint NOT NULL,
      reported bigint NOT NULL,
      estimated bigint NOT NULL,
      absent bigint NOT NULL,
      input bigint NOT NULL,
      cached_input bigint NOT NULL,
      cache_write bigint NOT NULL,
      audio_input bigint NOT NULL,
      output bigint NOT NULL,
      reasoning bigint NOT NULL,
      audio_output bigint NOT NULL,
      pieces bigint NOT NULL,
      cost numeric NOT NULL,
      PRIMARY KEY (minute, dims)
    ) WITH (fillfactor = 50);

    CREATE TABLE budget_period (
      budget text NOT NULL,
      period text NOT NULL,
      currency text,
      -- picos; null until a node has said it
      limit_picos numeric,
      posted numeric NOT NULL DEFAULT 0,
      leased numeric NOT NULL DEFAULT 0 CHECK (leased >= 0),
      -- charges beyond their holds: counted, alarmed, and already inside posted
      overrun numeric NOT NULL DEFAULT 0,
      thresholds text[] NOT NULL DEFAULT '{}',
      thresholds_passed integer NOT NULL DEFAULT 0,
      -- raised each time a refused node asks the others for what they do not use
      recall bigint NOT NULL DEFAULT 0,
      ends_ms bigint,
      PRIMARY KEY (budget, period)
    ) WITH (fillfactor = 50);

    -- A node's part of a budget. What it may still spend is greatest(0, granted - returned - spent); leased is their sum.
    CREATE TABLE lease (
      budget text NOT NULL,
      period text NOT NULL,
      journal_id text NOT NULL,
      epoch text NOT NULL,
      -- open: grants possible; closing: only what is held; written-off: the rest counts as spent
      state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing', 'written-off')),
      granted numeric NOT NULL DEFAULT 0,
      returned numeric NOT NULL DEFAULT 0,
      spent numeric NOT NULL DEFAULT 0,
      -- written off and not yet claimed by a late charge
      credit numeric NOT NULL DEFAULT 0,
      answered bigint NOT NULL DEFAULT 0,
      opened_at timestamptz NOT NULL DEFAULT now(),
      changed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (budget, period, journal_id, epoch)
    ) WITH (fillfactor = 50);
    CREATE INDEX lease_journal ON lease (journal_id);

    -- What a node may still spend of its lease.
    CREATE FUNCTION lease_rest(granted numeric, returned numeric, spent numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS
      'SELECT greatest(0::numeric, granted - returned - spent)';

    -- Extends one node's leases on every account of a path, or none of them (C2). The wants are sorted by budget and period,
    -- which is the order of all locks. Amounts are cumulative, so a repeated request after a lost answer grants nothing twice:
    -- have is what the node already counts as granted, need and want are the sums it has to reach and would like to reach.
    CREATE FUNCTION lease_take(p_journal text, p_wants jsonb, p_recall boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
    DECLARE
      want jsonb;
      b budget_period%ROWTYPE;
      l lease%ROWTYPE;
      room numeric;
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
        room := b.limit_picos - b.posted - b.leased;
        ceiling := l.returned + l.spent + lease_rest(l.granted, l.returned, l.spent) + greatest(room, 0);
        IF (want->>'need')::numeric > greatest(ceiling, l.granted) THEN
          SELECT count(*) INTO waiting FROM lease o WHERE o.budget = b.budget AND o.period = b.period AND o.journal_id <> p_journal
            AND o.state = 'open' AND lease_rest(o.granted, o.returned, o.spent) > 0 AND (p_recall OR o.answered < b.recall);
          IF p_recall AND waiting > 0 THEN
            UPDATE budget_period SET recall = recall + 1 WHERE budget = b.budget AND period = b.period;
            PERFORM pg_notify('weir', 'budget:' || b.budget);
          END IF;
          refusal := jsonb_build_object('status', 'refused', 'budget', b.budget, 'period', b.period, 'limit', b.limit_picos::text,
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
        ceiling := l.returned + l.spent + rest + greatest(b.limit_picos - b.posted - b.leased, 0);
        -- Beyond the need at most a quarter of what is left, so that grants shrink towards the limit.
        reached := greatest(l.granted, least((want->>'want')::numeric, (want->>'need')::numeric + floor(greatest(ceiling - greatest((want->>'need')::numeric, l.granted), 0) / 4)));
        IF reached > l.granted THEN
          UPDATE lease SET granted = reached, changed_at = now() WHERE budget = b.budget AND period = b.period AND journal_id = p_journal AND epoch = (want->>'epoch');
          UPDATE budget_period SET leased = leased + lease_rest(reached, l.returned, l.spent) - rest WHERE budget = b.budget AND period = b.period;
        END IF;
        answers := answers || jsonb_build_object('budget', b.budget, 'period', b.period, 'granted', reached::text, 'limit', b.limit_picos::text,
          'posted', b.posted::text, 'leased', (b.leased + lease_rest(reached, l.returned, l.spent) - rest)::text);
      END LOOP;
      RETURN jsonb_build_object('status', 'granted', 'leases', answers);
    END $$;

    -- Gives back what a node does not use. p_returned is cumulative. An answer to a recall is an answer also where nothing is left over.
    CREATE FUNCTION lease_return(p_journal text, p_epoch text, p_budget text, p_period text, p_returned numeric) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      b budget_period%ROWTYPE;
      l lease%ROWTYPE;
    BEGIN
      SELECT * INTO b FROM budget_period WHERE budget = p_budget AND period = p_period FOR UPDATE;
      SELECT * INTO l FROM lease WHERE budget = p_budget AND period = p_period AND journal_id = p_journal AND epoch = p_epoch FOR UPDATE;
      IF l.budget IS NULL OR l.state = 'written-off' THEN
        RETURN;
      END IF;
      UPDATE lease SET returned = greatest(l.returned, p_returned), answered = b.recall, changed_at = now()
        WHERE budget = p_budget AND period = p_period AND journal_id = p_journal AND epoch = p_epoch;
      UPDATE budget_period SET leased = leased + lease_rest(l.granted, greatest(l.returned, p_returned), l.spent) - lease_rest(l.granted, l.returned, l.spent)
        WHERE budget = p_budget AND period = p_period;
    END $$;

    -- The same occasion is the same event, however often it is found (as src/ledger/events.ts makes ids).
    CREATE FUNCTION raise_event(p_at timestamptz, p_kind text, p_subject text, p_occasion text, p_body jsonb) RETURNS void LANGUAGE sql AS $$
      INSERT INTO event (id, at, kind, subject, body)
      VALUES ('event_' || left(encode(sha256(convert_to(p_kind || E'\\n' || p_subject || E'\\n' || p_occasion, 'UTF8')), 'hex'), 26), p_at, p_kind, p_subject, p_body)
      ON CONFLICT (id) DO NOTHING
    $$;

    -- Moves charges from leased to posted, in the order of all locks, and raises events for thresholds passed and holds overrun.
    CREATE FUNCTION budget_charge(p_at timestamptz, p_page text, p_journal text, p_budgets text[], p_periods text[], p_epochs text[], p_charges numeric[], p_overruns numeric[])
    RETURNS integer LANGUAGE plpgsql AS $$
    DECLARE
      i integer;
      b budget_period%ROWTYPE;
      l lease%ROWTYPE;
      claimed numeric;
      moved numeric;
      passed integer;
    BEGIN
      FOR i IN 1 .. coalesce(array_length(p_budgets, 1), 0) LOOP
        SELECT * INTO b FROM budget_period WHERE budget = p_budgets[i] AND period = p_periods[i] FOR UPDATE;
        IF b.budget IS NULL THEN
          INSERT INTO budget_period (budget, period) VALUES (p_budgets[i], p_periods[i]) ON CONFLICT DO NOTHING;
          SELECT * INTO b FROM budget_period WHERE budget = p_budgets[i] AND period = p_periods[i] FOR UPDATE;
        END IF;
        SELECT * INTO l FROM lease WHERE budget = p_budgets[i] AND period = p_periods[i] AND journal_id = p_journal AND (p_epochs[i] = '-' OR epoch = p_epochs[i])
          ORDER BY opened_at DESC LIMIT 1 FOR UPDATE;
        claimed := least(coalesce(l.credit, 0), p_charges[i]);
        moved := p_charges[i] - claimed;
        IF l.budget IS NOT NULL THEN
          UPDATE lease SET spent = spent + moved, credit = credit - claimed, changed_at = now()
            WHERE budget = l.budget AND period = l.period AND journal_id = l.journal_id AND epoch = l.epoch;
          b.leased := b.leased + lease_rest(l.granted, l.returned, l.spent + moved) - lease_rest(l.granted, l.returned, l.spent);
        ELSIF p_epochs[i] <> '-' THEN
          -- A database restored from a backup lacks the lease that this was spent in: what was spent waits for the node to name it again.
          INSERT INTO lease (budget, period, journal_id, epoch, spent) VALUES (p_budgets[i], p_periods[i], p_journal, p_epochs[i], moved);
        END IF;
        passed := b.thresholds_passed;
        WHILE passed < coalesce(array_length(b.thresholds, 1), 0) AND b.posted + moved >= b.thresholds[passed + 1]::numeric * b.limit_picos LOOP
          passed := passed + 1;
          PERFORM raise_event(p_at, 'budget-threshold', 'budget/' || b.budget, b.period || ' ' || b.thresholds[passed], jsonb_build_object(
            'period', b.period, 'threshold', b.thresholds[passed], 'posted', (b.posted + moved)::text, 'limit', b.limit_picos::text));
        END LOOP;
        IF p_overruns[i] > 0 THEN
          PERFORM raise_event(p_at, 'budget-overrun', 'budget/' || b.budget, b.period || ' ' || p_page, jsonb_build_object(
            'period', b.period, 'overrun', p_overruns[i]::text, 'advice', 'a provider billed more than its declared bound; check the context window and the output limit of its models'));
        END IF;
        UPDATE budget_period SET posted = posted + moved, leased = b.leased, overrun = overrun + p_overruns[i], thresholds_passed = passed
          WHERE budget = b.budget AND period = b.period;
      END LOOP;
      RETURN coalesce(array_length(p_budgets, 1), 0);
    END $$;

    -- Ends a posting statement that found the world changed since it was prepared.
    CREATE FUNCTION expect_rows(actual bigint, expected bigint) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
      IF actual <> expected THEN
        RAISE EXCEPTION 'overtaken: % rows instead of %', actual, expected USING ERRCODE = 'WE001';
      END IF;
      RETURN true;
    END $$;
  `,
}
