/** Clauses: read, compared, tried against last week's decisions, changed, approved by two people, tied to the attached text. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { recordEvent } from '../../terms/log/governance.ts'
import { clauseFaults, Engine, policySet } from '../../terms/policy/engine.ts'
import type { ClauseFault } from '../../terms/policy/engine.ts'
import { isSigned } from '../../terms/policy/evaluate.ts'
import { simulate } from '../../terms/policy/explain.ts'
import { points } from '../../terms/policy/facts.ts'
import type { Facts } from '../../terms/policy/facts.ts'
import { seedClauses } from '../../terms/policy/seed-clauses.ts'
import type { Clause } from '../../terms/policy/seed-clauses.ts'
import { openTermsChanged } from '../../terms/cases/case-store.ts'
import { giveApproval } from '../../terms/register/approvals.ts'
import { approveClause, attachSource, essenceHash, historyOf, saveClause } from '../../terms/register/record-store.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql, clausesNow } from '../terms-desk.ts'
import { type Api, Failed, instant, listOf, notFound } from './reply.ts'

const tags = ['terms']
const dayMs = 86_400_000
/** Decisions that a simulation looks at. */
const recordedMax = 10_000

const clause = z.object({
  id: z.string(), version: z.number(), source: z.object({ maker: z.string(), document: z.string(), section: z.string(), effectiveFrom: z.string().optional(), effectiveTo: z.string().optional(), sourceHash: z.string().optional() }), kind: z.string(), points: z.array(z.string()), on_unknown: z.string(), says: z.string(), remedy: z.string(), text: z.string(),
  excepts: z.string().nullable(), approved_by: z.array(z.string()), signed: z.boolean().describe('Two people approved this very text: it binds on live calls.'), sha256: z.string().describe('What an approval names.'),
})
const shown = (one: Clause): z.infer<typeof clause> => ({
  id: one.id, version: one.version, source: one.source, kind: one.kind, points: [...one.points], on_unknown: one.onUnknown, says: one.says, remedy: one.remedy, text: one.text,
  excepts: one.excepts ?? null, approved_by: [...one.approvedBy], signed: isSigned(one), sha256: essenceHash(one),
})

const sourceSchema = z.strictObject({ maker: z.string().min(1), document: z.string().min(1), section: z.string().min(1), effectiveFrom: z.string().optional(), effectiveTo: z.string().optional() })
const draftSchema = z.strictObject({
  source: sourceSchema.optional(), kind: z.enum(['forbid', 'permit', 'oblige']).optional(), points: z.array(z.enum(points)).min(1).optional(), scope: z.strictObject({ maker: z.string().optional(), channel: z.string().optional() }).optional(),
  blocks: z.array(z.enum(points)).optional(), onUnknown: z.enum(['deny', 'ask', 'allow']).optional(), suppose: z.record(z.string(), z.union([z.string(), z.boolean(), z.number(), z.array(z.string())])).optional(),
  excepts: z.string().optional(), says: z.string().min(1).optional(), remedy: z.string().optional(), text: z.string().min(1).optional(),
})
type Draft = z.infer<typeof draftSchema>

/** A clause as it would be; a new one has to say everything. The hash of an attached text stays only while its source is the same. */
function drafted(before: Clause | undefined, id: string, draft: Draft): Clause {
  const { source, suppose, ...rest } = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as Draft
  if (before === undefined) {
    const missing = (['source', 'kind', 'points', 'onUnknown', 'says', 'text'] as const).filter((name) => draft[name] === undefined)
    if (missing.length > 0) throw new Failed(422, 'invalid', `a new clause has to say ${missing.join(', ')}`)
  }
  const base = before ?? { remedy: '', suppose: {} }
  return { ...base, ...rest, id, version: (before?.version ?? 0) + 1, approvedBy: [], source: source ?? before?.source, suppose: (suppose ?? base.suppose) as Facts } as Clause
}

const refuseFaults = (faults: readonly ClauseFault[]): void => {
  if (faults.length > 0) throw new Failed(422, 'invalid_clause', faults.map((fault) => `${fault.clause}${fault.line === undefined ? '' : `:${fault.line}:${fault.column ?? 1}`}: ${fault.says}`).join('\n'))
}

