/** Reserved units and replicas of our own: how full they are, on the mean and at the busiest minute of the last hour. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Badge, Bar, Panel } from '../parts/panel.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk } from '../queries.ts'

const words = {
  title: ['Reserved units and own replicas', 'Unità riservate e repliche proprie'], note: ['Of the last hour, in input-equivalent tokens a minute.', 'Dell’ultima ora, in token equivalenti di ingresso al minuto.'], reserved: ['reserved', 'riservate'], 'in-house': ['in-house', 'in proprio'], what: ['What carries', 'Cosa porta'], count: ['Units · replicas', 'Unità · repliche'], notDeclared: ['not declared', 'non dichiarate'],
  mean: ['Mean', 'Media'], peak: ['Busiest minute', 'Minuto di punta'], carries: ['Carries', 'Porta'], used: ['Used', 'Uso'], usedOf: [(name: string, mean: string, peak: string) => `${name}: ${mean} used on the mean, ${peak} at the busiest minute`, (name: string, mean: string, peak: string) => `${name}: usato ${mean} in media, ${peak} nel minuto di punta`],
} as const satisfies Words

/** Nothing is shown where nothing is reserved or our own. */
export function Carriers(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const capacity = useAsk('GET /admin/v1/capacity', {})
  if (capacity.data?.data.length === 0) return null
  const tokens = (value: string | null): string => (value === null ? '–' : format.short(Math.round(Number(value))))
  return (
    <Panel title={w.title} note={w.note}>
      <Answered asked={capacity} rows={2}>{({ data }) => (
        <Table caption={w.title} rows={data} rowKey={(one) => `${one.kind} ${one.id}`} columns={[
          { id: 'id', head: w.what, wrap: true, cell: (one) => <><span className="font-medium break-all">{one.id}</span><p className="text-sm text-muted">{one.model}</p></> },
          { id: 'kind', head: s.deployment, wrap: true, cell: (one) => <><Badge>{w[one.kind]}</Badge>{one.kind === 'reserved' ? <p className="text-sm break-all text-muted">{one.deployments.join(', ') || '–'}</p> : null}</>, from: 'md' },
          { id: 'count', head: w.count, end: true, cell: (one) => (one.count === null ? w.notDeclared : format.count(one.count)), from: 'sm' },
          { id: 'carries', head: w.carries, end: true, cell: (one) => tokens(one.tokens_per_minute), from: 'lg' }, { id: 'mean', head: w.mean, end: true, cell: (one) => tokens(one.mean_tokens_per_minute), from: 'lg' }, { id: 'peak', head: w.peak, end: true, cell: (one) => tokens(one.peak_tokens_per_minute), from: 'lg' },
          { id: 'used', head: w.used, cell: (one) => (one.utilisation === null ? '–' : <Use name={one.id} mean={Number(one.utilisation)} peak={Number(one.peak_utilisation ?? one.utilisation)} />) },
        ]} />
      )}</Answered>
    </Panel>
  )
}

function Use({ name, mean, peak }: { readonly name: string; readonly mean: number; readonly peak: number }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return (
    <div className="min-w-28">
      <p className="figures text-sm">{format.percent(mean)} · {format.percent(peak)}</p>
      <Bar label={w.usedOf(name, format.percent(mean), format.percent(peak))} parts={[{ share: Math.min(1, peak), tone: peak > 1 ? 'over' : 'used' }]} />
    </div>
  )
}
