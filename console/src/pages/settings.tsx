/** Settings: how the page looks, who may use it, and whether the books are whole. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { setAppearance, useAppearance } from '../appearance.ts'
import { useFormat } from '../format.ts'
import { setLanguage, useLanguage, useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, FormDialog, SecretDialog } from '../parts/dialog.tsx'
import { Segments, TextField } from '../parts/form.tsx'
import { anyRole, boundBody, RoleFields, useRoleName } from '../parts/role-fields.tsx'
import { Go, usePart } from '../parts/go.tsx'
import { Badge, Page, Panel } from '../parts/panel.tsx'
import { Answered, Empty, ErrorNote } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { paths, settingsTabs, type SettingsTab } from '../paths.ts'
import { mayOpen } from '../places.ts'
import { useAsk, useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { Members } from './members.tsx'
import { Content } from './settings-content.tsx'
import { Governance } from './settings-governance.tsx'
import { Webhooks } from './settings-webhooks.tsx'

const words = {
  title: ['Settings', 'Impostazioni'], sections: ['Sections', 'Sezioni'], appearance: ['Appearance', 'Aspetto'], members: ['Members', 'Membri'], tokens: ['Admin tokens', 'Token di amministrazione'], doctor: ['Doctor', 'Diagnosi'], quarantine: ['Quarantine', 'Quarantena'], events: ['Events', 'Eventi'],
  governance: ['Governance log', 'Log di governo'], webhooks: ['Webhooks', 'Webhook'], content: ['Retention & content', 'Conservazione e contenuti'],
  theme: ['Colours', 'Colori'], system: ['As the system', 'Come il sistema'], light: ['Light', 'Chiaro'], dark: ['Dark', 'Scuro'], language: ['Language', 'Lingua'], sample: ['Numbers and dates then read', 'Numeri e date si leggono'],
  tokensNote: ['For programs and the command line. A token may do what its role may; who made it answers for what it does.', 'Per programmi e riga di comando. Un token può ciò che può il suo ruolo; chi lo ha creato risponde di ciò che fa.'], createToken: ['Create a token', 'Crea un token'], create: ['Create', 'Crea'], label: ['Label', 'Etichetta'], labelHint: ['Stands beside what the token does. A token of the same label is replaced.', 'Resta accanto a ciò che il token fa. Un token con la stessa etichetta viene sostituito.'], sees: ['Role', 'Ruolo'], revoke: ['Revoke', 'Revoca'], created: ['Created', 'Creato'], you: ['you', 'tu'],
  revokeTitle: [(name: string) => `Revoke token ${name}?`, (name: string) => `Revocare il token ${name}?`], revokeSelf: ['This is the token you are signed in with: you are signed out at once.', 'È il token con cui hai fatto accesso: uscirai subito.'], revokeCli: ['The command line on the machine of Weir uses it: commands fail there until Weir starts again.', 'Lo usa la riga di comando sulla macchina di Weir: i comandi falliranno fino al riavvio.'], revokeStops: ['Programs and people with it are refused at once.', 'Programmi e persone che lo usano sono rifiutati subito.'], forever: ['It cannot be undone.', 'Non si può annullare.'],
  healthy: ['No findings', 'Nessun rilievo'], accounting: ['Every event, accounted for', 'Ogni evento, contabilizzato'], what: ['What', 'Voce'], count: ['Count', 'Numero'], check: ['Check the whole ledger', 'Verifica tutto il registro'], checkNote: ['Derives every balance from its entries and compares what must agree. Takes as long as the history is.', 'Ricava ogni saldo dalle sue scritture e confronta ciò che deve coincidere. Dura quanto la storia.'], agrees: ['All checks agree', 'Tutte le verifiche coincidono'], differs: ['Something does not agree', 'Qualcosa non coincide'], checked: [(t: string, e: string) => `${t} transactions, ${e} entries`, (t: string, e: string) => `${t} transazioni, ${e} scritture`],
  events_in: ['Events in', 'Eventi in ingresso'], posted: ['Posted', 'Contabilizzati'], quarantined: ['In quarantine', 'In quarantena'], resolved: ['Resolved from quarantine', 'Risolti dalla quarantena'], open: ['Dialled, no outcome yet', 'Avviati, senza esito'], missing: ['Never arrived', 'Mai arrivati'], difference: ['Difference', 'Differenza'], reported: ['Usage reported', 'Consumo dichiarato'], estimated: ['Usage estimated', 'Consumo stimato'], absent: ['Usage absent', 'Consumo assente'], unbilled: ['Certainly not billed', 'Certo non fatturati'], unpriced: ['Without a price', 'Senza prezzo'], refusals: ['Refused before any dial', 'Rifiutati prima di ogni tentativo'], unposted: ['Shipped, not yet posted', 'Trasmessi, da contabilizzare'], unshipped: ['Not yet shipped', 'Da trasmettere'],
  emptyQuarantine: ['Quarantine is empty', 'La quarantena è vuota'], emptyQuarantineHint: ['What cannot be posted waits here, visible, until its cause is mended.', 'Ciò che non si può contabilizzare attende qui, in vista, finché la causa non è risolta.'], redrive: ['Re-drive', 'Rielabora'], redriveAll: ['Re-drive all', 'Rielabora tutto'], redriven: [(done: string, left: string) => `${done} posted, ${left} remain`, (done: string, left: string) => `${done} contabilizzati, ${left} restano`], reason: ['Reason', 'Motivo'], detail: ['Detail', 'Dettaglio'], journal: ['Journal and number', 'Giornale e numero'], record: ['Record', 'Record'],
  secret: ['Secret', 'Segreto'], noEvents: ['No events', 'Nessun evento'], kind: ['Kind', 'Tipo'], subject: ['Subject', 'Oggetto'],
} as const satisfies Words

export function SettingsPage(): ReactNode {
  const w = useWords(words)
  const part = usePart('tab')
  const tab: SettingsTab = settingsTabs.find((one) => one === part) ?? 'appearance'
  return (
    <Page title={w.title}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 lg:grid-cols-[13rem_minmax(0,1fr)]">
        <ul aria-label={w.sections} className="flex flex-wrap content-start gap-1 lg:grid">
          {settingsTabs.filter((one) => mayOpen(paths.settings(one).to)).map((one) => <li key={one}><Go to={paths.settings(one)} current={one === tab} className={`flex min-h-10 items-center rounded-lg px-3 font-medium ${one === tab ? 'bg-tint text-accent' : 'text-muted hover:bg-tint hover:text-ink'}`}>{w[one]}</Go></li>)}
        </ul>
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-5">
          {tab === 'appearance' ? <Appearance /> : tab === 'members' ? <Members /> : tab === 'tokens' ? <Tokens /> : tab === 'doctor' ? <Doctor /> : tab === 'quarantine' ? <Quarantine /> : tab === 'governance' ? <Governance /> : tab === 'webhooks' ? <Webhooks /> : tab === 'content' ? <Content /> : <Events />}
        </div>
      </div>
    </Page>
  )
}

function Appearance(): ReactNode {
  const w = useWords(words)
  const appearance = useAppearance()
  const language = useLanguage()
  const format = useFormat()
  return (
    <Panel title={w.appearance}>
      <div className="grid gap-5">
        <div className="grid justify-items-start gap-1.5"><p className="text-sm font-medium">{w.theme}</p><Segments label={w.theme} value={appearance} onChange={setAppearance} options={[['system', w.system], ['light', w.light], ['dark', w.dark]]} /></div>
        <div className="grid justify-items-start gap-1.5"><p className="text-sm font-medium">{w.language}</p><Segments label={w.language} value={language} onChange={setLanguage} options={[['en', 'English'], ['it', 'Italiano']]} /></div>
        <p className="figures text-muted">{w.sample}: {format.money('1234567.89', 'USD')} · {format.count(1_234_567)} · {format.moment('2026-11-23T15:04:05Z')}</p>
      </div>
    </Panel>
  )
}

type Token = Answer<'GET /admin/v1/tokens'>['data'][number]

function Tokens(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const tokens = useAsk('GET /admin/v1/tokens', {})
  const roleName = useRoleName()
  const { who } = useSession()
  const [asked, setAsked] = useState<Token | 'new'>()
  const revoke = useChange('DELETE /admin/v1/tokens/{token}', ['GET /admin/v1/tokens'])
  const close = (): void => { revoke.reset(); setAsked(undefined) }
  return (
    <Panel title={w.tokens} note={w.tokensNote} actions={<Button kind="primary" small icon="plus" does="POST /admin/v1/tokens" onClick={() => setAsked('new')}>{w.createToken}</Button>}>
      <Answered asked={tokens}>{({ data }) => (
        <Table caption={w.tokens} rows={data} rowKey={(one) => one.id} columns={[
          { id: 'name', head: w.label, wrap: true, cell: (one) => <span className="font-medium">{one.name} {one.name === who?.name ? <Badge tone="accent">{w.you}</Badge> : null}</span> }, { id: 'sees', head: w.sees, cell: (one) => <>{roleName(one.role)}{one.organization === null && one.maker === null ? '' : `: ${one.organization ?? one.maker ?? ''}`}</> },
          { id: 'hint', head: w.secret, cell: (one) => <code className="font-mono text-sm">{one.hint}</code>, from: 'sm' }, { id: 'created', head: w.created, cell: (one) => format.moment(one.created_at), from: 'md' },
          { id: 'act', head: <span className="sr-only">{w.revoke}</span>, end: true, cell: (one) => <Button small does="DELETE /admin/v1/tokens/{token}" label={`${w.revoke} ${one.name}`} onClick={() => setAsked(one)}>{w.revoke}</Button> },
        ]} />
      )}</Answered>
      {asked === undefined ? null : asked === 'new' ? <CreateToken onClose={close} /> : (
        <ConfirmDialog title={w.revokeTitle(asked.name)} verb={w.revoke} danger onClose={close} busy={revoke.isPending} failure={revoke.error} onSubmit={() => revoke.mutate({ params: { token: asked.name } }, { onSuccess: close })}
          consequences={[...(asked.name === who?.name ? [w.revokeSelf] : []), ...(asked.name === 'cli' ? [w.revokeCli] : []), w.revokeStops, w.forever]} />
      )}
      <span className="sr-only">{s.close}</span>
    </Panel>
  )
}

function CreateToken({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const create = useChange('POST /admin/v1/tokens', ['GET /admin/v1/tokens'])
  const [name, setName] = useState('')
  const [bound, setBound] = useState(anyRole)
  if (create.data !== undefined) return <SecretDialog title={create.data.name} secret={create.data.secret} onClose={onClose} />
  return (
    <FormDialog title={w.createToken} verb={w.create} onClose={onClose} busy={create.isPending} failure={create.error} onSubmit={() => create.mutate({ body: { name, ...boundBody(bound) } })}>
      <TextField label={w.label} hint={w.labelHint} value={name} onChange={setName} required autoFocus />
      <RoleFields value={bound} onChange={setBound} />
    </FormDialog>
  )
}

const counted = ['events_in', 'posted', 'quarantined', 'resolved', 'open', 'unposted', 'unshipped', 'missing', 'difference', 'reported', 'estimated', 'absent', 'unbilled', 'unpriced', 'refusals'] as const

function Doctor(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const doctor = useAsk('GET /admin/v1/doctor', {})
  const [wanted, setWanted] = useState(false)
  const check = useAsk('GET /admin/v1/ledger/check', {}, { enabled: wanted })
  return (
    <Answered asked={doctor} rows={8}>{({ findings, accounting }) => (
      <>
        <Panel title={w.doctor}>
          {findings.length === 0 ? <p><Badge tone="good">{w.healthy}</Badge></p> : <ul className="grid gap-2">{findings.map((one) => <li key={one.says} className={`rounded-lg px-3 py-2 ${one.severity === 'error' ? 'bg-bad-tint text-bad' : 'bg-warn-tint text-warn'}`}>{one.says}</li>)}</ul>}
        </Panel>
        <Panel title={w.accounting}>
          <Table caption={w.accounting} rows={counted} rowKey={(one) => one} columns={[{ id: 'what', head: w.what, cell: (one) => w[one] }, { id: 'count', head: w.count, end: true, cell: (one) => <span className={(one === 'difference' || one === 'missing') && accounting[one] !== 0 ? 'font-semibold text-bad' : ''}>{format.count(accounting[one])}</span> }]} />
        </Panel>
        <Panel title={w.check} note={w.checkNote} actions={<Button small busy={check.isFetching} onClick={() => (wanted ? void check.refetch() : setWanted(true))}>{w.check}</Button>}>
          {check.data === undefined ? (check.error === null ? null : <ErrorNote cause={check.error} />) : (
            <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
              <p role="status" className="flex flex-wrap items-center gap-2"><Badge tone={check.data.ok ? 'good' : 'bad'}>{check.data.ok ? w.agrees : w.differs}</Badge><span className="figures text-sm text-muted">{w.checked(format.count(check.data.transactions), format.count(check.data.entries))}</span></p>
              <ul className="grid gap-1.5 text-sm">{check.data.checks.map((one) => <li key={one.id} className="flex gap-2"><Badge tone={one.ok ? 'good' : 'bad'}>{one.id}</Badge><span className="min-w-0">{one.what}{one.found.length === 0 ? '' : `: ${one.found.join('; ')}`}</span></li>)}</ul>
            </div>
          )}
        </Panel>
      </>
    )}</Answered>
  )
}

function Quarantine(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const items = useAsk('GET /admin/v1/quarantine', { query: { limit: 100 } })
  const redrive = useChange('POST /admin/v1/quarantine/redrive', ['GET /admin/v1/quarantine', 'GET /admin/v1/doctor', 'GET /admin/v1/usage'])
  const s = useWords(shared)
  return (
    <Panel title={w.quarantine} actions={<><span role="status" className="figures text-sm text-muted">{redrive.data === undefined ? '' : w.redriven(format.count(redrive.data.resolved), format.count(redrive.data.remaining))}</span><Button small icon="rotate" does="POST /admin/v1/quarantine/redrive" busy={redrive.isPending} because={(items.data?.data.length ?? 0) === 0 ? w.emptyQuarantine : undefined} onClick={() => redrive.mutate({})}>{w.redriveAll}</Button></>}>
      {redrive.error === null ? null : <ErrorNote cause={redrive.error} title={s.changeFailed} />}
      <Answered asked={items}>{({ data }) => (
        <Table caption={w.quarantine} rows={data} rowKey={(one) => one.id} empty={<Empty icon="check" title={w.emptyQuarantine}>{w.emptyQuarantineHint}</Empty>} columns={[
          { id: 'at', head: s.time, cell: (one) => format.moment(one.at) }, { id: 'reason', head: w.reason, cell: (one) => <Badge tone="warn">{one.reason}</Badge> }, { id: 'detail', head: w.detail, wrap: true, cell: (one) => one.detail },
          { id: 'journal', head: w.journal, cell: (one) => <code className="font-mono text-sm">{one.journal.slice(0, 16)}…:{one.sequence}</code>, from: 'lg' },
          { id: 'act', head: <span className="sr-only">{w.redrive}</span>, end: true, cell: (one) => <Button small does="POST /admin/v1/quarantine/redrive" label={`${w.redrive} ${one.id}`} onClick={() => redrive.mutate({ body: { id: one.id } })}>{w.redrive}</Button> },
        ]} />
      )}</Answered>
    </Panel>
  )
}

/** What an event holds, part by part. */
function Detail({ body }: { readonly body: unknown }): ReactNode {
  const parts = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const say = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  return parts.length === 0 ? '–' : <p className="min-w-72 text-sm whitespace-normal">{parts.map(([name, value]) => <span key={name} className="mr-4 inline-block max-w-full break-words"><span className="text-muted">{name}</span> {say(value)}</span>)}</p>
}

function Events(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const events = useAsk('GET /admin/v1/events', { query: { limit: 200 } })
  return (
    <Panel title={w.events}>
      <Answered asked={events} rows={6}>{({ data }) => (
        <Table caption={w.events} rows={data} rowKey={(one) => one.id} empty={<Empty icon="check" title={w.noEvents} />} columns={[
          { id: 'at', head: s.time, cell: (one) => format.moment(one.at) }, { id: 'kind', head: w.kind, cell: (one) => <span className="font-medium">{one.kind}</span> }, { id: 'subject', head: w.subject, wrap: true, cell: (one) => one.subject }, { id: 'body', head: w.detail, wrap: true, cell: (one) => <Detail body={one.body} />, from: 'md' },
        ]} />
      )}</Answered>
    </Panel>
  )
}
