/** Draws series with uPlot, loaded when the first chart is shown. */
import { useEffect, useRef, useState, type ReactNode } from 'react'
import Plot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useTheme } from '../appearance.ts'
import { useFormat } from '../format.ts'
import type { SeriesChartProps } from './series-chart.tsx'

const hues = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6'] as const
const swatches = ['bg-s1', 'bg-s2', 'bg-s3', 'bg-s4', 'bg-s5', 'bg-s6'] as const

/** So few times are named on the axis as they are; of more, round ones. */
const fewTimes = 13
const labelWidth = 76
/** Values with longer names are named short on their axis: the unit stands above it. */
const namesMax = 10

/** The times themselves, in seconds, as many as their names fit. */
function spread(times: readonly number[], width: number): number[] {
  const step = Math.max(1, Math.ceil((times.length * labelWidth) / Math.max(1, width - 90)))
  return times.filter((_, index) => index % step === 0).map((time) => time / 1_000)
}

/** Series that have a range around them: its two ends are drawn after all values. */
const bandsOf = (series: SeriesChartProps['series']) => series.flatMap(({ band }, index) => (band === undefined ? [] : [{ band, index }]))

/** Room above and below, and never a flat line on the edge. */
function around(low: number | null, high: number | null): [number, number] {
  const [least, most] = [low ?? 0, high ?? 1]
  const room = (most - least || Math.abs(most) || 1) * 0.12
  return [least > 0 && least - room < 0 ? 0 : least - room, most + room]
}

export function SeriesCanvas({ title, times, series, say, sayTime, height = 220, bars = false, signed = false }: SeriesChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  const format = useFormat()
  const [under, setUnder] = useState<number | null>(null)
  useEffect(() => {
    const home = place.current
    if (home === null) return
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string): string => style.getPropertyValue(name).trim()
    const paths = bars ? Plot.paths.bars?.({ size: [0.7, 46], radius: 0.15 }) : undefined
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' }
    const plot = new Plot({
      width: Math.max(200, home.clientWidth), height, legend: { show: false }, padding: [8, 8, 0, 0],
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: { y: { range: (_plot, low, high) => (signed ? around(low, high) : [0, high > 0 ? high * 1.1 : 1]) } },
      bands: bandsOf(series).map(({ index }, at) => ({ series: [series.length + 2 * at + 2, series.length + 2 * at + 1], fill: `${colour(hues[index % hues.length] ?? '--s1')}38` })),
      axes: [{ ...axis, grid: { show: false }, values: (_plot, ticks) => ticks.map((tick) => sayTime(tick * 1_000)), space: 92, size: 30, ...(times.length <= fewTimes ? { splits: (drawn: Plot) => spread(times, drawn.width) } : {}) }, { ...axis, values: (_plot, ticks) => { const said = ticks.map(say); return said.some((one) => one.length > namesMax) ? ticks.map(format.short) : said }, size: 74 }],
      series: [{}, ...series.map((one, index) => ({
        label: one.name, stroke: colour(hues[index % hues.length] ?? '--s1'), width: 2, spanGaps: false, points: { show: !bars && (times.length < 3 || one.values.some((value, at) => value !== null && (one.values[at - 1] ?? null) === null && (one.values[at + 1] ?? null) === null)) },
        ...(series.length === 1 || bars ? { fill: `${colour(hues[index % hues.length] ?? '--s1')}${bars ? 'd9' : '22'}` } : {}), ...(paths === undefined ? {} : { paths }),
      })), ...bandsOf(series).flatMap(({ index }) => [0, 1].map(() => ({ stroke: `${colour(hues[index % hues.length] ?? '--s1')}55`, width: 1, points: { show: false } })))],
      hooks: { setCursor: [(drawn) => setUnder(drawn.cursor.idx ?? null)] },
    }, [times.map((time) => time / 1_000), ...series.map((one) => [...one.values]), ...bandsOf(series).flatMap(({ band }) => [[...band.low], [...band.high]])] as Plot.AlignedData, home)
    const watch = new ResizeObserver(() => plot.setSize({ width: Math.max(200, home.clientWidth), height }))
    watch.observe(home)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [times, series, theme, height, bars, signed, say, sayTime, format])
  const at = under ?? times.length - 1
  const time = times[at]
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <div ref={place} role="img" aria-label={title} style={{ minHeight: height }} />
      <div className="figures flex flex-wrap gap-x-4 gap-y-1 text-sm" aria-hidden="true">
        <span className="text-muted">{time === undefined ? '' : sayTime(time)}</span>
        {series.map((one, index) => <span key={one.name} className="inline-flex min-w-0 items-center gap-1.5"><span className={`size-2.5 shrink-0 rounded-sm ${swatches[index % swatches.length] ?? ''}`} /><span className="truncate">{one.name}</span><strong className="font-semibold">{one.values[at] === null || one.values[at] === undefined ? '–' : say(one.values[at])}</strong></span>)}
      </div>
    </div>
  )
}
