/**
 * Who is measured: nobody (direct), nginx as a plain proxy, Portkey's gateway, Weir in three shapes. Each is started in a fresh process over
 * a fresh folder, in front of one mock upstream, and says where its calls go.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCluster } from '../test/cluster.ts'
import { freshPostgresUrl, postgresMissing } from '../test/postgres.ts'
import { pause, serverPids, startProcess, treeOf, type Started } from './processes.ts'

/** `node` is a gateway node of an installation on PostgreSQL; `no-terms` and `bare-node` are Weir and such a node without terms and receipts. */
export const partyNames = ['direct', 'nginx', 'portkey', 'weir', 'no-terms', 'node', 'bare-node'] as const
export type PartyName = (typeof partyNames)[number]
/** What the upstream does with a call; the first part of its path. */
export type Behaviour = 'plain' | 'stream' | 'hold'

export interface Party {
  readonly name: PartyName
  /** Undefined for direct. */
  readonly pid: number | undefined
  /** Processes that do part of its work: a control node and the server of its database. */
  readonly elsewhere?: readonly number[]
  /** How long it may put work off before it looks idle, milliseconds. */
  readonly putsOffMs?: number
  readonly target: (behaviour: Behaviour) => { readonly port: number; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly model: string }
  readonly stop: () => Promise<void>
}

const root = join(import.meta.dirname, '..')
const secret = 'weir-bench-key-0000000000000000'

export async function startMock(): Promise<{ readonly port: number; readonly process: Started }> {
  const started = startProcess(process.execPath, [join(import.meta.dirname, 'mock-upstream.ts')])
  const { port } = JSON.parse((await started.line()) ?? '{}') as { port: number }
  return { port, process: started }
}

/** A port that was free a moment ago, for programs that cannot choose one and say which. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
    })
    if (open) return
    await pause(100)
  }
  throw new Error(`nothing listens on port ${port} after 30 s`)
}

const authorization = `Bearer ${secret}`

export const direct = (mockPort: number): Party => ({
  name: 'direct', pid: undefined, stop: async () => {},
  target: (behaviour) => ({ port: mockPort, path: `/${behaviour}/v1/chat/completions`, headers: { authorization }, model: 'gpt-4.1' }),
})

async function startNginx(mockPort: number): Promise<Party> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-nginx-'))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')
  writeFileSync(join(folder, 'nginx.conf'), `
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log warn; worker_rlimit_nofile 20000;
    events { worker_connections 20000; }
    http { access_log off; ${temporary} keepalive_requests 100000000; keepalive_timeout 300s; client_body_buffer_size 1m; client_max_body_size 64m;
      upstream mock { server 127.0.0.1:${mockPort}; keepalive 6000; keepalive_requests 100000000; }
      server { listen 127.0.0.1:${port} backlog=4096;
        location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 300s; } } }`)
  const nginx = startProcess('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder])
  await untilListening(port)
  return {
    name: 'nginx', pid: nginx.pid,
    target: (behaviour) => ({ ...direct(mockPort).target(behaviour), port }),
    stop: async () => { await nginx.stop(); rmSync(folder, { recursive: true }) },
  }
}

/** The folder in which Portkey's gateway is installed, with the versions that it needs to stream (reference of the method in docs/benchmarks.md). */
export const portkeyFolder = join(tmpdir(), 'weir-bench-portkey')
const portkeyStart = 'node_modules/@portkey-ai/gateway/build/start-server.js'
export const hasPortkey = (): boolean => existsSync(join(portkeyFolder, portkeyStart))

export async function installPortkey(): Promise<boolean> {
  if (hasPortkey()) return true
  mkdirSync(portkeyFolder, { recursive: true })
  writeFileSync(join(portkeyFolder, 'package.json'), JSON.stringify({ private: true, overrides: { hono: '4.9.7', '@hono/node-server': '1.13.5' } }))
  // npm is the person's own: it may need what their environment says of proxies and certificates.
  const theirs = Object.fromEntries(Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined))
  const npm = startProcess('npm', ['install', '--no-audit', '--no-fund', '@portkey-ai/gateway@1.15.2'], { cwd: portkeyFolder, env: theirs })
  while (await npm.line() !== undefined);
  return hasPortkey()
}

