/** Calls: filter by the address, watch them arrive, scroll through any number of them. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useMemo, useState, type ReactNode } from 'react'
import { ask, type Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useLive } from '../live.ts'
import { Button } from '../parts/button.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { useMedia } from '../parts/media.ts'
import { Badge, Page, type Tone } from '../parts/panel.tsx'
import { Empty, ErrorNote, Loading } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { VirtualTable, type VirtualColumn } from '../parts/virtual-table.tsx'
import { paths, type Search } from '../paths.ts'
import { useAsk } from '../queries.ts'

const words = {
  title: ['Calls', 'Chiamate'], intro: ['Every dial at a supplier, the latest first, as it stands in the books.', 'Ogni chiamata a un fornitore, dalla più recente, come risulta nei registri.'], search: ['Call id', 'Id della chiamata'], searchHint: ['Whole or part', 'Intero o in parte'],
  since: ['When', 'Quando'], any: ['Any time', 'Sempre'], '1h': ['Last hour', 'Ultima ora'], '24h': ['Last 24 hours', 'Ultime 24 ore'], '7d': ['Last 7 days', 'Ultimi 7 giorni'], outcome: ['Outcome', 'Esito'], source: ['Usage', 'Consumo'], filters: ['Filters', 'Filtri'],
  reported: ['reported', 'dichiarato'], estimated: ['estimated', 'stimato'], absent: ['absent', 'assente'], complete: ['complete', 'completa'], refused: ['refused', 'rifiutata'], failed: ['failed', 'fallita'], unreached: ['unreached', 'non raggiunta'], cut: ['cut', 'interrotta'], lost: ['lost', 'persa'],
  none: ['No call matches', 'Nessuna chiamata corrisponde'], noneHint: ['Take a filter away, or make a call.', 'Togli un filtro, oppure fai una chiamata.'], loaded: [(n: string) => `${n} loaded`, (n: string) => `${n} caricate`], more: [(n: string) => `Show ${n} new`, (n: string) => `Mostra ${n} nuove`], follow: ['Follow live', 'Segui in diretta'], table: ['Calls, the latest first', 'Chiamate, dalla più recente'],
  operation: ['Operation', 'Operazione'], attempt: [(n: number) => `attempt ${n}`, (n: number) => `tentativo ${n}`], loadingMore: ['Loading more…', 'Caricamento…'], end: ['All loaded', 'Tutte caricate'],
} as const satisfies Words

type Row = Answer<'GET /admin/v1/calls'>['data'][number]

const sinceMs: Readonly<Record<string, number>> = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000 }
const filterNames = ['search', 'organization', 'project', 'key', 'model', 'deployment', 'supplier', 'maker', 'purpose', 'operation', 'outcome', 'source'] as const
const outcomes = ['complete', 'refused', 'failed', 'unreached', 'cut', 'lost'] as const
const sources = ['reported', 'estimated', 'absent'] as const

export const outcomeTone = (outcome: string): Tone => (outcome === 'complete' ? 'good' : outcome === 'cut' ? 'warn' : 'bad')
export const sourceTone = (source: string): Tone => (source === 'reported' ? 'plain' : source === 'estimated' ? 'warn' : 'bad')

/** Pages of calls under the filters of the address. The first page is read again when the books move on, as long as nobody has scrolled beyond it. */
function useCalls(search: Search, follow: boolean) {
  const at = useMinute()
  const since = sinceMs[search['since'] ?? '']
  // A span up to now is asked from a whole hour, so that it is not another question each minute.
  const from = since === undefined ? undefined : new Date(Math.floor((at - since) / (since > 4_000_000 ? 3_600_000 : 60_000)) * (since > 4_000_000 ? 3_600_000 : 60_000)).toISOString()
  const span = search['from'] === undefined ? (from === undefined ? {} : { from }) : { from: search['from'], ...(search['to'] === undefined ? {} : { to: search['to'] }) }
  const query = { ...Object.fromEntries(filterNames.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]]))), ...span }
  const live = useLive()
  const pages = useInfiniteQuery({
    queryKey: ['calls', query], initialPageParam: '', getNextPageParam: (last: Answer<'GET /admin/v1/calls'>) => last.next ?? undefined, staleTime: 5_000,
    queryFn: ({ pageParam, signal }) => ask('GET /admin/v1/calls', { query: { ...query, limit: 200, ...(pageParam === '' ? {} : { after: pageParam }) } as never }, { signal }),
    placeholderData: (before) => before,
  })
  const [seenAt, setSeenAt] = useState(live.seen)
  const { refetch } = pages
  const onePage = (pages.data?.pages.length ?? 0) <= 1
  useEffect(() => {
    if (!follow || !onePage || live.postings === 0) return
    setSeenAt(live.seen)
    void refetch()
  }, [live.postings, follow, onePage, refetch])
  return { pages, waiting: onePage && follow ? 0 : live.seen - seenAt, showNew: () => { setSeenAt(live.seen); void refetch() } }
}

