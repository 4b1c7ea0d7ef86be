/** One clause: its source and text, who signed it off, its versions and what changed, a draft tried on recorded decisions. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { Code, Difference, plainJson } from '../parts/code.tsx'
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx'
import { Facts } from '../parts/facts.tsx'
import { Field } from '../parts/form.tsx'
import { Go, usePart } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered } from '../parts/states.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { ClauseDraft } from './clause-draft.tsx'
import { kindTone, useClauseWords, type Clause } from './clauses.tsx'
import { TermsFrame } from './terms-page.tsx'

const words = {
  back: ['All clauses', 'Tutte le clausole'], approve: ['Sign off', 'Approva'], change: ['Draft a change', 'Prepara una modifica'], attach: ['Attach the source', 'Allega la fonte'], says: ['What it says', 'Cosa dice'], remedy: ['What would make it allowed', 'Cosa lo renderebbe lecito'], source: ['Source', 'Fonte'], effective: ['In force', 'In vigore'], since: [(d: string) => `since ${d}`, (d: string) => `dal ${d}`], notStated: ['not stated', 'non indicato'],
  points: ['Asked at', 'Si applica a'], unknown: ['Where a fact is unknown', 'Se un fatto non è noto'], onDeny: ['refuse', 'rifiuta'], onAsk: ['ask', 'chiedi'], onAllow: ['allow', 'consenti'], excepts: ['Exception to', 'Eccezione a'], hash: ['SHA-256 of this text', 'SHA-256 di questo testo'], sourceHash: ['SHA-256 of the attached source', 'SHA-256 della fonte allegata'], notAttached: ['not attached yet', 'non ancora allegata'], policy: ['The policy that runs (Cedar)', 'La regola eseguita (Cedar)'],
  approvals: ['Signed off by', 'Approvata da'], nobody: ['Nobody yet: it observes on live calls.', 'Ancora nessuno: sulle chiamate osserva soltanto.'], oneMore: ['One more person is needed.', 'Serve un’altra persona.'], approveTitle: [(id: string) => `Sign off ${id}?`, (id: string) => `Approvare ${id}?`], approvesText: [(hash: string) => `You approve this very text: ${hash}.`, (hash: string) => `Approvi esattamente questo testo: ${hash}.`], firstApproval: ['A second person has to approve it as well before it binds on live calls.', 'Serve anche una seconda persona prima che vincoli sulle chiamate.'],
  secondApproval: ['You are the second: it binds on live calls within two seconds, and calls that it forbids are refused.', 'Sei la seconda persona: vincolerà sulle chiamate entro due secondi, rifiutando quelle vietate.'], logged: ['Your name and the hash stand in the governance log.', 'Il tuo nome e l’hash restano nel log di governo.'],
  versions: ['Versions', 'Versioni'], version: [(n: number) => `Version ${n}`, (n: number) => `Versione ${n}`], seed: ['came with Weir', 'fornita con Weir'], compared: [(n: number) => `Version ${n} against the one before`, (n: number) => `Versione ${n} rispetto alla precedente`], attachTitle: ['Tie the clause to the text that was read', 'Collega la clausola al testo letto'], attachHint: ['The file stays here: only its SHA-256 is sent. A later attachment with another hash says that the terms changed.', 'Il file resta qui: si invia solo lo SHA-256. Un allegato successivo con altro hash segnala che le condizioni sono cambiate.'], file: ['The text as a file', 'Il testo come file'], expected: ['Why you attach it', 'Perché lo alleghi'],
  attached: ['Attached.', 'Allegato.'], unchanged: ['The same text as before.', 'Lo stesso testo di prima.'], 'terms-changed': ['The terms have changed: read them again, and draft a change if the rule does.', 'Le condizioni sono cambiate: rileggile e prepara una modifica se serve.'],
} as const satisfies Words

type InFull = Answer<'GET /admin/v1/terms/clauses/{clause}'>

export function ClausePage(): ReactNode {
  const w = useWords(words)
  const id = usePart('id') ?? ''
  const clause = useAsk('GET /admin/v1/terms/clauses/{clause}', { params: { clause: id } })
  const [asked, setAsked] = useState<'approve' | 'attach'>()
  const [drafting, setDrafting] = useState(false)
  const close = (): void => setAsked(undefined)
  const wait = clause.data === undefined ? '…' : undefined
  return (
    <TermsFrame title={id} intro={<Go to={paths.terms()}>{w.back}</Go>} actions={<><Button does="POST /admin/v1/terms/clauses/{clause}/attach" onClick={() => setAsked('attach')} because={wait}>{w.attach}</Button><Button does="PUT /admin/v1/terms/clauses/{clause}" pressed={drafting} onClick={() => setDrafting(!drafting)} because={wait}>{w.change}</Button><Button does="POST /admin/v1/terms/clauses/{clause}/approve" kind="primary" icon="check" onClick={() => setAsked('approve')} because={wait}>{w.approve}</Button></>}>
      <Answered asked={clause} rows={9}>{(data) => (
        <>
          <What clause={data.clause} />
          {drafting ? <ClauseDraft clause={data.clause} onSaved={() => setDrafting(false)} /> : null}
          <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-2">
            <Panel title={w.policy}><Code label={w.policy} text={data.clause.text} /></Panel>
            <Versions of={data} />
          </div>
          {asked === 'approve' ? <Approve clause={data.clause} onClose={close} /> : asked === 'attach' ? <Attach id={id} onClose={close} /> : null}
        </>
      )}</Answered>
    </TermsFrame>
  )
}

function What({ clause }: { readonly clause: Clause }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const format = useFormat()
  const say = useClauseWords()
  const [tone, state] = say.state(clause)
  const unknown = { deny: w.onDeny, ask: w.onAsk, allow: w.onAllow } as const
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <Panel title={w.says} actions={<><Badge tone={kindTone(clause.kind)}>{say.kind(clause.kind)}</Badge><Badge tone={tone}>{state}</Badge></>}>
        <div className="grid gap-5">
          <p className="max-w-prose text-lg">{clause.says}</p>
          {clause.remedy === '' ? null : <p className="max-w-prose text-muted"><span className="font-medium text-ink">{w.remedy}:</span> {clause.remedy}</p>}
          <Facts facts={[
            { label: w.source, value: `${clause.source.maker}: ${clause.source.document}, ${clause.source.section}` }, { label: w.effective, value: clause.source.effectiveFrom === undefined ? w.notStated : w.since(format.date(clause.source.effectiveFrom)) },
            { label: w.points, value: clause.points.join(', ') }, { label: w.unknown, value: unknown[clause.on_unknown as 'deny'] ?? clause.on_unknown },
            clause.excepts === null ? undefined : { label: w.excepts, value: <Go to={paths.clause(clause.excepts)}>{clause.excepts}</Go> },
            { label: w.sourceHash, value: clause.source.sourceHash === undefined ? <span className="font-normal text-muted">{w.notAttached}</span> : <code className="font-mono text-sm break-all">{clause.source.sourceHash}</code> }, { label: w.hash, value: <code className="font-mono text-sm break-all">{clause.sha256}</code> },
          ]} />
        </div>
      </Panel>
      <Panel title={w.approvals}>
        {clause.approved_by.length === 0 ? <p className="text-muted">{w.nobody}</p> : <ul className="grid gap-2">{clause.approved_by.map((one) => <li key={one} className="flex items-center gap-2 font-medium"><Badge tone="good">✓</Badge>{named(one)}</li>)}{clause.signed ? null : <li className="text-muted">{w.oneMore}</li>}</ul>}
      </Panel>
    </div>
  )
}

function Versions({ of }: { readonly of: InFull }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const format = useFormat()
  const versions = of.versions.toReversed()
  return (
    <Panel title={w.versions}>
      <Timeline label={w.versions} steps={versions.map((one, index) => {
        const before = versions[index + 1]
        return { id: String(one.version), title: w.version(one.version), note: one.at === null ? w.seed : `${named(one.actor)}, ${format.moment(one.at)}`, tone: index === 0 ? 'good' as const : 'plain' as const, children: before === undefined ? undefined : <Difference label={w.compared(one.version)} before={textOf(before.clause)} after={textOf(one.clause)} /> }
      })} />
    </Panel>
  )
}

/** A version as text: the policy with its line breaks, the rest below it. */
function textOf(clause: unknown): string {
  const { text = '', approvedBy: _approved, version: _version, ...rest } = clause as { readonly text?: string; readonly approvedBy?: unknown; readonly version?: unknown }
  return `${text.trimEnd()}\n\n${plainJson(rest)}`
}

