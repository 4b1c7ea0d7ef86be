/** `npm run detection`: measures the detector and prints the page; `--write` puts it into docs/ and the rates beside the scores. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hasCorpus } from './corpus.ts'
import { evaluate } from './evaluate.ts'
import { evaluateLeads } from './leads-evaluation.ts'
import { ratesOf, report, targets } from './write-report.ts'

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '60' }, draws: { type: 'string', default: '200' }, write: { type: 'boolean', default: false } } })

if (!hasCorpus()) {
  process.stderr.write('skipped: ../shared/prompts not found\n')
} else {
  const seed = Number(values.seed)
  const result = evaluate({ seed, rounds: Number(values.rounds), draws: Number(values.draws) })
  const day = new Date().toISOString().slice(0, 10)
  const page = report(result, evaluateLeads(seed), day)
  process.stdout.write(page)
  if (values.write) {
    const root = join(import.meta.dirname, '../..')
    writeFileSync(join(root, 'docs/detection.md'), page)
    writeFileSync(join(root, 'src/terms/detection/error-rates.json'), `${JSON.stringify(ratesOf(result, day), undefined, 2)}\n`)
  }
  process.exitCode = targets(result).every(({ met }) => met) ? 0 : 1
}
