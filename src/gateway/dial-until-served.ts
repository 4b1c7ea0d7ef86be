/**
 * Steps 5 to 8: dial the candidates in order until one has served. Each attempt is journalled before it is dialled; the
 * hold is raised before a dial that comes after an attempt which may have been billed; what was delivered to the client
 * is never tried again.
 */
import type { Exchange } from '../dialects/dialect.ts'
import { headerText, type Headers } from '../dialects/headers.ts'
import { NotRecorded, type AttemptRecord } from '../journal/record.ts'
import type { Counts } from '../kernel/meters.ts'
import { isExhausted, type Hold } from '../ledger/lease.ts'
import { exhaustedFault, orSilence, type Admitted } from './admit.ts'
import { runAttempt, secretIn, type Ended, type Failure, type Settled } from './attempt.ts'
import type { Call, Fault, Reply } from './call.ts'
import { fault, isFault, withoutStop, type Candidate, type Intent } from './intent.ts'
import type { Decided, Ports, StoredResponse } from './ports.ts'
import { settlement, type Settlement } from './settle.ts'
import type { Deployment } from './snapshot.ts'

export interface Served {
  readonly call: Call
  readonly intent: Intent
  readonly admitted: Admitted
  readonly ports: Ports
}

/** What has happened to a call since it was admitted. One per call, changed in place by the steps below. */
interface Progress {
  n: number
  /** Whom the client calls for, as suppliers get to know it; undefined where the client did not say. */
  readonly actor: string | undefined
  hold: Hold
  /** Picos: the sum of what ended attempts are charged. */
  charged: bigint
  /** Picos held for the attempt that is in the journal and has no outcome there yet. */
  open: bigint | undefined
  /** The outcome of the last attempt that another one follows, while it is written. */
  writing: Promise<void> | undefined
  lastFailure: Failure | undefined
  /** Why no further attempt was paid for. */
  refusal: Fault | undefined
  /** What the first candidate that cannot carry the request says of it; counts only where none could. */
  uncarried: Fault | undefined
  /** Known from here on: the answer's status and counts, for the observer. */
  settlement: Settlement | undefined
  ended: Ended | undefined
  holdEnded: boolean
  /** A background response runs on: its outcome is written when its provider has ended it. */
  followed: boolean
  /** The provisioned deployment that could not take the call, and what it answered: told in Azure's spillover headers. */
  spilled: { readonly deployment: string; readonly status: string } | undefined
}

/** A wait longer than this is the client's to make: it gets the upstream's own 429. */
const waitMaxMs = 20_000

/** The journal takes no records. It looks for room every second; a failing disk takes its node longer. */
export const notRecorded: Fault = { code: 'not_recorded', say: {}, headers: { 'retry-after': '5' } }

export async function dialUntilServed(served: Served): Promise<Reply> {
  const { admitted, call, intent, ports } = served
  const actor = intent.ask.endUser === undefined ? undefined : ports.pseudonym(intent.caller.organization, intent.ask.endUser)
  const progress: Progress = { n: 0, actor, hold: admitted.hold, charged: 0n, open: undefined, writing: undefined, lastFailure: undefined, refusal: undefined, uncarried: undefined, settlement: undefined, ended: undefined, holdEnded: false, followed: false, spilled: undefined }
  const queue = [...admitted.candidates]
  try {
    let current = call.sink.gone() ? undefined : takeNext(served, progress, queue)
    while (current !== undefined) {
      const { candidate, exchange } = current
      const ended = await dialOne(served, progress, candidate, exchange)
      if (progress.settlement !== undefined || progress.followed) return finish(served, progress, candidate)
      progress.lastFailure = ended.failure
      current = await nextAfter(served, progress, queue, candidate, ended)
    }
  } catch (cause) {
    abandon(served, progress, cause)
    if (cause instanceof NotRecorded && progress.settlement === undefined) return { status: 'fault', fault: notRecorded, attempts: progress.n }
    throw cause
  }
  endHold(served, progress, progress.charged)
  admitted.admission.done(0)
  return unserved(served, progress)
}

function endHold({ ports }: Served, progress: Progress, charge: bigint): void {
  progress.holdEnded = true
  ports.leases.settle(progress.hold, charge)
}

