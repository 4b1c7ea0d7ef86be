/** The frame of every page about cases, their words and their clocks. */
import { useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Badge, Page, type Tone } from '../parts/panel.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { paths, type Place } from '../paths.ts'

const words = {
  cases: ['Cases', 'Casi'], queue: ['Queue', 'Coda'], signals: ['Signals', 'Segnali'], referrals: ['Makers’ referrals', 'Segnalazioni dei produttori'], notices: ['Suppliers’ notices', 'Avvisi dei fornitori'], drills: ['Drills', 'Esercitazioni'],
  overdue: [(ago: string) => `overdue since ${ago}`, (ago: string) => `scaduto ${ago}`], due: [(what: string, when: string) => `${what} ${when}`, (what: string, when: string) => `${what} ${when}`],
  signal: ['signal', 'segnale'], triage: ['triage', 'valutazione'], dismissed: ['dismissed', 'archiviato'], open: ['open', 'aperto'], noticed: ['noticed', 'notificato'], answered: ['answered', 'risposto'], silent: ['no answer', 'senza risposta'], investigating: ['investigating', 'in istruttoria'], decided: ['decided', 'deciso'], appealed: ['appealed', 'in appello'], upheld: ['upheld', 'confermato'], varied: ['varied', 'modificato'], reversed: ['reversed', 'revocato'], closed: ['closed', 'chiuso'],
  watch: ['watch', 'sorveglianza'], throttle: ['throttle', 'rallentamento'], narrow_purpose: ['narrow to purposes', 'limita alle finalità'], block_export: ['block exports', 'blocca esportazioni'], block_train: ['block trainings', 'blocca addestramenti'], block_model: ['block a model', 'blocca un modello'], suspend_key: ['suspend a key', 'sospendi una chiave'], suspend_project: ['suspend a project', 'sospendi un progetto'], suspend_account: ['suspend the account', 'sospendi l’account'], terminate: ['end the account', 'chiudi l’account'],
  own_initiative: ['own initiative', 'iniziativa propria'], referral: ['a maker’s referral', 'segnalazione di un produttore'], detector: ['the detector', 'rilevatore'], supplier_notice: ['a supplier’s notice', 'avviso di un fornitore'], no_breach: ['no breach', 'nessuna violazione'], remediation: ['to be mended', 'da rimediare'], penalty: ['penalty due', 'sanzione dovuta'],
} as const satisfies Words

/** What is due next, as the clock of a case calls it. */
const nextWords = { triage: ['triage', 'valutazione'], answer: ['answer', 'risposta'], decision: ['decision', 'decisione'], 'end of the appeal window': ['end of the appeal window', 'fine del termine d’appello'], 'decision on the appeal': ['decision on the appeal', 'decisione sull’appello'] } as const satisfies Words

export type Case = Answer<'GET /admin/v1/cases'>['data'][number]
export type CaseInFull = Answer<'GET /admin/v1/cases/{case}'>
export type State = Case['state']
export type RestrictionKind = Case['restrictions'][number]['kind']

export const useCaseWords = () => useWords(words)

export const stateTone = (state: State): Tone => (state === 'closed' || state === 'dismissed' || state === 'reversed' ? 'plain' : state === 'signal' || state === 'triage' || state === 'appealed' ? 'warn' : state === 'upheld' || state === 'varied' ? 'good' : 'accent')

const tabs: readonly (readonly ['queue' | 'signals' | 'referrals' | 'notices' | 'drills', Place])[] = [['queue', paths.cases()], ['signals', paths.signals()], ['referrals', paths.referrals()], ['notices', paths.notices()], ['drills', paths.drills()]]

export function CasesFrame({ title, intro, actions, children }: { readonly title: string; readonly intro?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }): ReactNode {
  const w = useCaseWords()
  const path = useLocation().pathname
  return <Page title={title} intro={intro} actions={actions} tabs={<Tabs label={w.cases} tabs={tabs.map(([name, to]) => ({ name: w[name], to, here: path === to.to || (name === 'queue' && path.startsWith('/cases/of/')) }))} />}>{children}</Page>
}

/** What is due next: how long is left of its clock, or since when it is late. */
export function Due({ due }: { readonly due: Case['due'] }): ReactNode {
  const w = useCaseWords()
  const next = useWords(nextWords)
  const format = useFormat()
  const at = useMinute()
  if (due === null) return <span className="text-muted">–</span>
  const left = Date.parse(due.at) - at
  return <span className="inline-flex flex-wrap items-center gap-1.5" title={format.moment(due.at)}><Badge tone={due.overdue ? 'bad' : left < 86_400_000 ? 'warn' : 'plain'}>{due.overdue ? w.overdue(format.ago(due.at)) : format.ago(due.at)}</Badge><span className="text-sm text-muted">{next[due.what as 'triage'] ?? due.what}</span></span>
}
