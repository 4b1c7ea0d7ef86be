/** What we told suppliers they charged wrongly, and what became of it. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go } from '../parts/go.tsx'
import { Badge, type Tone } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useChange } from '../queries.ts'

const words = {
  title: ['Disputes', 'Contestazioni'], none: ['Nothing is disputed', 'Nessuna contestazione'], reason: ['Reason', 'Motivo'], amount: ['Amount', 'Importo'], since: ['Since', 'Dal'], move: ['Move on', 'Aggiorna'], moveTitle: [(s: string) => `Dispute with ${s}`, (s: string) => `Contestazione con ${s}`], becomes: ['It becomes', 'Diventa'], note: ['Note', 'Nota'], credit: ['Sum credited', 'Importo accreditato'], creditHint: ['Booked at once: cost and what we owe fall by it.', 'Contabilizzato subito: costo e debito si riducono.'],
  raised: ['raised', 'aperta'], acknowledged: ['acknowledged', 'presa in carico'], credited: ['credited', 'accreditata'], rejected: ['rejected', 'respinta'], withdrawn: ['withdrawn', 'ritirata'],
} as const satisfies Words

export type Dispute = Answer<'GET /admin/v1/disputes'>['data'][number]
type State = 'raised' | 'acknowledged' | 'credited' | 'rejected' | 'withdrawn'
const tones: Readonly<Record<State, Tone>> = { raised: 'warn', acknowledged: 'accent', credited: 'good', rejected: 'bad', withdrawn: 'plain' }

export function DisputeTable({ disputes }: { readonly disputes: readonly Dispute[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [asked, setAsked] = useState<Dispute>()
  return (
    <>
      <Table caption={w.title} rows={disputes} rowKey={(one) => one.id} empty={<p className="text-muted">{w.none}</p>} columns={[
        { id: 'supplier', head: s.supplier, cell: (one) => <Go to={paths.reconciliation(one.reconciliation)}>{one.supplier}</Go> }, { id: 'reason', head: w.reason, wrap: true, cell: (one) => <>{one.reason}{one.history.length > 1 ? <p className="text-sm text-muted">{one.history.at(-1)?.note}</p> : null}</> },
        { id: 'state', head: s.status, cell: (one) => <Badge tone={tones[one.state as State]}>{w[one.state as State]}</Badge> }, { id: 'since', head: w.since, cell: (one) => format.date(one.history[0]?.at ?? ''), from: 'md' },
        { id: 'amount', head: w.amount, end: true, cell: (one) => format.money(one.amount, one.currency) },
        { id: 'act', head: <span className="sr-only">{w.move}</span>, end: true, cell: (one) => (one.state === 'raised' || one.state === 'acknowledged' ? <Button does="POST /admin/v1/disputes/{id}/moves" small label={`${w.move}: ${one.supplier}, ${one.reason}`} onClick={() => setAsked(one)}>{w.move}</Button> : null), from: 'sm' },
      ]} />
      {asked === undefined ? null : <MoveDispute dispute={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

function MoveDispute({ dispute, onClose }: { readonly dispute: Dispute; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const move = useChange('POST /admin/v1/disputes/{id}/moves', ['GET /admin/v1/disputes', 'GET /admin/v1/reconciliations/{id}'])
  const [state, setState] = useState<Exclude<State, 'raised'>>(dispute.state === 'raised' ? 'acknowledged' : 'credited')
  const [note, setNote] = useState('')
  const [credit, setCredit] = useState(dispute.amount.replace(/^-/, ''))
  const choices = (['acknowledged', 'credited', 'rejected', 'withdrawn'] as const).filter((one) => one !== dispute.state)
  return (
    <FormDialog title={w.moveTitle(dispute.supplier)} verb={w.move} onClose={onClose} busy={move.isPending} failure={move.error} onSubmit={() => move.mutate({ params: { id: dispute.id }, body: { state, note, ...(state === 'credited' ? { credit } : {}) } }, { onSuccess: onClose })}>
      <ChoiceField label={w.becomes} value={state} onChange={setState} options={choices.map((one) => [one, w[one]] as const)} />
      {state === 'credited' ? <TextField label={`${w.credit} (${dispute.currency})`} hint={w.creditHint} value={credit} onChange={setCredit} required pattern="\d+(\.\d+)?" /> : null}
      <TextField label={w.note} value={note} onChange={setNote} required />
    </FormDialog>
  )
}
