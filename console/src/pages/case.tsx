/** One case in full: its stage and clock, who is restricted and why, what was said when, and what can be done now. */
import { useState, type ReactNode } from 'react'
import { saveJson } from '../download.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Segments } from '../parts/form.tsx'
import { Go, useAddress, usePart } from '../parts/go.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Stages } from '../parts/stages.tsx'
import { Answered, Empty, ErrorNote } from '../parts/states.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk, useChange } from '../queries.ts'
import { mayAsk, useSession } from '../session.ts'
import { useActWords, MoveCase, OwnWords, type Act } from './case-acts.tsx'
import { ProposeRestriction, RestrictionLine } from './case-restrictions.tsx'
import { CasesFrame, Due, stateTone, useCaseWords, type CaseInFull } from './cases-page.tsx'
import { ReasonsPaper } from './reasons-paper.tsx'

const words = {
  back: ['All cases', 'Tutti i casi'], view: ['Seen as', 'Visto come'], operator: ['Operator', 'Operatore'], customer: ['Customer', 'Cliente'], maker: ['Maker', 'Produttore'], pack: ['Evidence pack', 'Fascicolo di prove'], stage: ['Stage', 'Fase'], now: ['What can be done now', 'Cosa si può fare ora'], nothing: ['Nothing: it has ended', 'Nulla: è concluso'], about: ['About', 'Riguarda'], from: ['Came from', 'Proviene da'], clause: ['Clause', 'Clausola'], since: ['In this state since', 'In questo stato dal'], due: ['Next', 'Prossimo termine'], finding: ['Finding', 'Esito'],
  restrictions: ['Restrictions', 'Limitazioni'], noRestrictions: ['Nobody is restricted', 'Nessuno è limitato'], restrict: ['Restrict', 'Limita'], reasons: ['Statement of reasons', 'Motivazione'], timeline: ['What happened', 'Cosa è successo'], evidence: ['Evidence', 'Prove'], noEvidence: ['None named', 'Nessuna indicata'], customerNote: ['What the customer sees: everything said about it, in full, and its own two acts.', 'Cosa vede il cliente: tutto ciò che è stato detto, per intero, e i suoi due atti.'], makerNote: ['What the maker sees: how its complaint stands. No customer, no calls, no prompts.', 'Cosa vede il produttore: lo stato della sua segnalazione. Nessun cliente, chiamata o prompt.'], notReferred: ['No maker referred this case: none sees it.', 'Nessun produttore ha segnalato il caso: nessuno lo vede.'],
  answer: ['Answer the notice', 'Rispondi alla notifica'], appeal: ['Appeal', 'Presenta appello'], ownNow: ['What the customer can do', 'Cosa può fare il cliente'], ownNothing: ['Nothing is asked of the customer now', 'Nulla è richiesto al cliente ora'], signalled: ['Signalled', 'Segnalato'], restricted: ['Restricted', 'Limitato'], approved: ['Restriction approved', 'Limitazione approvata'], lifted: ['Restriction lifted', 'Limitazione revocata'], packed: ['Evidence packed', 'Prove raccolte'],
} as const satisfies Words

type View = 'operator' | 'customer' | 'maker'

export function CasePage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const id = usePart('id') ?? ''
  const [search, change] = useAddress()
  const { who } = useSession()
  const one = useAsk('GET /admin/v1/cases/{case}', { params: { case: id } })
  const pack = useChange('POST /admin/v1/cases/{case}/pack', ['GET /admin/v1/cases/{case}'])
  // A customer and a maker have their own view; whoever runs the house may look through theirs.
  const own = who?.role === 'customer' || who?.role === 'maker' ? who.role : undefined
  const view: View = own ?? (search['view'] === 'customer' || search['view'] === 'maker' ? search['view'] : 'operator')
  return (
    <CasesFrame title={one.data?.says ?? id} intro={<><Go to={paths.cases()}>{w.back}</Go> · <code className="font-mono text-sm">{id}</code></>}
      actions={own === undefined ? <><Segments label={w.view} value={view} onChange={(next) => change({ view: next === 'operator' ? '' : next })} options={[['operator', w.operator], ['customer', w.customer], ['maker', w.maker]]} /><Button does="POST /admin/v1/cases/{case}/pack" icon="download" busy={pack.isPending} onClick={() => pack.mutate({ params: { case: id } }, { onSuccess: (made) => saveJson(`${id}-evidence`, made) })}>{w.pack}</Button></> : null}>
      {pack.error === null ? null : <ErrorNote cause={pack.error} title={s.changeFailed} />}
      <Answered asked={one} rows={9}>{(found) => (view === 'maker' ? <MakersView of={found} /> : <InFull of={found} view={view} />)}</Answered>
    </CasesFrame>
  )
}

