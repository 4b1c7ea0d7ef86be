/** Commitments in the books: what was promised, drawn and is still owed stands on accounts, as contract-use shows it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openEmbeddedForTest, temporaryFolder } from '../../../test/embedded.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import { migrations } from '../../store/migrations/all.ts'
import type { Store } from '../../store/store.ts'
import type { Contract } from '../contracts/contract.ts'
import { saveContract } from '../contracts/contract-store.ts'
import { bookAllPromises, promisesOn } from '../contracts/commitment-accounts.ts'
import { parseContract } from '../contracts/parse-contract.ts'
import { checkLedger } from '../integrity.ts'
import { commitmentFaults } from './check-commitments.ts'
import { balanceOf } from '../money-transaction.ts'
import { closeSupplierMonth } from '../reconciliation/supplier-month.ts'
import { bookUsage } from './booked-usage.fixture.ts'
import { checkMoney } from './check-money.ts'
import { closeMonth } from './close-month.ts'
import { contractUse } from './contract-use.ts'
import { creditInvoice, voidInvoice } from './issue-invoice.ts'
import { recordPrepayment } from './payments.ts'
import { applyReRating, previewReRating } from './re-rate.ts'

let store: Store
let now = Date.parse('2026-12-02T09:00:00Z')
const clock = { now: () => now, monotonic: () => now }
const later = (): number => (now += 120_000)

const parsed = (yaml: string): Contract => {
  const result = parseContract(yaml)
  if ('faults' in result) assert.fail(JSON.stringify(result.faults))
  return result.contract
}
async function contract(id: string, terms: string, rest = ''): Promise<Contract> {
  const saved = parsed(`id: ${id}\nparty: ${id}\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: ${terms}\n${rest}`)
  later()
  await saveContract(store, clock, saved)
  return saved
}
const year = (amount: string, more = ''): string => `{ ${more}commitments: [{ id: year, amount: "${amount}", from: "2026-01-01", until: "2027-01-01" }] }`
const use = (organization: string, day: string): Promise<void> => bookUsage(store, [{ day, organization, project: 'p', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
const balance = async (account: string): Promise<string> => formatDecimal(decimal((await store.transaction('jobs', (sql) => balanceOf(sql, account))).get('USD') ?? '0'))
/** Promised, drawn, owed. */
const books = (id: string, commitment = 'year'): Promise<readonly string[]> => Promise.all(['committed', 'drawn', 'commitment'].map((kind) => balance(`${kind}/${id}/${commitment}`)))
const postings = async (like: string): Promise<readonly string[]> =>
  (await store.query<{ id: string; kind: string; corrects: string | null }>('jobs', 'SELECT id, kind, corrects FROM ledger_transaction WHERE id LIKE $1 ORDER BY id', [like])).map((row) => `${row.id} ${row.kind} ${row.corrects ?? ''}`.trim())
const commitments = async (): Promise<readonly string[] | undefined> => (await checkLedger(store)).checks.find((item) => item.id === 'commitments')?.found

