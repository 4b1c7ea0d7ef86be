/** Reserve units, buy by the token, or make: advice with ranges and inputs, and what the mix was. */
import { useMemo, type ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Panel } from '../parts/panel.tsx'
import { NotKnown, PlannedFigures, sayValue, type Outlook } from '../parts/planned-figures.tsx'
import { StackedBars } from '../parts/stacked-bars.tsx'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'

const words = {
  mix: ['The live mix', 'Il mix reale'], mixTitle: ['Share of tokens by how they were had', 'Quota dei token per come sono stati ottenuti'], payg: ['by the token', 'a token'], provisioned: ['reserved units', 'unità riservate'], inHouse: ['in-house', 'in proprio'], undeclared: ['no longer declared', 'non più dichiarati'], month: ['Month', 'Mese'], tokens: ['Tokens', 'Token'],
  reserve: ['Reserve', 'Riservare'], makeOrBuy: ['Make or buy', 'Fare o comprare'], byMonth: ['by the month', 'al mese'], byYear: ['by the year', 'all’anno'], none: ['No model is bought by the token', 'Nessun modello comprato a token'], inputs: ['Inputs and their ranges', 'Dati e loro intervalli'], input: ['Input', 'Dato'], low: ['low', 'minimo'], high: ['high', 'massimo'], unit: ['Unit', 'Unità'], source: ['Row', 'Riga'], decides: ['What decides, the most first', 'Che cosa decide, in ordine'],
} as const satisfies Words

export function Capacity({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  return (
    <>
      <Mix outlook={outlook} />
      <Panel title={w.reserve}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
          {outlook.reservations.length === 0 ? <Empty icon="outlook" title={w.none} /> : outlook.reservations.map((each) => (
            <section key={each.model} aria-label={`${w.reserve}: ${each.model}`} className="grid grid-cols-[minmax(0,1fr)] gap-4">
              <h3 className="font-semibold">{each.model}</h3>
              {each.status === 'missing' ? <NotKnown missing={each.missing} /> : each.advice.map((advice) => (
                <div key={advice.term} className="grid grid-cols-[minmax(0,1fr)] gap-3 border-l-2 border-line pl-4"><p className="font-medium">{advice.term === 'month' ? w.byMonth : w.byYear}: <span lang="en" className="font-normal">{advice.says}</span></p><PlannedFigures figures={advice.figures} title={`${w.reserve}: ${each.model}`} /></div>
              ))}
            </section>
          ))}
        </div>
      </Panel>
      <Panel title={w.makeOrBuy}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
          {outlook.makeOrBuy.length === 0 ? <Empty icon="outlook" title={w.none} /> : outlook.makeOrBuy.map((each) => (
            <section key={each.model} aria-label={`${w.makeOrBuy}: ${each.model}`} className="grid grid-cols-[minmax(0,1fr)] gap-4">
              <h3 className="font-semibold">{each.model}</h3>
              {each.status === 'missing' ? <NotKnown missing={each.missing} /> : <Advice advice={each.advice} />}
            </section>
          ))}
        </div>
      </Panel>
    </>
  )
}

type MakeOrBuy = Extract<Outlook['makeOrBuy'][number], { readonly status: 'known' }>['advice']

function Advice({ advice }: { readonly advice: MakeOrBuy }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const short = (value: string, unit: string): string => (Math.abs(Number(value)) < 0.01 && Number(value) !== 0 ? Number(value).toPrecision(3) : sayValue(value, unit, format))
  return (
    <>
      <p lang="en">{advice.says}</p>
      <PlannedFigures figures={advice.figures} title={`${w.makeOrBuy}: ${advice.model}`} />
      <Table caption={`${w.inputs}: ${advice.model}`} rows={advice.inputs} rowKey={(row) => row.name} columns={[
        { id: 'name', head: w.input, wrap: true, cell: (row) => row.name }, { id: 'low', head: w.low, end: true, cell: (row) => <span title={row.low}>{short(row.low, row.unit)}</span> }, { id: 'high', head: w.high, end: true, cell: (row) => <span title={row.high}>{short(row.high, row.unit)}</span> },
        { id: 'unit', head: w.unit, cell: (row) => row.unit, from: 'sm' }, { id: 'source', head: w.source, wrap: true, cell: (row) => <span className="text-sm break-all text-muted">{row.source.kind} {row.source.id} · {row.source.date}</span>, from: 'lg' },
      ]} />
      <div><p className="text-sm text-muted">{w.decides}</p><ol lang="en" className="mt-1 grid list-decimal gap-0.5 pl-5 text-sm">{advice.decides.map((one) => <li key={one}>{one}</li>)}</ol></div>
    </>
  )
}

function Mix({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const names = useMemo((): Readonly<Record<string, string>> => ({ 'pay-as-you-go': w.payg, provisioned: w.provisioned, 'in-house': w.inHouse, undeclared: w.undeclared }), [w])
  const stacks = outlook.mix.months.map((month) => ({ period: month.period, total: format.short(Number(month.tokens)), parts: month.shares.map((one) => ({ name: names[one.capacity] ?? one.capacity, share: Number(one.share ?? '0') / 100, value: one.tokens })) }))
  return <Panel title={w.mix} note={<span lang="en">{outlook.mix.base}</span>}><StackedBars title={w.mixTitle} period={w.month} total={w.tokens} names={Object.values(names)} stacks={stacks} say={format.percent} /></Panel>
}
