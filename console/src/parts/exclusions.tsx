/** Rows that a gate kept out, by the clause that did it. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { paths } from '../paths.ts'
import { Go } from './go.tsx'
import { Table } from './table.tsx'
import { shared } from './words.ts'

const words = { refused: ['Refused rows, by clause', 'Righe rifiutate, per clausola'], rows: ['Rows', 'Righe'] } as const satisfies Words

export function Exclusions({ rows }: { readonly rows: readonly { readonly clause: string; readonly maker: string; readonly rows: string | number }[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  return <Table caption={w.refused} rows={rows} rowKey={(row) => `${row.clause} ${row.maker}`} columns={[{ id: 'clause', head: w.refused, cell: (row) => <Go to={paths.clause(row.clause)}>{row.clause}</Go> }, { id: 'maker', head: s.maker, cell: (row) => row.maker }, { id: 'rows', head: w.rows, end: true, cell: (row) => format.count(Number(row.rows)) }]} />
}
