import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import pg from 'pg'
import { request } from 'undici'
import { until } from '../../demo/until.ts'
import { freshPostgresUrl, postgresMissing } from '../../test/postgres.ts'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { type Running, start } from '../main.ts'
import { startSandbox } from '../providers/sandbox/sandbox.ts'
import { fractionOf } from '../gateway/route.ts'
import type { Outlook } from '../planner/outlook.ts'
import type { TwoSides } from '../planner/two-sides.ts'
import { run } from './main.ts'

interface Said { readonly code: number; readonly out: string; readonly note: string }

async function weir(args: readonly string[]): Promise<Said> {
  const out: string[] = []
  const note: string[] = []
  const code = await run(args, {
    out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3',
    readFile: () => ({ failed: 'no such file' }),
  })
  return { code, out: out.join('\n'), note: note.join('\n') }
}

const secret = 'sk-weir-diversion-test-0000'
const config = (cloud: string, own: string): string => `
providers:
  cloud: { type: openai-compatible, prices: openai, baseUrl: "${cloud}/v1", apiKey: "cloud-secret", supplier: cloud }
  own: { type: vllm, baseUrl: "${own}/v1", apiKey: "own-secret", supplier: own }
models:
  gpt-4.1:
    deployments:
      - { provider: cloud, model: gpt-4.1, id: cloud/chat }
      - { provider: own, model: gpt-4.1, id: own/chat, group: 1, capacity: in-house, internalRate: { input: "0.30", output: "0.60" } }
organizations:
  acme: { projects: { feed: { keys: [{ name: one, secret: "${secret}" }] } } }
`

interface Seen { readonly user: string; readonly side: string; readonly status: number; readonly at: number; readonly call: string }

async function callAs(url: string, user: string, session: { readonly header?: string; readonly field?: string } = {}): Promise<Seen> {
  const at = systemClock.now()
  const { statusCode, headers, body } = await request(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...(session.header === undefined ? {} : { 'x-weir-session': session.header }) },
    body: JSON.stringify({
      model: 'gpt-4.1', user, max_tokens: 8, messages: [{ role: 'user', content: 'hello' }], ...(session.field === undefined ? {} : { metadata: { session_id: session.field } }),
    }),
  })
  await body.dump()
  return { user, side: String(headers['x-weir-deployment']), status: statusCode, at, call: String(headers['x-weir-call-id']) }
}

/** Where a user belongs at a share, by the rule and not by asking the router. */
const goesOwn = (user: string, share: number): boolean => -Math.log(fractionOf(`${user} own/chat`)) / share < -Math.log(fractionOf(`${user} cloud/chat`)) / (1 - share)

/** Resolves when all nodes serve the version that the answer names; they have half a minute, and are promised two seconds (docs/outlook.md). */
async function servedFrom(said: Said, { nodes, waits }: Pick<Stage, 'nodes' | 'waits'>): Promise<void> {
  const version = Number(/from version (\d+) on/.exec(said.out)?.[1])
  assert.ok(version > 0, said.out + said.note)
  const since = performance.now()
  for (const { url } of nodes) {
    const serves = async (): Promise<number> => Number(/^weir_snapshot_version (\d+)$/m.exec(await (await request(`${url}/metrics`)).body.text())?.[1])
    await until(`version ${version} on ${url}`, serves, (serving) => serving >= version)
  }
  waits.push(performance.now() - since)
}

interface Stage { readonly nodes: readonly Running[]; readonly data: readonly string[]; readonly database: string; readonly close: () => Promise<void>; /** How long changes took to be served everywhere, milliseconds. */ readonly waits: number[] }

