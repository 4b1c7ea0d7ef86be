/** What is done to an invoice: issued, taken back. Each says what follows. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { exact } from '../decimal.ts'
import { useWords, type Words } from '../language.ts'
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/form.tsx'
import type { Tone } from '../parts/panel.tsx'
import { useChange } from '../queries.ts'

const words = {
  issueTitle: [(name: string) => `Issue the invoice of ${name}?`, (name: string) => `Emettere la fattura di ${name}?`],
  issueNumber: ['It gets the next number, without a gap, and cannot be changed afterwards.', 'Riceve il numero successivo, senza salti, e non si potrà modificare.'],
  issueBooks: ['Its amount is booked as owed by the organization.', 'L’importo viene contabilizzato come credito verso l’organizzazione.'],
  voidTitle: [(name: string) => `Take back ${name}?`, (name: string) => `Annullare ${name}?`],
  voidReason: ['Reason', 'Motivo'],
  voidHint: ['Stands on the credit note. The number stays used.', 'Compare sulla nota di credito. Il numero resta usato.'],
  draft: ['draft', 'bozza'],
  issued: ['issued', 'emessa'],
  paid: ['paid', 'pagata'],
  voided: ['void', 'annullata'],
  issue: ['Issue', 'Emetti'],
  takeBack: ['Take back', 'Annulla'],
} as const satisfies Words

type Invoice = Answer<'GET /admin/v1/invoices'>['data'][number]
const touched = ['GET /admin/v1/invoices', 'GET /admin/v1/exposure', 'GET /admin/v1/margins', 'GET /admin/v1/value'] as const

/** How an invoice stands, as a badge says it. */
export function useInvoiceState(): (one: Invoice) => readonly [Tone, string] {
  const w = useWords(words)
  return (one) => (one.status === 'draft' ? ['warn', w.draft] : one.status === 'void' ? ['plain', w.voided] : one.status === 'paid' || exact(one.open) === 0n ? ['good', w.paid] : ['accent', w.issued])
}

export function IssueInvoice({ invoice, onClose }: { readonly invoice: Invoice; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const issue = useChange('POST /admin/v1/invoices/{id}/issue', touched)
  return <ConfirmDialog title={w.issueTitle(`${invoice.organization}, ${invoice.month}`)} verb={w.issue} onClose={onClose} busy={issue.isPending} failure={issue.error} onSubmit={() => issue.mutate({ params: { id: invoice.id } }, { onSuccess: onClose })} consequences={[w.issueNumber, w.issueBooks]} />
}

export function TakeBackInvoice({ invoice, onClose }: { readonly invoice: Invoice; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const takeBack = useChange('POST /admin/v1/invoices/{id}/void', touched)
  const [reason, setReason] = useState('')
  return (
    <FormDialog title={w.voidTitle(invoice.number ?? invoice.id)} verb={w.takeBack} danger onClose={onClose} busy={takeBack.isPending} failure={takeBack.error} onSubmit={() => takeBack.mutate({ params: { id: invoice.id }, body: { reason } }, { onSuccess: onClose })}>
      <TextField label={w.voidReason} hint={w.voidHint} value={reason} onChange={setReason} required autoFocus />
    </FormDialog>
  )
}
