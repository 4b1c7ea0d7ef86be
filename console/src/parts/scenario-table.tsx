/** Scenarios side by side: the same figures now and under each, the change beside them. */
import type { ReactNode } from 'react'
import { Table } from './table.tsx'

export interface ScenarioRow { readonly name: string; readonly now: string; readonly then: string; readonly change: string | undefined; readonly bad?: boolean }

export function ScenarioTable({ title, heads, rows }: { readonly title: string; readonly heads: { readonly figure: string; readonly now: string; readonly then: string; readonly change: string }; readonly rows: readonly ScenarioRow[] }): ReactNode {
  return (
    <Table caption={title} rows={rows} rowKey={(row) => row.name} columns={[
      { id: 'figure', head: heads.figure, wrap: true, cell: (row) => row.name }, { id: 'now', head: heads.now, end: true, cell: (row) => <span className="text-muted">{row.now}</span> },
      { id: 'then', head: heads.then, end: true, cell: (row) => <span className="font-medium">{row.then}</span> }, { id: 'change', head: heads.change, end: true, cell: (row) => <span className={row.bad === true ? 'text-bad' : ''}>{row.change ?? ''}</span>, from: 'sm' },
    ]} />
  )
}
