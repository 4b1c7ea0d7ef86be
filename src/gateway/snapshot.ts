/**
 * Everything that a call needs to know, as one immutable value with a version: read once per call and journalled with it.
 * Built from resources by `build-snapshot.ts`; replaced as a whole, never changed.
 */
import type { Retention, RetentionMode } from './data-retention.ts'
import type { DialectName } from '../dialects/dialect.ts'
import type { Budget } from '../ledger/lease.ts'
import type { ProviderType, Quirks } from '../providers/provider.ts'

export interface Limits {
  readonly requestsPerMinute: number | undefined
  readonly tokensPerMinute: number | undefined
  readonly concurrency: number | undefined
}

/** Whom a key speaks for. */
export interface Caller {
  readonly organization: string
  readonly project: string
  /** Key id, stable over renames: `key_…`. */
  readonly key: string
  readonly keyName: string
  readonly purpose: string | undefined
  /** Milliseconds; the key answers 401 from then on. */
  readonly expiresAt: number | undefined
  /** Public model names that may be called; undefined: all. */
  readonly models: ReadonlySet<string> | undefined
  /** Accounts of the budget path: organization, project, key, in this order. */
  readonly budgets: readonly Budget[]
  /** Limits of the path, narrowest last, each with the scope that it counts in. */
  readonly limits: readonly ScopedLimits[]
  readonly capture: 'none' | 'metadata' | 'content'
  /** What was promised of data retention: the project's setting, then the organization's; empty: nothing. */
  readonly retention: readonly Retention[]
}

export interface ScopedLimits extends Limits {
  /** `key:key_…`, `project:acme/feed`, `organization:acme`, `model:gpt-4.1`. */
  readonly scope: string
}

/** One supplier account: what is suspended together. */
export interface ProviderAccount {
  readonly name: string
  readonly account: string
  readonly type: ProviderType
  readonly baseUrl: string
  /** In clear, in memory only. */
  readonly apiKey: string | undefined
  readonly entra: { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string; readonly authority: string | undefined; readonly scope: string | undefined } | undefined
  readonly apiVersion: string | undefined
  readonly quirks: Quirks
  readonly dialects: readonly DialectName[]
  readonly headers: Readonly<Record<string, string>>
  /** Options of the type's own code, such as the sandbox's profiles. */
  readonly options: Readonly<Record<string, unknown>>
  readonly maker: string | undefined
  readonly channel: string
  readonly supplier: string
}

export interface Deployment {
  readonly id: string
  readonly provider: ProviderAccount
  /** What the provider calls it. */
  readonly upstreamModel: string
  readonly maker: string | undefined
  readonly group: number
  readonly weight: number
  readonly capacity: 'pay-as-you-go' | 'provisioned' | 'in-house'
  readonly region: string | undefined
  readonly regionClass: string
  /** Whether the supplier keeps data of a call there; undefined: nobody said. */
  readonly retains: boolean | undefined
  /** The retention mode that our account there is declared to be set to; undefined: none is declared. */
  readonly retentionMode: RetentionMode | undefined
  readonly priceList: string
  readonly pricedAs: string
  /** Tokens. */
  readonly contextWindow: number
  readonly outputMax: number
}

export interface Timeouts {
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly totalMs: number
}

export interface Model {
  readonly name: string
  readonly maker: string | undefined
  /** In group order. */
  readonly deployments: readonly Deployment[]
  readonly timeouts: Timeouts
  readonly attemptsMax: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
  readonly whenClientLeaves: { readonly stream: 'cancel' | 'drain'; readonly plain: 'cancel' | 'drain'; readonly drainMaxMs: number }
  readonly sticky: 'none' | 'user' | 'session' | 'key'
  readonly limits: readonly ScopedLimits[]
  /** Seconds since 1970, for `/v1/models`. */
  readonly created: number
}

export interface Snapshot {
  readonly version: number
  /** HMAC-SHA-256 of the key's secret under the installation's pepper, base64 → caller. */
  readonly callers: ReadonlyMap<string, Caller>
  readonly models: ReadonlyMap<string, Model>
  readonly deployments: ReadonlyMap<string, Deployment>
}
