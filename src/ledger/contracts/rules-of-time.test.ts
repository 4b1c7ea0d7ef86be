/** Contract rules as text tables: what runs, pauses and ends, terms of units, scopes, and what earlier months drew. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import { drawCredits, expiryOf } from './draw-credits.ts'
import type { Contract } from './contract.ts'
import { amortisedIn, carriesOn, chargesIn, utilisationIn } from './provisioned.ts'
import { priceMonth } from './price-usage.ts'
import { commitmentEnd } from './rate-contract.ts'
import { type Case, checkCases, contractOf, rowOf } from './rules.fixture.ts'
import { suspensionsOf } from './suspensions.ts'

const suspended = 'suspensions: [{ from: "2026-11-11", until: "2026-11-21" }]\n'
const allowance = (whenSuspended: string): string => `terms: { allowances: [{ id: free, quantity: "900000", whenSuspended: ${whenSuspended} }] }`
const before = '2026-11-05 feed m input 1_000_000 2'
const after = '2026-11-25 feed m input 1_000_000 2'
const commitment = (whenSuspended: string): string => `terms: { commitments: [{ id: k, amount: "1000", from: "2026-11-01", until: "2026-12-01", whenSuspended: ${whenSuspended} }] }`
const units = (members: string): string => `terms: { provisioned: [{ id: u, count: 2, model: m, ${members} }] }`

const cases: readonly Case[] = [
  {
    name: 'allowance that runs: a suspension takes nothing of it',
    head: suspended, contract: allowance('run'), rows: before,
    lines: `usage allowance_free feed input 900000 0 0.00
            usage list feed input 100000 0.000002 0.20
            total 0.20`,
  },
  {
    name: 'allowance that pauses: 20 of 30 days, and it is there again afterwards',
    head: suspended, contract: allowance('pause'), rows: after,
    lines: `usage allowance_free feed input 600000 0 0.00
            usage list feed input 400000 0.000002 0.80
            total 0.80`,
  },
  {
    name: 'allowance that ends: 10 of 30 days, and nothing free after the first suspension though it was lifted',
    head: suspended, contract: allowance('end'), rows: `${before}\n${after}`,
    lines: `usage allowance_free feed input 300000 0 0.00
            usage list feed input 1700000 0.000002 3.40
            total 3.40`,
  },
  {
    name: 'allowance of a project: a suspension of that project pauses it, one of another does not',
    head: 'suspensions: [{ from: "2026-11-16", project: feed }]\n',
    contract: `
      terms:
        allowances:
          - { id: feed, projects: [feed], quantity: "900000", whenSuspended: pause }
          - { id: both, projects: [ads, feed], quantity: "30", whenSuspended: pause }`,
    rows: `2026-11-05 feed m input 500_000 2
           2026-11-05 ads m input 40 2000000`,
    lines: `usage allowance_feed feed input 450000 0 0.00
            usage allowance_both ads input 30 0 0.00
            usage list feed input 50000 0.000002 0.10
            usage list ads input 10 2 20.00
            total 20.10`,
  },
  {
    name: 'two suspensions that overlap are one: 20 of 30 days count, not ten fewer',
    head: 'suspensions: [{ from: "2026-11-11", until: "2026-11-18" }, { from: "2026-11-14", until: "2026-11-21" }]\n', contract: allowance('pause'), rows: after,
    lines: `usage allowance_free feed input 600000 0 0.00
            usage list feed input 400000 0.000002 0.80
            total 0.80`,
  },
  {
    name: 'commitment that runs: a suspension moves neither its end nor its amount',
    head: suspended, contract: commitment('run'), rows: '2026-11-05 feed m output 400_000_000 1',
    lines: `usage list feed output 400000000 0.000001 400.00
            commitment-shortfall commitment_k - - 1 600 600.00
            total 1000.00`,
  },
  {
    name: 'commitment that pauses: owed in the month of its moved end, less what was drawn until then',
    period: ['2026-12-01', '2027-01-01'], drawn: 'k 400', head: suspended, contract: commitment('pause'), rows: '2026-12-05 feed m output 100_000_000 1\n2026-12-15 feed m output 100_000_000 1',
    lines: `usage list feed output 200000000 0.000001 200.00
            commitment-shortfall commitment_k - - 1 500 500.00
            total 700.00`,
  },
  {
    name: 'commitment with a scope: other models, and units that were bought, draw nothing of it',
    contract: `
      terms:
        commitments: [{ id: k, models: ["big*"], amount: "1000", from: "2026-11-01", until: "2026-12-01" }]
        provisioned: [{ id: u, count: 1, model: big, term: monthly, unitPrice: "300", from: "2026-11-01" }]`,
    rows: `2026-11-05 feed big-mini output 400_000_000 1
           2026-11-05 feed small output 500_000_000 1`,
    lines: `usage list feed output 400000000 0.000001 400.00
            usage list feed output 500000000 0.000001 500.00
            provisioned provisioned_u - - 1 300 300.00
            commitment-shortfall commitment_k - - 1 600 600.00
            total 1800.00`,
  },
  {
    name: 'commitment without a scope: units that were bought draw it down',
    contract: `
      terms:
        commitments: [{ id: k, amount: "1000", from: "2026-11-01", until: "2026-12-01" }]
        provisioned: [{ id: u, count: 1, model: big, term: monthly, unitPrice: "300", from: "2026-11-01" }]`,
    rows: '2026-11-05 feed small output 500_000_000 1',
    lines: `usage list feed output 500000000 0.000001 500.00
            provisioned provisioned_u - - 1 300 300.00
            commitment-shortfall commitment_k - - 1 200 200.00
            total 1000.00`,
  },
  {
    name: 'commitment: usage before it begins and after it ends draws nothing',
    contract: 'terms: { commitments: [{ id: k, amount: "1000", from: "2026-11-10", until: "2026-11-20" }] }',
    rows: `2026-11-05 feed m output 100_000_000 1
           2026-11-15 feed m output 200_000_000 1
           2026-11-25 feed m output 300_000_000 1`,
    lines: `usage list feed output 600000000 0.000001 600.00
            commitment-shortfall commitment_k - - 1 800 800.00
            total 1400.00`,
  },
  {
    name: 'shortfall after earlier draws: only what is left is owed',
    drawn: 'k 600', contract: commitment('run'), rows: '2026-11-05 feed m output 300_000_000 1',
    lines: `usage list feed output 300000000 0.000001 300.00
            commitment-shortfall commitment_k - - 1 100 100.00
            total 400.00`,
  },
  {
    name: 'no shortfall where earlier months drew all of it',
    drawn: 'k 1000', contract: commitment('run'), rows: '',
    lines: 'total 0.00',
  },
  {
    name: 'hourly units that run: suspended hours are charged',
    head: suspended, contract: units('term: hourly, unitPrice: "1", from: "2026-11-11", until: "2026-11-13"'), rows: '',
    lines: `provisioned provisioned_u - - 96 1 96.00
            total 96.00`,
  },
  {
    name: 'hourly units that end: no hour from the first suspension on, though it was lifted',
    head: suspended, contract: units('term: hourly, unitPrice: "1", from: "2026-11-10", whenSuspended: end'), rows: '',
    lines: `provisioned provisioned_u - - 48 1 48.00
            total 48.00`,
  },
  {
    name: 'hourly units until an hour of a day',
    contract: units('term: hourly, unitPrice: "1", from: "2026-11-29T12:00:00Z", until: "2026-11-30T12:30:00Z"'), rows: '',
    lines: `provisioned provisioned_u - - 50 1 50.00
            total 50.00`,
  },
  {
    name: 'monthly units with an end: the term that has begun is charged whole, none after it',
    period: ['2026-10-01', '2027-01-01'], contract: units('term: monthly, unitPrice: "260", from: "2026-10-15", until: "2026-11-20"'), rows: '',
    lines: `provisioned provisioned_u - - 2 260 520.00
            provisioned provisioned_u - - 2 260 520.00
            total 1040.00`,
  },
  {
    name: 'monthly units that pause: the next term begins later by the suspended time',
    period: ['2026-11-01', '2027-01-01'], head: suspended, contract: units('term: monthly, unitPrice: "260", from: "2026-11-01", whenSuspended: pause'), rows: '',
    lines: `provisioned provisioned_u - - 2 260 520.00
            provisioned provisioned_u - - 2 260 520.00
            total 1040.00`,
  },
  {
    name: 'monthly units that end: no further term is bought',
    period: ['2026-11-01', '2027-01-01'], head: suspended, contract: units('term: monthly, unitPrice: "260", from: "2026-11-01", whenSuspended: end'), rows: '',
    lines: `provisioned provisioned_u - - 2 260 520.00
            total 520.00`,
  },
  {
    name: 'yearly units paid at once: charged on the first day of the term, nothing in the months after',
    period: ['2026-11-01', '2027-02-01'], contract: units('term: yearly, unitPrice: "1200", from: "2026-11-01"'), rows: '',
    lines: `provisioned provisioned_u - - 2 1200 2400.00
            total 2400.00`,
  },
  {
    name: 'yearly instalments: a twelfth each month',
    period: ['2026-11-01', '2027-02-01'], contract: units('term: yearly, payment: monthly, unitPrice: "1200", from: "2026-11-10"'), rows: '',
    lines: `provisioned provisioned_u - - 2 100 200.00
            provisioned provisioned_u - - 2 100 200.00
            provisioned provisioned_u - - 2 100 200.00
            total 600.00`,
  },
  {
    name: 'yearly instalments that end: none falls due from the first suspension on',
    period: ['2026-10-01', '2027-02-01'], head: suspended, contract: units('term: yearly, payment: monthly, unitPrice: "1200", from: "2026-10-15", whenSuspended: end'), rows: '',
    lines: `provisioned provisioned_u - - 2 100 200.00
            total 200.00`,
  },
  {
    name: 'units carry what their deployments serve, whenever that is; others pay by the token',
    contract: units('term: monthly, unitPrice: "260", from: "2026-11-01", deployments: [ptu]'),
    rows: `2026-11-05 feed m input 1_000_000 2 ptu
           2026-11-05 feed m input 1_000_000 2 main`,
    lines: `usage provisioned_u feed input 1000000 0 0.00
            usage list feed input 1000000 0.000002 2.00
            provisioned provisioned_u - - 2 260 520.00
            total 522.00`,
  },
  {
    name: 'before its units stand ready and after they are gone a deployment is paid by the token; the next units carry it again',
    contract: `
      terms:
        provisioned:
          - { id: a, count: 1, model: m, term: hourly, unitPrice: "0.50", from: "2026-11-04T22:00:00Z", until: "2026-11-06", deployments: [ptu] }
          - { id: b, count: 2, model: m, term: hourly, unitPrice: "0.10", from: "2026-11-20", until: "2026-11-21", deployments: [ptu] }`,
    rows: `2026-11-03 feed m input 1_000_000 2 ptu
           2026-11-04 feed m input 1_000_000 2 ptu
           2026-11-05 feed m input 1_000_000 2 ptu
           2026-11-06 feed m input 3_000_000 2 ptu
           2026-11-20 feed m input 1_000_000 2 ptu`,
    lines: `usage list feed input 4000000 0.000002 8.00
            usage provisioned_a feed input 2000000 0 0.00
            usage provisioned_b feed input 1000000 0 0.00
            provisioned provisioned_a - - 26 0.5 13.00
            provisioned provisioned_b - - 48 0.1 4.80
            total 25.80`,
  },
  {
    name: 'monthly units carry to the end of the last term that was bought',
    period: ['2026-11-01', '2027-01-01'], contract: units('term: monthly, unitPrice: "260", from: "2026-11-10", until: "2026-11-12", deployments: [ptu]'),
    rows: `2026-11-13 feed m input 1_000_000 2 ptu
           2026-12-10 feed m input 1_000_000 2 ptu`,
    lines: `usage provisioned_u feed input 1000000 0 0.00
            usage list feed input 1000000 0.000002 2.00
            provisioned provisioned_u - - 2 260 520.00
            total 522.00`,
  },
  {
    name: 'units that a suspension ends carry nothing after it',
    head: suspended, contract: units('term: monthly, unitPrice: "260", from: "2026-11-10", deployments: [ptu], whenSuspended: end'),
    rows: `2026-11-10 feed m input 1_000_000 2 ptu
           2026-11-25 feed m input 1_000_000 2 ptu`,
    lines: `usage provisioned_u feed input 1000000 0 0.00
            usage list feed input 1000000 0.000002 2.00
            provisioned provisioned_u - - 2 260 520.00
            total 522.00`,
  },
  {
    name: 'prices by tier and by project',
    contract: `
      terms:
        prices: [{ tiers: [batch], perMillion: "1" }, { projects: [ads], perMillion: "1.5" }]`,
    rows: `2026-11-05 feed m input 1_000_000 2 main batch
           2026-11-05 ads m input 1_000_000 2 main batch
           2026-11-05 ads m input 1_000_000 2
           2026-11-05 feed m input 1_000_000 2`,
    lines: `usage price_1 feed input 1000000 0.000001 1.00
            usage price_1 ads input 1000000 0.000001 1.00
            usage price_2 ads input 1000000 0.0000015 1.50
            usage list feed input 1000000 0.000002 2.00
            total 5.50`,
  },
  {
    name: 'discounts by tier and by project',
    contract: `
      terms:
        discounts: [{ tiers: [priority], percent: "5" }, { projects: [ads], percent: "25" }]`,
    rows: `2026-11-05 ads m input 1_000_000 4 main priority
           2026-11-05 ads m input 1_000_000 2
           2026-11-05 feed m input 1_000_000 2`,
    lines: `usage discount_1 ads input 1000000 0.0000038 3.80
            usage discount_2 ads input 1000000 0.0000015 1.50
            usage list feed input 1000000 0.000002 2.00
            total 7.30`,
  },
  {
    name: 'volume and graduated on the same usage: all at the last band, or each band at its own',
    contract: `
      terms:
        quantityTiers:
          - { id: v, models: [v], kind: volume, bands: [{ upTo: "1000000", perMillion: "2" }, { perMillion: "1" }] }
          - { id: g, models: [g], kind: graduated, bands: [{ upTo: "1000000", perMillion: "2" }, { perMillion: "1" }] }`,
    rows: `2026-11-05 feed v input 1_000_000 9
           2026-11-06 feed v input 1_000_000 9
           2026-11-05 feed g input 1_000_000 9
           2026-11-06 feed g input 1_000_000 9`,
    lines: `usage tier_v_band_2 feed input 2000000 0.000001 2.00
            usage tier_g_band_1 feed input 1000000 0.000002 2.00
            usage tier_g_band_2 feed input 1000000 0.000001 1.00
            total 5.00`,
  },
  {
    name: 'tiers count what allowances leave, in their scope alone, and begin anew each month',
    period: ['2026-10-01', '2026-12-01'],
    contract: `
      terms:
        allowances: [{ id: free, quantity: "500000" }]
        quantityTiers: [{ id: t, projects: [feed], kind: graduated, bands: [{ upTo: "1000000", perMillion: "2" }, { perMillion: "1" }] }]`,
    rows: `2026-10-05 feed m input 1_500_000 9
           2026-11-05 feed m input 2_000_000 9
           2026-11-06 ads m input 1_000_000 9`,
    lines: `usage allowance_free feed input 500000 0 0.00
            usage tier_t_band_1 feed input 1000000 0.000002 2.00
            usage allowance_free feed input 500000 0 0.00
            usage tier_t_band_1 feed input 1000000 0.000002 2.00
            usage tier_t_band_2 feed input 500000 0.000001 0.50
            usage list ads input 1000000 0.000009 9.00
            total 13.50`,
  },
]

checkCases(cases)

/** Grants, what each day costs, what is payable; and which grant pays how much. */
const draws: readonly (readonly [name: string, grants: string, days: string, payable: string, expected: string])[] = [
  ['the lower order first, whatever expires when', '{ id: a, amount: "10", from: "2026-01-01", order: 2, expires: "2026-12-01" }, { id: b, amount: "10", from: "2026-01-01", order: 1 }', '2026-11-05 15', '15', 'b 10, a 5'],
  ['then the one that expires first; one without an end last', '{ id: a, amount: "10", from: "2026-01-01" }, { id: b, amount: "10", from: "2026-01-01", expires: "2027-01-01" }, { id: c, amount: "10", from: "2026-01-01", expires: "2026-12-01" }', '2026-11-05 25', '25', 'c 10, b 10, a 5'],
  ['then the older grant, then by name', '{ id: b, amount: "10", from: "2026-02-01" }, { id: c, amount: "10", from: "2026-01-01" }, { id: a, amount: "10", from: "2026-02-01" }', '2026-11-05 25', '25', 'c 10, a 10, b 5'],
  ['nothing before a grant begins, nothing from its expiry on', '{ id: a, amount: "10", from: "2026-11-10", expires: "2026-11-20" }', '2026-11-09 3, 2026-11-10 4, 2026-11-19 5, 2026-11-20 6', '18', 'a 9'],
  ['never more than is payable, though the days cost more', '{ id: a, amount: "100", from: "2026-01-01" }', '2026-11-05 20', '12.5', 'a 12.5'],
  ['all of what is payable where it carries every day, whatever rounding line by line made of it', '{ id: a, amount: "100", from: "2026-01-01" }', '2026-11-05 0.006, 2026-11-06 0.006', '0.02', 'a 0.02'],
  ['no more than what the days cost where it does not carry all of them', '{ id: a, amount: "100", from: "2026-11-06" }', '2026-11-05 0.006, 2026-11-06 0.006', '0.02', 'a 0.01'],
  ['used up exactly, and of two that expire together the older first', '{ id: b, amount: "5", from: "2026-02-01", expires: "2026-12-01" }, { id: a, amount: "5", from: "2026-03-01", expires: "2026-12-01" }', '2026-11-05 5, 2026-11-30 5', '10', 'b 5, a 5'],
  ['what is granted and what was paid for draw alike', '{ id: gift, amount: "5", from: "2026-01-01", paid: false, expires: "2026-12-01" }, { id: bought, amount: "5", from: "2026-01-01" }', '2026-11-05 8', '8', 'gift 5, bought 3'],
]

