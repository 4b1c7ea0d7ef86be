/** Who the business hangs on, and what one customer's going would do; the what-if stands in the address. */
import { useMemo, type ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Icon } from '../parts/icon.tsx'
import { Bar, Panel } from '../parts/panel.tsx'
import { Known, type Outlook, PlannedFigures, sayValue, Sentences } from '../parts/planned-figures.tsx'
import { ScenarioTable } from '../parts/scenario-table.tsx'
import { SeriesChart } from '../parts/series-chart.tsx'
import { Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'

const words = {
  who: ['Who the revenue hangs on', 'Da chi dipendono i ricavi'], customer: ['Customer', 'Cliente'], amount: ['Amount', 'Importo'], share: ['Share', 'Quota'], points: ['Index points', 'Punti d’indice'], pace: ['Pace and retention', 'Ritmo e ritenzione'],
  whatIf: ['What if', 'E se'], choose: ['nobody', 'nessuno'], happens: ['Scenario', 'Scenario'], leaves: ['leaves', 'se ne va'], halves: ['halves', 'dimezza'], doubles: ['doubles', 'raddoppia'], ramp: ['ramps away', 'se ne va a poco a poco'], stays: ['stays', 'resta'], months: ['Months until gone', 'Mesi fino all’uscita'],
  ask: ['Choose a customer to see what its going would do.', 'Scegli un cliente per vedere che cosa farebbe la sua uscita.'], month: ['Month', 'Mese'], now: ['now', 'ora'], revenue: ['Revenue', 'Ricavi'], margin: ['Margin', 'Margine'], payable: ['Owed to suppliers and makers', 'Dovuto a fornitori e produttori'], unfilled: ['Commitments unfilled', 'Impegni non coperti'], idle: ['Idle assets', 'Beni inattivi'],
  over: ['Month by month after today', 'Mese per mese da oggi'], perMonth: [(currency: string) => `${currency} a month`, (currency: string) => `${currency} al mese`], assumes: ['It assumes', 'Presuppone'], then: ['after twelve months', 'dopo dodici mesi'], change: ['Change', 'Variazione'], figure: ['Figure', 'Cifra'],
  large: [(customer: string, share: string) => `${customer} is ${share} of revenue (10 % and more is named; our threshold, no rule).`, (customer: string, share: string) => `${customer} è il ${share} dei ricavi (si segnala dal 10 % in su; soglia nostra, non una regola).`],
  concentrated: ['The concentration index is above 1,800 (our threshold, no rule).', 'L’indice di concentrazione supera 1800 (soglia nostra, non una regola).'],
} as const satisfies Words

type Section = Extract<Outlook['concentration'], { readonly status: 'known' }>

/** A flag for each large customer comes first; one more is the index's. */
function Flags({ customers, flags }: Pick<Section, 'customers' | 'flags'>): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const large = customers.filter((one) => one.large)
  const said = [...large.map((one) => w.large(one.customer, format.percent(Number(one.share) / 100))), ...(flags.length > large.length ? [w.concentrated] : [])]
  return said.length === 0 ? null : <ul className="grid gap-1 rounded-xl bg-warn-tint px-4 py-3">{said.map((flag) => <li key={flag} className="flex gap-2 break-words"><Icon name="alert" className="text-warn" />{flag}</li>)}</ul>
}