async function open(count: number): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-divert-'))
  const [cloud, own] = [await startSandbox({ seed: 1, clock: systemClock, timers: systemTimers }), await startSandbox({ seed: 2, clock: systemClock, timers: systemTimers })]
  const file = join(folder, 'weir.yaml')
  writeFileSync(file, config(cloud.url, own.url))
  const database = await freshPostgresUrl()
  const nodes: Running[] = []
  for (let index = 0; index < count; index += 1) {
    const env = index === 0 ? {} : { WEIR_MASTER_KEY: readFileSync(join(folder, 'node-0', 'master-key'), 'utf8').trim() }
    const flags = { port: '0', data: join(folder, `node-${index}`), logLevel: 'silent', database, role: index === 0 ? 'all' : 'gateway', ...(index === 0 ? { config: file } : {}) }
    const read = readConfig({ flags, env, readFile: (path) => ({ text: readFileSync(path, 'utf8') }) })
    assert.ok(!('problems' in read), JSON.stringify(read))
    nodes.push(await start(read))
  }
  return {
    nodes, database, waits: [], data: ['--data', join(folder, 'node-0')],
    close: async () => {
      await Promise.all(nodes.map((node) => node.drain()))
      await Promise.all([cloud.close(), own.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('four nodes under load: diverted, split and sticky exactly, taken back within two seconds, and no call fails', { skip: postgresMissing }, async (t) => {
  const stage = await open(4)
  let running = true
  t.after(async () => {
    running = false
    await stage.close()
  })
  const users = Array.from({ length: 300 }, (_, index) => `user-${index}`)
  const seen: Seen[] = []
  const client = async (first: number): Promise<void> => {
    for (let index = first; running; index += 1) seen.push(await callAs(stage.nodes[index % 4]?.url ?? '', users[(index * 7) % users.length] ?? ''))
  }
  const clients = Promise.all([0, 1, 2].map((index) => client(index * 50)))
  /** Each user once, over all nodes. */
  const sweep = async (): Promise<readonly Seen[]> => {
    const met: Seen[] = []
    for (let from = 0; from < users.length; from += 10) met.push(...await Promise.all(users.slice(from, from + 10).map((user, index) => callAs(stage.nodes[index % 4]?.url ?? '', user))))
    return met
  }
  const share = 0.3
  const diverted = await weir(['divert', 'gpt-4.1', '--to', 'own/chat', '--share', '30%', ...stage.data])
  assert.equal(diverted.code, 0, diverted.note)
  assert.match(diverted.out, /30 % to own\/chat by user, from version \d+ on\nback: weir divert gpt-4\.1 --back/)
  assert.match(diverted.note, /was not checked/)
  await servedFrom(diverted, stage)
  const during = [...await sweep(), ...await sweep()]
  const back = await weir(['divert', 'gpt-4.1', '--back', ...stage.data])
  assert.equal(back.code, 0, back.note)
  await servedFrom(back, stage)
  const after = await sweep()
  running = false
  await clients
  assert.deepEqual([...seen, ...during, ...after].filter((each) => each.status !== 200), [])
  for (const each of during) assert.equal(each.side, goesOwn(each.user, share) ? 'own/chat' : 'cloud/chat', each.user)
  const onOwn = users.filter((user) => goesOwn(user, share)).length
  assert.ok(Math.abs(onOwn - share * users.length) <= 4 * Math.sqrt(users.length * share * (1 - share)), `${onOwn} of ${users.length}`)
  for (const each of after) assert.equal(each.side, 'cloud/chat')
  await outcomes(stage, during)
  await bySession(stage)
  const middle = stage.waits.toSorted((a, b) => a - b)[1] ?? Infinity
  assert.ok(middle <= 2_000, `served everywhere after ${stage.waits.map((ms) => ms.toFixed(0)).join(', ')} ms`)
})

/** One user in many sessions: the session decides, on every node, however it is named; without one, the user does. */
async function bySession(stage: Stage): Promise<void> {
  const { nodes, data } = stage
  const share = 0.5
  const diverted = await weir(['divert', 'gpt-4.1', '--to', 'own/chat', '--share', '50%', '--by', 'session', ...data])
  assert.match(diverted.out, /50 % to own\/chat by session/, diverted.note)
  await servedFrom(diverted, stage)
  const sessions = Array.from({ length: 40 }, (_, index) => `session-${index}`)
  for (const [index, session] of sessions.entries()) {
    const [byHeader, byField] = await Promise.all([callAs(nodes[index % 4]?.url ?? '', 'one-user', { header: session }), callAs(nodes[(index + 1) % 4]?.url ?? '', `user-${index}`, { field: session })])
    const expected = goesOwn(session, share) ? 'own/chat' : 'cloud/chat'
    assert.deepEqual([byHeader.status, byHeader.side, byField.status, byField.side], [200, expected, 200, expected], session)
  }
  assert.equal(new Set(sessions.map((session) => goesOwn(session, share))).size, 2)
  const alone = await callAs(nodes[2]?.url ?? '', 'without-a-session')
  assert.equal(alone.side, goesOwn('without-a-session', share) ? 'own/chat' : 'cloud/chat')
  assert.equal((await weir(['divert', 'gpt-4.1', '--back', ...data])).code, 0)
}

/** The product speaks about its calls; both sides and the outlook are shown from the books. */
async function outcomes(stage: Stage, during: readonly Seen[]): Promise<void> {
  const url = stage.nodes[1]?.url ?? ''
  const say = async (body: unknown, key = secret): Promise<{ readonly status: number; readonly text: string }> => {
    const answer = await request(`${url}/v1/feedback`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return { status: answer.statusCode, text: await answer.body.text() }
  }
  const events = during.slice(0, 400).map((each, index) => ({ call: each.call, signal: 'resolved', success: index % 3 !== 0 }))
  const said = await say({ events })
  assert.equal(said.status, 200, said.text)
  assert.equal((await say({ call: events[0]?.call, success: true }, 'sk-weir-nobody-at-all-000')).status, 401)
  assert.match((await say({ call: events[0]?.call })).text, /give at least one of success, score, label/)
  assert.equal((await say({ call: 'call_000000000aaaaaaaaaaaaaaaa', success: true })).status, 400)
  const judged = (both: TwoSides): number => both.sides.reduce((sum, side) => sum + side.judged, 0)
  const ask = async (): Promise<TwoSides> => JSON.parse((await weir(['divert', 'gpt-4.1', '--sides', '--signal', 'resolved', '--json', ...stage.data])).out) as TwoSides
  const both = await until('all outcomes in the books', ask, (sides) => judged(sides) >= events.length)
  assert.equal(judged(both), events.length)
  const own = both.sides.find((side) => side.side === 'own')
  assert.ok(own?.costPerSuccess && Number(own.costPerSuccess.low) > 0 && own.deployments.join() === 'own/chat')
  const text = await weir(['divert', 'gpt-4.1', '--sides', '--signal', 'resolved', ...stage.data])
  assert.match(text.out, /no equivalence is claimed/)
  const outlook = await weir(['outlook', '--what-if', 'acme=halves', ...stage.data])
  assert.equal(outlook.code, 0, outlook.note)
  assert.match(outlook.out, /CONCENTRATION[\s\S]*WHAT IF[\s\S]*acme=halves[\s\S]*LIVE MIX/)
  for (const line of [...text.out.split('\n'), ...outlook.out.split('\n')]) assert.ok(line.length <= 80, line)
  const read = async (): Promise<Outlook> => JSON.parse((await weir(['outlook', '--json', ...stage.data])).out) as Outlook
  const agrees = ({ concentration }: Outlook): boolean => concentration.status === 'known' && concentration.figures.every((each) => each.inputs.length > 0 && each.checked.startsWith('equals'))
  // Rollups and transactions are read one after the other: until the last page is posted they may tell two moments.
  const document = await until('figures that agree', read, agrees)
  const shares = document.mix.months[0]?.shares ?? []
  assert.ok(Number(shares.find((each) => each.capacity === 'in-house')?.share) > 0)
  const listed = await weir(['divert', ...stage.data])
  assert.match(listed.out, /gpt-4\.1 {2}as declared/)
}

/** Rollups as posting makes them, of 56 days: `other` made half of all calls, and since four weeks ago a sixth. */
async function callsOfEightWeeks(database: string): Promise<void> {
  const client = new pg.Client(database)
  await client.connect()
  const day = Math.floor(systemClock.now() / 86_400_000)
  for (let ago = 1; ago <= 55; ago += 1) {
    for (const [organization, calls] of [['acme', 5_000 + (ago % 5)], ['other', ago < 28 ? 1_000 : 5_000]] as const) {
      await client.query(`INSERT INTO usage_minute (minute, dims, organization, project, key, purpose, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
        VALUES ($1, $2::text, $2::text, 'feed', 'key_1', NULL, 'gpt-4.1', 'cloud/chat', 'cloud', 'openai', 'chat', 'default', 'USD', $3::bigint, $3::bigint, $3::bigint, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`, [(day - ago) * 1_440, organization, calls])
    }
  }
  await client.end()
}

test('guidance, assumptions and retirements are recorded and read back; what is wrong is refused with what was expected', { skip: postgresMissing }, async (t) => {
  const stage = await open(1)
  t.after(stage.close)
  const subject = ['--quarter', '2023Q3', '--base', 'whole-cloud', '--metric', 'growth year on year', '--unit', '%', '--source', 'press']
  const given = await weir(['outlook', 'guidance', 'set', ...subject, '--low', '30', '--high', '31', '--owner', 'finance chief', '--assumption', 'as expected', '--given', '2023-04-25', ...stage.data])
  assert.equal(given.code, 0, given.note)
  const early = await weir(['outlook', 'actual', ...subject, '--value', '29', '--known', '2023-07-25', ...stage.data])
  assert.deepEqual([early.code, early.note], [0, '! preliminary: known 2023-07-25, and 2023Q3 ends on 2023-09-30'])
  assert.equal((await weir(['outlook', 'assume', 'build', '--low', '1', '--high', '2', '--currency', 'USD', '--owner', 'a', '--source', 'b', ...stage.data])).code, 0)
  assert.equal((await weir(['outlook', 'retire', 'gpt-4.1', '--on', '2027-04-14', '--source', 'page', ...stage.data])).code, 0)
  assert.match((await weir(['outlook', 'guidance', 'list', ...stage.data])).out, /whole-cloud, growth year on year: 30 to 31 %/)
  for (const [wrong, says] of [[['build', '--low', '1', '--high', '2'], /--currency/], [['utilisation', '--low', '0.3', '--high', '1.1'], /from 0 to 1/], [['amortisation-months', '--low', '0', '--high', '12'], /write nothing off/]] as const) {
    const refused = await weir(['outlook', 'assume', ...wrong, '--owner', 'a', '--source', 'b', ...stage.data])
    assert.deepEqual([refused.code, says.test(refused.note)], [1, true], refused.note)
  }
  assert.match((await weir(['outlook', 'assume', 'luck', '--low', '1', '--high', '2', '--owner', 'a', '--source', 'b', ...stage.data])).note, /name/)
  assert.match((await weir(['outlook', '--what-if', 'acme=explodes', ...stage.data])).note, /not a scenario/)
  const empty = await weir(['outlook', ...stage.data])
  assert.equal(empty.code, 1)
  assert.match(empty.out, /Missing: the books hold no usage yet/)
  await callAs(stage.nodes[0]?.url ?? '', 'someone')
  const shown = await until('an outlook', () => weir(['outlook', ...stage.data]), ({ code }) => code === 0)
  assert.match(shown.out, /below range by 1\n {4}! preliminary: known 2023-07-25/)
  assert.equal((await weir(['outlook', 'actual', ...subject, '--value', '29', '--known', '2023-10-24', ...stage.data])).note, '')
  await callsOfEightWeeks(stage.database)
  const later = await weir(['outlook', ...stage.data])
  assert.match(later.out, /below range by 1\n {4}assumes/)
  assert.match(later.out.replaceAll(/\s+/g, ' '), /EARLY SIGNS other: falling share of calls: its share of calls fell by 3\d\.\d points from 50\.\d %/)
  for (const args of [['divert', 'gpt-4.1'], ['divert', 'gpt-4.1', '--to', 'own/chat', '--share', '0']]) assert.equal((await weir([...args, ...stage.data])).code, 2)
  assert.match((await weir(['divert', 'gpt-4.1', '--to', 'cloud/chat', '--share', '5%', ...stage.data])).note, /not in-house/)
  assert.match((await weir(['divert', 'gpt-4.1', '--back', ...stage.data])).out, /nothing to change/)
  for (const command of [['outlook'], ['outlook', 'guidance', 'set'], ['outlook', 'actual'], ['outlook', 'assume'], ['outlook', 'retire'], ['divert']]) {
    const help = await weir([...command, '--help'])
    assert.equal(help.code, 0)
    for (const line of help.out.split('\n')) assert.ok(line.length <= 80, line)
  }
})
