/** Budgets: what is spent, what is held right now, what is left. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { exact, share } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Badge, Bar } from './panel.tsx'
import { shared } from './words.ts'

export type Budget = Answer<'GET /admin/v1/budgets'>['data'][number]

const words = {
  day: ['per day', 'al giorno'], month: ['per month', 'al mese'], total: ['in total', 'in totale'], organization: ['organization', 'organizzazione'], project: ['project', 'progetto'], key: ['key', 'chiave'],
  ends: [(date: string) => `ends ${date}`, (date: string) => `termina ${date}`], overrun: [(amount: string) => `overrun ${amount}`, (amount: string) => `sforamento ${amount}`], spentOf: [(spent: string, limit: string) => `${spent} of ${limit}`, (spent: string, limit: string) => `${spent} di ${limit}`],
  heldNow: [(amount: string) => `${amount} held now`, (amount: string) => `${amount} impegnati ora`], leftOver: [(amount: string) => `${amount} left`, (amount: string) => `${amount} residui`],
} as const satisfies Words

export function BudgetBars({ budgets }: { readonly budgets: readonly Budget[] }): ReactNode {
  return <ul className="grid gap-5">{budgets.map((budget) => <BudgetLine key={budget.id} budget={budget} />)}</ul>
}

function BudgetLine({ budget }: { readonly budget: Budget }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const money = (amount: string): string => format.money(amount, budget.currency)
  const used = share(budget.spent, budget.limit)
  const over = exact(budget.overrun) > 0n
  return (
    <li className="grid gap-1.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <p className="min-w-0 font-medium break-all">{budget.name} <span className="text-sm font-normal text-muted">{w[budget.scope]} · {w[budget.period]}</span></p>
        <p className="figures text-sm">{w.spentOf(money(budget.spent), money(budget.limit))} {over ? <Badge tone="bad">{w.overrun(money(budget.overrun))}</Badge> : used >= 0.8 ? <Badge tone="warn">{format.percent(used)}</Badge> : null}</p>
      </div>
      <Bar label={`${money(budget.spent)} ${s.spent}, ${money(budget.held)} ${s.held}, ${money(budget.left)} ${s.left}`} parts={[{ share: used, tone: used >= 1 ? 'over' : 'used' }, { share: share(budget.held, budget.limit), tone: 'held' }]} />
      <p className="figures text-sm text-muted">{w.heldNow(money(budget.held))} · {w.leftOver(money(budget.left))}{budget.period_end === null ? '' : ` · ${w.ends(format.moment(budget.period_end))}`}</p>
    </li>
  )
}
