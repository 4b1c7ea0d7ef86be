/** What finance looks up: contracts in full with their use, parties, payments, statements, reconciliations, disputes, exposures. */
import { z } from 'zod'
import { dayOf } from '../../ledger/contracts/calendar.ts'
import { contractSchema } from '../../ledger/contracts/contract.ts'
import { contractUse } from '../../ledger/invoices/contract-use.ts'
import { type Exposure, exposureOf } from '../../ledger/invoices/exposure.ts'
import { customersInTheBooks } from '../../ledger/invoices/known-customers.ts'
import { type DisputeState, moveDispute } from '../../ledger/reconciliation/dispute.ts'
import type { StatementDocument } from '../../ledger/statements/compose-statement.ts'
import { withoutCustomers } from '../../ledger/statements/without-customers.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { refuseStranger } from './money-parts.ts'
import { type Api, Failed, listOf, nameIn, nameParam, notFound, ownMaker } from './reply.ts'

const tags = ['money']
const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const use = z.object({
  commitments: z.array(z.object({ id: z.string(), from: z.string(), until: z.string(), amount: z.string(), drawn: z.string(), drawn_this_month: z.string(), left: z.string() })),
  credits: z.array(z.object({ id: z.string(), from: z.string(), expires: z.string().nullable(), amount: z.string(), drawn: z.string(), left: z.string() })),
  provisioned: z.array(z.object({
    id: z.string(), model: z.string(), count: z.number(), term: z.string(), unit_price: z.string(), cost: z.string(), unused_cost: z.string(),
    capacity: z.string().nullable().describe('Input-equivalent tokens of this month up to now.'), used: z.string(), utilisation: z.string().nullable(),
    per_million: z.string().nullable().describe('Cost of a million input-equivalent tokens as they were really used.'),
  })),
})
const version = z.object({ version: z.number(), recorded_at: z.string(), body: z.unknown() })
const contract = z.object({ id: z.string(), version: z.number(), party: z.string(), side: z.string(), body: z.unknown(), versions: z.array(version), use: use.nullable().describe('Of customers; null for suppliers and makers.') })

const unknown = z.string().nullable().describe('Null where a rate is missing.')
const exposure = z.object({
  organization: z.string(), currency: z.string(), unbilled: unknown, unpaid: unknown, unapplied: unknown, committed: z.string(), total: unknown, credit_limit: z.string().nullable(), over: z.boolean().nullable(),
  currencies: z.array(z.object({ currency: z.string(), unbilled: z.string(), unpaid: z.string(), unapplied: z.string() })).describe('What is open in each currency, before it is converted.'), missing_rates: z.array(z.string()),
})

const shownExposure = ({ organization, currency, unbilled, unpaid, unapplied, committed, total, creditLimit, over, currencies, missingRates }: Exposure): z.infer<typeof exposure> => ({
  organization, currency, unbilled: unbilled ?? null, unpaid: unpaid ?? null, unapplied: unapplied ?? null, committed, total: total ?? null, credit_limit: creditLimit ?? null, over: over ?? null, currencies: [...currencies], missing_rates: [...missingRates],
})

