/** The house's rules that hold for the console: it knows the admin API by its generated types and nothing of the server. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { address, paths } from '../src/paths.ts'

const root = resolve(import.meta.dirname, '..')
const sources = readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name))
const read = (path: string): string => readFileSync(path, 'utf8')
/** Without comments, so that a word in prose is not taken for code. */
const bare = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1')
const nameOf = (path: string): string => relative(root, path)

/** The offline verifier imports nothing and runs in any browser: the one file of the server that the console shares. */
const verifier = resolve(root, '../src/terms/verifier/verify.ts')

test('the console imports itself, its generated types, the offline verifier and packages', () => {
  const wrong = sources.flatMap((path) => [...read(path).matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) => resolve(dirname(path), match[1] ?? ''))
    .filter((target) => !target.startsWith(join(root, 'src/')) && target !== join(root, 'generated-client.ts') && target !== verifier).map((target) => `${nameOf(path)} imports ${relative(root, target)}`))
  assert.deepEqual(wrong, [])
})

test('nothing is asked of anybody but the server, and no text is written as markup or style', () => {
  const wrong = sources.filter((path) => /https?:\/\/(?!www\.w3\.org)|dangerouslySetInnerHTML|innerHTML|eval\(|<style/.test(read(path))).map(nameOf)
  assert.deepEqual(wrong, [])
})

test('files are under 500 lines, hold no any, no default export and no barrel', () => {
  const wrong = sources.filter((path) => read(path).split('\n').length > 500 || /[:<]\s*any\b|\bas any\b|^export default|^export \* from/m.test(bare(read(path)))).map(nameOf)
  assert.deepEqual(wrong, [])
})

test('the server answers every route of the console with its page', () => {
  const served = /const routes[^[]*\[([^\]]*)\]/.exec(read(join(root, '../src/http/console-files.ts')))?.[1] ?? ''
  for (const place of [paths.start(), paths.overview(), paths.calls(), paths.call('call_1'), paths.playground(), paths.models(), paths.access(), paths.money(), paths.prices(), paths.invoices(), paths.terms(), paths.cases(), paths.settings()]) {
    assert.ok(served.includes(`'${address(place).split(/[/?]/)[1] ?? ''}'`), address(place))
  }
})
