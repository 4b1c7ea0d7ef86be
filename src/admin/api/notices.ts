/**
 * The buyer's mirror: notices that suppliers send about our use, in their own forms, by webhook or by hand; the calls that
 * they are about; and the answer, which opens what was asked for and proves the rest in sum.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { everyOrganization } from '../../terms/cases/case.ts'
import { readCase, recordResponse } from '../../terms/cases/case-store.ts'
import { receiptsLog } from '../../terms/log/append.ts'
import { formatVkey } from '../../terms/log/note.ts'
import { buildStatement } from '../../terms/log/statement.ts'
import { raiseEvent } from '../../ledger/events.ts'
import { addSource, countRefused, type NoticeSource, openSource, readSources } from '../../terms/mirror/notice-sources.ts'
import { findNotice, keepNotice, readNotices, type StoredNotice } from '../../terms/mirror/notice-store.ts'
import { noticeForms, readNotice } from '../../terms/mirror/notice.ts'
import { readPenalties, type Penalty } from '../../terms/mirror/penalties.ts'
import { makeResponse } from '../../terms/mirror/response-pack.ts'
import { takeUp } from '../../terms/mirror/take-up.ts'
import { addressFault } from '../../terms/webhooks/public-address.ts'
import { isWebhookSecret, verifyWebhook } from '../../terms/webhooks/standard-webhooks.ts'
import { outsideUse } from '../outside-use.ts'
import { pseudonymOf } from '../../kernel/sealing.ts'
import type { AdminPorts } from '../ports.ts'
import { shownContent, callNames } from '../response-parts.ts'
import { adminSql } from '../terms-desk.ts'
import { textFault } from '../text-fault.ts'
import { type Api, Failed, instant, listOf, notFound } from './reply.ts'

const tags = ['notices']
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/)

const source = z.object({ id: z.string(), party: z.string(), organization: z.string(), base_url: z.string(), reads_cases: z.boolean(), refused: z.number().describe('Messages that were refused since it was registered: for their signature, or their time.'), webhook_path: z.string().describe('Where the sender delivers to, below this server\'s address.'), created_at: z.string() })
const sourceShown = (one: NoticeSource): z.infer<typeof source> => ({ id: one.id, party: one.party, organization: one.organization, base_url: one.baseUrl, reads_cases: one.readsCases, refused: one.refused, webhook_path: `/hooks/notices/${one.id}`, created_at: isoTime(one.createdAtMs) })

const notice = z.object({
  id: z.string(), party: z.string(), external: z.string(), form: z.enum(noticeForms), organization: z.string(), at: z.string(), action: z.string().nullable(), says: z.string().nullable(), until: z.string().nullable(), case: z.string().nullable(), trouble: z.string().nullable(),
  matched: z.object({ calls: z.number(), scanned: z.number(), closed: z.number().describe('Receipts whose salt was erased: identifiers cannot be compared with them.'), through_account: z.number().nullable() }).nullable(),
  imposed: z.object({ account: z.string(), action: z.enum(['block', 'throttle']), percent: z.number().nullable(), until: z.string().nullable() }).nullable().describe('What follows at our account by itself while it is in force: a blocked one leaves rotation, a throttled one keeps that percentage of the calls that another place may serve. Until null: while the account is read and says so.'),
  calls: z.array(z.object({ call: z.string(), organization: z.string(), by: z.string(), at: z.string() })), body: z.unknown(),
})

function shown(one: StoredNotice, penalties: readonly Penalty[]): z.infer<typeof notice> {
  const imposed = penalties.find((each) => each.notice === one.id)
  const { reading } = one
  return {
    id: one.id, party: one.party, external: one.external, form: one.form, organization: one.organization, at: isoTime(one.atMs), action: reading?.action ?? null, says: reading?.says ?? null, until: reading?.untilMs === undefined ? null : isoTime(reading.untilMs),
    imposed: imposed === undefined ? null : { account: imposed.account, action: imposed.action, percent: imposed.percent ?? null, until: Number.isFinite(imposed.untilMs) ? isoTime(imposed.untilMs) : null },
    case: one.case ?? null, trouble: one.trouble ?? null, body: one.body, calls: reading?.calls.map((each) => ({ ...each })) ?? [],
    matched: reading === undefined ? null : { calls: reading.matched.count, scanned: reading.matched.scanned, closed: reading.matched.closed, through_account: reading.matched.throughAccount ?? null },
  }
}

const takeUpPorts = ({ store, clock, resources, masterKey, privateHosts }: AdminPorts) => ({ store, clock, random: resources.ports.random, keyring: masterKey.keyring, privateHosts, pseudonym: pseudonymOf(resources.hash) })

function sourceRoutes(api: Api, { store, clock, resources, masterKey, privateHosts }: AdminPorts): void {
  api.get('/admin/v1/notice-sources', { schema: { tags, summary: 'Suppliers that may send us notices', response: { 200: listOf(source) } } }, async () => ({ data: (await readSources(adminSql(store))).map(sourceShown) }))
  const body = z.strictObject({
    party: name, organization: z.string().default(everyOrganization).describe('Whose use its account stands for; * where several share it.'), secret: z.string().refine(isWebhookSecret, 'the signing secret as the sender shows it, whsec_…'),
    base_url: z.string().default('https://api.openai.com/v1').describe('Where the case behind a notice is read: GET …/safety/cases/{id}.'), api_key: z.string().min(8).optional().describe('A key that may read safety cases.'),
  })
  api.post('/admin/v1/notice-sources', { schema: { tags, summary: 'Register a sender with the secret that signs its webhooks', body, response: { 201: source } } }, async (request, reply) => {
    const { party, organization, secret, base_url: baseUrl, api_key: key } = request.body
    const fault = addressFault(baseUrl, privateHosts)
    if (fault !== undefined) throw new Failed(422, 'bad_url', `${baseUrl}: ${fault}.`)
    const id = resources.ports.makeId('source')
    await store.transaction('admin', (sql) => addSource(sql, masterKey.keyring(), resources.ports.random, { id, party, organization, baseUrl, secret, key }, request.actor ?? 'console', clock.now()))
    const found = (await readSources(adminSql(store))).find((one) => one.id === id)
    if (found === undefined) throw notFound(`source ${id} was not kept`)
    return reply.code(201).send(sourceShown(found))
  })
}

/** A webhook as it comes: verified over its very bytes, kept before it is answered, taken up afterwards. */
function hookRoute(api: Api, ports: AdminPorts): void {
  const { store, clock, resources, masterKey } = ports
  void api.register(async (inner) => {
    inner.removeContentTypeParser('application/json')
    inner.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: 256 * 1_024 }, (_request, body, done) => done(null, body))
    inner.post('/hooks/notices/:source', { schema: { tags, summary: 'Where a registered sender delivers its webhooks (Standard Webhooks)', params: z.object({ source: z.string() }) } }, async (request, reply) => {
      const { source: id } = request.params as { source: string }
      const { body } = request
      if (!Buffer.isBuffer(body)) throw new Failed(415, 'not_json', 'A webhook is JSON, with content-type: application/json.')
      const opened = await openSource(adminSql(store), masterKey.keyring(), id)
      if (opened === undefined) throw notFound('no such source')
      if ('failed' in opened) throw new Failed(503, 'not_ready', 'This source cannot be read at present: try again later.')
      const verified = verifyWebhook(opened.secret, (header) => { const value = request.headers[header]; return Array.isArray(value) ? value[0] : value }, body, clock.now())
      if (verified.status === 'refused') {
        await store.transaction('admin', async (sql) => {
          await countRefused(sql, opened, verified.says, clock.now())
          // Once a day and reason: a sender goes on for days, and so may whoever plays one.
          await raiseEvent(sql, clock, 'notice-refused', `notice-source/${id}`, `${isoTime(clock.now()).slice(0, 10)} ${verified.says}`, {
            says: `A message to the source of ${opened.party} was refused: ${verified.says}.`, remedy: 'Where it was the supplier\'s: set this machine\'s clock, or register the source anew with the secret that the supplier shows (weir notices source).',
          })
        })
        throw new Failed(401, 'bad_signature', `${verified.says}.`)
      }
      const parsed = jsonOf(body)
      // It is the sender's, and would come again unchanged: kept for a person, and accepted.
      const read = textFault(parsed, 'body') ?? readNotice('openai-event', parsed)
      if (typeof read === 'string' || read.status === 'malformed') {
        const fault = typeof read === 'string' ? read : read.says
        if (isSafetyMatter(parsed)) await store.transaction('admin', (sql) => raiseEvent(sql, clock, 'notice-unreadable', `notice-source/${id}`, createHash('sha256').update(body).digest('hex'), {
          says: `${opened.party} sent a signed notice that Weir cannot read: ${fault}`, remedy: 'Look into the account at the supplier, and enter what it says there: weir notices import FILE --form letter.',
        }))
        return reply.code(202).send({ ignored: fault })
      }
      const kept = await store.transaction('admin', (sql) => keepNotice(sql, { id: resources.ports.makeId('notice'), party: opened.party, external: read.notice.external, form: 'openai-event', organization: opened.organization, body: parsed as Json, source: id, actor: `webhook ${opened.party}`, atMs: clock.now() }))
      return reply.code(202).send({ notice: kept.id })
    })
  })
}

