/** What may I use for this purpose: every model with its answer, the clauses behind it, and what would have to be known or done. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Facts } from '../parts/facts.tsx'
import { ChoiceField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Figure, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import type { PurposeBody } from './register.tsx'
import { OutcomeBadge, TermsFrame } from './terms-page.tsx'

const words = {
  title: ['What may I use for this purpose?', 'Cosa posso usare per questa finalità?'], intro: ['The answer of the clauses in force for every deployment, before anybody makes a call.', 'La risposta delle clausole in vigore per ogni deployment, prima di qualsiasi chiamata.'], purpose: ['Purpose', 'Finalità'], none: ['No purpose is registered', 'Nessuna finalità registrata'], noneHint: ['Register one first: what is to be done, with which data, for whom, until when.', 'Registrane prima una: cosa si fa, con quali dati, per chi, fino a quando.'], register: ['Register a purpose', 'Registra una finalità'],
  answer: ['Answer', 'Risposta'], why: ['Why', 'Perché'], missing: ['To be known first', 'Da accertare prima'], remedies: ['What would help', 'Cosa aiuterebbe'], duties: ['Duties that come along', 'Obblighi connessi'], allowed: ['Allowed', 'Consentiti'], asks: ['Ask first', 'Da chiedere'], refused: ['Refused', 'Rifiutati'], observed: ['would be, once signed off:', 'con le firme sarebbe:'], phase: ['Phase', 'Fase'], data: ['Data', 'Dati'], target: ['Target', 'Destinazione'], until: ['Until', 'Fino al'], owner: ['Owner', 'Responsabile'], nothing: ['No clause objects', 'Nessuna clausola si oppone'], models: ['Models', 'Modelli'],
} as const satisfies Words

type Explained = Answer<'GET /admin/v1/terms/explain/{purpose}'>['data'][number]

export function ExplainPage(): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const purposes = useAsk('GET /admin/v1/terms/records/{kind}', { params: { kind: 'purposes' } })
  return (
    <TermsFrame title={w.title} intro={w.intro}>
      <Answered asked={purposes}>{({ data }) => {
        if (data.length === 0) return <Panel title={w.purpose}><Empty icon="terms" title={w.none}>{w.noneHint}<p className="mt-2"><Go to={paths.register('purposes')}>{w.register}</Go></p></Empty></Panel>
        const all = data.map((one) => one.body as PurposeBody)
        const chosen = all.find((one) => one.id === search['purpose'] && (search['organization'] === undefined || one.organization === search['organization'])) ?? all[0]
        return (
          <>
            <div className="max-w-xl"><ChoiceField label={w.purpose} value={chosen === undefined ? '' : `${chosen.organization} ${chosen.id}`} onChange={(value) => change({ organization: value.split(' ')[0] ?? '', purpose: value.split(' ')[1] ?? '' })} options={all.map((one) => [`${one.organization} ${one.id}`, `${one.organization}: ${one.says}`] as const)} /></div>
            {chosen === undefined ? null : <Explanation purpose={chosen} />}
          </>
        )
      }}</Answered>
    </TermsFrame>
  )
}

function Explanation({ purpose }: { readonly purpose: PurposeBody }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const asked = useAsk('GET /admin/v1/terms/explain/{purpose}', { params: { purpose: purpose.id }, query: { organization: purpose.organization } })
  const target = purpose.target === undefined ? '–' : [purpose.target.class, purpose.target.distribution].filter((one) => one !== undefined).join(', ')
  return (
    <>
      <Panel title={purpose.says} note={`${purpose.organization} · ${purpose.id}`}>
        <Facts wide facts={[{ label: w.phase, value: purpose.phase }, { label: w.data, value: purpose.dataClass }, { label: w.target, value: target }, { label: w.owner, value: `${purpose.owner}, ${w.until.toLowerCase()} ${format.date(purpose.expiresMs)}` }]} />
      </Panel>
      <Answered asked={asked} rows={8}>{({ data }) => {
        const of = (outcome: string): string => format.count(data.filter((one) => one.outcome === outcome).length)
        return (
          <>
            <div className="grid gap-4 sm:grid-cols-3"><Figure label={w.allowed} value={of('allow')} /><Figure label={w.asks} value={of('ask')} tone={data.some((one) => one.outcome === 'ask') ? 'warn' : undefined} /><Figure label={w.refused} value={of('deny')} tone={data.some((one) => one.outcome === 'deny') ? 'bad' : undefined} /></div>
            <Panel title={w.models}>
              <Table caption={w.title} rows={data} rowKey={(one) => one.deployment} columns={[
                { id: 'model', head: s.model, cell: (one) => <><span className="font-medium">{one.model}</span><p className="text-sm text-muted">{one.maker} · {one.channel}</p></> },
                { id: 'answer', head: w.answer, cell: (one) => <div className="grid justify-items-start gap-1"><OutcomeBadge outcome={one.outcome} />{one.observed === one.outcome ? null : <span className="text-sm text-muted">{w.observed} <OutcomeBadge outcome={one.observed} /></span>}</div> },
                { id: 'why', head: w.why, wrap: true, cell: (one) => <Why one={one} /> },
                { id: 'duties', head: w.duties, wrap: true, cell: (one) => <span className="text-sm">{one.duties.join('; ') || '–'}</span>, from: 'xl' },
              ]} />
            </Panel>
          </>
        )
      }}</Answered>
    </>
  )
}

function Why({ one }: { readonly one: Explained }): ReactNode {
  const w = useWords(words)
  const reasons = [...new Map(one.points.flatMap((point) => point.reasons.filter((reason) => reason.effect !== 'allow')).map((reason) => [reason.clause, reason])).values()]
  if (reasons.length === 0 && one.missing.length === 0 && one.remedies.length === 0) return <span className="text-muted">{w.nothing}</span>
  return (
    <div className="grid gap-1 text-sm">
      {reasons.map((reason) => <p key={reason.clause}><Go to={paths.clause(reason.clause)}>{reason.clause}</Go> {reason.says}</p>)}
      {one.missing.length === 0 ? null : <p><span className="text-muted">{w.missing}:</span> {one.missing.map((fact) => <Badge key={fact} tone="warn">{fact}</Badge>)}</p>}
      {one.remedies.length === 0 ? null : <p><span className="text-muted">{w.remedies}:</span> {one.remedies.join(' ')}</p>}
    </div>
  )
}
