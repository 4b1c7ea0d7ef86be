/** Children of the benches and what Linux says of them. Every child is ended by the process that started it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const children = new Set<ChildProcess>()
process.on('exit', () => { for (const child of children) child.kill('SIGKILL') })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

export interface Started {
  readonly pid: number
  /** The next line of standard output; undefined when it has ended. */
  readonly line: () => Promise<string | undefined>
  readonly say: (text: string) => void
  readonly stop: () => Promise<void>
}

export interface StartOptions {
  readonly cwd?: string
  /** Nothing but these and what a process needs to start. */
  readonly env?: Readonly<Record<string, string>>
}

export function startProcess(command: string, args: readonly string[], options: StartOptions = {}): Started {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(options.cwd === undefined ? {} : { cwd: options.cwd }), env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env } })
  children.add(child)
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-4_000) })
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<void>((resolve) => {
    child.on('error', (cause) => { errors += String(cause); resolve() })
    child.on('exit', (code, signal) => {
      children.delete(child)
      if (code !== 0 && code !== null && code !== 143) process.stderr.write(`${command} ${args[0] ?? ''} ended with ${code}:\n${errors}\n`)
      else if (signal === 'SIGSEGV') process.stderr.write(`${command} crashed\n`)
      resolve()
    })
  })
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines.next()
      return next.done === true ? undefined : next.value
    },
    say: (text) => void child.stdin.write(`${text}\n`),
    stop: async () => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The process and all below it. */
export function treeOf(pid: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(fieldsOf(Number(name))?.[1]))
  }
  const found = [pid]
  for (let at = 0; at < found.length; at += 1) for (const [child, parent] of parents) if (parent === found[at]) found.push(child)
  return found
}

/** The processes of the PostgreSQL server whose unix socket lies in the folder that the URL names: the first line of its postmaster.pid, and all below. */
export function serverPids(url: string): readonly number[] {
  const folder = new URL(url).searchParams.get('host') ?? ''
  const lock = readdirSync(folder).find((name) => /^\.s\.PGSQL\.\d+\.lock$/.test(name))
  return lock === undefined ? [] : treeOf(Number(readFileSync(join(folder, lock), 'utf8').split('\n')[0]))
}

/** Fields of /proc/PID/stat after the command's name; undefined where the process has ended. proc(5), read 2026-11-23. */
function fieldsOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch (cause) {
    // The process ended between the listing and the reading.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ESRCH') return undefined
    throw cause
  }
}

/** A tick of utime and stime is 10 ms on every Linux that Node runs on (USER_HZ). */
const tickMs = 10

/** Milliseconds of CPU that all threads of these processes have used, ended threads included. */
export const cpuMsOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const fields = fieldsOf(pid)
    return sum + (Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) * tickMs
  }, 0)

/** Kilobytes: resident now, or the most that was. */
export const memoryKbOf = (pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number =>
  pids.reduce((sum, pid) => sum + Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0), 0)

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** Waits until the processes have nearly nothing to do, so that work put off counts for the calls that caused it. */
export async function untilQuiet(pids: readonly number[], mostMs = 30_000, putsOffMs = 0): Promise<void> {
  if (pids.length === 0) return
  await pause(putsOffMs)
  const until = performance.now() + mostMs
  let before = cpuMsOf(pids)
  for (let quiet = 0; quiet < 2 && performance.now() < until;) {
    await pause(200)
    const now = cpuMsOf(pids)
    quiet = now - before <= tickMs ? quiet + 1 : 0
    before = now
  }
}
