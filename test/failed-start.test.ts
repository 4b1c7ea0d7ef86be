/** Starts that fail say what to do, without a place in the code, and lose nothing that is told only once. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startMs, startWeir } from '../demo/weir-process.ts'

const program = join(import.meta.dirname, '../bin/weir.js')

function serve(data: string, port: number): { readonly code: number | null; readonly out: string; readonly told: string } {
  const ended = spawnSync(process.execPath, [program, 'serve', '--data', data, '--port', String(port), '--log-level', 'warn'], { encoding: 'utf8', timeout: startMs })
  return { code: ended.status, out: ended.stdout, told: ended.stderr }
}

test('a first start on a taken port tells its token and key, which work when it starts', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-failed-start-'))
  t.after(() => { rmSync(folder, { recursive: true, force: true }) })
  const taken = createServer()
  await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve))
  t.after(() => { taken.close() })
  const data = join(folder, 'data')
  const first = serve(data, (taken.address() as AddressInfo).port)
  assert.equal(first.code, 1)
  assert.match(first.told, /port \d+ is in use: stop what listens there, or choose another with --port\n$/)
  assert.doesNotMatch(first.told, /\n {4}at /)
  const key = /first key +(sk-weir-\S+)/.exec(first.out)?.[1] ?? ''
  const token = /admin token +(wadm_\S+)/.exec(first.out)?.[1] ?? ''

  const weir = await startWeir({ data })
  t.after(() => weir.kill())
  assert.equal(weir.first, null)
  const asked = async (path: string, secret: string): Promise<number> => (await fetch(`${weir.url}${path}`, { headers: { authorization: `Bearer ${secret}` } })).status
  assert.deepEqual([await asked('/v1/models', key), await asked('/admin/v1/usage', token)], [200, 200])

  const second = serve(data, 0)
  assert.equal(second.code, 1)
  assert.match(second.told, /is in use by process \d+: stop that one, or give this one a folder of its own\n$/)
  await weir.stop()

  const damaged = join(folder, 'damaged')
  cpSync(data, damaged, { recursive: true })
  writeFileSync(join(damaged, 'database/postgres/global/pg_control'), 'not what it was')
  const third = serve(damaged, 0)
  assert.equal(third.code, 1)
  assert.match(third.told, /damaged\/database\/postgres did not start: .*\n.*restore the last backup beside it/)
  assert.doesNotMatch(third.told, /\n {4}at /)
  assert.ok(readdirSync(join(damaged, 'database/postgres')).includes('base'), 'left as it is')
})
