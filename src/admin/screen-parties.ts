/** Everybody we deal with, against all screening lists: customers, those who stand on bills, makers, channels, suppliers. */
import type { Snapshot } from '../gateway/snapshot.ts'
import type { Store } from '../store/store.ts'
import { latestRecords } from '../terms/register/record-store.ts'
import { type Hit, reviewSchema, screen, type ScreenedParty, screeningListSchema } from '../terms/register/screening.ts'
import { all } from './entries.ts'
import type { ResourceBook } from './resources.ts'
import { adminSql } from './terms-desk.ts'

export interface Screened {
  readonly hit: Hit
  /** Undefined: nobody has looked at it yet. */
  readonly review: { readonly decision: 'cleared' | 'confirmed'; readonly says: string; readonly actor: string; readonly atMs: number } | undefined
}

interface ScreenPorts { readonly store: Store; readonly resources: ResourceBook; readonly snapshot: () => Snapshot | undefined }

async function partiesOf({ store, resources, snapshot }: ScreenPorts): Promise<ScreenedParty[]> {
  const organizations = all(await resources.state(), 'organization').map(({ name, body }): ScreenedParty => ({ kind: 'organization', id: name, names: [name, ...(body.spec.displayName === undefined ? [] : [body.spec.displayName])] }))
  const billed = await adminSql(store)<{ id: string; name: string | null }>(`SELECT id, body->>'name' AS name FROM party ORDER BY id`)
  const offered = [...(snapshot()?.deployments.values() ?? [])].flatMap(({ provider, maker }): ScreenedParty[] => [
    { kind: 'maker', id: maker ?? provider.supplier, names: [maker ?? provider.supplier] }, { kind: 'channel', id: provider.channel, names: [provider.channel] }, { kind: 'supplier', id: provider.supplier, names: [provider.supplier] },
  ])
  const others = new Map(offered.map((one) => [`${one.kind} ${one.id}`, one]))
  return [...organizations, ...billed.map(({ id, name }): ScreenedParty => ({ kind: 'party', id, names: [id, ...(name === null ? [] : [name])] })), ...others.values()]
}

export async function screenAll(ports: ScreenPorts): Promise<Screened[]> {
  const sql = adminSql(ports.store)
  const lists = (await latestRecords(sql, 'screening-list')).map((record) => screeningListSchema.parse(record.body))
  const reviews = new Map((await latestRecords(sql, 'screening-hit')).map((record) => [record.id, { ...reviewSchema.loose().parse(record.body), actor: record.actor, atMs: record.atMs }]))
  return screen(lists, await partiesOf(ports)).map((hit) => {
    const review = reviews.get(hit.id)
    return { hit, review: review === undefined ? undefined : { decision: review.decision, says: review.says, actor: review.actor, atMs: review.atMs } }
  })
}
