/** One's own account: password, second factors, where one is signed in, language. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { setLanguage, useLanguage, useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, Dialog, FormDialog } from '../parts/dialog.tsx'
import { Segments, TextField } from '../parts/form.tsx'
import { Badge, Page, Panel } from '../parts/panel.tsx'
import { useRoleName } from '../parts/role-fields.tsx'
import { AddPasskey, RecoveryCodes, SetUpApp } from '../parts/second-factor.tsx'
import { Answered, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { queryClient, useAsk, useChange } from '../queries.ts'
import { refreshWho } from '../who.ts'

const words = {
  title: ['Your account', 'Il tuo account'], password: ['Password', 'Password'], changePassword: ['Change the password', 'Cambia la password'], current: ['Present password', 'Password attuale'], next: ['New password', 'Nuova password'], nextHint: ['At least 12 characters. You are signed out everywhere else.', 'Almeno 12 caratteri. Esci da tutte le altre sessioni.'], bySso: [(issuer: string) => `You sign in by single sign-on: ${issuer}`, (issuer: string) => `Accedi con single sign-on: ${issuer}`],
  factors: ['Second factors', 'Secondi fattori'], app: ['Authenticator app', 'App di autenticazione'], isSet: ['set up', 'attiva'], notSet: ['not set up', 'non attiva'], setUp: ['Set up', 'Configura'], replace: ['Replace', 'Sostituisci'], remove: ['Remove', 'Rimuovi'], recovery: ['Recovery codes', 'Codici di recupero'], left: [(count: string) => `${count} left`, (count: string) => `${count} rimasti`], newCodes: ['New codes', 'Nuovi codici'],
  passkeys: ['Passkeys', 'Passkey'], noPasskeys: ['None yet. A passkey signs you in by face, finger or PIN, without a password.', 'Nessuna. Una passkey ti fa accedere con viso, dito o PIN, senza password.'], add: ['Add', 'Aggiungi'], addTitle: ['Add a passkey', 'Aggiungi una passkey'], used: ['Last used', 'Ultimo uso'], never: ['never', 'mai'], made: ['Added', 'Aggiunta'],
  sessions: ['Where you are signed in', 'Dove hai effettuato l’accesso'], here: ['this one', 'questa'], since: ['Since', 'Da'], seen: ['Last seen', 'Ultima attività'], address: ['Address', 'Indirizzo'], browser: ['Browser', 'Browser'], end: ['Sign out there', 'Termina'], endAll: ['Sign out everywhere else', 'Termina tutte le altre'], removeTitle: [(name: string) => `Remove ${name}?`, (name: string) => `Rimuovere ${name}?`], removeNote: ['It no longer signs you in.', 'Non potrai più usarla per accedere.'], newCodesNote: ['The codes that you have now stop working.', 'I codici che hai ora non valgono più.'],
  language: ['Language', 'Lingua'],
} as const satisfies Words

type Account = Answer<'GET /admin/v1/account'>
const touches = ['GET /admin/v1/account'] as const

export function AccountPage(): ReactNode {
  const w = useWords(words)
  const account = useAsk('GET /admin/v1/account', {})
  const roleName = useRoleName()
  const language = useLanguage()
  return (
    <Page title={w.title} intro={account.data === undefined ? undefined : <>{account.data.name}, {roleName(account.data.role)}{account.data.organization === null && account.data.maker === null ? '' : `: ${account.data.organization ?? account.data.maker ?? ''}`}</>}>
      <Answered asked={account} rows={6}>{(data) => (
        <>
          <Password account={data} />
          <Factors account={data} />
          <Passkeys account={data} />
          <Sessions />
        </>
      )}</Answered>
      <Panel title={w.language}><Segments label={w.language} value={language} onChange={setLanguage} options={[['en', 'English'], ['it', 'Italiano']]} /></Panel>
    </Page>
  )
}

function Password({ account }: { readonly account: Account }): ReactNode {
  const w = useWords(words)
  const [open, setOpen] = useState(false)
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const put = useChange('PUT /admin/v1/account/password', [...touches, 'GET /admin/v1/account/sessions'])
  const close = (): void => { put.reset(); setOpen(false); setCurrent(''); setPassword('') }
  // The session is another one afterwards, with another token for its requests.
  const submit = (): void => put.mutate({ body: { current, password } }, { onSuccess: () => void refreshWho().then(close) })
  return (
    <Panel title={w.password} actions={account.password ? <Button small onClick={() => setOpen(true)}>{w.changePassword}</Button> : undefined}>
      <p className="break-words">{account.single_sign_on === null ? account.login : w.bySso(account.single_sign_on)}</p>
      {open ? (
        <FormDialog title={w.changePassword} verb={w.changePassword} onClose={close} busy={put.isPending} failure={put.error} onSubmit={submit}>
          <TextField label={w.current} value={current} onChange={setCurrent} type="password" autoComplete="current-password" required autoFocus />
          <TextField label={w.next} hint={w.nextHint} value={password} onChange={setPassword} type="password" autoComplete="new-password" required />
        </FormDialog>
      ) : null}
    </Panel>
  )
}

/** Recovery codes, until they are put away. */
function Codes({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  return <Dialog title={w.recovery} onClose={onClose}><RecoveryCodes codes={codes} /><div className="flex justify-end"><Button kind="primary" onClick={onClose}>{s.close}</Button></div></Dialog>
}

function Factors({ account }: { readonly account: Account }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [asked, setAsked] = useState<'app' | 'remove' | 'codes'>()
  const [codes, setCodes] = useState<readonly string[]>()
  const remove = useChange('DELETE /admin/v1/account/totp', touches)
  const renew = useChange('POST /admin/v1/account/recovery-codes', touches)
  const close = (): void => { remove.reset(); renew.reset(); setAsked(undefined) }
  const done = (made: readonly string[] | null): void => {
    close()
    if (made !== null) setCodes(made)
    void queryClient.invalidateQueries({ queryKey: ['GET /admin/v1/account'] })
  }
  return (
    <Panel title={w.factors}>
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-3">
        <div><p className="font-medium">{w.app}</p><p className="text-sm text-muted">{account.totp ? w.isSet : w.notSet}</p></div>
        <div className="flex flex-wrap justify-end gap-1.5"><Button small onClick={() => setAsked('app')}>{account.totp ? w.replace : w.setUp}</Button>{account.totp ? <Button small label={`${w.remove} ${w.app}`} onClick={() => setAsked('remove')}>{w.remove}</Button> : null}</div>
        <div><p className="font-medium">{w.recovery}</p><p className="figures text-sm text-muted">{w.left(format.count(account.recovery_codes_left))}</p></div>
        <div className="flex justify-end"><Button small onClick={() => setAsked('codes')}>{w.newCodes}</Button></div>
      </div>
      {asked === 'app' ? <Dialog title={w.app} onClose={close}><SetUpApp onDone={done} /></Dialog> : null}
      {asked === 'remove' ? <ConfirmDialog title={w.removeTitle(w.app)} verb={w.remove} danger onClose={close} busy={remove.isPending} failure={remove.error} onSubmit={() => remove.mutate({}, { onSuccess: close })} consequences={[w.removeNote]} /> : null}
      {asked === 'codes' ? <ConfirmDialog title={w.newCodes} verb={w.newCodes} onClose={close} busy={renew.isPending} failure={renew.error} onSubmit={() => renew.mutate({}, { onSuccess: (made) => done(made.recovery_codes) })} consequences={[w.newCodesNote]} /> : null}
      {codes === undefined ? null : <Codes codes={codes} onClose={() => setCodes(undefined)} />}
    </Panel>
  )
}

function Passkeys({ account }: { readonly account: Account }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [asked, setAsked] = useState<'new' | Account['passkeys'][number]>()
  const [codes, setCodes] = useState<readonly string[]>()
  const remove = useChange('DELETE /admin/v1/account/passkeys/{passkey}', touches)
  const close = (): void => { remove.reset(); setAsked(undefined) }
  const done = (made: readonly string[] | null): void => {
    close()
    if (made !== null) setCodes(made)
    void queryClient.invalidateQueries({ queryKey: ['GET /admin/v1/account'] })
  }
  return (
    <Panel title={w.passkeys} actions={<Button small icon="plus" label={w.addTitle} onClick={() => setAsked('new')}>{w.add}</Button>}>
      {account.passkeys.length === 0 ? <p className="text-muted">{w.noPasskeys}</p> : (
        <Table caption={w.passkeys} rows={account.passkeys} rowKey={(one) => one.id} columns={[
          { id: 'name', head: w.passkeys, wrap: true, cell: (one) => <span className="font-medium">{one.name}</span> }, { id: 'made', head: w.made, cell: (one) => format.moment(one.created_at), from: 'sm' },
          { id: 'used', head: w.used, cell: (one) => (one.used_at === null ? w.never : format.moment(one.used_at)), from: 'md' },
          { id: 'act', head: <span className="sr-only">{w.remove}</span>, end: true, cell: (one) => <Button small label={`${w.remove} ${one.name}`} onClick={() => setAsked(one)}>{w.remove}</Button> },
        ]} />
      )}
      {asked === undefined ? null : asked === 'new' ? <Dialog title={w.addTitle} onClose={close}><AddPasskey onDone={done} /></Dialog> : (
        <ConfirmDialog title={w.removeTitle(asked.name)} verb={w.remove} danger onClose={close} busy={remove.isPending} failure={remove.error} onSubmit={() => remove.mutate({ params: { passkey: asked.id } }, { onSuccess: close })} consequences={[w.removeNote]} />
      )}
      {codes === undefined ? null : <Codes codes={codes} onClose={() => setCodes(undefined)} />}
    </Panel>
  )
}

function Sessions(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const sessions = useAsk('GET /admin/v1/account/sessions', {})
  const end = useChange('DELETE /admin/v1/account/sessions/{session}', ['GET /admin/v1/account/sessions'])
  const endAll = useChange('DELETE /admin/v1/account/sessions', ['GET /admin/v1/account/sessions'])
  return (
    <Panel title={w.sessions} actions={<Button small busy={endAll.isPending} onClick={() => endAll.mutate({})}>{w.endAll}</Button>}>
      {end.error === null && endAll.error === null ? null : <ErrorNote cause={end.error ?? endAll.error} />}
      <Answered asked={sessions}>{({ data }) => (
        <Table caption={w.sessions} rows={data} rowKey={(one) => one.id} columns={[
          { id: 'browser', head: w.browser, wrap: true, cell: (one) => <span className="break-words">{browserOf(one.agent)} {one.present ? <Badge tone="accent">{w.here}</Badge> : null}</span> }, { id: 'address', head: w.address, cell: (one) => one.address, from: 'md' },
          { id: 'since', head: w.since, cell: (one) => format.moment(one.since), from: 'lg' }, { id: 'seen', head: w.seen, cell: (one) => format.moment(one.seen), from: 'sm' },
          { id: 'act', head: <span className="sr-only">{w.end}</span>, end: true, cell: (one) => (one.present ? null : <Button small onClick={() => end.mutate({ params: { session: one.id } })}>{w.end}</Button>) },
        ]} />
      )}</Answered>
    </Panel>
  )
}

/** The browser's own name for itself, without the names of those that it claims to be like. */
function browserOf(agent: string): string {
  const found = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/.exec(agent)
  const system = /\(([^;)]+)/.exec(agent)?.[1]
  return found === null ? (agent.slice(0, 60) || '—') : `${found[1] ?? ''} ${found[2] ?? ''}${system === undefined ? '' : `, ${system}`}`
}
