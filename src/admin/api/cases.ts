/** Cases: the queue with its clocks, acts, restrictions by one or two people, appeals, evidence packs. The customer reads its own. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { idMaker } from '../../kernel/ids.ts'
import type { Sql } from '../../store/store.ts'
import { governanceLog, receiptsLog } from '../../terms/log/append.ts'
import { formatVkey } from '../../terms/log/note.ts'
import { acts, type Case, dueOf, endsAt, inForceAt, matters, needsTwo, states, transitions } from '../../terms/cases/case.ts'
import { approveRestriction, type Changed, liftRestriction, moveCase, openCase, readCase, readCases, recordPack, restrict } from '../../terms/cases/case-store.ts'
import { packCase } from '../../terms/cases/evidence-pack.ts'
import { restrictionKinds, type Restriction } from '../../terms/cases/restriction.ts'
import { reasonsOf } from '../../terms/cases/statement-of-reasons.ts'
import { appealTo } from '../../terms/cases/watch-meanwhile.ts'
import { completeness } from '../completeness.ts'
import { outsideUse } from '../outside-use.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql, clausesNow, replayAll } from '../terms-desk.ts'
import { type Api, Failed, instant, notFound, pageOf } from './reply.ts'

const tags = ['cases']
const sentence = z.string().min(1).max(2_000).describe('A sentence that all parties may read.')
const evidence = z.array(z.string().min(1).max(200)).max(1_000).default([]).describe('Call ids, hashes, documents; never content.')
const scope = z.strictObject({ organization: z.string(), project: z.string().optional(), key: z.string().optional().describe('Key id.'), model: z.string().optional() })

const row = z.object({
  id: z.string(), organization: z.string(), about: scope, state: z.enum(states), since: z.string(), source: z.string(), referred_by: z.string().nullable(), clause: z.string(), says: z.string(), finding: z.string().nullable(),
  due: z.object({ what: z.string(), at: z.string(), overdue: z.boolean() }).nullable(), possible: z.array(z.enum(acts)),
  restrictions: z.array(z.object({ id: z.string(), kind: z.enum(restrictionKinds), scope, status: z.enum(['proposed', 'in-force', 'lifted', 'lapsed']), by: z.string(), approved_by: z.string().nullable(), ends: z.string().nullable(), automatic: z.boolean() })),
})
const view = row.extend({
  timeline: z.array(z.object({ number: z.number(), at: z.string(), actor: z.string(), kind: z.string(), event: z.record(z.string(), z.unknown()) })),
  statements_of_reasons: z.array(z.record(z.string(), z.unknown())),
})

function shown(one: Case, nowMs: number): z.infer<typeof row> {
  const due = dueOf(one)
  const holding = new Map(inForceAt(one, nowMs).map((each) => [each.id, each]))
  return {
    id: one.id, organization: one.signal.organization, about: one.signal.about, state: one.state, since: isoTime(one.sinceMs), source: one.signal.source, referred_by: one.signal.referredBy ?? null, clause: one.signal.clause, says: one.signal.says,
    finding: one.finding ?? null, due: due === undefined ? null : { what: due.what, at: isoTime(due.atMs), overdue: due.atMs < nowMs }, possible: acts.filter((act) => transitions[one.state][act] !== undefined),
    restrictions: one.restrictions.map((each) => {
      const ends = endsAt(holding.get(each.id) ?? each)
      return {
        id: each.id, kind: each.kind, scope: each.scope, status: each.status === 'in-force' && !holding.has(each.id) ? 'lapsed' : each.status, by: each.by, approved_by: each.approvedBy ?? null,
        ends: Number.isFinite(ends) ? isoTime(ends) : null, automatic: each.automatic,
      }
    }),
  }
}

const viewed = (one: Case, nowMs: number): z.infer<typeof view> => ({
  ...shown(one, nowMs),
  timeline: one.events.map((each) => ({ number: each.number, at: isoTime(each.atMs), actor: each.actor, kind: each.kind, event: { ...each.body } })),
  statements_of_reasons: one.restrictions.map((each) => ({ ...reasonsOf(one, each) })),
})

function after(changed: Changed, id: string, nowMs: number): z.infer<typeof view> {
  switch (changed.status) {
    case 'done': return viewed(changed.case, nowMs)
    case 'unknown': throw notFound(`no case ${id}: weir cases list`)
    case 'refused': throw new Failed(changed.code === 'incomplete' ? 422 : 409, changed.code, changed.says)
  }
}

const params = z.object({ case: z.string() })
const oneOf = params.extend({ restriction: z.string() })

/** A customer sees the cases about it. A maker sees none: what became of its complaints stands in referrals.ts, without the customers. */
const isSeenBy = ({ signal }: Case, { onlyOrganization }: Pick<FastifyRequest, 'onlyOrganization'>): boolean => onlyOrganization === undefined || onlyOrganization === signal.organization

