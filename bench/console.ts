/**
 * `node bench/console.ts`: what the console asks of a browser. The shell's size, compressed; then, with many calls stored
 * through the gateway itself, the time from a click or a key to the next paint, and how many requests a page makes while
 * calls arrive. Figures depend on the machine: they are printed, never asserted.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { buildConsole, shellBytes, upToDate } from '../console/build.ts'
import { openBrowser, startServer, type Server } from '../console/test/e2e/server.ts'

const { values } = parseArgs({ options: { calls: { type: 'string', default: '100000' }, connections: { type: 'string', default: '64' }, json: { type: 'boolean', default: false } } })

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Calls through the gateway, so many at once, until all are made; answers calls a second. */
async function fill({ url, key }: Server, count: number, connections: number): Promise<number> {
  const body = JSON.stringify({ model: 'gpt-4.1-mini', messages: [{ role: 'user', content: 'How high is the river?' }] })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const begun = performance.now()
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })
      await response.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  return (count * 1_000) / (performance.now() - begun)
}

/** In the page: notes the time of the next act, and that of the paint after it. Two frames later it is on the screen. */
const watchNext = `
  delete window.painted
  const note = (event) => {
    window.acted = event.timeStamp
    requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now() }))
  }
  for (const kind of ['click', 'keydown', 'wheel']) window.addEventListener(kind, note, { once: true, capture: true, passive: true })`
const readPaint = `(async () => {
  while (window.painted === undefined) await new Promise((resolve) => requestAnimationFrame(resolve))
  return window.painted - window.acted
})()`

/** Milliseconds from an act to the paint after it, as the page's own clock has them. */
async function toPaint(page: Page, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(`(() => {${watchNext}})()`)
  await act()
  return page.evaluate<number>(readPaint)
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

async function interactions(page: Page, rounds: number): Promise<Record<string, { median: number; worst: number }>> {
  const acts: Record<string, () => Promise<unknown>> = {
    'scroll the list of calls': () => page.mouse.wheel(0, 4_000),
    'follow live on and off': () => page.getByRole('button', { name: 'Follow live' }).click(),
    'type into the search of calls': async () => { await page.getByLabel('Call id').press('c'); await page.getByLabel('Call id').press('Backspace') },
    'open the overview': () => page.getByRole('link', { name: 'Overview', exact: true }).click(),
    'open the list of calls': () => page.getByRole('link', { name: 'Calls', exact: true }).click(),
  }
  const found: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, act] of Object.entries(acts)) {
      if (name.startsWith('scroll')) await page.locator('[role=table]').hover()
      ;(found[name] ??= []).push(await toPaint(page, act))
      if (name.startsWith('open')) await page.locator('#main h1').waitFor()
      if (name === 'open the list of calls') await page.locator('[role=row] a').first().waitFor()
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, all]) => [name, { median: median(all), worst: Math.max(...all) }]))
}

/** Requests of the console to the admin API while calls arrive for some seconds, without the one connection that stays open. */
async function requestsWhileLive(page: Page, server: Server, seconds: number): Promise<{ readonly perSecond: number; readonly calls: number }> {
  let requests = 0
  page.on('request', (request) => { if (request.url().includes('/admin/v1/')) requests += 1 })
  const until = performance.now() + seconds * 1_000
  let calls = 0
  while (performance.now() < until) {
    await fill(server, 20, 4)
    calls += 20
  }
  return { perSecond: requests / seconds, calls }
}

if (!upToDate()) await buildConsole()
const shell = shellBytes()
const assets = join(import.meta.dirname, '../dist/console/assets')
const lazily = readdirSync(assets).filter((name) => name.endsWith('.js.br')).map((name) => ({ name, bytes: statSync(join(assets, name)).size })).toSorted((a, b) => b.bytes - a.bytes)
const named = readFileSync(join(assets, '../index.html'), 'utf8')
say(`shell ${(shell / 1_000).toFixed(0)} kB compressed; largest page loaded later: ${lazily.filter(({ name }) => !named.includes(name.slice(0, -3))).slice(0, 3).map(({ name, bytes }) => `${name.split('-')[0]} ${(bytes / 1_000).toFixed(0)} kB`).join(', ')}`)

const server = await startServer()
const browser = await openBrowser()
try {
  const count = Number(values.calls)
  const rate = await fill(server, count, Number(values.connections))
  say(`${count} calls stored, ${rate.toFixed(0)} a second`)
  const page = await (await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 }, locale: 'en-GB' })).newPage()
  await page.goto('/calls')
  await page.locator('form input').first().fill(server.adminToken)
  await page.locator('form button[type=submit]').click()
  await page.locator('[role=row] a').first().waitFor({ timeout: 60_000 })
  const paint = await interactions(page, 9)
  for (const [name, { median: middle, worst }] of Object.entries(paint)) say(`${name}: ${middle.toFixed(0)} ms to paint, worst ${worst.toFixed(0)} ms`)
  const live = await requestsWhileLive(page, server, 10)
  say(`${live.perSecond.toFixed(1)} requests a second while ${live.calls} calls arrived in 10 s`)
  if (values.json) process.stdout.write(`${JSON.stringify({ shell, calls: count, rate, paint, live, cores: availableParallelism(), load: loadavg() })}\n`)
} finally {
  await browser.close()
  await server.stop()
}
