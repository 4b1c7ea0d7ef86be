import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'

test('every change of resources raises the snapshot version and tells it, once per statement', async () => {
  const store = await openAnyForTest()
  const heard: string[] = []
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => { finish = resolve })
  store.onNotify((payload) => { if (payload === 'end') finish(); else heard.push(payload) })
  await store.query('admin', "INSERT INTO resource (kind, name, body) VALUES ('model', 'a', '{}'), ('model', 'b', '{}')")
  await store.query('admin', "UPDATE resource SET body = '{\"x\":1}' WHERE name = 'a'")
  await assert.rejects(store.transaction('admin', async (sql) => { await sql('DELETE FROM resource'); throw new Error('no') }))
  await store.query('admin', "DELETE FROM resource WHERE name = 'b'")
  assert.deepEqual(await store.query('admin', 'SELECT version FROM snapshot_version'), [{ version: '4' }])
  await store.query('admin', "NOTIFY weir, 'end'")
  await finished
  assert.deepEqual(heard, ['snapshot:2', 'snapshot:3', 'snapshot:4'])
  await store.close()
})
