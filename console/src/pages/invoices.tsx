/** Invoices: what each organization is billed for a month, in every form that a finance department reads. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { saveAnswer } from '../download.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { mayAsk } from '../session.ts'
import { IssueInvoice, TakeBackInvoice, useInvoiceState } from './invoice-acts.tsx'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Invoices', 'Fatture'], intro: ['Made from the booked lines of a month under each organization’s contract. An issued invoice never changes: a credit note takes it back.', 'Ricavate dalle righe contabilizzate di un mese secondo il contratto di ogni organizzazione. Una fattura emessa non cambia: la rettifica una nota di credito.'], run: ['Run a month', 'Chiudi un mese'], month: ['Month', 'Mese'], anyMonth: ['All months', 'Tutti i mesi'],
  number: ['Number', 'Numero'], draftName: ['draft', 'bozza'], totalAmount: ['Total', 'Totale'], due: ['Still due', 'Da pagare'], dueOn: ['Due on', 'Scadenza'], download: ['Download', 'Scarica'], issue: ['Issue', 'Emetti'], takeBack: ['Take back', 'Annulla'],
  none: ['No invoice yet', 'Ancora nessuna fattura'], noneHint: ['Run a month to draft or issue what each organization owes.', 'Chiudi un mese per preparare o emettere quanto dovuto da ogni organizzazione.'], runTitle: ['Run a month', 'Chiudi un mese'], monthHint: ['Such as 2026-11', 'Ad esempio 2026-11'], runHow: ['What to make', 'Cosa produrre'], drafts: ['Drafts, to look at first', 'Bozze da controllare'], issueAll: ['Issue them: numbers are used, amounts are booked', 'Emissione: si usano i numeri e si contabilizza'], runVerb: ['Run', 'Esegui'],
  ran: [(n: number) => `${n} issued`, (n: number) => `${n} emesse`], already: [(n: number) => `${n} were issued before`, (n: number) => `${n} già emesse`], nothing: [(names: string) => `Nothing to bill: ${names}`, (names: string) => `Niente da fatturare: ${names}`], notMade: [(name: string) => `${name} could not be billed`, (name: string) => `${name} non si può fatturare`],
  payable: [(supplier: string, amount: string) => `Payable to ${supplier} under its contract: ${amount}`, (supplier: string, amount: string) => `Da pagare a ${supplier} per contratto: ${amount}`], notPayable: [(supplier: string) => `The month of supplier ${supplier} is not closed`, (supplier: string) => `Il mese del fornitore ${supplier} non è chiuso`],
} as const satisfies Words

type Invoice = Answer<'GET /admin/v1/invoices'>['data'][number]
const forms = ['pdf', 'html', 'csv', 'xml', 'json'] as const
const touched = ['GET /admin/v1/invoices'] as const

export function InvoicesPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const [search, change] = useAddress()
  const [asked, setAsked] = useState<'run' | { readonly what: 'issue' | 'void'; readonly invoice: Invoice }>()
  const month = /^\d{4}-\d{2}$/.test(search['month'] ?? '') ? search['month'] : undefined
  const invoices = useAsk('GET /admin/v1/invoices', { query: { ...(month === undefined ? {} : { month }), ...(search['organization'] === undefined ? {} : { organization: search['organization'] }) } })
  const organizations = useAsk('GET /admin/v1/organizations', {})
  const run = useChange('POST /admin/v1/invoices/close', touched)
  const close = (): void => setAsked(undefined)
  return (
    <MoneyFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/invoices/close" kind="primary" icon="book" onClick={() => setAsked('run')}>{w.run}</Button>}>
      <div className="grid max-w-xl grid-cols-2 gap-3">
        <TextField label={w.month} value={search['month'] ?? ''} onChange={(value) => change({ month: value })} placeholder="2026-11" />
        {!mayAsk('GET /admin/v1/organizations') ? null : <ChoiceField label={s.organization} value={search['organization'] ?? ''} onChange={(value) => change({ organization: value })} options={[['', s.all], ...(organizations.data?.data ?? []).map((one) => [one.name, one.name] as const)]} />}
      </div>
      {run.data === undefined ? null : <RunReport report={run.data} />}
      <Panel title={w.title}>
        <Answered asked={invoices}>{({ data }) => (data.length === 0 ? <Empty icon="book" title={w.none}>{w.noneHint}</Empty> : <List invoices={data} onAsk={setAsked} />)}</Answered>
      </Panel>
      {asked === undefined ? null : asked === 'run' ? <RunMonth run={run} onClose={close} /> : asked.what === 'issue' ? <IssueInvoice invoice={asked.invoice} onClose={close} /> : <TakeBackInvoice invoice={asked.invoice} onClose={close} />}
    </MoneyFrame>
  )
}

function RunReport({ report }: { readonly report: Answer<'POST /admin/v1/invoices/close'> }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return (
    <div role="status" className="grid gap-2 rounded-2xl border border-line bg-surface px-5 py-4">
      <p className="flex flex-wrap items-center gap-2"><strong>{report.month}</strong><Badge tone="good">{w.ran(report.issued.length)}</Badge>{report.already_issued === 0 ? null : <Badge>{w.already(report.already_issued)}</Badge>}{report.nothing_to_bill.length === 0 ? null : <span className="text-sm text-muted">{w.nothing(report.nothing_to_bill.join(', '))}</span>}</p>
      {report.failed.map((one) => <ErrorNote key={one.organization} title={w.notMade(one.organization)} cause={new Error(one.why)} />)}
      {report.suppliers.posted.map((one) => <p key={one.supplier} className="text-sm">{w.payable(one.supplier, format.money(one.amount, one.currency))}</p>)}
      {report.suppliers.failed.map((one) => <ErrorNote key={one.supplier} title={w.notPayable(one.supplier)} cause={new Error(one.why)} />)}
    </div>
  )
}

function List({ invoices, onAsk }: { readonly invoices: readonly Invoice[]; readonly onAsk: (asked: { readonly what: 'issue' | 'void'; readonly invoice: Invoice }) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [failure, setFailure] = useState<unknown>()
  const state = useInvoiceState()
  const save = async (one: Invoice, form: (typeof forms)[number]): Promise<void> => {
    setFailure(undefined)
    await saveAnswer(`${one.number ?? `draft-${one.organization}-${one.month}`}.${form}`, 'GET /admin/v1/invoices/{id}', { params: { id: one.id }, query: { format: form } })
  }
  return (
    <>
      {failure === undefined ? null : <ErrorNote cause={failure} />}
      <Table caption={w.title} rows={invoices} rowKey={(one) => one.id} columns={[
        { id: 'number', head: w.number, cell: (one) => <Go to={paths.invoice(one.id)}>{one.number ?? w.draftName}</Go> }, { id: 'organization', head: s.organization, cell: (one) => one.organization }, { id: 'month', head: w.month, cell: (one) => one.month, from: 'sm' }, { id: 'state', head: s.status, cell: (one) => { const [tone, text] = state(one); return <Badge tone={tone}>{text}</Badge> } },
        { id: 'total', head: w.totalAmount, end: true, cell: (one) => format.money(one.total, one.currency) }, { id: 'due', head: w.due, end: true, cell: (one) => (one.status === 'draft' ? '–' : format.money(one.open, one.currency)), from: 'md' }, { id: 'on', head: w.dueOn, cell: (one) => (one.due_on === null ? '–' : format.date(one.due_on)), from: 'lg' },
        { id: 'forms', head: w.download, cell: (one) => <span className="inline-flex gap-1">{forms.map((form) => <Button key={form} small kind="quiet" label={`${w.download} ${one.number ?? one.organization} ${form}`} onClick={() => void save(one, form).catch(setFailure)}>{form.toUpperCase()}</Button>)}</span> },
        { id: 'act', head: <span className="sr-only">{w.issue}</span>, end: true, cell: (one) => (one.status === 'draft' ? <Button does="POST /admin/v1/invoices/{id}/issue" small label={`${w.issue} ${one.organization} ${one.month}`} onClick={() => onAsk({ what: 'issue', invoice: one })}>{w.issue}</Button> : one.status === 'void' || one.kind !== 'invoice' ? null : <Button does="POST /admin/v1/invoices/{id}/void" small label={`${w.takeBack} ${one.number ?? ''}`} onClick={() => onAsk({ what: 'void', invoice: one })}>{w.takeBack}</Button>) },
      ]} />
    </>
  )
}

function RunMonth({ run, onClose }: { readonly run: ReturnType<typeof useChange<'POST /admin/v1/invoices/close'>>; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const now = new Date(useMinute())
  // The month before this one is what is usually closed.
  const [month, setMonth] = useState(() => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7))
  const [how, setHow] = useState<'drafts' | 'issue'>('drafts')
  return (
    <FormDialog title={w.runTitle} verb={w.runVerb} danger={how === 'issue'} onClose={onClose} busy={run.isPending} failure={run.error} onSubmit={() => run.mutate({ body: { month, draft_only: how === 'drafts' } }, { onSuccess: onClose })}>
      <TextField label={w.month} hint={w.monthHint} value={month} onChange={setMonth} required pattern="\d{4}-(0[1-9]|1[0-2])" title={w.monthHint} />
      <ChoiceField label={w.runHow} value={how} onChange={setHow} options={[['drafts', w.drafts], ['issue', w.issueAll]]} />
    </FormDialog>
  )
}
