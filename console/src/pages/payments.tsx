/** Payments that came in, and the invoices that each was matched to. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { exact } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { useAddress } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk, useChange } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Payments', 'Pagamenti'], intro: ['Matched to the invoices that the reference names, then to the oldest due. What is left over stays as credit.', 'Abbinati alle fatture indicate nella causale, poi alla più vecchia. L’eccedenza resta a credito.'], record: ['Record a payment', 'Registra un pagamento'], none: ['No payment yet', 'Ancora nessun pagamento'], noneHint: ['Record what the bank shows; the same bank reference is never booked twice.', 'Registra quanto mostra la banca; la stessa operazione non si contabilizza due volte.'],
  received: ['Received on', 'Ricevuto il'], amount: ['Amount', 'Importo'], reference: ['Reference', 'Causale'], referenceHint: ['Invoice numbers in it are matched first.', 'I numeri di fattura indicati sono abbinati per primi.'], matched: ['Matched to', 'Abbinato a'], over: ['Left over', 'Eccedenza'], bank: ['The bank’s id of the movement', 'Id dell’operazione bancaria'], currency: ['Currency', 'Valuta'], match: ['Match what is left over', 'Abbina le eccedenze'], nothingLeft: ['No payment has anything left over', 'Nessun pagamento ha eccedenze'],
  refund: ['Pay back', 'Rimborsa'], refundNone: ['Nothing of it is left over', 'Non ne resta nulla'], refundSay: ['Record what you paid back to the customer of what this payment left over.', 'Registra quanto hai rimborsato al cliente dell’eccedenza di questo pagamento.'], returned: ['Returned', 'Stornato'], returnSay: ['The bank took the whole payment back. What it had paid is open again.', 'La banca ha ripreso l’intero pagamento. Ciò che aveva pagato torna aperto.'], refundedPart: ['Some of it was paid back already', 'Una parte è già stata rimborsata'], wentBack: [(amount: string) => `${amount} paid back`, (amount: string) => `${amount} rimborsati`], cameBack: ['taken back by the bank', 'ripreso dalla banca'], leftOn: ['Left on', 'Uscito il'], does: ['What happened to it', 'Che cosa ne è stato'],
} as const satisfies Words

export function PaymentsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const [asked, setAsked] = useState(false)
  const [back, setBack] = useState<{ readonly payment: PaymentRow; readonly whole: boolean }>()
  const organizations = useAsk('GET /admin/v1/organizations', {})
  const payments = useAsk('GET /admin/v1/payments', { query: search['organization'] === undefined ? {} : { organization: search['organization'] } })
  const match = useChange('POST /admin/v1/payments/match', ['GET /admin/v1/payments', 'GET /admin/v1/invoices', 'GET /admin/v1/exposure'])
  const left = payments.data?.data.some((one) => exact(one.unapplied) !== 0n) ?? false
  const organization = search['organization']
  return (
    <MoneyFrame title={w.title} intro={w.intro} actions={<><Button does="POST /admin/v1/payments/match" onClick={() => match.mutate({ body: organization === undefined ? {} : { organization } })} because={left ? undefined : w.nothingLeft}>{w.match}</Button><Button does="POST /admin/v1/payments" kind="primary" icon="plus" onClick={() => setAsked(true)}>{w.record}</Button></>}>
      <div className="max-w-72"><ChoiceField label={s.organization} value={search['organization'] ?? ''} onChange={(organization) => change({ organization })} options={[['', s.all], ...(organizations.data?.data ?? []).map((one) => [one.name, one.name] as const)]} /></div>
      <Panel title={w.title}>
        <Answered asked={payments}>{({ data }) => (
          <Table caption={w.title} rows={data} rowKey={(one) => one.id} empty={<Empty icon="money" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'on', head: w.received, cell: (one) => format.date(one.received_on) }, { id: 'organization', head: s.organization, cell: (one) => one.organization }, { id: 'reference', head: w.reference, wrap: true, cell: (one) => <>{one.reference}<p className="text-sm text-muted">{one.id}</p></>, from: 'md' },
            { id: 'matched', head: w.matched, wrap: true, cell: (one) => <span className="flex flex-wrap gap-1">{one.matches.map((match) => <Badge key={match.number} tone="good">{match.number} · {format.money(match.amount, one.currency)}</Badge>)}{one.back.map((back) => <Badge key={back.id} tone={back.kind === 'return' ? 'warn' : 'plain'} title={`${back.reference} · ${back.id}`}>{back.kind === 'return' ? w.cameBack : w.wentBack(format.money(back.amount, one.currency))}</Badge>)}</span>, from: 'sm' },
            { id: 'over', head: w.over, end: true, cell: (one) => (exact(one.unapplied) === 0n ? '–' : format.money(one.unapplied, one.currency)), from: 'lg' },
            { id: 'amount', head: w.amount, end: true, cell: (one) => <span className="font-medium">{format.money(one.amount, one.currency)}</span> },
            { id: 'back', head: <span className="sr-only">{w.does}</span>, end: true, cell: (one) => <GiveBack payment={one} onAsk={(whole) => setBack({ payment: one, whole })} />, from: 'sm' },
          ]} />
        )}</Answered>
      </Panel>
      {asked ? <RecordPayment organization={search['organization'] ?? ''} currency="USD" amount="" reference="" onClose={() => setAsked(false)} /> : null}
      {back === undefined ? null : <RecordBack {...back} onClose={() => setBack(undefined)} />}
    </MoneyFrame>
  )
}

type PaymentRow = Answer<'GET /admin/v1/payments'>['data'][number]

function GiveBack({ payment, onAsk }: { readonly payment: PaymentRow; readonly onAsk: (whole: boolean) => void }): ReactNode {
  const w = useWords(words)
  if (payment.back.some((one) => one.kind === 'return')) return null
  return (
    <span className="inline-flex gap-2">
      <Button does="POST /admin/v1/payments/{id}/refunds" small label={`${w.refund}: ${payment.id}`} because={exact(payment.unapplied) === 0n ? w.refundNone : undefined} onClick={() => onAsk(false)}>{w.refund}</Button>
      <Button does="POST /admin/v1/payments/{id}/return" small label={`${w.returned}: ${payment.id}`} because={payment.back.length > 0 ? w.refundedPart : undefined} onClick={() => onAsk(true)}>{w.returned}</Button>
    </span>
  )
}

function RecordBack({ payment, whole, onClose }: { readonly payment: PaymentRow; readonly whole: boolean; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const touched = ['GET /admin/v1/payments', 'GET /admin/v1/invoices', 'GET /admin/v1/exposure'] as const
  const refund = useChange('POST /admin/v1/payments/{id}/refunds', touched)
  const takeBack = useChange('POST /admin/v1/payments/{id}/return', touched)
  const today = new Date(useMinute()).toISOString().slice(0, 10)
  const [{ amount, ...draft }, setDraft] = useState({ amount: payment.unapplied, id: '', left_on: today, reference: '' })
  const set = (part: Partial<typeof draft & { readonly amount: string }>): void => setDraft({ amount, ...draft, ...part })
  const params = { id: payment.id.replaceAll('/', '~') }
  const submit = (): void => (whole ? takeBack.mutate({ params, body: draft }, { onSuccess: onClose }) : refund.mutate({ params, body: { ...draft, amount } }, { onSuccess: onClose }))
  return (
    <FormDialog title={whole ? w.returned : w.refund} verb={whole ? w.returned : w.refund} onClose={onClose} busy={refund.isPending || takeBack.isPending} failure={refund.error ?? takeBack.error} onSubmit={submit}>
      <p className="text-muted">{whole ? w.returnSay : w.refundSay}</p>
      <TextField label={w.bank} value={draft.id} onChange={(id) => set({ id })} required autoFocus />
      <div className="grid gap-4 sm:grid-cols-2">
        {whole ? null : <TextField label={`${w.amount}, ${payment.currency}`} value={amount} onChange={(value) => set({ amount: value })} required pattern="\d+(\.\d+)?" />}
        <TextField label={w.leftOn} type="date" value={draft.left_on} onChange={(left_on) => set({ left_on })} required />
      </div>
      <TextField label={w.reference} value={draft.reference} onChange={(reference) => set({ reference })} required pattern=".{3,}" />
    </FormDialog>
  )
}

export function RecordPayment({ onClose, ...given }: { readonly organization: string; readonly currency: string; readonly amount: string; readonly reference: string; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const organizations = useAsk('GET /admin/v1/organizations', {})
  const record = useChange('POST /admin/v1/payments', ['GET /admin/v1/payments', 'GET /admin/v1/invoices', 'GET /admin/v1/exposure'])
  const today = new Date(useMinute()).toISOString().slice(0, 10)
  const [draft, setDraft] = useState({ ...given, id: '', received_on: today })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  const names = [...new Set([...(given.organization === '' ? [] : [given.organization]), ...(organizations.data?.data ?? []).map((one) => one.name)])]
  const organization = draft.organization === '' ? (names[0] ?? '') : draft.organization
  return (
    <FormDialog title={w.record} verb={w.record} onClose={onClose} busy={record.isPending} failure={record.error} onSubmit={() => record.mutate({ body: { ...draft, organization } }, { onSuccess: onClose })}>
      <TextField label={w.bank} value={draft.id} onChange={(id) => set({ id })} required autoFocus />
      <ChoiceField label={s.organization} value={organization} onChange={(value) => set({ organization: value })} options={names.map((one) => [one, one] as const)} />
      <div className="grid gap-4 sm:grid-cols-3">
        <TextField label={w.amount} value={draft.amount} onChange={(amount) => set({ amount })} required pattern="\d+(\.\d+)?" />
        <TextField label={w.currency} value={draft.currency} onChange={(currency) => set({ currency })} required pattern="[A-Z]{3}" />
        <TextField label={w.received} type="date" value={draft.received_on} onChange={(received_on) => set({ received_on })} required />
      </div>
      <TextField label={w.reference} hint={w.referenceHint} value={draft.reference} onChange={(reference) => set({ reference })} />
    </FormDialog>
  )
}
