/**
 * The embedded database: PostgreSQL compiled to wasm, in a thread of its own because it blocks whichever thread it runs on
 * (STACK.md, pitfall 8), reached through a unix socket as a served one is. One backend, no authentication: the socket lies
 * in a folder that only our user may enter, and the server admits one connection (pitfall 9).
 */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { serveDatabase } from './embedded-socket.ts'

export interface WorkerData {
  /** Folder of the cluster's files. */
  readonly dataFolder: string
  readonly socketPath: string
  readonly durability: 'process' | 'power'
}

export type WorkerMessage = { readonly state: 'ready' } | { readonly state: 'failed'; readonly cause: string }

/** Emscripten's streams carry the descriptor of the file beneath them. */
interface Stream {
  readonly nfd?: number
}

/**
 * PGlite never syncs a file, whatever `fsync` says, because emscripten's NODEFS has no such operation. With one, PostgreSQL's
 * own calls reach the disk: one per commit (STACK.md, pitfall 7: improved, not proven by a power cut).
 */
class SyncedNodeFS extends NodeFS {
  override async init(...[database, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const mounted = await super.init(database, options)
    const addSync = (module: { FS: unknown }): void => {
      const { filesystems } = module.FS as { filesystems: { NODEFS: { stream_ops: { fsync?: (stream: Stream) => number } } } }
      filesystems.NODEFS.stream_ops.fsync = (stream) => {
        if (stream.nfd !== undefined) fsyncSync(stream.nfd)
        return 0
      }
    }
    const preRun = mounted.emscriptenOpts.preRun
    const before = preRun === undefined ? [] : Array.isArray(preRun) ? preRun : [preRun]
    return { emscriptenOpts: { ...mounted.emscriptenOpts, preRun: [...before, addSync] } }
  }
}

/** Small shared buffers: the default grows the wasm memory by more than all else together (STACK.md, pitfall 12). */
const settings = (durability: WorkerData['durability']): string[] => [
  '-c', 'shared_buffers=16MB',
  '-c', 'TimeZone=UTC',
  ...(durability === 'power' ? ['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'] : []),
]

async function start(data: WorkerData): Promise<PGlite> {
  const filesystem = data.durability === 'power' ? new SyncedNodeFS(data.dataFolder) : new NodeFS(data.dataFolder)
  const database = new PGlite({ fs: filesystem, startParams: [...PGlite.defaultStartParams, ...settings(data.durability)] })
  await database.waitReady
  if (data.durability === 'power') syncFolder(data.dataFolder)
  return database
}

/**
 * Errors of SQL travel inside the protocol; what throws here is the wasm itself, after which its memory cannot be trusted.
 * The socket server would then answer nothing, for ever, so the thread ends and the store learns that it is lost.
 */
function endOnFailure(database: PGlite): void {
  const run = database.execProtocolRawStream.bind(database)
  database.execProtocolRawStream = (...message) => run(...message).catch((cause: unknown) => {
    console.error('the embedded database failed and its thread ends:', cause)
    process.exit(1)
  })
}

/** Makes the folder's own entry durable after a first start. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

const port = parentPort
if (port === null) throw new Error('embedded-worker.ts runs in a worker thread; open the store with openStore()')
const tell = (message: WorkerMessage): void => port.postMessage(message)

try {
  const data = workerData as WorkerData
  const database = await start(data)
  endOnFailure(database)
  const server = await serveDatabase(database, data.socketPath)
  port.once('message', () => {
    void server.stop().then(() => database.close()).finally(() => port.close())
  })
  tell({ state: 'ready' })
} catch (cause) {
  tell({ state: 'failed', cause: cause instanceof Error ? cause.message : String(cause) })
  port.close()
}
