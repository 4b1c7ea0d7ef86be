import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { consoleFiles } from './console-files.ts'

test('the console: one page for its own routes, immutable assets, a strict policy, and nothing else', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'weir-console-'))
  const files = consoleFiles([home])
  const server = createServer((request, response) => {
    if (!files.handle(request, response, request.url ?? '/')) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(home, { recursive: true })
  })
  const { port } = server.address() as { port: number }
  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init)

  const absent = await ask('/')
  assert.equal(absent.status, 503)
  assert.match(await absent.text(), /npm run console:build/)

  mkdirSync(join(home, 'assets'))
  writeFileSync(join(home, 'index.html'), '<p>page</p>')
  writeFileSync(join(home, 'assets/app-1.js'), 'run()')
  writeFileSync(join(home, 'assets/app-1.js.br'), brotliCompressSync('run()'))
  for (const path of ['/', '/overview', '/calls/call_1', '/settings/tokens']) {
    const page = await ask(path)
    assert.equal(await page.text(), '<p>page</p>', path)
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'self'/)
    assert.doesNotMatch(policy, /unsafe|https?:/)
  }
  const asset = await ask('/assets/app-1.js', { headers: { 'accept-encoding': 'br' } })
  assert.equal(await asset.text(), 'run()')
  assert.equal(asset.headers.get('content-encoding'), 'br')
  assert.match(asset.headers.get('cache-control') ?? '', /immutable/)
  for (const path of ['/assets/none.js', '/assets/../index.html', '/unknown', '/v1/calls']) assert.notEqual((await ask(path)).status, 200, path)
  assert.equal((await ask('/overview', { method: 'POST' })).status, 404)
})
