/** Where a month's money went, from customers over models to makers and the margin that stayed: bands as wide as their sums. */
import { useId, useMemo, useState, type ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { exact, sum } from '../decimal.ts'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Table } from './table.tsx'
import { shared } from './words.ts'

const words = { kept: ['margin kept', 'margine'], of: [(a: string, b: string) => `${a} to ${b}`, (a: string, b: string) => `${a} a ${b}`], flow: ['Flow', 'Flusso'], amount: ['Amount', 'Importo'], from: ['From', 'Da'], to: ['To', 'A'] } as const satisfies Words

type Margin = Answer<'GET /admin/v1/margins'>['data'][number]
interface Flow { readonly from: string; readonly to: string; readonly stage: 0 | 1; readonly amount: string }
interface Node { readonly name: string; readonly y: number; readonly height: number }

const [width, height, gap, bar] = [960, 340, 10, 12]

function flowsOf(rows: readonly Margin[], kept: string): readonly Flow[] {
  const added = (pairs: readonly (readonly [from: string, to: string, amount: string])[], stage: 0 | 1): Flow[] =>
    [...Map.groupBy(pairs, ([from, to]) => `${from}\n${to}`)].map(([key, own]) => ({ from: key.split('\n')[0] ?? '', to: key.split('\n')[1] ?? '', stage, amount: sum(own.map(([, , amount]) => amount)) }))
  const positive = (flow: Flow): boolean => exact(flow.amount) > 0n
  return [...added(rows.map((row) => [row.organization, row.model, row.revenue] as const), 0), ...added(rows.flatMap((row) => [[row.model, row.maker, row.cost] as const, [row.model, kept, row.margin] as const]), 1)].filter(positive)
}

/** A column of bars, the largest first, together as high as the picture. */
function column(names: readonly string[], size: (name: string) => bigint, most: bigint): ReadonlyMap<string, Node> {
  const scale = (value: bigint): number => (Number((value * 10_000n) / (most === 0n ? 1n : most)) / 10_000) * (height - gap * 9)
  let y = 0
  return new Map(names.toSorted((a, b) => (size(a) < size(b) ? 1 : -1)).map((name) => {
    const node = { name, y, height: Math.max(2, scale(size(name))) }
    y += node.height + gap
    return [name, node]
  }))
}

export function MoneyFlow({ rows, currency, title }: { readonly rows: readonly Margin[]; readonly currency: string; readonly title: string }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const format = useFormat()
  const id = useId()
  const [under, setUnder] = useState<Flow>()
  const flows = useMemo(() => flowsOf(rows, w.kept), [rows, w.kept])
  const drawn = useMemo(() => place(flows), [flows])
  const say = (flow: Flow): string => `${w.of(flow.from, flow.to)}: ${format.money(flow.amount, currency)}`
  return (
    <figure aria-labelledby={id} className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <figcaption id={id} className="sr-only">{title}</figcaption>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={`${title}, ${s.scrollable}`}>
        <svg viewBox={`0 0 ${width} ${drawn.height}`} role="img" aria-label={title} className="w-full min-w-[40rem]">
          {drawn.bands.map(({ flow, path, size }) => <path key={`${flow.stage} ${flow.from} ${flow.to}`} d={path} fill="none" stroke={flow.to === w.kept ? 'var(--s4)' : 'var(--s1)'} strokeWidth={size} opacity={under === undefined ? 0.28 : under === flow ? 0.65 : 0.12} onMouseEnter={() => setUnder(flow)} onMouseLeave={() => setUnder(undefined)} />)}
          {drawn.nodes.map(({ node, x, end }) => (
            <g key={`${x} ${node.name}`}>
              <rect x={x} y={node.y} width={bar} height={node.height} rx="2" fill={node.name === w.kept ? 'var(--s4)' : 'var(--s1)'} />
              <text x={end ? x - 6 : x + bar + 6} y={node.y + Math.max(7, node.height / 2)} textAnchor={end ? 'end' : 'start'} dominantBaseline="middle" fontSize="13" fill="var(--ink)">{node.name}</text>
            </g>
          ))}
        </svg>
      </div>
      <p className="figures min-h-6 text-sm text-muted">{under === undefined ? '' : say(under)}</p>
      <details className="text-sm">
        <summary className="w-fit text-muted hover:text-ink">{s.asTable}</summary>
        <div className="mt-2 px-5"><Table caption={`${title}, ${currency}`} rows={flows} rowKey={(flow) => `${flow.stage} ${flow.from} ${flow.to}`} columns={[{ id: 'from', head: w.from, cell: (flow) => flow.from }, { id: 'to', head: w.to, cell: (flow) => flow.to }, { id: 'amount', head: w.amount, end: true, cell: (flow) => format.money(flow.amount, currency) }]} /></div>
      </details>
    </figure>
  )
}

function place(flows: readonly Flow[]) {
  const total = (own: readonly Flow[]): bigint => own.reduce((all, flow) => all + exact(flow.amount), 0n)
  const first = flows.filter((flow) => flow.stage === 0)
  const second = flows.filter((flow) => flow.stage === 1)
  const most = total(first) > total(second) ? total(first) : total(second)
  const names = (pick: (flow: Flow) => string, own: readonly Flow[]): string[] => [...new Set(own.map(pick))]
  const middle = [...new Set([...names((flow) => flow.to, first), ...names((flow) => flow.from, second)])]
  const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
  const columns = [
    column(names((flow) => flow.from, first), (name) => total(first.filter((flow) => flow.from === name)), most),
    column(middle, (name) => larger(total(first.filter((flow) => flow.to === name)), total(second.filter((flow) => flow.from === name))), most),
    column(names((flow) => flow.to, second), (name) => total(second.filter((flow) => flow.to === name)), most),
  ] as const
  const xs = [0, (width - bar) / 2, width - bar] as const
  const used = new Map<string, number>()
  const take = (side: string, node: Node, size: number): number => {
    const at = used.get(`${side} ${node.name}`) ?? 0
    used.set(`${side} ${node.name}`, at + size)
    return node.y + at + size / 2
  }
  const bands = flows.toSorted((a, b) => (exact(a.amount) < exact(b.amount) ? 1 : -1)).flatMap((flow) => {
    const from = columns[flow.stage].get(flow.from)
    const to = columns[flow.stage === 0 ? 1 : 2].get(flow.to)
    if (from === undefined || to === undefined) return []
    const size = Math.max(1, (Number((exact(flow.amount) * 10_000n) / (most === 0n ? 1n : most)) / 10_000) * (height - gap * 9))
    const [x1, x2] = [xs[flow.stage] + bar, xs[flow.stage === 0 ? 1 : 2]]
    const [y1, y2] = [take(`out${flow.stage}`, from, size), take(`in${flow.stage}`, to, size)]
    return [{ flow, size, path: `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}` }]
  })
  const nodes = columns.flatMap((nodesOf, index) => [...nodesOf.values()].map((node) => ({ node, x: xs[index] ?? 0, end: index === 2 })))
  return { bands, nodes, height: Math.max(60, ...nodes.map(({ node }) => node.y + node.height)) }
}
