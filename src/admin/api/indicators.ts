/** Indicators of a campaign, for others to look for, and others' looked for here: hashes, no text and no names. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { readCase } from '../../terms/cases/case-store.ts'
import { indicatorsOf, indicatorsSchema, matchIndicators } from '../../terms/detection/indicators.ts'
import { readSignal } from '../../terms/detection/sketch-store.ts'
import { recordEvent } from '../../terms/log/governance.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, notFound } from './reply.ts'

const tags = ['signals']
/** Sketches are kept for as long. */
const lookBackMs = 31 * 86_400_000

export function indicatorsApi(api: Api, { store, clock }: AdminPorts): void {
  api.post('/admin/v1/signals/:signal/indicators', { schema: { tags, summary: 'What a signal\'s prompts have in common, as hashes that another installation can look for; handing them out is logged', params: z.object({ signal: z.string() }), response: { 200: indicatorsSchema } } }, async (request) => {
    const sql = adminSql(store)
    const signal = await readSignal(sql, request.params.signal)
    if (signal === undefined) throw notFound(`no signal ${request.params.signal}: weir signals list`)
    const found = await indicatorsOf(sql, signal.id)
    if (found === undefined) throw new Failed(409, 'nothing_specific', 'Its prompts share nothing that ordinary traffic does not, or their sketches have gone: there is nothing to hand out.')
    const about = signal.caseId === undefined ? undefined : await readCase(sql, signal.caseId)
    await store.transaction('admin', (inside) => recordEvent(inside, { kind: 'indicators-exported', atMs: clock.now(), actor: request.actor ?? 'console', subject: `signal/${signal.id}`, body: { templates: String(found.templates.length), techniques: [...found.techniques] } }))
    return { kind: 'weir-indicators/v1' as const, made: isoTime(clock.now()), ...(about === undefined ? {} : { clause: about.signal.clause }), says: signal.card.says.join(' ').slice(0, 2_000), prompts: found.prompts, techniques: [...found.techniques], templates: [...found.templates] }
  })
  const match = z.object({ organization: z.string(), project: z.string(), key: z.string(), prompts: z.number(), of: z.number().describe('Prompts of the key that were sketched.') })
  api.post('/admin/v1/indicators/match', { schema: { tags, summary: 'Look for somebody\'s indicators among the sketches kept here: a match is a lead for a person', body: indicatorsSchema, response: { 200: z.object({ scanned: z.number(), data: z.array(match) }) } } }, async (request) => {
    const { scanned, matches } = await matchIndicators(adminSql(store), request.body, clock.now() - lookBackMs)
    await store.transaction('admin', (inside) => recordEvent(inside, { kind: 'indicators-matched', atMs: clock.now(), actor: request.actor ?? 'console', subject: 'indicators', body: { made: request.body.made, scanned: String(scanned), keys: String(matches.length) } }))
    return { scanned, data: matches.map((one) => ({ ...one })) }
  })
}
