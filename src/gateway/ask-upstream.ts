/** A request beside the way of calls: small, whole, on its own deadline. For stored responses and their polling. */
import { codingOf, type Headers } from '../dialects/headers.ts'
import { decodeWhole } from './attempt.ts'
import type { Timeouts } from './snapshot.ts'
import type { DialFailure, Upstream, UpstreamRequest } from './dial.ts'

export interface UpstreamAnswer {
  readonly status: number
  readonly headers: Headers
  /** Its content coding undone, where it is one that we know. */
  readonly body: Buffer
}

const patience: Timeouts = { connectMs: 5_000, firstByteMs: 30_000, idleMs: 30_000, totalMs: 60_000 }

export function askUpstream(upstream: Upstream, request: Omit<UpstreamRequest, 'timeouts' | 'body'>): Promise<UpstreamAnswer | DialFailure> {
  return new Promise((resolve) => {
    let status = 0
    let headers: Headers = {}
    const chunks: Buffer[] = []
    upstream.dial({ ...request, body: undefined, timeouts: patience }, {
      head: (given, all) => {
        status = given
        headers = all
      },
      data: (chunk) => void chunks.push(chunk),
      end: () => {
        const raw = Buffer.concat(chunks)
        resolve({ status, headers, body: decodeWhole(raw, codingOf(headers)) ?? raw })
      },
      failed: resolve,
    })
  })
}

export const isAnswer = (value: UpstreamAnswer | DialFailure): value is UpstreamAnswer => 'body' in value
