/** Composition root: config → store → resources → gateway and control → listen → drain. Passes ports between neighbours. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureCliToken } from './admin/cli-token.ts'
import { firstStart, type FirstStart } from './admin/first-start.ts'
import { makeLiveFeed } from './admin/live-feed.ts'
import { installationOf, type State } from './admin/entries.ts'
import { operatorRows, resourceBook, type ResourceBook } from './admin/resources.ts'
import { openMasterKey, openPepper, type MasterKeyHolder } from './admin/secrets.ts'
import { announceNode } from './announce-node.ts'
import { callHandlers, noCallHandlers, objectionsUnder } from './call-handlers.ts'
import type { Config } from './config.ts'
import { makeBreaker } from './gateway/breaker.ts'
import { watchSnapshot, type CurrentSnapshot } from './gateway/current-snapshot.ts'
import { buildSnapshot } from './gateway/build-snapshot.ts'
import { openCalls, type OpenCalls } from './gateway/open-calls.ts'
import type { Observed, Ports } from './gateway/ports.ts'
import type { Snapshot } from './gateway/snapshot.ts'
import { hostProviders, type HostedProviders } from './host-providers.ts'
import { consoleFiles } from './http/console-files.ts'
import { listen, type Listening } from './http/listen.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { isoTime, systemClock } from './kernel/clock.ts'
import { idMaker, type MakeId } from './kernel/ids.ts'
import { politePause, type Pause } from './kernel/slices.ts'
import { systemRandom } from './kernel/random.ts'
import { hashSecret } from './kernel/sealing.ts'
import { sleep, systemTimers } from './kernel/timers.ts'
import { modelFacts } from './ledger/model-facts.ts'
import { priceBook, type ExtendablePriceBook } from './ledger/price-book.ts'
import { seedPriceRows } from './ledger/price-seed.ts'
import { makeLog, type NodeLog } from './log.ts'
import { providerType, providerTypes } from './providers/catalogue.ts'
import { liveTelemetry, type LiveTelemetry } from './open-telemetry.ts'
import { nodeMetrics, pages, startControl, version, type ControlNode } from './start-control.ts'
import { demoRunner } from './run-demo.ts'
import { startGateway, type GatewayNode } from './start-gateway.ts'
import { migrations } from './store/migrations/all.ts'
import { liveSettings, type LiveSettings } from './settings.ts'
import { startTerms, type TermsNode } from './start-terms.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { refusalText, stampOf, watchFile } from './watch-file.ts'
import { watchSkew } from './watch-skew.ts'

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

const clock = systemClock
const timers = systemTimers
const random = systemRandom

/** How much longer open calls get to settle after their connections were cut. */
const settleMs = 3_000

/** What every part of a node shares, opened in this order. */
interface Base {
  /** As it was at the start: what is in force of it now, `settings` says. */
  readonly config: Config
  readonly settings: LiveSettings
  readonly log: NodeLog
  readonly makeId: MakeId
  readonly store: Store
  readonly masterKey: MasterKeyHolder
  readonly pepper: Buffer
  readonly resources: ResourceBook
  readonly hosted: HostedProviders
  readonly firstStart: FirstStart | undefined
  readonly made: Running['made']
  readonly raise: Ports['raise']
  /** This process's id: a node that starts again is another one. */
  readonly node: string
  readonly failed: (what: string, cause: unknown) => void
  readonly failing: (what: string) => (cause: unknown) => void
}

async function openBase(config: Config, tell: TellSecrets): Promise<Base> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  const log = makeLog(config.logLevel)
  const shares = cannotShare(config)
  if (shares !== undefined) throw new CannotStart(shares)
  const masterKey = openMasterKey({ environment: config.masterKey, dataFolder: config.dataFolder, random })
  if ('failed' in masterKey) throw new CannotStart(masterKey.failed)
  const database = config.database === undefined ? { kind: 'embedded' as const, folder: join(config.dataFolder, 'database') } : { kind: 'postgres' as const, url: config.database }
  const store = await openStore({ database, clock, timers, migrations, onLost: (cause) => log.error('the database was lost', cause) })
  const pepper = await openPepper(store, masterKey.keyring(), random)
  if ('failed' in pepper) throw new CannotStart(pepper.failed)
  const makeId = idMaker(clock, random)
  const hosted = hostProviders()
  const resources = resourceBook({ store, keyring: masterKey.keyring, pepper, clock, random, makeId, catalogue: { providerType, modelFacts, hostedUrl: hosted.url }, providerTypes })
  // What an installation consists of is the business of its control nodes: a gateway takes it from the database.
  const controls = config.role !== 'gateway'
  const first = controls ? await firstStart(store, resources, { declared: config.file !== undefined }) : undefined
  tell({ firstStart: first, made: [] })
  const made = controls ? await applyFile(config, resources) : []
  tell({ firstStart: first, made })
  const failed = (what: string, cause: unknown): void => log.error(`${what} failed`, cause)
  return {
    config, settings: liveSettings(config), log, makeId, store, masterKey, pepper, resources, hosted, firstStart: first, made, raise: eventRaiser(store, makeId, log), node: makeId('node'),
    failed, failing: (what) => (cause) => failed(what, cause),
  }
}

