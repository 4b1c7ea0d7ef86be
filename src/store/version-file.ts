/**
 * What made the files of an embedded database, written beside them: a PGlite minor can be a PostgreSQL major, and the
 * folder of another major fails with a message that says nothing (STACK.md, pitfall 13).
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'

/** The PostgreSQL inside the PGlite that package.json pins. Change both in one commit. */
const postgresMajor = 18

interface DatabaseFile {
  readonly engine: 'pglite'
  readonly postgresMajor: number
  /** `creating` until the first start has ended: a folder found so holds nothing. */
  readonly state: 'creating' | 'ready'
}

const fileName = 'database.json'
const dataName = 'postgres'

/** Folder of the cluster's own files. Makes or clears it where nothing was stored yet; throws on a folder it cannot vouch for. */
export function prepareFolder(folder: string, template: string | undefined): string {
  const dataFolder = join(folder, dataName)
  const found = read(join(folder, fileName))
  if (found === undefined && existsSync(dataFolder)) {
    throw new Error(`${dataFolder} exists but ${fileName} beside it does not, so what made it is unknown: restore that file from a backup, or move the folder away to start anew`)
  }
  if (found?.state === 'ready') {
    if (found.postgresMajor !== postgresMajor) {
      throw new Error(`${dataFolder} was made by PostgreSQL ${found.postgresMajor} and this Weir embeds ${postgresMajor}: export it with the Weir that made it, then import it into a new folder`)
    }
    return dataFolder
  }
  write(folder, 'creating')
  rmSync(dataFolder, { recursive: true, force: true })
  if (template !== undefined && read(join(template, fileName))?.postgresMajor === postgresMajor) cpSync(join(template, dataName), dataFolder, { recursive: true })
  else mkdirSync(dataFolder, { mode: 0o700 })
  return dataFolder
}

/** The first start has ended: from now on the folder may hold what must not be lost. */
export function markReady(folder: string): void {
  if (read(join(folder, fileName))?.state !== 'ready') write(folder, 'ready')
}

function read(path: string): DatabaseFile | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DatabaseFile) : undefined
}

function write(folder: string, state: DatabaseFile['state']): void {
  const file: DatabaseFile = { engine: 'pglite', postgresMajor, state }
  const path = join(folder, fileName)
  writeFileSync(`${path}.new`, `${JSON.stringify(file)}\n`)
  renameSync(`${path}.new`, path)
}
