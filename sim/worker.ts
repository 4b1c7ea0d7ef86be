/** A worker of the runner: runs the seeds it is given, one after the other, and tells what it found. */
import { parentPort, workerData } from 'node:worker_threads'
import { openEmbeddedForTest } from '../test/embedded.ts'
import { openPostgresForTest } from '../test/stores.ts'
import type { Store } from '../src/store/store.ts'
import { oneRun } from './one-run.ts'
import type { Books, SeedResult } from './runner.ts'

const port = parentPort
if (port === null) throw new Error('sim/worker.ts is started by sim/runner.ts')

const { books } = workerData as { readonly books: Books }
const opening: Promise<Store> | undefined = books === 'memory' ? undefined : books === 'embedded' ? openEmbeddedForTest() : openPostgresForTest()

let seed = 0
// A promise that nobody holds and that fails ends a process in production: here it is a finding of the seed that runs.
const strays: string[] = []
process.on('unhandledRejection', (cause) => strays.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)))

port.on('message', (seeds: readonly number[] | 'end') => {
  if (seeds === 'end') {
    void Promise.resolve(opening).then((store) => store?.close()).then(() => port.close())
    return
  }
  void work(seeds)
})

async function work(seeds: readonly number[]): Promise<void> {
  const store = await opening
  const results: SeedResult[] = []
  for (seed of seeds) {
    try {
      const { findings, ...rest } = await oneRun(seed, store)
      results.push({ seed, ...rest, findings: [...findings.map(({ invariant, says }) => `${invariant}: ${says}`), ...strays.splice(0).map((text) => `C1: a failure that nobody met: ${text}`)] })
    } catch (cause) {
      // Whatever breaks the world itself is told with its seed.
      results.push({ seed, events: 0, calls: 0, attempts: 0, refusals: 0, findings: [`the run broke: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`] })
    }
  }
  port?.postMessage(results)
}
