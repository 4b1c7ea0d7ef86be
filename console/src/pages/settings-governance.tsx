/** The governance log: who decided what, leaf by leaf, and whether the logs are whole. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'
import { ask, type Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { Code, plainJson } from '../parts/code.tsx'
import { TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Panel } from '../parts/panel.tsx'
import { Empty, ErrorNote, Loading } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'

const words = {
  title: ['Governance log', 'Log di governo'], note: ['Each line is a leaf of a log that only grows: what was decided, by whom, with hashes and never with content.', 'Ogni riga è una foglia di un log che può solo crescere: cosa è stato deciso, da chi, con hash e mai contenuti.'], check: ['Logs and their check', 'Log e loro verifica'], kind: ['Kind', 'Tipo'], kindHint: ['Such as clause-recorded or case-moved', 'Ad esempio clause-recorded o case-moved'], who: ['Who', 'Chi'], subject: ['Subject', 'Oggetto'], what: ['What', 'Cosa'], leaf: ['Leaf', 'Foglia'], more: ['Show earlier ones', 'Mostra le precedenti'], none: ['Nothing was decided yet', 'Ancora nessuna decisione'],
} as const satisfies Words

type Page = Answer<'GET /admin/v1/logs/governance'>

export function Governance(): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const kind = search['kind']
  const pages = useInfiniteQuery({
    queryKey: ['GET /admin/v1/logs/governance', kind], initialPageParam: '', getNextPageParam: (last: Page) => last.next ?? undefined,
    queryFn: ({ pageParam, signal }) => ask('GET /admin/v1/logs/governance', { query: { limit: 100, ...(kind === undefined ? {} : { kind }), ...(pageParam === '' ? {} : { before: pageParam }) } } as never, { signal }),
  })
  const rows = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.data), [pages.data])
  return (
    <Panel title={w.title} note={w.note} actions={<Go to={paths.logs()}>{w.check}</Go>}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="max-w-md"><TextField label={w.kind} hint={w.kindHint} type="search" value={kind ?? ''} onChange={(value) => change({ kind: value.trim() })} /></div>
        {pages.error !== null && pages.data === undefined ? <ErrorNote cause={pages.error} retry={() => void pages.refetch()} /> : pages.data === undefined ? <Loading rows={6} /> : (
          <Table caption={w.title} rows={rows} rowKey={(one) => one.index} empty={<Empty icon="book" title={w.none} />} columns={[
            { id: 'leaf', head: w.leaf, cell: (one) => <span className="text-muted">{one.index}</span>, from: 'lg' }, { id: 'at', head: s.time, cell: (one) => format.moment(one.at) }, { id: 'kind', head: w.kind, cell: (one) => <span className="font-medium">{one.kind}</span> }, { id: 'who', head: w.who, cell: (one) => <span title={one.actor}>{named(one.actor)}</span>, from: 'sm' },
            { id: 'subject', head: w.subject, wrap: true, cell: (one) => <Subject subject={one.subject} />, from: 'sm' }, { id: 'what', head: w.what, wrap: true, cell: (one) => <details><summary className="w-fit text-sm text-muted hover:text-ink">{w.what}</summary><Code label={`${w.what} ${one.index}`} text={plainJson(one.body)} /></details>, from: 'md' },
          ]} />
        )}
        {pages.hasNextPage ? <div><Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{w.more}</Button></div> : null}
      </div>
    </Panel>
  )
}

function Subject({ subject }: { readonly subject: string }): ReactNode {
  const [kind, ...rest] = subject.split('/')
  const id = rest.join('/')
  const to = kind === 'clause' ? paths.clause(id) : kind === 'case' ? paths.case(id) : kind === 'dataset' || kind === 'model' ? paths.datasets(id) : undefined
  return to === undefined ? <span className="break-all">{subject}</span> : <Go to={to} className="link break-all">{subject}</Go>
}
