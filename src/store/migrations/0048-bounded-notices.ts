import type { Migration } from '../store.ts'

/**
 * A source counts the messages that it refused, and says so in the governance log once a minute at most. A notice whose
 * case could not be read says when it is asked for again.
 */
export const boundedNotices: Migration = {
  name: '0048-bounded-notices',
  up: `
    ALTER TABLE terms_notice_source ADD COLUMN refused bigint NOT NULL DEFAULT 0;
    -- when the governance log was last told of one; 0: never
    ALTER TABLE terms_notice_source ADD COLUMN refusal_told_ms bigint NOT NULL DEFAULT 0;
    ALTER TABLE terms_notice ADD COLUMN next_try_ms bigint NOT NULL DEFAULT 0;
  `,
}
