import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extentFault } from './clause-extent.ts'

const deep = '('.repeat(33)

test('what nests and chains is counted, and not within strings and comments', () => {
  assert.match(extentFault(deep) ?? '', /nested deeper than 32 levels/)
  assert.match(extentFault(`"a\\"b" ${deep}`) ?? '', /nested deeper/)
  assert.match(extentFault(`// "\n${deep}`) ?? '', /nested deeper/)
  assert.match(extentFault('a == b && '.repeat(101)) ?? '', /it has 202 operators/)
  assert.deepEqual(['('.repeat(32), `"${deep}"`, `"\\"${deep}"`, `"\\\n${deep}"`, `// ${deep}`, 'isle likewise'.repeat(201)].map(extentFault), Array.from({ length: 6 }, () => undefined))
})

test('a string without an end goes to the end of the text, which Cedar refuses as none: it is read once, and not again from each of its quotes', () => {
  for (const text of [`"${deep}`, `"${'\\"'.repeat(32_000)}${deep}`, `"${'\\\n'.repeat(32_000)}\\`]) assert.equal(extentFault(text), undefined)
})
