/** The queue of cases: the most urgent first, each with its clock and what restricts whom now. */
import { useState, type ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { AreaField, ChoiceField, Segments, TextField } from '../parts/form.tsx'
import { Go, useAddress, useGo } from '../parts/go.tsx'
import { Badge, Figure, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { CasesFrame, Due, stateTone, useCaseWords, type Case } from './cases-page.tsx'

const words = {
  title: ['Cases', 'Casi'], intro: ['From a signal to a decision, its appeal and its end. Each step has a clock; nobody is restricted because nobody decides.', 'Da un segnale alla decisione, all’appello e alla fine. Ogni passo ha un termine; nessuno resta limitato perché nessuno decide.'], open: ['Open a case', 'Apri un caso'], waiting: ['Waiting for something', 'In attesa'], all: ['All', 'Tutti'], show: ['Show', 'Mostra'],
  cut: ['The thousand most urgent', 'I mille più urgenti'], none: ['No case waits', 'Nessun caso in attesa'], noneHint: ['Signals, complaints and notices open cases; so can you.', 'Segnali, reclami e avvisi aprono casi; puoi farlo anche tu.'], what: ['What', 'Cosa'], state: ['State', 'Stato'], due: ['Due', 'Scadenza'], from: ['From', 'Da'], clause: ['Clause', 'Clausola'], restricts: ['Restricts now', 'Limita ora'], overdue: ['Overdue', 'Scaduti'], openNow: ['Open', 'Aperti'], restricted: ['Restrictions in force', 'Limitazioni in vigore'],
  matter: ['Matter', 'Materia'], misuse: ['misuse', 'abuso'], key_theft: ['a stolen key', 'chiave rubata'], terms_breach: ['a breach of terms', 'violazione delle condizioni'], says: ['What happened, in a sentence that all parties may read', 'Cosa è successo, in una frase leggibile da tutti'], evidence: ['Evidence, one a line: call ids, hashes, documents', 'Prove, una per riga: id di chiamate, hash, documenti'], key: ['Key (optional)', 'Chiave (facoltativa)'], project: ['Project (optional)', 'Progetto (facoltativo)'],
} as const satisfies Words

export function CasesPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const c = useCaseWords()
  const format = useFormat()
  const [search, change] = useAddress()
  const [asked, setAsked] = useState(false)
  const waiting = search['show'] !== 'all'
  const cases = useAsk('GET /admin/v1/cases', { query: { limit: 1_000 } })
  const inForce = (one: Case): Case['restrictions'] => one.restrictions.filter((each) => each.status === 'in-force')
  return (
    <CasesFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/cases" kind="primary" icon="plus" onClick={() => setAsked(true)}>{w.open}</Button>}>
      <Answered asked={cases} rows={8}>{({ data, next }) => {
        const rows = data.filter((one) => !waiting || one.due !== null)
        const overdue = data.filter((one) => one.due?.overdue === true).length
        return (
          <>
            <div className="grid gap-4 sm:grid-cols-3"><Figure label={w.openNow} value={format.count(data.filter((one) => one.due !== null).length)} /><Figure label={w.overdue} value={format.count(overdue)} tone={overdue > 0 ? 'bad' : undefined} /><Figure label={w.restricted} value={format.count(data.flatMap(inForce).length)} /></div>
            <Panel title={w.title} note={next === null ? undefined : w.cut} actions={<Segments label={w.show} value={waiting ? 'waiting' : 'all'} onChange={(show) => change({ show: show === 'all' ? 'all' : '' })} options={[['waiting', w.waiting], ['all', w.all]]} />}>
              <Table caption={w.title} rows={rows} rowKey={(one) => one.id} empty={<Empty icon="cases" title={w.none}>{w.noneHint}</Empty>} columns={[
                { id: 'what', head: w.what, wrap: true, cell: (one) => <><Go to={paths.case(one.id)}>{one.says}</Go><p className="text-sm text-muted">{[one.organization === '*' ? s.everyOrganization : one.organization, one.about.project, one.about.key, one.about.model].filter((part) => part !== undefined).join(' / ')}</p></> },
                { id: 'due', head: w.due, cell: (one) => <Due due={one.due} /> }, { id: 'state', head: w.state, cell: (one) => <Badge tone={stateTone(one.state)}>{c[one.state]}</Badge> },
                { id: 'from', head: w.from, cell: (one) => <>{c[one.source as 'detector'] ?? one.source}{one.referred_by === null ? null : <p className="text-sm text-muted">{one.referred_by}</p>}</>, from: 'lg' }, { id: 'clause', head: w.clause, cell: (one) => <Go to={paths.clause(one.clause)}>{one.clause}</Go>, from: 'md' },
                { id: 'restricts', head: w.restricts, wrap: true, cell: (one) => <span className="flex flex-wrap gap-1">{inForce(one).length === 0 ? '–' : inForce(one).map((each) => <Badge key={each.id} tone="bad">{c[each.kind]}</Badge>)}</span>, from: 'sm' },
              ]} />
            </Panel>
          </>
        )
      }}</Answered>
      {asked ? <OpenCase onClose={() => setAsked(false)} /> : null}
      <span className="sr-only">{s.scrollable}</span>
    </CasesFrame>
  )
}

export const lines = (text: string): string[] => text.split('\n').map((one) => one.trim()).filter((one) => one !== '')

function OpenCase({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const go = useGo()
  const organizations = (useAsk('GET /admin/v1/organizations', {}).data?.data ?? []).map((one) => one.name)
  const clauses = (useAsk('GET /admin/v1/terms/clauses', {}).data?.data ?? []).map((one) => one.id)
  const open = useChange('POST /admin/v1/cases', ['GET /admin/v1/cases'])
  const [draft, setDraft] = useState({ organization: '', project: '', key: '', matter: 'terms_breach' as 'misuse' | 'key_theft' | 'terms_breach', clause: '', says: '', evidence: '' })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  const organization = draft.organization === '' ? (organizations[0] ?? '') : draft.organization
  const clause = draft.clause === '' ? (clauses[0] ?? '') : draft.clause
  const about = { organization, ...(draft.project === '' ? {} : { project: draft.project }), ...(draft.key === '' ? {} : { key: draft.key }) }
  return (
    <FormDialog title={w.open} verb={w.open} onClose={onClose} busy={open.isPending} failure={open.error} onSubmit={() => open.mutate({ body: { about, matter: draft.matter, clause, says: draft.says, evidence: lines(draft.evidence) } }, { onSuccess: ({ id }) => go(paths.case(id)) })}>
      <div className="grid gap-4 sm:grid-cols-2">
        <ChoiceField label={s.organization} value={organization} onChange={(value) => set({ organization: value })} options={organizations.map((one) => [one, one] as const)} />
        <ChoiceField label={w.matter} value={draft.matter} onChange={(matter) => set({ matter })} options={[['terms_breach', w.terms_breach], ['misuse', w.misuse], ['key_theft', w.key_theft]]} />
        <TextField label={w.project} value={draft.project} onChange={(project) => set({ project })} /><TextField label={w.key} value={draft.key} onChange={(key) => set({ key })} />
      </div>
      <ChoiceField label={w.clause} value={clause} onChange={(value) => set({ clause: value })} options={clauses.map((one) => [one, one] as const)} />
      <AreaField label={w.says} rows={2} value={draft.says} onChange={(says) => set({ says })} required />
      <AreaField label={w.evidence} rows={3} mono value={draft.evidence} onChange={(evidence) => set({ evidence })} />
    </FormDialog>
  )
}
