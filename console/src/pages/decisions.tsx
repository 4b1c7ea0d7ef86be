/** Decisions as they were recorded: what was asked and what the clauses answered. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { ChoiceField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { OutcomeBadge, TermsFrame } from './terms-page.tsx'

const words = {
  title: ['Decisions', 'Decisioni'], intro: ['Each with its clauses and the facts it stood on, so that it can be worked out again.', 'Ognuna con le sue clausole e i fatti su cui poggia, così da poterla ricalcolare.'], point: ['At', 'Punto'], subject: ['About', 'Oggetto'], answer: ['Answer', 'Risposta'], none: ['No decision is recorded', 'Nessuna decisione registrata'], noneHint: ['Exports, trainings and publications are recorded each; calls that the clauses allow are decided in memory.', 'Esportazioni, addestramenti e pubblicazioni si registrano; le chiamate consentite si decidono in memoria.'], id: ['Decision', 'Decisione'],
  allow: ['allowed', 'consentito'], ask: ['ask first', 'chiedi prima'], deny: ['refused', 'rifiutato'],
} as const satisfies Words

const points = ['contract', 'admit', 'route', 'export', 'train', 'publish'] as const

export function DecisionsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const outcome = (['allow', 'ask', 'deny'] as const).find((one) => one === search['outcome'])
  const point = points.find((one) => one === search['point'])
  const decisions = useAsk('GET /admin/v1/terms/decisions', { query: { limit: 200, ...(point === undefined ? {} : { point }), ...(outcome === undefined ? {} : { outcome }) } }, { keep: true })
  return (
    <TermsFrame title={w.title} intro={w.intro}>
      <div className="grid max-w-md grid-cols-2 gap-3">
        <ChoiceField label={w.point} value={point ?? ''} onChange={(value) => change({ point: value })} options={[['', s.all], ...points.map((one) => [one, one] as const)]} />
        <ChoiceField label={w.answer} value={outcome ?? ''} onChange={(value) => change({ outcome: value })} options={[['', s.all], ['allow', w.allow], ['ask', w.ask], ['deny', w.deny]]} />
      </div>
      <Panel title={w.title}>
        <Answered asked={decisions} rows={6}>{({ data }) => (
          <Table caption={w.title} rows={data} rowKey={(one) => one.id} empty={<Empty icon="terms" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'at', head: s.time, cell: (one) => <Go to={paths.decision(one.id)}>{format.moment(one.at)}</Go> }, { id: 'point', head: w.point, cell: (one) => one.point, from: 'sm' }, { id: 'organization', head: s.organization, cell: (one) => one.organization ?? '–', from: 'md' },
            { id: 'subject', head: w.subject, wrap: true, cell: (one) => one.subject }, { id: 'outcome', head: w.answer, cell: (one) => <OutcomeBadge outcome={one.outcome} /> },
          ]} />
        )}</Answered>
      </Panel>
    </TermsFrame>
  )
}
