/** One run: nodes, clients, provider and database in one process, trouble by plan, and the auditor beside them. */
import type { Call, Reply } from '../../src/gateway/call.ts'
import { handle } from '../../src/gateway/handle.ts'
import { memoryDisk, type MemoryDisk } from '../../src/journal/memory-journal.ts'
import type { PriceBook } from '../../src/ledger/price.ts'
import { Auditor, type Finding } from '../auditor.ts'
import { finalAudit } from '../final-audit.ts'
import { auditedLeases } from './audited-leases.ts'
import { wireTo, wishOf, type Wire, type Wish } from './client.ts'
import { ledgerOver, type Shelf, type Weather } from './database.ts'
import type { Draw } from './draw.ts'
import { requestOf } from './fixtures.ts'
import { bookOf, isUnavailable, startNode, type RunningNode } from './node.ts'
import { outside, priceFacts, type Plan } from './plan.ts'
import { planted, type WiringDefect } from './planted.ts'
import { nodeClock, simulatedTime, type SimulatedTime } from './simulated-time.ts'
import { planTroubles } from './troubles.ts'
import { simulatedProvider, type SimulatedProvider } from './upstream.ts'

export interface RunResult {
  readonly findings: readonly Finding[]
  readonly events: number
  readonly calls: number
  readonly attempts: number
  readonly refusals: number
}

/** A place where a node runs, from life to life. */
export interface Slot {
  readonly name: string
  readonly posts: boolean
  readonly clock: ReturnType<typeof nodeClock>
  disk: MemoryDisk
  life: number
  running: RunningNode | undefined
  /** Recovered from its last life: it takes calls. */
  listens: boolean
  /** The journal's disk failed: calls of this life cannot write down their end. */
  broken: boolean
  cut: () => void
  readonly wires: Set<Wire>
}

export class World {
  readonly plan: Plan
  readonly time: SimulatedTime
  readonly shelf: Shelf
  readonly auditor: Auditor
  readonly weather: Weather
  readonly provider: SimulatedProvider
  readonly slots: Slot[] = []
  readonly lost: MemoryDisk[] = []
  readonly crashed = new Set<MemoryDisk>()
  readonly faultDraw: Draw
  readonly #book: PriceBook
  readonly #defect: WiringDefect | undefined
  readonly #clientDraw: Draw
  /** Clients that wait for an answer or are about to try again. */
  clients = 0
  openCalls = 0
  calls = 0
  copied = false
  restored = false
  writtenOff = false
  #touched = false
  #disks = 0

