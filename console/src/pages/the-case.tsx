/** The case: tokens one way, money the other, each chapter a button that runs it, every figure with its origin. */
import { useEffect, useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { bookPlaces, bookWords, chapterWords, figureWords, partyWords, type BookKey } from '../case-words.ts'
import { sum } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FlowDrawing, type Flow, type FlowParty } from '../parts/flow-drawing.tsx'
import { Segments } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Icon } from '../parts/icon.tsx'
import { Badge, Page, Panel, type Tone } from '../parts/panel.tsx'
import { Answered, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { queryClient, useAsk, useChange } from '../queries.ts'

const words = {
  title: ['The case', 'Il caso'],
  intro: ['A company buys a maker’s models through a cloud, 24 % of that cloud’s AI business. Was a term broken, who may suspend whom, what is owed, and what if it leaves? Press a chapter; the books below are real.', 'Un’azienda compra i modelli di un produttore tramite un cloud: è il 24 % del suo business di AI. Un termine è stato violato, chi può sospendere chi, che cosa è dovuto, e se se ne andasse? Premi un capitolo: i registri sono veri.'],
  view: ['View as', 'Vista di'], all: ['everybody', 'tutti'], drawing: ['Tokens one way, money the other', 'I token in un verso, il denaro nell’altro'], live: ['Figures are read from the books of this installation; in small, so one call stands for very many.', 'Le cifre vengono dai registri di questa installazione; in piccolo: una chiamata ne vale moltissime.'],
  tokensIn: ['tokens of its models', 'token dei suoi modelli'], tokensOut: ['tokens to the buyer', 'token al compratore'], pays: ['at list price, this month', 'a listino, questo mese'], settles: ['net, by statement', 'netto, da rendiconto'], served: ['tokens in-house', 'token in proprio'], rate: ['at the internal rate', 'alla tariffa interna'], nothing: ['nothing yet', 'ancora nulla'], callsOf: [(n: string) => `${n} calls`, (n: string) => `${n} chiamate`],
  from: ['From', 'Da'], to: ['To', 'A'], what: ['What', 'Che cosa'], amount: ['Amount', 'Quanto'], origin: ['Origin', 'Origine'], open: ['Open', 'Apri'], books: ['from the books', 'dai registri'], noStatement: ['no statement yet', 'nessun rendiconto'],
  chapters: ['Chapters', 'Capitoli'], play: ['Play it here', 'Eseguilo qui'], again: ['Play it again', 'Eseguilo di nuovo'], prove: ['Prove it', 'Dimostralo'], proveHint: ['against servers of its own, crashes and all; leaves nothing here', 'su server propri, guasti compresi; qui non lascia nulla'], playHint: ['on this installation, so that its pages show it', 'su questa installazione, e le pagine lo mostrano'],
  passed: ['passed', 'riuscito'], failed: ['failed', 'fallito'], running: ['running', 'in corso'], here: ['here', 'qui'], alone: ['on its own servers', 'su server propri'], seconds: [(n: string) => `${n} s`, (n: string) => `${n} s`], busy: ['A chapter is running; one at a time', 'Un capitolo è in corso: uno alla volta'],
  changed: ['What changed in each book', 'Che cosa è cambiato in ogni registro'], unchanged: ['Nothing changed: it was played before. Its pages still show it.', 'Nulla è cambiato: era già stato eseguito. Le pagine lo mostrano.'], said: ['What it said', 'Che cosa ha detto'], before: ['before', 'prima'], after: ['after', 'dopo'], figure: ['Figure', 'Cifra'], book: ['Book', 'Registro'], show: ['Show', 'Mostra'], hide: ['Hide', 'Nascondi'],
  given: ['The case’s own figures', 'Le cifre del caso'], reported: ['reported', 'riportato'], derived: ['derived', 'derivato'], assumed: ['assumed', 'ipotizzato'], value: ['Value', 'Valore'], reportedNote: ['Reported: by the press in 2023 and 2024. Derived: arithmetic on reported figures. Assumed: chosen so that a demonstration can run; nobody has claimed it.', 'Riportato: dalla stampa nel 2023 e 2024. Derivato: aritmetica su cifre riportate. Ipotizzato: scelto perché la dimostrazione funzioni; nessuno lo ha affermato.'],
  seedAll: ['All of it at once: weir demo --seed', 'Tutto in una volta: weir demo --seed'], firstMinute: ['Your own first call', 'La tua prima chiamata'],
} as const satisfies Words

type Demo = Answer<'GET /admin/v1/demo'>
type Run = Demo['runs'][number]
type Usage = Answer<'GET /admin/v1/usage'>['data'][number]
const views = ['all', 'buyer', 'cloud', 'maker', 'own'] as const
type View = (typeof views)[number]
const numbers = [1, 2, 3, 4, 5, 6, 7, 8] as const
type Chapter = (typeof numbers)[number]

export function TheCasePage(): ReactNode {
  const w = useWords(words)
  const p = useWords(partyWords)
  const [search, change] = useAddress()
  const view = views.find((one) => one === search['view']) ?? 'all'
  const demo = useAsk('GET /admin/v1/demo', {})
  return (
    <Page title={w.title} intro={w.intro} actions={<><Go to={paths.start()}>{w.firstMinute}</Go></>}>
      <Panel title={w.drawing} note={w.live} actions={<Segments label={w.view} value={view} onChange={(to) => change({ view: to === 'all' ? '' : to })} options={views.map((one) => [one, one === 'all' ? w.all : p[one]] as const)} />}>
        <Drawing view={view} />
      </Panel>
      <Answered asked={demo} rows={8}>{(found) => (
        <>
          <Chapters demo={found} view={view} open={Number(search['chapter'] ?? '0')} onOpen={(chapter) => change({ chapter: chapter === 0 ? '' : String(chapter) })} />
          <Given figures={found.figures} />
        </>
      )}</Answered>
    </Page>
  )
}

const tokensOf = (rows: readonly Usage[]): number => rows.reduce((total, row) => total + row.input_tokens + row.output_tokens, 0)
const costOf = (rows: readonly Usage[]): string => sum(rows.filter((row) => row.currency === 'USD').map((row) => row.cost))

function Drawing({ view }: { readonly view: View }): ReactNode {
  const w = useWords(words)
  const p = useWords(partyWords)
  const format = useFormat()
  const usage = useAsk('GET /admin/v1/usage', { query: { group_by: 'organization,deployment,maker' } }, { keep: true })
  const models = useAsk('GET /admin/v1/models', {})
  const statements = useAsk('GET /admin/v1/statements', { query: {} })
  const own = new Set((models.data?.data ?? []).flatMap((model) => model.deployments.filter((one) => one.capacity === 'in-house').map((one) => one.id)))
  const rows = usage.data?.data ?? []
  const inHouse = rows.filter((row) => own.has(row.deployment ?? ''))
  const bought = rows.filter((row) => !own.has(row.deployment ?? ''))
  const buyer = bought.filter((row) => row.organization === 'buyer')
  const makers = bought.filter((row) => row.maker === 'openai')
  const statement = statements.data?.data[0]
  const tokens = (of: readonly Usage[]): string => (of.length === 0 ? w.nothing : format.short(tokensOf(of)))
  const money = (of: readonly Usage[]): string => (of.length === 0 ? w.nothing : format.money(costOf(of), 'USD'))
  const flow = (one: Omit<Flow, 'origin' | 'idle'>, idle: boolean): Flow => ({ ...one, origin: w.books, idle })
  const flows: readonly Flow[] = [
    flow({ id: 'made', from: 'maker', to: 'cloud', kind: 'tokens', label: w.tokensIn, value: tokens(makers), place: paths.money({ group: 'maker' }) }, makers.length === 0),
    flow({ id: 'settled', from: 'cloud', to: 'maker', kind: 'money', label: w.settles, value: statement === undefined ? w.noStatement : format.money(statement.net, statement.currency), place: paths.statements() }, statement === undefined),
    flow({ id: 'sold', from: 'cloud', to: 'buyer', kind: 'tokens', label: w.tokensOut, value: tokens(buyer), place: paths.calls({ organization: 'buyer' }) }, buyer.length === 0),
    flow({ id: 'paid', from: 'buyer', to: 'cloud', kind: 'money', label: w.pays, value: money(buyer), place: paths.money({ organization: 'buyer' }) }, buyer.length === 0),
    flow({ id: 'served', from: 'own', to: 'buyer', kind: 'tokens', label: w.served, value: tokens(inHouse), place: paths.money({ group: 'deployment' }) }, inHouse.length === 0),
    flow({ id: 'own-cost', from: 'buyer', to: 'own', kind: 'money', label: w.rate, value: money(inHouse), place: paths.outlook({ part: 'diversion' }) }, inHouse.length === 0),
  ]
  const calls = (of: readonly Usage[]): number => of.reduce((total, row) => total + row.calls, 0)
  const figure = (of: readonly Usage[]): string => w.callsOf(format.short(calls(of)))
  const parties: readonly FlowParty[] = [
    { id: 'maker', name: p.maker, role: p.makerRole, figure: figure(makers) }, { id: 'cloud', name: p.cloud, role: p.cloudRole, figure: money(bought) },
    { id: 'buyer', name: p.buyer, role: p.buyerRole, figure: figure(rows.filter((row) => row.organization === 'buyer')) }, { id: 'own', name: p.own, role: p.ownRole, figure: figure(inHouse) },
  ]
  if (usage.error !== null && usage.data === undefined) return <ErrorNote cause={usage.error} retry={() => void usage.refetch()} />
  return <FlowDrawing parties={parties} flows={flows} highlighted={view === 'all' ? undefined : view} words={{ title: w.drawing, from: w.from, to: w.to, what: w.what, amount: w.amount, origin: w.origin, open: w.open }} />
}

interface ChaptersProps { readonly demo: Demo; readonly view: View; readonly open: number; readonly onOpen: (chapter: number) => void }

function Chapters({ demo, view, open, onOpen }: ChaptersProps): ReactNode {
  const w = useWords(words)
  const start = useChange('POST /admin/v1/demo/runs', ['GET /admin/v1/demo'])
  const running = demo.runs.find((run) => run.state === 'running')
  const because = demo.why_not ?? (running === undefined ? undefined : w.busy)
  const run = (chapter: Chapter, place: 'here' | 'alone'): void => start.mutate({ body: { chapter, place } }, { onSuccess: () => onOpen(chapter) })
  return (
    <Panel title={w.chapters} note={demo.why_not ?? w.seedAll}>
      {start.error === null ? null : <div className="mb-4"><ErrorNote cause={start.error} /></div>}
      <ol className="grid grid-cols-[minmax(0,1fr)] gap-3 lg:grid-cols-2">
        {numbers.map((chapter) => <ChapterCard key={chapter} chapter={chapter} runs={demo.runs.filter((one) => one.chapter === chapter)} because={because} open={open === chapter} view={view} onOpen={(to) => onOpen(to ? chapter : 0)} onRun={(place) => run(chapter, place)} />)}
      </ol>
    </Panel>
  )
}

const tones: Readonly<Record<Run['state'], Tone>> = { passed: 'good', failed: 'bad', running: 'accent' }

interface CardProps { readonly chapter: Chapter; readonly runs: readonly Run[]; readonly because: string | undefined; readonly open: boolean; readonly view: View; readonly onOpen: (open: boolean) => void; readonly onRun: (place: 'here' | 'alone') => void }

function ChapterCard({ chapter, runs, because, open, view, onOpen, onRun }: CardProps): ReactNode {
  const w = useWords(words)
  const c = useWords(chapterWords)
  const latest = runs.toSorted((a, b) => (a.started_at < b.started_at ? 1 : -1))[0]
  const played = runs.some((run) => run.place === 'here' && run.state === 'passed')
  return (
    <li className={`min-w-0 rounded-xl border border-line p-4 ${open ? 'lg:col-span-2' : ''}`}>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <h3 className="font-semibold"><span className="text-muted">{chapter}</span> {c[`c${chapter}`]}</h3>
          <p className="text-muted">{c[`a${chapter}`]}</p>
          <p className="mt-1.5 flex flex-wrap gap-1.5">{runs.map((run) => <Badge key={run.place} tone={tones[run.state]}>{w[run.place]}: {w[run.state]}</Badge>)}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button does="POST /admin/v1/demo/runs" kind={played ? 'plain' : 'primary'} icon="play" small because={because} label={`${played ? w.again : w.play}: ${c[`c${chapter}`]}, ${w.playHint}`} onClick={() => onRun('here')}>{played ? w.again : w.play}</Button>
          <Button does="POST /admin/v1/demo/runs" icon="check" small because={because} label={`${w.prove}: ${c[`c${chapter}`]}, ${w.proveHint}`} onClick={() => onRun('alone')}>{w.prove}</Button>
          {latest === undefined ? null : <Button small kind="quiet" label={`${open ? w.hide : w.show}: ${c[`c${chapter}`]}`} onClick={() => onOpen(!open)}>{open ? w.hide : w.show}</Button>}
        </div>
      </div>
      {open && latest !== undefined ? <RunShown id={latest.id} view={view} /> : null}
    </li>
  )
}

/** While a run goes on it is read each second, and no longer: its end has everything else read again. */
function useRun(id: string): Run | undefined {
  const [tick, setTick] = useState(0)
  const asked = useAsk('GET /admin/v1/demo/runs/{run}', { params: { run: id } }, { keep: true })
  const state = asked.data?.state
  const { refetch } = asked
  useEffect(() => {
    if (state !== 'running') return
    const timer = setTimeout(() => { void refetch().then(() => setTick((n) => n + 1)) }, 1_000)
    return () => clearTimeout(timer)
  }, [state, tick, refetch])
  useEffect(() => {
    if (state === 'passed' || state === 'failed') void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'GET /admin/v1/demo/runs/{run}' })
  }, [state])
  return asked.data
}

