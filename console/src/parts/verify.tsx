/** Checks a proof in this page, by the offline verifier: nothing is asked of the server for it. */
import { useState, type ReactNode } from 'react'
import { verifyEnvelope, verifyProof, verifyStatement, type Verdict } from '../../../src/terms/verifier/verify.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from './button.tsx'
import { Code, plainJson } from './code.tsx'
import { Badge } from './panel.tsx'
import { ErrorNote } from './states.tsx'

const words = {
  verify: ['Verify in this browser', 'Verifica in questo browser'], good: ['Verified', 'Verificata'], bad: ['Not verified', 'Non verificata'], receipt: ['What was proven', 'Cosa è provato'], cannot: ['This browser could not check it: Ed25519 in WebCrypto is needed (Chrome 137, Firefox 129, Safari 17 or later), over HTTPS or on this machine.', 'Questo browser non può verificare: serve Ed25519 in WebCrypto (Chrome 137, Firefox 129, Safari 17 o successivi), su HTTPS o su questa macchina.'],
} as const satisfies Words

const verifierOf = (file: string): ((text: string, trust: string) => Promise<Verdict>) => (!file.trimStart().startsWith('{') ? verifyProof : file.includes('"weir-statement/v1"') ? verifyStatement : verifyEnvelope)

export function Verify({ file, trust }: { readonly file: string; readonly trust: string }): ReactNode {
  const w = useWords(words)
  const [verdict, setVerdict] = useState<Verdict>()
  const [failed, setFailed] = useState(false)
  const run = (): void => {
    setFailed(false)
    setVerdict(undefined)
    // Without WebCrypto there is nothing to call; with it, Ed25519 may still be missing.
    verifierOf(file)(file.trim() === '' ? '' : file, trust).then(setVerdict, () => setFailed(true))
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] justify-items-start gap-3">
      <Button icon="check" onClick={run}>{w.verify}</Button>
      {failed ? <ErrorNote cause={new Error(w.cannot)} /> : null}
      {verdict === undefined ? null : (
        <div role="status" className="grid w-full grid-cols-[minmax(0,1fr)] gap-2">
          <p><Badge tone={verdict.ok ? 'good' : 'bad'}>{verdict.ok ? w.good : w.bad}</Badge></p>
          <ul className="grid gap-1 text-sm">{verdict.findings.map((one) => <li key={one.what} className={`break-words ${one.ok ? '' : 'text-bad'}`}>{one.ok ? '✓' : '✗'} {one.what}</li>)}</ul>
          {verdict.receipt === undefined ? null : <details><summary className="w-fit text-sm text-muted hover:text-ink">{w.receipt}</summary><div className="mt-2"><Code label={w.receipt} text={plainJson(verdict.receipt)} /></div></details>}
        </div>
      )}
    </div>
  )
}
