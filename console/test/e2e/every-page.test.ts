/**
 * Every page of the console over an installation that the case has filled: by axe, within the screen, without a complaint;
 * wide, very wide, and dark on a phone in Italian. Then as the people of other roles see it: no page offers what they may not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { seed } from '../../../demo/seed.ts'
import { cannotLook, type Server } from './server.ts'
import { ask, check, checkAll, openPage, setUp, shoot, signIn, visit, type Stage } from './stage.ts'

interface Rows { readonly data: readonly { readonly id: string; readonly call?: string }[] }

/** Addresses of every page, those of one thing among them. */
async function everyPage(server: Server): Promise<readonly string[]> {
  const first = async (list: string): Promise<string> => (await ask<Rows>(server, 'GET', `/admin/v1/${list}`)).data[0]?.id ?? ''
  const call = (await ask<Rows>(server, 'GET', '/admin/v1/calls?limit=1')).data[0]?.call ?? ''
  const lists = { contracts: 'contracts', invoices: 'invoices', statements: 'statements', reconciliation: 'reconciliations' } as const
  const money = await Promise.all(Object.entries(lists).map(async ([page, list]) => `/money/${page}/${encodeURIComponent(await first(list))}`))
  const pages = [
    '/the-case', '/start', '/overview', '/calls', `/calls/${call}`, '/playground', '/models', '/access',
    '/money', '/money?group=supplier&range=90d', '/money/contracts', '/money/invoices', '/money/payments', '/money/statements', '/money/margins', '/money/exposure', '/money/reconciliation', '/money/prices', '/money/exports', ...money,
    '/terms', '/terms/clauses/oai.compete', '/terms/use', ...['purposes', 'attestations', 'agreements', 'exclusivities'].map((kind) => `/terms/register/${kind}`), '/terms/datasets', '/terms/decisions', `/terms/decisions/${await first('terms/decisions')}`, `/terms/logs?call=${call}`,
    '/cases', '/cases?show=all', `/cases/of/${await first('cases')}`, '/cases/signals', '/cases/referrals', '/cases/notices', '/cases/drills',
    '/outlook', '/outlook/guidance', '/outlook/capacity', '/outlook/calendar', '/outlook/diversion',
    ...['appearance', 'members', 'tokens', 'doctor', 'quarantine', 'events', 'governance', 'webhooks', 'content'].map((tab) => `/settings/${tab}`),
  ]
  assert.deepEqual(pages.filter((path) => path.endsWith('/') || path.endsWith('=')), [], 'the case leaves something on each page')
  return pages
}

const nameOf = (path: string): string => path.slice(1).replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 48)

interface Person {
  readonly name: string
  readonly bound: { readonly role: string; readonly organization?: string; readonly maker?: string }
  readonly areas: readonly string[]
  readonly pages: readonly string[]
  /** Pages that are not there for them. */
  readonly not: readonly string[]
  /** Buttons that they meet on none of their pages: each would be refused. */
  readonly never?: RegExp
}

/** Who may do less: what is there for them, and what is not. */
const people: readonly Person[] = [
  {
    name: 'a customer', bound: { role: 'customer', organization: 'buyer' }, areas: ['Access', 'Money', 'Cases', 'Settings'], pages: ['/access', '/money', '/money/invoices', '/cases', '/settings'],
    not: ['/overview', '/calls', '/money/margins', '/terms', '/cases/signals', '/settings/doctor'],
  },
  {
    name: 'a maker', bound: { role: 'maker', maker: 'openai' }, areas: ['Money', 'Cases', 'Settings'], pages: ['/money', '/money/statements', '/cases/referrals', '/settings'],
    not: ['/access', '/money/invoices', '/cases', '/cases/notices', '/outlook'],
  },
  {
    name: 'an auditor', bound: { role: 'auditor' }, areas: ['Overview', 'Calls', 'Access', 'Money', 'Terms', 'Cases', 'Outlook'],
    pages: ['/overview', '/access', '/money/invoices', '/terms/clauses/oai.compete', '/cases?show=all', '/outlook/diversion', '/settings/tokens', '/settings/content', '/settings/webhooks'], not: [],
    never: /^(Create|Add|Revoke|Rotate|Issue|Approve|Open a case|Set a hold|Erase|Invite|Take back|Run a month|Divert)/,
  },
  {
    name: 'finance', bound: { role: 'finance' }, areas: ['Overview', 'Calls', 'Money', 'Outlook'], pages: ['/overview', '/access', '/money/invoices', '/money/contracts', '/terms', '/cases', '/settings/quarantine'],
    not: ['/cases/signals', '/settings/members', '/settings/tokens', '/terms/datasets'], never: /^(Revoke|Rotate|Approve|Open a case|Invite|Divert)/,
  },
  {
    name: 'compliance', bound: { role: 'compliance' }, areas: ['Overview', 'Calls', 'Access', 'Terms', 'Cases', 'Outlook'],
    pages: ['/overview', '/calls', '/access', '/terms/clauses/oai.compete', '/terms/register/purposes', '/terms/datasets', '/terms/logs', '/cases?show=all', '/cases/signals', '/cases/notices', '/cases/drills', '/outlook/diversion', '/settings/content', '/settings/governance'],
    not: ['/money/contracts', '/money/invoices', '/money/statements', '/settings/members', '/settings/tokens'], never: /^(Create a key|Revoke|Rotate|Issue|Invite|Run a month|Divert|Take back)/,
  },
  {
    name: 'an engineer', bound: { role: 'engineer' }, areas: ['Overview', 'Calls', 'Playground', 'Access', 'Terms', 'Cases', 'Outlook'],
    pages: ['/overview', '/calls', '/models', '/access', '/terms/clauses/oai.compete', '/terms/datasets', '/cases?show=all', '/cases/signals', '/cases/drills', '/outlook/diversion', '/settings/doctor', '/settings/events', '/settings/webhooks'],
    not: ['/money/contracts', '/money/invoices', '/money/margins', '/cases/referrals', '/settings/members', '/settings/tokens'], never: /^(Approve|Open a case|Set a hold|Erase|Issue|Invite|Run a month)/,
  },
]

