/**
 * Acts on responses that a provider keeps: retrieve (whole or as a stream from `starting_after`), cancel, delete, list of
 * input items. The id leads to its project and deployment; a foreign one answers as if it did not exist. Nothing here is
 * metered: the usage that such an answer shows was counted when the response was made.
 */
import type { Surface } from '../dialects/dialect.ts'
import { codingOf, headerText, isEventStream, type Headers } from '../dialects/headers.ts'
import { responsesPassing } from '../dialects/openai-responses/pass.ts'
import { openaiError } from '../dialects/openai-chat/errors.ts'
import { errorBytesMax, isRedirect, refusalBody, secretIn, wholeBytesMax } from './attempt.ts'
import type { Reply, Sink } from './call.ts'
import { isKnownCoding, makeDecoder, type Decoder } from './decode-stream.ts'
import { accountTrouble } from './dial-until-served.ts'
import { fault } from './intent.ts'
import type { Ports, StoredResponse } from './ports.ts'
import type { Line } from './dial.ts'
import type { Deployment } from './snapshot.ts'

export interface StoredAct {
  readonly id: string
  readonly received: number
  readonly surface: Surface
  readonly action: 'retrieve' | 'cancel' | 'delete' | 'input-items'
  readonly response: string
  readonly query: string
  readonly secret: string | undefined
  readonly headers: Headers
  readonly sink: Sink
}

export interface StoredPorts extends Pick<Ports, 'snapshot' | 'identify' | 'findResponse' | 'rememberItems' | 'upstream' | 'target' | 'credentials'> {
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
  if (ended === 'redirected') return refuse(fault('upstream_redirected', { model: deployment.upstreamModel }))
  if (ended === 'suspended') return refuse(fault('supplier_suspended', { model: deployment.upstreamModel }))
  if (act.action === 'delete' && ended === 'done') await ports.forgetResponse(act.response)
  ports.nudge(act.response)
  return { status: 'answered' }
}

/**
 * Bytes pass as they come, their content coding undone: none was asked for, the client may know none, and what they show
 * waits until it is on record; one that cannot be undone breaks the answer off. One that is not known here passes as it is,
 * named, unless it is a stream's. `refused`: the provider said no, and the client has been told so in its words, without our
 * credential where they quote it. `suspended`: it refuses us, not the client.
 */
async function relayStored(act: StoredAct, stored: StoredResponse, deployment: Deployment, ports: StoredPorts): Promise<'done' | 'refused' | 'suspended' | 'unreachable' | 'redirected'> {
  const credentials = await ports.credentials(deployment.provider)
  const { origin, path, headers: own } = ports.target(deployment, 'openai-responses', { below: `/${encodeURIComponent(act.response)}${below[act.action]}`, query: act.query })
  const method = methods[act.action]
  const { sink } = act
  return new Promise((resolve, reject) => {
    let status = 0
    let headers: Headers = {}
    const refusal: Buffer[] = []
    let refusalBytes = 0
    let passing: Decoder | undefined
    const breakOff = (): void => {
      line.abort()
      sink.destroy()
      resolve('refused')
    }
    const line = ports.upstream.dial(
      { origin, path, method, headers: { accept: headerText(act.headers, 'accept') ?? '*/*', ...own, ...credentials, 'x-client-request-id': act.id }, body: method === 'POST' ? Buffer.alloc(0) : undefined, timeouts: { connectMs: 5_000, firstByteMs: 120_000, idleMs: 120_000, totalMs: 1_800_000 } },
      {
        head: (given, upstream) => {
          status = given
          headers = upstream
          if (isRedirect(given)) {
            line.abort()
            return resolve('redirected')
          }
          if (given >= 400) return
          const coding = codingOf(headers)
          const passesPacked = coding !== undefined && !isKnownCoding(coding) && !isEventStream(headers)
          const items = act.action === 'retrieve' && !passesPacked ? itemReader(headers) : undefined
          const plain = passOn({ sink, line, items, remember: (seen) => ports.rememberItems(act.response, seen), done: () => resolve('done'), failed: reject })
          passing = coding === undefined || passesPacked ? plain : makeDecoder(coding, plain.write, (broken) => (broken ? breakOff() : plain.end()))
          sink.head(given, answerHeaders(act, stored, upstream, passesPacked ? 'content-encoding' : undefined))
        },
        data: (chunk) => {
          if (status >= 400) {
            refusalBytes += chunk.length
            if (refusalBytes <= errorBytesMax) refusal.push(chunk)
            return
          }
          passing?.write(chunk)
        },
        end: () => {
          if (status < 400) return passing?.end()
          const body = refusalBody(Buffer.concat(refusal), headers, secretIn(credentials))
          if (accountTrouble(openaiError(status, headers, body))) return resolve('suspended')
          sink.head(status, { ...answerHeaders(act, stored, headers, 'retry-after'), 'content-length': String(body.length) })
          sink.end(body)
          resolve('refused')
        },
        failed: () => {
          if (status === 0 || status >= 400) return resolve('unreachable')
          breakOff()
        },
      },
    )
    sink.whenGone(() => {
      line.abort()
      resolve('refused')
    })
  })
}

interface PassingOn {
  readonly sink: Sink
  readonly line: Line
  readonly items: ItemReader | undefined
  readonly remember: (items: readonly string[]) => Promise<void>
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

/** Hands an answer to the client, its end once the items that it shows are on record. */
function passOn({ sink, line, items, remember, done, failed }: PassingOn): Decoder {
  const last: Buffer[] = []
  return {
    write: (chunk) => {
      items?.push(chunk)
      if (items?.ended() === true) return void last.push(chunk)
      if (sink.write(chunk)) return
      line.pause()
      sink.whenDrained(() => line.resume())
    },
    end: () => {
      const seen = items?.seen() ?? []
      const ended = (): void => {
        sink.end(Buffer.concat(last))
        done()
      }
      if (seen.length === 0) return ended()
      void remember(seen).then(ended, failed)
    },
  }
}

/** Reads the items of a retrieved response beside the bytes that pass: a background one shows them here first. */
interface ItemReader {
  readonly push: (chunk: Buffer) => void
  /** The event that ends a stream has been read: it waits until the items are on record, since a client goes on with them. */
  readonly ended: () => boolean
  readonly seen: () => readonly string[]
}

function itemReader(headers: Headers): ItemReader {
  if (isEventStream(headers)) {
    const pipe = responsesPassing.stream(false)
    return { push: (chunk) => void pipe.push(chunk), ended: pipe.finished, seen: () => pipe.peek().items ?? [] }
  }
  const chunks: Buffer[] = []
  let bytes = 0
  const seen = (): readonly string[] => {
    const whole = responsesPassing.whole(Buffer.concat(chunks))
    return 'items' in whole ? whole.items ?? [] : []
  }
  return {
    push: (chunk) => {
      bytes += chunk.length
      if (bytes <= wholeBytesMax) chunks.push(chunk)
    },
    ended: () => false, seen,
  }
}

/** `besides` is one more header of the provider's that this answer needs. */
function answerHeaders(act: StoredAct, stored: StoredResponse, upstream: Headers, besides?: string): Record<string, string> {
  const more = besides === undefined ? undefined : headerText(upstream, besides)
  return {
    'content-type': headerText(upstream, 'content-type') ?? 'application/json', 'x-weir-call-id': act.id, 'x-weir-deployment': stored.deployment,
    'x-request-id': headerText(upstream, 'x-request-id') ?? act.id, ...(besides === undefined || more === undefined ? {} : { [besides]: more }),
  }
}
