/** Pages that are made from tables stay true to them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorsPage } from '../docs/make-errors.ts'
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
