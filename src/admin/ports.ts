/** What the admin API works with: handed in by `main.ts`. */
import type { Breaker } from '../gateway/breaker.ts'
import type { Ports } from '../gateway/ports.ts'
import type { Snapshot } from '../gateway/snapshot.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Timers } from '../kernel/timers.ts'
import type { ExtendablePriceBook } from '../ledger/price-book.ts'
import type { Store } from '../store/store.ts'
import type { DemoCommand } from './demo-runs.ts'
import type { LiveFeed } from './live-feed.ts'
import type { SignInSettings } from './people/settings.ts'
import type { ResourceBook } from './resources.ts'
import type { MasterKeyHolder } from './secrets.ts'
import type { TermsDesk } from './terms-desk.ts'

export interface AdminPorts {
  readonly resources: ResourceBook
  /** How people sign in now; passwords, and nothing beside them, where it is undefined. */
  readonly signIn: () => SignInSettings | undefined
  readonly store: Store
  readonly terms: TermsDesk
  readonly masterKey: MasterKeyHolder
  readonly clock: Clock
  readonly timers: Timers
  /** Why nothing may be decided by this node's clock; undefined while it agrees with the database's. */
  readonly clockFault: () => string | undefined
  readonly live: LiveFeed
  /** Of this node. */
  readonly breaker: Pick<Breaker, 'states' | 'suspended' | 'reinstate'>
  readonly raise: Ports['raise']
  /** Hosts that webhooks and notices may reach although their addresses are private. */
  readonly privateHosts: ReadonlySet<string>
  /** Weir's own version, for the description of the API. */
  readonly version: string
  readonly snapshot: () => Snapshot | undefined
  readonly priceBook: () => ExtendablePriceBook
  /** Records of this node's journal that the database has not confirmed. */
  readonly unshipped: () => { readonly records: number; readonly oldestMs: number | undefined }
  /** Told to look at once after something was written that other parts wait for. */
  readonly wake: () => void
  /** Runs chapters of the case; undefined where they are not part of the installation. */
  readonly demo: DemoCommand | undefined
  /** A defect in a handler: logged, never shown. */
  readonly failed: (what: string, cause: unknown) => void
}
