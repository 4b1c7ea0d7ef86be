import type { Migration } from '../store.ts'

/** What a supplier was found to keep is part of what a call is admitted under: a change makes a new snapshot on every node. */
export const retentionRead: Migration = {
  name: '0036-retention-read',
  up: `
    CREATE TRIGGER terms_account_watch_changed AFTER UPDATE OF state, removed_at_ms ON terms_account_watch FOR EACH ROW
      WHEN (NEW.kind = 'bedrock-retention' AND (OLD.state IS DISTINCT FROM NEW.state OR OLD.removed_at_ms IS DISTINCT FROM NEW.removed_at_ms))
      EXECUTE FUNCTION raise_snapshot_version();
  `,
}
