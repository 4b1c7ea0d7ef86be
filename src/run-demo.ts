/** `weir demo` as a process of its own, for the console: what it needs of this machine, and nothing that the admin API knows. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { CaseFigure, DemoCommand } from './admin/demo-runs.ts'
import { processEnvironment } from './config.ts'

/** In the repository, and in the published package, where this file lies in dist/src. */
const roots = ['..', '../..'].map((up) => fileURLToPath(new URL(`${up}/`, import.meta.url)))

export interface DemoRunner extends DemoCommand {
  /** Ends what runs: the server is going. */
  readonly stop: () => void
}

/** `undefined` where the demonstration is not beside the program. `url` is this server's own, once it listens. */
export function demoRunner(dataFolder: string, url: () => string | undefined): DemoRunner | undefined {
  const program = roots.map((root) => join(root, 'bin/weir.js')).find((path) => existsSync(path))
  const caseFile = roots.map((root) => join(root, 'demo/case.json')).find((path) => existsSync(path))
  if (program === undefined || caseFile === undefined) return undefined
  const running = new Set<ChildProcess>()
  // The command finds its token in the data folder; what this server's own environment says of other servers is not for it,
  // least of all which database is this server's: a chapter's own servers make their own.
  const env = Object.fromEntries(Object.entries(processEnvironment()).flatMap(([name, value]) => (value === undefined || name.startsWith('WEIR_') ? [] : [[name, value] as const])))
  return {
    figures: () => (JSON.parse(readFileSync(caseFile, 'utf8')) as { readonly figures: Readonly<Record<string, CaseFigure>> }).figures,
    stop: () => running.forEach((child) => void child.kill('SIGTERM')),
    start: (chapter, place, heard) => {
      const here = place === 'here' ? ['--seed', '--data', dataFolder, '--url', url() ?? ''] : []
      const child = spawn(process.execPath, [program, 'demo', String(chapter), '--json', ...here], { stdio: ['ignore', 'pipe', 'pipe'], env })
      running.add(child)
      let said = ''
      createInterface({ input: child.stdout }).on('line', heard)
      child.stderr.on('data', (part: Buffer) => { said = (said + part.toString()).slice(-4_000) })
      const ended = new Promise<{ readonly code: number; readonly says: string }>((resolve) => {
        child.once('error', (cause) => resolve({ code: 1, says: cause.message }))
        child.once('close', (code, signal) => resolve({ code: code ?? 1, says: signal === null ? said.trim() : `It was stopped (${signal}).` }))
      })
      void ended.then(() => running.delete(child))
      return { ended, stop: () => void child.kill('SIGTERM') }
    },
  }
}
