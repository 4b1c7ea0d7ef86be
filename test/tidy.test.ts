/**
 * The rules of the house that a machine can hold: arrows between folders, sizes, banned reaches. Reads text, because
 * TypeScript 7 has no stable compiler interface. Every failure names what to do instead.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { test } from 'node:test'
import exceptions from './tidy-exceptions.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '..')
const source = join(root, 'src')

/** The edges between folders of src/. Change it as you would change the architecture. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  store: ['kernel'],
  dialects: ['kernel'],
  providers: ['kernel', 'dialects'],
  journal: ['kernel', 'store'],
  ledger: ['kernel', 'store', 'journal'],
  terms: ['kernel', 'store', 'journal'],
  gateway: ['kernel', 'store', 'dialects', 'providers', 'journal', 'ledger', 'terms'],
  migration: ['kernel', 'store', 'journal', 'ledger', 'terms', 'gateway'],
  planner: ['kernel', 'store', 'journal', 'ledger', 'terms', 'gateway'],
  admin: ['kernel', 'store', 'dialects', 'providers', 'journal', 'ledger', 'terms', 'gateway', 'migration', 'planner'],
  http: ['kernel', 'dialects', 'gateway', 'admin'],
  cli: ['kernel', 'dialects', 'ledger', 'terms', 'gateway', 'admin', 'planner', '.'],
  '.': ['kernel', 'store', 'dialects', 'providers', 'journal', 'ledger', 'terms', 'gateway', 'migration', 'planner', 'admin', 'http', 'cli', '.'],
}

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'))

const sources = filesUnder(source)
const code = sources.filter((path) => !path.endsWith('.test.ts'))
const nameOf = (path: string): string => relative(root, path).split(sep).join('/')
const textOf = new Map(sources.map((path) => [path, readFileSync(path, 'utf8')]))
const read = (path: string): string => textOf.get(path) ?? ''
const folderOf = (path: string): string => {
  const parts = relative(source, path).split(sep)
  return parts.length === 1 ? '.' : (parts[0] ?? '.')
}
/** Text without comments and string contents, so that a word in prose is not taken for code. */
const bare = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1')

const importsOf = (path: string): string[] =>
  [...read(path).matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) => resolve(dirname(path), match[1] ?? ''))

test('folders import only what the table of arrows allows', () => {
  const wrong = code.flatMap((path) =>
    importsOf(path)
      .filter((target) => target.startsWith(source))
      .filter((target) => folderOf(target) !== folderOf(path) && !(mayImport[folderOf(path)] ?? []).includes(folderOf(target)))
      .map((target) => `${nameOf(path)} imports ${nameOf(target)}`),
  )
  assert.deepEqual(wrong, [], 'move the thing down, or pass a function from main.ts')
})

test('no file is part of an import cycle', () => {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done' || !textOf.has(path)) return
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].map(nameOf).join(' → '))
      return
    }
    state.set(path, 'open')
    for (const target of runtimeImports(path)) visit(target, [...trail, path])
    state.set(path, 'done')
  }
  for (const path of code) visit(path, [])
  assert.deepEqual(cycles, [], 'move the shared type down')
})

