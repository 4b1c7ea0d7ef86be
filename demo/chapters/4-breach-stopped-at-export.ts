/**
 * Chapter 4: outputs of three makers under different terms. An export for an own chat model leaves one maker's rows
 * behind with the clause named and lets another's go with duties; a classifier for internal use passes by exception, and
 * its later publication is refused. At the end a receipt is verified where there is nothing but the proof and a public key.
 */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Chapter, Stage } from '../chapter.ts'
import { ask, post } from '../talk.ts'
import { served, until } from '../until.ts'
import { runWeir, type Said } from '../weir-command.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const secret = 'sk-weir-demo-captions-key-0001'

/** One model of each maker. Prices of the third are the operator's own rows, as for any model that no list names. */
const models = { 'gpt-4.1': 'openai', 'deepseek-chat': 'deepseek', 'claude-sonnet-4-6': 'anthropic' } as const
const callsEach = 4

const config = `
providers:
  first: { type: sandbox, maker: openai, channel: openai, supplier: openai }
  second: { type: sandbox, maker: deepseek, channel: deepseek, supplier: deepseek }
  third: { type: sandbox, maker: anthropic, channel: anthropic, supplier: anthropic }
models:
  gpt-4.1: { deployments: [{ provider: first, model: gpt-4.1 }] }
  deepseek-chat: { deployments: [{ provider: second, model: deepseek-chat }], contextWindow: 128000, outputMax: 8192 }
  claude-sonnet-4-6: { deployments: [{ provider: third, model: claude-sonnet-4-6 }] }
organizations:
  acme: { projects: { feed: { capture: content, keys: [{ name: captions, secret: "${secret}", purpose: captions }] } } }
prices:
  - { list: sandbox, model: deepseek-chat, meter: input, perMillion: "0.28", effectiveFrom: "2026-01-01T00:00:00Z", source: demo }
  - { list: sandbox, model: deepseek-chat, meter: output, perMillion: "0.42", effectiveFrom: "2026-01-01T00:00:00Z", source: demo }
`

const purposes = `
- { id: captions, organization: acme, says: Captions for the feed, phase: product, dataClass: internal, owner: product, expiresMs: 2030-01-01 }
- { id: own-chat, organization: acme, says: A chat model of our own, phase: training, target: { class: chat, distribution: external, host: own }, dataClass: internal, owner: ml, expiresMs: 2030-01-01 }
- { id: tagging, organization: acme, says: A classifier that tags captions, phase: training, target: { class: classifier, distribution: internal, host: own }, dataClass: internal, owner: ml, expiresMs: 2030-01-01 }
`

interface Exported {
  readonly status: string
  readonly rows: number
  readonly files: readonly string[]
  readonly exclusions: readonly { readonly clause: string; readonly maker: string; readonly rows: number }[]
  readonly duties: readonly { readonly clause: string; readonly obligation: string }[]
  readonly flags: readonly string[]
  readonly redacted: Readonly<Record<string, number>>
  readonly groups: readonly { readonly maker: string; readonly outcome: string; readonly says: string | null }[]
}
interface Judged { readonly status: string; readonly clauses: readonly string[]; readonly says: readonly string[]; readonly flags: readonly string[] }

