/** Every chapter that is there runs against live servers in every run of the tests; each asserts what it prints. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Chapter } from './chapter.ts'

const folder = join(import.meta.dirname, 'chapters')

for (const file of readdirSync(folder).filter((name) => /^\d+-[a-z-]+\.ts$/.test(name)).sort()) {
  test(`chapter ${file}`, async () => {
    const { chapter } = (await import(join(folder, file))) as { readonly chapter: Chapter }
    const lines: string[] = []
    await chapter.run({ say: (line) => void lines.push(line), json: false })
    assert.ok(lines.length > 3, 'a chapter shows what it did')
    assert.deepEqual(lines.filter((line) => /undefined|NaN|\[object/.test(line)), [])
    assert.equal(file.startsWith(`${chapter.number}-`), true)
  })
}
