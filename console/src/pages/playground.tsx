/** Try models, one or several side by side, through the gateway with a key: real calls, metered and booked. */
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { chat, type Message, type Progress } from '../chat.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useLive } from '../live.ts'
import { Button } from '../parts/button.tsx'
import { Code } from '../parts/code.tsx'
import { AreaField, Field } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Page, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { PlaygroundKey } from './playground-key.tsx'

const words = {
  title: ['Playground', 'Banco di prova'], intro: ['These are real calls: they count against the key’s limits and budgets, and stand in the books.', 'Sono chiamate vere: contano per limiti e budget della chiave e restano nei registri.'], noKey: ['Paste a key first, or make one', 'Incolla prima una chiave o creane una'],
  models: ['Models, at most three', 'Modelli, al massimo tre'], add: ['Choose a model', 'Scegli un modello'], remove: [(name: string) => `Remove ${name}`, (name: string) => `Togli ${name}`], system: ['Instructions (optional)', 'Istruzioni (facoltative)'], prompt: ['Message', 'Messaggio'], send: ['Send', 'Invia'], stop: ['Stop', 'Ferma'], json: ['JSON output', 'Output JSON'], tools: ['Tools', 'Strumenti'], toolsJson: ['Tools as JSON', 'Strumenti in JSON'], toolsHint: ['As the chat completions API takes them. Nothing is run: what the model asks for is shown.', 'Come li accetta l’API chat completions. Nulla viene eseguito: si mostra ciò che il modello chiede.'], toolSample: ['Use a sample', 'Usa un esempio'], toolsBad: ['The tools are not a list in JSON', 'Gli strumenti non sono un elenco JSON'], asks: ['Asks to run', 'Chiede di eseguire'], again: ['Start over', 'Ricomincia'],
  first: ['First token', 'Primo token'], total: ['Total', 'Totale'], speed: ['Speed', 'Velocità'], perSecond: [(n: string) => `${n} tokens/s`, (n: string) => `${n} token/s`], tokens: ['Tokens', 'Token'], cost: ['Cost', 'Costo'], inFull: ['The call in full', 'La chiamata in dettaglio'], waiting: ['being booked…', 'in registrazione…'], writing: ['writing…', 'scrive…'], you: ['You', 'Tu'],
  empty: ['Choose a model and write', 'Scegli un modello e scrivi'], emptyHint: ['Choose two or three to compare their answers, speed and cost side by side.', 'Scegline due o tre per confrontare risposte, velocità e costo.'], noModel: ['Choose a model', 'Scegli un modello'], fastest: ['fastest', 'più veloce'], setup: ['What is asked', 'Cosa si chiede'],
} as const satisfies Words

const modelsMax = 3

interface Turn { readonly prompt: string; readonly answers: Readonly<Record<string, Progress>> }

