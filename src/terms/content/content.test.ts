import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAnyForTest } from '../../../test/stores.ts'
import { seededRandom } from '../../kernel/random.ts'
import { makeMasterKey, readKeyring } from '../../kernel/sealing.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import type { Sql, Store } from '../../store/store.ts'
import { ensureGovernance } from '../log/governance.ts'
import { formatVkey, localSigner } from '../log/note.ts'
import { receiptStatement } from '../log/receipt.ts'
import type { Receipted } from '../log/receipt.ts'
import { verifyEnvelope } from '../verifier/verify.ts'
import { accessMs, allowContent, askForContent, readAllowed } from './content-access.ts'
import { resealContentKeys } from './content-keys.ts'
import { contentOf, openContentStore, readContent, retentionMs } from './content-store.ts'
import type { ContentPorts, NewContent } from './content-store.ts'
import { openBytes, sealBytes } from './envelope.ts'
import { eraseContent, eraseExpired } from './erasure.ts'
import { endHold, endHolds, holdMaxMs, readHolds, reviewHold, setHold } from './holds.ts'

const random = seededRandom(11)
const key = (text: string): Keyring => {
  const ring = readKeyring(text)
  assert.ok(typeof ring !== 'string')
  return ring
}
const [first, second] = [makeMasterKey(random), makeMasterKey(random)]
let keyring = key(first)
let now = 1_800_000_000_000
let store: Store
const troubles: string[] = []
const ports = (): ContentPorts => ({ store, clock: { now: () => now, monotonic: () => now }, random, keyring: () => keyring, trouble: (subject, says) => { troubles.push(`${subject}: ${says}`) } })
const ask: Sql = (text, values) => store.query('admin', text, values)
const signer = localSigner('log.example/evidence', Buffer.alloc(32, 6))

before(async () => {
  store = await openAnyForTest()
  await store.transaction('admin', (sql) => ensureGovernance(sql, 'log.example/governance'))
})
after(() => store.close())

const content = (call: string, change: Partial<NewContent> = {}): NewContent => ({
  call, at: now, organization: 'acme', project: 'feed', key: 'key_1', purpose: 'captions', model: 'm', dialect: 'openai-chat', request: Buffer.from(`secret question of ${call}`), requestType: 'application/json', response: Buffer.from(`secret answer of ${call}`), responseType: 'application/json', ...change,
})
const events = async (): Promise<string[]> => (await ask<{ body: string }>(`SELECT body FROM terms_leaf WHERE log = 'governance' ORDER BY index`)).map((row) => (JSON.parse(row.body) as { kind: string }).kind)

test('bytes open under their key and place only', () => {
  const sealed = sealBytes(Buffer.alloc(32, 1), random, 'here', Buffer.from('text'))
  assert.equal(openBytes(Buffer.alloc(32, 1), 'here', sealed)?.toString(), 'text')
  assert.equal(openBytes(Buffer.alloc(32, 1), 'there', sealed), undefined)
  assert.equal(openBytes(Buffer.alloc(32, 2), 'here', sealed), undefined)
  sealed.writeUInt8(sealed.readUInt8(30) ^ 1, 30)
  assert.equal(openBytes(Buffer.alloc(32, 1), 'here', sealed), undefined)
})

