import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../kernel/random.ts'
import { checkPassword, hashPassword, passwordFault } from './passwords.ts'
import { hotp, otpauthUri, stepOf, toBase32 } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

test('RFC 4226, appendix D, and RFC 6238, appendix B (SHA-1)', () => {
  assert.deepEqual(Array.from({ length: 10 }, (_, counter) => hotp(secret, counter)), ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'])
  for (const [seconds, code] of [[59, '94287082'], [1111111109, '07081804'], [1111111111, '14050471'], [1234567890, '89005924'], [2000000000, '69279037'], [20000000000, '65353130']] as const) {
    assert.equal(hotp(secret, Math.floor(seconds / 30), 8), code)
  }
})

test('RFC 4648, section 10: base 32 without padding', () => {
  for (const [clear, text] of [['', ''], ['f', 'MY'], ['fo', 'MZXQ'], ['foo', 'MZXW6'], ['foob', 'MZXW6YQ'], ['fooba', 'MZXW6YTB'], ['foobar', 'MZXW6YTBOI']] as const) assert.equal(toBase32(Buffer.from(clear)), text)
  assert.match(otpauthUri(secret, 'Weir', 'a b'), /^otpauth:\/\/totp\/Weir:a%20b\?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Weir&/)
})

test('a code is good one step early or late, never two, and never again', () => {
  const now = 1_234_567_890_000
  const step = Math.floor(now / 30_000)
  for (const off of [-1, 0, 1]) assert.equal(stepOf(secret, hotp(secret, step + off), now, 0), step + off)
  for (const off of [-2, 2]) assert.equal(stepOf(secret, hotp(secret, step + off), now, 0), undefined)
  assert.equal(stepOf(secret, hotp(secret, step), now, step), undefined)
  assert.equal(stepOf(secret, hotp(secret, step - 1), now, step), undefined)
})

test('passwords: argon2id with its parameters beside it, salted; nobody has none', async () => {
  const random = seededRandom(5)
  const [one, two] = [await hashPassword('otter lantern quarry', random), await hashPassword('otter lantern quarry', random)]
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, two)
  assert.equal(await checkPassword('otter lantern quarry', one), 'right')
  assert.equal(await checkPassword('otter lantern quarrY', one), 'wrong')
  assert.equal(await checkPassword('', undefined), 'wrong')
})

test('passwords: by length and by what is tried first, not by kinds of letters', () => {
  for (const poor of ['short', '12345678901234', 'Password1234', '!!passwordpassword!!', 'aaaaaaaaaaaaaaaa', 'administrator1', 'owner@example.com']) assert.ok(passwordFault(poor, ['owner@example.com']) !== undefined, poor)
  for (const good of ['otter lantern quarry', 'ünïcödé wörter', 'kdjwheqlapzm']) assert.equal(passwordFault(good, ['owner@example.com']), undefined, good)
})
