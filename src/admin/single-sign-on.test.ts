/** Single sign-on against a real OpenID Connect server, `oidc-provider`, which runs in this test and signs people in by its own pages. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import test from 'node:test'
import { openAdmin, type Stage } from '../../test/admin-stage.ts'
import { signInSchema, type SignInSettings } from './people/settings.ts'

/** The package brings no types. */
const untyped: string = 'oidc-provider'

interface ProviderApp { readonly callback: () => (request: IncomingMessage, response: ServerResponse) => void }

const keyOf = (kid: string): object => ({ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' })

/** Whoever types a name at the provider is that name; groups by name. */
const groups: Readonly<Record<string, readonly string[]>> = { ada: ['staff', 'weir-finance'], bob: ['weir-acme'], eve: ['nothing here'] }

interface Running { readonly issuer: string; readonly rotate: (kid: string) => Promise<void>; readonly close: () => void }

async function startProvider(returnTo: string): Promise<Running> {
  const { default: Provider } = await import(untyped) as unknown as { default: new (issuer: string, settings: object) => ProviderApp }
  let app: ProviderApp | undefined
  const server: Server = createServer((request, response) => app?.callback()(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const open = (kid: string): void => {
    app = new Provider(issuer, {
      clients: [{ client_id: 'weir', client_secret: 'the-client-secret-of-the-test', redirect_uris: [returnTo], post_logout_redirect_uris: [new URL('/', returnTo).href] }],
      jwks: { keys: [keyOf(kid)] }, cookies: { keys: ['test'] }, claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email'] }, conformIdTokenClaims: false, pkce: { required: () => true },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} of the test`, groups: groups[id] ?? [] }) }),
    })
  }
  open('first')
  return { issuer, rotate: async (kid) => { open(kid); await Promise.resolve() }, close: () => { server.closeAllConnections(); server.close() } }
}

/** A browser's jar: follows redirects, keeps cookies by host and port. */
function jar(): { readonly cookies: Map<string, Map<string, string>>; readonly get: (url: string, form?: Readonly<Record<string, string>>) => Promise<{ readonly status: number; readonly text: string; readonly location: string | undefined }> } {
  const cookies = new Map<string, Map<string, string>>()
  return {
    cookies,
    get: async (url, form) => {
      const { host } = new URL(url)
      const mine = cookies.get(host) ?? new Map<string, string>()
      cookies.set(host, mine)
      const answer = await fetch(url, { redirect: 'manual', headers: { cookie: [...mine].map(([name, value]) => `${name}=${value}`).join('; ') }, ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }) })
      for (const one of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = (one.split(';')[0] ?? '').split(/=(.*)/s)
        if (value === '' || /expires=Thu, 01 Jan 1970/i.test(one)) mine.delete(name)
        else mine.set(name, value)
      }
      const to = answer.headers.get('location')
      return { status: answer.status, text: await answer.text(), location: to === null ? undefined : new URL(to, url).href }
    },
  }
}

type Jar = ReturnType<typeof jar>

/** Through the provider's own pages as `name`, up to the address that it sends the browser back to. */
async function toCallback(browser: Jar, start: string, name: string): Promise<string> {
  let at = await browser.get(start)
  for (let steps = 0; steps < 15; steps += 1) {
    if (at.location?.includes('/sign-in/sso/callback') === true) return at.location
    if (at.location !== undefined) at = await browser.get(at.location)
    else {
      const action = /action="([^"]+)"/.exec(at.text)?.[1] ?? ''
      at = await browser.get(action, at.text.includes('name="login"') ? { prompt: 'login', login: name, password: 'any' } : { prompt: 'consent' })
    }
  }
  throw new Error(`the provider did not send ${name} back: ${at.text.slice(0, 300)}`)
}

const problemIn = (location: string | undefined): string => new URL(location ?? 'http://x').searchParams.get('problem') ?? ''

