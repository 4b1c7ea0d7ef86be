import type { Migration } from '../store.ts'

/**
 * Each checkpoint names the one before it, so that a row that goes missing is missed; and each log the last one that the
 * governance log has of it. The database sets the link: nodes of an older version on the same database insert without it.
 */
export const linkedCheckpoints: Migration = {
  name: '0045-linked-checkpoints',
  up: `
    -- size of the checkpoint before; null: it was the first
    ALTER TABLE terms_checkpoint ADD COLUMN previous bigint;
    UPDATE terms_checkpoint c SET previous = n.previous
      FROM (SELECT log, size, lag(size) OVER (PARTITION BY log ORDER BY size) AS previous FROM terms_checkpoint) n
      WHERE n.log = c.log AND n.size = c.size AND n.previous IS NOT NULL;
    CREATE FUNCTION terms_checkpoint_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.previous := (SELECT max(size) FROM terms_checkpoint WHERE log = NEW.log AND size < NEW.size);
      RETURN NEW;
    END $$;
    CREATE TRIGGER terms_checkpoint_follows BEFORE INSERT ON terms_checkpoint FOR EACH ROW EXECUTE FUNCTION terms_checkpoint_follows();

    -- Time and epoch stand as the root does: a statement's period is read from them. Witnesses only add, and what was shown was shown.
    CREATE OR REPLACE FUNCTION terms_checkpoint_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.root <> OLD.root OR NEW.size <> OLD.size OR NEW.log <> OLD.log OR (OLD.note IS NOT NULL AND NEW.note IS DISTINCT FROM OLD.note)
        OR NEW.epoch <> OLD.epoch OR NEW.at_ms <> OLD.at_ms OR NEW.previous IS DISTINCT FROM OLD.previous
        OR NOT starts_with(NEW.cosignatures, OLD.cosignatures) OR (OLD.published AND NOT NEW.published) THEN
        RAISE EXCEPTION 'a checkpoint of % stands as it was made', OLD.log USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$;

    -- size of the newest checkpoint that the governance log has of it
    ALTER TABLE terms_log ADD COLUMN recorded bigint NOT NULL DEFAULT 0;
  `,
}
