import type { Migration } from '../store.ts'

/** Money that went back to who paid it, and what each payment has left over, which everybody reads from one place. */
export const moneyBack: Migration = {
  name: '0050-money-back',
  up: `
    -- A refund is what a payment left over, paid back by us; a return is the whole payment, taken back by the payer's bank.
    CREATE TABLE money_back (
      id text PRIMARY KEY,
      payment text NOT NULL REFERENCES payment (id),
      kind text NOT NULL CHECK (kind IN ('refund', 'return')),
      amount numeric NOT NULL CHECK (amount > 0),
      left_on date NOT NULL,
      reference text NOT NULL,
      recorded_at timestamptz NOT NULL
    );
    CREATE INDEX money_back_payment ON money_back (payment);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON money_back FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    CREATE VIEW payment_left AS
      SELECT p.*, p.amount - coalesce((SELECT sum(m.amount) FROM payment_match m WHERE m.payment = p.id), 0) - coalesce((SELECT sum(b.amount) FROM money_back b WHERE b.payment = p.id), 0) AS unapplied FROM payment p;
  `,
}
