import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { embeddedTemplate, openEmbeddedForTest, temporaryFolder } from '../../test/embedded.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemTimers } from '../kernel/timers.ts'
import { openStore } from './open-store.ts'
import type { Migration } from './store.ts'

const first: Migration = { name: '0001-first', up: 'CREATE TABLE number (n int PRIMARY KEY)' }
const second: Migration = { name: '0002-second', up: 'ALTER TABLE number ADD COLUMN square int; INSERT INTO number VALUES (2, 4)' }
const broken: Migration = { name: '0003-broken', up: 'CREATE TABLE half (a int); SELECT 1/0' }

const parts = { clock: systemClock, timers: systemTimers, onLost: (): void => undefined }

const childFile = join(import.meta.dirname, '../../test/store-child.ts')

describe('embedded store', () => {
  test('a second opening of the folder names the folder and the process that has it', async () => {
    const folder = temporaryFolder()
    const store = await openEmbeddedForTest([first], folder)
    await assert.rejects(openEmbeddedForTest([first], folder), (cause: Error) => cause.message.includes(folder) && cause.message.includes(`process ${process.pid}`))
    await store.close()
    await (await openEmbeddedForTest([first], folder)).close()
  })

  test('migrations run once, in order; what was written is there after a restart', async () => {
    const folder = temporaryFolder()
    let store = await openEmbeddedForTest([first], folder)
    await store.query('admin', 'INSERT INTO number VALUES (3)')
    await store.close()
    store = await openEmbeddedForTest([first, second], folder)
    assert.deepEqual(await store.query('admin', 'SELECT * FROM number ORDER BY n'), [{ n: 2, square: 4 }, { n: 3, square: null }])
    await store.close()
  })

  test('a failing batch is rolled back whole and says which step failed; a database newer than the program is refused', async () => {
    const folder = temporaryFolder()
    await assert.rejects(openEmbeddedForTest([first, second, broken], folder), /0003-broken failed: division by zero/)
    let store = await openEmbeddedForTest([first], folder)
    assert.deepEqual(await store.query('admin', 'SELECT name FROM migration'), [{ name: '0001-first' }])
    await store.close()
    store = await openEmbeddedForTest([first, second], folder)
    await store.close()
    await assert.rejects(openEmbeddedForTest([first], folder), /newer than this program: it has 0002-second/)
  })

  test('migrations out of order are refused', async () => {
    await assert.rejects(openEmbeddedForTest([second, first]), /order of their names/)
  })

  test("another major's folder, and one of unknown origin, are refused and left alone", async () => {
    const folder = temporaryFolder()
    await (await openEmbeddedForTest([first], folder)).close()
    const file = join(folder, 'database.json')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/"postgresMajor":\d+/, '"postgresMajor":17'))
    await assert.rejects(openEmbeddedForTest([first], folder), /made by PostgreSQL 17/)
    rmSync(file)
    await assert.rejects(openEmbeddedForTest([first], folder), /what made it is unknown/)
    writeFileSync(file, text)
    await (await openEmbeddedForTest([first], folder)).close()
  })

  test('a first start that was interrupted is begun again', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'postgres'), { recursive: true })
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '18')
    writeFileSync(join(folder, 'database.json'), '{"engine":"pglite","postgresMajor":18,"state":"creating"}')
    await (await openEmbeddedForTest([first], folder)).close()
  })

  test('the folder is for its owner alone', async () => {
    const folder = temporaryFolder()
    await (await openEmbeddedForTest([first], folder)).close()
    assert.equal(statSync(folder).mode & 0o777, 0o700)
  })

  test('when the database dies, work in flight rejects, the owner is told once, and later work says what to do', async () => {
    let worker: Worker | undefined
    process.once('worker', (made: Worker) => { worker = made })
    const lost: unknown[] = []
    const store = await openStore({
      ...parts, database: { kind: 'embedded', folder: temporaryFolder(), template: await embeddedTemplate() }, migrations: [first], onLost: (cause) => void lost.push(cause),
    })
    const inFlight = store.transaction('admin', async (sql) => {
      await sql('INSERT INTO number VALUES (1)')
      await worker?.terminate()
      await sql('INSERT INTO number VALUES (2)')
    })
    await assert.rejects(inFlight)
    await assert.rejects(store.query('admin', 'SELECT 1'), /is lost: restart/)
    assert.equal(lost.length, 1)
    await store.close()
  })

  test('where a database runs in a thread no code of WebAssembly is freed: V8 at times frees code that still runs, and the process ends', async () => {
    const child = spawn(process.execPath, ['--trace-wasm-code-gc', '--stress-wasm-code-gc', childFile, temporaryFolder(), 'process', await embeddedTemplate()], { stdio: ['ignore', 'pipe', 'inherit'] })
    const sinceCommits: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === '1' || sinceCommits.length > 0) sinceCommits.push(line)
      if (line === '200') break
    }
    child.kill('SIGKILL')
    await once(child, 'close')
    assert.deepEqual(sinceCommits.filter((line) => line.includes('Freeing')), [])
    assert.ok(sinceCommits.length >= 200)
  })

  test('every acknowledged commit survives kill -9, and the folder is free again', async () => {
    const folder = temporaryFolder()
    for (const durability of ['process', 'power'] as const) {
      const child = spawn(process.execPath, [childFile, folder, durability, await embeddedTemplate()], { stdio: ['ignore', 'pipe', 'inherit'] })
      const acknowledged: number[] = []
      createInterface({ input: child.stdout }).on('line', (line) => acknowledged.push(Number(line)))
      while (acknowledged.length < 40) await new Promise((resolve) => void setImmediate(resolve))
      child.kill('SIGKILL')
      await once(child, 'close')
      const store = await openStore({ ...parts, database: { kind: 'embedded', folder }, migrations: [first] })
      const rows = await store.query<{ n: number }>('admin', 'SELECT n FROM number ORDER BY n')
      assert.ok((rows.at(-1)?.n ?? 0) >= (acknowledged.at(-1) ?? Infinity))
      assert.deepEqual(rows.map((row) => row.n), rows.map((_, index) => index + 1))
      await store.close()
    }
  })
})
