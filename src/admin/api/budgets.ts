/** Budgets with what is spent and held right now. */
import { z } from 'zod'
import { budgetsIn } from '../../gateway/build-snapshot.ts'
import { decimal, formatDecimal, fromPicos, toPicosUp } from '../../kernel/decimal.ts'
import { budgetPeriod } from '../../ledger/budget-period.ts'
import { all, type State } from '../entries.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, isoOrNull, listOf } from './reply.ts'

const budget = z.object({
  id: z.string(), scope: z.enum(['organization', 'project', 'key']), name: z.string(), currency: z.string(), period: z.enum(['day', 'month', 'total']), time_zone: z.string(),
  limit: z.string(), spent: z.string().describe('Posted in the present period, decimal text.'), held: z.string().describe('Leased to nodes right now: what open calls hold, and what nodes keep ready.'),
  left: z.string(), overrun: z.string(), period_start: z.string(), period_end: z.string().nullable(), thresholds: z.array(z.string()),
})

interface Declared { readonly id: string; readonly scope: 'organization' | 'project' | 'key'; readonly name: string; readonly budget: ReturnType<typeof budgetsIn>[number] }

function declared(state: State): readonly Declared[] {
  const of = (scope: Declared['scope'], id: string, name: string, money: Parameters<typeof budgetsIn>[0]): Declared[] =>
    budgetsIn(money).map((one) => ({ id: `${scope}/${id}/${one.period}`, scope, name, budget: one }))
  return [
    ...all(state, 'organization').flatMap((entry) => of('organization', entry.name, entry.name, entry.body.spec)),
    ...all(state, 'project').flatMap((entry) => of('project', entry.name, entry.name, entry.body.spec)),
    ...all(state, 'key').filter((entry) => entry.body.revoked === undefined).flatMap((entry) => of('key', entry.body.id, entry.name, entry.body.spec)),
  ]
}

interface PeriodRow { readonly [name: string]: unknown; readonly budget: string; readonly period: string; readonly posted: string; readonly leased: string; readonly overrun: string }

export function budgetsApi(api: Api, { resources, store, clock }: AdminPorts): void {
  api.get('/admin/v1/budgets', { schema: { tags: ['money'], summary: 'Budgets: limit, spent, held now, left', response: { 200: listOf(budget) } } }, async () => {
    const budgets = declared(await resources.state()).map((one) => ({ ...one, now: budgetPeriod(one.budget, clock.now()) }))
    const rows = await store.query<PeriodRow>('admin', `SELECT b.budget, b.period, b.posted, b.leased, b.overrun FROM budget_period b
      JOIN jsonb_to_recordset($1::jsonb) AS asked(budget text, period text) ON asked.budget = b.budget AND asked.period = b.period`,
      [JSON.stringify(budgets.map((one) => ({ budget: one.id, period: one.now.period })))])
    const byId = new Map(rows.map((row) => [row.budget, row]))
    return {
      data: budgets.map((one) => {
        const row = byId.get(one.id)
        const limit = toPicosUp(decimal(one.budget.amount))
        const spent = BigInt(row?.posted ?? 0)
        const held = BigInt(row?.leased ?? 0)
        const text = (picos: bigint): string => formatDecimal(fromPicos(picos))
        return {
          id: one.id, scope: one.scope, name: one.name, currency: one.budget.currency, period: one.budget.period, time_zone: one.budget.timeZone,
          limit: text(limit), spent: text(spent), held: text(held), left: text(limit > spent + held ? limit - spent - held : 0n), overrun: text(BigInt(row?.overrun ?? 0)),
          period_start: one.now.period, period_end: isoOrNull(one.now.endsAt), thresholds: [...one.budget.thresholds],
        }
      }),
    }
  })
}
