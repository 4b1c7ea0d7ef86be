/**
 * Chapter 6: appeal. A maker complains that its technology went into a model of the buyer's own. The buyer is suspended,
 * shows by a statement of use to what extent it used the maker's models and for what, and appeals; another person gives
 * the project back and leaves training blocked. The evidence pack verifies where there is nothing but it and a public key.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anotherPerson, decideCase, person, restrictionOf, type CaseView, type Person } from '../case-talk.ts'
import type { Chapter, Stage } from '../chapter.ts'
import { ask, post, type Answer } from '../talk.ts'
import { served, until } from '../until.ts'
import { runWeir } from '../weir-command.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const secrets = { product: 'sk-weir-demo-buyer-product-6', tests: 'sk-weir-demo-buyer-tests-006' }

const config = `
providers:
  maker: { type: sandbox, maker: openai, channel: openai, supplier: openai }
models:
  gpt-4.1: { deployments: [{ provider: maker, model: gpt-4.1 }] }
organizations:
  buyer: { projects: { feed: { keys: [{ name: product, secret: "${secrets.product}", purpose: captions }, { name: tests, secret: "${secrets.tests}", purpose: comparing }] } } }
`

const purpose = (id: string, phase: string): object => ({ id, organization: 'buyer', says: `Use for ${phase}`, phase, dataClass: 'internal', owner: 'product', expiresMs: Date.parse('2030-01-01T00:00:00Z') })

const groundsWith = (call: string): { readonly clause: string; readonly says: string; readonly evidence: readonly string[] } =>
  ({ clause: 'oai.compete', says: 'Outputs are said to have gone into a chat model of the buyer\'s own.', evidence: ['complaint-1', call] })

const callBy = (weir: WeirProcess, key: string): Promise<Answer> =>
  post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, { model: 'gpt-4.1', max_tokens: 20, messages: [{ role: 'user', content: 'A caption for a photo of a river, please.' }] })

const errorOf = (answer: Answer): { readonly code: string; readonly message: string } => (JSON.parse(answer.text) as { error: { code: string; message: string } }).error

interface Total { readonly phase: string; readonly calls: number; readonly input: string; readonly output: string }

async function showExtent({ say }: Stage, weir: WeirProcess, first: Person, folder: string): Promise<string> {
  const expected = { product: 9, evaluation: 1 }
  for (let index = 0; index < expected.product; index += 1) assert.equal((await callBy(weir, secrets.product)).status, 200)
  const test = await callBy(weir, secrets.tests)
  assert.equal(test.status, 200)
  const [from, to] = ['2026-01-01T00:00:00Z', '2100-01-01T00:00:00Z']
  type Stated = { readonly keys: readonly string[]; readonly statement: { readonly totals: readonly Total[] } }
  const read = async (): Promise<Stated | undefined> => {
    const answer = await ask(`${weir.url}/admin/v1/terms/statement?organization=buyer&from=${from}&to=${to}`, first.token).catch((cause: unknown) => {
      // Nothing is signed yet in the first second.
      if (cause instanceof Error && cause.message.includes('answered 404')) return undefined
      throw cause
    })
    return answer as Stated | undefined
  }
  const stated = await until('the statement of use', read, (one) => one?.statement.totals.reduce((sum, row) => sum + row.calls, 0) === 10)
  const calls = Object.fromEntries((stated?.statement.totals ?? []).map((row) => [row.phase, row.calls]))
  assert.deepEqual(calls, expected)
  writeFileSync(join(folder, 'statement.json'), JSON.stringify(stated?.statement))
  const verified = await runWeir(['verify', 'statement.json', '--key', stated?.keys[0] ?? ''], { folder })
  assert.equal(verified.code, 0, verified.out + verified.note)
  say('To what extent? The customer\'s statement of use, from which anybody with the public key works out root and sums again:')
  for (const row of stated?.statement.totals ?? []) say(`  ${row.phase.padEnd(11)} ${row.calls} of 10 calls, ${row.input} tokens in, ${row.output} out`)
  assert.deepEqual(await ask(`${weir.url}/admin/v1/lineage?organization=buyer`, first.token), { data: [] })
  say('  training    0 calls, and no dataset left through the export gate')
  return String(test.headers['x-weir-call-id'])
}

async function suspend({ say }: Stage, weir: WeirProcess, first: Person, second: Person, call: string): Promise<CaseView> {
  const grounds = groundsWith(call)
  const decided = await decideCase(first, { organization: 'buyer', project: 'feed' }, grounds, { source: 'referral', referred_by: 'openai' })
  await first.does(`cases/${decided.id}/restrictions`, { kind: 'block_train', scope: { organization: 'buyer' }, ...grounds })
  const proposed = await first.does(`cases/${decided.id}/restrictions`, { kind: 'suspend_project', scope: { organization: 'buyer', project: 'feed' }, ...grounds })
  await second.does(`cases/${decided.id}/restrictions/${restrictionOf(proposed, 'suspend_project').id}/approve`, {})
  const refused = await until('the suspension', () => callBy(weir, secrets.product), (answer) => answer.status === 403)
  assert.ok(refused.text.includes(decided.id), refused.text)
  say('The maker complains at the channel, which saw no prompt and decides: project suspended by two people, training blocked.')
  say(`  a call of the project: 403 ${errorOf(refused).message}`)
  return decided
}

async function trainingRefused(weir: WeirProcess, first: Person, id: string): Promise<string> {
  const answer = await post(`${weir.url}/admin/v1/models/trainings`, { authorization: `Bearer ${first.token}` }, { model: 'own-chat', organization: 'buyer', purpose: 'captions', from: ['harvest'] })
  assert.deepEqual([answer.status, errorOf(answer).code, errorOf(answer).message.includes(id)], [403, 'restricted', true], answer.text)
  return errorOf(answer).message
}

async function appeal({ say }: Stage, weir: WeirProcess, people: readonly [Person, Person, Person], id: string): Promise<void> {
  const [first, second, third] = people
  await first.does(`cases/${id}/moves`, { act: 'appeal', says: 'The statement of use shows product and evaluation only.', evidence: ['statement.json'] })
  const { restrictions } = (await ask(`${weir.url}/admin/v1/cases/${id}`, first.token)) as CaseView
  const lift = restrictions.filter((one) => one.kind === 'suspend_project').map((one) => one.id)
  const vary = { act: 'vary', says: 'No call of the product went into training; what a model of its own is made of stays to be shown.', lift }
  const own = await first.mayNot(`cases/${id}/moves`, vary, 'same_person')
  await second.mayNot(`cases/${id}/moves`, vary, 'same_person')
  say(`The customer appeals. Neither of the two may decide: ${own}`)
  const varied = await third.does(`cases/${id}/moves`, vary)
  assert.deepEqual([varied.state, restrictionOf(varied, 'suspend_project').status, restrictionOf(varied, 'block_train').status], ['varied', 'lifted', 'in-force'])
  await until('the project', () => callBy(weir, secrets.product), (answer) => answer.status === 200)
  say('  a third person reverses part of it: the project is back, its next call is a 200')
  say(`  training stays blocked: ${await trainingRefused(weir, first, id)}`)
}

/** The customer reads its own case with a token that sees nothing of others. */
async function customerSees({ say }: Stage, weir: WeirProcess, first: Person, id: string): Promise<void> {
  const made = await post(`${weir.url}/admin/v1/tokens`, { authorization: `Bearer ${first.token}` }, { name: 'customer', organization: 'buyer' })
  const { secret } = JSON.parse(made.text) as { secret: string }
  const seen = (await ask(`${weir.url}/admin/v1/cases/${id}`, secret)) as { readonly referred_by: string; readonly timeline: readonly object[]; readonly statements_of_reasons: readonly object[] }
  assert.deepEqual([seen.referred_by, seen.statements_of_reasons.length], ['openai', 2])
  say(`The customer reads its case: who complained, ${seen.timeline.length} events, ${seen.statements_of_reasons.length} statements of reasons.`)
}

