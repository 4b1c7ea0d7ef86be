/**
 * Runs all tests: `npm test`, or `npm test -- PART ...` for the files whose path contains one of these. A bundle is a folder's test files
 * in one process, so that they share its database server and its browser; two bundles run at a time, the longest first.
 */
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const patterns = process.argv.slice(2)
/** Bundles that take minutes, so that none of them is begun last. */
const longest = ['console/test', 'sim', 'demo', 'test/judges', 'src/gateway', 'test/nodes', 'src/admin']

const bundleOf = (file: string): string => {
  const folder = dirname(file)
  return longest.find((one) => folder === one || folder.startsWith(`${one}/`)) ?? folder.split('/').slice(0, 2).join('/')
}

const files = globSync('{src,sim,demo,test,console/test}/**/*.test.ts', { cwd: root }).filter((file) => patterns.length === 0 || patterns.some((one) => file.includes(one))).toSorted()
if (files.length === 0) {
  console.error(`no test file has ${patterns.join(' or ')} in its path`)
  process.exit(2)
}
const rank = (name: string): number => (longest.includes(name) ? longest.indexOf(name) : longest.length)
const bundles = [...Map.groupBy(files, bundleOf)].toSorted(([a], [b]) => rank(a) - rank(b))

const folder = mkdtempSync(join(tmpdir(), 'weir-tests-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const paths = bundles.map(([name, members]) => {
  const path = join(folder, `${name.replaceAll('/', '-')}.mjs`)
  writeFileSync(path, members.map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)).href)}\n`).join(''))
  return path
})

/**
 * A bundle whose failed test left something open never ends by itself; a run that says nothing for so long is ended. Not by
 * --test-force-exit: it ends a bundle before its last reports are written, and tests that were never reported count as nothing.
 */
const silentMs = 10 * 60_000

const ending = new AbortController()
const tests = run({ files: paths, concurrency: 2, isolation: 'process', cwd: root, signal: ending.signal })
const silence = setTimeout(() => {
  console.error(`no test ended for ${silentMs / 60_000} minutes: a bundle of tests is kept open, most likely by what a failed test left`)
  process.exitCode = 1
  ending.abort()
}, silentMs)
silence.unref()
tests.on('test:complete', () => silence.refresh())
tests.on('test:fail', () => (process.exitCode = 1))
tests.compose(new spec()).pipe(process.stdout)
