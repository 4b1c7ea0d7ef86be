/** Where the money goes: by any dimension, over any span, against the span before, to the last digit. */
import { useMemo, type ReactNode } from 'react'
import type { Query } from '../api.ts'
import { useMinute } from '../clock.ts'
import { exact, share, sum, text } from '../decimal.ts'
import { saveCsv } from '../csv.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Figure, Panel } from '../parts/panel.tsx'
import { SeriesChart } from '../parts/series-chart.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths, type Search } from '../paths.ts'
import { asRange, type Period, periodBefore, periodBetween, periodOf, rangeIds, rangeWords, spanBefore } from '../periods.ts'
import { useAsk } from '../queries.ts'
import { mayAsk } from '../session.ts'
import { bucketTimes, groupsOf, spendOf, type Group, type UsageRow } from '../spend.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Money', 'Conti'], intro: ['Exact to the last digit: amounts are added as decimals and rounded only for reading.', 'Esatto fino all’ultima cifra: gli importi si sommano in decimali e si arrotondano solo per la lettura.'], range: ['Span', 'Periodo'], group: ['Grouped by', 'Raggruppa per'], currency: ['Currency', 'Valuta'],
  export: ['Export CSV', 'Esporta CSV'], cost: ['Cost', 'Costo'], before: ['Span before', 'Periodo precedente'], change: ['Change', 'Variazione'], share: ['Share', 'Quota'], perDay: [(currency: string) => `${currency} per day, UTC`, (currency: string) => `${currency} al giorno, UTC`], perHour: [(currency: string) => `${currency} per hour, UTC`, (currency: string) => `${currency} all’ora, UTC`],
  custom: ['From … to …', 'Dal … al …'], first: ['First day (UTC)', 'Primo giorno (UTC)'], last: ['Last day', 'Ultimo giorno'], only: [(name: string) => `Only ${name}`, (name: string) => `Solo ${name}`], narrow: ['Only', 'Solo'],
  operation: ['Operation', 'Operazione'], tier: ['Tier', 'Livello'], overTime: ['Cost over time', 'Costo nel tempo'], others: ['all others', 'tutti gli altri'], none: ['Nothing was booked in this span', 'Nulla contabilizzato in questo periodo'], noneHint: ['Choose a longer span, or make a call.', 'Scegli un periodo più lungo, oppure fai una chiamata.'], breakdown: ['By', 'Per'], cached: ['of it cached', 'di cui da cache'],
  uncertain: [(n: string) => `${n} calls without reported usage`, (n: string) => `${n} chiamate senza consumo dichiarato`], allReported: ['All usage was reported by suppliers', 'Tutti i consumi sono dichiarati dai fornitori'], perCall: ['Per call', 'Per chiamata'], perMillionTokens: ['per million tokens', 'al milione di token'], exactly: ['exactly', 'esattamente'], unnamed: ['(none)', '(nessuno)'],
} as const satisfies Words

const dimensions = ['model', 'project', 'organization', 'key', 'purpose', 'deployment', 'supplier', 'maker', 'operation', 'tier'] as const
type Dimension = (typeof dimensions)[number]

/** What the figures may be narrowed to. */
const filters = ['organization', 'project', 'model', 'key', 'purpose', 'deployment', 'supplier', 'maker'] as const

/** The days of a period that is shown, to begin choosing from. */
const daysOf = ({ from, to }: Period, at: number): { readonly from: string; readonly to: string } => ({ from: (from ?? new Date(at - 29 * 86_400_000).toISOString()).slice(0, 10), to: new Date((to === undefined ? at : Date.parse(to)) - 1).toISOString().slice(0, 10) })

const asDimension = (given: string | undefined): Dimension => dimensions.find((one) => one === given) ?? 'model'

/** The name of a group in a row of usage. Projects are named with their organization. */
const nameIn = (dimension: Dimension) => (row: UsageRow): string => (dimension === 'project' ? `${row.organization ?? ''}/${row.project ?? ''}` : (row[dimension] ?? ''))

