/** The case and the outlook in a real browser on a real server: a chapter is played, what changed is shown and led to, and planning is looked at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cannotLook } from './server.ts'
import { ask, check, checkAll, setUp, shoot, signIn, visit } from './stage.ts'

const pages = ['/the-case', '/the-case?view=buyer&chapter=8', '/outlook', '/outlook?base=usage&customer=buyer&scenario=ramp&months=6', '/outlook/guidance', '/outlook/capacity', '/outlook/calendar', '/outlook/diversion?signal=kept'] as const

test('the case is played chapter by chapter, and the outlook reads what it left', { skip: cannotLook }, async (t) => {
  const { server, complaints, page } = await setUp(t)

  await t.test('a sandbox installation opens with the case, empty and saying so', async () => {
    await page.goto('/the-case')
    await signIn(page, server)
    assert.equal(await page.locator('#main h1').textContent(), 'The case')
    await page.getByText('nothing yet').first().waitFor()
    await page.getByText('reported', { exact: true }).first().waitFor()
    await check(page, 'the case before anything happened')
  })

  await t.test('a chapter runs here, says what it did, and its figures lead to their pages', async () => {
    page.setDefaultTimeout(90_000)
    await page.getByRole('button', { name: /^Play it here: Outlook/ }).click()
    await page.getByText('100 calls of 4 customers', { exact: false }).waitFor()
    await page.getByRole('heading', { name: 'What changed in each book' }).waitFor()
    await page.getByText('20.0 of 83.33 million USD, 24.0 %').waitFor()
    page.setDefaultTimeout(30_000)
    assert.match(page.url(), /chapter=8/)
    await check(page, 'the case with a chapter played')
    await shoot(page, 'case')
    await page.getByRole('link', { name: 'usage of all customers at list price' }).click()
    await page.locator('#main h1', { hasText: 'Money' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'What changed in each book' }).waitFor()
  })

  await t.test('what if the buyer leaves: 76 % is retained, in an address that can be sent', async () => {
    await visit(page, '/outlook?base=usage')
    await page.getByLabel('Customer').selectOption('buyer')
    await page.getByText('Net revenue retention').waitFor()
    await page.getByText('76 %', { exact: true }).waitFor()
    assert.match(page.url(), /customer=buyer&scenario=leaves/)
    await page.reload()
    await page.getByText('76 %', { exact: true }).waitFor()
    await shoot(page, 'outlook')
    await visit(page, '/outlook/guidance')
    await page.getByText('below range').waitFor()
    await page.getByText('1 earlier quarters in a row are known, 8 are needed', { exact: false }).waitFor()
  })

  await t.test('a model is diverted, both sides are seen without a claim, and it is taken back with its consequences said', async () => {
    await visit(page, '/outlook/diversion')
    await page.getByRole('button', { name: 'Divert a model' }).click()
    await page.getByLabel('Share, percent').fill('25')
    await check(page, 'the split')
    await page.getByRole('button', { name: 'Divert', exact: true }).click()
    await page.getByText('25% of users go to own/captions', { exact: false }).waitFor()
    await page.getByText('no equivalence is claimed', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Take it back' }).click()
    await page.getByText('none is cut', { exact: false }).waitFor()
    await check(page, 'taking back')
    await page.locator('dialog').getByRole('button', { name: 'Take it back' }).click()
    await page.getByText('Routed as declared').waitFor()
    const { data } = await ask<{ readonly data: readonly { readonly diversion: unknown; readonly steps: readonly object[] }[] }>(server, 'GET', '/admin/v1/diversions')
    assert.deepEqual([data[0]?.diversion, data[0]?.steps.length], [null, 2])
  })

  await t.test('every page passes axe and fits the screen, with views of its own also on a phone', async () => {
    await checkAll(page, pages)
    await page.setViewportSize({ width: 360, height: 740 })
    await checkAll(page, pages.filter((path) => path.includes('?')), 'looks')
    assert.deepEqual(complaints, [])
  })
})
