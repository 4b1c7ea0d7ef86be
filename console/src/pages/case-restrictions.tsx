/** What a case takes away: proposed with its consequences, brought in force by a second person where it suspends, lifted. */
import { useState, type ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx'
import { AreaField, ChoiceField, TextField } from '../parts/form.tsx'
import { Badge } from '../parts/panel.tsx'
import { useAsk, useChange } from '../queries.ts'
import { ContractsFelt } from './case-contracts.tsx'
import { lines } from './cases.tsx'
import { useCaseWords, type CaseInFull, type RestrictionKind } from './cases-page.tsx'

const words = {
  title: ['Restrict', 'Limita'], kind: ['What', 'Cosa'], why: ['Why, in a sentence that the customer reads', 'Perché, in una frase che il cliente legge'], evidence: ['Evidence, one a line', 'Prove, una per riga'], clause: ['Clause', 'Clausola'], until: ['Until (optional)', 'Fino al (facoltativo)'], percent: ['Percent of the usual rate that is left', 'Percentuale del ritmo usuale che resta'], purposes: ['Purposes that stay allowed (comma-separated)', 'Finalità ancora consentite (separate da virgole)'], key: ['Key', 'Chiave'], project: ['Project', 'Progetto'], model: ['Model', 'Modello'], urgent: ['Why notice does not come first', 'Perché la notifica non viene prima'], notUrgent: ['notice came first', 'notifica già data'],
  imminent_loss: ['imminent loss', 'danno imminente'], key_theft: ['a stolen key', 'chiave rubata'], law: ['law', 'legge'], evidence_destruction: ['evidence would be destroyed', 'distruzione di prove'], follows: ['What follows', 'Cosa comporta'],
  watchF: ['Nothing stops. Calls are looked at more closely.', 'Nulla si ferma. Le chiamate sono osservate più da vicino.'], throttleF: ['Calls above the rate that is left get 429 within two seconds.', 'Le chiamate oltre il ritmo residuo ricevono 429 entro due secondi.'], narrowF: ['Calls for any other purpose are refused within two seconds, on every node.', 'Le chiamate per altre finalità sono rifiutate entro due secondi, su ogni nodo.'], exportF: ['Exports of this organization are refused; calls go on.', 'Le esportazioni sono rifiutate; le chiamate continuano.'], trainF: ['Trainings of this organization are refused; calls go on.', 'Gli addestramenti sono rifiutati; le chiamate continuano.'], modelF: ['Calls of this model are refused within two seconds; other models go on.', 'Le chiamate a questo modello sono rifiutate entro due secondi; gli altri continuano.'],
  suspendF: ['Every call of it gets 403 within two seconds, on every node, with case and reason. It takes effect when a second person approves.', 'Ogni sua chiamata riceve 403 entro due secondi, su ogni nodo, con caso e motivo. Ha effetto quando una seconda persona approva.'], endF: ['The account ends and cannot be brought back; a second person has to approve.', 'L’account si chiude senza ritorno; una seconda persona deve approvare.'], told: ['The customer gets a statement of reasons with how to appeal.', 'Il cliente riceve la motivazione e come presentare appello.'],
  proposed: ['waits for a second person', 'attende una seconda persona'], 'in-force': ['in force', 'in vigore'], lifted: ['lifted', 'revocata'], lapsed: ['lapsed', 'decaduta'], by: [(who: string) => `by ${who}`, (who: string) => `da ${who}`], ends: [(when: string) => `until ${when}`, (when: string) => `fino al ${when}`], open: ['until it is lifted', 'fino a revoca'], approve: ['Approve', 'Approva'], lift: ['Lift', 'Revoca'], approveTitle: [(what: string) => `Bring in force: ${what}?`, (what: string) => `Rendere effettiva: ${what}?`], liftTitle: [(what: string) => `Lift: ${what}?`, (what: string) => `Revocare: ${what}?`], liftF: ['What it kept out goes through again within two seconds.', 'Ciò che era bloccato passa di nuovo entro due secondi.'], logged: ['Your name stands in the case and in the governance log.', 'Il tuo nome resta nel caso e nel log di governo.'], automatic: ['made by a program: lapses unless a person takes it over', 'fatta da un programma: decade se nessuno la conferma'],
} as const satisfies Words

const kinds = ['watch', 'throttle', 'narrow_purpose', 'block_export', 'block_train', 'block_model', 'suspend_key', 'suspend_project', 'suspend_account', 'terminate'] as const satisfies readonly RestrictionKind[]
const needs: Readonly<Partial<Record<RestrictionKind, 'key' | 'project' | 'model'>>> = { suspend_key: 'key', suspend_project: 'project', block_model: 'model' }
/** What a key may not do stands in no contract: a project or the account is suspended there. */
const reachesContracts = (kind: RestrictionKind): boolean => kind === 'suspend_project' || kind === 'suspend_account' || kind === 'terminate'
const touched = ['GET /admin/v1/cases', 'GET /admin/v1/cases/{case}', 'GET /admin/v1/logs/governance'] as const

function useConsequences(): (kind: RestrictionKind) => readonly string[] {
  const w = useWords(words)
  const first: Readonly<Record<RestrictionKind, string>> = { watch: w.watchF, throttle: w.throttleF, narrow_purpose: w.narrowF, block_export: w.exportF, block_train: w.trainF, block_model: w.modelF, suspend_key: w.suspendF, suspend_project: w.suspendF, suspend_account: w.suspendF, terminate: w.endF }
  return (kind) => [first[kind], w.told]
}

export function ProposeRestriction({ of, onClose }: { readonly of: CaseInFull; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const c = useCaseWords()
  const follows = useConsequences()
  const restrict = useChange('POST /admin/v1/cases/{case}/restrictions', touched)
  const models = (useAsk('GET /admin/v1/models', {}).data?.data ?? []).map((one) => one.name)
  const [draft, setDraft] = useState({ kind: 'throttle' as RestrictionKind, says: of.says, evidence: '', clause: of.clause, until: '', percent: '50', purposes: '', key: of.about.key ?? '', project: of.about.project ?? '', model: of.about.model ?? '', urgent: '' })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  const { kind } = draft
  const needed = needs[kind]
  const suspends = kind.startsWith('suspend') || kind === 'terminate'
  const model = draft.model === '' ? (models[0] ?? '') : draft.model
  const scope = { organization: of.organization, ...(needed === 'key' ? { key: draft.key } : needed === 'project' ? { project: draft.project } : needed === 'model' ? { model } : {}) }
  const body = {
    kind, scope, clause: draft.clause, says: draft.says, evidence: lines(draft.evidence), ...(draft.until === '' ? {} : { until: new Date(`${draft.until}T23:59:59Z`).toISOString() }), ...(kind === 'throttle' ? { percent: Number(draft.percent) } : {}),
    ...(kind === 'narrow_purpose' ? { purposes: draft.purposes.split(',').map((one) => one.trim()).filter((one) => one !== '') } : {}), ...(draft.urgent === '' ? {} : { urgent: draft.urgent as 'law' }),
  }
  return (
    <FormDialog title={w.title} verb={w.title} danger onClose={onClose} busy={restrict.isPending} failure={restrict.error} onSubmit={() => restrict.mutate({ params: { case: of.id }, body }, { onSuccess: onClose })}>
      <ChoiceField label={w.kind} value={kind} onChange={(next) => set({ kind: next })} options={kinds.map((one) => [one, c[one]] as const)} />
      <div className="rounded-lg bg-warn-tint px-3 py-2 text-warn"><p className="text-sm font-semibold">{w.follows}</p><ul className="list-disc pl-5">{follows(kind).map((one) => <li key={one}>{one}</li>)}</ul></div>
      {needed === 'model' ? <ChoiceField label={w.model} value={model} onChange={(value) => set({ model: value })} options={models.map((one) => [one, one] as const)} /> : needed === undefined ? null : <TextField label={w[needed]} value={draft[needed]} onChange={(value) => set({ [needed]: value })} required />}
      {kind === 'throttle' ? <TextField label={w.percent} type="number" value={draft.percent} onChange={(percent) => set({ percent })} required /> : null}
      {kind === 'narrow_purpose' ? <TextField label={w.purposes} value={draft.purposes} onChange={(purposes) => set({ purposes })} required /> : null}
      <AreaField label={w.why} rows={2} value={draft.says} onChange={(says) => set({ says })} required />
      <AreaField label={w.evidence} rows={2} mono value={draft.evidence} onChange={(evidence) => set({ evidence })} required />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label={w.clause} value={draft.clause} onChange={(clause) => set({ clause })} required /><TextField label={w.until} type="date" value={draft.until} onChange={(until) => set({ until })} />
      </div>
      {suspends ? <ChoiceField label={w.urgent} value={draft.urgent} onChange={(urgent) => set({ urgent })} options={[['', w.notUrgent], ...(['imminent_loss', 'key_theft', 'law', 'evidence_destruction'] as const).map((one) => [one, w[one]] as const)]} /> : null}
      {reachesContracts(kind) && (kind !== 'suspend_project' || draft.project !== '') ? <ContractsFelt id={of.id} project={kind === 'suspend_project' ? draft.project : undefined} until={body.until} /> : null}
    </FormDialog>
  )
}

export function RestrictionLine({ of, one, operate }: { readonly of: CaseInFull; readonly one: CaseInFull['restrictions'][number]; readonly operate: boolean }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const c = useCaseWords()
  const format = useFormat()
  const [asked, setAsked] = useState<'approve' | 'lift'>()
  const where = [one.scope.organization, one.scope.project, one.scope.key, one.scope.model].filter((part) => part !== undefined).join(' / ')
  const close = (): void => setAsked(undefined)
  const takeOver = one.status === 'in-force' && one.automatic && one.approved_by === null
  return (
    <li className="grid gap-2 rounded-lg border border-line p-3 sm:grid-cols-[1fr_auto] sm:items-center">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2"><strong>{c[one.kind]}</strong><Badge tone={one.status === 'in-force' ? 'bad' : one.status === 'proposed' ? 'warn' : 'plain'}>{w[one.status]}</Badge>{takeOver ? <Badge tone="warn">{w.automatic}</Badge> : null}</p>
        <p className="text-sm break-words text-muted">{where} · {w.by(named(one.by))}{one.approved_by === null ? '' : `, ${named(one.approved_by)}`} · {one.ends === null ? w.open : w.ends(format.moment(one.ends))}</p>
      </div>
      {operate ? <div className="flex gap-2">{one.status === 'proposed' || takeOver ? <Button small kind="primary" label={`${w.approve}: ${c[one.kind]}`} onClick={() => setAsked('approve')}>{w.approve}</Button> : null}{one.status === 'in-force' ? <Button small label={`${w.lift}: ${c[one.kind]}`} onClick={() => setAsked('lift')}>{w.lift}</Button> : null}</div> : null}
      {asked === undefined ? null : asked === 'approve' ? <Approve of={of} one={one} onClose={close} /> : <Lift of={of} one={one} onClose={close} />}
    </li>
  )
}

function Approve({ of, one, onClose }: { readonly of: CaseInFull; readonly one: CaseInFull['restrictions'][number]; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const c = useCaseWords()
  const follows = useConsequences()
  const approve = useChange('POST /admin/v1/cases/{case}/restrictions/{restriction}/approve', touched)
  return (
    <ConfirmDialog title={w.approveTitle(c[one.kind])} verb={w.approve} danger onClose={onClose} busy={approve.isPending} failure={approve.error} onSubmit={() => approve.mutate({ params: { case: of.id, restriction: one.id }, body: {} }, { onSuccess: onClose })} consequences={[...follows(one.kind), w.logged]}>
      {reachesContracts(one.kind) ? <ContractsFelt id={of.id} project={one.scope.project} until={one.ends ?? undefined} /> : null}
    </ConfirmDialog>
  )
}

function Lift({ of, one, onClose }: { readonly of: CaseInFull; readonly one: CaseInFull['restrictions'][number]; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const c = useCaseWords()
  const lift = useChange('POST /admin/v1/cases/{case}/restrictions/{restriction}/lift', touched)
  const [says, setSays] = useState('')
  return (
    <FormDialog title={w.liftTitle(c[one.kind])} verb={w.lift} onClose={onClose} busy={lift.isPending} failure={lift.error} onSubmit={() => lift.mutate({ params: { case: of.id, restriction: one.id }, body: { says } }, { onSuccess: onClose })}>
      <p className="text-muted">{w.liftF}</p>
      <AreaField label={w.why} rows={2} value={says} onChange={setSays} required />
    </FormDialog>
  )
}
