/** One decision: what the clauses answered, why, on which facts. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Code, plainJson } from '../parts/code.tsx'
import { Facts } from '../parts/facts.tsx'
import { Go, usePart } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { OutcomeBadge, TermsFrame } from './terms-page.tsx'

const words = {
  title: ['Decision', 'Decisione'], back: ['All decisions', 'Tutte le decisioni'], point: ['At', 'Punto'], subject: ['About', 'Oggetto'], observed: ['Once every clause is signed off', 'Con tutte le clausole approvate'], set: ['Policy set', 'Insieme di regole'], reasons: ['Why', 'Perché'], observations: ['What clauses observed that do not bind yet', 'Osservazioni di clausole non ancora vincolanti'], none: ['No clause objected', 'Nessuna clausola si è opposta'], duties: ['Duties', 'Obblighi'], facts: ['Facts it stood on', 'Fatti su cui poggia'], missing: ['unknown', 'ignoto'], replay: ['Worked out again', 'Ricalcolata'], same: ['the same', 'identica'], different: ['different', 'diversa'], impossible: ['not possible', 'impossibile'],
} as const satisfies Words

interface Reason { readonly clause: string; readonly effect: string; readonly says: string; readonly remedy: string; readonly missing: readonly string[] }
/** The decision as it was recorded, as far as this page shows it. */
interface Body { readonly observed: string; readonly reasons: readonly Reason[]; readonly observations: readonly Reason[]; readonly duties: readonly { readonly clause: string; readonly obligation: string }[]; readonly facts: unknown }
type Decision = Answer<'GET /admin/v1/terms/decisions/{decision}'>

export function DecisionPage(): ReactNode {
  const w = useWords(words)
  const id = usePart('id') ?? ''
  const decision = useAsk('GET /admin/v1/terms/decisions/{decision}', { params: { decision: id } })
  return <TermsFrame title={w.title} intro={<><code className="font-mono text-sm break-all">{id}</code> · <Go to={paths.decisions()}>{w.back}</Go></>}><Answered asked={decision} rows={7}>{(one) => <InFull decision={one} />}</Answered></TermsFrame>
}

function Reasons({ reasons }: { readonly reasons: readonly Reason[] }): ReactNode {
  const w = useWords(words)
  if (reasons.length === 0) return <p className="text-muted">{w.none}</p>
  return (
    <ul className="grid gap-3">
      {reasons.map((one, index) => (
        <li key={`${one.clause} ${index}`} className="grid gap-0.5">
          <p className="flex flex-wrap items-center gap-2"><Go to={paths.clause(one.clause)}>{one.clause}</Go><OutcomeBadge outcome={one.effect} />{one.missing.map((fact) => <Badge key={fact} tone="warn">{w.missing}: {fact}</Badge>)}</p>
          <p>{one.says}</p>{one.remedy === '' ? null : <p className="text-sm text-muted">{one.remedy}</p>}
        </li>
      ))}
    </ul>
  )
}

function InFull({ decision }: { readonly decision: Decision }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const body = decision.decision as Body
  return (
    <>
      <Panel title={decision.subject} actions={<OutcomeBadge outcome={decision.outcome} />}>
        <Facts wide facts={[{ label: s.time, value: format.moment(decision.at) }, { label: w.point, value: decision.point }, { label: s.organization, value: decision.organization ?? '–' }, { label: w.observed, value: <OutcomeBadge outcome={body.observed} /> }, { label: w.replay, value: <><Badge tone={decision.replay.status === 'same' ? 'good' : 'bad'}>{w[decision.replay.status]}</Badge> <span className="font-normal text-muted">{decision.replay.says}</span></> }, { label: w.set, value: <code className="font-mono text-sm break-all">{decision.policy_set}</code> }]} />
      </Panel>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-2">
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-5">
          <Panel title={w.reasons}><Reasons reasons={body.reasons} /></Panel>
          {body.observations.length === 0 ? null : <Panel title={w.observations}><Reasons reasons={body.observations} /></Panel>}
          {body.duties.length === 0 ? null : <Panel title={w.duties}><ul className="grid gap-1.5">{body.duties.map((one) => <li key={one.clause}><Go to={paths.clause(one.clause)}>{one.clause}</Go> {one.obligation}</li>)}</ul></Panel>}
        </div>
        <Panel title={w.facts}><Code label={w.facts} text={plainJson(body.facts)} /></Panel>
      </div>
    </>
  )
}
