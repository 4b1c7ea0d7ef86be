/** The pages of one area, as links that stay in view. */
import type { ReactNode } from 'react'
import type { Place } from '../paths.ts'
import { mayOpen } from '../places.ts'
import { Go } from './go.tsx'

export interface Tab { readonly name: string; readonly to: Place; readonly here: boolean }

export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }): ReactNode {
  return (
    <nav aria-label={label} className="-mx-4 overflow-x-auto border-b border-line px-4 sm:-mx-7 sm:px-7">
      <ul className="flex w-max gap-1">
        {tabs.filter(({ to }) => mayOpen(to.to)).map(({ name, to, here }) => (
          <li key={name}>
            <Go to={to} current={here} className={`-mb-px inline-flex min-h-10 items-center border-b-2 px-3 font-medium whitespace-nowrap ${here ? 'border-accent text-accent' : 'border-transparent text-muted hover:border-edge hover:text-ink'}`}>{name}</Go>
          </li>
        ))}
      </ul>
    </nav>
  )
}
