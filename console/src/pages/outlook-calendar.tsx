/** What ends when, with whom it concerns; and signs that a customer is going. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Go } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { NotKnown, Sources, type Outlook } from '../parts/planned-figures.tsx'
import { Empty } from '../parts/states.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { paths } from '../paths.ts'

const words = {
  calendar: ['What ends when', 'Che cosa scade e quando'], none: ['Nothing ends within 400 days', 'Nulla scade entro 400 giorni'], inDays: [(n: string) => `in ${n} days`, (n: string) => `fra ${n} giorni`], keys: [(n: number) => `Keys that call it: ${n}`, (n: number) => `Chiavi che lo chiamano: ${n}`], calls: [(n: string) => `${n} calls in 28 days`, (n: string) => `${n} chiamate in 28 giorni`],
  contract: ['contract', 'contratto'], commitment: ['commitment', 'impegno'], credit: ['credit', 'credito'], 'reserved units': ['reserved units', 'unità riservate'], 'model retirement': ['model retirement', 'ritiro di un modello'],
  signs: ['Early signs', 'Primi segnali'], signsNote: ['Signs, not verdicts: each has plain other causes.', 'Segnali, non verdetti: ognuno ha altre cause possibili.'], noSigns: ['No sign that a customer is going', 'Nessun segnale che un cliente se ne vada'],
  'falling share of calls': ['falling share of calls', 'quota di chiamate in calo'], 'growing share on own deployments': ['growing share on own deployments', 'quota in crescita su deployment propri'], 'pilot ended': ['a pilot ended', 'una prova è finita'], 'project fell silent': ['a project fell silent', 'un progetto tace'], 'contract ends': ['contract ends', 'contratto in scadenza'], points: [(low: string, high: string) => `between ${low} and ${high} points, 95 %`, (low: string, high: string) => `fra ${low} e ${high} punti, 95 %`], windows: [(a: string, b: string) => `${a} against ${b}`, (a: string, b: string) => `${a} rispetto a ${b}`],
  ends: [(party: string) => `The contract with ${party} ends.`, (party: string) => `Finisce il contratto con ${party}.`], commitmentEnds: [(amount: string) => `A commitment of ${amount} ends.`, (amount: string) => `Finisce un impegno di ${amount}.`], creditExpires: [(amount: string) => `A credit of ${amount} expires.`, (amount: string) => `Scade un credito di ${amount}.`],
  retired: [(model: string) => `${model} is retired.`, (model: string) => `${model} viene ritirato.`], instead: [(model: string) => `Its maker names ${model} instead.`, (model: string) => `Il produttore indica ${model} al suo posto.`],
  fell: [(points: string) => `Its share of all calls fell by ${points} points.`, (points: string) => `La sua quota di tutte le chiamate è scesa di ${points} punti.`], grew: [(points: string) => `Its share of calls on deployments of its own grew by ${points} points.`, (points: string) => `La sua quota di chiamate su deployment propri è cresciuta di ${points} punti.`],
  pilot: [(purpose: string, from: string) => `Pilot ${purpose} made its last call on ${from}.`, (purpose: string, from: string) => `La prova ${purpose} ha fatto l’ultima chiamata il ${from}.`],
  silent: [(project: string, from: string) => `Project ${project} has made no call since ${from}.`, (project: string, from: string) => `Il progetto ${project} non fa chiamate dal ${from}.`], contractEnds: [(contract: string, day: string) => `Contract ${contract} ends on ${day}.`, (contract: string, day: string) => `Il contratto ${contract} finisce il ${day}.`], contractEnded: [(contract: string, day: string) => `Contract ${contract} ended on ${day}.`, (contract: string, day: string) => `Il contratto ${contract} è finito il ${day}.`],
} as const satisfies Words

type Ending = Outlook['calendar'][number]
type Sign = Outlook['earlySigns']['signs'][number]

/** What ends, in the reader's language where the answer has its parts; reserved units as the planner says it. */
function EndingSaid({ of: one }: { readonly of: Ending }): ReactNode {
  const w = useWords(words)
  const said: Readonly<Record<Ending['what'], string | undefined>> = {
    contract: one.party === undefined ? undefined : w.ends(one.party), commitment: one.amount === undefined ? undefined : w.commitmentEnds(one.amount), credit: one.amount === undefined ? undefined : w.creditExpires(one.amount),
    'reserved units': undefined, 'model retirement': [w.retired(one.name), ...(one.replacement === undefined ? [] : [w.instead(one.replacement)])].join(' '),
  }
  const text = said[one.what]
  return text === undefined ? <p lang="en" className="text-sm break-words">{one.says}</p> : <p className="text-sm break-words">{text}</p>
}

