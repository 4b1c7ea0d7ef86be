/** What organizations registered, attested and agreed to: the ground that answers stand on. What has expired counts as unknown. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { Segments } from '../parts/form.tsx'
import { Go, useGo, usePart } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths, registerKinds, type RegisterKind } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { ExclusivityForm, ExclusivityScope, type ExclusivityBody } from './exclusivity-form.tsx'
import { RegisterForm } from './register-forms.tsx'
import { TermsFrame } from './terms-page.tsx'

const words = {
  title: ['Register', 'Registro'], intro: ['Each entry has an owner and an end; each change is a version and stands in the governance log.', 'Ogni voce ha un responsabile e una scadenza; ogni modifica è una versione e resta nel log di governo.'], kinds: ['Kind', 'Tipo'], purposes: ['Purposes', 'Finalità'], attestations: ['Attestations', 'Attestazioni'], agreements: ['Agreements', 'Accordi'], exclusivities: ['Exclusivities', 'Esclusive'],
  add: ['Register', 'Registra'], none: ['Nothing is registered here', 'Nessuna voce registrata'], says: ['What for', 'Per cosa'], phase: ['Phase', 'Fase'], data: ['Data', 'Dati'], owner: ['Owner', 'Responsabile'], ends: ['Ends', 'Scade'], expired: ['expired', 'scaduta'], soon: ['soon', 'a breve'], what: ['What', 'Cosa'], value: ['Value', 'Valore'], asOf: ['As of', 'Alla data'], party: ['With', 'Con'], document: ['Document', 'Documento'], accepted: ['Accepted', 'Accettato'], state: ['State', 'Stato'], channel: ['Channel', 'Canale'], use: ['What may it use?', 'Cosa può usare?'], version: ['Version', 'Versione'], scope: ['Covers', 'Comprende'], change: ['Change', 'Modifica'], yes: ['yes', 'sì'], no: ['no', 'no'],
} as const satisfies Words

export type Record_ = Answer<'GET /admin/v1/terms/records/{kind}'>['data'][number]
export interface PurposeBody { readonly id: string; readonly organization: string; readonly says: string; readonly phase: string; readonly dataClass: string; readonly owner: string; readonly expiresMs: number; readonly target?: { readonly class: string; readonly distribution?: string } }
interface AttestationBody { readonly organization: string; readonly kind: string; readonly value: string | number | boolean; readonly maker?: string; readonly purposes?: readonly string[]; readonly asOfMs: number; readonly owner: string; readonly expiresMs: number }
interface AgreementBody { readonly organization: string; readonly party: string; readonly document: string; readonly textHash?: string; readonly acceptedBy: string; readonly acceptedAtMs: number; readonly state: string }

export function RegisterPage(): ReactNode {
  const w = useWords(words)
  const go = useGo()
  const part = usePart('kind')
  const kind: RegisterKind = registerKinds.find((one) => one === part) ?? 'purposes'
  const [asked, setAsked] = useState(false)
  const [changed, setChanged] = useState<ExclusivityBody>()
  const records = useAsk('GET /admin/v1/terms/records/{kind}', { params: { kind } })
  const columns = useColumns(kind, setChanged)
  return (
    <TermsFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/terms/records/{kind}" kind="primary" icon="plus" onClick={() => setAsked(true)}>{w.add}</Button>}>
      <Segments label={w.kinds} value={kind} onChange={(next) => go(paths.register(next))} options={registerKinds.map((one) => [one, w[one]] as const)} />
      <Panel title={w[kind]}>
        <Answered asked={records}>{({ data }) => <Table caption={w[kind]} rows={data} rowKey={(one) => one.id} empty={<Empty icon="terms" title={w.none} />} columns={columns} />}</Answered>
      </Panel>
      {!asked ? null : kind === 'exclusivities' ? <ExclusivityForm onClose={() => setAsked(false)} /> : <RegisterForm kind={kind} onClose={() => setAsked(false)} />}
      {changed === undefined ? null : <ExclusivityForm of={changed} onClose={() => setChanged(undefined)} />}
    </TermsFrame>
  )
}

const soonMs = 30 * 86_400_000

function Ends({ ms }: { readonly ms: number }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const at = useMinute()
  return <span className="inline-flex flex-wrap items-center gap-1.5">{format.date(ms)}{ms <= at ? <Badge tone="bad">{w.expired}</Badge> : ms - at < soonMs ? <Badge tone="warn">{w.soon}</Badge> : null}</span>
}

function useColumns(kind: RegisterKind, change: (exclusivity: ExclusivityBody) => void): readonly Column<Record_>[] {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const version: Column<Record_> = { id: 'version', head: w.version, end: true, cell: (one) => format.count(one.version), from: 'xl' }
  const value = (given: string | number | boolean): string => (typeof given === 'boolean' ? (given ? w.yes : w.no) : typeof given === 'number' ? format.count(given) : given)
  switch (kind) {
    case 'purposes': {
      const of = (one: Record_): PurposeBody => one.body as PurposeBody
      return [
        { id: 'says', head: w.says, wrap: true, cell: (one) => <><span className="font-medium">{of(one).says}</span><p className="text-sm text-muted">{of(one).organization} · {one.id}</p></> }, { id: 'phase', head: w.phase, cell: (one) => <Badge>{of(one).phase}</Badge>, from: 'sm' }, { id: 'data', head: w.data, cell: (one) => of(one).dataClass, from: 'md' },
        { id: 'owner', head: w.owner, cell: (one) => of(one).owner, from: 'lg' }, { id: 'ends', head: w.ends, cell: (one) => <Ends ms={of(one).expiresMs} /> }, { id: 'use', head: <span className="sr-only">{w.use}</span>, end: true, cell: (one) => <Go to={paths.explain(of(one).organization, one.id)} label={`${w.use} ${of(one).says}`}>{w.use}</Go>, from: 'sm' }, version,
      ]
    }
    case 'attestations': {
      const of = (one: Record_): AttestationBody => one.body as AttestationBody
      return [
        { id: 'what', head: w.what, wrap: true, cell: (one) => <><span className="font-medium">{of(one).kind}</span><p className="text-sm text-muted">{[of(one).organization, of(one).maker, ...(of(one).purposes ?? [])].filter((each) => each !== undefined).join(' · ')}</p></> }, { id: 'value', head: w.value, end: true, cell: (one) => value(of(one).value) }, { id: 'asof', head: w.asOf, cell: (one) => format.date(of(one).asOfMs), from: 'md' },
        { id: 'owner', head: w.owner, cell: (one) => of(one).owner, from: 'lg' }, { id: 'ends', head: w.ends, cell: (one) => <Ends ms={of(one).expiresMs} />, from: 'sm' }, version,
      ]
    }
    case 'agreements': {
      const of = (one: Record_): AgreementBody => one.body as AgreementBody
      return [
        { id: 'document', head: w.document, wrap: true, cell: (one) => <><span className="font-medium">{of(one).document}</span>{of(one).textHash === undefined ? null : <p className="font-mono text-sm break-all text-muted">{of(one).textHash?.slice(0, 16)}…</p>}</> }, { id: 'party', head: w.party, cell: (one) => of(one).party }, { id: 'organization', head: s.organization, cell: (one) => of(one).organization, from: 'md' },
        { id: 'accepted', head: w.accepted, cell: (one) => `${format.date(of(one).acceptedAtMs)}, ${of(one).acceptedBy}`, from: 'lg' }, { id: 'state', head: w.state, cell: (one) => <Badge tone={of(one).state === 'active' ? 'good' : 'warn'}>{of(one).state}</Badge>, from: 'sm' }, version,
      ]
    }
    case 'exclusivities': {
      const of = (one: Record_): ExclusivityBody => one.body as ExclusivityBody
      return [
        { id: 'maker', head: s.maker, cell: (one) => <><span className="font-medium">{of(one).maker}</span><p className="text-sm text-muted">{one.id}</p></> }, { id: 'channel', head: w.channel, cell: (one) => of(one).channel }, { id: 'scope', head: w.scope, wrap: true, cell: (one) => <ExclusivityScope of={of(one)} />, from: 'md' },
        { id: 'ends', head: w.ends, cell: (one) => <Ends ms={of(one).endsMs} />, from: 'sm' }, { id: 'change', head: <span className="sr-only">{w.change}</span>, end: true, cell: (one) => <Button small does="POST /admin/v1/terms/records/{kind}" label={`${w.change} ${one.id}`} onClick={() => change(of(one))}>{w.change}</Button> }, version,
      ]
    }
  }
}
