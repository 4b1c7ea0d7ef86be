/**
 * Content of calls, where a project chose to keep it. A tap beside the sink: what passes to the client is remembered by
 * reference, and handed on after the answer has left. The digests go into the outcome's record, so that the receipt commits
 * to content before anybody could change it; they are the only work between upstream and client, and only for calls that
 * are captured: under a microsecond a kilobyte for hashing, about a tenth of a microsecond a word for fingerprints, which
 * are made of the text that the meter has read already.
 */
import { hash } from 'node:crypto'
import type { DialectName } from '../dialects/dialect.ts'
import { fingerprints, packFingerprints } from '../terms/detection/winnow.ts'
import type { Call, Sink } from './call.ts'
import type { Intent } from './intent.ts'
import type { Ports } from './ports.ts'

/** Request and answer as the client sent and got them, content coding undone. */
export interface Captured {
  readonly call: string
  readonly at: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
  /** The wire format of both. */
  readonly dialect: DialectName
  readonly request: Buffer
  readonly requestType: string
  readonly response: Buffer
  readonly responseType: string
}

/** Bytes of request and answer together; a larger call is served and not captured. */
export const captureBytesMax = 2 * 1024 * 1024

const sha256 = (bytes: Buffer): string => hash('sha256', bytes, 'hex')

/** Digest of an answer's fingerprints, by which a lead can be proven later; undefined where it is too short to have any. */
function sketchOf(delivered: string): string | undefined {
  const marks = fingerprints(delivered)
  return marks.size === 0 ? undefined : sha256(packFingerprints(marks))
}

/** The call with a tap on its sink. Its own record is the receipt's ground: nothing is kept of an answer that was not sealed. */
export function capturing(call: Call, { caller, model }: Intent, ports: Ports): Call {
  const keep = ports.keepContent
  if (keep === undefined) return call
  const chunks: Buffer[] = []
  let bytes = call.body.length
  let responseType = ''
  let response: Buffer | undefined
  const tooLarge = (): undefined => ports.raise('content-too-large', call.id, { bytes, project: `${caller.organization}/${caller.project}` }) as undefined
  const hand = (): void => {
    if (response === undefined) return
    keep({
      call: call.id, at: call.received, organization: caller.organization, project: caller.project, key: caller.key, purpose: caller.purpose, model: model.name, dialect: call.dialect,
      request: call.body, requestType: call.contentType, response, responseType,
    })
    response = undefined
  }
  const { sink } = call
  const tapped: Sink = {
    ...sink,
    head: (status, headers) => {
      responseType = headers['content-type'] ?? ''
      sink.head(status, headers)
    },
    write: (part) => {
      bytes += part.length
      if (bytes <= captureBytesMax) chunks.push(part)
      return sink.write(part)
    },
    end: (part) => {
      sink.end(part)
      ports.timers.soon(hand)
    },
  }
  const seal: NonNullable<Call['capture']>['seal'] = (rest, delivered) => {
    bytes += rest.length
    if (bytes > captureBytesMax) return tooLarge()
    response = Buffer.concat([...chunks, rest])
    const sketch = sketchOf(delivered)
    return { input: sha256(call.body), output: sha256(response), ...(sketch === undefined ? {} : { sketch }) }
  }
  return { ...call, sink: tapped, capture: { seal } }
}