/**
 * A journal that takes no records, or a broken invariant, ended the call. An attempt without an outcome is closed as lost and
 * charged its hold, since nobody knows how far it came; where one is still being written, the hold ends with it.
 */
function abandon(served: Served, progress: Progress, cause: unknown): void {
  const { call, ports } = served
  const { open, writing } = progress
  const end = (): void => { if (!progress.holdEnded) endHold(served, progress, progress.charged + (open ?? 0n)) }
  if (writing === undefined) end()
  else writing.then(end, end)
  if (open !== undefined) {
    // What a journal does not take is left to the recovery after its restart.
    ports.journal({
      kind: 'outcome', call: call.id, n: progress.n, at: ports.clock.now(), outcome: 'lost', source: 'absent', billable: 'maybe', charge: open.toString(), error: 'the call broke off inside Weir', last: true,
    }).catch(() => undefined)
  }
  served.admitted.admission.done(open === undefined && progress.charged === 0n ? 0 : undefined)
  observe(served, progress, undefined, 0, cause instanceof NotRecorded ? 'not_recorded' : 'internal')
}

interface Next {
  readonly candidate: Candidate
  readonly exchange: Exchange
}

/** The next candidate whose dialect can carry the request; a refusal by name is kept for the case that none can. */
function takeNext({ call, intent, ports }: Served, progress: Progress, queue: Candidate[]): Next | undefined {
  for (let candidate = queue.shift(); candidate !== undefined; candidate = queue.shift()) {
    if (!ports.breaker.fit(candidate.deployment)) continue
    const { deployment, dialect } = candidate
    const translated = dialect !== call.dialect
    const exchange = ports.openExchange({
      client: call.dialect, upstream: dialect, body: call.body, contentType: call.contentType, ask: intent.ask,
      edits: {
        ...(intent.ask.model !== deployment.upstreamModel ? { model: deployment.upstreamModel } : {}),
        ...(intent.ask.stream && !intent.ask.usageAsked && deployment.provider.quirks.usageOption ? { includeUsage: true as const } : {}),
        ...(progress.actor !== undefined && deployment.provider.quirks.safetyIdentifier ? { safetyIdentifier: progress.actor } : {}),
        ...(deployment.provider.quirks.completionLimit ? { outputField: 'max_completion_tokens' as const } : {}),
        ...(translated && intent.ask.outputMax === undefined ? { outputMax: deployment.outputMax } : {}),
      },
    })
    if (!('refused' in exchange)) return { candidate, exchange }
    progress.uncarried ??= fault('invalid_request', { reason: withoutStop(exchange.refused) }, exchange.param)
  }
  return undefined
}

async function dialOne(served: Served, progress: Progress, candidate: Candidate, exchange: Exchange): Promise<Ended> {
  const { call, intent, ports } = served
  const { deployment } = candidate
  progress.n += 1
  const n = progress.n
  try {
    await ports.journal(attemptRecord(served, progress, candidate))
  } catch (cause) {
    // What is not recorded is not made: a call of which this was the first leaves no trace.
    progress.n -= 1
    throw cause
  }
  progress.open = candidate.worst
  const given = ports.credentials(deployment.provider)
  const credentials = given instanceof Promise ? await given : given
  if ('failed' in credentials) return unreachable(String(credentials['failed']))
  if (call.sink.gone()) return leftBeforeDial()
  ports.breaker.dialled(deployment)
  const { origin, path, headers } = ports.target(deployment, exchange.upstream)
  return runAttempt({
    request: {
      origin, path, method: 'POST', body: exchange.body, timeouts: intent.model.timeouts,
      headers: { ...forwarded(call, candidate), ...headers, ...credentials, 'content-type': exchange.contentType, 'x-client-request-id': `${call.id}-${n}`, 'x-weir-attempt': `${call.id}/${n}` },
    },
    secret: secretIn(credentials), acceptEncoding: headerText(call.headers, 'accept-encoding'), exchange, sink: call.sink, upstream: ports.upstream, clock: ports.clock, timers: ports.timers,
    whenClientLeaves: intent.ask.stream ? intent.model.whenClientLeaves.stream : intent.model.whenClientLeaves.plain,
    drainMaxMs: intent.model.whenClientLeaves.drainMaxMs,
    answerHeaders: (upstream, contentType, settled) => answerHeaders(served, progress, candidate, upstream, contentType, settled),
    begun: intent.ask.background && intent.ask.stream ? (id) => rememberBegun(served, candidate, id) : undefined,
    settle: (ended) => settleDelivered(served, progress, candidate, ended),
  })
}

