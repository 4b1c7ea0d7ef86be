/** What confirming a case's suspension would do to the customer's contracts: read before somebody confirms it, nothing written. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { previewSuspension } from '../../ledger/contracts/record-suspensions.ts'
import type { SuspensionEffect } from '../../ledger/contracts/suspension-effects.ts'
import { readCase } from '../../terms/cases/case-store.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, instant, listOf, notFound } from './reply.ts'

export const effect = z.object({ rule: z.string(), when_suspended: z.enum(['run', 'pause', 'end']), without: z.string(), with: z.string() })
export const effectShown = ({ whenSuspended, ...rest }: SuspensionEffect): z.infer<typeof effect> => ({ ...rest, when_suspended: whenSuspended })
const felt = z.object({ contract: z.string(), version: z.number(), from: z.string(), until: z.string().nullable(), effects: z.array(effect) })

export function caseContractsApi(api: Api, { store, clock }: AdminPorts): void {
  const querystring = z.object({ project: z.string().optional().describe('This project alone; left out: the whole account.'), until: instant.optional().describe('When it ends by itself; left out: until it is lifted.') })
  api.get('/admin/v1/cases/:case/contracts', { schema: { tags: ['cases'], summary: 'What suspending the customer now, or one project of it, would do to each rule of each of its contracts; changes nothing', params: z.object({ case: z.string() }), querystring, response: { 200: listOf(felt) } } }, async (request) => {
    const found = await readCase(adminSql(store), request.params.case)
    if (found === undefined) throw notFound(`no case ${request.params.case}: weir cases list`)
    const { project, until } = request.query
    const span = { from: isoTime(clock.now()), ...(until === undefined ? {} : { until: isoTime(Date.parse(until)) }), ...(project === undefined ? {} : { project }) }
    const contracts = await previewSuspension(adminSql(store), found.signal.organization, span)
    return { data: contracts.map(({ contract, version, effects }) => ({ contract, version, from: span.from, until: span.until ?? null, effects: effects.map(effectShown) })) }
  })
}
