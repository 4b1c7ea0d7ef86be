/** What the admin API works with: handed in by `main.ts`. */
import type { Snapshot } from '../gateway/snapshot.ts'
import type { Clock } from '../kernel/clock.ts'
import type { PriceRow } from '../ledger/price.ts'
import type { Store } from '../store/store.ts'
import type { ResourceBook } from './resources.ts'
import type { MasterKeyHolder } from './secrets.ts'

export interface AdminPorts {
  readonly resources: ResourceBook
  readonly store: Store
  readonly masterKey: MasterKeyHolder
  readonly clock: Clock
  /** Weir's own version, for the description of the API. */
  readonly version: string
  readonly snapshot: () => Snapshot | undefined
  readonly priceBook: () => AdminPriceBook
  /** Records of this node's journal that the database has not confirmed. */
  readonly unshipped: () => { readonly records: number; readonly oldestMs: number | undefined }
  /** Posts quarantined records whose cause is mended; `ids`: only these. Undefined on a node that does not post. */
  readonly redrive: ((ids: readonly number[] | undefined) => Promise<{ readonly posted: number; readonly remaining: number }>) | undefined
  /** Told to look at once after something was written that other parts wait for. */
  readonly wake: () => void
  /** A defect in a handler: logged, never shown. */
  readonly failed: (what: string, cause: unknown) => void
}

export interface AdminPriceBook {
  readonly rows: () => readonly PriceRow[]
  readonly sheet: (list: string, model: string, regionClass: string, instant: number, knownAt: number) => { readonly rows: readonly PriceRow[] } | undefined
}
