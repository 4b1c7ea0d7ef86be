/** One client's request as the HTTP layer hands it over, and what the gateway answers. Types only. */
import type { DialectName, Operation, Surface } from '../dialects/dialect.ts'
import type { Headers } from '../dialects/headers.ts'

/** Where an answer goes. The HTTP layer's response, or the simulator's. */
export interface Sink {
  readonly head: (status: number, headers: Record<string, string>) => void
  /** False when the client reads slower than we write: wait for `whenDrained`. */
  readonly write: (bytes: Buffer) => boolean
  readonly end: (bytes?: Buffer) => void
  /** Breaks the connection, so that the client knows that the answer is not whole. */
  readonly destroy: () => void
  readonly whenDrained: (resume: () => void) => void
  /** Called once if the client leaves before `end`. */
  readonly whenGone: (gone: () => void) => void
  readonly gone: () => boolean
  /** Told which model the call is for, so that what no longer allows it finds it. */
  readonly isFor?: (model: string) => void
  /** Called once if the node cuts the call, because it would not be admitted any more: whatever the route does for a client that leaves, this call ends now. */
  readonly whenCut?: (cut: (why: Cut) => void) => void
}

/** Why the node cuts an open call: as its answer where nothing was sent yet, and in the words of a stream's error event. */
export interface Cut {
  readonly fault: Fault
  readonly code: string
  readonly message: string
}

export interface Call {
  readonly id: string
  /** Wall clock and monotonic milliseconds of its arrival. */
  readonly received: number
  readonly started: number
  readonly surface: Surface
  readonly operation: Operation
  readonly dialect: DialectName
  /** The credential as presented; undefined where none was. */
  readonly secret: string | undefined
  /** Azure's deployment path names the model. */
  readonly modelInPath: string | undefined
  readonly body: Buffer
  readonly contentType: string
  readonly headers: Headers
  readonly sink: Sink
  /** Address of the connection's other end; undefined where there is no connection. */
  readonly peer?: string
  /** Present where the project captures content: see capture.ts. */
  readonly capture?: {
    /**
     * Takes what of a complete answer is still to be delivered, before it is, and the text that was read of all of it;
     * answers the digests for its record. Undefined: too large to be kept.
     */
    readonly seal: (rest: Buffer, delivered: string) => { readonly input: string; readonly output: string; readonly sketch?: string } | undefined
  }
}

/** A refusal or failure of Weir's own; `code` is a row of the error catalogue (http/errors.ts). */
export interface Fault {
  readonly code: FaultCode
  /** Fills the catalogue's message template. */
  readonly say: Readonly<Record<string, string>>
  readonly param?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type FaultCode =
  | 'missing_key' | 'invalid_key' | 'expired_key' | 'not_current' | 'invalid_request' | 'model_not_found'
  | 'not_permitted' | 'approval_needed' | 'no_deployment' | 'no_dialect' | 'stored_unsupported' | 'retention_none' | 'suppliers_unavailable'
  | 'supplier_suspended' | 'budget_exhausted' | 'rate_limited' | 'throttled' | 'too_many_open_calls' | 'unpriced_model' | 'unpriced_tier' | 'unpriced_tool'
  | 'upstream_unreachable' | 'upstream_timeout' | 'upstream_broke' | 'upstream_redirected' | 'not_recorded' | 'idempotency_in_flight' | 'idempotency_finished'
  | 'idempotency_mismatch' | 'response_not_found' | 'item_not_found' | 'items_unsupported' | 'clock_skewed' | 'draining' | 'unknown_path' | 'method_not_allowed'
  | 'body_too_large' | 'encoded_body' | 'bad_path' | 'control_node' | 'internal'

/**
 * What became of a call. `answered`: the sink has had everything, also where that was the upstream's own error.
 * `fault`: nothing was sent yet; the HTTP layer writes the fault in the surface's shape.
 */
export type Reply =
  | { readonly status: 'answered'; /** It began and did not come to its end. */ readonly broken?: true }
  | { readonly status: 'fault'; readonly fault: Fault; readonly attempts: number }
