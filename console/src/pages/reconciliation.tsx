/** One bill against the books: what differs, by kind, down to the calls; what is booked of it, what is disputed. */
import { useState, type ReactNode } from 'react'
import type { Answer, Body } from '../api.ts'
import { offered } from '../bill-kinds.ts'
import { saveCsv } from '../csv.ts'
import { exact, share, sum } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { CheckField, TextField } from '../parts/form.tsx'
import { Go, useAddress, usePart } from '../parts/go.tsx'
import { Badge, Figure, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { DisputeTable } from './disputes.tsx'
import { MoneyFrame } from './money-page.tsx'

const words = {
  back: ['All bills', 'Tutte le fatture fornitori'], billed: ['Billed', 'Fatturato'], booked: ['Expected', 'Atteso'], difference: ['Difference', 'Differenza'], unexplained: ['Unexplained', 'Da spiegare'], agreeing: [(a: string, b: string) => `${a} of ${b} groups agree to the digit`, (a: string, b: string) => `${a} gruppi su ${b} coincidono alla cifra`], list: ['at list price', 'a listino'], contract: ['under the supplier’s contract', 'secondo il contratto'], kinds: ['What the difference is made of', 'Da cosa è fatta la differenza'], variances: ['Variances', 'Scostamenti'],
  kind: ['Kind', 'Tipo'], day: ['Day', 'Giorno'], meter: ['Meter', 'Contatore'], quantities: ['Billed · booked', 'Fatturato · registrato'], why: ['Why', 'Perché'], amount: ['Amount', 'Importo'], none: ['The bill and the books agree', 'La fattura e i registri coincidono'], callsBehind: [(n: string) => `${n} calls behind it`, (n: string) => `${n} chiamate all’origine`], more: [(n: string) => `and ${n} more`, (n: string) => `e altre ${n}`], export: ['Export CSV', 'Esporta CSV'], trueUp: ['True up', 'Conguaglia'], dispute: ['Dispute', 'Contesta'], trued: ['Trued up already', 'Già conguagliata'], truedIn: [(kinds: string) => `Trued up: ${kinds}`, (kinds: string) => `Conguagliati: ${kinds}`], disputes: ['Disputes', 'Contestazioni'],
  trueTitle: ['Book what the supplier is right about', 'Contabilizza ciò su cui il fornitore ha ragione'], trueHint: ['Cost and what we owe move by the kinds chosen, each once: what is trued up cannot be disputed, and what is disputed waits for the end of the dispute.', 'Costo e debito si muovono per i tipi scelti, ciascuno una volta: ciò che è conguagliato non si può contestare, e ciò che è contestato attende la fine della contestazione.'], disputeTitle: ['Dispute with the supplier', 'Contesta al fornitore'], reason: ['Reason', 'Motivo'], chooseOne: ['Choose at least one kind', 'Scegli almeno un tipo'], together: ['Together', 'In totale'],
  'outside-gateway': ['outside the gateway', 'fuori dal varco'], cancelled: ['cancelled calls billed', 'chiamate annullate fatturate'], estimated: ['we had estimated', 'era stimato'], duplicate: ['billed twice', 'fatturato due volte'], 'cached-class': ['cached otherwise', 'cache diversa'], rounding: ['rounding', 'arrotondamento'], price: ['another price', 'altro prezzo'], timing: ['another day', 'altro giorno'], unexplainedKind: ['unexplained', 'non spiegato'],
  tax: ['tax', 'imposta'], purchase: ['bought ahead', 'acquisto anticipato'], fee: ['fee', 'commissione'], credit: ['credit or refund', 'credito o rimborso'], adjustment: ['adjustment', 'rettifica'], 'other-service': ['another service', 'altro servizio'], converted: [(amount: string) => `${amount} on the bill, at the rates of its days`, (amount: string) => `${amount} in fattura, ai cambi dei suoi giorni`],
} as const satisfies Words

type Report = Answer<'GET /admin/v1/reconciliations/{id}'>
type Variance = Report['variances'][number]
type Kind = Body<'POST /admin/v1/reconciliations/{id}/true-up'>['kinds'][number]

function useKindName(): (kind: string) => string {
  const w = useWords(words)
  const names: Readonly<Record<string, string>> = { 'outside-gateway': w['outside-gateway'], cancelled: w.cancelled, estimated: w.estimated, duplicate: w.duplicate, 'cached-class': w['cached-class'], rounding: w.rounding, price: w.price, timing: w.timing, unexplained: w.unexplainedKind, tax: w.tax, purchase: w.purchase, fee: w.fee, credit: w.credit, adjustment: w.adjustment, 'other-service': w['other-service'] }
  return (kind) => names[kind] ?? kind
}

export function ReconciliationPage(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const id = usePart('id') ?? ''
  const report = useAsk('GET /admin/v1/reconciliations/{id}', { params: { id } })
  const [asked, setAsked] = useState<'true-up' | 'dispute'>()
  const data = report.data
  const nothing = data === undefined ? '…' : data.variances.length === 0 ? w.none : undefined
  return (
    <MoneyFrame title={data === undefined ? id : `${data.supplier}, ${format.date(data.from)} – ${format.date(data.until)}`} intro={<Go to={paths.reconciliations()}>{w.back}</Go>}
      actions={<><Button does="POST /admin/v1/reconciliations/{id}/disputes" onClick={() => setAsked('dispute')} because={nothing}>{w.dispute}</Button><Button does="POST /admin/v1/reconciliations/{id}/true-up" kind="primary" onClick={() => setAsked('true-up')} because={data?.trued_up === true ? w.trued : nothing}>{w.trueUp}</Button></>}>
      <Answered asked={report} rows={8}>{(one) => <InFull report={one} />}</Answered>
      {asked === undefined || data === undefined ? null : <Act what={asked} report={data} onClose={() => setAsked(undefined)} />}
    </MoneyFrame>
  )
}

function InFull({ report }: { readonly report: Report }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [search, change] = useAddress()
  const nameOf = useKindName()
  const money = (amount: string): string => format.money(amount, report.currency)
  const kind = search['kind']
  const most = Object.values(report.by_kind).map((one) => one.replace(/^-/, '')).reduce((a, b) => (exact(a) > exact(b) ? a : b), '0')
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Figure label={w.billed} value={money(report.billed)} note={report.converted === null ? report.format : w.converted(format.money(report.converted.billed, report.converted.from))} /><Figure label={w.booked} value={money(report.booked)} note={report.basis === 'list' ? w.list : w.contract} />
        <Figure label={w.difference} value={money(report.difference)} note={w.agreeing(format.count(report.agreeing), format.count(report.groups))} /><Figure label={w.unexplained} value={money(report.unexplained)} tone={exact(report.unexplained) === 0n ? undefined : 'bad'} note={report.trued_up_kinds.length === 0 ? ' ' : <Badge tone="good">{report.trued_up ? w.trued : w.truedIn(report.trued_up_kinds.map(nameOf).join(', '))}</Badge>} />
      </div>
      {Object.keys(report.by_kind).length === 0 ? null : (
        <Panel title={w.kinds} actions={kind === undefined ? null : <Button small onClick={() => change({ kind: '' })}>×&nbsp;{nameOf(kind)}</Button>}>
          <ul className="grid gap-2.5">
            {Object.entries(report.by_kind).map(([name, amount]) => (
              <li key={name} className="grid items-center gap-x-4 gap-y-1 sm:grid-cols-[13rem_1fr_9rem]">
                <Go to={paths.reconciliation(report.id, name)} current={kind === name}>{nameOf(name)}</Go>
                <span aria-hidden="true" className="h-2 rounded-full bg-line"><span className={`block h-full rounded-full ${name === 'unexplained' ? 'bg-bad-fill' : 'bg-s1'}`} style={{ width: `${share(amount.replace(/^-/, ''), most) * 100}%` }} /></span>
                <span className="figures font-medium sm:text-right">{money(amount)}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Variances report={report} rows={report.variances.filter((one) => kind === undefined || one.kind === kind)} />
      {report.disputes.length === 0 ? null : <Panel title={w.disputes}><DisputeTable disputes={report.disputes} /></Panel>}
    </>
  )
}

function Variances({ report, rows }: { readonly report: Report; readonly rows: readonly Variance[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const nameOf = useKindName()
  const number = (text: string | undefined): string => (text === undefined ? '–' : format.count(Number(text)))
  const save = (): void => saveCsv(`weir-${report.bill}`, [['kind', 'day', 'model', 'deployment', 'meter', 'billed_quantity', 'booked_quantity', 'amount', 'why', 'calls'], ...rows.map((one) => [one.kind, one.day, one.model ?? '', one.deployment ?? '', one.meter ?? '', one.billedQuantity ?? '', one.bookedQuantity ?? '', one.amount, one.why, one.calls.join(' ')])])
  return (
    <Panel title={w.variances} actions={<Button small icon="download" onClick={save}>{w.export}</Button>}>
      <Table caption={w.variances} rows={rows} rowKey={(one, index) => `${index} ${one.kind} ${one.day}`} empty={<Empty icon="check" title={w.none} />} columns={[
        { id: 'kind', head: w.kind, cell: (one) => <Badge tone={one.kind === 'unexplained' || one.kind === 'outside-gateway' ? 'bad' : 'plain'}>{nameOf(one.kind)}</Badge> }, { id: 'day', head: w.day, cell: (one) => format.date(one.day), from: 'sm' },
        { id: 'model', head: s.model, wrap: true, cell: (one) => <>{one.model ?? '–'}{one.meter === undefined ? null : <p className="text-sm text-muted">{one.meter}</p>}</> }, { id: 'quantities', head: w.quantities, end: true, cell: (one) => `${number(one.billedQuantity)} · ${number(one.bookedQuantity)}`, from: 'lg' },
        { id: 'why', head: w.why, wrap: true, cell: (one) => <><span className="text-sm">{one.note === undefined ? one.why : `${one.why}. ${one.note}`}</span><CallsBehind of={one} /></>, from: 'md' },
        { id: 'amount', head: w.amount, end: true, cell: (one) => <span className="font-medium" title={one.amount}>{format.money(one.amount, report.currency)}</span> },
      ]} />
    </Panel>
  )
}

function CallsBehind({ of: { calls, callsInAll = calls.length } }: { readonly of: Variance }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  if (calls.length === 0) return null
  return (
    <details className="text-sm">
      <summary className="w-fit text-accent hover:underline">{w.callsBehind(format.count(callsInAll))}</summary>
      <ul className="mt-1 grid gap-2">{calls.map((one) => <li key={one}><Go to={paths.call(one.split('/')[0] ?? '')} className="link inline-block min-h-6 font-mono text-sm break-all">{one}</Go></li>)}{callsInAll > calls.length ? <li>{w.more(format.count(callsInAll - calls.length))}</li> : null}</ul>
    </details>
  )
}

function Act({ what, report, onClose }: { readonly what: 'true-up' | 'dispute'; readonly report: Report; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const nameOf = useKindName()
  const touches = ['GET /admin/v1/reconciliations', 'GET /admin/v1/reconciliations/{id}', 'GET /admin/v1/disputes', 'GET /admin/v1/events'] as const
  const trueUp = useChange('POST /admin/v1/reconciliations/{id}/true-up', touches)
  const dispute = useChange('POST /admin/v1/reconciliations/{id}/disputes', touches)
  const all = (Object.keys(report.by_kind) as Kind[]).filter((one) => !report.trued_up_kinds.includes(one))
  const [kinds, setKinds] = useState<readonly Kind[]>(() => offered(all, what))
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<Error>()
  const submit = (): void => {
    if (kinds.length === 0) return setFault(new Error(w.chooseOne))
    setFault(undefined)
    if (what === 'true-up') trueUp.mutate({ params: { id: report.id }, body: { kinds: [...kinds] } }, { onSuccess: onClose })
    else dispute.mutate({ params: { id: report.id }, body: { kinds: [...kinds], reason } }, { onSuccess: onClose })
  }
  return (
    <FormDialog title={what === 'true-up' ? w.trueTitle : w.disputeTitle} verb={what === 'true-up' ? w.trueUp : w.dispute} onClose={onClose} busy={trueUp.isPending || dispute.isPending} failure={fault ?? trueUp.error ?? dispute.error} onSubmit={submit}>
      {what === 'true-up' ? <p className="text-muted">{w.trueHint}</p> : null}
      <fieldset className="grid gap-2.5"><legend className="sr-only">{w.kind}</legend>
        {all.map((one) => <CheckField key={one} label={nameOf(one)} hint={format.money(report.by_kind[one] ?? '0', report.currency)} checked={kinds.includes(one)} onChange={(on) => setKinds(on ? [...kinds, one] : kinds.filter((other) => other !== one))} />)}
      </fieldset>
      <p className="figures font-medium">{w.together}: {format.money(sum(kinds.map((one) => report.by_kind[one] ?? '0')), report.currency)}</p>
      {what === 'dispute' ? <TextField label={w.reason} value={reason} onChange={setReason} required /> : null}
    </FormDialog>
  )
}
