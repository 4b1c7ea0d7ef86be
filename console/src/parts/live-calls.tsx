/** Calls as they end. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import type { LiveCall } from '../live.ts'
import { paths } from '../paths.ts'
import { Go } from './go.tsx'
import { Badge, type Tone } from './panel.tsx'
import { shownFrom } from './table.tsx'
import { shared } from './words.ts'

const words = {
  served: ['served', 'servita'], refused: ['refused', 'rifiutata'], gone: ['client left', 'client uscito'], caption: ['Latest calls', 'Ultime chiamate'], charged: ['Charged', 'Addebito'],
} as const satisfies Words

function fate(call: LiveCall): readonly [Tone, 'served' | 'refused' | undefined, string] {
  if (call.fault !== null) return ['bad', undefined, call.fault]
  if (call.status >= 400) return ['bad', undefined, String(call.status)]
  return ['good', 'served', '']
}

export function LiveCalls({ calls }: { readonly calls: readonly LiveCall[] }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  return (
    <div className="relative -mx-5 overflow-x-auto px-5" tabIndex={0} role="region" aria-label={`${w.caption}, ${s.scrollable}`}>
      <table className="w-full text-[0.94rem] whitespace-nowrap" data-live-calls>
        <caption className="sr-only">{w.caption}</caption>
        <thead>
          <tr className="border-b border-line text-left text-sm text-muted">
            {[s.time, s.model, s.project, s.status].map((head, index) => <th key={head} scope="col" className={`py-2 pr-4 font-medium ${index === 2 ? shownFrom.md : ''}`}>{head}</th>)}
            {[s.tokens, s.duration, w.charged].map((head, index) => <th key={head} scope="col" className={`py-2 pr-4 text-right font-medium last:pr-0 ${index < 2 ? shownFrom.sm : ''}`}>{head}</th>)}
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => {
            const [tone, word, text] = fate(call)
            return (
              <tr key={call.call} className="arrive border-b border-line last:border-0">
                <td className="py-2 pr-4"><Go to={paths.call(call.call)}>{format.time(call.at)}</Go></td>
                <td className="py-2 pr-4">{call.model}</td>
                <td className={`py-2 pr-4 ${shownFrom.md}`}>{call.organization}/{call.project}</td>
                <td className="py-2 pr-4"><Badge tone={tone}>{word === undefined ? text : w[word]}</Badge></td>
                <td className={`py-2 pr-4 text-right ${shownFrom.sm}`}>{call.input_tokens === null ? '–' : `${format.count(call.input_tokens)} → ${format.count(call.output_tokens ?? 0)}`}</td>
                <td className={`py-2 pr-4 text-right ${shownFrom.sm}`}>{format.duration(call.duration_ms)}</td>
                <td className="py-2 text-right">{format.money(call.charge, 'USD')}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
