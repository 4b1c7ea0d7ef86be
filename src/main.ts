/** Composition root: config → store → resources → gateway and control → listen → drain. Passes ports between neighbours. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureCliToken } from './admin/cli-token.ts'
import { firstStart, type FirstStart } from './admin/first-start.ts'
import { makeLiveFeed } from './admin/live-feed.ts'
import { takeFeedback } from './admin/feedback.ts'
import { installationOf, type State } from './admin/entries.ts'
import { operatorRows, resourceBook, type ResourceBook } from './admin/resources.ts'
import { openMasterKey, openPepper, type MasterKeyHolder } from './admin/secrets.ts'
import type { Config } from './config.ts'
import { watchSnapshot, type CurrentSnapshot } from './gateway/current-snapshot.ts'
import { buildSnapshot } from './gateway/build-snapshot.ts'
import type { Fault } from './gateway/call.ts'
import { handle } from './gateway/handle.ts'
import type { Observed, Ports } from './gateway/ports.ts'
import type { Caller } from './gateway/snapshot.ts'
import type { Snapshot } from './gateway/snapshot.ts'
import { actOnStored } from './gateway/stored.ts'
import { hostProviders, type HostedProviders } from './host-providers.ts'
import { consoleFiles } from './http/console-files.ts'
import { listen, type Handlers, type Listening } from './http/listen.ts'
import { listModels } from './http/models-list.ts'
import { isoTime, systemClock } from './kernel/clock.ts'
import { idMaker, type MakeId } from './kernel/ids.ts'
import { systemRandom } from './kernel/random.ts'
import { hashSecret } from './kernel/sealing.ts'
import { sleep, systemTimers } from './kernel/timers.ts'
import { modelFacts } from './ledger/model-facts.ts'
import { priceBook, type ExtendablePriceBook } from './ledger/price-book.ts'
import { seedPriceRows } from './ledger/price-seed.ts'
import { makeLog, type Log } from './log.ts'
import { providerType, providerTypes } from './providers/catalogue.ts'
import { nodeMetrics, pages, startControl, type ControlNode } from './start-control.ts'
import { startGateway, type GatewayNode } from './start-gateway.ts'
import { migrations } from './store/migrations/all.ts'
import { startTerms, type TermsNode } from './start-terms.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { refusalText, watchFile } from './watch-file.ts'
import { watchSkew, type SkewWatch } from './watch-skew.ts'

export interface Running {
  readonly url: string
  readonly port: number
  readonly dataFolder: string
  /** Secrets that Weir made for declared keys without one. */
  readonly made: readonly { readonly key: string; readonly secret: string }[]
  /** The file with the command line's own token. */
  readonly cliToken: string | undefined
  /** Present when this start created the installation: secrets to show once. */
  readonly firstStart: FirstStart | undefined
  /** Stops accepting, finishes or cuts open calls by the deadline, settles, ships, closes. */
  readonly drain: () => Promise<void>
}

/** The node cannot start; the message says what to do about it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
}

const clock = systemClock
const timers = systemTimers
const random = systemRandom

/** How much longer open calls get to settle after their connections were cut. */
const settleMs = 3_000

/** What every part of a node shares, opened in this order. */
interface Base {
  readonly config: Config
  readonly log: Log
  readonly makeId: MakeId
  readonly store: Store
  readonly masterKey: MasterKeyHolder
  readonly pepper: Buffer
  readonly resources: ResourceBook
  readonly hosted: HostedProviders
  readonly firstStart: FirstStart | undefined
  readonly made: Running['made']
  readonly raise: Ports['raise']
}

async function openBase(config: Config): Promise<Base> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  const log = makeLog(config.logLevel)
  const masterKey = openMasterKey({ environment: config.masterKey, dataFolder: config.dataFolder, random })
  if ('failed' in masterKey) throw new CannotStart(masterKey.failed)
  const database = config.database === undefined ? { kind: 'embedded' as const, folder: join(config.dataFolder, 'database') } : { kind: 'postgres' as const, url: config.database }
  const store = await openStore({ database, clock, timers, migrations, onLost: (cause) => log.error('the database was lost', cause) })
  const pepper = await openPepper(store, masterKey.keyring(), random)
  if ('failed' in pepper) throw new CannotStart(pepper.failed)
  const makeId = idMaker(clock, random)
  const hosted = hostProviders()
  const resources = resourceBook({ store, keyring: masterKey.keyring, pepper, clock, random, makeId, catalogue: { providerType, modelFacts, hostedUrl: hosted.url }, providerTypes })
  const first = await firstStart(store, resources, { declared: config.file !== undefined })
  const made = await applyFile(config, resources)
  return { config, log, makeId, store, masterKey, pepper, resources, hosted, firstStart: first, made, raise: eventRaiser(store, makeId, log) }
}

