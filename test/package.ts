/**
 * Packs Weir, installs the tarball in an empty folder as a stranger would, starts it there and makes one call.
 * Run by `npm run package`; needs the registry, so it is no part of `npm test`.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { request } from 'undici'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'weir-package-'))
const home = join(folder, 'home')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const npm = (args: readonly string[], cwd: string): string => execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const curlLine = /^curl (\S+) .*Bearer (sk-weir-[\w-]+)/m

async function main(): Promise<void> {
  npm(['pack', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  assert.ok(tarball !== undefined, 'npm pack made a tarball')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  npm(['install', '--no-audit', '--no-fund', join(folder, tarball)], home)
  say(`installed ${tarball}`)
  assert.match(npm(['exec', '--no', '--', 'weir', '--version'], home), /^\d+\.\d+\.\d+/)
  // A person's own Node starts it: the one that npm runs on, not the one that runs this script.
  const server = spawn('npx', ['--no', 'weir', 'serve', '--port', '0', '--data', join(home, 'data')], { cwd: home, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  try {
    const banner = await firstOutput(server.stdout, curlLine)
    const [, url = '', key = ''] = curlLine.exec(banner) ?? []
    const answer = await request(url, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: '{"model":"gpt-4.1-mini","messages":[{"role":"user","content":"Hello"}]}' })
    const body = (await answer.body.json()) as { usage?: { total_tokens?: number } }
    assert.equal(answer.statusCode, 200)
    assert.ok((body.usage?.total_tokens ?? 0) > 0, 'the call was metered')
    say(`called ${url}: ${body.usage?.total_tokens} tokens`)
    await shown(new URL('/', url), /<div id="root"/)
    await shown(new URL('/verify', url), /namedTwice/)
    await drained(server, join(home, 'data'))
  } finally {
    if (server.exitCode === null && server.signalCode === null && server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Pages are put together from files that have to be in the package. */
async function shown(url: URL, says: RegExp): Promise<void> {
  const page = await request(url)
  const text = await page.body.text()
  assert.equal(page.statusCode, 200, `${url.pathname}: ${text}`)
  assert.match(text, says)
  say(`showed ${url.pathname}`)
}

async function firstOutput(stream: NodeJS.ReadableStream, until: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    if (until.test(text)) return text
  }
  throw new Error(`it stopped before it was ready:\n${text}`)
}

/** Asks it to stop as Ctrl-C does, to the whole group, and waits. */
function drained(server: ReturnType<typeof spawn>, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // npx hands the signal on and then ends by it, or with the code that stands for it.
    server.once('exit', (code, signal) => (code === 0 || code === 130 || signal === 'SIGINT' ? resolve() : reject(new Error(`it ended with ${code ?? signal} instead of draining; data in ${data}`))))
    if (server.pid !== undefined) process.kill(-server.pid, 'SIGINT')
  })
}

await main()
