/** What the detector saw: score cards with their error rates beside them, cleared with one click under a registered use case. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, Segments, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Figure, Panel, type Tone } from '../parts/panel.tsx'
import { RangeBar } from '../parts/range-bar.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { CasesFrame } from './cases-page.tsx'
import type { PurposeBody } from './register.tsx'

const words = {
  title: ['Signals', 'Segnali'], intro: ['A signal accuses nobody: it says that calls changed in a way that fits distillation, and how often such a saying is wrong.', 'Un segnale non accusa nessuno: dice che le chiamate sono cambiate in un modo compatibile con la distillazione, e quanto spesso ciò è errato.'], looked: ['Calls looked at since yesterday', 'Chiamate esaminate da ieri'], ofCalls: [(n: string) => `of ${n}`, (n: string) => `su ${n}`], threshold: ['Threshold', 'Soglia'], deviations: ['standard deviations', 'deviazioni standard'], perDay: ['New cases a day, at most', 'Nuovi casi al giorno, al massimo'],
  rates: ['How often it is wrong', 'Quanto spesso sbaglia'], ratesNote: [(when: string) => `Measured: ${when}. Bars are 95 % intervals.`, (when: string) => `Misurato: ${when}. Le barre sono intervalli al 95 %.`], falseAlarms: ['Ordinary windows that were flagged', 'Finestre ordinarie segnalate'], detection: ['Windows of distillation that were flagged', 'Finestre di distillazione segnalate'], hits: [(a: string, b: string) => `${a} of ${b}`, (a: string, b: string) => `${a} su ${b}`],
  none: ['No signal', 'Nessun segnale'], noneHint: ['Calls are compared with their own past and with others under the same purpose.', 'Le chiamate si confrontano con il proprio passato e con altre della stessa finalità.'], show: ['Show', 'Mostra'], all: ['All', 'Tutti'], waiting: ['waiting', 'in attesa'], open: ['open', 'aperto'], case: ['a case', 'un caso'], cleared: ['cleared', 'chiarito'], clear: ['Clear', 'Chiarisci'], clearTitle: [(s: string) => `Clear the signal about ${s}`, (s: string) => `Chiarisci il segnale su ${s}`], explains: ['Registered use case that explains it', 'Caso d’uso registrato che lo spiega'], why: ['Why', 'Perché'], clearNote: ['The same change does not signal again.', 'Lo stesso cambiamento non segnalerà più.'], noPurpose: ['No purpose of this organization is registered', 'Nessuna finalità registrata per questa organizzazione'], by: [(who: string, under: string) => `Cleared by ${who} under ${under}`, (who: string, under: string) => `Chiarito da ${who} con ${under}`],
  score: ['Farthest window', 'Finestra più lontana'], accumulated: ['Accumulated', 'Accumulato'], keys: ['Keys', 'Chiavi'], calls: ['Calls', 'Chiamate'], tokens: ['Tokens', 'Token'], techniques: ['Techniques found in prompts', 'Tecniche nei prompt'], rhythm: ['Machine-like rhythm', 'Ritmo automatico'], shared: ['Key shared between networks', 'Chiave condivisa tra reti'], yes: ['yes', 'sì'], no: ['no', 'no'], windows: ['Windows', 'Finestre'], size: ['Prompts', 'Prompt'], own: ['From its own past', 'Dal proprio passato'], others: ['From others of its purpose', 'Da altri della finalità'], mismatch: ['Does not fit the purpose', 'Non combacia con la finalità'], toCase: ['The case', 'Il caso'], purpose: ['Purpose', 'Finalità'],
} as const satisfies Words

type Signals = Answer<'GET /admin/v1/signals'>
type Signal = Signals['data'][number]
type Rate = Signals['error_rates']['falseAlarms'][number]
const states = ['waiting', 'open', 'case', 'cleared'] as const
const tones: Readonly<Record<Signal['state'], Tone>> = { waiting: 'warn', open: 'warn', case: 'bad', cleared: 'good' }

export function SignalsPage(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const [search, change] = useAddress()
  const state = states.find((one) => one === search['state'])
  const signals = useAsk('GET /admin/v1/signals', { query: state === undefined ? {} : { state } }, { keep: true })
  return (
    <CasesFrame title={w.title} intro={w.intro}>
      <Answered asked={signals} rows={8}>{({ data, threshold, cases_per_day: perDay, coverage, error_rates: rates }) => (
        <>
          <div className="grid gap-4 sm:grid-cols-3"><Figure label={w.looked} value={format.count(coverage.sketched)} note={w.ofCalls(format.count(coverage.calls))} /><Figure label={w.threshold} value={format.count(threshold)} note={w.deviations} /><Figure label={w.perDay} value={format.count(perDay)} /></div>
          <Segments label={w.show} value={state ?? 'all'} onChange={(next) => change({ state: next === 'all' ? '' : next })} options={[['all', w.all], ...states.map((one) => [one, w[one]] as const)]} />
          {data.length === 0 ? <Panel title={w.title}><Empty icon="pulse" title={w.none}>{w.noneHint}</Empty></Panel> : data.map((one) => <Card key={one.id} signal={one} />)}
          <Panel title={w.rates} note={w.ratesNote(rates.measured)}>
            <div className="grid gap-6 lg:grid-cols-2"><Rates title={w.falseAlarms} rates={rates.falseAlarms} /><Rates title={w.detection} rates={rates.detection} /></div>
          </Panel>
        </>
      )}</Answered>
    </CasesFrame>
  )
}

function Rates({ title, rates }: { readonly title: string; readonly rates: readonly Rate[] }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return (
    <section aria-label={title}>
      <h3 className="mb-2 text-sm font-semibold text-muted">{title}</h3>
      <ul className="grid gap-3">
        {rates.map((one) => (
          <li key={one.what} className="grid gap-1">
            <p className="flex flex-wrap justify-between gap-x-4"><span>{one.what}</span><span className="figures text-sm text-muted">{w.hits(format.count(one.hits), format.count(one.of))} · {format.percent(one.low)}–{format.percent(one.high)}</span></p>
            <RangeBar low={one.low} at={one.of === 0 ? undefined : one.hits / one.of} high={one.high} label={`${one.what}: ${format.percent(one.low)}–${format.percent(one.high)}`} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Card({ signal }: { readonly signal: Signal }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const format = useFormat()
  const [asked, setAsked] = useState(false)
  const { card } = signal
  const found = card.techniques.filter((one) => one.hit)
  const sigma = (value: number | null): string => (value === null ? '–' : `${format.count(Math.round(value * 10) / 10)} σ`)
  return (
    <Panel title={`${signal.organization}${signal.project === null ? '' : ` / ${signal.project}`}`} note={card.says.join(' ')}
      actions={<><Badge tone={tones[signal.state]}>{w[signal.state]}</Badge>{signal.case === null ? null : <Go to={paths.case(signal.case)}>{w.toCase}</Go>}{signal.state === 'cleared' ? null : <Button does="POST /admin/v1/signals/{signal}/clear" small icon="check" label={`${w.clear}: ${signal.subject}`} onClick={() => setAsked(true)}>{w.clear}</Button>}</>}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {signal.cleared === null ? null : <p className="rounded-lg bg-good-tint px-3 py-2 text-good">{w.by(named(signal.cleared.by), signal.cleared.under)}: {signal.cleared.says}</p>}
        <dl className="figures grid grid-cols-2 gap-x-8 gap-y-3 sm:grid-cols-4 xl:grid-cols-8">
          {([[w.score, sigma(card.score)], [w.accumulated, format.count(Math.round(card.accumulated * 10) / 10)], [w.calls, format.short(card.calls)], [w.tokens, format.short(card.tokens)], [w.keys, format.count(card.keys.length)], [w.rhythm, card.rhythm.machine_like ? w.yes : w.no], [w.shared, card.sharing.shared ? w.yes : w.no], [w.purpose, card.purpose ?? '–']] as const).map(([label, value]) => <div key={label} className="min-w-0"><dt className="text-sm text-muted">{label}</dt><dd className="font-medium break-words">{value}</dd></div>)}
        </dl>
        {card.mismatch.length === 0 ? null : <p><span className="font-medium">{w.mismatch}:</span> {card.mismatch.join(' ')}</p>}
        {found.length === 0 ? null : <div><h3 className="mb-1.5 text-sm font-semibold text-muted">{w.techniques}</h3><ul className="grid gap-1.5">{found.map((one) => <li key={one.name} className="flex flex-wrap items-center gap-2"><Badge tone="warn">{one.name}</Badge><span>{one.says}</span><span className="figures text-sm text-muted">{w.hits(format.count(one.hits), format.count(one.of))} · {format.percent(one.low)}–{format.percent(one.high)}</span></li>)}</ul></div>}
        {card.windows.length === 0 ? null : (
          <details><summary className="w-fit text-sm text-muted hover:text-ink">{w.windows}</summary><div className="mt-2 px-5"><Table caption={`${w.windows}, ${signal.subject}`} rows={card.windows} rowKey={(_, index) => String(index)} columns={[{ id: 'size', head: w.size, cell: (one) => format.count(one.size) }, { id: 'own', head: w.own, end: true, cell: (one) => sigma(one.own) }, { id: 'purpose', head: w.others, end: true, cell: (one) => sigma(one.purpose) }]} /></div></details>
        )}
      </div>
      {asked ? <Clear signal={signal} onClose={() => setAsked(false)} /> : null}
    </Panel>
  )
}

function Clear({ signal, onClose }: { readonly signal: Signal; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const clear = useChange('POST /admin/v1/signals/{signal}/clear', ['GET /admin/v1/signals', 'GET /admin/v1/cases'])
  const purposes = (useAsk('GET /admin/v1/terms/records/{kind}', { params: { kind: 'purposes' }, query: { organization: signal.organization } }).data?.data ?? []).map((one) => one.body as PurposeBody)
  const [purpose, setPurpose] = useState('')
  const [says, setSays] = useState('')
  const chosen = purpose === '' ? (purposes[0]?.id ?? '') : purpose
  return (
    <FormDialog title={w.clearTitle(signal.subject)} verb={w.clear} onClose={onClose} busy={clear.isPending} failure={clear.error} onSubmit={() => clear.mutate({ params: { signal: signal.id }, body: { purpose: chosen, ...(says === '' ? {} : { says }) } } as never, { onSuccess: onClose })}>
      <p className="text-muted">{purposes.length === 0 ? w.noPurpose : w.clearNote}</p>
      <ChoiceField label={w.explains} value={chosen} onChange={setPurpose} options={purposes.map((one) => [one.id, one.says] as const)} />
      <TextField label={w.why} value={says} onChange={setSays} />
    </FormDialog>
  )
}
