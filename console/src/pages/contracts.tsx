/** Contracts with customers, suppliers and makers: what was agreed, the latest version of each. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { plainJson } from '../parts/code.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { AreaField, ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress, useGo } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Contracts', 'Contratti'], intro: ['What was agreed with customers, suppliers and makers. A change is a new version; invoices keep the version they were made under.', 'Quanto concordato con clienti, fornitori e produttori. Una modifica è una nuova versione; le fatture conservano quella con cui sono state fatte.'],
  save: ['Save a contract', 'Salva un contratto'], side: ['With', 'Con'], customer: ['customer', 'cliente'], supplier: ['supplier', 'fornitore'], maker: ['maker', 'produttore'], party: ['Party', 'Parte'], term: ['Term', 'Durata'], version: ['Version', 'Versione'], currency: ['Currency', 'Valuta'],
  none: ['No contract yet', 'Ancora nessun contratto'], noneHint: ['Without a contract an organization is billed at list prices.', 'Senza contratto un’organizzazione paga i prezzi di listino.'], openEnd: ['open', 'aperta'], amended: [(n: number) => `${n} amendments`, (n: number) => `${n} modifiche`],
  id: ['Id', 'Id'], body: ['Contract as JSON', 'Contratto in JSON'], bodyHint: ['Every member is explained by the answer when it does not fit. Amounts stand in quotes.', 'Se qualcosa non va, la risposta dice cosa e dove. Gli importi tra virgolette.'], notJson: ['This is not JSON', 'Questo non è JSON'],
} as const satisfies Words

export type Contract = Answer<'GET /admin/v1/contracts'>['data'][number]
interface Body { readonly currency?: string; readonly term?: { readonly from: string; readonly until?: string }; readonly amendments?: readonly unknown[] }

export function ContractsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const [asked, setAsked] = useState(false)
  const contracts = useAsk('GET /admin/v1/contracts', {})
  const side = search['side'] ?? ''
  const sides = { customer: w.customer, supplier: w.supplier, maker: w.maker } as const
  return (
    <MoneyFrame title={w.title} intro={w.intro} actions={<Button does="PUT /admin/v1/contracts/{id}" kind="primary" icon="plus" onClick={() => setAsked(true)}>{w.save}</Button>}>
      <div className="max-w-60"><ChoiceField label={w.side} value={side} onChange={(value) => change({ side: value })} options={[['', s.all], ['customer', w.customer], ['supplier', w.supplier], ['maker', w.maker]]} /></div>
      <Panel title={w.title}>
        <Answered asked={contracts}>{({ data }) => (
          <Table caption={w.title} rows={data.filter((one) => side === '' || one.side === side)} rowKey={(one) => one.id} empty={<Empty icon="book" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'id', head: w.id, cell: (one) => <Go to={paths.contract(one.id)}>{one.id}</Go> }, { id: 'party', head: w.party, cell: (one) => <span className="font-medium">{one.party}</span> },
            { id: 'side', head: w.side, cell: (one) => <Badge tone={one.side === 'customer' ? 'accent' : 'plain'}>{sides[one.side as 'customer']}</Badge> },
            { id: 'term', head: w.term, cell: (one) => { const { term } = one.body as Body; return term === undefined ? '–' : `${format.date(term.from)} – ${term.until === undefined ? w.openEnd : format.date(term.until)}` }, from: 'md' },
            { id: 'currency', head: w.currency, cell: (one) => (one.body as Body).currency ?? '–', from: 'sm' },
            { id: 'version', head: w.version, end: true, cell: (one) => <>{format.count(one.version)}{((one.body as Body).amendments ?? []).length === 0 ? null : <span className="text-muted"> · {w.amended(((one.body as Body).amendments ?? []).length)}</span>}</>, from: 'sm' },
          ]} />
        )}</Answered>
      </Panel>
      {asked ? <SaveContract before={undefined} onClose={() => setAsked(false)} /> : null}
    </MoneyFrame>
  )
}

const starts = {
  customer: { party: 'acme', side: 'customer', currency: 'USD', term: { from: '2026-11-01', until: '2027-11-01' }, terms: { discounts: [{ percent: '10' }], commitments: [{ id: 'year-one', amount: '100000.00', from: '2026-11-01', until: '2027-11-01' }], paymentDays: 30 } },
  supplier: { party: 'azure', side: 'supplier', currency: 'USD', term: { from: '2026-11-01' }, terms: { discounts: [{ percent: '12' }] } },
  maker: { maker: 'openai', currency: 'USD', term: { from: '2026-11-01' }, shares: [{ percent: '80', base: 'net' }] },
} as const

/** Saves a new contract, or a new version of one. */
export function SaveContract({ before, onClose }: { readonly before: Contract | undefined; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const go = useGo()
  const touches = ['GET /admin/v1/contracts', 'GET /admin/v1/contracts/{id}', 'GET /admin/v1/exposure', 'GET /admin/v1/margins'] as const
  const contract = useChange('PUT /admin/v1/contracts/{id}', touches)
  const agreement = useChange('PUT /admin/v1/agreements/{id}', touches)
  const [id, setId] = useState(before?.id ?? '')
  const [side, setSide] = useState<keyof typeof starts>((before?.side as keyof typeof starts | undefined) ?? 'customer')
  const [text, setText] = useState(() => plainJson(before?.body ?? starts.customer))
  const [fault, setFault] = useState<Error>()
  const submit = (): void => {
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      setFault(new Error(`${w.notJson}: ${cause.message}`))
      return
    }
    setFault(undefined)
    const done = { onSuccess: () => { onClose(); go(paths.contract(id)) } }
    if (side === 'maker') agreement.mutate({ params: { id }, body } as never, done)
    else contract.mutate({ params: { id }, body } as never, done)
  }
  return (
    <FormDialog title={w.save} verb={w.save} onClose={onClose} busy={contract.isPending || agreement.isPending} failure={fault ?? contract.error ?? agreement.error} onSubmit={submit}>
      {before === undefined ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label={w.id} value={id} onChange={setId} required placeholder="acme-2026" autoFocus />
          <ChoiceField label={w.side} value={side} onChange={(value) => { setSide(value); setText(plainJson(starts[value])) }} options={[['customer', w.customer], ['supplier', w.supplier], ['maker', w.maker]]} />
        </div>
      ) : null}
      <AreaField label={w.body} hint={w.bodyHint} value={text} onChange={setText} rows={16} mono required />
    </FormDialog>
  )
}