/** It listens on all interfaces and takes no host: outside a network namespace of its own it is made to listen on loopback alone. */
async function startPortkey(mockPort: number, alone: boolean): Promise<Party> {
  const port = await freePort()
  const bind = alone ? [] : ['--import', join(import.meta.dirname, 'bind-loopback.ts')]
  const portkey = startProcess(process.execPath, [...bind, portkeyStart, `--port=${port}`, '--headless'], { cwd: portkeyFolder, env: { NODE_ENV: 'production' } })
  await untilListening(port)
  return {
    name: 'portkey', pid: portkey.pid,
    target: (behaviour) => ({ port, path: '/v1/chat/completions', headers: { authorization, 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/${behaviour}/v1` }, model: 'gpt-4.1' }),
    stop: portkey.stop,
  }
}

const limits = { requestsPerMinute: 100_000_000, tokensPerMinute: 1_000_000_000_000, concurrency: 100_000 }
const budget = { amount: '1000000000.00' }

/** The books wait up to a second for more records to travel with (ledger/carry.ts). */
const putsOffMs = 1_200

/** Everything is on: a key, limits and a budget on each level, prices, the journal, posting into the embedded database. */
const weirFile = (mockPort: number): object => ({
  log: { level: 'warn' },
  providers: Object.fromEntries(['plain', 'stream', 'hold'].map((behaviour) => [behaviour, { type: 'openai-compatible', baseUrl: `http://127.0.0.1:${mockPort}/${behaviour}/v1`, apiKey: 'upstream-key', prices: 'openai' }])),
  models: Object.fromEntries(['plain', 'stream', 'hold'].map((behaviour) => [`chat-${behaviour}`, { deployments: [{ provider: behaviour, model: 'gpt-4.1' }], limits }])),
  organizations: { bench: { limits, budget, projects: { load: { limits, budget, keys: [{ name: 'bench', secret, limits, budget }] } } } },
})

export interface WeirOptions {
  /** Arguments for Node, such as `--cpu-prof`. */
  readonly node?: readonly string[]
  readonly name?: PartyName
}

const weirTarget = (port: number): Party['target'] => (behaviour) => ({ port, path: '/v1/chat/completions', headers: { authorization }, model: `chat-${behaviour}` })

export async function startWeir(mockPort: number, { node = [], name = 'weir' }: WeirOptions = {}): Promise<Party> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-weir-'))
  writeFileSync(join(folder, 'weir.yaml'), JSON.stringify(weirFile(mockPort)))
  const weir = startProcess(process.execPath, [...node, join(root, 'bin/weir.js'), 'serve', '--port', '0', '--json', '--data', join(folder, 'data'), '--config', join(folder, 'weir.yaml')])
  const line = await weir.line()
  if (line === undefined) throw new Error('Weir did not start')
  const port = Number(new URL((JSON.parse(line) as { url: string }).url).port)
  return {
    name, pid: weir.pid, putsOffMs, target: weirTarget(port),
    stop: async () => { await weir.stop(); rmSync(folder, { recursive: true, force: true }) },
  }
}

/** Whether a gateway node can be measured here. */
export const hasPostgres = postgresMissing === false

const withoutTerms = ['--import', join(import.meta.dirname, 'without-terms.ts')]

/** A gateway node of an installation on PostgreSQL, with arguments for its Node. */
export async function startNode(mockPort: number, { node: nodeOptions = [], name = 'node' }: WeirOptions = {}): Promise<Party> {
  const database = await freshPostgresUrl()
  const cluster = makeCluster({ database, config: JSON.stringify(weirFile(mockPort)) })
  const control = await cluster.start('control', 'control')
  const node = await cluster.start('gateway', 'gateway', nodeOptions.length === 0 ? {} : { env: { NODE_OPTIONS: nodeOptions.join(' ') } })
  return {
    name, pid: node.pid, elsewhere: [...treeOf(control.pid), ...serverPids(database)], putsOffMs, target: weirTarget(Number(new URL(node.url).port)),
    stop: async () => {
      await node.stop()
      await control.stop()
      cluster.remove()
    },
  }
}

export function startParty(name: PartyName, mockPort: number, alone: boolean): Promise<Party> {
  switch (name) {
    case 'direct': return Promise.resolve(direct(mockPort))
    case 'nginx': return startNginx(mockPort)
    case 'portkey': return startPortkey(mockPort, alone)
    case 'weir': return startWeir(mockPort)
    case 'no-terms': return startWeir(mockPort, { name, node: withoutTerms })
    case 'node': return startNode(mockPort)
    case 'bare-node': return startNode(mockPort, { name, node: withoutTerms })
  }
}
