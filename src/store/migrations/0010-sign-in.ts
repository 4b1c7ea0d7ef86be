import type { Migration } from '../store.ts'

/** People who sign in: accounts, second factors, sessions, one-time links, and how often somebody guessed. */
export const signIn: Migration = {
  name: '0010-sign-in',
  up: `
    CREATE TABLE sign_in_user (
      id text PRIMARY KEY,
      -- what is typed at the door, in lower case; none where only single sign-on lets this person in
      login text UNIQUE,
      name text NOT NULL,
      role text NOT NULL,
      organization text,
      maker text,
      -- argon2id as a PHC string: parameters, salt and hash
      password text,
      -- the secret of the authenticator app, sealed under the master key
      totp text,
      -- the last time step whose code was accepted: none is accepted twice
      totp_step bigint NOT NULL DEFAULT 0,
      -- hashes of recovery codes that were not used yet
      recovery jsonb NOT NULL DEFAULT '[]',
      issuer text,
      subject text,
      created_ms bigint NOT NULL,
      created_by text NOT NULL,
      seen_ms bigint,
      disabled_ms bigint,
      UNIQUE (issuer, subject),
      CHECK ((organization IS NOT NULL) = (role = 'customer')),
      CHECK ((maker IS NOT NULL) = (role = 'maker')),
      CHECK (login IS NOT NULL OR issuer IS NOT NULL)
    );
    CREATE TABLE sign_in_session (
      hash text PRIMARY KEY,
      id text UNIQUE NOT NULL,
      user_id text REFERENCES sign_in_user ON DELETE CASCADE,
      -- id of the admin token that was typed in, where it was one
      token_id text,
      stage text NOT NULL CHECK (stage IN ('factor', 'enrol', 'full')),
      way text NOT NULL,
      created_ms bigint NOT NULL,
      seen_ms bigint NOT NULL,
      expires_ms bigint NOT NULL,
      -- when a second factor was last shown; 0: never
      factor_ms bigint NOT NULL DEFAULT 0,
      address text NOT NULL,
      agent text NOT NULL,
      CHECK ((user_id IS NULL) <> (token_id IS NULL))
    );
    CREATE INDEX sign_in_session_user ON sign_in_session (user_id);
    CREATE TABLE sign_in_passkey (
      id text PRIMARY KEY,
      user_id text NOT NULL REFERENCES sign_in_user ON DELETE CASCADE,
      name text NOT NULL,
      public_key bytea NOT NULL,
      counter bigint NOT NULL,
      transports jsonb NOT NULL,
      created_ms bigint NOT NULL,
      used_ms bigint
    );
    CREATE INDEX sign_in_passkey_user ON sign_in_passkey (user_id);
    CREATE TABLE sign_in_link (
      hash text PRIMARY KEY,
      user_id text NOT NULL REFERENCES sign_in_user ON DELETE CASCADE,
      expires_ms bigint NOT NULL
    );
    -- What was asked of a browser and not answered yet: challenges of passkeys, journeys to a single sign-on, new secrets.
    CREATE TABLE sign_in_challenge (
      hash text PRIMARY KEY,
      kind text NOT NULL,
      body jsonb NOT NULL,
      expires_ms bigint NOT NULL
    );
    CREATE TABLE sign_in_guess (
      whom text PRIMARY KEY,
      count integer NOT NULL,
      last_ms bigint NOT NULL,
      until_ms bigint NOT NULL
    );
  `,
}
