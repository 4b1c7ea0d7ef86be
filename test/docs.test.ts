/** Pages that are made from tables stay true to them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { errorsPage } from '../docs/make-errors.ts'
import { parseWeirFile, problemText } from '../src/admin/weir-file.ts'
import { isProblems } from '../src/config.ts'
import { errorRows, fill } from '../src/http/errors.ts'

const root = join(import.meta.dirname, '..')

test('docs/errors.md is what the catalogue says', () => {
  assert.equal(readFileSync(join(root, 'docs/errors.md'), 'utf8'), errorsPage(), 'run: node docs/make-errors.ts')
})

test('every error says what to do next, in whole sentences', () => {
  for (const [code, row] of Object.entries(errorRows)) {
    assert.match(row.todo, /^(\{remedy\}|.+\.)$/, code)
    assert.match(row.message, /[.?!]$|\{says\}$/, code)
    assert.ok(row.status >= 400 && row.status < 600, code)
  }
})

test('a template without its value stays visible instead of turning into "undefined"', () => {
  assert.equal(fill('a {b} c {d}', { b: '1' }), 'a 1 c {d}')
})

test('the README is under 120 lines and shows its commands', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  assert.ok(readme.split('\n').length < 120)
  for (const command of ['npm ci && npm start', 'npm test']) assert.ok(readme.includes(command), command)
})

const pages = (folder: string): string[] => readdirSync(join(root, folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name))

/** Every variable has a value: the pages are examples, not secrets. */
const anyVariable = new Proxy({}, { get: (_target, name) => (typeof name === 'string' ? `value-of-${name}-0000` : undefined), has: () => true }) as Record<string, string>

test('every weir.yaml in the documents is one', () => {
  let seen = 0
  for (const page of pages('docs')) {
    for (const [, yaml = ''] of readFileSync(join(root, page), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)) {
      if (!/^(providers|models|organizations):/m.test(yaml)) continue
      seen += 1
      const read = parseWeirFile(yaml, page, anyVariable)
      assert.ok(!isProblems(read), isProblems(read) ? `${page}:\n${read.map(problemText).join('\n')}\n${yaml}` : '')
    }
  }
  assert.ok(seen >= 4, 'the pages show configuration')
})

test('every command of weir that the documents name is one', () => {
  const help = execFileSync(process.execPath, [join(root, 'bin/weir.js'), '--help'], { encoding: 'utf8' })
  const commands = new Set([...help.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name))
  const wrong: string[] = []
  for (const page of ['README.md', 'CONTRIBUTING.md', ...pages('docs')]) {
    for (const [whole, name = ''] of readFileSync(join(root, page), 'utf8').matchAll(/(?:npx --no weir|`weir) ([a-z]+)/g)) if (!commands.has(name)) wrong.push(`${page}: ${whole}`)
  }
  assert.deepEqual(wrong, [])
})

test('links between the documents lead somewhere', () => {
  const wrong: string[] = []
  for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...pages('docs')]) {
    for (const [, target = ''] of readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)) if (!existsSync(join(root, dirname(page), target))) wrong.push(`${page} → ${target}`)
  }
  assert.deepEqual(wrong, [])
})
