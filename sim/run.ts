/** `npm run sim -- --runs 10000 --seed 1`: runs the simulator, and prints for each failure the line that repeats it. */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/kernel/clock.ts'
import { runSeeds, type Books, type SeedResult } from './runner.ts'

const help = `Runs the seeded simulator and its auditor.

  npm run sim -- [--runs 1000] [--seed 1] [--books memory|embedded|postgres] [--workers N]

  npm run sim -- --runs 10000 --seed 1          ten thousand runs in memory
  npm run sim -- --runs 200 --books embedded    two hundred on the embedded database
  npm run sim -- --runs 1 --seed 4711           one run again`

/** The commit that a seed belongs to: another commit makes other runs of it. */
export function commitHere(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    // No git, or no repository: an installed copy.
    return 'unknown'
  }
}

export const failureText = ({ seed, findings }: SeedResult, books: Books, commit: string): string =>
  [`seed=${seed} commit=${commit}`, ...findings.map((finding) => `  ${finding}`), `  npm run sim -- --runs 1 --seed ${seed}${books === 'memory' ? '' : ` --books ${books}`}`].join('\n')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' }, books: { type: 'string', default: 'memory' }, workers: { type: 'string' }, help: { type: 'boolean', default: false } } })
  const books = values.books as Books
  if (values.help || !['memory', 'embedded', 'postgres'].includes(books)) {
    console.log(help)
    return values.help ? 0 : 2
  }
  const [runs, first] = [Number(values.runs), Number(values.seed)]
  const start = systemClock.monotonic()
  let told = 0
  const summary = await runSeeds({
    books, first, runs, workers: Number(values.workers ?? availableParallelism()),
    progress: (done) => {
      if (done - told < runs / 20 && done < runs) return
      told = done
      const seconds = (systemClock.monotonic() - start) / 1_000
      console.log(`${done} of ${runs} runs, ${(done / seconds).toFixed(0)} a second`)
    },
  })
  const seconds = (systemClock.monotonic() - start) / 1_000
  for (const failed of summary.failed.slice(0, 20)) console.log(failureText(failed, books, commitHere()))
  console.log(`${summary.runs} runs in ${seconds.toFixed(1)} s (${(summary.runs / seconds).toFixed(1)} a second): ${summary.events} events, ${summary.calls} calls, ${summary.attempts} attempts, ${summary.refusals} refused holds, ${summary.failed.length} failed`)
  return summary.failed.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
