/**
 * Do calls wait while a month closes and its exports run? Several gateways on one PostgreSQL serve clients, first alone, then
 * while the control node closes months of the case's size and exports them, over and over. What is measured is how long
 * holds waited for their leases, by the gateways' own metric, and whether anybody was refused.
 */
import { request } from 'undici'
import { makeCluster, startInTurn } from '../cluster.ts'
import { startOwnCluster } from '../postgres.ts'
import { nobody, shoot, type Seen } from '../storm/clients.ts'
import { startUpstream } from '../upstream/upstream.ts'
import type { WeirProcess } from '../../demo/weir-process.ts'
import { putCaseMonth } from '../../demo/case-month/put-month.ts'
import { inventedShape, traceShape } from '../../demo/case-month/shape.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemTimers } from '../../src/kernel/timers.ts'
import { migrations } from '../../src/store/migrations/all.ts'
import { openStore } from '../../src/store/open-store.ts'
import { join } from 'node:path'

export interface ClosingOptions {
  readonly nodes: number
  readonly clients: number
  /** Of each of the two phases. */
  readonly ms: number
  readonly months: readonly string[]
  /** Customers of an invented shape; the traces' own where absent. */
  readonly customers?: number
  readonly progress: (line: string) => void
}

export interface Waits {
  readonly calls: number
  readonly refused: number
  readonly failed: number
  /** Holds that had to ask the database. */
  readonly waited: number
  /** Upper edge of the bucket that the part lies in, milliseconds; undefined where nobody waited. */
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
}

export interface ClosingResult {
  readonly alone: Waits
  readonly closing: Waits & { readonly closes: number; readonly invoices: number; readonly exports: number; readonly exportedBytes: number }
}

const key = 'sk-weir-closing-0000000000000'

/** A budget that is asked for often: each lease is a small part of it. */
const configOf = (upstream: string): string => `
providers:
  upstream: { type: openai-compatible, prices: openai, baseUrl: "${upstream}/v1", apiKey: "upstream-secret" }
models:
  gpt-4.1: { deployments: [{ provider: upstream, model: gpt-4.1 }] }
organizations:
  calm: { budget: { amount: "200", period: total }, projects: { feed: { budget: { amount: "200", period: month }, keys: [{ name: one, secret: "${key}" }] } } }
`

/** Upper edge in seconds → how many waited no longer, over all nodes since they started. */
async function bucketsOf(places: readonly WeirProcess[]): Promise<ReadonlyMap<number, number>> {
  const sums = new Map<number, number>()
  for (const { url } of places) {
    const text = await (await request(`${url}/metrics`)).body.text()
    for (const [, edge = '', count = '0'] of text.matchAll(/^weir_hold_wait_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)) {
      const upTo = edge === '+Inf' ? Infinity : Number(edge)
      sums.set(upTo, (sums.get(upTo) ?? 0) + Number(count))
    }
  }
  return sums
}

function waitsOf(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, seen: Seen): Waits {
  const counts = [...after].map(([edge, count]) => [edge, count - (before.get(edge) ?? 0)] as const).toSorted(([a], [b]) => a - b)
  const waited = counts.at(-1)?.[1] ?? 0
  const part = (share: number): number | undefined => (waited === 0 ? undefined : (counts.find(([, count]) => count >= share * waited)?.[0] ?? Infinity) * 1_000)
  const failed = [...seen.statuses].filter(([status]) => status !== 200 && status !== 429).reduce((sum, [, count]) => sum + count, 0) + seen.broken
  return { calls: seen.calls, refused: seen.statuses.get(429) ?? 0, failed, waited, p50Ms: part(0.5), p99Ms: part(0.99) }
}

async function shootFor(places: readonly WeirProcess[], clients: number, until: number): Promise<Seen> {
  const seen = nobody()
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    for (let n = client; Date.now() < until; n += 1) {
      const weir = places[n % places.length]
      if (weir !== undefined) await shoot({ url: weir.url, key, model: 'gpt-4.1', stream: n % 2 === 0, words: 1 + (n % 50), outputMax: 1 + (n % 40), leavesAtHeaders: false, leavesAfterMs: undefined }, seen)
    }
  }))
  return seen
}

interface Work { closes: number; invoices: number; exports: number; exportedBytes: number }

/** Closes each month, exports it in every form, and voids nothing: once all are closed, exports go on until the end. */
async function closeAndExport(control: WeirProcess, token: string, months: readonly string[], until: number): Promise<Work> {
  const work: Work = { closes: 0, invoices: 0, exports: 0, exportedBytes: 0 }
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Buffer> => {
    const answer = await request(`${control.url}${path}`, { method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, bodyTimeout: 300_000, headersTimeout: 300_000, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode} ${bytes.toString().slice(0, 300)}`)
    return bytes
  }
  for (let n = 0; Date.now() < until || n < months.length; n += 1) {
    const month = months[n % months.length] ?? ''
    const closed = JSON.parse((await ask('POST', '/admin/v1/invoices/close', { month })).toString()) as { readonly issued: readonly unknown[] }
    work.closes += 1
    work.invoices += closed.issued.length
    for (const path of [`/admin/v1/focus/cost-and-usage?month=${month}`, `/admin/v1/focus/cost-and-usage?month=${month}&version=1.2&format=parquet`, `/admin/v1/focus/invoice-detail?month=${month}`, `/admin/v1/margins?month=${month}`, '/admin/v1/exposure']) {
      work.exportedBytes += (await ask('GET', path)).length
      work.exports += 1
    }
  }
  return work
}

export async function closing(options: ClosingOptions): Promise<ClosingResult> {
  const { nodes, clients, ms, months, progress } = options
  const postgres = await startOwnCluster((nodes + 1) * 9 + 20)
  const database = await postgres.freshUrl()
  const store = await openStore({ database: { kind: 'postgres', url: database }, clock: systemClock, timers: systemTimers, migrations, onLost: (cause) => { throw cause } })
  const shape = options.customers === undefined ? traceShape() ?? inventedShape(1) : inventedShape(1, options.customers)
  for (const month of months) await putCaseMonth(store, { month, shape, close: false, say: progress })
  await store.close()
  const bill = makeCluster({ database, config: '' })
  const upstream = await startUpstream({ bill: join(bill.folder, 'bill.jsonl'), seed: 1, faults: {}, pieceMs: 1, firstMs: 3 })
  const cluster = makeCluster({ database, config: configOf(upstream.url) })
  const started: WeirProcess[] = []
  try {
    const control = await cluster.start('control', 'control')
    started.push(control)
    const places = await startInTurn(Array.from({ length: nodes }, (_, n) => `gateway-${n + 1}`), async (name) => {
      const weir = await cluster.start(name, 'gateway')
      started.push(weir)
      return weir
    }, progress)
    await shootFor(places, clients, Date.now() + 1_000)
    const first = await bucketsOf(places)
    const quiet = await shootFor(places, clients, Date.now() + ms)
    const second = await bucketsOf(places)
    progress(`${quiet.calls} calls with nothing beside them`)
    const until = Date.now() + ms
    const [busy, work] = await Promise.all([shootFor(places, clients, until), closeAndExport(control, control.first?.adminToken ?? '', months, until)])
    return { alone: waitsOf(first, second, quiet), closing: { ...waitsOf(second, await bucketsOf(places), busy), ...work } }
  } finally {
    for (const weir of started) await weir.kill()
    await upstream.close()
    await postgres.close()
    cluster.remove()
    bill.remove()
  }
}
