/** The frame of a page and of its parts. */
import { useEffect, useId, type ReactNode } from 'react'
import type { Route } from '../api.ts'
import { mayAsk } from '../session.ts'

export function Page({ title, intro, actions, tabs, children }: { readonly title: string; readonly intro?: ReactNode; readonly actions?: ReactNode; readonly tabs?: ReactNode; readonly children: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · Weir`
  }, [title])
  return (
    <div className="mx-auto grid w-full max-w-[2200px] grid-cols-[minmax(0,1fr)] gap-5 px-4 py-6 sm:px-7 lg:py-8">
      {tabs}
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{title}</h1>
          {intro === undefined ? null : <div className="mt-1 max-w-prose text-muted">{intro}</div>}
        </div>
        {actions === undefined ? null : <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** A part of a page. With `asks` it is there for those who may ask that. */
export function Panel({ title, note, actions, children, className = '', asks }: { readonly asks?: Route; readonly title: string; readonly note?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode; readonly className?: string }): ReactNode {
  const id = useId()
  if (asks !== undefined && !mayAsk(asks)) return null
  return (
    <section aria-labelledby={id} className={`min-w-0 rounded-2xl border border-line bg-surface ${className}`}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 pt-4">
        <h2 id={id} className="font-semibold">{title}</h2>
        {actions === undefined ? null : <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        {note === undefined ? null : <div className="w-full text-sm text-muted">{note}</div>}
      </div>
      <div className="px-5 pt-3 pb-5">{children}</div>
    </section>
  )
}

const tones = {
  good: 'bg-good-tint text-good', warn: 'bg-warn-tint text-warn', bad: 'bg-bad-tint text-bad', plain: 'bg-raised text-muted ring-1 ring-line ring-inset', accent: 'bg-tint text-accent',
} as const
export type Tone = keyof typeof tones

export function Badge({ tone = 'plain', children, title }: { readonly tone?: Tone; readonly children: ReactNode; readonly title?: string | undefined }): ReactNode {
  return <span title={title} className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${tones[tone]}`}>{children}</span>
}

export function Figure({ label, value, note, tone, children }: { readonly label: string; readonly value: ReactNode; readonly note?: ReactNode; readonly tone?: 'bad' | 'warn' | undefined; readonly children?: ReactNode }): ReactNode {
  return (
    <div className="min-w-0 rounded-2xl border border-line bg-surface px-5 py-4">
      <p className="text-sm text-muted">{label}</p>
      <p className={`figures mt-0.5 truncate text-[1.7rem] leading-tight font-semibold tracking-tight ${tone === 'bad' ? 'text-bad' : tone === 'warn' ? 'text-warn' : ''}`}>{value}</p>
      {note === undefined ? null : <p className="figures mt-1 text-sm text-muted">{note}</p>}
      {children}
    </div>
  )
}

/** Two parts of a whole, and what is left of it. */
export function Bar({ parts, label }: { readonly parts: readonly { readonly share: number; readonly tone: 'used' | 'held' | 'over' }[]; readonly label: string }): ReactNode {
  const fills = { used: 'bg-s1', held: 'bg-s2', over: 'bg-bad-fill' } as const
  return (
    <div role="img" aria-label={label} className="flex h-2 overflow-hidden rounded-full bg-line">
      {parts.map(({ share, tone }) => <span key={tone} className={fills[tone]} style={{ width: `${Math.min(100, Math.max(share > 0 ? 0.7 : 0, share * 100))}%` }} />)}
    </div>
  )
}
