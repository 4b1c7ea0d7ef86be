import type { Migration } from '../store.ts'

/**
 * Which kinds of a bill's variances were trued up, and which a dispute is over: a kind is one or the other. What was settled
 * before is filled in from the notes of true-ups and the ids of disputes.
 */
export const kindsSettled: Migration = {
  name: '0044-kinds-settled',
  up: `
    CREATE TABLE trued_up_kind (
      bill text NOT NULL REFERENCES bill (id),
      kind text NOT NULL,
      reconciliation text NOT NULL REFERENCES reconciliation (id),
      transaction_id text NOT NULL,
      PRIMARY KEY (bill, kind)
    );
    INSERT INTO trued_up_kind (bill, kind, reconciliation, transaction_id)
    SELECT r.bill, of.kind, r.id, r.transaction_id FROM reconciliation r JOIN ledger_transaction t ON t.id = r.transaction_id,
      unnest(string_to_array(regexp_replace(t.note, '^.*: ', ''), ', ')) AS of(kind) ON CONFLICT DO NOTHING;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trued_up_kind FOR EACH STATEMENT EXECUTE FUNCTION append_only();
    ALTER TABLE dispute ADD COLUMN kinds text[] NOT NULL DEFAULT '{}';
    UPDATE dispute SET kinds = string_to_array(substr(id, length('dispute_' || reconciliation || '_') + 1), '+');
    ALTER TABLE dispute ALTER COLUMN kinds DROP DEFAULT;
  `,
}