function RunShown({ id, view }: { readonly id: string; readonly view: View }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const run = useRun(id)
  if (run === undefined) return null
  const seconds = ((run.ended_at === null ? Date.now() : Date.parse(run.ended_at)) - Date.parse(run.started_at)) / 1_000
  return (
    <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-4 border-t border-line pt-4">
      <p role="status" className="flex flex-wrap items-center gap-2"><Badge tone={tones[run.state]}>{w[run.state]}</Badge><span className="figures text-sm text-muted">{w.seconds(format.count(Math.round(seconds)))} · {w[run.place]} · {format.moment(run.started_at)}</span></p>
      {run.says === null ? null : <p role="alert" className="flex gap-2 rounded-lg bg-bad-tint px-3 py-2 break-words"><Icon name="alert" className="text-bad" />{run.says}</p>}
      {run.lines.length === 0 ? null : (
        <div>
          <h4 className="text-sm font-medium text-muted">{w.said}</h4>
          <ul lang="en" className="figures mt-1 grid gap-1">{run.lines.map((line, index) => <li key={index} className="break-words">{line.says}</li>)}</ul>
        </div>
      )}
      {run.books === null ? null : <Changes books={run.books} view={view} />}
    </div>
  )
}

interface Change { readonly key: BookKey; readonly book: 'buyer' | 'cloud' | 'maker' | 'own'; readonly before: string; readonly after: string; readonly unit: string }

