/**
 * Acts 2 and 3: the bill of the cloud's supplier against the cloud's books, then invoices to its customers and the
 * statement with the maker, both ways. What parties agreed on is assumed; sums are the ledger's.
 */
import { decimal, formatDecimal, multiply, sum } from '../../src/kernel/decimal.ts'
import caseFile from '../case.json' with { type: 'json' }
import { customers, kinds, list } from './installation.ts'
import type { Act, Play } from './play.ts'

const now = (): Date => new Date()
const dayFrom = (days: number): string => new Date(now().getTime() + days * 86_400_000).toISOString().slice(0, 10)
export const monthNow = (): string => now().toISOString().slice(0, 7)

interface UsageRow { readonly start: string; readonly deployment: string; readonly model: string; readonly input_tokens: number; readonly output_tokens: number }
interface PriceRow { readonly model: string; readonly meter: string; readonly unit_price: string; readonly list: string }
interface BillLine { readonly day: string; readonly deployment: string; readonly model: string; readonly meter: string; readonly tier: string; readonly quantity: string; readonly amount: string }

/** What the supplier would ask for the cloud's calls, with two faults: one meter two percent dearer, and a model that nobody called here. */
async function billWithFaults(play: Play): Promise<{ readonly lines: readonly BillLine[]; readonly days: readonly string[] }> {
  const { data } = await play.get<{ readonly data: readonly UsageRow[] }>('/admin/v1/usage?group_by=deployment,model&bucket=day&supplier=maker')
  const { data: prices } = await play.get<{ readonly data: readonly PriceRow[] }>(`/admin/v1/prices?list=${list}`)
  const rows = data.filter((row) => kinds.some((kind) => kind.model === row.model))
  const lines = rows.flatMap((row) => (['input', 'output'] as const).map((meter): BillLine => {
    const upstream = kinds.find((kind) => kind.model === row.model)?.upstream ?? ''
    const price = decimal(prices.find((one) => one.list === list && one.model === upstream && one.meter === meter)?.unit_price ?? '0')
    const quantity = row[`${meter}_tokens`]
    const amount = multiply(decimal(quantity), price)
    const dearer = row.model === 'case-small' && meter === 'output'
    return { day: row.start.slice(0, 10), deployment: row.deployment, model: row.model, meter, tier: 'default', quantity: String(quantity), amount: formatDecimal(dearer ? multiply(amount, decimal('1.02')) : amount) }
  }))
  const days = [...new Set(lines.map((line) => line.day))].toSorted()
  return { days, lines: [...lines, { day: days.at(-1) ?? dayFrom(0), deployment: 'elsewhere', model: 'case-nano', meter: 'input', tier: 'default', quantity: '125000', amount: '12500' }] }
}

interface Report { readonly billed: string; readonly booked: string; readonly difference: string; readonly variances: readonly { readonly kind: string; readonly amount: string }[] }
interface Stored { readonly id: string; readonly body: { readonly side: string } }

/** Contracts are the mark of act 3, invoices its end. */
const invoicesOf = async (play: Play): Promise<readonly { readonly organization: string; readonly id: string; readonly number: string | null; readonly total: string }[]> =>
  (await play.get<{ readonly data: readonly { readonly organization: string; readonly id: string; readonly number: string | null; readonly total: string }[] }>(`/admin/v1/invoices?month=${monthNow()}`)).data

export const billAct: Act = {
  number: 2,
  title: 'three books',
  needs: [1],
  played: async (play) => (await play.get<{ readonly data: readonly Stored[] }>('/admin/v1/contracts')).data.some((one) => one.id === 'cloud-at-maker'),
  run: async (play) => {
    const { lines, days } = await billWithFaults(play)
    const next = new Date(Date.parse(days.at(-1) ?? '') + 86_400_000).toISOString().slice(0, 10)
    const text = JSON.stringify({ format: 'weir-usage/1', from: days[0], until: next, currency: 'USD', rows: lines })
    const { report } = await play.send<{ readonly report: Report }>('POST', '/admin/v1/bills', { supplier: 'maker', text })
    await play.send('PUT', '/admin/v1/contracts/cloud-at-maker', {
      party: 'maker', side: 'supplier', currency: 'USD', term: { from: `${monthNow()}-01`, until: dayFrom(540) },
      terms: { commitments: [{ id: 'year', amount: '300000000', from: `${monthNow()}-01`, until: dayFrom(365) }] },
    })
    play.say(`the supplier bills ${report.billed} USD, the books have ${report.booked}: ${report.difference} too much, of which ${report.variances.map((one) => `${one.amount} ${one.kind}`).join(', ')}`)
  },
}

