/** Complaints of makers as makers see them, how much their models are used, and a form to complain. */
import { useState, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { FormDialog } from '../parts/dialog.tsx'
import { AreaField, ChoiceField, TextField } from '../parts/form.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { lines } from './cases.tsx'
import { CasesFrame, stateTone, useCaseWords } from './cases-page.tsx'

const words = {
  title: ['Makers’ referrals', 'Segnalazioni dei produttori'], intro: ['What a maker may see: how its complaint stands and how much its models are used. No customers, no calls, no prompts; the channel decides.', 'Cosa può vedere un produttore: lo stato della sua segnalazione e quanto sono usati i suoi modelli. Nessun cliente, chiamata o prompt; decide il canale.'], complain: ['Complain', 'Segnala'], cut: ['The thousand latest', 'Le mille più recenti'], none: ['No maker has complained', 'Nessun produttore ha segnalato'], noneHint: ['A maker names the safety identifiers or request ids that it received; the channel finds the calls.', 'Il produttore indica gli identificativi o gli id di richiesta ricevuti; il canale trova le chiamate.'],
  says: ['Complaint', 'Segnalazione'], state: ['State', 'Stato'], clause: ['Clause', 'Clausola'], since: ['Since', 'Dal'], restrictions: ['Restrictions', 'Limitazioni'], usage: ['Use of its models, last 30 days', 'Uso dei suoi modelli, ultimi 30 giorni'], customers: ['Customers', 'Clienti'], noUsage: ['Its models were not used', 'I suoi modelli non sono stati usati'], saysHint: ['Channel and customer read it.', 'La leggono canale e cliente.'], identifiers: ['Safety identifiers, one a line', 'Identificativi, uno per riga'], requests: ['Your request ids, one a line', 'Id di richiesta, uno per riga'], found: [(calls: string, cases: string) => `${calls} calls found, ${cases} cases opened`, (calls: string, cases: string) => `${calls} chiamate trovate, ${cases} casi aperti`],
} as const satisfies Words

export function ReferralsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const c = useCaseWords()
  const format = useFormat()
  const [search, change] = useAddress()
  const [asked, setAsked] = useState(false)
  const { who } = useSession()
  const makers = [...new Set((useAsk('GET /admin/v1/usage', { query: { group_by: 'maker' } }).data?.data ?? []).map((row) => row.maker ?? ''))]
  const maker = search['maker'] ?? makers[0] ?? ''
  const referrals = useAsk('GET /admin/v1/referrals', { query: { limit: 1_000, ...(maker === '' ? {} : { maker }) } }, { keep: true })
  return (
    <CasesFrame title={w.title} intro={w.intro} actions={<Button does="POST /admin/v1/referrals" kind="primary" icon="plus" onClick={() => setAsked(true)}>{w.complain}</Button>}>
      <div className="max-w-60"><ChoiceField label={s.maker} value={maker} onChange={(value) => change({ maker: value })} options={(makers.length === 0 ? [''] : makers).map((one) => [one, one === '' ? s.all : one] as const)} /></div>
      <Panel title={w.title} note={(referrals.data?.next ?? null) === null ? undefined : w.cut}>
        <Answered asked={referrals}>{({ data }) => (
          <Table caption={w.title} rows={data} rowKey={(one) => one.case} empty={<Empty icon="cases" title={w.none}>{w.noneHint}</Empty>} columns={[
            { id: 'says', head: w.says, wrap: true, cell: (one) => <>{who?.may.includes('cases.read') === true ? <Go to={paths.case(one.case)}>{one.says}</Go> : one.says}<p className="text-sm text-muted">{one.maker}</p></> }, { id: 'state', head: w.state, cell: (one) => <Badge tone={stateTone(one.state)}>{c[one.state]}</Badge> }, { id: 'clause', head: w.clause, cell: (one) => one.clause, from: 'md' },
            { id: 'restrictions', head: w.restrictions, wrap: true, cell: (one) => one.restrictions.map((each) => c[each.kind as 'watch'] ?? each.kind).join(', ') || '–', from: 'lg' }, { id: 'since', head: w.since, cell: (one) => format.moment(one.since), from: 'sm' },
          ]} />
        )}</Answered>
      </Panel>
      {maker === '' ? null : <MakersUsage maker={maker} />}
      {asked ? <Complain maker={maker} onClose={() => setAsked(false)} /> : null}
    </CasesFrame>
  )
}

function MakersUsage({ maker }: { readonly maker: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const at = useMinute()
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const usage = useAsk('GET /admin/v1/makers/{maker}/usage', { params: { maker }, query: { from: day(at - 29 * 86_400_000), to: day(at + 86_400_000) } })
  return (
    <Panel title={w.usage}>
      <Answered asked={usage}>{({ data }) => (
        <Table caption={w.usage} rows={data} rowKey={(row) => `${row.model} ${row.currency}`} empty={<Empty icon="models" title={w.noUsage} />} columns={[
          { id: 'model', head: s.model, cell: (row) => <span className="font-medium">{row.model}</span> }, { id: 'customers', head: w.customers, end: true, cell: (row) => format.count(row.customers) }, { id: 'calls', head: s.calls, end: true, cell: (row) => format.count(row.calls) },
          { id: 'input', head: s.input, end: true, cell: (row) => format.short(Number(row.input_tokens)), from: 'sm' }, { id: 'output', head: s.output, end: true, cell: (row) => format.short(Number(row.output_tokens)), from: 'sm' }, { id: 'cost', head: s.cost, end: true, cell: (row) => format.money(row.cost, row.currency), from: 'md' },
        ]} />
      )}</Answered>
    </Panel>
  )
}

function Complain({ maker: given, onClose }: { readonly maker: string; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const refer = useChange('POST /admin/v1/referrals', ['GET /admin/v1/referrals', 'GET /admin/v1/cases'])
  const [draft, setDraft] = useState({ maker: given, clause: '', says: '', identifiers: '', requests: '' })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  return (
    <FormDialog title={w.complain} verb={w.complain} onClose={onClose} busy={refer.isPending} failure={refer.error} onSubmit={() => refer.mutate({ body: { maker: draft.maker, clause: draft.clause, says: draft.says, identifiers: lines(draft.identifiers), request_ids: lines(draft.requests) } })}>
      <div className="grid gap-4 sm:grid-cols-2"><TextField label={s.maker} value={draft.maker} onChange={(maker) => set({ maker })} required /><TextField label={w.clause} value={draft.clause} onChange={(clause) => set({ clause })} required /></div>
      <AreaField label={w.says} hint={w.saysHint} rows={2} value={draft.says} onChange={(says) => set({ says })} required />
      <AreaField label={w.identifiers} rows={2} mono value={draft.identifiers} onChange={(identifiers) => set({ identifiers })} /><AreaField label={w.requests} rows={2} mono value={draft.requests} onChange={(requests) => set({ requests })} />
      {refer.data === undefined ? null : <p role="status" className="rounded-lg bg-good-tint px-3 py-2 text-good">{w.found(format.count(refer.data.calls), format.count(refer.data.cases.length))}</p>}
    </FormDialog>
  )
}
