/** One call in full: the way it took, what was counted and by whom, what it costs and at which price. */
import { lazy, Suspense, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { sum, text, exact } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { CopyButton } from '../parts/button.tsx'
import { Go, usePart } from '../parts/go.tsx'
import { Badge, Page, Panel } from '../parts/panel.tsx'
import { Answered, Empty, ErrorNote, Loading } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { outcomeTone, sourceTone } from './calls.tsx'
import { Problem } from '../api.ts'

const Receipts = lazy(async () => ({ default: (await import('./logs.tsx')).Receipts }))

const words = {
  title: ['Call', 'Chiamata'], back: ['All calls', 'Tutte le chiamate'], way: ['The way it took', 'Il percorso'], wayNote: ['Each bar is one dial at a supplier: until the first byte, then until the last.', 'Ogni barra è una chiamata al fornitore: fino al primo byte, poi fino all’ultimo.'], arrived: ['Arrived', 'Arrivata'],
  firstByte: ['to first byte', 'al primo byte'], stream: ['to last byte', 'all’ultimo byte'], before: ['inside Weir', 'dentro Weir'], usage: ['Usage', 'Consumo'], cost: ['Cost', 'Costo'], raw: ['What the supplier reported, as it came', 'Quanto dichiarato dal fornitore, alla lettera'], facts: ['Facts', 'Dati'],
  meter: ['Meter', 'Contatore'], quantity: ['Quantity', 'Quantità'], perMillion: ['Per million', 'Al milione'], amount: ['Amount', 'Importo'], priceRow: ['Price row and its source', 'Riga di prezzo e fonte'], exactSum: [(amount: string) => `exactly ${amount}`, (amount: string) => `esattamente ${amount}`],
  reported: ['reported by the supplier', 'dichiarato dal fornitore'], estimated: ['estimated by Weir', 'stimato da Weir'], absent: ['not known', 'non noto'], decision: ['Decision', 'Decisione'], receipt: ['Transactions in the ledger', 'Transazioni nel registro'], upstreamId: ['Supplier’s request id', 'Id presso il fornitore'], hold: ['Held at most', 'Impegno massimo'], charge: ['Charged to budgets', 'Addebitato ai budget'],
  proof: ['Receipt', 'Ricevuta'], proofNote: ['A leaf of a log that only grows, with the proof that it is in it.', 'Una foglia di un log che può solo crescere, con la prova che vi appartiene.'],
  surface: ['Spoken', 'Interfaccia'], finish: ['Finish', 'Conclusione'], snapshot: ['Rules in force (version)', 'Regole in vigore (versione)'], budgets: ['Budgets', 'Budget'], quarantined: ['In quarantine', 'In quarantena'], stillOpen: ['Still open: its outcome has not arrived', 'Ancora aperta: l’esito non è arrivato'], noLines: ['Nothing was booked for this attempt', 'Nulla è stato contabilizzato'],
  notYet: ['Not in the books yet', 'Non ancora nei registri'], notYetHint: ['A call that has just ended is booked within a moment; one refused before any dial appears only in the live list.', 'Una chiamata appena finita viene registrata in un attimo; se rifiutata prima di ogni tentativo compare solo in diretta.'], retired: ['The journal’s copy of this attempt is retired; figures and price rows stay.', 'La copia nel giornale è stata ritirata; cifre e prezzi restano.'], attempt: [(n: number) => `Attempt ${n}`, (n: number) => `Tentativo ${n}`], error: ['What the supplier said', 'Risposta del fornitore'],
} as const satisfies Words

type Attempt = Answer<'GET /admin/v1/calls/{call}'>['attempts'][number]

/** What the journal keeps of an attempt, as far as this page shows it. */
interface Records {
  readonly attempt: { readonly received: number; readonly at: number; readonly surface: string; readonly dialect: string; readonly stream: boolean; readonly snapshot: number; readonly hold: string; readonly decision?: string; readonly budgets: readonly { readonly budget: string }[] }
  readonly outcome: { readonly at: number; readonly headersMs?: number; readonly firstByteMs?: number; readonly lastByteMs?: number; readonly raw?: string; readonly upstreamId?: string; readonly finish?: string; readonly error?: string; readonly counts?: Readonly<Record<string, number>> }
}

const recordsOf = (attempt: Attempt): Records | undefined => (attempt.records === null ? undefined : attempt.records as Records)
const ofPicos = (picos: string): string => text(BigInt(picos) * 10n ** 12n)

export function CallPage(): ReactNode {
  const w = useWords(words)
  const id = usePart('call') ?? ''
  const call = useAsk('GET /admin/v1/calls/{call}', { params: { call: id } })
  const missing = call.error instanceof Problem && call.error.status === 404
  return (
    <Page title={w.title} intro={<span className="inline-flex max-w-full flex-wrap items-center gap-2"><code className="font-mono text-sm break-all">{id}</code><CopyButton text={id} /></span>} actions={<Go to={paths.calls()}>{w.back}</Go>}>
      {missing ? <Empty icon="book" title={w.notYet}>{w.notYetHint}</Empty> : <Answered asked={call} rows={8}>{(found) => <Found found={found} />}</Answered>}
    </Page>
  )
}

function Found({ found }: { readonly found: Answer<'GET /admin/v1/calls/{call}'> }): ReactNode {
  const w = useWords(words)
  return (
    <>
      {found.open.length === 0 ? null : <p role="status" className="rounded-xl bg-warn-tint px-4 py-3 text-warn">{w.stillOpen}</p>}
      {found.quarantined.map((item) => <ErrorNote key={item.id} title={`${w.quarantined}: ${item.reason}`} cause={new Error(item.detail)} />)}
      {found.attempts.length === 0 ? null : <Way attempts={found.attempts} />}
      {found.attempts.map((attempt) => <AttemptParts key={attempt.n} attempt={attempt} only={found.attempts.length === 1} />)}
      {found.attempts.length === 0 ? null : <Panel title={w.proof} note={w.proofNote}><Suspense fallback={<Loading rows={2} />}><Receipts call={found.call} /></Suspense></Panel>}
    </>
  )
}

function Way({ attempts }: { readonly attempts: readonly Attempt[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const starts = attempts.map((one) => recordsOf(one)?.attempt.received ?? Date.parse(one.at))
  const begin = Math.min(...starts)
  const end = Math.max(...attempts.map((one) => Date.parse(one.at) + Math.max(one.duration_ms, recordsOf(one)?.outcome.lastByteMs ?? 0)), begin + 1)
  const at = (ms: number): number => ((ms - begin) / (end - begin)) * 100
  return (
    <Panel title={w.way} note={w.wayNote}>
      <ol className="grid gap-5">
        {attempts.map((one) => {
          const dial = Date.parse(one.at)
          const { firstByteMs = one.duration_ms, lastByteMs = one.duration_ms } = recordsOf(one)?.outcome ?? {}
          return (
            <li key={one.n} className="grid gap-1.5">
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1"><span className="font-medium">{one.n}. {one.deployment}</span><Badge tone={outcomeTone(one.outcome)}>{one.outcome}{one.status === null ? '' : ` ${one.status}`}</Badge><span className="text-sm text-muted">{one.supplier} · {s.maker.toLowerCase()} {one.maker}</span></p>
              <div className="relative h-6 overflow-hidden rounded-md bg-line" role="img" aria-label={`${w.before} ${format.duration(dial - begin)}, ${w.firstByte} ${format.duration(firstByteMs)}, ${w.stream} ${format.duration(lastByteMs)}`}>
                <span className="absolute inset-y-0 bg-s2" style={{ left: `${at(dial)}%`, width: `max(2px, ${at(dial + firstByteMs) - at(dial)}%)` }} />
                <span className="absolute inset-y-0 bg-s1" style={{ left: `${at(dial + firstByteMs)}%`, width: `max(2px, ${at(dial + lastByteMs) - at(dial + firstByteMs)}%)` }} />
              </div>
              <p className="figures flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
                <span>{w.before} {format.duration(dial - begin)}</span>
                <span className="inline-flex items-center gap-1.5"><span className="size-2.5 rounded-sm bg-s2" />{w.firstByte} {format.duration(firstByteMs)}</span>
                <span className="inline-flex items-center gap-1.5"><span className="size-2.5 rounded-sm bg-s1" />{w.stream} {format.duration(lastByteMs)}</span>
              </p>
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}

function AttemptParts({ attempt, only }: { readonly attempt: Attempt; readonly only: boolean }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const records = recordsOf(attempt)
  const total = sum(attempt.lines.map((line) => line.amount ?? '0'))
  const prefix = only ? '' : `${w.attempt(attempt.n)} · `
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
      <Panel title={`${prefix}${w.cost}`} note={<span className="inline-flex flex-wrap items-center gap-2"><Badge tone={sourceTone(attempt.source)}>{w.usage}: {w[attempt.source as 'reported']}</Badge>{attempt.cost === null ? null : <span className="figures">{w.exactSum(`${attempt.cost} ${attempt.currency}`)}</span>}</span>}>
        {records?.outcome.error === undefined ? null : <p className="mb-3 rounded-lg bg-bad-tint px-3 py-2 break-words text-bad">{w.error}: {records.outcome.error}</p>}
        <Table caption={w.cost} rows={attempt.lines} rowKey={(line) => line.meter} empty={<Empty icon="money" title={w.noLines} />}
          columns={[
            { id: 'meter', head: w.meter, cell: (line) => line.meter },
            { id: 'quantity', head: w.quantity, end: true, cell: (line) => format.count(Number(line.quantity)) },
            { id: 'price', head: w.perMillion, end: true, cell: (line) => (line.unit_price === null ? '–' : format.money(text(exact(line.unit_price) * 1_000_000n), attempt.currency)) },
            { id: 'amount', head: w.amount, end: true, cell: (line) => (line.amount === null ? '–' : format.money(line.amount, attempt.currency)) },
            { id: 'row', head: w.priceRow, wrap: true, cell: (line) => <><code className="font-mono text-sm">{line.price_row}</code><p className="text-sm text-muted">{line.source ?? ''}</p></>, from: 'md' },
          ]}
          foot={attempt.lines.length === 0 ? undefined : <tr><th scope="row" colSpan={3} className="py-2.5 pr-4 text-left">{s.total}</th><td className="py-2.5 text-right md:pr-4">{format.money(total, attempt.currency)}</td></tr>} />
        {records?.outcome.raw === undefined ? (records === undefined ? <p className="mt-3 text-sm text-muted">{w.retired}</p> : null) : (
          <details className="mt-4"><summary className="w-fit text-sm text-muted hover:text-ink">{w.raw}</summary><pre tabIndex={0} role="region" aria-label={w.raw} className="mt-2 overflow-x-auto rounded-lg border border-line bg-raised p-3 font-mono text-[0.82rem]">{pretty(records.outcome.raw)}</pre></details>
        )}
      </Panel>
      <Facts attempt={attempt} records={records} title={`${prefix}${w.facts}`} />
    </div>
  )
}

function Facts({ attempt, records, title }: { readonly attempt: Attempt; readonly records: Records | undefined; readonly title: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const facts: readonly (readonly [string, ReactNode])[] = [
    [w.arrived, format.moment(records?.attempt.received ?? attempt.at)], [s.model, <Go key="m" to={paths.models(attempt.model)}>{attempt.model}</Go>], [s.project, <Go key="p" to={paths.calls({ organization: attempt.organization, project: attempt.project })}>{attempt.organization}/{attempt.project}</Go>],
    [s.key, <Go key="k" to={paths.calls({ key: attempt.key })}>{attempt.key}</Go>], [s.purpose, attempt.purpose ?? '–'], [w.surface, records === undefined ? attempt.operation : `${records.attempt.surface} · ${records.attempt.dialect}${records.attempt.stream ? ' · stream' : ''}`],
    [w.finish, records?.outcome.finish ?? '–'], [w.hold, records === undefined ? '–' : format.money(ofPicos(records.attempt.hold), attempt.currency)], [w.charge, format.money(ofPicos(attempt.budget_charge_picos), attempt.currency)],
    [w.budgets, records === undefined || records.attempt.budgets.length === 0 ? '–' : records.attempt.budgets.map((one) => one.budget).join(', ')], [w.decision, records?.attempt.decision === undefined ? '–' : <Go key="d" to={paths.decision(records.attempt.decision)}>{records.attempt.decision}</Go>], [w.snapshot, records?.attempt.snapshot ?? '–'], [w.upstreamId, records?.outcome.upstreamId ?? '–'], [w.receipt, attempt.transactions.length === 0 ? '–' : attempt.transactions.join(', ')],
  ]
  return (
    <Panel title={title}>
      <dl className="grid gap-x-4 gap-y-2 sm:grid-cols-[minmax(8rem,auto)_minmax(0,1fr)]">
        {facts.map(([label, value]) => <div key={label} className="contents"><dt className="text-sm text-muted sm:py-0.5">{label}</dt><dd className="figures min-w-0 wrap-anywhere max-sm:mb-1.5">{value}</dd></div>)}
      </dl>
    </Panel>
  )
}

function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), undefined, 2)
  } catch (cause) {
    // Shown as it came where it is not JSON.
    if (!(cause instanceof SyntaxError)) throw cause
    return raw
  }
}
