/**
 * From a seed to what a run is made of: installation, workload, and which kinds of trouble it has. Each run has a few kinds
 * of trouble only, so that every combination of few kinds is met often.
 */
import { decimal } from '../../src/kernel/decimal.ts'
import { buildSnapshot, type Installation } from '../../src/gateway/build-snapshot.ts'
import { modelSchema, organizationSchema, providerSchema } from '../../src/gateway/resources.ts'
import type { Snapshot } from '../../src/gateway/snapshot.ts'
import type { Meter } from '../../src/kernel/meters.ts'
import type { PriceRow } from '../../src/ledger/price.ts'
import { priceRowId } from '../../src/ledger/price-book.ts'
import { providerType } from '../../src/providers/catalogue.ts'
import { drawFrom, type Draw } from './draw.ts'

export type Trouble =
  | 'upstream-faults' | 'clients-leave' | 'slow-clients' | 'node-crash' | 'journal-lost' | 'journal-copied' | 'database-down' | 'lost-answers' | 'database-restored'
  | 'clock-jumps' | 'repeated-shipments' | 'slow-database' | 'disk-full'

export interface Plan {
  readonly seed: number
  readonly draw: Draw
  readonly troubles: ReadonlySet<Trouble>
  readonly nodes: number
  readonly calls: number
  /** Milliseconds over which calls arrive. */
  readonly horizonMs: number
  /** Wall clock at the start. */
  readonly epoch: number
  readonly keys: readonly string[]
  readonly models: readonly string[]
  readonly snapshot: Snapshot
  readonly prices: readonly PriceRow[]
  /** One budget that many small calls are to spend to the last. */
  readonly exhaust: boolean
}

export type PriceFact = readonly [model: string, meter: Meter, perToken: string]

/** What a token costs, per model as the price list knows it. The auditor reads this table too, and nothing else of the price book. */
export const priceFacts: readonly PriceFact[] = [
  ['small', 'input', '0.00000015'], ['small', 'cached_input', '0.000000075'], ['small', 'output', '0.0000006'],
  ['large', 'input', '0.000002'], ['large', 'cached_input', '0.0000005'], ['large', 'output', '0.0000080003'],
  ['thinker', 'input', '0.000003'], ['thinker', 'cached_input', '0.0000003'], ['thinker', 'cache_write', '0.00000375'], ['thinker', 'output', '0.000015'],
]

const priceRows: readonly PriceRow[] = priceFacts.map(([model, meter, perToken]) => {
  const row = { list: 'sim', model, meter, tier: 'default', regionClass: 'any', aboveInput: 0, currency: 'USD', unitPrice: decimal(perToken), effectiveFrom: 0, recordedAt: 0, source: 'simulation' }
  return { id: priceRowId(row), ...row }
})

export const providers = {
  'first': providerSchema.parse({ type: 'openai', baseUrl: 'http://first.test/v1', apiKey: 'first', prices: 'sim' }),
  'second': providerSchema.parse({ type: 'openai-compatible', baseUrl: 'http://second.test/v1', apiKey: 'second', prices: 'sim' }),
  'third': providerSchema.parse({ type: 'anthropic', baseUrl: 'http://third.test', apiKey: 'third', prices: 'sim' }),
} as const

export const modelNames = ['small', 'large', 'thinker'] as const

function modelOf(draw: Draw, name: string): ReturnType<typeof modelSchema.parse> {
  const names = Object.keys(providers).toSorted(() => draw.real(-1, 1)).slice(0, draw.whole(1, 3))
  return modelSchema.parse({
    deployments: names.map((provider, index) => ({ provider, model: `${name}-${provider}`, pricedAs: name, id: `${provider}/${name}`, group: draw.chance(0.5) ? 0 : index })),
    contextWindow: 4_000, outputMax: draw.one([200, 400]),
    timeouts: { connectMs: 1_000, firstByteMs: 3_000, idleMs: 2_000, totalMs: 15_000 },
    retries: { attemptsMax: draw.whole(1, 4), backoffMs: 100, backoffMaxMs: 1_000 },
    whenClientLeaves: { stream: draw.one(['cancel', 'drain']), plain: draw.one(['cancel', 'drain']), drainMaxMs: draw.one([500, 5_000]) },
  })
}

const dollars = (draw: Draw, low: number, high: number): string => draw.real(low, high).toFixed(6)

