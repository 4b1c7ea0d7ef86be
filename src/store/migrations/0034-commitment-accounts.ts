import type { Migration } from '../store.ts'

/**
 * Draws of commitments stand in the books: each has its currency, and those of before are posted as they were recorded. What
 * was promised is booked when a contract is saved next, or by the next monthly run.
 */
export const commitmentAccounts: Migration = {
  name: '0034-commitment-accounts',
  up: `
    ALTER TABLE commitment_draw ADD COLUMN currency text;
    UPDATE commitment_draw d SET currency = coalesce((SELECT k.body->>'currency' FROM contract k WHERE k.id = d.contract ORDER BY k.version DESC LIMIT 1), 'USD');
    ALTER TABLE commitment_draw ALTER COLUMN currency SET NOT NULL;
    INSERT INTO ledger_transaction (id, kind, minute, currency, amount, attempts, note)
    SELECT concat_ws(':', 'draw', contract, commitment, month), 'commitment', floor(extract(epoch FROM now()) / 60)::bigint, currency, abs(amount), 0, 'drawn in ' || month
    FROM commitment_draw WHERE amount <> 0;
    INSERT INTO account (id, kind, organization, supplier)
    SELECT DISTINCT ON (id) a.kind || '/' || contract || '/' || commitment AS id, a.kind, CASE WHEN starts_with(organization, 'supplier/') THEN NULL ELSE organization END,
      CASE WHEN starts_with(organization, 'supplier/') THEN substr(organization, 10) END
    FROM commitment_draw, (VALUES ('drawn'), ('commitment')) AS a(kind) WHERE amount <> 0 ON CONFLICT DO NOTHING;
    INSERT INTO entry (transaction_id, account, currency, amount)
    SELECT concat_ws(':', 'draw', contract, commitment, month), a.kind || '/' || contract || '/' || commitment, currency,
      a.sign * CASE WHEN starts_with(organization, 'supplier/') THEN -amount ELSE amount END
    FROM commitment_draw, (VALUES ('drawn', 1), ('commitment', -1)) AS a(kind, sign) WHERE amount <> 0;
  `,
}
