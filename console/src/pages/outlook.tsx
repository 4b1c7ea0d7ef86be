/** What the books say about tomorrow: one document of dated, traceable figures, a part of it at a time. */
import type { ReactNode } from 'react'
import type { Query } from '../api.ts'
import { useWords, type Words } from '../language.ts'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { useAddress, usePart } from '../parts/go.tsx'
import { Page } from '../parts/panel.tsx'
import { NotKnown, type Outlook } from '../parts/planned-figures.tsx'
import { Answered } from '../parts/states.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { paths, type OutlookView } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { Calendar } from './outlook-calendar.tsx'
import { Capacity } from './outlook-capacity.tsx'
import { Concentration } from './outlook-concentration.tsx'
import { Diversions } from './outlook-diversion.tsx'
import { GuidanceAgainstActuals } from './outlook-guidance.tsx'

const words = {
  title: ['Outlook', 'Prospettive'], intro: ['Every figure names its base, its interval, its rows and what it was checked against. Where the data is too thin, it says what is missing.', 'Ogni cifra dichiara base, intervallo, righe e verifiche. Dove i dati non bastano, dice che cosa manca.'],
  concentration: ['Concentration', 'Concentrazione'], guidance: ['Guidance', 'Previsioni'], capacity: ['Reserve, buy or make', 'Riservare, comprare o fare'], calendar: ['Calendar & signs', 'Calendario e segnali'], diversion: ['Diversion', 'Deviazione'],
  month: ['Month', 'Mese'], base: ['Base of revenue', 'Base dei ricavi'], auto: ['invoices where complete', 'fatture se complete'], invoiced: ['invoiced, net of tax', 'fatturato, al netto delle imposte'], usage: ['usage at list price', 'consumi a listino'], parts: ['Parts of the outlook', 'Parti delle prospettive'],
} as const satisfies Words

const parts = ['', 'guidance', 'capacity', 'calendar', 'diversion'] as const
type PartName = (typeof parts)[number]

/** What is asked of the planner, from the address. */
export function askedOf(search: Readonly<Record<string, string>>): Query<'GET /admin/v1/outlook'> {
  const { month, base, customer, scenario, months } = search
  const whatIf = customer === undefined || scenario === undefined ? undefined : `${customer}=${scenario === 'ramp' ? `ramp:${months ?? '6'}` : scenario}`
  return { ...(month === undefined ? {} : { month }), ...(base === 'invoiced' || base === 'usage' ? { base } : {}), ...(whatIf === undefined ? {} : { what_if: whatIf }) }
}

export function OutlookPage(): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const named = usePart('part')
  const here: PartName = parts.find((one) => one === named) ?? ''
  const names: Readonly<Record<PartName, string>> = { '': w.concentration, guidance: w.guidance, capacity: w.capacity, calendar: w.calendar, diversion: w.diversion }
  const kept: OutlookView = Object.fromEntries(Object.entries(search).filter(([name]) => name !== 'signal'))
  const found = useAsk('GET /admin/v1/outlook', { query: askedOf(search) }, { keep: true, enabled: here !== 'diversion' })
  return (
    <Page title={w.title} intro={w.intro}>
      <Tabs label={w.parts} tabs={parts.map((one) => ({ name: names[one], to: paths.outlook({ ...kept, part: one }), here: one === here }))} />
      {here === 'diversion' ? <Diversions /> : (
        <>
          <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-3 sm:grid-cols-2">
            <TextField label={w.month} value={search['month'] ?? ''} placeholder="2026-11" onChange={(month) => change({ month })} />
            <ChoiceField label={w.base} value={search['base'] ?? ''} onChange={(base) => change({ base })} options={[['', w.auto], ['invoiced', w.invoiced], ['usage', w.usage]]} />
          </div>
          <Answered asked={found} rows={8}>{(answer) => (answer.outlook === undefined ? <NotKnown missing={answer.missing ?? []} /> : <Shown part={here} outlook={answer.outlook} />)}</Answered>
        </>
      )}
    </Page>
  )
}

function Shown({ part, outlook }: { readonly part: PartName; readonly outlook: Outlook }): ReactNode {
  switch (part) {
    case 'guidance': return <GuidanceAgainstActuals outlook={outlook} />
    case 'capacity': return <Capacity outlook={outlook} />
    case 'calendar': return <Calendar outlook={outlook} />
    default: return <Concentration outlook={outlook} />
  }
}
