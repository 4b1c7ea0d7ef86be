/**
 * `npm run docs:long [-- WORD…]`: runs the documents' long commands, one after the other, against one started Weir, and says how
 * long each took. With words: those that contain one of them. All of them take hours; what is not run is said.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWeir } from '../demo/weir-process.ts'
import { blocksOf, execute, pages, root } from './docs-blocks.ts'

const timeoutMs = 3 * 3_600_000

/** Why a line is not run; undefined where it is. */
function left(line: string): string | undefined {
  if (/^npm (ci|test|start)\b/.test(line)) return 'installs, serves without an end, or is the tests themselves'
  return / --write\b/.test(line) ? 'writes into the documents' : undefined
}

const words = process.argv.slice(2)
const lines = pages.flatMap((page) => blocksOf(page).filter(({ mark }) => mark === 'long').flatMap(({ text }) => text.split('\n').map((line) => ({ page, line: line.replace(/\s#.*/, '').trim() }))))
  .filter(({ line }) => line !== '' && (words.length === 0 || words.some((word) => line.includes(word))))

const data = mkdtempSync(join(tmpdir(), 'weir-docs-long-'))
const weir = await startWeir({ data: join(data, 'data') })
let failed = 0
for (const { page, line } of lines) {
  const why = left(line)
  if (why !== undefined) {
    console.log(`not run   ${page}: ${line} (${why})`)
    continue
  }
  const since = performance.now()
  const wrong = await execute({ kind: 'sh', text: line }, weir, { folder: root, timeoutMs }).then(() => undefined, (cause: unknown) => String(cause))
  if (wrong !== undefined) failed += 1
  console.log(`${wrong === undefined ? 'passed' : 'FAILED'}    ${page}: ${line} (${Math.round((performance.now() - since) / 1_000)} s)${wrong === undefined ? '' : `\n${wrong}`}`)
}
await weir.stop()
rmSync(data, { recursive: true, force: true })
process.exitCode = failed === 0 ? 0 : 1
