/** What each customer could cost if it paid nothing more, against its credit limit. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { compare, share } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Go } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Exposure', 'Esposizione'], intro: ['Used and not billed, billed and not paid, promised and not used: together against the limit that was agreed.', 'Usato e non fatturato, fatturato e non pagato, promesso e non usato: insieme rispetto al limite concordato.'], unbilled: ['Not billed', 'Da fatturare'], unpaid: ['Not paid', 'Non pagato'], committed: ['Committed', 'Impegnato'], total: ['Together', 'Totale'], limit: ['Credit limit', 'Limite di credito'], noLimit: ['none agreed', 'non concordato'], over: ['over the limit', 'oltre il limite'], within: ['within', 'entro'],
  parts: [(a: string, b: string, c: string) => `${a} not billed, ${b} not paid, ${c} committed`, (a: string, b: string, c: string) => `${a} da fatturare, ${b} non pagati, ${c} impegnati`], none: ['No customer has used or signed anything yet', 'Nessun cliente ha ancora usato o firmato nulla'], against: ['Against the limit', 'Rispetto al limite'],
  unmatched: ['Received, not matched', 'Ricevuto, non abbinato'], unknown: ['unknown', 'sconosciuto'], missing: [(rates: string) => `A rate is missing: ${rates}`, (rates: string) => `Manca un cambio: ${rates}`], also: [(a: string, b: string) => `${a} not billed, ${b} not paid`, (a: string, b: string) => `${a} da fatturare, ${b} non pagati`],
} as const satisfies Words

type Exposure = Answer<'GET /admin/v1/exposure'>['data'][number]

export function ExposurePage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const exposure = useAsk('GET /admin/v1/exposure', {})
  const known = (amount: string | null, one: Exposure): string => (amount === null ? w.unknown : format.money(amount, one.currency))
  return (
    <MoneyFrame title={w.title} intro={w.intro}>
      <Panel title={w.title}>
        <Answered asked={exposure} rows={6}>{({ data }) => (
          <Table caption={w.title} rows={data.toSorted((a, b) => compare(b.total ?? '0', a.total ?? '0'))} rowKey={(one) => one.organization} empty={<Empty icon="money" title={w.none} />} columns={[
            { id: 'organization', head: s.organization, cell: (one) => <><Go to={paths.money({ organization: one.organization })}>{one.organization}</Go><Others one={one} /></> },
            { id: 'bar', head: w.against, cell: (one) => <Stack one={one} />, from: 'sm' },
            { id: 'unbilled', head: w.unbilled, end: true, cell: (one) => known(one.unbilled, one), from: 'lg' }, { id: 'unpaid', head: w.unpaid, end: true, cell: (one) => known(one.unpaid, one), from: 'lg' }, { id: 'unapplied', head: w.unmatched, end: true, cell: (one) => known(one.unapplied, one), from: 'xl' },
            { id: 'committed', head: w.committed, end: true, cell: (one) => format.money(one.committed, one.currency), from: 'xl' }, { id: 'total', head: w.total, end: true, cell: (one) => <span className="font-medium">{known(one.total, one)}</span> },
            { id: 'limit', head: w.limit, end: true, cell: (one) => (one.credit_limit === null ? <span className="text-muted">{w.noLimit}</span> : format.money(one.credit_limit, one.currency)), from: 'md' },
            { id: 'state', head: s.status, cell: (one) => (one.credit_limit === null || one.over === null ? '–' : <Badge tone={one.over ? 'bad' : 'good'}>{one.over ? w.over : w.within}</Badge>) },
          ]} />
        )}</Answered>
      </Panel>
    </MoneyFrame>
  )
}

/** What is open in other currencies than the contract's, and which rate is missing to add it up. */
function Others({ one }: { readonly one: Exposure }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return (
    <>
      {one.currencies.filter((item) => item.currency !== one.currency).map((item) => <p key={item.currency} className="text-sm text-muted">{w.also(format.money(item.unbilled, item.currency), format.money(item.unpaid, item.currency))}</p>)}
      {one.missing_rates.length === 0 ? null : <p className="text-sm text-bad">{w.missing(one.missing_rates.join(', '))}</p>}
    </>
  )
}

const fills = ['bg-s1', 'bg-s2', 'bg-s3'] as const

function Stack({ one }: { readonly one: Exposure }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  if (one.unbilled === null || one.unpaid === null || one.total === null) return null
  const parts = [one.unbilled, one.unpaid, one.committed] as const
  const whole = one.credit_limit === null || compare(one.total, one.credit_limit) > 0 ? one.total : one.credit_limit
  const said = w.parts(...(parts.map((amount) => format.money(amount, one.currency)) as [string, string, string]))
  return (
    <div role="img" aria-label={said} title={said} className="flex h-2.5 w-full min-w-40 overflow-hidden rounded-full bg-line">
      {parts.map((part, index) => <span key={index} className={fills[index]} style={{ width: `${share(part, whole) * 100}%` }} />)}
    </div>
  )
}
