/** The embedded database behind the driver: a worker thread, one connection, one queue. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { Pool } from 'pg'
import { CannotStart } from '../kernel/cannot-start.ts'
import { startThread } from '../kernel/thread.ts'
import type { Timers } from '../kernel/timers.ts'
import type { WorkerData, WorkerMessage } from './embedded-worker.ts'
import { lockFolder } from './folder-lock.ts'
import { channel, listeners } from './listeners.ts'
import { sessionQueue } from './session-queue.ts'
import type { Backing } from './sql-store.ts'
import { valueTypes } from './value-types.ts'
import { markReady, prepareFolder } from './version-file.ts'

export interface EmbeddedDatabase {
  readonly kind: 'embedded'
  /** Made where absent. One process at a time. */
  readonly folder: string
  /** `process` survives the death of the process, `power` also syncs each commit. Default `process`: the journal is what syncs. */
  readonly durability?: 'process' | 'power'
  /** A closed embedded folder whose files a new one starts from: saves the seconds of a first start. */
  readonly template?: string
}

type Options = Pick<Backing, 'clock' | 'timers'> & { readonly onLost: (cause: unknown) => void }

const closeTimeoutMs = 5_000

export async function openEmbedded(database: EmbeddedDatabase, options: Options): Promise<Backing> {
  mkdirSync(database.folder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(database.folder)
  // Only our user may enter it: the socket asks for no password (STACK.md, pitfall 9).
  const socketFolder = mkdtempSync(join(tmpdir(), 'weir-'))
  chmodSync(socketFolder, 0o700)
  const cleanUp = (): void => {
    rmSync(socketFolder, { recursive: true, force: true })
    lock.release()
  }
  try {
    const data: WorkerData = {
      dataFolder: prepareFolder(database.folder, database.template),
      socketPath: join(socketFolder, '.s.PGSQL.5432'),
      durability: database.durability ?? 'process',
    }
    const worker = await startWorker(data)
    markReady(database.folder)
    return backing(worker, socketFolder, cleanUp, options)
  } catch (cause) {
    cleanUp()
    throw cause
  }
}

/** The worker is an entry point of its own, in the same language as this file (STACK.md, pitfall 5). */
async function startWorker(workerData: WorkerData): Promise<Worker> {
  const worker = startThread(new URL(`./embedded-worker${extname(import.meta.filename)}`, import.meta.url), { workerData })
  const failure = await new Promise<string | undefined>((resolve) => {
    worker.once('message', (message: WorkerMessage) => resolve(message.state === 'ready' ? undefined : message.cause))
    worker.once('error', (cause) => resolve(String(cause)))
    worker.once('exit', (code) => resolve(`its thread ended with code ${code}`))
  })
  if (failure === undefined) return worker
  await worker.terminate()
  throw new CannotStart(`the embedded database in ${workerData.dataFolder} did not start: ${failure}\nIts files may be damaged, not writable, or their disk full. Free space, and keep the folder as it is: restore the last backup beside it (weir restore --help), and start with the journal of this data folder, which ships again what the backup lacks.`)
}

function backing(worker: Worker, socketFolder: string, cleanUp: () => void, options: Options): Backing {
  const heard = listeners()
  let gone: unknown
  let closing = false
  let connections = 0
  const lost = (cause: unknown): void => {
    if (closing || gone !== undefined) return
    gone = cause
    options.onLost(cause)
  }
  worker.once('error', lost)
  worker.once('exit', (code) => lost(new Error(`the embedded database's thread ended with code ${code}`)))

  const pool = new Pool({
    host: socketFolder, user: 'postgres', database: 'postgres', max: 1, idleTimeoutMillis: 0, connectionTimeoutMillis: 5_000,
    types: valueTypes,
    // The one connection is also the one that listens (STACK.md, pitfall 15). The backend outlives it: names that an earlier
    // connection gave to statements would clash with its own (pitfall 9).
    onConnect: async (client) => { await client.query(`DEALLOCATE ALL; LISTEN ${channel}`) },
  })
  // Without both handlers, losing the database inside a transaction ends the process (STACK.md, pitfall 10).
  pool.on('error', lost)
  pool.on('connect', (client) => {
    connections += 1
    client.on('error', lost)
    client.on('notification', (message) => heard.tell(message.payload ?? ''))
    if (connections > 1) heard.tell('resync')
  })

  return {
    kind: 'embedded', pool, clock: options.clock, timers: options.timers,
    queue: sessionQueue(1, { lease: 1, revocation: 1, posting: 1, admin: 1, jobs: 1 }),
    // Plans are kept in wasm memory: only for the big statements of posting, which come again and again.
    named: ['posting'], silenceMs: {},
    onNotify: heard.add,
    check: () => { if (gone !== undefined) throw new Error('the embedded database is lost: restart Weir; the journal keeps what was metered', { cause: gone }) },
    end: async () => {
      closing = true
      await pool.end()
      await stopWorker(worker, options.timers)
      cleanUp()
    },
  }
}

async function stopWorker(worker: Worker, timers: Timers): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = timers.after(closeTimeoutMs, resolve)
    worker.once('exit', () => { stop(); resolve() })
    worker.postMessage('close')
    if (worker.threadId === -1) { stop(); resolve() }
  })
  await worker.terminate()
}
