/** Forms of the register: a purpose, an attestation, an agreement. */
import { useState, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { useWords, type Words } from '../language.ts'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { dayMs, dayOf, endOf, given, listed, startOf } from '../parts/typed.ts'
import { shared } from '../parts/words.ts'
import type { RegisterKind } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'

const words = {
  purposes: ['Register a purpose', 'Registra una finalità'], attestations: ['Attest a fact', 'Attesta un fatto'], agreements: ['Record an agreement', 'Registra un accordo'], register: ['Register', 'Registra'], id: ['Id', 'Id'], says: ['What is to be done', 'Cosa si vuole fare'], phase: ['Phase', 'Fase'], product: ['product', 'prodotto'], evaluation: ['evaluation', 'valutazione'], 'data-generation': ['data generation', 'generazione di dati'], training: ['training', 'addestramento'],
  data: ['Data', 'Dati'], public: ['public', 'pubblici'], internal: ['internal', 'interni'], personal: ['personal', 'personali'], sensitive: ['sensitive', 'sensibili'], owner: ['Owner', 'Responsabile'], expires: ['Ends on', 'Scade il'], target: ['What is trained', 'Cosa si addestra'], noTarget: ['nothing', 'nulla'], chat: ['a chat model', 'un modello di chat'], classifier: ['a classifier', 'un classificatore'], embedding: ['an embedding model', 'un modello di embedding'], other: ['something else', 'altro'], distribution: ['Distributed', 'Distribuzione'], inside: ['internally', 'interna'], outside: ['to others', 'esterna'], unknown: ['not known yet', 'non ancora nota'],
  countries: ['Countries of end users (comma-separated)', 'Paesi degli utenti finali (separati da virgole)'], kind: ['Fact', 'Fatto'], value: ['Value', 'Valore'], valueHint: ['A whole number, true, false or a word', 'Un numero intero, true, false o una parola'], ofPurposes: ['Purposes, by id (comma-separated)', 'Finalità, per id (separate da virgole)'], asOf: ['As of', 'Alla data'], maker: ['Maker (of an authorisation)', 'Produttore (di un’autorizzazione)'], party: ['Maker or channel', 'Produttore o canale'], document: ['Document', 'Documento'], acceptedBy: ['Accepted by', 'Accettato da'], acceptedAt: ['Accepted on', 'Accettato il'],
} as const satisfies Words

const attestationKinds = ['monthly-users', 'monthly-users-at-release', 'monthly-revenue-dollars', 'year-revenue-dollars', 'ownership-unsupported-percent', 'territory', 'maas', 'resale-per-token', 'retention-none', 'authorisation', 'distribution-intent'] as const

/** Kinds whose forms are here; an exclusivity has its own. */
type PlainKind = Exclude<RegisterKind, 'exclusivities'>
type Draft = Readonly<Record<string, string>>
interface Fields { readonly draft: Draft; readonly set: (change: Draft) => void; readonly organizations: readonly string[] }

const valueOf = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text)

/** An intent is about purposes, and an authorisation covers those that it names. */
const namesPurposes = ({ kind }: Draft): boolean => kind === 'authorisation' || kind === 'distribution-intent'

function bodyOf(kind: PlainKind, d: Draft): Record<string, unknown> {
  const organization = d['organization']
  switch (kind) {
    case 'purposes': return given({ id: d['id'], organization, says: d['says'], phase: d['phase'], dataClass: d['data'], owner: d['owner'], expiresMs: endOf(d['expires']), endUserCountries: listed(d['countries']?.toUpperCase()), ...(d['target'] === '' ? {} : { target: given({ class: d['target'], distribution: d['distribution'] }) }) })
    case 'attestations': return given({ id: d['id'], organization, kind: d['kind'], value: d['kind'] === 'distribution-intent' ? d['intent'] : valueOf(d['value'] ?? ''), maker: d['kind'] === 'distribution-intent' ? undefined : d['maker'], purposes: namesPurposes(d) ? listed(d['purposes']) : undefined, asOfMs: startOf(d['asOf']), owner: d['owner'], expiresMs: endOf(d['expires']) })
    case 'agreements': return given({ id: d['id'], organization, party: d['party'], document: d['document'], acceptedBy: d['owner'], acceptedAtMs: startOf(d['asOf']), state: 'active' })
  }
}

