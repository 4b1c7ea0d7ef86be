/**
 * The facts that a node writes down before it acts on them. Two records make an attempt: `attempt` is committed before
 * the dial, `outcome` before the final byte leaves (C1). Records are JSON, numbered by the journal, and never changed.
 * Amounts are picos (10^-12 of the currency's major unit) as decimal text.
 */
import type { Counts, UsageSource } from '../kernel/meters.ts'

/** One budget account of a call's path and the period that was fixed at admission. */
export interface BudgetUse {
  /** Budget id: `organization/acme/month`. */
  readonly budget: string
  /** First instant of the period, RFC 3339 UTC; `total` where the budget has no period. */
  readonly period: string
  /** The node's lease that the hold was opened in, so that a lease written off is not charged twice. Absent: the journal's latest. */
  readonly epoch?: string
}

export interface AttemptRecord {
  readonly kind: 'attempt'
  readonly call: string
  /** 1 for the first dial of the call. */
  readonly n: number
  /** Wall clock of the dial, milliseconds: the instant whose prices apply. */
  readonly at: number
  /** When the call arrived, milliseconds. */
  readonly received: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose?: string
  /** Public model name that the client asked for. */
  readonly model: string
  readonly deployment: string
  readonly provider: string
  readonly account: string
  /** What the provider calls the model. */
  readonly upstreamModel: string
  /** The name under which the price list knows the model; `upstreamModel` where absent. */
  readonly pricedAs?: string
  /** Who bills us, sells and made the model; the provider and the catalogue of models say so where absent. */
  readonly supplier?: string
  readonly channel?: string
  readonly maker?: string
  readonly capacity?: 'pay-as-you-go' | 'provisioned' | 'in-house'
  readonly surface: string
  readonly operation: string
  readonly dialect: string
  readonly stream: boolean
  readonly background?: boolean
  /** Snapshot version that keys, prices, routes and decisions were read from. */
  readonly snapshot: number
  /** The price list and the instant up to which rows were known when the hold was made. */
  readonly priceList: string
  readonly regionClass: string
  readonly currency: string
  /** Worst case of this attempt. */
  readonly hold: string
  readonly inputBound: number
  readonly outputBound: number
  readonly budgets: readonly BudgetUse[]
  readonly requestBytes: number
  readonly tags?: Readonly<Record<string, string>>
  readonly traceparent?: string
  /** Data retention mode that the account's owner declared for the region, in the words of gateway/data-retention.ts. */
  readonly retentionMode?: string
  /** Hash of the end-user value, sent upstream as the safety identifier. */
  readonly actor?: string
  /** The decision that allowed it, where one was needed, with what a receipt says of it. */
  readonly decision?: string
  /** Hash of the policy set that decided. */
  readonly policySet?: string
  /** Phase of the purpose that the key is bound to, as registered when it was decided. */
  readonly phase?: string
  /** Clauses whose duties come with the use; absent where there are none. */
  readonly duties?: readonly string[]
}

/**
 * How an attempt ended.
 * `complete`: the whole answer was read. `refused`: the provider answered with an error. `failed`: the connection broke
 * or the answer was unusable. `unreached`: no byte of the request can have arrived. `cut`: Weir stopped reading (client
 * gone, deadline, drain). `lost`: the node died, found open at recovery.
 */
export type Outcome = 'complete' | 'refused' | 'failed' | 'unreached' | 'cut' | 'lost'

export interface OutcomeRecord {
  readonly kind: 'outcome'
  readonly call: string
  readonly n: number
  readonly at: number
  readonly outcome: Outcome
  /** Upstream's HTTP status, where one came. */
  readonly status?: number
  readonly error?: string
  readonly source: UsageSource
  /** Whether the provider may bill this attempt. `no` only where it certainly cannot. */
  readonly billable: 'yes' | 'maybe' | 'no'
  /** Reported or estimated counts. Absent usage has none. */
  readonly counts?: Counts
  /** The provider's usage JSON, as it came. */
  readonly raw?: string
  readonly servedModel?: string
  readonly serviceTier?: string
  /** Deployment that the provider says served it, where it spilled over. */
  readonly servedDeployment?: string
  /** What that deployment is here, where it is one of the call's candidates: the books take it and its price in place of the attempt's. */
  readonly servedBy?: { readonly deployment: string; readonly priceList: string; readonly pricedAs: string; readonly regionClass: string; readonly currency: string; readonly capacity: NonNullable<AttemptRecord['capacity']> }
  /** What budgets are charged: the exact price of reported usage rounded up to a pico, or the full hold. */
  readonly charge: string
  readonly upstreamId?: string
  readonly finish?: string
  /** Milliseconds from the dial. */
  readonly headersMs?: number
  readonly firstByteMs?: number
  readonly lastByteMs?: number
  readonly responseBytes?: number
  readonly clientGone?: boolean
  /** SHA-256 of the client's request body and of the answer as it was delivered, hex, where the project captures content. */
  readonly content?: { readonly input: string; readonly output: string; /** SHA-256 of the answer's fingerprints, where it has eight words. */ readonly sketch?: string }
  /** True on the last attempt of a call: the call's hold ends here. */
  readonly last: boolean
}

/** A call that was never dialled, for the record of what was refused and why. Carries no money. */
export interface RefusalRecord {
  readonly kind: 'refusal'
  readonly call: string
  readonly at: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly model: string
  readonly operation: string
  readonly code: string
  readonly clause?: string
}

export type JournalRecord = AttemptRecord | OutcomeRecord | RefusalRecord

/** A record with the number that its journal gave it; `body` is the JSON text that is hashed and shipped. */
export interface NumberedRecord {
  readonly sequence: number
  readonly body: string
}

/** Why records are not written. `lasting`: the file is not trusted until a restart has read it; else it takes them again by itself, as soon as there is room. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded'
  readonly lasting: boolean

  constructor(message: string, lasting: boolean, cause?: unknown) {
    super(message, { cause })
    this.lasting = lasting
  }
}

/** The node's own file. */
export interface Journal {
  /** Random identity, made with the file. A copied file is found out by equal numbers with other contents. */
  readonly identity: string
  /**
   * Resolves once the record is committed with its group; rejects with `NotRecorded` where it cannot be. Where there is only no
   * room for it, an outcome waits until there is, since its attempt was made; what is not yet done is refused.
   */
  readonly append: (record: JournalRecord) => Promise<void>
  /** Why nothing is taken now; undefined while records are. */
  readonly refusal: () => NotRecorded | undefined
  /** Records after `sequence`, in order, at most `limit`. */
  readonly after: (sequence: number, limit: number) => readonly NumberedRecord[]
  /** Attempts without an outcome: what recovery has to close as `lost`. */
  readonly open: () => readonly AttemptRecord[]
  readonly last: () => number
  /** Up to where this very file's records are known to be durable in the database. A copied file goes on from its own mark, and so is found out. */
  readonly confirmed: () => number
  readonly confirm: (sequence: number) => void
  /** Forgets records up to `sequence` that are confirmed durable and older than the recovery window. */
  readonly forget: (sequence: number, before: number) => number
  readonly close: () => Promise<void>
}
