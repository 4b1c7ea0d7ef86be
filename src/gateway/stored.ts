/**
 * Acts on responses that a provider keeps: retrieve (whole or as a stream from `starting_after`), cancel, delete, list of
 * input items. The id leads to its project and deployment; a foreign one answers as if it did not exist. Nothing here is
 * metered: the usage that such an answer shows was counted when the response was made.
 */
import type { Surface } from '../dialects/dialect.ts'
import { headerText } from './attempt.ts'
import type { Reply, Sink } from './call.ts'
import { fault } from './intent.ts'
import type { Ports, StoredResponse } from './ports.ts'
import type { Deployment } from './snapshot.ts'

export interface StoredAct {
  readonly id: string
  readonly received: number
  readonly surface: Surface
  readonly action: 'retrieve' | 'cancel' | 'delete' | 'input-items'
  readonly response: string
  readonly query: string
  readonly secret: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly sink: Sink
}

export interface StoredPorts extends Pick<Ports, 'snapshot' | 'identify' | 'findResponse' | 'upstream' | 'target' | 'credentials'> {
  readonly forgetResponse: (id: string) => Promise<void>
  readonly nudge: (id: string) => void
}

const below = { retrieve: '', cancel: '/cancel', delete: '', 'input-items': '/input_items' } as const
const methods = { retrieve: 'GET', cancel: 'POST', delete: 'DELETE', 'input-items': 'GET' } as const

export async function actOnStored(act: StoredAct, ports: StoredPorts): Promise<Reply> {
  const refuse = (reason: ReturnType<typeof fault>): Reply => ({ status: 'fault', fault: reason, attempts: 0 })
  const snapshot = ports.snapshot()
  if (snapshot === undefined) return refuse(fault('not_current'))
  if (act.secret === undefined) return refuse(fault('missing_key'))
  const caller = ports.identify(snapshot, act.secret)
  if (caller === undefined) return refuse(fault('invalid_key', { hint: '***' }))
  if (caller.expiresAt !== undefined && act.received >= caller.expiresAt) return refuse(fault('expired_key', { key: caller.keyName }))
  const stored = await ports.findResponse(act.response)
  const own = stored !== undefined && stored.organization === caller.organization && stored.project === caller.project
  const deployment = own ? snapshot.deployments.get(stored.deployment) : undefined
  if (stored === undefined || deployment === undefined) return refuse(fault('response_not_found', { response: act.response }))
  const ended = await relayStored(act, stored, deployment, ports)
  if (ended === 'unreachable') return refuse(fault('upstream_unreachable', { model: deployment.upstreamModel }))
  if (act.action === 'delete' && ended === 'done') await ports.forgetResponse(act.response)
  ports.nudge(act.response)
  return { status: 'answered' }
}

/** Bytes pass as they come. `refused`: the provider said no, and the client has been told so in its words. */
async function relayStored(act: StoredAct, stored: StoredResponse, deployment: Deployment, ports: StoredPorts): Promise<'done' | 'refused' | 'unreachable'> {
  const credentials = await ports.credentials(deployment.provider)
  const { origin, path, headers } = ports.target(deployment, 'openai-responses', { below: `/${encodeURIComponent(act.response)}${below[act.action]}`, query: act.query })
  const method = methods[act.action]
  const { sink } = act
  return new Promise((resolve) => {
    let status = 0
    const line = ports.upstream.dial(
      { origin, path, method, headers: { accept: headerText(act.headers, 'accept') ?? '*/*', ...headers, ...credentials, 'x-client-request-id': act.id }, body: method === 'POST' ? Buffer.alloc(0) : undefined, timeouts: { connectMs: 5_000, firstByteMs: 120_000, idleMs: 120_000, totalMs: 1_800_000 } },
      {
        head: (given, upstream) => {
          status = given
          sink.head(given, { 'content-type': headerText(upstream, 'content-type') ?? 'application/json', 'x-weir-call-id': act.id, 'x-weir-deployment': stored.deployment, 'x-request-id': headerText(upstream, 'x-request-id') ?? act.id })
        },
        data: (chunk) => {
          if (sink.write(chunk)) return
          line.pause()
          sink.whenDrained(() => line.resume())
        },
        end: () => {
          sink.end()
          resolve(status < 400 ? 'done' : 'refused')
        },
        failed: () => {
          if (status === 0) return resolve('unreachable')
          sink.destroy()
          resolve('refused')
        },
      },
    )
    sink.whenGone(() => {
      line.abort()
      resolve('refused')
    })
  })
}
