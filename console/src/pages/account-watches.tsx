/** Accounts at suppliers that are read for what is imposed on them: an abuse penalty at Azure, a data retention mode at Bedrock. */
import { useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/form.tsx'
import { Badge, Panel } from '../parts/panel.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk, useChange } from '../queries.ts'

const words = {
  title: ['Accounts that are read', 'Account che vengono letti'], note: ['Azure and Bedrock send nothing: a penalty, or a changed data retention mode, stands in the account there. It is read every five minutes.', 'Azure e Bedrock non inviano nulla: una sanzione, o un cambio della conservazione dei dati, sta nell’account. Viene letto ogni cinque minuti.'],
  add: ['Have an account read', 'Fai leggere un account'], none: ['No account is read', 'Nessun account viene letto'], account: ['Account, as weir.yaml names it', 'Account, come in weir.yaml'], what: ['What is read', 'Cosa si legge'], 'azure-account': ['Azure: abuse penalty', 'Azure: sanzione per abuso'], 'bedrock-retention': ['Bedrock: data retention', 'Bedrock: conservazione dei dati'],
  found: ['Found', 'Trovato'], nothing: ['none', 'nessuno'], notYet: ['not read yet', 'non ancora letto'], read: ['Read', 'Letto'], never: ['never', 'mai'], trouble: ['Trouble', 'Difficoltà'], stop: ['Read no more', 'Non leggere più'], stopSays: ['Its secret is destroyed.', 'Il suo segreto viene distrutto.'],
  resource: ['Resource id of the account', 'Id risorsa dell’account'], tenant: ['Tenant', 'Tenant'], client: ['Client id', 'Id client'], secret: ['Secret that may read it', 'Segreto che può leggerlo'], secretHint: ['Sealed at once, and shown to nobody', 'Sigillato subito, e mostrato a nessuno'], region: ['Region', 'Regione'], projectOf: ['Project there (optional)', 'Progetto (facoltativo)'],
} as const satisfies Words

type Watch = Answer<'GET /admin/v1/account-watches'>['data'][number]
const touched = ['GET /admin/v1/account-watches', 'GET /admin/v1/logs/governance'] as const

export function AccountWatches(): ReactNode {
  const w = useWords(words)
  const [asked, setAsked] = useState<'add' | Watch>()
  const close = (): void => setAsked(undefined)
  return (
    <Panel title={w.title} note={w.note} asks="GET /admin/v1/account-watches" actions={<Button does="POST /admin/v1/account-watches" icon="plus" onClick={() => setAsked('add')}>{w.add}</Button>}>
      <Watches onStop={setAsked} />
      {asked === undefined ? null : asked === 'add' ? <AddWatch onClose={close} /> : <StopWatch watch={asked} onClose={close} />}
    </Panel>
  )
}

/** What was read last, in a word where there is one: Azure states a penalty as a record, Bedrock a mode. */
function stateText(state: unknown, nothing: string): string {
  if (state === 'none') return nothing
  return typeof state === 'string' ? state : Object.values(state as Readonly<Record<string, unknown>>).map(String).join(', ')
}

function Watches({ onStop }: { readonly onStop: (watch: Watch) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const watches = useAsk('GET /admin/v1/account-watches', {})
  const found = (one: Watch): ReactNode => (one.state === null ? <span className="text-muted">{w.notYet}</span> : <Badge tone={one.state === 'none' ? 'good' : 'warn'}>{stateText(one.state, w.nothing)}</Badge>)
  return (
    <Answered asked={watches}>{({ data }) => (
      <Table caption={w.title} rows={data} rowKey={(one) => one.id} empty={<p className="text-muted">{w.none}</p>} columns={[
        { id: 'account', head: w.account, wrap: true, cell: (one) => <><span className="font-medium">{one.account}</span><p className="text-sm text-muted">{w[one.kind]} · {one.organization === '*' ? s.everyOrganization : one.organization}</p></> },
        { id: 'found', head: w.found, cell: found },
        { id: 'read', head: w.read, cell: (one) => (one.read_at === null ? w.never : format.ago(one.read_at)), from: 'sm' },
        { id: 'trouble', head: w.trouble, wrap: true, cell: (one) => one.trouble ?? '–', from: 'md' },
        { id: 'stop', head: <span className="sr-only">{w.stop}</span>, end: true, cell: (one) => <Button does="DELETE /admin/v1/account-watches/{watch}" small label={`${w.stop}: ${one.account}`} onClick={() => onStop(one)}>{w.stop}</Button> },
      ]} />
    )}</Answered>
  )
}

function StopWatch({ watch, onClose }: { readonly watch: Watch; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const stop = useChange('DELETE /admin/v1/account-watches/{watch}', touched)
  return (
    <ConfirmDialog title={`${w.stop}: ${watch.account}`} verb={w.stop} danger onClose={onClose} busy={stop.isPending} failure={stop.error} consequences={[w.stopSays]}
      onSubmit={() => stop.mutate({ params: { watch: watch.id } }, { onSuccess: onClose })} />
  )
}

function AddWatch({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const organizations = (useAsk('GET /admin/v1/organizations', {}).data?.data ?? []).map((one) => one.name)
  const add = useChange('POST /admin/v1/account-watches', touched)
  const [draft, setDraft] = useState({ kind: 'azure-account' as Watch['kind'], account: '', organization: '*', resource: '', tenant: '', client: '', region: '', project: '', secret: '' })
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part })
  const { kind, account, organization, secret } = draft
  const body = kind === 'azure-account'
    ? { kind, account, organization, secret, resource: draft.resource, tenant: draft.tenant, client_id: draft.client }
    : { kind, account, organization, secret, region: draft.region, ...(draft.project === '' ? {} : { project: draft.project }) }
  return (
    <FormDialog title={w.add} verb={w.add} onClose={onClose} busy={add.isPending} failure={add.error} onSubmit={() => add.mutate({ body } as never, { onSuccess: onClose })}>
      <ChoiceField label={w.what} value={kind} onChange={(value) => set({ kind: value })} options={(['azure-account', 'bedrock-retention'] as const).map((one) => [one, w[one]] as const)} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label={w.account} value={account} onChange={(value) => set({ account: value })} required />
        <ChoiceField label={s.organization} value={organization} onChange={(value) => set({ organization: value })} options={[['*', s.everyOrganization], ...organizations.map((one) => [one, one] as const)]} />
        {kind === 'azure-account'
          ? <><TextField label={w.tenant} value={draft.tenant} onChange={(tenant) => set({ tenant })} required /><TextField label={w.client} value={draft.client} onChange={(client) => set({ client })} required /></>
          : <><TextField label={w.region} value={draft.region} onChange={(region) => set({ region })} required /><TextField label={w.projectOf} value={draft.project} onChange={(project) => set({ project })} /></>}
      </div>
      {kind === 'azure-account' ? <TextField label={w.resource} mono value={draft.resource} onChange={(resource) => set({ resource })} required /> : null}
      <TextField label={w.secret} hint={w.secretHint} type="password" value={secret} onChange={(value) => set({ secret: value })} required />
    </FormDialog>
  )
}
