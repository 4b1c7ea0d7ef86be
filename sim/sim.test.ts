/** The simulator in CI size: ten thousand seeds in memory, two hundred on the embedded database; and that its auditor can fail. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, test } from 'node:test'
import { oneRun } from './one-run.ts'
import { commitHere, failureText } from './run.ts'
import { runSeeds, type Books } from './runner.ts'
import { plantedDefects } from './world/planted.ts'

/** Seeds in which a planted defect has to show. */
const patience = 150

describe('the auditor finds planted defects', () => {
  for (const defect of plantedDefects) {
    test(`${defect.name}: ${defect.says}`, async () => {
      for (let seed = 1; seed <= patience; seed += 1) {
        const { findings } = await oneRun(seed, undefined, defect)
        if (findings.length > 0) return
      }
      assert.fail(`${patience} seeds and no finding`)
    })
  }

  test('and finds nothing in the same worlds without them', async () => {
    for (const defect of plantedDefects) {
      const { wiring: _, ledger: __, ...sound } = defect
      for (let seed = 1; seed <= 8; seed += 1) assert.deepEqual((await oneRun(seed, undefined, sound)).findings, [], `seed ${seed}, as for ${defect.name}`)
    }
  })
})

test('a seed fixes its run', async () => {
  for (const seed of [3, 14, 159]) assert.deepEqual(await oneRun(seed), await oneRun(seed))
})

test('a failure names its seed, its commit and the line that repeats it', () => {
  const text = failureText({ seed: 4711, events: 1, calls: 1, attempts: 1, refusals: 0, findings: ['C2: too much'] }, 'embedded', 'abc1234')
  assert.equal(text, 'seed=4711 commit=abc1234\n  C2: too much\n  npm run sim -- --runs 1 --seed 4711 --books embedded')
})

const ciSize: readonly { readonly books: Books; readonly runs: number }[] = [{ books: 'memory', runs: 10_000 }, { books: 'embedded', runs: 200 }]

for (const { books, runs } of ciSize) {
  test(`${runs} random runs, ${books}: no finding`, async () => {
    const { failed, ...rest } = await runSeeds({ books, first: 1, runs, workers: availableParallelism() })
    assert.equal(failed.map((result) => failureText(result, books, commitHere())).join('\n'), '')
    assert.equal(rest.runs, runs)
    // A world in which nothing happens finds nothing either.
    assert.ok(rest.attempts > 5 * runs && rest.refusals > runs, `${rest.attempts} attempts, ${rest.refusals} refused holds`)
  })
}
