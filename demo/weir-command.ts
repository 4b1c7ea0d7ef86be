/** The `weir` command as a person runs it: a process of its own, in a folder of its own. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = [join(import.meta.dirname, '..'), join(import.meta.dirname, '../..')].find((folder) => existsSync(join(folder, 'bin/weir.js'))) ?? process.cwd()

export interface Said {
  readonly code: number
  readonly out: string
  readonly note: string
}

/** Runs one command line to its end. `folder` is where it runs; `server` whom it speaks to, left out for commands that speak to nobody. */
export function runWeir(args: readonly string[], options: { readonly folder: string; readonly server?: { readonly url: string; readonly token: string } }): Promise<Said> {
  const { WEIR_URL: _url, WEIR_TOKEN: _token, WEIR_DATA: _data, ...env } = process.env
  const given = options.server === undefined ? {} : { WEIR_URL: options.server.url, WEIR_TOKEN: options.server.token }
  const child = spawn(process.execPath, [join(root, 'bin/weir.js'), ...args], { cwd: options.folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, ...given } })
  let out = ''
  let note = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (note += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, out: out.trimEnd(), note: note.trimEnd() }))
  })
}
