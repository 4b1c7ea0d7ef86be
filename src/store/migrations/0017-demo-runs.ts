import type { Migration } from '../store.ts'

/** Runs of the case's chapters that somebody started from the console: what they said, how they ended, what they changed. */
export const demoRuns: Migration = {
  name: '0017-demo-runs',
  up: `
    CREATE TABLE demo_run (
      id text PRIMARY KEY,
      chapter integer NOT NULL,
      -- here: played on this installation; alone: against servers of its own.
      place text NOT NULL CHECK (place IN ('here', 'alone')),
      state text NOT NULL CHECK (state IN ('running', 'passed', 'failed')),
      started_ms bigint NOT NULL,
      started_by text NOT NULL,
      -- When its node last said that it goes on.
      beat_ms bigint NOT NULL,
      ended_ms bigint,
      lines jsonb NOT NULL DEFAULT '[]',
      -- Figures of each book before and after; null where it ran alone.
      books jsonb,
      says text,
      CHECK ((state = 'running') = (ended_ms IS NULL))
    );
    -- One at a time on all nodes: a chapter starts servers and takes the processor.
    CREATE UNIQUE INDEX demo_run_one ON demo_run ((true)) WHERE state = 'running';
    CREATE INDEX demo_run_started ON demo_run (started_ms DESC);
  `,
}
