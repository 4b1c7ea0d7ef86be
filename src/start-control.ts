/** The control half of a node: posting, admin API, metrics page. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { adminApi, type AdminApi } from './admin/api.ts'
import { makeMetrics, type Gauges, type InstallationFigures, type Metrics } from './admin/metrics.ts'
import type { AdminPorts } from './admin/ports.ts'
import type { ConsoleFiles } from './http/console-files.ts'
import type { Clock } from './kernel/clock.ts'
import type { Pause } from './kernel/slices.ts'
import { postPending, type Posted, type Prove } from './ledger/post.ts'
import { lossAccounting } from './ledger/quarantine.ts'
import type { PriceBook } from './ledger/price.ts'
import { runPosting, type Posting } from './ledger/run-posting.ts'
import type { DetectPorts } from './terms/detection/detect.ts'
import { reckonElsewhere, type Reckoned } from './terms/detection/reckon.ts'
import { controlJobs, runJobs } from './run-jobs.ts'
import { seekLeadership } from './store/leadership.ts'
import type { Store } from './store/store.ts'
import { verifierPage } from './terms/verifier/page.ts'
import { termsJobs } from './terms-work.ts'

/** Records that one posting run takes before it looks whether others wait. */
const postingRun = 20_000

const nothingPosted: Posted = { posted: 0, quarantined: 0, remaining: 0 }

export interface ControlOptions extends Omit<AdminPorts, 'version' | 'wake'> {
  /** This process's id, under which it leads or does not. */
  readonly node: string
  readonly failing: (what: string) => (cause: unknown) => void
  readonly book: () => PriceBook
  readonly prove: Prove
  /** Between the slices of a page that is posted. */
  readonly pause: Pause
}

export interface ControlNode {
  readonly leads: () => boolean
  readonly runsJobs: () => boolean
  readonly posting: Posting
  readonly api: AdminApi
  /** Posts what was shipped, gives up what it leads, closes. */
  readonly stop: () => Promise<void>
}

/** Weir's own version, from the package. */
export const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** What the misuse detector is handed: makers of models, and where its signals are told. */
const detection = ({ store, clock, resources, terms, raise }: ControlOptions, reckon: Reckoned): DetectPorts => ({
  store, clock, reckon, makeId: resources.ports.makeId, makerOf: (model) => terms.offers().find((offer) => offer.model === model)?.maker,
  raised: ({ id, subject, state, caseId }) => raise('misuse-signal', id, { subject, state, ...(caseId === undefined ? {} : { case: caseId }) }),
})

export async function startControl(options: ControlOptions): Promise<ControlNode> {
  const { store, clock, timers, pause, book, prove, failed, failing, node } = options
  // Any number of nodes may post at once; one is enough, and none overtakes another.
  const leader = await seekLeadership({ store, clock, timers, duty: 'control', holder: node, failed: failing('seeking to lead') })
  // What falls due is for a node whose clock is right; posting goes by the instants of the records, and waits for nobody.
  const due = await seekLeadership({ store, clock, timers, duty: 'jobs', holder: node, fit: () => options.clockFault() === undefined, failed: failing('seeking to lead the jobs') })
  const post = (): Promise<Posted> => postPending(store, book(), postingRun, clock, pause, prove)
  const posting = runPosting({ clock, timers, post: async () => (leader.leads() ? post() : nothingPosted), posted: options.live.posted, failed: failing('posting') })
  const terms = termsJobs(options)
  const reckon = reckonElsewhere()
  const jobs = runJobs({ timers, leads: due.leads, jobs: [...controlJobs(detection(options, reckon), options.resources), ...terms.jobs], failed })
  const api = await adminApi({ ...options, version, wake: posting.wake })
  return {
    leads: leader.leads,
    runsJobs: due.leads,
    posting,
    api,
    stop: async () => {
      // Whoever leads: what this node has shipped is posted before it goes, so that its leases can end.
      await posting.flush().then(async () => { while ((await post()).remaining > 0); }).catch(failing('posting'))
      posting.stop()
      await jobs.stop()
      await terms.close()
      await reckon.close()
      await Promise.all([leader.stop(), due.stop()])
      await api.close()
    },
  }
}

