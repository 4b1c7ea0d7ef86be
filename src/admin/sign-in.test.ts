/** Signing in over HTTP, as a browser and as who attacks one: cookies, forgery, fixation, guessing, replays, two people. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { openAdmin, type Answer, type Stage } from '../../test/admin-stage.ts'
import { createToken } from './keys.ts'
import { hotp, stepAt } from './people/totp.ts'
import type { SignInSettings } from './people/settings.ts'

const password = 'otter lantern quarry noon'

interface Client {
  /** What this browser sends along. */
  cookie: string | undefined
  csrf: string | undefined
  readonly send: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>
}

/** A browser: keeps its cookie, says where its requests are made, repeats what its page was told. */
function browserOf({ call, url }: Stage): Client {
  const client: Client = {
    cookie: undefined, csrf: undefined,
    send: async (method, path, body, headers) => {
      const answer = await call(method, path, body, null, headers ?? { origin: url, 'sec-fetch-site': 'same-origin', ...(client.cookie === undefined ? {} : { cookie: client.cookie }), ...(client.csrf === undefined ? {} : { 'x-weir-csrf': client.csrf }) })
      const given = answer.headers.getSetCookie().find((one) => !one.includes('Max-Age=0'))
      if (given !== undefined) {
        client.cookie = given.split(';')[0]
        const who = await call('GET', '/admin/v1/session', undefined, null, { cookie: client.cookie ?? '' })
        client.csrf = (who.body as unknown as { csrf?: string }).csrf
      }
      return answer
    },
  }
  return client
}

const field = (answer: Answer, name: string): string => String((answer.body as unknown as Record<string, unknown>)[name])
const codeOfError = (answer: Answer): string => (answer.body as unknown as { error?: { code: string } }).error?.code ?? ''

