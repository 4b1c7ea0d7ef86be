/**
 * Chapter 8: the cloud looks ahead. One customer is 24 % of its AI business; what is left when it goes, what was guided and
 * what came for the whole cloud (another base, kept apart), and what cannot be said because the data is too thin.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import type { Figure } from '../../src/planner/figure.ts'
import type { Outlook } from '../../src/planner/outlook.ts'
import { startSandboxWorker } from '../../src/providers/sandbox/start-worker.ts'
import caseFile from '../case.json' with { type: 'json' }
import type { Chapter, Stage } from '../chapter.ts'
import { ask, post } from '../talk.ts'
import { until } from '../until.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const { buyerShare, cloudGrowthExpected, cloudGrowthActual, cloudGrowthGuidance } = caseFile.figures
/** Equal calls, so that shares of calls are shares of revenue: 24 of a hundred are the buyer's. */
const customers = { buyer: Number(buyerShare.value), shop: 30, bank: 26, press: 20 } as const

const keyOf = (customer: string): string => `sk-weir-demo-outlook-${customer}`
const config = (maker: string): string => `
providers:
  maker: { type: sandbox, baseUrl: "${maker}", apiKey: sk-demo-cloud-at-maker-0000, supplier: maker, maker: openai }
models:
  gpt-4.1: { deployments: [{ provider: maker, model: gpt-4.1 }] }
organizations:
${Object.keys(customers).map((name) => `  ${name}: { projects: { main: { keys: [{ name: one, secret: ${keyOf(name)} }] } } }`).join('\n')}
`

async function callAll(weir: WeirProcess): Promise<number> {
  let total = 0
  for (const [customer, count] of Object.entries(customers)) {
    for (let index = 0; index < count; index += 1) {
      const answer = await post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${keyOf(customer)}` }, { model: 'gpt-4.1', max_tokens: 1, messages: [{ role: 'user', content: 'One word about a river, please.' }] })
      assert.equal(answer.status, 200, `${answer.text}\n${weir.log()}`)
      total += 1
    }
  }
  return total
}

async function booked(weir: WeirProcess, calls: number): Promise<void> {
  interface Usage { readonly data: readonly { readonly calls: number }[] }
  await until('the calls in the books', () => ask(`${weir.url}/admin/v1/usage`, weir.first?.adminToken ?? '') as Promise<Usage>, ({ data }) => data.reduce((sum, row) => sum + row.calls, 0) === calls)
}

async function record(weir: WeirProcess, kind: 'guidance' | 'actual', body: object): Promise<void> {
  const answer = await request(`${weir.url}/admin/v1/outlook/records/${kind}`, { method: 'POST', headers: { authorization: `Bearer ${weir.first?.adminToken ?? ''}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  assert.equal(answer.statusCode, 201, await answer.body.text())
}

async function tell({ say }: Stage, weir: WeirProcess): Promise<void> {
  await booked(weir, await callAll(weir))
  const cloud = { base: cloudGrowthActual.base, metric: 'growth on the year before', unit: '%' }
  // Quarters and days are assumed: the case has the figures only.
  const given = { assumptions: ['as reported by the press'], source: 'demo/case.json' }
  const [low = '', high = ''] = cloudGrowthExpected.value
  const [nextLow = '', nextHigh = ''] = cloudGrowthGuidance.value
  await record(weir, 'guidance', { ...cloud, ...given, owner: 'the market', quarter: '2023Q3', low, high, given: '2023-07-25' })
  await record(weir, 'actual', { ...cloud, quarter: '2023Q3', value: cloudGrowthActual.value, known: '2023-10-24', source: 'demo/case.json' })
  await record(weir, 'guidance', { ...cloud, ...given, owner: 'finance chief of the cloud', quarter: '2023Q4', low: nextLow, high: nextHigh, given: '2023-10-24' })

  const found = (await ask(`${weir.url}/admin/v1/outlook?what_if=buyer%3Dleaves`, weir.first?.adminToken ?? '')) as { readonly status: string; readonly outlook: Outlook }
  assert.equal(found.status, 'known', JSON.stringify(found))
  const { outlook } = found
  assert.ok(outlook.concentration.status === 'known' && outlook.whatIf?.status === 'known')
  const buyer = outlook.concentration.customers.find((each) => each.customer === 'buyer')
  assert.deepEqual([buyer?.share, buyer?.points], ['24.00', '576.0'])
  say(`the buyer is ${buyer?.share} % of the AI business: ${buyer?.points} points of the concentration index`)
  const figure = (name: string): Figure => {
    const one = outlook.whatIf?.status === 'known' ? outlook.whatIf.figures.find((each) => each.name === name) : undefined
    assert.ok(one !== undefined && one.inputs.length > 0 && one.checked !== '', name)
    return one
  }
  assert.equal(figure('net revenue retention').value, '76.00')
  say(`if it leaves: ${figure('net revenue retention').value} % of revenue is retained; index ${figure('Herfindahl-Hirschman index, before').value} → ${figure('Herfindahl-Hirschman index, after').value}`)
  say(`  from ${figure('net revenue retention').inputs.length} sets of rows, such as ${figure('net revenue retention').inputs[0]?.id}; ${figure('net revenue retention').checked.split('; ')[1] ?? ''}`)
  const [past, next] = outlook.guidance
  assert.ok(past?.actual?.compared.status === 'compared' && past.actual.compared.verdict === 'below range')
  assert.equal(next?.actual, undefined)
  say(`the whole cloud, another base: ${low} to ${high} % expected, ${cloudGrowthActual.value} % came: ${past.actual.compared.verdict}; next quarter ${nextLow} to ${nextHigh} % guided, no actual yet`)
  const thin = [...outlook.reservations, ...outlook.makeOrBuy].flatMap((each) => (each.status === 'missing' ? each.missing : []))
  assert.ok(thin.length > 0, 'a few calls carry no advice')
  say(`refused, with what is missing: ${thin[0]}`)
}

export const chapter: Chapter = {
  number: 8,
  title: 'outlook',
  asks: 'What happens to the cloud if its largest customer leaves?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const maker = await startSandboxWorker({ seed: 9 })
    const weir = await startWeir({ data: join(folder, 'data'), config: config(maker.url) })
    try {
      await tell(stage, weir)
      await weir.stop()
    } finally {
      await weir.kill()
      await maker.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
