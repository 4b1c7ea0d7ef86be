/** Planned figures (P1): value, interval, base, and on demand the rows they were made from and what they were checked against. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { figureNames, withNames } from '../figure-words.ts'
import { inItalian } from '../planner-words.ts'
import { useFormat, type Format } from '../format.ts'
import { useLanguage, useWords, type Spoken, type Words } from '../language.ts'
import { Table } from './table.tsx'

const words = {
  between: [(low: string, high: string) => `between ${low} and ${high}`, (low: string, high: string) => `fra ${low} e ${high}`], why: ['Rows and checks', 'Righe e verifiche'], base: ['Base', 'Base'], meaning: ['What “between” means', 'Che cosa vuol dire «fra»'], checked: ['Checked against', 'Verificato con'], rows: [(n: number) => `Made from ${n} rows`, (n: number) => `Ricavato da ${n} righe`], row: ['Row', 'Riga'], kind: ['Kind', 'Tipo'], date: ['Date', 'Data'], says: ['Value', 'Valore'], more: [(n: string) => `and ${n} more, in weir outlook --json`, (n: string) => `e altre ${n}, in weir outlook --json`], missing: ['Not enough data to say', 'Dati insufficienti per dirlo'],
} as const satisfies Words

export type Outlook = NonNullable<Answer<'GET /admin/v1/outlook'>['outlook']>
export type PlannedFigure = Extract<Outlook['concentration'], { readonly status: 'known' }>['figures'][number]
type Source = PlannedFigure['inputs'][number]
export interface Missing { readonly status: 'missing'; readonly missing: readonly string[] }

const currency = /^([A-Z]{3})( a year)?$/

/** A value with its unit as the reader writes it. */
export function sayValue(value: string, unit: string, format: Format): string {
  const money = currency.exec(unit)
  if (!/^-?\d+(\.\d+)?$/.test(value)) return value
  if (money?.[1] !== undefined) return Math.abs(Number(value)) >= 1_000_000 ? `${format.short(Number(value))} ${money[1]}` : format.money(value, money[1])
  if (unit === '%') return `${format.count(Number(value))} %`
  return format.short(Number(value))
}

export function sayName(name: string, names: Spoken<typeof figureNames>, w: Spoken<typeof withNames>): string {
  if (name in names) return names[name as keyof typeof figureNames]
  const [, what, who] = /^(revenue without|index without|share of) (.+)$/.exec(name) ?? []
  if (who === undefined) return name
  return what === 'revenue without' ? w.without(who) : what === 'index without' ? w.indexWithout(who) : w.shareOf(who)
}

export function PlannedFigures({ figures, title }: { readonly figures: readonly PlannedFigure[]; readonly title: string }): ReactNode {
  const w = useWords(words)
  const names = useWords(figureNames)
  const n = useWords(withNames)
  const format = useFormat()
  const inputs = [...new Map(figures.flatMap((figure) => figure.inputs).map((source) => [`${source.kind} ${source.id}`, source])).values()]
  const unique = (of: (figure: PlannedFigure) => string): readonly string[] => [...new Set(figures.map(of))]
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <dl className="grid gap-x-6 gap-y-4 sm:grid-cols-2 2xl:grid-cols-4">
        {figures.map((figure) => {
          const range = figure.interval.low === figure.interval.high ? undefined : w.between(sayValue(figure.interval.low, figure.unit, format), sayValue(figure.interval.high, figure.unit, format))
          return (
            <div key={figure.name} className="min-w-0">
              <dt className="text-sm text-muted">{sayName(figure.name, names, n)}</dt>
              <dd className="figures text-xl font-semibold break-words" title={`${figure.value} ${figure.unit}`}>{sayValue(figure.value, figure.unit, format)}{range === undefined ? null : <span className="block text-sm font-normal text-muted">{range}</span>}</dd>
            </div>
          )
        })}
      </dl>
      <details className="text-sm">
        <summary className="w-fit text-muted hover:text-ink">{w.why}</summary>
        <div lang="en" className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-2">
          {unique((figure) => figure.base).map((base) => <p key={base} className="break-words"><span className="text-muted">{w.base}:</span> {base}</p>)}
          {unique((figure) => (figure.interval.low === figure.interval.high ? '' : figure.interval.meaning)).filter((text) => text !== '').map((text) => <p key={text} className="break-words"><span className="text-muted">{w.meaning}:</span> {text}</p>)}
          {unique((figure) => figure.checked).map((text) => <p key={text} className="break-words"><span className="text-muted">{w.checked}:</span> {text}</p>)}
          <Sources inputs={inputs} title={title} />
        </div>
      </details>
    </div>
  )
}

const rowsMax = 40

export function Sources({ inputs, title }: { readonly inputs: readonly Source[]; readonly title: string }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return (
    <div className="px-5">
      <p className="text-muted">{w.rows(inputs.length)}</p>
      <Table caption={`${title}: ${w.rows(inputs.length)}`} rows={inputs.slice(0, rowsMax)} rowKey={(row) => `${row.kind} ${row.id}`} columns={[
        { id: 'kind', head: w.kind, cell: (row) => row.kind }, { id: 'row', head: w.row, wrap: true, cell: (row) => <code className="break-all">{row.id}</code> }, { id: 'date', head: w.date, cell: (row) => row.date, from: 'sm' }, { id: 'says', head: w.says, wrap: true, cell: (row) => row.says ?? '', from: 'lg' },
      ]} />
      {inputs.length > rowsMax ? <p className="text-muted">{w.more(format.count(inputs.length - rowsMax))}</p> : null}
    </div>
  )
}

/** Sentences of the planner in the reader's language; one that nobody translated stands as it came, and says so to readers aloud. */
export function Sentences({ of, className = '' }: { readonly of: readonly string[]; readonly className?: string }): ReactNode {
  const italian = useLanguage() === 'it'
  return (
    <ul className={`mt-1 grid list-disc gap-1 pl-5 ${className}`}>
      {of.map((one) => {
        const said = italian ? inItalian(one) : undefined
        return <li key={one} lang={said === undefined ? 'en' : undefined} className="break-words">{said ?? one}</li>
      })}
    </ul>
  )
}

/** What is not there, and how to put it there: a refusal is an answer. */
export function NotKnown({ missing }: { readonly missing: readonly string[] }): ReactNode {
  const w = useWords(words)
  return (
    <div className="rounded-xl bg-warn-tint px-4 py-3">
      <p className="font-medium text-warn">{w.missing}</p>
      <Sentences of={missing} />
    </div>
  )
}

export function Known<T extends { readonly status: 'known' }>({ of, children }: { readonly of: T | Missing; readonly children: (known: T) => ReactNode }): ReactNode {
  return of.status === 'missing' ? <NotKnown missing={of.missing} /> : children(of)
}