interface Packed {
  readonly proofs: readonly string[]
  readonly timeline: readonly { readonly sha256: string }[]
  readonly receipts: readonly { readonly call: string }[]
  readonly extent: { readonly totals: { readonly attempts: number }; readonly reconciliation: { readonly status: string } }
}

async function pack({ say }: Stage, weir: WeirProcess, first: Person, folder: string, { id, call }: { readonly id: string; readonly call: string }): Promise<void> {
  const made = async (): Promise<Answer> => post(`${weir.url}/admin/v1/cases/${id}/pack`, { authorization: `Bearer ${first.token}` }, {})
  const answer = await until('a signed checkpoint over the case', made, (one) => one.status !== 409)
  assert.equal(answer.status, 200, answer.text)
  const { envelope, keys, sha256 } = JSON.parse(answer.text) as { readonly envelope: { readonly payload: string }; readonly keys: readonly string[]; readonly sha256: string }
  const again = JSON.parse((await made()).text) as { readonly sha256: string; readonly envelope: object }
  assert.deepEqual([again.sha256, again.envelope], [sha256, envelope], 'the same case makes the same bytes')
  const alone = join(folder, 'alone')
  mkdirSync(alone)
  writeFileSync(join(alone, 'pack.json'), JSON.stringify(envelope))
  writeFileSync(join(alone, 'public.vkey'), `${keys.join('\n')}\n`)
  assert.equal(new Set(keys.map((key) => key.split('+').slice(2).join('+'))).size, 1, 'one public key, under the names of evidence and logs')
  assert.deepEqual(readdirSync(alone), ['pack.json', 'public.vkey'])
  const verified = await runWeir(['verify', 'pack.json', '--key', 'public.vkey'], { folder: alone })
  assert.equal(verified.code, 0, verified.out + verified.note)
  say(`The evidence pack, in a folder that has only it and the public key: ${verified.out.split('\n').join(' ')}`)
  const body = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Packed
  assert.deepEqual([body.receipts.map((one) => one.call), body.extent.totals.attempts, body.extent.reconciliation.status], [[call], 10, 'equal'])
  for (const what of [`each of its ${body.timeline.length} events is told as its leaf of the governance log has it`, 'each of its 1 receipts is a leaf of the customer']) assert.ok(verified.out.includes(what), verified.out)
  writeFileSync(join(folder, 'last.tlog-proof'), body.proofs.at(-1) ?? '')
  const proven = await runWeir(['verify', 'last.tlog-proof', '--key', keys[1] ?? ''], { folder })
  assert.deepEqual([proven.code, body.proofs.length], [0, body.timeline.length], proven.out + proven.note)
  say(`  each of its ${body.timeline.length} events has its proof in the governance log, and a second pack has the same bytes`)
  const forged = { ...envelope, payload: Buffer.from(Buffer.from(envelope.payload, 'base64').toString().replace('penalty', 'no_breach')).toString('base64') }
  writeFileSync(join(alone, 'pack.json'), JSON.stringify(forged))
  const wrong = await runWeir(['verify', 'pack.json', '--key', 'public.vkey'], { folder: alone })
  assert.notEqual(wrong.code, 0)
  say('  with one word changed it does not verify')
}

export const chapter: Chapter = {
  number: 6,
  title: 'appeal',
  asks: 'Limited to what extent, and who decides when we object?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const weir = await startWeir({ data: join(folder, 'data'), config })
    try {
      const first = person(weir.url, weir.first?.adminToken ?? '')
      const second = await anotherPerson(weir.url, first, 'second person')
      const third = await anotherPerson(weir.url, first, 'appeals officer')
      for (const one of [purpose('captions', 'product'), purpose('comparing', 'evaluation')]) await first.does('terms/records/purposes', one)
      await served(weir.url, first.token)
      await tell(stage, weir, [first, second, third], folder)
      await weir.stop()
    } finally {
      await weir.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function tell(stage: Stage, weir: WeirProcess, people: readonly [Person, Person, Person], folder: string): Promise<void> {
  const [first, second] = people
  const call = await showExtent(stage, weir, first, folder)
  const { id } = await suspend(stage, weir, first, second, call)
  await appeal(stage, weir, people, id)
  await customerSees(stage, weir, first, id)
  await pack(stage, weir, first, folder, { id, call })
}
