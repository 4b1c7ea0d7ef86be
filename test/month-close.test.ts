/** The monthly run in a real server that is killed in the middle of it, again and again: run again, it ends as if nothing had been. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { ask, post } from '../demo/talk.ts'
import { startWeir, type WeirProcess } from '../demo/weir-process.ts'
import { makeMasterKey } from '../src/kernel/sealing.ts'
import { seededRandom } from '../src/kernel/random.ts'
import { parseContract } from '../src/ledger/contracts/parse-contract.ts'
import { saveContract } from '../src/ledger/contracts/contract-store.ts'
import { bookUsage } from '../src/ledger/invoices/booked-usage.fixture.ts'
import type { Store } from '../src/store/store.ts'
import { openEmbeddedForTest, temporaryFolder } from './embedded.ts'
import { freshPostgresUrl, postgresMissing } from './postgres.ts'
import { openPostgresForTest } from './stores.ts'

const month = '2026-10'
const customers = Array.from({ length: 60 }, (_, index) => `customer-${String(index + 1).padStart(2, '0')}`)
const clock = { now: () => Date.parse('2026-11-02T09:00:00Z'), monotonic: () => 0 }

/** Usage of every customer; every third has a contract, so that drafts differ in what they have to write. */
async function fill(store: Store): Promise<void> {
  await bookUsage(store, customers.flatMap((organization, index) => [3, 17].map((day) => ({
    day: `${month}-${String(day).padStart(2, '0')}`, organization, project: 'feed', meter: 'output', quantity: String((index + 1) * 1_000_003), unitPrice: '0.000008',
  }))))
  for (const party of customers.filter((_, index) => index % 3 === 0)) {
    const parsed = parseContract(`id: ${party}-2026\nparty: ${party}\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms:\n  discounts: [{ percent: "7" }]\n  credits: [{ id: gift, amount: "3", from: "2026-01-01", paid: false }, { id: card, amount: "5", from: "2026-01-01" }]\n`)
    assert.ok('contract' in parsed)
    await saveContract(store, clock, parsed.contract)
  }
  const supplier = parseContract('id: azure\nparty: azure\nside: supplier\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: { discounts: [{ percent: "10" }], provisioned: [{ id: units, count: 2, model: gpt-4.1, term: monthly, unitPrice: "50", from: "2026-10-01" }] }\n')
  assert.ok('contract' in supplier)
  await saveContract(store, clock, supplier.contract)
  await store.close()
}

interface Invoice { readonly organization: string; readonly status: string; readonly number: string | null; readonly total: string }
const list = async (weir: WeirProcess, token: string): Promise<readonly Invoice[]> => ((await ask(`${weir.url}/admin/v1/invoices?month=${month}`, token)) as { readonly data: readonly Invoice[] }).data
const close = (weir: WeirProcess, token: string): ReturnType<typeof post> => post(`${weir.url}/admin/v1/invoices/close`, { authorization: `Bearer ${token}` }, { month })

/** Asks for the run and kills the server when so many invoices are there; answers how many that were. */
async function killAt(weir: WeirProcess, token: string, count: number): Promise<number> {
  let answered = false
  const run = close(weir, token).then((answer) => { answered = answer.status === 200 }, () => undefined)
  let seen = 0
  while (seen < count && !answered) seen = (await list(weir, token)).filter((invoice) => invoice.status === 'issued').length
  await weir.kill()
  await run
  assert.ok(!answered, `the run was over with ${seen} of ${count} invoices seen: nothing was cut off`)
  return seen
}

const kinds = [
  { kind: 'embedded', skip: false as const, make: async (data: string) => ({ args: [] as string[], store: await openEmbeddedForTest(undefined, join(data, 'database')) }) },
  { kind: 'PostgreSQL', skip: postgresMissing, make: async () => {
    const url = await freshPostgresUrl()
    return { args: ['--database', url], store: await openPostgresForTest(undefined, url) }
  } },
]

for (const { kind, skip, make } of kinds) {
  void test(`a server that is killed in the middle of the monthly run, on ${kind}: run again, every customer has one invoice and numbers have no gap`, { skip }, async (t) => {
    const data = temporaryFolder()
    const { args, store } = await make(data)
    await fill(store)
    const start = (): Promise<WeirProcess> => startWeir({ data, args, env: { WEIR_MASTER_KEY: makeMasterKey(seededRandom(3)) } })
    let weir = await start()
    t.after(async () => {
      await weir.kill()
      rmSync(data, { recursive: true, force: true })
    })
    const token = weir.first?.adminToken ?? ''
    const killedAt: number[] = []
    for (const count of [2, 15, 30]) {
      killedAt.push(await killAt(weir, token, count))
      weir = await start()
    }
    // A person who is unsure asks twice, and at once.
    const answers = await Promise.all([close(weir, token), wait(5).then(() => close(weir, token))])
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200], answers.map((answer) => answer.text).join('\n'))
    const invoices = await list(weir, token)
    assert.deepEqual(invoices.map((invoice) => [invoice.organization, invoice.status]), customers.map((name) => [name, 'issued']))
    assert.deepEqual(invoices.map((invoice) => invoice.number ?? '').toSorted((a, b) => (a < b ? -1 : 1)), customers.map((_, index) => `INV-${new Date().getUTCFullYear()}-${String(index + 1).padStart(6, '0')}`))
    const again = JSON.parse((await close(weir, token)).text) as { readonly already_issued: number; readonly issued: readonly object[]; readonly suppliers: object }
    assert.deepEqual([again.already_issued, again.issued.length, again.suppliers], [customers.length, 0, { posted: [], unchanged: 1, failed: [] }])
    // Of the two that were asked at once, one made the supplier's month payable: 100.00 of units less a tenth of the calls at list price.
    const payable = answers.flatMap((answer) => (JSON.parse(answer.text) as { readonly suppliers: { readonly posted: readonly object[] } }).suppliers.posted)
    assert.deepEqual(payable, [{ supplier: 'azure', currency: 'USD', amount: '-2828.008784' }])
    const { checks } = (await ask(`${weir.url}/admin/v1/ledger/check`, token)) as { readonly checks: readonly { readonly what: string; readonly ok: boolean }[] }
    // The usage was put into the books without calls, so there are no minutes of calls that would agree with it. All else does.
    assert.deepEqual(checks.filter((item) => !item.ok).map((item) => item.what), ['usage transactions, receivables, rollups by minute and attempts add up to the same sums'])
    t.diagnostic(`killed with ${killedAt.join(', ')} of ${customers.length} invoices issued`)
    await weir.stop()
  })
}