export function MoneyPage(): ReactNode {
  const w = useWords(words)
  const r = useWords(rangeWords)
  const s = useWords(shared)
  const at = useMinute()
  const [search, change] = useAddress()
  const dimension = asDimension(search['group'])
  const chosen = search['range'] === 'custom' ? periodBetween(search['from'], search['to']) : undefined
  const range = search['range'] === 'custom' ? 'custom' : asRange(search['range'], '30d')
  const period = chosen ?? periodOf(range === 'custom' ? '30d' : range, at)
  const grouping = dimension === 'project' ? 'organization,project' : dimension
  const only = Object.fromEntries(filters.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])))
  const query: Query<'GET /admin/v1/usage'> = { ...only, group_by: grouping, bucket: period.bucket, ...(period.from === undefined ? {} : { from: period.from }), ...(period.to === undefined ? {} : { to: period.to }) }
  const usage = useAsk('GET /admin/v1/usage', { query }, { keep: true })
  const earlier = chosen === undefined ? periodBefore(range === 'custom' ? '30d' : range, at) : spanBefore(chosen)
  const before = useAsk('GET /admin/v1/usage', { query: { ...only, group_by: grouping, ...earlier } }, { enabled: earlier !== undefined, keep: true })
  const models = useAsk('GET /admin/v1/models', {})
  const organizations = useAsk('GET /admin/v1/organizations', {})
  const label: Readonly<Record<Dimension, string>> = { model: s.model, project: s.project, organization: s.organization, key: s.key, purpose: s.purpose, deployment: s.deployment, supplier: s.supplier, maker: s.maker, operation: w.operation, tier: w.tier }
  return (
    <MoneyFrame title={w.title} intro={w.intro}>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <ChoiceField label={w.range} value={range} onChange={(value) => change({ range: value, ...(value === 'custom' ? daysOf(period, at) : { from: '', to: '' }) })} options={[...rangeIds.map((id) => [id, r[id]] as const), ['custom', w.custom] as const]} />
        <ChoiceField label={w.group} value={dimension} onChange={(value) => change({ group: value })} options={dimensions.map((one) => [one, label[one]] as const)} />
        {!mayAsk('GET /admin/v1/organizations') ? null : <ChoiceField label={s.organization} value={search['organization'] ?? ''} onChange={(value) => change({ organization: value })} options={[['', s.all], ...(organizations.data?.data ?? []).map((one) => [one.name, one.name] as const)]} />}
        {!mayAsk('GET /admin/v1/models') ? null : <ChoiceField label={s.model} value={search['model'] ?? ''} onChange={(value) => change({ model: value })} options={[['', s.all], ...(models.data?.data ?? []).map((one) => [one.name, one.name] as const)]} />}
      </div>
      {range !== 'custom' ? null : (
        <div className="grid max-w-md grid-cols-2 gap-3">
          <TextField label={w.first} type="date" value={search['from'] ?? ''} onChange={(from) => change({ from })} /><TextField label={w.last} type="date" value={search['to'] ?? ''} onChange={(to) => change({ to })} />
        </div>
      )}
      <Narrowed search={search} change={change} label={label} />
      <Answered asked={usage} rows={8}>{({ data }) => (data.length === 0 ? <div className="rounded-2xl border border-line bg-surface"><Empty icon="money" title={w.none}>{w.noneHint}</Empty></div> : spendOf(data).map(({ currency }) => (
        <InCurrency key={currency} currency={currency} dimension={dimension} label={label[dimension]} rows={data.filter((row) => row.currency === currency)} before={earlier === undefined ? undefined : (before.data?.data ?? []).filter((row) => row.currency === currency)} period={period} at={at} loading={usage.isPlaceholderData} narrow={filters.includes(dimension as 'model') ? (name) => change({ [dimension]: name, ...(dimension === 'project' ? {} : { group: dimension === 'model' ? 'project' : 'model' }) }) : undefined} />
      )))}</Answered>
    </MoneyFrame>
  )
}

