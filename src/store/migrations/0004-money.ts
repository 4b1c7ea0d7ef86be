import type { Migration } from '../store.ts'

/** Contracts, invoices, payments, statements, bills and assets; usage by the day, from which months close. Days are texts, UTC. */
export const money: Migration = {
  name: '0004-money',
  up: `
    ALTER TABLE ledger_transaction ADD COLUMN deployment text;

    -- Sums of usage transactions and of the corrections of their prices: months close from these rows, so closing does not depend on the number of calls.
    CREATE TABLE usage_day (
      day date NOT NULL,
      -- the columns down to price_row, joined: one short key instead of twelve
      dims text NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      supplier text NOT NULL,
      maker text NOT NULL,
      model text NOT NULL,
      deployment text NOT NULL,
      meter text NOT NULL,
      tier text NOT NULL,
      source text NOT NULL,
      currency text NOT NULL,
      price_row text NOT NULL,
      unit_price numeric NOT NULL,
      quantity numeric NOT NULL,
      amount numeric NOT NULL,
      attempts bigint NOT NULL,
      PRIMARY KEY (day, dims)
    ) WITH (fillfactor = 50);
    CREATE INDEX usage_day_organization ON usage_day (organization, day);

    CREATE FUNCTION usage_day_add() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO usage_day AS u (day, dims, organization, project, key, supplier, maker, model, deployment, meter, tier, source, currency, price_row, unit_price, quantity, amount, attempts)
      SELECT d, concat_ws('|', organization, project, key, supplier, maker, model, dep, meter, tier, source, currency, price_row),
        organization, project, key, supplier, maker, model, dep, meter, tier, source, currency, price_row, min(unit_price), sum(quantity), sum(amount), sum(attempts)
      FROM (SELECT DATE '1970-01-01' + (minute / 1440)::int AS d, coalesce(deployment, '') AS dep, a.* FROM added a WHERE kind = 'usage' OR (kind = 'correction' AND meter IS NOT NULL)) s
      GROUP BY d, organization, project, key, supplier, maker, model, dep, meter, tier, source, currency, price_row
      ORDER BY 1, 2
      ON CONFLICT (day, dims) DO UPDATE SET quantity = u.quantity + excluded.quantity, amount = u.amount + excluded.amount, attempts = u.attempts + excluded.attempts;
      RETURN NULL;
    END $$;
    CREATE TRIGGER usage_day_add AFTER INSERT ON ledger_transaction REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION usage_day_add();

    -- Who is on a bill: customers by organization, suppliers, makers, and 'self', who issues.
    CREATE TABLE party (
      id text PRIMARY KEY,
      body jsonb NOT NULL,
      changed_at timestamptz NOT NULL DEFAULT now()
    );

    -- Each change is a new version; what was in force when an invoice was issued stays readable.
    CREATE TABLE contract (
      id text NOT NULL,
      version integer NOT NULL,
      party text NOT NULL,
      side text NOT NULL CHECK (side IN ('customer', 'supplier', 'maker')),
      body jsonb NOT NULL,
      recorded_at timestamptz NOT NULL,
      PRIMARY KEY (id, version)
    );
    CREATE INDEX contract_party ON contract (party, side);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- A sequence of PostgreSQL leaves gaps where a transaction fails; a row that the issuing transaction locks leaves none.
    CREATE TABLE number_series (
      series text PRIMARY KEY,
      last bigint NOT NULL DEFAULT 0
    );

    CREATE TABLE invoice (
      id text PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('invoice', 'credit-note')),
      organization text NOT NULL,
      contract text NOT NULL,
      contract_version integer NOT NULL,
      month text NOT NULL,
      ordinal integer NOT NULL,
      status text NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void')),
      number text UNIQUE,
      currency text NOT NULL,
      net numeric NOT NULL,
      tax numeric NOT NULL,
      total numeric NOT NULL,
      prepaid numeric NOT NULL,
      due numeric NOT NULL,
      paid numeric NOT NULL DEFAULT 0 CHECK (paid >= 0 AND (kind = 'credit-note' OR paid <= due)),
      credited numeric NOT NULL DEFAULT 0,
      issued_on date,
      due_on date,
      dunning integer NOT NULL DEFAULT 0,
      document jsonb NOT NULL,
      corrects text REFERENCES invoice (id),
      transaction_id text,
      created_at timestamptz NOT NULL,
      issued_at timestamptz,
      UNIQUE (organization, month, kind, ordinal),
      CHECK ((kind = 'credit-note') = (corrects IS NOT NULL)),
      CHECK ((status = 'draft') = (number IS NULL)),
      CHECK (total = net + tax AND due = total - prepaid)
    );
    CREATE INDEX invoice_open ON invoice (organization) WHERE status = 'issued';

    -- What was issued does not change: only its status, what was paid, credited and reminded.
    CREATE FUNCTION invoice_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND OLD.status <> 'draft' THEN
        RAISE EXCEPTION 'invoice % is issued: void it or write a credit note', OLD.number USING ERRCODE = 'restrict_violation';
      END IF;
      IF TG_OP = 'UPDATE' AND OLD.status <> 'draft' AND (NEW.document, NEW.number, NEW.net, NEW.tax, NEW.total, NEW.prepaid, NEW.due, NEW.currency, NEW.organization, NEW.month, NEW.issued_on, NEW.transaction_id)
        IS DISTINCT FROM (OLD.document, OLD.number, OLD.net, OLD.tax, OLD.total, OLD.prepaid, OLD.due, OLD.currency, OLD.organization, OLD.month, OLD.issued_on, OLD.transaction_id) THEN
        RAISE EXCEPTION 'invoice % is issued: void it or write a credit note', OLD.number USING ERRCODE = 'restrict_violation';
      END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER invoice_is_final BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_is_final();

    -- How much of each day's usage an invoice billed: what comes later is billed with a later month.
    CREATE TABLE invoice_usage (
      invoice text NOT NULL REFERENCES invoice (id) ON DELETE CASCADE,
      day date NOT NULL,
      dims text NOT NULL,
      quantity numeric NOT NULL,
      attempts bigint NOT NULL,
      PRIMARY KEY (invoice, day, dims)
    );
    CREATE INDEX invoice_usage_day ON invoice_usage (day, dims);

    -- How each billed month of a customer was rated last, so that a later rating bills only the difference.
    CREATE TABLE rated_month (
      -- the later rating of a month has the higher number
      n bigint GENERATED ALWAYS AS IDENTITY,
      organization text NOT NULL,
      month text NOT NULL,
      contract text NOT NULL,
      contract_version integer NOT NULL,
      lines jsonb NOT NULL,
      invoice text NOT NULL REFERENCES invoice (id),
      PRIMARY KEY (organization, month, invoice)
    );

    CREATE TABLE credit_draw (
      invoice text NOT NULL REFERENCES invoice (id),
      contract text NOT NULL,
      grant_id text NOT NULL,
      amount numeric NOT NULL CHECK (amount > 0),
      -- false once the invoice is void and the credit is back
      active boolean NOT NULL DEFAULT true,
      PRIMARY KEY (invoice, grant_id)
    );
    CREATE INDEX credit_draw_grant ON credit_draw (contract, grant_id);

    CREATE TABLE commitment_draw (
      organization text NOT NULL,
      contract text NOT NULL,
      commitment text NOT NULL,
      month text NOT NULL,
      amount numeric NOT NULL,
      PRIMARY KEY (contract, commitment, month)
    );

    CREATE TABLE payment (
      id text PRIMARY KEY,
      organization text NOT NULL,
      currency text NOT NULL,
      amount numeric NOT NULL CHECK (amount > 0),
      received_on date NOT NULL,
      reference text NOT NULL,
      recorded_at timestamptz NOT NULL
    );
    CREATE TABLE payment_match (
      payment text NOT NULL REFERENCES payment (id),
      invoice text NOT NULL REFERENCES invoice (id),
      amount numeric NOT NULL CHECK (amount > 0),
      PRIMARY KEY (payment, invoice)
    );

    CREATE TABLE statement (
      id text PRIMARY KEY,
      maker text NOT NULL,
      month text NOT NULL,
      agreement text NOT NULL,
      agreement_version integer NOT NULL,
      currency text NOT NULL,
      net numeric NOT NULL,
      document jsonb NOT NULL,
      transaction_id text NOT NULL,
      issued_at timestamptz NOT NULL,
      UNIQUE (maker, month)
    );
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- A supplier's bill as it was imported; the same file twice is the same bill.
    CREATE TABLE bill (
      id text PRIMARY KEY,
      supplier text NOT NULL,
      format text NOT NULL,
      sha256 text NOT NULL,
      period_from date NOT NULL,
      period_until date NOT NULL,
      currency text NOT NULL,
      total numeric NOT NULL,
      row_count integer NOT NULL,
      imported_at timestamptz NOT NULL,
      -- a later bill of the same period may take the place of an earlier one
      replaced_by text REFERENCES bill (id),
      UNIQUE (supplier, sha256)
    );
    CREATE TABLE bill_row (
      bill text NOT NULL REFERENCES bill (id),
      n integer NOT NULL,
      day date NOT NULL,
      deployment text,
      model text,
      meter text,
      tier text,
      -- call/attempt, where the bill names it
      attempt text,
      quantity numeric,
      -- null on a bill of usage alone
      amount numeric,
      currency text NOT NULL,
      description text NOT NULL,
      PRIMARY KEY (bill, n)
    );
    CREATE TABLE reconciliation (
      id text PRIMARY KEY,
      bill text NOT NULL REFERENCES bill (id),
      supplier text NOT NULL,
      report jsonb NOT NULL,
      unexplained numeric NOT NULL,
      transaction_id text,
      made_at timestamptz NOT NULL
    );
    CREATE TABLE dispute (
      id text PRIMARY KEY,
      reconciliation text NOT NULL REFERENCES reconciliation (id),
      supplier text NOT NULL,
      state text NOT NULL CHECK (state IN ('raised', 'acknowledged', 'credited', 'rejected', 'withdrawn')),
      currency text NOT NULL,
      amount numeric NOT NULL,
      reason text NOT NULL,
      history jsonb NOT NULL,
      raised_at timestamptz NOT NULL
    );

    CREATE TABLE asset (
      id text PRIMARY KEY,
      body jsonb NOT NULL,
      changed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE asset_month (
      asset text NOT NULL REFERENCES asset (id),
      month text NOT NULL,
      currency text NOT NULL,
      document jsonb NOT NULL,
      transaction_id text NOT NULL,
      PRIMARY KEY (asset, month)
    );

    CREATE TABLE fx_rate (
      base text NOT NULL,
      quote text NOT NULL,
      day date NOT NULL,
      rate numeric NOT NULL CHECK (rate > 0),
      source text NOT NULL CHECK (source <> ''),
      PRIMARY KEY (base, quote, day)
    );
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fx_rate FOR EACH STATEMENT EXECUTE FUNCTION append_only();
  `,
}
