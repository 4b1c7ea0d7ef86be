/** Server-sent events: calls as this node ends them, and a word whenever the books have moved on. */
import { z } from 'zod'
import type { Observed } from '../../gateway/ports.ts'
import { isoTime } from '../../kernel/clock.ts'
import { formatDecimal, fromPicos } from '../../kernel/decimal.ts'
import { authorizer } from '../authorize.ts'
import type { LiveEvent } from '../live-feed.ts'
import type { AdminPorts } from '../ports.ts'
import { type Api, Failed } from './reply.ts'

const liveCall = z.object({
  call: z.string(), at: z.string(), organization: z.string(), project: z.string(), key: z.string(), model: z.string(), deployment: z.string().nullable(), operation: z.string(), surface: z.string(),
  stream: z.boolean(), attempts: z.number(), status: z.number(), fault: z.string().nullable(), duration_ms: z.number(), first_byte_ms: z.number().nullable(),
  input_tokens: z.number().nullable(), output_tokens: z.number().nullable(), source: z.string(), charge: z.string().describe('What budgets were charged, decimal text; the booked cost follows once it is posted.'),
})
const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('calls'), count: z.number().describe('Calls that ended since the message before; `calls` holds at most the latest hundred.'), calls: z.array(liveCall) }),
  z.object({ kind: z.literal('posted') }),
]).describe('Each event is one of these as JSON. Only calls that this node served; `posted` speaks of the whole installation.')

const callOf = (seen: Observed): z.infer<typeof liveCall> => ({
  call: seen.call, at: isoTime(seen.at), organization: seen.organization, project: seen.project, key: seen.key, model: seen.model, deployment: seen.deployment ?? null, operation: seen.operation, surface: seen.surface,
  stream: seen.stream, attempts: seen.attempts, status: seen.status, fault: seen.fault ?? null, duration_ms: seen.durationMs, first_byte_ms: seen.firstByteMs ?? null,
  input_tokens: seen.counts?.input ?? null, output_tokens: seen.counts?.output ?? null, source: seen.source, charge: formatDecimal(fromPicos(seen.charge)),
})

const messageOf = (event: LiveEvent): z.infer<typeof message> => (event.kind === 'posted' ? event : { kind: 'calls', count: event.count, calls: event.calls.map(callOf) })

/**
 * So often a stream asks whether its session or token still may: ended, revoked or of another role, it is cut. A comment line
 * goes out each time, for proxies and clients that give up on a silent connection.
 */
const heartbeatMs = 5_000

/** A watcher that reads slower than this is cut: it connects again and loads what it missed. */
const unsentMaxBytes = 1024 * 1024

export function liveApi(api: Api, ports: AdminPorts): void {
  const { live, timers, failed } = ports
  const authorize = authorizer(ports)
  const schema = { tags: ['calls'], summary: 'Live events', description: 'A stream of server-sent events.', produces: ['text/event-stream'], response: { 200: message } }
  api.get('/admin/v1/live', { schema }, (request, reply) => {
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    raw.write('retry: 2000\n\n')
    const send = (text: string): void => {
      // Cut by us or left by its reader: what still comes in is for nobody.
      if (raw.writableEnded || raw.destroyed) return
      if (raw.writableLength > unsentMaxBytes) raw.destroy()
      else raw.write(text)
    }
    const stopFeed = live.subscribe((event) => send(`data: ${JSON.stringify(messageOf(event))}\n\n`))
    const stillMay = async (): Promise<void> => {
      try {
        await authorize(request, 'calls.read', false)
        send(': here\n\n')
      } catch (cause) {
        // Whatever it is that cannot be asked, nobody is shown more without an answer.
        if (!(cause instanceof Failed)) failed('GET /admin/v1/live', cause)
        raw.end()
      }
    }
    const stopHeartbeat = timers.every(heartbeatMs, () => void stillMay())
    raw.on('close', () => {
      stopFeed()
      stopHeartbeat()
    })
  })
}