describe('accounts of commitments', () => {
  before(async () => { store = await openAnyForTest() })
  after(() => store.close())

  test('a contract books its promise, a billed month its draw; contract-use shows the same', async () => {
    const acme = await contract('acme', year('1000'))
    assert.deepEqual(await books('acme'), ['-1000', '0', '1000'])
    await use('acme', '2026-11-05')
    later()
    await closeMonth(store, clock, '2026-11', { organizations: ['acme'] })
    assert.deepEqual(await books('acme'), ['-1000', '10', '990'])
    const [shown] = (await contractUse(store, acme, 1, '2026-12-02')).commitments
    assert.deepEqual([shown?.amount, shown?.drawn, shown?.left].map((text) => formatDecimal(decimal(text ?? ''))), ['1000', '10', '990'])
    // What came late is billed with the next month, and corrects the draw of its own.
    await use('acme', '2026-11-06')
    now = Date.parse('2027-01-02T09:00:00Z')
    await closeMonth(store, clock, '2026-12', { organizations: ['acme'] })
    assert.deepEqual(await books('acme'), ['-1000', '20', '980'])
    assert.deepEqual(await postings('draw:acme:%'), ['draw:acme:year:2026-11 commitment', 'draw:acme:year:2026-11:2 correction draw:acme:year:2026-11'])
  })

  test('a re-rating, as credit note or further invoice, and a void correct the draw by name', async () => {
    await contract('kappa', year('1000'))
    await use('kappa', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['kappa'] })
    const reRate = async (terms: string): Promise<string> => {
      await contract('kappa', terms)
      const found = await previewReRating(store, 'kappa', '2026-11')
      assert.ok(found.status === 'previewed', found.status)
      const applied = await applyReRating(store, clock, 'kappa', '2026-11', found.preview.token)
      assert.ok('id' in applied, JSON.stringify(applied))
      return applied.id
    }
    const further = await reRate(year('1000', 'prices: [{ perMillion: "12" }], '))
    assert.deepEqual(await books('kappa'), ['-1000', '12', '988'])
    assert.equal((await voidInvoice(store, clock, further, 'agreed otherwise')).status, 'void')
    assert.deepEqual(await books('kappa'), ['-1000', '10', '990'])
    await reRate(year('1000', 'prices: [{ perMillion: "7" }], '))
    assert.deepEqual(await books('kappa'), ['-1000', '7', '993'])
    assert.deepEqual(await postings('draw:kappa:%'), [1, 2, 3, 4].map((n) => n === 1 ? 'draw:kappa:year:2026-11 commitment' : `draw:kappa:year:2026-11:${n} correction draw:kappa:year:2026-11`))

    await contract('whole', year('1000'))
    await use('whole', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['whole'] })
    assert.equal((await voidInvoice(store, clock, 'inv_whole_2026-11_1', 'wrong customer')).status, 'void')
    assert.deepEqual(await books('whole'), ['-1000', '0', '1000'])
    assert.deepEqual(await commitments(), [])
  })

  test('a note over the whole invoice gives back what it drew of commitments and credits; one over a part gives money alone', async () => {
    await contract('whole-note', `{ commitments: [{ id: year, amount: "1000", from: "2026-01-01", until: "2027-12-31" }], credits: [{ id: pre, amount: "6", from: "2026-01-01" }, { id: gift, amount: "1", from: "2026-01-01", paid: false }] }`)
    await recordPrepayment(store, clock, 'whole-note', 'pre', 'USD', '6')
    await use('whole-note', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['whole-note'] })
    const id = 'inv_whole-note_2026-11_1'
    const drawn = async (): Promise<readonly string[]> => (await store.query<{ grant_id: string; sum: string }>('jobs', `SELECT grant_id, sum(amount) AS sum FROM credit_draw WHERE contract = 'whole-note' AND active GROUP BY 1 ORDER BY 1`)).map((row) => `${row.grant_id} ${formatDecimal(decimal(row.sum))}`)
    assert.deepEqual([await books('whole-note'), await drawn(), await balance('invoiced/whole-note'), await balance('prepaid/whole-note/pre')], [['-1000', '10', '990'], ['gift 1', 'pre 6'], '3', '0'])
    assert.equal((await creditInvoice(store, clock, id, 'cn-part', { net: '2.00', description: 'Outage' }, 'outage')).status, 'issued')
    assert.deepEqual([await books('whole-note'), await drawn(), await balance('invoiced/whole-note')], [['-1000', '10', '990'], ['gift 1', 'pre 6'], '1'])
    const rest = await creditInvoice(store, clock, id, 'cn-rest', { all: true }, 'wrong')
    assert.ok(rest.status === 'not-creditable', 'after a part of it there is no whole left')

    await contract('all-back', `{ commitments: [{ id: year, amount: "1000", from: "2026-01-01", until: "2027-12-31" }], credits: [{ id: pre, amount: "6", from: "2026-01-01" }, { id: gift, amount: "1", from: "2026-01-01", paid: false }] }`)
    await recordPrepayment(store, clock, 'all-back', 'pre', 'USD', '6')
    await use('all-back', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['all-back'] })
    const note = await creditInvoice(store, clock, 'inv_all-back_2026-11_1', 'cn-all', { all: true }, 'never ordered')
    assert.ok(note.status === 'issued')
    assert.deepEqual([note.document.total, note.document.prepaid, note.document.due], ['-9.00', '-6.00', '-3.00'])
    assert.deepEqual([await books('all-back'), await balance('invoiced/all-back'), await balance('prepaid/all-back/pre')], [['-1000', '0', '1000'], '0', '-6'])
    const back = await store.query('jobs', `SELECT 1 FROM credit_draw WHERE contract = 'all-back' AND active`)
    assert.equal(back.length, 0)
    assert.deepEqual(await creditInvoice(store, clock, 'inv_all-back_2026-11_1', 'cn-more', { net: '1.00', description: 'more' }, 'more'), { status: 'not-creditable', why: 'a note over the whole of it stands already: nothing is left to credit' })
    assert.deepEqual(await voidInvoice(store, clock, 'inv_all-back_2026-11_1', 'twice'), { status: 'not-voidable', why: 'a note over the whole of it stands: nothing is left to take back' })
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
  })

  test('a note over the whole of an invoice on which a further one rests is refused, as its void is; once that is taken back it is written', async () => {
    await contract('under', year('1000'))
    await use('under', '2026-11-05')
    await closeMonth(store, clock, '2026-11', { organizations: ['under'] })
    await contract('under', year('1000', 'prices: [{ perMillion: "12" }], '))
    const dearer = await previewReRating(store, 'under', '2026-11')
    assert.ok(dearer.status === 'previewed')
    const further = await applyReRating(store, clock, 'under', '2026-11', dearer.preview.token)
    assert.ok(further.status === 'invoiced')
    assert.deepEqual(await books('under'), ['-1000', '12', '988'])
    for (const whole of [{ all: true }, { net: '10.00', description: 'all of it' }] as const) {
      const refused = await creditInvoice(store, clock, 'inv_under_2026-11_1', 'cn-under', whole, 'wrong')
      assert.ok(refused.status === 'not-creditable')
      assert.equal(refused.why, `a further invoice of its month, ${further.number}, rests on it: credit or void that whole first`)
    }
    assert.deepEqual(await books('under'), ['-1000', '12', '988'])
    assert.equal((await creditInvoice(store, clock, further.id, 'cn-further', { all: true }, 'wrong')).status, 'issued')
    assert.deepEqual(await books('under'), ['-1000', '10', '990'])
    assert.match(JSON.stringify(await voidInvoice(store, clock, 'inv_under_2026-11_1', 'wrong')), /was credited whole: write a credit note over this one too/)
    assert.equal((await creditInvoice(store, clock, 'inv_under_2026-11_1', 'cn-first', { all: true }, 'wrong')).status, 'issued')
    assert.deepEqual(await books('under'), ['-1000', '0', '1000'])
    assert.deepEqual((await checkMoney(store)).filter((item) => !item.ok), [])
  })

  test('a version, an amendment on its day and a commitment dropped move the promise; saved again nothing moves', async () => {
    await contract('lambda', year('500'))
    await contract('lambda', year('600'))
    await contract('lambda', year('600'))
    assert.deepEqual(await books('lambda'), ['-600', '0', '600'])
    assert.deepEqual(await postings('commitment:lambda:%'), ['commitment:lambda:year commitment', 'commitment:lambda:year:2 correction commitment:lambda:year'])
    const amended = await contract('lambda', year('600'), `amendments: [{ effectiveFrom: "2027-03-01", reason: more, terms: ${year('900')} }]`)
    assert.deepEqual(await books('lambda'), ['-600', '0', '600'])
    assert.deepEqual(await commitments(), [])
    now = Date.parse('2027-03-02T09:00:00Z')
    await closeMonth(store, clock, '2027-02')
    assert.deepEqual(await books('lambda'), ['-900', '0', '900'])
    assert.equal((await contractUse(store, amended, 3, '2027-03-02')).commitments[0]?.left, '900.00')
    await contract('lambda', '{}')
    assert.deepEqual(await books('lambda'), ['0', '0', '0'])
    assert.deepEqual(await commitments(), [])
  })

  test('an amendment that names the next commitment leaves the one that is over as it was, and takes back one that runs', () => {
    const next = (amount: string, from: string): string => `{ commitments: [{ id: next, amount: "${amount}", from: "${from}", until: "2028-01-01" }] }`
    const of = (effectiveFrom: string): Contract => parsed(`id: a\nparty: a\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: ${year('100')}\namendments: [{ effectiveFrom: "${effectiveFrom}", reason: next, terms: ${next('200', effectiveFrom)} }]\n`)
    const promised = (effectiveFrom: string, day: string): readonly string[] => [...promisesOn(of(effectiveFrom), day)].map(([id, amount]) => `${id} ${formatDecimal(amount)}`)
    assert.deepEqual(promised('2027-01-01', '2026-12-31'), ['year 100'])
    assert.deepEqual(promised('2027-01-01', '2027-01-01'), ['year 100', 'next 200'])
    assert.deepEqual(promised('2026-07-01', '2026-07-01'), ['next 200'])
  })

  test('with a supplier we owe: the accounts stand the other way round', async () => {
    later()
    await saveContract(store, clock, parsed(`id: sup\nparty: sup\nside: supplier\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms: ${year('300')}\n`))
    await bookUsage(store, [{ day: '2026-11-05', organization: 'buyer', project: 'p', supplier: 'sup', meter: 'output', quantity: '1000000', unitPrice: '0.00001' }])
    await closeSupplierMonth(store, clock, 'sup', '2026-11')
    assert.deepEqual(await books('sup'), ['300', '-10', '-290'])
    assert.deepEqual(await commitments(), [])
  })

  test('ledger check finds a draw that is recorded and not booked, and a promise that the contract does not make', async () => {
    await store.query('admin', `UPDATE commitment_draw SET amount = amount + 1 WHERE contract = 'acme' AND month = '2026-11'`)
    const entries = ['committed/acme/year', 'commitment/acme/year']
    await store.transaction('admin', async (sql) => {
      await sql(`INSERT INTO ledger_transaction (id, kind, minute, currency, amount, attempts) VALUES ('planted', 'opening', $1, 'USD', 5, 0)`, [Math.floor(now / 60_000)])
      await sql(`INSERT INTO entry (transaction_id, account, currency, amount) SELECT 'planted', * FROM unnest($1::text[], '{USD,USD}'::text[], '{-5,5}'::numeric[])`, [entries])
    })
    const found = await commitments()
    assert.equal(found?.length, 2, JSON.stringify(found))
    assert.match(found?.[0] ?? '', /^drawn\/acme\/year: 21 USD drawn by what is billed, 20 in the books/)
    assert.match(found?.[1] ?? '', /^committed\/acme\/year: 1000 USD promised, 1005 in the books/)
  })
})

