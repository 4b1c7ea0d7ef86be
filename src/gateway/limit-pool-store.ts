/** The buckets of shared rate limits in the database: locked in the order of their names, served, written back. */
import type { Row, Sql, Store } from '../store/store.ts'
import { fullPool, grant, type Ask, type Granted, type Part, type Pool } from './limit-pool.ts'
import type { ScopedLimits } from './snapshot.ts'

export interface ScopeAsk {
  readonly limits: ScopedLimits
  readonly ask: Ask
}

/** Serves one node's asks, each on its own; answers by scope. */
export type AskPools = (asks: readonly ScopeAsk[]) => Promise<ReadonlyMap<string, Granted>>

/** Scopes served in one transaction, so that it stays short. */
const scopesMax = 100

export const poolsIn = (store: Store, node: string): AskPools => async (asks) => {
  const granted = new Map<string, Granted>()
  const ordered = asks.toSorted((a, b) => (a.limits.scope < b.limits.scope ? -1 : 1))
  for (let at = 0; at < ordered.length; at += scopesMax) {
    const some = ordered.slice(at, at + scopesMax)
    const answer = await store.transaction('lease', (sql) => serve(sql, node, some))
    for (const [scope, one] of answer) granted.set(scope, one)
  }
  return granted
}

interface PoolRow extends Row {
  readonly scope: string
  readonly requests: number
  readonly tokens: number
  readonly at_ms: string
  readonly now_ms: string
}

interface PartRow extends Row {
  readonly scope: string
  readonly body: readonly Part[]
}

async function serve(sql: Sql, node: string, asks: readonly ScopeAsk[]): Promise<ReadonlyMap<string, Granted>> {
  const scopes = asks.map(({ limits }) => limits.scope)
  const pools = await lockedPools(sql, scopes, asks)
  const now = Math.max(...[...pools.values()].map((pool) => Number(pool.now_ms)))
  const rows = await sql<PartRow>(`
    SELECT scope, jsonb_agg(jsonb_build_object('requestsHeld', requests_held, 'tokensHeld', tokens_held, 'requestsWanted', requests_wanted, 'tokensWanted', tokens_wanted,
      'places', places, 'placesWanted', places_wanted, 'at', at_ms)) AS body
    FROM limit_part WHERE scope = ANY($1::text[]) AND node <> $2 GROUP BY scope`, [scopes, node])
  const others = new Map(rows.map((row) => [row.scope, row.body]))
  const served = asks.map(({ limits, ask }) => {
    const row = pools.get(limits.scope)
    const pool: Pool = row === undefined ? fullPool(limits, now) : { requests: row.requests, tokens: row.tokens, at: Number(row.at_ms) }
    return { scope: limits.scope, ...grant(limits, pool, others.get(limits.scope) ?? [], ask, now) }
  })
  await sql(`
    WITH s AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS s(scope text, pool jsonb, part jsonb)),
    pools AS (UPDATE limit_pool p SET requests = (s.pool->>'requests')::float8, tokens = (s.pool->>'tokens')::float8, at_ms = (s.pool->>'at')::bigint FROM s WHERE p.scope = s.scope)
    INSERT INTO limit_part (scope, node, requests_held, tokens_held, requests_wanted, tokens_wanted, places, places_wanted, at_ms)
    SELECT scope, $1, (part->>'requestsHeld')::float8, (part->>'tokensHeld')::float8, (part->>'requestsWanted')::float8, (part->>'tokensWanted')::float8, (part->>'places')::float8, (part->>'placesWanted')::float8, (part->>'at')::bigint FROM s
    ON CONFLICT (scope, node) DO UPDATE SET requests_held = excluded.requests_held, tokens_held = excluded.tokens_held, requests_wanted = excluded.requests_wanted,
      tokens_wanted = excluded.tokens_wanted, places = excluded.places, places_wanted = excluded.places_wanted, at_ms = excluded.at_ms`,
  [node, JSON.stringify(served.map(({ scope, pool, part }) => ({ scope, pool, part })))])
  return new Map(served.map(({ scope, granted }) => [scope, granted]))
}

/** All rows, locked in order; those that nobody has used yet are made full. */
async function lockedPools(sql: Sql, scopes: readonly string[], asks: readonly ScopeAsk[]): Promise<ReadonlyMap<string, PoolRow>> {
  const lock = (): Promise<PoolRow[]> => sql<PoolRow>(`
    SELECT scope, requests, tokens, at_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms FROM limit_pool WHERE scope = ANY($1::text[]) ORDER BY scope COLLATE "C" FOR UPDATE`, [scopes])
  let rows = await lock()
  if (rows.length < scopes.length) {
    const known = new Set(rows.map((row) => row.scope))
    const fresh = asks.filter(({ limits }) => !known.has(limits.scope)).map(({ limits }) => ({ scope: limits.scope, ...fullPool(limits, 0) }))
    await sql(`INSERT INTO limit_pool (scope, requests, tokens, at_ms)
      SELECT scope, requests, tokens, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM jsonb_to_recordset($1::jsonb) AS f(scope text, requests float8, tokens float8)
      ORDER BY scope COLLATE "C" ON CONFLICT DO NOTHING`, [JSON.stringify(fresh)])
    rows = await lock()
  }
  return new Map(rows.map((row) => [row.scope, row]))
}
