/** Who may call, and how much: organizations, projects, keys, limits and budgets with what is held right now. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { useNames } from '../names.ts'
import { BudgetBars } from '../parts/budget-bars.tsx'
import { Button } from '../parts/button.tsx'
import { Go, useAddress } from '../parts/go.tsx'
import { Badge, Page, Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { ChoiceField } from '../parts/form.tsx'
import { shared } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { useAsk } from '../queries.ts'
import { mayAsk } from '../session.ts'
import { accessWords, CreateKey, CreateOrganization, CreateProject, EditScope, RevokeKey, RotateKey, type Key, type Scope } from './access-forms.tsx'

const words = {
  title: ['Access', 'Accessi'], intro: ['Organizations hold projects, projects hold keys. Limits and budgets of every level apply together.', 'Le organizzazioni contengono progetti, i progetti chiavi. Limiti e budget di ogni livello valgono insieme.'], keys: ['Keys', 'Chiavi'], createKey: ['Create a key', 'Crea una chiave'], createProject: ['Add a project', 'Aggiungi un progetto'], createOrganization: ['Add an organization', 'Aggiungi un’organizzazione'],
  edit: ['Limits & budget', 'Limiti e budget'], rotate: ['Rotate', 'Ruota'], revoke: ['Revoke', 'Revoca'], ends: ['Secret', 'Segreto'], created: ['Created', 'Creata'], expires: ['Expires', 'Scade'], never: ['never', 'mai'], active: ['active', 'attiva'], revoked: ['revoked', 'revocata'], expired: ['expired', 'scaduta'], allModels: ['all models', 'tutti i modelli'],
  noKeys: ['No key here yet', 'Ancora nessuna chiave'], noKeysHint: ['A key lets one application call. Its secret is shown once.', 'Una chiave permette a un’applicazione di chiamare. Il segreto si mostra una volta.'], budgets: ['Budgets and what is held now', 'Budget e importi impegnati'], noBudgets: ['No budget is set', 'Nessun budget impostato'], noBudgetsHint: ['A budget is a hard limit: each call holds its worst case before it is made.', 'Un budget è un limite rigido: ogni chiamata impegna prima il suo costo massimo.'],
  noOrganizations: ['No organization yet', 'Ancora nessuna organizzazione'], perMinute: [(n: string) => `${n} requests/min`, (n: string) => `${n} richieste/min`], tokensPerMinute: [(n: string) => `${n} tokens/min`, (n: string) => `${n} token/min`], atOnce: [(n: string) => `${n} at once`, (n: string) => `${n} insieme`], noLimits: ['no limits', 'senza limiti'], showRevoked: ['Show revoked', 'Mostra revocate'], only: ['Only these', 'Solo attive'], allProjects: ['All projects', 'Tutti i progetti'],
} as const satisfies Words

type Limits = { readonly requestsPerMinute?: number | undefined; readonly tokensPerMinute?: number | undefined; readonly concurrency?: number | undefined } | undefined
type Asked = { readonly what: 'organization' } | { readonly what: 'project'; readonly organization: string } | { readonly what: 'key' } | { readonly what: 'rotate' | 'revoke'; readonly key: Key } | { readonly what: 'edit'; readonly scope: Scope }

export function AccessPage(): ReactNode {
  const w = useWords(words)
  const [search, change] = useAddress()
  const [asked, setAsked] = useState<Asked>()
  const organizations = useAsk('GET /admin/v1/organizations', {})
  const projects = useAsk('GET /admin/v1/projects', {})
  const close = (): void => setAsked(undefined)
  const noProject = (projects.data?.data ?? []).length === 0
  return (
    <Page title={w.title} intro={w.intro} actions={<><Button does="PUT /admin/v1/organizations/{organization}" icon="plus" onClick={() => setAsked({ what: 'organization' })}>{w.createOrganization}</Button><Button does="POST /admin/v1/keys" icon="key" kind="primary" because={noProject ? w.noOrganizations : undefined} onClick={() => setAsked({ what: 'key' })}>{w.createKey}</Button></>}>
      {!mayAsk('GET /admin/v1/organizations') ? null : <div className="grid grid-cols-[minmax(0,1fr)] gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,1.25fr)]">
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-5">
          <Answered asked={organizations}>{({ data }) => (data.length === 0 ? <Empty icon="access" title={w.noOrganizations} /> : data.map((one) => <Organization key={one.name} organization={one} projects={(projects.data?.data ?? []).filter((project) => project.organization === one.name)} ask={setAsked} />))}</Answered>
        </div>
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-5"><Budgets /></div>
      </div>}
      <Keys project={search['project']} revoked={search['revoked'] === 'true'} change={change} ask={setAsked} projects={projects.data?.data ?? []} />
      {asked === undefined ? null : <Asking asked={asked} onClose={close} projects={projects.data?.data ?? []} chosen={search['project']} />}
    </Page>
  )
}

function Asking({ asked, onClose, projects, chosen }: { readonly asked: Asked; readonly onClose: () => void; readonly projects: Answer<'GET /admin/v1/projects'>['data']; readonly chosen: string | undefined }): ReactNode {
  switch (asked.what) {
    case 'organization': return <CreateOrganization onClose={onClose} />
    case 'project': return <CreateProject organization={asked.organization} onClose={onClose} />
    case 'key': return <CreateKey projects={projects} chosen={chosen} onClose={onClose} />
    case 'rotate': return <RotateKey of={asked.key} onClose={onClose} />
    case 'revoke': return <RevokeKey of={asked.key} onClose={onClose} />
    case 'edit': return <EditScope scope={asked.scope} onClose={onClose} />
  }
}

function useLimits(): (limits: Limits) => string {
  const w = useWords(words)
  const format = useFormat()
  return (limits) => {
    const parts = [limits?.requestsPerMinute === undefined ? '' : w.perMinute(format.short(limits.requestsPerMinute)), limits?.tokensPerMinute === undefined ? '' : w.tokensPerMinute(format.short(limits.tokensPerMinute)), limits?.concurrency === undefined ? '' : w.atOnce(format.short(limits.concurrency))].filter((part) => part !== '')
    return parts.length === 0 ? w.noLimits : parts.join(' · ')
  }
}

function Organization({ organization, projects, ask }: { readonly organization: Answer<'GET /admin/v1/organizations'>['data'][number]; readonly projects: Answer<'GET /admin/v1/projects'>['data']; readonly ask: (asked: Asked) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const say = useLimits()
  const locked = organization.managed_by === null ? undefined : s.declaredInFile
  return (
    <Panel title={organization.spec.displayName ?? organization.name} note={`${s.organization} ${organization.name} · ${say(organization.spec.limits)}`}
      actions={<><Button does="PUT /admin/v1/organizations/{organization}" small because={locked} onClick={() => ask({ what: 'edit', scope: { kind: 'organization', organization: organization.name, spec: organization.spec } })}>{w.edit}</Button><Button does="PUT /admin/v1/organizations/{organization}/projects/{project}" small icon="plus" onClick={() => ask({ what: 'project', organization: organization.name })}>{w.createProject}</Button></>}>
      <ul className="grid divide-y divide-line">
        {projects.map((project) => (
          <li key={project.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5 first:pt-0 last:pb-0">
            <div className="min-w-0 flex-1 basis-40"><Go to={paths.access(`${project.organization}/${project.name}`)}>{project.name}</Go><p className="text-sm text-muted">{say(project.spec.limits)}</p></div>
            <Button does="PUT /admin/v1/organizations/{organization}/projects/{project}" small label={`${w.edit}: ${project.name}`} because={project.managed_by === null ? undefined : s.declaredInFile} onClick={() => ask({ what: 'edit', scope: { kind: 'project', organization: project.organization, project: project.name, spec: project.spec } })}>{w.edit}</Button>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Budgets(): ReactNode {
  const w = useWords(words)
  const budgets = useAsk('GET /admin/v1/budgets', {})
  return <Panel title={w.budgets}><Answered asked={budgets}>{({ data }) => (data.length === 0 ? <Empty icon="money" title={w.noBudgets}>{w.noBudgetsHint}</Empty> : <BudgetBars budgets={data} />)}</Answered></Panel>
}

interface KeysProps {
  readonly project: string | undefined
  readonly revoked: boolean
  readonly change: (change: Readonly<Record<string, string>>) => void
  readonly ask: (asked: Asked) => void
  readonly projects: Answer<'GET /admin/v1/projects'>['data']
}

function Keys({ project, revoked, change, ask, projects }: KeysProps): ReactNode {
  const named = useNames()
  const w = useWords(words)
  const s = useWords(shared)
  const a = useWords(accessWords)
  const format = useFormat()
  const say = useLimits()
  const keys = useAsk('GET /admin/v1/keys', { query: { ...(project === undefined ? {} : { project }), revoked: revoked ? 'true' : 'false' } }, { keep: true })
  const state = (key: Key): ReactNode => (key.revoked_at !== null ? <Badge tone="bad" title={`${format.moment(key.revoked_at)}, ${key.revoked_by === null ? '' : named(key.revoked_by)}`}>{w.revoked}</Badge> : key.expires !== null && Date.parse(key.expires) < Date.now() ? <Badge tone="warn">{w.expired}</Badge> : <Badge tone="good">{w.active}</Badge>)
  const locked = (key: Key): string | undefined => (key.revoked_at !== null ? w.revoked : key.managed_by === null ? undefined : s.declaredInFile)
  return (
    <Panel title={w.keys} actions={<Button small pressed={revoked} onClick={() => change({ revoked: revoked ? '' : 'true' })}>{w.showRevoked}</Button>}>
      <div className="mb-3 max-w-sm"><ChoiceField label={s.project} value={project ?? ''} onChange={(value) => change({ project: value })} options={[['', w.allProjects], ...projects.map((one) => [`${one.organization}/${one.name}`, `${one.organization}/${one.name}`] as const)]} /></div>
      <Answered asked={keys}>{({ data }) => (
        <Table caption={w.keys} rows={data.toSorted((x, y) => (x.created_at < y.created_at ? 1 : -1))} rowKey={(key) => key.id} empty={<Empty icon="key" title={w.noKeys}>{w.noKeysHint}</Empty>}
          columns={[
            { id: 'name', head: s.name, wrap: true, cell: (key) => <><Go to={paths.calls({ key: key.id })} label={`${key.name}, ${s.calls}`}>{key.name}</Go><p className="text-sm text-muted">{key.organization}/{key.project}</p></> },
            { id: 'state', head: s.status, cell: state }, { id: 'hint', head: w.ends, cell: (key) => <code className="font-mono text-sm">{key.hint}</code>, from: 'sm' }, { id: 'purpose', head: s.purpose, cell: (key) => key.purpose ?? '–', from: 'lg' },
            { id: 'models', head: s.model, wrap: true, cell: (key) => <span className="text-sm">{key.models === null ? w.allModels : key.models.join(', ')}</span>, from: 'xl' }, { id: 'limits', head: a.limits, cell: (key) => <span className="text-sm">{say(key.spec.limits)}</span>, from: 'xl' },
            { id: 'created', head: w.created, cell: (key) => format.date(key.created_at), from: 'md' }, { id: 'expires', head: w.expires, cell: (key) => (key.expires === null ? w.never : format.date(key.expires)), from: 'lg' },
            { id: 'act', head: <span className="sr-only">{w.rotate}</span>, end: true, cell: (key) => <span className="inline-flex gap-2"><Button does="POST /admin/v1/keys/{key}/rotate" small label={`${w.rotate} ${key.organization}/${key.project}/${key.name}`} because={locked(key)} onClick={() => ask({ what: 'rotate', key })}>{w.rotate}</Button><Button does="DELETE /admin/v1/keys/{key}" small label={`${w.revoke} ${key.organization}/${key.project}/${key.name}`} because={key.revoked_at === null ? undefined : w.revoked} onClick={() => ask({ what: 'revoke', key })}>{w.revoke}</Button></span> },
          ]} />
      )}</Answered>
    </Panel>
  )
}