async function applyFile({ file }: Config, resources: ResourceBook): Promise<Running['made']> {
  if (file === undefined) return []
  const done = await resources.apply(file.parsed.resources)
  if (done.status === 'applied') return done.made
  throw new CannotStart(refusalText(file.path, done))
}

/** Events are for people: one that cannot be written is logged, and stops nothing. */
function eventRaiser(store: Store, makeId: MakeId, log: Log): Ports['raise'] {
  return (kind, subject, body) => {
    log.warn(`${kind}: ${subject} ${JSON.stringify(body)}`)
    store.query('admin', 'INSERT INTO event (id, at, kind, subject, body) VALUES ($1, $2, $3, $4, $5::jsonb)', [makeId('evt'), isoTime(clock.now()), kind, subject, JSON.stringify(body)])
      .catch((cause: unknown) => log.error(`event ${kind} could not be written`, cause))
  }
}

function bookOf(state: State): ExtendablePriceBook {
  const book = priceBook(seedPriceRows())
  const conflict = book.add(operatorRows(state))
  if (conflict !== undefined) throw new Error(conflict.why)
  return book
}

interface Installed {
  readonly current: CurrentSnapshot
  readonly book: () => ExtendablePriceBook
  readonly stop: () => void
}

/** Prices and snapshot, kept current together. */
async function watchInstallation({ config, resources, hosted, store, log }: Base, follow: (snapshot: Snapshot) => Promise<void>): Promise<Installed> {
  let book = priceBook([])
  const load = async (): ReturnType<typeof loadSnapshot> => {
    const state = await resources.state()
    book = bookOf(state)
    const snapshot = await loadSnapshot(state, hosted)
    await follow(snapshot)
    return snapshot
  }
  const stopFile = config.file === undefined ? undefined : watchFile(config.file, resources, timers, log)
  const current = await watchSnapshot({ version: resources.version, load, clock, timers, staleAfterMs: config.staleAfterMs, unconfirmed: (cause) => log.warn('the snapshot could not be confirmed', cause) })
  const stopNotify = store.onNotify((payload) => {
    if (payload.startsWith('snapshot:') || payload === 'resync') void current.refresh()
  })
  return {
    current,
    book: () => book,
    stop: () => {
      stopFile?.()
      stopNotify()
      current.stop()
    },
  }
}

async function loadSnapshot(state: State, hosted: HostedProviders): Promise<ReturnType<typeof buildSnapshot>> {
  const installation = installationOf(state)
  await hosted.ensure(installation)
  return buildSnapshot(installation, { providerType, modelFacts, hostedUrl: hosted.url })
}

