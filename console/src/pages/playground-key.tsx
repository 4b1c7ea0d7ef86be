/** With what one tries models: a key that one has, or one for an hour, for a project and a purpose. */
import { useState, type ReactNode } from 'react'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { ErrorNote } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { useAsk, useChange } from '../queries.ts'
import { mayAsk } from '../session.ts'
import type { PurposeBody } from './register.tsx'

const words = {
  key: ['Client key', 'Chiave client'], hint: ['Stays in this tab’s memory and is gone when you reload.', 'Resta nella memoria della scheda e si perde ricaricando.'],
  anHour: ['Or make one for an hour', 'Oppure creane una per un’ora'], make: ['Make a key for an hour', 'Crea una chiave per un’ora'], made: [(name: string) => `Key ${name} is used. It ends by itself.`, (name: string) => `Si usa la chiave ${name}. Scade da sola.`], noPurpose: ['none declared', 'nessuna dichiarata'],
} as const satisfies Words

const hourMs = 3_600_000

export function PlaygroundKey({ secret, onChange }: { readonly secret: string; readonly onChange: (secret: string) => void }): ReactNode {
  const w = useWords(words)
  return (
    <div className="grid gap-2">
      <TextField label={w.key} hint={w.hint} type="password" value={secret} onChange={onChange} placeholder="sk-weir-…" mono />
      {mayAsk('POST /admin/v1/keys') ? <details><summary className="w-fit text-sm font-medium text-accent hover:underline">{w.anHour}</summary><ForAnHour onMade={onChange} /></details> : null}
    </div>
  )
}

function ForAnHour({ onMade }: { readonly onMade: (secret: string) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const projects = (useAsk('GET /admin/v1/projects', {}).data?.data ?? []).map((one) => `${one.organization}/${one.name}`)
  const declared = useAsk('GET /admin/v1/terms/records/{kind}', { params: { kind: 'purposes' } }).data?.data ?? []
  const [chosen, setChosen] = useState('')
  const [purpose, setPurpose] = useState('')
  const create = useChange('POST /admin/v1/keys', ['GET /admin/v1/keys'])
  const place = chosen === '' ? (projects[0] ?? '') : chosen
  const [organization = '', project = ''] = place.split('/')
  const purposes = [...new Set(declared.map((one) => one.body as PurposeBody).filter((one) => one.organization === organization).map((one) => one.id))]
  const make = (): void => {
    const now = Date.now()
    create.mutate({ body: { organization, project, name: `playground-${now.toString(36)}`, expires: new Date(now + hourMs).toISOString(), ...(purposes.includes(purpose) ? { purpose } : {}) } }, { onSuccess: ({ secret }) => onMade(secret) })
  }
  return (
    <div className="mt-2 grid gap-3">
      <ChoiceField label={s.project} value={place} onChange={setChosen} options={projects.map((one) => [one, one] as const)} />
      <ChoiceField label={s.purpose} value={purposes.includes(purpose) ? purpose : ''} onChange={setPurpose} options={[['', w.noPurpose], ...purposes.map((one) => [one, one] as const)]} />
      <div><Button small icon="key" busy={create.isPending} because={place === '' ? s.none : undefined} onClick={make}>{w.make}</Button></div>
      {create.error === null ? null : <ErrorNote cause={create.error} title={s.changeFailed} />}
      <p role="status" className="text-sm text-muted">{create.data === undefined ? '' : w.made(create.data.name)}</p>
    </div>
  )
}
