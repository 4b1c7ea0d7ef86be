/** A dataset through the export gate: what passed, what was refused and by which clause, what two people may still let through. */
import { useState, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { Dialog, FormDialog } from '../parts/dialog.tsx'
import { CheckField, ChoiceField, TextField } from '../parts/form.tsx'
import { Exclusions } from '../parts/exclusions.tsx'
import { useGo } from '../parts/go.tsx'
import { Badge } from '../parts/panel.tsx'
import { ErrorNote } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import type { PurposeBody } from './register.tsx'
import { OutcomeBadge } from './terms-page.tsx'

const words = {
  title: ['Make a dataset', 'Crea un dataset'], make: ['Through the gate', 'Attraverso il varco'], name: ['Name', 'Nome'], purpose: ['Purpose', 'Finalità'], format: ['File', 'File'], redact: ['Redact personal data', 'Oscura i dati personali'], redactHint: ['Names, addresses, numbers and the like are replaced before anything is written.', 'Nomi, indirizzi, numeri e simili sono sostituiti prima di scrivere.'], calls: ['Take captured calls', 'Usa le chiamate registrate'], callsHint: ['Only calls whose content was captured, of this organization.', 'Solo chiamate con contenuto registrato, di questa organizzazione.'], noPurpose: ['Register a purpose first', 'Registra prima una finalità'],
  made: [(n: string) => `Made, with ${n} rows`, (n: string) => `Creato, con ${n} righe`], refused: ['Refused', 'Rifiutato'], open: ['See it in the lineage', 'Vedilo nella provenienza'], groups: ['What the gate decided', 'Cosa ha deciso il varco'], rows: [(n: string) => `${n} rows`, (n: string) => `${n} righe`], approve: ['Let it through', 'Consenti'], approveNote: ['Two different people have to say so; your word holds for 30 days.', 'Devono dirlo due persone diverse; la tua parola vale 30 giorni.'], approved: [(who: string) => `Let through by ${who}`, (who: string) => `Consentito da ${who}`],
} as const satisfies Words

interface Group { readonly maker: string; readonly channel: string; readonly model: string | null; readonly rows: number; readonly outcome: string; readonly refused_by: string | null; readonly says: string | null; readonly approval: string | null }
interface Made { readonly status: 'made' | 'refused'; readonly name: string; readonly rows: number; readonly says?: string; readonly exclusions: readonly { readonly clause: string; readonly maker: string; readonly rows: number }[]; readonly groups: readonly Group[] }

export function MakeDataset({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const purposes = (useAsk('GET /admin/v1/terms/records/{kind}', { params: { kind: 'purposes' } }).data?.data ?? []).map((one) => one.body as PurposeBody)
  const make = useChange('POST /admin/v1/datasets', ['GET /admin/v1/lineage', 'GET /admin/v1/terms/decisions'])
  const [name, setName] = useState('')
  const [purpose, setPurpose] = useState('')
  const [file, setFile] = useState<'jsonl' | 'parquet'>('jsonl')
  const [redact, setRedact] = useState(true)
  const chosen = purposes.find((one) => `${one.organization} ${one.id}` === purpose) ?? purposes[0]
  if (make.data !== undefined) return <Result made={make.data as unknown as Made} onClose={onClose} />
  const submit = (): void => {
    if (chosen !== undefined) make.mutate({ body: { name, organization: chosen.organization, purpose: chosen.id, format: file, redact, calls: {} } } as never)
  }
  return (
    <FormDialog title={w.title} verb={w.make} onClose={onClose} busy={make.isPending} failure={make.error ?? (chosen === undefined ? new Error(w.noPurpose) : null)} onSubmit={submit}>
      <TextField label={w.name} value={name} onChange={setName} required autoFocus pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,127}" />
      <ChoiceField label={w.purpose} value={chosen === undefined ? '' : `${chosen.organization} ${chosen.id}`} onChange={setPurpose} options={purposes.map((one) => [`${one.organization} ${one.id}`, `${one.organization}: ${one.says}`] as const)} />
      <ChoiceField label={w.format} value={file} onChange={setFile} options={[['jsonl', 'JSON Lines'], ['parquet', 'Parquet']]} />
      <p className="text-sm text-muted">{w.callsHint}</p>
      <CheckField label={w.redact} hint={w.redactHint} checked={redact} onChange={setRedact} />
    </FormDialog>
  )
}

function Result({ made, onClose }: { readonly made: Made; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const go = useGo()
  return (
    <Dialog title={made.name} onClose={onClose}>
      <p className="flex flex-wrap items-center gap-2"><Badge tone={made.status === 'made' ? 'good' : 'bad'}>{made.status === 'made' ? w.made(format.count(made.rows)) : w.refused}</Badge>{made.says ?? ''}</p>
      {made.exclusions.length === 0 ? null : <div className="px-5"><Exclusions rows={made.exclusions} /></div>}
      <ul aria-label={w.groups} className="grid gap-3">{made.groups.map((group, index) => <GroupLine key={index} group={group} />)}</ul>
      <div className="flex justify-end gap-2"><Button onClick={onClose}>{s.close}</Button>{made.status === 'made' ? <Button kind="primary" onClick={() => { onClose(); go(paths.datasets(made.name)) }}>{w.open}</Button> : null}</div>
    </Dialog>
  )
}

function GroupLine({ group }: { readonly group: Group }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const at = useMinute()
  const approve = useChange('POST /admin/v1/terms/approvals/{approval}', ['GET /admin/v1/logs/governance'])
  const { approval } = group
  return (
    <li className="grid gap-1 rounded-lg border border-line p-3">
      <p className="flex flex-wrap items-center gap-2"><OutcomeBadge outcome={group.outcome} /><strong>{group.maker}</strong>{group.model === null ? '' : ` · ${group.model}`} · {group.channel} <span className="text-muted">{w.rows(format.count(group.rows))}</span></p>
      {group.says === null ? null : <p className="text-sm">{group.says}</p>}
      {approval === null ? null : approve.data !== undefined ? <p role="status" className="text-sm text-good">{w.approved(approve.data.by.map(named).join(', '))}</p> : <div className="flex flex-wrap items-center gap-3"><Button does="POST /admin/v1/terms/approvals/{approval}" small busy={approve.isPending} onClick={() => approve.mutate({ params: { approval }, body: { until: new Date(at + 30 * 86_400_000).toISOString() } })}>{w.approve}</Button><span className="text-sm text-muted">{w.approveNote}</span></div>}
      {approve.error === null ? null : <ErrorNote cause={approve.error} title={s.changeFailed} />}
    </li>
  )
}
