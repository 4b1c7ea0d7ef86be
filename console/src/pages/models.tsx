/** Models and who serves them: health, speed, prices, and the way back for a suspended account. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Icon } from '../parts/icon.tsx'
import { Badge, Figure, Page, Panel, type Tone } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { mayAsk } from '../session.ts'
import { Carriers } from './carriers.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'

const words = {
  'pay-as-you-go': ['bought by the token', 'comprati a token'], provisioned: ['reserved', 'riservati'], 'in-house': ['in-house', 'in proprio'], utilisation: ['Use of reserved units', 'Uso delle unità riservate'], mix: ['Mix', 'Mix'],
  title: ['Models & providers', 'Modelli e fornitori'], intro: ['Public names that applications call, and the deployments behind them.', 'I nomi pubblici che le applicazioni chiamano e i deployment che li servono.'], find: ['Find a model', 'Cerca un modello'], deployments: ['Deployments', 'Deployment'], serving: ['serving', 'in servizio'], resting: ['resting after failures', 'in pausa dopo errori'], trying: ['trying again', 'in prova'], suspended: ['suspended', 'sospeso'],
  accounts: ['Supplier accounts', 'Account dei fornitori'], reinstate: ['Reinstate', 'Riattiva'], since: [(when: string) => `since ${when}`, (when: string) => `da ${when}`], suspendedNote: ['All deployments of a refused account leave rotation together. New credentials bring it back by themselves; so can you, once the matter is settled.', 'Tutti i deployment di un account rifiutato escono insieme dalla rotazione. Nuove credenziali lo riattivano; puoi farlo anche tu, a questione risolta.'],
  confirmTitle: [(name: string) => `Reinstate ${name}?`, (name: string) => `Riattivare ${name}?`], consequenceTraffic: [(n: number) => `Calls go to its ${n} deployments again at once, on this node.`, (n: number) => `Le chiamate tornano subito ai suoi ${n} deployment, su questo nodo.`], consequenceAgain: ['If the supplier still refuses the account, it is suspended again at the first call.', 'Se il fornitore rifiuta ancora l’account, verrà sospeso di nuovo alla prima chiamata.'], consequenceLog: ['Your token’s label is recorded with the event.', 'L’etichetta del tuo token resta registrata con l’evento.'],
  state: ['State', 'Stato'], weight: ['Group · weight', 'Gruppo · peso'], capacity: ['Capacity', 'Capacità'], within: ['p50 · p95', 'p50 · p95'], failed: ['Failed', 'Fallite'], speed: ['Tokens/s', 'Token/s'], price: ['Price per million, in · out', 'Prezzo al milione, in · out'], lastHour: ['Speed and failures are of the last hour.', 'Velocità ed errori dell’ultima ora.'], inService: ['Deployments in service', 'Deployment in servizio'], providers: ['Providers', 'Fornitori'], type: ['Type', 'Tipo'], account: ['Account', 'Account'],
  none: ['No model is declared', 'Nessun modello dichiarato'], noneHint: ['Declare providers and models in weir.yaml, or through the admin API.', 'Dichiara fornitori e modelli in weir.yaml o tramite l’API.'], noMatch: ['No model matches', 'Nessun modello corrisponde'], context: [(size: string, out: string) => `${size} tokens of context, ${out} of output`, (size: string, out: string) => `${size} token di contesto, ${out} di output`], contextOnly: [(size: string) => `${size} tokens of context`, (size: string) => `${size} token di contesto`], tryIt: ['Try it', 'Provalo'], noSnapshot: ['not routed', 'non instradato'],
} as const satisfies Words

type Model = Answer<'GET /admin/v1/models'>['data'][number]
type Health = Answer<'GET /admin/v1/health'>
type Service = Answer<'GET /admin/v1/service'>
type Price = Answer<'GET /admin/v1/prices'>['data'][number]

export function ModelsPage(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [search, change] = useAddress()
  const models = useAsk('GET /admin/v1/models', {})
  const health = useAsk('GET /admin/v1/health', {})
  const service = useAsk('GET /admin/v1/service', { query: { minutes: 60 } })
  const prices = useAsk('GET /admin/v1/prices', {})
  const down = new Set((health.data?.accounts ?? []).filter((one) => one.suspended !== null).map((one) => one.account))
  const all = health.data?.deployments ?? []
  const serving = all.filter((one) => one.state === 'closed' && !down.has(one.account)).length
  const find = (search['find'] ?? '').toLowerCase()
  return (
    <Page title={w.title} intro={w.intro}>
      {health.data === undefined ? null : <Suspended health={health.data} />}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,2.4fr)]">
        <Figure label={w.inService} value={health.data === undefined ? '…' : `${format.count(serving)} / ${format.count(all.length)}`} tone={serving < all.length ? 'warn' : undefined} note={w.lastHour}><Capacities all={all} down={down} /></Figure>
        <Providers />
      </div>
      {mayAsk('GET /admin/v1/capacity') ? <Carriers /> : null}
      <div className="max-w-md"><TextField label={w.find} type="search" value={search['find'] ?? ''} onChange={(value) => change({ find: value })} /></div>
      <Answered asked={models} rows={8}>{({ data }) => {
        const shown = data.filter((model) => `${model.name} ${model.spec.maker ?? ''}`.toLowerCase().includes(find))
        if (data.length === 0) return <Empty icon="models" title={w.none}>{w.noneHint}</Empty>
        if (shown.length === 0) return <Empty icon="search" title={w.noMatch} />
        return <Deployments models={shown} health={health.data} service={service.data} prices={prices.data?.data ?? []} />
      }}</Answered>
    </Page>
  )
}

const capacities = ['pay-as-you-go', 'provisioned', 'in-house'] as const

/** How what is in service is had: bought by the token, reserved, or one's own; with where its use and mix are shown. */
function Capacities({ all, down }: { readonly all: Health['deployments']; readonly down: ReadonlySet<string> }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const of = (capacity: string): string => {
    const these = all.filter((one) => one.capacity === capacity)
    return `${format.count(these.filter((one) => one.state === 'closed' && !down.has(one.account)).length)} / ${format.count(these.length)}`
  }
  return (
    <dl className="figures mt-3 grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 text-sm">
      {capacities.map((one) => <div key={one} className="contents"><dt className="text-muted">{w[one]}</dt><dd className="text-right font-medium">{of(one)}</dd></div>)}
      <div className="contents"><dt><Go to={paths.contracts()}>{w.utilisation}</Go></dt><dd className="text-right"><Go to={paths.outlook({ part: 'capacity' })}>{w.mix}</Go></dd></div>
    </dl>
  )
}

