/** The forms of the access page. Each is one screen; what stops traffic says so before. */
import { useState, type ReactNode } from 'react'
import type { Answer, Body } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { ConfirmDialog, FormDialog, SecretDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { useAsk, useChange } from '../queries.ts'
import { shared } from '../parts/words.ts'

export const accessWords = {
  limits: ['Limits', 'Limiti'], newKey: ['Create a key', 'Crea una chiave'], create: ['Create', 'Crea'], keyMade: [(name: string) => `Key ${name}`, (name: string) => `Chiave ${name}`], keyName: ['Name of the key', 'Nome della chiave'], nameHint: ['Letters, digits and . _ : @ -', 'Lettere, cifre e . _ : @ -'], purpose: ['Purpose (optional)', 'Finalità (facoltativa)'], expires: ['Expires (optional)', 'Scadenza (facoltativa)'],
  models: ['Only these models (optional, comma-separated)', 'Solo questi modelli (facoltativo, separati da virgole)'], newProject: [(name: string) => `Add a project to ${name}`, (name: string) => `Aggiungi un progetto a ${name}`], newOrganization: ['Add an organization', 'Aggiungi un’organizzazione'], displayName: ['Shown as (optional)', 'Nome visualizzato (facoltativo)'],
  rotateTitle: [(name: string) => `Rotate ${name}?`, (name: string) => `Ruotare ${name}?`], rotate: ['Rotate', 'Ruota'], grace: ['The old secret stays valid for', 'Il vecchio segreto resta valido per'], graceNone: ['no time: it stops now', 'nessun tempo: cessa subito'], graceHour: ['one hour', 'un’ora'], graceDay: ['one day', 'un giorno'], graceWeek: ['one week', 'una settimana'],
  rotateNow: ['Applications with the old secret get 401 within two seconds, until they have the new one.', 'Le applicazioni con il vecchio segreto ricevono 401 entro due secondi, finché non hanno il nuovo.'], rotateGrace: ['Old and new secret both work until then; change the applications meanwhile.', 'Fino ad allora valgono entrambi i segreti: aggiorna intanto le applicazioni.'],
  revokeTitle: [(name: string) => `Revoke ${name}?`, (name: string) => `Revocare ${name}?`], revoke: ['Revoke the key', 'Revoca la chiave'], stops: ['Every application that uses it gets 401 within two seconds, on every node.', 'Ogni applicazione che la usa riceve 401 entro due secondi, su ogni nodo.'], openCalls: ['Calls that are already open run to their end and are booked.', 'Le chiamate già aperte terminano e vengono contabilizzate.'], forever: ['It cannot be undone; usage and cost stay in the books.', 'Non si può annullare; consumi e costi restano nei registri.'], usedLately: [(calls: string, cost: string) => `In the last 24 hours it made ${calls} calls for ${cost}.`, (calls: string, cost: string) => `Nelle ultime 24 ore ha fatto ${calls} chiamate per ${cost}.`], notUsed: ['It made no call in the last 24 hours.', 'Nelle ultime 24 ore non ha fatto chiamate.'],
  editTitle: [(name: string) => `Limits and budget of ${name}`, (name: string) => `Limiti e budget di ${name}`], requests: ['Requests per minute', 'Richieste al minuto'], tokens: ['Tokens per minute', 'Token al minuto'], atOnce: ['Calls at once', 'Chiamate insieme'], empty: ['Empty: no limit', 'Vuoto: nessun limite'], budget: ['Budget', 'Budget'], budgetHint: ['Such as 1000.00. Empty: none. Calls whose worst case does not fit are refused.', 'Ad esempio 1000.00. Vuoto: nessuno. Le chiamate il cui costo massimo non rientra sono rifiutate.'],
  period: ['Per', 'Per'], day: ['day', 'giorno'], month: ['month', 'mese'], total: ['all time', 'sempre'], currency: ['Currency', 'Valuta'], zone: ['Days and months begin in', 'Giorni e mesi iniziano in'],
} as const satisfies Words

export type Key = Answer<'GET /admin/v1/keys'>['data'][number]
type OrganizationSpec = Answer<'GET /admin/v1/organizations'>['data'][number]['spec']
type ProjectSpec = Answer<'GET /admin/v1/projects'>['data'][number]['spec']
export type Scope = { readonly kind: 'organization'; readonly organization: string; readonly spec: OrganizationSpec } | { readonly kind: 'project'; readonly organization: string; readonly project: string; readonly spec: ProjectSpec }

const namePattern = '[A-Za-z0-9][A-Za-z0-9._:@\\-]{0,127}'
const keyTouches = ['GET /admin/v1/keys', 'GET /admin/v1/budgets'] as const

export function CreateKey({ projects, chosen, onClose }: { readonly projects: Answer<'GET /admin/v1/projects'>['data']; readonly chosen: string | undefined; readonly onClose: () => void }): ReactNode {
  const w = useWords(accessWords)
  const s = useWords(shared)
  const create = useChange('POST /admin/v1/keys', keyTouches)
  const places = projects.map((one) => `${one.organization}/${one.name}`)
  const [place, setPlace] = useState(chosen !== undefined && places.includes(chosen) ? chosen : (places[0] ?? ''))
  const [name, setName] = useState('')
  const [purpose, setPurpose] = useState('')
  const [models, setModels] = useState('')
  const [expires, setExpires] = useState('')
  if (create.data !== undefined) return <SecretDialog title={w.keyMade(create.data.name)} secret={create.data.secret} onClose={onClose} />
  const submit = (): void => {
    const [organization = '', project = ''] = place.split('/')
    const only = models.split(',').map((one) => one.trim()).filter((one) => one !== '')
    create.mutate({ body: { organization, project, name, ...(purpose === '' ? {} : { purpose }), ...(only.length === 0 ? {} : { models: only }), ...(expires === '' ? {} : { expires: new Date(`${expires}T00:00:00`).toISOString() }) } })
  }
  return (
    <FormDialog title={w.newKey} verb={w.create} onClose={onClose} onSubmit={submit} busy={create.isPending} failure={create.error}>
      <ChoiceField label={s.project} value={place} onChange={setPlace} options={places.map((one) => [one, one] as const)} />
      <TextField label={w.keyName} hint={w.nameHint} value={name} onChange={setName} required pattern={namePattern} title={w.nameHint} autoFocus />
      <div className="grid gap-4 sm:grid-cols-2"><TextField label={w.purpose} value={purpose} onChange={setPurpose} /><TextField label={w.expires} type="date" value={expires} onChange={setExpires} /></div>
      <TextField label={w.models} value={models} onChange={setModels} />
    </FormDialog>
  )
}

export function CreateProject({ organization, onClose }: { readonly organization: string; readonly onClose: () => void }): ReactNode {
  const w = useWords(accessWords)
  const s = useWords(shared)
  const put = useChange('PUT /admin/v1/organizations/{organization}/projects/{project}', ['GET /admin/v1/projects'])
  const [name, setName] = useState('')
  return (
    <FormDialog title={w.newProject(organization)} verb={w.create} onClose={onClose} busy={put.isPending} failure={put.error} onSubmit={() => put.mutate({ params: { organization, project: name }, body: {} }, { onSuccess: onClose })}>
      <TextField label={s.name} hint={w.nameHint} value={name} onChange={setName} required pattern={namePattern} title={w.nameHint} autoFocus />
    </FormDialog>
  )
}

export function CreateOrganization({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(accessWords)
  const s = useWords(shared)
  const put = useChange('PUT /admin/v1/organizations/{organization}', ['GET /admin/v1/organizations'])
  const [name, setName] = useState('')
  const [shown, setShown] = useState('')
  return (
    <FormDialog title={w.newOrganization} verb={w.create} onClose={onClose} busy={put.isPending} failure={put.error} onSubmit={() => put.mutate({ params: { organization: name }, body: shown === '' ? {} : { displayName: shown } }, { onSuccess: onClose })}>
      <TextField label={s.name} hint={w.nameHint} value={name} onChange={setName} required pattern={namePattern} title={w.nameHint} autoFocus />
      <TextField label={w.displayName} value={shown} onChange={setShown} />
    </FormDialog>
  )
}

const graces = { none: 0, hour: 3_600, day: 86_400, week: 604_800 } as const

export function RotateKey({ of, onClose }: { readonly of: Key; readonly onClose: () => void }): ReactNode {
  const w = useWords(accessWords)
  const rotate = useChange('POST /admin/v1/keys/{key}/rotate', keyTouches)
  const [grace, setGrace] = useState<keyof typeof graces>('day')
  if (rotate.data !== undefined) return <SecretDialog title={w.keyMade(rotate.data.name)} secret={rotate.data.secret} onClose={onClose} />
  return (
    <FormDialog title={w.rotateTitle(of.name)} verb={w.rotate} danger={grace === 'none'} onClose={onClose} busy={rotate.isPending} failure={rotate.error} onSubmit={() => rotate.mutate({ params: { key: of.id }, body: { grace_seconds: graces[grace] } })}>
      <ChoiceField label={w.grace} value={grace} onChange={setGrace} options={[['week', w.graceWeek], ['day', w.graceDay], ['hour', w.graceHour], ['none', w.graceNone]]} />
      <p className={grace === 'none' ? 'rounded-lg bg-warn-tint px-3 py-2 text-warn' : 'text-muted'}>{grace === 'none' ? w.rotateNow : w.rotateGrace}</p>
    </FormDialog>
  )
}

export function RevokeKey({ of, onClose }: { readonly of: Key; readonly onClose: () => void }): ReactNode {
  const w = useWords(accessWords)
  const format = useFormat()
  const revoke = useChange('DELETE /admin/v1/keys/{key}', keyTouches)
  const [from] = useState(() => new Date(Math.floor(Date.now() / 60_000) * 60_000 - 86_400_000).toISOString())
  const used = useAsk('GET /admin/v1/usage', { query: { key: of.id, from, group_by: 'key' } })
  const row = used.data?.data[0]
  const lately = used.data === undefined ? [] : [row === undefined ? w.notUsed : w.usedLately(format.count(row.calls), format.money(row.cost, row.currency))]
  return <ConfirmDialog title={w.revokeTitle(of.name)} verb={w.revoke} danger onClose={onClose} busy={revoke.isPending} failure={revoke.error} onSubmit={() => revoke.mutate({ params: { key: of.id } }, { onSuccess: onClose })} consequences={[...lately, w.stops, w.openCalls, w.forever]} />
}

interface Draft { readonly requests: string; readonly tokens: string; readonly atOnce: string; readonly amount: string; readonly currency: string; readonly period: 'day' | 'month' | 'total'; readonly zone: string }

const draftOf = ({ limits, budget }: Scope['spec']): Draft => ({
  requests: String(limits?.requestsPerMinute ?? ''), tokens: String(limits?.tokensPerMinute ?? ''), atOnce: String(limits?.concurrency ?? ''), amount: budget?.amount ?? '', currency: budget?.currency ?? 'USD', period: budget?.period ?? 'month', zone: budget?.timeZone ?? 'UTC',
})

/** What was declared, with limits and budget as the form says; the rest stays. */
function changed<S extends Scope['spec']>(spec: S, draft: Draft): S {
  const { limits: _limits, budget, ...rest } = spec
  const whole = { ...(draft.requests === '' ? {} : { requestsPerMinute: Number(draft.requests) }), ...(draft.tokens === '' ? {} : { tokensPerMinute: Number(draft.tokens) }), ...(draft.atOnce === '' ? {} : { concurrency: Number(draft.atOnce) }) }
  const money = draft.amount === '' ? {} : { budget: { ...budget, amount: draft.amount, currency: draft.currency, period: draft.period, timeZone: draft.zone } }
  return { ...rest, ...(Object.keys(whole).length === 0 ? {} : { limits: whole }), ...money } as unknown as S
}

export function EditScope({ scope, onClose }: { readonly scope: Scope; readonly onClose: () => void }): ReactNode {
  const w = useWords(accessWords)
  const touches = ['GET /admin/v1/organizations', 'GET /admin/v1/projects', 'GET /admin/v1/budgets'] as const
  const organization = useChange('PUT /admin/v1/organizations/{organization}', touches)
  const project = useChange('PUT /admin/v1/organizations/{organization}/projects/{project}', touches)
  const [draft, setDraft] = useState(() => draftOf(scope.spec))
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change })
  const submit = (): void => {
    if (scope.kind === 'organization') organization.mutate({ params: { organization: scope.organization }, body: changed(scope.spec, draft) as Body<'PUT /admin/v1/organizations/{organization}'> }, { onSuccess: onClose })
    else project.mutate({ params: { organization: scope.organization, project: scope.project }, body: changed(scope.spec, draft) as Body<'PUT /admin/v1/organizations/{organization}/projects/{project}'> }, { onSuccess: onClose })
  }
  const name = scope.kind === 'organization' ? scope.organization : `${scope.organization}/${scope.project}`
  const s = useWords(shared)
  return (
    <FormDialog title={w.editTitle(name)} verb={s.save} onClose={onClose} busy={organization.isPending || project.isPending} failure={organization.error ?? project.error} onSubmit={submit}>
      <div className="grid gap-4 sm:grid-cols-3">
        <TextField label={w.requests} type="number" value={draft.requests} onChange={(requests) => set({ requests })} placeholder={s.unlimited} />
        <TextField label={w.tokens} type="number" value={draft.tokens} onChange={(tokens) => set({ tokens })} placeholder={s.unlimited} />
        <TextField label={w.atOnce} type="number" value={draft.atOnce} onChange={(atOnce) => set({ atOnce })} placeholder={s.unlimited} />
      </div>
      <TextField label={w.budget} hint={w.budgetHint} value={draft.amount} onChange={(amount) => set({ amount })} pattern="\d+(\.\d+)?" />
      <div className="grid gap-4 sm:grid-cols-3">
        <ChoiceField label={w.period} value={draft.period} onChange={(period) => set({ period })} options={[['day', w.day], ['month', w.month], ['total', w.total]]} />
        <TextField label={w.currency} value={draft.currency} onChange={(currency) => set({ currency })} pattern="[A-Z]{3}" />
        <TextField label={w.zone} value={draft.zone} onChange={(zone) => set({ zone })} />
      </div>
    </FormDialog>
  )
}
