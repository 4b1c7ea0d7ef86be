/** What a model has cost over time: every row ever recorded, drawn by meter where there is more than one date. */
import { useMemo, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Panel } from '../parts/panel.tsx'
import { SeriesChart } from '../parts/series-chart.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useAsk } from '../queries.ts'

const words = {
  title: [(m: string) => `Prices of ${m} over time`, (m: string) => `Prezzi di ${m} nel tempo`], unit: [(c: string) => `${c} per million`, (c: string) => `${c} al milione`], meter: ['Meter', 'Contatore'], list: ['List', 'Listino'], from: ['In force from', 'In vigore dal'], recorded: ['Recorded', 'Registrato'], perMillion: ['Per million', 'Al milione'], source: ['Source', 'Fonte'], none: ['No price was recorded', 'Nessun prezzo registrato'], tier: ['Tier', 'Livello'],
} as const satisfies Words

type Price = Answer<'GET /admin/v1/prices/history'>['data'][number]

export function PriceHistory({ model }: { readonly model: string }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const history = useAsk('GET /admin/v1/prices/history', { query: { model } })
  return (
    <Panel title={w.title(model)}>
      <Answered asked={history}>{({ data }) => (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
          <Drawn model={model} rows={data} />
          <Table caption={w.title(model)} rows={data.toReversed()} rowKey={(row) => row.id} empty={<Empty icon="money" title={w.none} />} columns={[
            { id: 'from', head: w.from, cell: (row) => format.date(row.effective_from) }, { id: 'meter', head: w.meter, cell: (row) => row.meter }, { id: 'list', head: w.list, cell: (row) => row.list, from: 'sm' }, { id: 'tier', head: w.tier, cell: (row) => row.tier, from: 'md' }, { id: 'price', head: w.perMillion, end: true, cell: (row) => format.money(row.per_million, row.currency) },
            { id: 'recorded', head: w.recorded, cell: (row) => format.date(row.recorded_at), from: 'lg' }, { id: 'source', head: w.source, wrap: true, cell: (row) => <span className="text-sm text-muted">{row.source}</span>, from: 'xl' },
          ]} />
        </div>
      )}</Answered>
    </Panel>
  )
}

/** One list's default prices by meter, each held until the next. */
function Drawn({ model, rows }: { readonly model: string; readonly rows: readonly Price[] }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const at = useMinute()
  const [first] = rows
  const own = useMemo(() => rows.filter((row) => row.list === first?.list && row.tier === 'default' && row.above_input === 0 && row.currency === first.currency), [rows, first])
  const [times, series] = useMemo(() => {
    const dates = [...new Set(own.map((row) => Date.parse(row.effective_from)))].filter((time) => time > 0 && time <= at).toSorted((a, b) => a - b)
    // A step is two points: the price before and the price from then on.
    const ticks = dates.flatMap((time, index) => (index === 0 ? [time] : [time - 1, time])).concat(at)
    const meters = [...new Set(own.map((row) => row.meter))]
    const priceAt = (meter: string, time: number): number | null => { const found = own.filter((row) => row.meter === meter && Date.parse(row.effective_from) <= time).at(-1); return found === undefined ? null : Number(found.per_million) }
    return [ticks, meters.map((meter) => ({ name: meter, values: ticks.map((time) => priceAt(meter, time)) }))] as const
  }, [own, at])
  const say = useMemo(() => (value: number) => format.money(String(value), first?.currency ?? 'USD'), [format, first])
  if (times.length < 4) return null
  return <SeriesChart title={w.title(model)} unit={w.unit(first?.currency ?? 'USD')} times={times} series={series} say={say} sayTime={format.date} />
}