export function Concentration({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return (
    <>
      <Panel title={w.who}>
        <Known of={outlook.concentration}>{({ figures, customers, flags }) => (
          <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
            <PlannedFigures figures={figures} title={w.who} />
            <Flags customers={customers} flags={flags} />
            <Table caption={w.who} rows={customers.slice(0, 25)} rowKey={(row) => row.customer} columns={[
              { id: 'customer', head: w.customer, cell: (row) => <Go to={paths.money({ organization: row.customer })}>{row.customer}</Go> }, { id: 'amount', head: w.amount, end: true, cell: (row) => <span title={row.amount}>{sayValue(row.amount, outlook.currency, format)}</span> },
              { id: 'bar', head: <span className="sr-only">{w.share}</span>, cell: (row) => <div className="min-w-24"><Bar label={`${row.customer}: ${row.share} %`} parts={[{ share: Number(row.share) / 100, tone: row.large ? 'held' : 'used' }]} /></div>, from: 'md' },
              { id: 'share', head: w.share, end: true, cell: (row) => `${format.count(Number(row.share))} %` }, { id: 'points', head: w.points, end: true, cell: (row) => format.count(Number(row.points)), from: 'sm' },
            ]} />
          </div>
        )}</Known>
      </Panel>
      <WhatIf outlook={outlook} />
      <Panel title={w.pace}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-2">
          <Known of={outlook.runRate}>{({ figures }) => <PlannedFigures figures={figures} title={w.pace} />}</Known>
          <Known of={outlook.retention}>{({ figures }) => <PlannedFigures figures={figures} title={w.pace} />}</Known>
        </div>
      </Panel>
    </>
  )
}

function WhatIf({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const customers = outlook.concentration.status === 'known' ? outlook.concentration.customers.map((row) => row.customer) : []
  const scenario = (['leaves', 'halves', 'doubles', 'ramp', 'stays'] as const).find((one) => one === search['scenario']) ?? 'leaves'
  return (
    <Panel title={w.whatIf}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-3 sm:grid-cols-3">
          <ChoiceField label={w.customer} value={search['customer'] ?? ''} onChange={(customer) => change({ customer, scenario: customer === '' ? '' : scenario })} options={[['', w.choose], ...customers.map((one) => [one, one] as const)]} />
          <ChoiceField label={w.happens} value={scenario} onChange={(to) => change({ scenario: to, months: to === 'ramp' ? (search['months'] ?? '6') : '' })} options={[['leaves', w.leaves], ['halves', w.halves], ['doubles', w.doubles], ['ramp', w.ramp], ['stays', w.stays]]} />
          {scenario === 'ramp' ? <TextField label={w.months} type="number" value={search['months'] ?? '6'} onChange={(months) => change({ months })} /> : null}
        </div>
        {outlook.whatIf === undefined ? <p className="text-muted">{w.ask}</p> : <Known of={outlook.whatIf}>{(found) => <After found={found} currency={outlook.currency} />}</Known>}
      </div>
    </Panel>
  )
}

type Found = Extract<NonNullable<Outlook['whatIf']>, { readonly status: 'known' }>
type MonthAfter = Found['before']
const added = (parts: Readonly<Record<string, string>>): number => Object.values(parts).reduce((total, one) => total + Number(one), 0)

function After({ found, currency }: { readonly found: Found; readonly currency: string }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const months = useMemo(() => [found.before, ...found.months], [found])
  const say = useMemo(() => (value: number) => sayValue(String(Math.round(value)), currency, format), [currency, format])
  const sayMonth = useMemo(() => (ms: number) => (ms === 0 ? w.now : `+${ms / 1_000}`), [w])
  const series = useMemo(() => [{ name: w.revenue, values: months.map((one) => Number(one.revenue)) }, { name: w.margin, values: months.map((one) => Number(one.margin)) }], [months, w])
  const times = useMemo(() => months.map((one) => one.month * 1_000), [months])
  const last = found.months.at(-1) ?? found.before
  const rows = ([[w.revenue, (one: MonthAfter) => Number(one.revenue), 1], [w.payable, (one: MonthAfter) => added(one.payable), -1], [w.unfilled, (one: MonthAfter) => added(one.shortfall), -1], [w.idle, (one: MonthAfter) => added(one.idle), -1], [w.margin, (one: MonthAfter) => Number(one.margin), 1]] as const)
    .map(([name, of, good]) => ({ name, now: say(of(found.before)), then: say(of(last)), change: of(last) === of(found.before) ? '' : `${of(last) > of(found.before) ? '+' : '−'}${say(Math.abs(of(last) - of(found.before)))}`, bad: (of(last) - of(found.before)) * good < 0 }))
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6 2xl:grid-cols-2">
        <ScenarioTable title={`${w.whatIf}: ${found.scenario}`} heads={{ figure: w.figure, now: w.now, then: w.then, change: w.change }} rows={rows} />
        <SeriesChart title={w.over} unit={w.perMonth(currency)} times={times} series={series} say={say} sayTime={sayMonth} signed />
      </div>
      <PlannedFigures figures={found.figures} title={w.whatIf} />
      <div className="text-sm"><p className="text-muted">{w.assumes}</p><Sentences of={found.assumes} /></div>
    </div>
  )
}
