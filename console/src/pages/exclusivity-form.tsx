/** An exclusivity: what of a maker's only one channel may sell, where, to whom not, and until when. A change is a new version: a waiver comes later than the contract. */
import { useState, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { FormDialog } from '../parts/dialog.tsx'
import { CheckField, ChoiceField, TextField } from '../parts/form.tsx'
import { dayMs, dayOf, endOf, given, listed } from '../parts/typed.ts'
import { shared } from '../parts/words.ts'
import { useChange } from '../queries.ts'

const words = {
  record: ['Record an exclusivity', 'Registra un’esclusiva'], change: ['Change the exclusivity', 'Modifica l’esclusiva'], register: ['Register', 'Registra'], id: ['Id', 'Id'], maker: ['Maker', 'Produttore'], channel: ['Exclusive channel', 'Canale esclusivo'], ends: ['Ends on', 'Scade il'], access: ['About', 'Riguarda'], both: ['service and weights', 'servizio e pesi'], api: ['the service alone', 'solo il servizio'], weights: ['the weights alone', 'solo i pesi'],
  models: ['Models in scope', 'Modelli interessati'], modelsHint: ['Public or upstream names, comma-separated; empty: all of the maker’s.', 'Nomi pubblici o del fornitore, separati da virgole; vuoto: tutti quelli del produttore.'], regions: ['Regions', 'Regioni'], regionsHint: ['As deployments name them, comma-separated; empty: everywhere.', 'Come le nominano i deployment, separate da virgole; vuoto: ovunque.'],
  carveOuts: ['Carve-outs', 'Eccezioni'], carveOutsHint: ['Models or organizations that it leaves to other channels, comma-separated.', 'Modelli od organizzazioni che lascia ad altri canali, separati da virgole.'], right: ['Matching right', 'Diritto di pareggiare'], rightHint: ['The exclusive channel may match another’s offer first: weir apply reminds of it.', 'Il canale esclusivo può pareggiare l’offerta di un altro: weir apply lo ricorda.'],
  waivers: ['Waivers', 'Rinunce'], waiversHint: ['Models or channels that it has said not to match, comma-separated: no reminder for these.', 'Modelli o canali che ha detto di non pareggiare, separati da virgole: nessun promemoria.'],
  allModels: ['all models', 'tutti i modelli'], everywhere: ['everywhere', 'ovunque'], without: ['not for', 'escluso per'], waived: ['waived for', 'rinuncia per'],
} as const satisfies Words

export interface ExclusivityBody {
  readonly id: string
  readonly maker: string
  readonly channel: string
  readonly models?: readonly string[]
  readonly access?: 'api' | 'weights'
  readonly regions?: readonly string[]
  readonly carveOuts?: readonly string[]
  readonly matchingRight?: boolean
  readonly waivers?: readonly string[]
  readonly endsMs: number
}

const shownList = (all: readonly string[] = []): string => all.join(', ')

/** In one line: what it covers, what not, and whether offers may be matched. */
export function ExclusivityScope({ of }: { readonly of: ExclusivityBody }): ReactNode {
  const w = useWords(words)
  const { models, access, regions, carveOuts = [], matchingRight = false, waivers = [] } = of
  return (
    <>
      <span>{[models === undefined ? w.allModels : shownList(models), access === undefined ? w.both : w[access], regions === undefined ? w.everywhere : shownList(regions)].join(' · ')}</span>
      {carveOuts.length === 0 ? null : <p className="text-sm text-muted">{w.without} {shownList(carveOuts)}</p>}
      {matchingRight ? <p className="text-sm text-muted">{w.right}{waivers.length === 0 ? null : <>, {w.waived} {shownList(waivers)}</>}</p> : null}
    </>
  )
}

export function ExclusivityForm({ of, onClose }: { readonly of?: ExclusivityBody | undefined; readonly onClose: () => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const at = useMinute()
  const put = useChange('POST /admin/v1/terms/records/{kind}', ['GET /admin/v1/terms/records/{kind}', 'GET /admin/v1/terms/explain/{purpose}', 'GET /admin/v1/logs/governance'])
  const [draft, setDraft] = useState(() => ({
    id: of?.id ?? '', maker: of?.maker ?? '', channel: of?.channel ?? '', ends: dayOf(of === undefined ? at + 365 * dayMs : of.endsMs - 1), models: shownList(of?.models), regions: shownList(of?.regions), carveOuts: shownList(of?.carveOuts), waivers: shownList(of?.waivers),
  }))
  const [access, setAccess] = useState<'' | 'api' | 'weights'>(of?.access ?? '')
  const [right, setRight] = useState(of?.matchingRight ?? false)
  const text = (name: keyof typeof draft): { readonly value: string; readonly onChange: (value: string) => void } => ({ value: draft[name], onChange: (value) => setDraft({ ...draft, [name]: value }) })
  // A day that nobody changed keeps its hour: an exclusivity may end within a day.
  const endsMs = of !== undefined && draft.ends === dayOf(of.endsMs - 1) ? of.endsMs : endOf(draft.ends)
  const submit = (): void => put.mutate({
    params: { kind: 'exclusivities' },
    body: given({ id: draft.id, maker: draft.maker, channel: draft.channel, models: listed(draft.models), access, regions: listed(draft.regions), carveOuts: listed(draft.carveOuts) ?? [], endsMs, matchingRight: right, waivers: right ? listed(draft.waivers) ?? [] : [] }),
  }, { onSuccess: onClose })
  return (
    <FormDialog title={of === undefined ? w.record : `${w.change} ${of.id}`} verb={of === undefined ? w.register : s.save} onClose={onClose} busy={put.isPending} failure={put.error} onSubmit={submit}>
      <div className="grid gap-4 sm:grid-cols-2">
        {of === undefined ? <TextField label={w.id} {...text('id')} required /> : null}
        <TextField label={w.maker} {...text('maker')} required />
        <TextField label={w.channel} {...text('channel')} required />
        <TextField label={w.ends} type="date" {...text('ends')} required {...(of === undefined ? {} : { hint: format.date(endsMs) })} />
        <ChoiceField label={w.access} value={access} onChange={setAccess} options={[['', w.both], ['api', w.api], ['weights', w.weights]]} />
      </div>
      <TextField label={w.models} hint={w.modelsHint} {...text('models')} />
      <TextField label={w.regions} hint={w.regionsHint} {...text('regions')} />
      <TextField label={w.carveOuts} hint={w.carveOutsHint} {...text('carveOuts')} />
      <CheckField label={w.right} hint={w.rightHint} checked={right} onChange={setRight} />
      {right ? <TextField label={w.waivers} hint={w.waiversHint} {...text('waivers')} /> : null}
    </FormDialog>
  )
}
