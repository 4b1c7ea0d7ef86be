/**
 * The documents' commands are run as they stand, against one started Weir. The rule, by a block's mark:
 * `sh` and `js`: run, the page's blocks in order, in one folder; exit code 0. Only the port is replaced.
 * `sh long` (over half a minute) and `sh cluster` (needs machines of its own): checked, not run. Each of their commands
 * must exist: scripts of package.json, files that node is given, commands of weir with all their options.
 * `npm run docs:long` runs the long ones. A page in `tested` brings a test of its own, which makes what its commands need.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startWeir, type WeirProcess } from '../demo/weir-process.ts'
import { blocksOf, execute, pages, root } from './docs-blocks.ts'

let weir: Promise<WeirProcess> | undefined
const data = mkdtempSync(join(tmpdir(), 'weir-docs-'))
after(async () => {
  await (await weir)?.stop()
  rmSync(data, { recursive: true, force: true })
})

const tested: Readonly<Record<string, string>> = { 'docs/terms.md': 'test/terms-guide.test.ts' }

test('a page that is tested elsewhere is', () => {
  for (const [page, file] of Object.entries(tested)) assert.ok(readFileSync(join(root, file), 'utf8').includes(page), `${file} does not name ${page}`)
})

for (const page of pages) {
  const blocks = blocksOf(page).filter(({ mark }) => mark === '' && tested[page] === undefined)
  if (blocks.length === 0) continue
  test(`${page}: its commands run`, async (t) => {
    const server = await (weir ??= startWeir({ data: join(data, 'data') }))
    const folder = mkdtempSync(join(tmpdir(), 'weir-docs-page-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    // Where a reader stands: clients can be imported.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const said: string[] = []
    for (const block of blocks) said.push(await execute(block, server, { folder, timeoutMs: 180_000 }))
    if (page.endsWith('first-hour.md')) {
      assert.match(said.join('\n'), /"cost":"0\.0069775"/, 'the page names the sum')
      assert.match(said.join('\n'), /insufficient_quota/)
    }
  })
}

const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts
const helps = new Map<string, string>()
function helpOf(words: readonly string[]): string {
  const name = words.join(' ')
  const known = helps.get(name) ?? execFileSync(process.execPath, [join(root, 'bin/weir.js'), ...words, '--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  helps.set(name, known)
  return known
}

/** What in a command line of weir does not exist; undefined where all does. */
function wrongIn(line: string): string | undefined {
  const words = line.split(/\s+/)
  const path: string[] = []
  while (words[0] !== undefined && /^[a-z]+$/.test(words[0]) && new RegExp(`^ {2}${words[0]}\\b`, 'm').test(helpOf(path))) path.push(words.shift()!)
  if (path.length === 0) return `weir ${line}: no such command`
  const option = words.filter((word) => word.startsWith('-')).find((word) => !new RegExp(`(^|[\\s,])${word.replace(/=.*/, '')}\\b`, 'm').test(helpOf(path)))
  return option === undefined ? undefined : `weir ${line}: no option ${option}`
}

test('commands that are not run exist, with all their options', () => {
  const wrong: string[] = []
  for (const page of pages) {
    for (const { text } of blocksOf(page).filter(({ mark }) => mark !== '')) {
      for (const line of text.split('\n').map((each) => each.replace(/\s#.*/, '').trim()).filter((each) => each !== '')) {
        const weirLine = /(?:^|\s)(?:npx --no )?weir (.*)$/.exec(line)?.[1]
        const script = /npm run (?:--silent )?([\w:-]+)/.exec(line)?.[1]
        const file = /node (?:--\S+ )*(\S+\.ts)/.exec(line)?.[1]
        const problem = weirLine !== undefined ? wrongIn(weirLine)
          : script !== undefined ? (scripts[script] === undefined ? `npm run ${script}: no such script` : undefined)
          : file !== undefined ? (existsSync(join(root, file)) ? undefined : `${file}: no such file`)
          : /^npm (ci|test|start|ci && npm start)/.test(line) ? undefined : `${line}: not a command that can be checked`
        if (problem !== undefined) wrong.push(`${page}: ${problem}`)
      }
    }
  }
  assert.deepEqual(wrong, [])
})

test('commands that the text names exist', () => {
  const wrong: string[] = []
  for (const page of [...pages, 'ARCHITECTURE.md', 'docs/alerts.yml', 'src/http/errors.ts', 'src/admin/api/doctor.ts']) {
    for (const [, line = ''] of readFileSync(join(root, page), 'utf8').matchAll(/`(?:npx --no )?weir ([a-z][^`\n]*)`/g)) {
      const problem = wrongIn(line)
      if (problem !== undefined) wrong.push(`${page}: ${problem}`)
    }
  }
  assert.deepEqual(wrong, [])
})
