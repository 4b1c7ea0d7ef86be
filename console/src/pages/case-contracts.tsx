/** What a suspension does to each of the customer's contracts: shown before it is asked for and before it is confirmed. */
import type { ReactNode } from 'react'
import { useWords, type Words } from '../language.ts'
import { Badge } from '../parts/panel.tsx'
import { Answered } from '../parts/states.tsx'
import { useAsk } from '../queries.ts'

const words = {
  title: ['What it does to its contracts', 'Effetto sui contratti'], none: ['It has no contract: calls that were made are billed at list price.', 'Non ha contratti: le chiamate fatte si fatturano a listino.'], noRule: ['No rule of it feels a suspension: usage is billed as it comes.', 'Nessuna regola risente di una sospensione: l’uso si fattura come viene.'],
  run: ['runs on', 'continua'], pause: ['pauses', 'si ferma'], end: ['ends', 'termina'], version: [(n: number) => `version ${n}`, (n: number) => `versione ${n}`],
} as const satisfies Words

export function ContractsFelt({ id, project, until }: { readonly id: string; readonly project?: string | undefined; readonly until?: string | undefined }): ReactNode {
  const w = useWords(words)
  const asked = useAsk('GET /admin/v1/cases/{case}/contracts', { params: { case: id }, query: { ...(project === undefined ? {} : { project }), ...(until === undefined ? {} : { until }) } })
  return (
    <section aria-label={w.title} className="grid gap-2">
      <h3 className="font-medium">{w.title}</h3>
      <Answered asked={asked} rows={2}>{({ data }) => data.length === 0 ? <p className="text-sm text-muted">{w.none}</p> : (
        <ul className="grid gap-3">{data.map((one) => (
          <li key={one.contract} className="grid gap-1">
            <p className="text-sm">{one.contract}, {w.version(one.version)}</p>
            {one.effects.length === 0 ? <p className="text-sm text-muted">{w.noRule}</p> : (
              <ul className="grid gap-1 pl-3">{one.effects.map((effect) => (
                <li key={effect.rule} className="text-sm"><span className="font-medium">{effect.rule}</span> <Badge tone={effect.when_suspended === 'run' ? 'plain' : 'warn'}>{w[effect.when_suspended]}</Badge> <span className="text-muted">{effect.without}{effect.with === effect.without ? '' : ` → ${effect.with}`}</span></li>
              ))}</ul>
            )}
          </li>
        ))}</ul>
      )}</Answered>
    </section>
  )
}
