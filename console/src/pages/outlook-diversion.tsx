/** A share of a model's traffic on a deployment of one's own: both sides with intervals, the split, and the way back. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { useAddress } from '../parts/go.tsx'
import { Bar, Badge, Panel } from '../parts/panel.tsx'
import { NotKnown } from '../parts/planned-figures.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { useAsk, useChange } from '../queries.ts'

const words = {
  none: ['Nothing is or was diverted', 'Nulla è o è stato deviato'], noneHint: ['A model with an in-house deployment can have a share of its users there, and have them back with one press.', 'Un modello con un deployment in proprio può portarvi una quota di utenti, e riportarla indietro con un tasto.'], start: ['Divert a model', 'Devia un modello'], model: ['Model', 'Modello'],
  noOwn: ['No model has an in-house deployment: declare one under Models & providers (capacity: in-house)', 'Nessun modello ha un deployment in proprio: dichiarane uno in Modelli e fornitori (capacity: in-house)'], to: [(share: string, to: string, by: string) => `${share} of users go to ${to}, the same ${by} always to the same side`, (share: string, to: string, by: string) => `${share} degli utenti va a ${to}; lo stesso ${by} sempre dalla stessa parte`], asDeclared: ['Routed as declared', 'Instradato come dichiarato'], user: ['user', 'utente'], session: ['session', 'sessione'],
  change: ['Change the split', 'Cambia la quota'], back: ['Take it back', 'Riporta indietro'], share: ['Share, percent', 'Quota, per cento'], target: ['To', 'Verso'], by: ['Kept together by', 'Tenuti insieme per'], save: ['Divert', 'Devia'], unknown: ['Go on although its ancestry is in question', 'Procedi benché l’origine sia in dubbio'], no: ['no', 'no'], yes: ['yes, I know', 'sì, lo so'],
  ancestryHint: ['What an own model was made from is checked against the clauses of today.', 'L’origine di un modello proprio è verificata con le clausole di oggi.'], backTitle: [(model: string) => `Route ${model} as declared again?`, (model: string) => `Instradare di nuovo ${model} come dichiarato?`], backAll: ['Within two seconds, on every node, every call goes where the model is declared to go.', 'Entro due secondi, su ogni nodo, ogni chiamata va dove il modello dichiara.'], backOpen: ['Calls that are open end where they are: none is cut.', 'Le chiamate aperte finiscono dove sono: nessuna viene tagliata.'], backCost: ['The supplier carries the whole traffic again, at its price.', 'Il fornitore porta di nuovo tutto il traffico, al suo prezzo.'],
  idle: ['Without effect', 'Senza effetto'], deny: ['Forbidden by the terms of today, and still diverted', 'Vietata dalle condizioni di oggi, e ancora deviata'], ask: ['Its ancestry is in question, and it is still diverted', 'La sua origine è in dubbio, ed è ancora deviata'], unregistered: ['Its ancestry was never checked: no model of that name is registered with the terms', 'La sua origine non è mai stata verificata: nessun modello con quel nome è registrato tra le condizioni'],
  stays: ['Traffic stays where it is until somebody takes it back.', 'Il traffico resta dov’è finché qualcuno non lo riporta indietro.'], history: ['Changes', 'Cambi'], took: ['taken back', 'riportato indietro'], diverted: [(share: string, to: string) => `${share} to ${to}`, (share: string, to: string) => `${share} a ${to}`], sides: ['Both sides', 'Le due parti'], signal: ['Outcome that counts as success', 'Esito che conta come successo'], own: ['own', 'propria'], supplier: ['supplier', 'fornitore'], figure: ['Figure', 'Cifra'],
  atAsset: [(month: string, times: string) => `${month}, by the books of the own assets: ${times} times the stated internal rate.`, (month: string, times: string) => `${month}, secondo i libri dei cespiti propri: ${times} volte la tariffa interna dichiarata.`],
  attempts: ['attempts', 'tentativi'], judged: ['calls judged', 'chiamate giudicate'], successes: ['successes', 'successi'], successRate: ['success rate', 'tasso di successo'], errorRate: ['error rate', 'tasso di errore'], median: ['latency, median', 'latenza, mediana'], p95: ['latency, 95 %', 'latenza, 95 %'], costPerCall: ['cost per call', 'costo per chiamata'], costPerSuccess: ['cost per success', 'costo per successo'], range: [(low: string, high: string) => `${low} to ${high}`, (low: string, high: string) => `da ${low} a ${high}`], openEnd: ['open', 'aperto'], unknownValue: ['unknown', 'sconosciuto'], methods: ['How the intervals are made', 'Come sono fatti gli intervalli'], of: [(a: string, b: string) => `${a} of ${b}`, (a: string, b: string) => `${a} su ${b}`], noClaim: ['Observed, not compared: no equivalence is claimed.', 'Osservate, non confrontate: non si afferma alcuna equivalenza.'],
} as const satisfies Words

type View = Answer<'GET /admin/v1/diversions'>['data'][number]
type Model = Answer<'GET /admin/v1/models'>['data'][number]
type Sides = Answer<'GET /admin/v1/diversions/{model}/sides'>
type Side = Sides['sides'][number]

export function Diversions(): ReactNode {
  const w = useWords(words)
  const [asked, setAsked] = useState<string>()
  const found = useAsk('GET /admin/v1/diversions', {})
  const models = useAsk('GET /admin/v1/models', {})
  const able = (models.data?.data ?? []).filter((model) => model.deployments.some((one) => one.capacity === 'in-house') && model.deployments.length > 1)
  const first = able[0]
  const begin = <Button does="PUT /admin/v1/diversions/{model}" kind="primary" icon="plus" because={first === undefined ? w.noOwn : undefined} onClick={() => setAsked(first?.name)}>{w.start}</Button>
  return (
    <Answered asked={found} rows={6}>{({ data }) => (
      <>
        <div>{begin}</div>
        {data.length === 0 ? <Panel title={w.sides}><Empty icon="outlook" title={w.none}>{w.noneHint}</Empty></Panel> : data.map((one) => <Diversion key={one.model} view={one} onChange={() => setAsked(one.model)} />)}
        {asked === undefined ? null : <SplitForm models={able} first={asked} views={data} onClose={() => setAsked(undefined)} />}
      </>
    )}</Answered>
  )
}

const inHouse = (model: Model | undefined): readonly string[] => (model?.deployments ?? []).filter((one) => one.capacity === 'in-house').map((one) => one.id)

function SplitForm({ models, first, views, onClose }: { readonly models: readonly Model[]; readonly first: string; readonly views: readonly View[]; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const before = views.find((one) => one.model === first)?.diversion
  const [model, setModel] = useState(first)
  const [share, setShare] = useState(before === null || before === undefined ? '10' : String(Number((before.share * 100).toFixed(4))))
  const [sticky, setSticky] = useState<'user' | 'session'>(before?.sticky ?? 'user')
  const [known, setKnown] = useState<'no' | 'yes'>('no')
  const targets = inHouse(models.find((one) => one.name === model))
  const [to, setTo] = useState(before?.to ?? targets[0] ?? '')
  const target = targets.includes(to) ? to : (targets[0] ?? '')
  const divert = useChange('PUT /admin/v1/diversions/{model}', ['GET /admin/v1/diversions', 'GET /admin/v1/diversions/{model}/sides'])
  return (
    <FormDialog title={w.change} verb={w.save} busy={divert.isPending} failure={divert.error} onClose={onClose}
      onSubmit={() => divert.mutate({ params: { model }, body: { to: target, share: Number(share) / 100, sticky, unknown_ancestry: known === 'yes' } }, { onSuccess: onClose })}>
      <ChoiceField label={w.model} value={model} onChange={setModel} options={models.map((one) => [one.name, one.name] as const)} />
      <ChoiceField label={w.target} value={target} onChange={setTo} options={targets.map((one) => [one, one] as const)} />
      <TextField label={w.share} type="number" value={share} onChange={setShare} required />
      <ChoiceField label={w.by} value={sticky} onChange={setSticky} options={[['user', w.user], ['session', w.session]]} />
      <ChoiceField label={w.unknown} hint={w.ancestryHint} value={known} onChange={setKnown} options={[['no', w.no], ['yes', w.yes]]} />
    </FormDialog>
  )
}

function Diversion({ view, onChange }: { readonly view: View; readonly onChange: () => void }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const format = useFormat()
  const [asking, setAsking] = useState(false)
  const back = useChange('DELETE /admin/v1/diversions/{model}', ['GET /admin/v1/diversions', 'GET /admin/v1/diversions/{model}/sides'])
  const { diversion, steps, idle, model } = view
  const percent = (share: string | null): string => format.percent(Number(share ?? '0'))
  return (
    <Panel title={model} actions={<><Button does="PUT /admin/v1/diversions/{model}" small onClick={onChange}>{w.change}</Button>{diversion === null ? null : <Button does="DELETE /admin/v1/diversions/{model}" small kind="danger" icon="rotate" onClick={() => setAsking(true)}>{w.back}</Button>}</>}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-4">
          {diversion === null ? <p><Badge>{w.asDeclared}</Badge></p> : (
            <div className="grid gap-2"><p>{w.to(format.percent(diversion.share), diversion.to, diversion.sticky === 'user' ? w.user : w.session)}</p><Bar label={format.percent(diversion.share)} parts={[{ share: diversion.share, tone: 'held' }]} /></div>
          )}
          {idle === null ? null : <p className="rounded-lg bg-warn-tint px-3 py-2"><strong className="text-warn">{w.idle}:</strong> <span lang="en">{idle}</span></p>}
          <Standing of={view.standing} />
          <BothSides model={model} />
        </div>
        <div>
          <h3 className="mb-3 text-sm text-muted">{w.history}</h3>
          <Timeline label={w.history} steps={steps.toReversed().map((step) => ({ id: `${step.at} ${step.version}`, tone: step.action === 'divert' ? 'accent' as const : 'plain' as const, title: step.action === 'divert' ? w.diverted(percent(step.share), step.deployment ?? '') : w.took, note: `${format.moment(step.at)} · ${named(step.actor)}` }))} />
        </div>
      </div>
      {asking ? <ConfirmDialog title={w.backTitle(model)} verb={w.back} danger busy={back.isPending} failure={back.error} onClose={() => setAsking(false)} consequences={[w.backAll, w.backOpen, w.backCost]}
        onSubmit={() => back.mutate({ params: { model } }, { onSuccess: () => setAsking(false) })} /> : null}
    </Panel>
  )
}

/** What the terms of today say of a diversion that runs: told, never acted on by itself. */
function Standing({ of: standing }: { readonly of: View['standing'] }): ReactNode {
  const w = useWords(words)
  if (standing === null || standing.outcome === 'allow') return null
  if (standing.outcome === 'unregistered') return <p className="text-sm text-muted">{w.unregistered}</p>
  return (
    <div role="status" className="grid gap-1 rounded-lg bg-warn-tint px-3 py-2">
      <p><strong className="text-warn">{w[standing.outcome]}.</strong> {w.stays}</p>
      <ul lang="en" className="list-disc pl-5 text-sm">{standing.says.map((one) => <li key={one} className="break-words">{one}</li>)}</ul>
    </div>
  )
}