const way = ['signal', 'triage', 'open', 'noticed', 'answered', 'investigating', 'decided', 'appealed', 'closed'] as const
const place: Readonly<Partial<Record<CaseInFull['state'], (typeof way)[number]>>> = { dismissed: 'triage', silent: 'answered', upheld: 'appealed', varied: 'appealed', reversed: 'appealed' }

function InFull({ of, view }: { readonly of: CaseInFull; readonly view: Exclude<View, 'maker'> }): ReactNode {
  const s = useWords(shared)
  const w = useWords(words)
  const c = useCaseWords()
  const format = useFormat()
  const at = place[of.state] ?? of.state
  const { organization, project, key, model } = of.about
  return (
    <>
      {view === 'customer' ? <p className="rounded-xl bg-tint px-4 py-3 text-accent">{w.customerNote}</p> : null}
      <Panel title={w.stage} actions={<Badge tone={stateTone(of.state)}>{c[of.state]}</Badge>}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
          <Stages label={w.stage} stages={way.map((one) => ({ id: one, name: one === at ? c[of.state] : c[one] }))} at={at} />
          <Facts wide facts={[
            { label: w.due, value: <Due due={of.due} /> }, { label: w.since, value: format.moment(of.since) }, { label: w.about, value: [organization === '*' ? s.everyOrganization : organization, project, key, model].filter((one) => one !== undefined).join(' / ') }, { label: w.clause, value: <Go to={paths.clause(of.clause)}>{of.clause}</Go> },
            { label: w.from, value: `${c[of.source as 'detector'] ?? of.source}${of.referred_by === null ? '' : `, ${of.referred_by}`}` }, of.finding === null ? undefined : { label: w.finding, value: c[of.finding as 'penalty'] ?? of.finding },
          ]} />
        </div>
      </Panel>
      {view === 'operator' ? <Operate of={of} /> : <OwnActs of={of} />}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 xl:grid-cols-2">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5"><Restrictions of={of} operate={view === 'operator' && mayAsk('POST /admin/v1/cases/{case}/restrictions')} /></div>
        <What of={of} />
      </div>
    </>
  )
}

function Operate({ of }: { readonly of: CaseInFull }): ReactNode {
  const w = useWords(words)
  const a = useActWords()
  const [asked, setAsked] = useState<Act | 'restrict'>()
  const close = (): void => setAsked(undefined)
  const acts = of.possible.filter((act) => act !== 'answer' && act !== 'appeal')
  const hard = ['signal', 'dismissed', 'closed'].includes(of.state)
  return (
    <Panel title={w.now} asks="POST /admin/v1/cases/{case}/moves">
      {of.possible.length === 0 ? <p className="text-muted">{w.nothing}</p> : (
        <div className="flex flex-wrap gap-2">
          {acts.map((act, index) => <Button key={act} kind={index === 0 ? 'primary' : 'plain'} onClick={() => setAsked(act)}>{a.names[act]}</Button>)}
          {of.possible.filter((act) => act === 'answer' || act === 'appeal').map((act) => <Button key={act} onClick={() => setAsked(act)}>{a.names[act]}</Button>)}
          {hard ? null : <Button icon="lock" onClick={() => setAsked('restrict')}>{w.restrict}</Button>}
        </div>
      )}
      {asked === undefined ? null : asked === 'restrict' ? <ProposeRestriction of={of} onClose={close} /> : <MoveCase of={of} act={asked} onClose={close} />}
    </Panel>
  )
}