/** The outcome of an attempt that the client has had something of, or left: the call ends with it. */
async function settleDelivered(served: Served, progress: Progress, candidate: Candidate, ended: Ended): Promise<Settled> {
  const { ports, admitted } = served
  progress.ended = ended
  if (keeps(served, candidate, ended)) await rememberStored(served, candidate, ended)
  if (runsOn(served, ended)) return followBackground(served, progress, candidate, ended)
  const found = settlementOf(served, progress, candidate, ended, true)
  const settled = found instanceof Promise ? await found : found
  progress.settlement = settled
  const content = ended.outcome === 'complete' && !ended.clientGone && ended.rest !== undefined ? served.call.capture?.seal(ended.rest, ended.reading?.delivered ?? '') : undefined
  await ports.journal(content === undefined ? settled.record : { ...settled.record, content })
  progress.open = undefined
  endHold(served, progress, progress.charged + settled.charge)
  const { counts, record } = settled
  // What nobody counted keeps the tokens that were set aside for it.
  admitted.admission.done(counts === undefined && record.billable !== 'no' ? undefined : (counts?.input ?? 0) + (counts?.output ?? 0))
  if (ended.outcome === 'complete') ports.breaker.succeeded(candidate.deployment)
  else if (ended.failure !== undefined) ports.breaker.failed(candidate.deployment)
  return { cost: settled.cost }
}

const running: ReadonlySet<string | undefined> = new Set(['queued', 'in_progress'])

/** A background response that has not ended: also when the client left its stream, since the provider works on. */
const runsOn = ({ intent }: Served, { reading, outcome }: Ended): boolean =>
  intent.ask.background && reading?.responseId !== undefined && (running.has(reading.status) || (intent.ask.stream && outcome !== 'complete'))

function followBackground(served: Served, progress: Progress, { deployment, sheet, worst }: Candidate, ended: Ended): Settled {
  const { call, ports, admitted } = served
  progress.followed = true
  progress.open = undefined
  progress.holdEnded = true
  const { hold, charged } = progress
  ports.follow({
    response: ended.reading?.responseId ?? '', deployment, call: call.id, n: progress.n, operation: call.operation, sheet, held: worst, body: call.body,
    ended: (charge) => ports.leases.settle(hold, charged + charge),
  })
  admitted.admission.done(undefined)
  return { cost: undefined }
}

const settlementOf = ({ call, ports, admitted: { candidates } }: Served, progress: Progress, { deployment, sheet, worst }: Candidate, ended: Ended, last: boolean): Settlement | Promise<Settlement> =>
  settlement({ call: call.id, n: progress.n, operation: call.operation, ended, deployment, sheet, candidates, held: worst, body: call.body, last }, ports)

/** Whether the provider keeps something of the answer that a later call may name: responses where it stores them, and containers. */
const keeps = ({ call }: Served, { deployment }: Candidate, { reading }: Ended): boolean =>
  call.operation === 'responses' ? deployment.provider.quirks.storedResponses : (reading?.items ?? []).length > 0

/** What the provider keeps is bound to its project and deployment before the client learns its id. */
async function rememberStored(served: Served, { deployment }: Candidate, ended: Ended): Promise<void> {
  const id = ended.reading?.responseId
  if (id === undefined) return
  await served.ports.rememberResponse(storedOf(served, deployment, id, ended.reading?.items ?? []))
}

/**
 * A background response that is streamed is known from its first event on, so that it is followed to its end should this
 * node be killed. What fails here is repeated when the stream ends.
 */
function rememberBegun(served: Served, { deployment }: Candidate, id: string): void {
  if (deployment.provider.quirks.storedResponses) served.ports.rememberResponse(storedOf(served, deployment, id, [])).catch(() => undefined)
}

const storedOf = ({ call, intent: { caller, ask } }: Served, deployment: Deployment, id: string, items: readonly string[]): StoredResponse =>
  ({ id, organization: caller.organization, project: caller.project, key: caller.key, deployment: deployment.id, call: call.id, background: ask.background, items })

