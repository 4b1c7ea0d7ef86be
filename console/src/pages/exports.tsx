/** Files for finance systems: the datasets of the FOCUS specification, and a customer's usage as its own Weir imports it. */
import { useState, type ReactNode } from 'react'
import { useMinute } from '../clock.ts'
import { saveAnswer } from '../download.ts'
import { useWords, type Words } from '../language.ts'
import { asMonth, monthAt, spanOf } from '../months.ts'
import { Button } from '../parts/button.tsx'
import { ChoiceField, Segments, TextField } from '../parts/form.tsx'
import { useAddress } from '../parts/go.tsx'
import { Panel } from '../parts/panel.tsx'
import { ErrorNote } from '../parts/states.tsx'
import { shared } from '../parts/words.ts'
import { useAsk } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'

const words = {
  title: ['Exports', 'Esportazioni'], intro: ['FOCUS is the FinOps Foundation’s common form for cost data: every tool for cloud costs reads it.', 'FOCUS è il formato comune della FinOps Foundation per i dati di costo: lo leggono tutti gli strumenti per i costi cloud.'], month: ['Month', 'Mese'], version: ['FOCUS version', 'Versione FOCUS'], form: ['File', 'File'],
  'cost-and-usage': ['Cost and usage', 'Costi e consumi'], costNote: ['Every charge with its resource, list, contracted and effective cost.', 'Ogni addebito con risorsa, costo di listino, contrattuale ed effettivo.'], 'invoice-detail': ['Invoice detail', 'Dettaglio fatture'], invoiceNote: ['The lines of issued invoices.', 'Le righe delle fatture emesse.'], 'billing-period': ['Billing periods', 'Periodi di fatturazione'], periodNote: ['Months with their state.', 'I mesi con il loro stato.'], 'contract-commitment': ['Contract commitments', 'Impegni contrattuali'], commitmentNote: ['What was promised and until when.', 'Cosa è stato promesso e fino a quando.'],
  usage: ['A customer’s usage', 'Consumi di un cliente'], usageNote: ['In the form that the customer’s own Weir imports as a bill and reconciles.', 'Nel formato che il Weir del cliente importa come fattura e riconcilia.'], save: ['Download', 'Scarica'], chooseOrganization: ['Choose an organization above', 'Scegli sopra un’organizzazione'],
} as const satisfies Words

const datasets = [['cost-and-usage', 'costNote'], ['invoice-detail', 'invoiceNote'], ['billing-period', 'periodNote'], ['contract-commitment', 'commitmentNote']] as const

export function ExportsPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const [search, change] = useAddress()
  const [failure, setFailure] = useState<unknown>()
  const organizations = useAsk('GET /admin/v1/organizations', {})
  const month = asMonth(search['month'], monthAt(useMinute()))
  const version = search['version'] === '1.2' ? '1.2' : '1.4'
  const format = search['format'] === 'parquet' ? 'parquet' : 'csv'
  const organization = search['organization'] ?? ''
  const run = (work: Promise<void>): void => {
    setFailure(undefined)
    work.catch(setFailure)
  }
  return (
    <MoneyFrame title={w.title} intro={w.intro}>
      <div className="flex flex-wrap items-end gap-4">
        <TextField label={w.month} type="month" value={month} onChange={(value) => change({ month: value })} />
        <ChoiceField label={s.organization} value={organization} onChange={(value) => change({ organization: value })} options={[['', s.all], ...(organizations.data?.data ?? []).map((one) => [one.name, one.name] as const)]} />
        <Segments label={w.version} value={version} onChange={(value) => change({ version: value })} options={[['1.4', 'FOCUS 1.4'], ['1.2', 'FOCUS 1.2']]} />
        <Segments label={w.form} value={format} onChange={(value) => change({ format: value })} options={[['csv', 'CSV'], ['parquet', 'Parquet']]} />
      </div>
      {failure === undefined ? null : <ErrorNote cause={failure} title={s.changeFailed} />}
      <div className="grid gap-4 md:grid-cols-2">
        {datasets.map(([dataset, note]) => (
          <Panel key={dataset} title={w[dataset]} note={w[note]}>
            <Button icon="download" label={`${w.save}: ${w[dataset]}`} onClick={() => run(saveAnswer(`focus-${version}-${dataset}-${month}.${format}`, 'GET /admin/v1/focus/{dataset}', { params: { dataset }, query: { month, version, format, ...(organization === '' ? {} : { organization }) } }))}>{w.save}</Button>
          </Panel>
        ))}
        <Panel title={w.usage} note={w.usageNote}>
          <Button icon="download" label={`${w.save}: ${w.usage}`} because={organization === '' ? w.chooseOrganization : undefined} onClick={() => run(saveAnswer(`usage-${organization}-${month}.json`, 'GET /admin/v1/usage-export/{organization}', { params: { organization }, query: { from: spanOf(month).from.slice(0, 10), until: spanOf(month).to.slice(0, 10) } }))}>{w.save}</Button>
        </Panel>
      </div>
    </MoneyFrame>
  )
}
