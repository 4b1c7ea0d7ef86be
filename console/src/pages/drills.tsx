/** The continuity drill: what of each purpose goes on if a supplier suspends tomorrow. On paper; nothing changes. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Badge, Panel, type Tone } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk, useChange } from '../queries.ts'
import { CasesFrame } from './cases-page.tsx'

const words = {
  title: ['Drills', 'Esercitazioni'], intro: ['What goes on if a supplier, maker, channel or account is gone tomorrow: fallbacks that the terms permit, whether they carry the load, how long it takes.', 'Cosa continua se domani manca un fornitore, produttore, canale o account: alternative consentite, se reggono il carico, in quanto tempo.'], hold: ['Hold a drill', 'Esegui un’esercitazione'], kind: ['What is suspended', 'Cosa è sospeso'], supplier: ['supplier', 'fornitore'], maker: ['maker', 'produttore'], channel: ['channel', 'canale'], account: ['account', 'account'], name: ['Name', 'Nome'], days: ['Load of the last days', 'Carico degli ultimi giorni'], none: ['No drill was held yet', 'Ancora nessuna esercitazione'], noneHint: ['It changes nothing: it works a suspension through on paper and keeps the result.', 'Non cambia nulla: simula una sospensione sulla carta e conserva il risultato.'],
  without: [(kind: string, name: string) => `Without ${kind} ${name}`, (kind: string, name: string) => `Senza ${kind} ${name}`], stops: [(n: string) => `${n} would stop`, (n: string) => `${n} si fermerebbero`], allGoes: ['everything goes on', 'tutto continua'], use: ['Use', 'Uso'], there: ['Calls there', 'Chiamate lì'], fallback: ['Goes to', 'Passa a'], more: [(n: string) => `and ${n} more`, (n: string) => `e altri ${n}`], nothing: ['nothing', 'nulla'], capacity: ['Capacity', 'Capacità'], enough: ['enough', 'sufficiente'], short: ['short', 'insufficiente'], unknown: ['not known', 'non nota'], noneCapacity: ['none', 'nessuna'], recovery: ['Recovery', 'Ripristino'],
} as const satisfies Words

/** Fallbacks named at once; the rest unfolds. */
const fallbacksShown = 4

type Drill = Answer<'GET /admin/v1/drills'>['data'][number]
type Suspended = Drill['suspended']['kind']
/** Whose loss each kind of drill proposes: the one that serves most, where it is known. */
type Proposals = Readonly<Record<Suspended, string>>
const capacityTone: Readonly<Record<Drill['lines'][number]['capacity'], Tone>> = { enough: 'good', short: 'warn', unknown: 'plain', none: 'bad' }

export function DrillsPage(): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [asked, setAsked] = useState(false)
  const drills = useAsk('GET /admin/v1/drills', {})
  const suppliers = useAsk('GET /admin/v1/usage', { query: { group_by: 'supplier' } })
  const makers = useAsk('GET /admin/v1/usage', { query: { group_by: 'maker' } })
  const waits = suppliers.isPending || makers.isPending ? '…' : undefined
  const most: Proposals = { supplier: suppliers.data?.data[0]?.supplier ?? '', maker: makers.data?.data[0]?.maker ?? '', channel: '', account: '' }
  const capacity = { enough: w.enough, short: w.short, unknown: w.unknown, none: w.noneCapacity } as const
  return (
    <CasesFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/drills" kind="primary" icon="play" onClick={() => setAsked(true)} because={waits}>{w.hold}</Button>}>
      <Answered asked={drills} rows={5}>{({ data }) => (data.length === 0 ? <Panel title={w.title}><Empty icon="pulse" title={w.none}>{w.noneHint}</Empty></Panel> : data.map((one) => (
        <Panel key={one.id} title={w.without(w[one.suspended.kind], one.suspended.name)} note={`${named(one.actor)}, ${format.moment(one.at)}`} actions={<Badge tone={one.stops === 0 ? 'good' : 'bad'}>{one.stops === 0 ? w.allGoes : w.stops(format.count(one.stops))}</Badge>}>
          <Table caption={w.without(w[one.suspended.kind], `${one.suspended.name}, ${one.id}`)} rows={one.lines} rowKey={(line) => `${line.organization} ${line.purpose ?? ''} ${line.model}`} empty={<Empty icon="check" title={w.allGoes} />} columns={[
            { id: 'use', head: w.use, wrap: true, cell: (line) => <><span className="font-medium">{line.model}</span><p className="text-sm text-muted">{line.organization}{line.purpose === null ? '' : ` · ${line.purpose}`}</p></> }, { id: 'there', head: w.there, end: true, cell: (line) => `${format.count(line.calls_there)} / ${format.count(line.calls)}`, from: 'sm' },
            { id: 'fallback', head: w.fallback, wrap: true, cell: (line) => (line.fallbacks.length === 0 ? <span className="text-bad">{w.nothing}</span> : <>{line.fallbacks.slice(0, fallbacksShown).map((each) => each.deployment).join(', ')}{line.fallbacks.length <= fallbacksShown ? null : <details className="text-sm"><summary className="w-fit text-muted hover:text-ink">{w.more(format.count(line.fallbacks.length - fallbacksShown))}</summary>{line.fallbacks.slice(fallbacksShown).map((each) => each.deployment).join(', ')}</details>}</>) }, { id: 'capacity', head: w.capacity, cell: (line) => <Badge tone={capacityTone[line.capacity]}>{capacity[line.capacity]}</Badge>, from: 'md' },
            { id: 'recovery', head: w.recovery, wrap: true, cell: (line) => <span className="text-sm">{line.recovery.says}{line.recovery.seconds === null ? '' : ` (${format.duration(line.recovery.seconds * 1_000)})`}</span>, from: 'lg' },
          ]} />
        </Panel>
      )))}</Answered>
      {asked ? <HoldDrill most={most} onClose={() => setAsked(false)} /> : null}
      <span className="sr-only">{s.scrollable}</span>
    </CasesFrame>
  )
}

function HoldDrill({ most, onClose }: { readonly most: Proposals; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const drill = useChange('POST /admin/v1/drills', ['GET /admin/v1/drills'])
  const [kind, setKind] = useState<Suspended>('maker')
  const [name, setName] = useState(most.maker)
  const [days, setDays] = useState('30')
  const choose = (next: Suspended): void => {
    setKind(next)
    if (name === most[kind]) setName(most[next])
  }
  return (
    <FormDialog title={w.hold} verb={w.hold} onClose={onClose} busy={drill.isPending} failure={drill.error} onSubmit={() => drill.mutate({ body: { suspended: { kind, name }, days: Number(days) } }, { onSuccess: onClose })}>
      <div className="grid gap-4 sm:grid-cols-3">
        <ChoiceField label={w.kind} value={kind} onChange={choose} options={(['supplier', 'maker', 'channel', 'account'] as const).map((one) => [one, w[one]] as const)} />
        <TextField label={w.name} value={name} onChange={setName} required />
        <TextField label={w.days} type="number" value={days} onChange={setDays} required />
      </div>
    </FormDialog>
  )
}
