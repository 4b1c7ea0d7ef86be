/** A small OTLP/HTTP collector: keeps what it is sent. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Attribute { readonly key: string; readonly value: { readonly stringValue?: string; readonly intValue?: number | string } }
export interface SpanJson {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly status: { readonly code?: number }
}

export interface Collector {
  readonly url: string
  readonly spans: () => readonly SpanJson[]
  /** All metrics that came, as JSON text. */
  readonly metrics: () => string
  readonly close: () => Promise<void>
}

interface Traces { readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly SpanJson[] }[] }[] }

export async function startCollector(): Promise<Collector> {
  const bodies = new Map<string, unknown[]>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      bodies.set(path, [...(bodies.get(path) ?? []), JSON.parse(Buffer.concat(chunks).toString('utf8'))])
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => ((bodies.get('/v1/traces') ?? []) as readonly Traces[]).flatMap((body) => body.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans))),
    metrics: () => JSON.stringify(bodies.get('/v1/metrics') ?? []),
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}

/** A span's attribute as text. */
export function attributeOf(span: SpanJson | undefined, key: string): string | undefined {
  const value = span?.attributes.find((one) => one.key === key)?.value
  return value?.stringValue ?? (value?.intValue === undefined ? undefined : String(value.intValue))
}
