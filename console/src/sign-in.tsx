/** The door: password and code, passkey, single sign-on, admin token. The address that was asked for is shown after it. */
import { useState, type FormEvent, type ReactNode } from 'react'
import { ask, Problem } from './api.ts'
import { Door } from './door.tsx'
import { useWords, type Words } from './language.ts'
import { Button } from './parts/button.tsx'
import { TextField } from './parts/form.tsx'
import { ErrorNote } from './parts/states.tsx'
import { canPasskey, showPasskey } from './passkey.ts'
import { useSession } from './session.ts'
import { refreshWho } from './who.ts'

const words = {
  title: ['Sign in', 'Accedi'], token: ['Admin token', 'Token di amministrazione'], enter: ['Sign in', 'Accedi'], firstTitle: ['Welcome to Weir', 'Benvenuto in Weir'],
  first: ['Nobody has an account yet. The admin token that was printed when Weir first started opens the page that makes the first owner.', 'Nessuno ha ancora un account. Il token di amministrazione mostrato al primo avvio di Weir apre la pagina che crea il primo proprietario.'],
  hint: ['Begins with wadm_. It was printed once, when Weir first started; later tokens are made under Settings.', 'Inizia con wadm_. È stato mostrato una volta, al primo avvio di Weir; gli altri si creano in Impostazioni.'],
  lost: ['Lost it? On the machine that runs Weir, any command uses the file cli-token in its data folder. That token works here too.', 'L’hai perso? Sulla macchina di Weir i comandi usano il file cli-token nella cartella dei dati: quel token vale anche qui.'],
  wrong: ['This token is not known here, or was revoked. Check that it was copied whole.', 'Token sconosciuto o revocato. Controlla di averlo copiato per intero.'],
  refused: ['You were signed out: the session has ended.', 'La sessione è terminata: accedi di nuovo.'], out: ['You are signed out.', 'Sei uscito.'],
  login: ['E-mail or name', 'E-mail o nome'], password: ['Password', 'Password'], next: ['Continue', 'Continua'], wrongPassword: ['Name and password do not belong together.', 'Nome e password non corrispondono.'],
  codeTitle: ['Second factor', 'Secondo fattore'], code: ['Code', 'Codice'], codeHint: ['The six digits of your authenticator app, or a recovery code.', 'Le sei cifre dell’app di autenticazione, o un codice di recupero.'], wrongCode: ['This code is not right, or was used before: wait for the next one.', 'Codice errato o già usato: attendi il prossimo.'],
  hello: [(name: string) => `Hello ${name}. One more thing shows that it is you.`, (name: string) => `Ciao ${name}. Ancora una cosa per mostrare che sei tu.`], another: ['Sign in as somebody else', 'Accedi come un’altra persona'],
  passkey: ['Use a passkey', 'Usa una passkey'], sso: ['Single sign-on', 'Single sign-on'], useToken: ['Use an admin token', 'Usa un token di amministrazione'], usePassword: ['Use name and password', 'Usa nome e password'], or: ['or', 'oppure'],
} as const satisfies Words

/** Runs one step of signing in, and shows why it did not go on. */
function useStep(say: Readonly<Record<string, string>>): { readonly busy: boolean; readonly failure: unknown; readonly step: (run: () => Promise<unknown>) => void } {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const step = (run: () => Promise<unknown>): void => {
    setBusy(true)
    setFailure(undefined)
    run().then(refreshWho).catch((cause: unknown) => {
      const said = cause instanceof Problem ? say[cause.code] : undefined
      setFailure(said === undefined ? cause : new Problem(401, 'said', said))
    }).finally(() => setBusy(false))
  }
  return { busy, failure, step }
}

const submitting = (run: () => void) => (event: FormEvent): void => {
  event.preventDefault()
  run()
}

