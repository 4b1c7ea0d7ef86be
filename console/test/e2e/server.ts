/** A real server on a temporary folder, and a browser that looks at its console. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { inspect } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { lastLines, startMs } from '../../../demo/weir-process.ts'

const root = resolve(import.meta.dirname, '../../..')
const browserPath = '/usr/bin/chromium'

/** For a test's `skip` option: false where both can start. */
export const cannotLook: string | false = !existsSync(browserPath) ? `skipped: ${browserPath} not found` : !existsSync(join(root, 'node_modules/vite')) ? 'skipped: vite is not installed, so there is no console to build' : false

export interface Server {
  readonly url: string
  readonly adminToken: string
  readonly key: string
  /** The end of what it said on standard error. */
  readonly log: () => string
  readonly stop: () => Promise<void>
}

/** `weir serve` as a person starts it, on a free port. */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-console-'))
  const child = spawn(process.execPath, [join(root, 'bin/weir.js'), 'serve', '--port', '0', '--data', folder, '--json', '--log-level', 'warn', '--drain-ms', '500'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (part: Buffer) => { said = (said + part.toString()).slice(-20_000) })
  const log = (): string => lastLines(said)
  const stop = async (): Promise<void> => {
    const ended = new Promise<void>((done) => child.once('exit', () => done()))
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { url, first_start: first } = JSON.parse(await firstLine(child, log)) as { url: string; first_start: { adminToken: string; key: string } }
    return { url, adminToken: first.adminToken, key: first.key, log, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((done, fail) => {
    let out = ''
    const late = setTimeout(() => fail(new Error(`weir serve did not listen within ${startMs} ms:\n${log()}`)), startMs)
    child.stdout?.on('data', (part: Buffer) => {
      out += part.toString()
      const end = out.indexOf('\n')
      if (end === -1) return
      clearTimeout(late)
      done(out.slice(0, end))
    })
    child.once('exit', (code, signal) => {
      clearTimeout(late)
      fail(new Error(`weir serve ended with ${String(code ?? signal)} before it listened:\n${log()}`))
    })
  })
}

/** Debian's Chromium, also as root (STACK.md, pitfall 36). */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run'] })

export async function makeCalls(server: Server, count: number, model = 'gpt-4.1-mini'): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const send = (): Promise<Response> => fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST', headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'How high is the river?' }] }),
    })
    // Seen once, its cause not found: the first call's connection closed without an answer. Nothing is sent again, and all that is known is told.
    const response = await send().catch((cause: unknown) => {
      throw new Error(`call ${n + 1} of ${count} got no answer: ${inspect(cause, { depth: 4 })}\nThe server's log:\n${server.log()}`)
    })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`call answered ${response.status}`)
  }
}
