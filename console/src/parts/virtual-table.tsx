/** A table of any length: only the rows in view are in the page; the next page is asked for near the end. */
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useMedia } from './media.ts'
import { useWords } from '../language.ts'
import { shared } from './words.ts'

export interface VirtualColumn<T> {
  readonly id: string
  readonly head: ReactNode
  /** A track of CSS grid. */
  readonly width: string
  readonly from?: 'sm' | 'md' | 'lg' | 'xl'
  readonly end?: boolean
  readonly cell: (row: T) => ReactNode
}

const rowHeight = 44
/** Rows drawn beyond each edge of the view. */
const margin = 8

interface Props<T> {
  readonly caption: string
  readonly columns: readonly VirtualColumn<T>[]
  readonly rows: readonly T[]
  readonly rowKey: (row: T) => string
  readonly more: (() => void) | undefined
  readonly foot: string
}

export function VirtualTable<T>({ caption, columns, rows, rowKey, more, foot }: Props<T>): ReactNode {
  const w = useWords(shared)
  const media = useMedia()
  const frame = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 700 })
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const read = (): void => setView({ top: element.scrollTop, height: element.clientHeight })
    read()
    element.addEventListener('scroll', read, { passive: true })
    const watch = new ResizeObserver(read)
    watch.observe(element)
    return () => {
      element.removeEventListener('scroll', read)
      watch.disconnect()
    }
  }, [])
  const first = Math.max(0, Math.floor(view.top / rowHeight) - margin)
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + margin)
  const nearEnd = last > rows.length - 30
  useEffect(() => {
    if (nearEnd) more?.()
  }, [nearEnd, more])
  const shown = columns.filter((column) => column.from === undefined || media[column.from])
  const tracks = shown.map((column) => column.width).join(' ')
  const cell = (column: VirtualColumn<T>): string => `flex min-w-0 items-center ${column.end === true ? 'justify-end text-right' : ''}`
  return (
    <div ref={frame} role="table" aria-label={`${caption}, ${w.scrollable}`} aria-rowcount={more === undefined ? rows.length + 1 : -1} tabIndex={0} className="figures h-[min(74dvh,72rem)] min-h-80 overflow-auto text-[0.94rem]" data-rows={rows.length}>
      <div role="rowgroup" className="sticky top-0 z-10 min-w-fit border-b border-line bg-surface px-5">
        <div role="row" aria-rowindex={1} className="grid gap-3 text-sm font-medium text-muted" style={{ gridTemplateColumns: tracks, height: rowHeight }}>
          {shown.map((column) => <div key={column.id} role="columnheader" className={cell(column)}>{column.head}</div>)}
        </div>
      </div>
      <div role="rowgroup" className="relative min-w-fit" style={{ height: rows.length * rowHeight }}>
        {rows.slice(first, last).map((row, offset) => (
          <div key={rowKey(row)} role="row" aria-rowindex={first + offset + 2} className="absolute inset-x-0 grid gap-3 border-b border-line px-5 hover:bg-raised" style={{ gridTemplateColumns: tracks, height: rowHeight, top: (first + offset) * rowHeight }}>
            {shown.map((column) => <div key={column.id} role="cell" className={cell(column)}>{column.cell(row)}</div>)}
          </div>
        ))}
      </div>
      <div role="presentation" className="sticky left-0 py-3 text-center text-sm text-muted">{foot}</div>
    </div>
  )
}
