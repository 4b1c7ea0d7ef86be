/**
 * Who gives what to whom: tokens flow one way, money the other. Drawn twice, wide and upright, so that its words stay
 * readable; the same figures stand below as a table.
 */
import { useId, type ReactNode } from 'react'
import { useWords } from '../language.ts'
import type { Place } from '../paths.ts'
import { Go } from './go.tsx'
import { Table } from './table.tsx'
import { shared } from './words.ts'

export interface FlowParty { readonly id: string; readonly name: string; readonly role: string; readonly figure: string }
export interface Flow {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly kind: 'tokens' | 'money'
  readonly label: string
  readonly value: string
  /** Reported, derived, assumed, or read from the books. */
  readonly origin: string
  readonly place?: Place
  /** Nothing has flowed yet. */
  readonly idle: boolean
}

interface Spot { readonly x: number; readonly y: number }
interface Layout { readonly width: number; readonly height: number; readonly box: readonly [width: number, height: number]; readonly at: Readonly<Record<string, Spot>> }

const wide: Layout = { width: 1130, height: 350, box: [250, 104], at: { maker: { x: 10, y: 20 }, cloud: { x: 410, y: 20 }, buyer: { x: 810, y: 20 }, own: { x: 810, y: 235 } } }
const tall: Layout = { width: 340, height: 760, box: [260, 92], at: { maker: { x: 40, y: 10 }, cloud: { x: 40, y: 222 }, buyer: { x: 40, y: 434 }, own: { x: 40, y: 646 } } }

interface Drawn { readonly path: string; readonly word: Spot; readonly anchor: 'start' | 'middle' | 'end' }

/** Lanes between two boxes, side by side: `lane` counts from 0 among those of the same pair. */
function lineOf({ at, box: [w, h] }: Layout, from: string, to: string, lane: number): Drawn {
  const [a, b] = [at[from] ?? { x: 0, y: 0 }, at[to] ?? { x: 0, y: 0 }]
  if (a.y === b.y) {
    const right = a.x < b.x
    const y = a.y + h * (0.3 + 0.4 * lane)
    const [x1, x2] = right ? [a.x + w + 4, b.x - 10] : [a.x - 4, b.x + w + 10]
    return { path: `M${x1} ${y}L${x2} ${y}`, word: { x: (x1 + x2) / 2, y: lane === 0 ? y - 26 : y + 18 }, anchor: 'middle' }
  }
  const down = a.y < b.y
  const x = a.x + w * (0.45 + 0.1 * lane)
  const [y1, y2] = down ? [a.y + h + 4, b.y - 10] : [a.y - 4, b.y + h + 10]
  const middle = (y1 + y2) / 2
  return { path: `M${x} ${y1}L${x} ${y2}`, word: lane === 0 ? { x: x - 10, y: middle - 8 } : { x: x + 10, y: middle - 8 }, anchor: lane === 0 ? 'end' : 'start' }
}

function Picture({ layout, parties, flows, highlighted, title, className }: { readonly layout: Layout; readonly parties: readonly FlowParty[]; readonly flows: readonly Flow[]; readonly highlighted: string | undefined; readonly title: string; readonly className: string }): ReactNode {
  const id = useId()
  const [w, h] = layout.box
  const lanes = new Map<string, number>()
  const laneOf = (flow: Flow): number => {
    const pair = [flow.from, flow.to].toSorted().join(' ')
    const lane = lanes.get(pair) ?? 0
    lanes.set(pair, lane + 1)
    return Math.min(1, lane)
  }
  const dim = (names: readonly string[]): number => (highlighted === undefined || names.includes(highlighted) ? 1 : 0.45)
  return (
    <svg viewBox={`0 0 ${layout.width} ${layout.height}`} role="img" aria-label={title} className={className}>
      <defs>
        {(['tokens', 'money'] as const).map((kind) => <marker key={kind} id={`${id}-${kind}`} viewBox="0 0 8 8" refX="5" refY="4" markerWidth="4.5" markerHeight="4.5" orient="auto"><path d="M0 0L8 4L0 8z" fill={kind === 'tokens' ? 'var(--s1)' : 'var(--s2)'} /></marker>)}
      </defs>
      {flows.map((flow) => {
        const drawn = lineOf(layout, flow.from, flow.to, laneOf(flow))
        return (
          <g key={flow.id} opacity={dim([flow.from, flow.to])}>
            <path d={drawn.path} fill="none" stroke={flow.kind === 'tokens' ? 'var(--s1)' : 'var(--s2)'} strokeWidth={flow.idle ? 2 : 4} strokeLinecap="round" markerEnd={`url(#${id}-${flow.kind})`} className={flow.idle ? 'flow-idle' : 'flow-moving'} />
            <text x={drawn.word.x} y={drawn.word.y} textAnchor={drawn.anchor} fill="var(--ink)" fontSize="14.5" fontWeight="600">{flow.value}</text>
            <text x={drawn.word.x} y={drawn.word.y + 16} textAnchor={drawn.anchor} fill="var(--muted)" fontSize="12.5">{flow.label}</text>
          </g>
        )
      })}
      {parties.map((party) => {
        const { x, y } = layout.at[party.id] ?? { x: 0, y: 0 }
        return (
          <g key={party.id} opacity={dim([party.id])}>
            <rect x={x} y={y} width={w} height={h} rx="14" fill="var(--surface)" stroke={party.id === highlighted ? 'var(--accent)' : 'var(--edge)'} strokeWidth={party.id === highlighted ? 3 : 1.5} />
            <text x={x + 16} y={y + 28} fill="var(--ink)" fontSize="17" fontWeight="650">{party.name}</text>
            <text x={x + 16} y={y + 48} fill="var(--muted)" fontSize="12.5">{party.role}</text>
            <text x={x + 16} y={y + h - 16} fill="var(--ink)" fontSize="16" fontWeight="600">{party.figure}</text>
          </g>
        )
      })}
    </svg>
  )
}

export interface FlowWords { readonly title: string; readonly from: string; readonly to: string; readonly what: string; readonly amount: string; readonly origin: string; readonly open: string }

export function FlowDrawing({ parties, flows, highlighted, words }: { readonly parties: readonly FlowParty[]; readonly flows: readonly Flow[]; readonly highlighted: string | undefined; readonly words: FlowWords }): ReactNode {
  const s = useWords(shared)
  const nameOf = (id: string): string => parties.find((party) => party.id === id)?.name ?? id
  return (
    <figure aria-label={words.title} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Picture layout={wide} parties={parties} flows={flows} highlighted={highlighted} title={words.title} className="mx-auto w-full max-w-[1300px] max-md:hidden" />
      <Picture layout={tall} parties={parties} flows={flows} highlighted={highlighted} title={words.title} className="mx-auto w-full max-w-[26rem] md:hidden" />
      <details className="text-sm">
        <summary className="w-fit text-muted hover:text-ink">{s.asTable}</summary>
        <div className="mt-2 px-5">
          <Table caption={words.title} rows={flows} rowKey={(flow) => flow.id} columns={[
            { id: 'what', head: words.what, wrap: true, cell: (flow) => flow.label }, { id: 'from', head: words.from, cell: (flow) => nameOf(flow.from) }, { id: 'to', head: words.to, cell: (flow) => nameOf(flow.to) },
            { id: 'value', head: words.amount, end: true, cell: (flow) => (flow.place === undefined ? flow.value : <Go to={flow.place} label={`${words.open}: ${flow.label}`}>{flow.value}</Go>) },
            { id: 'origin', head: words.origin, cell: (flow) => flow.origin, from: 'sm' },
          ]} />
        </div>
      </details>
    </figure>
  )
}