const replaced = (clauses: readonly Clause[], by: Clause): Clause[] => (clauses.some((one) => one.id === by.id) ? clauses.map((one) => (one.id === by.id ? by : one)) : [...clauses, by])

async function clauseNow(ports: Pick<AdminPorts, 'store'>, id: string): Promise<{ readonly clauses: readonly Clause[]; readonly found: Clause | undefined }> {
  const clauses = await clausesNow(ports.store)
  return { clauses, found: clauses.find((one) => one.id === id) }
}

function readRoutes(api: Api, ports: AdminPorts): void {
  const { store } = ports
  const params = z.object({ clause: z.string() })
  api.get('/admin/v1/terms/clauses', { schema: { tags, summary: 'All clauses in force', response: { 200: listOf(clause) } } }, async () => ({ data: (await clausesNow(store)).map(shown) }))
  api.get('/admin/v1/terms/clauses/:clause', { schema: { tags, summary: 'One clause with all its versions, the seed first', params, response: { 200: z.object({ clause, versions: z.array(z.object({ version: z.number(), at: z.string().nullable(), actor: z.string(), clause: z.unknown() })) }) } } }, async (request) => {
    const { found } = await clauseNow(ports, request.params.clause)
    if (found === undefined) throw notFound(`no clause ${request.params.clause}: weir terms clauses list`)
    const seed = seedClauses().find((one) => one.id === found.id)
    const stored = await historyOf(adminSql(store), 'clause', found.id)
    const versions = [...(seed === undefined ? [] : [{ version: 1, at: null, actor: 'seed', clause: seed as unknown }]), ...stored.map((one) => ({ version: one.version + 1, at: isoTime(one.atMs), actor: one.actor, clause: one.body as unknown }))]
    return { clause: shown(found), versions }
  })
  const body = z.object({ draft: draftSchema.default({}), days: z.number().int().min(1).max(90).default(7), signed: z.boolean().default(true).describe('As if two people had approved it.') })
  api.post('/admin/v1/terms/clauses/:clause/simulate', { schema: { tags, summary: 'What recorded decisions would have been under a draft', params, body, response: { 200: z.object({ looked_at: z.number(), policy_set: z.string(), changed: z.array(z.looseObject({ id: z.string(), point: z.string(), before: z.string(), after: z.string(), subject: z.string(), organization: z.string().nullable() })) }) } } }, async (request) => {
    const { clauses, found } = await clauseNow(ports, request.params.clause)
    const draft = { ...drafted(found, request.params.clause, request.body.draft), approvedBy: request.body.signed ? ['draft', 'draft as well'] : [] }
    const set = policySet(replaced(clauses, draft))
    const engine = new Engine('draft')
    const loaded = engine.load(set)
    if (loaded.status === 'invalid') refuseFaults(loaded.faults)
    const rows = await store.query<{ id: string; text: string; subject: string; organization: string | null }>('admin', 'SELECT id, body AS text, subject, organization FROM terms_decision WHERE at_ms >= $1 ORDER BY at_ms DESC LIMIT $2', [String(ports.clock.now() - request.body.days * dayMs), recordedMax])
    const about = new Map(rows.map((row) => [row.id, row]))
    const changed = simulate(engine, rows).map((one) => ({ ...one, subject: about.get(one.id)?.subject ?? '', organization: about.get(one.id)?.organization ?? null }))
    return { looked_at: rows.length, policy_set: set.hash, changed }
  })
}

