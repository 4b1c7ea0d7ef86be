/** The admin API's terms over a test's own store: real parts, nothing running by itself. */
import type { TermsDesk } from '../src/admin/terms-desk.ts'
import type { Clock } from '../src/kernel/clock.ts'
import type { Random } from '../src/kernel/random.ts'
import type { Keyring } from '../src/kernel/sealing.ts'
import type { Store } from '../src/store/store.ts'
import { folderObjects } from '../src/terms/log/objects.ts'
import type { Offer } from '../src/terms/register/facts-of.ts'
import { openTerms } from '../src/terms/terms-node.ts'

const still = { after: () => () => undefined, every: () => () => undefined, soon: (run: () => void): void => void setImmediate(run) }

export async function openDeskForTest(parts: { readonly store: Store; readonly clock: Clock; readonly random: Random; readonly keyring: () => Keyring; readonly folder: string; readonly offers?: readonly Offer[] }): Promise<TermsDesk> {
  const { store, clock, random, keyring, folder } = parts
  const terms = await openTerms({ store, clock, timers: still, random, keyring, objects: folderObjects(`${folder}/logs`, random), originBase: 'log.example/test', sequences: true, witnesses: () => [], trouble: (subject, says) => { throw new Error(`${subject}: ${says}`) } })
  if ('failed' in terms) throw new Error(terms.failed)
  return { terms, offers: () => parts.offers ?? [], exports: folderObjects(`${folder}/exports`, random) }
}
