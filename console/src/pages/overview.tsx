/** What is going on: spend against budgets, the largest users of it, errors and speed, and whether every event is booked. */
import { useMemo, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { scaled, share, sum } from '../decimal.ts'
import { useFormat, type Format } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useLive } from '../live.ts'
import { BudgetBars } from '../parts/budget-bars.tsx'
import { Go } from '../parts/go.tsx'
import { Badge, Figure, Page, Panel } from '../parts/panel.tsx'
import { LiveCalls } from '../parts/live-calls.tsx'
import { SeriesChart } from '../parts/series-chart.tsx'
import { Answered, Empty, ErrorNote, Loading } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths, type Place } from '../paths.ts'
import { monthPassed, periodOf } from '../periods.ts'
import { useAsk } from '../queries.ts'
import { bucketTimes, groupsOf, mainCurrency, spendOf, type Group, type UsageRow } from '../spend.ts'
import { FirstMinute } from './first-minute.tsx'

const words = {
  title: ['Overview', 'Panoramica'], intro: ['Everything that passed the gate, booked call by call.', 'Tutto ciò che è passato dal varco, contabilizzato chiamata per chiamata.'],
  today: ['Spent today (UTC)', 'Speso oggi (UTC)'], month: ['Spent this month', 'Speso questo mese'], projected: [(amount: string) => `${amount} by month’s end at this rate`, (amount: string) => `${amount} a fine mese a questo ritmo`], callsToday: [(n: string) => `${n} calls`, (n: string) => `${n} chiamate`],
  failures: ['Failed attempts, last hour', 'Tentativi falliti, ultima ora'], ofAttempts: [(n: string) => `of ${n} attempts`, (n: string) => `su ${n} tentativi`], latency: ['Half of answers within', 'Metà delle risposte entro'], slowest: [(p95: string, speed: string) => `95 % within ${p95} · ${speed} tokens/s`, (p95: string, speed: string) => `95 % entro ${p95} · ${speed} token/s`],
  spend: ['Spend', 'Spesa'], perDay: [(currency: string) => `${currency} per day, UTC`, (currency: string) => `${currency} al giorno, UTC`], perHour: [(currency: string) => `${currency} per hour, UTC`, (currency: string) => `${currency} all’ora, UTC`], todayByHour: ['Today by hour', 'Oggi per ora'], monthByDay: ['This month by day', 'Questo mese per giorno'],
  budgets: ['Budgets', 'Budget'], noBudgets: ['No budget is set', 'Nessun budget impostato'], setBudget: ['Set one under Access: it is a hard limit, held before each call.', 'Impostane uno in Accessi: è un limite rigido, impegnato prima di ogni chiamata.'],
  topCustomers: ['Organizations this month', 'Organizzazioni del mese'], cases: ['Open cases', 'Casi aperti'], noCases: ['No case waits', 'Nessun caso in attesa'], queue: ['The queue', 'La coda'], overdue: [(n: string) => `${n} overdue`, (n: string) => `${n} scaduti`],
  topModels: ['Models this month', 'Modelli del mese'], topProjects: ['Projects this month', 'Progetti del mese'], books: ['The books', 'I registri'], balanced: ['Every event is accounted for', 'Ogni evento è contabilizzato'], unbalanced: ['Events are missing', 'Mancano eventi'],
  eventsIn: ['Events in', 'Eventi in ingresso'], posted: ['Posted', 'Contabilizzati'], quarantined: ['In quarantine', 'In quarantena'], openNow: ['Still open', 'Ancora aperti'], difference: ['Difference', 'Differenza'], sources: ['Usage reported by suppliers', 'Consumi dichiarati dai fornitori'], see: ['See the findings', 'Vedi i rilievi'],
  now: ['Happening now', 'In corso'], quiet: ['No calls since this page was opened', 'Nessuna chiamata da quando la pagina è aperta'], events: ['Events', 'Eventi'], noEvents: ['Nothing needs a look', 'Niente da controllare'], explore: ['Explore costs', 'Esplora i costi'], manage: ['Manage', 'Gestisci'], allEvents: ['All events', 'Tutti gli eventi'], refusals: ['Refused before any dial', 'Rifiutati prima di ogni tentativo'], allCalls: ['All calls', 'Tutte le chiamate'],
} as const satisfies Words

export function OverviewPage(): ReactNode {
  const ever = useAsk('GET /admin/v1/usage', { query: { group_by: 'organization' } })
  const live = useLive()
  if (ever.error !== null && ever.data === undefined) return <div className="p-7"><ErrorNote cause={ever.error} retry={() => void ever.refetch()} /></div>
  if (ever.data === undefined) return <div className="p-7"><Loading rows={8} /></div>
  return ever.data.data.length === 0 && live.seen === 0 ? <FirstMinute /> : <Filled />
}