  constructor(plan: Plan, shelf: Shelf, defect: WiringDefect | undefined) {
    this.plan = plan
    this.shelf = shelf
    this.#defect = defect
    this.time = simulatedTime()
    this.faultDraw = plan.draw.branch('faults')
    this.#clientDraw = plan.draw.branch('clients')
    this.#book = bookOf(plan.prices)
    const limits = new Map([...plan.snapshot.callers.values()].flatMap((caller) => caller.budgets.map((budget) => [budget.id, budget.limit] as const)))
    this.auditor = new Auditor({ limits, exact: !plan.troubles.has('database-restored') && !plan.troubles.has('journal-copied') })
    this.weather = {
      down: false, slow: plan.troubles.has('slow-database'), lost: plan.troubles.has('lost-answers') ? 0.08 : 0, repeated: plan.troubles.has('repeated-shipments') ? 0.3 : 0,
      touched: () => { this.#touched = true }, listeners: new Set(),
    }
    this.provider = simulatedProvider(this.time, plan.draw.branch('provider'), plan.troubles.has('upstream-faults'), plan.exhaust)
  }

  newDisk(): MemoryDisk {
    this.#disks += 1
    return memoryDisk(`journal_${this.#disks}`)
  }

  addSlot(disk: MemoryDisk, posts: boolean): Slot {
    const slot: Slot = { name: `node${this.slots.length + 1}`, posts, clock: nodeClock(this.time, this.plan.epoch), disk, life: 0, running: undefined, listens: false, broken: false, cut: () => {}, wires: new Set() }
    this.slots.push(slot)
    return slot
  }

  boot(slot: Slot): void {
    slot.life += 1
    slot.broken = Number.isFinite(slot.disk.room)
    const { life } = slot
    const draw = this.plan.draw.branch(`${slot.name}/${life}`)
    const alive = (): boolean => slot.life === life && slot.running !== undefined
    const { upstream, cut } = this.provider.lineFor(slot.name, (attempt) => this.auditor.dialled(slot.disk, attempt), alive)
    slot.cut = cut
    const ledger = ledgerOver(this.shelf, this.time, draw.branch('database'), this.weather, () => slot.life === life)
    const defect = this.#defect
    slot.running = startNode({
      name: slot.name, time: this.time, clock: slot.clock, random: draw.random, disk: slot.disk, upstream, snapshot: this.plan.snapshot, book: this.#book, posts: slot.posts, alive: () => slot.life === life,
      ledger: defect === 'recall-ignored' ? { ...ledger, onNotify: () => () => {} } : defect === 'last-record-not-shipped' ? { ...ledger, ship: (id, records, oldest) => ledger.ship(id, records.slice(0, -1), oldest).then(() => records.at(-1)?.sequence ?? 0) } : ledger,
      leavesOpen: defect === 'lost-not-closed',
      wrong: (cause) => { if (slot.life === life) this.wrong(slot, cause) },
    })
    slot.listens = false
    void slot.running.ready.then(() => { if (slot.life === life) slot.listens = true })
  }

  /** A cause that no trouble explains is a finding. */
  wrong(slot: Slot, cause: unknown): void {
    if (isUnavailable(cause) || (slot.broken && String(cause).includes('journal'))) return
    const text = cause instanceof Error ? `${cause.stack ?? cause.message}` : String(cause)
    this.auditor.find('C1', `${slot.name} met what must not happen: ${text}`)
  }

  kill(slot: Slot): void {
    if (slot.running === undefined) return
    slot.running.journal.crash()
    slot.running = undefined
    slot.life += 1
    slot.cut()
    this.crashed.add(slot.disk)
    for (const wire of slot.wires) wire.sever()
    this.openCalls -= slot.wires.size
    slot.wires.clear()
    this.auditor.look([slot.disk])
    this.auditor.died(slot.name)
  }

  /** A client's call with its retries. */
  async client(wish: Wish): Promise<'answered' | 'refused' | 'broken'> {
    this.clients += 1
    return this.#call(wish, 1).finally(() => { this.clients -= 1 })
  }

  /** One try of a client; resolves when the client has its answer or has lost patience. */
  async #call(wish: Wish, tries: number): Promise<'answered' | 'refused' | 'broken'> {
    const listening = this.slots.filter((slot) => slot.running !== undefined && slot.listens)
    const slot = listening.length === 0 ? undefined : this.#clientDraw.one(listening)
    if (slot?.running === undefined) return this.#again(wish, tries)
    const { running } = slot
    const id = running.makeId('call')
    const wire = wireTo(this.time, this.#clientDraw.branch(id), wish, () => this.auditor.answered(slot.disk, id))
    this.calls += 1
    this.openCalls += 1
    slot.wires.add(wire)
    const leases = auditedLeases(running.ports.leases, { auditor: this.auditor, disk: slot.disk, node: slot.name, call: id, strict: this.#strict(), sound: () => !slot.broken })
    const ports = planted({ ...running.ports, leases }, this.#defect, wire)
    const reply = await this.#handled(slot, wire, this.#callOf(id, slot, wish, wire), ports)
    if (slot.wires.delete(wire)) this.openCalls -= 1
    const outcome = reply.status === 'fault' ? (reply.fault.code === 'budget_exhausted' ? 'refused' : 'broken') : wire.ended() && (wire.status() ?? 500) < 400 ? 'answered' : 'broken'
    return outcome === 'broken' ? this.#again(wish, tries) : outcome
  }

  async #again(wish: Wish, tries: number): Promise<'answered' | 'refused' | 'broken'> {
    if (tries >= wish.triesMax) return 'broken'
    await new Promise<void>((resolve) => void this.time.after(this.#clientDraw.real(10, 800), resolve))
    return this.#call({ ...wish, leaves: { when: 'never' } }, tries + 1)
  }

  #strict(): boolean {
    return this.plan.exhaust || [...this.plan.troubles].every((trouble) => outside.has(trouble))
  }

  async #handled(slot: Slot, wire: Wire, call: Call, ports: RunningNode['ports']): Promise<Reply> {
    const { life } = slot
    // A dead node never answers: its client finds out.
    const severed = wire.severed.then((): Reply => ({ status: 'fault', fault: { code: 'internal', say: {} }, attempts: 0 }))
    const answered = handle(call, ports).catch((cause: unknown): Reply => {
      if (slot.life === life) this.wrong(slot, cause)
      return { status: 'fault', fault: { code: 'internal', say: {} }, attempts: 0 }
    })
    return Promise.race([answered, severed])
  }

  #callOf(id: string, slot: Slot, wish: Wish, wire: Wire): Call {
    const operation = wish.format
    const dialect = wish.format === 'chat' ? 'openai-chat' : wish.format === 'responses' ? 'openai-responses' : 'anthropic-messages'
    return {
      id, received: slot.clock.now(), started: slot.clock.monotonic(), surface: wish.format === 'messages' ? 'anthropic' : 'openai', operation, dialect, secret: wish.key, modelInPath: undefined,
      body: requestOf(wish.format, wish), contentType: 'application/json', headers: {}, sink: wire.sink,
    }
  }

  readonly settled = async (): Promise<void> => {
    this.auditor.look(this.slots.map((slot) => slot.disk))
    if (!this.#touched) return
    this.#touched = false
    this.auditor.budgetsSeen(await this.shelf.budgets())
  }

  async passUntil(done: () => boolean, capMs: number, stepMs = 250): Promise<boolean> {
    const cap = this.time.now() + capMs
    while (!done() && this.time.now() < cap) await this.time.runUntil(this.time.now() + stepMs, this.settled)
    return done()
  }
}

function startClients(world: World): void {
  const { plan, time } = world
  const draw = plan.draw.branch('workload')
  const troubles = { leave: plan.troubles.has('clients-leave'), slow: plan.troubles.has('slow-clients') }
  for (let index = 0; index < plan.calls; index += 1) {
    const wish = wishOf(draw, plan.keys, plan.models, troubles)
    time.after(draw.real(0, plan.horizonMs), () => void world.client(wish))
  }
}

/** Several clients spend one budget with small calls until each is refused twice in a row. */
function startSpenders(world: World): { readonly running: () => number } {
  const { plan } = world
  let running = 3
  const spend = async (key: string): Promise<void> => {
    const wish: Wish = { key, model: 'small', format: 'chat', text: 'hi', outputMax: 16, stream: false, usageAsked: true, leaves: { when: 'never' }, slow: false, triesMax: 1_000 }
    for (let refused = 0; refused < 2;) {
      if ((await world.client(wish)) === 'refused') {
        refused += 1
        await new Promise<void>((resolve) => void world.time.after(1_200, resolve))
      } else refused = 0
    }
    running -= 1
  }
  for (let index = 0; index < running; index += 1) void spend(plan.keys[index % plan.keys.length] ?? '')
  return { running: () => running }
}

/** After the trouble: what can come back comes back, every call ends, everything is shipped, given back and posted. */
async function comeToRest(world: World): Promise<void> {
  const { weather, slots, auditor, shelf } = world
  Object.assign(weather, { down: false, slow: false, lost: 0, repeated: 0 })
  for (const listener of [...weather.listeners]) listener('resync')
  for (const slot of slots) {
    slot.disk.room = Infinity
    if (slot.broken) world.kill(slot)
    if (slot.running === undefined) world.boot(slot)
  }
  if (!(await world.passUntil(() => world.clients === 0 && world.openCalls === 0, 200_000, 500))) auditor.find('C1', `${world.openCalls} calls hang`)
  await world.passUntil(() => false, 8_000, 1_000)
  let open = slots.length
  for (const slot of slots) void stopNode(world, slot).then(() => (open -= 1))
  if (!(await world.passUntil(() => open === 0, 30_000))) auditor.find('C3', `${open} nodes do not come to rest`)
  const book = bookOf(world.plan.prices)
  for (let left = 1; left > 0;) left = (await shelf.ledger.post(book, 20_000)).remaining
}

async function stopNode(world: World, slot: Slot): Promise<void> {
  const { running } = slot
  if (running === undefined) return
  await running.ready
  await running.carrier.flush().catch((cause: unknown) => world.wrong(slot, cause))
  await running.posting?.flush().catch((cause: unknown) => world.wrong(slot, cause))
  running.carrier.stop()
  await new Promise<void>((resolve) => void world.time.after(2_500, resolve))
  await running.leases.stop().catch((cause: unknown) => world.wrong(slot, cause))
  running.posting?.stop()
}

export async function runWorld(plan: Plan, shelf: Shelf, defect?: WiringDefect): Promise<RunResult> {
  const world = new World(plan, shelf, defect)
  const { auditor } = world
  for (let index = 0; index < plan.nodes; index += 1) world.boot(world.addSlot(world.newDisk(), index === 0 || plan.draw.chance(0.5)))
  const spenders = plan.exhaust ? startSpenders(world) : undefined
  startClients(world)
  planTroubles(world)
  if (spenders === undefined) await world.passUntil(() => false, plan.horizonMs + 500, plan.horizonMs + 500)
  else if (!(await world.passUntil(() => spenders.running() === 0, 400_000, 1_000))) auditor.find('C2', 'a budget is not spent in time')
  await comeToRest(world)
  await world.settled()
  const books = await shelf.books()
  if (plan.exhaust) {
    for (const [key, { limit, owed }] of auditor.owed()) if (owed * 100n < limit * 99n) auditor.find('C2', `only ${owed} of budget ${key} (${limit}) could be spent`)
  }
  auditor.judgeRefusals()
  finalAudit(auditor, {
    books, bill: world.provider.bill, disks: world.slots.map((slot) => slot.disk), lost: world.lost, crashed: world.crashed, prices: priceFacts,
    copied: world.copied, restored: world.restored, writtenOff: world.writtenOff,
  })
  return { findings: auditor.findings, events: world.time.events(), calls: world.calls, attempts: world.provider.bill.length, refusals: auditor.refusals }
}
