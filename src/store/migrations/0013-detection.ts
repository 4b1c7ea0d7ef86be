import type { Migration } from '../store.ts'

/** Detection of misuse: sketches of calls (never their text), what was worked out from them, and what people made of it. */
export const detection: Migration = {
  name: '0013-detection',
  up: `
    CREATE TABLE detection_sketch (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at_ms bigint NOT NULL,
      organization text NOT NULL,
      project text NOT NULL,
      key text NOT NULL,
      purpose text,
      model text NOT NULL,
      -- two bits a dimension: see terms/detection/sketch.ts
      vector bytea NOT NULL,
      bands bytea NOT NULL,
      techniques integer NOT NULL,
      settings integer NOT NULL,
      -- hashes under the installation's pepper
      actor text,
      agent text,
      network text,
      tokens integer NOT NULL,
      standing text NOT NULL DEFAULT 'ordinary' CHECK (standing IN ('ordinary', 'flagged', 'accepted')),
      -- the signal that flagged or accepted it
      signal text
    );
    CREATE INDEX detection_sketch_key ON detection_sketch (key, id);
    CREATE INDEX detection_sketch_purpose ON detection_sketch (organization, purpose, id);
    CREATE INDEX detection_sketch_signal ON detection_sketch (signal) WHERE signal IS NOT NULL;
    CREATE INDEX detection_sketch_at ON detection_sketch (at_ms);
    CREATE TABLE detection_progress (
      subject text PRIMARY KEY,
      -- last sketch that a score has seen
      seen bigint NOT NULL,
      accumulated double precision NOT NULL,
      at_ms bigint NOT NULL
    );
    CREATE TABLE detection_signal (
      id text PRIMARY KEY,
      subject text NOT NULL,
      organization text NOT NULL,
      project text,
      purpose text,
      raised_ms bigint NOT NULL,
      updated_ms bigint NOT NULL,
      state text NOT NULL CHECK (state IN ('open', 'waiting', 'case', 'cleared')),
      -- tokens times severity of the clause: what an analyst should look at first
      rank numeric NOT NULL,
      card jsonb NOT NULL,
      case_id text,
      cleared_under text,
      cleared_by text,
      cleared_ms bigint,
      says text
    );
    -- One open signal a subject: what goes on is the same signal.
    CREATE UNIQUE INDEX detection_signal_open ON detection_signal (subject) WHERE state <> 'cleared';
    CREATE TABLE detection_cluster (
      id text PRIMARY KEY,
      keys text[] NOT NULL,
      links jsonb NOT NULL,
      at_ms bigint NOT NULL
    );
    -- What detection looked at, and what it did not, by day and node.
    CREATE TABLE detection_tally (
      day date NOT NULL,
      node text NOT NULL,
      calls bigint NOT NULL DEFAULT 0,
      sketched bigint NOT NULL DEFAULT 0,
      thinned bigint NOT NULL DEFAULT 0,
      dropped bigint NOT NULL DEFAULT 0,
      unread bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (day, node)
    );
  `,
}
