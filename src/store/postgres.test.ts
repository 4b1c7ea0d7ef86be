import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { administer, freshPostgresUrl, postgresMissing, testCluster } from '../../test/postgres.ts'
import { openPostgresForTest } from '../../test/stores.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemTimers } from '../kernel/timers.ts'
import { openStore } from './open-store.ts'
import type { Migration } from './store.ts'

const slow: readonly Migration[] = [
  { name: '0001-slow', up: 'SELECT pg_sleep(0.05); CREATE TABLE once (n int)' },
  { name: '0002-next', up: 'INSERT INTO once VALUES (1)' },
]

const databaseOf = (url: string): string => new URL(url).pathname.slice(1)

describe('PostgreSQL store', { skip: postgresMissing }, () => {
  test('several nodes may start at once on an empty database', async () => {
    const url = await freshPostgresUrl()
    const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgresForTest(slow, url)))
    assert.deepEqual(await stores[0]?.query('admin', 'SELECT n FROM once'), [{ n: 1 }])
    await Promise.all(stores.map((store) => store.close()))
  })

  test('a change on one node is heard on the other', async () => {
    const url = await freshPostgresUrl()
    const [writer, reader] = [await openPostgresForTest(slow, url), await openPostgresForTest(slow, url)]
    const heard = new Promise((resolve) => void reader.onNotify(resolve))
    await writer.query('admin', "NOTIFY weir, 'snapshot:7'")
    assert.equal(await heard, 'snapshot:7')
    await Promise.all([writer.close(), reader.close()])
  })

  test('after every connection was cut the store works again, and says resync', async () => {
    const { adminUrl } = await testCluster()
    const url = await freshPostgresUrl()
    const lost: unknown[] = []
    const store = await openStore({ database: { kind: 'postgres', url }, clock: systemClock, timers: systemTimers, migrations: slow, onLost: (cause) => void lost.push(cause) })
    const resync = new Promise((resolve) => void store.onNotify(resolve))
    const inFlight = store.transaction('admin', (sql) => sql('SELECT pg_sleep(30)'))
    const rejected = assert.rejects(inFlight)
    await new Promise((resolve) => void setImmediate(resolve))
    await administer(adminUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${databaseOf(url)}'`)
    await rejected
    assert.equal(await resync, 'resync')
    assert.ok(lost.length > 0)
    assert.deepEqual(await store.query('lease', 'SELECT n FROM once'), [{ n: 1 }])
    const heard = new Promise((resolve) => void store.onNotify(resolve))
    await store.query('admin', "NOTIFY weir, 'again'")
    assert.equal(await heard, 'again')
    await store.close()
  })

  test('real deadlocks are run again', async () => {
    const store = await openPostgresForTest([{ name: '0001-pair', up: 'CREATE TABLE pair (id int PRIMARY KEY, n int); INSERT INTO pair VALUES (1, 0), (2, 0)' }])
    await store.query('admin', 'ALTER SYSTEM SET deadlock_timeout = 20')
    await store.query('admin', 'SELECT pg_reload_conf()')
    let runs = 0
    const move = (from: number, to: number): Promise<void> => store.transaction('admin', async (sql) => {
      runs += 1
      await sql('UPDATE pair SET n = n - 1 WHERE id = $1', [from])
      await sql('SELECT pg_sleep(0.05)')
      await sql('UPDATE pair SET n = n + 1 WHERE id = $1', [to])
    })
    await Promise.all([move(1, 2), move(2, 1)])
    assert.ok(runs > 2)
    assert.deepEqual(await store.query('admin', 'SELECT n FROM pair'), [{ n: 0 }, { n: 0 }])
    await store.close()
  })

  test('a schema that another node changed does not break statements that were planned before', async () => {
    const url = await freshPostgresUrl()
    const [old, other] = [await openPostgresForTest(slow, url), await openPostgresForTest(slow, url)]
    const read = (): Promise<unknown> => old.query('admin', 'SELECT * FROM once WHERE n = $1', [1])
    await Promise.all([read(), read()])
    await other.query('admin', 'ALTER TABLE once ADD COLUMN more int')
    assert.deepEqual(await read(), [{ n: 1, more: null }])
    await other.query('admin', 'ALTER TABLE once DROP COLUMN more')
    assert.deepEqual(await old.transaction('admin', (sql) => sql('SELECT * FROM once WHERE n = $1', [1])), [{ n: 1 }])
    await Promise.all([old.close(), other.close()])
  })

  test('a server that is not there is an error that tells no password', async () => {
    await assert.rejects(openPostgresForTest([], 'postgres://weir:very-secret@127.0.0.1:1/weir'), (cause: Error) => {
      assert.match(cause.message, /cannot be reached/)
      assert.ok(!cause.message.includes('very-secret'))
      return true
    })
  })
})
