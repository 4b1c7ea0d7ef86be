/**
 * Spans and metrics over OTLP/HTTP, with OpenTelemetry's names for generative AI, where an endpoint is configured. Off the
 * path: spans are made when a call has ended, from its journal records and from what the observer sees, and leave in
 * batches. A call is one server span below the client's own (traceparent), each of its attempts a client span below it.
 * Neither prompts nor answers are in them.
 */
import type { Attributes, Context, Span } from '@opentelemetry/api'
import type { Observed } from './gateway/ports.ts'
import { durationBounds, genAi, operationNames, tokenBounds } from './gen-ai-names.ts'
import type { AttemptRecord, JournalRecord, OutcomeRecord } from './journal/record.ts'

export interface Telemetry {
  /** Sees each record as it is journalled: keeps those of open calls. */
  readonly journalled: (record: JournalRecord) => void
  readonly observe: (seen: Observed) => void
  /** Sends what is left. */
  readonly stop: () => Promise<void>
}

export interface TelemetryOptions {
  /** `http://host:4318`: `/v1/traces` and `/v1/metrics` are below it. */
  readonly endpoint: string
  /** Of this process, as `service.instance.id`. */
  readonly node: string
  readonly version: string
  readonly metricsEveryMs?: number
}

async function packages() {
  const [api, trace, traceExporter, metrics, metricsExporter, resources] = await Promise.all([
    import('@opentelemetry/api'), import('@opentelemetry/sdk-trace-base'), import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/sdk-metrics'), import('@opentelemetry/exporter-metrics-otlp-http'), import('@opentelemetry/resources'),
  ])
  return { api, trace, traceExporter, metrics, metricsExporter, resources }
}

type Packages = Awaited<ReturnType<typeof packages>>

/** `failed` says what to install: the packages are optional, since most installations send nothing. */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry | { readonly failed: string }> {
  try {
    return started(await packages(), options)
  } catch (cause) {
    if (cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
      return { failed: 'an OTLP endpoint is configured, and the OpenTelemetry packages are not installed: run npm install without --omit=optional, or leave the endpoint out' }
    }
    throw cause
  }
}

/** Telemetry that can be sent elsewhere, or nowhere, while the node runs. Sees and sends nothing at first. */
export interface LiveTelemetry extends Telemetry {
  /** A sentence where it cannot: then all stays as it was. */
  readonly sendTo: (endpoint: string | undefined) => Promise<string | undefined>
}

export function liveTelemetry(options: Omit<TelemetryOptions, 'endpoint'>, failed: (cause: unknown) => void): LiveTelemetry {
  let current: Telemetry | undefined
  return {
    journalled: (record) => current?.journalled(record),
    observe: (seen) => current?.observe(seen),
    stop: async () => current?.stop().catch(failed),
    sendTo: async (endpoint) => {
      const next = endpoint === undefined ? undefined : await openTelemetry({ ...options, endpoint })
      if (next !== undefined && 'failed' in next) return next.failed
      const before = current
      current = next
      await before?.stop().catch(failed)
      return undefined
    },
  }
}

interface Tried {
  readonly attempt: AttemptRecord
  outcome: OutcomeRecord | undefined
}

/** More calls than a node has open: what lies beyond was abandoned by a defect. */
const callsMax = 50_000

