import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Config, Flags } from './config.ts'
import { readConfig } from './config.ts'
import type { Log } from './log.ts'
import { liveSettings, waitingForRestart } from './settings.ts'
import { stampOf, watchFile } from './watch-file.ts'

function configOf(path: string, flags: Flags = {}): Config {
  const config = readConfig({ flags: { config: path, ...flags }, env: {}, readFile: (file) => ({ text: readFileSync(file, 'utf8') }) })
  assert.ok(!('problems' in config), JSON.stringify(config))
  return config
}

function fileOf(t: { readonly after: (run: () => void) => void }, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-settings-'))
  t.after(() => { rmSync(folder, { recursive: true, force: true }) })
  const path = join(folder, 'weir.yaml')
  writeFileSync(path, text)
  return path
}

test('who asks gets what is in force; who follows is told, and may refuse', async () => {
  const config = readConfig({ flags: {}, env: {}, readFile: () => ({ failed: '' }) })
  assert.ok(!('problems' in config))
  const settings = liveSettings(config)
  const heard: string[] = []
  settings.follow('logLevel', (level) => void heard.push(level))
  settings.follow('witnesses', () => 'no such witness')
  assert.deepEqual(await settings.change({ ...config, drainMs: 5, logLevel: 'warn', witnesses: [{ url: 'http://w.example', key: 'k' }] }), { changed: ['drainMs', 'log.level'], refused: ['witnesses stays as it was: no such witness'] })
  const { drainMs, logLevel, witnesses, staleAfterMs } = settings.now()
  assert.deepEqual([drainMs, logLevel, witnesses, staleAfterMs, heard], [5, 'warn', [], 10_000, ['warn']])
  assert.deepEqual(await settings.change(settings.now()), { changed: [], refused: [] })
})

test('where a node listens, where its data lies and what it is wait for a restart', (t) => {
  const path = fileOf(t, 'listen: { port: 1 }\ndrainMs: 1\n')
  const before = configOf(path)
  writeFileSync(path, 'listen: { port: 2 }\ndata: elsewhere\ndatabase: "postgres://a@b/c"\nrole: control\ndrainMs: 2\n')
  assert.deepEqual(waitingForRestart(before, configOf(path)), ['listen', 'data', 'database', 'role'])
  assert.deepEqual(waitingForRestart(before, before), [])
})

test('a gateway node takes settings from its file, and leaves resources to the database; flags go before the file', async (t) => {
  const path = fileOf(t, 'drainMs: 1\nstaleAfterMs: 1000\n')
  const config = configOf(path, { staleAfterMs: '2000' })
  const settings = liveSettings(config)
  let tick: () => void = () => assert.fail('nothing looks at the file')
  const lines: string[] = []
  const log: Log = { info: (line) => void lines.push(line), warn: (line) => void lines.push(line), error: (line) => void lines.push(line) }
  const file = config.file ?? assert.fail('there is a file')
  const stop = watchFile({ file, stamp: stampOf(path), config, settings, resources: undefined, timers: { after: () => () => undefined, soon: () => undefined, every: (_ms, run) => { tick = run; return () => undefined } }, log })
  // Once to see that it has changed, once to see that it stands still.
  const look = async (): Promise<void> => {
    tick()
    tick()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await look()
  assert.deepEqual(lines, [])
  writeFileSync(path, 'drainMs: 70000\nstaleAfterMs: 7000\n')
  await look()
  assert.deepEqual([lines, settings.now().drainMs, settings.now().staleAfterMs], [[`${path} has changed: in force now: drainMs`], 70_000, 2_000])
  writeFileSync(path, 'drainMs: soon, I hope\n')
  await look()
  assert.deepEqual([lines.length, settings.now().drainMs], [2, 70_000])
  assert.match(lines[1] ?? '', /weir\.yaml:1:1: drainMs: expected milliseconds/)
  // A file that is being written is left alone until it is whole.
  writeFileSync(path, '')
  tick()
  writeFileSync(path, 'drainMs: 60000\nstaleAfterMs: 7000\n')
  tick()
  assert.equal(settings.now().drainMs, 70_000)
  await look()
  assert.deepEqual([lines.length, settings.now().drainMs], [3, 60_000])
  stop()
})
