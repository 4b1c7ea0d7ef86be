import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { temporaryFolder } from '../../test/embedded.ts'
import { serveDatabase, wholeMessages, type Served } from './embedded-socket.ts'

const first = (code: number, rest = ''): Buffer => {
  const bytes = Buffer.alloc(8 + rest.length)
  bytes.writeInt32BE(bytes.length)
  bytes.writeInt32BE(code, 4)
  bytes.write(rest, 8)
  return bytes
}
const message = (type: string, body: string): Buffer => {
  const bytes = Buffer.alloc(5 + body.length)
  bytes.write(type)
  bytes.writeInt32BE(4 + body.length, 1)
  bytes.write(body, 5)
  return bytes
}
const startup = first(196_608, 'user\0me\0\0')
const sent = [message('P', 'SELECT 1'), message('B', ''), message('E', 'x'.repeat(300)), message('S', ''), message('Q', 'SELECT 2')]

/** What comes out for bytes cut into chunks of `size`. */
function taken(bytes: Buffer, size: number): string[] {
  const out: string[] = []
  const take = wholeMessages({ refuseSsl: () => void out.push('ssl'), run: (whole) => void out.push(whole.toString('latin1')), end: () => void out.push('end') })
  for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size))
  return out
}

test('bytes cut anywhere come out as the same whole messages, the first ones and the last one apart', () => {
  const bytes = Buffer.concat([first(80_877_103), startup, ...sent, message('X', ''), message('Q', 'too late')])
  const whole = sent.map((one) => one.toString('latin1')).join('')
  for (let size = 1; size <= bytes.length; size += 1) {
    const [ssl, begin, ...rest] = taken(bytes, size)
    assert.equal(ssl, 'ssl')
    assert.equal(begin, startup.toString('latin1'))
    assert.equal(rest.pop(), 'end')
    assert.equal(rest.join(''), whole, `in chunks of ${size}`)
  }
  assert.equal(taken(bytes, bytes.length).length, 4, 'what came together is run together')
})

test('what a client leaves unfinished is rolled back before the next one begins; a second one at once is turned away', async () => {
  const log: string[] = []
  let open = false
  const served = {
    runExclusive: (work: () => Promise<unknown>) => work(),
    execProtocolRawStream: async (bytes: Uint8Array, { onRawData }: { onRawData: (data: Uint8Array) => void }) => {
      const text = Buffer.from(bytes).toString('latin1')
      log.push(text.includes('user') ? 'startup' : text.slice(5))
      open ||= text.includes('BEGIN')
      onRawData(Buffer.from('answer'))
    },
    isInTransaction: () => open,
    exec: async (text: string) => {
      log.push(text)
      open = false
      return []
    },
  } as unknown as Served
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'socket')
  const socket = await serveDatabase(served, path)
  const one = connect(path)
  one.write(startup)
  await once(one, 'data')
  const other = connect(path)
  await once(other, 'close')
  one.write(message('Q', 'BEGIN'))
  await once(one, 'data')
  one.destroy()
  while (!log.includes('ROLLBACK')) await turn()
  const two = connect(path)
  two.write(startup)
  await once(two, 'data')
  await socket.stop()
  assert.deepEqual(log, ['startup', 'BEGIN', 'ROLLBACK', 'startup'])
})