/** Filters beyond those that stand in the form, each to be taken away. */
function Narrowed({ search, change, label }: { readonly search: Search; readonly change: (change: Readonly<Record<string, string>>) => void; readonly label: Readonly<Record<Dimension, string>> }): ReactNode {
  const s = useWords(shared)
  const given = filters.filter((name) => name !== 'organization' && name !== 'model' && search[name] !== undefined)
  if (given.length === 0) return null
  return <ul className="flex flex-wrap gap-2">{given.map((name) => <li key={name}><Button small icon="close" label={`${s.clear}: ${label[name]} ${search[name] ?? ''}`} onClick={() => change({ [name]: '' })}>{`${label[name]}: ${search[name] ?? ''}`}</Button></li>)}</ul>
}

interface Shown {
  readonly currency: string
  readonly dimension: Dimension
  readonly label: string
  readonly rows: readonly UsageRow[]
  readonly before: readonly UsageRow[] | undefined
  readonly period: Period
  readonly at: number
  /** The rows are those of the question before: they can be read, and do not leave as a file. */
  readonly loading: boolean
  /** Looks at one group alone. */
  readonly narrow: ((name: string) => void) | undefined
}

function InCurrency({ currency, dimension, label, rows, before, period, at, loading, narrow }: Shown): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const groups = useMemo(() => groupsOf(rows, nameIn(dimension)), [rows, dimension])
  const total = sum(groups.map((group) => group.cost))
  const earlier = before === undefined ? undefined : sum(before.map((row) => row.cost))
  const add = (of: (group: Group) => number): number => groups.reduce((all, group) => all + of(group), 0)
  const calls = add((group) => group.calls)
  const tokens = add((group) => group.input + group.output)
  const uncertain = add((group) => group.estimated + group.absent)
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Figure label={`${w.cost} (${currency})`} value={<span title={`${total} ${currency}`}>{format.money(total, currency)}</span>} note={<span className="break-all">{w.exactly} {total}</span>} />
        <Figure label={w.before} value={earlier === undefined ? '–' : format.money(earlier, currency)} note={earlier === undefined || exact(earlier) === 0n ? ' ' : `${w.change} ${signed(ratio(total, earlier), format.percent)}`} />
        <Figure label={s.calls} value={format.short(calls)} note={uncertain === 0 ? w.allReported : w.uncertain(format.count(uncertain))} tone={undefined} />
        <Figure label={w.perCall} value={calls === 0 ? '–' : format.money(text(exact(total) / BigInt(calls)), currency)} note={tokens === 0 ? ' ' : `${format.money(text((exact(total) * 1_000_000n) / BigInt(tokens)), currency)} ${w.perMillionTokens}`} />
      </div>
      <OverTime label={label} currency={currency} dimension={dimension} rows={rows} groups={groups} period={period} at={at} />
      <Breakdown currency={currency} dimension={dimension} label={label} groups={groups} total={total} before={before} loading={loading} narrow={narrow} />
    </>
  )
}

const ratio = (now: string, then: string): number => Number(((exact(now) - exact(then)) * 10_000n) / exact(then)) / 10_000
const signed = (value: number, say: (value: number) => string): string => `${value > 0 ? '+' : ''}${say(value)}`

/** Lines that can be told apart. */
const linesMax = 5

function OverTime({ label, currency, dimension, rows, groups, period, at }: Pick<Shown, 'label' | 'currency' | 'dimension' | 'rows' | 'period' | 'at'> & { readonly groups: readonly Group[] }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const { from, to, bucket } = period
  const [times, series] = useMemo(() => {
    const first = from === undefined ? Math.min(...rows.map((row) => Date.parse(row.start ?? ''))) : Date.parse(from)
    const ticks = bucketTimes(first, to === undefined ? at + 60_000 : Date.parse(to), bucket)
    const named = groups.slice(0, linesMax).map((group) => group.name)
    const lineOf = (row: UsageRow): string => { const name = nameIn(dimension)(row); return named.includes(name) ? name : w.others }
    const lines = [...named, ...(groups.length > linesMax ? [w.others] : [])]
    const cells = Map.groupBy(rows, (row) => `${Date.parse(row.start ?? '')} ${lineOf(row)}`)
    return [ticks, lines.map((line) => ({ name: line === '' ? w.unnamed : line, values: ticks.map((tick) => Number(sum((cells.get(`${tick} ${line}`) ?? []).map((row) => row.cost)))) }))] as const
  }, [rows, groups, dimension, from, to, bucket, at, w])
  const say = useMemo(() => (value: number) => format.money(value.toFixed(12), currency), [format, currency])
  return <Panel title={w.overTime}><SeriesChart title={`${w.breakdown} ${label.toLowerCase()}`} unit={bucket === 'hour' ? w.perHour(currency) : w.perDay(currency)} times={times} series={series} say={say} sayTime={bucket === 'hour' ? format.hour : format.day} height={280} bars={series.length === 1} /></Panel>
}