/** Imports that exist when the program runs: `import type` does not. */
const runtimeImports = (path: string): string[] =>
  [...read(path).matchAll(/^(?:import|export)\s+(?!type\b)[^'\n]*?from\s+'(\.{1,2}\/[^']+)'/gm)].map((match) => resolve(dirname(path), match[1] ?? ''))

const reaches: readonly { readonly what: string; readonly pattern: RegExp; readonly outside: RegExp; readonly instead: string }[] = [
  { what: 'process.env', pattern: /process\.env/, outside: /^src\/config\.ts$/, instead: 'a field of Config' },
  { what: 'the system clock', pattern: /\bDate\.now\(|new Date\(\)|performance\.now\(/, outside: /^src\/kernel\//, instead: 'Clock' },
  { what: 'system randomness', pattern: /Math\.random\(|randomUUID|randomBytes\(/, outside: /^src\/kernel\//, instead: 'Random' },
  { what: 'a bare timer', pattern: /\bset(Timeout|Interval|Immediate)\(/, outside: /^src\/kernel\//, instead: 'Timers' },
  { what: 'a bare thread', pattern: /\bnew Worker\(/, outside: /^src\/kernel\/thread\.ts$/, instead: 'startThread' },
  { what: 'any', pattern: /[:<]\s*any\b(?!\()|\bas any\b/, outside: /^$/, instead: 'the type it has, or unknown' },
  { what: 'a default export', pattern: /^export default/m, outside: /^$/, instead: 'a named export' },
  { what: 'a barrel', pattern: /^export \* from/m, outside: /^$/, instead: 'import the file that holds the thing' },
]

for (const { what, pattern, outside, instead } of reaches) {
  test(`${what} is not reached for`, () => {
    const wrong = code.filter((path) => !outside.test(nameOf(path)) && pattern.test(bare(read(path)))).map(nameOf)
    assert.deepEqual(wrong, [], `use ${instead} instead`)
  })
}

test('files and folders are named for the noun they hold', () => {
  const wrong = code.map(nameOf).filter((name) => /(^|\/|-)(utils?|helpers?|common|manager|service|misc)(\.ts|\/)|\/index\.ts$/.test(name) || /[A-Z_]/.test(name))
  assert.deepEqual(wrong, [], 'the noun held or the verb done, in kebab-case')
})

/** Length of each top-level or nested function, found by indentation: the house formats code, so this is enough. */
function functionLengths(text: string): { name: string; lines: number }[] {
  const lines = text.split('\n')
  const found: { name: string; lines: number }[] = []
  lines.forEach((line, at) => {
    const match = /^(\s*)(?:export\s+)?(?:async\s+)?(?:function\s*\*?\s*(\w+)|(?:const\s+(\w+)[^=]*=\s*(?:async\s*)?(?:<[^>]*>)?\([^)]*\)[^=]*=>\s*\{$))/.exec(line)
    if (match === null || !line.trimEnd().endsWith('{')) return
    const indent = match[1] ?? ''
    const end = lines.findIndex((other, index) => index > at && (other === `${indent}}` || other.startsWith(`${indent}})`) || other === `${indent}};`))
    if (end !== -1) found.push({ name: match[2] ?? match[3] ?? '?', lines: end - at + 1 })
  })
  return found
}

interface Exception { readonly lines: number; readonly reason: string }
const allowed = exceptions as { readonly files: Readonly<Record<string, Exception>>; readonly functions: Readonly<Record<string, Exception>> }

test('no file is over 500 lines, no function over 70, except as listed with a reason; exceptions only shrink', () => {
  const wrong: string[] = []
  for (const path of code) {
    const name = nameOf(path)
    const lines = read(path).split('\n').length - 1
    if (lines > (allowed.files[name]?.lines ?? 500)) wrong.push(`${name}: ${lines} lines`)
    for (const found of functionLengths(read(path))) {
      const key = `${name}#${found.name}`
      if (found.lines > (allowed.functions[key]?.lines ?? 70)) wrong.push(`${key}: ${found.lines} lines`)
    }
  }
  assert.deepEqual(wrong, [], 'split it, or list it in test/tidy-exceptions.json with its size and reason')
})

test('every exception is still needed and gives its reason', () => {
  for (const [name, exception] of Object.entries(allowed.files)) {
    assert.ok(exception.reason.length > 10, `${name}: say why`)
    assert.ok(read(join(root, name)).split('\n').length - 1 > 500, `${name} is short enough now: drop its exception`)
  }
  for (const [key, exception] of Object.entries(allowed.functions)) {
    const [name = '', fn = ''] = key.split('#')
    assert.ok(exception.reason.length > 10, `${key}: say why`)
    assert.ok(functionLengths(read(join(root, name))).some((found) => found.name === fn && found.lines > 70), `${key} is short enough now: drop its exception`)
  }
})

test('no test file hooks into the tests of all others: they share one process', () => {
  const everywhere = ['src', 'sim', 'demo', 'test', 'console/test'].flatMap((folder) => filesUnder(join(root, folder))).filter((path) => path.endsWith('.test.ts'))
  const wrong = everywhere.filter((path) => /^(before|after)Each\(/m.test(readFileSync(path, 'utf8'))).map(nameOf)
  assert.deepEqual(wrong, [], 'put the tests into a suite, or begin and end inside each of them')
})

test('every folder of src/ with code in it stands in the table of arrows', () => {
  const folders = new Set(code.map(folderOf))
  assert.deepEqual([...folders].filter((folder) => mayImport[folder] === undefined), [])
})

test('the kernel’s README names every file of its folder and no other', () => {
  const folder = join(source, 'kernel')
  const table = /^\| word [\s\S]*?\n\n/m.exec(readFileSync(join(folder, 'README.md'), 'utf8'))?.[0] ?? ''
  const named = [...table.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = '']) => file).toSorted()
  assert.deepEqual(named, code.filter((path) => folderOf(path) === 'kernel').map((path) => relative(folder, path)).toSorted())
})

test('each folder says what it promises: numbered invariants, each with what enforces it', () => {
  const folders = [...readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => join(source, name)), join(root, 'console')]
  const wrong = folders.flatMap((folder) => {
    const file = join(folder, 'README.md')
    if (!existsSync(file)) return [`${nameOf(file)}: write it`]
    const text = readFileSync(file, 'utf8')
    // Under a head that ends in `enforced by`, or rows that carry a number or a letter with one.
    const rows = [...text.matchAll(/^\|.*enforced by \|\n\|[ -|]+\|\n((?:\|.*\|\n)+)/gm)].flatMap(([, table = '']) => table.trimEnd().split('\n'))
    const unnumbered = rows.filter((row) => !/^\| (?:[A-Z]{0,3}-?\d+[a-z]?)(?: \([A-Z]\d\))? \|/.test(row) || (row.split(' | ').at(-1) ?? '').replace('|', '').trim() === '')
    return [...(rows.length < 4 ? [`${nameOf(file)}: ${rows.length} invariants`] : []), ...unnumbered.map((row) => `${nameOf(file)}: ${row.slice(0, 60)}`)]
  })
  assert.deepEqual(wrong, [], 'a row `| number | invariant | enforced by |`')
})
