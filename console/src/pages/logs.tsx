/** The logs behind receipts: how far they are signed and witnessed, their keys, their check, and any proof verified here. */
import { lazy, Suspense, useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { AreaField, TextField } from '../parts/form.tsx'
import { useAddress } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty, ErrorNote, Loading } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useAsk } from '../queries.ts'
import { TermsFrame } from './terms-page.tsx'

const Verify = lazy(async () => ({ default: (await import('../parts/verify.tsx')).Verify }))

const words = {
  title: ['Receipts & logs', 'Ricevute e log'], intro: ['Every call has a receipt in a log that only grows. Whoever holds a receipt and the key can check it without us.', 'Ogni chiamata ha una ricevuta in un log che può solo crescere. Chi ha la ricevuta e la chiave la verifica senza di noi.'], logs: ['Logs', 'Log'], log: ['Log', 'Log'], size: ['Leaves', 'Foglie'], signed: ['Signed', 'Firmate'], witnessed: ['Witnessed', 'Testimoniate'], noWitness: ['no witness', 'nessun testimone'], key: ['Key', 'Chiave'], copyKey: [(log: string) => `Copy the key of ${log}`, (log: string) => `Copia la chiave di ${log}`], all: ['all', 'tutte'], pending: ['to be signed', 'da firmare'],
  check: ['Check the logs', 'Verifica i log'], checkNote: ['Reads every leaf, tile and checkpoint again and names what does not fit.', 'Rilegge ogni foglia, tessera e checkpoint e nomina ciò che non torna.'], whole: ['whole', 'integro'], checkpoints: [(n: string) => `${n} checkpoints`, (n: string) => `${n} checkpoint`], find: ['The receipts of a call', 'Le ricevute di una chiamata'], call: ['Call id', 'Id della chiamata'], findHint: ['Such as call_1m8h…; it stands on the page of the call.', 'Ad esempio call_1m8h…; si trova nella pagina della chiamata.'], attempt: [(n: number) => `Receipt ${n}`, (n: number) => `Ricevuta ${n}`], leaf: [(i: string) => `leaf ${i}`, (i: string) => `foglia ${i}`],
  notSigned: ['Not under a signed checkpoint yet: look again in a moment.', 'Non ancora sotto un checkpoint firmato: riprova tra poco.'], own: ['Verify a proof that you hold', 'Verifica una prova in tuo possesso'], proof: ['Proof, signed manifest or statement of use', 'Prova, manifesto firmato o dichiarazione d’uso'], trust: ['Key or policy that you trust', 'Chiave o policy di cui ti fidi'], ownNote: ['Checked in this page alone; nothing is sent.', 'Verificata solo in questa pagina; nulla viene inviato.'],
} as const satisfies Words

export function LogsPage(): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const call = search['call'] ?? ''
  return (
    <TermsFrame title={w.title} intro={w.intro}>
      <Logs />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 xl:grid-cols-2">
        <Panel title={w.find}>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-4"><TextField label={w.call} hint={w.findHint} type="search" value={call} onChange={(value) => change({ call: value.trim() })} mono />{/^call_[a-z0-9]{10,}$/.test(call) ? <Receipts call={call} /> : null}</div>
        </Panel>
        <Own />
      </div>
    </TermsFrame>
  )
}

type Log = Answer<'GET /admin/v1/logs'>['data'][number]

function Logs(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const logs = useAsk('GET /admin/v1/logs', {})
  const [wanted, setWanted] = useState(false)
  const check = useAsk('GET /admin/v1/logs/check', { query: {} }, { enabled: wanted })
  const far = (part: string, of: Log): ReactNode => (part === of.size ? <Badge tone="good">{w.all}</Badge> : format.count(Number(part)))
  const faults = (log: string): ReactNode => {
    const found = check.data?.data.find((one) => one.log === log)
    return found === undefined ? '–' : found.faults.length === 0 ? <span className="inline-flex flex-wrap items-center gap-2"><Badge tone="good">{w.whole}</Badge><span className="text-sm text-muted">{w.checkpoints(format.count(found.checkpoints))}</span></span> : <span className="text-bad">{found.faults.map((one) => `${one.where}: ${one.says}`).join('; ')}</span>
  }
  return (
    <Panel title={w.logs} note={w.checkNote} actions={<Button small busy={check.isFetching} onClick={() => (wanted ? void check.refetch() : setWanted(true))}>{w.check}</Button>}>
      {check.error === null ? null : <ErrorNote cause={check.error} />}
      <Answered asked={logs}>{({ data }) => (
        <Table caption={w.logs} rows={data} rowKey={(one) => one.id} empty={<Empty icon="terms" title={w.logs} />} columns={[
          { id: 'log', head: w.log, wrap: true, cell: (one) => <><span className="font-medium">{one.id}</span><p className="text-sm break-all text-muted">{one.origin}</p></> }, { id: 'size', head: w.size, end: true, cell: (one) => format.count(Number(one.size)) }, { id: 'signed', head: w.signed, end: true, cell: (one) => far(one.signed, one), from: 'sm' },
          { id: 'witnessed', head: w.witnessed, end: true, cell: (one) => (one.cosigned === '0' ? <span className="text-muted">{w.noWitness}</span> : far(one.cosigned, one)), from: 'sm' }, { id: 'check', head: w.check, wrap: true, cell: (one) => faults(one.id), from: 'lg' },
          { id: 'key', head: w.key, end: true, cell: (one) => <CopyButton text={one.keys.join('\n')} label={w.copyKey(one.id)} />, from: 'md' },
        ]} />
      )}</Answered>
    </Panel>
  )
}

export function Receipts({ call }: { readonly call: string }): ReactNode {
  const w = useWords(words)
  const receipts = useAsk('GET /admin/v1/receipts/{call}', { params: { call } })
  return (
    <Answered asked={receipts} rows={2}>{({ data, keys }) => (
      <ol className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {data.map((one, index) => (
          <li key={one.index} className="grid grid-cols-[minmax(0,1fr)] gap-2">
            <p className="flex flex-wrap items-center gap-2"><strong>{w.attempt(index + 1)}</strong><Badge>{one.log} · {w.leaf(one.index)}</Badge>{one.file === null ? null : <CopyButton text={one.file} />}</p>
            {one.file === null ? <p className="text-muted">{w.notSigned}</p> : <Suspense fallback={<Loading rows={1} />}><Verify file={one.file} trust={keys[0] ?? ''} /></Suspense>}
          </li>
        ))}
      </ol>
    )}</Answered>
  )
}

function Own(): ReactNode {
  const w = useWords(words)
  const [file, setFile] = useState('')
  const [trust, setTrust] = useState('')
  return (
    <Panel title={w.own} note={w.ownNote}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <AreaField label={w.proof} rows={6} mono value={file} onChange={setFile} /><AreaField label={w.trust} rows={2} mono value={trust} onChange={setTrust} />
        {file === '' || trust === '' ? null : <Suspense fallback={<Loading rows={1} />}><Verify file={file} trust={trust} /></Suspense>}
      </div>
    </Panel>
  )
}
