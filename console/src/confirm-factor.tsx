/** Asks for a second factor again where a request wants a recent one, and lets that request go on. */
import { useEffect, useState, type ReactNode } from 'react'
import { ask } from './api.ts'
import { useWords, type Words } from './language.ts'
import { Button } from './parts/button.tsx'
import { FormDialog } from './parts/dialog.tsx'
import { TextField } from './parts/form.tsx'
import { canPasskey, showPasskey } from './passkey.ts'
import { onConfirm, useSession } from './session.ts'

const words = {
  title: ['Confirm that it is you', 'Conferma che sei tu'], why: ['This needs a second factor shown in the last 15 minutes.', 'Serve un secondo fattore mostrato negli ultimi 15 minuti.'],
  code: ['Code of your authenticator app, or a recovery code', 'Codice dell’app di autenticazione, o un codice di recupero'], passkey: ['Use a passkey', 'Usa una passkey'], confirm: ['Confirm', 'Conferma'],
} as const satisfies Words

export function ConfirmFactor(): ReactNode {
  const w = useWords(words)
  const { door } = useSession()
  const [answer, setAnswer] = useState<(shown: boolean) => void>()
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  useEffect(() => onConfirm(() => new Promise((resolve) => setAnswer(() => resolve))), [])
  if (answer === undefined) return null
  const end = (shown: boolean): void => {
    answer(shown)
    setAnswer(undefined)
    setCode('')
    setFailure(undefined)
    setBusy(false)
  }
  const prove = async (show: () => Promise<unknown>): Promise<void> => {
    setBusy(true)
    try {
      await show()
      end(true)
    } catch (cause) {
      setFailure(cause)
      setBusy(false)
    }
  }
  return (
    <FormDialog title={w.title} verb={w.confirm} onClose={() => end(false)} busy={busy} failure={failure} onSubmit={() => void prove(() => ask('POST /admin/v1/account/confirm', { body: { code } }))}>
      <p>{w.why}</p>
      <TextField label={w.code} value={code} onChange={setCode} autoComplete="one-time-code" required autoFocus mono />
      {door?.passkeys === true && canPasskey() ? <div><Button onClick={() => void prove(async () => ask('POST /admin/v1/account/confirm', { body: await showPasskey(await ask('POST /admin/v1/sign-in/passkey/options', {})) }))}>{w.passkey}</Button></div> : null}
    </FormDialog>
  )
}