function SignSaid({ of: { sign, points, about = '', inputs }, windows }: { readonly of: Sign; readonly windows: Outlook['earlySigns']['windows'] }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const date = inputs[0]?.date ?? windows.later.from
  const moved = format.count(Math.abs(points?.estimate ?? 0))
  const said: Readonly<Record<Sign['sign'], string>> = {
    'falling share of calls': w.fell(moved), 'growing share on own deployments': w.grew(moved), 'pilot ended': w.pilot(about, format.date(date)), 'project fell silent': w.silent(about, format.date(date)),
    'contract ends': date < windows.later.until ? w.contractEnded(about, format.date(date)) : w.contractEnds(about, format.date(date)),
  }
  return <p>{said[sign]}</p>
}

export function Calendar({ outlook }: { readonly outlook: Outlook }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const { signs, missing, windows } = outlook.earlySigns
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-2">
      <Panel title={w.calendar}>
        {outlook.calendar.length === 0 ? <Empty icon="outlook" title={w.none} /> : (
          <Timeline label={w.calendar} steps={outlook.calendar.map((one) => ({
            id: `${one.day} ${one.what} ${one.name}`, tone: one.days <= 90 ? 'warn' as const : 'plain' as const,
            title: <span className="flex flex-wrap items-center gap-2">{format.date(one.day)} <Badge>{w[one.what]}</Badge> <span>{one.name}</span></span>, note: `${w.inDays(format.count(one.days))}${one.party === undefined ? '' : ` · ${one.party}`}`,
            children: <><EndingSaid of={one} />{one.keys.length === 0 ? null : (
              <details className="mt-1 text-sm"><summary className="w-fit text-muted hover:text-ink">{w.keys(one.keys.length)}</summary><ul className="mt-1 grid gap-0.5">{one.keys.map((key) => <li key={key.key}><Go to={paths.calls({ key: key.key })}>{key.project}</Go> · {w.calls(format.short(key.calls))}</li>)}</ul></details>
            )}</>,
          }))} />
        )}
      </Panel>
      <Panel title={w.signs} note={`${w.signsNote} ${w.windows(`${windows.later.from} – ${windows.later.until}`, `${windows.earlier.from} – ${windows.earlier.until}`)}`}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {missing.length === 0 ? null : <NotKnown missing={missing} />}
          {signs.length === 0 && missing.length === 0 ? <Empty icon="check" title={w.noSigns} /> : null}
          {signs.map((sign) => (
            <article key={`${sign.customer} ${sign.sign} ${sign.says}`} className="grid grid-cols-[minmax(0,1fr)] gap-1 border-b border-line pb-3 last:border-0">
              <h3 className="flex flex-wrap items-center gap-2 font-semibold">{sign.customer} <Badge tone="warn">{w[sign.sign]}</Badge></h3>
              <SignSaid of={sign} windows={windows} />
              {sign.points === undefined ? null : <p className="figures text-sm text-muted">{w.points(format.count(sign.points.low), format.count(sign.points.high))}</p>}
              <details className="text-sm"><summary className="w-fit text-muted hover:text-ink">{sign.inputs[0]?.kind}</summary><Sources inputs={sign.inputs} title={sign.sign} /></details>
            </article>
          ))}
        </div>
      </Panel>
    </div>
  )
}
