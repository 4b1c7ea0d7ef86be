/** One invoice as it is written: parties, lines with the contract rule behind each, sums by model and project, tax, what is due. */
import { useMemo, useState, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { open, type Answer } from '../api.ts'
import { exact, sum } from '../decimal.ts'
import { saveAnswer } from '../download.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { spanOf } from '../months.ts'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/form.tsx'
import { Go, useGo, usePart } from '../parts/go.tsx'
import { Badge, Figure, Panel } from '../parts/panel.tsx'
import { Answered, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { IssueInvoice, TakeBackInvoice, useInvoiceState } from './invoice-acts.tsx'
import { MoneyFrame } from './money-page.tsx'
import { RecordPayment } from './payments.tsx'

const words = {
  draftOf: [(o: string, m: string) => `Draft for ${o}, ${m}`, (o: string, m: string) => `Bozza per ${o}, ${m}`], back: ['All invoices', 'Tutte le fatture'], issue: ['Issue', 'Emetti'], takeBack: ['Take back', 'Annulla'], creditPart: ['Credit', 'Accredita'], payment: ['Record a payment', 'Registra un pagamento'],
  download: ['Download', 'Scarica'], seller: ['From', 'Da'], buyer: ['To', 'A'], number: ['Number', 'Numero'], month: ['Month', 'Mese'], issued: ['Issued on', 'Emessa il'], due: ['Due on', 'Scadenza'], contract: ['Contract', 'Contratto'], version: [(n: number) => `version ${n}`, (n: number) => `versione ${n}`], listPrices: ['list prices', 'prezzi di listino'], corrects: ['Corrects', 'Rettifica'], reason: ['Reason', 'Motivo'],
  net: ['Net', 'Imponibile'], tax: ['Tax', 'Imposta'], total: ['Total', 'Totale'], prepaid: ['Paid from credit', 'Pagato con credito'], dueNow: ['Still due', 'Da pagare'], remainder: [(a: string) => `${a} of rounding is posted`, (a: string) => `arrotondamento di ${a} contabilizzato`], lines: ['Lines', 'Righe'], line: ['Line', 'Riga'], rule: ['Rule', 'Regola'], quantity: ['Quantity', 'Quantità'], unitPrice: ['Unit price', 'Prezzo unitario'], amount: ['Amount', 'Importo'],
  byModel: ['By model', 'Per modello'], byProject: ['By project', 'Per progetto'], callsOf: ['Calls of', 'Chiamate di'], unassigned: ['not assigned', 'non assegnato'], creditTitle: [(n: string) => `Credit ${n}`, (n: string) => `Accredita ${n}`], creditNet: ['Net amount to credit', 'Importo netto da accreditare'], creditAll: ['Left empty: the whole invoice, line by line; what it drew of credits and commitments is given back.', 'Vuoto: tutta la fattura, riga per riga; ciò che ha usato di crediti e impegni viene restituito.'], creditWhat: ['What for', 'Per cosa'], creditHint: ['Stands as the line of the credit note.', 'È la riga della nota di credito.'], creditVerb: ['Write the credit note', 'Emetti la nota di credito'], creditDone: ['It gets its own number and is booked at once.', 'Riceve un proprio numero ed è contabilizzata subito.'],
} as const satisfies Words

interface Party { readonly name: string; readonly street?: string; readonly postalCode?: string; readonly city?: string; readonly country?: string; readonly vatId?: string }
interface Line { readonly n: number; readonly kind: string; readonly description: string; readonly project?: string; readonly model?: string; readonly rule: string; readonly quantity: string; readonly unit: string; readonly unitPrice: string; readonly exact: string; readonly payable: string; readonly calls: number }
interface Document {
  readonly kind: string; readonly number?: string; readonly issuedOn?: string; readonly dueOn?: string; readonly month: string; readonly currency: string; readonly organization: string; readonly contract: string; readonly contractVersion: number
  readonly corrects?: { readonly number: string }; readonly reason?: string; readonly seller: Party; readonly buyer: Party; readonly lines: readonly Line[]; readonly net: string; readonly remainder: string; readonly tax: string
  readonly taxes: readonly { readonly name: string; readonly percent: string; readonly amount: string }[]; readonly total: string; readonly prepaid: string; readonly due: string
}
type Invoice = Answer<'GET /admin/v1/invoices'>['data'][number]
const forms = ['pdf', 'html', 'csv', 'xml', 'json'] as const

export function InvoicePage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const id = usePart('id') ?? ''
  const go = useGo()
  const invoices = useAsk('GET /admin/v1/invoices', {})
  const row = invoices.data?.data.find((one) => one.id === id)
  const document = useQuery({ queryKey: ['invoice document', id, row?.status], queryFn: async ({ signal }): Promise<Document> => (await (await open('GET /admin/v1/invoices/{id}', { params: { id }, query: { format: 'json' } }, { signal })).json()) as Document })
  const [asked, setAsked] = useState<'issue' | 'void' | 'credit' | 'payment'>()
  const [failure, setFailure] = useState<unknown>()
  const close = (): void => setAsked(undefined)
  const name = row?.number ?? (row === undefined ? id : w.draftOf(row.organization, row.month))
  const save = (form: (typeof forms)[number]): void => {
    setFailure(undefined)
    void saveAnswer(`${row?.number ?? `draft-${row?.organization ?? ''}-${row?.month ?? ''}`}.${form}`, 'GET /admin/v1/invoices/{id}', { params: { id }, query: { format: form } }).catch(setFailure)
  }
  const issued = row?.kind === 'invoice' && (row.status === 'issued' || row.status === 'paid')
  return (
    <MoneyFrame title={name} intro={<Go to={paths.invoices()}>{w.back}</Go>} actions={row === undefined ? null : (
      <>
        {forms.map((form) => <Button key={form} small kind="quiet" label={`${w.download} ${name} ${form}`} onClick={() => save(form)}>{form.toUpperCase()}</Button>)}
        {row.status === 'draft' ? <Button does="POST /admin/v1/invoices/{id}/issue" kind="primary" onClick={() => setAsked('issue')}>{w.issue}</Button> : null}
        {issued ? <><Button does="POST /admin/v1/invoices/{id}/credit" onClick={() => setAsked('credit')}>{w.creditPart}</Button><Button does="POST /admin/v1/invoices/{id}/void" onClick={() => setAsked('void')}>{w.takeBack}</Button></> : null}
        {issued && exact(row.open) > 0n ? <Button does="POST /admin/v1/payments" kind="primary" onClick={() => setAsked('payment')}>{w.payment}</Button> : null}
      </>
    )}>
      {failure === undefined ? null : <ErrorNote cause={failure} title={s.changeFailed} />}
      <Answered asked={document} rows={9}>{(data) => <Paper document={data} row={row} />}</Answered>
      {row === undefined || asked === undefined ? null
        : asked === 'issue' ? <IssueInvoice invoice={row} onClose={close} /> : asked === 'void' ? <TakeBackInvoice invoice={row} onClose={close} />
          : asked === 'credit' ? <CreditPart invoice={row} onClose={close} /> : <RecordPayment organization={row.organization} currency={row.currency} amount={row.open} reference={row.number ?? ''} onClose={() => { close(); go(paths.invoice(id)) }} />}
    </MoneyFrame>
  )
}

function Address({ title, party }: { readonly title: string; readonly party: Party }): ReactNode {
  return (
    <div className="min-w-0">
      <p className="text-sm text-muted">{title}</p>
      <p className="font-medium">{party.name}</p>
      <p className="text-sm">{[party.street, [party.postalCode, party.city].filter(Boolean).join(' '), party.country].filter((one) => one !== undefined && one !== '').join(', ')}</p>
      {party.vatId === undefined ? null : <p className="text-sm text-muted">{party.vatId}</p>}
    </div>
  )
}

function Paper({ document, row }: { readonly document: Document; readonly row: Invoice | undefined }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const stateOf = useInvoiceState()
  const money = (amount: string): string => format.money(amount, document.currency)
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Figure label={w.net} value={money(document.net)} note={exact(document.remainder) === 0n ? ' ' : w.remainder(`${document.remainder} ${document.currency}`)} />
        <Figure label={w.tax} value={money(document.tax)} note={document.taxes.map((one) => `${one.name} ${one.percent} %`).join(', ')} />
        <Figure label={w.total} value={money(document.total)} note={exact(document.prepaid) === 0n ? ' ' : `${w.prepaid} ${money(document.prepaid)}`} />
        <Figure label={w.dueNow} value={row === undefined ? money(document.due) : money(row.status === 'draft' ? row.due : row.open)} note={row === undefined ? ' ' : <Badge tone={stateOf(row)[0]}>{stateOf(row)[1]}</Badge>} />
      </div>
      <Panel title={document.number ?? w.draftOf(document.organization, document.month)}>
        <div className="grid gap-6">
          <div className="grid gap-4 sm:grid-cols-2"><Address title={w.seller} party={document.seller} /><Address title={w.buyer} party={document.buyer} /></div>
          <Facts wide facts={[
            { label: w.month, value: format.month(`${document.month}-15`) }, { label: w.issued, value: document.issuedOn === undefined ? '–' : format.date(document.issuedOn) }, { label: w.due, value: document.dueOn === undefined ? '–' : format.date(document.dueOn) },
            { label: w.contract, value: document.contractVersion === 0 ? w.listPrices : <Go to={paths.contract(document.contract)}>{document.contract}, {w.version(document.contractVersion)}</Go> },
            document.corrects === undefined ? undefined : { label: w.corrects, value: document.corrects.number }, document.reason === undefined ? undefined : { label: w.reason, value: document.reason },
          ]} />
        </div>
      </Panel>
      <Panel title={w.lines}>
        <Table caption={w.lines} rows={document.lines} rowKey={(line) => String(line.n)} columns={[
          { id: 'line', head: w.line, wrap: true, cell: (line) => <><span className="font-medium">{line.description}</span>{line.project === undefined ? null : <p className="text-sm text-muted">{line.project}</p>}</> },
          { id: 'rule', head: w.rule, cell: (line) => <Badge>{line.rule}</Badge>, from: 'lg' }, { id: 'calls', head: s.calls, end: true, cell: (line) => <LineCalls line={line} document={document} />, from: 'md' },
          { id: 'quantity', head: w.quantity, end: true, cell: (line) => format.count(Number(line.quantity)), from: 'sm' }, { id: 'unit', head: w.unitPrice, end: true, cell: (line) => <span title={line.unitPrice}>{format.money(line.unitPrice, document.currency)}</span>, from: 'lg' },
          { id: 'amount', head: w.amount, end: true, cell: (line) => <span className="font-medium" title={line.exact}>{money(line.payable)}</span> },
        ]} />
      </Panel>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 lg:grid-cols-2"><Sums title={w.byModel} document={document} of={(line) => line.model} /><Sums title={w.byProject} document={document} of={(line) => line.project} /></div>
    </>
  )
}