function contractRoutes(api: Api, { store, clock, resources }: AdminPorts): void {
  api.get('/admin/v1/contracts/:id', { schema: { tags, summary: 'One contract with all its versions, and what was used of what it promises', params: z.object({ id: nameParam }), response: { 200: contract } } }, async (request) => {
    const id = nameIn(request.params.id)
    const rows = await adminSql(store)<{ version: number; party: string; side: string; body: unknown; recorded_at: string }>(`SELECT version, party, side, body, ${iso('recorded_at')} AS recorded_at FROM contract WHERE id = $1 ORDER BY version DESC`, [id])
    const [latest] = rows
    if (latest === undefined) throw notFound(`no contract ${id}: save one with PUT /admin/v1/contracts/{id}`)
    const used = latest.side === 'customer' ? await contractUse(store, contractSchema.parse(latest.body), latest.version, dayOf(clock.now())) : undefined
    return {
      id, version: latest.version, party: latest.party, side: latest.side, body: latest.body, versions: rows.map((row) => ({ version: row.version, recorded_at: row.recorded_at, body: row.body })),
      use: used === undefined ? null : {
        commitments: used.commitments.map(({ drawnThisMonth, ...rest }) => ({ ...rest, drawn_this_month: drawnThisMonth })), credits: used.credits.map((item) => ({ ...item, expires: item.expires ?? null })),
        provisioned: used.provisioned.map(({ unitPrice, unusedCost, capacity, utilisation, perMillion, ...rest }) => ({ ...rest, unit_price: unitPrice, unused_cost: unusedCost, per_million: perMillion ?? null, capacity: capacity ?? null, utilisation: utilisation ?? null })),
      },
    }
  })
  api.get('/admin/v1/parties', { schema: { tags, summary: 'Who stands on bills; `self` is who issues', response: { 200: listOf(z.object({ id: z.string(), body: z.looseObject({ name: z.string(), country: z.string().optional() }) })) } } }, async () => ({
    data: await adminSql(store)<{ id: string; body: { name: string } }>('SELECT id, body FROM party ORDER BY id'),
  }))
  api.get('/admin/v1/exposure', { schema: { tags, summary: 'Every customer\'s exposure: unbilled, unpaid and committed, against its credit limit', response: { 200: listOf(exposure) } } }, async () => {
    const data: z.infer<typeof exposure>[] = []
    for (const organization of await customersInTheBooks(adminSql(store))) data.push(shownExposure(await exposureOf(store, organization, dayOf(clock.now()))))
    return { data }
  })
  api.get('/admin/v1/exposure/:organization', { schema: { tags, summary: 'Unbilled, unpaid and committed, against the credit limit', params: z.object({ organization: z.string() }), response: { 200: exposure } } }, async (request) => {
    await refuseStranger({ store, resources }, request.params.organization)
    return shownExposure(await exposureOf(store, request.params.organization, dayOf(clock.now())))
  })
}

const statementLine = z.looseObject({
  n: z.number(), direction: z.enum(['to-maker', 'to-channel']), kind: z.string(), description: z.string(), organization: z.string().optional(), model: z.string().optional(), asset: z.string().optional(), base: z.string(), rate: z.string(), exact: z.string(), payable: z.string(),
  keys: z.looseObject({ month: z.string(), priceRows: z.array(z.string()), invoices: z.array(z.string()), calls: z.number() }),
})
const statement = z.object({ id: z.string(), maker: z.string(), month: z.string(), agreement: z.string(), currency: z.string(), net: z.string(), issued_at: z.string() })
const statementInFull = statement.extend({ document: z.looseObject({ channel: z.string().optional().describe('As the agreement names it; left out: the party that runs this Weir.'), agreementVersion: z.number(), lines: z.array(statementLine), toMaker: z.string(), toChannel: z.string(), net: z.string(), remainder: z.string() }) })

