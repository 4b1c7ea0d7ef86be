/** `weir users` and `weir tokens create --role` against a running server: invited, listed, disabled, begun anew; a token may what its role may. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/embedded.ts'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { start } from '../main.ts'
import { run } from './main.ts'

interface Said { readonly code: number; readonly out: string; readonly note: string }

async function weir(...args: readonly string[]): Promise<Said> {
  const out: string[] = []
  const note: string[] = []
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3',
    readFile: (path) => ({ text: readFileSync(path, 'utf8') }),
  })
  return { code, out: out.join('\n'), note: note.join('\n') }
}

test('people and roles at the command line', async (t) => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'data'), { recursive: true })
  const config = readConfig({ flags: { port: '0', data: join(folder, 'data'), logLevel: 'silent' }, env: {}, readFile: () => ({ failed: '' }) })
  assert.ok(!('problems' in config))
  const running = await start(config)
  t.after(async () => {
    await running.drain()
    rmSync(folder, { recursive: true, force: true })
  })
  const data = ['--data', config.dataFolder]
  assert.match((await weir('users', 'list', ...data)).out, /^No users\. Open the console/)

  const added = await weir('users', 'add', 'Ada@example.com', '--name', 'Ada', '--role', 'finance', ...data)
  assert.equal(added.code, 0, added.note)
  assert.match(added.out, /^\/welcome#[\w-]{43}$/)
  assert.equal((await weir('users', 'add', 'ada@example.com', '--role', 'auditor', ...data)).code, 1, 'a login is one person\'s')
  const bound = await weir('users', 'add', 'buyer', '--role', 'customer', ...data)
  assert.equal(bound.code, 1)
  assert.match(bound.note, /a customer is one of an organization: name it/)
  assert.equal((await weir('users', 'add', 'buyer', '--role', 'customer', '--organization', 'default', ...data)).code, 0)

  const listed = (await weir('users', 'list', ...data)).out.split('\n')
  assert.match(listed[0] ?? '', /^LOGIN +NAME +ROLE +OF +STATE/)
  assert.ok(listed.some((line) => /^ada@example\.com +Ada +finance +invited/.test(line)), listed.join('\n'))
  assert.ok(listed.some((line) => /^buyer +buyer +customer +default +invited/.test(line)), listed.join('\n'))
  assert.ok(listed.every((line) => line.length <= 80))

  assert.equal((await weir('users', 'disable', 'Ada@Example.com', ...data)).out, 'disabled Ada@Example.com')
  const after = JSON.parse((await weir('users', 'list', '--json', ...data)).out) as { login: string; disabled: boolean }[]
  assert.deepEqual(after.filter((one) => one.disabled).map((one) => one.login), ['ada@example.com'])
  const unknown = await weir('users', 'disable', 'nobody', ...data)
  assert.deepEqual([unknown.code, unknown.note], [1, 'no user nobody: weir users list'])
  const anew = JSON.parse((await weir('users', 'reset', 'buyer', '--second-factor', '--json', ...data)).out) as { link: string }
  assert.match(anew.link, /^\/welcome#/)

  const made = JSON.parse((await weir('tokens', 'create', 'reader', '--role', 'auditor', '--json', ...data)).out) as { secret: string }
  const url = ['--url', running.url, '--token', made.secret]
  assert.equal((await weir('users', 'list', ...url)).code, 0, 'an auditor reads')
  const refused = await weir('users', 'add', 'more', '--role', 'owner', ...url)
  assert.equal(refused.code, 5)
  assert.match(refused.note, /The role auditor may not do this: users\.write/)
})