test('prepaid credit: order of drawdown and expiry', () => {
  for (const [name, grants, days, payable, expected] of draws) {
    const contract = contractOf(`terms: { credits: [${grants}] }`)
    const charges = new Map(days.split(', ').map((part) => { const [day = '', amount = '0'] = part.split(' '); return [day, decimal(amount)] as const }))
    const drawn = drawCredits(contract, contract.terms.credits.map((grant) => ({ grant, left: decimal(grant.amount) })), charges, decimal(payable))
    assert.equal(drawn.map((draw) => `${draw.grant} ${formatDecimal(draw.amount)}`).join(', '), expected, name)
  }
})

test('a suspension that was over before a right began does nothing to it: credit, commitment and units that end with one', () => {
  const contract = contractOf(`terms:
  credits: [{ id: c, amount: "10", from: "2026-06-01", expires: "2027-01-01", whenSuspended: end }]
  commitments: [{ id: k, amount: "100", from: "2026-06-01", until: "2027-01-01", whenSuspended: end }]
  provisioned:
    - { id: month, count: 1, model: m, term: monthly, unitPrice: "260", from: "2026-06-01", whenSuspended: end }
    - { id: hour, count: 1, model: m, term: hourly, unitPrice: "1", from: "2026-06-01", whenSuspended: end }
    - { id: year, count: 1, model: m, term: yearly, payment: monthly, unitPrice: "1200", from: "2026-06-01", whenSuspended: end }
`, 'suspensions: [{ from: "2026-01-10", until: "2026-02-10" }]\n')
  const { credits: [credit], commitments: [commitment], provisioned } = contract.terms
  assert.ok(credit !== undefined && commitment !== undefined)
  assert.equal(expiryOf(contract, credit), '2027-01-01')
  assert.deepEqual(drawCredits(contract, [{ grant: credit, left: decimal('10') }], new Map([['2026-06-05', decimal('4')]]), decimal('4')).map((draw) => formatDecimal(draw.amount)), ['4'])
  const end = commitmentEnd(contract, commitment)
  assert.deepEqual([end.until, formatDecimal(end.amount)], ['2027-01-01', '100'])
  const july = { from: '2026-07-01', until: '2026-08-01' }
  for (const [index, cost] of ['260', '744', '101.917808219178'].entries()) {
    const item = provisioned[index]
    assert.ok(item !== undefined)
    assert.equal(formatDecimal(amortisedIn(contract, item, july)), cost, item.id)
    assert.equal(chargesIn(contract, item, july).length, 1, item.id)
  }
})