const noFigures: InstallationFigures = { nodes: {}, budgets: [], spendAnomalies: 0 }

/** Metrics with the books' own counts, read when they are asked for and at most once a second. */
export function nodeMetrics(store: Store, clock: Clock, gauges: Omit<Gauges, 'loss' | 'installation' | 'waiting'>): Metrics {
  let loss: Readonly<Record<string, number>> = {}
  let figures = noFigures
  let readAt = Number.NEGATIVE_INFINITY
  const metrics = makeMetrics({ ...gauges, loss: () => loss, installation: () => figures, waiting: store.waiting })
  return {
    ...metrics,
    text: async () => {
      if (clock.monotonic() - readAt > 1_000) {
        readAt = clock.monotonic()
        const { journal: _all, ...counts } = (await lossAccounting(store)).at(-1) ?? { journal: 'all' }
        loss = counts
        figures = await installationFigures(store)
      }
      return metrics.text()
    },
  }
}

async function installationFigures(store: Store): Promise<InstallationFigures> {
  const nodes = await store.query<{ role: string; count: string }>('admin', "SELECT role, count(*) AS count FROM node WHERE seen_at > clock_timestamp() - interval '10 seconds' GROUP BY role")
  const budgets = await store.query<{ budget: string; used: string }>('admin', `
    SELECT budget, (posted + leased) / limit_picos AS used FROM budget_period
    WHERE limit_picos > 0 AND (ends_ms IS NULL OR ends_ms > extract(epoch FROM clock_timestamp()) * 1000) ORDER BY 2 DESC, 1 LIMIT 20`)
  const [anomalies] = await store.query<{ count: string }>('admin', `
    SELECT count(DISTINCT subject) AS count FROM event WHERE kind = 'spend-anomaly' AND at >= date_trunc('day', clock_timestamp(), 'UTC')`)
  return { spendAnomalies: Number(anomalies?.count ?? 0), nodes: Object.fromEntries(nodes.map(({ role, count }) => [role, Number(count)])), budgets: budgets.map(({ budget, used }) => ({ budget, used: Number(used) })) }
}

export interface PageOptions {
  readonly api: AdminApi | undefined
  /** Undefined where there is no admin API for it to talk to. */
  readonly console: ConsoleFiles | undefined
  readonly metrics: Metrics
  /** Why it should get no calls now; undefined where it should. */
  readonly unready: () => string | undefined
  readonly failed: (what: string, cause: unknown) => void
}

/** Everything that is not a call: admin API, console, metrics, health. */
export function pages({ api, console, metrics, unready, failed }: PageOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const text = (response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void => void response.writeHead(status, { 'content-type': type }).end(body)
  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path === '/healthz') return text(response, 200, 'ok\n')
    if (path === '/readyz') {
      const why = unready()
      return why === undefined ? text(response, 200, 'ready\n') : text(response, 503, `not ready: ${why}\n`)
    }
    if (path === '/metrics') {
      metrics.text().then((body) => text(response, 200, body, metrics.contentType), (cause: unknown) => {
        failed('metrics', cause)
        text(response, 503, 'the database does not answer\n')
      })
      return
    }
    // Whoever gets a proof of ours may check it here, or save the page and check it without us.
    if (path === '/verify') return text(response, 200, verifierPage(), 'text/html; charset=utf-8')
    if (api !== undefined && api.serves(path)) return api.handle(request, response)
    if (console?.handle(request, response, path) === true) return
    const says = api === undefined ? 'This node serves calls only, at /v1, /openai and /v1/messages; the admin API is on the nodes that were started with --role control or --role all.' : 'See /api for the admin API; calls go to /v1, /openai and /v1/messages.'
    text(response, 404, JSON.stringify({ error: { message: `${request.method ?? ''} ${path} is not served here. ${says}`, type: 'invalid_request_error', param: null, code: 'unknown_path' } }), 'application/json')
  }
}
