/** The door: an admin token today. The address that was asked for stays, and is shown after signing in. */
import { useEffect, useState, type FormEvent, type ReactNode } from 'react'
import { ask, Problem } from './api.ts'
import { setLanguage, useLanguage, useWords, type Words } from './language.ts'
import { Button } from './parts/button.tsx'
import { Segments, TextField } from './parts/form.tsx'
import { Mark } from './parts/mark.tsx'
import { ErrorNote } from './parts/states.tsx'
import { beginSession, useSession } from './session.ts'

const words = {
  title: ['Sign in', 'Accedi'], token: ['Admin token', 'Token di amministrazione'], enter: ['Sign in', 'Accedi'], language: ['Language', 'Lingua'],
  hint: ['Begins with wadm_. It was printed once, when Weir first started; later tokens are made under Settings.', 'Inizia con wadm_. È stato mostrato una volta, al primo avvio di Weir; gli altri si creano in Impostazioni.'],
  kept: ['Kept for this tab only, and forgotten when you sign out or close it.', 'Conservato solo per questa scheda: dimenticato quando esci o la chiudi.'],
  lost: ['Lost it? On the machine that runs Weir, any command uses the file cli-token in its data folder. That token works here too.', 'L’hai perso? Sulla macchina di Weir i comandi usano il file cli-token nella cartella dei dati: quel token vale anche qui.'],
  wrong: ['This token is not known here, or was revoked. Check that it was copied whole.', 'Token sconosciuto o revocato. Controlla di averlo copiato per intero.'],
  refused: ['You were signed out: this token is no longer valid.', 'Sessione terminata: il token non è più valido.'], out: ['You are signed out.', 'Sei uscito.'],
  promise: ['Measure, govern, divert.', 'Misurare, governare, deviare.'], about: ['Every call metered to the token, every amount booked, every rule shown.', 'Ogni chiamata misurata al token, ogni importo contabilizzato, ogni regola in vista.'],
} as const satisfies Words

export function SignIn(): ReactNode {
  const w = useWords(words)
  const language = useLanguage()
  const { ended } = useSession()
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  useEffect(() => {
    document.title = `${w.title} · Weir`
  }, [w])

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const given = token.trim()
    if (given === '') return
    setBusy(true)
    setFailure(undefined)
    try {
      await ask('GET /admin/v1/session', {}, { token: given })
      beginSession(given)
    } catch (cause) {
      setFailure(cause instanceof Problem && cause.status === 401 ? new Problem(401, cause.code, w.wrong) : cause)
      setBusy(false)
    }
  }
  return (
    <main className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <div className="flex flex-col justify-between gap-10 bg-nav px-6 py-6 text-nav-ink sm:px-12 lg:py-12">
        <Mark />
        <div className="max-lg:hidden">
          <p className="text-4xl font-semibold tracking-tight text-balance">{w.promise}</p>
          <p className="mt-4 max-w-md text-lg text-nav-muted">{w.about}</p>
        </div>
        <River />
      </div>
      <div className="grid content-center justify-items-center px-5 py-10">
        <form onSubmit={(event) => void submit(event)} className="grid w-full max-w-md gap-5">
          <h1 className="text-2xl font-semibold tracking-tight">{w.title}</h1>
          {ended === undefined || failure !== undefined ? null : <p role="status" className={`rounded-lg px-3 py-2 ${ended === 'refused' ? 'bg-warn-tint text-warn' : 'bg-tint text-accent'}`}>{ended === 'refused' ? w.refused : w.out}</p>}
          <TextField label={w.token} hint={w.hint} value={token} onChange={setToken} type="password" placeholder="wadm_…" required autoFocus mono />
          {failure === undefined ? null : <ErrorNote cause={failure} title={w.title} />}
          <Button type="submit" kind="primary" busy={busy}>{w.enter}</Button>
          <div className="grid gap-2 text-sm text-muted"><p>{w.kept}</p><p>{w.lost}</p></div>
          <div><Segments label={w.language} value={language} onChange={setLanguage} options={[['en', 'English'], ['it', 'Italiano']]} /></div>
        </form>
      </div>
    </main>
  )
}

/** A river before and behind its weir. */
function River(): ReactNode {
  return (
    <svg viewBox="0 0 480 120" aria-hidden="true" className="w-full max-w-xl max-lg:hidden" fill="none" strokeLinecap="round" strokeWidth="2.5">
      {[0, 1, 2].map((line) => <path key={line} d={`M4 ${22 + line * 15}c22 0 22-7 44-7s22 7 44 7 22-7 44-7 22 7 44 7 22-7 44-7 13 3 26 3`} stroke="#7fd6dc" opacity={0.95 - line * 0.25} />)}
      <path d="M254 8v92" stroke="#f2f8f7" strokeWidth="5" />
      {[0, 1, 2].map((line) => <path key={line} d={`M258 ${64 + line * 15}c20 0 20-7 40-7s20 7 40 7 20-7 40-7 20 7 40 7 20-7 40-7 12 3 22 3`} stroke="#7fd6dc" opacity={0.95 - line * 0.25} />)}
    </svg>
  )
}
