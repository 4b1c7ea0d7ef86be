/** A real server on a temporary folder, and a browser that looks at its console. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { chromium, type Browser } from 'playwright-core'

const root = resolve(import.meta.dirname, '../../..')
const browserPath = '/usr/bin/chromium'

/** For a test's `skip` option: false where both can start. */
export const cannotLook: string | false = !existsSync(browserPath) ? `skipped: ${browserPath} not found` : !existsSync(join(root, 'node_modules/vite')) ? 'skipped: vite is not installed, so there is no console to build' : false

export interface Server {
  readonly url: string
  readonly adminToken: string
  readonly key: string
  readonly stop: () => Promise<void>
}

/** `weir serve` as a person starts it, on a free port. */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-console-'))
  const child = spawn(process.execPath, [join(root, 'bin/weir.js'), 'serve', '--port', '0', '--data', folder, '--json', '--log-level', 'error', '--drain-ms', '500'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const stop = async (): Promise<void> => {
    const ended = new Promise<void>((done) => child.once('exit', () => done()))
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { url, first_start: first } = JSON.parse(await firstLine(child)) as { url: string; first_start: { adminToken: string; key: string } }
    return { url, adminToken: first.adminToken, key: first.key, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let out = ''
    let errors = ''
    child.stderr?.on('data', (part: Buffer) => (errors += part.toString()))
    child.stdout?.on('data', (part: Buffer) => {
      out += part.toString()
      const end = out.indexOf('\n')
      if (end !== -1) done(out.slice(0, end))
    })
    child.once('exit', (code) => fail(new Error(`weir serve ended with ${String(code)}: ${errors}`)))
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
    // A kept-alive connection may end just as it is used again, which fetch does not mend for a POST: once more, on a new one.
    const response = await send().catch(send)
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`call answered ${response.status}`)
  }
}
