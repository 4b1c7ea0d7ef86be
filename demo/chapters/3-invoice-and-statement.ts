/**
 * Chapter 3: the cloud bills the buyer, owes the maker a share of it and is owed compute. Calls become an invoice and a
 * statement, the maker's own bill is reconciled call by call, and every sum is the ledger's.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { add, decimal, formatDecimal, multiply, roundHalfEven, subtract, zero } from '../../src/kernel/decimal.ts'
import { startSandboxWorker } from '../../src/providers/sandbox/start-worker.ts'
import caseFile from '../case.json' with { type: 'json' }
import type { Chapter, Stage } from '../chapter.ts'
import { ask, post } from '../talk.ts'
import { until } from '../until.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const key = 'sk-weir-demo-buyer-at-cloud'
const calls = 40
/** What the maker gets of each dollar, in percent (demo/case.json). */
const share = caseFile.figures.makerShare.value

const config = (maker: string): string => `
providers:
  maker: { type: sandbox, baseUrl: "${maker}", apiKey: sk-demo-cloud-at-maker-0000, supplier: maker, maker: openai }
models:
  gpt-4.1: { deployments: [{ provider: maker, model: gpt-4.1 }] }
organizations:
  buyer: { displayName: Buyer, projects: { feed: { costCentre: "4711", keys: [{ name: application, secret: ${key} }] } } }
`

interface Talk {
  readonly get: (path: string) => Promise<unknown>
  readonly send: (method: 'POST' | 'PUT', path: string, body: object) => Promise<unknown>
}

