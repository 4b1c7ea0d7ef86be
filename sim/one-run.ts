/** One seed, one run, on the books that are asked for. */
import type { Clock } from '../src/kernel/clock.ts'
import type { Store } from '../src/store/store.ts'
import { memoryShelf, sqlShelf } from './shelves.ts'
import { planOf } from './world/plan.ts'
import type { PlantedDefect } from './world/planted.ts'
import { runWorld, type RunResult } from './world/world.ts'

/** The world's time as the books' own clock, for what they date by themselves. */
const still = (now: number): Clock => ({ now: () => now, monotonic: () => now })

/** Runs a seed in memory, or on a store whose books are emptied first. `defect` plants one, in the trouble where it shows. */
export async function oneRun(seed: number, store?: Store, defect?: PlantedDefect): Promise<RunResult> {
  const plan = planOf(seed, defect?.troubles)
  const clock = still(plan.epoch)
  return runWorld(plan, store === undefined ? memoryShelf(clock, defect?.ledger) : await sqlShelf(store, clock), defect?.wiring)
}
