/** One call with a failed and a served attempt, as a collector gets it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Observed } from './gateway/ports.ts'
import type { AttemptRecord, OutcomeRecord } from './journal/record.ts'
import { attributeOf as attribute, startCollector } from '../test/otlp-collector.ts'
import { openTelemetry } from './open-telemetry.ts'

const at = Date.parse('2026-11-01T10:00:00Z')

const attempt = (n: number, deployment: string): AttemptRecord => ({
  kind: 'attempt', call: 'call_1', n, at: at + n * 100, received: at, organization: 'acme', project: 'feed', key: 'key_1', model: 'fast', deployment, provider: 'cloud', account: 'cloud', upstreamModel: 'fast-2026', channel: 'cloud-channel',
  surface: 'openai', operation: 'responses', dialect: 'openai-responses', stream: true, snapshot: 1, priceList: 'cloud', regionClass: 'global', currency: 'USD', hold: '10', inputBound: 1, outputBound: 1, budgets: [], requestBytes: 10,
})
const refused: OutcomeRecord = { kind: 'outcome', call: 'call_1', n: 1, at: at + 150, outcome: 'refused', status: 503, error: 'overloaded', source: 'absent', billable: 'no', charge: '0', last: false }
const served: OutcomeRecord = { kind: 'outcome', call: 'call_1', n: 2, at: at + 900, outcome: 'complete', status: 200, source: 'reported', billable: 'yes', counts: { input: 12, output: 7 }, charge: '5', firstByteMs: 40, servedModel: 'fast-2026-10', last: true }

const seen: Observed = {
  call: 'call_1', at, organization: 'acme', project: 'feed', key: 'key_1', model: 'fast', deployment: 'two', operation: 'responses', surface: 'openai', stream: true, attempts: 2, status: 200, fault: undefined,
  durationMs: 1_000, firstByteMs: 40, counts: { input: 12, output: 7 }, source: 'reported', charge: 5n, clientGone: false, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

void test('a call is a span below the client’s, its attempts are spans below it, and its tokens and duration are measured', async () => {
  const collector = await startCollector()
  try {
    const telemetry = await openTelemetry({ endpoint: `${collector.url}/`, node: 'node_1', version: '1.2.3' })
    assert.ok(!('failed' in telemetry))
    for (const record of [attempt(1, 'one'), refused, attempt(2, 'two'), served]) telemetry.journalled(record)
    telemetry.observe(seen)
    await telemetry.stop()
  } finally {
    await collector.close()
  }
  const spans = collector.spans()
  assert.equal(spans.length, 3)
  const call = spans.find((span) => span.name === 'chat fast')
  const attempts = spans.filter((span) => span.name === 'chat fast-2026').sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1))
  assert.ok(call !== undefined)
  assert.deepEqual([call.traceId, call.parentSpanId, call.kind], ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331', 2])
  assert.equal(Number(BigInt(call.endTimeUnixNano) - BigInt(call.startTimeUnixNano)), 1e9)
  assert.deepEqual(attempts.map((span) => [span.traceId, span.parentSpanId, span.kind, span.status.code ?? 0]), [[call.traceId, call.spanId, 3, 2], [call.traceId, call.spanId, 3, 0]])
  assert.deepEqual(['gen_ai.operation.name', 'gen_ai.request.model', 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'weir.call.id'].map((key) => attribute(call, key)), ['chat', 'fast', '12', '7', 'call_1'])
  assert.deepEqual(attempts.map((span) => attribute(span, 'http.response.status_code')), ['503', '200'])
  assert.equal(attribute(attempts[1], 'gen_ai.provider.name'), 'cloud-channel')
  for (const name of ['gen_ai.client.token.usage', 'gen_ai.client.operation.duration', 'gen_ai.token.type', 'service.instance.id']) assert.ok(collector.metrics().includes(name), name)
})