function OwnActs({ of }: { readonly of: CaseInFull }): ReactNode {
  const w = useWords(words)
  const [asked, setAsked] = useState<'answer' | 'appeal'>()
  const own = of.possible.filter((act): act is 'answer' | 'appeal' => act === 'answer' || act === 'appeal')
  return (
    <Panel title={w.ownNow} asks="POST /admin/v1/cases/{case}/answer">
      {own.length === 0 ? <p className="text-muted">{w.ownNothing}</p> : <div className="flex flex-wrap gap-2">{own.map((act) => <Button key={act} kind="primary" onClick={() => setAsked(act)}>{w[act]}</Button>)}</div>}
      {asked === undefined ? null : <OwnWords of={of} act={asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  )
}

function Restrictions({ of, operate }: { readonly of: CaseInFull; readonly operate: boolean }): ReactNode {
  const w = useWords(words)
  return (
    <>
      <Panel title={w.restrictions}>
        {of.restrictions.length === 0 ? <p className="text-muted">{w.noRestrictions}</p> : <ul className="grid gap-3">{of.restrictions.map((one) => <RestrictionLine key={one.id} of={of} one={one} operate={operate} />)}</ul>}
      </Panel>
      {of.statements_of_reasons.map((one, index) => <Panel key={index} title={w.reasons}><ReasonsPaper reasons={one} /></Panel>)}
    </>
  )
}

interface Event { readonly act?: Act; readonly says?: string; readonly finding?: string; readonly evidence?: readonly string[]; readonly restriction?: { readonly kind: string; readonly says: string; readonly evidence?: readonly string[] } | string; readonly sha256?: string }

function What({ of }: { readonly of: CaseInFull }): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const a = useActWords()
  const c = useCaseWords()
  const format = useFormat()
  const titleOf = (kind: string, event: Event): string => {
    switch (kind) {
      case 'moved': return event.act === undefined ? kind : a.done[event.act]
      case 'restricted': return `${w.restricted}: ${typeof event.restriction === 'object' ? (c[event.restriction.kind as 'watch'] ?? event.restriction.kind) : ''}`
      case 'restriction-approved': return w.approved
      case 'restriction-lifted': return w.lifted
      case 'packed': return w.packed
      default: return kind === 'signalled' ? w.signalled : kind
    }
  }
  return (
    <Panel title={w.timeline}>
      <Timeline label={w.timeline} steps={of.timeline.toReversed().map(({ number, at, actor, kind, event }) => {
        const body = event as Event
        const says = body.says ?? (typeof body.restriction === 'object' ? body.restriction.says : undefined)
        const evidence = body.evidence ?? (typeof body.restriction === 'object' ? body.restriction.evidence : undefined) ?? []
        return {
          id: String(number), title: titleOf(kind, body), note: `${named(actor)}, ${format.moment(at)}`, tone: kind === 'restricted' ? 'bad' as const : kind === 'moved' ? 'accent' as const : 'plain' as const,
          children: <>{says === undefined ? null : <p>{says}</p>}{body.finding === undefined ? null : <Badge tone="warn">{c[body.finding as 'penalty'] ?? body.finding}</Badge>}{evidence.length === 0 ? null : <ul className="mt-1 flex flex-wrap gap-x-3 gap-y-2">{evidence.map((one) => <li key={one}>{one.startsWith('call_') ? <Go to={paths.call(one.split('/')[0] ?? '')} className="link inline-block min-h-6 font-mono text-sm break-all">{one}</Go> : <code className="font-mono text-sm break-all">{one}</code>}</li>)}</ul>}</>,
        }
      })} />
    </Panel>
  )
}

function MakersView({ of }: { readonly of: CaseInFull }): ReactNode {
  const w = useWords(words)
  const c = useCaseWords()
  const format = useFormat()
  const referrals = useAsk('GET /admin/v1/referrals', { query: { case: of.id } }, { enabled: of.referred_by !== null })
  if (of.referred_by === null) return <Panel title={w.maker}><Empty icon="lock" title={w.notReferred} /></Panel>
  return (
    <>
      <p className="rounded-xl bg-tint px-4 py-3 text-accent">{w.makerNote}</p>
      <Answered asked={referrals}>{({ data }) => {
        const [one] = data
        if (one === undefined) return <Panel title={w.maker}><Empty icon="lock" title={w.notReferred} /></Panel>
        return (
          <Panel title={one.says} actions={<Badge tone={stateTone(one.state)}>{c[one.state]}</Badge>}>
            <div className="grid gap-6">
              <Facts wide facts={[{ label: w.clause, value: one.clause }, { label: w.since, value: format.moment(one.since) }, { label: w.finding, value: one.finding === null ? '–' : (c[one.finding as 'penalty'] ?? one.finding) }, { label: w.restrictions, value: one.restrictions.length === 0 ? w.noRestrictions : one.restrictions.map((each) => `${c[each.kind as 'watch'] ?? each.kind} (${each.status})`).join(', ') }]} />
              <Timeline label={w.timeline} steps={one.steps.toReversed().map((step, index) => ({ id: String(index), title: step.what, note: format.moment(step.at) }))} />
            </div>
          </Panel>
        )
      }}</Answered>
    </>
  )
}
