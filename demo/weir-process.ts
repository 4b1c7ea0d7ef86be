/** A real Weir in a process of its own, for chapters and tests that kill it: started by its command, spoken to over HTTP. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** Two places up in the published package, where this file lies in dist/. */
const root = [join(import.meta.dirname, '..'), join(import.meta.dirname, '../..')].find((folder) => existsSync(join(folder, 'bin/weir.js'))) ?? process.cwd()

export interface WeirProcess {
  readonly url: string
  readonly pid: number
  readonly first: { readonly adminToken: string; readonly key?: string } | null
  /** Dies at once, wherever it stands. Resolves when it is gone. */
  readonly kill: () => Promise<void>
  /** SIGSTOP and SIGCONT: a paused process may still believe in its leases. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ctrl-C: drains. Rejects where it does not end by itself within the time. */
  readonly stop: () => Promise<void>
  readonly log: () => string
}

export interface WeirOptions {
  readonly data: string
  /** Text of weir.yaml; left out, the sandbox. */
  readonly config?: string
  readonly port?: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** False: how much it logs is left to its weir.yaml. */
  readonly quiet?: boolean
  /** Every line of its log, as it comes. */
  readonly heard?: (text: string) => void
}

// Ended from outside, it takes its servers with it: without this the handlers of its end would not run.
process.once('SIGTERM', () => process.exit(143))

/** A bound for what hangs, not an expectation: beside other work a first start has taken over a minute. One that ends is told at once. */
export const startMs = 180_000
const stopMs = 60_000

export async function startWeir(options: WeirOptions): Promise<WeirProcess> {
  const file = `${options.data}.yaml`
  if (options.config !== undefined) writeFileSync(file, options.config)
  const args = [join(root, 'bin/weir.js'), 'serve', '--json', '--data', options.data, '--port', String(options.port ?? 0), ...(options.quiet === false ? [] : ['--log-level', 'warn']), ...(options.config === undefined ? [] : ['--config', file]), ...(options.args ?? [])]
  // Not what was said to another server of ours, least of all which database is its own.
  const inherited = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined || name.startsWith('WEIR_') ? [] : [[name, value] as const])))
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...inherited, ...options.env } })
  // Whoever started it may fail before it stops it: it must not outlive them.
  const orphaned = (): void => void child.kill('SIGKILL')
  process.once('exit', orphaned)
  child.once('exit', () => process.off('exit', orphaned))
  let out = ''
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000)
    options.heard?.(chunk.toString())
  })
  const gone = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  const deadline = Date.now() + startMs
  while (!out.includes('\n')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`weir ended with ${child.exitCode ?? child.signalCode} before it listened:\n${lastLines(log)}${out}`)
    if (Date.now() > deadline) {
      // Nobody will have it: left alone it would go on starting, and hold its data folder.
      child.kill('SIGKILL')
      throw new Error(`weir did not listen within ${startMs / 1_000} seconds:\n${lastLines(log)}`)
    }
    await wait(20)
  }
  child.unref()
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref: () => void }).unref()
  const started = JSON.parse(out.slice(0, out.indexOf('\n'))) as { url: string; first_start: WeirProcess['first']; failed?: string }
  if (started.failed !== undefined) throw new Error(`weir could not start: ${started.failed}`)
  return {
    url: started.url,
    pid: child.pid ?? 0,
    first: started.first_start,
    log: () => log,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: async () => {
      child.ref()
      child.kill('SIGKILL')
      await gone
    },
    stop: () => stopped(child, gone, () => log),
  }
}

/** The end of a log, where a failed start says why. */
export const lastLines = (log: string): string => log.split('\n').slice(-20).join('\n')

async function stopped(child: ChildProcess, gone: Promise<void>, log: () => string): Promise<void> {
  // Who waits for its end must not end before: nothing else may keep the process alive.
  child.ref()
  child.kill('SIGINT')
  const late = Symbol('late')
  const ended = await Promise.race([gone, wait(stopMs, late, { ref: false })])
  if (ended !== late) return
  child.kill('SIGKILL')
  throw new Error(`weir did not drain within ${stopMs} ms:\n${log()}`)
}
