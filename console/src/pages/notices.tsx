/** Notices that suppliers send about our own use: what was read of them, the calls they match, and our signed answer. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { saveJson } from '../download.ts'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { Code, plainJson } from '../parts/code.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { Facts } from '../parts/facts.tsx'
import { AreaField, ChoiceField, TextField } from '../parts/form.tsx'
import { Go } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { AccountWatches } from './account-watches.tsx'
import { lines } from './cases.tsx'
import { CasesFrame } from './cases-page.tsx'

const words = {
  warning: ['warning', 'avvertimento'], deactivation: ['deactivation', 'disattivazione'], throttle: ['throttling', 'rallentamento'], block: ['blocked', 'bloccato'], told: ['told', 'comunicazione'],
  title: ['Suppliers’ notices', 'Avvisi dei fornitori'], intro: ['What suppliers say about our use, matched with our own receipts, each with a case. The answer opens what was asked for and proves the rest in sum.', 'Cosa dicono i fornitori del nostro uso, abbinato alle nostre ricevute, ognuno con un caso. La risposta apre quanto richiesto e prova il resto in somma.'], import: ['Enter a notice', 'Inserisci un avviso'], none: ['No supplier has sent a notice', 'Nessun fornitore ha inviato avvisi'], noneHint: ['Senders that are registered deliver them by signed webhooks; one that came by mail is entered here.', 'I mittenti registrati li consegnano con webhook firmati; quelli arrivati per posta si inseriscono qui.'],
  imposed: ['Follows by itself', 'Ne consegue da sé'], blocked: [(account: string) => `Account ${account} is out of rotation`, (account: string) => `L’account ${account} è fuori rotazione`], kept: [(account: string, percent: string) => `Account ${account} keeps ${percent} % of the calls that another place may serve`, (account: string, percent: string) => `L’account ${account} mantiene il ${percent} % delle chiamate che un altro può servire`], unsaid: [(account: string) => `Account ${account} keeps its calls: no share was named`, (account: string) => `L’account ${account} mantiene le chiamate: nessuna quota indicata`], lasts: ['until', 'fino al'], whileRead: ['while the account says so', 'finché l’account lo indica'],
  party: ['From', 'Da'], form: ['Form', 'Formato'], body: ['The notice as JSON', 'L’avviso in JSON'], notJson: ['This is not JSON', 'Questo non è JSON'], at: ['Came', 'Arrivato'], action: ['Action', 'Azione'], matched: ['Calls that match', 'Chiamate corrispondenti'], of: [(a: string, b: string) => `${a} of ${b} receipts`, (a: string, b: string) => `${a} su ${b} ricevute`], theCase: ['The case', 'Il caso'], trouble: ['Trouble', 'Difficoltà'], asItCame: ['As it came', 'Come è arrivato'], answer: ['Make the answer', 'Prepara la risposta'], answerTitle: ['Our signed answer', 'La nostra risposta firmata'], says: ['What we say', 'Cosa diciamo'], calls: ['Calls whose records are opened, one a line', 'Chiamate i cui dati si aprono, una per riga'], from: ['Proven from', 'Provato dal'], to: ['Until', 'Al'], closed: ['All other calls stay closed and are proven in sum.', 'Le altre chiamate restano chiuse e sono provate in somma.'], sources: ['Registered senders', 'Mittenti registrati'], noSources: ['None yet', 'Ancora nessuno'], path: ['Delivers to', 'Consegna a'],
} as const satisfies Words

type Notice = Answer<'GET /admin/v1/notices'>['data'][number]
const forms = ['openai-event', 'openai-safety-case', 'azure-abuse-penalty', 'weir-case', 'letter'] as const

export function NoticesPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const [asked, setAsked] = useState<'import' | Notice>()
  const notices = useAsk('GET /admin/v1/notices', { query: {} })
  const sources = useAsk('GET /admin/v1/notice-sources', {})
  const close = (): void => setAsked(undefined)
  return (
    <CasesFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/notices" kind="primary" icon="plus" onClick={() => setAsked('import')}>{w.import}</Button>}>
      <Answered asked={notices} rows={6}>{({ data }) => (data.length === 0 ? <Panel title={w.title}><Empty icon="cases" title={w.none}>{w.noneHint}</Empty></Panel> : data.map((one) => <Card key={one.id} notice={one} onAnswer={() => setAsked(one)} />))}</Answered>
      <Panel title={w.sources}>
        <Answered asked={sources}>{({ data }) => <Table caption={w.sources} rows={data} rowKey={(one) => one.id} empty={<p className="text-muted">{w.noSources}</p>} columns={[{ id: 'party', head: w.party, cell: (one) => <span className="font-medium">{one.party}</span> }, { id: 'organization', head: s.organization, cell: (one) => (one.organization === '*' ? s.everyOrganization : one.organization), from: 'sm' }, { id: 'path', head: w.path, wrap: true, cell: (one) => <code className="font-mono text-sm break-all">{one.webhook_path}</code> }]} />}</Answered>
      </Panel>
      <AccountWatches />
      {asked === undefined ? null : asked === 'import' ? <Import onClose={close} /> : <Respond notice={asked} onClose={close} />}
    </CasesFrame>
  )
}

/** What follows at our account while it lasts. */
function Imposed({ of: { account, action, percent, until } }: { readonly of: NonNullable<Notice['imposed']> }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  return <>{action === 'block' ? w.blocked(account) : percent === null ? w.unsaid(account) : w.kept(account, format.count(percent))}, {until === null ? w.whileRead : `${w.lasts} ${format.moment(until)}`}</>
}

