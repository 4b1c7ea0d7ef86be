import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { start } from '../main.ts'
import type { CliContext } from './context.ts'
import { run } from './main.ts'
import { banner } from './serve.ts'
import { grouped, table } from './table.ts'
import { readFileSync } from 'node:fs'

interface Said { readonly code: number; readonly out: string; readonly note: string }

/** One command line, as a shell would run it. */
async function weir(args: readonly string[], env: CliContext['env'] = {}): Promise<Said> {
  const out: string[] = []
  const note: string[] = []
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3',
    readFile: (path) => {
      try {
        return { text: readFileSync(path, 'utf8') }
      } catch {
        // The command under test reports the missing file.
        return { failed: 'no such file' }
      }
    },
  })
  return { code, out: out.join('\n'), note: note.join('\n') }
}

test('wrong usage is exit code 2 and says how', async () => {
  assert.equal((await weir(['--version'])).out, '1.2.3')
  for (const args of [['nothing'], ['serve', '--port'], ['replay', 'x.csv', '--key', 'k', '--speed', '-1'], ['replay', 'x.csv'], ['keys', 'create', 'only-a-name'], ['apply', '-f', '/nowhere.yaml'], ['terms', 'attach', 'oai.compete', '/nowhere.pdf'], ['verify', '--page', '/nowhere/verify.html'],
    ['terms', 'accept', 'a', import.meta.filename, '--organization', 'acme', '--party', 'openai', '--document', 'd', '--by', 'ada', '--at', 'yesterday'], ['serve', '--config', '/nowhere.yaml']]) {
    const said = await weir(args)
    assert.equal(said.code, 2, args.join(' '))
    assert.ok(said.note.length > 10 && said.out === '', args.join(' '))
  }
  assert.equal((await weir(['terms', 'attach', 'oai.compete', '/nowhere.pdf'])).note, '/nowhere.pdf: no such file or folder')
})

/** A command's help, and that of all commands below it, by what each lists as its own. */
async function helps(command: readonly string[] = []): Promise<readonly { readonly command: string; readonly code: number; readonly lines: readonly string[] }[]> {
  const { code, out } = await weir([...command, '--help'])
  const listed = /^Commands:\n((?: {2}.*\n?)*)/m.exec(out)?.[1] ?? ''
  const below = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
  return [{ command: ['weir', ...command].join(' '), code, lines: out.split('\n') }, ...(await Promise.all(below.map((name) => helps([...command, name])))).flat()]
}

test('the help of every command is 0 and fits 80 columns', async () => {
  const all = await helps()
  assert.ok(all.length > 150, `${all.length} commands`)
  for (const known of ['weir', 'weir log rotate-key', 'weir terms clauses simulate', 'weir outlook guidance set']) assert.ok(all.some(({ command }) => command === known), known)
  assert.deepEqual(all.flatMap(({ command, code, lines }) => [...(code === 0 ? [] : [`${command}: ${code}`]), ...lines.filter((line) => line.length > 80).map((line) => `${command}: ${line}`)]), [])
})

test('no server: exit code 4 and what to do; a stranger never gets the local token', async (t) => {
  const said = await weir(['usage', '--url', 'http://127.0.0.1:9', '--data', '/nowhere'])
  assert.equal(said.code, 4)
  assert.match(said.note, /start it with weir serve/)
  const folder = mkdtempSync(join(tmpdir(), 'weir-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'cli-token'), JSON.stringify({ url: 'http://127.0.0.1:1', token: 'wadm_local' }))
  const seen: (string | undefined)[] = []
  const stranger = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"No."}}')
  })
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
  t.after(() => stranger.close())
  const refused = await weir(['usage', '--data', folder, '--url', `http://127.0.0.1:${(stranger.address() as { port: number }).port}`])
  assert.equal(refused.code, 5)
  assert.deepEqual(seen, [undefined])
})

