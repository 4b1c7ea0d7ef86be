/** What contradicts itself in a contract is refused with its path, its line and what to do; each of the pairs beside it is fine. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import type { Store } from '../../store/store.ts'
import { leavesDays, overlapping } from './check-contract.ts'
import { saveContract } from './contract-store.ts'
import { bookUsage } from '../invoices/booked-usage.fixture.ts'
import { parseContract } from './parse-contract.ts'

const head = 'id: c\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: "2026-01-01", until: "2027-01-01" }\n'
const faults = (members: string): readonly string[] => {
  const parsed = parseContract(`${head}${members}\n`)
  return 'contract' in parsed ? [] : parsed.faults.map((fault) => `${fault.line} ${fault.at}: ${fault.reason}`)
}

const units = (one: string, two: string): string => `terms:\n  provisioned:\n    - { id: a, count: 1, model: m, term: hourly, unitPrice: "1", ${one} }\n    - { id: b, count: 1, model: m, term: hourly, unitPrice: "1", ${two} }`

/** Members, what is refused of them, and the same with what is right. */
const cases: readonly (readonly [name: string, wrong: string, fault: RegExp, right: string])[] = [
  ['the same id twice', 'terms:\n  allowances:\n    - { id: free, quantity: "1" }\n    - { id: free, quantity: "2" }', /^9 terms\.allowances\[1\]\.id: free is terms\.allowances\[0\] already/, 'terms:\n  allowances:\n    - { id: free, quantity: "1" }\n    - { id: more, quantity: "2" }'],
  ['the same id twice in an amendment', 'amendments:\n  - effectiveFrom: "2026-02-01"\n    reason: more\n    terms:\n      credits: [{ id: a, amount: "1", from: "2026-01-01" }, { id: a, amount: "1", from: "2026-02-01" }]', /^10 amendments\[0\]\.terms\.credits\[1\]\.id: a is amendments\[0\]\.terms\.credits\[0\] already/, 'amendments:\n  - effectiveFrom: "2026-02-01"\n    reason: more\n    terms:\n      credits: [{ id: a, amount: "1", from: "2026-01-01" }]'],
  ['two prices for the same', 'terms:\n  prices:\n    - { models: [m], perMillion: "1" }\n    - { models: [m], perMillion: "2" }', /^9 terms\.prices\[1\]: contradicts terms\.prices\[0\]/, 'terms:\n  prices:\n    - { models: [m], meters: [input], perMillion: "1" }\n    - { models: [m], meters: [output], perMillion: "2" }'],
  ['a price behind one that takes all of it', 'terms:\n  prices:\n    - { models: ["gpt-*"], perMillion: "1" }\n    - { models: [gpt-5], projects: [feed], perMillion: "2" }', /^9 terms\.prices\[1\]: never applies: terms\.prices\[0\] takes all of it first/, 'terms:\n  prices:\n    - { models: [gpt-5], projects: [feed], perMillion: "2" }\n    - { models: ["gpt-*"], perMillion: "1" }'],
  ['a model that two prices name', 'terms:\n  prices:\n    - { models: [a, b], perMillion: "1" }\n    - { models: [b, c], perMillion: "2" }', /^9 terms\.prices\[1\]: b stands in terms\.prices\[0\] too: name it in one of the two/, 'terms:\n  prices:\n    - { models: [a, b], meters: [input], perMillion: "1" }\n    - { models: [b, c], perMillion: "2" }'],
  ['a percentage a hair above a hundred', 'terms: { discounts: [{ percent: "100.00000000000000001" }] }', /^6 terms\.discounts\[0\]\.percent: a percentage/, 'terms: { discounts: [{ percent: "100.0" }] }'],
  ['bands that differ beyond what a float holds', 'terms: { quantityTiers: [{ id: t, kind: volume, bands: [{ upTo: "90071992547409932", perUnit: "1" }, { upTo: "90071992547409931", perUnit: "2" }, { perUnit: "3" }] }] }', /bands must rise/, 'terms: { quantityTiers: [{ id: t, kind: volume, bands: [{ upTo: "90071992547409931", perUnit: "1" }, { upTo: "90071992547409932", perUnit: "2" }, { perUnit: "3" }] }] }'],
  ['a discount behind a general one', 'terms:\n  discounts: [{ percent: "5" }, { models: [m], percent: "9" }]', /^7 terms\.discounts\[1\]: never applies/, 'terms:\n  discounts: [{ models: [m], percent: "9" }, { percent: "5" }]'],
  ['two tiers for the same', 'terms:\n  quantityTiers:\n    - { id: a, kind: volume, bands: [{ perMillion: "1" }] }\n    - { id: b, kind: graduated, bands: [{ perMillion: "2" }] }', /^9 terms\.quantityTiers\[1\]: contradicts/, 'terms:\n  quantityTiers:\n    - { id: a, meters: [input], kind: volume, bands: [{ perMillion: "1" }] }\n    - { id: b, meters: [output], kind: graduated, bands: [{ perMillion: "2" }] }'],
  ['two units on one deployment at one time', units('from: "2026-01-01", deployments: [d, e]', 'from: "2026-06-01", deployments: [e]'), /^9 terms\.provisioned\[1\]\.deployments: e is carried by terms\.provisioned\[0\] at the same time/, units('from: "2026-01-01", until: "2026-06-01", deployments: [d, e]', 'from: "2026-06-01", deployments: [e]')],
  ['units that end before they begin', units('from: "2026-02-01", until: "2026-02-01"', 'from: "2026-01-01"'), /^8 terms\.provisioned\[0\]\.until: must be after from/, units('from: "2026-02-01", until: "2026-02-02"', 'from: "2026-01-01"')],
  ['credit that expires before it begins', 'terms:\n  credits:\n    - { id: a, amount: "1", from: "2026-03-01", expires: "2026-02-01" }', /^8 terms\.credits\[0\]\.expires: must be after from/, 'terms:\n  credits:\n    - { id: a, amount: "1", from: "2026-03-01", expires: "2026-03-02" }'],
  ['a commitment of an amendment that ends before it begins', 'amendments:\n  - effectiveFrom: "2026-02-01"\n    reason: more\n    terms: { commitments: [{ id: k, amount: "1", from: "2026-03-01", until: "2026-03-01" }] }', /^9 amendments\[0\]\.terms\.commitments\[0\]\.until: must be after from/, 'terms: { commitments: [{ id: k, amount: "1", from: "2026-03-01", until: "2026-04-01" }] }'],
  ['an amendment after the end', 'amendments:\n  - effectiveFrom: "2027-01-01"\n    reason: late\n    terms: {}', /^7 amendments\[0\]\.effectiveFrom: must be before the contract ends, 2027-01-01/, 'amendments:\n  - effectiveFrom: "2026-12-31"\n    reason: late\n    terms: {}'],
  ['a suspension that ends before it begins', 'suspensions:\n  - { from: "2026-03-01T10:00:00Z", until: "2026-03-01" }', /^7 suspensions\[0\]\.until: must be after from/, 'suspensions:\n  - { from: "2026-03-01", until: "2026-03-01T10:00:00Z" }'],
  ['a term that ends before it begins', 'terms: {}\nsuspensions: [{ from: "never" }]', /^7 suspensions\[0\]\.from: a day or an RFC 3339 time/, 'terms: {}'],
]

