/** A small chaos in every run of the tests; the long one is `npm run chaos`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresMissing } from '../postgres.ts'
import { chaos } from './chaos.ts'
import { closing } from './closing.ts'

void test('nodes that are killed, paused and cut off, and a database that crashes: every attempt is booked once, the budget holds and can be spent, nobody is refused falsely', { skip: postgresMissing }, async (t) => {
  const seed = 11
  const result = await chaos({ seed, nodes: 3, clients: 24, ms: 20_000, restore: false, progress: () => {} })
  const { billed, reported, estimated, absent, troubles, spent, most } = result
  t.diagnostic(JSON.stringify({ billed, reported, estimated, absent, troubles, spent, most, calm: result.calm.served, refused: result.tight.statuses.get(429) ?? 0 }))
  assert.deepEqual(result.wrong, [], `seed=${seed}`)
  assert.ok(billed > 200, `only ${billed} attempts reached the upstream`)
  assert.ok(most <= 1, `posted + leased reached ${most} of the limit`)
  assert.ok(spent >= 0.99 && spent <= 1, `${spent} of the budget was spent`)
  assert.equal(result.calm.statuses.get(429), undefined, 'nobody is refused for a budget that is far from spent')
  assert.deepEqual([...result.calm.falseRefusals, ...result.tight.falseRefusals], [], 'by what a refusal says itself, the call did not fit')
})

void test('nobody is refused while months close and are exported', { skip: postgresMissing }, async (t) => {
  const result = await closing({ nodes: 2, clients: 12, ms: 6_000, months: ['2026-10'], customers: 6, progress: () => {} })
  t.diagnostic(JSON.stringify(result))
  assert.ok(result.closing.closes > 0 && result.closing.invoices === 7 && result.closing.exports > 0, 'a month was closed and exported')
  assert.deepEqual([result.closing.refused, result.closing.failed], [0, 0])
  assert.ok(result.closing.calls > 100)
})
