/** Terms in the console: a clause signed off by two people, a purpose registered and explained, lineage drawn, receipts verified in the page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cannotLook, makeCalls } from './server.ts'
import { ask, bookedCall, check, checkAll, openPage, setUp, shoot, signIn, visit } from './stage.ts'

test('terms, as compliance uses them', { skip: cannotLook }, async (t) => {
  const { server, browser, page, complaints } = await setUp(t)
  const second = await ask<{ secret: string }>(server, 'POST', '/admin/v1/tokens', { name: 'second-person' })
  await makeCalls(server, 3)

  await t.test('a clause is found, signed off by one person, then by another, and binds', async () => {
    await page.goto('/terms')
    await signIn(page, server)
    await page.getByLabel('Find in clauses').fill('compete')
    await page.getByRole('link', { name: 'oai.compete' }).click()
    await page.getByText('must not be used to develop models').first().waitFor()
    await check(page, 'a clause')
    await shoot(page, 'clause')
    await page.getByRole('button', { name: 'Sign off' }).click()
    await page.getByText('A second person has to approve it').waitFor()
    await page.getByRole('button', { name: 'Sign off' }).last().click()
    await page.getByText('one of two approvals').waitFor()
    await page.getByRole('button', { name: 'Sign off' }).click()
    await page.getByRole('button', { name: 'Sign off' }).last().click()
    await page.getByText('another person has to approve').waitFor()
    await page.keyboard.press('Escape')
    const other = await openPage(browser, server, complaints)
    await other.goto('/terms/clauses/oai.compete')
    await signIn(other, { ...server, adminToken: second.secret })
    await other.getByRole('button', { name: 'Sign off' }).click()
    await other.getByText('You are the second').waitFor()
    await other.getByRole('button', { name: 'Sign off' }).last().click()
    await other.getByText('binding', { exact: true }).waitFor()
    await other.context().close()
  })

  await t.test('a change is drafted, tried on recorded decisions, saved, and its difference stands beside it', async () => {
    await visit(page, '/terms/clauses/house.use')
    await page.getByRole('button', { name: 'Draft a change' }).click()
    await page.getByRole('textbox', { name: 'What it says' }).fill('Calls need a registered purpose, always.')
    await page.getByRole('button', { name: 'Simulate' }).click()
    await page.getByText(/recorded decisions looked at/).waitFor()
    await check(page, 'a draft')
    await page.getByRole('button', { name: 'Save as a new version' }).click()
    await page.getByText('do not carry over').waitFor()
    await page.getByRole('button', { name: 'Save as a new version' }).last().click()
    await page.getByRole('group', { name: 'Version 2 against the one before' }).waitFor()
  })

  await t.test('a purpose is registered, and every model answers whether it may serve it', async () => {
    await visit(page, '/terms/register/purposes')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByLabel('Id', { exact: true }).fill('tickets')
    await page.getByLabel('What is to be done').fill('Train a chat model on support tickets')
    await page.getByLabel('Phase').selectOption('training')
    await page.getByLabel('What is trained').selectOption('chat')
    await page.getByLabel('Distributed').selectOption('external')
    await page.getByLabel('Owner').fill('support')
    await check(page, 'the form of a purpose')
    await page.getByRole('button', { name: 'Register', exact: true }).last().click()
    await page.getByRole('link', { name: /What may it use/ }).click()
    await page.getByText('refused', { exact: true }).first().waitFor()
    await page.getByRole('link', { name: 'oai.compete' }).first().waitFor()
    await check(page, 'what a purpose may use')
    await shoot(page, 'explain')
  })

  await t.test('lineage is drawn, and what is chosen stands in full', async () => {
    const entries = [['base-weights', { organization: 'default', kind: 'weights', origin: 'unknown', licences: ['apache-2.0'] }], ['old-tickets', { organization: 'default', kind: 'dataset', origin: 'unknown' }], ['ticket-model', { organization: 'default', kind: 'model', origin: 'unknown', from: ['base-weights', 'old-tickets'] }]] as const
    for (const [id, body] of entries) await ask(server, 'PUT', `/admin/v1/lineage/${id}`, body)
    await visit(page, '/terms/datasets')
    await page.getByRole('list', { name: 'Lineage' }).getByRole('link', { name: /^ticket-model/ }).click()
    await page.getByRole('heading', { name: 'Chosen: ticket-model' }).waitFor()
    assert.match(page.url(), /id=ticket-model/)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Bill of materials' }).click()])
    assert.match(download.suggestedFilename(), /ticket-model\.bom\.json/)
    await check(page, 'lineage')
    await shoot(page, 'lineage')
    await page.getByRole('button', { name: 'Make a dataset' }).click()
    await page.getByLabel('Name').fill('tickets-one')
    await page.getByRole('button', { name: 'Through the gate' }).click()
    await page.getByRole('button', { name: 'Close' }).last().waitFor()
    await check(page, 'what the gate answered')
    await page.getByRole('button', { name: 'Close' }).last().click()
  })

  await t.test('a receipt verifies in the page, a changed one does not, and the logs are whole', async () => {
    const { call } = await bookedCall(server)
    await visit(page, `/calls/${call}`)
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.getByText('Verified', { exact: true }).waitFor()
    const receipts = await ask<{ data: { file: string }[]; keys: string[] }>(server, 'GET', `/admin/v1/receipts/${call}`)
    await visit(page, '/terms/logs')
    await page.getByLabel('Proof, signed manifest or statement of use').fill((receipts.data[0]?.file ?? '').replace('index ', 'index 1'))
    await page.getByLabel('Key or policy that you trust').fill(receipts.keys[0] ?? '')
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.getByText('Not verified', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Check the logs' }).click()
    await page.getByText('whole', { exact: true }).first().waitFor()
    await shoot(page, 'logs')
  })

  const pages = ['/terms', '/terms/use', '/terms/register/purposes', '/terms/register/attestations', '/terms/register/agreements', '/terms/register/exclusivities', '/terms/datasets?id=ticket-model', '/terms/decisions', '/terms/logs'] as const
  await t.test('every page passes axe and fits the screen, wide', async () => {
    await checkAll(page, pages)
    assert.deepEqual(complaints, [])
  })
})
