/** The library of clauses: what makers' and channels' texts forbid, permit and oblige to, and which of it binds. */
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Panel, type Tone } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { TermsFrame } from './terms-page.tsx'

const words = {
  title: ['Clauses', 'Clausole'], intro: ['Every clause is a rule that runs. On live calls it binds once two people have signed off this very text; on exports, trainings and publications it binds at once.', 'Ogni clausola è una regola eseguibile. Sulle chiamate vincola dopo l’approvazione di due persone; su esportazioni, addestramenti e pubblicazioni vincola subito.'], find: ['Find in clauses', 'Cerca nelle clausole'],
  clause: ['Clause', 'Clausola'], source: ['Source', 'Fonte'], says: ['What it says', 'Cosa dice'], kind: ['Kind', 'Tipo'], points: ['Asked at', 'Si applica a'], state: ['State', 'Stato'], forbid: ['forbids', 'vieta'], permit: ['permits', 'consente'], oblige: ['obliges', 'obbliga'], binding: ['binding', 'vincolante'], observing: ['observing', 'in osservazione'], one: ['one of two approvals', 'una di due approvazioni'],
  none: ['No clause matches', 'Nessuna clausola corrisponde'], signed: [(n: string, all: string) => `${n} of ${all} signed off by two people`, (n: string, all: string) => `${n} di ${all} approvate da due persone`], from: [(d: string) => `from ${d}`, (d: string) => `dal ${d}`],
} as const satisfies Words

export type Clause = Answer<'GET /admin/v1/terms/clauses'>['data'][number]

export const kindTone = (kind: string): Tone => (kind === 'forbid' ? 'bad' : kind === 'permit' ? 'good' : 'accent')

export function useClauseWords() {
  const w = useWords(words)
  return {
    kind: (kind: string): string => (kind === 'forbid' ? w.forbid : kind === 'permit' ? w.permit : w.oblige),
    state: (clause: Clause): readonly [Tone, string] => (clause.signed ? ['good', w.binding] : clause.approved_by.length === 1 ? ['warn', w.one] : ['plain', w.observing]),
  }
}

export function ClausesPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const say = useClauseWords()
  const [search, change] = useAddress()
  const clauses = useAsk('GET /admin/v1/terms/clauses', {})
  const find = (search['find'] ?? '').toLowerCase()
  const matches = (one: Clause): boolean => (search['maker'] === undefined || one.source.maker === search['maker']) && (search['state'] === undefined || (search['state'] === 'signed') === one.signed) && `${one.id} ${one.says} ${one.source.document} ${one.source.section}`.toLowerCase().includes(find)
  return (
    <TermsFrame title={w.title} intro={w.intro}>
      <Answered asked={clauses} rows={10}>{({ data }) => (
        <>
          <div className="grid gap-3 sm:grid-cols-[2fr_1fr_1fr]">
            <TextField label={w.find} type="search" value={search['find'] ?? ''} onChange={(value) => change({ find: value })} />
            <ChoiceField label={w.source} value={search['maker'] ?? ''} onChange={(maker) => change({ maker })} options={[['', s.all], ...[...new Set(data.map((one) => one.source.maker))].toSorted().map((one) => [one, one] as const)]} />
            <ChoiceField label={w.state} value={search['state'] ?? ''} onChange={(state) => change({ state })} options={[['', s.all], ['signed', w.binding], ['unsigned', w.observing]]} />
          </div>
          <Panel title={w.title} note={w.signed(format.count(data.filter((one) => one.signed).length), format.count(data.length))}>
            <Table caption={w.title} rows={data.filter(matches)} rowKey={(one) => one.id} empty={<Empty icon="search" title={w.none} />} columns={[
              { id: 'clause', head: w.clause, cell: (one) => <><Go to={paths.clause(one.id)}>{one.id}</Go><p className="text-sm text-muted max-lg:hidden">v{one.version}</p></> },
              { id: 'says', head: w.says, wrap: true, cell: (one) => one.says }, { id: 'source', head: w.source, wrap: true, cell: (one) => <span className="text-sm">{one.source.maker} · {one.source.document} {one.source.section}{one.source.effectiveFrom === undefined ? '' : `, ${w.from(format.date(one.source.effectiveFrom))}`}</span>, from: 'lg' },
              { id: 'kind', head: w.kind, cell: (one) => <Badge tone={kindTone(one.kind)}>{say.kind(one.kind)}</Badge>, from: 'sm' }, { id: 'points', head: w.points, cell: (one) => <span className="text-sm text-muted">{one.points.join(', ')}</span>, from: 'xl' },
              { id: 'state', head: w.state, cell: (one) => { const [tone, text] = say.state(one); return <Badge tone={tone}>{text}</Badge> }, from: 'md' },
            ]} />
          </Panel>
        </>
      )}</Answered>
    </TermsFrame>
  )
}
