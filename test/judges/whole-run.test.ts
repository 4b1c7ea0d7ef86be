/** Comes last: how the one Weir stands after all judges of the run. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { house } from './house.ts'

test('after all judges: the process lives, nothing is open, the books agree, memory is sane, and the log holds no secret and no failure', async () => {
  const home = await house()
  await home.settled()
  const { ok, checks } = await home.admin<{ ok: boolean; checks: readonly { ok: boolean }[] }>('GET', '/admin/v1/ledger/check')
  assert.ok(ok, JSON.stringify(checks.filter((check) => !check.ok)))
  const { accounting } = await home.admin<{ accounting: { difference: number; missing: number } }>('GET', '/admin/v1/doctor')
  assert.deepEqual([accounting.difference, accounting.missing], [0, 0])
  const residentMiB = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${home.weir.pid}/status`, 'utf8'))?.[1]) / 1_024
  assert.ok(residentMiB < 1_500, `${residentMiB} MiB`)
  home.keepsSecrets(home.log())
  assert.doesNotMatch(home.log(), /"level":(50|60)/, 'an error stands in the log')
})
