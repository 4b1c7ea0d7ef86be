import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inSlices, politePause } from './slices.ts'

test('all items come, in order and once, so many at a time, with a pause before each slice', async () => {
  const seen: string[] = []
  await inSlices(async () => void seen.push('pause'), [1, 2, 3, 4, 5], 2, (slice, at) => void seen.push(`${at}: ${slice.join(' ')}`))
  assert.deepEqual(seen, ['pause', '0: 1 2', 'pause', '2: 3 4', 'pause', '4: 5'])
  await inSlices(() => assert.fail('there is nothing to do'), [], 2, () => assert.fail('there is nothing to do'))
})

test('a pause is a millisecond while somebody waits, else a turn of the event loop', async () => {
  const paused: string[] = []
  let waits = true
  const pause = politePause({
    after: (ms, run) => { paused.push(`${ms} ms`); run(); return () => undefined },
    soon: (run) => { paused.push('a turn'); run() },
  }, () => waits)
  await pause()
  waits = false
  await pause()
  assert.deepEqual(paused, ['1 ms', 'a turn'])
})