function BothSides({ model }: { readonly model: string }): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const signal = search['signal'] ?? 'feedback'
  const found = useAsk('GET /admin/v1/diversions/{model}/sides', { params: { model }, query: { signal } }, { keep: true })
  return (
    <section aria-label={`${w.sides}: ${model}`} className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div className="max-w-sm"><TextField label={w.signal} value={signal} onChange={(to) => change({ signal: to })} /></div>
      <Answered asked={found} rows={6}>{(both) => <SidesTable both={both} />}</Answered>
    </section>
  )
}

type Estimate = NonNullable<Side['successRate']>

const Lacking = ({ missing }: { readonly missing: readonly string[] }): ReactNode => (missing.length === 0 ? null : <NotKnown missing={missing} />)

function SidesTable({ both }: { readonly both: Sides }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const say = (estimate: Estimate | undefined, of: (value: number) => string): ReactNode => (estimate === undefined ? <span className="text-muted">{w.unknownValue}</span>
    : <>{of(Number(estimate.value))}<span className="block text-sm text-muted">{w.range(of(Number(estimate.low)), estimate.high === undefined ? w.openEnd : of(Number(estimate.high)))}</span></>)
  const money = (side: Side) => (value: number): string => format.money(value.toFixed(12), side.currency ?? 'USD')
  const ownSide = both.sides.find((side) => side.side === 'own') as Side
  const rows: readonly { readonly name: string; readonly cell: (side: Side) => ReactNode }[] = [
    { name: w.costPerSuccess, cell: (side) => say(side.costPerSuccess, money(side)) }, { name: w.costPerCall, cell: (side) => say(side.costPerCall, money(side)) }, { name: w.successRate, cell: (side) => say(side.successRate, format.percent) },
    { name: w.errorRate, cell: (side) => say(side.errorRate, format.percent) }, { name: w.median, cell: (side) => say(side.latencyMedianMs, format.duration) }, { name: w.p95, cell: (side) => say(side.latency95Ms, format.duration) },
    { name: w.attempts, cell: (side) => format.count(side.attempts) }, { name: w.judged, cell: (side) => w.of(format.count(side.judged), format.count(side.calls)) }, { name: w.successes, cell: (side) => format.count(side.successes) },
  ]
  return (
    <>
      <p className="font-medium">{w.noClaim}</p>
      <Table caption={`${w.sides}: ${both.model}`} rows={rows} rowKey={(row) => row.name} columns={[{ id: 'name', head: w.figure, wrap: true, cell: (row) => row.name }, ...both.sides.map((side) => ({ id: side.side, head: w[side.side], end: true, cell: (row: (typeof rows)[number]) => row.cell(side) }))]} />
      {both.atAsset.status === 'missing' ? null : both.atAsset.months.map((one) => (
        <p key={one.month} className="text-sm">{w.atAsset(one.month, format.count(Number(one.times)))}{one.costPerSuccess === undefined ? null : <> {w.costPerSuccess}: {say(one.costPerSuccess, money(ownSide))}</>}</p>
      ))}
      <Lacking missing={[...both.missing, ...(both.atAsset.status === 'missing' ? both.atAsset.missing : [])]} />
      <details className="text-sm"><summary className="w-fit text-muted hover:text-ink">{w.methods}</summary><ul lang="en" className="mt-1 grid list-disc gap-1 pl-5">{both.methods.map((one) => <li key={one}>{one}</li>)}</ul></details>
    </>
  )
}
