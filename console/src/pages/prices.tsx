/** The price book in force: what each meter of each model costs, since when, and where the price was read. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/form.tsx'
import { useAddress } from '../parts/go.tsx'
import { Panel } from '../parts/panel.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { shared } from '../parts/words.ts'
import { useAsk } from '../queries.ts'
import { MoneyFrame } from './money-page.tsx'
import { PriceHistory } from './price-history.tsx'

const words = {
  title: ['Price book', 'Listino prezzi'], intro: ['Prices in force now. Rows never change: a correction is a new row with its own date, and each cost line names the row it used.', 'Prezzi in vigore ora. Le righe non cambiano: una correzione è una nuova riga con la sua data, e ogni riga di costo indica quella usata.'], find: ['Find a model or list', 'Cerca modello o listino'],
  history: ['over time', 'nel tempo'], list: ['List', 'Listino'], meter: ['Meter', 'Contatore'], tier: ['Tier', 'Livello'], region: ['Region class', 'Classe di regione'], above: ['For prompts above', 'Per prompt oltre'], perMillion: ['Per million', 'Al milione'], since: ['Since', 'Dal'], source: ['Source', 'Fonte'], none: ['No price matches', 'Nessun prezzo corrisponde'], shown: [(n: string, all: string) => `${n} of ${all} rows`, (n: string, all: string) => `${n} di ${all} righe`],
} as const satisfies Words

const shownMax = 200

export function PricesPage(): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const [search, change] = useAddress()
  const prices = useAsk('GET /admin/v1/prices', {})
  const find = (search['find'] ?? '').toLowerCase()
  return (
    <MoneyFrame title={w.title} intro={w.intro}>
      <div className="max-w-md"><TextField label={w.find} type="search" value={search['find'] ?? ''} onChange={(value) => change({ find: value })} /></div>
      {search['history'] === undefined ? null : <PriceHistory model={search['history']} />}
      <Answered asked={prices} rows={10}>{({ data }) => {
        const matching = data.filter((row) => `${row.list} ${row.model} ${row.meter}`.toLowerCase().includes(find))
        const shown = matching.slice(0, shownMax)
        return (
          <Panel title={w.title} note={<span role="status">{w.shown(format.count(shown.length), format.count(matching.length))}</span>}>
            <Table caption={w.title} rows={shown} rowKey={(row) => row.id} empty={<Empty icon="search" title={w.none} />}
              columns={[
                { id: 'model', head: s.model, wrap: true, cell: (row) => <Button small kind="quiet" label={`${row.model}, ${w.history}`} onClick={() => change({ history: row.model })}>{row.model}</Button> }, { id: 'meter', head: w.meter, cell: (row) => row.meter }, { id: 'list', head: w.list, cell: (row) => row.list, from: 'sm' },
                { id: 'tier', head: w.tier, cell: (row) => row.tier, from: 'md' }, { id: 'region', head: w.region, cell: (row) => row.region_class, from: 'xl' }, { id: 'above', head: w.above, end: true, cell: (row) => (row.above_input === 0 ? '–' : format.count(row.above_input)), from: 'lg' },
                { id: 'price', head: w.perMillion, end: true, cell: (row) => <span title={row.unit_price}>{format.money(row.per_million, row.currency)}</span> }, { id: 'since', head: w.since, cell: (row) => format.date(row.effective_from), from: 'md' }, { id: 'source', head: w.source, wrap: true, cell: (row) => <span className="text-sm text-muted">{row.source}</span>, from: 'xl' },
              ]} />
          </Panel>
        )
      }}</Answered>
    </MoneyFrame>
  )
}