/** Whether a signed message that could not be read may concern us: it is about safety, or does not say what it is about. */
function isSafetyMatter(parsed: unknown): boolean {
  const type = typeof parsed === 'object' && parsed !== null ? (parsed as { readonly type?: unknown }).type : undefined
  return typeof type !== 'string' || type.startsWith('safety.')
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

function noticeRoutes(api: Api, ports: AdminPorts): void {
  const { store, clock, resources } = ports
  api.get('/admin/v1/notices', { schema: { tags, summary: 'Notices, the latest first', querystring: z.object({ organization: z.string().optional() }), response: { 200: listOf(notice) } } }, async (request) => {
    const penalties = await readPenalties(adminSql(store), clock.now())
    return { data: (await readNotices(adminSql(store), request.query.organization)).map((one) => shown(one, penalties)) }
  })
  const params = z.object({ notice: z.string() })
  api.get('/admin/v1/notices/:notice', { schema: { tags, summary: 'One notice: as it came, what was read of it, the calls that match', params, response: { 200: notice } } }, async (request) => {
    const found = await findNotice(adminSql(store), request.params.notice)
    if (found === undefined) throw notFound(`no notice ${request.params.notice}: weir notices list`)
    return shown(found, await readPenalties(adminSql(store), clock.now()))
  })
  const body = z.strictObject({ party: name.describe('Maker or channel that sent it.'), form: z.enum(noticeForms), organization: z.string().default(everyOrganization), body: z.unknown() })
  api.post('/admin/v1/notices', { schema: { tags, summary: 'Import a notice: match it with our calls, open a case, put the agreement under investigation', body, response: { 201: notice } } }, async (request, reply) => {
    const { party, form, organization, body: given } = request.body
    const read = readNotice(form, given)
    if (read.status === 'malformed') throw new Failed(422, 'malformed', read.says)
    const kept = await store.transaction('admin', (sql) => keepNotice(sql, { id: resources.ports.makeId('notice'), party, external: read.notice.external, form, organization, body: given as Json, actor: request.actor ?? 'console', atMs: clock.now() }))
    if (kept.status === 'known') throw new Failed(409, 'known', `This notice came before: it is ${kept.id}.`)
    const taken = await takeUp(takeUpPorts(ports), kept.id)
    if (taken === undefined) throw notFound(`notice ${kept.id} was not kept`)
    return reply.code(201).send(shown(taken, await readPenalties(adminSql(store), clock.now())))
  })
}

function respondRoute(api: Api, ports: AdminPorts): void {
  const { store, clock, terms: { terms } } = ports
  const params = z.object({ notice: z.string() })
  const body = z.strictObject({
    says: z.string().min(1).max(10_000).describe('Our answer; the supplier reads it.'), calls: z.array(z.string()).max(1_000).default([]).describe('Calls whose records are opened; all others stay closed and are proven in sum.'),
    content: z.array(z.string()).max(100).default([]).describe('Calls of those whose content goes along: each needs an allowance of yours that another person gave (weir content).'), from: instant, to: instant, organization: z.string().optional(),
  })
  const answer = z.object({ sha256: z.string(), keys: z.array(z.string()).describe('Of the envelope, then of the receipts log: both verify it, one a line.'), envelope: z.unknown() })
  api.post('/admin/v1/notices/:notice/response', { schema: { tags, summary: 'Make the answer: signed, opens what is named, proves the rest', params, body, response: { 200: answer } } }, async (request) => {
    const sql = adminSql(store)
    const found = await findNotice(sql, request.params.notice)
    if (found === undefined) throw notFound(`no notice ${request.params.notice}`)
    const organization = request.body.organization ?? found.organization
    if (organization === everyOrganization) throw new Failed(422, 'incomplete', 'The notice matches calls of no single organization: name one.')
    const log = receiptsLog(organization)
    const [fromMs, toMs] = [Date.parse(request.body.from), Date.parse(request.body.to)]
    const statement = await buildStatement(store, terms.objectsOf(log), log, fromMs, toMs, await outsideUse(store, fromMs, toMs))
    if (statement === undefined) throw notFound(`no signed receipts of ${organization}`)
    const actor = request.actor ?? 'console'
    const calls = [...new Set([...request.body.calls, ...request.body.content])]
    const content = await shownContent(store, terms.contentPorts, request.body.content, actor)
    if ('lacking' in content) throw new Failed(403, 'not_allowed', `The content of ${content.lacking.join(', ')} may not be shown by you: ask for each (weir content ask), and have another person allow it.`)
    const now = found.case === undefined ? undefined : await readCase(sql, found.case)
    const made = await makeResponse(sql, log, terms.signer, { notice: found, organization, says: request.body.says, finding: now?.finding, calls, content: content.shown, names: await callNames(store, calls), statement, pseudonym: pseudonymOf(ports.resources.hash), atMs: clock.now() })
    if (made.status === 'missing') throw new Failed(422, 'missing', `No receipt in the period: ${made.calls.join(', ')}. Widen it, or leave these calls out.`)
    if (found.case !== undefined) await store.transaction('admin', (inside) => recordResponse(inside, found.case ?? '', found.id, made.sha256, actor, clock.now()))
    const [of] = await sql<{ origin: string }>('SELECT origin FROM terms_log WHERE id = $1', [log])
    const logKeys = await terms.keys.signersOf(log, of?.origin ?? '')
    return { sha256: made.sha256, keys: [terms.signer, ...logKeys].map((signer) => formatVkey(signer.key)), envelope: made.envelope }
  })
}

export function noticesApi(api: Api, ports: AdminPorts): void {
  sourceRoutes(api, ports)
  hookRoute(api, ports)
  noticeRoutes(api, ports)
  respondRoute(api, ports)
}
