import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../../demo/until.ts'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { start } from '../main.ts'
import { run } from './main.ts'
import { lineDifferences, share } from './terms-text.ts'

interface Said { readonly code: number; readonly out: string; readonly note: string }

async function weir(args: readonly string[]): Promise<Said> {
  const out: string[] = []
  const note: string[] = []
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3',
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

const secret = 'sk-weir-terms-test-key-0001'
const config = `
providers: { s: { type: sandbox, maker: deepseek, channel: deepseek } }
models: { gpt-4.1: { deployments: [{ provider: s, model: gpt-4.1 }] } }
organizations: { acme: { projects: { feed: { capture: content, keys: [{ name: k, secret: "${secret}" }] } } } }
`

test('terms on the command line, against a running server, across a rotation of the master key', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cli-terms-'))
  writeFileSync(join(folder, 'weir.yaml'), config)
  const read = readConfig({ flags: { port: '0', data: join(folder, 'data'), config: join(folder, 'weir.yaml'), logLevel: 'silent', drainMs: '200' }, env: {}, readFile: (path) => ({ text: readFileSync(path, 'utf8') }) })
  assert.ok(!('problems' in read))
  let running = await start(read)
  t.after(async () => {
    await running.drain()
    rmSync(folder, { recursive: true, force: true })
  })
  const data = ['--data', join(folder, 'data')]
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  const put = await weir(['terms', 'put', 'purposes', file('p.yaml', '{ id: own-chat, organization: acme, says: Ours, phase: training, target: { class: chat, host: own }, dataClass: internal, owner: ml, expiresMs: 2031-01-01 }'), ...data])
  assert.equal(put.out, 'own-chat, version 1', put.note)
  assert.equal((await weir(['terms', 'put', 'purposes', file('bad.yaml', '{ id: own-chat, phase: nothing }'), ...data])).code, 1)
  assert.match((await weir(['terms', 'list', 'purposes', ...data])).out, /own-chat +acme +training, to 2031-01-01 +1/)
  assert.match((await weir(['terms', 'explain', 'none', ...data])).note, /none is registered: weir terms put purposes FILE/)
  const explained = await weir(['terms', 'explain', 'own-chat', ...data])
  assert.match(explained.out, /^allow gpt-4\.1 at s\/gpt-4\.1, made by deepseek/)

  const answer = await fetch(`${running.url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hello from ada@example.org' }] }) })
  assert.equal(answer.status, 200)
  await answer.text()
  const call = answer.headers.get('x-weir-call-id') ?? ''
  const proof = join(folder, `${call}-1.tlog-proof`)
  await until('the proof', () => weir(['receipt', 'get', call, '--out', folder, ...data]), ({ code }) => code === 0)
  const keys = await weir(['log', 'keys', ...data])
  const key = keys.out.split('\n').find((one) => one.includes('/receipts/acme')) ?? ''
  assert.equal((await weir(['verify', proof, '--key', key])).code, 0)
  assert.equal((await weir(['verify', proof, '--key', keys.out.split('\n').find((one) => one.includes('/governance')) ?? ''])).code, 3)
  assert.equal((await weir(['verify', join(folder, 'p.yaml'), '--key', key])).code, 3)
  assert.equal((await weir(['verify', proof])).code, 2)

  const shown = JSON.parse((await weir(['terms', 'clauses', 'show', 'oai.region', '--json', ...data])).out) as { clause: { sha256: string; text: string } }
  assert.match((await weir(['terms', 'clauses', 'approve', 'oai.region', '--sha256', shown.clause.sha256, ...data])).out, /1 of 2 approvals/)
  assert.match((await weir(['terms', 'clauses', 'approve', 'oai.region', '--sha256', shown.clause.sha256, ...data])).note, /another person/)
  const second = (await weir(['tokens', 'create', 'counsel', ...data])).out
  assert.match((await weir(['terms', 'clauses', 'approve', 'oai.region', '--sha256', shown.clause.sha256, '--token', second, ...data])).out, /approved by two people/)
  // A text that does not parse is refused with its place, changes nothing, and trying is a leaf.
  const broken = await weir(['terms', 'clauses', 'change', 'oai.region', file('broken.cedar', '@id("oai.region") @clause("openai/countries#list") @point("admit,route") @onUnknown("deny")\nforbid (principal, action'), ...data])
  assert.deepEqual([broken.code, /oai\.region:\d+:\d+: /.test(broken.note)], [1, true], broken.note)
  const leaves = JSON.parse((await weir(['log', 'governance', '--json', ...data])).out) as readonly { readonly kind: string; readonly subject: string }[]
  assert.ok(leaves.some((leaf) => leaf.kind === 'clause-refused' && leaf.subject === 'clause/oai.region'), JSON.stringify(leaves.slice(0, 3)))
  const draft = file('draft.cedar', shown.clause.text.replace('context.countrySupported', 'context.countrySupported == true'))
  const simulated = await weir(['terms', 'clauses', 'simulate', 'oai.region', draft, ...data])
  assert.match(simulated.out, /of \d+ recorded decisions would be others/, simulated.note)
  assert.match((await weir(['terms', 'clauses', 'change', 'oai.region', file('broken.cedar', 'forbid (principal'), ...data])).note, /oai\.region/)
  assert.equal((await weir(['terms', 'attach', 'oai.region', join(folder, 'p.yaml'), ...data])).code, 0)
  const difference = await weir(['terms', 'clauses', 'diff', 'oai.region', ...data])
  assert.equal(difference.code, 3)
  assert.match(difference.out, /^source: .*sourceHash/m)
  assert.match((await weir(['terms', 'clauses', 'list', ...data])).out, /oai\.region +forbid +AR +deny +0 of 2/, 'a text that was attached has to be approved again')

  const rotated = await weir(['secrets', 'rotate', ...data])
  assert.equal(rotated.code, 0, rotated.note)
  const made = await weir(['dataset', 'create', 'chat-1', '--organization', 'acme', '--purpose', 'own-chat', '--human', file('h.jsonl', '{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}\n'), '--out', folder, ...data])
  assert.equal(made.code, 0, made.note + made.out)
  assert.match(made.out, /2 rows may leave[\s\S]*ds\.label/)
  assert.match(readFileSync(join(folder, 'chat-1.jsonl'), 'utf8'), /\[email\]/)
  assert.equal((await weir(['dataset', 'create', 'chat-1', '--organization', 'acme', '--purpose', 'own-chat', ...data])).code, 1, 'a dataset is made once')
  const pair = (question: string): string => `{"messages":[{"role":"user","content":"${question}"},{"role":"assistant","content":"A"}]}\n`
  const none = await weir(['dataset', 'leads', file('none.jsonl', '\n\n'), '--organization', 'acme', ...data])
  assert.deepEqual([none.code, /has no rows/.test(none.note)], [2, true])
  // Longer than a text that the server takes, and together more than it takes at once.
  const long = await weir(['dataset', 'leads', file('long.jsonl', pair('word '.repeat(40_000)).repeat(90)), '--organization', 'acme', ...data])
  assert.deepEqual([long.code, /0 leads among 90 rows/.test(long.note)], [0, true], long.note)
  for (const [more, code, says] of [
    [['--no-calls', '--human', file('null.jsonl', `${pair('Q')}\nnull\n`)], 2, /null\.jsonl:3: not of the form/],
    [['--no-calls', '--human', file('nul.jsonl', `${pair('Q')}${pair('\\u0000')}`)], 1, /nul\.jsonl:2\.messages\.0\.content: it holds the character U\+0000/],
    [['--no-calls', '--licensed', file('l.jsonl', pair('Q'))], 2, /--licence/],
    [['--no-calls'], 1, /Nothing is asked for/],
    [['--from', '2026-12-01', '--to', '2026-11-01'], 1, /ends before it begins/],
    [['--model', 'nothing-such'], 1, /there is no row/],
    [['--no-calls', '--human', file('twice.jsonl', `${pair('Caf\\u00e9 au lait')}${pair('Cafe\\u0301  AU lait')}`)], 0, /Left out: 1 × it equals another row/],
  ] as const) {
    const answer = await weir(['dataset', 'create', 'odd', '--organization', 'acme', '--purpose', 'own-chat', '--out', folder, ...more, ...data])
    assert.equal(answer.code, code, answer.out + answer.note)
    assert.match(answer.out + answer.note, says)
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'chat-1.manifest.json'), 'utf8')) as { signatures: { keyid: string }[] }
  const verified = (): ReturnType<typeof weir> => weir(['verify', join(folder, 'chat-1.manifest.json'), '--key', manifest.signatures[0]?.keyid ?? ''])
  const rows = readFileSync(join(folder, 'chat-1.jsonl'))
  assert.match((await verified()).out, /chat-1\.jsonl is the very file\nIt verifies/)
  file('chat-1.jsonl', `${rows.toString()}\n`)
  const changed = await verified()
  assert.deepEqual([changed.code, /WRONG .*chat-1\.jsonl is another file than the manifest speaks of/.test(changed.out)], [3, true], changed.out)
  rmSync(join(folder, 'chat-1.jsonl'))
  assert.match((await verified()).out, /chat-1\.jsonl is not beside it and was not compared: its SHA-256 has to be [0-9a-f]{64}\nIt verifies/)

  const asked = JSON.parse((await weir(['content', 'ask', call, '--reason', 'a test of reading', '--json', ...data])).out) as { id: string }
  assert.equal((await weir(['content', 'allow', asked.id, ...data])).code, 1)
  assert.equal((await weir(['content', 'allow', asked.id, '--token', second, ...data])).code, 0)
  assert.match((await weir(['content', 'read', asked.id, ...data])).out, /ada@example\.org/)
  assert.match((await weir(['content', 'erase', '--organization', 'acme', '--call', call, '--reason', 'a test', ...data])).out, /1 call erased/)
  assert.match((await weir(['content', 'erase', '--organization', 'acme', '--call', call, '--reason', 'a test', ...data])).out, /nothing was erased: .* is erased already/)
  assert.equal((await weir(['content', 'read', asked.id, ...data])).code, 1)

  await running.drain()
  running = await start(read)
  assert.equal((await weir(['log', 'keys', ...data])).out, keys.out, 'the rotated master key still opens the logs\' keys')
  const statement = join(folder, 'statement.json')
  const stated = await weir(['terms', 'statement', '--organization', 'acme', '--from', '2026-01-01', '--to', '2100-01-01', '--out', statement, ...data])
  assert.match(stated.out, /gpt-4\.1 +1 [\s\S]*not known/, stated.note)
  assert.equal((await weir(['verify', statement, '--key', key])).code, 0)
  writeFileSync(statement, readFileSync(statement, 'utf8').replace('"attempts":1', '"attempts":2'))
  assert.equal((await weir(['verify', statement, '--key', key])).code, 3)
  assert.equal((await weir(['log', 'check', ...data])).code, 0)

  // The logs' key is changed while the server runs: the old proof stands, what is signed next verifies with either, then with the new one alone.
  assert.match((await weir(['log', 'retire-key', ...data])).note, /no rotation is under way/)
  assert.equal((await weir(['log', 'rotate-key', ...data])).out, '2 logs know the new key; both keys sign')
  const receiptKeys = async (): Promise<readonly string[]> => (JSON.parse((await weir(['log', 'keys', '--json', ...data])).out) as readonly { readonly id: string; readonly keys: readonly string[] }[]).find((one) => one.id === 'receipts/acme')?.keys ?? []
  const [newKey = '', oldKey = ''] = await receiptKeys()
  assert.deepEqual([oldKey, newKey === oldKey], [key, false])
  const proves = (with_: string) => async (): Promise<boolean> => (await weir(['receipt', 'get', call, '--out', folder, ...data])).code === 0 && (await weir(['verify', proof, '--key', with_])).code === 0
  assert.equal((await weir(['verify', proof, '--key', key])).code, 0)
  await until('a checkpoint of the new key', proves(newKey), Boolean)
  assert.equal((await weir(['verify', proof, '--key', oldKey])).code, 0, 'and of the old one')
  assert.equal((await weir(['log', 'retire-key', ...data])).code, 0)
  assert.equal((await weir(['log', 'check', ...data])).code, 0)
  const signed = await weir(['dataset', 'create', 'chat-2', '--organization', 'acme', '--purpose', 'own-chat', '--human', file('h2.jsonl', '{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"B"}]}\n'), '--out', folder, ...data])
  assert.equal(signed.code, 0, signed.note + signed.out)
  const later = JSON.parse(readFileSync(join(folder, 'chat-2.manifest.json'), 'utf8')) as { signatures: { keyid: string }[] }
  assert.equal(later.signatures[0]?.keyid.split('+').slice(2).join('+'), newKey.split('+').slice(2).join('+'), 'evidence is signed with the new key')
  assert.match((await weir(['log', 'governance', '--kind', 'log-key-retired', ...data])).out, /log-key-retired .* log-key$/)
  assert.match((await weir(['log', 'governance', ...data])).out, /  key-rotation  log-key  log-key/, 'also with the leaf that introduced the key')
})

test('differences line by line, shares without floats', () => {
  assert.deepEqual(lineDifferences('a\nb\nc\n', 'a\nx\nc\nd\n'), ['  a', '- b', '+ x', '  c', '+ d'])
  assert.deepEqual([share('1', '3'), share('0.5', '1'), share('1', '0')], ['33.3 %', '50.0 %', '-'])
})
