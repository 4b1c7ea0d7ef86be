/** The admin API as a server of its own over a test's database: real parts, and a clock that the test turns. */
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminApi, type AdminApi } from '../src/admin/api.ts'
import { installationOf } from '../src/admin/entries.ts'
import { firstStart } from '../src/admin/first-start.ts'
import { makeLiveFeed } from '../src/admin/live-feed.ts'
import type { AdminPorts } from '../src/admin/ports.ts'
import { resourceBook, type ResourceBook } from '../src/admin/resources.ts'
import { openMasterKey, openPepper } from '../src/admin/secrets.ts'
import { makeBreaker } from '../src/gateway/breaker.ts'
import { buildSnapshot } from '../src/gateway/build-snapshot.ts'
import { idMaker } from '../src/kernel/ids.ts'
import { seededRandom } from '../src/kernel/random.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { modelFacts } from '../src/ledger/model-facts.ts'
import { priceBook } from '../src/ledger/price-book.ts'
import { seedPriceRows } from '../src/ledger/price-seed.ts'
import { providerType, providerTypes } from '../src/providers/catalogue.ts'
import type { Store } from '../src/store/store.ts'
import { openAnyForTest } from './stores.ts'
import { openDeskForTest } from './terms-desk.ts'

export interface Answer { readonly status: number; readonly body: Record<string, never>; readonly text: string; readonly headers: Headers }
export interface Stage {
  readonly url: string
  /** Turned by hand. */
  readonly time: { now: number }
  readonly store: Store
  readonly api: AdminApi
  readonly book: ResourceBook
  readonly token: string
  readonly folder: string
  readonly failures: string[]
  /** `token` null: none. More headers as they are given. */
  readonly call: (method: string, path: string, body?: unknown, token?: string | null, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  readonly close: () => Promise<void>
}

export async function openAdmin(more: Partial<AdminPorts> = {}, listenAt = 0): Promise<Stage> {
  const random = seededRandom(29)
  const time = { now: Date.parse('2026-11-20T10:00:30Z') }
  const clock = { now: () => time.now, monotonic: () => 0 }
  const store = await openAnyForTest()
  const folder = mkdtempSync(join(tmpdir(), 'weir-admin-'))
  const masterKey = openMasterKey({ environment: undefined, dataFolder: folder, random })
  if ('failed' in masterKey) throw new Error(masterKey.failed)
  const pepper = await openPepper(store, masterKey.keyring(), random)
  if ('failed' in pepper) throw new Error(pepper.failed)
  const book = resourceBook({ store, keyring: masterKey.keyring, pepper, clock, random, makeId: idMaker(clock, random), catalogue: { providerType, modelFacts }, providerTypes })
  const first = await firstStart(store, book, { declared: false })
  const prices = priceBook(seedPriceRows())
  const snapshot = buildSnapshot(installationOf(await book.state()), { providerType, modelFacts })
  const failures: string[] = []
  const api = await adminApi({
    resources: book, store, terms: await openDeskForTest({ store, clock, random, keyring: masterKey.keyring, folder }), masterKey, clock, clockFault: () => undefined, version: '0.0.0', snapshot: () => snapshot, priceBook: () => prices, unshipped: () => ({ records: 0, oldestMs: undefined }),
    timers: systemTimers, live: makeLiveFeed(systemTimers), breaker: makeBreaker({ clock }), raise: () => undefined, privateHosts: new Set(['127.0.0.1']), wake: () => undefined, demo: undefined, signIn: () => undefined, failed: (what, cause) => void failures.push(`${what}: ${String(cause)}`), ...more,
  })
  const server = createServer(api.handle)
  await new Promise<void>((resolve) => server.listen(listenAt, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const token = first?.adminToken ?? ''
  const call: Stage['call'] = async (method, path, body, given = token, headers = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(given === null ? {} : { authorization: `Bearer ${given}` }), ...headers }, redirect: 'manual',
    })
    const text = await answer.text()
    return { status: answer.status, text, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) as Record<string, never> : {} }
  }
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await api.close()
    await store.close()
    rmSync(folder, { recursive: true })
  }
  return { url: `http://127.0.0.1:${port}`, time, store, api, book, token, folder, failures, call, close }
}
