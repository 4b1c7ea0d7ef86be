/**
 * `Idempotency-Key`, per project and durable. In flight: 409. Finished: the answer again where the project captures
 * content, streams included, else 409 with the call's id. The same key with another body: 409. A call that Weir refused
 * before any dial leaves no trace, so that it can be sent again.
 */
import { createHash } from 'node:crypto'
import type { Call, Reply, Sink } from './call.ts'
import { captureBytesMax } from './capture.ts'
import { fault, type Intent } from './intent.ts'
import type { Ports } from './ports.ts'

const keyMax = 255
/** Pauses after which a database that failed is told again how a call ended; until it has heard, the key is in flight, at most until the node ends or a day has passed. */
const tellAgainMs = [1_000, 10_000, 60_000, 300_000] as const

export async function once(key: string, call: Call, intent: Intent, ports: Ports, proceed: (call: Call) => Promise<Reply>): Promise<Reply> {
  const { caller } = intent
  const project = `${caller.organization}/${caller.project}`
  if (key.length > keyMax) return { status: 'fault', fault: fault('invalid_request', { reason: `an Idempotency-Key has at most ${keyMax} characters` }), attempts: 0 }
  const fingerprint = createHash('sha256').update(call.operation).update('\0').update(call.body).digest('base64')
  const claim = await ports.claim(project, key, call.id, fingerprint)
  if (claim.state === 'mismatch') return { status: 'fault', fault: fault('idempotency_mismatch', { call: claim.call }), attempts: 0 }
  if (claim.state === 'in-flight') return { status: 'fault', fault: { ...fault('idempotency_in_flight', { call: claim.call }), headers: { 'x-should-retry': 'true' } }, attempts: 0 }
  if (claim.state === 'finished') return replayed(claim.replay, claim.call, call)
  const kept = caller.capture === 'content' ? keeping(call.sink) : undefined
  const finish = (answer: Answer | undefined): Promise<void> => told(() => ports.finish(project, key, call.id, answer), ports)
  const reply = await proceed(kept === undefined ? call : { ...call, sink: kept.sink, headers: { ...call.headers, 'accept-encoding': undefined } }).catch(async (cause: unknown) => {
    // Whether something was dialled is not known here: the key counts as used, or it would stay in flight for good.
    await finish(undefined)
    throw cause
  })
  if (reply.status === 'fault' && reply.attempts === 0) await told(() => ports.release(project, key, call.id), ports)
  else await finish(reply.status === 'answered' && reply.broken === true ? undefined : kept?.answer())
  return reply
}

/** Never rejects: the call has its answer, and a database that does not answer now must not break that off. */
async function told(tell: () => Promise<void>, ports: Pick<Ports, 'timers'>, pauses: readonly number[] = tellAgainMs): Promise<void> {
  await tell().catch(() => {
    const [pauseMs, ...rest] = pauses
    if (pauseMs === undefined) return
    // An interval, of which one round is waited for: it keeps no node alive that is to stop; its next start closes what it left in flight.
    const stop = ports.timers.every(pauseMs, () => {
      stop()
      void told(tell, ports, rest)
    })
  })
}

function replayed(answer: { readonly status: number; readonly contentType: string; readonly body: Buffer } | undefined, first: string, call: Call): Reply {
  if (answer === undefined) return { status: 'fault', fault: { ...fault('idempotency_finished', { call: first }), headers: { 'x-should-retry': 'false' } }, attempts: 0 }
  call.sink.head(answer.status, { 'content-type': answer.contentType, 'content-length': String(answer.body.length), 'x-weir-call-id': first, 'idempotent-replayed': 'true' })
  call.sink.end(answer.body)
  return { status: 'answered' }
}

type Answer = { readonly status: number; readonly contentType: string; readonly body: Buffer }

/**
 * A sink that also remembers what it was given, in no content coding: whoever asks again may not know it. An answer without
 * its end, or one larger than what is captured, is none to give again.
 */
function keeping(sink: Sink): { readonly sink: Sink; readonly answer: () => Answer | undefined } {
  const chunks: Buffer[] = []
  let bytes = 0
  let answer: Answer | undefined
  let head: { status: number; contentType: string } | undefined
  const keep = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes <= captureBytesMax) chunks.push(chunk)
    else chunks.length = 0
  }
  return {
    answer: () => answer,
    sink: {
      ...sink,
      head: (status, headers) => {
        head = { status, contentType: headers['content-type'] ?? 'application/json' }
        sink.head(status, headers)
      },
      write: (chunk) => {
        keep(chunk)
        return sink.write(chunk)
      },
      end: (rest) => {
        if (rest !== undefined) keep(rest)
        if (head !== undefined && bytes <= captureBytesMax) answer = { ...head, body: Buffer.concat(chunks) }
        sink.end(rest)
      },
    },
  }
}
