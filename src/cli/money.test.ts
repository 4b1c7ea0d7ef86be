/** The commands of finance against a running server whose books hold a small month of the case. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { putCaseMonth } from '../../demo/case-month/put-month.ts'
import { inventedShape } from '../../demo/case-month/shape.ts'
import { openEmbeddedForTest, temporaryFolder } from '../../test/embedded.ts'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { start } from '../main.ts'
import { run } from './main.ts'

interface Said { readonly code: number; readonly out: string; readonly note: string }

async function weir(...args: readonly string[]): Promise<Said> {
  const out: string[] = []
  const note: string[] = []
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3',
    readFile: (path) => ({ text: readFileSync(path, 'utf8') }),
  })
  return { code, out: out.join('\n'), note: note.join('\n') }
}

/** A server with the month in its books. */
async function serveMonth(folder: string): Promise<{ readonly data: readonly string[]; readonly stop: () => Promise<void> }> {
  mkdirSync(join(folder, 'data'), { recursive: true })
  const store = await openEmbeddedForTest(undefined, join(folder, 'data', 'database'))
  await putCaseMonth(store, { month: '2026-10', scale: '0.001', shape: inventedShape(1, 2) })
  await store.close()
  const config = readConfig({ flags: { port: '0', data: join(folder, 'data'), logLevel: 'silent' }, env: {}, readFile: () => ({ failed: '' }) })
  assert.ok(!('problems' in config))
  const running = await start(config)
  return { data: ['--data', config.dataFolder], stop: () => running.drain() }
}

const focusModels = join(import.meta.dirname, '../../../shared/focus')

/** Exports of every dataset, as a customer would fetch them; checked by the command, which then finds what is planted. */
async function focusFiles(t: TestContext, folder: string, data: readonly string[]): Promise<void> {
  if (!existsSync(focusModels)) return t.diagnostic('skipped: ../shared/focus not found')
  const files = join(folder, 'focus')
  mkdirSync(files)
  const export_ = (dataset: string, file: string, ...more: readonly string[]): Promise<Said> => weir('focus', dataset, '--month', '2026-10', '--output', join(files, file), ...more, ...data)
  assert.equal((await export_('cost-and-usage', 'usage.csv')).code, 0)
  assert.equal((await export_('cost-and-usage', 'usage.parquet', '--format', 'parquet')).code, 0)
  assert.equal((await export_('cost-and-usage', 'usage-12.csv', '--focus-version', '1.2')).code, 0)
  assert.equal((await export_('cost-and-usage', 'usage-12.parquet', '--focus-version', '1.2', '--format', 'parquet')).code, 0)
  for (const dataset of ['invoice-detail', 'billing-period', 'contract-commitment']) assert.equal((await export_(dataset, `${dataset}.csv`)).code, 0)
  const clean = await weir('focus', 'check', files, '--models', focusModels)
  assert.equal(clean.code, 0, `${clean.out}${clean.note}`)
  assert.match(clean.out, /^usage-12\.parquet: Cost and Usage 1\.2, \d+ rows: 0 errors, \d+ warnings?$/m)
  assert.equal(clean.out.split('\n').length, 7, clean.out)

  const spoil = (name: string, before: string | RegExp, after: string): string => {
    const text = readFileSync(join(files, name), 'utf8')
    assert.match(text, new RegExp(before), `${name} has what is to be spoilt`)
    const file = join(folder, `spoilt-${name}`)
    writeFileSync(file, text.replace(before, after))
    return file
  }
  const planted: readonly (readonly [string, string | RegExp, string, RegExp])[] = [
    ['usage.csv', /,Usage,/, ',Used,', /error allowed-values ChargeCategory, row 1: Used is not one of/],
    ['usage.csv', /HostProviderName/, 'Host', /error mandatory HostProviderName: the column is missing/],
    ['usage-12.csv', /,Usage,/, ',Used,', /error ChargeCategory-C-003-M ChargeCategory, row 1/],
    ['usage-12.csv', /USD/, 'usd', /error BillingCurrency-C-\d+-[MC] BillingCurrency, row 1/],
    ['billing-period.csv', /(Open|Closed)/, 'ajar', /error allowed-values BillingPeriodStatus, row 1: ajar/],
    ['contract-commitment.csv', /USD/, 'dollars', /error value-format BillingCurrency, row 1: dollars/],
  ]
  for (const [name, before, after, found] of planted) {
    const said = await weir('focus', 'check', spoil(name, before, after), '--models', focusModels)
    assert.equal(said.code, 3, `${name}: ${after}\n${said.out}`)
    assert.match(said.out.replaceAll(/\n {2}/g, ' '), found)
    for (const line of said.out.split('\n')) assert.ok(line.length <= 80 || !line.includes(' ', 60), line)
  }
  const other = await weir('focus', 'check', join(files, 'usage-12.csv'), '--models', join(focusModels, 'focus-1.4-model.json'))
  assert.deepEqual([other.code, /has no model of it/.test(other.note)], [2, true])
}

