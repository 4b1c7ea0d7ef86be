/** Party screening: lists brought from outside, parties that carry a listed name, and what a person made of each hit. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { openCase } from '../../terms/cases/case-store.ts'
import { everyOrganization } from '../../terms/cases/case.ts'
import { latestRecords, putRecord } from '../../terms/register/record-store.ts'
import { reviewSchema, screeningListSchema } from '../../terms/register/screening.ts'
import type { AdminPorts } from '../ports.ts'
import { screenAll } from '../screen-parties.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, listOf, notFound } from './reply.ts'

const tags = ['terms']
const hit = z.object({
  id: z.string(), list: z.string(), reference: z.string(), listed_name: z.string(), party_kind: z.string(), party: z.string(), name: z.string(), how: z.enum(['same', 'words']).describe('words: the same words in another order.'),
  decision: z.enum(['open', 'cleared', 'confirmed']), says: z.string().nullable(), by: z.string().nullable(), at: z.string().nullable(),
})

export function screeningApi(api: Api, ports: AdminPorts): void {
  const { store, clock, resources } = ports
  api.get('/admin/v1/screening/lists', { schema: { tags, summary: 'Screening lists in use', response: { 200: listOf(z.object({ id: z.string(), source: z.string(), as_of: z.string(), entries: z.number(), version: z.number(), actor: z.string() })) } } }, async () => ({
    data: (await latestRecords(adminSql(store), 'screening-list')).map((record) => {
      const list = screeningListSchema.parse(record.body)
      return { id: list.id, source: list.source, as_of: list.asOf, entries: list.entries.length, version: record.version, actor: record.actor }
    }),
  }))
  api.post('/admin/v1/screening/lists', { schema: { tags, summary: 'Bring a list, or a new version of it', body: screeningListSchema, response: { 201: z.object({ id: z.string(), version: z.number(), hits: z.number() }) } } }, async (request, reply) => {
    const list = request.body
    const version = await store.transaction('admin', (sql) => putRecord(sql, { kind: 'screening-list', id: list.id, body: list as unknown as Json, actor: request.actor ?? 'console', atMs: clock.now() }))
    const hits = (await screenAll(ports)).filter((one) => one.hit.list === list.id && one.review === undefined)
    return reply.code(201).send({ id: list.id, version, hits: hits.length })
  })
  api.get('/admin/v1/screening/hits', { schema: { tags, summary: 'Parties that carry a listed name: leads for a person, not refusals', response: { 200: listOf(hit) } } }, async () => ({
    data: (await screenAll(ports)).map(({ hit: one, review }) => ({
      id: one.id, list: one.list, reference: one.reference, listed_name: one.listed, party_kind: one.party.kind, party: one.party.id, name: one.name, how: one.how,
      decision: review?.decision ?? 'open' as const, says: review?.says ?? null, by: review?.actor ?? null, at: review === undefined ? null : isoTime(review.atMs),
    })),
  }))
  api.post('/admin/v1/screening/hits/:hit', { schema: { tags, summary: 'Say what a hit is: another party of that name, or the listed one, which opens a case', params: z.object({ hit: z.string() }), body: reviewSchema, response: { 200: z.object({ id: z.string(), decision: z.string(), case: z.string().nullable() }) } } }, async (request) => {
    const found = (await screenAll(ports)).find((one) => one.hit.id === request.params.hit)?.hit
    if (found === undefined) throw notFound(`no hit ${request.params.hit}`)
    const { decision, says } = request.body
    const [actor, atMs] = [request.actor ?? 'console', clock.now()]
    const id = decision === 'confirmed' ? resources.ports.makeId('case') : undefined
    const organization = found.party.kind === 'organization' ? found.party.id : everyOrganization
    await store.transaction('revocation', async (sql) => {
      await putRecord(sql, { kind: 'screening-hit', id: found.id, body: { decision, says, list: found.list, reference: found.reference, party: found.party.id }, actor, atMs })
      if (id !== undefined) await openCase(sql, id, { kind: 'signalled', organization, about: { organization }, source: 'own_initiative', matter: 'terms_breach', clause: `screening.${found.list}`, says: `${found.party.kind} ${found.party.id} is on ${found.list} as ${found.reference}: ${says}`, evidence: [found.id] }, actor, atMs)
    })
    return { id: found.id, decision, case: id ?? null }
  })
}
