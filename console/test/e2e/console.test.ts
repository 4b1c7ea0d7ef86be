/**
 * The console in a real browser on a real server: a person signs in, sees calls arrive, makes and revokes a key. Every
 * page is checked by axe in both themes, and nothing may break the content policy or leave the server.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { cannotLook, makeCalls } from './server.ts'
import { artefacts, check, checkAll, eventually, openPage, setUp, signIn, visit } from './stage.ts'

const pages = ['/start', '/overview', '/calls', '/playground', '/models', '/access', '/settings/appearance', '/settings/tokens', '/settings/doctor', '/settings/quarantine', '/settings/events', '/settings/governance', '/settings/webhooks', '/settings/content'] as const

test('the console, as people use it', { skip: cannotLook }, async (t) => {
  const { server, browser, complaints, page } = await setUp(t)

  await t.test('a wrong token is refused in words, the right one lets in, and the address is kept', async () => {
    await page.goto('/calls?model=gpt-4.1-mini')
    await check(page, 'sign-in')
    await page.getByLabel('Admin token').fill('wadm_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('not known here').waitFor()
    await signIn(page, server)
    assert.equal(await page.locator('#main h1').textContent(), 'Calls')
    assert.match(page.url(), /\/calls\?model=gpt-4\.1-mini$/)
  })

  await t.test('with no traffic the overview says what to do, and fills as calls arrive', async () => {
    await visit(page, '/overview')
    await page.getByRole('heading', { name: 'The first minute' }).waitFor()
    await page.getByText('Waiting for the first call').waitFor()
    await makeCalls(server, 3)
    await page.locator('[data-live-calls] tbody tr').nth(2).waitFor()
    await page.getByText('Spent this month').waitFor()
    await page.getByText('Every event is accounted for').waitFor()
    await page.screenshot({ path: join(artefacts, 'overview.png'), fullPage: true })
  })

  await t.test('the sample runs with a key made here', async () => {
    await visit(page, '/start')
    await page.getByRole('button', { name: 'Create a key' }).click()
    await page.locator('[data-secret]').waitFor()
    assert.match(await page.locator('[data-secret]').innerText(), /^sk-weir-/)
    await page.getByRole('button', { name: 'Run the sample' }).click()
    await page.getByText('24 of 24 sent').waitFor()
    await page.locator('[data-live-calls] tbody tr').nth(22).waitFor()
  })

  await t.test('a call is found, and shown in full with its price rows', async () => {
    await visit(page, '/calls')
    await page.locator('[role=row] a').first().waitFor()
    // 3 calls and 24 of the sample, of which one named no model and was never dialled.
    await page.waitForFunction(() => Number(document.querySelector('[data-rows]')?.getAttribute('data-rows')) >= 26)
    const rows = Number(await page.locator('[data-rows]').getAttribute('data-rows'))
    await makeCalls(server, 2)
    await page.waitForFunction((before) => Number(document.querySelector('[data-rows]')?.getAttribute('data-rows')) >= before + 2, rows)
    await page.locator('[role=row] a').first().click()
    await page.getByText('Usage: reported by the supplier').waitFor()
    assert.ok((await page.getByText(/^price_[0-9a-f]+$/).count()) >= 2)
    await check(page, 'one call')
    await page.screenshot({ path: join(artefacts, 'call.png'), fullPage: true })
  })

  await t.test('a key is created, its secret shown once, works, is revoked with its consequences said, and is refused', async () => {
    await visit(page, '/access')
    await page.getByRole('button', { name: 'Create a key' }).click()
    await page.getByLabel('Name of the key').fill('from-the-console')
    await check(page, 'a form')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    const secret = await page.locator('dialog [data-secret]').innerText()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    assert.equal((await page.content()).includes(secret), false)
    const call = (): Promise<number> => fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } }).then((answer) => answer.status)
    await eventually(call, 200)
    await page.getByRole('button', { name: 'Revoke default/default/from-the-console' }).click()
    await page.getByText('gets 401 within two seconds, on every node').waitFor()
    await check(page, 'a confirmation')
    await page.getByRole('button', { name: 'Revoke the key' }).click()
    await page.locator('dialog').waitFor({ state: 'detached' })
    await eventually(call, 401)
  })

  await t.test('a budget is set and seen on the overview', async () => {
    await page.getByRole('button', { name: 'Limits & budget: default' }).click()
    await page.getByLabel('Budget', { exact: true }).fill('25.00')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/of \$25\.00/).waitFor()
  })

  await t.test('two models answer side by side, with their costs', async () => {
    await visit(page, '/playground')
    await page.getByLabel('Client key').fill(server.key)
    for (const model of ['gpt-4.1', 'gpt-4o-mini']) await page.getByLabel('Models, at most three').selectOption(model)
    await page.getByLabel('Message').fill('How is a river measured?')
    await page.getByRole('button', { name: 'Send' }).click()
    for (const model of ['gpt-4.1', 'gpt-4o-mini']) await page.locator(`[data-answer="${model}"]`).getByText('The call in full').waitFor()
    assert.match(page.url(), /models=gpt-4\.1%2Cgpt-4o-mini/)
    await check(page, 'playground with answers')
  })

  await t.test('every page passes axe and fits the screen: light and wide', async () => {
    await checkAll(page, pages)
    await visit(page, '/nowhere')
    await check(page, 'no such page')
  })

  await t.test('and in dark on a phone, in Italian', async () => {
    const phone = await openPage(browser, server, complaints, { locale: 'it-IT', colorScheme: 'dark', viewport: { width: 360, height: 740 } })
    await phone.goto('/overview')
    await signIn(phone, server)
    await checkAll(phone, ['/overview', '/access', '/playground'], 'looks')
    await visit(phone, '/money')
    assert.equal(await phone.locator('#main h1').textContent(), 'Conti')
    await phone.screenshot({ path: join(artefacts, 'money-phone-dark.png'), fullPage: true })
    await phone.getByRole('button', { name: 'Menu', exact: true }).click()
    await check(phone, 'menu on a phone')
    await phone.context().close()
  })

  await t.test('signing out forgets the token', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out').waitFor()
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
    assert.deepEqual(complaints, [])
  })
})