test('finance at the command line: chargeback, margins, a late contract, payments, exposure, a bill to its true-up and dispute', async (t) => {
  const folder = temporaryFolder()
  const { data, stop } = await serveMonth(folder)
  t.after(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const divided = await weir('invoices', 'chargeback', 'inv_buyer_2026-10_1', '--json', ...data)
  const parts = JSON.parse(divided.out) as { cost_centre: string; provisioned: string; total: string }[]
  assert.deepEqual(parts.map((part) => [part.cost_centre, part.provisioned]), [['4711', '5200.00'], ['4712', '0.00'], ['4713', '0.00']])
  assert.equal(parts.reduce((sum, part) => sum + Math.round(Number(part.total) * 100), 0), 2_000_000)
  assert.equal((await weir('invoices', 'chargeback', 'INV-2026-000001', '--json', ...data)).out, divided.out, 'an invoice is named by its number too')
  assert.match((await weir('invoices', 'show', 'INV-2026-000001', ...data)).out, /"id":"inv_buyer_2026-10_1"/)
  assert.match((await weir('invoices', 'list', '--customer', 'buyer', '--status', 'issued', ...data)).out, /^NUMBER.* OPEN .*\nINV-2026-000001 +buyer +2026-10 +issued +19,000\.00 +USD +2026-\d\d-\d\d$/)
  const numbers: string[] = []
  for (let after: readonly string[] = []; ;) {
    const page = await weir('invoices', 'list', '--limit', '4', ...after, ...data)
    numbers.push(...page.out.split('\n').slice(1).map((line) => line.split(' ')[0] ?? ''))
    const more = /^there are more: add (--after) (\S+)$/.exec(page.note)
    if (more === null) break
    after = more.slice(1)
  }
  assert.deepEqual(numbers, (JSON.parse((await weir('invoices', 'list', '--json', ...data)).out) as { number: string }[]).map((one) => one.number))
  const gone = await weir('invoices', 'list', '--limit', '4', '--after', 'inv_gone', ...data)
  assert.deepEqual([gone.code, gone.note], [1, 'querystring.after: no invoice inv_gone is there any more: ask for the first page again, without after'])
  assert.equal((await weir('invoices', 'list', '--customer', 'buyer', '--status', 'void', ...data)).out, 'No invoice is like that.')
  assert.match((await weir('focus', 'cost-and-usage', '--month', '2026-10', '--customer', 'byer', ...data)).note, /no customer byer/)
  const own = (await weir('focus', 'cost-and-usage', '--month', '2026-10', '--customer', 'buyer', ...data)).out.split('\n')
  assert.ok(own.length > 2 && own.slice(1).every((line) => line === '' || line.includes(',buyer,')), 'of one customer alone')
  const promised = (await weir('focus', 'contract-commitment', '--customer', 'buyer', ...data)).out.split('\n').filter((line) => line !== '')
  assert.ok(promised.length > 1 && promised.slice(1).every((line) => line.includes(',buyer-contract,')), 'what others have agreed on is not in it')
  for (const ahead of [['invoices', 'close', '2199-01'], ['invoices', 'close', '2199-01', '--draft'], ['statements', 'issue', 'maker', '2199-01'], ['bills', 'close', 'maker', '2199-01'], ['contracts', 'asset-month', 'cluster', '2199-01']]) {
    const said = await weir(...ahead, ...data)
    assert.deepEqual([said.code, /^2199-01 has not begun, it is \d{4}-\d{2}: nothing is booked of a month ahead$/.test(said.note)], [1, true], `${ahead.join(' ')}: ${said.out}${said.note}`)
  }
  const noRate = await weir('statements', 'margins', '2026-10', '--currency', 'EUR', ...data)
  assert.deepEqual([noRate.code, noRate.note], [1, 'no exchange rate from USD to EUR on 2026-10-31: record it with weir contracts rate USD EUR 2026-10-31 RATE --source TEXT, and run again'])
  assert.match((await weir('statements', 'margins', '2026-10', '--currency', 'XXZ', ...data)).note, /querystring\.currency: a currency of ISO 4217/)
  assert.match((await weir('statements', 'margins', '2026-10', ...data)).out, /buyer +gpt-4\.1 .* agreement/)
  assert.match((await weir('contracts', 'show', 'buyer-contract', ...data)).out, /20 units units of gpt-4\.1, monthly: cost [\d,.]+ this month, [\d,.]+ of it unused/)

  const same = await weir('invoices', 're-rate', 'client-001', '2026-10', ...data)
  assert.equal(same.code, 1)
  assert.match(same.note, /nothing to re-rate/)
  const file = join(folder, 'late.yaml')
  writeFileSync(file, 'id: client-001-contract\nparty: client-001\nside: customer\ncurrency: USD\nterm: { from: "2026-02-30" }\nterms:\n  discounts: [{ percnt: "9" }]\n')
  const refused = await weir('contracts', 'save', 'contract', file, ...data)
  assert.equal(refused.code, 2)
  assert.match(refused.note, /late\.yaml:5: term\.from: a day that exists/)
  assert.match(refused.note, /late\.yaml:7: terms\.discounts\[0\]: Unrecognized key: "percnt"/)
  writeFileSync(file, 'id: client-001-contract\nparty: client-001\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01" }\nterms:\n  discounts: [{ percent: "20" }]\n')
  assert.match((await weir('contracts', 'save', 'contract', file, ...data)).out, /version 2/)
  const second = join(folder, 'second.yaml')
  writeFileSync(second, 'id: client-001-second\nparty: client-001\nside: customer\ncurrency: USD\nterm: { from: "2026-12-01" }\n')
  const overlaps = await weir('contracts', 'save', 'contract', second, ...data)
  assert.match(overlaps.note, /second\.yaml: term: client-001 has client-001-contract from 2026-01-01 on: end that one before this begins/)
  const preview = await weir('invoices', 're-rate', 'client-001', '2026-10', ...data)
  assert.equal(preview.code, 3)
  assert.match(preview.out, /less to pay: [\d,.]+ USD/)
  const token = /--apply (\w+)/.exec(preview.out)?.[1] ?? ''
  assert.match((await weir('invoices', 're-rate', 'client-001', '2026-10', '--apply', 'wrong', ...data)).note, /preview again/)
  // Numbered in the year in which it is issued.
  assert.match((await weir('invoices', 're-rate', 'client-001', '2026-10', '--apply', token, ...data)).out, new RegExp(`^credited: CN-${new Date(systemClock.now()).getUTCFullYear()}-000001`))
  assert.equal((await weir('invoices', 're-rate', 'client-001', '2026-10', ...data)).code, 1)

  const pay = ['invoices', 'pay', 'buyer', '19000', '--id', 'bank-1', '--reference', 'INV-2026-000001', ...data]
  assert.match((await weir(...pay)).out, /^INV-2026-000001 {2}19,000 USD\nnot matched: 0 USD$/)
  assert.match((await weir(...pay)).out, /recorded before/)
  const tooMuch = await weir('invoices', 'refund', 'bank-1', '5', '--id', 'out-1', '--reference', 'paid back', ...data)
  assert.deepEqual([tooMuch.code, /^body\.amount: bank-1 has 0 USD left over/.test(tooMuch.note)], [1, true])
  assert.match((await weir('invoices', 'refund', 'bank-1', '0.005', '--id', 'out-1', '--reference', 'paid back', ...data)).note, /^body\.amount: an amount above zero in whole minor units of the currency/)
  assert.equal((await weir('invoices', 'returned', 'bank-1', '--id', 'out-2', '--reference', 'not honoured', ...data)).out, 'INV-2026-000001 is open again by 19,000 USD\nleft over of bank-1: 0 USD')
  assert.equal((await weir('invoices', 'returned', 'bank-1', '--id', 'out-3', '--reference', 'not honoured', ...data)).note, 'the bank took all of bank-1 back already, as out-2: nothing of it is left to go back')
  assert.match((await weir('invoices', 'list', '--customer', 'buyer', '--status', 'issued', ...data)).out, /INV-2026-000001/)
  assert.match((await weir(...pay.with(5, 'bank-1b'))).out, /^INV-2026-000001 {2}19,000 USD\nnot matched: 0 USD$/)
  assert.match((await weir('invoices', 'pay', 'buyer', '1500', '--id', 'bank-2', '--reference', 'more than is due', ...data)).out, /not matched: 1,500 USD$/)
  assert.equal((await weir('invoices', 'match', ...data)).out, 'left over of bank-2, buyer: 1,500 USD')
  assert.deepEqual([(await weir('invoices', 'match', '--payment', 'bank-9', ...data)).code, (await weir('invoices', 'match', '--payment', 'bank-1', ...data)).out], [1, 'no payment has anything left over'])
  assert.match((await weir('contracts', 'suspension', 'buyer-contract', '--from', '2026-10-16', ...data)).out, /^buyer-contract, version 1, suspended from 2026-10-16\n/)
  assert.equal((await weir('reconcile', file, '--supplier', 'azure', '--alias', 'wrong', ...data)).code, 2)
  // In force today, whenever that is: the commitments of the month's own contracts end with their year.
  const [today, inAYear] = [0, 365].map((days) => new Date(systemClock.now() + days * 86_400_000).toISOString().slice(0, 10))
  writeFileSync(file, `id: client-003\nparty: client-003\nside: customer\ncurrency: USD\nterm: { from: "${today}" }\nterms: { creditLimit: "10", commitments: [{ id: year, amount: "100", from: "${today}", until: "${inAYear}" }] }\n`)
  assert.equal((await weir('contracts', 'save', 'contract', file, ...data)).code, 0)
  const exposed = await weir('invoices', 'exposure', ...data)
  assert.equal(exposed.code, 3, 'the commitment is beyond the credit limit')
  assert.match(exposed.out, /client-003/)
  assert.equal((await weir('correct-prices', ...data)).out, 'Everything is booked at the prices in force.')

  assert.equal((await weir('spend', 'anomalies', ...data)).out, 'Nothing was out of the ordinary.')
  assert.equal((await weir('spend', 'caps', ...data)).code, 0)
  assert.match((await weir('spend', 'lift', 'project/acme/feed/month', '--reason', 'none', ...data)).note, /no cap on project\/acme\/feed\/month/)

  await focusFiles(t, folder, data)

  const bill = join(folder, 'bill.csv')
  writeFileSync(bill, 'ChargePeriodStart,BillingCurrency,BilledCost,ConsumedQuantity,ConsumedUnit,SkuMeter,x_Model\n2026-10-03,USD,4.00,1000,Tokens,output,gpt-9\n')
  const mistyped = await weir('reconcile', bill, '--supplier', 'Makr', ...data)
  assert.equal(mistyped.code, 1)
  assert.match(mistyped.note, /^no supplier Makr: .* nothing was imported\. Is it maker\? If it is a new supplier, .*weir reconcile --new-supplier$/)
  assert.equal((await weir('bills', 'list', ...data)).out, 'No bills yet: weir reconcile FILE --supplier NAME imports one.')
  assert.equal((await weir('reconcile', bill, '--supplier', 'Makr', '--new-supplier', ...data)).code, 3)
  assert.equal((await weir('reconcile', bill, '--supplier', 'Makr', ...data)).code, 3, 'it is known from then on')
  const elsewhere = await weir('reconcile', bill, '--supplier', 'elsewhere', ...data)
  assert.equal(elsewhere.code, 3)
  assert.match(elsewhere.out, /^The books have no calls from elsewhere in these days\.$/m)
  assert.match(elsewhere.out, /^Each variance and the calls behind it:\n {2}weir bills show reconciliation_bill_elsewhere_\w+$/m)
  const heads = JSON.parse((await weir('bills', 'list', '--json', ...data)).out) as { id: string }[]
  const id = heads.find((head) => head.id.includes('elsewhere'))?.id ?? ''
  assert.match((await weir('bills', 'show', id, ...data)).out, /outside-gateway +2026-10-03 +gpt-9 +output +4/)
  assert.match((await weir('bills', 'true-up', id, 'rounding', ...data)).out, /nothing to book/)
  const dispute = (await weir('bills', 'dispute', id, 'outside-gateway', '--reason', 'not our calls', ...data)).out.split('\n')[0] ?? ''
  assert.match((await weir('bills', 'move', dispute, 'credited', '--note', 'credit note 7', '--credit', '4.00', ...data)).out, /credited {2}4/)
  for (const [given, says] of [[['EUR', 'USD', '2026-02-30', '1.08'], /day that exists/], [['EUR', 'USD', '2026-02-03', '0'], /above zero/], [['EUR', 'USD', '2026-02-03', 'abc'], /above zero/], [['ZZZ', 'USD', '2026-02-03', '1'], /currency of ISO 4217/]] as const) {
    const refused = await weir('contracts', 'rate', ...given, '--source', 'ECB', ...data)
    assert.equal(refused.code === 0, false)
    assert.match(refused.note, says)
  }
  const check = await weir('ledger', 'check', ...data)
  assert.equal(check.code, 0, check.out)
})

test('help of the commands of finance fits 80 columns', async () => {
  for (const command of [['invoices'], ['invoices', 'pay'], ['invoices', 'match'], ['invoices', 're-rate'], ['invoices', 'chargeback'], ['bills'], ['bills', 'move'], ['bills', 'close'], ['contracts'], ['contracts', 'asset-month'], ['contracts', 'rate'], ['contracts', 'suspension'], ['statements'], ['correct-prices'], ['spend'], ['spend', 'lift'], ['reconcile'], ['focus'], ['focus', 'check']]) {
    const said = await weir(...command, '--help')
    assert.equal(said.code, 0)
    for (const line of said.out.split('\n')) assert.ok(line.length <= 80, `${command.join(' ')}: ${line}`)
  }
})