test('what is kept is ciphertext, reads back by filter, and stays readable when the master key is rotated', async () => {
  const kept = openContentStore(ports())
  kept.keep(content('call_a'))
  kept.keep(content('call_b', { project: 'search', model: 'other' }))
  await kept.settle()
  assert.deepEqual(troubles, [])
  const raw = await ask<{ all: string }>(`SELECT encode(request, 'escape') || encode(response, 'escape') || encode(wrapped_key, 'escape') AS all FROM terms_content`)
  assert.ok(raw.every((row) => !row.all.includes('secret')))
  const page = await readContent(ports(), { organization: 'acme', fromMs: now, toMs: now + 1, projects: ['search'] }, '')
  assert.ok('content' in page)
  assert.deepEqual(page.content.map((one) => [one.call, one.response.toString()]), [['call_b', 'secret answer of call_b']])

  keyring = key(`${second},${first}`)
  assert.equal(await store.transaction('admin', (sql) => resealContentKeys(sql, keyring, random)), 2)
  keyring = key(second)
  assert.equal(((await contentOf(ports(), 'call_a')) as NewContent).request.toString(), 'secret question of call_a')
  keyring = key(first)
  assert.ok('failed' in ((await contentOf(ports(), 'call_a')) ?? {}), 'the old key alone opens nothing any more')
  keyring = key(second)
  await ask(`UPDATE terms_content SET call = 'call_c' WHERE call = 'call_b'`)
  await assert.rejects(readContent(ports(), { organization: 'acme', fromMs: now, toMs: now + 1 }, ''), /was changed/)
  await ask(`UPDATE terms_content SET call = 'call_b' WHERE call = 'call_c'`)
})

test('content is read by whoever asked, after another person\'s word, for an hour, and every step is a leaf', async () => {
  await askForContent(store, { id: 'access_1', call: 'call_a', actor: 'ada', reason: 'complaint', nowMs: now })
  assert.equal((await readAllowed(ports(), 'access_1', 'ada')).status, 'not-allowed')
  assert.equal((await allowContent(store, 'access_1', 'ada', now)).status, 'same-person')
  assert.equal((await allowContent(store, 'access_1', 'bo', now)).status, 'allowed')
  assert.equal((await allowContent(store, 'access_1', 'cy', now)).status, 'already')
  assert.equal((await readAllowed(ports(), 'access_1', 'bo')).status, 'not-yours')
  assert.equal((await readAllowed(ports(), 'access_1', 'ada')).status, 'read')
  now += accessMs
  assert.equal((await readAllowed(ports(), 'access_1', 'ada')).status, 'over')
  assert.equal((await readAllowed(ports(), 'access_9', 'ada')).status, 'unknown')
  assert.deepEqual(await events(), ['content-asked', 'content-allowance-refused', 'content-allowed', 'content-read'])
})

test('erasure destroys key, ciphertext and salt, spares what is held, and says so under a signature', async () => {
  const receipts = ['call_a', 'call_b'].map((call, at): Receipted => ({
    sequence: at, maker: 'm', channel: 'c', attempt: { call, n: 1, at: now, organization: 'acme', project: 'p', key: 'k', account: 'a', deployment: 'd', upstreamModel: 'u', regionClass: 'any' } as Receipted['attempt'],
    outcome: { outcome: 'complete', at: now, source: 'reported', billable: 'yes', counts: { input: 1, output: 2 } } as Receipted['outcome'],
  }))
  const posted = await receiptStatement({ random, originBase: 'log.example' })('j', receipts)
  await ask(posted?.text ?? '', posted?.values)
  const salts = async (): Promise<number> => Number((await ask<{ n: string }>('SELECT count(salt) AS n FROM terms_salt'))[0]?.n)
  const hold = { id: 'hold_1', organization: 'acme', matter: 'case_7', reason: 'the calls are evidence', calls: ['call_b'], fromMs: undefined, toMs: undefined, untilMs: now + 2 * retentionMs }
  assert.equal((await store.transaction('admin', (sql) => setHold(sql, hold, 'ada', now))).status, 'done')
  const erased = await eraseContent({ store, signer }, { organization: 'acme', which: { calls: ['call_a', 'call_b'] }, reason: 'asked for', actor: 'ada', nowMs: now })
  assert.deepEqual([erased.calls, erased.held, await salts()], [['call_a'], 1, 1])
  assert.equal(await contentOf(ports(), 'call_a'), undefined)
  const verdict = await verifyEnvelope(JSON.stringify(erased.attestation), formatVkey(signer.key))
  assert.ok(verdict.ok)
  assert.match(JSON.stringify(verdict.receipt), /Backups made before the erasure/)
  now += retentionMs
  assert.equal(await eraseExpired({ store, signer }, now), 0, 'a hold outlasts retention')
  assert.equal((await store.transaction('admin', (sql) => endHold(sql, 'hold_1', 'the case is closed', 'ada', now))).status, 'done')
  assert.equal(await eraseExpired({ store, signer }, now), 1)
  assert.equal(await salts(), 0)
  assert.deepEqual((await events()).slice(4), ['hold-set', 'content-erased', 'hold-ended', 'content-erased'])
})

