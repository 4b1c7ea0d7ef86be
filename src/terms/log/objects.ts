/** Where tiles lie: a folder here, an object store elsewhere. Paths use `/` and have no leading one. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Random } from '../../kernel/random.ts'

export interface Objects {
  /** Undefined where there is none. */
  readonly read: (path: string) => Promise<Buffer | undefined>
  /** Names directly below a path; none where there is nothing. */
  readonly names: (path: string) => Promise<readonly string[]>
  /** Whole or not at all, and on disk once it resolves. */
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')

/** Objects as files below a folder: written beside their place, synced, then renamed into it. */
export function folderObjects(folder: string, random: Random): Objects {
  return {
    read: async (path) => {
      try {
        return await readFile(join(folder, path))
      } catch (cause) {
        if (isMissing(cause)) return undefined
        throw cause
      }
    },
    names: async (path) => {
      try {
        return (await readdir(join(folder, path))).sort()
      } catch (cause) {
        if (isMissing(cause)) return []
        throw cause
      }
    },
    write: async (path, bytes) => {
      const target = join(folder, path)
      await mkdir(dirname(target), { recursive: true })
      const beside = `${target}.${random.bytes(6).toString('hex')}.tmp`
      const file = await open(beside, 'wx')
      try {
        await file.writeFile(bytes)
        await file.datasync()
      } finally {
        await file.close()
      }
      try {
        await rename(beside, target)
      } catch (cause) {
        await rm(beside, { force: true })
        throw cause
      }
    },
  }
}

/** Objects below a prefix of others: each log has its own. */
export const objectsBelow = (objects: Objects, prefix: string): Objects => ({
  read: (path) => objects.read(`${prefix}/${path}`),
  names: (path) => objects.names(`${prefix}/${path}`),
  write: (path, bytes) => objects.write(`${prefix}/${path}`, bytes),
})
