/** What others were told to expect, and what came of the same base; before it came, how likely it falls where. */
import { useMemo, type ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Badge, Panel, type Tone } from '../parts/panel.tsx'
import { NotKnown, PlannedFigures, type Outlook } from '../parts/planned-figures.tsx'
import { RangeMark } from '../parts/range-mark.tsx'
import { SeriesChart } from '../parts/series-chart.tsx'
import { Empty } from '../parts/states.tsx'

const words = {
  title: ['Guidance against actuals', 'Previsioni e consuntivi'], none: ['No guidance is recorded', 'Nessuna previsione registrata'], noneHint: ['Record what was said: weir outlook guidance set --help', 'Registra che cosa è stato detto: weir outlook guidance set --help'],
  guided: ['guided', 'previsto'], actual: ['actual', 'consuntivo'], noActual: ['no actual of this base yet', 'nessun consuntivo su questa base'], below: ['below range', 'sotto l’intervallo'], within: ['within range', 'nell’intervallo'], above: ['above range', 'sopra l’intervallo'], preliminary: [(day: string) => `preliminary: known ${day}, before the quarter ended`, (day: string) => `provvisorio: noto dal ${day}, prima che il trimestre finisse`], unknownEnd: ['when this fiscal quarter ends is not recorded, so whether the figure is final is not known', 'non è registrato quando questo trimestre finisce: non si sa se la cifra è definitiva'], by: [(owner: string, day: string) => `by ${owner}, ${day}`, (owner: string, day: string) => `di ${owner}, ${day}`],
  assumes: ['Assumes', 'Presuppone'], source: ['Source', 'Fonte'], over: ['Over the quarters', 'Per trimestre'], low: ['low end', 'estremo basso'], high: ['high end', 'estremo alto'], odds: ['How likely', 'Quanto è probabile'], quarter: ['Quarter', 'Trimestre'], apart: ['Each base stands for itself: figures of two bases are never compared.', 'Ogni base sta per sé: cifre di basi diverse non si confrontano.'],
} as const satisfies Words

type Line = Outlook['guidance'][number]

/** First day of a quarter: fiscal calendars are drawn as if they were the year's. */
function timeOf(quarter: string): number {
  const [, year = '1970', number = '1'] = /(\d{4})Q(\d)/.exec(quarter) ?? []
  return Date.UTC(Number(year), (Number(number) - 1) * 3, 1)
}

export function GuidanceAgainstActuals({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const groups = useMemo(() => [...Map.groupBy(outlook.guidance, ({ guidance: it }) => `${it.base} · ${it.metric} · ${it.unit}`)], [outlook.guidance])
  if (groups.length === 0) return <Panel title={w.title}><Empty icon="outlook" title={w.none}>{w.noneHint}</Empty></Panel>
  return groups.map(([base, lines]) => (
    <Panel key={base} title={base} note={w.apart}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {lines.length > 1 ? <Quarters lines={lines} /> : null}
        {lines.map((line) => <GuidanceShown key={line.id} line={line} />)}
      </div>
    </Panel>
  ))
}

function Quarters({ lines }: { readonly lines: readonly Line[] }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const sorted = useMemo(() => lines.toSorted((a, b) => timeOf(a.guidance.quarter) - timeOf(b.guidance.quarter)), [lines])
  const times = useMemo(() => sorted.map((line) => timeOf(line.guidance.quarter)), [sorted])
  const series = useMemo(() => [
    { name: w.actual, values: sorted.map((line) => (line.actual === undefined ? null : Number(line.actual.actual.value))) },
    { name: w.guided, values: sorted.map((line) => (Number(line.guidance.low) + Number(line.guidance.high)) / 2), band: { low: sorted.map((line) => Number(line.guidance.low)), high: sorted.map((line) => Number(line.guidance.high)) } },
  ], [sorted, w])
  const unit = lines[0]?.guidance.unit ?? ''
  const say = useMemo(() => (value: number) => `${format.count(value)} ${unit}`, [format, unit])
  const sayTime = useMemo(() => (ms: number) => `${new Date(ms).getUTCFullYear()} Q${Math.floor(new Date(ms).getUTCMonth() / 3) + 1}`, [])
  return <SeriesChart title={w.over} unit={unit} times={times} series={series} say={say} sayTime={sayTime} signed />
}

const tones: Readonly<Record<string, Tone>> = { 'below range': 'bad', 'within range': 'good', 'above range': 'accent' }

function GuidanceShown({ line: { guidance: it, actual, odds } }: { readonly line: Line }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const verdict = actual?.compared.status === 'compared' ? actual.compared.verdict : undefined
  const finality = actual?.compared.status === 'compared' ? actual.compared.finality.status : 'final'
  const verdicts: Readonly<Record<string, string>> = { 'below range': w.below, 'within range': w.within, 'above range': w.above }
  return (
    <article className="grid grid-cols-[minmax(0,1fr)] gap-3 border-t border-line pt-4 first:border-0 first:pt-0 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="grid content-start gap-1">
        <h3 className="flex flex-wrap items-center gap-2 font-semibold">{it.quarter} {verdict === undefined ? <Badge>{w.noActual}</Badge> : <Badge tone={tones[verdict] ?? 'plain'}>{verdicts[verdict]}</Badge>}</h3>
        <p className="figures text-xl font-semibold">{it.low}–{it.high} {it.unit} <span className="text-sm font-normal text-muted">{w.guided}</span>{actual === undefined ? null : <> · {actual.actual.value} {actual.actual.unit} <span className="text-sm font-normal text-muted">{w.actual}</span></>}</p>
        {actual === undefined || finality === 'final' ? null : <p className="text-sm text-warn">{finality === 'preliminary' ? w.preliminary(format.date(actual.actual.known)) : w.unknownEnd}</p>}
        <p className="text-sm text-muted">{w.by(it.owner, format.date(it.given))} · {w.source}: {it.source}</p>
        <p className="text-sm text-muted">{w.assumes}: <span lang="en">{it.assumptions.join('; ')}</span></p>
      </div>
      <div className="grid content-start gap-3">
        <RangeMark low={Number(it.low)} high={Number(it.high)} actual={actual === undefined ? undefined : Number(actual.actual.value)} label={`${it.quarter}: ${it.low}–${it.high} ${it.unit} ${w.guided}${actual === undefined ? `, ${w.noActual}` : `, ${actual.actual.value} ${w.actual}`}`} />
        {odds === undefined ? null : odds.status === 'missing' ? <NotKnown missing={odds.missing} /> : <PlannedFigures figures={odds.figures} title={w.odds} />}
      </div>
    </article>
  )
}