export function CallsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const [follow, setFollow] = useState(true)
  const { pages, waiting, showNew } = useCalls(search, follow)
  const rows = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.data), [pages.data])
  return (
    <Page title={w.title} intro={w.intro} actions={<><span role="status" className="figures text-sm text-muted">{waiting > 0 ? '' : w.loaded(format.count(rows.length))}</span>{waiting > 0 ? <Button icon="pulse" onClick={showNew}>{w.more(format.count(waiting))}</Button> : null}<Button icon="play" pressed={follow} onClick={() => setFollow(!follow)}>{w.follow}</Button></>}>
      <Filters search={search} change={change} />
      {pages.error !== null && pages.data === undefined ? <ErrorNote cause={pages.error} retry={() => void pages.refetch()} /> : null}
      <div className="overflow-hidden rounded-2xl border border-line bg-surface">
        {pages.data === undefined ? <div className="p-5">{pages.error === null ? <Loading rows={10} /> : null}</div>
          : rows.length === 0 ? <Empty title={w.none}>{w.noneHint}</Empty>
            : <CallTable rows={rows} more={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined} foot={pages.isFetchingNextPage ? w.loadingMore : pages.hasNextPage ? '' : w.end} />}
      </div>
      <p className="sr-only">{s.scrollable}</p>
    </Page>
  )
}

