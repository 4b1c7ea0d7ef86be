/** What the gateway must remember across nodes and restarts: who owns a stored response, and which keys were used once. */
import { isoTime, type Clock } from '../kernel/clock.ts'
import type { Store } from '../store/store.ts'
import type { IdempotencyClaim, Ports, StoredResponse } from './ports.ts'

type Remembered = Pick<Ports, 'rememberResponse' | 'rememberItems' | 'findResponse' | 'findItems' | 'claim' | 'finish' | 'release'> & {
  readonly forgetResponse: (id: string) => Promise<void>
  /** Ends what this node's earlier runs left in flight, but for calls that go on: those keys count as used, without an answer to replay. */
  readonly closeClaims: (goingOn: readonly string[]) => Promise<void>
}

interface ResponseRow {
  readonly response_id: string
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly deployment: string
  readonly call: string
}

interface ClaimRow {
  readonly call: string
  readonly state: 'in-flight' | 'finished'
  readonly fingerprint: string
  readonly response: Buffer | null
  readonly content_type: string | null
  readonly status: number | null
}

/** How long a key is remembered: whoever repeats a call does it within a day. */
const claimsMs = 24 * 3_600_000

/** Forgets keys that were first used longer ago, with the answers that were kept for them. */
export const forgetClaims = (store: Store, nowMs: number): Promise<unknown> =>
  store.query('jobs', 'DELETE FROM idempotency WHERE created_at < $1', [isoTime(nowMs - claimsMs)])

/** `journalId`: whose claims these are. */
export function remembered(store: Store, clock: Clock, journalId: string): Remembered {
  return {
    rememberResponse: async (stored) => void (await store.query('lease', `INSERT INTO stored_response (response_id, organization, project, key, deployment, call, created_at, items)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      ON CONFLICT (response_id) DO UPDATE SET items = ARRAY(SELECT DISTINCT unnest(stored_response.items || excluded.items)) WHERE stored_response.call = excluded.call`, [stored.id, stored.organization, stored.project, stored.key, stored.deployment, stored.call, isoTime(clock.now()), stored.items])),
    rememberItems: async (response, items) => void (await store.query('lease', 'UPDATE stored_response SET items = ARRAY(SELECT DISTINCT unnest(items || $2)) WHERE response_id = $1 AND NOT items @> $2', [response, items])),
    findResponse: async (id) => {
      const [row] = await store.query<ResponseRow & Record<string, unknown>>('lease', 'SELECT response_id, organization, project, key, deployment, call FROM stored_response WHERE response_id = $1 AND deleted_at IS NULL', [id])
      return row === undefined ? undefined : storedOf(row)
    },
    findItems: async ({ organization, project }, ids) => {
      const rows = await store.query<{ items: readonly string[]; deployment: string }>('lease', 'SELECT items, deployment FROM stored_response WHERE items && $3 AND organization = $1 AND project = $2 AND deleted_at IS NULL', [organization, project, ids])
      return new Map(rows.flatMap(({ items, deployment }) => items.map((item) => [item, deployment] as const)))
    },
    forgetResponse: async (id) => void (await store.query('lease', 'UPDATE stored_response SET deleted_at = $2 WHERE response_id = $1', [id, isoTime(clock.now())])),
    claim: async (project, key, call, fingerprint) => claimOf(await store.query<ClaimRow & Record<string, unknown>>('lease', `WITH mine AS (
        INSERT INTO idempotency (project, idempotency_key, call, state, fingerprint, created_at, journal_id) VALUES ($1, $2, $3, 'in-flight', $4, $5, $6)
        ON CONFLICT DO NOTHING RETURNING call, state, fingerprint, response, content_type, status)
      SELECT * FROM mine UNION ALL SELECT call, state, fingerprint, response, content_type, status FROM idempotency WHERE project = $1 AND idempotency_key = $2`,
    [project, key, call, fingerprint, isoTime(clock.now()), journalId]), call, fingerprint),
    finish: async (project, key, call, answer) => void (await store.query('lease', `UPDATE idempotency SET state = 'finished', response = $4, content_type = $5, status = $6
      WHERE project = $1 AND idempotency_key = $2 AND call = $3`, [project, key, call, answer?.body ?? null, answer?.contentType ?? null, answer?.status ?? null])),
    release: async (project, key, call) => void (await store.query('lease', 'DELETE FROM idempotency WHERE project = $1 AND idempotency_key = $2 AND call = $3', [project, key, call])),
    closeClaims: async (goingOn) => void (await store.query('lease', `UPDATE idempotency SET state = 'finished' WHERE state = 'in-flight' AND journal_id = $1 AND call <> ALL($2)`, [journalId, goingOn])),
  }
}

const storedOf = (row: ResponseRow): StoredResponse => ({ id: row.response_id, organization: row.organization, project: row.project, key: row.key, deployment: row.deployment, call: row.call, background: false, items: [] })

function claimOf(rows: readonly ClaimRow[], call: string, fingerprint: string): IdempotencyClaim {
  const row = rows[0]
  // Another node inserted between our snapshot and our insert: it holds the key.
  if (row === undefined) return { state: 'in-flight', call: 'unknown', replay: undefined }
  if (row.call === call) return { state: 'mine', call, replay: undefined }
  if (row.fingerprint !== fingerprint) return { state: 'mismatch', call: row.call, replay: undefined }
  if (row.state === 'in-flight') return { state: 'in-flight', call: row.call, replay: undefined }
  const replay = row.response === null ? undefined : { status: row.status ?? 200, contentType: row.content_type ?? 'application/json', body: row.response }
  return { state: 'finished', call: row.call, replay }
}
