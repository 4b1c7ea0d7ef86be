/** Retention of captured content: what is held for a claim, who asked to read what, and erasure with its signed attestation. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { saveJson } from '../download.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'

const words = {
  holds: ['Legal holds', 'Conservazioni legali'], holdsNote: ['What a hold names is kept from erasure, for a year at most; another person looks at it again.', 'Ciò che è indicato non viene cancellato, per un anno al massimo; un’altra persona lo riesamina.'], set: ['Set a hold', 'Imposta una conservazione'], matter: ['Matter', 'Pratica'], matterHint: ['The case, claim or letter that it serves', 'Il caso, reclamo o lettera a cui serve'], reason: ['Why, in ten characters or more', 'Perché, in almeno dieci caratteri'], from: ['Calls from', 'Chiamate dal'], to: ['Calls until', 'Chiamate al'], until: ['Held until', 'Conservate fino al'], state: ['State', 'Stato'], holding: ['holds', 'attiva'], ended: ['ended', 'terminata'], by: ['Set by', 'Impostata da'], end: ['End it', 'Termina'], endNote: ['Retention applies again from the next minute: what is past it is erased.', 'La conservazione ordinaria torna a valere dal minuto dopo: ciò che l’ha superata è cancellato.'], noHolds: ['Nothing is held', 'Nessuna conservazione'],
  reads: ['Who asked to read content', 'Chi ha chiesto di leggere contenuti'], readsNote: ['One call at a time, with a reason, after another person’s word, for an hour.', 'Una chiamata alla volta, con un motivo, dopo il consenso di un’altra persona, per un’ora.'], call: ['Call', 'Chiamata'], who: ['Asked by', 'Chiesto da'], why: ['Why', 'Perché'], allowed: ['Allowed by', 'Consentito da'], allow: ['Allow', 'Consenti'], noReads: ['Nobody asked', 'Nessuna richiesta'], erase: ['Erase', 'Cancella'], eraseTitle: ['Erase content', 'Cancella contenuti'], eraseNote: ['Content, its keys and the salts of its receipts are destroyed. It cannot be undone; receipts and amounts stay. What is held is left.', 'Contenuti, chiavi e salt delle ricevute vengono distrutti. Non si può annullare; ricevute e importi restano. Ciò che è conservato resta.'], before: ['All before', 'Tutto prima del'], erasure: ['Erasure', 'Cancellazione'], erased: [(n: string, h: string) => `${n} calls erased, ${h} held; the attestation is downloaded`, (n: string, h: string) => `${n} chiamate cancellate, ${h} conservate; attestazione scaricata`],
} as const satisfies Words

type Hold = Answer<'GET /admin/v1/holds'>['data'][number]
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export function Content(): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [asked, setAsked] = useState<'set' | 'erase' | Hold>()
  const holds = useAsk('GET /admin/v1/holds', { query: {} })
  const reads = useAsk('GET /admin/v1/content/requests', { query: {} })
  const allow = useChange('POST /admin/v1/content/requests/{id}/allow', ['GET /admin/v1/content/requests'])
  const close = (): void => setAsked(undefined)
  return (
    <>
      <Panel title={w.holds} note={w.holdsNote} actions={<Button does="POST /admin/v1/holds" small kind="primary" icon="plus" onClick={() => setAsked('set')}>{w.set}</Button>}>
        <Answered asked={holds}>{({ data }) => (
          <Table caption={w.holds} rows={data} rowKey={(one) => one.id} empty={<p className="text-muted">{w.noHolds}</p>} columns={[
            { id: 'matter', head: w.matter, wrap: true, cell: (one) => <><span className="font-medium">{one.matter}</span><p className="text-sm text-muted">{one.organization} · {one.reason}</p></> }, { id: 'by', head: w.by, cell: (one) => named(one.set_by), from: 'lg' }, { id: 'until', head: w.until, cell: (one) => format.date(one.until), from: 'sm' },
            { id: 'state', head: w.state, cell: (one) => <Badge tone={one.state === 'holds' ? 'warn' : 'plain'}>{one.state === 'holds' ? w.holding : w.ended}</Badge> }, { id: 'act', head: <span className="sr-only">{w.end}</span>, end: true, cell: (one) => (one.state === 'holds' ? <Button does="POST /admin/v1/holds/{hold}/end" small label={`${w.end} ${one.matter}`} onClick={() => setAsked(one)}>{w.end}</Button> : null), from: 'sm' },
          ]} />
        )}</Answered>
      </Panel>
      <Panel title={w.reads} note={w.readsNote}>
        {allow.error === null ? null : <ErrorNote cause={allow.error} title={s.changeFailed} />}
        <Answered asked={reads}>{({ data }) => (
          <Table caption={w.reads} rows={data} rowKey={(one) => one.id} empty={<p className="text-muted">{w.noReads}</p>} columns={[
            { id: 'at', head: s.time, cell: (one) => format.moment(one.asked_at), from: 'md' }, { id: 'call', head: w.call, cell: (one) => <Go to={paths.call(one.call)}>{one.call.slice(0, 14)}…</Go> }, { id: 'who', head: w.who, cell: (one) => named(one.asked_by) }, { id: 'why', head: w.why, wrap: true, cell: (one) => one.reason, from: 'sm' },
            { id: 'allowed', head: w.allowed, end: true, cell: (one) => (one.allowed_by === null ? <Button does="POST /admin/v1/content/requests/{id}/allow" small label={`${w.allow} ${one.call}`} onClick={() => allow.mutate({ params: { id: one.id } })}>{w.allow}</Button> : named(one.allowed_by)) },
          ]} />
        )}</Answered>
      </Panel>
      <Panel asks="POST /admin/v1/content/erase" title={w.erasure} note={w.eraseNote}><Button kind="danger" onClick={() => setAsked('erase')}>{w.erase}</Button></Panel>
      {asked === undefined ? null : asked === 'set' ? <SetHold onClose={close} /> : asked === 'erase' ? <Erase onClose={close} /> : <EndHold hold={asked} onClose={close} />}
    </>
  )
}

function useOrganizations(): readonly string[] {
  return (useAsk('GET /admin/v1/organizations', {}).data?.data ?? []).map((one) => one.name)
}

function SetHold({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const at = useMinute()
  const organizations = useOrganizations()
  const set = useChange('POST /admin/v1/holds', ['GET /admin/v1/holds'])
  const [draft, setDraft] = useState({ organization: '', matter: '', reason: '', from: day(at - 30 * 86_400_000), to: day(at), until: day(at + 180 * 86_400_000) })
  const change = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  const organization = draft.organization === '' ? (organizations[0] ?? '') : draft.organization
  return (
    <FormDialog title={w.set} verb={w.set} onClose={onClose} busy={set.isPending} failure={set.error} onSubmit={() => set.mutate({ body: { organization, matter: draft.matter, reason: draft.reason, from: `${draft.from}T00:00:00Z`, to: `${draft.to}T23:59:59Z`, until: `${draft.until}T00:00:00Z` } }, { onSuccess: onClose })}>
      <ChoiceField label={s.organization} value={organization} onChange={(value) => change({ organization: value })} options={organizations.map((one) => [one, one] as const)} />
      <TextField label={w.matter} hint={w.matterHint} value={draft.matter} onChange={(matter) => change({ matter })} required /><TextField label={w.reason} value={draft.reason} onChange={(reason) => change({ reason })} required />
      <div className="grid gap-4 sm:grid-cols-3"><TextField label={w.from} type="date" value={draft.from} onChange={(from) => change({ from })} required /><TextField label={w.to} type="date" value={draft.to} onChange={(to) => change({ to })} required /><TextField label={w.until} type="date" value={draft.until} onChange={(until) => change({ until })} required /></div>
    </FormDialog>
  )
}

function EndHold({ hold, onClose }: { readonly hold: Hold; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const end = useChange('POST /admin/v1/holds/{hold}/end', ['GET /admin/v1/holds'])
  const [says, setSays] = useState('')
  return <FormDialog title={`${w.end}: ${hold.matter}`} verb={w.end} danger onClose={onClose} busy={end.isPending} failure={end.error} onSubmit={() => end.mutate({ params: { hold: hold.id }, body: { says } }, { onSuccess: onClose })}><p className="text-muted">{w.endNote}</p><TextField label={w.why} value={says} onChange={setSays} required /></FormDialog>
}

function Erase({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const at = useMinute()
  const organizations = useOrganizations()
  const erase = useChange('POST /admin/v1/content/erase', ['GET /admin/v1/logs/governance'])
  const [organization, setOrganization] = useState('')
  const [before, setBefore] = useState(() => day(at - 365 * 86_400_000))
  const [reason, setReason] = useState('')
  const chosen = organization === '' ? (organizations[0] ?? '') : organization
  return (
    <FormDialog title={w.eraseTitle} verb={w.erase} danger onClose={onClose} busy={erase.isPending} failure={erase.error} onSubmit={() => erase.mutate({ body: { organization: chosen, before: `${before}T00:00:00Z`, reason } }, { onSuccess: (done) => { if (done.attestation !== null) saveJson(`erasure-${chosen}-${before}`, done.attestation) } })}>
      <p className="rounded-lg bg-warn-tint px-3 py-2 text-warn">{w.eraseNote}</p>
      <div className="grid gap-4 sm:grid-cols-2"><ChoiceField label={s.organization} value={chosen} onChange={setOrganization} options={organizations.map((one) => [one, one] as const)} /><TextField label={w.before} type="date" value={before} onChange={setBefore} required /></div>
      <TextField label={w.why} value={reason} onChange={setReason} required />
      {erase.data === undefined ? null : <p role="status" className="rounded-lg bg-good-tint px-3 py-2 text-good">{w.erased(format.count(erase.data.erased), format.count(erase.data.held))}</p>}
    </FormDialog>
  )
}
