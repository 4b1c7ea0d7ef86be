/** Labelled values: what is known of one thing. */
import type { ReactNode } from 'react'

export interface Fact { readonly label: string; readonly value: ReactNode }

export function Facts({ facts, wide = false }: { readonly facts: readonly (Fact | undefined)[]; readonly wide?: boolean }): ReactNode {
  return (
    <dl className={`grid gap-x-8 gap-y-3 ${wide ? 'sm:grid-cols-2 xl:grid-cols-4' : 'sm:grid-cols-2'}`}>
      {facts.filter((one) => one !== undefined).map(({ label, value }) => (
        <div key={label} className="min-w-0"><dt className="text-sm text-muted">{label}</dt><dd className="figures font-medium break-words">{value}</dd></div>
      ))}
    </dl>
  )
}
