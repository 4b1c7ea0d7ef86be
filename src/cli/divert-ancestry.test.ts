/** An own model's ancestry on a running Weir: what may start, what is judged again while it runs, and what a person sees. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../kernel/clock.ts'
import { seededRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { until } from '../../demo/until.ts'
import { startNodeForTest, type NodeAnswer } from '../../test/running-node.ts'
import { run } from './main.ts'

const secret = 'sk-weir-ancestry-test-0000'
const rate = 'capacity: in-house, group: 1, internalRate: { input: "0.30", output: "0.60" }'
const config = `
providers:
  maker: { type: sandbox, maker: openai, channel: cloud }
  own: { type: sandbox, maker: acme, supplier: own }
models:
  chat:
    maker: openai
    contextWindow: 32000
    outputMax: 4096
    deployments:
      - { provider: maker, model: gpt-4.1, id: cloud/chat }
      - { provider: own, model: tagger, id: own/tagger, ${rate} }
      - { provider: own, model: murky, id: own/murky, ${rate} }
      - { provider: own, model: nobody, id: own/nobody, ${rate} }
organizations:
  acme: { projects: { feed: { capture: content, keys: [{ name: one, secret: "${secret}" }] } } }
`

interface Said { readonly code: number; readonly out: string; readonly note: string }

interface Stage {
  readonly weir: (...args: readonly string[]) => Promise<Said>
  readonly admin: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<NodeAnswer>
  /** Where a user's call went. */
  readonly call: (user: string) => Promise<string>
}

async function open(t: TestContext): Promise<Stage> {
  const { data, token, ask } = await startNodeForTest(t, config)
  return {
    admin: (method, path, body) => ask(method, path, token, body),
    call: async (user) => {
      const { status, deployment, text } = await ask('POST', '/v1/chat/completions', secret, { model: 'chat', user, max_tokens: 8, messages: [{ role: 'user', content: `A tag for ${user}, please.` }] })
      assert.equal(status, 200, text)
      return deployment
    },
    weir: async (...args) => {
      const [out, note]: [string[], string[]] = [[], []]
      const code = await run([...args, '--data', data], {
        out: (line) => void out.push(line), note: (line) => void note.push(line), env: {}, clock: systemClock, timers: systemTimers, random: seededRandom(5), interactive: false, version: '1.2.3', readFile: () => ({ failed: 'no such file' }),
      })
      for (const line of [...out, ...note].flatMap((each) => each.split('\n'))) if (!args.includes('--json')) assert.ok(line.length <= 80, line)
      return { code, out: out.join('\n'), note: note.join('\n') }
    },
  }
}

const purpose = { organization: 'acme', phase: 'training', dataClass: 'internal', owner: 'ml', expiresMs: Date.parse('2099-01-01T00:00:00Z') }
const inside = { class: 'classifier', distribution: 'internal', host: 'own' }
const rival = { class: 'chat', distribution: 'external', host: 'own' }

/** A classifier for use inside, trained from what the maker's model wrote: allowed, as long as that is what it is. */
async function trainTagger({ admin, call }: Stage): Promise<void> {
  const ok = async (method: 'POST' | 'PUT', path: string, body: object): Promise<string> => {
    const { status, text } = await admin(method, path, body)
    assert.ok(status < 300, text)
    return text
  }
  await ok('POST', '/admin/v1/terms/records/purposes', { ...purpose, id: 'tagging', says: 'Tags', target: inside })
  for (const user of ['ada', 'bo', 'cy']) await call(user)
  await until('the calls in the books', async () => JSON.parse((await admin('GET', '/admin/v1/calls')).text) as { readonly data: readonly object[] }, ({ data }) => data.length === 3)
  const set = JSON.parse(await ok('POST', '/admin/v1/datasets', { name: 'tags', organization: 'acme', purpose: 'tagging', calls: {} })) as { readonly status: string; readonly rows: number }
  assert.deepEqual([set.status, set.rows], ['made', 3])
  assert.match(await ok('POST', '/admin/v1/models/trainings', { model: 'tagger', organization: 'acme', purpose: 'tagging', from: ['tags'] }), /"status":"recorded"/)
  await ok('PUT', '/admin/v1/lineage/found', { organization: 'acme', kind: 'dataset' })
  await ok('PUT', '/admin/v1/lineage/murky', { organization: 'acme', kind: 'model', from: ['found'] })
}

