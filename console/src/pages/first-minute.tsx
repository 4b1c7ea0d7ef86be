/** The first minute: a key, a line to paste, a sample to run, and calls as they arrive. */
import { useState, type ReactNode } from 'react'
import { Problem } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useLive } from '../live.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { Segments } from '../parts/form.tsx'
import { useGo } from '../parts/go.tsx'
import { LiveCalls } from '../parts/live-calls.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Empty, ErrorNote } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { runSample } from '../sample.ts'

const words = {
  title: ['The first minute', 'Il primo minuto'], intro: ['Weir runs, on an embedded database and a sandbox that plays the suppliers: no account is needed and nothing costs money. Three steps, and this page fills.', 'Weir è attivo, con un database incorporato e una sandbox che fa da fornitore: non servono account e nulla costa. Tre passi e la pagina si riempie.'],
  one: ['1 · Have a key', '1 · Procurati una chiave'], printed: ['The first key was printed in the terminal when Weir started: it begins with sk-weir-. Or make one here.', 'La prima chiave è stata stampata nel terminale all’avvio: inizia con sk-weir-. Oppure creane una qui.'], make: ['Create a key', 'Crea una chiave'], made: ['Created in', 'Creata in'],
  two: ['2 · Make a call', '2 · Fai una chiamata'], anyClient: ['Any OpenAI, Azure OpenAI or Anthropic client works when its base URL points here.', 'Funziona con qualunque client OpenAI, Azure OpenAI o Anthropic che punti a questo indirizzo.'],
  three: ['3 · Or run a sample', '3 · Oppure esegui un campione'], sample: ['Sends 24 short calls to sandbox models, some streamed, one refused on purpose.', 'Invia 24 brevi chiamate ai modelli della sandbox: alcune in streaming, una rifiutata di proposito.'], run: ['Run the sample', 'Esegui il campione'], needKey: ['Create a key first', 'Prima crea una chiave'], notSandbox: ['No model runs on the sandbox here, so a sample would cost money', 'Nessun modello è sulla sandbox: un campione costerebbe'],
  progress: [(done: number, all: number) => `${done} of ${all} sent`, (done: number, all: number) => `${done} di ${all} inviate`], arriving: ['Arriving', 'In arrivo'], waiting: ['Waiting for the first call', 'In attesa della prima chiamata'], waitingHint: ['It appears here the moment it ends, and in the books a moment later.', 'Appare qui appena termina e nei registri un attimo dopo.'],
  seen: ['Go to the overview', 'Vai alla panoramica'], language: ['Language of the example', 'Linguaggio dell’esempio'], noProject: ['There is no project yet: create one under Access', 'Non c’è ancora un progetto: creane uno in Accessi'],
} as const satisfies Words

export function FirstMinutePage(): ReactNode {
  return <FirstMinute />
}

export function FirstMinute(): ReactNode {
  const w = useWords(words)
  const live = useLive()
  const go = useGo()
  const [secret, setSecret] = useState<string>()
  return (
    <Page title={w.title} intro={w.intro} actions={live.seen === 0 ? undefined : <Button kind="primary" icon="right" onClick={() => go(paths.overview())}>{w.seen}</Button>}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-3">
        <KeyStep secret={secret} onMade={setSecret} />
        <CallStep secret={secret} />
        <SampleStep secret={secret} />
      </div>
      <Panel title={w.arriving}>
        {live.calls.length === 0 ? <Empty icon="pulse" title={w.waiting}>{w.waitingHint}</Empty> : <LiveCalls calls={live.calls.slice(0, 30)} />}
      </Panel>
    </Page>
  )
}

