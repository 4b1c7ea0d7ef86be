/** One statement: what the channel owes the maker, what the maker owes the channel, the net of both, each line down to its calls. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { saveCsv } from '../csv.ts'
import { exact } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { spanOf } from '../months.ts'
import { Button } from '../parts/button.tsx'
import { Go, usePart } from '../parts/go.tsx'
import { Badge, Figure, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: [(maker: string, month: string) => `${maker}, ${month}`, (maker: string, month: string) => `${maker}, ${month}`], back: ['All statements', 'Tutti i rendiconti'], toMaker: ['Owed to the maker', 'Dovuto al produttore'], toChannel: ['Owed to the channel', 'Dovuto al canale'], net: ['Net', 'Netto'], wePay: [(m: string) => `We pay ${m}`, (m: string) => `Paghiamo ${m}`], theyPay: [(m: string) => `${m} pays us`, (m: string) => `${m} ci paga`],
  line: ['Line', 'Riga'], kind: ['Kind', 'Tipo'], base: ['Base', 'Base'], rate: ['Rate', 'Tasso'], amount: ['Amount', 'Importo'], callsOf: ['Calls of', 'Chiamate di'], invoicesOf: ['Invoices', 'Fatture'], none: ['Nothing in this direction', 'Nulla in questa direzione'], remainder: [(a: string) => `${a} of rounding is posted`, (a: string) => `arrotondamento di ${a} contabilizzato`], export: ['Export CSV', 'Esporta CSV'], under: ['Under', 'Secondo'], version: [(n: number) => `version ${n}`, (n: number) => `versione ${n}`], channel: [(name: string) => `channel ${name}`, (name: string) => `canale ${name}`],
} as const satisfies Words

type Statement = Answer<'GET /admin/v1/statements/{id}'>
type Line = Statement['document']['lines'][number]

export function StatementPage(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const id = usePart('id') ?? ''
  const statement = useAsk('GET /admin/v1/statements/{id}', { params: { id } })
  const data = statement.data
  const save = (): void => saveCsv(id, [['direction', 'kind', 'description', 'organization', 'model', 'asset', 'base', 'rate', 'exact', 'payable', 'calls'], ...(data?.document.lines ?? []).map((line) => [line.direction, line.kind, line.description, line.organization ?? '', line.model ?? '', line.asset ?? '', line.base, line.rate, line.exact, line.payable, line.keys.calls])])
  return (
    <MoneyFrame title={data === undefined ? id : w.title(data.maker, format.month(`${data.month}-15`))} intro={<Go to={paths.statements()}>{w.back}</Go>} actions={<Button icon="download" onClick={save} because={data === undefined ? '…' : undefined}>{w.export}</Button>}>
      <Answered asked={statement} rows={8}>{(one) => <InFull statement={one} />}</Answered>
    </MoneyFrame>
  )
}

function InFull({ statement }: { readonly statement: Statement }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const { document, currency, maker } = statement
  const money = (amount: string): string => format.money(amount, currency)
  const net = exact(document.net)
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        <Figure label={w.toMaker} value={money(document.toMaker)} />
        <Figure label={w.toChannel} value={money(document.toChannel)} />
        <Figure label={w.net} value={money(document.net)} note={net === 0n ? ' ' : net > 0n ? w.wePay(maker) : w.theyPay(maker)} />
      </div>
      <p className="text-sm text-muted">{w.under} <Go to={paths.contract(statement.agreement)}>{statement.agreement}</Go>, {w.version(document.agreementVersion)}{document.channel === undefined ? '' : ` · ${w.channel(document.channel)}`}{exact(document.remainder) === 0n ? '' : ` · ${w.remainder(`${document.remainder} ${currency}`)}`}</p>
      <Lines title={w.toMaker} lines={document.lines.filter((line) => line.direction === 'to-maker')} currency={currency} />
      <Lines title={w.toChannel} lines={document.lines.filter((line) => line.direction === 'to-channel')} currency={currency} />
    </>
  )
}

function Lines({ title, lines, currency }: { readonly title: string; readonly lines: readonly Line[]; readonly currency: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const calls = (line: Line): ReactNode => line.model === undefined || line.keys.calls === 0 ? '–' : (
    <Go to={paths.calls({ model: line.model, ...(line.organization === undefined ? {} : { organization: line.organization }), ...spanOf(line.keys.month) })} label={`${format.count(line.keys.calls)}: ${w.callsOf} ${line.description}`}>{format.count(line.keys.calls)}</Go>
  )
  return (
    <Panel title={title}>
      <Table caption={title} rows={lines} rowKey={(line) => String(line.n)} empty={<Empty icon="check" title={w.none} />} columns={[
        { id: 'line', head: w.line, wrap: true, cell: (line) => <><span className="font-medium">{line.description}</span><p className="text-sm text-muted">{[line.organization, line.model, line.asset].filter((one) => one !== undefined).join(' · ')}</p></> },
        { id: 'kind', head: w.kind, cell: (line) => <Badge>{line.kind}</Badge>, from: 'lg' }, { id: 'calls', head: s.calls, end: true, cell: calls, from: 'sm' },
        { id: 'invoices', head: w.invoicesOf, cell: (line) => <span className="text-sm">{line.keys.invoices.join(', ') || '–'}</span>, from: 'xl' }, { id: 'base', head: w.base, end: true, cell: (line) => format.decimal(line.base), from: 'md' },
        { id: 'rate', head: w.rate, end: true, cell: (line) => format.decimal(line.rate), from: 'md' }, { id: 'amount', head: w.amount, end: true, cell: (line) => <span className="font-medium" title={line.exact}>{format.money(line.payable, currency)}</span> },
      ]} />
    </Panel>
  )
}