/** Nodes of one installation share database and master key; a node that would make its own of either is refused. */
function cannotShare({ role, database, masterKey, dataFolder }: Config): string | undefined {
  if (role === 'all') return undefined
  if (database === undefined) return `--role ${role} is one of several nodes, and an embedded database has only one: name the PostgreSQL database that they share with --database`
  if (masterKey !== undefined || existsSync(join(dataFolder, 'master-key'))) return undefined
  return `--role ${role} is one of several nodes, and they share one master key: set WEIR_MASTER_KEY to that of the installation, which the file master-key in the data folder of its first node holds, or for a new one to 32 random bytes in base64`
}

async function applyFile({ file }: Config, resources: ResourceBook): Promise<Running['made']> {
  if (file === undefined) return []
  const done = await resources.apply(file.parsed.resources)
  if (done.status === 'applied') return done.made
  throw new CannotStart(refusalText(file.path, done))
}

/** Events are for people: one that cannot be written is logged, and stops nothing. */
function eventRaiser(store: Store, makeId: MakeId, log: NodeLog): Ports['raise'] {
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
async function watchInstallation({ settings, resources, hosted, store, log }: Base, follow: (snapshot: Snapshot) => Promise<void>, changed: (snapshot: Snapshot) => void): Promise<Installed> {
  let book = priceBook([])
  const load = async (): ReturnType<typeof loadSnapshot> => {
    const state = await resources.state()
    book = bookOf(state)
    const snapshot = await loadSnapshot(state, hosted)
    await follow(snapshot)
    return snapshot
  }
  const current = await watchSnapshot({ version: resources.version, load, clock, timers, staleAfterMs: () => settings.now().staleAfterMs, changed, unconfirmed: (cause) => log.warn('the snapshot could not be confirmed', cause) })
  const stopNotify = store.onNotify((payload) => {
    if (payload.startsWith('snapshot:') || payload === 'resync') void current.refresh()
  })
  return {
    current,
    book: () => book,
    stop: () => {
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

/** What is told once: also where the start fails after it was made, or nobody would ever know it. */
type TellSecrets = (secrets: Pick<Running, 'firstStart' | 'made'>) => void

/** Opens everything and listens. Throws `CannotStart` where a person has to do something first. */
export async function start(config: Config, tell: TellSecrets = () => undefined): Promise<Running> {
  const stamp = config.file === undefined ? undefined : stampOf(config.file.path)
  const base = await openBase(config, tell)
  const { log, settings, store, resources } = base
  const state: NodeState = { draining: false, leads: () => false, runsJobs: () => false, held: () => {}, observe: () => {}, wake: () => {}, impose: () => {}, review: () => {} }
  const open = openCalls()
  const pause = politePause(timers, () => open.count() > 0)
  const terms = await startTerms({ config, store, clock, timers, pause, random, keyring: base.masterKey.keyring, raise: base.raise })
  if ('failed' in terms) throw new CannotStart(terms.failed)
  const installation = await watchInstallation(base, terms.follow, (snapshot) => {
    state.impose()
    state.review(snapshot)
  })
  const { current } = installation
  const skew = await watchSkew(store, timers, base.raise, base.failing('comparing the clocks'))
  const telemetry = liveTelemetry({ node: base.node, version }, base.failing('sending telemetry'))
  const unsent = config.role === 'control' ? undefined : await telemetry.sendTo(config.otlpEndpoint)
  if (unsent !== undefined) throw new CannotStart(unsent)
  const gateway = config.role === 'control' ? undefined : await openGateway({ base, state, terms, installation, open, pause, telemetry })
  const breaker = gateway?.breaker ?? makeBreaker({ clock })
  state.impose = () => {
    for (const { account, says, ...penalty } of breaker.penalize(terms.penalties())) base.raise('account-penalized', account, { says, action: penalty.action, ...(Number.isFinite(penalty.untilMs) ? { until: isoTime(penalty.untilMs) } : {}) })
  }
  state.impose()
  const gauges = { unshipped: () => gateway?.carrier.unshipped() ?? 0, oldestUnshippedMs: () => gateway?.carrier.oldestUnshippedMs(), openCalls: open.count }
  const metrics = nodeMetrics(store, clock, {
    ...gauges, snapshotAgeMs: current.ageMs, snapshotVersion: () => current.get()?.version, refusesRecords: () => gateway?.journal.refusal() !== undefined, leaseRequests: () => gateway?.leases.sums().requests ?? 0,
    breakers: breaker.states, suspendedAccounts: () => breaker.suspensions().map(({ account }) => account), leads: () => state.leads(), runsJobs: () => state.runsJobs(),
  })
  state.held = metrics.held
  const live = makeLiveFeed(timers)
  state.observe = (seen) => {
    metrics.observe(seen)
    live.observe(seen)
    telemetry.observe(seen)
  }
  const reached: { url?: string } = {}
  const privateHosts = new Set(config.privateHosts)
  const demo = demoRunner(config.dataFolder, () => reached.url)
  const control = config.role === 'gateway' ? undefined : await startControl({
    ...base, ...installation, pause, clockFault: skew.says, signIn: () => settings.now().signIn, demo, resources: inForce(resources, current), timers, clock, live, breaker, prove: terms.prove, terms: terms.desk, snapshot: current.get, priceBook: installation.book, privateHosts,
    unshipped: () => ({ records: gauges.unshipped(), oldestMs: gauges.oldestUnshippedMs() }),
  })
  if (control !== undefined) Object.assign(state, { wake: control.posting.wake, leads: control.leads, runsJobs: control.runsJobs })
  const unready = (): string | undefined => {
    if (state.draining) return 'the node is stopping'
    return current.get() === undefined ? 'keys, prices and routes are not confirmed by the database' : gateway?.journal.refusal()?.message ?? skew.says()
  }
  const otherwise = pages({ api: control?.api, console: control === undefined ? undefined : consoleFiles(), metrics, unready, failed: base.failed })
  const calls = gateway === undefined ? noCallHandlers(log) : callHandlers({ gateway, current, skew, open, clock, log, store, makeId: base.makeId })
  const listening = await listen({ host: config.host, port: config.port, bodyLimitBytes: () => settings.now().bodyLimitBytes, clock, makeId: base.makeId, handlers: { ...calls, otherwise } })
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${listening.port}`
  reached.url = url
  const stopFile = followFile({ base, stamp, terms, telemetry, gateway, privateHosts })
  const cliToken = control === undefined ? undefined : await ensureCliToken(resources, config.dataFolder, url)
  const announced = await announceNode({
    store, timers, id: base.node, role: config.role, journalId: gateway?.journal.identity, failed: base.failing('announcing this node'),
    state: () => ({ snapshotVersion: current.get()?.version, openCalls: open.count(), unshipped: gauges.unshipped(), oldestUnshippedMs: gauges.oldestUnshippedMs() }),
  })
  return {
    url, port: listening.port, dataFolder: config.dataFolder, made: base.made, firstStart: base.firstStart, cliToken: cliToken === undefined || 'failed' in cliToken ? undefined : cliToken.path,
    drain: () => drain({ base, state, listening, open, gateway, control, stops: [stopFile, () => demo?.stop(), announced.stop, skew.stop], last: [terms.terms.stop, installation.stop, telemetry.stop] }),
  }
}

interface Followed {
  readonly base: Base
  readonly stamp: string | undefined
  readonly terms: TermsNode
  readonly telemetry: LiveTelemetry
  readonly gateway: GatewayNode | undefined
  readonly privateHosts: Set<string>
}

/** A changed weir.yaml comes in force: what is asked for at use by itself, the rest is told here. */
function followFile({ base, stamp, terms, telemetry, gateway, privateHosts }: Followed): () => void {
  const { config, settings, resources, log } = base
  if (config.file === undefined) return () => undefined
  settings.follow('logLevel', (level) => void log.setLevel(level))
  settings.follow('durability', (durability) => void gateway?.journal.setDurability(durability))
  settings.follow('witnesses', terms.witnessedBy)
  settings.follow('privateHosts', (hosts) => {
    // Readers hold this very set.
    privateHosts.clear()
    for (const host of hosts) privateHosts.add(host)
    return undefined
  })
  if (gateway !== undefined) settings.follow('otlpEndpoint', telemetry.sendTo)
  return watchFile({ file: config.file, stamp, config, settings, resources: config.role === 'gateway' ? undefined : resources, timers, log })
}

/** Who is told that a change was made may rely on it here: the answer waits until this node serves it. */
function inForce(resources: ResourceBook, current: CurrentSnapshot): ResourceBook {
  const served = async <T extends { readonly status: string }>(change: Promise<T>): Promise<T> => {
    const done = await change
    if (done.status === 'applied') await current.refresh()
    return done
  }
  return { ...resources, edit: (...args) => served(resources.edit(...args)), apply: (...args) => served(resources.apply(...args)) }
}

/** What changes while a node runs. */
interface NodeState {
  draining: boolean
  leads: () => boolean
  runsJobs: () => boolean
  held: (waitedMs: number) => void
  observe: (seen: Observed) => void
  /** Something was shipped: posting looks at once. */
  wake: () => void
  /** A snapshot came in force: accounts that suppliers penalize are taken out, or yield. */
  impose: () => void
  /** A snapshot came in force: open calls that it does not allow are cut. */
  review: (snapshot: Snapshot) => void
}

interface OpeningGateway {
  readonly base: Base
  readonly state: NodeState
  readonly terms: TermsNode
  readonly installation: Installed
  readonly open: OpenCalls
  readonly pause: Pause
  readonly telemetry: LiveTelemetry
}

async function openGateway({ base, state, terms, installation, open, pause, telemetry }: OpeningGateway): Promise<GatewayNode> {
  const { config, store, log, pepper, raise, failed } = base
  const gateway = await startGateway({
    node: base.node, config, clock, timers, pause, random, store, hashSecret: (secret) => hashSecret(pepper, secret), snapshot: installation.current.get, book: installation.book, permit: terms.permit, decided: terms.decided, keepContent: terms.keepContent, throttled: terms.throttled, watched: terms.watched,
    observe: (seen) => state.observe(seen), journalled: telemetry.journalled, held: (waitedMs) => state.held(waitedMs), raise, draining: () => state.draining, shipped: () => state.wake(), failed,
    refusal: (refusal) => refusal === undefined ? log.info('the journal takes records again') : log.error('this node makes no calls', refusal),
  })
  if (gateway.lost > 0) log.warn(`${gateway.lost} attempts were open when the last run ended; they are closed as lost and charged their holds`)
  state.review = (snapshot) => {
    const cut = open.review(objectionsUnder(snapshot, gateway))
    if (cut > 0) log.warn(`${cut} open calls were cut: version ${snapshot.version} has revoked their keys or what these may use`)
  }
  return gateway
}

interface Draining {
  readonly base: Base
  readonly state: NodeState
  readonly listening: Listening
  readonly open: OpenCalls
  readonly gateway: GatewayNode | undefined
  readonly control: ControlNode | undefined
  /** What stops before the journal is shipped, and what only after leases are given back. */
  readonly stops: readonly (() => void | Promise<void>)[]
  readonly last: readonly (() => void | Promise<void>)[]
}

async function drain({ base, state, listening, open, gateway, control, stops, last }: Draining): Promise<void> {
  const { settings, hosted, store } = base
  const until = async (done: () => boolean, ms: number): Promise<void> => {
    const deadline = clock.monotonic() + ms
    while (!done() && clock.monotonic() < deadline) await sleep(timers, 20)
  }
  state.draining = true
  const closed = listening.close()
  await until(() => open.count() === 0 && !listening.unsent(), settings.now().drainMs)
  listening.cut()
  await until(() => open.count() === 0, settleMs)
  await closed
  for (const stop of stops) await stop()
  await gateway?.flush()
  await control?.stop()
  await gateway?.close()
  for (const stop of last) await stop()
  await hosted.close()
  await store.close()
}
