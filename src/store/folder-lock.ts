/**
 * One process per folder. PGlite itself would let two in, and committed rows vanish (STACK.md, pitfall 6). Two locks, both
 * freed by the system when their process dies: an abstract unix socket named after the folder, which also answers who holds
 * it, and a file lock, which holds across network namespaces and on systems without abstract sockets.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from '../kernel/cannot-start.ts'
import { codeOf } from './error-code.ts'

export interface FolderLock {
  readonly release: () => void
}

/** Takes the folder or throws an error that names the folder and, where it can be known, the process that has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = realpathSync(folder)
  const server = process.platform === 'linux' ? await listen(path) : undefined
  try {
    const file = lockFile(path)
    return {
      release: () => {
        file.close()
        server?.close()
      },
    }
  } catch (cause) {
    server?.close()
    throw cause
  }
}

/** The name is a hash because the kernel admits 107 bytes, and paths are longer. */
const socketName = (path: string): string => `\0weir:${createHash('sha256').update(path).digest('hex')}`

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(String(process.pid))
  })
  server.unref()
  const failure = await new Promise<Error | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen(socketName(path), () => resolve(undefined))
  })
  if (failure === undefined) return server
  if (codeOf(failure) !== 'EADDRINUSE') throw failure
  throw inUse(path, await holderOf(path))
}

/** The pid that the lock's holder answers with; undefined where it is gone or does not answer. */
function holderOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    connect(socketName(path)).setEncoding('utf8')
      .on('data', (chunk: string) => { text += chunk })
      .on('error', () => resolve(undefined))
      .on('close', () => resolve(text === '' ? undefined : text))
  })
}

function lockFile(path: string): DatabaseSync {
  const file = new DatabaseSync(join(path, 'lock'))
  try {
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
    return file
  } catch (cause) {
    file.close()
    if (cause instanceof Error && cause.message.includes('database is locked')) throw inUse(path, undefined)
    throw cause
  }
}

const inUse = (path: string, holder: string | undefined): CannotStart => new CannotStart(
  `the database folder ${path} is in use by ${holder === undefined ? 'another process' : `process ${holder}`}: stop that one, or give this one a folder of its own`,
)
