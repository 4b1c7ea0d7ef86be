/** The pages before the first sign-in: the first owner, a one-time link, and the second factor that follows both. */
import { useState, type FormEvent, type ReactNode } from 'react'
import { ask, type Answer } from './api.ts'
import { Door } from './door.tsx'
import { useWords, type Words } from './language.ts'
import { Button } from './parts/button.tsx'
import { Segments, TextField } from './parts/form.tsx'
import { AddPasskey, RecoveryCodes, SetUpApp } from './parts/second-factor.tsx'
import { ErrorNote, Loading } from './parts/states.tsx'
import { useAsk } from './queries.ts'
import { refreshWho } from './who.ts'

const words = {
  title: ['The first owner', 'Il primo proprietario'], intro: ['You are in by the admin token. Make an account for yourself: what people do then stands under their own names, and the token stays good for the command line.', 'Hai usato il token di amministrazione. Crea un account per te: così ciò che si fa resta sotto il proprio nome, e il token vale ancora per la riga di comando.'],
  login: ['E-mail or name', 'E-mail o nome'], loginHint: ['What you will sign in with.', 'Con cui accederai.'], name: ['Your name', 'Il tuo nome'], password: ['Password', 'Password'], passwordHint: ['At least 12 characters. A few words that do not belong together are easy to remember.', 'Almeno 12 caratteri. Qualche parola che non c’entra con le altre si ricorda bene.'], create: ['Make the account', 'Crea l’account'], later: ['Not now: go on with the token', 'Non ora: continua con il token'], failed: ['That did not work', 'Operazione non riuscita'],
  factorTitle: ['A second factor', 'Un secondo fattore'], factorIntro: ['A password can be guessed or taken. Nobody gets in with it alone.', 'Una password si può indovinare o rubare. Con la sola password non entra nessuno.'], which: ['Kind of second factor', 'Tipo di secondo fattore'], app: ['Authenticator app', 'App di autenticazione'], passkey: ['Passkey', 'Passkey'], kept: ['I have kept them', 'Li ho conservati'],
  welcome: ['Welcome', 'Benvenuto'], welcomeIntro: [(name: string, login: string) => `${name}, choose a password. You sign in as ${login}.`, (name: string, login: string) => `${name}, scegli una password. Accedi come ${login}.`], next: ['Continue', 'Continua'],
} as const satisfies Words

interface Going { readonly goOn: (path: string) => void }

function useSending(): { readonly busy: boolean; readonly failure: unknown; readonly send: (run: () => Promise<unknown>) => (event: FormEvent) => void } {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  return {
    busy, failure,
    send: (run) => (event) => {
      event.preventDefault()
      setBusy(true)
      setFailure(undefined)
      run().catch(setFailure).finally(() => setBusy(false))
    },
  }
}

/** `onLater`: go on with the token, to where this browser was going. */
export function SetUp({ onLater }: { readonly onLater: () => void }): ReactNode {
  const w = useWords(words)
  const [login, setLogin] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const { busy, failure, send } = useSending()
  return (
    <Door title={w.title} intro={w.intro}>
      <form className="grid gap-5" onSubmit={send(() => ask('POST /admin/v1/set-up', { body: { login, name, password } }).then(refreshWho))}>
        <TextField label={w.name} value={name} onChange={setName} autoComplete="name" required autoFocus />
        <TextField label={w.login} hint={w.loginHint} value={login} onChange={setLogin} autoComplete="username" required />
        <TextField label={w.password} hint={w.passwordHint} value={password} onChange={setPassword} type="password" autoComplete="new-password" required />
        {failure === undefined ? null : <ErrorNote cause={failure} title={w.failed} />}
        <Button type="submit" kind="primary" busy={busy}>{w.create}</Button>
      </form>
      <p><button type="button" className="link" onClick={onLater}>{w.later}</button></p>
    </Door>
  )
}

/** Shown until there is one; nothing else of the console answers before. */
export function SetUpFactor({ goOn }: Going): ReactNode {
  const w = useWords(words)
  const [kind, setKind] = useState<'app' | 'passkey'>('app')
  const [codes, setCodes] = useState<readonly string[]>()
  const end = (): void => {
    goOn('/')
    void refreshWho()
  }
  if (codes !== undefined) {
    return <Door title={w.factorTitle}><RecoveryCodes codes={codes} /><div><Button kind="primary" onClick={end}>{w.kept}</Button></div></Door>
  }
  const done = (made: readonly string[] | null): void => (made === null ? end() : setCodes(made))
  return (
    <Door title={w.factorTitle} intro={w.factorIntro}>
      <div><Segments label={w.which} value={kind} onChange={setKind} options={[['app', w.app], ['passkey', w.passkey]]} /></div>
      {kind === 'app' ? <SetUpApp onDone={done} /> : <AddPasskey onDone={done} />}
    </Door>
  )
}

/** Opened by a one-time link. Its secret stands behind the # and so goes to no server and no log with the address. */
export function Welcome({ goOn }: Going): ReactNode {
  const w = useWords(words)
  const link = location.hash.slice(1)
  const whose = useAsk('POST /admin/v1/sign-in/link', { body: { link } })
  return (
    <Door title={w.welcome}>
      {whose.data !== undefined ? <ChoosePassword whose={whose.data} link={link} goOn={goOn} /> : whose.error !== null ? <ErrorNote cause={whose.error} title={w.failed} /> : <Loading rows={3} />}
    </Door>
  )
}

function ChoosePassword({ whose, link, goOn }: Going & { readonly whose: Answer<'POST /admin/v1/sign-in/link'>; readonly link: string }): ReactNode {
  const w = useWords(words)
  const [password, setPassword] = useState('')
  const { busy, failure, send } = useSending()
  const accept = async (): Promise<void> => {
    await ask('POST /admin/v1/sign-in/link/accept', { body: { link, password } })
    goOn('/')
    await refreshWho()
  }
  return (
    <form className="grid gap-5" onSubmit={send(accept)}>
      <p>{w.welcomeIntro(whose.name, whose.login)}</p>
      <input type="text" autoComplete="username" value={whose.login} readOnly hidden />
      <TextField label={w.password} hint={w.passwordHint} value={password} onChange={setPassword} type="password" autoComplete="new-password" required autoFocus />
      {failure === undefined ? null : <ErrorNote cause={failure} title={w.failed} />}
      <Button type="submit" kind="primary" busy={busy}>{w.next}</Button>
    </form>
  )
}