test('draws from before they were booked are posted by the migration, promises by the next monthly run', async () => {
  const folder = temporaryFolder()
  const before = await openEmbeddedForTest(migrations.filter((step) => step.name < '0034'), folder)
  for (const [party, side] of [['old', 'customer'], ['oldsup', 'supplier']]) {
    const body = JSON.stringify(parsed(`id: ${party}\nparty: ${party}\nside: ${side}\ncurrency: EUR\nterm: { from: "2026-01-01" }\nterms: ${year('100')}\n`))
    await before.query('admin', `INSERT INTO contract (id, version, party, side, body, recorded_at) VALUES ($1, 1, $1, $2, $3, '2026-01-01')`, [party, side, body])
    await before.query('admin', `INSERT INTO commitment_draw (organization, contract, commitment, month, amount) VALUES ($1, $2, 'year', '2026-10', 7), ($1, $2, 'year', '2026-11', 0)`, [side === 'supplier' ? `supplier/${party}` : party, party])
  }
  await before.close()
  const upgraded = await openEmbeddedForTest(migrations, folder)
  try {
    assert.deepEqual(await commitmentFaults(upgraded), [])
    await bookAllPromises(upgraded, clock)
    assert.deepEqual(await commitmentFaults(upgraded), [])
    const rows = await upgraded.query<{ account: string; amount: string }>('jobs', `SELECT account, sum(amount)::text AS amount FROM entry WHERE currency = 'EUR' GROUP BY account ORDER BY account`)
    assert.deepEqual(rows.map((row) => `${row.account} ${row.amount}`), ['commitment/old/year 93', 'commitment/oldsup/year -93', 'committed/old/year -100', 'committed/oldsup/year 100', 'drawn/old/year 7', 'drawn/oldsup/year -7'])
  } finally {
    await upgraded.close()
  }
})