test('a diversion is refused by an ancestor\'s terms, and one that runs is judged again when they change: told, and never cut in silence', async (t) => {
  const stage = await open(t)
  const { weir, admin, call } = stage
  await trainTagger(stage)
  interface View { readonly model: string; readonly diversion: object | null; readonly standing: { readonly outcome: string; readonly says: readonly string[] } | null }
  const views = async (): Promise<readonly View[]> => JSON.parse((await weir('divert', '--json')).out) as readonly View[]
  const events = async (kind: string): Promise<readonly { readonly subject: string; readonly body: { readonly deployment: string; readonly says: readonly string[]; readonly remedy: string } }[]> =>
    (JSON.parse((await admin('GET', `/admin/v1/events?kind=${kind}`)).text) as { readonly data: Awaited<ReturnType<typeof events>> }).data

  await t.test('what was allowed starts, and the answer says that it was judged', async () => {
    const started = await weir('divert', 'chat', '--to', 'own/tagger', '--share', '100%')
    assert.equal(started.code, 0, started.note)
    assert.match(started.note, /ancestry of tagger was judged by the clauses of today:\s1 training/)
    assert.equal((await views())[0]?.standing?.outcome, 'allow')
    await until('the side that is wanted', () => call('ada'), (side) => side === 'own/tagger')
  })

  await t.test('its purpose becomes a chat model for others: the list and an event say so, and the calls stay', async () => {
    assert.equal((await admin('POST', '/admin/v1/terms/records/purposes', { ...purpose, id: 'tagging', says: 'A chat model', target: rival })).status, 201)
    assert.equal((await views())[0]?.standing?.outcome, 'deny')
    const listed = await weir('divert')
    assert.match(listed.out.replaceAll('\n', ' '), /! chat: forbidden by the terms of today, and still diverted: oai\.compete, training tagger\/run: .* Take it back: weir divert chat --back/)
    const [raised, ...more] = await until('the event', () => events('diversion-forbidden'), (found) => found.length > 0)
    assert.deepEqual([raised?.subject, raised?.body.deployment, raised?.body.remedy, more], ['model/chat', 'own/tagger', 'weir divert chat --back', []])
    assert.match(raised?.body.says.join() ?? '', /oai\.compete/)
    assert.equal(await call('ada'), 'own/tagger')
  })

  await t.test('it may not be widened or started again, not even knowingly, by command or API; it can be taken back', async () => {
    for (const more of [[], ['--unknown-ancestry']]) {
      const refused = await weir('divert', 'chat', '--to', 'own/tagger', '--share', '50%', ...more)
      assert.equal(refused.code, 1)
      assert.match(refused.note.replaceAll('\n', ' '), /the terms do not let own\/tagger serve: oai\.compete, training tagger\/run/)
    }
    const back = await weir('divert', 'chat', '--back')
    assert.equal(back.code, 0, back.note)
    await until('the side that is wanted', () => call('ada'), (side) => side === 'cloud/chat')
    const again = await admin('PUT', '/admin/v1/diversions/chat', { to: 'own/tagger', share: 0.1, unknown_ancestry: true })
    assert.equal(again.status, 409, again.text)
    assert.match(again.text, /oai\.compete/)
    assert.deepEqual((await views()).map((one) => [one.diversion, one.standing]), [[null, null]])
  })

  await t.test('an ancestor of unknown origin is a question; who answers it is told, and the question stays in the list', async () => {
    const asked = await weir('divert', 'chat', '--to', 'own/murky', '--share', '10%')
    assert.equal(asked.code, 1)
    assert.match(asked.note.replaceAll('\n', ' '), /ancestry of own\/murky is in question: .*unknown origin.*--unknown-ancestry/)
    assert.equal((await admin('PUT', '/admin/v1/diversions/chat', { to: 'own/murky', share: 0.1 })).status, 409)
    assert.equal((await weir('divert', 'chat', '--to', 'own/murky', '--share', '10%', '--unknown-ancestry')).code, 0)
    assert.equal((await views())[0]?.standing?.outcome, 'ask')
    assert.match((await weir('divert')).out.replaceAll('\n', ' '), /! chat: its ancestry is in question, and still diverted/)
    await until('the event', () => events('diversion-in-question'), (found) => found.length === 1)
  })

  await t.test('a model that nobody registered is not passed off as judged', async () => {
    assert.match((await weir('divert', 'chat', '--to', 'own/nobody', '--share', '10%')).note.replaceAll('\n', ' '), /ancestry of own\/nobody was not checked/)
    assert.equal((await views())[0]?.standing?.outcome, 'unregistered')
  })
})
