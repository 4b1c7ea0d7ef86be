/** Many seeds over several cores. */
import { startThread } from '../src/kernel/thread.ts'

export type Books = 'memory' | 'embedded' | 'postgres'

export interface SeedResult {
  readonly seed: number
  readonly events: number
  readonly calls: number
  readonly attempts: number
  readonly refusals: number
  readonly findings: readonly string[]
}

export interface RunsOptions {
  readonly books: Books
  readonly first: number
  readonly runs: number
  readonly workers: number
  /** Called after each handful of runs. */
  readonly progress?: (done: number) => void
}

export interface RunsSummary {
  readonly runs: number
  readonly events: number
  readonly calls: number
  readonly attempts: number
  readonly refusals: number
  readonly failed: readonly SeedResult[]
}

const handful = { memory: 50, embedded: 5, postgres: 5 } as const

/** Runs seeds `first` to `first + runs - 1`. Failures come back in the order of their seeds, so the summary is the same every time. */
export async function runSeeds({ books, first, runs, workers, progress }: RunsOptions): Promise<RunsSummary> {
  const results: SeedResult[] = []
  let next = first
  const take = (): readonly number[] => {
    const seeds = Array.from({ length: Math.min(handful[books], first + runs - next) }, (_, index) => next + index)
    next += seeds.length
    return seeds
  }
  await Promise.all(Array.from({ length: Math.min(workers, runs) }, () => new Promise<void>((resolve, reject) => {
    const worker = startThread(new URL('./worker.ts', import.meta.url), { workerData: { books } })
    worker.once('error', reject)
    worker.once('exit', () => resolve())
    const give = (): void => {
      const seeds = take()
      worker.postMessage(seeds.length === 0 ? 'end' : seeds)
    }
    worker.on('message', (done: readonly SeedResult[]) => {
      results.push(...done)
      progress?.(results.length)
      give()
    })
    give()
  })))
  const sum = (of: (result: SeedResult) => number): number => results.reduce((total, result) => total + of(result), 0)
  return {
    runs: results.length, events: sum((r) => r.events), calls: sum((r) => r.calls), attempts: sum((r) => r.attempts), refusals: sum((r) => r.refusals),
    failed: results.filter((result) => result.findings.length > 0).toSorted((a, b) => a.seed - b.seed),
  }
}