function KeyStep({ secret, onMade }: { readonly secret: string | undefined; readonly onMade: (secret: string) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const projects = useAsk('GET /admin/v1/projects', {})
  const create = useChange('POST /admin/v1/keys', ['GET /admin/v1/keys'])
  const project = projects.data?.data[0]
  const make = async (): Promise<void> => {
    if (project === undefined) return
    const name = `console-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`
    onMade((await create.mutateAsync({ body: { organization: project.organization, project: project.name, name } })).secret)
  }
  return (
    <Panel title={w.one} note={w.printed}>
      {secret === undefined
        ? <Button does="POST /admin/v1/keys" kind="primary" icon="key" busy={create.isPending} because={project === undefined ? w.noProject : undefined} onClick={() => void make().catch(() => undefined)}>{w.make}</Button>
        : (
          <div className="grid gap-2">
            <div className="flex flex-wrap items-center gap-2 rounded-lg border border-line bg-raised p-3"><code data-secret className="min-w-0 flex-1 basis-40 font-mono text-sm break-all">{secret}</code><CopyButton text={secret} /></div>
            <p className="text-sm text-warn">{s.shownOnce}</p>
            <p className="text-sm text-muted">{w.made} {project?.organization}/{project?.name}</p>
          </div>
        )}
      {create.error === null ? null : <div className="mt-3"><ErrorNote cause={create.error} title={s.changeFailed} /></div>}
    </Panel>
  )
}

const languages = [['curl', 'curl'], ['python', 'Python'], ['node', 'Node']] as const
type Language = (typeof languages)[number][0]

function example(language: Language, origin: string, secret: string, model: string): string {
  switch (language) {
    case 'curl': return `curl ${origin}/v1/chat/completions \\\n  -H "Authorization: Bearer ${secret}" \\\n  -H "Content-Type: application/json" \\\n  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`
    case 'python': return `from openai import OpenAI\n\nclient = OpenAI(base_url="${origin}/v1", api_key="${secret}")\nanswer = client.chat.completions.create(\n    model="${model}",\n    messages=[{"role": "user", "content": "Hello"}])\nprint(answer.choices[0].message.content)`
    case 'node': return `import OpenAI from 'openai'\n\nconst client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${secret}' })\nconst answer = await client.chat.completions.create({\n  model: '${model}',\n  messages: [{ role: 'user', content: 'Hello' }] })\nconsole.log(answer.choices[0].message.content)`
  }
}

function CallStep({ secret }: { readonly secret: string | undefined }): ReactNode {
  const w = useWords(words)
  const [language, setLanguage] = useState<Language>('curl')
  const text = example(language, location.origin, secret ?? 'sk-weir-…', 'gpt-4.1-mini')
  return (
    <Panel title={w.two} note={w.anyClient}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        <div className="flex flex-wrap items-center justify-between gap-2"><Segments label={w.language} value={language} onChange={setLanguage} options={languages} /><CopyButton text={text} /></div>
        <pre tabIndex={0} role="region" aria-label={language} className="overflow-x-auto rounded-lg border border-line bg-raised p-3 font-mono text-[0.82rem] leading-relaxed">{text}</pre>
      </div>
    </Panel>
  )
}

function SampleStep({ secret }: { readonly secret: string | undefined }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const models = useAsk('GET /admin/v1/models', {})
  const providers = useAsk('GET /admin/v1/providers', {})
  const [done, setDone] = useState<readonly [number, number]>()
  const [failure, setFailure] = useState<unknown>()
  const sandboxes = new Set((providers.data?.data ?? []).filter((one) => one.spec.type === 'sandbox').map((one) => one.name))
  const usable = (models.data?.data ?? []).filter((model) => model.deployments.length > 0 && model.deployments.every((one) => sandboxes.has(one.provider)) && /^(gpt-[45]|o4|claude)/.test(model.name) && !/image|transcribe/.test(model.name)).map((model) => model.name)
  const running = done !== undefined && done[0] < done[1]
  const run = async (): Promise<void> => {
    setFailure(undefined)
    try {
      await runSample(secret ?? '', usable, (sent, all) => setDone([sent, all]))
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Problem(0, 'unknown', String(cause)))
      setDone(undefined)
    }
  }
  return (
    <Panel title={w.three} note={w.sample}>
      <div className="grid gap-3">
        <div className="flex flex-wrap items-center gap-3">
          <Button icon="play" kind="primary" busy={running} because={secret === undefined ? w.needKey : usable.length === 0 ? w.notSandbox : undefined} onClick={() => void run()}>{w.run}</Button>
          <span role="status" className="figures text-sm text-muted">{done === undefined ? '' : w.progress(done[0], done[1])}</span>
        </div>
        {done === undefined ? null : <div className="h-1.5 rounded-full bg-line" aria-hidden="true"><div className="h-full rounded-full bg-s1" style={{ width: `${(done[0] / done[1]) * 100}%` }} title={format.percent(done[0] / done[1])} /></div>}
        {failure === undefined ? null : <ErrorNote cause={failure} />}
      </div>
    </Panel>
  )
}
