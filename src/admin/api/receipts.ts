/** Receipts, logs and statements of use: everything here can be checked without us. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Store } from '../../store/store.ts'
import { governanceLog, receiptsLog } from '../../terms/log/append.ts'
import { checkLog } from '../../terms/log/check-log.ts'
import { recordEvent } from '../../terms/log/governance.ts'
import { retireLogKey, rotateLogKey } from '../../terms/log/log-keys.ts'
import { formatVkey } from '../../terms/log/note.ts'
import { receiptsOf } from '../../terms/log/prove.ts'
import { buildStatement, receiptTotals } from '../../terms/log/statement.ts'
import { outsideUse } from '../outside-use.ts'
import type { AdminPorts } from '../ports.ts'
import type { TermsDesk } from '../terms-desk.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, instant, listOf, notFound, ownOrganization, pageOf } from './reply.ts'

const tags = ['proof']
const log = z.object({
  id: z.string(), kind: z.string(), organization: z.string().nullable(), origin: z.string(), size: z.string(), signed: z.string().describe('Leaves under the latest published checkpoint.'), cosigned: z.string().describe('Leaves under the latest checkpoint that a witness has cosigned.'),
  keys: z.array(z.string()).describe('Verifier keys, the one that signs now first.'),
})
const receipt = z.object({ log: z.string(), index: z.string(), status: z.enum(['proven', 'pending']), leaf: z.string().nullable(), file: z.string().nullable().describe('The .tlog-proof.') })

interface LogRow extends Record<string, unknown> { readonly id: string; readonly kind: string; readonly organization: string | null; readonly origin: string; readonly size: string; readonly signed: string; readonly cosigned: string; readonly known: string[] }

async function logsNow(store: Store, { terms }: TermsDesk, id?: string): Promise<z.infer<typeof log>[]> {
  const rows = await adminSql(store)<LogRow>(
    `SELECT l.id, l.kind, l.organization, l.origin, l.size, (SELECT coalesce(max(size), 0) FROM terms_checkpoint c WHERE c.log = l.id AND published AND note IS NOT NULL) AS signed,
       (SELECT coalesce(max(size), 0) FROM terms_checkpoint c WHERE c.log = l.id AND cosignatures <> '') AS cosigned, ARRAY(SELECT vkey FROM terms_log_key k WHERE k.log = l.id ORDER BY introduced_at DESC NULLS LAST) AS known
     FROM terms_log l WHERE $1::text IS NULL OR l.id = $1 ORDER BY l.id`, [id ?? null])
  return Promise.all(rows.map(async ({ known, ...row }) => {
    const signing = (await terms.keys.signersOf(row.id, row.origin)).map((signer) => formatVkey(signer.key))
    return { ...row, keys: [...new Set([...signing, ...known])] }
  }))
}

/** The logs' key is changed in two steps, so that whoever checks has both for as long as they need. */
function keyRoutes(api: Api, { store, clock, resources, masterKey, terms: { terms } }: AdminPorts): void {
  const told = (actor: string | undefined, kind: string, body: { readonly [name: string]: string }): Promise<unknown> =>
    store.transaction('admin', (sql) => recordEvent(sql, { kind, atMs: clock.now(), actor: actor ?? 'console', subject: 'log-key', body }))
  api.post('/admin/v1/logs/keys/rotate', { schema: { tags, summary: 'A new key for the logs: a leaf signed with both introduces it in each, and both sign until the old one is retired', response: { 200: z.object({ logs: z.number() }) } } }, async (request) => {
    const done = await rotateLogKey(store, masterKey.keyring(), resources.ports.random)
    if ('failed' in done) throw new Failed(409, 'refused', `${done.failed}.`)
    await terms.keys.reload()
    await told(request.actor, 'log-key-rotated', { logs: String(done.logs) })
    return { logs: done.logs }
  })
  api.post('/admin/v1/logs/keys/retire', { schema: { tags, summary: 'The old key signs no more', response: { 200: z.object({ retired: z.literal(true) }) } } }, async (request) => {
    const refused = await retireLogKey(store, masterKey.keyring(), resources.ports.random)
    if (refused !== undefined) throw new Failed(409, 'refused', `${refused.failed}.`)
    await terms.keys.reload()
    await told(request.actor, 'log-key-retired', {})
    return { retired: true as const }
  })
}

