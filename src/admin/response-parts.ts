/** What an answer to a supplier shows of a call: its names from the books, and its content where two people have allowed it. */
import type { Store } from '../store/store.ts'
import type { Content, ContentPorts } from '../terms/content/content-store.ts'
import { contentAccesses, readAllowed } from '../terms/content/content-access.ts'
import type { CallNames } from '../terms/mirror/response-pack.ts'
import { adminSql } from './terms-desk.ts'

/** Keys, projects and purposes of calls, from the books. */
export async function callNames(store: Store, calls: readonly string[]): Promise<ReadonlyMap<string, CallNames>> {
  const rows = await adminSql(store)<{ call: string; key: string; project: string; purpose: string | null }>('SELECT DISTINCT call, key, project, purpose FROM attempt WHERE call = ANY ($1::text[])', [[...calls]])
  return new Map(rows.map(({ call, key, project, purpose }) => [call, { key, project, purpose: purpose ?? undefined }]))
}

/** The content of calls that this person may show now; `lacking` where an allowance is missing. Each reading is logged. */
export async function shownContent(store: Store, ports: ContentPorts, calls: readonly string[], actor: string): Promise<{ readonly shown: ReadonlyMap<string, Content> } | { readonly lacking: readonly string[] }> {
  const nowMs = ports.clock.now()
  const allowed = new Map<string, string>()
  for (const call of calls) {
    const found = (await contentAccesses(store, call)).find((one) => one.askedBy === actor && (one.untilMs ?? 0) > nowMs)
    if (found !== undefined) allowed.set(call, found.id)
  }
  const lacking = calls.filter((call) => !allowed.has(call))
  if (lacking.length > 0) return { lacking }
  const shown = new Map<string, Content>()
  for (const [call, id] of allowed) {
    const read = await readAllowed(ports, id, actor)
    if (read.status !== 'read') return { lacking: [call] }
    shown.set(call, read.content)
  }
  return { shown }
}