function talkTo(weir: WeirProcess): Talk {
  const token = weir.first?.adminToken ?? ''
  return {
    get: (path) => ask(`${weir.url}${path}`, token),
    send: async (method, path, body) => {
      const answer = await request(`${weir.url}${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
      const text = await answer.body.text()
      assert.equal(answer.statusCode, 200, `${method} ${path}: ${text}`)
      return JSON.parse(text)
    },
  }
}

/** What was agreed: the buyer's contract and the maker's share with compute against it. Names and terms are assumed. */
async function agree({ send }: Talk, month: string): Promise<void> {
  const from = `${month}-01`
  await send('PUT', '/admin/v1/parties/self', { name: 'Cloud', street: '1 Cloud Way', city: 'Redtown', postalCode: '98000', country: 'US', email: 'billing@cloud.example', contact: 'Billing', phone: '+1 555 0100', registration: '0001', electronicAddress: { scheme: '0088', value: '1234567890128' } })
  await send('PUT', '/admin/v1/parties/buyer', { name: 'Buyer', street: '2 Feed Street', city: 'Newtown', postalCode: '10000', country: 'US', buyerReference: 'PO-1', electronicAddress: { scheme: '0088', value: '1234567890135' }, costCentres: { feed: '4711' } })
  await send('PUT', '/admin/v1/contracts/buyer-2026', { party: 'buyer', side: 'customer', currency: 'USD', term: { from }, terms: { discounts: [{ percent: '10' }] } })
  await send('PUT', '/admin/v1/agreements/maker-2026', { maker: 'openai', currency: 'USD', term: { from }, shares: [{ percent: share, base: 'net' }], compute: [{ asset: 'cluster', perGpuHour: '2.95' }] })
  await send('PUT', '/admin/v1/assets/cluster', { name: 'Supercomputer, a part', currency: 'USD', cost: '3000000', inServiceOn: from, lifeMonths: 60, gpus: 64, operatingPerMonth: '20000' })
}

async function used(talk: Talk): Promise<{ readonly cost: string; readonly calls: number }> {
  interface Usage { readonly data: readonly { readonly calls: number; readonly cost: string }[] }
  const { data } = await until('the calls in the books', () => talk.get('/admin/v1/usage') as Promise<Usage>, (usage) => usage.data.reduce((sum, row) => sum + row.calls, 0) === calls)
  return { calls, cost: formatDecimal(data.reduce((sum, row) => add(sum, decimal(row.cost)), zero)) }
}

export const chapter: Chapter = {
  number: 3,
  title: 'invoice and statement',
  asks: 'Is the bill right, and what is owed both ways?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const maker = await startSandboxWorker({ seed: 3 })
    const weir = await startWeir({ data: join(folder, 'data'), config: config(maker.url) })
    try {
      await tell(stage, { weir, maker, folder })
      await weir.stop()
    } finally {
      await weir.kill()
      await maker.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Scene {
  readonly weir: WeirProcess
  readonly maker: Awaited<ReturnType<typeof startSandboxWorker>>
  readonly folder: string
}

async function tell({ say }: Stage, { weir, maker, folder }: Scene): Promise<void> {
  const talk = talkTo(weir)
  const month = new Date().toISOString().slice(0, 7)
  await agree(talk, month)
  for (let index = 0; index < calls; index += 1) {
    const answer = await post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, { model: 'gpt-4.1', max_tokens: 60, messages: [{ role: 'user', content: `A caption for photo ${index} of a long river in spring, please. `.repeat(1_200) }] })
    assert.equal(answer.status, 200, `${answer.text}\n${weir.log()}`)
  }
  const { cost } = await used(talk)
  say(`${calls} calls of the buyer are in the cloud's books at list price: ${cost} USD`)

  const closed = (await talk.send('POST', '/admin/v1/invoices/close', { month })) as { readonly issued: readonly { readonly id: string; readonly number: string; readonly total: string }[] }
  const again = (await talk.send('POST', '/admin/v1/invoices/close', { month })) as { readonly issued: readonly unknown[]; readonly already_issued: number }
  const invoice = closed.issued[0]
  assert.ok(invoice !== undefined && closed.issued.length === 1 && again.issued.length === 0 && again.already_issued === 1, 'the monthly run issues once')
  const document = (await talk.get(`/admin/v1/invoices/${invoice.id}`)) as { readonly lines: readonly { readonly payable: string }[]; readonly total: string }
  const lines = document.lines.reduce((sum, line) => add(sum, decimal(line.payable)), zero)
  assert.equal(formatDecimal(lines), formatDecimal(decimal(invoice.total)), 'the total is the sum of its lines')
  const net = formatDecimal(roundHalfEven(multiply(decimal(cost), decimal('0.9')), 2))
  assert.ok(Math.abs(Number(invoice.total) - Number(net)) <= 0.01 * document.lines.length, `${invoice.total} is the list price less ten percent, rounded line by line`)
  say(`invoice ${invoice.number} to the buyer: ${invoice.total} USD, list price less the contract's 10 %`)
  for (const format of ['pdf', 'xml', 'csv', 'html']) {
    const made: Awaited<ReturnType<typeof request>> = await request(`${weir.url}/admin/v1/invoices/${invoice.id}?format=${format}`, { headers: { authorization: `Bearer ${weir.first?.adminToken ?? ''}` } })
    const bytes = Buffer.from(await made.body.arrayBuffer())
    assert.equal(made.statusCode, 200, bytes.toString())
    writeFileSync(join(folder, `invoice.${format}`), bytes)
    say(`  ${format.padEnd(4)} ${bytes.length} bytes`)
  }

  await talk.send('POST', '/admin/v1/assets/cluster/months', { month, used: [{ party: 'openai', use: 'maker', hours: '100' }] })
  const statement = ((await talk.send('POST', '/admin/v1/statements', { maker: 'openai', month })) as { readonly document: { readonly toMaker: string; readonly toChannel: string; readonly net: string; readonly lines: readonly { readonly kind: string; readonly payable: string; readonly base: string; readonly rate: string }[] } }).document
  say(`statement with the maker: ${statement.toMaker} USD to the maker (${share} % of what was billed), ${statement.toChannel} USD to the cloud for 100 GPU-hours, net ${statement.net} USD`)
  assert.equal(formatDecimal(decimal(statement.net)), formatDecimal(subtract(decimal(statement.toMaker), decimal(statement.toChannel))), 'the net is the difference of both ways')
  assert.equal(Number(statement.toChannel), 295, '100 GPU-hours at 2.95')

  const bill = await maker.bill()
  const report = ((await talk.send('POST', '/admin/v1/bills', { supplier: 'maker', text: JSON.stringify(bill) })) as { readonly report: { readonly billed: string; readonly booked: string; readonly difference: string; readonly unexplained: string } }).report
  say(`the maker's own bill: ${report.billed} USD; the cloud's books: ${report.booked} USD; difference ${report.difference}, unexplained ${report.unexplained}`)
  assert.equal(Number(report.difference), 0, 'bill and books agree')
  const check = (await talk.get('/admin/v1/ledger/check')) as { readonly passed?: boolean; readonly ok?: boolean; readonly checks?: readonly { readonly passed: boolean }[] }
  assert.ok(check.ok ?? check.passed ?? check.checks?.every((one) => one.passed), `the ledger's own check: ${JSON.stringify(check)}`)
  say('weir ledger check: every balance follows from its entries, every transaction sums to zero')
}
