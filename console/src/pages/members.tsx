/** Members: who may sign in, as what; invited, changed, disabled, reset. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, FormDialog, SecretDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { anyRole, boundBody, RoleFields, useRoleName } from '../parts/role-fields.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk, useChange } from '../queries.ts'
import { useSession } from '../session.ts'

const words = {
  title: ['Members', 'Membri'], note: ['People who sign in. What they do stands under their name for good, so nobody is deleted, only disabled.', 'Le persone che accedono. Ciò che fanno resta sotto il loro nome: nessuno viene eliminato, solo disabilitato.'],
  none: ['Nobody has an account yet', 'Nessuno ha ancora un account'], noneHint: ['Sign in with the admin token at the address of the console: it offers to make the first owner.', 'Accedi con il token di amministrazione all’indirizzo della console: ti propone di creare il primo proprietario.'],
  invite: ['Invite', 'Invita'], login: ['E-mail or name to sign in with', 'E-mail o nome per l’accesso'], person: ['Name', 'Nome'], role: ['Role', 'Ruolo'], factors: ['Second factor', 'Secondo fattore'], totp: ['App', 'App'], passkey: ['Passkey', 'Passkey'], recovery: ['Recovery codes', 'Codici di recupero'], seen: ['Last seen', 'Ultimo accesso'], never: ['never', 'mai'],
  you: ['you', 'tu'], invited: ['invited', 'invitato'], disabled: ['disabled', 'disabilitato'], sso: ['single sign-on', 'single sign-on'], edit: ['Change', 'Modifica'], reset: ['Reset', 'Reimposta'], disable: ['Disable', 'Disabilita'], enable: ['Enable', 'Riabilita'],
  editTitle: [(name: string) => `Change ${name}`, (name: string) => `Modifica ${name}`], linkTitle: [(name: string) => `Link for ${name}`, (name: string) => `Link per ${name}`], linkNote: ['Give it to this person on a way that you trust. It sets a password, works once, and for three days.', 'Consegnalo a questa persona per una via sicura. Serve a scegliere la password, vale una volta e per tre giorni.'],
  disableTitle: [(name: string) => `Disable ${name}?`, (name: string) => `Disabilitare ${name}?`], signedOut: ['Is signed out everywhere at once.', 'Esce subito da ogni sessione.'], tokensStop: ['Admin tokens that this person made are refused too.', 'Anche i token di amministrazione creati da questa persona vengono rifiutati.'], kept: ['What was done stays in the books; you can enable the account again.', 'Ciò che è stato fatto resta nei registri; l’account si può riabilitare.'],
  resetTitle: [(name: string) => `Reset ${name}`, (name: string) => `Reimposta ${name}`], what: ['What', 'Cosa'], password: ['The password', 'La password'], both: ['Password and second factors', 'Password e secondi fattori'], resetHint: ['All sessions end. You get a link for this person.', 'Tutte le sessioni terminano. Ricevi un link per questa persona.'], roleEnds: ['Another role ends all sessions of this person.', 'Un altro ruolo termina tutte le sessioni di questa persona.'],
} as const satisfies Words

type User = Answer<'GET /admin/v1/users'>['data'][number]
type Asked = { readonly act: 'invite' } | { readonly act: 'edit' | 'reset' | 'disable'; readonly user: User }

const touches = ['GET /admin/v1/users', 'GET /admin/v1/people'] as const

export function Members(): ReactNode {
  const w = useWords(words)
  const users = useAsk('GET /admin/v1/users', {})
  const [asked, setAsked] = useState<Asked>()
  const close = (): void => setAsked(undefined)
  return (
    <Panel title={w.title} note={w.note} actions={<Button kind="primary" small icon="plus" does="POST /admin/v1/users" onClick={() => setAsked({ act: 'invite' })}>{w.invite}</Button>}>
      <Answered asked={users}>{({ data }) => <MembersTable users={data} onAsk={setAsked} />}</Answered>
      {asked === undefined ? null : asked.act === 'invite' ? <Invite onClose={close} /> : asked.act === 'edit' ? <Edit user={asked.user} onClose={close} /> : asked.act === 'reset' ? <Reset user={asked.user} onClose={close} /> : <Disable user={asked.user} onClose={close} />}
    </Panel>
  )
}

function MembersTable({ users, onAsk }: { readonly users: readonly User[]; readonly onAsk: (asked: Asked) => void }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const roleName = useRoleName()
  const { who } = useSession()
  const enable = useChange('PUT /admin/v1/users/{user}', touches)
  const state = (one: User): ReactNode => (
    <>
      {one.id === who?.actor ? <Badge tone="accent">{w.you}</Badge> : null} {one.disabled ? <Badge tone="bad">{w.disabled}</Badge> : null} {one.invited ? <Badge tone="warn">{w.invited}</Badge> : null}
    </>
  )
  const acts = (one: User): ReactNode => (
    <span className="inline-flex flex-wrap justify-end gap-1.5">
      {one.single_sign_on === null ? <><Button small does="PUT /admin/v1/users/{user}" label={`${w.edit} ${one.name}`} onClick={() => onAsk({ act: 'edit', user: one })}>{w.edit}</Button>
        <Button small does="POST /admin/v1/users/{user}/reset" label={`${w.reset} ${one.name}`} onClick={() => onAsk({ act: 'reset', user: one })}>{w.reset}</Button></> : null}
      {one.disabled
        ? <Button small does="PUT /admin/v1/users/{user}" label={`${w.enable} ${one.name}`} onClick={() => enable.mutate({ params: { user: one.id }, body: { name: one.name, ...boundBody({ role: one.role, organization: one.organization ?? '', maker: one.maker ?? '' }), disabled: false } })}>{w.enable}</Button>
        : <Button small does="PUT /admin/v1/users/{user}" label={`${w.disable} ${one.name}`} onClick={() => onAsk({ act: 'disable', user: one })}>{w.disable}</Button>}
    </span>
  )
  return (
    <Table caption={w.title} rows={users} rowKey={(one) => one.id} empty={<Empty icon="access" title={w.none}>{w.noneHint}</Empty>} columns={[
      { id: 'name', head: w.person, wrap: true, cell: (one) => <span><span className="font-medium">{one.name}</span> {state(one)}<br /><span className="text-sm text-muted">{one.login ?? w.sso}</span></span> },
      { id: 'role', head: w.role, cell: (one) => `${roleName(one.role)}${one.organization === null && one.maker === null ? '' : `: ${one.organization ?? one.maker ?? ''}`}` },
      { id: 'factors', head: w.factors, wrap: true, cell: (one) => one.factors.filter((factor) => factor !== 'recovery').map((factor) => w[factor]).join(', ') || '—', from: 'lg' },
      { id: 'seen', head: w.seen, cell: (one) => (one.seen_at === null ? w.never : format.moment(one.seen_at)), from: 'lg' },
      { id: 'act', head: <span className="sr-only">{w.edit}</span>, end: true, wrap: true, cell: acts },
    ]} />
  )
}

/** The link in full, as the person opens it. */
function LinkDialog({ name, path, onClose }: { readonly name: string; readonly path: string; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  return <SecretDialog title={w.linkTitle(name)} secret={`${location.origin}${path}`} onClose={onClose}><p className="text-sm text-muted">{w.linkNote}</p></SecretDialog>
}

function Invite({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const create = useChange('POST /admin/v1/users', touches)
  const [login, setLogin] = useState('')
  const [name, setName] = useState('')
  const [bound, setBound] = useState(anyRole)
  if (create.data !== undefined) return <LinkDialog name={name} path={create.data.link} onClose={onClose} />
  return (
    <FormDialog title={w.invite} verb={w.invite} onClose={onClose} busy={create.isPending} failure={create.error} onSubmit={() => create.mutate({ body: { login, name, ...boundBody(bound) } })}>
      <TextField label={w.person} value={name} onChange={setName} required autoFocus />
      <TextField label={w.login} value={login} onChange={setLogin} required />
      <RoleFields value={bound} onChange={setBound} />
    </FormDialog>
  )
}

function Edit({ user, onClose }: { readonly user: User; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const put = useChange('PUT /admin/v1/users/{user}', touches)
  const [name, setName] = useState(user.name)
  const [bound, setBound] = useState({ role: user.role, organization: user.organization ?? '', maker: user.maker ?? '' })
  return (
    <FormDialog title={w.editTitle(user.name)} verb={s.save} onClose={onClose} busy={put.isPending} failure={put.error} onSubmit={() => put.mutate({ params: { user: user.id }, body: { name, ...boundBody(bound), disabled: user.disabled } }, { onSuccess: onClose })}>
      <TextField label={w.person} value={name} onChange={setName} required autoFocus />
      <RoleFields value={bound} onChange={setBound} />
      <p className="text-sm text-muted">{w.roleEnds}</p>
    </FormDialog>
  )
}

function Disable({ user, onClose }: { readonly user: User; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const put = useChange('PUT /admin/v1/users/{user}', touches)
  const submit = (): void => put.mutate({ params: { user: user.id }, body: { name: user.name, ...boundBody({ role: user.role, organization: user.organization ?? '', maker: user.maker ?? '' }), disabled: true } }, { onSuccess: onClose })
  return <ConfirmDialog title={w.disableTitle(user.name)} verb={w.disable} danger onClose={onClose} busy={put.isPending} failure={put.error} onSubmit={submit} consequences={[w.signedOut, w.tokensStop, w.kept]} />
}

function Reset({ user, onClose }: { readonly user: User; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const reset = useChange('POST /admin/v1/users/{user}/reset', touches)
  const [what, setWhat] = useState<'password' | 'second-factor'>('password')
  if (reset.data !== undefined) return <LinkDialog name={user.name} path={reset.data.link} onClose={onClose} />
  return (
    <FormDialog title={w.resetTitle(user.name)} verb={w.reset} danger onClose={onClose} busy={reset.isPending} failure={reset.error} onSubmit={() => reset.mutate({ params: { user: user.id }, body: { what } })}>
      <ChoiceField label={w.what} hint={w.resetHint} value={what} onChange={setWhat} options={[['password', w.password], ['second-factor', w.both]]} />
    </FormDialog>
  )
}
