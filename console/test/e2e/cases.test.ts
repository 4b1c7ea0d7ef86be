/** A case in the console from its signal to the appeal that reverses it: two people suspend, calls stop, the customer appeals, calls go on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { cannotLook, makeCalls } from './server.ts'
import { ask, bookedCall, check, checkAll, eventually, openPage, setUp, shoot, signIn, visit } from './stage.ts'

const act = async (page: Page, name: string, says: string, more?: () => Promise<unknown>): Promise<void> => {
  await page.getByRole('button', { name, exact: true }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Why, in a sentence that all parties may read').fill(says)
  await more?.()
  await dialog.getByRole('button', { name, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
}

test('a case, as all its parties see it', { skip: cannotLook }, async (t) => {
  const { server, browser, page, complaints } = await setUp(t)
  const person = async (name: string, organization?: string): Promise<string> => (await ask<{ secret: string }>(server, 'POST', '/admin/v1/tokens', { name, ...(organization === undefined ? {} : { organization }) })).secret
  const [second, third, customer] = [await person('second-person'), await person('third-person'), await person('customer', 'default')]
  const as = async (token: string, path: string): Promise<Page> => {
    const other = await openPage(browser, server, complaints)
    await other.goto(path)
    await signIn(other, { ...server, adminToken: token })
    return other
  }
  await ask(server, 'PUT', '/admin/v1/contracts/default-one', { party: 'default', side: 'customer', currency: 'USD', term: { from: '2026-01-01' }, terms: { minimum: { amount: '3000', whenSuspended: 'pause' } } })
  await makeCalls(server, 2)
  const { call, key } = await bookedCall(server)
  const status = (): Promise<number> => fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'gpt-4.1-mini', messages: [{ role: 'user', content: 'Hello?' }] }) }).then(async (answer) => { await answer.arrayBuffer(); return answer.status })
  let path = ''

  await t.test('it is opened, taken up, and notice is given', async () => {
    await page.goto('/cases')
    await signIn(page, server)
    await page.getByText('No case waits').waitFor()
    await page.getByRole('button', { name: 'Open a case' }).click()
    await page.getByLabel('Key (optional)').fill(key)
    await page.getByLabel('Clause').selectOption('oai.extract')
    await page.getByLabel(/^What happened/).fill('Prompts ask for hidden reasoning, again and again.')
    await page.getByLabel(/^Evidence/).fill(call)
    await check(page, 'the form of a case')
    await page.getByRole('dialog').getByRole('button', { name: 'Open a case' }).last().click()
    await page.getByRole('heading', { name: 'Prompts ask for hidden reasoning, again and again.' }).waitFor()
    path = new URL(page.url()).pathname
    await act(page, 'Take it up', 'We look at it.')
    await act(page, 'Open it', 'The calls show it.')
    await act(page, 'Give notice', 'Please explain these prompts.')
  })

  await t.test('the customer reads it with its own sign-in and answers; nothing else is offered', async () => {
    const theirs = await as(customer, path)
    await theirs.getByRole('button', { name: 'Answer the notice' }).click()
    await theirs.getByLabel('Your own words').fill('It is our evaluation suite.')
    await theirs.getByRole('dialog').getByRole('button', { name: 'Answer the notice' }).last().click()
    await theirs.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await theirs.getByRole('button', { name: 'Restrict' }).count(), 0)
    await check(theirs, 'a case as the customer sees it')
    await theirs.context().close()
  })

  await t.test('it is decided; a suspension says what follows and waits for a second person; then calls are refused', async () => {
    await page.reload()
    await act(page, 'Investigate', 'The answer is looked into.')
    await act(page, 'Decide', 'It extracts the model.', () => page.getByLabel('Finding').selectOption('penalty'))
    await page.getByRole('button', { name: 'Restrict' }).click()
    await page.getByLabel('What', { exact: true }).selectOption('suspend_account')
    await page.getByRole('region', { name: 'What it does to its contracts' }).getByText('minimum').waitFor()
    await page.getByLabel('What', { exact: true }).selectOption('suspend_key')
    await page.getByText('It takes effect when a second person approves').waitFor()
    await page.getByRole('dialog').getByLabel(/^Evidence/).fill(call)
    await check(page, 'the form of a restriction')
    await page.getByRole('dialog').getByRole('button', { name: 'Restrict' }).click()
    await page.getByText('waits for a second person').waitFor()
    assert.equal(await status(), 200)
    await page.getByRole('button', { name: 'Approve: suspend a key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).last().click()
    await page.getByText('another person has to approve').waitFor()
    await page.keyboard.press('Escape')
    const other = await as(second, path)
    await other.getByRole('button', { name: 'Approve: suspend a key' }).click()
    await other.getByText('gets 403 within two seconds').waitFor()
    await other.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).last().click()
    await other.getByText('in force', { exact: true }).waitFor()
    await eventually(status, 403)
    await check(other, 'a case in full')
    await shoot(other, 'case')
    await other.context().close()
  })

  await t.test('the customer appeals; who decided may not decide it, another person reverses, and calls go on', async () => {
    const theirs = await as(customer, path)
    await theirs.getByText('Statement of reasons').first().waitFor()
    await theirs.getByRole('button', { name: 'Appeal', exact: true }).click()
    await theirs.getByLabel('Your own words').fill('The suite was registered a month ago.')
    await theirs.getByRole('button', { name: 'Appeal the decision' }).click()
    await theirs.getByText('Appealed', { exact: true }).waitFor()
    await shoot(theirs, 'case-customer')
    await theirs.context().close()
    await page.reload()
    await page.getByRole('button', { name: 'Reverse' }).click()
    await page.getByLabel('Why, in a sentence that all parties may read').fill('We were wrong.')
    await page.getByRole('dialog').getByRole('button', { name: 'Reverse' }).click()
    await page.getByText('Whoever decided or restricted does not decide the appeal').waitFor()
    await page.keyboard.press('Escape')
    const other = await as(third, path)
    await act(other, 'Reverse', 'The evaluation was registered.')
    await other.getByText('reversed', { exact: true }).first().waitFor()
    await eventually(status, 200)
    const pack = async (): Promise<string> => {
      const [download] = await Promise.all([other.waitForEvent('download'), other.getByRole('button', { name: 'Evidence pack' }).click()])
      return readFileSync(await download.path(), 'utf8')
    }
    // A pack waits for a signed checkpoint over the case.
    const made = (): Promise<number> => fetch(`${server.url}/admin/v1/cases/${path.split('/').at(-1) ?? ''}/pack`, { method: 'POST', headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json' }, body: '{}' }).then(async (answer) => { await answer.arrayBuffer(); return answer.status })
    await eventually(made, 200)
    assert.match(await pack(), /"payloadType"/)
    await other.context().close()
  })

  await t.test('a drill is held on paper', async () => {
    await visit(page, '/cases/drills')
    await page.getByRole('button', { name: 'Hold a drill' }).click()
    const name = page.getByRole('dialog').getByLabel('Name')
    assert.equal(await name.inputValue(), 'openai', 'the form proposes the maker that serves most')
    await name.fill('')
    assert.equal(await name.inputValue(), '', 'an emptied field stays empty')
    await name.fill('openai')
    await page.getByRole('dialog').getByRole('button', { name: 'Hold a drill' }).last().click()
    await page.getByRole('heading', { name: 'Without maker openai' }).waitFor()
    await shoot(page, 'drill')
  })

  const pages = ['/cases', '/cases?show=all', '/cases/signals', '/cases/referrals', '/cases/notices', '/cases/drills'] as const
  await t.test('every page passes axe and fits the screen, before and after', async () => {
    await checkAll(page, [...pages, `${path}?view=maker`])
    assert.deepEqual(complaints, [])
  })
})
