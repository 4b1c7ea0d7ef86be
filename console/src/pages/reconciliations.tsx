/** Suppliers' bills against the books: imported as files, matched, each with what is left to explain. */
import { useState, type ReactNode } from 'react'
import { Problem } from '../api.ts'
import { compare, exact } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { CheckField, Field, TextField } from '../parts/form.tsx'
import { Go, useGo } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { DisputeTable } from './disputes.tsx'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Reconciliation', 'Riconciliazione'], intro: ['Import a supplier’s bill: it is matched with the books line by line, and every difference gets a kind and its calls.', 'Importa la fattura di un fornitore: è abbinata ai registri riga per riga, e ogni differenza ha un tipo e le sue chiamate.'], import: ['Import a bill', 'Importa una fattura'], file: ['The bill as a file', 'Il file della fattura'], fileHint: ['FOCUS CSV, Azure cost export CSV, OpenAI costs or usage JSON, or a Weir’s usage.', 'CSV FOCUS, export costi Azure CSV, JSON di costi o usage OpenAI, oppure l’usage di un Weir.'], match: ['Import and match', 'Importa e abbina'],
  none: ['No bill was imported yet', 'Ancora nessuna fattura importata'], noneHint: ['The same file twice is the same bill: importing again harms nothing.', 'Lo stesso file è la stessa fattura: reimportarlo non fa danni.'], period: ['Period', 'Periodo'], billed: ['Billed', 'Fatturato'], booked: ['Expected', 'Atteso'], difference: ['Difference', 'Differenza'], unexplained: ['Unexplained', 'Da spiegare'], made: ['Matched', 'Abbinata'], trued: ['trued up', 'conguagliata'], open: ['open', 'aperta'], disputes: ['Disputes', 'Contestazioni'], readFailed: ['Choose a file first', 'Scegli prima un file'], isNew: ['It is a new supplier', 'È un fornitore nuovo'], isNewHint: ['Otherwise correct the name above: no provider, contract, call or earlier bill has it.', 'Altrimenti correggi il nome qui sopra: nessun provider, contratto, chiamata o fattura precedente lo porta.'],
} as const satisfies Words

export function ReconciliationsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [asked, setAsked] = useState(false)
  const all = useAsk('GET /admin/v1/reconciliations', {})
  const disputes = useAsk('GET /admin/v1/disputes', {})
  const usage = useAsk('GET /admin/v1/usage', { query: { group_by: 'supplier' } })
  const suppliers = [...new Set((usage.data?.data ?? []).flatMap((row) => row.supplier ?? []))]
  return (
    <MoneyFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/bills" kind="primary" icon="plus" onClick={() => setAsked(true)} because={usage.isPending ? '…' : undefined}>{w.import}</Button>}>
      <Panel title={w.title}>
        <Answered asked={all} rows={5}>{({ data }) => (
          <Table caption={w.title} rows={data} rowKey={(one) => one.id} empty={<Empty icon="book" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'supplier', head: s.supplier, cell: (one) => <Go to={paths.reconciliation(one.id)}>{one.supplier}</Go> }, { id: 'period', head: w.period, cell: (one) => `${format.date(one.from)} – ${format.date(one.until)}` }, { id: 'made', head: w.made, cell: (one) => format.moment(one.made_at), from: 'xl' },
            { id: 'state', head: s.status, cell: (one) => <Badge tone={one.trued_up ? 'good' : exact(one.unexplained) === 0n ? 'accent' : 'warn'}>{one.trued_up ? w.trued : w.open}</Badge>, from: 'sm' },
            { id: 'billed', head: w.billed, end: true, cell: (one) => format.money(one.billed, one.currency), from: 'md' }, { id: 'booked', head: w.booked, end: true, cell: (one) => format.money(one.booked, one.currency), from: 'lg' },
            { id: 'difference', head: w.difference, end: true, cell: (one) => <span className="font-medium">{format.money(one.difference, one.currency)}</span> },
            { id: 'unexplained', head: w.unexplained, end: true, cell: (one) => <span className={compare(one.unexplained, '0') === 0 ? '' : 'font-medium text-bad'}>{format.money(one.unexplained, one.currency)}</span>, from: 'sm' },
          ]} />
        )}</Answered>
      </Panel>
      <Panel title={w.disputes}><Answered asked={disputes}>{({ data }) => <DisputeTable disputes={data} />}</Answered></Panel>
      {asked ? <ImportBill suppliers={suppliers} onClose={() => setAsked(false)} /> : null}
    </MoneyFrame>
  )
}

function ImportBill({ suppliers, onClose }: { readonly suppliers: readonly string[]; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const go = useGo()
  const bill = useChange('POST /admin/v1/bills', ['GET /admin/v1/reconciliations', 'GET /admin/v1/events'])
  const [supplier, setSupplier] = useState(suppliers[0] ?? '')
  const [file, setFile] = useState<File>()
  const [fault, setFault] = useState<Error>()
  const [isNew, setIsNew] = useState(false)
  const unknown = bill.error instanceof Problem && bill.error.code === 'unknown_supplier'
  const submit = async (): Promise<void> => {
    if (file === undefined) return setFault(new Error(w.readFailed))
    setFault(undefined)
    bill.mutate({ body: { supplier, text: await file.text(), new_supplier: isNew } }, { onSuccess: ({ report }) => go(paths.reconciliation(report.id)) })
  }
  return (
    <FormDialog title={w.import} verb={w.match} onClose={onClose} busy={bill.isPending} failure={fault ?? bill.error} onSubmit={() => void submit()}>
      <TextField label={s.supplier} value={supplier} onChange={(name) => { setSupplier(name); setIsNew(false) }} required hint={suppliers.join(', ')} />
      {unknown || isNew ? <CheckField label={w.isNew} hint={w.isNewHint} checked={isNew} onChange={setIsNew} /> : null}
      <Field label={w.file} hint={w.fileHint}>{(ids) => <input {...ids} type="file" accept=".csv,.json,.txt" onChange={(event) => setFile(event.target.files?.[0])} className="input py-1.5" />}</Field>
    </FormDialog>
  )
}