/** Opens everything and listens. Throws `CannotStart` where a person has to do something first. */
export async function start(config: Config): Promise<Running> {
  const base = await openBase(config)
  const { log, store, raise, pepper, resources, masterKey } = base
  const failed = (what: string, cause: unknown): void => log.error(`${what} failed`, cause)
  const terms = await startTerms({ config, store, clock, timers, random, keyring: masterKey.keyring(), raise })
  if ('failed' in terms) throw new CannotStart(terms.failed)
  const installation = await watchInstallation(base, terms.follow)
  const { current, book } = installation
  const skew = await watchSkew(store, timers, raise, (cause) => log.warn('the clocks could not be compared', cause))
  const state: NodeState = { openCalls: 0, draining: false, observe: () => {}, wake: () => {} }
  const gateway = await startGateway({
    config, clock, timers, random, store, hashSecret: (secret) => hashSecret(pepper, secret), snapshot: current.get, book, permit: terms.permit, decisionId: terms.decisionId,
    observe: (seen) => state.observe(seen), raise, draining: () => state.draining, shipped: () => state.wake(), failed,
  })
  if (gateway.lost > 0) log.warn(`${gateway.lost} attempts were open when the last run ended; they are closed as lost and charged their holds`)
  const metrics = nodeMetrics(store, clock, { unshipped: gateway.carrier.unshipped, snapshotAgeMs: current.ageMs, openCalls: () => state.openCalls })
  const live = makeLiveFeed(timers)
  state.observe = (seen) => {
    metrics.observe(seen)
    live.observe(seen)
  }
  const control = config.role === 'gateway' ? undefined : await startControl({
    timers, live, breaker: gateway.breaker, raise, book, prove: terms.prove, resources, store, masterKey, clock, snapshot: current.get, priceBook: book, failed,
    unshipped: () => ({ records: gateway.carrier.unshipped(), oldestMs: gateway.carrier.oldestUnshippedMs() }),
  })
  if (control !== undefined) state.wake = control.posting.wake
  const otherwise = pages({ api: control?.api, console: control === undefined ? undefined : consoleFiles(), metrics, ready: () => !state.draining && current.get() !== undefined, failed })
  const listening = await listen({
    host: config.host, port: config.port, bodyLimitBytes: config.bodyLimitBytes, clock, makeId: base.makeId,
    handlers: { ...callHandlers({ gateway, current, skew, state, log, store, makeId: base.makeId }), otherwise },
  })
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${listening.port}`
  const cliToken = control === undefined ? undefined : await ensureCliToken(resources, config.dataFolder, url)
  return {
    url, port: listening.port, dataFolder: config.dataFolder, made: base.made, firstStart: base.firstStart, cliToken: cliToken === undefined || 'failed' in cliToken ? undefined : cliToken.path,
    drain: () => drain({ base, state, listening, skew, gateway, control, terms, stop: installation.stop }),
  }
}

/** What changes while a node runs. */
interface NodeState {
  openCalls: number
  draining: boolean
  observe: (seen: Observed) => void
  /** Something was shipped: posting looks at once. */
  wake: () => void
}

interface Serving {
  readonly gateway: GatewayNode
  readonly current: CurrentSnapshot
  readonly skew: SkewWatch
  readonly state: NodeState
  readonly log: Log
  readonly store: Store
  readonly makeId: MakeId
}

function callHandlers({ gateway, current, skew, state, log, store, makeId }: Serving): Omit<Handlers, 'otherwise'> {
  const caller = (secret: string | undefined): Caller | Fault => {
    const snapshot = current.get()
    if (snapshot === undefined) return { code: 'not_current', say: {} }
    if (secret === undefined) return { code: 'missing_key', say: {} }
    const found = gateway.ports.identify(snapshot, secret)
    if (found === undefined) return { code: 'invalid_key', say: { hint: '***' } }
    return found.expiresAt !== undefined && clock.now() >= found.expiresAt ? { code: 'expired_key', say: { key: found.keyName } } : found
  }
  return {
    feedback: (secret, body) => takeFeedback({ store, clock, makeId, caller }, secret, body),
    call: async (call) => {
      const refused = skew.refuses()
      if (refused !== undefined) return { status: 'fault', fault: refused, attempts: 0 }
      state.openCalls += 1
      try {
        return await handle(call, gateway.ports)
      } finally {
        state.openCalls -= 1
      }
    },
    stored: (request) => actOnStored(request, gateway.stored),
    models: (secret, model, surface) => {
      const snapshot = current.get()
      if (snapshot === undefined) return { code: 'not_current', say: {} }
      if (secret === undefined) return { code: 'missing_key', say: {} }
      const caller = gateway.ports.identify(snapshot, secret)
      return caller === undefined ? { code: 'invalid_key', say: { hint: '***' } } : listModels(snapshot, caller, model, surface)
    },
    failed: (call, cause) => log.error(`call ${call} failed`, cause),
  }
}

interface Draining {
  readonly base: Base
  readonly state: NodeState
  readonly listening: Listening
  readonly skew: SkewWatch
  readonly gateway: GatewayNode
  readonly control: ControlNode | undefined
  readonly terms: TermsNode
  readonly stop: () => void
}

async function drain({ base, state, listening, skew, gateway, control, terms, stop }: Draining): Promise<void> {
  const { config, log, hosted, store } = base
  const untilIdle = async (ms: number): Promise<void> => {
    const deadline = clock.monotonic() + ms
    while (state.openCalls > 0 && clock.monotonic() < deadline) await sleep(timers, 20)
  }
  state.draining = true
  const closed = listening.close()
  await untilIdle(config.drainMs)
  listening.cut()
  await untilIdle(settleMs)
  await closed
  skew.stop()
  await gateway.flush()
  await control?.posting.flush().catch((cause: unknown) => log.error('posting failed', cause))
  control?.posting.stop()
  await control?.api.close()
  await gateway.close()
  await terms.terms.stop()
  stop()
  await hosted.close()
  await store.close()
}
