/** What comes in odd forms: text that no database keeps, suppliers' signed notices that nobody can read, entries that would take away. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openAdmin, type Stage } from '../../test/admin-stage.ts'

let stage: Stage
before(async () => { stage = await openAdmin() })
after(() => stage.close())

const purpose = { id: 'tagging', organization: 'acme', says: 'Tags', phase: 'training', target: { class: 'classifier', distribution: 'internal', host: 'own' }, dataClass: 'internal', owner: 'ml', expiresMs: Date.parse('2030-01-01') }

test('text that cannot be stored is refused by its place, wherever it stands', async () => {
  const nul = await stage.call('POST', '/admin/v1/terms/records/purposes', { ...purpose, says: 'a\0b' })
  assert.equal(nul.status, 422)
  assert.match(nul.text, /body\.says: it holds the character U\+0000, .*take it out/)
  assert.equal((await stage.call('POST', '/admin/v1/terms/records/purposes', purpose)).status, 201)
  const row = { id: '1', messages: [{ role: 'user', content: 'half of \ud83d' }], stated: { origin: 'human' } }
  const half = await stage.call('POST', '/admin/v1/datasets', { name: 'halves', organization: 'acme', purpose: 'tagging', rows: [row] })
  assert.equal(half.status, 422)
  assert.match(half.text, /body\.rows\.0\.messages\.0\.content: it holds half a character/)
  for (const country of ['ZZ', 'de']) {
    const unread = await stage.call('POST', '/admin/v1/datasets', { name: 'calls', organization: 'acme', purpose: 'tagging', country, rows: [] })
    assert.deepEqual([unread.status, /body\.country: a country of ISO 3166-1 in two capitals/.test(unread.text)], [422, true], country)
  }
  assert.deepEqual(stage.failures, [])
})

test('what is nested without end is refused in a sentence at every entry, and decisions go on', async () => {
  const levels = 100_000
  const send = async (method: string, path: string, body: string): Promise<string> => {
    const answer = await fetch(`${stage.url}${path}`, { method, body, headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.token}` } })
    return `${answer.status} ${await answer.text()}`
  }
  for (const deep of [`${'['.repeat(levels)}${']'.repeat(levels)}`, `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`]) {
    for (const [method, path, body] of [
      ['POST', '/admin/v1/terms/records/purposes', `{"id":"x","says":${deep}}`], ['POST', '/admin/v1/outlook/records/assumption', deep], ['PUT', '/admin/v1/contracts/x', deep], ['POST', '/admin/v1/notices', `{"party":"openai","form":"letter","body":${deep}}`],
      ['POST', '/admin/v1/datasets', `{"name":"n","organization":"acme","purpose":"tagging","rows":[{"id":"1","messages":[{"role":"tool","content":${deep}}]}]}`], ['POST', '/admin/v1/cases', `{"about":{"organization":"acme"},"clause":"oai.use","says":"So.","evidence":${deep}}`],
    ] as const) assert.match(await send(method, path, body), /^422 .*body.*nested deeper than 512 levels: send it flatter/, path)
  }
  const { text } = (await stage.call('GET', '/admin/v1/terms/clauses/house.use')).body['clause'] as unknown as { readonly text: string }
  const when = (condition: string): string => text.replace('when { true }', `when { ${condition} }`)
  for (const [condition, says] of [
    [`${'('.repeat(levels)}true${')'.repeat(levels)}`, /longer than 65536 letters: divide it/], [`${'('.repeat(300)}true${')'.repeat(300)}`, /nested deeper than 32 levels: write it flatter/],
    [`// no end of it\r${'['.repeat(300)}${']'.repeat(300)} == []`, /nested deeper than 32 levels/], [`1${'+1'.repeat(1_000)} == 1`, /it has \d+ operators, and 200 are the most/], [`${'if true then '.repeat(700)}true${' else true'.repeat(700)}`, /it has 7\d\d operators/],
  ] as const) {
    for (const [method, path, draft] of [['PUT', '/admin/v1/terms/clauses/house.use', { text: when(condition) }], ['POST', '/admin/v1/terms/clauses/house.use/simulate', { draft: { text: when(condition) } }]] as const) {
      const refused = await stage.call(method, path, draft)
      assert.deepEqual([refused.status, says.test(refused.text)], [422, true], refused.text.slice(0, 200))
    }
  }
  // Cedar's stack is the whole process's: had one of these reached it, nothing could be decided any more.
  assert.equal((await stage.call('POST', '/admin/v1/terms/clauses/house.use/simulate', { draft: { text: when('context.at > 0 && "((((" == "((((" // ((((\n') } })).status, 200)
  assert.equal((await stage.call('PUT', '/admin/v1/terms/clauses/house.use', { says: 'The house uses what it has agreed to.' })).status, 200)
  assert.deepEqual(stage.failures, [])
})

test('a signed safety notice that cannot be read is accepted and becomes an event; what is about something else is let go', async () => {
  const key = Buffer.alloc(24, 7)
  const source = await stage.call('POST', '/admin/v1/notice-sources', { party: 'openai', secret: `whsec_${key.toString('base64')}` })
  assert.equal(source.status, 201)
  const at = String(Math.floor(stage.time.now / 1_000))
  const deliver = async (body: string): Promise<number> => {
    const answer = await fetch(`${stage.url}${String(source.body['webhook_path'])}`, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${createHmac('sha256', key).update(`msg_1.${at}.${body}`).digest('base64')}` },
    })
    return answer.status
  }
  const event = { id: 'evt_1', object: 'event', created_at: 1_795_000_000, type: 'safety.warning_issued', data: { id: 'case_a' } }
  const odd = [{ ...event, type: 'safety.account_closed' }, { ...event, data: {} }, { ...event, data: { id: 'case\0' } }, { ...event, data: { id: 'case\ud800' } }].map((one) => JSON.stringify(one))
  for (const body of [...odd, odd[0] ?? '', '{"half', JSON.stringify({ ...event, type: 'response.completed' })]) assert.equal(await deliver(body), 202, body)
  const told = (await stage.call('GET', '/admin/v1/events?kind=notice-unreadable')).body['data'] as unknown as readonly { readonly body: { readonly says: string; readonly remedy: string } }[]
  assert.equal(told.length, odd.length + 1, 'each once, however often it is sent')
  assert.match(told.map(({ body }) => `${body.says} ${body.remedy}`).join(), /openai sent a signed notice that Weir cannot read: .*weir notices import FILE --form letter/)
  assert.deepEqual(stage.failures, [])
})

test('an entry by hand adds to what is registered and takes nothing away', async () => {
  const enter = (id: string, body: object): ReturnType<Stage['call']> => stage.call('PUT', `/admin/v1/lineage/${id}`, { organization: 'acme', ...body })
  assert.equal((await enter('base', { kind: 'weights', maker: 'meta', licences: ['llama-4'], from: ['rows'] })).status, 200)
  const again = await enter('base', { kind: 'weights', from: ['more-rows'] })
  assert.equal(again.status, 200, again.text)
  const { body } = await stage.call('GET', '/admin/v1/lineage/base')
  assert.deepEqual([body['from'], body['licences'], body['sources']], [['more-rows', 'rows'], ['llama-4'], ['meta/unknown through own']])
  const other = await enter('base', { kind: 'weights', maker: 'somebody' })
  assert.deepEqual([other.status, /made by meta: enter other weights under another name/.test(other.text)], [409, true])
  assert.equal((await enter('child', { kind: 'model', from: ['base'] })).status, 200)
  const round = await enter('base', { kind: 'weights', from: ['child'] })
  assert.deepEqual([round.status, /child comes from base/.test(round.text)], [409, true])
})