/** After a failed attempt that delivered nothing: the next one, with the outcome of this one on record. */
async function nextAfter(served: Served, progress: Progress, queue: Candidate[], candidate: Candidate, ended: Ended): Promise<Next | undefined> {
  const { call, ports } = served
  const settled = await settlementOf(served, progress, candidate, ended, false)
  blame(served, candidate, ended)
  if (candidate.deployment.capacity === 'provisioned') progress.spilled ??= { deployment: candidate.deployment.id, status: String(ended.status ?? 503) }
  let next = call.sink.gone() || !mayRetry(served, progress, candidate, ended) ? undefined : await chooseNext(served, progress, queue, ended)
  const charged = progress.charged + settled.charge
  if (next !== undefined && charged + next.candidate.worst > progress.hold.picos) {
    const raised = await orSilence(ports.leases.raise(progress.hold, charged + next.candidate.worst - progress.hold.picos))
    if (isFault(raised) || isExhausted(raised)) {
      progress.refusal = isFault(raised) ? raised : exhaustedFault(raised)
      next = undefined
    } else progress.hold = raised
  }
  progress.charged = charged
  progress.open = undefined
  progress.writing = ports.journal({ ...settled.record, last: next === undefined })
  // Where another attempt follows, its own record comes after this one in the journal and fails where this one does.
  if (next === undefined) await progress.writing
  else progress.writing.catch(() => undefined)
  return next
}

function mayRetry({ intent }: Served, progress: Progress, { deployment }: Candidate, { failure }: Ended): boolean {
  if (failure === undefined || progress.n >= intent.model.attemptsMax) return false
  const spills = deployment.capacity === 'provisioned' && failure.kind === 'context-too-long'
  return failure.retryable || spills || elsewhereOnly(failure)
}

/** The supplier refuses us, whoever the client is. */
export const accountTrouble = ({ kind }: { readonly kind: string }): boolean => kind === 'unauthorized' || kind === 'suspended'

/**
 * Another account may serve, the same will not. A plain 403 is no trouble of the account: hosts refuse a region, a model or a
 * flagged input with it, and a client's words must not take an account out. It counts against the deployment.
 */
const elsewhereOnly = (failure: Failure): boolean => accountTrouble(failure) || failure.kind === 'forbidden' || failure.kind === 'redirected'

/** Another deployment at once; the same ones again only after a wait that honours Retry-After. */
async function chooseNext(served: Served, progress: Progress, queue: Candidate[], { failure }: Ended): Promise<Next | undefined> {
  const { admitted, intent, ports, call } = served
  const other = takeNext(served, progress, queue)
  if (other !== undefined) return other
  if (failure === undefined || elsewhereOnly(failure)) return undefined
  const { backoffMs, backoffMaxMs } = intent.model
  const backoff = Math.min(backoffMaxMs, backoffMs * 2 ** (progress.n - 1)) * (0.5 + ports.random.fraction() / 2)
  const waitMs = Math.max(failure.retryAfterMs ?? 0, backoff)
  if (waitMs > waitMaxMs) return undefined
  await pause(served, waitMs)
  if (call.sink.gone() || ports.draining()) return undefined
  queue.push(...admitted.candidates)
  return takeNext(served, progress, queue)
}

/** Ends early where the client leaves or the node cuts the call: nobody wants another try. */
const pause = ({ call, ports }: Served, ms: number): Promise<void> => new Promise((resolve) => {
  const stop = ports.timers.after(ms, resolve)
  call.sink.whenGone(() => {
    stop()
    resolve()
  })
})

/** What a failure says about the deployment or its account. */
function blame({ ports }: Served, { deployment }: Candidate, { failure }: Ended): void {
  if (failure === undefined) return
  if (accountTrouble(failure)) {
    if (ports.breaker.suspend(deployment.provider, failure.message)) {
      ports.raise('supplier-gone', deployment.provider.account, { deployment: deployment.id, kind: failure.kind, message: failure.message })
    }
    return
  }
  const clientsFault = failure.kind === 'bad-request' || failure.kind === 'context-too-long' || failure.kind === 'content-filter' || failure.kind === 'too-large'
  if (clientsFault) ports.breaker.succeeded(deployment)
  else if (failure.kind !== 'rate-limited' && ports.breaker.failed(deployment) && failure.kind === 'forbidden') {
    ports.raise('supplier-gone', deployment.provider.account, { deployment: deployment.id, kind: failure.kind, message: failure.message })
  }
}

