/** One contract in full: its term, what was used of what it promises, every term in words, amendments, versions. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { exact, share } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { Code, Difference, plainJson } from '../parts/code.tsx'
import { Facts } from '../parts/facts.tsx'
import { Go, usePart } from '../parts/go.tsx'
import { Badge, Bar, Panel } from '../parts/panel.tsx'
import { Answered, Loading } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { SaveContract } from './contracts.tsx'
import { ContractTerms, type Terms } from './contract-terms.tsx'
import { MoneyFrame } from './money-page.tsx'

const words = {
  customer: ['customer', 'cliente'], supplier: ['supplier', 'fornitore'], maker: ['maker', 'produttore'],
  back: ['All contracts', 'Tutti i contratti'], amend: ['Save a new version', 'Salva una nuova versione'], party: ['Party', 'Parte'], term: ['Term', 'Durata'], openEnd: ['open', 'aperta'], currency: ['Currency', 'Valuta'], payment: ['Payment', 'Pagamento'], days: [(n: number) => `${n} days after issue`, (n: number) => `${n} giorni dall’emissione`], limit: ['Credit limit', 'Limite di credito'], noLimit: ['none agreed', 'non concordato'],
  inUse: ['Use of what it promises', 'Uso di quanto promesso'], useNote: ['Billed months as recorded, this month as it stands now.', 'Mesi fatturati come registrati, mese corrente allo stato attuale.'], commitment: [(id: string) => `Commitment ${id}`, (id: string) => `Impegno ${id}`], credit: [(id: string) => `Credit ${id}`, (id: string) => `Credito ${id}`],
  drawnOf: [(a: string, b: string) => `${a} of ${b} drawn`, (a: string, b: string) => `${a} di ${b} utilizzati`], thisMonth: [(a: string) => `${a} of it this month`, (a: string) => `di cui ${a} questo mese`], leftOf: [(a: string) => `${a} left`, (a: string) => `${a} residui`], until: [(d: string) => `until ${d}`, (d: string) => `fino al ${d}`],
  units: ['Provisioned units this month', 'Unità riservate nel mese'], unitOf: ['Units', 'Unità'], cost: ['Cost', 'Costo'], idle: ['Of it idle', 'Di cui inutilizzato'], perMillion: ['A million tokens', 'Un milione di token'], utilisation: ['Used', 'Uso'], nothing: ['It promises no commitment, credit or unit.', 'Non prevede impegni, crediti o unità.'],
  amendments: ['Amendments', 'Modifiche'], noAmendments: ['None so far', 'Finora nessuna'], changes: ['Changes', 'Modifica'], versions: ['Versions', 'Versioni'], version: [(n: number) => `Version ${n}`, (n: number) => `Versione ${n}`], first: ['As first saved', 'Come salvato all’inizio'], whole: ['The whole contract as JSON', 'L’intero contratto in JSON'], suspensions: ['Suspensions', 'Sospensioni'], compared: [(a: number, b: number) => `Version ${b} against version ${a}`, (a: number, b: number) => `Versione ${b} rispetto alla ${a}`],
} as const satisfies Words

type Contract = Answer<'GET /admin/v1/contracts/{id}'>
interface Body {
  readonly currency: string
  readonly term: { readonly from: string; readonly until?: string }
  readonly terms?: Terms
  readonly amendments?: readonly { readonly effectiveFrom: string; readonly reason: string; readonly terms: Terms }[]
  readonly suspensions?: readonly { readonly from: string; readonly until?: string; readonly reason?: string; readonly project?: string; readonly case?: string }[]
}

export function ContractPage(): ReactNode {
  const w = useWords(words)
  const id = usePart('id') ?? ''
  const contract = useAsk('GET /admin/v1/contracts/{id}', { params: { id } })
  const [asked, setAsked] = useState(false)
  return (
    <MoneyFrame title={id} intro={<Go to={paths.contracts()}>{w.back}</Go>} actions={<Button does="PUT /admin/v1/contracts/{id}" onClick={() => setAsked(true)} because={contract.data === undefined ? '…' : undefined}>{w.amend}</Button>}>
      <Answered asked={contract} rows={8}>{(data) => <InFull contract={data} />}</Answered>
      {asked && contract.data !== undefined ? <SaveContract before={contract.data} onClose={() => setAsked(false)} /> : null}
    </MoneyFrame>
  )
}

/** Each member that an amendment names replaces that member whole, from its day on. */
const inForce = (body: Body, agreement: Terms, today: string): Terms => (body.terms === undefined ? agreement : (body.amendments ?? []).filter((one) => one.effectiveFrom <= today).reduce((terms, one) => ({ ...terms, ...one.terms }), body.terms))

function InFull({ contract }: { readonly contract: Contract }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const body = contract.body as Body
  const terms = inForce(body, contract.body as Terms, new Date(useMinute()).toISOString().slice(0, 10))
  return (
    <>
      <Panel title={contract.party} note={w[contract.side as 'customer'] ?? contract.side}>
        <Facts wide facts={[
          { label: w.term, value: `${format.date(body.term.from)} – ${body.term.until === undefined ? w.openEnd : format.date(body.term.until)}` }, { label: w.currency, value: body.currency },
          terms.paymentDays === undefined ? undefined : { label: w.payment, value: w.days(terms.paymentDays) },
          contract.side === 'customer' ? { label: w.limit, value: terms.creditLimit === undefined ? w.noLimit : format.money(terms.creditLimit, body.currency) } : undefined,
        ]} />
      </Panel>
      {contract.use === null ? null : <Use use={contract.use} currency={body.currency} />}
      <ContractTerms terms={terms} currency={body.currency} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-2">
        {contract.side === 'maker' ? null : <Amendments body={body} />}
        <Versions contract={contract} />
      </div>
    </>
  )
}

