/** What the register and the notices page take in by form: an intent to distribute, and an account that is read at its supplier. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cannotLook } from './server.ts'
import { ask, check, setUp, shoot, signIn } from './stage.ts'

test('an intent is attested, and an account is read until a person stops it', { skip: cannotLook }, async (t) => {
  const { server, page, complaints } = await setUp(t)
  await page.goto('/terms/register/attestations')
  await signIn(page, server)
  await page.getByRole('button', { name: 'Register', exact: true }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Id', { exact: true }).fill('tagger-inside')
  await dialog.getByLabel('Fact').selectOption('distribution-intent')
  assert.equal(await dialog.getByLabel('Value').count(), 0, 'an intent has two values, chosen and not typed')
  await dialog.getByLabel('Distributed').selectOption('internal')
  await dialog.getByLabel(/^Purposes/).fill('tagging, captions')
  await dialog.getByLabel('Owner').fill('ml')
  await shoot(page, 'attest-intent')
  await dialog.getByRole('button', { name: 'Register' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('tagging · captions').waitFor()
  const { data } = await ask<{ data: { body: Record<string, unknown> }[] }>(server, 'GET', '/admin/v1/terms/records/attestations')
  const { value, purposes } = data.find(({ body }) => body['id'] === 'tagger-inside')?.body ?? {}
  assert.deepEqual([value, purposes], ['internal', ['tagging', 'captions']])

  await page.goto('/cases/notices')
  await page.getByRole('button', { name: 'Have an account read' }).click()
  await dialog.getByLabel('What is read').selectOption('bedrock-retention')
  await dialog.getByLabel('Account, as weir.yaml names it').fill('bedrock')
  await dialog.getByLabel('Region').fill('us-east-1')
  await dialog.getByLabel(/^Secret/).fill('a secret that nobody sees')
  await shoot(page, 'watch-account')
  await dialog.getByRole('button', { name: 'Have an account read' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('Bedrock: data retention · all organizations').waitFor()
  await check(page, 'notices with an account that is read')
  assert.equal((await page.content()).includes('a secret that nobody sees'), false)
  await page.getByRole('button', { name: 'Read no more: bedrock' }).click()
  await dialog.getByRole('button', { name: 'Read no more' }).click()
  await page.getByText('No account is read').waitFor()
  assert.deepEqual(complaints, [])
})