function Filled(): ReactNode {
  const w = useWords(words)
  const at = useMinute()
  const month = useAsk('GET /admin/v1/usage', { query: { from: periodOf('month', at).from, bucket: 'day', group_by: 'organization,project,model' } }, { keep: true })
  const today = useAsk('GET /admin/v1/usage', { query: { from: periodOf('today', at).from, bucket: 'hour', group_by: 'model' } }, { keep: true })
  return (
    <Page title={w.title} intro={w.intro}>
      <Figures month={month.data?.data} today={today.data?.data} at={at} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <Spend month={month.data?.data} today={today.data?.data} at={at} />
        <Budgets />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 lg:grid-cols-2 2xl:grid-cols-3">
        <Answered asked={month}>{({ data }) => <Top title={w.topModels} rows={data} nameOf={(row) => row.model ?? ''} link={(name) => paths.calls({ model: name })} />}</Answered>
        <Answered asked={month}>{({ data }) => <Top title={w.topProjects} rows={data} nameOf={(row) => `${row.organization ?? ''}/${row.project ?? ''}`} link={(name) => { const [organization = '', project = ''] = name.split('/'); return paths.calls({ organization, project }) }} />}</Answered>
        <Answered asked={month}>{({ data }) => <Top title={w.topCustomers} rows={data} nameOf={(row) => row.organization ?? ''} link={(name) => paths.money({ organization: name })} />}</Answered>
        <OpenCases />
        <Books />
        <Events />
      </div>
      <Now />
    </Page>
  )
}

interface Usage { readonly month: readonly UsageRow[] | undefined; readonly today: readonly UsageRow[] | undefined; readonly at: number }

const sayAll = (rows: readonly UsageRow[], format: Format): string => {
  const all = spendOf(rows)
  return all.length === 0 ? format.money('0', 'USD') : all.map(({ cost, currency }) => format.money(cost, currency)).join(' + ')
}

function Figures({ month, today, at }: Usage): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const service = useAsk('GET /admin/v1/service', { query: { minutes: 60 } })
  const passed = monthPassed(at)
  const rate = spendOf(month ?? []).map(({ cost, currency }) => format.money(scaled(cost, passed.of, passed.minutes), currency)).join(' + ')
  const { attempts = 0, failed = 0, p50_ms: p50, p95_ms: p95, tokens_per_second: speed } = service.data ?? {}
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      <Figure label={w.today} value={today === undefined ? '…' : sayAll(today, format)} note={w.callsToday(format.count((today ?? []).reduce((total, row) => total + row.calls, 0)))} />
      <Figure label={w.month} value={month === undefined ? '…' : sayAll(month, format)} note={rate === '' ? ' ' : w.projected(rate)} />
      <Figure label={w.failures} value={service.data === undefined ? '…' : attempts === 0 ? '–' : format.percent(failed / attempts)} note={w.ofAttempts(format.count(attempts))} tone={attempts > 0 && failed / attempts > 0.05 ? 'bad' : undefined} />
      <Figure label={w.latency} value={p50 === undefined || p50 === null ? '–' : format.duration(p50)} note={p95 === undefined || p95 === null ? ' ' : w.slowest(format.duration(p95), speed === null || speed === undefined ? '–' : format.count(Math.round(speed)))} />
    </div>
  )
}

function Spend({ month, today, at }: Usage): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const currency = mainCurrency(month ?? [])
  const say = useMemo(() => (value: number) => format.money(value.toFixed(12), currency), [format, currency])
  const [days, perDay] = useMemo(() => bucketed(month ?? [], currency, periodOf('month', at).from, at, 'day'), [month, currency, at])
  const [hours, perHour] = useMemo(() => bucketed(today ?? [], currency, periodOf('today', at).from, at, 'hour'), [today, currency, at])
  const daySeries = useMemo(() => [{ name: w.spend, values: perDay }], [perDay, w])
  const hourSeries = useMemo(() => [{ name: w.spend, values: perHour }], [perHour, w])
  return (
    <Panel title={w.spend} actions={<Go to={paths.money()}>{w.explore}</Go>}>
      {month === undefined || today === undefined ? <Loading rows={7} /> : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6 md:grid-cols-2">
          <SeriesChart title={w.monthByDay} unit={w.perDay(currency)} times={days} series={daySeries} say={say} sayTime={format.day} height={210} bars />
          <SeriesChart title={w.todayByHour} unit={w.perHour(currency)} times={hours} series={hourSeries} say={say} sayTime={format.hour} height={210} bars />
        </div>
      )}
    </Panel>
  )
}

function bucketed(rows: readonly UsageRow[], currency: string, from: string | undefined, at: number, bucket: 'hour' | 'day'): readonly [readonly number[], readonly number[]] {
  const times = bucketTimes(Date.parse(from ?? ''), at + 60_000, bucket)
  const own = Map.groupBy(rows.filter((row) => row.currency === currency), (row) => Date.parse(row.start ?? ''))
  return [times, times.map((time) => Number(sum((own.get(time) ?? []).map((row) => row.cost))))]
}

function Budgets(): ReactNode {
  const w = useWords(words)
  const budgets = useAsk('GET /admin/v1/budgets', {})
  return (
    <Panel title={w.budgets} actions={<Go to={paths.access()}>{w.manage}</Go>}>
      <Answered asked={budgets}>{({ data }) => (data.length === 0 ? <Empty icon="money" title={w.noBudgets}>{w.setBudget}</Empty> : <BudgetBars budgets={data.slice(0, 6)} />)}</Answered>
    </Panel>
  )
}

