/** A training run with all that went into it, and a publication with its duties: recorded or refused, and why. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { Dialog, FormDialog } from '../parts/dialog.tsx'
import { AreaField, CheckField, ChoiceField, TextField } from '../parts/form.tsx'
import { Go } from '../parts/go.tsx'
import { Badge } from '../parts/panel.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import type { Registered } from './datasets.tsx'
import type { PurposeBody } from './register.tsx'
import { OutcomeBadge } from './terms-page.tsx'

const words = {
  train: ['Register a training', 'Registra un addestramento'], trainVerb: ['Register', 'Registra'], model: ['Name of the model', 'Nome del modello'], purpose: ['Purpose', 'Finalità'],
  from: ['All that went into it', 'Tutto ciò che vi è entrato'], fromHint: ['Datasets, weights and models. What sticks to them sticks to what is made of them.', 'Dataset, pesi e modelli. Ciò che resta attaccato a loro resta su ciò che ne deriva.'],
  nothing: ['Nothing is registered yet: make a dataset first, or enter what is older than Weir.', 'Ancora nulla di registrato: crea prima un dataset o inserisci ciò che esisteva prima di Weir.'], noPurpose: ['Register a purpose first', 'Registra prima una finalità'],
  publish: ['Publish', 'Pubblica'], what: ['What is published', 'Cosa si pubblica'], shown: ['Name that it is published under', 'Nome con cui è pubblicato'], shownHint: ['Empty: its own. Some licences say how it has to begin.', 'Vuoto: il suo. Alcune licenze dicono come deve iniziare.'], where: ['To whom', 'A chi'], internal: ['inside the organization', 'dentro l’organizzazione'], external: ['to the public', 'al pubblico'],
  fulfilled: ['Duties that are met', 'Obblighi adempiuti'], fulfilledHint: ['One a line: duty = where the evidence is. Left out, the answer says which are asked for.', 'Uno per riga: obbligo = dove sta la prova. Se mancano, la risposta dice quali servono.'],
  recorded: ['Recorded', 'Registrato'], refused: ['Refused', 'Rifiutato'], duties: ['Duties', 'Obblighi'], met: ['met', 'adempiuto'], open: ['open', 'aperto'], sticks: ['Sticks to it', 'Resta attaccato'], licences: ['Licences', 'Licenze'],
} as const satisfies Words

interface Asked { readonly registered: readonly Registered[]; readonly onClose: () => void }
type Judged = Answer<'POST /admin/v1/models/trainings'>

const touched = ['GET /admin/v1/lineage', 'GET /admin/v1/terms/decisions'] as const

export function RegisterTraining({ registered, onClose }: Asked): ReactNode {
  const w = useWords(words)
  const purposes = (useAsk('GET /admin/v1/terms/records/{kind}', { params: { kind: 'purposes' } }).data?.data ?? []).map((one) => one.body as PurposeBody)
  const train = useChange('POST /admin/v1/models/trainings', touched)
  const [model, setModel] = useState('')
  const [purpose, setPurpose] = useState('')
  const [from, setFrom] = useState<readonly string[]>([])
  const chosen = purposes.find((one) => `${one.organization} ${one.id}` === purpose) ?? purposes[0]
  if (train.data !== undefined) return <Judgement title={model} judged={train.data} onClose={onClose} />
  const sources = registered.filter((one) => one.organization === chosen?.organization && one.kind !== 'run')
  const submit = (): void => {
    if (chosen !== undefined) train.mutate({ body: { model, organization: chosen.organization, purpose: chosen.id, from: from.filter((id) => sources.some((one) => one.id === id)) } })
  }
  return (
    <FormDialog title={w.train} verb={w.trainVerb} onClose={onClose} busy={train.isPending} failure={train.error ?? (chosen === undefined ? new Error(w.noPurpose) : null)} onSubmit={submit}>
      <TextField label={w.model} value={model} onChange={setModel} required autoFocus pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,127}" />
      <ChoiceField label={w.purpose} value={chosen === undefined ? '' : `${chosen.organization} ${chosen.id}`} onChange={setPurpose} options={purposes.map((one) => [`${one.organization} ${one.id}`, `${one.organization}: ${one.says}`] as const)} />
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-sm font-medium">{w.from}</legend>
        <p className="text-sm text-muted">{sources.length === 0 ? w.nothing : w.fromHint}</p>
        {sources.map((one) => <CheckField key={one.id} label={one.id} checked={from.includes(one.id)} onChange={(on) => setFrom(on ? [...from, one.id] : from.filter((each) => each !== one.id))} />)}
      </fieldset>
    </FormDialog>
  )
}

/** Lines of `duty = evidence`. */
const evidenceOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()] as const).filter(([duty, evidence]) => duty !== '' && evidence !== ''))