export function RegisterForm({ kind, onClose }: { readonly kind: PlainKind; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const at = useMinute()
  const organizations = (useAsk('GET /admin/v1/organizations', {}).data?.data ?? []).map((one) => one.name)
  const put = useChange('POST /admin/v1/terms/records/{kind}', ['GET /admin/v1/terms/records/{kind}', 'GET /admin/v1/terms/explain/{purpose}', 'GET /admin/v1/logs/governance'])
  const [draft, setDraft] = useState<Draft>(() => ({ id: '', says: '', phase: 'product', data: 'internal', owner: '', expires: dayOf(at + 365 * dayMs), target: '', distribution: '', countries: '', kind: attestationKinds[0], value: '', intent: 'internal', purposes: '', maker: '', asOf: dayOf(at), party: '', document: '' }))
  const organization = draft['organization'] ?? organizations[0] ?? ''
  const fields: Fields = { draft: { ...draft, organization }, set: (change) => setDraft({ ...draft, ...change }), organizations }
  return (
    <FormDialog title={w[kind]} verb={w.register} onClose={onClose} busy={put.isPending} failure={put.error} onSubmit={() => put.mutate({ params: { kind }, body: bodyOf(kind, fields.draft) }, { onSuccess: onClose })}>
      {kind === 'purposes' ? <Purpose {...fields} /> : kind === 'attestations' ? <Attestation {...fields} /> : <Agreement {...fields} />}
    </FormDialog>
  )
}

function Text({ name, label, draft, set, required = true, type = 'text', hint }: Fields & { readonly name: string; readonly label: string; readonly required?: boolean; readonly type?: 'text' | 'date'; readonly hint?: string }): ReactNode {
  return <TextField label={label} type={type} value={draft[name] ?? ''} onChange={(value) => set({ [name]: value })} required={required} {...(hint === undefined ? {} : { hint })} />
}

function Whose(fields: Fields): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Text {...fields} name="id" label={w.id} />
      <ChoiceField label={s.organization} value={fields.draft['organization'] ?? ''} onChange={(organization) => fields.set({ organization })} options={fields.organizations.map((one) => [one, one] as const)} />
    </div>
  )
}

function Purpose(fields: Fields): ReactNode {
  const w = useWords(words)
  const { draft, set } = fields
  const phases = ['product', 'evaluation', 'data-generation', 'training'] as const
  return (
    <>
      <Whose {...fields} />
      <Text {...fields} name="says" label={w.says} />
      <div className="grid gap-4 sm:grid-cols-2">
        <ChoiceField label={w.phase} value={draft['phase'] ?? ''} onChange={(phase) => set({ phase })} options={phases.map((one) => [one, w[one]] as const)} />
        <ChoiceField label={w.data} value={draft['data'] ?? ''} onChange={(data) => set({ data })} options={(['public', 'internal', 'personal', 'sensitive'] as const).map((one) => [one, w[one]] as const)} />
        <ChoiceField label={w.target} value={draft['target'] ?? ''} onChange={(target) => set({ target })} options={[['', w.noTarget], ...(['chat', 'classifier', 'embedding', 'other'] as const).map((one) => [one, w[one]] as const)]} />
        {draft['target'] === '' ? null : <ChoiceField label={w.distribution} value={draft['distribution'] ?? ''} onChange={(distribution) => set({ distribution })} options={[['', w.unknown], ['internal', w.inside], ['external', w.outside]]} />}
      </div>
      <Text {...fields} name="countries" label={w.countries} required={false} />
      <div className="grid gap-4 sm:grid-cols-2"><Text {...fields} name="owner" label={w.owner} /><Text {...fields} name="expires" label={w.expires} type="date" /></div>
    </>
  )
}

function Attestation(fields: Fields): ReactNode {
  const w = useWords(words)
  const { draft, set } = fields
  const intent = draft['kind'] === 'distribution-intent'
  return (
    <>
      <Whose {...fields} />
      <ChoiceField label={w.kind} value={draft['kind'] ?? ''} onChange={(kind) => set({ kind })} options={attestationKinds.map((one) => [one, one] as const)} />
      <div className="grid gap-4 sm:grid-cols-2">
        {intent
          ? <ChoiceField label={w.distribution} value={draft['intent'] ?? ''} onChange={(value) => set({ intent: value })} options={[['internal', w.inside], ['external', w.outside]]} />
          : <><Text {...fields} name="value" label={w.value} hint={w.valueHint} /><Text {...fields} name="maker" label={w.maker} required={false} /></>}
        {namesPurposes(draft) ? <Text {...fields} name="purposes" label={w.ofPurposes} required={intent} /> : null}
        <Text {...fields} name="asOf" label={w.asOf} type="date" /><Text {...fields} name="expires" label={w.expires} type="date" />
      </div>
      <Text {...fields} name="owner" label={w.owner} />
    </>
  )
}

function Agreement(fields: Fields): ReactNode {
  const w = useWords(words)
  return (
    <>
      <Whose {...fields} />
      <div className="grid gap-4 sm:grid-cols-2"><Text {...fields} name="party" label={w.party} /><Text {...fields} name="document" label={w.document} /><Text {...fields} name="owner" label={w.acceptedBy} /><Text {...fields} name="asOf" label={w.acceptedAt} type="date" /></div>
    </>
  )
}