function changesOf({ before, after }: NonNullable<Run['books']>): readonly Change[] {
  return after.flatMap(({ book, figure, value, unit }) => {
    const then = before.find((one) => one.book === book && one.figure === figure)?.value ?? '0'
    const key = `${book} ${figure}`
    return then === value || !(key in bookWords) ? [] : [{ key: key as BookKey, book: book as Change['book'], before: then, after: value, unit }]
  })
}

function Changes({ books, view }: { readonly books: NonNullable<Run['books']>; readonly view: View }): ReactNode {
  const w = useWords(words)
  const p = useWords(partyWords)
  const b = useWords(bookWords)
  const format = useFormat()
  const say = (value: string, unit: string): string => (unit === 'USD' ? format.money(value, 'USD') : format.short(Number(value)))
  const changes = changesOf(books).filter((one) => view === 'all' || one.book === view)
  return (
    <div>
      <h4 className="text-sm font-medium text-muted">{w.changed}</h4>
      {changes.length === 0 ? <p className="mt-1">{w.unchanged}</p> : (
        <div className="mt-1 px-5"><Table caption={w.changed} rows={changes} rowKey={(row) => row.key} columns={[
          { id: 'book', head: w.book, cell: (row) => <span className="font-medium">{p[row.book]}</span> }, { id: 'figure', head: w.figure, wrap: true, cell: (row) => { const to = bookPlaces[row.key]; return to === undefined ? b[row.key] : <Go to={to}>{b[row.key]}</Go> } },
          { id: 'before', head: w.before, end: true, cell: (row) => <span className="text-muted">{say(row.before, row.unit)}</span>, from: 'sm' }, { id: 'after', head: w.after, end: true, cell: (row) => <span className="font-medium">{say(row.after, row.unit)}</span> },
        ]} /></div>
      )}
    </div>
  )
}

