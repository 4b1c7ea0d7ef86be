import type { Migration } from '../store.ts'

/**
 * What true-ups have booked, by day, and what attempts are charged since: of bills that overlap, the later moves the books
 * by the difference. True-ups of before are filled in from their reports.
 */
export const truedUp: Migration = {
  name: '0032-trued-up',
  up: `
    CREATE TABLE trued_up (
      transaction_id text NOT NULL,
      supplier text NOT NULL,
      day date NOT NULL,
      model text NOT NULL,
      -- last part of cost/<supplier>/<…>: a maker, contract, or what a charge beside calls is
      account text NOT NULL,
      currency text NOT NULL,
      amount numeric NOT NULL,
      PRIMARY KEY (transaction_id, day, model, account)
    );
    CREATE INDEX trued_up_day ON trued_up (supplier, day);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trued_up FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    CREATE TABLE trued_up_attempt (
      attempt text PRIMARY KEY,
      supplier text NOT NULL,
      -- what budgets are charged for it now, in place of its hold
      due numeric NOT NULL
    );
    INSERT INTO trued_up (transaction_id, supplier, day, model, account, currency, amount)
    SELECT transaction_id, supplier, day, model, account, currency, sum(amount) FROM (
      SELECT r.transaction_id, r.supplier, (v->>'day')::date AS day, regexp_replace(coalesce(v->>'model', ''), '-(\\d{4}-\\d{2}-\\d{2}|\\d{4}|\\d{8})$', '') AS model,
        coalesce((SELECT max(u.maker) FROM usage_day u WHERE u.supplier = r.supplier AND u.model = v->>'model'), 'unknown') AS account, r.report->>'currency' AS currency, (v->>'amount')::numeric AS amount
      FROM reconciliation r JOIN ledger_transaction t ON t.id = r.transaction_id, jsonb_array_elements(r.report->'variances') v
      WHERE v->>'kind' = ANY (string_to_array(split_part(t.note, ': ', 2), ', '))
      UNION ALL
      SELECT r.transaction_id, r.supplier, (r.report->>'from')::date, '', 'contract', r.report->>'currency', (r.report->>'contractDiscount')::numeric
      FROM reconciliation r WHERE r.transaction_id IS NOT NULL AND (r.report->>'contractDiscount')::numeric <> 0) old
    GROUP BY transaction_id, supplier, day, model, account, currency;
  `,
}
