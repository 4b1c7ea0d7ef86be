/** What has been made leaves when it is fetched, and a clock that is wrong lets nothing leave. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemTimers } from '../kernel/timers.ts'
import { holdName } from '../terms/dataset/lineage-store.ts'
import { putRecord } from '../terms/register/record-store.ts'
import { type Answer, openAdmin, type Stage } from '../../test/admin-stage.ts'

let stage: Stage
let wrongClock: string | undefined
before(async () => { stage = await openAdmin({ clockFault: () => wrongClock }) })
after(() => stage.close())

const hourMs = 3_600_000
const codeOf = ({ text }: Answer): string => (JSON.parse(text) as { error: { code: string } }).error.code
const purpose = (id: string, expiresMs: number): object => ({ id, organization: 'acme', says: 'Tags', phase: 'training', target: { class: 'classifier', distribution: 'internal', host: 'own' }, dataClass: 'internal', owner: 'ml', expiresMs })
const register = async (id: string, forMs: number): Promise<void> => assert.equal((await stage.call('POST', '/admin/v1/terms/records/purposes', purpose(id, stage.time.now + forMs))).status, 201)
const rows = [1, 2].map((n) => ({ id: `row-${n}`, messages: [{ role: 'user', content: `question ${n}` }, { role: 'assistant', content: 'yes' }], stated: { origin: 'human' } }))
const make = (name: string, by: string): ReturnType<Stage['call']> => stage.call('POST', '/admin/v1/datasets', { name, organization: 'acme', purpose: by, rows })
/** The manifest is a file of the dataset as its rows are. */
const fetched = (name: string): ReturnType<Stage['call']> => stage.call('GET', `/admin/v1/datasets/${name}/files/${name}.manifest.json`)

test('a file that was made is fetched as long as its purpose holds, and each refusal is a leaf', async () => {
  await register('tagging', hourMs)
  assert.equal((await make('tags', 'tagging')).body['status'], 'made')
  assert.equal((await fetched('tags')).status, 200)
  stage.time.now += hourMs
  const late = await fetched('tags')
  assert.deepEqual([late.status, codeOf(late)], [403, 'not_permitted'])
  assert.match(late.text, /tags was made and may not be fetched now: the purpose tagging of acme has expired\. Register it again/)
  const leaves = await stage.store.query<{ body: string }>('admin', `SELECT body FROM terms_leaf WHERE log = 'governance' ORDER BY index`)
  assert.deepEqual(leaves.map(({ body }) => (JSON.parse(body) as { kind: string }).kind).filter((kind) => kind.startsWith('export')), ['export-made', 'export-fetched', 'export-refused'])
  await register('tagging', hourMs)
  assert.equal((await fetched('tags')).status, 200, 'renewed, it leaves again')
})

test('a long export lets others have their turn, and of two of one name at the same time one is made', async () => {
  await register('tagging', hourMs)
  const many = Array.from({ length: 6_000 }, (_, n) => ({ ...rows[0], id: `row-${n}`, messages: [{ role: 'user', content: `question ${n}, to a${n}@example.org` }] }))
  const finished: string[] = []
  const long = (name: string): Promise<void> => stage.call('POST', '/admin/v1/datasets', { name, organization: 'acme', purpose: 'tagging', rows: many }).then(({ status }) => void finished.push(`${name} ${status}`))
  const both = [long('long'), long('long')]
  for (let n = 0; n < 5; n += 1) finished.push(`asked ${(await stage.call('GET', '/admin/v1/lineage')).status}`)
  await Promise.all(both)
  assert.deepEqual([finished.slice(0, 5), finished.slice(5).sort()], [Array.from({ length: 5 }, () => 'asked 200'), ['long 200', 'long 409']])
})

