/** Where something stands on its way: stages behind, the present one, those ahead. */
import type { ReactNode } from 'react'

export function Stages({ label, stages, at }: { readonly label: string; readonly stages: readonly { readonly id: string; readonly name: string }[]; readonly at: string }): ReactNode {
  const here = stages.findIndex((one) => one.id === at)
  return (
    <ol aria-label={label} className="grid gap-x-1 gap-y-2 sm:auto-cols-fr sm:grid-flow-col">
      {stages.map(({ id, name }, index) => (
        <li key={id} aria-current={index === here ? 'step' : undefined} className="min-w-0 max-sm:flex max-sm:items-center max-sm:gap-2">
          <span aria-hidden="true" className={`block h-1.5 rounded-full max-sm:w-8 max-sm:shrink-0 ${index < here ? 'bg-s1' : index === here ? 'bg-accent' : 'bg-line'}`} />
          <span className={`block truncate text-sm sm:mt-1 ${index === here ? 'font-semibold text-ink' : 'text-muted'}`}>{name}</span>
        </li>
      ))}
    </ol>
  )
}
