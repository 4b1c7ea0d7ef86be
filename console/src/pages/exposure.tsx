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
} as const satisfies Words

type Exposure = Answer<'GET /admin/v1/exposure'>['data'][number]

export function ExposurePage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const exposure = useAsk('GET /admin/v1/exposure', {})
  return (
    <MoneyFrame title={w.title} intro={w.intro}>
      <Panel title={w.title}>
        <Answered asked={exposure} rows={6}>{({ data }) => (
          <Table caption={w.title} rows={data.toSorted((a, b) => compare(b.total, a.total))} rowKey={(one) => one.organization} empty={<Empty icon="money" title={w.none} />} columns={[
            { id: 'organization', head: s.organization, cell: (one) => <Go to={paths.money({ organization: one.organization })}>{one.organization}</Go> },
            { id: 'bar', head: w.against, cell: (one) => <Stack one={one} />, from: 'sm' },
            { id: 'unbilled', head: w.unbilled, end: true, cell: (one) => format.money(one.unbilled, one.currency), from: 'lg' }, { id: 'unpaid', head: w.unpaid, end: true, cell: (one) => format.money(one.unpaid, one.currency), from: 'lg' },
            { id: 'committed', head: w.committed, end: true, cell: (one) => format.money(one.committed, one.currency), from: 'xl' }, { id: 'total', head: w.total, end: true, cell: (one) => <span className="font-medium">{format.money(one.total, one.currency)}</span> },
            { id: 'limit', head: w.limit, end: true, cell: (one) => (one.credit_limit === null ? <span className="text-muted">{w.noLimit}</span> : format.money(one.credit_limit, one.currency)), from: 'md' },
            { id: 'state', head: s.status, cell: (one) => (one.credit_limit === null ? '–' : <Badge tone={one.over ? 'bad' : 'good'}>{one.over ? w.over : w.within}</Badge>) },
          ]} />
        )}</Answered>
      </Panel>
    </MoneyFrame>
  )
}

const fills = ['bg-s1', 'bg-s2', 'bg-s3'] as const

function Stack({ one }: { readonly one: Exposure }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const parts = [one.unbilled, one.unpaid, one.committed]
  const whole = one.credit_limit === null || compare(one.total, one.credit_limit) > 0 ? one.total : one.credit_limit
  const money = (amount: string): string => format.money(amount, one.currency)
  return (
    <div role="img" aria-label={w.parts(money(one.unbilled), money(one.unpaid), money(one.committed))} title={w.parts(money(one.unbilled), money(one.unpaid), money(one.committed))} className="flex h-2.5 w-full min-w-40 overflow-hidden rounded-full bg-line">
      {parts.map((part, index) => <span key={index} className={fills[index]} style={{ width: `${share(part, whole) * 100}%` }} />)}
    </div>
  )
}
