/** Statements between channel and maker: one a month, both ways, netted. */
import { useState, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { exact } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { monthAt } from '../months.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useGo } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Statements', 'Rendiconti'], intro: ['What each maker gets of a month’s sales and what it owes for compute, netted to one payment. An issued statement stands.', 'Quanto spetta a ogni produttore sulle vendite del mese e quanto deve per il calcolo, compensato in un solo pagamento. Un rendiconto emesso resta.'], issue: ['Issue a statement', 'Emetti un rendiconto'], month: ['Month', 'Mese'], agreement: ['Agreement', 'Accordo'], net: ['Net', 'Netto'],
  weOwe: ['we pay', 'paghiamo'], theyOwe: ['it pays us', 'ci paga'], even: ['even', 'in pari'], issuedAt: ['Issued', 'Emesso'], none: ['No statement yet', 'Ancora nessun rendiconto'], noneHint: ['Save an agreement with a maker under Contracts, run the month’s invoices, then issue its statement.', 'Salva un accordo con un produttore in Contratti, chiudi il mese, poi emetti il rendiconto.'],
  consequence: ['It is booked and cannot be changed. Asking again answers the same one.', 'Viene contabilizzato e non si può modificare. Una nuova richiesta restituisce lo stesso.'], noMaker: ['No agreement with a maker is saved', 'Nessun accordo con un produttore'],
} as const satisfies Words

export function StatementsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [asked, setAsked] = useState(false)
  const statements = useAsk('GET /admin/v1/statements', {})
  const contracts = useAsk('GET /admin/v1/contracts', {})
  const makers = [...new Set((contracts.data?.data ?? []).filter((one) => one.side === 'maker').map((one) => one.party))]
  return (
    <MoneyFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/statements" kind="primary" icon="book" because={makers.length === 0 ? w.noMaker : undefined} onClick={() => setAsked(true)}>{w.issue}</Button>}>
      <Panel title={w.title}>
        <Answered asked={statements}>{({ data }) => (
          <Table caption={w.title} rows={data} rowKey={(one) => one.id} empty={<Empty icon="book" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'maker', head: s.maker, cell: (one) => <Go to={paths.statement(one.id)}>{one.maker}</Go> }, { id: 'month', head: w.month, cell: (one) => format.month(`${one.month}-15`) },
            { id: 'agreement', head: w.agreement, cell: (one) => <Go to={paths.contract(one.agreement)}>{one.agreement}</Go>, from: 'md' }, { id: 'at', head: w.issuedAt, cell: (one) => format.date(one.issued_at), from: 'lg' },
            { id: 'way', head: s.status, cell: (one) => { const net = exact(one.net); return <Badge tone={net > 0n ? 'warn' : net < 0n ? 'good' : 'plain'}>{net > 0n ? w.weOwe : net < 0n ? w.theyOwe : w.even}</Badge> }, from: 'sm' },
            { id: 'net', head: w.net, end: true, cell: (one) => <span className="font-medium">{format.money(one.net, one.currency)}</span> },
          ]} />
        )}</Answered>
      </Panel>
      {asked ? <IssueStatement makers={makers} onClose={() => setAsked(false)} /> : null}
    </MoneyFrame>
  )
}

function IssueStatement({ makers, onClose }: { readonly makers: readonly string[]; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const go = useGo()
  const at = useMinute()
  const issue = useChange('POST /admin/v1/statements', ['GET /admin/v1/statements', 'GET /admin/v1/margins', 'GET /admin/v1/value'])
  const [maker, setMaker] = useState(makers[0] ?? '')
  const [month, setMonth] = useState(() => monthAt(at, 1))
  return (
    <FormDialog title={w.issue} verb={w.issue} onClose={onClose} busy={issue.isPending} failure={issue.error} onSubmit={() => issue.mutate({ body: { maker, month } }, { onSuccess: ({ id }) => go(paths.statement(id)) })}>
      <p className="text-muted">{w.consequence}</p>
      <div className="grid gap-4 sm:grid-cols-2">
        <ChoiceField label={s.maker} value={maker} onChange={setMaker} options={makers.map((one) => [one, one] as const)} />
        <TextField label={w.month} type="month" value={month} onChange={setMonth} required pattern="\d{4}-(0[1-9]|1[0-2])" />
      </div>
    </FormDialog>
  )
}
