/** What a page shows when there is nothing, not yet, or not for this reader. One function words every failure. */
import type { ReactNode } from 'react'
import { Problem } from '../api.ts'
import { useWords, type Spoken } from '../language.ts'
import { Button } from './button.tsx'
import { Go } from './go.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Page } from './panel.tsx'
import { shared } from './words.ts'

/** Refused to the reader's role, and not by a case, a clause or a second person who is missing: those say themselves what to do. */
const isRole = (cause: Problem): boolean => cause.status === 403 && cause.code === 'not_permitted'

/** A failure in words for people. */
export function sayProblem(cause: unknown, w: Spoken<typeof shared>): string {
  if (cause instanceof Problem) {
    if (cause.status === 0) return w.unreachable
    if (isRole(cause)) return w.notPermitted
    return cause.message
  }
  return cause instanceof Error ? cause.message : String(cause)
}

export function ErrorNote({ cause, retry, title }: { readonly cause: unknown; readonly retry?: (() => void) | undefined; readonly title?: string }): ReactNode {
  const w = useWords(shared)
  const forbidden = cause instanceof Problem && isRole(cause)
  return (
    <div role="alert" className="flex flex-wrap items-start gap-3 rounded-xl bg-bad-tint px-4 py-3">
      <Icon name={forbidden ? 'lock' : 'alert'} className="mt-0.5 text-bad" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-semibold text-bad">{title ?? (forbidden ? w.notPermittedTitle : w.failedTitle)}</p>
        <p className="break-words whitespace-pre-line">{sayProblem(cause, w)}</p>
      </div>
      {retry === undefined ? null : <Button onClick={retry}>{w.retry}</Button>}
    </div>
  )
}

export function Empty({ icon = 'calls', title, children }: { readonly icon?: IconName; readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-12 text-center">
      <span className="grid size-11 place-items-center rounded-full bg-tint text-accent"><Icon name={icon} /></span>
      <p className="text-lg font-semibold">{title}</p>
      <div className="max-w-prose text-muted">{children}</div>
    </div>
  )
}

export function Loading({ rows = 4 }: { readonly rows?: number }): ReactNode {
  const w = useWords(shared)
  return (
    <div role="status" className="grid gap-3 py-2">
      <span className="sr-only">{w.loading}</span>
      {Array.from({ length: rows }, (_, index) => <span key={index} className="skeleton block h-5" style={{ width: `${92 - ((index * 17) % 40)}%` }} />)}
    </div>
  )
}

interface Asked<T> { readonly data: T | undefined; readonly error: Error | null; readonly refetch: () => unknown }

/** An answer once it is there; before, a placeholder; otherwise, why not. */
export function Answered<T>({ asked, children, rows }: { readonly asked: Asked<T>; readonly children: (data: T) => ReactNode; readonly rows?: number }): ReactNode {
  if (asked.data !== undefined) return children(asked.data)
  if (asked.error !== null) return <ErrorNote cause={asked.error} retry={() => void asked.refetch()} />
  return <Loading {...(rows === undefined ? {} : { rows })} />
}

/** A page that the reader's role does not open. */
export function NotPermitted(): ReactNode {
  const w = useWords(shared)
  return <Page title={w.notPermittedTitle}><Empty icon="lock" title={w.notPermittedTitle}>{w.notPermitted}</Empty></Page>
}

export function NotFound(): ReactNode {
  const w = useWords(shared)
  return <Page title={w.notFoundTitle} intro={w.notFound}><p><Go to={{ to: '/' }}>{w.toOverview}</Go></p></Page>
}

export function PageFailed({ error, reset }: { readonly error: unknown; readonly reset?: () => void }): ReactNode {
  return <div className="p-6"><ErrorNote cause={error} retry={reset} /></div>
}