function readRoutes(api: Api, { store, clock }: AdminPorts): void {
  const query = z.object({ organization: z.string().optional(), open: z.enum(['true', 'false']).optional().describe('true: only those that wait for something.'), after: z.string().max(400).optional(), limit: z.coerce.number().int().min(1).max(1_000).default(200) })
  api.get('/admin/v1/cases', { schema: { tags, summary: 'Cases with their clocks, the most urgent first; a token of an organization sees those about it', querystring: query, response: { 200: pageOf(row) } } }, async (request) => {
    const nowMs = clock.now()
    const { organization, open, after: from, limit } = request.query
    const { cases, next } = await readCases(adminSql(store), { organization: request.onlyOrganization ?? organization, open: open === 'true', after: from, limit })
    return { data: cases.filter((one) => isSeenBy(one, request)).map((one) => shown(one, nowMs)), next: next ?? null }
  })
  api.get('/admin/v1/cases/:case', { schema: { tags, summary: 'A case with its timeline and statements of reasons', params, response: { 200: view } } }, async (request) => {
    const found = await readCase(adminSql(store), request.params.case)
    if (found === undefined || !isSeenBy(found, request)) throw notFound(`no case ${request.params.case}: weir cases list`)
    return viewed(found, clock.now())
  })
}

function actRoutes(api: Api, { store, clock, resources }: AdminPorts): void {
  const change = <T>(run: (sql: Sql) => Promise<T>): Promise<T> => store.transaction('revocation', run)
  const makeId = idMaker(clock, resources.ports.random)
  const signal = z.strictObject({
    about: scope, matter: z.enum(matters).default('terms_breach'), clause: z.string().min(1), says: sentence, evidence,
    source: z.enum(['own_initiative', 'referral', 'detector', 'supplier_notice']).default('own_initiative'), referred_by: z.string().optional().describe('The maker that complains: it sees no prompts, the channel decides, the customer sees both.'),
  })
  api.post('/admin/v1/cases', { schema: { tags, summary: 'Open a case by a signal: one\'s own, a detector\'s, a maker\'s complaint', body: signal, response: { 201: view } } }, async (request, reply) => {
    const { about, source, referred_by: referredBy, ...rest } = request.body
    if (source === 'referral' && referredBy === undefined) throw new Failed(422, 'incomplete', 'A referral names who complains: referred_by.')
    const id = makeId('case')
    const made = await change(async (sql) => {
      await openCase(sql, id, { kind: 'signalled', organization: about.organization, about: about as Restriction['scope'], source, ...(referredBy === undefined ? {} : { referredBy }), ...rest }, request.actor ?? 'console', clock.now())
      return readCase(sql, id)
    })
    if (made === undefined) throw notFound(`case ${id} was not kept`)
    return reply.code(201).send(viewed(made, clock.now()))
  })
  const move = z.strictObject({ act: z.enum(acts), says: sentence, finding: z.enum(['no_breach', 'remediation', 'penalty']).optional(), evidence, lift: z.array(z.string()).default([]).describe('Of vary: the restrictions that it lifts.') })
  api.post('/admin/v1/cases/:case/moves', { schema: { tags, summary: 'One act on a case; an appeal is decided by somebody who has not decided or restricted before', params, body: move, response: { 200: view } } }, async (request) => {
    const { act, says, finding, evidence: named, lift } = request.body
    const atMs = clock.now()
    return after(await change((sql) => moveCase(sql, request.params.case, { act, says, finding, evidence: named, actor: request.actor ?? 'console', atMs }, lift)), request.params.case, atMs)
  })
  // The customer's own words, on its own case.
  const own = z.strictObject({ says: sentence, evidence })
  for (const act of ['answer', 'appeal'] as const) {
    api.post(`/admin/v1/cases/:case/${act}`, { schema: { tags, summary: act === 'answer' ? 'The customer\'s answer to the notice, also a late one' : 'The customer\'s appeal: free, within six months, decided by somebody who has not decided before', params, body: own, response: { 200: view } } }, async (request) => {
      const { says, evidence: named } = request.body
      const found = await readCase(adminSql(store), request.params.case)
      if (found === undefined || (request.onlyOrganization !== undefined && request.onlyOrganization !== found.signal.organization)) throw notFound(`no case ${request.params.case}: weir cases list`)
      const atMs = clock.now()
      return after(await change((sql) => moveCase(sql, found.id, { act, says, finding: undefined, evidence: named, actor: request.actor ?? 'console', atMs })), found.id, atMs)
    })
  }
  const restriction = z.strictObject({
    kind: z.enum(restrictionKinds), scope, clause: z.string(), says: z.string().max(2_000), evidence, appeal: z.string().default(appealTo), until: instant.optional(), automatic: z.boolean().default(false),
    urgent: z.enum(['imminent_loss', 'key_theft', 'law', 'evidence_destruction']).optional(), percent: z.number().optional(), purposes: z.array(z.string()).optional(),
  })
  api.post('/admin/v1/cases/:case/restrictions', { schema: { tags, summary: 'Restrict; a suspension waits for a second person, everything else holds within two seconds', params, body: restriction, response: { 200: view } } }, async (request) => {
    const { until, ...rest } = request.body
    const atMs = clock.now()
    const made = { ...rest, id: makeId('restriction'), reversible: rest.kind !== 'terminate', ...(until === undefined ? {} : { untilMs: Date.parse(until) }) } as Restriction
    return after(await change((sql) => restrict(sql, request.params.case, made, request.actor ?? 'console', atMs)), request.params.case, atMs)
  })
  api.post('/admin/v1/cases/:case/restrictions/:restriction/approve', { schema: { tags, summary: `The second person's word: ${restrictionKinds.filter(needsTwo).join(', ')}`, params: oneOf, body: z.strictObject({ until: instant.optional() }), response: { 200: view } } }, async (request) => {
    const atMs = clock.now()
    return after(await change((sql) => approveRestriction(sql, request.params.case, request.params.restriction, request.body.until === undefined ? undefined : Date.parse(request.body.until), request.actor ?? 'console', atMs)), request.params.case, atMs)
  })
  api.post('/admin/v1/cases/:case/restrictions/:restriction/lift', { schema: { tags, summary: 'Lift a restriction: holds within two seconds', params: oneOf, body: z.strictObject({ says: sentence }), response: { 200: view } } }, async (request) => {
    const atMs = clock.now()
    return after(await change((sql) => liftRestriction(sql, request.params.case, request.params.restriction, request.body.says, request.actor ?? 'console', atMs)), request.params.case, atMs)
  })
}