const party = (name: string, more: object): object => ({ name, street: '1 River Road', city: 'Redtown', postalCode: '98000', country: 'US', ...more })

/** Who stands on the bills, and what was agreed: assumed, but for the maker's part, which demo/case.json says is assumed too. */
async function agree(play: Play): Promise<void> {
  const from = `${monthNow()}-01`
  await play.send('PUT', '/admin/v1/parties/self', party('Cloud', { email: 'billing@cloud.example', contact: 'Billing', phone: '+1 555 0100', registration: '0001', electronicAddress: { scheme: '0088', value: '1234567890128' } }))
  for (const name of Object.keys(customers)) await play.send('PUT', `/admin/v1/parties/${name}`, party(name[0]?.toUpperCase() + name.slice(1), { buyerReference: 'PO-1', electronicAddress: { scheme: '0088', value: '1234567890135' }, costCentres: { feed: '4711' } }))
  // Three quarters of what the buyer uses in its last four months: filled while it stays.
  const commitment = { id: 'term', amount: String(Math.round(Number(caseFile.figures.buyerMonthlySpend.value) * 3)), from, until: dayFrom(120) }
  await play.send('PUT', '/admin/v1/contracts/buyer-main', { party: 'buyer', side: 'customer', currency: 'USD', term: { from, until: dayFrom(120) }, terms: { discounts: [{ percent: '5' }], commitments: [commitment], creditLimit: '60000000' } })
  for (const name of Object.keys(customers).filter((one) => one !== 'buyer')) await play.send('PUT', `/admin/v1/contracts/${name}-main`, { party: name, side: 'customer', currency: 'USD', term: { from, until: dayFrom(500) } })
  await play.send('PUT', '/admin/v1/agreements/maker-main', { maker: 'openai', currency: 'USD', term: { from }, shares: [{ percent: caseFile.figures.makerShare.value, base: 'net' }], compute: [{ asset: 'supercomputer', perGpuHour: '2.95' }] })
  await play.send('PUT', '/admin/v1/assets/supercomputer', { name: 'Supercomputer, a part', currency: 'USD', cost: '300000000', inServiceOn: from, lifeMonths: 60, gpus: 8_000, operatingPerMonth: '1500000' })
}

export const invoiceAct: Act = {
  number: 3,
  title: 'invoice and statement',
  needs: [1],
  played: async (play) => (await invoicesOf(play)).some((one) => one.organization === 'buyer'),
  run: async (play) => {
    await agree(play)
    const month = monthNow()
    await play.send('POST', '/admin/v1/invoices/close', { month, organizations: Object.keys(customers) })
    const invoices = await invoicesOf(play)
    const buyer = invoices.find((one) => one.organization === 'buyer')
    const shop = invoices.find((one) => one.organization === 'shop')
    if (shop !== undefined) await play.send('POST', '/admin/v1/payments', { id: `case-payment-${month}`, organization: 'shop', currency: 'USD', amount: shop.total, reference: shop.number ?? '', received_on: dayFrom(0) })
    await play.send('POST', '/admin/v1/assets/supercomputer/months', { month, used: [{ party: 'openai', use: 'maker', hours: '1500000' }, ...Object.entries(customers).map(([name, part]) => ({ party: name, use: 'customer', hours: String(part * 30_000) }))] })
    const { document } = await play.send<{ readonly document: { readonly toMaker: string; readonly toChannel: string; readonly net: string } }>('POST', '/admin/v1/statements', { maker: 'openai', month })
    play.say(`${invoices.length} invoices, ${formatDecimal(sum(invoices.map((one) => decimal(one.total))))} USD; the buyer's is ${buyer?.number ?? ''} of ${buyer?.total ?? ''} USD, its list price less 5 %`)
    play.say(`statement with the maker: ${document.toMaker} USD to the maker, ${document.toChannel} USD to the cloud for compute, net ${document.net} USD`)
  },
}
