/** What a person should see: crossed thresholds, conflicting journals, overruns. */
import { createHash } from 'node:crypto'
import type { Json } from '../kernel/canonical-json.ts'
import { isoTime, type Clock } from '../kernel/clock.ts'
import type { Sql } from '../store/store.ts'

/** Raises an event once: the same kind, subject and occasion is the same event however often it is found. */
export async function raiseEvent(sql: Sql, clock: Clock, kind: string, subject: string, occasion: string, body: { readonly [key: string]: Json }): Promise<void> {
  const id = `event_${createHash('sha256').update(`${kind}\n${subject}\n${occasion}`).digest('hex').slice(0, 26)}`
  await sql('INSERT INTO event (id, at, kind, subject, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING',
    [id, isoTime(clock.now()), kind, subject, JSON.stringify(body)])
}
