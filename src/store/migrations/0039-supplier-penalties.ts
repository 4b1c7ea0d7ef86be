import type { Migration } from '../store.ts'

/** What a supplier imposes on an account changes where calls go: it, and its end, make a new snapshot on every node. */
export const supplierPenalties: Migration = {
  name: '0039-supplier-penalties',
  up: `
    -- the supplier took it back, imposed another, or a person reinstated the account
    ALTER TABLE terms_notice ADD COLUMN ended_at_ms bigint;
    CREATE INDEX terms_notice_imposed ON terms_notice ((read->>'account')) WHERE ended_at_ms IS NULL AND read->>'account' IS NOT NULL;
    -- Penalties of before: nothing followed from them, and nothing shall follow late.
    UPDATE terms_notice SET ended_at_ms = at_ms WHERE read->>'account' IS NOT NULL;
    CREATE TRIGGER terms_notice_imposes AFTER UPDATE OF read, ended_at_ms ON terms_notice FOR EACH ROW
      WHEN (NEW.read->>'account' IS NOT NULL AND (OLD.read IS DISTINCT FROM NEW.read OR OLD.ended_at_ms IS DISTINCT FROM NEW.ended_at_ms))
      EXECUTE FUNCTION raise_snapshot_version();
    CREATE TRIGGER terms_account_watch_ended AFTER UPDATE OF removed_at_ms ON terms_account_watch FOR EACH ROW
      WHEN (NEW.kind = 'azure-account' AND OLD.removed_at_ms IS DISTINCT FROM NEW.removed_at_ms)
      EXECUTE FUNCTION raise_snapshot_version();
  `,
}
