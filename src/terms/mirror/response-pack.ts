/**
 * The answer to a supplier's notice: what was asked about is opened, all else stays closed and is proven in sum. One signed
 * file: the notice's hash, our answer, a statement of use whose leaves rebuild the signed root (so that nothing can be left
 * out), and for each call asked for what its commitments hide, with the salts that show it.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import type { Sql } from '../../store/store.ts'
import type { Content } from '../content/content-store.ts'
import { leavesOfCalls, saltOfLeaf } from '../log/append.ts'
import { signEnvelope } from '../log/dsse.ts'
import type { Envelope } from '../log/dsse.ts'
import type { NoteSigner } from '../log/note.ts'
import { commitment, memberSalt } from '../log/receipt.ts'
import type { Committed } from '../log/receipt.ts'
import type { Statement } from '../log/statement.ts'
import type { StoredNotice } from './notice-store.ts'

export const responseType = 'application/vnd.weir.response+json'

/** What the books know of a call, to be shown for those that are opened. */
export interface CallNames { readonly key: string; readonly project: string; readonly purpose: string | undefined }

export interface ResponseAsk {
  readonly notice: StoredNotice
  readonly organization: string
  /** Our answer, in sentences. */
  readonly says: string
  readonly finding: string | undefined
  /** Calls whose records are opened. */
  readonly calls: readonly string[]
  /** Content of those calls that two people have allowed to be shown. */
  readonly content: ReadonlyMap<string, Content>
  readonly names: ReadonlyMap<string, CallNames>
  readonly statement: Statement
  /** What an end user is called towards suppliers: the notice may name the application's own identifier. */
  readonly pseudonym: (organization: string, endUser: string) => string
  readonly atMs: number
}

interface Opening { readonly member: Committed; readonly salt: string; readonly value: string }
interface LeafRow extends Record<string, unknown> { readonly call: string; readonly index: string; readonly body: string; readonly salt: Buffer | null }

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

/** Opens a member if the value that we believe in is the one that the leaf commits to. */
function opening(leaf: Readonly<Record<string, unknown>>, salt: Buffer, member: Committed, value: string | undefined, bytes: Uint8Array | string | undefined = value): Opening | undefined {
  const field = member === 'input' ? 'inCommit' : member === 'output' ? 'outCommit' : `${member}Commit`
  if (value === undefined || bytes === undefined) return undefined
  const own = memberSalt(salt, member)
  return commitment(own, bytes) === leaf[field] ? { member, salt: own.toString('hex'), value } : undefined
}

function opened(row: LeafRow, ask: ResponseAsk): Json {
  const leaf = JSON.parse(row.body) as Readonly<Record<string, unknown>>
  const names = ask.names.get(row.call)
  const content = ask.content.get(row.call)
  const identifiers = (ask.notice.reading?.identifiers ?? []).flatMap((one) => [one, ask.pseudonym(ask.organization, one)])
  const digest = (bytes: Buffer | undefined): Buffer | undefined => (bytes === undefined ? undefined : sha256(bytes))
  const [input, output] = [digest(content?.request), digest(content?.response)]
  const salt = row.salt
  const openings = salt === null ? [] : [
    opening(leaf, salt, 'key', names?.key), opening(leaf, salt, 'project', names?.project), opening(leaf, salt, 'purpose', names?.purpose),
    ...identifiers.map((one) => opening(leaf, salt, 'actor', one)),
    opening(leaf, salt, 'input', input?.toString('hex'), input), opening(leaf, salt, 'output', output?.toString('hex'), output),
  ].filter((one) => one !== undefined)
  return {
    call: row.call, index: row.index, openings: openings.map((one) => ({ ...one })),
    ...(salt === null ? { closed: 'its salt was erased: it can no longer be opened' } : {}),
    ...(content === undefined ? {} : { content: { request: content.request.toString('base64'), response: content.response.toString('base64') } }),
  }
}

export type Responded = { readonly status: 'made'; readonly envelope: Envelope; readonly sha256: string } | { readonly status: 'missing'; readonly calls: readonly string[] }

/** Makes and signs the answer. `missing`: calls that have no receipt in the statement's period. */
export async function makeResponse(sql: Sql, log: string, signer: NoteSigner, ask: ResponseAsk): Promise<Responded> {
  const rows = await sql<LeafRow>(`SELECT l.call, l.index, l.body, ${saltOfLeaf} AS salt FROM ${leavesOfCalls} ORDER BY l.index`, [log, [...ask.calls]])
  const first = BigInt(ask.statement.before.size)
  const end = first + BigInt(ask.statement.leaves.length)
  const covered = rows.filter((row) => BigInt(row.index) >= first && BigInt(row.index) < end)
  const missing = ask.calls.filter((call) => !covered.some((row) => row.call === call))
  if (missing.length > 0) return { status: 'missing', calls: missing }
  const { notice } = ask
  const body = Buffer.from(canonicalJson({
    v: 1, kind: 'weir-response/v1', organization: ask.organization, at: isoTime(ask.atMs), says: ask.says, ...(ask.finding === undefined ? {} : { finding: ask.finding }), ...(notice.case === undefined ? {} : { case: notice.case }),
    notice: { party: notice.party, external: notice.external, form: notice.form, at: isoTime(notice.atMs), sha256: sha256(canonicalJson(notice.body)).toString('hex') },
    matched: notice.reading === undefined ? {} : { count: String(notice.reading.matched.count), scanned: String(notice.reading.matched.scanned) },
    opened: covered.map((row) => opened(row, ask)),
    // As text, so that its own bytes stay what they are.
    statement: JSON.stringify(ask.statement),
  }))
  return { status: 'made', envelope: await signEnvelope(responseType, body, [signer]), sha256: sha256(body).toString('hex') }
}
