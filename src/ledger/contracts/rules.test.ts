/** Contract rules as text tables: prices, tiers, allowances, minimums, commitments, units. How to read them: rules.fixture.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseContract } from './parse-contract.ts'
import { type Case, checkCases } from './rules.fixture.ts'

const cases: readonly Case[] = [
  {
    name: 'list price, and each line rounded once, half to even',
    contract: 'terms: {}',
    rows: `2026-11-01 feed m input 2_500 2
           2026-11-02 feed m input 5_000 2
           2026-11-02 feed m output 2_500 2`,
    lines: `usage list feed input 7500 0.000002 0.02
            usage list feed output 2500 0.000002 0.00
            total 0.02`,
  },
  {
    name: 'a negotiated price beats a discount, the first match wins, a star is a prefix',
    contract: `
      terms:
        prices: [{ models: [big], meters: [input], perMillion: "1.5" }]
        discounts: [{ models: ["big*"], percent: "10" }, { percent: "5" }]`,
    rows: `2026-11-01 feed big input 1_000_000 2
           2026-11-01 feed big output 1_000_000 8
           2026-11-01 feed big-mini output 1_000_000 4
           2026-11-01 feed other output 1_000_000 10`,
    lines: `usage price_1 feed input 1000000 0.0000015 1.50
            usage discount_1 feed output 1000000 0.0000072 7.20
            usage discount_1 feed output 1000000 0.0000036 3.60
            usage discount_2 feed output 1000000 0.0000095 9.50
            total 21.80`,
  },
  {
    name: 'graduated: each band at its own price; the edge lies in the lower band',
    contract: `
      terms:
        quantityTiers: [{ id: t, meters: [input], kind: graduated, bands: [{ upTo: "1000000", perMillion: "2" }, { upTo: "3000000", perMillion: "1" }, { perMillion: "0.5" }] }]`,
    rows: `2026-11-01 feed m input 600_000 2
           2026-11-02 ads  m input 400_000 2
           2026-11-03 feed m input 3_000_000 2`,
    lines: `usage tier_t_band_1 ads input 400000 0.000002 0.80
            usage tier_t_band_1 feed input 600000 0.000002 1.20
            usage tier_t_band_2 feed input 2000000 0.000001 2.00
            usage tier_t_band_3 feed input 1000000 0.0000005 0.50
            total 4.50`,
  },
  {
    name: 'volume: the whole month at the price of the band that it reaches',
    contract: `
      terms:
        quantityTiers: [{ id: t, kind: volume, bands: [{ upTo: "1000000", discountPercent: "0" }, { discountPercent: "25" }] }]`,
    rows: `2026-11-01 feed m input 600_000 2
           2026-11-20 feed m input 400_001 2`,
    lines: `usage tier_t_band_2 feed input 1000001 0.0000015 1.50
            total 1.50`,
  },
  {
    name: 'free allowance first, in the order of days, then the price',
    contract: `
      terms:
        allowances: [{ id: free, meters: [input], quantity: "1000000" }]`,
    rows: `2026-11-02 feed m input 900_000 2
           2026-11-01 ads  m input 300_000 2
           2026-11-03 feed m output 100_000 8`,
    lines: `usage allowance_free ads input 300000 0 0.00
            usage allowance_free feed input 700000 0 0.00
            usage list feed input 200000 0.000002 0.40
            usage list feed output 100000 0.000008 0.80
            total 1.20`,
  },
  {
    name: 'an allowance that pauses grants by the days that count: 10 of 30',
    head: 'suspensions: [{ from: "2026-11-11" }]\n',
    contract: `
      terms:
        allowances: [{ id: free, quantity: "900000", whenSuspended: pause }]`,
    rows: '2026-11-01 feed m input 500_000 2',
    lines: `usage allowance_free feed input 300000 0 0.00
            usage list feed input 200000 0.000002 0.40
            total 0.40`,
  },
  {
    name: 'spend tiers, graduated',
    contract: `
      terms:
        spendTiers: [{ id: s, kind: graduated, bands: [{ upTo: "100", discountPercent: "0" }, { upTo: "200", discountPercent: "5" }, { discountPercent: "10" }] }]`,
    rows: '2026-11-01 feed m output 250_000_000 1',
    lines: `usage list feed output 250000000 0.000001 250.00
            spend-discount tier_s_band_2 - - 100 -0.05 -5.00
            spend-discount tier_s_band_3 - - 50 -0.1 -5.00
            total 240.00`,
  },
  {
    name: 'spend tiers, volume',
    contract: `
      terms:
        spendTiers: [{ id: s, kind: volume, bands: [{ upTo: "100", discountPercent: "0" }, { discountPercent: "5" }] }]`,
    rows: '2026-11-01 feed m output 250_000_000 1',
    lines: `usage list feed output 250000000 0.000001 250.00
            spend-discount tier_s_band_2 - - 250 -0.05 -12.50
            total 237.50`,
  },
  {
    name: 'minimum with shortfall: the month adds up to it exactly',
    contract: 'terms: { minimum: { amount: "1000" } }',
    rows: '2026-11-01 feed m output 333_333_333 1',
    lines: `usage list feed output 333333333 0.000001 333.33
            minimum-shortfall minimum - - 1 666.67 666.67
            total 1000.00`,
  },
  {
    name: 'no shortfall where the minimum is met, none before the month is over',
    contract: 'terms: { minimum: { amount: "300" } }',
    rows: '2026-11-01 feed m output 333_333_333 1',
    lines: `usage list feed output 333333333 0.000001 333.33
            total 333.33`,
  },
  {
    name: 'part of a month has no shortfall yet',
    period: ['2026-11-01', '2026-11-20'],
    contract: 'terms: { minimum: { amount: "1000" } }',
    rows: '2026-11-01 feed m output 333_333_333 1',
    lines: `usage list feed output 333333333 0.000001 333.33
            total 333.33`,
  },
  {
    name: 'minimum, suspension runs: owed in full',
    head: 'suspensions: [{ from: "2026-11-16" }]\n',
    contract: 'terms: { minimum: { amount: "900", whenSuspended: run } }',
    rows: '2026-11-01 feed m output 100_000_000 1',
    lines: `usage list feed output 100000000 0.000001 100.00
            minimum-shortfall minimum - - 1 800 800.00
            total 900.00`,
  },
  {
    name: 'minimum, suspension pauses: 20 of 30 days',
    head: 'suspensions: [{ from: "2026-11-11T10:00:00Z", until: "2026-11-21T09:00:00+02:00" }]\n',
    contract: 'terms: { minimum: { amount: "900", whenSuspended: pause } }',
    rows: '2026-11-01 feed m output 100_000_000 1',
    lines: `usage list feed output 100000000 0.000001 100.00
            minimum-shortfall minimum - - 1 500 500.00
            total 600.00`,
  },
  {
    name: 'minimum, suspension ends: 10 of 30 days, though it was lifted',
    head: 'suspensions: [{ from: "2026-11-11", until: "2026-11-12" }]\n',
    contract: 'terms: { minimum: { amount: "900", whenSuspended: end } }',
    rows: '2026-11-01 feed m output 100_000_000 1',
    lines: `usage list feed output 100000000 0.000001 100.00
            minimum-shortfall minimum - - 1 200 200.00
            total 300.00`,
  },
  {
    name: 'an amendment counts from its day: price and minimum',
    contract: `
      terms: { minimum: { amount: "300" }, prices: [{ perMillion: "1" }] }
      amendments:
        - { effectiveFrom: "2026-11-16", reason: raised, terms: { minimum: { amount: "600" }, prices: [{ perMillion: "0.5" }] } }`,
    rows: `2026-11-15 feed m output 100_000_000 9
           2026-11-16 feed m output 100_000_000 9`,
    lines: `usage price_1 feed output 100000000 0.0000005 50.00
            usage price_1 feed output 100000000 0.000001 100.00
            minimum-shortfall minimum - - 1 300 300.00
            total 450.00`,
  },
  {
    name: 'commitment: its shortfall is owed in the month in which it ends',
    contract: 'terms: { commitments: [{ id: k, amount: "1000", from: "2026-11-01", until: "2026-12-01" }] }',
    rows: '2026-11-01 feed m output 400_000_000 1',
    lines: `usage list feed output 400000000 0.000001 400.00
            commitment-shortfall commitment_k - - 1 600 600.00
            total 1000.00`,
  },
  {
    name: 'commitment that pauses: its end moves by the suspended days, nothing owed yet',
    head: 'suspensions: [{ from: "2026-11-10", until: "2026-11-15" }]\n',
    contract: 'terms: { commitments: [{ id: k, amount: "1000", from: "2026-11-01", until: "2026-12-01", whenSuspended: pause }] }',
    rows: '2026-11-01 feed m output 400_000_000 1',
    lines: `usage list feed output 400000000 0.000001 400.00
            total 400.00`,
  },
  {
    name: 'commitment that ends with the suspension: 15 of 30 days are owed',
    head: 'suspensions: [{ from: "2026-11-16" }]\n',
    contract: 'terms: { commitments: [{ id: k, amount: "1000", from: "2026-11-01", until: "2026-12-01", whenSuspended: end }] }',
    rows: '2026-11-01 feed m output 400_000_000 1',
    lines: `usage list feed output 400000000 0.000001 400.00
            commitment-shortfall commitment_k - - 1 100 100.00
            total 500.00`,
  },
  {
    name: 'hourly units: each hour of each unit; what they carry costs nothing more',
    contract: `
      terms:
        provisioned: [{ id: u, count: 10, model: m, deployments: [ptu], term: hourly, unitPrice: "1.00", from: "2026-11-29" }]`,
    rows: '2026-11-29 feed m input 5_000_000 2 ptu',
    lines: `usage provisioned_u feed input 5000000 0 0.00
            provisioned provisioned_u - - 480 1 480.00
            total 480.00`,
  },
  {
    name: 'monthly units: charged on the first day of each term',
    contract: `
      terms:
        provisioned: [{ id: u, count: 10, model: m, term: monthly, unitPrice: "260", from: "2026-10-15" }]`,
    rows: '',
    lines: `provisioned provisioned_u - - 10 260 2600.00
            total 2600.00`,
  },
  {
    name: 'yearly units paid monthly: twelve parts that add up',
    contract: `
      terms:
        provisioned: [{ id: u, count: 3, model: m, term: yearly, payment: monthly, unitPrice: "100", from: "2026-10-15" }]`,
    rows: '',
    lines: `provisioned provisioned_u - - 3 8.333334 25.00
            total 25.00`,
  },
  {
    name: 'hourly units under a pausing suspension: suspended hours are not charged',
    head: 'suspensions: [{ from: "2026-11-29T12:00:00Z", until: "2026-11-30T12:00:00Z" }]\n',
    contract: `
      terms:
        provisioned: [{ id: u, count: 1, model: m, term: hourly, unitPrice: "2.00", from: "2026-11-29", whenSuspended: pause }]`,
    rows: '',
    lines: `provisioned provisioned_u - - 24 2 48.00
            total 48.00`,
  },
  {
    name: 'usage before the term is not billed under the contract',
    contract: 'terms: {}',
    head: 'suspensions: []\n',
    rows: '2025-12-31 feed m input 1_000_000 2',
    period: ['2025-12-01', '2026-01-01'],
    lines: 'total 0.00',
  },
]

checkCases(cases)

test('faults name path, line and reason', () => {
  const result = parseContract('id: c\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: 2026-02-30 }\nterms:\n  minimum:\n    amount: "-5"\n  discounts:\n    - { percent: "120" }\n  surprise: 1\n')
  assert.ok('faults' in result)
  assert.deepEqual(result.faults.map((fault) => [fault.at, fault.line]), [['term.from', 5], ['terms.discounts[0].percent', 10], ['terms.minimum.amount', 8], ['terms', 7]])
})
