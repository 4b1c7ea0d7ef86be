/** Recorded decisions: with their facts in full, replayed on demand; and whether receipts and books agree. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { points } from '../../terms/policy/facts.ts'
import { replay } from '../../terms/policy/evaluate.ts'
import { completeness } from '../completeness.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql, enginesOf, inForce } from '../terms-desk.ts'
import { type Api, Failed, instant, pageOf, notFound } from './reply.ts'

const tags = ['terms']
const row = z.object({ id: z.string(), at: z.string(), point: z.enum(points), organization: z.string().nullable(), subject: z.string(), outcome: z.enum(['allow', 'ask', 'deny']), policy_set: z.string() })

interface Row extends Record<string, unknown> { readonly id: string; readonly at_ms: string; readonly point: (typeof points)[number]; readonly organization: string | null; readonly subject: string; readonly outcome: 'allow' | 'ask' | 'deny'; readonly policy_set: string }
const shown = (one: Row): z.infer<typeof row> => ({ id: one.id, at: isoTime(Number(one.at_ms)), point: one.point, organization: one.organization, subject: one.subject, outcome: one.outcome, policy_set: one.policy_set })

export function decisionsApi(api: Api, ports: AdminPorts): void {
  const { store, terms: desk } = ports
  const query = z.object({ point: z.enum(points).optional(), outcome: z.enum(['allow', 'ask', 'deny']).optional(), organization: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).default(100), after: z.string().optional().describe('`next` of the page before.') })
  api.get('/admin/v1/terms/decisions', { schema: { tags, summary: 'Recorded decisions, the latest first', querystring: query, response: { 200: pageOf(row) } } }, async (request) => {
    const { point, outcome, organization, limit, after } = request.query
    const [, atMs, id] = /^(\d+):(.+)$/.exec(after ?? '') ?? []
    const rows = await adminSql(store)<Row>(`SELECT id, at_ms, point, organization, subject, outcome, policy_set FROM terms_decision WHERE ($1::text IS NULL OR point = $1) AND ($2::text IS NULL OR outcome = $2) AND ($3::text IS NULL OR organization = $3)
      AND ($4::bigint IS NULL OR (at_ms, id) < ($4, $5)) ORDER BY at_ms DESC, id DESC LIMIT $6`, [point ?? null, outcome ?? null, organization ?? null, atMs ?? null, id ?? null, limit + 1])
    const last = rows.length > limit ? rows[limit - 1] : undefined
    return { data: rows.slice(0, limit).map(shown), next: last === undefined ? null : `${last.at_ms}:${last.id}` }
  })
  const full = row.extend({ decision: z.unknown(), clauses: z.array(z.unknown()).describe('The clauses that its reasons name, as they were.'), replay: z.object({ status: z.enum(['same', 'different', 'impossible']), says: z.string() }) })
  api.get('/admin/v1/terms/decisions/:decision', { schema: { tags, summary: 'A decision with its facts, the clauses as they were, and what replaying it gives', params: z.object({ decision: z.string() }), response: { 200: full } } }, async (request) => {
    const [found] = await adminSql(store)<Row & { body: string; set_body: string | null }>('SELECT d.id, d.at_ms, d.point, d.organization, d.subject, d.outcome, d.policy_set, d.body, s.body AS set_body FROM terms_decision d LEFT JOIN terms_policy_set s ON s.hash = d.policy_set WHERE d.id = $1', [request.params.decision])
    if (found === undefined) throw notFound(`no decision ${request.params.decision}: weir terms decisions`)
    const { engine } = await inForce(desk, store)
    const then = (await enginesOf(store, engine, [found.policy_set]))(found.policy_set)
    const replayed = then === undefined ? { status: 'impossible' as const, reason: `policy set ${found.policy_set} is not on record` } : replay(then, found.body)
    const decision = JSON.parse(found.body) as { readonly reasons: readonly { readonly clause: string }[] }
    const named = new Set(decision.reasons.map((reason) => reason.clause))
    const says = replayed.status === 'same' ? 'The same bytes come out again.' : replayed.status === 'different' ? 'Another decision comes out: the record or the engine was changed.' : `${replayed.reason}.`
    return { ...shown(found), decision, clauses: (JSON.parse(found.set_body ?? '[]') as { readonly id: string }[]).filter((clause) => named.has(clause.id)), replay: { status: replayed.status, says } }
  })
  const totals = z.object({ attempts: z.number(), input: z.string(), output: z.string() })
  const agreed = z.object({ organization: z.string(), from: z.string(), to: z.string(), status: z.enum(['equal', 'different']), says: z.array(z.string()), receipts: totals, ledger: totals })
  api.get('/admin/v1/terms/completeness', { schema: { tags, summary: 'Whether an organization\'s receipts and the ledger say the same of a period, by attempts and tokens', querystring: z.object({ organization: z.string(), from: instant, to: instant }), response: { 200: agreed } } }, async (request) => {
    const { organization, from, to } = request.query
    if (Date.parse(to) <= Date.parse(from)) throw new Failed(422, 'invalid', 'to lies before from')
    const found = await completeness(adminSql(store), organization, Date.parse(from), Date.parse(to))
    return { organization, from: isoTime(Date.parse(from)), to: isoTime(Date.parse(to)), status: found.compared.status, says: found.compared.status === 'equal' ? [] : [...found.compared.says], receipts: { ...found.receipts }, ledger: { ...found.ledger } }
  })
}