function Suspended({ health }: { readonly health: Health }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [asked, setAsked] = useState<Health['accounts'][number]>()
  const reinstate = useChange('POST /admin/v1/accounts/{account}/reinstate', ['GET /admin/v1/health', 'GET /admin/v1/events'])
  const out = health.accounts.filter((one) => one.suspended !== null)
  if (out.length === 0) return null
  return (
    <section aria-label={w.accounts} className="grid gap-3 rounded-2xl bg-bad-tint px-5 py-4">
      {out.map((one) => (
        <div key={one.account} className="flex flex-wrap items-center gap-3">
          <Icon name="alert" className="text-bad" />
          <p className="min-w-0 flex-1 basis-60"><strong className="text-bad">{one.account}: {w.suspended}</strong> {w.since(format.moment(one.suspended?.since ?? ''))} · {one.suspended?.reason}</p>
          <Button does="POST /admin/v1/accounts/{account}/reinstate" icon="rotate" onClick={() => setAsked(one)}>{w.reinstate}</Button>
        </div>
      ))}
      <p className="text-sm">{w.suspendedNote}</p>
      {asked === undefined ? null : (
        <ConfirmDialog title={w.confirmTitle(asked.account)} verb={w.reinstate} busy={reinstate.isPending} failure={reinstate.error} onClose={() => { reinstate.reset(); setAsked(undefined) }}
          onSubmit={() => reinstate.mutate({ params: { account: asked.account } }, { onSuccess: () => setAsked(undefined) })} consequences={[w.consequenceTraffic(asked.deployments), w.consequenceAgain, w.consequenceLog]} />
      )}
    </section>
  )
}

function Providers(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const providers = useAsk('GET /admin/v1/providers', {})
  return (
    <Panel title={w.providers}>
      <Answered asked={providers} rows={2}>{({ data }) => (
        <Table caption={w.providers} rows={data} rowKey={(one) => one.name} empty={<Empty icon="models" title={s.none} />}
          columns={[
            { id: 'name', head: s.name, cell: (one) => <span className="font-medium">{one.name}</span> }, { id: 'type', head: w.type, cell: (one) => one.spec.type },
            { id: 'account', head: w.account, cell: (one) => one.spec.account ?? one.name, from: 'sm' }, { id: 'supplier', head: s.supplier, cell: (one) => one.spec.supplier ?? '–', from: 'md' }, { id: 'url', head: 'URL', wrap: true, cell: (one) => <span className="text-sm break-all text-muted">{one.spec.baseUrl ?? '–'}</span>, from: 'lg' },
          ]} />
      )}</Answered>
    </Panel>
  )
}

