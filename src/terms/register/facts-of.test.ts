import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveFacts, rowFacts } from './facts-of.ts'
import type { Offer } from './facts-of.ts'
import { attestationSchema, emptyRegister, exclusivitySchema, purposeSchema } from './register.ts'
import type { Register } from './register.ts'

const now = 1_800_000_000_000
const offer: Offer = { deployment: 'd', model: 'big', upstreamModel: 'big-1', maker: 'm', channel: 'other', account: 'a', region: 'eu', access: 'api' }
const deal = (id: string, more: object): Register['exclusivities'][number] => exclusivitySchema.parse({ id, maker: 'm', channel: 'cloud', endsMs: now + 1_000, ...more })
const exclusiveFor = (exclusivities: Register['exclusivities'], changed: Partial<Offer> = {}, organization = 'acme') => {
  const { facts, untilMs } = liveFacts({ ...emptyRegister, exclusivities }, { organization, purpose: undefined, offer: { ...offer, ...changed }, signals: {} }, now)
  return { channel: facts.exclusiveChannel, carvedOut: facts.carvedOut, untilMs }
}

test('an exclusivity is about its models, its access and its regions; of several the one in the way counts', () => {
  assert.deepEqual(exclusiveFor([deal('a', {})]), { channel: 'cloud', carvedOut: false, untilMs: now + 1_000 })
  assert.equal(exclusiveFor([deal('a', { models: ['small'] })]).channel, undefined, 'another model')
  assert.equal(exclusiveFor([deal('a', { models: ['big-1'] })]).channel, 'cloud', 'by its upstream name')
  assert.equal(exclusiveFor([deal('a', { access: 'weights' })]).channel, undefined, 'weights, not the service')
  assert.equal(exclusiveFor([deal('a', { carveOuts: ['acme'] })]).carvedOut, true)
  // One for America, one for Europe: registered in either order, Europe's stands in Europe.
  const [america, europe] = [deal('a', { channel: 'other', regions: ['us'] }), deal('b', { regions: ['eu'], endsMs: now + 500 })]
  for (const both of [[america, europe], [europe, america]]) assert.deepEqual(exclusiveFor(both), { channel: 'cloud', carvedOut: false, untilMs: now + 500 })
  assert.equal(exclusiveFor([america, europe], { channel: 'cloud' }).channel, 'other', 'who has Europe sells there')
  assert.equal(exclusiveFor([deal('a', { endsMs: now })]).channel, undefined, 'at its end it is over')
})

test('an attested intent says where results go: known where the purpose leaves it open, external where either says so', () => {
  const purpose = (distribution?: string): Register['purposes'][number] => purposeSchema.parse({ id: 'tagging', organization: 'acme', says: 'Tags', phase: 'training', target: { class: 'classifier', ...(distribution === undefined ? {} : { distribution }) }, dataClass: 'internal', owner: 'ml', expiresMs: now + 1_000_000 })
  const intent = (value: string, more: object = {}): Register['attestations'][number] => attestationSchema.parse({ id: `i-${value}`, organization: 'acme', kind: 'distribution-intent', value, purposes: ['tagging'], asOfMs: now - 10, owner: 'legal', expiresMs: now + 500, ...more })
  const said = (registered: string | undefined, attestations: Register['attestations']) => {
    const { facts, untilMs } = rowFacts({ ...emptyRegister, attestations }, 'acme', purpose(registered), { maker: 'm', channel: 'c', origin: 'model', flags: [] }, now)
    return [facts.targetDistribution, untilMs]
  }
  assert.deepEqual(said(undefined, []), [undefined, now + 1_000_000])
  assert.deepEqual(said(undefined, [intent('internal')]), ['internal', now + 500], 'and no longer than the attestation')
  assert.deepEqual(said('internal', [intent('external')]), ['external', now + 500])
  assert.deepEqual(said(undefined, [intent('internal', { purposes: ['another'] })])[0], undefined, 'of another purpose')
  assert.deepEqual(said(undefined, [intent('internal', { expiresMs: now })])[0], undefined, 'expired is unknown')
  for (const wrong of [{ value: 'somewhere' }, { purposes: [] }]) assert.equal(attestationSchema.safeParse({ ...intent('internal'), ...wrong }).success, false)
})