export function receiptsApi(api: Api, ports: AdminPorts): void {
  const { store, clock, terms: desk } = ports
  keyRoutes(api, ports)
  const { terms } = desk
  api.get('/admin/v1/receipts/:call', { schema: { tags, summary: 'The receipts of a call\'s attempts, with the keys that verify them', params: z.object({ call: z.string() }), response: { 200: z.object({ data: z.array(receipt), keys: z.array(z.string()) }) } } }, async (request) => {
    const receipts = await receiptsOf(store, terms.objectsOf, request.params.call)
    const [first] = receipts
    if (first === undefined) throw notFound(`no receipt of ${request.params.call}: either there was no such call, or it is not posted yet`)
    const [of] = await logsNow(store, desk, first.log)
    return { data: receipts.map((one) => ({ log: one.log, index: String(one.index), status: one.status, leaf: one.status === 'proven' ? one.body : null, file: one.status === 'proven' ? one.file : null })), keys: of?.keys ?? [] }
  })
  api.get('/admin/v1/logs', { schema: { tags, summary: 'The logs, how far they are signed and cosigned, and their keys', response: { 200: listOf(log) } } }, async () => ({ data: await logsNow(store, desk) }))
  const leaf = z.object({ index: z.string(), at: z.string(), kind: z.string(), actor: z.string(), subject: z.string(), body: z.unknown() })
  const which = z.object({ kind: z.string().optional(), before: z.string().regex(/^\d{1,18}$/).optional().describe('`next` of the page before.'), limit: z.coerce.number().int().min(1).max(500).default(100) })
  api.get('/admin/v1/logs/governance', { schema: { tags, summary: 'Who decided what: leaves of the governance log, the latest first', querystring: which, response: { 200: pageOf(leaf) } } }, async (request) => {
    const { kind, before, limit } = request.query
    // Behind the fence (`OFFSET 0`) a body is read as JSON once a row, and not once for each mention.
    const rows = await adminSql(store)<{ index: string; body: string; signed: string | null }>(
      `SELECT l.index, l.body, CASE WHEN b ? 'at' THEN NULL ELSE (SELECT at_ms FROM terms_checkpoint c WHERE c.log = $1 AND c.size > l.index ORDER BY c.size LIMIT 1) END AS signed
       FROM terms_leaf l CROSS JOIN LATERAL (SELECT l.body::jsonb AS b OFFSET 0) AS parsed
       WHERE l.log = $1 AND ($2::bigint IS NULL OR l.index < $2) AND ($3::text IS NULL OR b ->> 'kind' = $3) ORDER BY l.index DESC LIMIT $4`, [governanceLog, before ?? null, kind ?? null, limit])
    const data = rows.map(({ index, body, signed }) => {
      const told = JSON.parse(body) as Partial<z.infer<typeof leaf>> & { readonly kind: string }
      // The leaf that introduces a key says neither when nor who: it was there when the first checkpoint over it was signed.
      return { index, at: told.at ?? isoTime(signed === null ? clock.now() : Number(signed)), kind: told.kind, actor: told.actor ?? 'log-key', subject: told.subject ?? 'log-key', body: told.body === undefined ? told : told.body }
    })
    return { data, next: data.length < limit ? null : (data.at(-1)?.index ?? null) }
  })
  const report = z.object({ log: z.string(), size: z.string(), checkpoints: z.number(), faults: z.array(z.object({ kind: z.string(), where: z.string(), says: z.string() })) })
  api.get('/admin/v1/logs/check', { schema: { tags, summary: 'Read everything about the logs again and name what does not fit', querystring: z.object({ log: z.string().optional() }), response: { 200: listOf(report) } } }, async (request) => {
    const logs = await logsNow(store, desk, request.query.log)
    if (logs.length === 0) throw notFound(`no log ${request.query.log ?? ''}: weir log keys lists them`)
    const data: z.infer<typeof report>[] = []
    for (const { id, origin } of logs) {
      const pinned = (await terms.keys.signersOf(id, origin)).map((signer) => signer.key)
      const found = await checkLog(store, terms.objectsOf(id), id, pinned.length > 1 ? undefined : await firstKeys(store, id, pinned))
      data.push({ log: id, size: String(found.size), checkpoints: found.checkpoints, faults: [...found.faults] })
    }
    return { data }
  })
  const query = z.object({ organization: z.string().optional().describe('Needed from whoever sees more than one.'), from: instant, to: instant })
  api.get('/admin/v1/terms/statement', { schema: { tags, summary: 'What was used for what, with every leaf of the period, so that root and sums can be worked out again', querystring: query } }, async (request, reply) => {
    const { from, to } = request.query
    const organization = ownOrganization(request, request.query.organization) ?? ''
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
    const id = receiptsLog(organization)
    const [found] = await logsNow(store, desk, id)
    const statement = found === undefined ? undefined : await buildStatement(store, terms.objectsOf(id), id, fromMs, toMs, await outsideUse(store, fromMs, toMs))
    if (statement === undefined) throw notFound(`no signed receipts of ${organization}: it has made no call yet, or is spelt otherwise (weir usage)`)
    const totals = await receiptTotals(adminSql(store), id, fromMs, toMs)
    return reply.type('application/json').send(JSON.stringify({ statement, keys: found?.keys ?? [], totals }))
  })
}

/** Keys of this node are trusted for a log that was never rotated; a rotated one is followed from its first key. */
async function firstKeys<T>(store: Store, id: string, pinned: readonly T[]): Promise<readonly T[] | undefined> {
  const [row] = await adminSql(store)<{ count: string }>('SELECT count(*) AS count FROM terms_log_key WHERE log = $1', [id])
  return Number(row?.count ?? 0) > 1 ? undefined : pinned
}