test('what comes faster than the database takes it is dropped and told, not kept waiting', async () => {
  const kept = openContentStore(ports())
  const large = Buffer.alloc(40 * 1024 * 1024)
  kept.keep(content('call_x', { request: large, response: Buffer.alloc(0) }))
  kept.keep(content('call_y', { request: large, response: Buffer.alloc(0) }))
  assert.match(troubles.at(-1) ?? '', /^call_y: its content was not kept/)
  await kept.settle()
})

test('a hold covers a period, also what is captured into it later; another person prolongs it, or it ends by itself', async () => {
  const begin = now
  const kept = openContentStore(ports())
  const hold = { id: 'hold_2', organization: 'beta', matter: 'letter of 3 March', reason: 'an audit asks for all of it', calls: undefined, fromMs: begin, toMs: begin + 1_000, untilMs: begin + 2 * retentionMs }
  const set = (until: number, id = 'hold_x'): ReturnType<typeof setHold> => store.transaction('admin', (sql) => setHold(sql, { ...hold, id, untilMs: until }, 'ada', now))
  assert.deepEqual([(await set(now)).status, (await set(now + holdMaxMs + 1)).status], ['refused', 'refused'], 'neither past nor endless')
  assert.equal((await set(hold.untilMs, 'hold_2')).status, 'done')
  kept.keep(content('call_p', { organization: 'beta' }))
  kept.keep(content('call_q', { organization: 'beta', at: begin + 1_000 }))
  kept.keep(content('call_r', { organization: 'gamma' }))
  await kept.settle()
  now += retentionMs + 1_000
  await eraseExpired({ store, signer }, now)
  const left = async (): Promise<string[]> => (await ask<{ call: string }>(`SELECT call FROM terms_content WHERE call = ANY ('{call_p,call_q,call_r}') AND wrapped_key IS NOT NULL`)).map((row) => row.call)
  assert.deepEqual(await left(), ['call_p'], 'outside the period, and of another organization')
  const erased = await eraseContent({ store, signer }, { organization: 'beta', which: { beforeMs: now }, reason: 'somebody asks', actor: 'bo', nowMs: now })
  assert.deepEqual([erased.calls, erased.held, erased.attestation], [[], 1, undefined])
  const review = (actor: string, until: number): ReturnType<typeof reviewHold> => store.transaction('admin', (sql) => reviewHold(sql, 'hold_2', until, 'still needed', actor, now))
  const alone = await review('ada', now + holdMaxMs)
  assert.equal(alone.status === 'refused' ? alone.code : '', 'same_person')
  assert.equal((await review('bo', now + retentionMs)).status, 'done')
  assert.deepEqual((await store.transaction('jobs', (sql) => endHolds(sql, now + retentionMs - 1))).soon.map((one) => one.id), ['hold_2'])
  now += retentionMs
  assert.deepEqual((await store.transaction('jobs', (sql) => endHolds(sql, now))).ended.map((one) => one.id), ['hold_2'])
  assert.equal((await review('bo', now + 1)).status, 'refused', 'what is over cannot be prolonged')
  assert.equal(await eraseExpired({ store, signer }, now), 1)
  assert.deepEqual((await readHolds(ask, 'beta')).map((one) => [one.id, one.reviewedBy, one.endedBy]), [['hold_2', 'bo', 'its time']])
  assert.deepEqual((await events()).filter((kind) => kind.startsWith('hold')).slice(2), ['hold-set', 'hold-review-refused', 'hold-reviewed', 'hold-ended'])
})
