/** Texts that machines read, and what changed in them. */
import type { ReactNode } from 'react'
import { differenceOf } from '../difference.ts'
import { useWords, type Words } from '../language.ts'

const words = { added: ['added', 'aggiunta'], removed: ['removed', 'tolta'] } as const satisfies Words

export function Code({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  return <pre tabIndex={0} role="group" aria-label={label} className="max-h-96 overflow-auto rounded-lg border border-line bg-raised p-3 font-mono text-sm leading-relaxed whitespace-pre">{text}</pre>
}

/** The JSON of a value, its members in a fixed order, so that two versions compare line by line. */
export function plainJson(value: unknown): string {
  const sorted = (one: unknown): unknown => Array.isArray(one) ? one.map(sorted) : typeof one === 'object' && one !== null ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)])) : one
  return JSON.stringify(sorted(value), undefined, 2)
}

const tones = { same: 'text-muted', added: 'bg-good-tint text-good', removed: 'bg-bad-tint text-bad' } as const
const signs = { same: ' ', added: '+', removed: '−' } as const

export function Difference({ label, before, after }: { readonly label: string; readonly before: string; readonly after: string }): ReactNode {
  const w = useWords(words)
  return (
    <div tabIndex={0} role="group" aria-label={label} className="max-h-96 overflow-auto rounded-lg border border-line bg-surface py-2 font-mono text-sm leading-relaxed">
      {differenceOf(before, after).map(({ kind, text }, index) => (
        <div key={index} className={`w-fit min-w-full px-3 whitespace-pre ${tones[kind]}`}><span aria-hidden="true">{signs[kind]} </span>{kind === 'same' ? null : <span className="sr-only">{w[kind]}: </span>}{text}</div>
      ))}
    </div>
  )
}