/** Suspensions, whose projects a rule is about, and the spans that it feels: days of November. */
const spans: readonly (readonly [suspensions: string, projects: readonly string[] | undefined, expected: string])[] = [
  ['{ from: "2026-11-01", until: "2026-11-05" }, { from: "2026-11-05", until: "2026-11-07" }', undefined, '1-7'],
  ['{ from: "2026-11-09" }, { from: "2026-11-01", until: "2026-11-03" }, { from: "2026-11-02", until: "2026-11-04" }', undefined, '1-4, 9-'],
  ['{ from: "2026-11-01", until: "2026-11-05", project: feed }', undefined, ''],
  ['{ from: "2026-11-01", until: "2026-11-05", project: feed }', ['feed'], '1-5'],
  ['{ from: "2026-11-01", until: "2026-11-05", project: feed }, { from: "2026-11-03", until: "2026-11-09" }', ['feed'], '1-9'],
  ['{ from: "2026-11-01", until: "2026-11-05", project: feed }, { from: "2026-11-04", until: "2026-11-09", project: ads }', ['feed', 'ads'], '4-5'],
  ['{ from: "2026-11-01", until: "2026-11-05", project: feed }', ['feed', 'ads'], ''],
]

test('a term that a pause made longer: its units carry on its last days, and what they could carry then is counted', () => {
  const contract = contractOf(units('deployments: [deep], term: monthly, unitPrice: "100", from: "2026-11-01", until: "2026-12-01", tokensPerMinute: "1000", whenSuspended: pause'), suspended)
  const [item] = contract.terms.provisioned
  assert.ok(item !== undefined)
  const days = ['2026-11-10', '2026-11-11', '2026-11-20', '2026-11-21', '2026-12-10', '2026-12-11']
  assert.deepEqual(days.map((day) => carriesOn(contract, item, day)), [true, false, false, true, true, false])
  // Ten days of two units: 28,800,000 tokens, half of them used, of a third of 200.
  const { capacity, utilisation, cost, unusedCost } = utilisationIn(contract, item, { from: '2026-12-01', until: '2027-01-01' }, decimal(14_400_000))
  assert.deepEqual([capacity, utilisation, cost, unusedCost].map((value) => value && formatDecimal(value)), ['28800000', '0.5', '66.666666666667', '33.333333333333'])
})