function Use({ use, currency }: { readonly use: NonNullable<Contract['use']>; readonly currency: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const money = (amount: string): string => format.money(amount, currency)
  const line = (key: string, name: string, one: { readonly amount: string; readonly drawn: string; readonly left: string }, note: string): ReactNode => {
    const part = share(one.drawn, one.amount)
    return (
      <li key={key} className="grid gap-1.5">
        <div className="flex flex-wrap items-baseline justify-between gap-x-3"><p className="font-medium">{name} <span className="text-sm font-normal text-muted">{note}</span></p><p className="figures text-sm">{w.drawnOf(money(one.drawn), money(one.amount))}</p></div>
        <Bar label={`${name}: ${format.percent(part)}`} parts={[{ share: part, tone: part > 1 ? 'over' : 'used' }]} />
        <p className="figures text-sm text-muted">{w.leftOf(money(exact(one.left) < 0n ? '0' : one.left))}</p>
      </li>
    )
  }
  if (use.commitments.length + use.credits.length + use.provisioned.length === 0) return <Panel title={w.inUse}><p className="text-muted">{w.nothing}</p></Panel>
  return (
    <Panel title={w.inUse} note={w.useNote}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        <ul className="grid gap-5">
          {use.commitments.map((one) => line(`commitment ${one.id}`, w.commitment(one.id), one, `${w.until(format.date(one.until))} · ${w.thisMonth(money(one.drawn_this_month))}`))}
          {use.credits.map((one) => line(`credit ${one.id}`, w.credit(one.id), one, one.expires === null ? '' : w.until(format.date(one.expires))))}
        </ul>
        {use.provisioned.length === 0 ? null : (
          <Table caption={w.units} rows={use.provisioned} rowKey={(one) => one.id} columns={[
            { id: 'id', head: w.units, cell: (one) => <span className="font-medium">{one.id}</span> }, { id: 'model', head: s.model, cell: (one) => one.model, from: 'sm' }, { id: 'count', head: w.unitOf, end: true, cell: (one) => format.count(one.count) },
            { id: 'used', head: w.utilisation, end: true, cell: (one) => (one.utilisation === null ? '–' : <Badge tone={Number(one.utilisation) < 0.5 ? 'warn' : 'good'}>{format.percent(Number(one.utilisation))}</Badge>) },
            { id: 'cost', head: w.cost, end: true, cell: (one) => money(one.cost) }, { id: 'idle', head: w.idle, end: true, cell: (one) => money(one.unused_cost), from: 'sm' },
            { id: 'per', head: w.perMillion, end: true, cell: (one) => (one.per_million === null ? '–' : money(one.per_million)), from: 'md' },
          ]} />
        )}
      </div>
    </Panel>
  )
}

function Amendments({ body }: { readonly body: Body }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const amendments = body.amendments ?? []
  const suspensions = body.suspensions ?? []
  return (
    <Panel title={w.amendments}>
      {amendments.length === 0 ? <p className="text-muted">{w.noAmendments}</p> : (
        <Timeline label={w.amendments} steps={amendments.map((one, index) => ({ id: String(index), title: one.reason, note: format.date(one.effectiveFrom), tone: 'accent' as const, children: <Code label={`${w.changes}, ${one.reason}`} text={plainJson(one.terms)} /> }))} />
      )}
      {suspensions.length === 0 ? null : <div className="mt-5"><h3 className="mb-2 font-semibold">{w.suspensions}</h3><Timeline label={w.suspensions} steps={suspensions.map((one, index) => ({ id: String(index), title: [one.project, one.reason ?? '–'].filter((text) => text !== undefined).join(' · '), ...(one.case === undefined ? {} : { children: <Go to={paths.case(one.case)} className="link font-mono text-sm break-all">{one.case}</Go> }), note: `${format.moment(one.from)} – ${one.until === undefined ? '…' : format.moment(one.until)}`, tone: 'warn' as const }))} /></div>}
    </Panel>
  )
}

function Versions({ contract }: { readonly contract: Contract }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [whole, setWhole] = useState(false)
  if (contract.versions.length === 0) return <Loading />
  return (
    <Panel title={w.versions} actions={<Button small pressed={whole} onClick={() => setWhole(!whole)}>JSON</Button>}>
      {whole ? <div className="mb-4"><Code label={w.whole} text={plainJson(contract.body)} /></div> : null}
      <Timeline label={w.versions} steps={contract.versions.map((one, index) => {
        const before = contract.versions[index + 1]
        return { id: String(one.version), title: w.version(one.version), note: format.moment(one.recorded_at), tone: index === 0 ? 'good' as const : 'plain' as const, children: before === undefined ? <p className="text-sm text-muted">{w.first}</p> : <Difference label={w.compared(before.version, one.version)} before={plainJson(before.body)} after={plainJson(one.body)} /> }
      })} />
    </Panel>
  )
}
