import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSandboxWorker } from './start-worker.ts'

test('a sandbox in a thread serves, bills and ends', async () => {
  const sandbox = await startSandboxWorker({ seed: 3 })
  const answer = await fetch(`${sandbox.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }], metadata: { weir_output_tokens: 7 } }) })
  assert.equal(answer.status, 200)
  await answer.text()
  assert.deepEqual((await sandbox.bill()).entries[0]?.quantities, { input: 1, output: 7 })
  await sandbox.close()
  await assert.rejects(sandbox.bill(), /ended/)
})

test('a thread that cannot start is an error, not a hang', async () => {
  await assert.rejects(startSandboxWorker({ seed: 3, profile: 'no such' }), /no sandbox profile/)
})
