/** Detection on a real node: calls over HTTP, a signal, the command line; a template that is cleared does not signal again. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { request } from 'undici'
import { until } from '../../demo/until.ts'
import { run } from '../../src/cli/main.ts'
import { readConfig } from '../../src/config.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import { sleep, systemTimers } from '../../src/kernel/timers.ts'
import { start } from '../../src/main.ts'
import { provenShare, type LeadProof } from '../../src/terms/detection/prove-lead.ts'
import { form, many, question } from './made-prompts.ts'

const keys = ['a', 'b', 'c', 'd'].map((name) => ({ name, secret: `sk-weir-detection-test-${name}` }))
const config = `
providers: { s: { type: sandbox, maker: openai, channel: openai } }
models: { gpt-4.1: { deployments: [{ provider: s, model: gpt-4.1 }] } }
organizations: { acme: { projects: { feed: { capture: content, keys: [${keys.map(({ name, secret }) => `{ name: ${name}, secret: "${secret}", purpose: captions }`).join(', ')}] } } } }
`

async function weir(args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly note: string }> {
  const [out, note]: [string[], string[]] = [[], []]
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3',
    readFile: (path) => ({ text: readFileSync(path, 'utf8') }),
  })
  return { code, out: out.join('\n'), note: note.join('\n') }
}

interface Signal { readonly id: string; readonly state: string; readonly case: string | null; readonly subject: string; readonly card: { readonly score: number } }
interface List { readonly data: readonly Signal[]; readonly coverage: { readonly calls: number; readonly sketched: number; readonly dropped: number } }

test('a new template of a registered purpose: a signal on the command line, no case, one command clears it; an edited copy of an answer is a lead', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-detection-'))
  writeFileSync(join(folder, 'weir.yaml'), config)
  const read = readConfig({ flags: { port: '0', data: join(folder, 'data'), config: join(folder, 'weir.yaml'), logLevel: 'silent', drainMs: '200' }, env: {}, readFile: (path) => ({ text: readFileSync(path, 'utf8') }) })
  assert.ok(!('problems' in read))
  const running = await start(read)
  t.after(async () => {
    await running.drain()
    rmSync(folder, { recursive: true, force: true })
  })
  const data = ['--data', join(folder, 'data')]
  const send = async (content: string, secret: string): Promise<string> => {
    const answer = await request(`${running.url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'gpt-4.1', max_tokens: 60, messages: [{ role: 'user', content }] }) })
    const text = await answer.body.text()
    assert.equal(answer.statusCode, 200, text)
    return (JSON.parse(text) as { choices: readonly { message: { content: string } }[] }).choices[0]?.message.content ?? ''
  }
  const sendAll = (texts: readonly string[]): Promise<string[]> => Promise.all(texts.map((text, at) => send(text, keys[at % keys.length]?.secret ?? '')))
  const list = async (): Promise<List> => JSON.parse((await weir(['signals', 'list', '--json', ...data])).out) as List
  writeFileSync(join(folder, 'purpose.json'), JSON.stringify({ id: 'captions', organization: 'acme', says: 'Captions', phase: 'product', dataClass: 'internal', owner: 'ada', expiresMs: Date.parse('2030-01-01T00:00:00Z') }))
  assert.equal((await weir(['terms', 'put', 'purposes', join(folder, 'purpose.json'), ...data])).code, 0)

  const answers = await sendAll(many(1, 160, question))
  await until('ordinary traffic', list, ({ coverage }) => coverage.sketched === 160)
  await sleep(systemTimers, 5_500)
  assert.deepEqual((await list()).data, [])
  // Forty each so far: a key is sampled up to sixty a minute. All four go over to a new form.
  await sendAll(many(2, 16, form))
  await sendAll(many(3, 36, form))
  const { data: [signal], coverage } = await until('a signal', list, ({ data: found }) => found.length > 0)
  assert.ok(signal !== undefined)
  assert.deepEqual([signal.state, signal.case, coverage.dropped], ['open', null, 0])
  const shown = await weir(['signals', 'show', signal.id, ...data])
  assert.match(shown.out, /how often this is wrong/)
  assert.ok(shown.out.split('\n').slice(0, 2).every((line) => line.length <= 80 || line.startsWith('signal_')), shown.out)
  assert.deepEqual(JSON.parse((await weir(['cases', 'list', '--json', ...data])).out), [])
  assert.equal((await weir(['signals', 'clear', signal.id, '--purpose', 'elsewhere', ...data])).code, 1)
  assert.equal((await weir(['signals', 'clear', signal.id, '--purpose', 'captions', ...data])).code, 0)
  assert.equal((await list()).data[0]?.state, 'cleared')

  const copied = (answers.find((answer) => answer.split(/\s+/).length >= 25) ?? '').split(/\s+/).map((word, at) => (at % 12 === 5 ? 'changed' : word)).join(' ')
  writeFileSync(join(folder, 'rows.jsonl'), [{ messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: copied }] }, { text: many(9, 4, form).join(' ') },
    // Where a copy stands in the conversation does not hide it.
    { messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: [{ type: 'text', text: copied }] }, { role: 'user', content: 'thanks' }, { role: 'assistant', content: 'welcome' }] }, { messages: [{ role: 'user', content: copied }, { role: 'assistant', content: 'so it is' }] }].map((row) => JSON.stringify(row)).join('\n'))
  const leads = JSON.parse((await weir(['dataset', 'leads', join(folder, 'rows.jsonl'), '--organization', 'acme', '--json', ...data])).out) as { readonly data: readonly { readonly row: number; readonly share: number; readonly call: string; readonly proof?: LeadProof }[]; readonly compared: number }
  assert.deepEqual(leads.data.map(({ row }) => row), [0, 2, 3])
  assert.ok(leads.compared > 150)
  // Proven from the log: the receipt committed to the answer's fingerprints when it was delivered.
  const [lead] = leads.data
  assert.ok(lead?.proof !== undefined)
  assert.equal(provenShare(lead.proof, copied), lead.share)
  assert.equal(provenShare({ ...lead.proof, fingerprints: Buffer.alloc(8).toString('base64') }, copied), undefined, 'other fingerprints do not open it')
  const receipt = await weir(['receipt', 'get', lead.call, '--json', ...data])
  assert.deepEqual((JSON.parse(receipt.out) as { data: readonly { leaf: string | null }[] }).data.map(({ leaf }) => leaf), [lead.proof.leaf], 'the very leaf that the receipt proves')
})
