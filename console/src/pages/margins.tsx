/** What a month left: margin per customer and model, and what each party had of it. */
import { lazy, Suspense, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { saveCsv } from '../csv.ts'
import { compare, exact, share, sum } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { asMonth, monthAt, spanOf } from '../months.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Figure, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const Flow = lazy(async () => ({ default: (await import('../parts/money-flow.tsx')).MoneyFlow }))

const words = {
  title: ['Margins & value', 'Margini e valore'], intro: ['Revenue is what was billed; cost is the maker’s share, the supplier’s contract, or the list price where neither is agreed.', 'Il ricavo è quanto fatturato; il costo è la quota del produttore, il contratto del fornitore o, in mancanza, il listino.'], month: ['Month', 'Mese'], currency: ['Currency', 'Valuta'], revenue: ['Revenue', 'Ricavi'], cost: ['Cost', 'Costi'], margin: ['Margin', 'Margine'], ofRevenue: [(p: string) => `${p} of revenue`, (p: string) => `${p} dei ricavi`],
  perCustomer: ['Margin per customer and model', 'Margine per cliente e modello'], basis: ['Cost from', 'Costo da'], inHouse: [(amount: string) => `own machines: ${amount}`, (amount: string) => `macchine proprie: ${amount}`], agreement: ['agreement', 'accordo'], 'supplier-contract': ['supplier’s contract', 'contratto fornitore'], list: ['list price', 'listino'], 'no-model': ['no model', 'nessun modello'], listValue: ['List', 'Listino'], none: ['Nothing was used in this month', 'Nessun uso in questo mese'], noneHint: ['Revenue appears once the month’s invoices are issued.', 'I ricavi compaiono dopo l’emissione delle fatture del mese.'], export: ['Export CSV', 'Esporta CSV'],
  notBilled: ['The month is not billed yet: revenue stands at zero until its invoices are issued.', 'Il mese non è ancora fatturato: i ricavi restano a zero fino all’emissione.'], value: ['What each party had', 'Cosa ha avuto ogni parte'], customer: ['customer', 'cliente'], channel: ['channel', 'canale'], maker: ['maker', 'produttore'], self: ['This channel', 'Questo canale'], flow: ['Where the money went', 'Dove è andato il denaro'],
} as const satisfies Words

type Margin = Answer<'GET /admin/v1/margins'>['data'][number]
type Value = Answer<'GET /admin/v1/value'>['data'][number]

export function MarginsPage(): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const month = asMonth(search['month'], monthAt(useMinute()))
  const currency = /^[A-Z]{3}$/.test(search['currency'] ?? '') ? (search['currency'] ?? 'USD') : 'USD'
  const margins = useAsk('GET /admin/v1/margins', { query: { month, currency } })
  const value = useAsk('GET /admin/v1/value', { query: { month, currency } })
  return (
    <MoneyFrame title={w.title} intro={w.intro}>
      <div className="grid max-w-md grid-cols-2 gap-3">
        <TextField label={w.month} type="month" value={month} onChange={(next) => change({ month: next })} />
        <TextField label={w.currency} value={search['currency'] ?? 'USD'} onChange={(next) => change({ currency: next.toUpperCase() })} pattern="[A-Z]{3}" />
      </div>
      <Answered asked={margins} rows={8}>{({ data }) => (data.length === 0 ? <Panel title={w.perCustomer}><Empty icon="money" title={w.none}>{w.noneHint}</Empty></Panel> : <Filled rows={data} currency={currency} month={month} />)}</Answered>
      <Answered asked={value}>{({ data }) => (data.some((one) => one.role !== 'channel') ? <Values values={data} /> : null)}</Answered>
    </MoneyFrame>
  )
}

