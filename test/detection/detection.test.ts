/** The detector on the prompts that lie beside the repository: fewer draws than `npm run detection`, the same targets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hasCorpus } from './corpus.ts'
import { evaluate } from './evaluate.ts'
import { evaluateLeads } from './leads-evaluation.ts'
import { unmeasured } from './write-report.ts'

const skip = hasCorpus() ? false : 'skipped: ../shared/prompts not found'

test('one frozen threshold: pure campaigns are found, ordinary traffic is left alone, benign changes open no case', { skip }, () => {
  const { calibration, falseAlarms, detection, verdicts } = evaluate({ seed: 11, rounds: 4, draws: 20 })
  assert.ok(calibration.quantile99 < calibration.threshold, `${calibration.quantile99}`)
  for (const row of detection.filter(({ percent, window }) => percent === 100 && window === 50)) assert.equal(row.hits, row.of, row.family)
  for (const row of detection.filter(({ percent, window }) => percent === 30 && window === 104)) assert.ok(row.hits >= row.of - 3, `${row.family} ${row.hits} of ${row.of}`)
  const alarms = falseAlarms.filter(({ window }) => window === 50)
  const [hits, of] = [alarms.reduce((total, row) => total + row.hits, 0), alarms.reduce((total, row) => total + row.of, 0)]
  // Two percent of what is drawn here, and what chance adds to so few.
  assert.ok(hits <= Math.ceil(of * 0.02) + 3, `${hits} of ${of}`)
  for (const each of verdicts.filter(({ what }) => /becomes|once it is cleared|ordinary/.test(what))) assert.equal(each.cases.hits, 0, each.what)
})

test('leads: light edits of prose are found, code needs the higher bar', { skip }, () => {
  const [prose, low, high] = evaluateLeads(5)
  assert.ok(prose !== undefined && low !== undefined && high !== undefined)
  assert.ok((prose.replaced[0]?.share ?? 0) > 0.97 && (prose.replaced[1]?.share ?? 0) > 0.9 && prose.unrelated.share < 0.06)
  assert.ok(low.unrelated.share > 3 * high.unrelated.share, 'code repeats itself')
})

test('what the page says whatever was measured is what the code goes by, and what is not promised is said in full', () => {
  const page = readFileSync(new URL('../../docs/detection.md', import.meta.url), 'utf8')
  const said = new Set(page.split('\n'))
  assert.deepEqual(unmeasured.filter((line) => !said.has(line)), [], 'npm run detection -- --write')
  const promises = /## What is not promised\n\n([\s\S]*?)\n\n## /.exec(page)?.[1]?.split('\n') ?? []
  assert.deepEqual(promises, unmeasured.filter((line) => line.startsWith('- ')))
})
