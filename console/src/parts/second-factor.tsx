/** Setting up a second factor: an authenticator app or a passkey; and the recovery codes that come with the first. */
import { useEffect, useState, type FormEvent, type ReactNode } from 'react'
import { ask, type Answer } from '../api.ts'
import { useWords, type Words } from '../language.ts'
import { canPasskey, makePasskey } from '../passkey.ts'
import { useSession } from '../session.ts'
import { Button, CopyButton } from './button.tsx'
import { TextField } from './form.tsx'
import { QrCode } from './qr-code.tsx'
import { ErrorNote, Loading } from './states.tsx'

const words = {
  scan: ['Scan this with an authenticator app, then type the six digits that it shows.', 'Inquadra il codice con un’app di autenticazione, poi scrivi le sei cifre che mostra.'], qr: ['QR code with the secret of your authenticator app', 'Codice QR con il segreto dell’app di autenticazione'], byHand: ['Or type this secret into it:', 'Oppure scrivi questo segreto nell’app:'],
  code: ['Code', 'Codice'], finish: ['Finish', 'Fine'], again: ['Begin again', 'Ricomincia'], failed: ['That did not work', 'Operazione non riuscita'],
  passkeyName: ['Name of this passkey', 'Nome di questa passkey'], passkeyHint: ['So that you know it again: this laptop, the key on my ring.', 'Per riconoscerla: questo portatile, la chiave nel portachiavi.'], addPasskey: ['Add a passkey', 'Aggiungi una passkey'],
  noPasskey: ['Passkeys are bound to a name: open Weir encrypted and by its name, or on this machine by the name localhost, not by an IP address.', 'Le passkey sono legate a un nome: apri Weir con una connessione cifrata e il suo nome, o su questa macchina con il nome localhost, non con un indirizzo IP.'],
  recovery: ['Recovery codes', 'Codici di recupero'], recoveryNote: ['Each replaces the second factor once, when the phone or key is gone. Print them or keep them in a password manager: they are not shown again.', 'Ognuno sostituisce una volta il secondo fattore, se perdi il telefono o la chiave. Stampali o conservali in un gestore di password: non saranno più mostrati.'],
} as const satisfies Words

/** Codes that were made with the factor; null where there were some before. */
export type Done = (recoveryCodes: readonly string[] | null) => void

export function SetUpApp({ onDone }: { readonly onDone: Done }): ReactNode {
  const w = useWords(words)
  const [begun, setBegun] = useState<Answer<'POST /admin/v1/account/totp'>>()
  const [code, setCode] = useState('')
  const [failure, setFailure] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const begin = (): void => void ask('POST /admin/v1/account/totp', {}).then(setBegun, setFailure)
  useEffect(begin, [])
  const finish = (event: FormEvent): void => {
    event.preventDefault()
    setBusy(true)
    ask('PUT /admin/v1/account/totp', { body: { ticket: begun?.ticket ?? '', code } }).then((done) => onDone(done.recovery_codes), (cause: unknown) => {
      // A wrong code spends the secret: a new one is shown.
      setFailure(cause)
      setCode('')
      begin()
    }).finally(() => setBusy(false))
  }
  if (begun === undefined) return failure === undefined ? <Loading rows={5} /> : <ErrorNote cause={failure} title={w.failed} retry={begin} />
  return (
    <form onSubmit={finish} className="grid gap-4">
      <p>{w.scan}</p>
      <QrCode text={begun.uri} label={w.qr} />
      <div className="text-sm text-muted">{w.byHand}<br /><code data-totp className="font-mono break-all text-ink">{begun.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></div>
      <TextField label={w.code} value={code} onChange={setCode} autoComplete="one-time-code" required mono />
      {failure === undefined ? null : <ErrorNote cause={failure} title={w.failed} />}
      <div><Button type="submit" kind="primary" busy={busy}>{w.finish}</Button></div>
    </form>
  )
}

export function AddPasskey({ onDone }: { readonly onDone: Done }): ReactNode {
  const w = useWords(words)
  const { door } = useSession()
  const [name, setName] = useState('')
  const [failure, setFailure] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  if (door?.passkeys !== true || !canPasskey()) return <p className="text-muted">{w.noPasskey}</p>
  const add = async (): Promise<void> => {
    const made = await makePasskey(await ask('POST /admin/v1/account/passkeys/options', {}))
    onDone((await ask('POST /admin/v1/account/passkeys', { body: { ...made, name } })).recovery_codes)
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setBusy(true)
    add().catch(setFailure).finally(() => setBusy(false))
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField label={w.passkeyName} hint={w.passkeyHint} value={name} onChange={setName} required />
      {failure === undefined ? null : <ErrorNote cause={failure} title={w.failed} />}
      <div><Button type="submit" kind="primary" icon="plus" busy={busy}>{w.addPasskey}</Button></div>
    </form>
  )
}

export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }): ReactNode {
  const w = useWords(words)
  return (
    <div className="grid gap-3">
      <p className="font-semibold">{w.recovery}</p>
      <p className="text-sm text-muted">{w.recoveryNote}</p>
      <ul data-recovery className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-lg border border-line bg-raised p-4 font-mono text-sm">{codes.map((one) => <li key={one}>{one}</li>)}</ul>
      <div><CopyButton text={codes.join('\n')} /></div>
    </div>
  )
}