export function SignIn(): ReactNode {
  const w = useWords(words)
  const { stage, door, ended } = useSession()
  const [byToken, setByToken] = useState(false)
  const said = new URLSearchParams(location.search).get('problem')
  if (stage === 'factor') return <SecondFactor />
  const first = door?.set_up === true
  return (
    <Door title={first ? w.firstTitle : w.title} {...(first ? { intro: w.first } : {})}>
      {ended === undefined ? null : <p role="status" className={`rounded-lg px-3 py-2 ${ended === 'refused' ? 'bg-warn-tint text-warn' : 'bg-tint text-accent'}`}>{ended === 'refused' ? w.refused : w.out}</p>}
      {said === null || location.pathname !== '/sign-in' ? null : <ErrorNote cause={new Problem(401, 'said', said)} title={w.title} />}
      {first || byToken ? <ByToken /> : <ByPassword />}
      {first ? null : <p><button type="button" className="link" onClick={() => setByToken(!byToken)}>{byToken ? w.usePassword : w.useToken}</button></p>}
    </Door>
  )
}

function ByPassword(): ReactNode {
  const w = useWords(words)
  const { door } = useSession()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const { busy, failure, step } = useStep({ wrong_password: w.wrongPassword })
  const others = door?.passkeys === true && canPasskey() ? true : door?.single_sign_on !== null
  return (
    <form className="grid gap-5" onSubmit={submitting(() => step(() => ask('POST /admin/v1/sign-in/password', { body: { login, password } })))}>
      <TextField label={w.login} value={login} onChange={setLogin} autoComplete="username" required autoFocus />
      <TextField label={w.password} value={password} onChange={setPassword} type="password" autoComplete="current-password" required />
      {failure === undefined ? null : <ErrorNote cause={failure} title={w.title} />}
      <Button type="submit" kind="primary" busy={busy}>{w.next}</Button>
      {others ? <p className="text-center text-sm text-muted">{w.or}</p> : null}
      {door?.passkeys === true && canPasskey() ? <Button icon="access" onClick={() => step(async () => ask('POST /admin/v1/sign-in/passkey', { body: await showPasskey(await ask('POST /admin/v1/sign-in/passkey/options', {})) }))}>{w.passkey}</Button> : null}
      {door === undefined || door.single_sign_on === null ? null : <a href="/admin/v1/sign-in/sso" className="inline-flex min-h-10 items-center justify-center rounded-lg border border-edge bg-surface px-3.5 font-medium hover:bg-tint">{door.single_sign_on === '' ? w.sso : door.single_sign_on}</a>}
    </form>
  )
}

function SecondFactor(): ReactNode {
  const w = useWords(words)
  const { door } = useSession()
  const [code, setCode] = useState('')
  const { busy, failure, step } = useStep({ wrong_code: w.wrongCode })
  const ways = door?.ways ?? []
  return (
    <Door title={w.codeTitle} intro={w.hello(door?.name ?? '')}>
      <form className="grid gap-5" onSubmit={submitting(() => step(() => ask('POST /admin/v1/sign-in/code', { body: { code } })))}>
        <TextField label={w.code} hint={w.codeHint} value={code} onChange={setCode} autoComplete="one-time-code" required autoFocus mono />
        {failure === undefined ? null : <ErrorNote cause={failure} title={w.codeTitle} />}
        <Button type="submit" kind="primary" busy={busy}>{w.enter}</Button>
        {ways.includes('passkey') && canPasskey() ? <Button icon="access" onClick={() => step(async () => ask('POST /admin/v1/sign-in/passkey', { body: await showPasskey(await ask('POST /admin/v1/sign-in/passkey/options', {})) }))}>{w.passkey}</Button> : null}
      </form>
      <p><a className="link" href="/" onClick={(event) => { event.preventDefault(); void leave() }}>{w.another}</a></p>
    </Door>
  )
}

/** The half session of a password alone ends by itself; another one takes its place. */
async function leave(): Promise<void> {
  await ask('POST /admin/v1/sign-in/leave', {})
  await refreshWho()
}

function ByToken(): ReactNode {
  const w = useWords(words)
  const [token, setToken] = useState('')
  const { busy, failure, step } = useStep({ unknown_token: w.wrong })
  return (
    <form className="grid gap-5" onSubmit={submitting(() => step(() => ask('POST /admin/v1/sign-in/token', { body: { token: token.trim() } })))}>
      <TextField label={w.token} hint={w.hint} value={token} onChange={setToken} type="password" placeholder="wadm_…" required autoFocus mono />
      {failure === undefined ? null : <ErrorNote cause={failure} title={w.title} />}
      <Button type="submit" kind="primary" busy={busy}>{w.enter}</Button>
      <p className="text-sm text-muted">{w.lost}</p>
    </form>
  )
}
