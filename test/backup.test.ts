/** The drill of docs/operations.md: back up while calls go on, lose the database, restore, and the books agree with the upstream's bill. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { backUp, restore } from '../src/backup.ts'
import { seededRandom } from '../src/kernel/random.ts'
import { migrations } from '../src/store/migrations/all.ts'
import { startWeir } from '../demo/weir-process.ts'
import { makeCluster } from './cluster.ts'
import { freshPostgresUrl, postgresMissing } from './postgres.ts'
import { nobody } from './storm/clients.ts'
import { configOf, judgeDatabase, traffic } from './storm/storm.ts'
import { openPostgresForTest } from './stores.ts'
import { startUpstream } from './upstream/upstream.ts'

const rowsOf = (answer: Awaited<ReturnType<typeof backUp>>): readonly (readonly [string, string])[] => {
  assert.ok(!('failed' in answer), JSON.stringify(answer))
  return answer.tables.map((table) => [table.name, table.sha256] as const)
}

void test('a backup taken while nodes work, restored after the database was lost: nothing is lost that a journal has', { skip: postgresMissing }, async () => {
  const [database, other] = [await freshPostgresUrl(), await freshPostgresUrl()]
  const scratch = makeCluster({ database, config: '' })
  const bill = join(scratch.folder, 'bill.jsonl')
  const upstream = await startUpstream({ bill, pieceMs: 1, firstMs: 1 })
  const config = configOf(upstream.url)
  const [before, after] = [makeCluster({ database, config }), makeCluster({ database: other, config })]
  const random = seededRandom(5)
  const seen = nobody()
  try {
    const weir = await before.start('all', 'all')
    const shooting = traffic(weir, { clients: 12 }, random, Date.now() + 2_500, seen)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    const backup = join(scratch.folder, 'backup')
    rowsOf(await backUp({ database, dataFolder: '' }, backup, 'test'))
    await shooting
    await weir.kill()
    rowsOf(await restore({ database: other, dataFolder: '' }, backup))
    // The same node, with its journal and master key, on the restored database.
    const again = await startWeir({ data: join(before.folder, 'all'), config, args: ['--database', other], env: { WEIR_MASTER_KEY: before.masterKey } })
    await traffic(again, { clients: 6 }, random, Date.now() + 500, seen)
    await again.stop()
    assert.deepEqual((await judgeDatabase({ kind: 'postgres', url: other }, bill)).wrong, [])
  } finally {
    await upstream.close()
    for (const one of [before, after, scratch]) one.remove()
  }
})

void test('a restored database is the same to the row, and moves to the embedded engine; damage and non-empty places are refused', { skip: postgresMissing }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-backup-'))
  try {
    const [database, other] = [await freshPostgresUrl(), await freshPostgresUrl()]
    const older = await openPostgresForTest(migrations.slice(0, -1), database)
    await older.query('jobs', `INSERT INTO resource (kind, name, body) SELECT 'model', 'm' || n, jsonb_build_object('n', n, 'exact', 0.1234567890123456789012345678::numeric) FROM generate_series(1, 4500) AS n`)
    await older.query('jobs', `INSERT INTO event (id, at, kind, subject, body) VALUES ('event_1', '2026-11-01T00:00:00.123456Z', 'kind', 'subject', '{}')`)
    await older.close()
    const first = rowsOf(await backUp({ database, dataFolder: '' }, join(folder, 'one'), 'test'))
    assert.deepEqual(rowsOf(await restore({ database: other, dataFolder: '' }, join(folder, 'one'))), first)
    const second = rowsOf(await backUp({ database: other, dataFolder: '' }, join(folder, 'two'), 'test'))
    // The step that the older schema lacked may have made tables: they are empty.
    const [known, nothing] = [new Map(first), createHash('sha256').digest('hex')]
    assert.deepEqual(second.map(([name, hash]) => [name, hash]), second.map(([name]) => [name, known.get(name) ?? nothing]))
    assert.deepEqual(first.filter(([name]) => !second.some(([other]) => other === name)), [])
    rowsOf(await restore({ database: undefined, dataFolder: join(folder, 'data') }, join(folder, 'two')))
    assert.deepEqual(rowsOf(await backUp({ database: undefined, dataFolder: join(folder, 'data') }, join(folder, 'three'), 'test')), second)

    const refused = async (answer: Promise<object>, says: RegExp): Promise<void> => assert.match(String((await answer as { failed?: string }).failed), says)
    await refused(restore({ database: other, dataFolder: '' }, join(folder, 'one')), /not empty/)
    await refused(restore({ database: undefined, dataFolder: join(folder, 'data') }, join(folder, 'one')), /has a database already/)
    await refused(backUp({ database, dataFolder: '' }, join(folder, 'one'), 'test'), /not empty/)
    appendFileSync(join(folder, 'one', 'resource.jsonl.gz'), 'x')
    await refused(restore({ database: await freshPostgresUrl(), dataFolder: '' }, join(folder, 'one')), /not what was backed up/)
    await refused(restore({ database, dataFolder: '' }, folder), /no whole backup/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