export const chapter: Chapter = {
  number: 4,
  title: 'breach stopped at export',
  asks: 'Can output become training data against the terms?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const weir = await startWeir({ data: join(folder, 'data'), config })
    try {
      await tell(stage, folder, weir)
    } finally {
      await weir.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function tell(stage: Stage, folder: string, weir: WeirProcess): Promise<void> {
  const { say } = stage
  const server = { url: weir.url, token: weir.first?.adminToken ?? '' }
  const weirSays = async (expected: number, ...args: readonly string[]): Promise<Said> => {
    const said = await runWeir(args, { folder, server })
    assert.equal(said.code, expected, `weir ${args.join(' ')}: ${said.note}${said.out}`)
    return said
  }
  writeFileSync(join(folder, 'purposes.yaml'), purposes)
  say('Three purposes are registered: captions for the product, an own chat model, a classifier.')
  await weirSays(0, 'terms', 'put', 'purposes', 'purposes.yaml')
  const calls = await callEachModel(weir)
  say(`${calls.length} calls for captions, ${callsEach} to each maker's model; the project captures content. Each has a receipt:`)
  for (const call of calls) await proven(weir, server.token, call)

  await exportForChat(stage, folder, weirSays)
  await classifier(stage, weirSays)
  await proof(stage, folder, weir, weirSays, calls[0] ?? '')
}

type Run = (expected: number, ...args: readonly string[]) => Promise<Said>

async function callEachModel(weir: WeirProcess): Promise<readonly string[]> {
  const calls: string[] = []
  // The register's change reaches the gateway by notification: calls count as product use from then on.
  await served(weir.url, weir.first?.adminToken ?? '')
  for (const model of Object.keys(models)) {
    for (let n = 1; n <= callsEach; n += 1) {
      const answer = await post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${secret}` }, { model, stream: n % 2 === 0, max_tokens: 40, messages: [{ role: 'user', content: `Caption ${n} for a photo of a river, and send it to editor${n}@example.org.` }] })
      assert.equal(answer.status, 200, answer.text)
      calls.push(String(answer.headers['x-weir-call-id']))
    }
  }
  return calls
}

/** Waits until a call's receipt is under a signed checkpoint. */
async function proven(weir: WeirProcess, token: string, call: string): Promise<void> {
  interface Receipts { readonly data: readonly { readonly status: string }[] }
  await until(`a proven receipt of ${call}`, () => ask(`${weir.url}/admin/v1/receipts/${call}`, token).catch(() => undefined) as Promise<Receipts | undefined>, (found) => found?.data.every((one) => one.status === 'proven') === true)
}

async function exportForChat({ say }: Stage, folder: string, weir: Run): Promise<void> {
  const made = JSON.parse((await weir(3, 'dataset', 'create', 'chat-1', '--organization', 'acme', '--purpose', 'own-chat', '--out', 'exports', '--json')).out) as Exported
  say('')
  say('$ weir dataset create chat-1 --organization acme --purpose own-chat')
  for (const group of made.groups) say(`  ${group.outcome.padEnd(5)} ${callsEach} rows made by ${group.maker}${group.says === null ? '' : `: ${group.says}`}`)
  assert.deepEqual(made.exclusions, [{ clause: 'ant.train', maker: 'anthropic', rows: callsEach }, { clause: 'oai.compete', maker: 'openai', rows: callsEach }])
  for (const { clause, maker, rows } of made.exclusions) say(`  ${rows} rows of ${maker} stay, under clause ${clause}`)
  assert.deepEqual(made.duties.map((duty) => duty.clause), ['ds.label'])
  for (const duty of made.duties) say(`  duty ${duty.clause} goes along: ${duty.obligation}`)
  const lines = readFileSync(join(folder, 'exports', 'chat-1.jsonl'), 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, callsEach)
  assert.equal(made.rows, callsEach)
  assert.ok(lines.every((line) => line.includes('[email]') && !line.includes('example.org')), 'addresses stay behind')
  assert.ok((made.redacted['email'] ?? 0) >= callsEach)
  say(`  chat-1.jsonl holds ${lines.length} rows, ${made.redacted['email']} e-mail addresses of all rows were redacted; manifest and bill of materials lie beside it`)
}

async function classifier({ say }: Stage, weir: Run): Promise<void> {
  const made = JSON.parse((await weir(3, 'dataset', 'create', 'tags-1', '--organization', 'acme', '--purpose', 'tagging', '--model', 'gpt-4.1', '--model', 'claude-sonnet-4-6', '--out', 'exports', '--json')).out) as Exported
  assert.equal(made.rows, callsEach)
  assert.ok(made.flags.includes('oai.exc.a'))
  assert.deepEqual(made.exclusions, [{ clause: 'ant.train', maker: 'anthropic', rows: callsEach }])
  say('')
  say('$ weir dataset create tags-1 --organization acme --purpose tagging --model gpt-4.1 --model claude-sonnet-4-6')
  say(`  ${made.rows} rows of openai may train a classifier that stays internal: exception ${made.flags.join(', ')} sticks to them; anthropic's stay, under ant.train`)
  const trained = JSON.parse((await weir(0, 'model', 'train', 'tagger', '--organization', 'acme', '--purpose', 'tagging', '--from', 'tags-1', '--json')).out) as Judged
  assert.equal(trained.status, 'recorded')
  say(`$ weir model train tagger --organization acme --purpose tagging --from tags-1\n  recorded; tagger carries ${trained.flags.join(', ')}`)
  const misused = JSON.parse((await weir(5, 'model', 'train', 'chatter', '--organization', 'acme', '--purpose', 'own-chat', '--from', 'tags-1', '--json')).out) as Judged
  assert.deepEqual(misused.clauses, ['oai.compete'])
  say(`$ weir model train chatter --organization acme --purpose own-chat --from tags-1\n  refused: ${misused.says[0]}`)
  const internal = JSON.parse((await weir(0, 'model', 'publish', 'tagger', '--organization', 'acme', '--distribution', 'internal', '--json')).out) as Judged
  assert.equal(internal.status, 'recorded')
  const refused = JSON.parse((await weir(5, 'model', 'publish', 'tagger', '--organization', 'acme', '--distribution', 'external', '--as', 'Tagger', '--json')).out) as Judged
  assert.equal(refused.status, 'refused')
  assert.deepEqual(refused.clauses, ['oai.exc.a.keep'])
  say(`$ weir model publish tagger --organization acme --distribution external\n  refused: ${refused.says[0]}`)
}

/** In a folder with the files and public keys alone, after the server has gone. */
async function proof({ say }: Stage, folder: string, weir: WeirProcess, run: Run, call: string): Promise<void> {
  await run(0, 'receipt', 'get', call)
  const today = new Date()
  await run(0, 'terms', 'statement', '--organization', 'acme', '--from', '2026-01-01', '--to', new Date(today.getTime() + 60_000).toISOString(), '--out', 'statement.json')
  const logs = JSON.parse((await run(0, 'log', 'keys', '--json')).out) as readonly { readonly id: string; readonly keys: readonly string[] }[]
  const checked = await run(0, 'log', 'check')
  const key = logs.find((one) => one.id === 'receipts/acme')?.keys[0] ?? ''
  await weir.stop()
  const alone = join(folder, 'alone')
  mkdirSync(alone)
  copyFileSync(join(folder, `${call}-1.tlog-proof`), join(alone, 'call.tlog-proof'))
  writeFileSync(join(alone, 'log.vkey'), `${key}\n`)
  say('')
  say(`The server has stopped. In a folder that holds only ${readdirSync(alone).toSorted().join(' and ')}:`)
  const verified = await runWeir(['verify', 'call.tlog-proof', '--key', 'log.vkey'], { folder: alone })
  assert.equal(verified.code, 0, verified.out)
  say('$ weir verify call.tlog-proof --key log.vkey')
  for (const line of verified.out.split('\n')) say(`  ${line}`)
  const forged = readFileSync(join(alone, 'call.tlog-proof'), 'utf8').replace(/^extra (.*)$/m, (_line, extra: string) => `extra ${Buffer.from(Buffer.from(extra, 'base64').toString().replace('"openai"', '"nobody"')).toString('base64')}`)
  writeFileSync(join(alone, 'forged.tlog-proof'), forged)
  const refused = await runWeir(['verify', 'forged.tlog-proof', '--key', 'log.vkey'], { folder: alone })
  assert.equal(refused.code, 3)
  say(`With the maker's name changed in it: ${refused.out.split('\n')[0]}`)
  const statement = await runWeir(['verify', join(folder, 'statement.json'), '--key', 'log.vkey'], { folder: alone })
  assert.equal(statement.code, 0, statement.out)
  const { totals } = JSON.parse(readFileSync(join(folder, 'statement.json'), 'utf8')) as { readonly totals: readonly { readonly phase: string; readonly calls: number }[] }
  assert.ok(totals.every((row) => row.phase === 'product') && totals.reduce((sum, row) => sum + row.calls, 0) === callsEach * Object.keys(models).length, JSON.stringify(totals))
  say(`The statement of use verifies as well: ${totals.reduce((sum, row) => sum + row.calls, 0)} calls, all of phase product. The logs are whole: ${checked.out.split('\n').length} checked.`)
}
