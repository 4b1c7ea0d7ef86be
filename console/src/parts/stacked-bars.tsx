/** Parts of a whole, period by period, each a bar of the same length; the same figures as a table. */
import { useId, type ReactNode } from 'react'
import { useWords } from '../language.ts'
import { Table } from './table.tsx'
import { shared } from './words.ts'

export interface Stack { readonly period: string; readonly total: string; readonly parts: readonly { readonly name: string; readonly share: number; readonly value: string }[] }

const fills = ['bg-s1', 'bg-s2', 'bg-s4', 'bg-s6'] as const

export function StackedBars({ title, period, total, names, stacks, say }: { readonly title: string; readonly period: string; readonly total: string; readonly names: readonly string[]; readonly stacks: readonly Stack[]; readonly say: (share: number) => string }): ReactNode {
  const s = useWords(shared)
  const id = useId()
  const shareOf = (stack: Stack, name: string): number => stack.parts.find((part) => part.name === name)?.share ?? 0
  return (
    <figure aria-labelledby={id} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <figcaption id={id} className="text-sm text-muted">{title}</figcaption>
      <div className="grid gap-2.5" role="img" aria-label={title}>
        {stacks.map((stack) => (
          <div key={stack.period} className="grid grid-cols-[5.5rem_minmax(0,1fr)] items-center gap-3">
            <span className="figures text-sm">{stack.period}</span>
            <span className="flex h-6 overflow-hidden rounded-md bg-line">
              {names.map((name, index) => <span key={name} title={`${name}: ${say(shareOf(stack, name))}`} className={fills[index % fills.length]} style={{ width: `${shareOf(stack, name) * 100}%` }} />)}
            </span>
          </div>
        ))}
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">{names.map((name, index) => <li key={name} className="inline-flex items-center gap-1.5"><span aria-hidden="true" className={`size-2.5 rounded-sm ${fills[index % fills.length]}`} />{name}</li>)}</ul>
      <details className="text-sm">
        <summary className="w-fit text-muted hover:text-ink">{s.asTable}</summary>
        <div className="mt-2 px-5"><Table caption={title} rows={stacks} rowKey={(stack) => stack.period} columns={[{ id: 'period', head: period, cell: (stack) => stack.period }, ...names.map((name) => ({ id: name, head: name, end: true, cell: (stack: Stack) => say(shareOf(stack, name)) })), { id: 'total', head: total, end: true, cell: (stack) => stack.total }]} /></div>
      </details>
    </figure>
  )
}
