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
  never: ['A unit costs more than the tokens it carries at full use: reserve for latency and capacity, never for cost.', 'Un’unità costa più dei token che porta a pieno uso: si riserva per latenza e capacità, mai per il costo.'], noUnits: ['No count of units costs less than paying by the token on this load.', 'Con questo carico nessun numero di unità costa meno che pagare a token.'],
  units: [(units: string) => `${units} units cost least on this load. A reservation holds a price, not capacity: deploy first, reserve after.`, (units: string) => `Con questo carico ${units} unità costano meno di tutto. Una riserva fissa un prezzo, non la capacità: prima si installa, poi si riserva.`],
  above: ['Today’s volume is above break-even at every end of the inputs; whether quality is equal is not said here.', 'Il volume di oggi supera il pareggio a ogni estremo dei dati; qui non si dice se la qualità è pari.'], inside: ['Today’s volume lies inside the range: what decides first is named first.', 'Il volume di oggi sta nell’intervallo: ciò che decide per primo è detto per primo.'], below: ['Today’s volume is below break-even at every end of the inputs.', 'Il volume di oggi è sotto il pareggio a ogni estremo dei dati.'],
  mixBase: [(currency: string) => `Input and output tokens; amounts at list or stated internal price, ${currency}; what a deployment is, as declared today.`, (currency: string) => `Token di ingresso e di uscita; importi a listino o a prezzo interno dichiarato, ${currency}; ogni deployment come è dichiarato oggi.`],
} as const satisfies Words

/** Inputs of make or buy as the planner calls them. */
const inputNames = {
  price: ['Price of a bought token', 'Prezzo di un token comprato'], variableCost: ['Variable cost of an own token', 'Costo variabile di un token proprio'], build: ['Build', 'Costruzione'], amortisationMonths: ['Months to write it off', 'Mesi di ammortamento'], operations: ['Operations', 'Esercizio'],
  unitMonth: ['An accelerator for a month', 'Un acceleratore al mese'], unitTokens: ['Tokens of an accelerator', 'Token di un acceleratore'], utilisation: ['Utilisation', 'Utilizzo'],
} as const satisfies Words

type Reservation = Extract<Outlook['reservations'][number], { readonly status: 'known' }>['advice'][number]

/** The advice of a reservation in words, from its own figures. */
function useReservationSaid(): (advice: Reservation) => string {
  const w = useWords(words)
  const format = useFormat()
  return ({ figures }) => {
    const value = (name: string): number => Number(figures.find((figure) => figure.name === name)?.value ?? '0')
    if (value('share of the time that a unit must be in use to pay') >= 100) return w.never
    return value('units to reserve') === 0 || value('saving') <= 0 ? w.noUnits : w.units(format.count(value('units to reserve')))
  }
}

export function Capacity({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const said = useReservationSaid()
  return (
    <>
      <Mix outlook={outlook} />
      <Panel title={w.reserve}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
          {outlook.reservations.length === 0 ? <Empty icon="outlook" title={w.none} /> : outlook.reservations.map((each) => (
            <section key={each.model} aria-label={`${w.reserve}: ${each.model}`} className="grid grid-cols-[minmax(0,1fr)] gap-4">
              <h3 className="font-semibold">{each.model}</h3>
              {each.status === 'missing' ? <NotKnown missing={each.missing} /> : each.advice.map((advice) => (
                <div key={advice.term} className="grid grid-cols-[minmax(0,1fr)] gap-3 border-l-2 border-line pl-4"><p className="font-medium">{advice.term === 'month' ? w.byMonth : w.byYear}: <span className="font-normal">{said(advice)}</span></p><PlannedFigures figures={advice.figures} title={`${w.reserve}: ${each.model}`} /></div>
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
  const names = useWords(inputNames)
  const named = (name: string): string => (name in names ? names[name as keyof typeof inputNames] : name)
  const short = (value: string, unit: string): string => (Math.abs(Number(value)) < 0.01 && Number(value) !== 0 ? Number(value).toPrecision(3) : sayValue(value, unit, format))
  return (
    <>
      <p>{w[advice.verdict]}</p>
      <PlannedFigures figures={advice.figures} title={`${w.makeOrBuy}: ${advice.model}`} />
      <Table caption={`${w.inputs}: ${advice.model}`} rows={advice.inputs} rowKey={(row) => row.name} columns={[
        { id: 'name', head: w.input, wrap: true, cell: (row) => named(row.name) }, { id: 'low', head: w.low, end: true, cell: (row) => <span title={row.low}>{short(row.low, row.unit)}</span> }, { id: 'high', head: w.high, end: true, cell: (row) => <span title={row.high}>{short(row.high, row.unit)}</span> },
        { id: 'unit', head: w.unit, cell: (row) => row.unit, from: 'sm' }, { id: 'source', head: w.source, wrap: true, cell: (row) => <span className="text-sm break-all text-muted">{row.source.kind} {row.source.id} · {row.source.date}</span>, from: 'lg' },
      ]} />
      <div><p className="text-sm text-muted">{w.decides}</p><ol className="mt-1 grid list-decimal gap-0.5 pl-5 text-sm">{advice.decides.map((one) => <li key={one}>{named(one.split(':')[0] ?? '')}<span lang="en">{one.slice(one.indexOf(':'))}</span></li>)}</ol></div>
    </>
  )
}

function Mix({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const names = useMemo((): Readonly<Record<string, string>> => ({ 'pay-as-you-go': w.payg, provisioned: w.provisioned, 'in-house': w.inHouse, undeclared: w.undeclared }), [w])
  const stacks = outlook.mix.months.map((month) => ({ period: month.period, total: format.short(Number(month.tokens)), parts: month.shares.map((one) => ({ name: names[one.capacity] ?? one.capacity, share: Number(one.share ?? '0') / 100, value: one.tokens })) }))
  return <Panel title={w.mix} note={w.mixBase(outlook.currency)}><StackedBars title={w.mixTitle} period={w.month} total={w.tokens} names={Object.values(names)} stacks={stacks} say={format.percent} /></Panel>
}