/** One organization with its projects and keys; amounts are a few worst cases, so that budgets run out in some runs. */
function organizationsOf(draw: Draw, exhaust: boolean): { readonly installation: Pick<Installation, 'organizations' | 'projects' | 'keys'>; readonly secrets: readonly string[] } {
  const organizations = new Map<string, ReturnType<typeof organizationSchema.parse>>()
  const projects = new Map<string, Record<string, unknown>>()
  const keys: Installation['keys'][number][] = []
  const scale = draw.one([0.6, 3, 30])
  const budget = (share: number, period: 'day' | 'month' | 'total'): Record<string, unknown> => ({ budget: { amount: dollars(draw, 0.005 * share * scale, 0.02 * share * scale), currency: 'USD', period, timeZone: 'UTC', thresholds: ['0.5', '1'] } })
  for (let o = 1; o <= (exhaust ? 1 : draw.whole(1, 2)); o += 1) {
    organizations.set(`org${o}`, organizationSchema.parse(exhaust ? { budget: { amount: '0.004', period: 'total' } } : draw.chance(0.8) ? budget(1, draw.one(['total', 'day', 'month'])) : {}))
    for (let p = 1; p <= draw.whole(1, 2); p += 1) {
      projects.set(`org${o}/p${p}`, { ...(!exhaust && draw.chance(0.4) ? budget(0.6, draw.one(['total', 'day'])) : {}), capture: 'none' })
      for (let k = 1; k <= draw.whole(1, 2); k += 1) {
        const id = `key_${o}${p}${k}`
        keys.push({ id, name: id, organization: `org${o}`, project: `p${p}`, hash: `secret-${id}`, revokedAt: undefined, ...(!exhaust && draw.chance(0.3) ? budget(0.4, 'total') : {}) } as Installation['keys'][number])
      }
    }
  }
  return { installation: { organizations, projects: projects as unknown as Installation['projects'], keys }, secrets: keys.map((key) => key.hash) }
}

const troubleChances: Readonly<Record<Trouble, number>> = {
  'upstream-faults': 0.75, 'clients-leave': 0.6, 'slow-clients': 0.3, 'node-crash': 0.35, 'journal-lost': 0.12, 'journal-copied': 0.08, 'database-down': 0.25, 'lost-answers': 0.25,
  'database-restored': 0.1, 'clock-jumps': 0.12, 'repeated-shipments': 0.25, 'slow-database': 0.3, 'disk-full': 0.05,
}

/** Trouble that is neither the nodes' nor the database's: where there is no other, a refusal must be right. */
export const outside: ReadonlySet<Trouble> = new Set(['upstream-faults', 'clients-leave', 'slow-clients'])

export function planOf(seed: number, only?: readonly Trouble[]): Plan {
  const draw = drawFrom(seed)
  const exhaust = only === undefined && draw.chance(0.015)
  const drawn = (Object.keys(troubleChances) as Trouble[]).filter((trouble) => draw.chance(troubleChances[trouble]))
  const troubles = new Set<Trouble>(exhaust ? [] : only ?? (draw.chance(0.3) ? drawn.filter((trouble) => outside.has(trouble)) : drawn))
  // Two of these disasters at once lose records for good, or leave nobody able to tell which copy's they were.
  const disasters = (['database-restored', 'journal-lost', 'journal-copied'] as const).filter((trouble) => troubles.has(trouble))
  for (const trouble of disasters.slice(1)) troubles.delete(trouble)
  const shape = draw.branch('installation')
  const { installation, secrets } = organizationsOf(shape, exhaust)
  const models = new Map(modelNames.map((name) => [name, modelOf(shape.branch(name), name)]))
  const snapshot = buildSnapshot(
    { version: 1, createdAt: 0, providers: new Map(Object.entries(providers)), models, ...installation } as Installation,
    { providerType, modelFacts: () => undefined },
  )
  // Some runs cross the end of a day and of a month.
  const epoch = Date.UTC(2026, 2, 31, 12) + (draw.chance(0.3) ? 12 * 3_600_000 - draw.whole(1_000, 8_000) : 0)
  return {
    seed, draw, troubles, exhaust, epoch, snapshot, prices: priceRows, keys: secrets, models: [...modelNames],
    nodes: draw.whole(1, 3), calls: exhaust ? 0 : draw.whole(5, 24), horizonMs: draw.whole(1_000, 12_000),
  }
}
