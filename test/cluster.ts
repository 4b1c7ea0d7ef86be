/** Several real nodes of one installation: a PostgreSQL of their own that can be stopped and started, a control node, gateways. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWeir, type WeirProcess } from '../demo/weir-process.ts'
import { makeMasterKey } from '../src/kernel/sealing.ts'
import { seededRandom } from '../src/kernel/random.ts'

export interface ClusterOptions {
  readonly database: string
  /** Text of weir.yaml, for the control node. */
  readonly config: string
  readonly args?: readonly string[]
}

export interface Cluster {
  readonly folder: string
  readonly masterKey: string
  /** Starts a node; the same name has the same data folder, so that a killed one comes back as itself. `database` replaces the cluster's own. */
  readonly start: (name: string, role: 'gateway' | 'control' | 'all', options?: { readonly database?: string; readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> }) => Promise<WeirProcess>
  readonly remove: () => void
}

export function makeCluster({ database, config, args = [] }: ClusterOptions): Cluster {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cluster-'))
  // Any key will do, as long as all nodes have the same.
  const masterKey = makeMasterKey(seededRandom(1))
  const env = { WEIR_MASTER_KEY: masterKey }
  return {
    folder,
    masterKey,
    start: (name, role, options = {}) => startWeir({
      data: join(folder, name), env: { ...env, ...options.env }, ...(role === 'gateway' ? {} : { config }), args: ['--role', role, '--database', options.database ?? database, ...args, ...(options.args ?? [])],
    }),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** The nodes that were wanted are not there, so nothing was tried. The message says what to do. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
}

/**
 * Starts nodes one after the other: a start takes a core for some seconds, and many at once on two cores may all be late.
 * Throws NotStarted for the first that does not listen.
 */
export async function startInTurn<T>(names: readonly string[], start: (name: string) => Promise<T>, progress: (line: string) => void): Promise<readonly T[]> {
  const started: T[] = []
  for (const name of names) {
    try {
      started.push(await start(name))
    } catch (cause) {
      const says = cause instanceof Error ? cause.message : String(cause)
      throw new NotStarted(`${name} did not start, after ${started.length} of ${names.length} nodes. Nothing was tried. Run it on a machine at rest, or with fewer nodes: --nodes ${Math.max(1, started.length)}.\n${says}`, { cause })
    }
    progress(`${name} listens (${started.length} of ${names.length})`)
  }
  return started
}

export interface Wire {
  /** The database's URL by way of this wire. */
  readonly url: string
  /** Breaks what is connected and refuses what wants to; `mend` lets it through again. */
  readonly cut: () => void
  /** Lets nothing through and breaks nothing: a network that swallows. */
  readonly hang: () => void
  readonly mend: () => void
  readonly close: () => Promise<void>
}

/** A TCP way to a PostgreSQL that listens on a unix socket, which can be cut. */
export async function wireTo(database: string): Promise<Wire> {
  const socketFolder = new URL(database).searchParams.get('host') ?? ''
  const pairs = new Set<readonly [Socket, Socket]>()
  let isCut = false
  let hangs = false
  const server = createServer((client) => {
    client.on('error', () => client.destroy())
    if (isCut) return void client.destroy()
    const far = connect(join(socketFolder, '.s.PGSQL.5432'))
    const pair = [client, far] as const
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      far.destroy()
    }
    for (const [from, to] of [[client, far], [far, client]] as const) {
      from.on('data', (chunk) => void to.write(chunk))
      from.on('close', end)
      from.on('error', end)
      if (hangs) from.pause()
    }
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = new URL(database)
  url.search = ''
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut: () => {
      isCut = true
      for (const pair of pairs) pair.forEach((socket) => socket.destroy())
    },
    hang: () => {
      hangs = true
      for (const pair of pairs) pair.forEach((socket) => socket.pause())
    },
    mend: () => {
      isCut = false
      hangs = false
      for (const pair of pairs) pair.forEach((socket) => socket.resume())
    },
    close: () => new Promise((resolve) => {
      for (const pair of pairs) pair.forEach((socket) => socket.destroy())
      server.close(() => resolve())
    }),
  }
}
