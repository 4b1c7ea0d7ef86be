/** Endpoints that are told what happens, what was sent to them, and a way to send it again. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, FormDialog, SecretDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { useAddress } from '../parts/go.tsx'
import { Badge, Panel, type Tone } from '../parts/panel.tsx'
import { Answered, Empty, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk, useChange } from '../queries.ts'

const words = {
  title: ['Webhooks', 'Webhook'], note: ['Signed as Standard Webhooks say; each message has one id, however often it is sent.', 'Firmati secondo Standard Webhooks; ogni messaggio ha un solo id, per quante volte sia inviato.'], add: ['Add an endpoint', 'Aggiungi un endpoint'], url: ['Address (https)', 'Indirizzo (https)'], types: ['What it is told (comma-separated)', 'Cosa riceve (separato da virgole)'], typesHint: ['Such as case.*, event.budget-threshold or *', 'Ad esempio case.*, event.budget-threshold o *'], everyone: ['All organizations', 'Tutte le organizzazioni'], on: ['on', 'attivo'], off: ['off', 'spento'], turnOff: ['Switch off', 'Disattiva'], turnOn: ['Switch on', 'Attiva'], rotate: ['Rotate', 'Ruota'], remove: ['Remove', 'Rimuovi'],
  none: ['Nobody is told', 'Nessuno viene informato'], noneHint: ['Add an endpoint to have cases, budgets and other events sent to your own systems.', 'Aggiungi un endpoint per inviare casi, budget e altri eventi ai tuoi sistemi.'], offTitle: [(n: string) => `Switch off ${n}?`, (n: string) => `Disattivare ${n}?`], offWaits: ['Messages wait and are sent once it is switched on again.', 'I messaggi attendono e partono alla riattivazione.'], rotateTitle: [(n: string) => `Rotate the secret of ${n}?`, (n: string) => `Ruotare il segreto di ${n}?`], rotateGrace: ['For a day messages carry both signatures; change the receiver meanwhile.', 'Per un giorno i messaggi portano entrambe le firme; aggiorna intanto il destinatario.'], removeTitle: [(n: string) => `Remove ${n}?`, (n: string) => `Rimuovere ${n}?`], removeGone: ['What waits for it is given up.', 'Ciò che attende viene abbandonato.'],
  deliveries: ['Deliveries', 'Consegne'], waiting: ['waiting', 'in attesa'], delivered: ['delivered', 'consegnata'], 'given-up': ['given up', 'abbandonata'], again: ['Send again', 'Reinvia'], type: ['Type', 'Tipo'], tries: ['Tries', 'Tentativi'], answer: ['Answer', 'Risposta'], next: ['Next try', 'Prossimo tentativo'], noDeliveries: ['Nothing was sent yet', 'Ancora nulla inviato'], state: ['State', 'Stato'],
} as const satisfies Words

type Endpoint = Answer<'GET /admin/v1/webhook-endpoints'>['data'][number]
type State = Answer<'GET /admin/v1/webhook-deliveries'>['data'][number]['state']
const tones: Readonly<Record<State, Tone>> = { waiting: 'warn', delivered: 'good', 'given-up': 'bad' }
const touched = ['GET /admin/v1/webhook-endpoints', 'GET /admin/v1/webhook-deliveries'] as const

export function Webhooks(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const [asked, setAsked] = useState<'add' | { readonly what: 'off' | 'rotate' | 'remove'; readonly endpoint: Endpoint }>()
  const endpoints = useAsk('GET /admin/v1/webhook-endpoints', {})
  const change = useChange('PATCH /admin/v1/webhook-endpoints/{endpoint}', touched)
  const close = (): void => setAsked(undefined)
  return (
    <>
      <Panel title={w.title} note={w.note} actions={<Button does="POST /admin/v1/webhook-endpoints" kind="primary" small icon="plus" onClick={() => setAsked('add')}>{w.add}</Button>}>
        {change.error === null ? null : <ErrorNote cause={change.error} title={s.changeFailed} />}
        <Answered asked={endpoints}>{({ data }) => (
          <Table caption={w.title} rows={data} rowKey={(one) => one.id} empty={<Empty icon="pulse" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'name', head: s.name, wrap: true, cell: (one) => <><span className="font-medium">{one.name}</span><p className="text-sm break-all text-muted">{one.url}</p></> }, { id: 'types', head: w.type, wrap: true, cell: (one) => <span className="text-sm">{one.event_types.join(', ')}</span>, from: 'md' }, { id: 'organization', head: s.organization, cell: (one) => one.organization ?? w.everyone, from: 'lg' },
            { id: 'state', head: w.state, cell: (one) => <Badge tone={one.enabled ? 'good' : 'plain'}>{one.enabled ? w.on : w.off}</Badge>, from: 'sm' },
            { id: 'act', head: <span className="sr-only">{w.rotate}</span>, end: true, cell: (one) => <span className="inline-flex gap-2">{one.enabled ? <Button does="PATCH /admin/v1/webhook-endpoints/{endpoint}" small label={`${w.turnOff} ${one.name}`} onClick={() => setAsked({ what: 'off', endpoint: one })}>{w.turnOff}</Button> : <Button does="PATCH /admin/v1/webhook-endpoints/{endpoint}" small label={`${w.turnOn} ${one.name}`} onClick={() => change.mutate({ params: { endpoint: one.id }, body: { enabled: true } })}>{w.turnOn}</Button>}<Button does="POST /admin/v1/webhook-endpoints/{endpoint}/rotate" small label={`${w.rotate} ${one.name}`} onClick={() => setAsked({ what: 'rotate', endpoint: one })}>{w.rotate}</Button><Button does="DELETE /admin/v1/webhook-endpoints/{endpoint}" small label={`${w.remove} ${one.name}`} onClick={() => setAsked({ what: 'remove', endpoint: one })}>{w.remove}</Button></span> },
          ]} />
        )}</Answered>
      </Panel>
      <Deliveries />
      {asked === undefined ? null : asked === 'add' ? <Add onClose={close} /> : asked.what === 'off' ? <Off endpoint={asked.endpoint} onClose={close} /> : asked.what === 'rotate' ? <Rotate endpoint={asked.endpoint} onClose={close} /> : <Remove endpoint={asked.endpoint} onClose={close} />}
    </>
  )
}

function Deliveries(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const state = (['waiting', 'delivered', 'given-up'] as const).find((one) => one === search['state'])
  const deliveries = useAsk('GET /admin/v1/webhook-deliveries', { query: state === undefined ? {} : { state } }, { keep: true })
  const again = useChange('POST /admin/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver', touched)
  return (
    <Panel title={w.deliveries}>
      <div className="mb-3 max-w-52"><ChoiceField label={w.state} value={state ?? ''} onChange={(value) => change({ state: value })} options={[['', s.all], ['waiting', w.waiting], ['delivered', w.delivered], ['given-up', w['given-up']]]} /></div>
      {again.error === null ? null : <ErrorNote cause={again.error} title={s.changeFailed} />}
      <Answered asked={deliveries}>{({ data }) => (
        <Table caption={w.deliveries} rows={data} rowKey={(one) => `${one.id} ${one.endpoint}`} empty={<Empty icon="check" title={w.noDeliveries} />} columns={[
          { id: 'at', head: s.time, cell: (one) => format.moment(one.created_at) }, { id: 'type', head: w.type, cell: (one) => <span className="font-medium">{one.type}</span> }, { id: 'state', head: w.state, cell: (one) => <Badge tone={tones[one.state]}>{w[one.state]}</Badge> }, { id: 'tries', head: w.tries, end: true, cell: (one) => format.count(one.tries), from: 'md' },
          { id: 'answer', head: w.answer, wrap: true, cell: (one) => <span className="text-sm">{[one.status_code, one.says].filter((part) => part !== null).join(' · ') || '–'}</span>, from: 'lg' }, { id: 'next', head: w.next, cell: (one) => (one.next_try === null ? '–' : format.moment(one.next_try)), from: 'xl' },
          { id: 'act', head: <span className="sr-only">{w.again}</span>, end: true, cell: (one) => <Button does="POST /admin/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver" small label={`${w.again} ${one.id}`} onClick={() => again.mutate({ params: { endpoint: one.endpoint, delivery: one.id } })}>{w.again}</Button>, from: 'sm' },
        ]} />
      )}</Answered>
    </Panel>
  )
}

function Add({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const organizations = (useAsk('GET /admin/v1/organizations', {}).data?.data ?? []).map((one) => one.name)
  const add = useChange('POST /admin/v1/webhook-endpoints', touched)
  const [draft, setDraft] = useState({ name: '', url: '', types: '*', organization: '' })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  if (add.data !== undefined) return <SecretDialog title={add.data.name} secret={add.data.signing_secret} onClose={onClose} />
  return (
    <FormDialog title={w.add} verb={w.add} onClose={onClose} busy={add.isPending} failure={add.error} onSubmit={() => add.mutate({ body: { name: draft.name, url: draft.url, event_types: draft.types.split(',').map((one) => one.trim()).filter((one) => one !== ''), ...(draft.organization === '' ? {} : { organization: draft.organization }) } })}>
      <TextField label={s.name} value={draft.name} onChange={(name) => set({ name })} required autoFocus />
      <TextField label={w.url} value={draft.url} onChange={(url) => set({ url })} required />
      <TextField label={w.types} hint={w.typesHint} value={draft.types} onChange={(types) => set({ types })} required />
      <ChoiceField label={s.organization} value={draft.organization} onChange={(organization) => set({ organization })} options={[['', w.everyone], ...organizations.map((one) => [one, one] as const)]} />
    </FormDialog>
  )
}

interface Asked { readonly endpoint: Endpoint; readonly onClose: () => void }

function Off({ endpoint, onClose }: Asked): ReactNode {
  const w = useWords(words)
  const change = useChange('PATCH /admin/v1/webhook-endpoints/{endpoint}', touched)
  return <ConfirmDialog title={w.offTitle(endpoint.name)} verb={w.turnOff} onClose={onClose} busy={change.isPending} failure={change.error} onSubmit={() => change.mutate({ params: { endpoint: endpoint.id }, body: { enabled: false } }, { onSuccess: onClose })} consequences={[w.offWaits]} />
}

function Rotate({ endpoint, onClose }: Asked): ReactNode {
  const w = useWords(words)
  const rotate = useChange('POST /admin/v1/webhook-endpoints/{endpoint}/rotate', touched)
  if (rotate.data !== undefined) return <SecretDialog title={endpoint.name} secret={rotate.data.signing_secret} onClose={onClose} />
  return <ConfirmDialog title={w.rotateTitle(endpoint.name)} verb={w.rotate} onClose={onClose} busy={rotate.isPending} failure={rotate.error} onSubmit={() => rotate.mutate({ params: { endpoint: endpoint.id }, body: {} } as never)} consequences={[w.rotateGrace]} />
}

function Remove({ endpoint, onClose }: Asked): ReactNode {
  const w = useWords(words)
  const remove = useChange('DELETE /admin/v1/webhook-endpoints/{endpoint}', touched)
  return <ConfirmDialog title={w.removeTitle(endpoint.name)} verb={w.remove} danger onClose={onClose} busy={remove.isPending} failure={remove.error} onSubmit={() => remove.mutate({ params: { endpoint: endpoint.id } }, { onSuccess: onClose })} consequences={[w.removeGone]} />
}
