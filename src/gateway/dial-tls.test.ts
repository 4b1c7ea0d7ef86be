import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { temporaryFolder } from '../../test/embedded.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemTimers } from '../kernel/timers.ts'
import { makeUpstream, type DialFailure } from './dial.ts'

const folder = temporaryFolder()
mkdirSync(folder)
const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'])

test('a host that proves who it is gets the request; another gets not a byte of it', { skip: made.status === 0 ? false : 'skipped: openssl is not installed' }, async () => {
  let requests = 0
  const names: (string | false | null | undefined)[] = []
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    requests += 1
    request.resume().on('end', () => response.end(`${request.method} ${request.url}`))
  })
  server.on('secureConnection', (socket) => names.push(socket.servername))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const upstream = makeUpstream({ clock: systemClock, timers: systemTimers })
  const ask = (host: string): Promise<string | DialFailure> => new Promise((resolve) => {
    let body = ''
    upstream.dial({ origin: `https://${host}:${port}`, path: '/v1', method: 'POST', headers: { authorization: 'Bearer secret' }, body: Buffer.alloc(100_000, 'x'), timeouts: { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000, totalMs: 60_000 } }, {
      head: () => undefined, data: (chunk) => { body += chunk.toString() }, end: () => resolve(body), failed: resolve,
    })
  })
  const trusted = getCACertificates('default')
  try {
    const stranger = await ask('localhost')
    assert.equal((stranger as DialFailure).kind, 'unreached', JSON.stringify(stranger))
    setDefaultCACertificates([...trusted, readFileSync(certificate, 'utf8')])
    assert.equal(await ask('localhost'), 'POST /v1')
    assert.equal(await ask('localhost'), 'POST /v1')
    const misnamed = await ask('127.0.0.1')
    assert.equal((misnamed as DialFailure).kind, 'unreached', 'its certificate is for another name')
    assert.equal(requests, 2)
    assert.ok(names.includes('localhost') && names.every((name) => name === 'localhost' || !name), `it is asked for by name, and an address is none: ${JSON.stringify(names)}`)
  } finally {
    setDefaultCACertificates(trusted)
    await upstream.close()
    server.closeAllConnections()
    server.close()
  }
})
