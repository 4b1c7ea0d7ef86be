/** Acts on a case: each says why in a sentence that all parties may read. */
import { useState, type ReactNode } from 'react'
import { useWords, type Spoken, type Words } from '../language.ts'
import { FormDialog } from '../parts/dialog.tsx'
import { AreaField, CheckField, ChoiceField } from '../parts/form.tsx'
import { useChange } from '../queries.ts'
import { lines } from './cases.tsx'
import { useCaseWords, type Case, type CaseInFull } from './cases-page.tsx'

export type Act = Case['possible'][number]

const names = {
  'take-up': ['Take it up', 'Prendi in carico'], dismiss: ['Dismiss', 'Archivia'], open: ['Open it', 'Apri il caso'], notice: ['Give notice', 'Notifica'], answer: ['Enter an answer', 'Inserisci una risposta'], silence: ['Note the silence', 'Registra il silenzio'], investigate: ['Investigate', 'Avvia l’istruttoria'], decide: ['Decide', 'Decidi'], appeal: ['Enter an appeal', 'Inserisci un appello'], uphold: ['Uphold', 'Conferma'], vary: ['Vary', 'Modifica'], reverse: ['Reverse', 'Revoca'], close: ['Close', 'Chiudi'], reopen: ['Reopen', 'Riapri'],
} as const satisfies Words
const done = {
  'take-up': ['Taken up', 'Preso in carico'], dismiss: ['Dismissed', 'Archiviato'], open: ['Opened', 'Aperto'], notice: ['Notice given', 'Notificato'], answer: ['Answered', 'Risposto'], silence: ['No answer came', 'Nessuna risposta'], investigate: ['Investigation begun', 'Istruttoria avviata'], decide: ['Decided', 'Deciso'], appeal: ['Appealed', 'Appello presentato'], uphold: ['Upheld', 'Confermato'], vary: ['Varied', 'Modificato'], reverse: ['Reversed', 'Revocato'], close: ['Closed', 'Chiuso'], reopen: ['Reopened', 'Riaperto'],
} as const satisfies Words
const words = {
  says: ['Why, in a sentence that all parties may read', 'Perché, in una frase leggibile da tutte le parti'], evidence: ['Evidence, one a line', 'Prove, una per riga'], finding: ['Finding', 'Esito'], lift: ['Restrictions that it lifts', 'Limitazioni che revoca'], own: ['Your own words', 'Con le tue parole'], notice: ['The customer is told what it is accused of, under which clause, on which evidence, and has seven days to answer.', 'Il cliente viene informato di cosa è accusato, secondo quale clausola e con quali prove, e ha sette giorni per rispondere.'],
  decide: ['The customer can appeal for six months; somebody else decides the appeal within fourteen days.', 'Il cliente può presentare appello per sei mesi; un’altra persona decide entro quattordici giorni.'], reverse: ['All restrictions of this case end, within two seconds.', 'Tutte le limitazioni di questo caso cessano entro due secondi.'], another: ['Whoever decided or restricted before cannot decide the appeal.', 'Chi ha deciso o limitato prima non può decidere l’appello.'], free: ['Free of charge. Somebody who has not decided before looks at it within fourteen days.', 'Gratuito. Lo esamina entro quattordici giorni chi non ha deciso prima.'], answerTitle: ['Answer the notice', 'Rispondi alla notifica'], appealTitle: ['Appeal the decision', 'Presenta appello'],
} as const satisfies Words

export function useActWords(): { readonly names: Spoken<typeof names>; readonly done: Spoken<typeof done> } {
  return { names: useWords(names), done: useWords(done) }
}

const touched = ['GET /admin/v1/cases', 'GET /admin/v1/cases/{case}', 'GET /admin/v1/referrals', 'GET /admin/v1/logs/governance'] as const

export function MoveCase({ of, act, onClose }: { readonly of: CaseInFull; readonly act: Act; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const n = useWords(names)
  const c = useCaseWords()
  const move = useChange('POST /admin/v1/cases/{case}/moves', touched)
  const [says, setSays] = useState('')
  const [evidence, setEvidence] = useState('')
  const [finding, setFinding] = useState<'no_breach' | 'remediation' | 'penalty'>('remediation')
  const [lift, setLift] = useState<readonly string[]>([])
  const held = of.restrictions.filter((one) => one.status === 'in-force')
  const note = act === 'notice' ? w.notice : act === 'decide' ? w.decide : act === 'reverse' ? `${w.reverse} ${w.another}` : act === 'uphold' || act === 'vary' ? w.another : undefined
  return (
    <FormDialog title={n[act]} verb={n[act]} danger={act === 'reverse' || act === 'dismiss'} onClose={onClose} busy={move.isPending} failure={move.error}
      onSubmit={() => move.mutate({ params: { case: of.id }, body: { act, says, evidence: lines(evidence), ...(act === 'decide' ? { finding } : {}), ...(act === 'vary' ? { lift: [...lift] } : {}) } }, { onSuccess: onClose })}>
      {note === undefined ? null : <p className="text-muted">{note}</p>}
      {act === 'decide' ? <ChoiceField label={w.finding} value={finding} onChange={setFinding} options={(['no_breach', 'remediation', 'penalty'] as const).map((one) => [one, c[one]] as const)} /> : null}
      {act === 'vary' && held.length > 0 ? <fieldset className="grid gap-2"><legend className="mb-1 text-sm font-medium">{w.lift}</legend>{held.map((one) => <CheckField key={one.id} label={c[one.kind]} checked={lift.includes(one.id)} onChange={(on) => setLift(on ? [...lift, one.id] : lift.filter((each) => each !== one.id))} />)}</fieldset> : null}
      <AreaField label={w.says} rows={3} value={says} onChange={setSays} required />
      <AreaField label={w.evidence} rows={2} mono value={evidence} onChange={setEvidence} />
    </FormDialog>
  )
}

/** The customer's answer or appeal, in its own words. */
export function OwnWords({ of, act, onClose }: { readonly of: CaseInFull; readonly act: 'answer' | 'appeal'; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const answer = useChange('POST /admin/v1/cases/{case}/answer', touched)
  const appeal = useChange('POST /admin/v1/cases/{case}/appeal', touched)
  const [says, setSays] = useState('')
  const [evidence, setEvidence] = useState('')
  const submit = (): void => {
    const given = { params: { case: of.id }, body: { says, evidence: lines(evidence) } }
    if (act === 'answer') answer.mutate(given, { onSuccess: onClose })
    else appeal.mutate(given, { onSuccess: onClose })
  }
  const title = act === 'answer' ? w.answerTitle : w.appealTitle
  return (
    <FormDialog title={title} verb={title} onClose={onClose} busy={answer.isPending || appeal.isPending} failure={answer.error ?? appeal.error} onSubmit={submit}>
      {act === 'appeal' ? <p className="text-muted">{w.free}</p> : null}
      <AreaField label={w.own} rows={4} value={says} onChange={setSays} required />
      <AreaField label={w.evidence} rows={2} mono value={evidence} onChange={setEvidence} />
    </FormDialog>
  )
}
