/**
 * A private PostgreSQL for tests: one cluster per test process, in a temporary folder on a unix socket, a fresh database for
 * each caller. Uses the binaries of Debian's package `postgresql`, and says so where they are absent.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'

export interface TestCluster {
  /** Makes an empty database and answers its URL. */
  readonly freshUrl: () => Promise<string>
  /** The superuser's URL, to break connections from outside. */
  readonly adminUrl: string
}

/** Newest installed major's programs; undefined where PostgreSQL is not installed. */
function binaries(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  const majors = readdirSync(root).filter((name) => existsSync(join(root, name, 'bin', 'initdb')))
  const newest = majors.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? undefined : join(root, newest, 'bin')
}

const programs = binaries()

/** For node:test's `skip` option: false where PostgreSQL can be started, the reason where not. */
export const postgresMissing: string | false = programs === undefined ? 'skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)' : false

/** A cluster that a test has to itself, because it treats it badly. */
export interface OwnCluster extends TestCluster {
  /** `immediate` is a crash: the server replays its log when it comes back. */
  readonly restart: (how: 'fast' | 'immediate') => Promise<void>
  /** Keeps a copy of all files as they are now, and puts it back: yesterday's backup. Both restart the server. */
  readonly keepCopy: () => Promise<void>
  readonly putCopyBack: () => Promise<void>
  readonly close: () => Promise<void>
}

let cluster: Promise<TestCluster> | undefined

/** The process's cluster, started on the first call and stopped when the process ends. */
export function testCluster(): Promise<TestCluster> {
  cluster ??= startCluster()
  return cluster
}

/** A fresh database's URL in the process's cluster. */
export async function freshPostgresUrl(): Promise<string> {
  return (await testCluster()).freshUrl()
}

/** The server refuses to run as root, so root lends it the account that the package made. */
const asServerUser = (program: string, args: readonly string[]): [string, string[]] =>
  process.getuid?.() === 0 ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig', 'KILL', program, ...args]] : [program, [...args]]

function startServer(folder: string, connectionsMax: number): ChildProcess {
  const [program, args] = asServerUser(join(programs ?? '', 'postgres'), [
    '-D', join(folder, 'data'), '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'shared_buffers=32MB', '-c', `max_connections=${connectionsMax}`, '-c', 'autovacuum=off',
  ])
  const server = spawn(program, args, { stdio: 'ignore', cwd: folder })
  server.unref()
  return server
}

async function stopServer(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  server.ref()
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await gone
}

const startCluster = (): Promise<TestCluster> => startOwnCluster()

/** A cluster of its own for one test. Ends with `close`, at the latest with the process. */
export async function startOwnCluster(connectionsMax = 60): Promise<OwnCluster> {
  if (programs === undefined) throw new Error(postgresMissing || 'unreachable')
  const folder = mkdtempSync(join(tmpdir(), 'weir-postgres-'))
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres:postgres', folder])
  chmodSync(folder, 0o700)
  execFileSync(...asServerUser(join(programs, 'initdb'), ['-D', join(folder, 'data'), '-U', 'weir', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']), { stdio: 'pipe', cwd: folder })
  let server = startServer(folder, connectionsMax)
  const remove = (): void => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  const url = (name: string): string => `postgres://weir@localhost/${name}?host=${encodeURIComponent(folder)}`
  const adminUrl = url('postgres')
  await answering(adminUrl, server)
  let made = 0
  const again = async (how: 'SIGINT' | 'SIGQUIT', between: () => void): Promise<void> => {
    await stopServer(server, how)
    between()
    server = startServer(folder, connectionsMax)
    await answering(adminUrl, server)
  }
  const copy = (from: string, to: string): void => {
    rmSync(join(folder, to), { recursive: true, force: true })
    execFileSync('cp', ['-a', join(folder, from), join(folder, to)])
  }
  return {
    adminUrl,
    freshUrl: async () => {
      made += 1
      const name = `test_${made}`
      await administer(adminUrl, `CREATE DATABASE ${name}`)
      return url(name)
    },
    restart: (how) => again(how === 'fast' ? 'SIGINT' : 'SIGQUIT', () => {}),
    keepCopy: () => again('SIGINT', () => copy('data', 'copy')),
    putCopyBack: () => again('SIGQUIT', () => copy('copy', 'data')),
    close: async () => {
      process.off('exit', remove)
      await stopServer(server, 'SIGQUIT')
      remove()
    },
  }
}

/** Runs one statement as the superuser. */
export async function administer(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const answerMs = 60_000

async function answering(url: string, server: ChildProcess): Promise<void> {
  // A bound for what hangs: a server that crashed replays its log first, beside whatever else the machine does.
  for (const since = performance.now(); performance.now() - since < answerMs; await pause(50)) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with code ${server.exitCode} while it started`)
    try {
      await administer(url, 'SELECT 1')
      return
    } catch {
      // Not listening yet, or still starting up: both end by waiting, and the loop ends by itself.
    }
  }
  throw new Error(`PostgreSQL did not answer within ${answerMs / 1_000} seconds`)
}
