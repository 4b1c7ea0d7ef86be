/**
 * What a product says about a call afterwards: whether it did what it was for, a score, a label. Bound to the call by its
 * id and to the project by the key that says it; nobody can speak about another project's calls.
 */
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { type MakeId, timeOfId } from '../kernel/ids.ts'
import type { Store } from '../store/store.ts'

const event = z.strictObject({
  /** Id of the call: the answer's x-weir-call-id header. */
  call: z.string().refine((id) => id.startsWith('call_') && timeOfId(id) !== undefined, 'a call id, as the header x-weir-call-id has it'),
  /** Name of the product's own signal; several of one call stand side by side. */
  signal: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, 'a name of letters, digits and . _ : -').default('feedback'),
  /** The product's own measure: resolved, bought, accepted. */
  success: z.boolean().optional(),
  /** 0 to 1. */
  score: z.number().min(0).max(1).optional(),
  label: z.string().min(1).max(200).optional(),
  /** When it happened; now by default. */
  at: z.iso.datetime({ offset: true }).optional(),
}).refine((it) => it.success !== undefined || it.score !== undefined || it.label !== undefined, 'give at least one of success, score, label')

export const feedbackSchema = z.union([event, z.strictObject({ events: z.array(event).min(1).max(1_000) })])
export type FeedbackEvent = z.output<typeof event>

/** Who speaks: from the client key. */
export interface Speaker {
  readonly organization: string
  readonly project: string
  readonly key: string
}

/** `bound`: the call is in the books. `pending`: it is not yet, and may still come. `unknown`: no such call of this project; nothing is recorded. */
export type Bound = { readonly call: string; readonly status: 'bound' | 'pending' | 'unknown'; readonly id?: string }

const dayMs = 86_400_000
/** Posting is behind by seconds; a call that is not there after an hour is not ours. */
const pendingMs = 3_600_000

export async function recordFeedback(store: Store, ports: { readonly clock: Clock; readonly makeId: MakeId }, speaker: Speaker, events: readonly FeedbackEvent[]): Promise<readonly Bound[]> {
  const now = ports.clock.now()
  const owners = await ownersOf(store, [...new Set(events.map((each) => each.call))])
  const results = events.map((each): Bound => {
    const owner = owners.get(each.call)
    if (owner !== undefined) return owner === `${speaker.organization}/${speaker.project}` ? { call: each.call, status: 'bound', id: ports.makeId('fb') } : { call: each.call, status: 'unknown' }
    const age = now - (timeOfId(each.call) ?? 0)
    return age < pendingMs && age > -pendingMs ? { call: each.call, status: 'pending', id: ports.makeId('fb') } : { call: each.call, status: 'unknown' }
  })
  const rows = events.flatMap((each, index) => {
    const id = results[index]?.id
    return id === undefined ? [] : [{ id, call: each.call, signal: each.signal, success: each.success ?? null, score: each.score === undefined ? null : String(each.score), label: each.label ?? null, at_ms: each.at === undefined ? now : Date.parse(each.at) }]
  })
  if (rows.length > 0) {
    await store.query('admin', `INSERT INTO feedback (id, call, organization, project, key, signal, success, score, label, at_ms, recorded_at_ms)
      SELECT id, call, $2, $3, $4, signal, success, score, label, at_ms, $5 FROM jsonb_to_recordset($1::jsonb) AS r(id text, call text, signal text, success boolean, score numeric, label text, at_ms bigint)`,
    [JSON.stringify(rows), speaker.organization, speaker.project, speaker.key, now])
  }
  return results
}

/** Owner (`organization/project`) of each call that the books know. A call is dialled on the day of its id, or the next. */
async function ownersOf(store: Store, calls: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const days = [...new Set(calls.flatMap((call) => { const day = Math.floor((timeOfId(call) ?? 0) / dayMs); return [day, day + 1] }))]
  const rows = await store.query<{ call: string; organization: string; project: string }>('admin', 'SELECT DISTINCT call, organization, project FROM attempt WHERE day = ANY($1::integer[]) AND call = ANY($2::text[])', [days, [...calls]])
  return new Map(rows.map((row) => [row.call, `${row.organization}/${row.project}`]))
}
