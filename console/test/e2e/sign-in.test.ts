/**
 * From the printed token to the first owner, a second factor, a passkey, a colleague by a link, and a customer who sees
 * its own and no more: in a real browser, with an authenticator that the browser plays.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { check, openPage, setUp, shoot, visit } from './stage.ts'
import { cannotLook } from './server.ts'

/** RFC 6238, from the secret as the page shows it: what an app on a phone does. */
function codeOf(shown: string, ms: number): string {
  const bits = [...shown.replaceAll(/\s/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(ms / 30_000)))
  const mac = createHmac('sha1', secret).update(counter).digest()
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

/** Sets up the app that a page shows, and answers its secret and the recovery codes. */
async function setUpApp(page: Page): Promise<{ readonly secret: string; readonly codes: readonly string[] }> {
  const secret = await page.locator('[data-totp]').innerText()
  await page.getByLabel('Code', { exact: true }).fill(codeOf(secret, Date.now()))
  await page.getByRole('button', { name: 'Finish' }).click()
  await page.locator('[data-recovery] li').first().waitFor()
  return { secret, codes: await page.locator('[data-recovery] li').allInnerTexts() }
}

const password = 'otter lantern quarry noon'

test('signing in, as people do it', { skip: cannotLook }, async (t) => {
  const stage = await setUp(t)
  const { browser, complaints } = stage
  // Passkeys are bound to a name, not to an IP address.
  const server = { ...stage.server, url: stage.server.url.replace('127.0.0.1', 'localhost') }
  const page = await openPage(browser, server, complaints)
  let owner = { secret: '', codes: [] as readonly string[] }

  await t.test('the printed token opens the page that makes the first owner, with a second factor', async () => {
    await page.goto('/')
    await page.getByLabel('Admin token').fill(server.adminToken)
    await check(page, 'the door on the first day')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'The first owner' }).waitFor()
    await check(page, 'the first owner')
    await shoot(page, 'set-up')
    await page.getByLabel('Your name').fill('Owner of the house')
    await page.getByLabel('E-mail or name').fill('owner@example.com')
    await page.getByLabel('Password').fill('password1234')
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByText('among those that are tried first').waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByRole('heading', { name: 'A second factor' }).waitFor()
    await page.locator('[data-totp]').waitFor()
    await check(page, 'setting up an app')
    await shoot(page, 'set-up-app')
    owner = await setUpApp(page)
    assert.equal(owner.codes.length, 10)
    await check(page, 'recovery codes')
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.locator('#main h1', { hasText: 'The case' }).waitFor()
    assert.match(page.url(), /\/the-case$/, 'on a sandbox installation the case comes first')
    await page.getByText('Owner of the house').first().waitFor()
  })

  await t.test('the cookie is out of reach of scripts, and nothing else is kept', async () => {
    const [cookie] = await page.context().cookies()
    assert.deepEqual([cookie?.name, cookie?.httpOnly, cookie?.sameSite, cookie?.expires], ['weir', true, 'Strict', -1])
    assert.equal(await page.evaluate(() => document.cookie), '')
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
  })

  await t.test('a passkey is added and signs in by itself', async () => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } })
    await visit(page, '/account')
    await check(page, 'account')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByLabel('Name of this passkey').fill('this laptop')
    await check(page, 'adding a passkey')
    await page.locator('dialog').getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('cell', { name: 'this laptop', exact: true }).waitFor()
    await shoot(page, 'account')
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByText('You are signed out').waitFor()
    await check(page, 'the door')
    await shoot(page, 'sign-in')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('Owner of the house').first().waitFor()
  })

  await t.test('a password alone is not enough; a recovery code takes the place of the app, once', async () => {
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    for (const [given, says] of [['wrong password here', 'do not belong together'], [password, '']] as const) {
      await page.getByLabel('E-mail or name').fill('Owner@Example.com')
      await page.getByLabel('Password').fill(given)
      await page.getByRole('button', { name: 'Continue' }).click()
      if (says !== '') await page.getByText(says).waitFor()
    }
    await page.getByRole('heading', { name: 'Second factor' }).waitFor()
    await check(page, 'second factor')
    await page.getByLabel('Code').fill('000000')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This code is not right').waitFor()
    await page.getByLabel('Code').fill(owner.codes[0] ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Owner of the house').first().waitFor()
    await visit(page, '/account')
    await page.getByText('9 left').waitFor()
  })

  let link = ''
  await t.test('a customer is invited by a link that is shown once', async () => {
    await visit(page, '/settings/members')
    await check(page, 'members')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByLabel('Name', { exact: true }).fill('A customer')
    await page.getByLabel('E-mail or name to sign in with').fill('customer')
    await page.getByLabel('Role').selectOption('customer')
    await page.getByLabel('Organization').selectOption('default')
    await check(page, 'inviting')
    await page.locator('dialog').getByRole('button', { name: 'Invite' }).click()
    link = await page.locator('dialog [data-secret]').innerText()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('cell', { name: /^A customer/ }).waitFor()
    await shoot(page, 'members')
    assert.match(link, /\/welcome#[\w-]{43}$/)
  })

  await t.test('who sets a password by it and sees its own, on a phone, in the dark, in Italian', async () => {
    const phone = await openPage(browser, server, complaints, { locale: 'it-IT', colorScheme: 'dark', viewport: { width: 360, height: 740 } })
    await phone.goto(new URL(link).pathname + new URL(link).hash)
    await phone.getByLabel('Password').fill('lanterna scoglio martedì')
    await check(phone, 'welcome on a phone', true)
    await phone.getByRole('button', { name: 'Continua' }).click()
    await phone.locator('[data-totp]').waitFor()
    await check(phone, 'second factor on a phone', true)
    const secret = await phone.locator('[data-totp]').innerText()
    await phone.getByLabel('Codice', { exact: true }).fill(codeOf(secret, Date.now()))
    await phone.getByRole('button', { name: 'Fine' }).click()
    await phone.locator('[data-recovery] li').first().waitFor()
    await check(phone, 'recovery codes on a phone', true)
    await phone.getByRole('button', { name: 'Li ho conservati' }).click()
    await phone.waitForURL('**/money')
    await phone.locator('#main h1').waitFor()
    await phone.getByRole('button', { name: 'Menu', exact: true }).click()
    const areas = await phone.locator('#areas li').allInnerTexts()
    assert.deepEqual(areas, ['Accessi', 'Conti', 'Casi', 'Impostazioni'])
    await phone.getByRole('button', { name: 'Chiudi menu' }).click()
    await visit(phone, '/calls')
    await phone.getByRole('heading', { name: 'Accesso non consentito' }).waitFor()
    await check(phone, 'no permission on a phone', true)
    for (const path of ['/account', '/settings/members']) {
      await visit(phone, path)
      await check(phone, `${path} on a phone`, true)
    }
    await shoot(phone, 'account-phone-dark')
    await phone.context().close()
  })

  await t.test('an act that is dangerous asks for the second factor again, and goes on with it', async () => {
    // The page asks because the server says so; here the answer of a quarter of an hour later is given at once.
    let once = true
    await page.route('**/admin/v1/users/*', async (route) => {
      if (once && route.request().method() === 'PUT') {
        once = false
        await route.fulfill({ status: 403, contentType: 'application/json', body: JSON.stringify({ error: { message: 'confirm', code: 'factor_too_old' } }) })
      } else await route.fallback()
    })
    await page.getByRole('button', { name: 'Disable A customer' }).click()
    await check(page, 'disabling')
    await page.locator('dialog').getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
    await page.getByLabel(/^Code of your authenticator app/).fill(owner.codes[1] ?? '')
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('disabled', { exact: true }).waitFor()
  })

  await t.test('nothing broke the content policy or left the server', () => assert.deepEqual(complaints.filter((one) => !/status of 403/.test(one)), []))
})
