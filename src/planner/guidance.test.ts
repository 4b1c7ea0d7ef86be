import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Actual, actualSchema, compareWithGuidance, finalityOf, type Guidance, guidanceSchema } from './guidance.ts'

const guided: Guidance = guidanceSchema.parse({
  quarter: 'FY2026Q4', ends: '2026-09-30', base: 'cloud as a whole', metric: 'growth year on year', unit: '%', low: '30', high: '31', owner: 'finance chief', given: '2026-07-30',
  assumptions: ['capacity arrives as planned'], source: 'earnings call',
})
const actual: Actual = actualSchema.parse({ quarter: 'FY2026Q4', base: 'cloud as a whole', metric: 'growth year on year', unit: '%', value: '29', known: '2026-10-29', source: 'earnings release' })

test('30 to 31 % guided, 29 % actual: below range, by one point', () => {
  assert.deepEqual(compareWithGuidance(guided, actual), { status: 'compared', verdict: 'below range', distance: '-1', finality: { status: 'final' } })
})

test('both ends belong to the range', () => {
  for (const [value, verdict] of [['29.99', 'below range'], ['30', 'within range'], ['30.5', 'within range'], ['31.0', 'within range'], ['31.01', 'above range']] as const) {
    const found = compareWithGuidance(guided, { ...actual, value })
    assert.equal(found.status === 'compared' ? found.verdict : found.says, verdict)
  }
})

test('another base, metric, unit or quarter is refused by name', () => {
  for (const [member, value] of [['base', 'AI business'], ['metric', 'revenue'], ['unit', 'USD'], ['quarter', 'FY2027Q1']] as const) {
    const found = compareWithGuidance(guided, { ...actual, [member]: value })
    assert.equal(found.status, 'not-comparable')
    assert.match(found.status === 'not-comparable' ? found.says : '', new RegExp(`not of the same ${member}`))
  }
})

test('a range upside down, a guess without assumptions and a mistyped quarter are refused', () => {
  for (const wrong of [{ low: '31', high: '30' }, { assumptions: [] }, { quarter: 'Q4' }, { low: 'thirty' }, { given: '2026-02-30' }]) {
    assert.equal(guidanceSchema.safeParse({ ...guided, ...wrong }).success, false)
  }
})

test('an actual that is known before its quarter is over is preliminary; a fiscal quarter without its last day leaves it open', () => {
  const said = (changed: Partial<Actual>, guidance?: Guidance) => { const it = finalityOf({ ...actual, ...changed }, guidance); return it.status === 'final' ? it.status : it.says }
  assert.equal(said({ quarter: '2026Q3', known: '2026-10-01' }), 'final')
  assert.equal(said({ quarter: '2026Q3', known: '2026-09-30' }), 'preliminary: known 2026-09-30, and 2026Q3 ends on 2026-09-30')
  assert.match(said({}), /when FY2026Q4 ends is not recorded.*--ends/)
  assert.equal(said({}, guided), 'final')
  assert.equal(said({ ends: '2026-12-31' }, guided), 'preliminary: known 2026-10-29, and FY2026Q4 ends on 2026-12-31')
})
