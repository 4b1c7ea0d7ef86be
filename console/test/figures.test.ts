import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { offered } from '../src/bill-kinds.ts'
import { csvText } from '../src/csv.ts'
import { compare, exact, scaled, share, sum, text } from '../src/decimal.ts'
import { address, paths } from '../src/paths.ts'
import { inItalian } from '../src/planner-words.ts'
import { periodBefore, periodOf } from '../src/periods.ts'

const amount = fc.tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.bigInt({ min: 0n, max: 10n ** 12n - 1n })).map(([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}.${fraction.toString().padStart(12, '0')}`)

test('what was billed twice is offered to be disputed, not to be paid', () => {
  const kinds = ['duplicate', 'estimated', 'price', 'rounding', 'tax', 'unexplained']
  assert.deepEqual([offered(kinds, 'dispute'), offered(kinds, 'true-up')], [['duplicate', 'price', 'unexplained'], ['estimated', 'rounding', 'tax']])
})

test('sums of amounts are exact, whatever their order', () => {
  assert.equal(sum(['0.1', '0.2']), '0.3')
  assert.equal(sum(['0.0000468', '12345678901234567890.5']), '12345678901234567890.5000468')
  fc.assert(fc.property(fc.array(amount), (amounts) => {
    assert.equal(sum(amounts), sum(amounts.toReversed()))
    assert.equal(exact(sum(amounts)), amounts.reduce((total, one) => total + exact(one), 0n))
  }))
  fc.assert(fc.property(amount, (one) => assert.equal(exact(text(exact(one))), exact(one))))
})

test('shares, projections and order', () => {
  assert.equal(share('1', '4'), 0.25)
  assert.equal(share('1', '0'), 0)
  assert.equal(scaled('10', 30, 15), '20')
  assert.deepEqual(['2', '10', '-1'].toSorted(compare), ['-1', '2', '10'])
})

test('tables as files: quoted, exact, and no formulas', () => {
  assert.equal(csvText([['name', 'cost'], ['a,"b"', '0.10'], ['=1+1', '-0.5'], ['-x', 3]]), 'name,cost\r\n"a,""b""",0.10\r\n\'=1+1,-0.5\r\n\'-x,3\r\n')
})

test('paths of the console', () => {
  assert.deepEqual([
    paths.start(), paths.overview(), paths.calls(), paths.calls({ model: 'gpt-4.1', project: 'feed', organization: 'acme' }), paths.call('call_1'), paths.playground(['a', 'b']), paths.models('gpt'), paths.access('acme/feed'), paths.money({ range: '7d' }), paths.prices(), paths.invoices(), paths.settings('doctor'),
  ].map(address), ['/start', '/overview', '/calls', '/calls?model=gpt-4.1&project=feed&organization=acme', '/calls/call_1', '/playground?models=a%2Cb', '/models?find=gpt', '/access?project=acme%2Ffeed', '/money?range=7d', '/money/prices', '/money/invoices', '/settings/doctor'])
})

test('spans of time, and the like span before', () => {
  const at = Date.parse('2026-03-10T12:34:56Z')
  assert.deepEqual(periodOf('today', at), { from: '2026-03-10T00:00:00.000Z', to: undefined, bucket: 'hour' })
  assert.deepEqual(periodOf('last-month', at), { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z', bucket: 'day' })
  assert.deepEqual(periodBefore('today', at), { from: '2026-03-09T00:00:00.000Z', to: '2026-03-09T12:34:00.000Z' })
  assert.deepEqual(periodBefore('month', at), { from: '2026-02-01T00:00:00.000Z', to: '2026-02-10T12:34:00.000Z' })
  assert.equal(periodBefore('all', at), undefined)
})

const planner = join(import.meta.dirname, '../../src/planner')
/** Sentences that the planner says are missing or assumed, as its sources have them, each value replaced by a word. */
function sentencesOfThePlanner(): readonly string[] {
  const sources = readdirSync(planner).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).map((file) => readFileSync(join(planner, file), 'utf8')).join('\n')
  const said = /(?:missing\(|missing\.push\(|[?:] \[|\.\.\.\w+\.map\(\(\w+\) => |leftOut: \w+\.map\(\(\w+\) => )([`'])((?:(?!\1).|\$\{[^}]*\})+?)\1(?=[,)\]])/g
  const about = new Map([['about', 'P(actual < guidance) of base, metric, 2026Q1'], ['line', 'build (what it costs): weir outlook assume build'], ['name', 'build'], ['says', 'utilisation is a share of the time, from 0 to 1, and 2 is more']])
  const filled = (text: string): string => text.replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, (hole) => about.get(hole.slice(2, -1)) ?? 'word')
  const faults = /function assumptionFault[\s\S]*?\n\}/.exec(sources)?.[0].matchAll(/return ([`'])(.+)\1/g) ?? []
  return [...[...sources.matchAll(said)].map(([, , text = '']) => filled(text)), ...[...faults].map(([, , text = '']) => `${filled(text)}: record it again (plan_1)`)]
}

test('each sentence that the planner says is missing or assumed has its Italian form', () => {
  // Flags are worded by the page, and what make or buy lacks comes with its model before it.
  const sentences = sentencesOfThePlanner().filter((text) => text.includes(' ') && !text.includes('our threshold'))
  assert.ok(sentences.length >= 35, `only ${sentences.length} sentences were found in the sources`)
  assert.deepEqual(sentences.filter((text) => inItalian(text) === undefined && inItalian(`make or buy for word: ${text}`) === undefined), [])
  assert.equal(inItalian('reservation for gpt-4.1: 1 hours with traffic between 2026-11-01 and 2026-11-29, 168 are needed'), 'riserva per gpt-4.1: 1 ore con traffico dal 2026-11-01 al 2026-11-29; ne servono 168')
  assert.equal(inItalian('make or buy for gpt: price and volume of gpt: bought on 9 days between 2026-11-01 and 2026-11-29, and not one token on any of them'), 'fare o comprare gpt: comprato in 9 giorni dal 2026-11-01 al 2026-11-29, ma senza un solo token')
  assert.equal(inItalian('a sentence of nobody'), undefined)
})