test('by a clock that is off nothing is exported, fetched, trained or published', async () => {
  await register('tagging', hourMs)
  assert.equal((await make('more', 'tagging')).body['status'], 'made')
  wrongClock = 'This node\'s clock is 6.0 s behind the database\'s.'
  const train = (): ReturnType<Stage['call']> => stage.call('POST', '/admin/v1/models/trainings', { model: 'tagger', organization: 'acme', purpose: 'tagging', from: ['more'] })
  const publish = (distribution: string): ReturnType<Stage['call']> => stage.call('POST', '/admin/v1/publications', { id: 'tagger', organization: 'acme', distribution })
  for (const refused of [await make('third', 'tagging'), await fetched('more'), await train(), await publish('internal'), await publish('external')]) {
    assert.deepEqual([refused.status, codeOf(refused), refused.text.includes('6.0 s behind')], [503, 'clock_skewed', true], refused.text)
  }
  assert.match((await stage.call('GET', '/admin/v1/doctor')).text, /"severity":"error","says":"This node's clock is 6\.0 s behind/)
  wrongClock = undefined
  assert.deepEqual([(await train()).body['status'], (await publish('internal')).body['status'], (await fetched('more')).status], ['recorded', 'recorded', 200])
  assert.deepEqual(stage.failures, [])
})

test('what is not registered as a dataset of this installation has no files to fetch, and no refusal is logged of it', async () => {
  assert.equal((await stage.call('PUT', '/admin/v1/lineage/by-hand', { organization: 'acme', kind: 'dataset' })).status, 200)
  // What is left where the database was restored to before a dataset was made.
  for (const name of ['lost', 'by-hand']) {
    mkdirSync(join(stage.folder, 'exports', name), { recursive: true })
    writeFileSync(join(stage.folder, 'exports', name, `${name}.manifest.json`), '{}')
  }
  for (const name of ['lost', 'by-hand', 'nothing']) {
    const refused = await fetched(name)
    assert.deepEqual([refused.status, /made through the export gate/.test(refused.text)], [404, true], refused.text)
  }
  const leaves = await stage.store.query<{ body: string }>('admin', `SELECT body FROM terms_leaf WHERE log = 'governance' AND body LIKE '%dataset/by-hand%' ORDER BY index`)
  assert.deepEqual(leaves.map(({ body }) => (JSON.parse(body) as { kind: string }).kind), ['dataset-recorded'])
})

test('a dataset from before its groups were kept is asked about by its sources and today\'s terms; one without either stays', async () => {
  await register('tagging', hourMs)
  assert.equal((await make('older', 'tagging')).body['status'], 'made')
  const without = (member: string): Promise<unknown> => stage.store.query('admin', `INSERT INTO terms_record (kind, id, version, organization, body, at_ms, actor) SELECT kind, id, version + 1, organization, (body::jsonb - $1::text)::text::json, at_ms, actor FROM terms_record WHERE id = 'older' ORDER BY version DESC LIMIT 1`, [member])
  await without('groups')
  assert.equal((await fetched('older')).status, 200)
  await without('sources')
  const refused = await fetched('older')
  assert.deepEqual([refused.status, /where its rows came from is not on record: make it again, under another name/.test(refused.text)], [403, true], refused.text)
})

test('what a clause says when a file is fetched is kept with its facts, and can be decided again', async () => {
  await register('tagging', hourMs)
  assert.equal((await make('stopped', 'tagging')).body['status'], 'made')
  // The group as it would stand there, had its rows come out of a suspended maker's model.
  await stage.store.query('admin', `INSERT INTO terms_record (kind, id, version, organization, body, at_ms, actor) SELECT kind, id, version + 1, organization, (body::jsonb || $1::jsonb)::text::json, at_ms, actor FROM terms_record WHERE id = 'stopped'`,
    [JSON.stringify({ groups: [{ source: { maker: 'openai', channel: 'openai', model: 'gpt', access: 'api', origin: 'model', flags: [] } }] })])
  const suspended = { id: 'openai', organization: 'acme', party: 'openai', document: 'Services Agreement', acceptedBy: 'ada', acceptedAtMs: stage.time.now, textHash: 'a'.repeat(64), state: 'suspended' }
  assert.equal((await stage.call('POST', '/admin/v1/terms/records/agreements', suspended)).status, 201)
  const refused = await fetched('stopped')
  assert.deepEqual([refused.status, /rows of openai may not leave now/.test(refused.text)], [403, true], refused.text)
  const { data } = JSON.parse((await stage.call('GET', '/admin/v1/terms/decisions?point=export&organization=acme')).text) as { data: { id: string; subject: string; outcome: string }[] }
  const [last] = data.filter(({ subject, outcome }) => subject === 'dataset/stopped' && outcome === 'deny')
  const again = await stage.call('GET', `/admin/v1/terms/decisions/${last?.id}`)
  assert.match(again.text, /"replay":\{"status":"same"/)
})

test('an entry by hand under the name of a dataset that is just being recorded waits, and is refused', async () => {
  let entered: ReturnType<Stage['call']> | undefined
  await stage.store.transaction('admin', async (sql) => {
    // As an export does.
    await holdName(sql, 'raced')
    await putRecord(sql, { kind: 'dataset', id: 'raced', organization: 'acme', body: { id: 'raced', kind: 'dataset', origin: 'known', flags: ['ds.label'], licences: [], from: [], manifest: {} }, actor: 'ada', atMs: stage.time.now })
    entered = stage.call('PUT', '/admin/v1/lineage/raced', { organization: 'acme', kind: 'dataset', origin: 'known', evidence: 'a letter' })
    await new Promise((resolve) => systemTimers.after(300, () => resolve(undefined)))
  })
  assert.deepEqual([(await entered)?.status, JSON.parse((await stage.call('GET', '/admin/v1/lineage/raced')).text).version], [409, 1])
})