function Approve({ clause, onClose }: { readonly clause: Clause; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const approve = useChange('POST /admin/v1/terms/clauses/{clause}/approve', ['GET /admin/v1/terms/clauses', 'GET /admin/v1/terms/clauses/{clause}', 'GET /admin/v1/terms/explain/{purpose}', 'GET /admin/v1/logs/governance'])
  return (
    <ConfirmDialog title={w.approveTitle(clause.id)} verb={w.approve} onClose={onClose} busy={approve.isPending} failure={approve.error} onSubmit={() => approve.mutate({ params: { clause: clause.id }, body: { sha256: clause.sha256 } }, { onSuccess: onClose })}
      consequences={[w.approvesText(clause.sha256), clause.approved_by.length === 0 ? w.firstApproval : w.secondApproval, w.logged]} />
  )
}

async function hashOf(file: File): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function Attach({ id, onClose }: { readonly id: string; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const attach = useChange('POST /admin/v1/terms/clauses/{clause}/attach', ['GET /admin/v1/terms/clauses', 'GET /admin/v1/terms/clauses/{clause}'])
  const [chosen, setChosen] = useState<{ readonly name: string; readonly sha256: string }>()
  return (
    <FormDialog title={w.attachTitle} verb={w.attach} onClose={onClose} busy={attach.isPending} failure={attach.error} onSubmit={() => { if (chosen !== undefined) attach.mutate({ params: { clause: id }, body: { sha256: chosen.sha256, file: chosen.name } }) }}>
      <Field label={w.file} hint={w.attachHint}>{(ids) => <input {...ids} type="file" required className="input py-1.5" onChange={(event) => { const file = event.target.files?.[0]; if (file !== undefined) void hashOf(file).then((sha256) => setChosen({ name: file.name, sha256 })) }} />}</Field>
      {chosen === undefined ? null : <Code label={w.sourceHash} text={chosen.sha256} />}
      {attach.data === undefined ? null : <p role="status" className={`rounded-lg px-3 py-2 ${attach.data.status === 'terms-changed' ? 'bg-warn-tint text-warn' : 'bg-good-tint text-good'}`}>{w[attach.data.status]}</p>}
    </FormDialog>
  )
}