function Given({ figures }: { readonly figures: Demo['figures'] }): ReactNode {
  const w = useWords(words)
  const f = useWords(figureWords)
  const format = useFormat()
  const origins: Readonly<Record<string, string>> = { reported: w.reported, derived: w.derived, assumed: w.assumed }
  const value = (one: Demo['figures'][number]): string => (one.unit.startsWith('USD') && /^[\d.]+$/.test(one.value) ? format.money(one.value, 'USD') : one.unit.startsWith('percent') && /^[\d.]+( to [\d.]+)?$/.test(one.value) ? `${one.value.replace(' to ', '–')} %` : one.value)
  const toneOf: Readonly<Record<string, Tone>> = { reported: 'accent', derived: 'plain', assumed: 'warn' }
  return (
    <Panel title={w.given} note={w.reportedNote}>
      <Table caption={w.given} rows={figures} rowKey={(one) => one.id} columns={[
        { id: 'what', head: w.figure, wrap: true, cell: (one) => (one.id in f ? f[one.id as keyof typeof figureWords] : one.says ?? one.id) }, { id: 'value', head: w.value, end: true, cell: (one) => <span className="font-medium">{value(one)}</span> },
        { id: 'origin', head: w.origin, cell: (one) => <Badge tone={toneOf[one.origin] ?? 'plain'} title={one.from ?? undefined}>{origins[one.origin] ?? one.origin}</Badge> }, { id: 'from', head: w.from, wrap: true, cell: (one) => <code className="text-sm text-muted">{one.from ?? ''}</code>, from: 'lg' },
      ]} />
    </Panel>
  )
}
