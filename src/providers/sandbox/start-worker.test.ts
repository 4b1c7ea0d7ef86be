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

test('a profile changes while it serves; a wrong one changes nothing', async () => {
  const sandbox = await startSandboxWorker({ seed: 3 })
  const status = async (): Promise<number> => {
    const answer = await fetch(`${sandbox.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }] }) })
    await answer.arrayBuffer()
    return answer.status
  }
  assert.equal(await status(), 200)
  await sandbox.behave({ faults: [{ fault: '500', rate: 1 }] })
  assert.equal(await status(), 500)
  await assert.rejects(sandbox.behave('no such'), /no sandbox profile/)
  assert.equal(await status(), 500)
  await sandbox.behave(undefined)
  assert.equal(await status(), 200)
  await sandbox.close()
  await assert.rejects(sandbox.behave('slow'), /ended/)
})

test('a thread that cannot start is an error, not a hang', async () => {
  await assert.rejects(startSandboxWorker({ seed: 3, profile: 'no such' }), /no sandbox profile/)
})
