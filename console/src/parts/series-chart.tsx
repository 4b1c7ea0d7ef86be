/** Series over time: a chart with its unit, the values under the pointer, and the same figures as a table. */
import { lazy, Suspense, useId, type ReactNode } from 'react'
import { useWords } from '../language.ts'
import { Table } from './table.tsx'
import { shared } from './words.ts'

const Canvas = lazy(async () => ({ default: (await import('./series-canvas.tsx')).SeriesCanvas }))

export interface Series {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** A range around the values, drawn behind them. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] }
}

export interface SeriesChartProps {
  readonly title: string
  /** Of the vertical axis, such as USD per hour. */
  readonly unit: string
  /** Milliseconds, ascending. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly say: (value: number) => string
  readonly sayTime: (ms: number) => string
  readonly height?: number
  readonly bars?: boolean
  /** Values may be negative, or far from nothing: the axis follows them instead of beginning at zero. */
  readonly signed?: boolean
}

export function SeriesChart(props: SeriesChartProps): ReactNode {
  const w = useWords(shared)
  const id = useId()
  const { title, unit, times, series, say, sayTime, height = 220 } = props
  return (
    <figure aria-labelledby={id} className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <figcaption id={id} className="text-sm text-muted">{title} · {unit}</figcaption>
      <Suspense fallback={<div className="skeleton" style={{ height }} />}><Canvas {...props} height={height} /></Suspense>
      <details className="text-sm">
        <summary className="w-fit text-muted hover:text-ink">{w.asTable}</summary>
        <div className="mt-2 max-h-80 overflow-y-auto px-5" tabIndex={0} role="region" aria-label={title}>
          <Table caption={`${title} · ${unit}`} rows={times.map((time, index) => ({ time, index })).toReversed()} rowKey={(row) => String(row.time)}
            columns={[{ id: 'time', head: w.time, cell: (row) => sayTime(row.time) }, ...series.map((one) => ({ id: one.name, head: one.name, end: true, cell: (row: { readonly index: number }) => sayAt(one, row.index, say) }))]} />
        </div>
      </details>
    </figure>
  )
}

function sayAt(one: Series, index: number, say: (value: number) => string): string {
  const [value, low, high] = [one.values[index], one.band?.low[index], one.band?.high[index]]
  if (value === null || value === undefined) return '–'
  return low === null || low === undefined || high === null || high === undefined ? say(value) : `${say(low)} – ${say(high)}`
}
