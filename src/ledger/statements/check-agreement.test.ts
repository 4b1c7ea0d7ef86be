/** What contradicts itself in an agreement with a maker is refused with its path; what stands beside it is fine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agreementSchema } from './agreement.ts'
import { contradictionsOf } from './check-agreement.ts'

const faults = (part: Record<string, unknown>): readonly string[] => {
  const read = agreementSchema.safeParse({ id: 'a', maker: 'm', currency: 'USD', term: { from: '2026-01-01', until: '2027-01-01' }, ...part })
  return read.success ? contradictionsOf(read.data).map(({ path, message }) => `${path.join('.')}: ${message}`) : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const cases: readonly (readonly [name: string, wrong: Record<string, unknown>, fault: RegExp, right: Record<string, unknown>])[] = [
  ['a share behind a general one', { shares: [{ percent: '20' }, { models: ['o3'], percent: '50' }] }, /^shares\.1: never applies: shares\[0\] takes all of its models first/, { shares: [{ models: ['o3'], percent: '50' }, { percent: '20' }] }],
  ['a share behind a pattern', { shares: [{ models: ['gpt-*'], percent: '20' }, { models: ['gpt-5'], percent: '50' }] }, /^shares\.1: never applies/, { shares: [{ models: ['gpt-5'], percent: '50' }, { models: ['gpt-*'], percent: '20' }] }],
  ['a share of what is handed on', { shares: [{ models: ['gpt-5'], percent: '20' }], passThrough: [{ models: ['gpt-*'] }] }, /^shares\.0: never applies: the cost of its models is handed on by passThrough\[0\]/, { shares: [{ percent: '20' }], passThrough: [{ models: ['gpt-*'] }] }],
  ['the same in an amendment', { amendments: [{ effectiveFrom: '2026-06-01', reason: 'x', terms: { shares: [{ percent: '1' }, { percent: '2' }] } }] }, /^amendments\.0\.terms\.shares\.1: never applies: amendments\[0\]\.terms\.shares\[0\]/, { amendments: [{ effectiveFrom: '2026-06-01', reason: 'x', terms: { shares: [{ percent: '1' }] } }] }],
  ['a percentage a hair above a hundred', { shares: [{ percent: '100.00000000000000001' }] }, /^shares\.0\.percent: a percentage/, { shares: [{ percent: '100.0' }] }],
  ['an amount that no money is', { minimumGuarantee: { amount: '1e400', from: '2026-01-01', until: '2026-02-01' } }, /^minimumGuarantee\.amount: an amount/, { minimumGuarantee: { amount: '1e9', from: '2026-01-01', until: '2026-02-01' } }],
  ['a term that ends before it begins', { term: { from: '2026-06-01', until: '2026-06-01' } }, /^term\.until: must be after from/, { term: { from: '2026-06-01' } }],
  ['a term that begins in mid-month', { term: { from: '2026-06-15' } }, /^term\.from: 2026-06-15 is within a month, and statements are of whole months: name the first day/, { term: { from: '2026-07-01' } }],
  ['a term that ends in mid-month', { term: { from: '2026-06-01', until: '2026-08-15' } }, /^term\.until: 2026-08-15 is within a month/, { term: { from: '2026-06-01', until: '2026-08-01' } }],
  ['an amendment after the end', { amendments: [{ effectiveFrom: '2027-01-01', reason: 'x', terms: {} }] }, /^amendments\.0\.effectiveFrom: must be before the agreement ends, 2027-01-01/, { amendments: [{ effectiveFrom: '2026-12-01', reason: 'x', terms: {} }] }],
  ['two credits of one id', { computeCredits: [{ id: 'c', amount: '1', from: '2026-01-01', until: '2026-02-01' }, { id: 'c', amount: '2', from: '2026-02-01', until: '2026-03-01' }] }, /^computeCredits\.1\.id: c is computeCredits\[0\] already/, { computeCredits: [{ id: 'c', amount: '1', from: '2026-01-01', until: '2026-02-01' }] }],
  ['a credit that ends before it begins', { computeCredits: [{ id: 'c', amount: '1', from: '2026-02-01', until: '2026-01-01' }] }, /^computeCredits\.0\.until: must be after from/, {}],
  ['an asset at two prices', { compute: [{ asset: 'gpu', perGpuHour: '2' }, { asset: 'gpu', perGpuHour: '3' }] }, /^compute\.1\.asset: gpu is compute\[0\] already/, { compute: [{ asset: 'gpu', perGpuHour: '2' }, { asset: 'cpu', perGpuHour: '3' }] }],
  ['a currency that is none', { currency: 'XYZ' }, /^currency: XYZ is no currency/, { currency: 'EUR' }],
]

test('contradictions of an agreement', () => {
  for (const [name, wrong, fault, right] of cases) {
    assert.match(faults(wrong).join('\n'), fault, name)
    assert.deepEqual(faults(right), [], name)
  }
})