function finish(served: Served, progress: Progress, { deployment }: Candidate): Reply {
  const { ended } = progress
  observe(served, progress, deployment.id, ended?.status ?? 200, ended?.outcome === 'cut' && !ended.clientGone ? 'cut' : undefined)
  return ended === undefined || ended.outcome === 'complete' ? { status: 'answered' } : { status: 'answered', broken: true }
}

/** No attempt delivered anything: the upstream's own refusal where there is one, else a fault that names the reason. */
function unserved(served: Served, progress: Progress): Reply {
  const { call, intent } = served
  const failure = progress.lastFailure
  if (failure?.answer !== undefined && !accountTrouble(failure) && progress.refusal === undefined) {
    const { status, body, contentType } = failure.answer
    if (!call.sink.gone()) {
      const retry: Record<string, string> = failure.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(failure.retryAfterMs / 1_000)) }
      call.sink.head(status, { 'content-type': contentType, 'content-length': String(body.length), 'x-weir-call-id': call.id, 'x-weir-attempts': String(progress.n), ...retry })
      call.sink.end(body)
    }
    observe(served, progress, undefined, status, failure.kind)
    return { status: 'answered' }
  }
  const reason = progress.refusal ?? (failure === undefined ? progress.uncarried ?? fault('no_deployment', { model: intent.model.name }) : faultOf(failure, intent.model.name))
  observe(served, progress, undefined, 0, reason.code)
  return { status: 'fault', fault: reason, attempts: progress.n }
}

function faultOf(failure: Failure, model: string): Fault {
  if (accountTrouble(failure)) return fault('supplier_suspended', { model })
  if (failure.kind === 'unreached') return fault('upstream_unreachable', { model })
  if (failure.kind === 'redirected') return fault('upstream_redirected', { model })
  if (failure.kind === 'timeout') return fault('upstream_timeout', { model, what: failure.message })
  return fault('upstream_broke', { model })
}

function observe({ call, intent, ports }: Served, progress: Progress, deployment: string | undefined, status: number, reason: string | undefined): void {
  const counts: Counts | undefined = progress.settlement?.counts
  ports.observe({
    call: call.id, at: call.received, organization: intent.caller.organization, project: intent.caller.project, key: intent.caller.key, model: intent.model.name,
    deployment, operation: call.operation, surface: call.surface, stream: intent.ask.stream, attempts: progress.n, status, fault: reason,
    durationMs: ports.clock.monotonic() - call.started, firstByteMs: progress.ended?.firstByteMs, counts, source: progress.settlement?.record.source ?? 'absent',
    charge: progress.charged + (progress.settlement?.charge ?? 0n), clientGone: progress.ended?.clientGone ?? call.sink.gone(), traceparent: headerText(call.headers, 'traceparent'),
  })
}

function attemptRecord({ call, intent, ports }: Served, progress: Progress, { deployment, dialect, sheet, worst, bounds }: Candidate): AttemptRecord {
  const { caller, ask, model, snapshot } = intent
  const traceparent = headerText(call.headers, 'traceparent')
  const decided = ports.decided(caller, deployment)
  return {
    kind: 'attempt', call: call.id, n: progress.n, at: ports.clock.now(), received: call.received,
    organization: caller.organization, project: caller.project, key: caller.key, ...(caller.purpose === undefined ? {} : { purpose: caller.purpose }),
    model: model.name, deployment: deployment.id, provider: deployment.provider.name, account: deployment.provider.account, upstreamModel: deployment.upstreamModel,
    pricedAs: deployment.pricedAs, supplier: deployment.provider.supplier, channel: deployment.provider.channel, ...(deployment.maker === undefined ? {} : { maker: deployment.maker }),
    capacity: deployment.capacity, surface: call.surface, operation: call.operation, dialect, stream: ask.stream, ...(ask.background ? { background: true } : {}),
    snapshot: snapshot.version, priceList: sheet.list, regionClass: deployment.regionClass, currency: sheet.currency, hold: worst.toString(),
    inputBound: bounds.input, outputBound: bounds.output, budgets: progress.hold.uses, requestBytes: call.body.length,
    ...(deployment.retentionMode === undefined ? {} : { retentionMode: deployment.retentionMode }),
    ...tagsOf(call, ask.tags), ...(decided === undefined ? {} : recordedDecision(decided)), ...(progress.actor === undefined ? {} : { actor: progress.actor }), ...(traceparent === undefined ? {} : { traceparent }),
  }
}