async function lookAs({ server, browser, complaints }: Stage, { name, bound, areas, pages, not, never }: Person): Promise<void> {
  const { secret } = await ask<{ secret: string }>(server, 'POST', '/admin/v1/tokens', { name, ...bound })
  const page: Page = await openPage(browser, server, complaints)
  const refused: string[] = []
  page.on('response', (response) => { if (response.status() === 403) refused.push(response.url()) })
  await page.goto('/')
  await signIn(page, { ...server, adminToken: secret })
  const shown = await page.locator('#areas li').allInnerTexts()
  for (const area of areas) assert.ok(shown.includes(area), `${name} has ${area}: ${shown.join(', ')}`)
  for (const path of pages) {
    await visit(page, path)
    assert.deepEqual(await page.getByRole('heading', { name: 'You may not see this' }).count() + await page.getByText('You may not see this').count(), 0, `${name} sees ${path}`)
    if (never !== undefined) assert.deepEqual((await page.locator('#main button:not([aria-disabled])').allInnerTexts()).filter((text) => never.test(text)), [], `${name} is not offered on ${path}`)
    await check(page, `${path} as ${name}`, true)
    await shoot(page, `as-${bound.role}-${nameOf(path)}`)
  }
  for (const path of not) {
    await visit(page, path)
    await page.locator('#main h1', { hasText: 'You may not see this' }).waitFor()
  }
  assert.deepEqual(refused, [], `${name} asks nothing that is refused`)
  await page.context().close()
}

test('every page, filled', { skip: cannotLook }, async (t) => {
  const stage = await setUp(t)
  const { server, browser, page, complaints } = stage
  assert.equal((await seed({ url: server.url, token: server.adminToken, say: () => undefined })).status, 'played')
  const pages = await everyPage(server)

  await t.test('wide, in English', async () => {
    await page.goto('/settings/appearance')
    await signIn(page, server)
    await checkAll(page, pages, 'whole', 'wide')
  })

  await t.test('dark, on a phone, in Italian', async () => {
    const phone = await openPage(browser, server, complaints, { locale: 'it-IT', colorScheme: 'dark', viewport: { width: 360, height: 740 } })
    await phone.goto('/settings/appearance')
    await signIn(phone, server)
    await checkAll(phone, pages, 'looks', 'phone')
    await phone.context().close()
  })

  await t.test('on a very wide screen', async () => {
    await page.setViewportSize({ width: 2560, height: 1300 })
    await checkAll(page, pages, 'width')
  })

  for (const one of people) await t.test(`as ${one.name}: what is theirs, and nothing that is refused`, () => lookAs(stage, one))

  await t.test('a training that a case blocks is refused in the case’s words; a model is published inside', async () => {
    await visit(page, '/terms/datasets')
    await page.getByRole('button', { name: 'Register a training' }).click()
    await page.getByLabel('Name of the model').fill('tagger-2')
    await page.getByRole('dialog').getByLabel('tags-1').check()
    await page.getByLabel('Purpose').selectOption('buyer tagging')
    await page.getByRole('dialog').getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByRole('dialog').getByRole('alert').getByText(/case_/).waitFor()
    await check(page, 'a training refused', true)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByLabel('What is published').selectOption('tagger')
    await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('dialog').getByText('Recorded').waitFor()
    await check(page, 'a publication', true)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  })

  await t.test('nothing broke the content policy or left the server', () => assert.deepEqual(complaints, []))
})
