/** The frame of every page about money: its title, and where else one can look. */
import type { ReactNode } from 'react'
import { useLocation } from '@tanstack/react-router'
import { useWords, type Words } from '../language.ts'
import { Page } from '../parts/panel.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { paths, type Place } from '../paths.ts'

const words = {
  money: ['Money', 'Conti'], explore: ['Costs', 'Costi'], contracts: ['Contracts', 'Contratti'], invoices: ['Invoices', 'Fatture'], payments: ['Payments', 'Pagamenti'], statements: ['Statements', 'Rendiconti'],
  margins: ['Margins & value', 'Margini e valore'], exposure: ['Exposure', 'Esposizione'], reconciliation: ['Reconciliation', 'Riconciliazione'], prices: ['Price book', 'Listino'], exports: ['Exports', 'Esportazioni'],
} as const satisfies Words

const tabs: readonly (readonly [Exclude<keyof typeof words, 'money'>, Place])[] = [
  ['explore', paths.money()], ['contracts', paths.contracts()], ['invoices', paths.invoices()], ['payments', paths.payments()], ['statements', paths.statements()], ['margins', paths.margins()],
  ['exposure', paths.exposure()], ['reconciliation', paths.reconciliations()], ['prices', paths.prices()], ['exports', paths.exports()],
]

export function MoneyFrame({ title, intro, actions, children }: { readonly title: string; readonly intro?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }): ReactNode {
  const w = useWords(words)
  const path = useLocation().pathname
  return (
    <Page title={title} intro={intro} actions={actions} tabs={<Tabs label={w.money} tabs={tabs.map(([name, to]) => ({ name: w[name], to, here: to.to === path || (to.to !== '/money' && path.startsWith(`${to.to}/`)) }))} />}>
      {children}
    </Page>
  )
}
