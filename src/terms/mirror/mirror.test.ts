import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { until } from '../../../demo/until.ts'
import { temporaryFolder } from '../../../test/embedded.ts'
import { openAnyForTest } from '../../../test/stores.ts'
import { systemClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { makeMasterKey, readKeyring } from '../../kernel/sealing.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import { systemTimers } from '../../kernel/timers.ts'
import type { Sql, Store } from '../../store/store.ts'
import { endsAt } from '../cases/case.ts'
import { readCase } from '../cases/case-store.ts'
import { makersViews, refer } from '../cases/referral.ts'
import type { Referral, Referred } from '../cases/referral.ts'
import type { Content } from '../content/content-store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { formatVkey, localSigner } from '../log/note.ts'
import { folderObjects } from '../log/objects.ts'
import { receiptStatement } from '../log/receipt.ts'
import type { Receipted } from '../log/receipt.ts'
import { startSequencer } from '../log/sequencer.ts'
import { buildStatement } from '../log/statement.ts'
import { putRecord, readRegister } from '../register/record-store.ts'
import { verifyResponse } from '../verifier/verify.ts'
import { matchCalls } from './match-calls.ts'
import { addSource } from './notice-sources.ts'
import { findNotice, keepNotice } from './notice-store.ts'
import { noticeForms, readNotice } from './notice.ts'
import { makeResponse } from './response-pack.ts'
import { takeUp, takeUpWaiting } from './take-up.ts'

const random = seededRandom(21)
const ring = readKeyring(makeMasterKey(random))
assert.ok(typeof ring !== 'string')
const keyring: Keyring = ring
const now = 1_800_000_000_000
const clock = { now: () => now, monotonic: () => now }
let store: Store
const ask: Sql = (text, values) => store.query('admin', text, values)
const pseudonym = (organization: string, endUser: string): string => `${organization}'s ${endUser}`
const ports = () => ({ store, clock, random, keyring: () => keyring, privateHosts: new Set(['127.0.0.1']), pseudonym })
let made = 0
const makeId = (prefix: string): string => `${prefix}_${(made += 1)}`

const request = Buffer.from('the question'), response = Buffer.from('the answer')
const { createHash } = await import('node:crypto')
const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

function receipted(sequence: number, call: string, organization: string, actor: string, upstreamId: string): Receipted {
  return {
    sequence, maker: 'openai', channel: 'azure', phase: 'product', cost: { amount: '0.5', currency: 'USD' },
    attempt: { call, n: 1, at: now - 1_000 + sequence, organization, project: 'feed', key: `key_${organization}`, purpose: 'captions', actor, account: 'main', deployment: 'd', upstreamModel: 'gpt', regionClass: 'any' } as Receipted['attempt'],
    outcome: { outcome: 'complete', at: now, source: 'reported', billable: 'yes', counts: { input: 10, output: 20 }, upstreamId } as Receipted['outcome'],
    content: { input: digest(request), output: digest(response) },
  }
}

before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
  const rows = [receipted(0, 'call_1', 'acme', 'user-a', 'req_1'), receipted(1, 'call_2', 'acme', 'user-b', 'req_2'), receipted(2, 'call_3', 'beta', 'user-c', 'req_3'), receipted(3, 'call_4', 'acme', 'user-a', 'req_4'), receipted(4, 'call_5', 'gamma', "gamma's user-d", 'req_5')]
  const statement = await receiptStatement({ random, originBase: 'log.example' })('j', rows)
  await ask(statement?.text ?? '', statement?.values)
})
after(() => store.close())