function Filled({ rows, currency, month }: { readonly rows: readonly Margin[]; readonly currency: string; readonly month: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const money = (amount: string): string => format.money(amount, currency)
  const revenue = sum(rows.map((row) => row.revenue))
  const margin = sum(rows.map((row) => row.margin))
  const rate = (part: string, whole: string): string => (exact(whole) === 0n ? '–' : format.percent(share(part, whole)))
  const save = (): void => saveCsv(`weir-margins-${month}-${currency}`, [['month', 'organization', 'model', 'maker', 'supplier', 'currency', 'calls', 'list', 'revenue', 'cost', 'basis', 'margin', 'in_house_cost'], ...rows.map((row) => [row.month, row.organization, row.model, row.maker, row.supplier, row.currency, row.calls, row.list, row.revenue, row.cost, row.basis, row.margin, row.in_house_cost ?? ''])])
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        <Figure label={w.revenue} value={money(revenue)} note={exact(revenue) === 0n ? w.notBilled : ' '} />
        <Figure label={w.cost} value={money(sum(rows.map((row) => row.cost)))} />
        <Figure label={w.margin} value={money(margin)} note={exact(revenue) === 0n ? ' ' : w.ofRevenue(rate(margin, revenue))} tone={exact(margin) < 0n ? 'bad' : undefined} />
      </div>
      {exact(revenue) === 0n ? null : <Panel title={w.flow}><Suspense fallback={<div className="skeleton h-80" />}><Flow rows={rows} currency={currency} title={w.flow} /></Suspense></Panel>}
      <Panel title={w.perCustomer} actions={<Button small icon="download" onClick={save}>{w.export}</Button>}>
        <Table caption={w.perCustomer} rows={rows.toSorted((a, b) => compare(b.revenue, a.revenue))} rowKey={(row) => `${row.organization} ${row.model} ${row.maker} ${row.supplier}`} columns={[
          { id: 'organization', head: s.organization, cell: (row) => <span className="font-medium">{row.organization}</span> }, { id: 'model', head: s.model, wrap: true, cell: (row) => <>{row.model}<p className="text-sm text-muted">{row.maker} · {row.supplier}</p></> },
          { id: 'calls', head: s.calls, end: true, cell: (row) => <Go to={paths.calls({ organization: row.organization, model: row.model, ...spanOf(month) })} label={`${format.count(row.calls)} ${s.calls}, ${row.organization}, ${row.model}`}>{format.count(row.calls)}</Go>, from: 'md' }, { id: 'list', head: w.listValue, end: true, cell: (row) => money(row.list), from: 'xl' },
          { id: 'revenue', head: w.revenue, end: true, cell: (row) => money(row.revenue) }, { id: 'cost', head: w.cost, end: true, cell: (row) => <>{money(row.cost)}{row.in_house_cost === null ? null : <p className="text-sm text-muted">{w.inHouse(money(row.in_house_cost))}</p>}</>, from: 'sm' }, { id: 'basis', head: w.basis, cell: (row) => <Badge tone={row.basis === 'list' ? 'warn' : 'plain'}>{w[row.basis]}</Badge>, from: 'lg' },
          { id: 'margin', head: w.margin, end: true, cell: (row) => <span className={`font-medium ${exact(row.margin) < 0n ? 'text-bad' : ''}`}>{money(row.margin)}</span> }, { id: 'rate', head: '%', end: true, cell: (row) => rate(row.margin, row.revenue), from: 'md' },
        ]} />
      </Panel>
    </>
  )
}

const labels: Readonly<Record<string, readonly [string, string]>> = {
  calls: ['Calls', 'Chiamate'], 'value at list price': ['Value at list price', 'Valore a listino'], billed: ['Billed', 'Fatturato'], 'saved against list price': ['Saved against list price', 'Risparmio sul listino'], 'share of all revenue': ['Share of all revenue', 'Quota dei ricavi'], 'sales of its models': ['Sales of its models', 'Vendite dei suoi modelli'],
  'cost of its models': ['Cost of its models', 'Costo dei suoi modelli'], 'owed to it': ['Owed to it', 'Dovuto'], 'compute it used and owes': ['Compute it used and owes', 'Calcolo usato e dovuto'], 'net paid to it': ['Net paid to it', 'Netto pagato'], revenue: ['Revenue', 'Ricavi'], 'cost of models': ['Cost of models', 'Costo dei modelli'], margin: ['Margin', 'Margine'], 'largest customer': ['Largest customer', 'Cliente maggiore'],
}

function Values({ values }: { readonly values: readonly Value[] }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const named = useWords(labels as Words) as Readonly<Record<string, string>>
  const say = ({ amount, unit }: Value['rows'][number]): string => (unit === 'calls' ? format.count(Number(amount)) : unit.startsWith('%') ? format.percent(Number(amount) / 100) : format.money(amount, unit))
  return (
    <section aria-label={w.value} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <h2 className="font-semibold">{w.value}</h2>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {values.map((one) => (
          <article key={`${one.role} ${one.party}`} aria-label={one.party} className="min-w-0 rounded-2xl border border-line bg-surface px-5 py-4">
            <p className="mb-2 flex items-center justify-between gap-2"><strong className="truncate">{one.party === 'self' ? w.self : one.party}</strong><Badge tone={one.role === 'channel' ? 'accent' : 'plain'}>{w[one.role]}</Badge></p>
            <dl className="figures grid grid-cols-[1fr_auto] gap-x-4 gap-y-1">{one.rows.map((row) => <div key={row.label} className="contents"><dt className="text-muted">{named[row.label] ?? row.label}</dt><dd className="text-right font-medium">{say(row)}</dd></div>)}</dl>
          </article>
        ))}
      </div>
    </section>
  )
}
