/** What happened, one under the other, the order as given. */
import type { ReactNode } from 'react'
import type { Tone } from './panel.tsx'

export interface Step { readonly id: string; readonly title: ReactNode; readonly note?: ReactNode; readonly tone?: Tone; readonly children?: ReactNode }

const dots: Readonly<Record<Tone, string>> = { good: 'bg-good', warn: 'bg-warn', bad: 'bg-bad-fill', plain: 'bg-edge', accent: 'bg-accent' }

export function Timeline({ label, steps }: { readonly label: string; readonly steps: readonly Step[] }): ReactNode {
  return (
    <ol aria-label={label} className="grid grid-cols-[minmax(0,1fr)]">
      {steps.map(({ id, title, note, tone = 'plain', children }) => (
        <li key={id} className="relative border-l-2 border-line pb-5 pl-5 last:border-transparent last:pb-0">
          <span aria-hidden="true" className={`absolute top-1.5 -left-[7px] size-3 rounded-full ring-4 ring-surface ${dots[tone]}`} />
          <div className="font-medium break-words">{title}</div>
          {note === undefined ? null : <p className="text-sm break-words text-muted">{note}</p>}
          {children === undefined ? null : <div className="mt-1.5 min-w-0">{children}</div>}
        </li>
      ))}
    </ol>
  )
}
