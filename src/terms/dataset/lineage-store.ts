/** Datasets, trainings, weights and models as they are registered, and what each was made from. */
import type { Json } from '../../kernel/canonical-json.ts'
import type { Sql } from '../../store/store.ts'
import { putRecord } from '../register/record-store.ts'
import type { RecordKind } from '../register/record-store.ts'
import type { RowSource } from '../register/facts-of.ts'
import type { Ancestor } from './lineage.ts'

/** A registered thing, with what only some kinds have. */
export interface Registered extends Ancestor {
  readonly organization: string
  readonly version: number
  readonly atMs: number
  readonly actor: string
  /** Of datasets: what their rows were decided by. Of weights: the weights themselves. */
  readonly sources: readonly RowSource[]
  readonly body: { readonly [key: string]: Json | undefined }
}

const kinds: Readonly<Record<Ancestor['kind'], RecordKind>> = { dataset: 'dataset', run: 'training-run', model: 'model', weights: 'model' }

interface Row extends Record<string, unknown> { readonly id: string; readonly version: number; readonly organization: string; readonly body: Registered['body']; readonly actor: string; readonly at_ms: string }

/** The latest version of everything that may be an ancestor, by id; of all organizations where none is named. */
export async function readLineage(sql: Sql, organization?: string): Promise<Map<string, Registered>> {
  const rows = await sql<Row>(
    `SELECT DISTINCT ON (id) id, version, organization, body, actor, at_ms FROM terms_record WHERE kind IN ('dataset', 'training-run', 'model') AND ($1::text IS NULL OR organization = $1) ORDER BY id, at_ms DESC, version DESC`, [organization ?? null])
  return new Map(rows.map((row) => {
    const body = row.body as unknown as Ancestor & { readonly sources?: readonly RowSource[] }
    return [row.id, {
      id: row.id, kind: body.kind, origin: body.origin, flags: body.flags, licences: body.licences, from: body.from, sources: body.sources ?? [],
      organization: row.organization, version: row.version, atMs: Number(row.at_ms), actor: row.actor, body: row.body,
    }]
  }))
}

/** Whoever registers under a name waits here for whoever is at it: what is then read of it stays so until the transaction ends. */
export const holdName = (sql: Sql, id: string): Promise<unknown> => sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`training ${id}`])

/** Registers a new version. An id belongs to one kind: a dataset never becomes a model. */
export const register = (sql: Sql, organization: string, ancestor: Ancestor, more: { readonly [key: string]: Json | undefined }, actor: string, atMs: number): Promise<number> =>
  putRecord(sql, { kind: kinds[ancestor.kind], id: ancestor.id, organization, body: { ...more, id: ancestor.id, kind: ancestor.kind, origin: ancestor.origin, flags: [...ancestor.flags], licences: [...ancestor.licences], from: [...ancestor.from] }, actor, atMs })
