/** Signals of the misuse detector: score cards with their error rates, one click to clear one under a registered use case, clusters of keys. */
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { readRegister } from '../../terms/register/record-store.ts'
import { errorRates } from '../../terms/detection/error-rates.ts'
import { casesPerDay, clearSignal } from '../../terms/detection/raise-signal.ts'
import { threshold } from '../../terms/detection/score-card.ts'
import { readClusters, readSignal, readSignals, readTally, type Signal } from '../../terms/detection/sketch-store.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql } from '../terms-desk.ts'
import { type Api, Failed, notFound } from './reply.ts'

const tags = ['signals']
const dayMs = 86_400_000
const states = ['waiting', 'open', 'case', 'cleared'] as const

const rate = z.object({ what: z.string(), hits: z.number(), of: z.number(), low: z.number(), high: z.number().describe('95 % interval.') })
const rates = z.object({ measured: z.string(), falseAlarms: z.array(rate).describe('Ordinary windows that were flagged.'), detection: z.array(rate).describe('Windows of distillation that were flagged.') })
const deviations = z.number().nullable()

const card = z.object({
  kind: z.enum(['key', 'project', 'cluster']), keys: z.array(z.string()), purpose: z.string().nullable(), calls: z.number(), tokens: z.number(),
  score: deviations.describe('Standard deviations of the farthest window.'), threshold: z.number(), accumulated: z.number().describe('Sum of small differences; 8 raises a signal.'),
  windows: z.array(z.object({ size: z.number(), own: deviations.describe('From its own past.'), purpose: deviations.describe('From others under the same purpose.'), score: deviations.describe('The smaller of both.') })),
  reference: z.object({ own: z.number(), purpose: z.number(), accepted: z.number() }).describe('Prompts that it was compared with; accepted changes.'),
  techniques: z.array(z.object({ name: z.string(), says: z.string(), hits: z.number(), of: z.number(), low: z.number(), high: z.number(), hit: z.boolean() })),
  rhythm: z.object({ variation: z.number().nullable(), hours: z.number(), pinned: z.number(), machine_like: z.boolean() }),
  sharing: z.object({ networks: z.number(), switching: z.number(), shared: z.boolean() }), harvesting_settings: z.number(),
  mismatch: z.array(z.string()).describe('What does not fit the declared purpose.'), verdict: z.enum(['quiet', 'signal', 'case']), says: z.array(z.string()),
})

const view = z.object({
  id: z.string(), subject: z.string(), organization: z.string(), project: z.string().nullable(), state: z.enum(states).describe('waiting: it would be a case, and the day\'s cases are full.'), raised: z.string(), updated: z.string(),
  rank: z.number().describe('Tokens times severity of the clause.'), case: z.string().nullable(), cleared: z.object({ under: z.string(), by: z.string(), at: z.string(), says: z.string() }).nullable(), card, error_rates: rates,
})

const orNull = (value: number | undefined): number | null => value ?? null

function shown(signal: Signal): z.infer<typeof view> {
  const { card: given, cleared } = signal
  return {
    id: signal.id, subject: signal.subject, organization: signal.organization, project: given.subject.project ?? null, state: signal.state, raised: isoTime(signal.raisedMs), updated: isoTime(signal.updatedMs), rank: signal.rank, case: signal.caseId ?? null,
    cleared: cleared === undefined ? null : { under: cleared.under, by: cleared.by, at: isoTime(cleared.atMs), says: cleared.says },
    card: {
      kind: given.subject.kind, keys: [...given.subject.keys], purpose: given.purpose ?? null, calls: given.calls, tokens: given.tokens, score: orNull(given.score), threshold, accumulated: given.accumulated,
      windows: given.windows.map(({ size, own, purpose, score }) => ({ size, own: orNull(own), purpose: orNull(purpose), score: orNull(score) })), reference: given.reference,
      techniques: given.techniques.map(({ name, says, hits, of, low, high, hit }) => ({ name, says, hits, of, low, high, hit })),
      rhythm: { variation: orNull(given.rhythm.variation), hours: given.rhythm.hours, pinned: given.rhythm.pinned, machine_like: given.rhythm.machineLike }, sharing: given.sharing, harvesting_settings: given.harvestingSettings,
      mismatch: [...given.mismatch], verdict: given.verdict, says: [...given.says],
    },
    error_rates: { measured: errorRates.measured, falseAlarms: [...errorRates.falseAlarms], detection: [...errorRates.detection] },
  }
}