function paperRoutes(api: Api, { store }: AdminPorts): void {
  const columns = `id, maker, month, agreement, currency, net, ${iso('issued_at')} AS issued_at`
  api.get('/admin/v1/statements', { schema: { tags, summary: 'Statements issued to makers, the latest first; a maker sees its own', querystring: z.object({ maker: z.string().optional() }), response: { 200: listOf(statement) } } }, async (request) => {
    const maker = ownMaker(request, request.query.maker)
    return { data: await adminSql(store)<z.infer<typeof statement>>(`SELECT ${columns} FROM statement WHERE $1::text IS NULL OR maker = $1 ORDER BY month DESC, maker`, [maker ?? null]) }
  })
  api.get('/admin/v1/statements/:id', { schema: { tags, summary: 'One statement with its lines and the keys that lead to their calls; to its maker without the customers', params: z.object({ id: nameParam }), response: { 200: statementInFull } } }, async (request) => {
    const [row] = await adminSql(store)<z.infer<typeof statementInFull>>(`SELECT ${columns}, document FROM statement WHERE id = $1`, [nameIn(request.params.id)])
    if (row === undefined || (request.onlyMaker !== undefined && row.maker !== request.onlyMaker)) throw notFound(`no statement ${nameIn(request.params.id)}`)
    return request.onlyMaker === undefined ? row : { ...row, document: withoutCustomers(row.document as unknown as StatementDocument) as unknown as typeof row.document }
  })
  const payment = z.object({ id: z.string(), organization: z.string(), currency: z.string(), amount: z.string(), unapplied: z.string().describe('Matched with no invoice yet, and not paid back.'), received_on: z.string(), reference: z.string(), matches: z.array(z.object({ number: z.string(), amount: z.string() })), back: z.array(z.object({ id: z.string(), kind: z.enum(['refund', 'return']), amount: z.string(), left_on: z.string(), reference: z.string() })).describe('What of it went back to the payer.') })
  api.get('/admin/v1/payments', { schema: { tags, summary: 'Payments with the invoices they were matched to, the latest first', querystring: z.object({ organization: z.string().optional() }), response: { 200: listOf(payment) } } }, async (request) => ({
    data: await adminSql(store)<z.infer<typeof payment>>(`SELECT id, organization, currency, amount, unapplied::text AS unapplied, to_char(received_on, 'YYYY-MM-DD') AS received_on, reference,
      coalesce((SELECT jsonb_agg(jsonb_build_object('number', i.number, 'amount', m.amount::text) ORDER BY i.number) FROM payment_match m JOIN invoice i ON i.id = m.invoice WHERE m.payment = p.id), '[]') AS matches,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', b.id, 'kind', b.kind, 'amount', b.amount::text, 'left_on', to_char(b.left_on, 'YYYY-MM-DD'), 'reference', b.reference) ORDER BY b.left_on, b.id) FROM money_back b WHERE b.payment = p.id), '[]') AS back
      FROM payment_left p WHERE $1::text IS NULL OR organization = $1 ORDER BY received_on DESC, id`, [request.query.organization ?? null]),
  }))
}

const variance = z.looseObject({
  kind: z.string(), day: z.string(), model: z.string().optional(), deployment: z.string().optional(), meter: z.string().optional(), amount: z.string(), billedQuantity: z.string().optional(), bookedQuantity: z.string().optional(), why: z.string(), note: z.string().optional().describe('What to know before it is trued up.'), calls: z.array(z.string()).describe('`call/attempt`, at most 20.'), callsInAll: z.number().optional().describe('How many there are; reports of older versions do not say.'),
})
const head = z.object({ id: z.string(), bill: z.string(), supplier: z.string(), format: z.string(), made_at: z.string(), trued_up: z.boolean().describe('All kinds of its variances are.'), trued_up_kinds: z.array(z.string()), currency: z.string(), from: z.string(), until: z.string(), billed: z.string(), booked: z.string(), difference: z.string(), unexplained: z.string() })
const dispute = z.object({ id: z.string(), reconciliation: z.string(), supplier: z.string(), state: z.string(), currency: z.string(), amount: z.string(), reason: z.string(), history: z.array(z.object({ at: z.string(), state: z.string(), note: z.string() })) })
const report = head.extend({ by: z.string(), basis: z.string(), converted: z.object({ from: z.string(), billed: z.string() }).nullable().describe('Set where the bill is in another currency than the books.'), contract_discount: z.string(), groups: z.number(), agreeing: z.number(), by_kind: z.record(z.string(), z.string()), variances: z.array(variance), disputes: z.array(dispute) })

