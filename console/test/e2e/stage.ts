/** What every browser test stands on: a real server, a browser, pages that report each error, checks of access and width. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { until } from '../../../demo/until.ts'
import { buildConsole, upToDate } from '../../build.ts'
import { openBrowser, startServer, type Server } from './server.ts'

/** Screenshots; git ignores the folder. */
export const artefacts = resolve(import.meta.dirname, '../../../artifacts/console')

let built: Promise<void> | undefined

export interface Stage { readonly server: Server; readonly browser: Browser; readonly complaints: string[]; readonly page: Page }

export async function setUp(t: TestContext): Promise<Stage> {
  // Files of tests may be run at once: one build serves them all.
  await (built ??= upToDate() ? Promise.resolve() : buildConsole())
  mkdirSync(artefacts, { recursive: true })
  const server = await startServer()
  // The server first: a browser beside a server that did not start would keep the process alive.
  t.after(server.stop)
  const browser = await openBrowser()
  t.after(() => browser.close())
  const complaints: string[] = []
  const page = await openPage(browser, server, complaints)
  return { server, browser, complaints, page }
}

/** A page whose every error, broken policy and outside request is a complaint. */
export async function openPage(browser: Browser, server: Server, complaints: string[], options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, locale: 'en-GB', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // A refused sign-in, a call not yet booked, what a role may not see and a form that does not fit are answers, which the browser reports as well.
    if (message.type() === 'error' && !/status of (40[1349]|422)/.test(message.text())) complaints.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) complaints.push(`outside: ${request.url()}`)
  })
  return page
}

export async function signIn(page: Page, server: Server): Promise<void> {
  await page.getByLabel(/^(Admin token|Token di amministrazione)$/).fill(server.adminToken)
  await page.locator('form button[type=submit]').click()
  await page.locator('#main h1').waitFor()
}

/** A picture of the whole page, for people. */
export const shoot = async (page: Page, name: string): Promise<void> => void (await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true }))

/** What can differ between one theme or width and another; the rest is checked once. */
const rulesOfLooks = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block', 'button-name', 'link-name', 'aria-hidden-focus', 'page-has-heading-one']

/** No page is wider than its screen. */
async function fits(page: Page, what: string): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(wider <= 0, `${what} is ${wider} px wider than the screen`)
}

export async function check(page: Page, what: string, looks = false): Promise<void> {
  // Nothing here is in a frame, and only violations are asked for: both save time.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
  const { violations } = await (looks ? axe.withRules(rulesOfLooks) : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])).analyze()
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`), [], what)
  await fits(page, what)
}

/** Opens a page of the running console without loading it anew, as a link would. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(undefined, '', to)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)
  // The address changes at once; the page before stays until what the new one needs has come.
  await page.waitForFunction((to) => {
    const { state } = (globalThis as unknown as { readonly __TSR_ROUTER__: { readonly state: { readonly status: string; readonly resolvedLocation?: { readonly pathname: string } } } }).__TSR_ROUTER__
    return `${location.pathname}${location.search}` === to && state.status === 'idle' && state.resolvedLocation?.pathname === location.pathname
  }, path)
  await page.locator('#main h1').waitFor()
  await page.waitForFunction(() => document.querySelector('.skeleton') === null)
}

/**
 * Every page in the language and width of the page given: looked at by axe, within the screen; all that is wrong is told at
 * once. `looks`: only the rules that another theme or language can break; `width`: no axe, where only the screen is another.
 */
export async function checkAll(page: Page, paths: readonly string[], how: 'whole' | 'looks' | 'width' = 'whole', pictures?: string): Promise<void> {
  const wrong: string[] = []
  for (const path of paths) {
    await visit(page, path)
    if (pictures !== undefined) await shoot(page, `${pictures}-${path.slice(1).replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 48)}`)
    await (how === 'width' ? fits(page, path) : check(page, path, how === 'looks')).catch((cause: unknown) => {
      if (!(cause instanceof assert.AssertionError)) throw cause
      wrong.push(`${path}: ${cause.message} ${JSON.stringify(cause.actual)}`)
    })
  }
  assert.deepEqual(wrong, [])
}

/** The admin API as the console asks it, for what a test needs to be there beforehand. */
export async function ask<T>({ url, adminToken }: Pick<Server, 'url' | 'adminToken'>, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${adminToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return JSON.parse(text) as T
}

/** The latest call once the books have one: posting follows a call by a moment. */
export async function bookedCall(server: Pick<Server, 'url' | 'adminToken'>): Promise<{ readonly call: string; readonly key: string }> {
  interface Calls { readonly data: readonly [] | readonly [{ readonly call: string; readonly key: string }] }
  const { data: [call] } = await until('a booked call', () => ask<Calls>(server, 'GET', '/admin/v1/calls?limit=1'), ({ data }) => data.length > 0)
  assert.ok(call !== undefined)
  return call
}

/** The status that a client gets, once it is the one that is wanted. */
export const eventually = async (ask: () => Promise<number>, wanted: number): Promise<void> => void (await until(`status ${wanted}`, ask, (got) => got === wanted))
