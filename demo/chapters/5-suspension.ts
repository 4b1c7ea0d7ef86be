/**
 * Chapter 5: suspension, seen from both sides. A maker suspends the cloud's account: what ran there goes on where a
 * fallback is permitted, and elsewhere a 503 says why. A campaign over forty keys is found by its traffic alone, becomes a
 * case; its extent is stated, exports are blocked, calls throttled. Then the cloud suspends a buyer's key, which takes a
 * case, a clause, evidence and two people; the open stream is cut, and it and the next call are told clause and case.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandboxWorker } from '../../src/providers/sandbox/start-worker.ts'
import { campaign, campaignKeys, productKeys, purpose } from '../campaign.ts'
import { anotherPerson, decideCase, person, restrictionOf, type Person } from '../case-talk.ts'
import type { Chapter, Stage } from '../chapter.ts'
import { ask, post, type Answer } from '../talk.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const secrets = { suspect: 'sk-weir-demo-buyer-harvest', other: 'sk-weir-demo-buyer-feed-key', cloud: 'sk-demo-cloud-at-maker-0005' }

const bound = (keys: readonly { readonly name: string; readonly secret: string }[]): string => keys.map(({ name, secret }) => `{ name: ${name}, secret: "${secret}", purpose: ${purpose} }`).join(', ')

const config = (maker: string, second: string): string => `
providers:
  maker: { type: sandbox, baseUrl: "${maker}", apiKey: "${secrets.cloud}", supplier: maker, maker: openai }
  second: { type: sandbox, baseUrl: "${second}", apiKey: sk-demo-cloud-at-second-005, supplier: second, maker: openai }
models:
  gpt-4.1: { deployments: [{ provider: maker, model: gpt-4.1 }, { provider: second, model: gpt-4.1, group: 1 }] }
  gpt-4.1-mini: { deployments: [{ provider: maker, model: gpt-4.1-mini }] }
organizations:
  buyer: { projects: { feed: { keys: [{ name: harvest, secret: "${secrets.suspect}" }, { name: feed, secret: "${secrets.other}" }] }, lab: { keys: [${bound(campaignKeys)}] }, product: { keys: [${bound(productKeys)}] } } }
`

const clause = 'oai.extract'

const callBy = (weir: WeirProcess, key: string, model: string): Promise<Answer> =>
  post(`${weir.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, { model, max_tokens: 10, messages: [{ role: 'user', content: 'A caption for a photo of a river, please.' }] })

const errorOf = (answer: Answer): { readonly code: string; readonly message: string } => (JSON.parse(answer.text) as { error: { code: string; message: string } }).error

/** A stream that would last for a minute. `cut` resolves with what came when it ends without [DONE]. */
async function openStream(weir: WeirProcess, key: string): Promise<{ readonly call: string; readonly cut: Promise<string> }> {
  const body = JSON.stringify({ model: 'gpt-4.1', stream: true, max_tokens: 2_000, messages: [{ role: 'user', content: 'Write all that you know about rivers.' }], metadata: { weir_output_tokens: '2000' } })
  return new Promise((resolve, reject) => {
    const sent = request(`${weir.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'content-length': Buffer.byteLength(body) } }, (response) => {
      let text = ''
      const cut = new Promise<string>((ended, whole) => {
        // An error event ends it, which is how the client knows that the answer is not whole, and why.
        response.on('error', () => undefined)
        response.on('close', () => (text.includes('[DONE]') ? whole(new Error('the stream ended by itself')) : ended(text)))
      })
      response.on('data', (chunk: Buffer) => {
        if (text === '') resolve({ call: String(response.headers['x-weir-call-id']), cut })
        text += chunk.toString()
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function supplierGone({ say }: Stage, weir: WeirProcess, maker: string): Promise<void> {
  const token = weir.first?.adminToken ?? ''
  const manage = async (action: string): Promise<void> => assert.equal((await post(`${maker}/_sandbox/accounts/${secrets.cloud}/${action}`, {}, {})).status, 200)
  for (const model of ['gpt-4.1', 'gpt-4.1-mini']) assert.equal((await callBy(weir, secrets.other, model)).headers['x-weir-deployment'], `maker/${model}`)
  say('Both models are served from the cloud\'s account at the maker. The maker suspends that account:')
  await manage('suspend')
  const fallback = await callBy(weir, secrets.other, 'gpt-4.1')
  assert.deepEqual([fallback.status, fallback.headers['x-weir-deployment']], [200, 'second/gpt-4.1'], fallback.text)
  say('  gpt-4.1       200, served by second/gpt-4.1: its fallback is permitted')
  const none = await callBy(weir, secrets.other, 'gpt-4.1-mini')
  assert.deepEqual([none.status, errorOf(none).code], [503, 'supplier_suspended'], none.text)
  say(`  gpt-4.1-mini  503, never dialled: ${errorOf(none).message}`)
  const { data } = (await ask(`${weir.url}/admin/v1/events`, token)) as { data: readonly { kind: string; subject: string }[] }
  const gone = data.filter((event) => event.kind === 'supplier-gone')
  assert.equal(gone.length, 1, 'one account left, with all that it served')
  await manage('reinstate')
  const back = await post(`${weir.url}/admin/v1/accounts/${(gone[0]?.subject ?? '').replaceAll('/', '~')}/reinstate`, { authorization: `Bearer ${token}` }, {})
  assert.equal((JSON.parse(back.text) as { reinstated: boolean }).reinstated, true, back.text)
  assert.equal((await callBy(weir, secrets.other, 'gpt-4.1-mini')).headers['x-weir-deployment'], 'maker/gpt-4.1-mini')
  say('  The maker gives the account back, one command lets it be dialled again, and gpt-4.1-mini answers.')
}

async function suspendKey({ say }: Stage, weir: WeirProcess, first: Person, second: Person): Promise<void> {
  const { data } = (await ask(`${weir.url}/admin/v1/keys`, first.token)) as { data: readonly { id: string; name: string }[] }
  const key = data.find((one) => one.name.endsWith('harvest'))?.id ?? ''
  const stream = await openStream(weir, secrets.suspect)
  const about = { organization: 'buyer', project: 'feed', key }
  const grounds = { clause, says: 'Its calls walk through the model as an extraction would.', evidence: [stream.call] }
  const { id } = await first.does('cases', { about, ...grounds })
  await first.does(`cases/${id}/moves`, { act: 'take-up', says: 'The signal is plausible.' })
  const early = await first.mayNot(`cases/${id}/restrictions`, { kind: 'suspend_key', scope: about, ...grounds }, 'too_early')
  say(`The cloud opens a case about the buyer's key. Suspending at once is refused: ${early}`)
  const decided = await decideCase(first, about, grounds)
  say('A case with notice, answer and decision:')
  const bare = await first.mayNot(`cases/${decided.id}/restrictions`, { kind: 'suspend_key', scope: about, clause, says: grounds.says }, 'incomplete')
  say(`  without evidence: ${bare}`)
  const proposed = await first.does(`cases/${decided.id}/restrictions`, { kind: 'suspend_key', scope: about, ...grounds })
  const { id: restriction } = restrictionOf(proposed, 'suspend_key')
  const path = `cases/${decided.id}/restrictions/${restriction}/approve`
  const alone = await first.mayNot(path, {}, 'same_person')
  say(`  one person alone: ${alone}`)
  assert.equal((await callBy(weir, secrets.suspect, 'gpt-4.1')).status, 200, 'a proposal suspends nobody')
  const done = await second.does(path, {})
  assert.deepEqual([restrictionOf(done, 'suspend_key').status, restrictionOf(done, 'suspend_key').by === restrictionOf(done, 'suspend_key').approved_by], ['in-force', false])
  const told = await stream.cut
  assert.ok(told.trimEnd().split('\n').at(-1)?.includes(decided.id), 'its last event names the case')
  say('  a second person: in force; the open stream of that key ends with an error event that names clause and case')
  const next = await callBy(weir, secrets.suspect, 'gpt-4.1')
  const { code, message } = errorOf(next)
  assert.deepEqual([next.status, code, message.includes(clause), message.includes(decided.id)], [403, 'terms_not_permitted', true, true], next.text)
  say(`  its next call: 403 ${message}`)
  assert.equal((await callBy(weir, secrets.other, 'gpt-4.1')).status, 200)
  say(`  the buyer's other key works on; the statement of reasons says ${done.statements_of_reasons[0]?.decision_provision ?? ''} under ${done.statements_of_reasons[0]?.clause ?? ''}`)
}

export const chapter: Chapter = {
  number: 5,
  title: 'suspension',
  asks: 'What happens when a supplier suspends us, and may we suspend whom we like?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const profile = { firstTokenMs: 5, perTokenMs: 30 }
    const [maker, second] = [await startSandboxWorker({ seed: 5, profile }), await startSandboxWorker({ seed: 6, profile })]
    const weir = await startWeir({ data: join(folder, 'data'), config: config(maker.url, second.url) })
    try {
      await supplierGone(stage, weir, maker.url)
      const first = person(weir.url, weir.first?.adminToken ?? '')
      await campaign(stage, weir, first, folder)
      await suspendKey(stage, weir, first, await anotherPerson(weir.url, first, 'second person'))
      await weir.stop()
    } finally {
      await weir.kill()
      await maker.close()
      await second.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