function writeRoutes(api: Api, ports: AdminPorts): void {
  const { store, clock } = ports
  const params = z.object({ clause: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'lower case letters, digits, dots and hyphens') })
  api.put('/admin/v1/terms/clauses/:clause', { schema: { tags, summary: 'Save a new version; approvals of the one before do not carry over', params, body: draftSchema, response: { 200: clause } } }, async (request) => {
    const { clauses, found } = await clauseNow(ports, request.params.clause)
    const draft = drafted(found, request.params.clause, request.body)
    const faults = clauseFaults(replaced(clauses, draft))
    if (faults.length > 0) await store.transaction('admin', (sql) => recordEvent(sql, { kind: 'clause-refused', atMs: clock.now(), actor: request.actor ?? 'console', subject: `clause/${draft.id}`, body: { says: faults.map((fault) => fault.says).slice(0, 10) } }))
    refuseFaults(faults)
    await store.transaction('admin', (sql) => saveClause(sql, draft, request.actor ?? 'console', clock.now()))
    const saved = (await clauseNow(ports, draft.id)).found
    if (saved === undefined) throw notFound(`clause ${draft.id} was not saved`)
    return shown(saved)
  })
  api.post('/admin/v1/terms/clauses/:clause/approve', { schema: { tags, summary: 'One person\'s approval of this very text; two make it bind on live calls', params, body: z.object({ sha256: z.string() }), response: { 200: z.object({ approvals: z.number(), signed: z.boolean() }) } } }, async (request) => {
    const { found } = await clauseNow(ports, request.params.clause)
    if (found === undefined) throw notFound(`no clause ${request.params.clause}: weir terms clauses list`)
    const done = await store.transaction('admin', (sql) => approveClause(sql, found, request.body.sha256, request.actor ?? 'console', clock.now()))
    if (done.status === 'same-person') throw new Failed(409, 'same_person', 'You have approved this version already; another person has to approve it as well.')
    if (done.status === 'changed') throw new Failed(409, 'changed', `The clause was changed since it was read; it is ${done.sha256} now. Read it again.`)
    return { approvals: done.approvals, signed: done.approvals >= 2 }
  })
  const attached = z.object({ status: z.enum(['attached', 'unchanged', 'terms-changed']), sha256: z.string(), case: z.string().nullable().describe('The case that was opened, where the terms have changed.'), clauses: z.array(z.string()).describe('Clauses that are questions until two people approve them again.') })
  const text = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex'), file: z.string().optional() })
  api.post('/admin/v1/terms/clauses/:clause/attach', { schema: { tags, summary: 'Tie the clause to the text that was read, by its hash; another hash than before opens a case', params, body: text, response: { 200: attached } } }, async (request) => {
    const { clauses, found } = await clauseNow(ports, request.params.clause)
    if (found === undefined) throw notFound(`no clause ${request.params.clause}: weir terms clauses list`)
    const { sha256 } = request.body
    const [actor, atMs] = [request.actor ?? 'console', clock.now()]
    const id = ports.resources.ports.makeId('case')
    return store.transaction('admin', async (sql) => {
      const done = await attachSource(sql, found, sha256, clauses, actor, atMs)
      if (done.status !== 'terms-changed') return { status: done.status, sha256, case: null, clauses: [] }
      await openTermsChanged(sql, id, found, { before: done.before, after: sha256, clauses: done.clauses }, actor, atMs)
      return { status: done.status, sha256, case: id, clauses: [...done.clauses] }
    })
  })
  api.post('/admin/v1/terms/approvals/:approval', { schema: { tags, summary: 'One person\'s word that a question may go on: one for live calls, two for exports, trainings and publications', params: z.object({ approval: z.string().regex(/^approval_[0-9a-f]{24}$/, 'the id that the refusal named') }), body: z.object({ until: instant }), response: { 200: z.object({ by: z.array(z.string()), until: z.string() }) } } }, async (request) => {
    const untilMs = Date.parse(request.body.until)
    if (untilMs <= clock.now()) throw new Failed(422, 'invalid', 'until has to lie in the future')
    const given = await store.transaction('admin', (sql) => giveApproval(sql, request.params.approval, untilMs, request.actor ?? 'console', clock.now()))
    if (given.status === 'same-person') throw new Failed(409, 'same_person', 'You have approved this already; where two people are needed, another one has to.')
    return { by: [...given.by], until: isoTime(untilMs) }
  })
}

export function termsClausesApi(api: Api, ports: AdminPorts): void {
  readRoutes(api, ports)
  writeRoutes(api, ports)
}