export function PlaygroundPage(): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const chosen = (search['models'] ?? '').split(',').filter((one) => one !== '').slice(0, modelsMax)
  const [secret, setSecret] = useState('')
  const [system, setSystem] = useState('')
  const [json, setJson] = useState(false)
  const [toolText, setToolText] = useState('')
  const tools = toolsOf(toolText)
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const [stop, setStop] = useState<AbortController>()
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' })
  }, [turns.length])

  const send = async (prompt: string): Promise<void> => {
    const abort = new AbortController()
    setStop(abort)
    const before = turns
    setTurns([...before, { prompt, answers: {} }])
    await Promise.all(chosen.map((model) => chat({ secret, model, json, tools: tools ?? [], signal: abort.signal, messages: messagesFor(model, before, prompt, system) }, (progress) => {
      setTurns((now) => now.map((turn, index) => (index === before.length ? { ...turn, answers: { ...turn.answers, [model]: progress } } : turn)))
    })))
    setStop(undefined)
  }
  return (
    <Page title={w.title} intro={w.intro} actions={turns.length === 0 ? undefined : <Button icon="rotate" onClick={() => { stop?.abort(); setTurns([]) }}>{w.again}</Button>}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[22rem_minmax(0,1fr)]">
        <Panel title={w.setup} className="self-start">
          <div className="grid gap-4">
            <PlaygroundKey secret={secret} onChange={setSecret} />
            <Models chosen={chosen} onChange={(models) => change({ models: models.join(',') })} />
            <Field label={w.system}>{(ids) => <textarea {...ids} className="input" value={system} onChange={(event) => setSystem(event.target.value)} />}</Field>
            <label className="inline-flex items-center gap-2"><input type="checkbox" className="size-4 accent-(--accent)" checked={json} onChange={(event) => setJson(event.target.checked)} />{w.json}</label>
            <details><summary className="w-fit text-sm font-medium text-accent hover:underline">{w.tools}</summary><div className="mt-2 grid gap-2"><AreaField label={w.toolsJson} hint={w.toolsHint} rows={7} mono value={toolText} onChange={setToolText} /><div><Button small onClick={() => setToolText(sampleTool)}>{w.toolSample}</Button></div></div></details>
          </div>
        </Panel>
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-5">
          {turns.length === 0 ? <div className="rounded-2xl border border-line bg-surface"><Empty icon="playground" title={w.empty}>{w.emptyHint}</Empty></div> : turns.map((turn, index) => <TurnView key={index} turn={turn} />)}
          <div ref={end} />
          <Composer busy={stop !== undefined} because={secret.trim() === '' ? w.noKey : chosen.length === 0 ? w.noModel : tools === undefined ? w.toolsBad : undefined} onSend={(prompt) => void send(prompt)} onStop={() => stop?.abort()} />
        </div>
      </div>
    </Page>
  )
}

const sampleTool = JSON.stringify([{ type: 'function', function: { name: 'river_level', description: 'The level of a river now, in metres.', parameters: { type: 'object', properties: { river: { type: 'string' } }, required: ['river'] } } }], undefined, 2)

/** The tools that were written; none where nothing was, undefined where it is not a list in JSON. */
function toolsOf(text: string): readonly unknown[] | undefined {
  if (text.trim() === '') return []
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed : undefined
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return undefined
  }
}

/** What a model has seen and said so far, and the new question. */
function messagesFor(model: string, turns: readonly Turn[], prompt: string, system: string): readonly Message[] {
  const said = turns.flatMap((turn): Message[] => {
    const answer = turn.answers[model]
    return answer === undefined || answer.text === '' ? [] : [{ role: 'user', content: turn.prompt }, { role: 'assistant', content: answer.text }]
  })
  return [...(system.trim() === '' ? [] : [{ role: 'system', content: system } as const]), ...said, { role: 'user', content: prompt }]
}

function Models({ chosen, onChange }: { readonly chosen: readonly string[]; readonly onChange: (models: readonly string[]) => void }): ReactNode {
  const w = useWords(words)
  const models = useAsk('GET /admin/v1/models', {})
  return (
    <div className="grid gap-2">
      <Answered asked={models} rows={1}>{({ data }) => (
        <Field label={w.models}>{(ids) => (
          <select {...ids} className="input" value="" disabled={chosen.length >= modelsMax} onChange={(event) => onChange([...chosen, event.target.value])}>
            <option value="">{w.add}</option>
            {data.filter((one) => !chosen.includes(one.name)).map((one) => <option key={one.name} value={one.name}>{one.name}</option>)}
          </select>
        )}</Field>
      )}</Answered>
      <ul className="flex flex-wrap gap-2">{chosen.map((one) => <li key={one}><Button small icon="close" label={w.remove(one)} onClick={() => onChange(chosen.filter((other) => other !== one))}>{one}</Button></li>)}</ul>
    </div>
  )
}

