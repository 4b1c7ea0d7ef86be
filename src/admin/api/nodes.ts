/** Nodes as their own rows tell, what each has leased of budgets, and giving up on one that will not come back. */
import { z } from 'zod'
import { formatDecimal, fromPicos } from '../../kernel/decimal.ts'
import { writeOff } from '../../ledger/budgets.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, conflict, listOf, notFound } from './reply.ts'

const node = z.object({
  journal: z.string().nullable().describe('The node’s journal: its name towards the books.'), id: z.string().nullable(), role: z.string().nullable(),
  seen_at: z.string().nullable().describe('Rewritten each two seconds; null: a journal that has leases and no node.'),
  alive: z.boolean(), open_calls: z.number(), unshipped: z.number(), leased: z.array(z.object({ budget: z.string(), period: z.string(), amount: z.string() })),
})

interface NodeRow {
  readonly [column: string]: unknown
  readonly journal: string | null
  readonly id: string | null
  readonly role: string | null
  readonly seen_at: string | null
  readonly alive: boolean
  readonly open_calls: string
  readonly unshipped: string
  readonly leased: readonly { readonly budget: string; readonly period: string; readonly picos: string }[] | null
}

const found = (store: AdminPorts['store']): Promise<NodeRow[]> => store.query<NodeRow>('admin', `
  WITH held AS (
    SELECT journal_id, jsonb_agg(jsonb_build_object('budget', budget, 'period', period, 'picos', lease_rest(granted, returned, spent)::text) ORDER BY budget, period) AS leased
    FROM lease WHERE state <> 'written-off' AND lease_rest(granted, returned, spent) > 0 GROUP BY journal_id)
  SELECT coalesce(n.journal_id, h.journal_id) AS journal, n.id, n.role, to_char(n.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS seen_at,
    coalesce(n.seen_at > clock_timestamp() - interval '30 seconds', false) AS alive, coalesce(n.open_calls, 0)::text AS open_calls, coalesce(n.unshipped, 0)::text AS unshipped, h.leased
  FROM node n FULL JOIN held h ON h.journal_id = n.journal_id ORDER BY n.seen_at DESC NULLS LAST, 1`)

export function nodesApi(api: Api, { store, raise }: AdminPorts): void {
  api.get('/admin/v1/nodes', { schema: { tags: ['operations'], summary: 'Nodes, and what they have leased of budgets', response: { 200: listOf(node) } } }, async () => ({
    data: (await found(store)).map((row) => ({
      journal: row.journal, id: row.id, role: row.role, seen_at: row.seen_at, alive: row.alive, open_calls: Number(row.open_calls), unshipped: Number(row.unshipped),
      leased: (row.leased ?? []).map(({ budget, period, picos }) => ({ budget, period, amount: formatDecimal(fromPicos(BigInt(picos))) })),
    })),
  }))
  const written = z.object({ written_off: z.array(z.object({ budget: z.string(), period: z.string(), amount: z.string() })) })
  api.post('/admin/v1/nodes/:journal/write-off', { schema: { tags: ['operations'], summary: 'Give up on a node that will not come back: what it may still have spent counts as spent', params: z.object({ journal: z.string() }), response: { 200: written } } }, async (request) => {
    const { journal } = request.params
    const known = (await found(store)).filter((row) => row.journal === journal)
    if (known.length === 0) throw notFound(`no node and no lease has the journal ${journal}`)
    if (known.some((row) => row.alive) || store.kind === 'embedded') throw conflict(`the node with the journal ${journal} is at work: stop it first`)
    const done = (await writeOff(store, journal)).filter(({ picos }) => picos > 0n)
    raise('node-written-off', journal, { budgets: done.length, by: request.actor ?? 'unknown' })
    return { written_off: done.map(({ budget, period, picos }) => ({ budget, period, amount: formatDecimal(fromPicos(picos)) })) }
  })
}