function packRoute(api: Api, ports: AdminPorts): void {
  const { store, clock, terms: desk } = ports
  const { terms } = desk
  const answer = z.object({ sha256: z.string(), keys: z.array(z.string()).describe('Of the envelope, then of the governance log and of the customer\'s receipts.'), envelope: z.unknown() })
  api.post('/admin/v1/cases/:case/pack', { schema: { tags, summary: 'The evidence pack, signed; its hash is logged', params, response: { 200: answer } } }, async (request) => {
    const sql = adminSql(store)
    const found = await readCase(sql, request.params.case)
    if (found === undefined) throw notFound(`no case ${request.params.case}: weir cases list`)
    const packed = await packCase({
      sql, objectsOf: terms.objectsOf, clauses: await clausesNow(store), signer: terms.signer, replayed: (decisions) => replayAll(desk, store, decisions),
      books: async (organization, fromMs, toMs) => ({ ledger: (await completeness(sql, organization, fromMs, toMs)).ledger, outside: (await outsideUse(store, fromMs, toMs)).map((one) => ({ ...one })) }),
    }, found)
    if (packed.status === 'pending') throw new Failed(409, 'not_signed_yet', 'The last event is not under a signed checkpoint yet: ask again in a second.')
    await store.transaction('admin', (inside) => recordPack(inside, found.id, packed.sha256, request.actor ?? 'console', clock.now()))
    const logs = await sql<{ id: string; origin: string }>('SELECT id, origin FROM terms_log WHERE id = ANY ($1::text[]) ORDER BY id', [[governanceLog, receiptsLog(found.signal.organization)]])
    const logKeys = (await Promise.all(logs.map(({ id, origin }) => terms.keys.signersOf(id, origin)))).flat()
    return { sha256: packed.sha256, keys: [terms.signer, ...logKeys].map((signer) => formatVkey(signer.key)), envelope: packed.envelope }
  })
}

export function casesApi(api: Api, ports: AdminPorts): void {
  readRoutes(api, ports)
  actRoutes(api, ports)
  packRoute(api, ports)
}