/** A contract that is never suspended, and how often it was asked. */
function counted(contract: Contract): { readonly contract: Contract; readonly asked: () => number } {
  let asked = 0
  return { contract: { ...contract, get suspensions() { asked += 1; return [] } }, asked: () => asked }
}
const ofTwoDays = Array.from({ length: 500 }, (_, index) => rowOf(`2026-11-0${1 + (index % 2)} p${index} m input 1_000 2`))

test('whether units stand ready is asked once a day, not once a row', () => {
  const { contract, asked } = counted(contractOf(units('deployments: [main], term: monthly, unitPrice: "100", from: "2026-01-01"')))
  assert.ok(priceMonth(contract, '2026-11', ofTwoDays).every((piece) => piece.rule === 'provisioned u'))
  assert.ok(asked() < 20, `${asked()} times for 500 rows of two days`)
})

test('what an allowance grants is reckoned once a month, not once a row', () => {
  const { contract, asked } = counted(contractOf(allowance('pause')))
  assert.ok(priceMonth(contract, '2026-11', ofTwoDays).every((piece) => piece.rule === 'allowance free'))
  assert.ok(asked() < 20, `${asked()} times for 500 rows`)
})

test('suspended spans: overlaps are one, a rule about projects is suspended when all of them are', () => {
  for (const [suspensions, projects, expected] of spans) {
    const found = suspensionsOf(contractOf('terms: {}', `suspensions: [${suspensions}]\n`), projects)
    const day = (ms: number): string => (ms === Number.MAX_SAFE_INTEGER ? '' : String(new Date(ms).getUTCDate()))
    assert.equal(found.map((span) => `${day(span.from)}-${day(span.until)}`).join(', '), expected, suspensions)
  }
})