function LineCalls({ line, document }: { readonly line: Line; readonly document: Document }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  if (line.model === undefined || line.calls === 0) return line.calls === 0 ? '–' : format.count(line.calls)
  return <Go to={paths.calls({ model: line.model, organization: document.organization, ...(line.project === undefined ? {} : { project: line.project.split('/').at(-1) ?? '' }), ...spanOf(document.month) })} label={`${format.count(line.calls)}: ${w.callsOf} ${line.description}`}>{format.count(line.calls)}</Go>
}

function Sums({ title, document, of }: { readonly title: string; readonly document: Document; readonly of: (line: Line) => string | undefined }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const rows = useMemo(() => [...Map.groupBy(document.lines, (line) => of(line) ?? '')].map(([name, own]) => ({ name, amount: sum(own.map((line) => line.payable)) })).toSorted((a, b) => (exact(a.amount) < exact(b.amount) ? 1 : -1)), [document, of])
  return (
    <Panel title={title}>
      <Table caption={title} rows={rows} rowKey={(one) => one.name} columns={[{ id: 'name', head: s.name, wrap: true, cell: (one) => (one.name === '' ? <span className="text-muted">{w.unassigned}</span> : one.name) }, { id: 'amount', head: w.amount, end: true, cell: (one) => <span className="font-medium">{format.money(one.amount, document.currency)}</span> }]} />
    </Panel>
  )
}

function CreditPart({ invoice, onClose }: { readonly invoice: Invoice; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const credit = useChange('POST /admin/v1/invoices/{id}/credit', ['GET /admin/v1/invoices', 'GET /admin/v1/exposure'])
  const [net, setNet] = useState('')
  const [what, setWhat] = useState('')
  const [reason, setReason] = useState('')
  const [id] = useState(() => `cn_${crypto.randomUUID()}`)
  return (
    <FormDialog title={w.creditTitle(invoice.number ?? '')} verb={w.creditVerb} danger onClose={onClose} busy={credit.isPending} failure={credit.error} onSubmit={() => credit.mutate({ params: { id: invoice.id }, body: { id, ...(net === '' ? {} : { net }), description: what, reason } }, { onSuccess: onClose })}>
      <p className="text-muted">{w.creditDone}</p>
      <TextField label={`${w.creditNet} (${invoice.currency})`} hint={w.creditAll} value={net} onChange={setNet} pattern="\d+(\.\d+)?" autoFocus />
      <TextField label={w.creditWhat} hint={w.creditHint} value={what} onChange={setWhat} required />
      <TextField label={w.reason} value={reason} onChange={setReason} required />
    </FormDialog>
  )
}