function Composer({ busy, because, onSend, onStop }: { readonly busy: boolean; readonly because: string | undefined; readonly onSend: (prompt: string) => void; readonly onStop: () => void }): ReactNode {
  const w = useWords(words)
  const [prompt, setPrompt] = useState('')
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    if (busy || because !== undefined || prompt.trim() === '') return
    onSend(prompt.trim())
    setPrompt('')
  }
  return (
    <form onSubmit={submit} className="sticky bottom-3 grid gap-3 rounded-2xl border border-line bg-surface p-4 shadow-lg">
      <Field label={w.prompt}>{(ids) => <textarea {...ids} rows={2} className="input min-h-16!" value={prompt} onChange={(event) => setPrompt(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit() }} />}</Field>
      <div className="flex justify-end gap-2">{busy ? <Button onClick={onStop}>{w.stop}</Button> : <Button type="submit" kind="primary" icon="right" because={because}>{w.send}</Button>}</div>
    </form>
  )
}

function TurnView({ turn }: { readonly turn: Turn }): ReactNode {
  const w = useWords(words)
  const answers = Object.entries(turn.answers)
  const finished = answers.filter(([, one]) => one.done && one.failure === undefined)
  const fastest = finished.length > 1 && finished.length === answers.length ? finished.reduce((best, one) => (one[1].totalMs < best[1].totalMs ? one : best))[0] : undefined
  return (
    <section aria-label={turn.prompt} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="justify-self-end rounded-2xl rounded-br-sm bg-tint px-4 py-2 break-words whitespace-pre-line"><span className="sr-only">{w.you}: </span>{turn.prompt}</p>
      <div className={`grid grid-cols-[minmax(0,1fr)] gap-4 ${answers.length === 2 ? 'lg:grid-cols-2' : answers.length === 3 ? 'lg:grid-cols-3' : ''}`}>
        {answers.map(([model, progress]) => <Answer key={model} model={model} progress={progress} fastest={model === fastest} />)}
      </div>
    </section>
  )
}

function Answer({ model, progress, fastest }: { readonly model: string; readonly progress: Progress; readonly fastest: boolean }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const { postings } = useLive()
  const call = useAsk('GET /admin/v1/calls/{call}', { params: { call: progress.call ?? '' } }, { enabled: progress.done && progress.call !== undefined && postings >= 0 })
  const attempts = call.data?.attempts ?? []
  const last = attempts.at(-1)
  const writingMs = progress.totalMs - (progress.firstMs ?? 0)
  const facts = [
    [w.first, progress.firstMs === undefined ? '–' : format.duration(progress.firstMs)], [w.total, format.duration(progress.totalMs)],
    [w.speed, progress.output === undefined || writingMs < 1 ? '–' : w.perSecond(format.short(Math.round((progress.output * 1_000) / writingMs)))], [w.tokens, progress.input === undefined ? '–' : `${format.count(progress.input)} → ${format.count(progress.output ?? 0)}`],
    [w.cost, last?.cost === null || last?.cost === undefined ? (progress.done && progress.failure === undefined ? w.waiting : '–') : format.money(last.cost, last.currency)],
  ] as const
  return (
    <article aria-label={model} className="grid content-start gap-3 rounded-2xl border border-line bg-surface p-4" data-answer={model}>
      <p className="flex flex-wrap items-center gap-2"><strong>{model}</strong>{progress.done ? null : <Badge tone="accent">{w.writing}</Badge>}{fastest ? <Badge tone="good">{w.fastest}</Badge> : null}</p>
      {progress.failure === undefined ? null : <p role="alert" className="rounded-lg bg-bad-tint px-3 py-2 break-words text-bad">{progress.failure}</p>}
      <p aria-live="off" className="break-words whitespace-pre-wrap">{progress.text}</p>
      {progress.tools.map((one, index) => <Code key={index} label={`${w.asks} ${one.name}, ${model}`} text={`${one.name}(${one.arguments})`} />)}
      <dl className="figures mt-auto flex flex-wrap gap-x-5 gap-y-1 border-t border-line pt-3 text-sm">{facts.map(([label, value]) => <div key={label}><dt className="text-muted">{label}</dt><dd className="font-medium">{value}</dd></div>)}</dl>
      {last === undefined ? null : <p className="text-sm"><Go to={paths.call(last.call)}>{w.inFull}</Go><span className="sr-only"> {s.model} {model}</span></p>}
    </article>
  )
}