for (const [name, wrong, fault, right] of cases) {
  test(name, () => {
    assert.deepEqual(faults(right), [])
    const found = faults(wrong)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', fault)
  })
}

let store: Store
before(async () => { store = await openAnyForTest() })
after(() => store.close())

test('contracts of one customer whose terms meet: the second is refused and names the first; one after the other is fine, and so is another version', async () => {
  const contractOf = (text: string) => { const parsed = parseContract(text); assert.ok('contract' in parsed, JSON.stringify(parsed)); return parsed.contract }
  const named = (id: string, term: string, party = 'acme', side = 'customer') => contractOf(`id: ${id}\nparty: ${party}\nside: ${side}\ncurrency: USD\nterm: ${term}\n`)
  const check = (contract: ReturnType<typeof named>) => store.transaction('admin', (sql) => overlapping(sql, contract))
  await saveContract(store, { now: () => 0, monotonic: () => 0 }, named('first', '{ from: "2026-01-01", until: "2026-07-01" }'))
  assert.match((await check(named('second', '{ from: "2026-06-30" }')))?.message ?? '', /acme has first from 2026-01-01 until 2026-07-01: end that one before this begins, or amend it/)
  for (const fine of [named('second', '{ from: "2026-07-01" }'), named('first', '{ from: "2026-01-01" }'), named('second', '{ from: "2026-06-30" }', 'beta'), named('second', '{ from: "2026-06-30" }', 'acme', 'supplier')]) assert.equal(await check(fine), undefined)
})

test('a version that begins later than the one before is refused where it would leave days at list price, with both remedies', async () => {
  const named = (term: string, party: string) => {
    const parsed = parseContract(`id: ${party}-2026\nparty: ${party}\nside: customer\ncurrency: USD\nterm: ${term}\n`)
    assert.ok('contract' in parsed)
    return parsed.contract
  }
  const left = (term: string, party: string, today: string): Promise<string | undefined> => store.transaction('admin', async (sql) => (await leavesDays(sql, named(term, party), today))?.message)
  await saveContract(store, { now: () => 0, monotonic: () => 0 }, named('{ from: "2026-01-01", until: "2027-01-01" }', 'renewing'))
  const says = 'renewing-2026 holds from 2026-01-01, and days from then until 2027-01-01 would fall to list price: save the renewal under an id of its own, with renewing-2026 ended on 2027-01-01; or keep from: "2026-01-01" and change the terms by an amendment of 2027-01-01'
  assert.equal(await left('{ from: "2027-01-01" }', 'renewing', '2026-12-01'), says, 'today is one of the days')
  assert.equal(await left('{ from: "2027-01-01" }', 'renewing', '2025-12-01'), undefined, 'it had not begun')
  assert.equal(await left('{ from: "2027-01-01" }', 'renewing', '2027-02-01'), undefined, 'nothing was used')
  assert.equal(await left('{ from: "2026-01-01" }', 'renewing', '2026-12-01'), undefined)
  assert.equal(await left('{ from: "2025-01-01" }', 'renewing', '2026-12-01'), undefined)
  await bookUsage(store, [{ day: '2026-11-02', organization: 'renewing', project: 'p', meter: 'output', quantity: '1', unitPrice: '0.00001' }])
  assert.equal(await left('{ from: "2027-01-01" }', 'renewing', '2027-02-01'), says, 'usage of then')
  assert.equal(await left('{ from: "2026-11-02" }', 'renewing', '2027-02-01'), undefined, 'it is under the new version')
})

test('a currency that ISO 4217 does not know is refused with its line', () => {
  const parsed = parseContract('id: a\nparty: a\nside: customer\ncurrency: ZZZ\nterm: { from: "2026-01-01" }\n')
  assert.deepEqual('faults' in parsed && parsed.faults, [{ at: 'currency', line: 4, reason: 'ZZZ is no currency of ISO 4217' }])
})
