import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit } from './admit.ts'
import type { Call } from './call.ts'
import type { Candidate, Intent } from './intent.ts'
import type { Ports } from './ports.ts'

const candidate = { worst: 5n, deployment: {}, sheet: {} } as Candidate
const call = { body: Buffer.from('{"messages": []}'), contentType: 'application/json', operation: 'chat', received: 0 } as Call
const intent = { caller: { limits: [], budgets: [] }, model: { limits: [] }, ask: { unbounded: [], choices: 1, outputMax: 1 } } as unknown as Intent

test('whatever breaks while a hold is asked for, the place among open calls is given back', async () => {
  const exhausted = { exhausted: { scope: 'organization', name: 'acme', currency: 'USD', limit: 1n }, period: 'total', posted: 1n, leased: 0n, asked: 5n, resetsAt: undefined }
  const broken = new Error('the thread has ended')
  const ways: Readonly<Record<string, Partial<Ports>>> = {
    'the token counter ends': { leases: { hold: () => exhausted } as unknown as Ports['leases'], countTokens: () => Promise.reject(broken) },
    'the lease’s answer breaks': { leases: { hold: () => Promise.reject(broken) } as unknown as Ports['leases'] },
    'the lease breaks at once': { leases: { hold: () => { throw broken } } as unknown as Ports['leases'] },
  }
  for (const [what, ports] of Object.entries(ways)) {
    const given: (number | undefined)[] = []
    const limiter = { admit: () => ({ done: (tokens: number | undefined) => void given.push(tokens), headers: {} }) }
    await assert.rejects(async () => admit(call, intent, [candidate], { ...ports, limiter } as unknown as Ports), broken, what)
    assert.deepEqual(given, [0], what)
  }
})