test('single sign-on with a real identity provider', async (t) => {
  // The address has to be known to both before either runs: a port that is free now.
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => holder.once('listening', resolve))
  const { port } = holder.address() as { port: number }
  await new Promise<void>((resolve) => holder.close(() => resolve()))
  const url = `http://127.0.0.1:${port}`
  const provider = await startProvider(`${url}/admin/v1/sign-in/sso/callback`)
  const settings = (issuer: string): SignInSettings => signInSchema.parse({
    url, oidc: { issuer, clientId: 'weir', clientSecret: 'the-client-secret-of-the-test', label: 'House account', roles: { 'weir-finance': 'finance', 'weir-acme': { role: 'customer', organization: 'acme' } } },
  })
  const stage: Stage = await openAdmin({ signIn: () => settings(provider.issuer) }, port)
  t.after(async () => {
    provider.close()
    await stage.close()
  })
  const start = `${url}/admin/v1/sign-in/sso`
  const who = async (browser: Jar): Promise<Readonly<Record<string, unknown>>> => JSON.parse((await browser.get(`${url}/admin/v1/session`)).text) as Readonly<Record<string, unknown>>

  await t.test('code, PKCE, state and nonce go out; the group decides the role; the user is made on the way', async () => {
    const browser = jar()
    const out = await browser.get(start)
    const asked = new URL(out.location ?? '').searchParams
    assert.deepEqual([asked.get('response_type'), asked.get('code_challenge_method'), (asked.get('state') ?? '').length > 20, (asked.get('nonce') ?? '').length > 20], ['code', 'S256', true, true])
    const back = await browser.get(await toCallback(browser, start, 'ada'))
    assert.deepEqual([back.status, back.location], [302, `${url}/`])
    const { role, name, person, stage: how } = await who(browser)
    assert.deepEqual([role, name, person, how], ['finance', 'ada of the test', true, 'full'])
    const customer = jar()
    await customer.get(await toCallback(customer, start, 'bob'))
    assert.deepEqual([(await who(customer))['role'], (await who(customer))['organization']], ['customer', 'acme'])
  })

  await t.test('who has no group with a role does not get in', async () => {
    const browser = jar()
    const back = await browser.get(await toCallback(browser, start, 'eve'))
    assert.match(problemIn(back.location), /none of your groups has a role/)
    assert.equal((await browser.get(`${url}/admin/v1/session`)).status, 401)
    assert.equal((await stage.store.query('admin', `SELECT FROM sign_in_user WHERE subject = 'eve'`)).length, 0)
  })

  await t.test('a wrong state, another browser, a code used twice, a wrong nonce and a wrong issuer are refused', async () => {
    const refused = async (what: string, browser: Jar, callback: string, says: RegExp): Promise<void> => {
      const back = await browser.get(callback)
      assert.match(problemIn(back.location), says, what)
      assert.equal((await browser.get(`${url}/admin/v1/session`)).status, 401, what)
    }
    const one = jar()
    const callback = new URL(await toCallback(one, start, 'ada'))
    callback.searchParams.set('state', 'another')
    await refused('state', one, callback.href, /not accepted/)
    const two = jar()
    await refused('another browser', jar(), await toCallback(two, start, 'ada'), /did not set out/)
    const three = jar()
    const good = await toCallback(three, start, 'ada')
    await three.get(good)
    await refused('used twice', jar(), good, /did not set out/)
    const four = jar()
    const withNonce = await toCallback(four, start, 'ada')
    await stage.store.query('admin', `UPDATE sign_in_challenge SET body = jsonb_set(body, '{nonce}', '"another"') WHERE kind = 'single-sign-on'`)
    await refused('nonce', four, withNonce, /not accepted/)
    const five = jar()
    const issued = new URL(await toCallback(five, start, 'ada'))
    assert.equal(issued.searchParams.get('iss'), provider.issuer)
    issued.searchParams.set('iss', 'https://evil.example')
    await refused('issuer', five, issued.href, /not accepted/)
    const six = jar()
    const verified = await toCallback(six, start, 'ada')
    await stage.store.query('admin', `UPDATE sign_in_challenge SET body = jsonb_set(body, '{verifier}', to_jsonb(repeat('x', 43))) WHERE kind = 'single-sign-on'`)
    await refused('verifier', six, verified, /not accepted/)
  })

  await t.test('a rotated key is the key from then on', async () => {
    await provider.rotate('second')
    const browser = jar()
    const back = await browser.get(await toCallback(browser, start, 'ada'))
    assert.equal(back.location, `${url}/`, problemIn(back.location))
    assert.equal((await stage.store.query('admin', `SELECT FROM sign_in_user WHERE subject = 'ada'`)).length, 1)
  })

  await t.test('a disabled user stays out; signing out names where the provider\'s session ends', async () => {
    const browser = jar()
    await browser.get(await toCallback(browser, start, 'bob'))
    const { csrf, actor } = await who(browser)
    const cookie = [...(browser.cookies.get(new URL(url).host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
    const out = await fetch(`${url}/admin/v1/session`, { method: 'DELETE', headers: { cookie, origin: url, 'x-weir-csrf': String(csrf) } })
    const { continue_at: next } = await out.json() as { continue_at: string }
    assert.ok(next.startsWith(`${provider.issuer}/session/end?`) && next.includes('client_id=weir'), next)
    await stage.store.query('admin', 'UPDATE sign_in_user SET disabled_ms = 1 WHERE id = $1', [actor])
    const again = jar()
    assert.match(problemIn((await again.get(await toCallback(again, start, 'bob'))).location), /disabled/)
    assert.ok(!JSON.stringify(stage.failures).includes('the-client-secret'))
  })
})
