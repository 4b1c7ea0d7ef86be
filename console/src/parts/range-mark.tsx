/** A guided range as a band on a line, with what came marked on it: above, inside or below is seen at once. */
import type { ReactNode } from 'react'

export function RangeMark({ low, high, actual, label }: { readonly low: number; readonly high: number; readonly actual: number | undefined; readonly label: string }): ReactNode {
  const values = [low, high, ...(actual === undefined ? [] : [actual])]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least || 1) * 0.35
  const at = (value: number): number => ((value - least + room) / (most - least + 2 * room)) * 100
  return (
    <div role="img" aria-label={label} className="relative h-9">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
      <span className="absolute top-1/2 h-3 -translate-y-1/2 rounded-full bg-s1 opacity-60" style={{ left: `${at(low)}%`, width: `${Math.max(1, at(high) - at(low))}%` }} />
      {actual === undefined ? null : <span className="absolute top-1/2 size-4 -translate-x-1/2 -translate-y-1/2 rotate-45 rounded-sm border-2 border-surface bg-s2" style={{ left: `${at(actual)}%` }} />}
    </div>
  )
}
