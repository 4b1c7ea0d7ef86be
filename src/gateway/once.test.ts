import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call, Reply } from './call.ts'
import type { Intent } from './intent.ts'
import { once } from './once.ts'
import type { Ports } from './ports.ts'

const call = { id: 'call_1', operation: 'chat', body: Buffer.from('{}'), headers: {}, sink: { head: () => undefined, write: () => true, end: () => undefined } } as unknown as Call
const intent = { caller: { organization: 'acme', project: 'feed', capture: 'none' } } as unknown as Intent

/** A database that fails so many times, then answers. */
function failing(times: number): { readonly ports: Ports; readonly told: string[]; readonly pauses: number[]; readonly pass: () => Promise<void> } {
  const told: string[] = []
  const pauses: number[] = []
  const later: (() => void)[] = []
  const tell = (what: string) => async () => {
    told.push(what)
    if (told.length <= times) throw new Error('the database is gone')
  }
  const ports = {
    claim: async () => ({ state: 'mine', call: 'call_1', replay: undefined }), finish: tell('finished'), release: tell('released'),
    // Only what keeps no process alive: a node that stops waits for no database.
    timers: {
      every: (ms: number, run: () => void) => {
        pauses.push(ms)
        later.push(run)
        return () => void (later.includes(run) && later.splice(later.indexOf(run), 1))
      },
    },
  } as unknown as Ports
  const pass = async (): Promise<void> => {
    later[0]?.()
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  return { ports, told, pauses, pass }
}

test('a call that was answered stays answered where the database fails then; it is told again until it hears', async () => {
  const { ports, told, pauses, pass } = failing(2)
  const answered: Reply = { status: 'answered' }
  assert.equal(await once('key', call, intent, ports, async () => answered), answered)
  await pass()
  await pass()
  await pass()
  assert.deepEqual([told, pauses], [['finished', 'finished', 'finished'], [1_000, 10_000]])
})

test('a refusal before any dial gives the key back, also where the database hears of it late; what broke rejects as it did', async () => {
  const late = failing(1)
  const refused = { status: 'fault', fault: { status: 400 }, attempts: 0 } as unknown as Reply
  assert.equal(await once('key', call, intent, late.ports, async () => refused), refused)
  await late.pass()
  assert.deepEqual(late.told, ['released', 'released'])
  const broken = failing(9)
  await assert.rejects(once('key', call, intent, broken.ports, async () => { throw new Error('the file cannot be written') }), /the file cannot be written/)
  for (let n = 0; n < 9; n += 1) await broken.pass()
  assert.deepEqual(broken.pauses, [1_000, 10_000, 60_000, 300_000])
})
