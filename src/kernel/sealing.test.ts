import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { seededRandom } from './random.ts'
import { firstPepper, hashSecret, hint, type Keyring, makeClientKey, makeMasterKey, readKeyring, seal, sealedUnder, unseal } from './sealing.ts'

const random = seededRandom(7)
function ring(text: string): Keyring {
  const keyring = readKeyring(text)
  if (typeof keyring === 'string') throw new Error(keyring)
  return keyring
}

test('what is sealed opens again, in its own place only', () => {
  const keyring = ring(makeMasterKey(random))
  fc.assert(fc.property(fc.string(), fc.string(), (place, clear) => {
    const envelope = seal(keyring, random, place, clear)
    assert.deepEqual(unseal(keyring, place, envelope), { clear })
    assert.ok('failed' in unseal(keyring, `${place}/other`, envelope))
    assert.ok(clear.length < 4 || !envelope.includes(clear))
  }))
})

test('a changed byte anywhere does not open', () => {
  const keyring = ring(makeMasterKey(random))
  const envelope = seal(keyring, random, 'provider/upstream/apiKey', 'the secret')
  const [mark, id, body = ''] = envelope.split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    assert.ok('failed' in unseal(keyring, 'provider/upstream/apiKey', `${mark}.${id}.${changed.toString('base64url')}`))
  }
})

test('an old key opens behind a new one; a missing key is named with what to do', () => {
  const old = makeMasterKey(random)
  const fresh = makeMasterKey(random)
  const envelope = seal(ring(old), random, 'x', 'clear')
  const both = ring(`${fresh},${old}`)
  assert.deepEqual(unseal(both, 'x', envelope), { clear: 'clear' })
  assert.equal(sealedUnder(seal(both, random, 'x', 'clear')), ring(fresh).current.id)
  const missing = unseal(ring(fresh), 'x', envelope)
  assert.match('failed' in missing ? missing.failed : '', /WEIR_MASTER_KEY/)
})

test('a master key of another length is refused', () => {
  assert.equal(typeof readKeyring('c2hvcnQ='), 'string')
  assert.equal(typeof readKeyring(' '), 'string')
  assert.equal(typeof readKeyring('ab'.repeat(32)), 'object')
})

test('a hash depends on pepper and secret, and a hint gives four letters away', () => {
  const secret = makeClientKey(random)
  assert.match(secret, /^sk-weir-[\w-]{43}$/)
  const one = firstPepper(ring(makeMasterKey(random)))
  const two = firstPepper(ring(makeMasterKey(random)))
  assert.notEqual(hashSecret(one, secret), hashSecret(two, secret))
  assert.equal(hashSecret(one, secret), hashSecret(one, secret))
  assert.equal(hint(secret), `sk-weir-…${secret.slice(-4)}`)
})
