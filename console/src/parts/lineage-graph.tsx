/** What was made from what, left to right: sources, datasets, trainings, models. Each box is a link; a table says the same. */
import { useMemo, type ReactNode } from 'react'
import { useWords } from '../language.ts'
import { paths } from '../paths.ts'
import { Go } from './go.tsx'
import { shared } from './words.ts'

export interface Ancestor { readonly id: string; readonly kind: string; readonly origin: string; readonly flags: readonly string[]; readonly from: readonly string[] }

const [boxWidth, boxHeight, columnGap, rowGap, margin] = [208, 52, 72, 18, 8]
const fills: Readonly<Record<string, string>> = { dataset: 'var(--s1)', run: 'var(--s3)', model: 'var(--s4)', weights: 'var(--s2)' }

interface Placed { readonly one: Ancestor; readonly x: number; readonly y: number }

/** Columns by the longest way from a root; within a column, beside those they come from. */
function place(all: readonly Ancestor[]): { readonly placed: ReadonlyMap<string, Placed>; readonly width: number; readonly height: number } {
  const byId = new Map(all.map((one) => [one.id, one]))
  const depths = new Map<string, number>()
  const depthOf = (id: string, seen: ReadonlySet<string>): number => {
    const known = depths.get(id)
    if (known !== undefined) return known
    const parents = (byId.get(id)?.from ?? []).filter((parent) => byId.has(parent) && !seen.has(parent))
    const depth = parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => depthOf(parent, new Set([...seen, id]))))
    depths.set(id, depth)
    return depth
  }
  const columns = Map.groupBy(all, (one) => depthOf(one.id, new Set()))
  const placed = new Map<string, Placed>()
  for (const depth of [...columns.keys()].toSorted((a, b) => a - b)) {
    const middle = (one: Ancestor): number => { const ys = one.from.flatMap((parent) => placed.get(parent)?.y ?? []); return ys.length === 0 ? Number.MAX_SAFE_INTEGER : ys.reduce((sum, y) => sum + y, 0) / ys.length }
    const column = (columns.get(depth) ?? []).toSorted((a, b) => middle(a) - middle(b) || (a.id < b.id ? -1 : 1))
    column.forEach((one, index) => placed.set(one.id, { one, x: margin + depth * (boxWidth + columnGap), y: margin + index * (boxHeight + rowGap) }))
  }
  const all_ = [...placed.values()]
  return { placed, width: Math.max(0, ...all_.map((one) => one.x)) + boxWidth + margin, height: Math.max(0, ...all_.map((one) => one.y)) + boxHeight + margin }
}

const short = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)

export function LineageGraph({ label, all, chosen, sayKind }: { readonly label: string; readonly all: readonly Ancestor[]; readonly chosen: string | undefined; readonly sayKind: (kind: string) => string }): ReactNode {
  const s = useWords(shared)
  const { placed, width, height } = useMemo(() => place(all), [all])
  const related = useMemo(() => relatives(all, chosen), [all, chosen])
  return (
    <div className="max-h-[34rem] overflow-auto rounded-lg border border-line bg-raised" tabIndex={0} role="region" aria-label={`${label}, ${s.scrollable}`}>
      <div className="relative" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true" className="absolute inset-0">
          {[...placed.values()].flatMap(({ one, x, y }) => one.from.flatMap((parent) => {
            const from = placed.get(parent)
            if (from === undefined) return []
            const [x1, y1, x2, y2] = [from.x + boxWidth, from.y + boxHeight / 2, x, y + boxHeight / 2]
            const strong = related.has(parent) && related.has(one.id)
            return [<path key={`${parent} ${one.id}`} d={`M${x1} ${y1}C${x1 + columnGap / 2} ${y1} ${x2 - columnGap / 2} ${y2} ${x2} ${y2}`} fill="none" stroke={strong ? 'var(--accent)' : 'var(--edge)'} strokeWidth={strong ? 2.5 : 1.4} opacity={related.size === 0 || strong ? 1 : 0.35} />]
          }))}
        </svg>
        <ul aria-label={label}>
          {[...placed.values()].map(({ one, x, y }) => (
            <li key={one.id} className="absolute" style={{ left: x, top: y, width: boxWidth, height: boxHeight }}>
              <Go to={paths.datasets(one.id)} current={one.id === chosen}
                className={`flex h-full items-stretch overflow-hidden rounded-lg border bg-surface text-left ${one.id === chosen ? 'border-accent ring-2 ring-accent' : one.origin === 'unknown' ? 'border-dashed border-warn' : 'border-line hover:border-edge'}`}>
                <span aria-hidden="true" className="w-1.5 shrink-0" style={{ background: fills[one.kind] ?? 'var(--s6)' }} />
                <span className="min-w-0 px-2.5 py-1"><span className="block truncate font-medium">{short(one.id, 24)}</span><span className="block truncate text-sm text-muted">{sayKind(one.kind)}{one.flags.length === 0 ? '' : ` · ${one.flags.join(', ')}`}</span></span>
              </Go>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

/** The chosen one with everything that it was made from and that was made from it. */
function relatives(all: readonly Ancestor[], chosen: string | undefined): ReadonlySet<string> {
  const found = new Set<string>()
  if (chosen === undefined) return found
  const walk = (id: string, next: (id: string) => readonly string[], seen: Set<string>): void => {
    if (seen.has(id)) return
    seen.add(id)
    found.add(id)
    for (const one of next(id)) walk(one, next, seen)
  }
  walk(chosen, (id) => all.find((one) => one.id === id)?.from ?? [], new Set())
  walk(chosen, (id) => all.filter((one) => one.from.includes(id)).map((one) => one.id), new Set())
  return found
}
