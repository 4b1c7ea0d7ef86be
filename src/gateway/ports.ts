/** All that `handle` needs from outside: a record of functions. `main.ts` supplies the real ones, `sim/` the simulated. */
import type { Ask, DialectName, Edits, Exchange, Operation, Refusal } from '../dialects/dialect.ts'
import type { JournalRecord } from '../journal/record.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Counts } from '../kernel/meters.ts'
import type { Random } from '../kernel/random.ts'
import type { Timers } from '../kernel/timers.ts'
import type { Leases } from '../ledger/lease.ts'
import type { PriceSheet, Rated, Worst } from '../ledger/price.ts'
import type { Call } from './call.ts'
import type { Captured } from './capture.ts'
import type { Breaker } from './breaker.ts'
import type { Intent } from './intent.ts'
import type { Limiter } from './limiter.ts'
import type { Upstream } from './dial.ts'
import type { Caller, Deployment, Model, ProviderAccount, Snapshot } from './snapshot.ts'

/** Why terms do not allow a use. */
export interface Objection {
  readonly clause: string
  /** A plain sentence: what is not allowed and why. */
  readonly says: string
  /** What would make it allowed. */
  readonly remedy: string
  /** Present where a person may allow it. */
  readonly approval: string | undefined
}

/** A throttle that a case has imposed, as the one who meets it reads it. */
export interface Slowed {
  readonly clause: string
  readonly says: string
  readonly remedy: string
  /** Of the calls that pass. */
  readonly percent: number
}

/** What the record of a call says of the decision that allowed it. */
export interface Decided {
  readonly id: string
  /** Hash of the policy set. */
  readonly policySet: string
  /** Phase of the registered purpose. */
  readonly phase: string | undefined
  /** Clauses whose duties come with the use. */
  readonly duties: readonly string[]
}

export interface IdempotencyClaim {
  readonly state: 'mine' | 'in-flight' | 'finished' | 'mismatch'
  /** The call that holds or held the key. */
  readonly call: string
  readonly replay: { readonly status: number; readonly contentType: string; readonly body: Buffer } | undefined
}

export interface Ports {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** Undefined: not confirmed for longer than `staleAfter`, so nothing is admitted. */
  readonly snapshot: () => Snapshot | undefined
  /** The caller of a secret in this snapshot. */
  readonly identify: (snapshot: Snapshot, secret: string) => Caller | undefined
  /** Undefined: allowed. Answers from memory. */
  readonly permit: (caller: Caller, model: Model, deployment: Deployment, call: { readonly region: string | undefined }) => Objection | undefined
  /** Why this one call is refused for now, where a case lets only a share of them pass; undefined: it passes. */
  readonly throttled?: (caller: Caller, model: Model) => Slowed | undefined
  /** The decision behind the last answer of `permit` for this use, for the call's record. */
  readonly decided: (caller: Caller, deployment: Deployment) => Decided | undefined
  /** Stands for an end user towards suppliers and in receipts: the same for the same person of an organization, and nobody else's. */
  readonly pseudonym: (organization: string, endUser: string) => string
  readonly readAsk: (dialect: DialectName, body: Buffer, contentType: string) => Ask | Refusal
  readonly servable: (operation: Operation, offered: readonly DialectName[]) => DialectName | undefined
  readonly openExchange: (args: { readonly client: DialectName; readonly upstream: DialectName; readonly body: Buffer; readonly contentType: string; readonly ask: Ask; readonly edits: Edits }) => Exchange | Refusal
  readonly sheet: (deployment: Deployment, instant: number) => PriceSheet | undefined
  readonly bound: (sheet: PriceSheet, worst: Worst) => bigint | undefined
  readonly rate: (sheet: PriceSheet, counts: Counts, tier: string | undefined) => Rated
  readonly leases: Leases
  readonly limiter: Limiter
  readonly breaker: Breaker
  readonly upstream: Upstream
  /** Where a dialect's requests go at a deployment, and the headers that its host always wants (credentials apart). */
  readonly target: (deployment: Deployment, dialect: DialectName, rest?: { readonly below?: string; readonly query?: string }) => { readonly origin: string; readonly path: string; readonly headers: Readonly<Record<string, string>> }
  /** Authorisation headers; `failed` says why there are none. */
  readonly credentials: (account: ProviderAccount) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>
  readonly journal: (record: JournalRecord) => Promise<void>
  /** Exact token count of text, made off the path. */
  readonly countTokens: (text: string) => Promise<number>
  /** A response id is bound to its project and deployment, durably, before the client learns it. */
  readonly rememberResponse: (stored: StoredResponse) => Promise<void>
  /** Items of a response that has been remembered, which were not known then. */
  readonly rememberItems: (response: string, items: readonly string[]) => Promise<void>
  readonly findResponse: (id: string) => Promise<StoredResponse | undefined>
  /** Where those of the items live that answers to this project made, by id. */
  readonly findItems: (owner: Pick<StoredResponse, 'organization' | 'project'>, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly claim: (project: string, key: string, call: string, fingerprint: string) => Promise<IdempotencyClaim>
  readonly finish: (project: string, key: string, call: string, answer: { readonly status: number; readonly contentType: string; readonly body: Buffer } | undefined) => Promise<void>
  /** Forgets a claim whose call was refused before any dial. */
  readonly release: (project: string, key: string, call: string) => Promise<void>
  /** Alarms, threshold and supplier events, for people and webhooks. */
  readonly raise: (kind: string, subject: string, body: Readonly<Record<string, string | number | boolean>>) => void
  /** Called once per finished call, off the path: metrics, live tail, traces. */
  readonly observe: (seen: Observed) => void
  /** Takes content that a project captures, after its answer has left; absent where nothing is kept. */
  readonly keepContent?: (captured: Captured) => void
  /** Takes a served call for detection of misuse, after its answer has left; absent where nobody looks. */
  readonly sketch?: (call: Call, intent: Intent) => void
  /** A background response keeps its attempt and hold open until its provider says how it ended; see background.ts. */
  readonly follow: (pending: Pending) => void
  /** The node is stopping: nothing new is admitted. */
  readonly draining: () => boolean
}

export interface StoredResponse {
  readonly id: string
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly deployment: string
  readonly call: string
  readonly background: boolean
  /** Ids of what it holds, by which a later call may name it. */
  readonly items: readonly string[]
}

/** A background response that runs on at its provider. */
export interface Pending {
  readonly response: string
  readonly deployment: Deployment
  readonly call: string
  readonly n: number
  readonly operation: string
  readonly sheet: PriceSheet
  /** Picos held for the attempt. */
  readonly held: bigint
  readonly body: Buffer
  /** Called once, after the outcome is committed, with the attempt's charge. */
  readonly ended: (charge: bigint) => void
}

export interface Observed {
  readonly call: string
  readonly at: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly model: string
  readonly deployment: string | undefined
  readonly operation: string
  readonly surface: string
  readonly stream: boolean
  readonly attempts: number
  readonly status: number
  readonly fault: string | undefined
  readonly durationMs: number
  readonly firstByteMs: number | undefined
  readonly counts: Counts | undefined
  readonly source: string
  /** Picos. */
  readonly charge: bigint
  readonly clientGone: boolean
  readonly traceparent: string | undefined
}
