/** A small storm in every run of the tests; the long one is `npm run storm`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storm } from './storm.ts'

test('after hang-ups, faults and kills every dialled attempt is in the ledger once, and what was reported equals the upstream’s bill', async (t) => {
  const seed = 7
  const result = await storm({ seed, rounds: 4, clients: 60, roundMs: 1_000, tightBudget: '0.03', progress: () => {} })
  t.diagnostic(JSON.stringify({ billed: result.billed, reported: result.reported, estimated: result.estimated, absent: result.absent, exhausted: result.seen.exhausted, quarantined: result.quarantined, estimateError: result.estimateError }))
  assert.deepEqual(result.wrong, [], `seed=${seed}`)
  assert.ok(result.billed > 200, `only ${result.billed} attempts reached the upstream: the storm did not blow`)
  assert.ok(result.reported > 100 && result.seen.hungUp > 20)
  assert.ok(result.seen.exhausted > 10, `only ${result.seen.exhausted} refusals for want of budget were judged`)
})
