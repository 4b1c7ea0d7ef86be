/** bin/weir.js on an older Node: what it says where the Node that comes along is missing, and that it uses it where it is not. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** A Node older than 24 on this machine, which npm on Debian runs on. */
const older = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path) && Number(/^v(\d+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 99) < 24)
const skip = older === undefined ? 'skipped: no Node older than 24 is installed' : false

/** An installation of the package: `bin`, and the package `node` as npm leaves it. */
function installation(t: { readonly after: (run: () => void) => void }, node: 'absent' | 'blocked' | 'there'): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bin-'))
  t.after(() => { rmSync(folder, { recursive: true, force: true }) })
  mkdirSync(join(folder, 'bin'))
  copyFileSync(join(root, 'bin/weir.js'), join(folder, 'bin/weir.js'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  mkdirSync(join(folder, 'dist/src/cli'), { recursive: true })
  writeFileSync(join(folder, 'dist/src/cli/main.js'), 'export const main = (args) => { console.log(process.versions.node.split(".")[0], ...args); process.exit(3) }')
  if (node === 'absent') return folder
  mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true })
  writeFileSync(join(folder, 'node_modules/node/package.json'), '{ "name": "node", "version": "24.0.0" }')
  if (node === 'there') symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'))
  return folder
}

const run = (folder: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(older ?? '', [join(folder, 'bin/weir.js'), 'usage', '--json'], { encoding: 'utf8', timeout: 60_000 })

for (const node of ['absent', 'blocked'] as const) {
  test(`where the package node is ${node}, it says what to do and ends with 1`, { skip }, (t) => {
    const { status, stdout, stderr } = run(installation(t, node))
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /^weir needs Node 24 and this is Node \d+\.\d+\.\d+\.\n/)
    assert.match(stderr, /its install script did not run/)
    assert.match(stderr, /\n {2}npm rebuild node --foreground-scripts --ignore-scripts=false\n/)
  })
}

test('where it is there, it takes over, with the arguments and the exit code', { skip }, (t) => {
  const { status, stdout, stderr } = run(installation(t, 'there'))
  assert.deepEqual([status, stdout.trim(), stderr], [3, `${process.versions.node.split('.')[0]} usage --json`, ''])
})
