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

/**
 * The first test of a bundle ends when all its files are read. Without it a run that ends with its last test would leave out what a file
 * declares after the tests of the files before it have ended, because one of them waits while it is read.
 */
const bundleText = (name: string, urls: readonly string[]): string => `import { test } from 'node:test'
const read = Promise.withResolvers()
test(${JSON.stringify(`${name}: ${urls.length} files are read`)}, () => read.promise)
try {
  for (const url of ${JSON.stringify(urls)}) await import(url)
  read.resolve()
} catch (cause) {
  read.reject(cause)
}
`

const folder = mkdtempSync(join(tmpdir(), 'weir-tests-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const paths = bundles.map(([name, members]) => {
  const path = join(folder, `${name.replaceAll('/', '-')}.mjs`)
  writeFileSync(path, bundleText(name, members.map((file) => pathToFileURL(join(root, file)).href)))
  return path
})

// A test that fails before it closes what it opened would keep its bundle, and the run, alive for ever; with this a bundle ends with its last test.
const tests = run({ files: paths, concurrency: 2, isolation: 'process', cwd: root, execArgv: ['--test-force-exit'] })
tests.on('test:fail', () => (process.exitCode = 1))
tests.compose(new spec()).pipe(process.stdout)