test('a file that is nested without end, or is no YAML, is named with what is wrong', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const put = (name: string, text: string): string => { writeFileSync(join(folder, name), text); return join(folder, name) }
  const [json, yaml, broken, aliases] = [put('deep.json', `{"body":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), put('deep.yaml', `${'{a: '.repeat(100_000)}1${'}'.repeat(100_000)}`), put('broken.yaml', 'a: [1'), put('aliases.yaml', 'a: *nothing')]
  for (const [args, says] of [
    [['terms', 'put', 'purposes', json], /^.*deep\.json: nested too deeply to be read: write it flatter$/], [['terms', 'clauses', 'change', 'oai.region', yaml], /^.*deep\.yaml: nested too deeply/], [['terms', 'screen', 'bring', yaml], /nested too deeply/],
    [['terms', 'put', 'purposes', broken], /^.*broken\.yaml: not YAML: .* at line 1/], [['terms', 'clauses', 'simulate', 'oai.region', aliases], /^.*aliases\.yaml: not YAML: Unresolved alias/], [['notices', 'import', json, '--party', 'openai', '--form', 'letter'], /^what you gave is nested too deeply to be sent: write it flatter$/],
  ] as const) {
    const said = await weir([...args, '--url', 'http://127.0.0.1:9'])
    assert.deepEqual([said.code, said.out, says.test(said.note)], [2, '', true], said.note)
  }
})

test('a list of complaints that is cut says so, also where it is written as JSON', async (t) => {
  let next: string | null = '-1 case_1'
  const server = createServer((_, response) => void response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: [], next })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const list = async (...more: readonly string[]): Promise<string> => (await weir(['referrals', 'list', '--url', `http://127.0.0.1:${(server.address() as { port: number }).port}`, ...more])).note
  assert.equal(await list('--json'), 'these are the thousand latest: --maker leaves less')
  assert.match(await list('--maker', 'openai'), /^these are the thousand latest$/m)
  next = null
  assert.equal(await list('--json'), '')
})

test('against a running server: keys, apply, diff, replay, usage, prices, doctor, ledger, tokens, rotation', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cli-'))
  const config = readConfig({ flags: { port: '0', data: join(folder, 'data'), logLevel: 'silent' }, env: {}, readFile: () => ({ failed: '' }) })
  assert.ok(!('problems' in config))
  const running = await start(config)
  t.after(async () => {
    await running.drain()
    rmSync(folder, { recursive: true, force: true })
  })
  const data = ['--data', config.dataFolder]
  const lines = banner(running, config.dataFolder)
  assert.match(lines.join('\n'), /admin token {2}wadm_[\s\S]*first key {4}sk-weir-[\s\S]*\ncurl http/)

  // Where there is nothing yet, a list says so, and never a heading alone.
  for (const [list, says] of [
    ['terms list agreements', /weir terms accept/], ['terms list purposes', /weir terms put purposes FILE/], ['terms decisions', /no such decisions/], ['terms screen hits', /weir terms screen bring/], ['webhooks list', /weir webhooks add/],
    ['holds list', /no holds/], ['dataset list', /nothing is registered yet/], ['dataset list --unknown', /nothing is of unknown origin/], ['referrals list', /no complaints/], ['contracts list', /weir contracts save KIND FILE/],
  ] as const) {
    const nothing = await weir([...list.split(' '), ...data])
    assert.deepEqual([nothing.code, nothing.out, says.test(nothing.note)], [0, '', true], list)
  }

  const made = await weir(['keys', 'create', 'default/default/second', ...data])
  assert.equal(made.code, 0, made.note)
  assert.match(made.out, /^sk-weir-[\w-]{43}$/)
  const listed = await weir(['keys', 'list', ...data])
  assert.match(listed.out, /default\/default\/second {2}key_/)
  assert.ok(!listed.out.includes(made.out))
  assert.match((await weir(['keys', 'rotate', 'default/default/second', '--grace-seconds', '60', ...data])).out, /^sk-weir-/)
  assert.equal((await weir(['keys', 'revoke', 'default/default/second', ...data])).code, 0)
  assert.equal((await weir(['keys', 'revoke', 'default/default/none', ...data])).code, 1)

  const file = join(folder, 'weir.yaml')
  writeFileSync(file, 'organizations:\n  acme:\n    projects:\n      feed:\n        budget: { amount: "100.00" }\n        keys: [{ name: feed-1 }]\n')
  const diff = await weir(['diff', '-f', file, ...data])
  assert.equal(diff.code, 3)
  assert.match(diff.out, /\+ key acme\/feed\/feed-1[\s\S]*3 changes would be made/)
  const applied = await weir(['apply', '-f', file, '--json', ...data])
  assert.equal(applied.code, 0, applied.note)
  const { made: secrets } = JSON.parse(applied.out) as { made: { key: string; secret: string }[] }
  assert.equal(secrets[0]?.key, 'acme/feed/feed-1')
  assert.equal((await weir(['diff', '-f', file, ...data])).code, 0)
  writeFileSync(file, 'models:\n  m: { deployments: [{ provider: nobody, model: x }] }\n')
  const wrong = await weir(['apply', '-f', file, ...data])
  assert.equal(wrong.code, 1)
  assert.match(wrong.note, /weir\.yaml:2:24: models\.m\.deployments\[0\]\.provider: unknown provider nobody/)

  const trace = join(folder, 'trace.csv')
  writeFileSync(trace, `TIMESTAMP,ContextTokens,GeneratedTokens\n${Array.from({ length: 40 }, (_, n) => `2023-11-16 18:15:${String(n).padStart(2, '0')}.5,${n * 40 + 3},${n + 1}`).join('\n')}\n`)
  const replayed = await weir(['replay', trace, '--key', secrets[0]?.secret ?? '', '--speed', 'max', '--concurrency', '8', '--json', ...data])
  assert.equal(replayed.code, 0, replayed.note)
  const result = JSON.parse(replayed.out.split('\n').at(-1) ?? '') as Record<string, unknown>
  const [input, output] = [40 * 39 * 20 + 120, 820]
  // Two and eight dollars a million tokens: whole micro-dollars.
  const cost = String((input * 2 + output * 8) / 1_000_000)
  assert.deepEqual([result['calls'], result['failures'], result['input_tokens'], result['output_tokens'], result['cost'], result['currency'], result['off_trace']], [40, 0, input, output, cost, 'USD', 0])
  const usage = await weir(['usage', '--project', 'acme/feed', '--json', ...data])
  assert.deepEqual(JSON.parse(usage.out), [{
    organization: 'acme', project: 'feed', model: 'gpt-4.1', calls: 40, attempts: 40, reported_calls: 40, estimated_calls: 0, absent_calls: 0,
    input_tokens: input, cached_input_tokens: 0, output_tokens: output, reasoning_tokens: 0, cost, currency: 'USD',
  }])
  assert.match((await weir(['usage', ...data])).out, /acme\/feed +gpt-4\.1 +40 /)

  assert.match((await weir(['prices', 'gpt-4.1', '--list', 'openai', ...data])).out, /openai +input +default +2 +USD/)
  const doctor = await weir(['doctor', '--json', ...data])
  assert.equal((JSON.parse(doctor.out) as { accounting: { difference: number } }).accounting.difference, 0)
  assert.equal(doctor.code, 0, doctor.out)
  const ledger = await weir(['ledger', 'check', ...data])
  assert.equal(ledger.code, 0, ledger.out)
  assert.match((await weir(['tokens', 'create', 'audit', ...data])).out, /^wadm_/)
  assert.match((await weir(['tokens', 'list', ...data])).out, /audit/)
  assert.match((await weir(['secrets', 'rotate', ...data])).out, /are sealed under master key/)
  assert.equal((await weir(['usage', ...data])).code, 0)
  assert.match((await weir(['demo', '--list'])).out, /three books/)
})

test('tables fit 80 columns and never cut a number', () => {
  const rows = table([{ title: 'NAME' }, { title: 'COUNT', align: 'right' }], [['x'.repeat(200), '123,456,789']])
  assert.ok(rows.every((row) => row.length <= 80))
  assert.match(rows[1] ?? '', /x… {2}123,456,789$/)
  const draft = 'inv_a-long-customer_2026-10_1'
  const named = table([{ title: 'NUMBER', whole: true }, { title: 'CUSTOMER' }, { title: 'TOTAL', align: 'right' }], [[draft, 'customer'.repeat(9), '1.00']])
  assert.ok(named[1]?.startsWith(`${draft}  customer`) === true && named[1].length <= 80, 'nor a name by which the row is asked for')
  assert.deepEqual([grouped('1234567.05'), grouped(999), grouped(1000)], ['1,234,567.05', '999', '1,000'])
})