const params = z.object({ signal: z.string() })

function readRoutes(api: Api, { store, clock }: AdminPorts): void {
  const query = z.object({ organization: z.string().optional(), state: z.enum(states).optional(), limit: z.coerce.number().int().min(1).max(500).default(100) })
  const coverage = z.object({ calls: z.number(), sketched: z.number(), thinned: z.number().describe('Beyond the sample of a key and minute.'), dropped: z.number().describe('The queue was full.'), unread: z.number().describe('No text in them.') })
  const list = z.object({ data: z.array(view), threshold: z.number(), cases_per_day: z.number(), coverage: coverage.describe('Calls since yesterday, and what of them was looked at.'), error_rates: rates })
  api.get('/admin/v1/signals', { schema: { tags, summary: 'Signals with their score cards, the most urgent first', querystring: query, response: { 200: list } } }, async (request) => {
    const { organization, state, limit } = request.query
    const found = await readSignals(adminSql(store), { limit, ...(organization === undefined ? {} : { organization }), ...(state === undefined ? {} : { state }) })
    return { data: found.map(shown), threshold, cases_per_day: casesPerDay, coverage: await readTally(adminSql(store), clock.now() - dayMs), error_rates: { measured: errorRates.measured, falseAlarms: [...errorRates.falseAlarms], detection: [...errorRates.detection] } }
  })
  api.get('/admin/v1/signals/:signal', { schema: { tags, summary: 'A signal with its score card', params, response: { 200: view } } }, async (request) => {
    const found = await readSignal(adminSql(store), request.params.signal)
    if (found === undefined) throw notFound(`no signal ${request.params.signal}: weir signals list`)
    return shown(found)
  })
  const cluster = z.object({ id: z.string(), keys: z.array(z.string()), links: z.object({ template: z.number(), end_user: z.number(), burst: z.number() }), at: z.string() })
  api.get('/admin/v1/clusters', { schema: { tags, summary: 'Keys that act as one, by what links them: a template, an end user, a burst of new keys. Joining accuses nobody', response: { 200: z.object({ data: z.array(cluster) }) } } }, async () => ({
    data: (await readClusters(adminSql(store))).map(({ id, keys, links, atMs }) => ({ id, keys: [...keys], links: { template: links.template ?? 0, end_user: links['end-user'] ?? 0, burst: links.burst ?? 0 }, at: isoTime(atMs) })),
  }))
}

export function signalsApi(api: Api, ports: AdminPorts): void {
  readRoutes(api, ports)
  const { store, clock } = ports
  const body = z.strictObject({ purpose: z.string().min(1).describe('The registered use case that explains it.'), says: z.string().min(1).max(2_000).default('A change of a registered use case.') })
  api.post('/admin/v1/signals/:signal/clear', { schema: { tags, summary: 'Clear a signal under a registered use case: the same change does not signal again', params, body, response: { 200: view } } }, async (request) => {
    const id = request.params.signal
    const register = await readRegister(adminSql(store))
    const cleared = await store.transaction('admin', (sql) => clearSignal(sql, id, { register, ...request.body, actor: request.actor ?? 'console', atMs: clock.now() }))
    switch (cleared.status) {
      case 'cleared': return shown(cleared.signal)
      case 'unknown': throw notFound(`no signal ${id}: weir signals list`)
      case 'refused': throw new Failed(cleared.code === 'not_registered' ? 422 : 409, cleared.code, cleared.says)
    }
  })
}
