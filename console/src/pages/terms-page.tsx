/** The frame of every page about terms, and the words that they share. */
import { useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useWords, type Words } from '../language.ts'
import { Badge, Page, type Tone } from '../parts/panel.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { paths, type Place } from '../paths.ts'

const words = {
  terms: ['Terms', 'Condizioni'], library: ['Clauses', 'Clausole'], use: ['What may I use?', 'Cosa posso usare?'], register: ['Register', 'Registro'], datasets: ['Datasets & lineage', 'Dataset e provenienza'], decisions: ['Decisions', 'Decisioni'], logs: ['Receipts & logs', 'Ricevute e log'],
  allow: ['allowed', 'consentito'], ask: ['ask first', 'chiedi prima'], deny: ['refused', 'rifiutato'],
} as const satisfies Words

const tabs: readonly (readonly [Exclude<keyof typeof words, 'terms' | 'allow' | 'ask' | 'deny'>, Place, string])[] = [
  ['library', paths.terms(), '/terms/clauses'], ['use', paths.explain(), '/terms/use'], ['register', paths.register(), '/terms/register'], ['datasets', paths.datasets(), '/terms/datasets'], ['decisions', paths.decisions(), '/terms/decisions'], ['logs', paths.logs(), '/terms/logs'],
]

export function TermsFrame({ title, intro, actions, children }: { readonly title: string; readonly intro?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }): ReactNode {
  const w = useWords(words)
  const path = useLocation().pathname
  return <Page title={title} intro={intro} actions={actions} tabs={<Tabs label={w.terms} tabs={tabs.map(([name, to, under]) => ({ name: w[name], to, here: path === to.to || path.startsWith(under) }))} />}>{children}</Page>
}

export type Outcome = 'allow' | 'ask' | 'deny'
const tones: Readonly<Record<Outcome, Tone>> = { allow: 'good', ask: 'warn', deny: 'bad' }

export function OutcomeBadge({ outcome }: { readonly outcome: string }): ReactNode {
  const w = useWords(words)
  const known = outcome === 'allow' || outcome === 'ask' || outcome === 'deny' ? outcome : undefined
  return <Badge tone={known === undefined ? 'plain' : tones[known]}>{known === undefined ? outcome : w[known]}</Badge>
}
