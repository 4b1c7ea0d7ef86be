/** Calls as the ledger knows them: a list to search, and one in full. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Row } from '../../store/store.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, instant, notFound, pageOf } from './reply.ts'

const summary = z.object({
  call: z.string(), at: z.string(), organization: z.string(), project: z.string(), key: z.string(), purpose: z.string().nullable(), model: z.string(), deployment: z.string(), supplier: z.string(), maker: z.string(),
  operation: z.string(), attempts: z.number(), outcome: z.string(), status: z.number().nullable(), source: z.enum(['reported', 'estimated', 'absent']), tier: z.string(),
  input_tokens: z.number().nullable(), cached_input_tokens: z.number().nullable(), output_tokens: z.number().nullable(), cost: z.string().nullable(), currency: z.string(), duration_ms: z.number(),
})

const line = z.object({ meter: z.string(), quantity: z.string(), unit_price: z.string(), amount: z.string(), price_row: z.string() })
const attempt = summary.omit({ attempts: true }).extend({
  n: z.number(), billable: z.string(), budget_charge_picos: z.string(), lines: z.array(line), records: z.unknown().describe('The records as they were journalled; the provider\'s usage as it came is among them.'),
})

const filters = z.object({
  organization: z.string().optional(), project: z.string().optional(), key: z.string().optional(), model: z.string().optional(), deployment: z.string().optional(), purpose: z.string().optional(),
  outcome: z.string().optional(), source: z.enum(['reported', 'estimated', 'absent']).optional(), from: instant.optional(), to: instant.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100), after: z.string().optional().describe('`next` of the page before.'),
})

interface AttemptRow extends Row {
  readonly call: string
  readonly n: number
  readonly at_ms: string
  readonly ended_ms: string
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | null
  readonly model: string
  readonly deployment: string
  readonly supplier: string
  readonly maker: string
  readonly operation: string
  readonly outcome: string
  readonly status: number | null
  readonly source: 'reported' | 'estimated' | 'absent'
  readonly billable: string
  readonly tier: string
  readonly input: string | null
  readonly cached_input: string | null
  readonly output: string | null
  readonly currency: string
  readonly cost: string | null
  readonly charge: string
  readonly lines: string
  readonly records: string
}

const count = (text: string | null): number | null => (text === null ? null : Number(text))

const summaryOf = (row: AttemptRow): Omit<z.infer<typeof summary>, 'attempts'> => ({
  call: row.call, at: isoTime(Number(row.at_ms)), organization: row.organization, project: row.project, key: row.key, purpose: row.purpose, model: row.model, deployment: row.deployment,
  supplier: row.supplier, maker: row.maker, operation: row.operation, outcome: row.outcome, status: row.status, source: row.source, tier: row.tier,
  input_tokens: count(row.input), cached_input_tokens: count(row.cached_input), output_tokens: count(row.output), cost: row.cost, currency: row.currency, duration_ms: Number(row.ended_ms) - Number(row.at_ms),
})

const dayMs = 86_400_000

export function callsApi(api: Api, { store, clock }: AdminPorts): void {
  api.get('/admin/v1/calls', { schema: { tags: ['calls'], summary: 'Calls, the latest first', querystring: filters, response: { 200: pageOf(summary) } } }, async (request) => {
    const { limit, from, to, after, ...equal } = request.query
    const values: unknown[] = []
    const bind = (value: unknown): string => `$${values.push(value)}`
    const conditions = ['last']
    for (const [column, value] of Object.entries(equal)) if (value !== undefined) conditions.push(`${column} = ${bind(value)}`)
    const fromMs = from === undefined ? undefined : Date.parse(from)
    const toMs = to === undefined ? undefined : Date.parse(to)
    if (fromMs !== undefined) conditions.push(`at_ms >= ${bind(fromMs)}`, `day >= ${bind(Math.floor(fromMs / dayMs))}`)
    if (toMs !== undefined) conditions.push(`at_ms < ${bind(toMs)}`, `day <= ${bind(Math.floor(toMs / dayMs))}`)
    const cursor = after === undefined ? undefined : /^(\d+)\.(.+)$/.exec(after)
    if (cursor !== undefined && cursor !== null) conditions.push(`(at_ms, call) < (${bind(cursor[1])}, ${bind(cursor[2])})`, `day <= ${bind(Math.floor(Number(cursor[1]) / dayMs))}`)
    const rows = await store.query<AttemptRow>('admin', `SELECT * FROM attempt WHERE ${conditions.join(' AND ')} ORDER BY at_ms DESC, call DESC LIMIT ${bind(limit + 1)}`, values)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return { data: page.map((row) => ({ ...summaryOf(row), attempts: row.n })), next: rows.length > limit && last !== undefined ? `${last.at_ms}.${last.call}` : null }
  })
  const call = z.object({ call: z.string(), attempts: z.array(attempt), open: z.array(z.object({ n: z.number(), at: z.string(), record: z.unknown() })).describe('Attempts whose outcome has not come yet.') })
  api.get('/admin/v1/calls/:call', { schema: { tags: ['calls'], summary: 'One call in full', params: z.object({ call: z.string() }), response: { 200: call } } }, async (request) => {
    const id = request.params.call
    const day = dayOf(id, clock.now())
    const rows = await store.query<AttemptRow>('admin', `SELECT * FROM attempt WHERE call = $1${day === undefined ? '' : ' AND day >= $2'} ORDER BY n`, day === undefined ? [id] : [id, day])
    const open = await store.query<{ n: number; at_ms: string; body: string }>('admin', 'SELECT n, at_ms, body FROM attempt_open WHERE call = $1 ORDER BY n', [id])
    if (rows.length === 0 && open.length === 0) throw notFound(`no call ${id}; one that has just ended is posted within a moment`)
    return {
      call: id,
      attempts: rows.map((row) => ({
        ...summaryOf(row), n: row.n, billable: row.billable, budget_charge_picos: row.charge, records: JSON.parse(row.records) as unknown,
        lines: (JSON.parse(row.lines) as [string, string, string, string, string][]).map(([meter, quantity, unitPrice, amount, priceRow]) => ({ meter, quantity, unit_price: unitPrice, amount, price_row: priceRow })),
      })),
      open: open.map((row) => ({ n: row.n, at: isoTime(Number(row.at_ms)), record: JSON.parse(row.body) as unknown })),
    }
  })
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** The first day that may hold a call, read off its id (kernel/ids.ts); undefined where it is no such id. */
function dayOf(id: string, now: number): number | undefined {
  const digits = /^[a-z]+_([0-9a-hjkmnp-tv-z]{9})/.exec(id)?.[1]
  if (digits === undefined) return undefined
  const ms = [...digits].reduce((sum, digit) => sum * 32 + alphabet.indexOf(digit), 0)
  return ms > now + dayMs ? undefined : Math.floor(ms / dayMs) - 1
}