function Card({ notice, onAnswer }: { readonly notice: Notice; readonly onAnswer: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  return (
    <Panel title={notice.says ?? notice.external} note={`${notice.party} · ${notice.form} · ${format.moment(notice.at)}`} actions={<>{notice.action === null ? null : <Badge tone="warn">{w[notice.action as 'warning'] ?? notice.action}</Badge>}{notice.case === null ? null : <Go to={paths.case(notice.case)}>{w.theCase}</Go>}<Button does="POST /admin/v1/notices/{notice}/response" small label={`${w.answer}: ${notice.external}`} onClick={onAnswer}>{w.answer}</Button></>}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Facts wide facts={[{ label: s.organization, value: notice.organization === '*' ? s.everyOrganization : notice.organization }, notice.matched === null ? undefined : { label: w.matched, value: w.of(format.count(notice.matched.calls), format.count(notice.matched.scanned)) }, notice.imposed === null ? undefined : { label: w.imposed, value: <Imposed of={notice.imposed} /> }, notice.trouble === null ? undefined : { label: w.trouble, value: notice.trouble }]} />
        {notice.calls.length === 0 ? null : <ul className="flex flex-wrap gap-x-4 gap-y-2">{notice.calls.slice(0, 20).map((one) => <li key={one.call}><Go to={paths.call(one.call)} className="link inline-block min-h-6 font-mono text-sm break-all">{one.call}</Go></li>)}</ul>}
        <details><summary className="w-fit text-sm text-muted hover:text-ink">{w.asItCame}</summary><div className="mt-2"><Code label={`${w.asItCame}: ${notice.id}`} text={plainJson(notice.body)} /></div></details>
      </div>
    </Panel>
  )
}

function Import({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const put = useChange('POST /admin/v1/notices', ['GET /admin/v1/notices', 'GET /admin/v1/cases'])
  const [party, setParty] = useState('openai')
  const [form, setForm] = useState<string>(forms[0])
  const [text, setText] = useState('')
  const [fault, setFault] = useState<Error>()
  const submit = (): void => {
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      return setFault(new Error(`${w.notJson}: ${cause.message}`))
    }
    setFault(undefined)
    put.mutate({ body: { party, form, body } } as never, { onSuccess: onClose })
  }
  return (
    <FormDialog title={w.import} verb={w.import} onClose={onClose} busy={put.isPending} failure={fault ?? put.error} onSubmit={submit}>
      <div className="grid gap-4 sm:grid-cols-2"><TextField label={w.party} value={party} onChange={setParty} required /><ChoiceField label={w.form} value={form} onChange={setForm} options={forms.map((one) => [one, one] as const)} /></div>
      <AreaField label={w.body} rows={10} mono value={text} onChange={setText} required />
    </FormDialog>
  )
}

function Respond({ notice, onClose }: { readonly notice: Notice; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const at = useMinute()
  const organizations = (useAsk('GET /admin/v1/organizations', {}).data?.data ?? []).map((one) => one.name)
  const respond = useChange('POST /admin/v1/notices/{notice}/response', ['GET /admin/v1/notices', 'GET /admin/v1/cases/{case}'])
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const [draft, setDraft] = useState({ says: '', calls: notice.calls.map((one) => one.call).join('\n'), from: day(at - 30 * 86_400_000), to: day(at + 86_400_000), organization: notice.organization === '*' ? '' : notice.organization })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  const organization = draft.organization === '' ? (organizations[0] ?? '') : draft.organization
  return (
    <FormDialog title={w.answerTitle} verb={w.answer} onClose={onClose} busy={respond.isPending} failure={respond.error}
      onSubmit={() => respond.mutate({ params: { notice: notice.id }, body: { says: draft.says, calls: lines(draft.calls), content: [], from: `${draft.from}T00:00:00Z`, to: `${draft.to}T00:00:00Z`, organization } }, { onSuccess: (made) => { saveJson(`${notice.id}-response`, made); onClose() } })}>
      <p className="text-muted">{w.closed}</p>
      <AreaField label={w.says} rows={4} value={draft.says} onChange={(says) => set({ says })} required />
      <AreaField label={w.calls} rows={3} mono value={draft.calls} onChange={(calls) => set({ calls })} />
      <div className="grid gap-4 sm:grid-cols-3"><ChoiceField label={s.organization} value={organization} onChange={(value) => set({ organization: value })} options={organizations.map((one) => [one, one] as const)} /><TextField label={w.from} type="date" value={draft.from} onChange={(from) => set({ from })} required /><TextField label={w.to} type="date" value={draft.to} onChange={(to) => set({ to })} required /></div>
    </FormDialog>
  )
}