const recordedDecision = ({ id, policySet, phase, duties }: Decided): Pick<AttemptRecord, 'decision' | 'policySet' | 'phase' | 'duties'> =>
  ({ decision: id, policySet, ...(phase === undefined ? {} : { phase }), ...(duties.length === 0 ? {} : { duties }) })

/** Headers whose name begins so become caller tags under the rest of it. */
const tagPrefix = 'x-weir-tag-'
const tagsMax = 16
const tagLengthMax = 256

/**
 * What the caller says of its call, kept with it: the body's metadata, `x-weir-tag-…` headers, and the name of the
 * attempt where the caller is another Weir, so that two books can be compared attempt by attempt.
 */
function tagsOf(call: Call, given: Readonly<Record<string, string>>): { readonly tags?: Readonly<Record<string, string>> } {
  const tags: Record<string, string> = { ...given }
  for (const name of Object.keys(call.headers)) {
    if (!name.startsWith('x-weir-') || Object.keys(tags).length >= tagsMax) continue
    const value = headerText(call.headers, name)?.slice(0, tagLengthMax)
    if (value === undefined) continue
    if (name.startsWith(tagPrefix)) tags[name.slice(tagPrefix.length)] = value
    else if (name === 'x-weir-attempt') tags['weir-attempt'] = value
  }
  return Object.keys(tags).length === 0 ? {} : { tags }
}

/** Upstream headers that a client may see. Rate limits are the supplier's account's, not the client's. */
const shown = ['openai-processing-ms', 'openai-version', 'apim-request-id', 'x-ms-region', 'x-ms-rai-invoked', 'x-request-id', 'request-id', 'x-ms-spillover-from-deployment', 'x-ms-deployment-name', 'x-ms-spillover-error']

function answerHeaders({ call, admitted }: Served, { n, spilled }: Progress, { deployment, sheet }: Candidate, upstream: Headers, contentType: string, settled: Settled | undefined): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': contentType, 'x-weir-call-id': call.id, 'x-weir-deployment': deployment.id, 'x-weir-attempts': String(n), ...admitted.admission.headers }
  if (settled?.cost !== undefined) {
    headers['x-weir-cost'] = settled.cost
    headers['x-weir-currency'] = sheet.currency
  }
  for (const name of shown) {
    const value = headerText(upstream, name)
    if (value !== undefined) headers[name] = value
  }
  if (spilled !== undefined && deployment.capacity !== 'provisioned') {
    headers['x-ms-spillover-from-deployment'] = spilled.deployment
    headers['x-ms-deployment-name'] = deployment.id
    headers['x-ms-spillover-error'] = spilled.status
  }
  headers['x-request-id'] ??= call.id
  return headers
}

/** Client headers that the host's row lets through; hop-by-hop and credential headers never do. */
function forwarded(call: Call, { deployment }: Candidate): Record<string, string> {
  const headers: Record<string, string> = { accept: headerText(call.headers, 'accept') ?? '*/*', 'user-agent': 'weir' }
  for (const name of ['traceparent', 'tracestate']) {
    const value = headerText(call.headers, name)
    if (value !== undefined) headers[name] = value
  }
  const prefixes = deployment.provider.type.forwards
  if (prefixes.length === 0) return headers
  for (const name of Object.keys(call.headers)) {
    const value = headerText(call.headers, name)
    if (value !== undefined && prefixes.some((prefix) => name.startsWith(prefix))) headers[name] = value
  }
  return headers
}

const nothing = { status: undefined, reading: undefined, delivered: false, headersMs: undefined, firstByteMs: undefined, lastByteMs: undefined, responseBytes: 0, headers: {} } as const

const unreachable = (why: string): Ended => ({ ...nothing, outcome: 'unreached', clientGone: false, failure: { kind: 'unreached', message: why, retryable: true, retryAfterMs: undefined, answer: undefined } })

const leftBeforeDial = (): Ended => ({ ...nothing, outcome: 'unreached', clientGone: true, failure: { kind: 'unreached', message: 'the client left before the dial', retryable: false, retryAfterMs: undefined, answer: undefined } })
