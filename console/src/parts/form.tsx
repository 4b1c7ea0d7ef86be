/** Fields of forms: a label, the control, and what it is for, tied together. */
import { useId, type ReactNode } from 'react'

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly className?: string
}

export function Field({ label, hint, className = '', children }: FieldProps & { readonly children: (ids: { readonly id: string; readonly 'aria-describedby'?: string }) => ReactNode }): ReactNode {
  const id = useId()
  return (
    <div className={`grid content-start gap-1 ${className}`}>
      <label htmlFor={id} className="text-sm font-medium">{label}</label>
      {children({ id, ...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }) })}
      {hint === undefined ? null : <p id={`${id}-hint`} className="text-sm text-muted">{hint}</p>}
    </div>
  )
}

export interface TextProps extends FieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
  readonly type?: 'text' | 'password' | 'search' | 'number' | 'date' | 'month' | 'datetime-local'
  readonly required?: boolean
  readonly pattern?: string
  readonly title?: string
  readonly autoFocus?: boolean
  readonly mono?: boolean
  /** What a browser may fill in: `username`, `current-password`, `one-time-code`. */
  readonly autoComplete?: string
}

export function TextField({ label, hint, className, value, onChange, type = 'text', mono = false, autoComplete = 'off', ...rest }: TextProps): ReactNode {
  const about = { label, ...(hint === undefined ? {} : { hint }), ...(className === undefined ? {} : { className }) }
  return <Field {...about}>{(ids) => <input {...ids} {...rest} type={type} value={value} onChange={(event) => onChange(event.target.value)} autoComplete={autoComplete} spellCheck={false} {...(type === 'number' ? { min: 0, inputMode: 'numeric' as const } : {})} className={`input ${mono ? 'font-mono' : ''}`} />}</Field>
}

export function ChoiceField<V extends string>({ label, hint, className, value, onChange, options }: FieldProps & { readonly value: V; readonly onChange: (value: V) => void; readonly options: readonly (readonly [value: V, label: string])[] }): ReactNode {
  const about = { label, ...(hint === undefined ? {} : { hint }), ...(className === undefined ? {} : { className }) }
  return <Field {...about}>{(ids) => <select {...ids} value={value} onChange={(event) => onChange(event.target.value as V)} className="input">{options.map(([one, text]) => <option key={one} value={one}>{text}</option>)}</select>}</Field>
}

/** A choice of few, all in view. */
export function Segments<V extends string>({ label, value, onChange, options }: { readonly label: string; readonly value: V; readonly onChange: (value: V) => void; readonly options: readonly (readonly [value: V, label: string])[] }): ReactNode {
  const name = useId()
  return (
    <fieldset className="inline-flex max-w-full flex-wrap rounded-lg border border-edge bg-surface p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([one, text]) => (
        <label key={one} className={`inline-flex min-h-8 cursor-pointer items-center rounded-md px-3 text-sm font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent ${one === value ? 'bg-accent text-accent-ink' : 'text-ink hover:bg-tint'}`}>
          <input type="radio" name={name} value={one} checked={one === value} onChange={() => onChange(one)} className="sr-only" />
          {text}
        </label>
      ))}
    </fieldset>
  )
}

export function AreaField({ label, hint, className, value, onChange, rows = 6, mono = false, required = false }: FieldProps & { readonly value: string; readonly onChange: (value: string) => void; readonly rows?: number; readonly mono?: boolean; readonly required?: boolean }): ReactNode {
  const about = { label, ...(hint === undefined ? {} : { hint }), ...(className === undefined ? {} : { className }) }
  return <Field {...about}>{(ids) => <textarea {...ids} rows={rows} value={value} required={required} spellCheck={!mono} onChange={(event) => onChange(event.target.value)} className={`input ${mono ? 'font-mono text-sm!' : ''}`} />}</Field>
}

/** One of many, each with its box. */
export function CheckField({ label, hint, checked, onChange }: { readonly label: ReactNode; readonly hint?: ReactNode; readonly checked: boolean; readonly onChange: (checked: boolean) => void }): ReactNode {
  const id = useId()
  return (
    <div className="flex items-start gap-2.5">
      <input id={id} type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} className="mt-0.5 size-5 shrink-0 accent-[var(--accent)]" {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })} />
      <div className="min-w-0"><label htmlFor={id} className="font-medium">{label}</label>{hint === undefined ? null : <p id={`${id}-hint`} className="text-sm text-muted">{hint}</p>}</div>
    </div>
  )
}