function Breakdown({ currency, dimension, label, groups, total, before, loading, narrow }: Pick<Shown, 'narrow' | 'loading'> & { readonly currency: string; readonly dimension: Dimension; readonly label: string; readonly groups: readonly Group[]; readonly total: string; readonly before: readonly UsageRow[] | undefined }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const earlier = new Map(groupsOf(before ?? [], nameIn(dimension)).map((group) => [group.name, group.cost]))
  const link = (name: string): ReactNode => {
    const to = dimension === 'model' ? paths.calls({ model: name }) : dimension === 'key' ? paths.calls({ key: name }) : dimension === 'deployment' ? paths.calls({ deployment: name }) : dimension === 'organization' || dimension === 'supplier' || dimension === 'maker' || dimension === 'purpose' || dimension === 'operation' ? paths.calls({ [dimension]: name }) : dimension === 'project' ? paths.calls({ organization: name.split('/')[0] ?? '', project: name.split('/')[1] ?? '' }) : undefined
    return name === '' ? <span className="text-muted">{w.unnamed}</span> : to === undefined ? name : <Go to={to}>{name}</Go>
  }
  const changeOf = (group: Group): string => { const then = earlier.get(group.name); return before === undefined || then === undefined || exact(then) === 0n ? '–' : signed(ratio(group.cost, then), format.percent) }
  const save = (): void => saveCsv(`weir-${dimension}-${currency}`, [[dimension, 'currency', 'cost', 'calls', 'attempts', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens', 'estimated_calls', 'absent_calls'],
    ...groups.map((one) => [one.name, currency, one.cost, one.calls, one.attempts, one.input, one.cached, one.output, one.reasoning, one.estimated, one.absent])])
  return (
    <Panel title={`${w.breakdown} ${label.toLowerCase()}`} actions={<Button small icon="download" busy={loading} onClick={save}>{w.export}</Button>}>
      <Table caption={`${w.breakdown} ${label}`} rows={groups} rowKey={(group) => group.name}
        columns={[
          { id: 'name', head: label, wrap: true, cell: (group) => link(group.name) },
          { id: 'calls', head: s.calls, end: true, cell: (group) => format.count(group.calls), from: 'sm' }, { id: 'input', head: s.input, end: true, cell: (group) => format.short(group.input), from: 'md' },
          { id: 'cached', head: w.cached, end: true, cell: (group) => format.short(group.cached), from: 'xl' }, { id: 'output', head: s.output, end: true, cell: (group) => format.short(group.output), from: 'md' },
          { id: 'change', head: w.change, end: true, cell: changeOf, from: 'lg' }, { id: 'share', head: w.share, end: true, cell: (group) => format.percent(share(group.cost, total)), from: 'sm' },
          { id: 'cost', head: w.cost, end: true, cell: (group) => <span title={`${group.cost} ${currency}`} className="font-medium">{format.money(group.cost, currency)}</span> },
          ...(narrow === undefined ? [] : [{ id: 'narrow', head: <span className="sr-only">{w.narrow}</span>, end: true, cell: (group: Group) => (group.name === '' ? null : <Button small kind="quiet" label={w.only(group.name)} onClick={() => narrow(group.name)}>{w.narrow}</Button>), from: 'md' as const }]),
        ]} />
    </Panel>
  )
}
