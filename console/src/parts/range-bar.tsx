/** A share with its interval, from 0 to 1. */
import type { ReactNode } from 'react'

export function RangeBar({ low, at, high, label }: { readonly low: number; readonly at: number | undefined; readonly high: number; readonly label: string }): ReactNode {
  return (
    <div role="img" aria-label={label} className="relative h-2.5 rounded-full bg-line">
      <span className="absolute inset-y-0 rounded-full bg-s1 opacity-40" style={{ left: `${low * 100}%`, width: `${Math.max(0.6, (high - low) * 100)}%` }} />
      {at === undefined ? null : <span className="absolute -inset-y-0.5 w-1 -translate-x-1/2 rounded-full bg-accent" style={{ left: `${at * 100}%` }} />}
    </div>
  )
}