test('each form reads into one, and what a form does not say stays unsaid', () => {
  const read = (form: (typeof noticeForms)[number], body: unknown): Record<string, unknown> => {
    const found = readNotice(form, body)
    assert.ok(found.status === 'read', JSON.stringify(found))
    return { ...found.notice }
  }
  assert.deepEqual(read('openai-event', { id: 'evt_1', object: 'event', created_at: 1, type: 'safety.deactivation_issued', data: { id: 'C-1' } }), { external: 'C-1 deactivation', action: 'deactivation', says: 'OpenAI issued a deactivation (case C-1).', identifiers: [], requestIds: [], fetch: 'C-1' })
  assert.equal(read('openai-event', { id: 'evt_0', object: 'event', created_at: 1, type: 'safety.warning_issued', data: { id: 'C-1' } })['external'], 'C-1 warning', 'the warning before it, in the same case, is another notice')
  assert.deepEqual(read('openai-safety-case', { id: 'C-1', object: 'safety.case', created_at: 1, entity_identifier: 'user-a', reason: 'cyber_abuse', notice: { type: 'warning' } }), { external: 'C-1 warning', action: 'warning', says: 'OpenAI issued a warning for safety identifier user-a: cyber_abuse.', identifiers: ['user-a'], requestIds: [] })
  const penalty = { action: 'Throttle', rateLimitPercentage: 25, expiration: '2027-02-01T00:00:00Z' }
  assert.deepEqual(read('azure-abuse-penalty', { name: 'main', properties: { abusePenalty: penalty, provisioningState: 'Succeeded' } }), {
    external: 'abuse-penalty main Throttle 2027-02-01T00:00:00Z', action: 'throttle', says: 'Azure throttles account main to 25 % of its rate until 2027-02-01T00:00:00Z.', identifiers: [], requestIds: [], account: 'main', percent: 25, untilMs: Date.parse('2027-02-01'),
  })
  assert.deepEqual(read('azure-abuse-penalty', { action: 'Block' })['says'], 'Azure blocks the account.')
  const wrong = readNotice('azure-abuse-penalty', { action: 'Ban' })
  assert.equal(wrong.status, 'malformed')
  assert.equal(readNotice('openai-event', { id: 'e', created_at: 1, type: 'batch.completed', data: { id: 'x' } }).status, 'malformed')
})

