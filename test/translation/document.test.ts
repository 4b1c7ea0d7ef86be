import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { dialectsDocument } from './document.ts'

void test('docs/dialects.md is what the conformance suite finds', () => {
  const page = readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8')
  assert.equal(page, dialectsDocument(), 'make it again: node test/translation/write-document.ts')
})