function Top({ title, rows, nameOf, link }: { readonly title: string; readonly rows: readonly UsageRow[]; readonly nameOf: (row: UsageRow) => string; readonly link: (name: string) => Place }): ReactNode {
  const s = useWords(shared)
  const format = useFormat()
  const currency = mainCurrency(rows)
  const own = rows.filter((row) => row.currency === currency)
  const groups = groupsOf(own, nameOf)
  const total = sum(groups.map((group) => group.cost))
  const bar = (group: Group): ReactNode => <span className="block h-1.5 w-full min-w-10 rounded-full bg-line" aria-hidden="true"><span className="block h-full rounded-full bg-s1" style={{ width: `${share(group.cost, total) * 100}%` }} /></span>
  return (
    <Panel title={title}>
      <Table caption={title} rows={groups.slice(0, 7)} rowKey={(group) => group.name} empty={<Empty title={s.none} />}
        columns={[
          { id: 'name', head: s.name, wrap: true, cell: (group) => <><Go to={link(group.name)}>{group.name}</Go>{bar(group)}</> },
          { id: 'calls', head: s.calls, end: true, cell: (group) => format.short(group.calls), from: 'sm' },
          { id: 'cost', head: s.cost, end: true, cell: (group) => format.money(group.cost, currency) },
        ]} />
    </Panel>
  )
}

function OpenCases(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const cases = useAsk('GET /admin/v1/cases', { query: { open: 'true', limit: 1_000 } })
  return (
    <Panel title={w.cases} actions={<Go to={paths.cases()}>{w.queue}</Go>}>
      <Answered asked={cases}>{({ data, next }) => (data.length === 0 ? <Empty icon="check" title={w.noCases} /> : (
        <div className="grid gap-3">
          <p className="flex items-center gap-2"><span className="figures text-2xl font-semibold">{format.count(data.length)}{next === null ? '' : '+'}</span>{data.some((one) => one.due?.overdue === true) ? <Badge tone="bad">{w.overdue(format.count(data.filter((one) => one.due?.overdue === true).length))}</Badge> : null}</p>
          <ul className="grid gap-2.5">{data.slice(0, 4).map((one) => <li key={one.id} className="min-w-0"><Go to={paths.case(one.id)} className="link block truncate">{one.says}</Go><p className="text-sm break-words text-muted">{one.organization}{one.due === null ? '' : ` · ${one.due.what} ${format.ago(one.due.at)}`}</p></li>)}</ul>
        </div>
      ))}</Answered>
    </Panel>
  )
}

function Books(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const doctor = useAsk('GET /admin/v1/doctor', {})
  return (
    <Panel title={w.books} actions={<Go to={paths.settings('doctor')}>{w.see}</Go>}>
      <Answered asked={doctor}>{({ accounting: a }) => (
        <div className="grid gap-3">
          <p><Badge tone={a.difference === 0 && a.missing === 0 ? 'good' : 'bad'}>{a.difference === 0 && a.missing === 0 ? w.balanced : w.unbalanced}</Badge></p>
          <dl className="figures grid grid-cols-[1fr_auto] gap-y-1.5">
            {([[w.eventsIn, a.events_in], [w.posted, a.posted], [w.quarantined, a.quarantined], [w.openNow, a.open + a.unposted], [w.difference, a.difference], [w.refusals, a.refusals]] as const).map(([label, value]) => (
              <div key={label} className="contents"><dt className="text-muted">{label}</dt><dd className="text-right font-medium">{format.count(value)}</dd></div>
            ))}
            <dt className="text-muted">{w.sources}</dt><dd className="text-right font-medium">{a.posted === 0 ? '–' : format.percent(a.reported / Math.max(1, a.reported + a.estimated + a.absent))}</dd>
          </dl>
        </div>
      )}</Answered>
    </Panel>
  )
}

function Events(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const events = useAsk('GET /admin/v1/events', { query: { limit: 6 } })
  return (
    <Panel title={w.events} actions={<Go to={paths.settings('events')}>{w.allEvents}</Go>}>
      <Answered asked={events}>{({ data }) => (data.length === 0 ? <Empty icon="check" title={w.noEvents} /> : (
        <ul className="grid gap-2.5">{data.map((event) => <li key={event.id} className="min-w-0"><p className="font-medium break-words">{event.kind}</p><p className="text-sm break-words text-muted">{event.subject} · {format.moment(event.at)}</p></li>)}</ul>
      ))}</Answered>
    </Panel>
  )
}

function Now(): ReactNode {
  const w = useWords(words)
  const live = useLive()
  return (
    <Panel title={w.now} actions={<Go to={paths.calls()}>{w.allCalls}</Go>}>
      {live.calls.length === 0 ? <Empty icon="pulse" title={w.quiet} /> : <LiveCalls calls={live.calls.slice(0, 12)} />}
    </Panel>
  )
}
