/** Dialogs on the platform's own element: focus stays inside, Escape closes, the page behind is inert. */
import { useEffect, useId, useRef, type FormEvent, type ReactNode } from 'react'
import { useWords } from '../language.ts'
import { Button, CopyButton } from './button.tsx'
import { ErrorNote } from './states.tsx'
import { shared } from './words.ts'

export function Dialog({ title, onClose, children }: { readonly title: string; readonly onClose: () => void; readonly children: ReactNode }): ReactNode {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current
    if (dialog !== null && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={(event) => { event.preventDefault(); onClose() }} className="m-auto w-[min(36rem,calc(100vw-1.5rem))] rounded-2xl border border-line bg-surface p-0 shadow-2xl">
      <div className="grid gap-4 p-6">
        <h2 id={id} className="text-lg font-semibold break-words">{title}</h2>
        {children}
      </div>
    </dialog>
  )
}

interface FormProps {
  readonly title: string
  readonly verb: string
  readonly onClose: () => void
  readonly onSubmit: () => void
  readonly busy: boolean
  readonly failure: unknown
  readonly danger?: boolean
  readonly children: ReactNode
}

export function FormDialog({ title, verb, onClose, onSubmit, busy, failure, danger = false, children }: FormProps): ReactNode {
  const w = useWords(shared)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {children}
        {failure === null || failure === undefined ? null : <ErrorNote cause={failure} title={w.changeFailed} />}
        <div className="flex flex-wrap justify-end gap-2 pt-1">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={busy}>{verb}</Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Asks before something that stops traffic or cannot be taken back, and says what follows. */
export function ConfirmDialog({ consequences, children, ...rest }: Omit<FormProps, 'children'> & { readonly consequences: readonly string[]; readonly children?: ReactNode }): ReactNode {
  return <FormDialog {...rest}><ul className="grid list-disc gap-1.5 pl-5 marker:text-muted">{consequences.map((one) => <li key={one}>{one}</li>)}</ul>{children}</FormDialog>
}

/** A secret, once. */
export function SecretDialog({ title, secret, onClose, children }: { readonly title: string; readonly secret: string; readonly onClose: () => void; readonly children?: ReactNode }): ReactNode {
  const w = useWords(shared)
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="rounded-lg bg-warn-tint px-3 py-2 text-warn">{w.shownOnce}</p>
      <div className="flex flex-wrap items-center gap-2 rounded-lg border border-line bg-raised p-3">
        <code data-secret className="min-w-0 flex-1 basis-48 font-mono text-sm break-all">{secret}</code>
        <CopyButton text={secret} />
      </div>
      {children}
      <div className="flex justify-end"><Button kind="primary" onClick={onClose}>{w.close}</Button></div>
    </Dialog>
  )
}
