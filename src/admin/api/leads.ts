/** Leads: rows of a dataset that may be edited copies of captured answers. */
import { z } from 'zod'
import { recordEvent } from '../../terms/log/governance.ts'
import { leadShare } from '../../terms/detection/winnow.ts'
import { findLeads } from '../find-leads.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed, instant } from './reply.ts'

export function leadsApi(api: Api, { store, clock, terms: { terms } }: AdminPorts): void {
  const body = z.strictObject({
    organization: z.string(), rows: z.array(z.string().max(100_000)).min(1).max(20_000).describe('Texts; they are compared and not kept.'), from: instant.optional(), to: instant.optional(), projects: z.array(z.string()).optional(),
  })
  const proof = z.object({ index: z.string(), leaf: z.string(), salt: z.string(), fingerprints: z.string() }).describe('The receipt that committed to the answer\'s fingerprints, its place in the log, the salt that opens that, and the fingerprints.')
  const lead = z.object({ row: z.number().describe('From 0.'), call: z.string(), share: z.number().describe('Of the row\'s fingerprints that the answer has; of a long row those of its likeliest piece.'), text: z.enum(['prose', 'code']), proof: proof.optional() })
  const answer = z.object({ data: z.array(lead), compared: z.number().describe('Captured answers that were looked at.'), at_least: z.object({ prose: z.number(), code: z.number() }), says: z.string() })
  api.post('/admin/v1/datasets/leads', { schema: { tags: ['datasets'], summary: 'Which rows may be edited copies of captured answers: leads for a person, never proof', body, response: { 200: answer } } }, async (request) => {
    const { organization, rows, from, to, projects } = request.body
    const filter = { organization, fromMs: from === undefined ? 0 : Date.parse(from), toMs: to === undefined ? clock.now() + 1 : Date.parse(to), ...(projects === undefined ? {} : { projects }) }
    const found = await findLeads(terms.contentPorts, filter, rows)
    if ('failed' in found) throw new Failed(409, 'refused', found.failed)
    await store.transaction('admin', (sql) => recordEvent(sql, { kind: 'leads-searched', atMs: clock.now(), actor: request.actor ?? 'console', subject: `organization/${organization}`, body: { rows: rows.length, compared: found.compared, leads: found.leads.length } }))
    return { data: [...found.leads], compared: found.compared, at_least: leadShare, says: 'Leads for a person to look at, not proof of any row: docs/detection.md says how often they are wrong.' }
  })
}
