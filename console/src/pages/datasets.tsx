/** Datasets, trainings and models: drawn as they come from each other, with what sticks to them; new datasets through the export gate. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { saveAnswer } from '../download.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Exclusions } from '../parts/exclusions.tsx'
import { LineageGraph } from '../parts/lineage-graph.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { MakeDataset } from './make-dataset.tsx'
import { Publish, RegisterTraining } from './training-forms.tsx'
import { TermsFrame } from './terms-page.tsx'

const words = {
  title: ['Datasets & lineage', 'Dataset e provenienza'], intro: ['What was made from what. Duties and licences stick to everything that comes from a row they were on.', 'Cosa deriva da cosa. Obblighi e licenze restano su tutto ciò che proviene da una riga che li portava.'], make: ['Make a dataset', 'Crea un dataset'], train: ['Register a training', 'Registra un addestramento'], publish: ['Publish', 'Pubblica'], graph: ['Lineage', 'Provenienza'], table: ['The same as a table', 'Lo stesso in tabella'], none: ['Nothing is registered yet', 'Ancora nulla di registrato'], noneHint: ['A dataset made through the export gate appears here with its sources.', 'Un dataset creato attraverso il varco di esportazione appare qui con le sue fonti.'],
  dataset: ['dataset', 'dataset'], run: ['training', 'addestramento'], model: ['model', 'modello'], weights: ['weights', 'pesi'], kind: ['Kind', 'Tipo'], origin: ['Origin', 'Origine'], known: ['known', 'nota'], unknown: ['unknown: to be cleared', 'ignota: da chiarire'], sticks: ['Sticks to it', 'Resta attaccato'], licences: ['Licences', 'Licenze'], from: ['Made from', 'Deriva da'], sources: ['Sources of its rows', 'Fonti delle righe'], purpose: ['Purpose', 'Finalità'], rows: ['Rows', 'Righe'], noneRefused: ['No row was refused', 'Nessuna riga rifiutata'], made: ['Registered', 'Registrato'], bom: ['Bill of materials', 'Distinta dei materiali'], file: ['Manifest', 'Manifesto'], chosen: ['Chosen', 'Scelto'],
} as const satisfies Words

export type Registered = Answer<'GET /admin/v1/lineage'>['data'][number]

export function DatasetsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search] = useAddress()
  const [asked, setAsked] = useState<'dataset' | 'training' | 'publication'>()
  const lineage = useAsk('GET /admin/v1/lineage', { query: {} })
  const sayKind = (kind: string): string => w[kind as 'dataset'] ?? kind
  const chosen = search['id']
  const close = (): void => setAsked(undefined)
  return (
    <TermsFrame title={w.title} intro={w.intro} actions={<>
      <Button does="POST /admin/v1/publications" onClick={() => setAsked('publication')}>{w.publish}</Button>
      <Button does="POST /admin/v1/models/trainings" onClick={() => setAsked('training')}>{w.train}</Button>
      <Button does="POST /admin/v1/datasets" kind="primary" icon="plus" onClick={() => setAsked('dataset')}>{w.make}</Button>
    </>}>
      <Answered asked={lineage} rows={8}>{({ data }) => (data.length === 0 ? <Panel title={w.graph}><Empty icon="terms" title={w.none}>{w.noneHint}</Empty></Panel> : (
        <>
          <Panel title={w.graph}><LineageGraph label={w.graph} all={data} chosen={chosen} sayKind={sayKind} /></Panel>
          {chosen === undefined ? null : <Chosen key={chosen} id={chosen} sayKind={sayKind} />}
          <Panel title={w.table}>
            <Table caption={w.table} rows={data} rowKey={(one) => one.id} columns={[
              { id: 'id', head: s.name, wrap: true, cell: (one) => <><Go to={paths.datasets(one.id)}>{one.id}</Go><p className="text-sm text-muted">{one.organization}</p></> }, { id: 'kind', head: w.kind, cell: (one) => <Badge>{sayKind(one.kind)}</Badge> }, { id: 'origin', head: w.origin, cell: (one) => <Badge tone={one.origin === 'unknown' ? 'warn' : 'good'}>{one.origin === 'unknown' ? w.unknown : w.known}</Badge>, from: 'sm' },
              { id: 'from', head: w.from, wrap: true, cell: (one) => one.from.join(', ') || '–', from: 'md' }, { id: 'sticks', head: w.sticks, wrap: true, cell: (one) => <Flags flags={one.flags} />, from: 'lg' }, { id: 'licences', head: w.licences, cell: (one) => one.licences.join(', ') || '–', from: 'xl' }, { id: 'made', head: w.made, cell: (one) => format.date(one.at), from: 'lg' },
            ]} />
          </Panel>
        </>
      ))}</Answered>
      {asked === 'dataset' ? <MakeDataset onClose={close} /> : null}
      {asked === 'training' ? <RegisterTraining registered={lineage.data?.data ?? []} onClose={close} /> : null}
      {asked === 'publication' ? <Publish registered={lineage.data?.data ?? []} onClose={close} /> : null}
    </TermsFrame>
  )
}

function Flags({ flags }: { readonly flags: Registered['flags'] }): ReactNode {
  return flags.length === 0 ? '–' : <span className="flex flex-wrap gap-x-3 gap-y-1">{flags.map((one) => <Go key={one} to={paths.clause(one)}>{one}</Go>)}</span>
}

function Chosen({ id, sayKind }: { readonly id: string; readonly sayKind: (kind: string) => string }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [failure, setFailure] = useState<unknown>()
  const one = useAsk('GET /admin/v1/lineage/{id}', { params: { id } })
  const save = (work: Promise<void>): void => {
    setFailure(undefined)
    work.catch(setFailure)
  }
  return (
    <Panel title={`${w.chosen}: ${id}`} actions={one.data?.kind === 'model' ? <Button small icon="download" onClick={() => save(saveAnswer(`${id}.bom.json`, 'GET /admin/v1/lineage/{id}/bom', { params: { id } }))}>{w.bom}</Button> : one.data?.kind === 'dataset' ? <Button does="GET /admin/v1/datasets/{name}/files/{file}" small icon="download" onClick={() => save(saveAnswer(`${id}.manifest.json`, 'GET /admin/v1/datasets/{name}/files/{file}', { params: { name: id, file: `${id}.manifest.json` } }))}>{w.file}</Button> : null}>
      {failure === undefined ? null : <ErrorNote cause={failure} title={s.changeFailed} />}
      <Answered asked={one} rows={3}>{(found) => (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
          <Facts wide facts={[
            { label: w.kind, value: sayKind(found.kind) }, { label: s.organization, value: found.organization }, { label: w.origin, value: found.origin === 'unknown' ? w.unknown : w.known }, found.rows === null ? undefined : { label: w.rows, value: format.count(Number(found.rows)) },
            found.purpose === null ? undefined : { label: w.purpose, value: <Go to={paths.explain(found.organization, found.purpose)}>{found.purpose}</Go> }, { label: w.licences, value: found.licences.join(', ') || '–' }, { label: w.sticks, value: <Flags flags={found.flags} /> },
            { label: w.made, value: `${named(found.actor)}, ${format.moment(found.at)}` }, found.sources.length === 0 ? undefined : { label: w.sources, value: found.sources.join(', ') },
          ]} />
          {found.kind !== 'dataset' ? null : found.exclusions.length === 0 ? <p className="text-muted">{w.noneRefused}</p> : <Exclusions rows={found.exclusions} />}
        </div>
      )}</Answered>
    </Panel>
  )
}