function Filters({ search, change }: { readonly search: Search; readonly change: (change: Readonly<Record<string, string>>) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const models = useAsk('GET /admin/v1/models', {})
  const projects = useAsk('GET /admin/v1/projects', {})
  const [text, setText] = useState(search['search'] ?? '')
  const settled = useDeferredValue(text)
  useEffect(() => {
    const timer = setTimeout(() => {
      if (settled !== (search['search'] ?? '')) change({ search: settled.trim() })
    }, 250)
    return () => clearTimeout(timer)
  }, [settled, search, change])
  const place = search['project'] === undefined ? (search['organization'] ?? '') : `${search['organization'] ?? ''}/${search['project']}`
  const organizations = [...new Set((projects.data?.data ?? []).map((one) => one.organization))]
  const places = [['', s.all] as const, ...organizations.map((name) => [name, name] as const), ...(projects.data?.data ?? []).map((one) => [`${one.organization}/${one.name}`, `${one.organization}/${one.name}`] as const)]
  const active = [...filterNames, 'since', 'from', 'to'].some((name) => search[name] !== undefined)
  return (
    <form role="search" aria-label={w.filters} onSubmit={(event) => event.preventDefault()} className="grid grid-cols-2 items-end gap-3 sm:grid-cols-3 xl:grid-cols-[1.4fr_1fr_1.2fr_1.2fr_1fr_1fr_auto]">
      <TextField label={w.search} type="search" value={text} onChange={setText} placeholder={w.searchHint} mono className="max-sm:col-span-2" />
      <ChoiceField label={w.since} value={search['since'] ?? ''} onChange={(since) => change({ since })} options={[['', w.any], ['1h', w['1h']], ['24h', w['24h']], ['7d', w['7d']]]} />
      <ChoiceField label={s.project} value={place} onChange={(value) => { const [organization = '', project = ''] = value.split('/'); change({ organization, project }) }} options={places} />
      <ChoiceField label={s.model} value={search['model'] ?? ''} onChange={(model) => change({ model })} options={[['', s.all], ...[...new Set([...(models.data?.data ?? []).map((one) => one.name), ...(search['model'] === undefined ? [] : [search['model']])])].map((name) => [name, name] as const)]} />
      <ChoiceField label={w.outcome} value={search['outcome'] ?? ''} onChange={(outcome) => change({ outcome })} options={[['', s.all], ...outcomes.map((one) => [one, w[one]] as const)]} />
      <ChoiceField label={w.source} value={search['source'] ?? ''} onChange={(source) => change({ source })} options={[['', s.all], ...sources.map((one) => [one, w[one]] as const)]} />
      <Button onClick={() => { setText(''); change(Object.fromEntries([...filterNames, 'since', 'from', 'to'].map((name) => [name, '']))) }} because={active ? undefined : s.none}>{s.clear}</Button>
      <Chips search={search} change={change} />
    </form>
  )
}

/** Filters that came with a link and have no field of their own, each to be taken away. */
function Chips({ search, change }: { readonly search: Search; readonly change: (change: Readonly<Record<string, string>>) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const named = { key: s.key, deployment: s.deployment, supplier: s.supplier, maker: s.maker, purpose: s.purpose, operation: w.operation } as const
  const chips = (Object.keys(named) as (keyof typeof named)[]).flatMap((name) => (search[name] === undefined ? [] : [{ name, text: `${named[name]}: ${search[name]}`, away: { [name]: '' } }]))
  const span = search['from'] === undefined ? [] : [{ name: 'span', text: `${format.date(search['from'])} – ${search['to'] === undefined ? '…' : format.date(search['to'])}`, away: { from: '', to: '' } }]
  if (chips.length + span.length === 0) return null
  return <ul className="col-span-full flex flex-wrap gap-2">{[...chips, ...span].map(({ name, text, away }) => <li key={name} className="max-w-full"><Button small icon="close" label={`${s.clear}: ${text}`} onClick={() => change(away as unknown as Record<string, string>)}>{text}</Button></li>)}</ul>
}

function CallTable({ rows, more, foot }: { readonly rows: readonly Row[]; readonly more: (() => void) | undefined; readonly foot: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const media = useMedia()
  const columns: readonly VirtualColumn<Row>[] = [
    { id: 'at', head: s.time, width: media.sm ? 'minmax(8.4rem,1fr)' : '4.4rem', cell: (row) => <Go to={paths.call(row.call)} className="link truncate">{media.sm ? format.moment(row.at) : format.time(row.at)}</Go> },
    { id: 'model', head: s.model, width: 'minmax(5.6rem,1.3fr)', cell: (row) => <span className="truncate">{row.model}{row.n > 1 ? <span className="text-muted"> · {w.attempt(row.n)}</span> : null}</span> },
    { id: 'project', head: s.project, width: 'minmax(7rem,1.2fr)', from: 'md', cell: (row) => <span className="truncate">{row.organization}/{row.project}</span> },
    { id: 'deployment', head: s.deployment, width: 'minmax(8rem,1.4fr)', from: 'xl', cell: (row) => <span className="truncate text-muted">{row.deployment}</span> },
    { id: 'outcome', head: s.status, width: '6.2rem', from: 'sm', cell: (row) => <Badge tone={outcomeTone(row.outcome)}>{w[row.outcome as 'complete']}{row.status === null || row.status === 200 ? '' : ` ${row.status}`}</Badge> },
    { id: 'source', head: w.source, width: '5.6rem', from: 'lg', cell: (row) => <Badge tone={sourceTone(row.source)}>{w[row.source as 'reported']}</Badge> },
    { id: 'tokens', head: s.tokens, width: '7rem', from: 'md', end: true, cell: (row) => (row.input_tokens === null ? '–' : `${format.short(row.input_tokens)} → ${format.short(row.output_tokens ?? 0)}`) },
    { id: 'duration', head: s.duration, width: '4.8rem', from: 'sm', end: true, cell: (row) => format.duration(row.duration_ms) },
    { id: 'cost', head: s.cost, width: '5.8rem', end: true, cell: (row) => (row.cost === null ? '–' : format.money(row.cost, row.currency)) },
  ]
  return <VirtualTable caption={w.table} columns={columns} rows={rows} rowKey={(row) => `${row.call}:${row.n}`} more={more} foot={foot} />
}