function bytesOf(base32: string): Buffer {
  const bits = [...base32].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

test('beginning to sign in leaves no more rows than people who sign in would', async (t) => {
  const stage = await openAdmin({ signIn: () => ({ url: 'https://weir.example.com' }) as SignInSettings })
  t.after(stage.close)
  const begin = async (from: string): Promise<number> => (await stage.call('POST', '/admin/v1/sign-in/passkey/options', undefined, null, { 'x-forwarded-for': from })).status
  const seen: number[] = []
  for (let tries = 0; tries < 63; tries += 1) seen.push(await begin('203.0.113.7'))
  assert.deepEqual([seen.filter((status) => status === 200).length, seen.at(-1)], [60, 429])
  assert.equal(await begin('203.0.113.8'), 200, 'another address is not held up by it')
  const [rows] = await stage.store.query<{ count: string }>('admin', 'SELECT count(*) AS count FROM sign_in_challenge')
  assert.equal(rows?.count, '61')
})

/** Sets up an app in a session that may, and answers its secret. */
async function setUpApp(stage: Stage, client: Client): Promise<Buffer> {
  const begun = await client.send('POST', '/admin/v1/account/totp')
  assert.equal(begun.status, 200, begun.text)
  const secret = bytesOf(field(begun, 'secret'))
  const done = await client.send('PUT', '/admin/v1/account/totp', { ticket: field(begun, 'ticket'), code: hotp(secret, stepAt(stage.time.now)) })
  assert.equal(done.status, 200, done.text)
  return secret
}

async function firstOwner(stage: Stage, client: Client): Promise<Buffer> {
  assert.equal((await client.send('POST', '/admin/v1/sign-in/token', { token: stage.token })).status, 200)
  const made = await client.send('POST', '/admin/v1/set-up', { login: 'Owner@Example.com', name: 'The owner', password })
  assert.equal(made.status, 201, made.text)
  return setUpApp(stage, client)
}

const nextStep = (stage: Stage): void => { stage.time.now += 30_000 }

test('signing in', async (t) => {
  const stage = await openAdmin()
  t.after(stage.close)
  const browser = browserOf(stage)
  const secret = await firstOwner(stage, browser)

  await t.test('the first owner is made once, and is in', async () => {
    const who = await browser.send('GET', '/admin/v1/session')
    assert.deepEqual([field(who, 'role'), field(who, 'stage'), field(who, 'set_up')], ['owner', 'full', 'false'])
    assert.equal((await stage.call('POST', '/admin/v1/set-up', { login: 'second', name: 'x', password })).status, 409)
  })
  await cookies(t, stage, browser)
  await forgery(t, stage, browser)
  await codes(t, stage, secret)
  await guessing(t, stage, secret)
  await people(t, stage, browser)
  await ends(t, stage, secret)

  await t.test('no secret stands in the database or the log of failures', async () => {
    const everything = JSON.stringify(await Promise.all(['user', 'session', 'link', 'challenge', 'guess'].map((name) => stage.store.query('admin', `SELECT * FROM sign_in_${name}`))))
    for (const hidden of [password, secret.toString('base64'), secret.toString('hex'), (browser.cookie ?? '').split('=')[1] ?? '-', browser.csrf ?? '-']) assert.ok(!everything.includes(hidden))
    assert.deepEqual(stage.failures, [])
  })
})

async function cookies(t: TestContext, stage: Stage, browser: Client): Promise<void> {
  await t.test('cookies: out of reach of scripts and other sites; bound to the host where TLS is', async () => {
    const plain = await stage.call('POST', '/admin/v1/sign-in/token', { token: stage.token }, null, { origin: stage.url })
    assert.match(plain.headers.getSetCookie()[0] ?? '', /^weir=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const secure = await stage.call('POST', '/admin/v1/sign-in/token', { token: stage.token }, null, { origin: stage.url, 'x-forwarded-proto': 'https' })
    assert.match(secure.headers.getSetCookie()[0] ?? '', /^__Host-weir=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
  })

  await t.test('fixation: a cookie from outside never becomes a session, and each step gives a new one', async () => {
    const planted = { origin: stage.url, cookie: `weir=${'a'.repeat(43)}` }
    assert.equal((await stage.call('GET', '/admin/v1/session', undefined, null, planted)).status, 401)
    const first = await stage.call('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password }, null, planted)
    const half = first.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    assert.ok(first.status === 200 && half !== planted.cookie)
    // A password alone opens nothing.
    for (const path of ['/admin/v1/session', '/admin/v1/account', '/admin/v1/users', '/admin/v1/usage']) assert.equal((await stage.call('GET', path, undefined, null, { cookie: half })).status, 401, path)
    const [row] = await stage.store.query<{ count: string }>('admin', 'SELECT count(*) AS count FROM sign_in_session WHERE hash LIKE $1', [`%${half.split('=')[1] ?? ''}%`])
    assert.equal(row?.count, '0')
    assert.equal((await browser.send('GET', '/admin/v1/session')).status, 200)
  })
}

async function forgery(t: TestContext, stage: Stage, browser: Client): Promise<void> {
  await t.test('forgery: a change wants our page, said by the browser, and the token of its session', async () => {
    const cookie = browser.cookie ?? ''
    const csrf = browser.csrf ?? ''
    const body = { name: 'forged' }
    const good = { cookie, origin: stage.url, 'sec-fetch-site': 'same-origin', 'x-weir-csrf': csrf }
    const tries: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['no token', { cookie, origin: stage.url }], ['a wrong token', { ...good, 'x-weir-csrf': 'x' }], ['another page', { ...good, origin: 'https://evil.example' }], ['another site', { ...good, 'sec-fetch-site': 'cross-site' }],
      ['a sibling', { ...good, 'sec-fetch-site': 'same-site' }], ['no word of where', { cookie, 'x-weir-csrf': csrf }], ['a sandboxed frame', { ...good, origin: 'null' }],
    ]
    for (const [what, headers] of tries) {
      const answer = await stage.call('POST', '/admin/v1/tokens', body, null, headers)
      assert.equal(answer.status, 403, `${what}: ${answer.text}`)
      assert.ok(['csrf', 'foreign_page'].includes(codeOfError(answer)), what)
    }
    assert.equal((await stage.call('POST', '/admin/v1/tokens', { name: 'by the page' }, null, good)).status, 201)
    // Another session's token is another's.
    const other = browserOf(stage)
    await other.send('POST', '/admin/v1/sign-in/token', { token: stage.token })
    assert.equal(codeOfError(await stage.call('POST', '/admin/v1/tokens', body, null, { ...good, 'x-weir-csrf': other.csrf ?? '' })), 'csrf')
    // Signing in is not done by another site either, and programs with a bearer token need none of it.
    assert.equal(codeOfError(await stage.call('POST', '/admin/v1/sign-in/token', { token: stage.token }, null, { origin: 'https://evil.example' })), 'foreign_page')
    assert.equal((await stage.call('POST', '/admin/v1/tokens', { name: 'by a program' })).status, 201)
  })
}

async function codes(t: TestContext, stage: Stage, secret: Buffer): Promise<void> {
  await t.test('a code is good once; a recovery code too', async () => {
    nextStep(stage)
    const code = hotp(secret, stepAt(stage.time.now))
    const one = browserOf(stage)
    await one.send('POST', '/admin/v1/sign-in/password', { login: ' OWNER@example.com ', password })
    assert.equal((await one.send('POST', '/admin/v1/sign-in/code', { code })).status, 200)
    const two = browserOf(stage)
    await two.send('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password })
    assert.equal(codeOfError(await two.send('POST', '/admin/v1/sign-in/code', { code })), 'wrong_code')
    const made = await one.send('POST', '/admin/v1/account/recovery-codes')
    const [first = ''] = (made.body as unknown as { recovery_codes: string[] }).recovery_codes
    assert.equal((await two.send('POST', '/admin/v1/sign-in/code', { code: first.toUpperCase() })).status, 200)
    const three = browserOf(stage)
    await three.send('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password })
    assert.equal(codeOfError(await three.send('POST', '/admin/v1/sign-in/code', { code: first })), 'wrong_code')
  })
}

async function guessing(t: TestContext, stage: Stage, secret: Buffer): Promise<void> {
  await t.test('guessing: the same answer and the same waiting for names that are there and names that are not', async () => {
    const answers = await Promise.all(['owner@example.com', 'nobody@example.com'].map(async (login) => {
      const seen: string[] = []
      for (let tries = 0; tries < 7; tries += 1) {
        const answer = await stage.call('POST', '/admin/v1/sign-in/password', { login, password: `wrong password ${tries}` }, null)
        seen.push(`${answer.status} ${answer.text} ${answer.headers.get('retry-after') ?? ''}`)
      }
      return seen
    }))
    assert.deepEqual(answers[0], answers[1])
    assert.deepEqual(answers[0]?.map((one) => one.slice(0, 3)), ['401', '401', '401', '401', '401', '429', '429'])
    // The right password waits like the others, then comes through and clears the count.
    assert.equal((await stage.call('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password }, null)).status, 429)
    stage.time.now += 2_000
    assert.equal((await stage.call('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password }, null)).status, 200)
    stage.time.now += 25 * 3_600_000
  })

  await t.test('guessing: a hundred codes at once are counted as a hundred', async () => {
    const client = browserOf(stage)
    await client.send('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password })
    const right = hotp(secret, stepAt(stage.time.now))
    const tries = await Promise.all(Array.from({ length: 40 }, (_, index) => String(100_000 + index)).filter((code) => code !== right).map((code) => client.send('POST', '/admin/v1/sign-in/code', { code })))
    assert.equal(tries.filter((answer) => answer.status === 401).length, 5)
    assert.equal(tries.filter((answer) => answer.status === 429).length, tries.length - 5)
  })

  await t.test('guessing: one address does not try all names', async () => {
    stage.time.now += 25 * 3_600_000
    const seen: number[] = []
    for (let tries = 0; tries < 33; tries += 1) seen.push((await stage.call('POST', '/admin/v1/sign-in/password', { login: `name-${tries}`, password: 'wrong password' }, null)).status)
    assert.deepEqual([seen.filter((status) => status === 401).length, seen.at(-1)], [30, 429])
    // Another address is not held up by it.
    assert.equal((await stage.call('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password }, null, { 'x-forwarded-for': '203.0.113.9' })).status, 200)
    stage.time.now += 25 * 3_600_000
  })
}

async function people(t: TestContext, stage: Stage, browser: Client): Promise<void> {
  await t.test('one person with two tokens is one person, and a token of nobody does not count', async () => {
    // The owner's session has ended meanwhile: signed in anew, the tokens are that person's.
    const owner = (await stage.store.query<{ id: string }>('admin', 'SELECT id FROM sign_in_user'))[0]?.id ?? ''
    const tokens: string[] = []
    for (const label of ['laptop', 'server']) {
      const made = await createToken(stage.book, label, undefined, { role: 'owner', person: owner })
      tokens.push(made.status === 'made' ? made.secret : '')
    }
    const asked = await stage.call('POST', '/admin/v1/content/requests', { call: 'call_1', reason: 'a complaint about it' }, tokens[0])
    assert.equal(asked.status, 201, asked.text)
    const allow = `/admin/v1/content/requests/${field(asked, 'id')}/allow`
    assert.equal(codeOfError(await stage.call('POST', allow, undefined, tokens[1])), 'same_person')
    assert.equal(codeOfError(await stage.call('POST', allow)), 'needs_person')
    const list = await stage.call('GET', '/admin/v1/content/requests')
    assert.match(list.text, new RegExp(`"asked_by":"${owner}"`))
    // A token that a person's token makes is that person's too.
    const child = await stage.call('POST', '/admin/v1/tokens', { name: 'child' }, tokens[0])
    assert.equal(codeOfError(await stage.call('POST', allow, undefined, field(child, 'secret'))), 'same_person')
    const other = await stage.call('POST', '/admin/v1/users', { login: 'compliance', name: 'Another', role: 'compliance' })
    const second = await createToken(stage.book, 'another', undefined, { role: 'compliance', person: field(other, 'id') })
    assert.equal((await stage.call('POST', allow, undefined, second.status === 'made' ? second.secret : '')).status, 200)
    // Who is disabled takes the tokens along, and what was begun with them; who may do less does less with them.
    const begun = browserOf(stage)
    assert.equal((await begun.send('POST', '/admin/v1/sign-in/token', { token: second.status === 'made' ? second.secret : '' })).status, 200)
    assert.equal((await begun.send('GET', '/admin/v1/content/requests')).status, 200)
    assert.equal((await stage.call('PUT', `/admin/v1/users/${field(other, 'id')}`, { name: 'Another', role: 'compliance', disabled: true })).status, 200)
    assert.equal(codeOfError(await stage.call('GET', '/admin/v1/usage', undefined, second.status === 'made' ? second.secret : '')), 'user_disabled')
    assert.equal(codeOfError(await begun.send('GET', '/admin/v1/usage')), 'user_disabled')
    assert.equal((await stage.call('PUT', `/admin/v1/users/${field(other, 'id')}`, { name: 'Another', role: 'finance' })).status, 200)
    assert.equal((await begun.send('GET', '/admin/v1/usage')).status, 200)
    for (const given of [await begun.send('GET', '/admin/v1/content/requests'), await stage.call('GET', '/admin/v1/content/requests', undefined, second.status === 'made' ? second.secret : '')]) {
      assert.equal(codeOfError(given), 'not_permitted')
    }
    // An owner who was invited and never came leaves the one who is there the last.
    assert.equal((await stage.call('POST', '/admin/v1/users', { login: 'spare', name: 'Spare', role: 'owner' })).status, 201)
    assert.equal(codeOfError(await stage.call('PUT', `/admin/v1/users/${owner}`, { name: 'x', role: 'auditor' })), 'last_owner')
    assert.equal((await browser.send('GET', '/admin/v1/session')).status, 401)
  })
}

async function ends(t: TestContext, stage: Stage, secret: Buffer): Promise<void> {
  const enter = async (): Promise<Client> => {
    nextStep(stage)
    const client = browserOf(stage)
    await client.send('POST', '/admin/v1/sign-in/password', { login: 'owner@example.com', password })
    assert.equal((await client.send('POST', '/admin/v1/sign-in/code', { code: hotp(secret, stepAt(stage.time.now)) })).status, 200)
    return client
  }
  await t.test('sessions: listed, ended one by one and all at once; over when idle, and after half a day however busy', async () => {
    const [one, two] = [await enter(), await enter()]
    const list = (await one.send('GET', '/admin/v1/account/sessions')).body as unknown as { data: { id: string; present: boolean }[] }
    assert.equal(list.data.length, 2)
    assert.equal((await one.send('DELETE', `/admin/v1/account/sessions/${list.data.find((each) => !each.present)?.id ?? ''}`)).status, 200)
    assert.equal((await two.send('GET', '/admin/v1/session')).status, 401)
    const three = await enter()
    assert.equal(field(await one.send('DELETE', '/admin/v1/account/sessions'), 'ended'), '1')
    assert.equal((await three.send('GET', '/admin/v1/session')).status, 401)
    for (let half = 0; half < 23; half += 1) {
      stage.time.now += 30 * 60_000
      assert.equal((await one.send('GET', '/admin/v1/session')).status, 200, String(half))
    }
    stage.time.now += 31 * 60_000
    assert.equal((await one.send('GET', '/admin/v1/session')).status, 401)
    const idle = await enter()
    stage.time.now += 61 * 60_000
    assert.equal((await idle.send('GET', '/admin/v1/session')).status, 401)
  })

  await t.test('what is dangerous asks for a second factor shown lately', async () => {
    const client = await enter()
    stage.time.now += 16 * 60_000
    const body = { login: 'new', name: 'New', role: 'auditor' }
    assert.equal(codeOfError(await client.send('POST', '/admin/v1/users', body)), 'factor_too_old')
    assert.equal(codeOfError(await client.send('PUT', '/admin/v1/account/password', { current: password, password: 'another good one here' })), 'factor_too_old')
    assert.equal((await client.send('POST', '/admin/v1/account/confirm', { code: hotp(secret, stepAt(stage.time.now)) })).status, 200)
    const made = await client.send('POST', '/admin/v1/users', body)
    assert.equal(made.status, 201, made.text)
    const link = field(made, 'link').split('#')[1] ?? ''
    assert.equal((await stage.call('POST', '/admin/v1/sign-in/link/accept', { link, password: 'short' }, null)).status, 422)
    assert.equal((await stage.call('POST', '/admin/v1/sign-in/link/accept', { link, password: 'a harbour of tin' }, null)).status, 200)
    assert.equal((await stage.call('POST', '/admin/v1/sign-in/link/accept', { link, password: 'a harbour of lead' }, null)).status, 404)
    // A new role ends what began under the old one.
    const other = browserOf(stage)
    await other.send('POST', '/admin/v1/sign-in/password', { login: 'new', password: 'a harbour of tin' })
    const late = browserOf(stage)
    await late.send('POST', '/admin/v1/sign-in/password', { login: 'new', password: 'a harbour of tin' })
    await setUpApp(stage, other)
    // Two began to set up a factor with the password alone: the second is too late.
    assert.equal(codeOfError(await late.send('POST', '/admin/v1/account/totp')), 'second_factor_missing')
    assert.equal((await other.send('GET', '/admin/v1/users')).status, 200)
    assert.equal((await other.send('POST', '/admin/v1/users', { login: 'x2', name: 'x', role: 'owner' })).status, 403)
    assert.equal((await client.send('PUT', `/admin/v1/users/${field(made, 'id')}`, { name: 'New', role: 'finance' })).status, 200)
    assert.equal((await other.send('GET', '/admin/v1/session')).status, 401)
  })

  await t.test('a changed password ends all other sessions and this cookie; signing out ends the session, not only the cookie', async () => {
    const [one, two] = [await enter(), await enter()]
    const before = one.cookie
    assert.equal((await one.send('PUT', '/admin/v1/account/password', { current: password, password: 'quite another lantern' })).status, 200)
    assert.notEqual(one.cookie, before)
    assert.equal((await two.send('GET', '/admin/v1/session')).status, 401)
    assert.equal((await stage.call('GET', '/admin/v1/session', undefined, null, { cookie: before ?? '' })).status, 401)
    const cookie = one.cookie ?? ''
    assert.equal((await one.send('DELETE', '/admin/v1/session')).status, 200)
    assert.equal((await stage.call('GET', '/admin/v1/session', undefined, null, { cookie })).status, 401)
  })
}