interface Kept extends Record<string, unknown> {
  readonly id: string; readonly bill: string; readonly supplier: string; readonly format: string; readonly made_at: string; readonly kinds: readonly string[]
  readonly report: { readonly currency: string; readonly from: string; readonly until: string; readonly by: string; readonly billed: string; readonly booked: string; readonly basis: string; readonly contractDiscount: string; readonly difference: string; readonly groups: number; readonly agreeing: number; readonly byKind: Record<string, string>; readonly unexplained: string; readonly converted?: { readonly from: string; readonly billed: string }; readonly variances: z.infer<typeof variance>[] }
}
const kept = `SELECT r.id, r.bill, r.supplier, b.format, ${iso('r.made_at')} AS made_at, r.report, (SELECT coalesce(array_agg(k.kind ORDER BY k.kind), '{}') FROM trued_up_kind k WHERE k.bill = r.bill) AS kinds FROM reconciliation r JOIN bill b ON b.id = r.bill`
const headOf = ({ report: { currency, from, until, billed, booked, difference, unexplained, byKind }, id, bill, supplier, format, made_at, kinds }: Kept): z.infer<typeof head> => ({
  id, bill, supplier, format, made_at, trued_up: kinds.length > 0 && Object.keys(byKind).every((kind) => kinds.includes(kind)), trued_up_kinds: [...kinds], currency, from, until, billed, booked, difference, unexplained,
})
const disputes = 'SELECT id, reconciliation, supplier, state, currency, amount, reason, history FROM dispute'

function reconciliationRoutes(api: Api, { store, clock }: AdminPorts): void {
  api.get('/admin/v1/reconciliations', { schema: { tags, summary: 'Bills matched with the books, the latest first', response: { 200: listOf(head) } } }, async () => ({ data: (await adminSql(store)<Kept>(`${kept} ORDER BY r.made_at DESC LIMIT 500`)).map(headOf) }))
  api.get('/admin/v1/reconciliations/:id', { schema: { tags, summary: 'One reconciliation: every variance with its kind and the calls behind it', params: z.object({ id: nameParam }), response: { 200: report } } }, async (request) => {
    const sql = adminSql(store)
    const [row] = await sql<Kept>(`${kept} WHERE r.id = $1`, [nameIn(request.params.id)])
    if (row === undefined) throw notFound(`no reconciliation ${nameIn(request.params.id)}`)
    const { by, basis, contractDiscount, groups, agreeing, byKind, variances, converted } = row.report
    return { ...headOf(row), by, basis, converted: converted ?? null, contract_discount: contractDiscount, groups, agreeing, by_kind: byKind, variances, disputes: await sql<z.infer<typeof dispute>>(`${disputes} WHERE reconciliation = $1 ORDER BY raised_at`, [row.id]) }
  })
  api.get('/admin/v1/disputes', { schema: { tags, summary: 'Disputes with suppliers, the latest first', response: { 200: listOf(dispute) } } }, async () => ({ data: await adminSql(store)<z.infer<typeof dispute>>(`${disputes} ORDER BY raised_at DESC`) }))
  const move = z.strictObject({ state: z.enum(['acknowledged', 'credited', 'rejected', 'withdrawn']), note: z.string().min(3), credit: z.string().optional().describe('What the supplier gave back; of `credited` only.') })
  api.post('/admin/v1/disputes/:id/moves', { schema: { tags, summary: 'Move a dispute on; a credit is booked', params: z.object({ id: nameParam }), body: move, response: { 200: dispute.omit({ reconciliation: true }) } } }, async (request) => {
    const { state, note, credit } = request.body
    const moved = await moveDispute(store, clock, nameIn(request.params.id), state satisfies DisputeState, note, credit)
    if (moved.status === 'unknown') throw notFound(`no dispute ${nameIn(request.params.id)}`)
    if (moved.status === 'not-possible') throw new Failed(409, 'not_possible', moved.why)
    return { ...moved.dispute, history: [...moved.dispute.history] }
  })
}

export function moneyRecordsApi(api: Api, ports: AdminPorts): void {
  contractRoutes(api, ports)
  paperRoutes(api, ports)
  reconciliationRoutes(api, ports)
}
