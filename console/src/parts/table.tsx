/** Tables of moderate length. Wide ones scroll inside their frame, reachable by keyboard; columns of less weight leave on narrow screens, where words may break lines (amounts hold together by themselves). */
import type { ReactNode } from 'react'
import { useWords } from '../language.ts'
import { shared } from './words.ts'

export interface Column<T> {
  readonly id: string
  readonly head: ReactNode
  readonly cell: (row: T) => ReactNode
  readonly end?: boolean
  /** Leaves on screens narrower than this. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl' | '2xl'
  readonly wrap?: boolean
}

export const shownFrom = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden', xl: 'max-xl:hidden', '2xl': 'max-2xl:hidden' } as const

export function Table<T>({ caption, columns, rows, rowKey, foot, empty }: { readonly caption: string; readonly columns: readonly Column<T>[]; readonly rows: readonly T[]; readonly rowKey: (row: T, index: number) => string; readonly foot?: ReactNode; readonly empty?: ReactNode }): ReactNode {
  const w = useWords(shared)
  if (rows.length === 0 && empty !== undefined) return empty
  const cellClass = (column: Column<T>): string => `${column.end === true ? 'text-right' : 'text-left'} ${column.from === undefined ? '' : shownFrom[column.from]} ${column.wrap === true ? 'min-w-24 break-words sm:min-w-40' : 'sm:whitespace-nowrap'}`
  return (
    <div className="relative -mx-5 overflow-x-auto px-5" tabIndex={0} role="region" aria-label={`${caption}, ${w.scrollable}`}>
      <table className="w-full border-collapse text-sm sm:text-[0.94rem]">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            {columns.map((column) => <th key={column.id} scope="col" className={`py-2 pr-2.5 font-medium last:pr-0 sm:pr-4 ${cellClass(column)}`}>{column.head}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)} className="border-b border-line last:border-0 hover:bg-raised">
              {columns.map((column) => <td key={column.id} className={`py-2.5 pr-2.5 align-middle last:pr-0 sm:pr-4 ${cellClass(column)}`}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
        {foot === undefined ? null : <tfoot className="border-t border-edge font-semibold">{foot}</tfoot>}
      </table>
    </div>
  )
}
