/** The commands in the documents, and how they are run: see docs-run.test.ts. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { WeirProcess } from '../demo/weir-process.ts'

export const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

export interface Block {
  readonly kind: 'sh' | 'js'
  readonly mark: string
  readonly text: string
}

const below = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md') && !name.includes('node_modules')).map((name) => join(folder, name))
export const pages: readonly string[] = ['README.md', 'CONTRIBUTING.md', ...['docs', 'src', 'sim', 'bench', 'console', 'test'].flatMap(below)]

export const blocksOf = (page: string): Block[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```(sh|js)(?: (\w+))?\n([\s\S]*?)^```/gm)].map(([, kind = 'sh', mark = '', text = '']) => ({ kind: kind as Block['kind'], mark, text }))

/** `weir` and `npx --no weir` mean this tree. */
const prelude = `set -e
weir() { "$WEIR_NODE" "$WEIR_ROOT/bin/weir.js" "$@"; }
npx() { test "$1 $2" = "--no weir"; shift 2; weir "$@"; }
`

/** Runs a block against a started Weir; answers what it printed, and fails with it where its exit code is not 0. */
export async function execute(block: Pick<Block, 'kind' | 'text'>, server: WeirProcess, { folder, timeoutMs }: { readonly folder: string; readonly timeoutMs: number }): Promise<string> {
  const text = block.text.replaceAll('http://127.0.0.1:8080', server.url)
  const env = { ...process.env, WEIR_NODE: process.execPath, WEIR_ROOT: root, WEIR_URL: server.url, WEIR_TOKEN: server.first?.adminToken ?? '', WEIR_KEY: server.first?.key ?? '' }
  const [file, args] = block.kind === 'sh' ? ['bash', ['-c', prelude + text]] as const : [process.execPath, ['--input-type=module', '-e', text]] as const
  try {
    const { stdout } = await run(file, args, { cwd: folder, env, timeout: timeoutMs, maxBuffer: 64 << 20 })
    return stdout
  } catch (cause) {
    assert.fail(`${text}\n${(cause as Error).message}\n${(cause as { stdout?: string }).stdout ?? ''}`)
  }
}
