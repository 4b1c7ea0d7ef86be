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
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'

const words = {
  title: ['Models & providers', 'Modelli e fornitori'], intro: ['Public names that applications call, and the deployments behind them.', 'I nomi pubblici che le applicazioni chiamano e i deployment che li servono.'], find: ['Find a model', 'Cerca un modello'], deployments: ['Deployments', 'Deployment'], serving: ['serving', 'in servizio'], resting: ['resting after failures', 'in pausa dopo errori'], trying: ['trying again', 'in prova'], suspended: ['suspended', 'sospeso'],
  accounts: ['Supplier accounts', 'Account dei fornitori'], reinstate: ['Reinstate', 'Riattiva'], since: [(when: string) => `since ${when}`, (when: string) => `da ${when}`], suspendedNote: ['All deployments of a refused account leave rotation together. New credentials bring it back by themselves; so can you, once the matter is settled.', 'Tutti i deployment di un account rifiutato escono insieme dalla rotazione. Nuove credenziali lo riattivano; puoi farlo anche tu, a questione risolta.'],
  confirmTitle: [(name: string) => `Reinstate ${name}?`, (name: string) => `Riattivare ${name}?`], consequenceTraffic: [(n: number) => `Calls go to its ${n} deployments again at once, on this node.`, (n: number) => `Le chiamate tornano subito ai suoi ${n} deployment, su questo nodo.`], consequenceAgain: ['If the supplier still refuses the account, it is suspended again at the first call.', 'Se il fornitore rifiuta ancora l’account, verrà sospeso di nuovo alla prima chiamata.'], consequenceLog: ['Your token’s label is recorded with the event.', 'L’etichetta del tuo token resta registrata con l’evento.'],
  state: ['State', 'Stato'], weight: ['Group · weight', 'Gruppo · peso'], capacity: ['Capacity', 'Capacità'], within: ['p50 · p95', 'p50 · p95'], failed: ['Failed', 'Fallite'], speed: ['Tokens/s', 'Token/s'], price: ['Price per million, in · out', 'Prezzo al milione, in · out'], lastHour: ['Speed and failures are of the last hour.', 'Velocità ed errori dell’ultima ora.'], inService: ['Deployments in service', 'Deployment in servizio'], providers: ['Providers', 'Fornitori'], type: ['Type', 'Tipo'], account: ['Account', 'Account'],
  none: ['No model is declared', 'Nessun modello dichiarato'], noneHint: ['Declare providers and models in weir.yaml, or through the admin API.', 'Dichiara fornitori e modelli in weir.yaml o tramite l’API.'], noMatch: ['No model matches', 'Nessun modello corrisponde'], context: [(size: string, out: string) => `${size} tokens of context, ${out} of output`, (size: string, out: string) => `${size} token di contesto, ${out} di output`], tryIt: ['Try it', 'Provalo'], noSnapshot: ['not routed', 'non instradato'],
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
        <Figure label={w.inService} value={health.data === undefined ? '…' : `${format.count(serving)} / ${format.count(all.length)}`} tone={serving < all.length ? 'warn' : undefined} note={w.lastHour} />
        <Providers />
      </div>
      <div className="max-w-md"><TextField label={w.find} type="search" value={search['find'] ?? ''} onChange={(value) => change({ find: value })} /></div>
      <Answered asked={models} rows={8}>{({ data }) => {
        const shown = data.filter((model) => `${model.name} ${model.spec.maker ?? ''}`.toLowerCase().includes(find))
        if (data.length === 0) return <Empty icon="models" title={w.none}>{w.noneHint}</Empty>
        if (shown.length === 0) return <Empty icon="search" title={w.noMatch} />
        return <div className="grid grid-cols-[minmax(0,1fr)] gap-4 min-[1900px]:grid-cols-2">{shown.map((model) => <ModelPanel key={model.name} model={model} health={health.data} service={service.data} prices={prices.data?.data ?? []} />)}</div>
      }}</Answered>
    </Page>
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
          <Button icon="rotate" onClick={() => setAsked(one)}>{w.reinstate}</Button>
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

function ModelPanel({ model, health, service, prices }: { readonly model: Model; readonly health: Health | undefined; readonly service: Service | undefined; readonly prices: readonly Price[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const suspended = new Set((health?.accounts ?? []).filter((one) => one.suspended !== null).map((one) => one.account))
  const stateOf = (one: Model['deployments'][number]): readonly [Tone, string] => {
    if (suspended.has(one.account)) return ['bad', w.suspended]
    const state = health?.deployments.find((known) => known.id === one.id)?.state ?? 'closed'
    return state === 'open' ? ['bad', w.resting] : state === 'half-open' ? ['warn', w.trying] : ['good', w.serving]
  }
  const figures = (one: Model['deployments'][number]): Service['models'][number] | undefined => service?.models.find((known) => known.model === model.name && known.deployment === one.id)
  const priceOf = (one: Model['deployments'][number], meter: string): string => {
    const row = prices.find((price) => price.list === one.price_list && price.model === one.priced_as && price.meter === meter && price.tier === 'default' && price.above_input === 0)
    return row === undefined ? '–' : format.money(row.per_million, row.currency)
  }
  const [first] = model.deployments
  return (
    <Panel title={model.name} note={first === undefined ? w.noSnapshot : w.context(format.short(first.context_window), format.short(first.output_max))}
      actions={<><Go to={paths.calls({ model: model.name })}>{s.calls}</Go><Go to={paths.playground([model.name])}>{w.tryIt}</Go></>}>
      <Table caption={`${w.deployments}, ${model.name}`} rows={model.deployments} rowKey={(one) => one.id}
        columns={[
          { id: 'id', head: s.deployment, wrap: true, cell: (one) => <Go to={paths.calls({ deployment: one.id })}>{one.id}</Go> },
          { id: 'state', head: w.state, cell: (one) => { const [tone, text] = stateOf(one); return <Badge tone={tone}>{text}</Badge> } },
          { id: 'weight', head: w.weight, end: true, cell: (one) => `${one.group} · ${format.count(one.weight)}`, from: 'lg' }, { id: 'capacity', head: w.capacity, cell: (one) => one.capacity, from: 'xl' },
          { id: 'latency', head: w.within, end: true, cell: (one) => { const f = figures(one); return f?.p50_ms === undefined || f.p50_ms === null ? '–' : `${format.duration(f.p50_ms)} · ${format.duration(f.p95_ms ?? 0)}` }, from: 'md' },
          { id: 'speed', head: w.speed, end: true, cell: (one) => { const speed = figures(one)?.tokens_per_second; return speed === undefined || speed === null ? '–' : format.short(Math.round(speed)) }, from: 'lg' },
          { id: 'failed', head: w.failed, end: true, cell: (one) => { const f = figures(one); return f === undefined || f.attempts === 0 ? '–' : format.percent(f.failed / f.attempts) }, from: 'sm' },
          { id: 'price', head: w.price, end: true, cell: (one) => <Go to={paths.prices(one.priced_as)}>{`${priceOf(one, 'input')} · ${priceOf(one, 'output')}`}</Go>, from: 'sm' },
        ]} />
    </Panel>
  )
}
