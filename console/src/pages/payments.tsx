/** Payments that came in, and the invoices that each was matched to. */
import { useState, type ReactNode } from 'react'
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
} as const satisfies Words

export function PaymentsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const [asked, setAsked] = useState(false)
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
            { id: 'matched', head: w.matched, wrap: true, cell: (one) => <span className="flex flex-wrap gap-1">{one.matches.map((match) => <Badge key={match.number} tone="good">{match.number} · {format.money(match.amount, one.currency)}</Badge>)}</span>, from: 'sm' },
            { id: 'over', head: w.over, end: true, cell: (one) => (exact(one.unapplied) === 0n ? '–' : format.money(one.unapplied, one.currency)), from: 'lg' },
            { id: 'amount', head: w.amount, end: true, cell: (one) => <span className="font-medium">{format.money(one.amount, one.currency)}</span> },
          ]} />
        )}</Answered>
      </Panel>
      {asked ? <RecordPayment organization={search['organization'] ?? ''} currency="USD" amount="" reference="" onClose={() => setAsked(false)} /> : null}
    </MoneyFrame>
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