function started({ api, trace, traceExporter, metrics, metricsExporter, resources }: Packages, { endpoint, node, version, metricsEveryMs = 15_000 }: TelemetryOptions): Telemetry {
  const base = endpoint.replace(/\/+$/, '')
  const resource = resources.resourceFromAttributes({ 'service.name': 'weir', 'service.version': version, 'service.instance.id': node })
  const tracing = new trace.BasicTracerProvider({ resource, spanProcessors: [new trace.BatchSpanProcessor(new traceExporter.OTLPTraceExporter({ url: `${base}/v1/traces` }))] })
  const metering = new metrics.MeterProvider({ resource, readers: [new metrics.PeriodicExportingMetricReader({ exporter: new metricsExporter.OTLPMetricExporter({ url: `${base}/v1/metrics` }), exportIntervalMillis: metricsEveryMs, exportTimeoutMillis: Math.min(10_000, metricsEveryMs) })] })
  const tracer = tracing.getTracer('weir', version)
  const meter = metering.getMeter('weir', version)
  const tokens = meter.createHistogram(genAi.tokenUsage, { unit: '{token}', description: 'Tokens of a call.', advice: { explicitBucketBoundaries: tokenBounds } })
  const duration = meter.createHistogram(genAi.operationDuration, { unit: 's', description: 'Duration of a call.', advice: { explicitBucketBoundaries: durationBounds } })
  const open = new Map<string, Tried[]>()

  const attemptSpan = ({ attempt, outcome }: Tried, parent: Context, endAt: number): void => {
    const span = tracer.startSpan(`${operationOf(attempt.operation)} ${attempt.upstreamModel}`, { kind: api.SpanKind.CLIENT, startTime: attempt.at, attributes: attemptAttributes(attempt, outcome) }, parent)
    if (outcome?.firstByteMs !== undefined) span.addEvent('first byte', {}, attempt.at + outcome.firstByteMs)
    if (outcome !== undefined && outcome.outcome !== 'complete') span.setStatus({ code: api.SpanStatusCode.ERROR, ...(outcome.error === undefined ? {} : { message: outcome.error }) })
    span.end(outcome === undefined ? endAt : Math.max(attempt.at, outcome.at))
  }

  return {
    journalled: (record) => {
      if (record.kind === 'attempt') {
        const tried = open.get(record.call)
        if (tried !== undefined) tried.push({ attempt: record, outcome: undefined })
        else if (open.size < callsMax) open.set(record.call, [{ attempt: record, outcome: undefined }])
      } else if (record.kind === 'outcome') {
        const tried = open.get(record.call)?.find(({ attempt }) => attempt.n === record.n)
        if (tried !== undefined) tried.outcome = record
      }
    },
    observe: (seen) => {
      const tried = open.get(seen.call) ?? []
      open.delete(seen.call)
      const endAt = seen.at + seen.durationMs
      const span = tracer.startSpan(`${operationOf(seen.operation)} ${seen.model}`, { kind: api.SpanKind.SERVER, startTime: seen.at, attributes: callAttributes(seen) }, parentOf(api, seen.traceparent))
      const inside = api.trace.setSpan(api.ROOT_CONTEXT, span)
      for (const one of tried) attemptSpan(one, inside, endAt)
      endCall(api, span, seen, endAt)
      const labels: Attributes = { [genAi.operation]: operationOf(seen.operation), [genAi.provider]: providerOf(tried.at(-1)?.attempt), [genAi.requestModel]: seen.model, ...errorOf(seen) }
      duration.record(seen.durationMs / 1_000, labels)
      for (const type of ['input', 'output'] as const) {
        const count = seen.counts?.[type]
        if (count !== undefined) tokens.record(count, { ...labels, [genAi.tokenType]: type })
      }
    },
    stop: async () => {
      await Promise.all([tracing.shutdown(), metering.shutdown()])
    },
  }
}

const operationOf = (operation: string): string => operationNames[operation] ?? operation
const providerOf = (attempt: AttemptRecord | undefined): string => attempt?.channel ?? attempt?.provider ?? 'weir'

/** W3C Trace Context, `00-TRACE-SPAN-FLAGS`; anything else begins a trace of its own. A trace that its client does not sample is not sampled here. */
function parentOf(api: Packages['api'], traceparent: string | undefined): Context {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '')
  if (match?.[1] === undefined || match[2] === undefined || /^0+$/.test(match[1]) || /^0+$/.test(match[2])) return api.ROOT_CONTEXT
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId: match[1], spanId: match[2], traceFlags: Number.parseInt(match[3] ?? '00', 16), isRemote: true })
}

const errorOf = (seen: Observed): Attributes => {
  const type = seen.fault ?? (seen.status >= 400 ? String(seen.status) : seen.clientGone ? 'client-gone' : undefined)
  return type === undefined ? {} : { [genAi.errorType]: type }
}

function callAttributes(seen: Observed): Attributes {
  return {
    'weir.call.id': seen.call, 'weir.organization': seen.organization, 'weir.project': seen.project, 'weir.key.id': seen.key, 'weir.attempts': seen.attempts, 'weir.usage.source': seen.source,
    ...(seen.deployment === undefined ? {} : { 'weir.deployment': seen.deployment }),
    [genAi.operation]: operationOf(seen.operation), [genAi.requestModel]: seen.model, ...countAttributes(seen.counts), ...errorOf(seen),
  }
}

function attemptAttributes(attempt: AttemptRecord, outcome: OutcomeRecord | undefined): Attributes {
  return {
    'weir.attempt': attempt.n, 'weir.deployment': attempt.deployment, 'weir.account': attempt.account, [genAi.operation]: operationOf(attempt.operation), [genAi.provider]: providerOf(attempt), [genAi.requestModel]: attempt.upstreamModel,
    ...(outcome === undefined ? {} : { 'weir.outcome': outcome.outcome, 'weir.usage.source': outcome.source, ...countAttributes(outcome.counts) }),
    ...(outcome?.servedModel === undefined ? {} : { 'gen_ai.response.model': outcome.servedModel }),
    ...(outcome?.status === undefined ? {} : { [genAi.statusCode]: outcome.status }),
  }
}

const countAttributes = (counts: Observed['counts']): Attributes => ({
  ...(counts?.input === undefined ? {} : { [genAi.inputTokens]: counts.input }),
  ...(counts?.output === undefined ? {} : { [genAi.outputTokens]: counts.output }),
})

function endCall(api: Packages['api'], span: Span, seen: Observed, endAt: number): void {
  if (seen.fault !== undefined || seen.status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR, message: seen.fault ?? `status ${seen.status}` })
  span.end(endAt)
}
