/** What was diverted when and by whom: an append-only log beside the resources, from which both sides are looked at. */
import type { Clock } from '../kernel/clock.ts'
import type { MakeId } from '../kernel/ids.ts'
import type { Store } from '../store/store.ts'
import type { Diversion } from './diversion.ts'

export interface Step {
  readonly id: string
  readonly model: string
  readonly action: 'divert' | 'back'
  readonly deployment: string | undefined
  /** Decimal text. */
  readonly share: string | undefined
  readonly sticky: string | undefined
  /** Snapshot version from which it holds. */
  readonly version: number
  /** Milliseconds. */
  readonly at: number
  readonly actor: string
}

export async function recordStep(store: Store, ports: { readonly clock: Clock; readonly makeId: MakeId }, step: { readonly model: string; readonly diversion: Diversion | undefined; readonly version: number; readonly actor: string }): Promise<void> {
  const { model, diversion, version, actor } = step
  await store.query('admin', 'INSERT INTO diversion_step (id, model, action, deployment, share, sticky, version, at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [ports.makeId('step'), model, diversion === undefined ? 'back' : 'divert', diversion?.to ?? null, diversion === undefined ? null : String(diversion.share), diversion?.sticky ?? null, version, ports.clock.now(), actor])
}

/** Steps of a model, or of all, by time. */
export async function stepsOf(store: Store, model?: string): Promise<readonly Step[]> {
  const rows = await store.query<{ id: string; model: string; action: Step['action']; deployment: string | null; share: string | null; sticky: string | null; version: string; at_ms: string; actor: string }>('admin',
    'SELECT id, model, action, deployment, share, sticky, version, at_ms, actor FROM diversion_step WHERE $1::text IS NULL OR model = $1 ORDER BY at_ms, id', [model ?? null])
  return rows.map((row) => ({ id: row.id, model: row.model, action: row.action, deployment: row.deployment ?? undefined, share: row.share ?? undefined, sticky: row.sticky ?? undefined, version: Number(row.version), at: Number(row.at_ms), actor: row.actor }))
}

/** The last stretch in which a model was diverted: from the first step after the last way back, to the next or to now. */
export function lastStretch(steps: readonly Step[], now: number): { readonly since: number; readonly until: number; readonly own: readonly string[] } | undefined {
  let open: { since: number; until: number; own: Set<string> } | undefined
  let last = open
  for (const step of steps) {
    if (step.action === 'divert') {
      open ??= { since: step.at, until: now, own: new Set() }
      if (step.deployment !== undefined) open.own.add(step.deployment)
      last = open
    } else if (open !== undefined) {
      open.until = step.at
      open = undefined
    }
  }
  return last === undefined ? undefined : { since: last.since, until: last.until, own: [...last.own] }
}