export function Publish({ registered, onClose }: Asked): ReactNode {
  const w = useWords(words)
  const publish = useChange('POST /admin/v1/publications', touched)
  const things = registered.filter((one) => one.kind === 'model' || one.kind === 'dataset')
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const [distribution, setDistribution] = useState<'internal' | 'external'>('internal')
  const [fulfilled, setFulfilled] = useState('')
  const chosen = things.find((one) => one.id === id) ?? things[0]
  if (publish.data !== undefined) return <Judgement title={chosen?.id ?? ''} judged={publish.data} onClose={onClose} />
  const submit = (): void => {
    if (chosen !== undefined) publish.mutate({ body: { id: chosen.id, organization: chosen.organization, distribution, fulfilled: evidenceOf(fulfilled), ...(name === '' ? {} : { name }) } })
  }
  return (
    <FormDialog title={w.publish} verb={w.publish} onClose={onClose} busy={publish.isPending} failure={publish.error ?? (chosen === undefined ? new Error(w.nothing) : null)} onSubmit={submit}>
      <ChoiceField label={w.what} value={chosen?.id ?? ''} onChange={setId} options={things.map((one) => [one.id, `${one.organization}: ${one.id}`] as const)} />
      <TextField label={w.shown} hint={w.shownHint} value={name} onChange={setName} />
      <ChoiceField label={w.where} value={distribution} onChange={setDistribution} options={[['internal', w.internal], ['external', w.external]]} />
      <AreaField label={w.fulfilled} hint={w.fulfilledHint} rows={3} mono value={fulfilled} onChange={setFulfilled} />
    </FormDialog>
  )
}

function Judgement({ title, judged, onClose }: { readonly title: string; readonly judged: Judged; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const links = (clauses: readonly string[]): ReactNode => <span className="inline-flex flex-wrap gap-x-3">{clauses.map((one) => <Go key={one} to={paths.clause(one)}>{one}</Go>)}</span>
  return (
    <Dialog title={title} onClose={onClose}>
      <p role="status" className="flex flex-wrap items-center gap-2"><Badge tone={judged.status === 'recorded' ? 'good' : 'bad'}>{judged.status === 'recorded' ? w.recorded : w.refused}</Badge><OutcomeBadge outcome={judged.outcome} />{links(judged.clauses)}</p>
      {judged.says.length === 0 ? null : <ul lang="en" className="grid gap-1.5">{judged.says.map((one) => <li key={one}>{one}</li>)}</ul>}
      {judged.flags.length === 0 ? null : <p><span className="text-muted">{w.sticks}:</span> {links(judged.flags)}</p>}
      {judged.licences.length === 0 ? null : <p><span className="text-muted">{w.licences}:</span> {judged.licences.join(', ')}</p>}
      {judged.duties.length === 0 ? null : <section aria-label={w.duties}><h3 className="mb-1.5 text-sm font-semibold text-muted">{w.duties}</h3><ul className="grid gap-1.5">{judged.duties.map((one) => <li key={`${one.clause} ${one.obligation}`} className="flex flex-wrap items-center gap-2"><Badge tone={one.met ? 'good' : 'warn'}>{one.met ? w.met : w.open}</Badge><span lang="en">{one.obligation}</span>{links([one.clause])}</li>)}</ul></section>}
      <div className="flex justify-end"><Button kind="primary" onClick={onClose}>{s.close}</Button></div>
    </Dialog>
  )
}
