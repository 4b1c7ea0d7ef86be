/** Buttons. One that cannot be pressed stays in the order of keys and says why. */
import { useState, type ReactNode } from 'react'
import type { Route } from '../api.ts'
import { useWords } from '../language.ts'
import { mayAsk } from '../session.ts'
import { Icon, type IconName } from './icon.tsx'
import { shared } from './words.ts'

const kinds = {
  primary: 'bg-accent text-accent-ink border-transparent hover:brightness-110',
  plain: 'bg-surface text-ink border-edge hover:bg-tint',
  quiet: 'bg-transparent text-accent border-transparent hover:bg-tint',
  danger: 'bg-bad-fill text-white border-transparent hover:brightness-110',
} as const

export interface ButtonProps {
  readonly children: ReactNode
  readonly kind?: keyof typeof kinds
  readonly onClick?: (() => void) | undefined
  readonly type?: 'button' | 'submit'
  readonly icon?: IconName
  /** Why it cannot be pressed now; shown on hover and read out. */
  readonly because?: string | undefined
  readonly busy?: boolean
  readonly small?: boolean
  readonly label?: string
  readonly pressed?: boolean
  /** What it asks in the end: who may not ask that is not offered it. */
  readonly does?: Route
}

export function Button({ children, kind = 'plain', onClick, type = 'button', icon, because, busy = false, small = false, label, pressed, does }: ButtonProps): ReactNode {
  const w = useWords(shared)
  if (does !== undefined && !mayAsk(does)) return null
  const off = because !== undefined || busy
  return (
    <button type={off ? 'button' : type} onClick={off ? undefined : onClick} title={because} aria-disabled={off || undefined} aria-label={label} aria-pressed={pressed} {...(because === undefined ? {} : { 'aria-description': because })}
      className={`inline-flex items-center justify-center gap-1.5 rounded-lg border font-medium whitespace-nowrap transition ${small ? 'min-h-8 px-2.5 text-sm' : 'min-h-10 px-3.5'} ${off ? 'cursor-not-allowed! border-line bg-raised text-muted' : kinds[kind]} ${pressed === true ? 'bg-tint!' : ''}`}>
      {icon === undefined ? null : <Icon name={icon} className={small ? 'size-4!' : ''} />}
      {busy ? w.working : children}
    </button>
  )
}

export function CopyButton({ text, label, small = true }: { readonly text: string; readonly label?: string; readonly small?: boolean }): ReactNode {
  const w = useWords(shared)
  const [copied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 2_000)
    })
  }
  return <span aria-live="polite"><Button small={small} icon={copied ? 'check' : 'copy'} onClick={copy} {...(label === undefined ? {} : { label: copied ? w.copied : label })}>{copied ? w.copied : w.copy}</Button></span>
}