test('calls match by the supplier\'s request ids, and by identifiers that the log only commits to', async () => {
  const match = (notice: Parameters<typeof matchCalls>[1]['notice'], organization?: string): ReturnType<typeof matchCalls> => matchCalls(ask, { notice, organization, fromMs: 0, toMs: now + 1, pseudonym })
  const found = await match({ identifiers: ['user-a', 'nobody'], requestIds: ['req_3'] })
  assert.deepEqual(found.calls.map((one) => [one.call, one.organization, one.by]), [['call_1', 'acme', 'identifier'], ['call_4', 'acme', 'identifier'], ['call_3', 'beta', 'request-id']])
  assert.deepEqual([found.count, found.scanned, found.closed], [3, 5, 0])
  assert.deepEqual((await match({ identifiers: ['user-a'], requestIds: ['req_3'] }, 'beta')).calls.map((one) => one.call), ['call_3'])
  assert.equal((await match({ identifiers: [], requestIds: [], account: 'main' })).throughAccount, 5)
  assert.deepEqual((await match({ identifiers: ['user-d'], requestIds: [] })).calls.map((one) => one.call), ['call_5'], 'by the application\'s own name of its user')
  const [leaf] = await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE call = 'call_1'`)
  assert.equal(/user-a|feed|captions|key_acme/.test(leaf?.body ?? ''), false, 'nobody is named in the log')
})

test('a notice by webhook: its case is read at the sender, matched, and answered by a case of our own; the agreement is under investigation', async () => {
  await store.transaction('admin', (sql) => putRecord(sql, { kind: 'agreement', id: 'openai-services', organization: 'acme', body: { id: 'openai-services', organization: 'acme', party: 'openai', document: 'Services Agreement', acceptedBy: 'legal', acceptedAtMs: 1, state: 'active' }, actor: 'legal', atMs: 1 }))
  let status = 500
  let padding = ''
  const asked: string[] = []
  const server = createServer((incoming, answer) => {
    asked.push(`${incoming.url} ${incoming.headers.authorization}`)
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'C-7', object: 'safety.case', created_at: 1, entity_identifier: 'user-b', reason: null, notice: { type: 'deactivation' }, padding }))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  await store.transaction('admin', (sql) => addSource(sql, keyring, random, { id: 'source_1', party: 'openai', organization: '*', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', key: 'sk-reads-cases' }, 'ada', now))
  const keep = (): ReturnType<typeof keepNotice> => store.transaction('admin', (sql) => keepNotice(sql, {
    id: makeId('notice'), party: 'openai', external: 'C-7', form: 'openai-event', organization: '*', body: { id: 'evt_9', object: 'event', created_at: 1, type: 'safety.deactivation_issued', data: { id: 'C-7' } }, source: 'source_1', actor: 'webhook openai', atMs: now,
  }))
  const kept = await keep()
  assert.deepEqual([kept.status, (await keep()).status], ['kept', 'known'], 'the same notice counts once')
  const failed = await takeUp(ports(), kept.id)
  assert.deepEqual([failed?.reading, failed?.tries], [undefined, 1])
  assert.match(failed?.trouble ?? '', /answered 500/)
  status = 200
  padding = 'x'.repeat(2_000_000)
  assert.match((await takeUp(ports(), kept.id))?.trouble ?? '', /is longer than/, 'an answer without end is not read to its end')
  padding = ''
  const taken = await takeUp(ports(), kept.id)
  server.close()
  assert.deepEqual(asked.at(-1), '/v1/safety/cases/C-7 Bearer sk-reads-cases')
  assert.deepEqual([taken?.organization, taken?.reading?.action, taken?.reading?.calls.map((one) => one.call)], ['acme', 'deactivation', ['call_2']])
  const found = await readCase(ask, taken?.case ?? '')
  assert.deepEqual([found?.signal.source, found?.signal.referredBy, found?.signal.evidence], ['supplier_notice', 'openai', [kept.id, 'call_2']])
  assert.deepEqual([found?.state, found?.restrictions.map((one) => [one.kind, one.scope, one.status, one.automatic, endsAt(one) - now])], ['triage', [['watch', { organization: 'acme' }, 'in-force', true, 72 * 3_600_000]]], 'watched, for a time, and nothing is kept out')
  assert.equal((await readRegister(ask)).agreements.find((one) => one.id === 'openai-services')?.state, 'under-investigation')
  assert.deepEqual(await takeUp(ports(), kept.id), taken, 'taken up once')
})

test('a letter that ends an account of ours is no word about an end user: nobody is watched for it', async () => {
  const kept = await store.transaction('admin', (sql) => keepNotice(sql, {
    id: makeId('notice'), party: 'openai', external: 'L-1', form: 'letter', organization: 'acme', body: { reference: 'L-1', says: 'Your account is closed.', account: 'main', action: 'deactivation' }, actor: 'ada', atMs: now,
  }))
  const taken = await takeUp(ports(), kept.id)
  const found = await readCase(ask, taken?.case ?? '')
  assert.deepEqual([taken?.reading?.account, found?.state, found?.restrictions], ['main', 'signal', []])
})

test('a case that cannot be read is asked for again later and later; one that nobody may read is taken up with what the webhook said', async () => {
  let [status, asked] = [503, 0]
  let headers: Record<string, string> = {}
  const server = createServer((_incoming, answer) => { asked += 1; answer.writeHead(status, headers).end('{}') })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  await store.transaction('admin', (sql) => addSource(sql, keyring, random, { id: 'source_2', party: 'openai', organization: '*', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', key: 'sk-reads-cases' }, 'ada', now))
  const kept = await store.transaction('admin', (sql) => keepNotice(sql, { id: makeId('notice'), party: 'openai', external: 'C-8', form: 'openai-event', organization: '*', body: { id: 'evt_8', object: 'event', created_at: 1, type: 'safety.warning_issued', data: { id: 'C-8' } }, source: 'source_2', actor: 'webhook openai', atMs: now }))
  const at = (ms: number): Promise<number> => takeUpWaiting({ ...ports(), clock: { now: () => now + ms, monotonic: () => ms } })
  for (const ms of [0, 1_000, 5_000, 29_000, 35_000, 36_000]) await at(ms)
  assert.deepEqual([asked, (await findNotice(ask, kept.id))?.reading], [3, undefined], 'at once, after five seconds, after thirty more')
  const stoppedMs = 86_400_000
  headers = { 'retry-after': '900' }
  for (const ms of [0, 1_000, 60_000, 899_000]) await at(stoppedMs + ms)
  assert.equal(asked, 4, 'after a long stop once, then as late as the sender asks')
  status = 403
  await at(stoppedMs + 900_000)
  server.close()
  const taken = await findNotice(ask, kept.id)
  assert.match(taken?.reading?.says ?? '', /^OpenAI issued a warning \(case C-8\)\. Its case could not be read at the sender: the sender answered 403/)
  assert.notEqual(taken?.case, undefined)
})

test('the answer opens what was asked for, proves the rest in sum, and is refused with anything changed', async () => {
  const objects = folderObjects(temporaryFolder(), random)
  const origin = 'log.example/receipts/acme'
  const [signer, logSigner] = [localSigner('log.example/evidence', Buffer.alloc(32, 2)), localSigner(origin, Buffer.alloc(32, 3))]
  const sequencer = startSequencer({ store, clock: systemClock, timers: systemTimers, objectsOf: () => objects, signersOf: async (_log, of) => [localSigner(of, Buffer.alloc(32, 3))], onTrouble: (_log, trouble) => { throw new Error(String(trouble)) } })
  const statement = await until('a statement of all three', () => buildStatement(store, objects, 'receipts/acme', 0, now + 1, []), (stated) => stated?.leaves.length === 3)
  await sequencer.stop()
  assert.ok(statement !== undefined)
  const [row] = await ask<{ id: string }>("SELECT id FROM terms_notice WHERE external = 'C-7'")
  const notice = await findNotice(ask, row?.id ?? '')
  assert.ok(notice !== undefined)
  const content = new Map([['call_2', { call: 'call_2', request, response } as unknown as Content]])
  const names = new Map([['call_2', { key: 'key_acme', project: 'feed', purpose: 'captions' }]])
  const given = { notice, organization: 'acme', says: 'It was a caption for the feed.', finding: undefined, calls: ['call_2'], content, names, statement, pseudonym, atMs: now }
  const answer = await makeResponse(ask, 'receipts/acme', signer, given)
  assert.ok(answer.status === 'made')
  const keys = `${formatVkey(signer.key)}\n${formatVkey(logSigner.key)}`
  const verdict = await verifyResponse(JSON.stringify(answer.envelope), keys)
  assert.ok(verdict.ok, JSON.stringify(verdict))
  const says = verdict.findings.map((one) => one.what).join('\n')
  assert.match(says, /leaves 0 to 3 are complete/)
  assert.match(says, /call_2 is leaf \d: key key_acme, project feed, purpose captions, actor user-b, its request and its response are opened/)
  assert.match(says, /2 other records stay closed/)
  const text = Buffer.from(answer.envelope.payload, 'base64').toString()
  assert.equal(/user-a|key_beta/.test(text), false, 'nothing of the others')
  // Re-signed by the sender itself, a lie still shows: the commitments and the log say otherwise.
  const lie = async (change: (text: string) => string): Promise<string> => {
    const { signEnvelope } = await import('../log/dsse.ts')
    const judged = await verifyResponse(JSON.stringify(await signEnvelope(answer.envelope.payloadType, Buffer.from(change(text)), [signer])), keys)
    assert.equal(judged.ok, false)
    return judged.findings.map((one) => one.what).join(' ')
  }
  assert.match(await lie((was) => was.replace('"value":"captions"', '"value":"testing"')), /does not open/)
  assert.match(await lie((was) => was.replace(request.toString('base64'), Buffer.from('another question').toString('base64'))), /content .* is not what/)
  assert.match(await lie((was) => was.replace('\\"output\\":\\"20\\"', '\\"output\\":\\"19\\"').replaceAll('\\\\\\"output\\\\\\":\\\\\\"20\\\\\\"', '\\\\\\"output\\\\\\":\\\\\\"1\\\\\\"')), /root|sums/)
  assert.equal((await verifyResponse(JSON.stringify(answer.envelope), formatVkey(logSigner.key))).ok, false)
  assert.deepEqual(await makeResponse(ask, 'receipts/acme', signer, { ...given, calls: ['call_2', 'call_3'] }), { status: 'missing', calls: ['call_3'] })
})

test('a maker\'s complaint: the channel finds the customers, the maker sees neither them nor any content', async () => {
  const referral: Referral = { id: 'referral_1', maker: 'openai', reference: undefined, clause: 'oai.extract', says: 'Answers look like a data set in the making.', identifiers: ['user-a'], requestIds: ['req_3'], fromMs: 0, toMs: now + 1, pseudonym }
  const complain = (changed: Partial<Referral> = {}): ReturnType<typeof refer> => refer(ask, (run) => store.transaction('admin', run), { ...referral, ...changed }, makeId, 'trust and safety', now)
  const opened = async (changed: Partial<Referral> = {}): Promise<Referred> => {
    const answer = await complain(changed)
    assert.ok(answer.status === 'opened', JSON.stringify(answer))
    return answer.referred
  }
  const done = await opened()
  assert.deepEqual(done.cases.map((one) => one.calls), [2, 1])
  const cases = await Promise.all(done.cases.map((one) => readCase(ask, one.id)))
  assert.deepEqual(cases.map((one) => [one?.signal.organization, one?.signal.referredBy, one?.signal.evidence]), [['acme', 'openai', ['call_1', 'call_4']], ['beta', 'openai', ['call_3']]])
  const { views } = await makersViews(ask, 'openai')
  assert.deepEqual(views.map((one) => [one.referral, one.state]), [['referral_1', 'signal'], ['referral_1', 'signal']])
  assert.equal(/acme|beta|call_\d|user-/.test(JSON.stringify(views)), false)
  assert.deepEqual((await makersViews(ask, 'anthropic')).views, [])
  assert.deepEqual([(await makersViews(ask, 'openai', { id: views[1]?.case })).views, (await makersViews(ask, 'anthropic', { id: views[1]?.case })).views], [[views[1]], []], 'one is found however many came after it, and by its own maker alone')
  const none = await opened({ id: 'referral_2', identifiers: ['stranger'], requestIds: [] })
  assert.deepEqual((await readCase(ask, none.cases[0]?.id ?? ''))?.signal.organization, '*', 'a complaint that matches nothing is not lost')
  // Sent again, by a client that saw no answer, or twice at once: it is the same complaint, and opens nothing.
  const count = async (): Promise<number> => (await makersViews(ask, 'openai')).views.length
  const stood = await count()
  assert.deepEqual(await complain({ id: 'referral_3' }), { status: 'known', referred: done })
  const twice = await Promise.all(['referral_4', 'referral_5'].map((id) => complain({ id, reference: 'T-1' })))
  assert.deepEqual(twice.map((one) => one.status).toSorted(), ['known', 'opened'])
  const [one, other] = twice.map((each) => (each.status === 'other' ? undefined : each.referred))
  assert.deepEqual([one, await count()], [other, stood + 2], 'the cases of one complaint')
  assert.deepEqual(await complain({ id: 'referral_6', reference: 'T-1', says: 'Another matter.' }), { status: 'other', referral: one?.id })
  assert.equal((await complain({ id: 'referral_7', reference: 'T-2' })).status, 'opened', 'the same words under a reference of their own are a complaint of their own')
})

test('at twenty thousand receipts a notice reads the period that it is about, a page of them at a time', async () => {
  const [many, page, late] = [20_000, 1_000, 1_000]
  for (let from = 0; from < many; from += page) {
    const rows = Array.from({ length: page }, (_, at) => receipted(10_000 + from + at, `many_${from + at}`, 'many', from + at === many - 1 ? 'user-z' : 'user-y', `many_req_${from + at}`))
    const statement = await receiptStatement({ random, originBase: 'log.example' })('many', rows)
    await ask(statement?.text ?? '', statement?.values)
    // What was posted before the period began stands under a checkpoint of then.
    if (from + page === many - late) await ask("INSERT INTO terms_checkpoint (log, size, root, epoch, at_ms) VALUES ('receipts/many', $1, '', 0, $2)", [many - late, String(now - 40 * 86_400_000)])
  }
  let asked = 0
  const counted: Sql = (text, values) => { asked += 1; return ask(text, values) }
  const match = async (fromMs: number): Promise<readonly [number, number, string | undefined, number]> => {
    asked = 0
    const { scanned, count, calls } = await matchCalls(counted, { notice: { identifiers: ['user-z'], requestIds: [] }, organization: 'many', fromMs, toMs: now + 60_000, pseudonym })
    return [scanned, count, calls[0]?.call, asked]
  }
  assert.deepEqual(await match(0), [many, 1, `many_${many - 1}`, 2 + many / 2_000], 'all of it: pages of two thousand')
  assert.deepEqual(await match(now - 30 * 86_400_000), [late, 1, `many_${many - 1}`, 3], 'the last thirty days begin at their checkpoint')
})
