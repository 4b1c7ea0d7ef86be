/**
 * Captured content at rest: each record under a key of its own, wrapped by its project's key. Kept after the answer has
 * left; a queue with a bound stands between the calls and the database, and what does not fit is dropped and told.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import type { Sql, Store } from '../../store/store.ts'
import { projectKey } from './content-keys.ts'
import { openBytes, sealBytes } from './envelope.ts'

/** One served call: both bodies as the client sent and got them. */
export interface NewContent {
  readonly call: string
  readonly at: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
  readonly dialect: string
  readonly request: Buffer
  readonly requestType: string
  readonly response: Buffer
  readonly responseType: string
}

export interface ContentPorts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly keyring: () => Keyring
  /** Told of what a person should look into. */
  readonly trouble: (subject: string, says: string) => void
}

const dayMs = 86_400_000
export const retentionMs = 30 * dayMs
/** Bytes that wait for the database before further calls go without capture. */
const waitingBytesMax = 64 * 1024 * 1024

export interface ContentStore {
  /** Takes a record and answers at once. */
  readonly keep: (content: NewContent) => void
  /** Resolves when all that was taken is stored, or was given up and told. */
  readonly settle: () => Promise<void>
}

/** The writing side, one a node. */
export function openContentStore(ports: ContentPorts): ContentStore {
  const { store, random, keyring, trouble } = ports
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const keys = new Map<string, Buffer>()
  let waiting = 0
  let last = Promise.resolve()
  const keyOf = async (organization: string, project: string): Promise<Buffer | { readonly failed: string }> => {
    const name = `${organization}/${project}`
    const known = keys.get(name)
    if (known !== undefined) return known
    const opened = await projectKey(ask, keyring(), random, organization, project)
    if (!('failed' in opened)) keys.set(name, opened)
    return opened
  }
  const write = async (content: NewContent): Promise<void> => {
    const wrapping = await keyOf(content.organization, content.project)
    if ('failed' in wrapping) return trouble(content.call, `its content was not kept: ${wrapping.failed}`)
    const key = random.bytes(32)
    await ask(
      `INSERT INTO terms_content (call, organization, project, key, purpose, model, dialect, at_ms, expires_at_ms, request_type, response_type, wrapped_key, request, response)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (call) DO NOTHING`,
      [content.call, content.organization, content.project, content.key, content.purpose ?? null, content.model, content.dialect, String(content.at), String(content.at + retentionMs), content.requestType, content.responseType,
        sealBytes(wrapping, random, `key ${content.call}`, key), sealBytes(key, random, `request ${content.call}`, content.request), sealBytes(key, random, `response ${content.call}`, content.response)])
  }
  return {
    keep: (content) => {
      const size = content.request.length + content.response.length
      if (waiting + size > waitingBytesMax) return trouble(content.call, 'its content was not kept: the database takes it slower than it comes')
      waiting += size
      last = last.then(() => write(content)).catch((cause: unknown) => trouble(content.call, `its content was not kept: ${cause instanceof Error ? cause.message : String(cause)}`)).finally(() => { waiting -= size })
    },
    settle: () => last,
  }
}

export interface Content extends NewContent {
  readonly expiresAtMs: number
}

interface ContentRow extends Record<string, unknown> {
  readonly call: string; readonly organization: string; readonly project: string; readonly key: string; readonly purpose: string | null; readonly model: string; readonly dialect: string
  readonly at_ms: string; readonly expires_at_ms: string; readonly request_type: string; readonly response_type: string; readonly wrapped_key: Buffer; readonly request: Buffer; readonly response: Buffer
}

const columns = 'call, organization, project, key, purpose, model, dialect, at_ms, expires_at_ms, request_type, response_type, wrapped_key, request, response'

/** Opens a row; undefined where it was changed. */
function opened(row: ContentRow, wrapping: Buffer): Content | undefined {
  const key = openBytes(wrapping, `key ${row.call}`, row.wrapped_key)
  const request = key && openBytes(key, `request ${row.call}`, row.request)
  const response = key && openBytes(key, `response ${row.call}`, row.response)
  if (request === undefined || response === undefined) return undefined
  return {
    call: row.call, organization: row.organization, project: row.project, key: row.key, purpose: row.purpose ?? undefined, model: row.model, dialect: row.dialect,
    at: Number(row.at_ms), expiresAtMs: Number(row.expires_at_ms), request, requestType: row.request_type, response, responseType: row.response_type,
  }
}

export interface ContentFilter {
  readonly organization: string
  readonly fromMs: number
  readonly toMs: number
  readonly projects?: readonly string[]
  readonly models?: readonly string[]
  /** Purposes that the calls were made under. */
  readonly purposes?: readonly string[]
}

export type ContentPage = { readonly content: readonly Content[]; /** The call after which the next page begins; undefined: this was the last. */ readonly next: string | undefined } | { readonly failed: string }

const pageRows = 200

/** Captured calls of an organization in the order of their ids, a page at a time. A record that does not open throws: somebody changed it. */
export async function readContent(ports: Pick<ContentPorts, 'store' | 'keyring' | 'random'>, filter: ContentFilter, after: string): Promise<ContentPage> {
  const ask: Sql = (text, values) => ports.store.query('jobs', text, values)
  const rows = await ask<ContentRow>(
    `SELECT ${columns} FROM terms_content WHERE organization = $1 AND at_ms >= $2 AND at_ms < $3 AND wrapped_key IS NOT NULL AND call > $4
     AND ($5::text[] IS NULL OR project = ANY ($5)) AND ($6::text[] IS NULL OR model = ANY ($6)) AND ($7::text[] IS NULL OR purpose = ANY ($7)) ORDER BY call LIMIT $8`,
    [filter.organization, String(filter.fromMs), String(filter.toMs), after, filter.projects ?? null, filter.models ?? null, filter.purposes ?? null, pageRows])
  const content: Content[] = []
  const keys = new Map<string, Buffer>()
  for (const row of rows) {
    const known = keys.get(row.project) ?? await projectKey(ask, ports.keyring(), ports.random, row.organization, row.project)
    if ('failed' in known) return known
    keys.set(row.project, known)
    const one = opened(row, known)
    if (one === undefined) throw new Error(`the content of ${row.call} was changed: it does not open under its keys`)
    content.push(one)
  }
  return { content, next: rows.length < pageRows ? undefined : rows.at(-1)?.call }
}

/** One call's content; undefined where none is kept, or it was erased. */
export async function contentOf(ports: Pick<ContentPorts, 'store' | 'keyring' | 'random'>, call: string): Promise<Content | undefined | { readonly failed: string }> {
  const ask: Sql = (text, values) => ports.store.query('admin', text, values)
  const [row] = await ask<ContentRow>(`SELECT ${columns} FROM terms_content WHERE call = $1 AND wrapped_key IS NOT NULL`, [call])
  if (row === undefined) return undefined
  const key = await projectKey(ask, ports.keyring(), ports.random, row.organization, row.project)
  return 'failed' in key ? key : opened(row, key)
}
