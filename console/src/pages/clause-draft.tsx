/** A change to a clause: written, tried on the decisions of the last days, and only then saved for two people to sign off. */
import { useState, type ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { Difference } from '../parts/code.tsx'
import { ConfirmDialog } from '../parts/dialog.tsx'
import { AreaField, ChoiceField } from '../parts/form.tsx'
import { Panel } from '../parts/panel.tsx'
import { ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useChange } from '../queries.ts'
import type { Clause } from './clauses.tsx'
import { OutcomeBadge } from './terms-page.tsx'

const words = {
  title: ['Draft of a change', 'Bozza di modifica'], says: ['What it says', 'Cosa dice'], text: ['Policy (Cedar)', 'Regola (Cedar)'], remedy: ['What would make it allowed', 'Cosa lo renderebbe lecito'], days: ['Try it on the decisions of', 'Provala sulle decisioni di'], day: ['the last day', 'l’ultimo giorno'], week: ['the last 7 days', 'gli ultimi 7 giorni'], month: ['the last 30 days', 'gli ultimi 30 giorni'], try: ['Simulate', 'Simula'], save: ['Save as a new version', 'Salva come nuova versione'],
  looked: [(n: string, c: string) => `${n} recorded decisions looked at, ${c} would be another`, (n: string, c: string) => `${n} decisioni esaminate, ${c} cambierebbero`], subject: ['About', 'Oggetto'], point: ['At', 'Punto'], before: ['Was', 'Era'], after: ['Would be', 'Sarebbe'], none: ['No recorded decision would change', 'Nessuna decisione registrata cambierebbe'], saveTitle: ['Save this version?', 'Salvare questa versione?'], losesApprovals: ['Approvals of the version before do not carry over: on live calls it only observes until two people have signed it off.', 'Le approvazioni precedenti non valgono: sulle chiamate osserva soltanto finché due persone non l’approvano.'], exportsNow: ['On exports, trainings and publications it holds at once.', 'Su esportazioni, addestramenti e pubblicazioni vale subito.'], changes: ['What changes', 'Cosa cambia'],
} as const satisfies Words

export function ClauseDraft({ clause, onSaved }: { readonly clause: Clause; readonly onSaved: () => void }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [draft, setDraft] = useState({ says: clause.says, remedy: clause.remedy, text: clause.text })
  const [days, setDays] = useState<'1' | '7' | '30'>('7')
  const [confirming, setConfirming] = useState(false)
  const simulate = useChange('POST /admin/v1/terms/clauses/{clause}/simulate', [])
  const save = useChange('PUT /admin/v1/terms/clauses/{clause}', ['GET /admin/v1/terms/clauses', 'GET /admin/v1/terms/clauses/{clause}'])
  const changed = Object.fromEntries(Object.entries(draft).filter(([name, value]) => value !== clause[name as 'text']))
  const set = (part: Partial<typeof draft>): void => {
    simulate.reset()
    setDraft({ ...draft, ...part })
  }
  return (
    <Panel title={w.title}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="grid gap-4 lg:grid-cols-2"><AreaField label={w.says} rows={3} value={draft.says} onChange={(says) => set({ says })} /><AreaField label={w.remedy} rows={3} value={draft.remedy} onChange={(remedy) => set({ remedy })} /></div>
        <AreaField label={w.text} rows={12} mono value={draft.text} onChange={(text) => set({ text })} />
        {draft.text === clause.text ? null : <Difference label={w.changes} before={clause.text} after={draft.text} />}
        <div className="flex flex-wrap items-end gap-3">
          <ChoiceField label={w.days} value={days} onChange={setDays} options={[['1', w.day], ['7', w.week], ['30', w.month]]} />
          <Button icon="play" busy={simulate.isPending} onClick={() => simulate.mutate({ params: { clause: clause.id }, body: { draft: changed, days: Number(days) } } as never)}>{w.try}</Button>
          <Button kind="primary" onClick={() => setConfirming(true)} because={Object.keys(changed).length === 0 ? w.none : undefined}>{w.save}</Button>
        </div>
        {simulate.error === null ? null : <ErrorNote cause={simulate.error} />}
        {simulate.data === undefined ? null : (
          <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
            <p role="status" className="font-medium">{w.looked(format.count(simulate.data.looked_at), format.count(simulate.data.changed.length))}</p>
            {simulate.data.changed.length === 0 ? null : <Table caption={w.changes} rows={simulate.data.changed.slice(0, 200)} rowKey={(one) => one.id} columns={[{ id: 'subject', head: w.subject, wrap: true, cell: (one) => <>{one.subject}<p className="text-sm text-muted">{one.organization ?? ''}</p></> }, { id: 'point', head: w.point, cell: (one) => one.point, from: 'sm' }, { id: 'before', head: w.before, cell: (one) => <OutcomeBadge outcome={one.before} /> }, { id: 'after', head: w.after, cell: (one) => <OutcomeBadge outcome={one.after} /> }]} />}
          </div>
        )}
      </div>
      {confirming ? <ConfirmDialog title={w.saveTitle} verb={w.save} onClose={() => setConfirming(false)} busy={save.isPending} failure={save.error} onSubmit={() => save.mutate({ params: { clause: clause.id }, body: changed } as never, { onSuccess: onSaved })} consequences={[w.losesApprovals, ...(clause.points.some((one) => one === 'export' || one === 'train' || one === 'publish') ? [w.exportsNow] : [])]} /> : null}
    </Panel>
  )
}