interface Row { readonly model: Model; readonly one: Model['deployments'][number] | undefined; readonly first: boolean }

function Deployments({ models, health, service, prices }: { readonly models: readonly Model[]; readonly health: Health | undefined; readonly service: Service | undefined; readonly prices: readonly Price[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const suspended = new Set((health?.accounts ?? []).filter((one) => one.suspended !== null).map((one) => one.account))
  const rows = models.flatMap((model): Row[] => (model.deployments.length === 0 ? [{ model, one: undefined, first: true }] : model.deployments.map((one, index) => ({ model, one, first: index === 0 }))))
  const stateOf = ({ one }: Row): readonly [Tone, string] => {
    if (one === undefined) return ['warn', w.noSnapshot]
    if (suspended.has(one.account)) return ['bad', w.suspended]
    const state = health?.deployments.find((known) => known.id === one.id)?.state ?? 'closed'
    return state === 'open' ? ['bad', w.resting] : state === 'half-open' ? ['warn', w.trying] : ['good', w.serving]
  }
  const figures = ({ model, one }: Row): Service['models'][number] | undefined => service?.models.find((known) => known.model === model.name && known.deployment === one?.id)
  const priceOf = ({ one }: Row, meter: string): string => {
    const row = prices.find((price) => price.list === one?.price_list && price.model === one.priced_as && price.meter === meter && price.tier === 'default' && price.above_input === 0)
    return row === undefined ? '–' : format.money(row.per_million, row.currency)
  }
  const size = ({ one }: Row): string => (one === undefined || one.context_window === 0 ? '' : one.output_max === 0 ? w.contextOnly(format.short(one.context_window)) : w.context(format.short(one.context_window), format.short(one.output_max)))
  return (
    <Panel title={w.deployments}>
      <Table caption={w.deployments} rows={rows} rowKey={(row) => `${row.model.name} ${row.one?.id ?? ''}`}
        columns={[
          { id: 'model', head: s.model, wrap: true, cell: (row) => (row.first ? <><span className="font-medium">{row.model.name}</span><p className="text-sm text-muted">{size(row)}</p></> : <span className="sr-only">{row.model.name}</span>) },
          { id: 'id', head: s.deployment, cell: ({ one }) => (one === undefined ? '–' : <><span>{one.id}</span><p className="text-sm text-muted">{w[one.capacity as 'in-house'] ?? one.capacity}</p></>), from: 'md' },
          { id: 'state', head: w.state, cell: (row) => { const [tone, text] = stateOf(row); return <Badge tone={tone}>{text}</Badge> } },
          { id: 'weight', head: w.weight, end: true, cell: ({ one }) => (one === undefined ? '–' : `${one.group} · ${format.count(one.weight)}`), from: 'xl' },
          { id: 'latency', head: w.within, end: true, cell: (row) => { const f = figures(row); return f?.p50_ms === undefined || f.p50_ms === null ? '–' : `${format.duration(f.p50_ms)} · ${format.duration(f.p95_ms ?? 0)}` }, from: 'lg' },
          { id: 'speed', head: w.speed, end: true, cell: (row) => { const speed = figures(row)?.tokens_per_second; return speed === undefined || speed === null ? '–' : format.short(Math.round(speed)) }, from: '2xl' },
          { id: 'failed', head: w.failed, end: true, cell: (row) => { const f = figures(row); return f === undefined || f.attempts === 0 ? '–' : format.percent(f.failed / f.attempts) }, from: 'lg' },
          { id: 'price', head: w.price, end: true, wrap: true, cell: (row) => { const said = [priceOf(row, 'input'), priceOf(row, 'output')]; return said.every((one) => one === '–') ? '–' : <Go to={paths.prices(row.one?.priced_as ?? '')} label={`${w.price}, ${row.model.name}: ${said.join(', ')}`}>{said.join(' · ')}</Go> }, from: 'sm' },
          { id: 'go', head: <span className="sr-only">{s.calls}</span>, end: true, cell: (row) => (row.first ? <span className="inline-flex flex-col gap-x-3 gap-y-2 2xl:flex-row"><Go to={paths.calls({ model: row.model.name })} label={`${s.calls}, ${row.model.name}`}>{s.calls}</Go><Go to={paths.playground([row.model.name])} label={`${w.tryIt}, ${row.model.name}`}>{w.tryIt}</Go></span> : null), from: 'sm' },
        ]} />
    </Panel>
  )
}
