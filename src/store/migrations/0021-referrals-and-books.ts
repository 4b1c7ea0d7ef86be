import type { Migration } from '../store.ts'

/** A complaint counts once, however often it is sent; and how far books were compared with receipts. */
export const referralsAndBooks: Migration = {
  name: '0021-referrals-and-books',
  up: `
    CREATE TABLE terms_referral (
      id text PRIMARY KEY,
      maker text NOT NULL,
      -- the maker's own reference, or an Idempotency-Key, or the hash of what was complained
      external text NOT NULL,
      -- hash of what was complained: the same reference with another complaint is refused
      sha256 text NOT NULL,
      -- cases that it opened, and the calls of each
      cases jsonb NOT NULL,
      calls bigint NOT NULL,
      at_ms bigint NOT NULL,
      actor text NOT NULL,
      UNIQUE (maker, external)
    );
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON terms_referral FOR EACH STATEMENT EXECUTE FUNCTION append_only();

    -- One row: every hour before this instant was compared, also those in which no control node ran.
    CREATE TABLE terms_books_compared (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      through_ms bigint NOT NULL
    );
  `,
}
