import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { checkpointText, cosign } from './checkpoint.ts'
import { openEnvelope, preAuthenticationEncoding, signEnvelope } from './dsse.ts'
import { emptyFrontier, extend, inclusionProof, leafHash, rootOfFrontier } from './merkle.ts'
import { cosignatureV1, formatNote, formatVkey, localSigner, signNote } from './note.ts'
import type { NoteSigner } from './note.ts'
import { judgeCheckpoint, parsePolicy, quorumHolds } from './policy.ts'
import type { Policy } from './policy.ts'
import { formatProof, judgeProof, parseProof } from './proof.ts'
import { needs, sharedJson, sharedText } from './vectors.ts'

const origin = 'log.example/receipts'
const log = localSigner(origin, Buffer.alloc(32, 1))
const witness = (n: number): NoteSigner => localSigner(`witness.example/${n}`, Buffer.alloc(32, 10 + n), cosignatureV1)
const witnesses = [1, 2, 3].map(witness)

function policyOf(lines: string): Policy {
  const parsed = parsePolicy(lines)
  assert.ok(parsed.status === 'ok', JSON.stringify(parsed))
  return parsed.policy
}

const base = `log ${formatVkey(log.key)}\n${witnesses.map((signer, at) => `witness w${at + 1} ${formatVkey(signer.key)}`).join('\n')}\n`

async function checkpoint(size: bigint, root: Buffer, cosigners: readonly NoteSigner[]): Promise<string> {
  const note = await signNote(checkpointText({ origin, size, root }), [log])
  const cosignatures = await Promise.all(cosigners.map((signer) => cosign(note.text, 1_800_000_000n, signer)))
  return formatNote({ text: note.text, signatures: [...note.signatures, ...cosignatures] })
}

test('policies: groups, thresholds and what a policy may not say', () => {
  const policy = policyOf(`# trust\n${base}group pair 2 w1 w2\n\tgroup both any pair w3\nquorum both\n`)
  assert.equal(quorumHolds(policy, new Set(['w1'])), false)
  assert.equal(quorumHolds(policy, new Set(['w1', 'w2'])), true)
  assert.equal(quorumHolds(policy, new Set(['w3'])), true)
  assert.equal(quorumHolds(policy, new Set(['pair'])), false, 'a group cannot be claimed')
  assert.equal(quorumHolds(policyOf('quorum none'), new Set()), true)
  const invalid = ['', 'quorum w1', `${base}quorum w1\nquorum w1`, `${base}group g 0 w1\nquorum g`, `${base}group g 2 w1\nquorum g`, `${base}group g any\nquorum g`, `${base}group g any w1 w1\nquorum g`, `${base}group g any none\nquorum g`, `${base}group w1 any w2\nquorum w1`, `${base}group g any w1\ngroup h any w1\nquorum g`, `${base}log ${formatVkey(log.key)}\nquorum none`, `${base}witness again ${formatVkey(witnesses[0]?.key ?? log.key)}\nquorum none`, `log ${formatVkey(witnesses[0]?.key ?? log.key)}\nquorum none`, `quorum none\u0007`, 'constructor x\nquorum none', `witness none ${formatVkey(witnesses[0]?.key ?? log.key)}\nquorum none`]
  for (const text of invalid) assert.equal(parsePolicy(text).status, 'invalid', JSON.stringify(text))
})

test('a checkpoint is trusted with its quorum and refused without', async () => {
  const policy = policyOf(`${base}group two 2 w1 w2 w3\nquorum two\n`)
  const root = Buffer.alloc(32, 5)
  const good = judgeCheckpoint(policy, await checkpoint(5n, root, witnesses.slice(0, 2)))
  assert.ok(good.status === 'trusted')
  assert.deepEqual(good.witnesses, [{ name: 'w1', seconds: 1_800_000_000n }, { name: 'w2', seconds: 1_800_000_000n }])
  assert.equal(judgeCheckpoint(policy, await checkpoint(5n, root, [witness(1)])).status, 'refused')
  assert.equal(judgeCheckpoint(policy, await checkpoint(5n, root, [witness(1), witness(1)])).status, 'refused', 'one witness twice is one witness')
  assert.equal(judgeCheckpoint(policy, (await checkpoint(5n, root, witnesses)).replace('\n5\n', '\n6\n')).status, 'refused')
  assert.equal(judgeCheckpoint(policyOf('quorum none'), await checkpoint(5n, root, witnesses)).status, 'refused', 'an unlisted log')
})

test('proof files are written, read and judged; forged ones are refused', async () => {
  const policy = policyOf(`${base}quorum w1\n`)
  const nodes = new Map<string, Buffer>()
  const entries = Array.from({ length: 11 }, (_, index) => Buffer.from(`receipt ${index}`))
  const frontier = extend(emptyFrontier, entries.map(leafHash), (node, hash) => nodes.set(`${node.level}/${node.index}`, hash))
  const hashes = await inclusionProof(6n, 11n, async (asked) => asked.map((node) => nodes.get(`${node.level}/${node.index}`) as Buffer))
  const note = await checkpoint(11n, rootOfFrontier(frontier), [witness(1)])
  const proof = { extra: entries[6] as Buffer, index: 6n, hashes, checkpoint: note }
  const text = formatProof(proof)
  assert.deepEqual(parseProof(text), proof)
  assert.deepEqual(parseProof(formatProof({ ...proof, extra: undefined, index: 0n, hashes: [] })), { ...proof, extra: undefined, index: 0n, hashes: [] })
  assert.equal(judgeProof(policy, text, entries[6] as Buffer).status, 'trusted')
  assert.equal(judgeProof(policy, text, Buffer.from('a receipt that never was')).status, 'refused')
  assert.equal(judgeProof(policy, text.replace('index 6', 'index 7'), entries[6] as Buffer).status, 'refused')
  assert.equal(judgeProof(policy, formatProof({ ...proof, hashes: hashes.slice(1) }), entries[6] as Buffer).status, 'refused')
  assert.equal(judgeProof(policy, formatProof({ ...proof, checkpoint: await checkpoint(11n, rootOfFrontier(frontier), []) }), entries[6] as Buffer).status, 'refused')
  for (const bad of ['', text.replace('@v1', '@v2'), text.replace('index 6', 'index 06'), text.replace('extra ', 'extra !'), text.replace('index', 'place')]) assert.equal(parseProof(bad), undefined)
})

test('the worked example of tlog-proof reads up to its shortened signatures', needs('specs/c2sp'), () => {
  const block = (sharedText('specs/c2sp/tlog-proof.md').split('```\n')[1] as string)
  // The extra line printed there is cut in the middle of a base 64 group as well.
  const proof = parseProof(block.replace(/^extra .*\n/m, ''))
  assert.equal(proof?.index, 73_894n)
  assert.equal(proof?.hashes.length, 5)
  assert.ok(proof?.checkpoint.startsWith('example.com/fancylog\n109482\n'))
})

interface PaeVector { payloadType: string; body: string; pae: string; paeHex: string; key: { x: string; y: string; d: string }; envelope: { payload: string; signatures: { sig: string }[] } }

test('the DSSE vector: encoding, payload and published signature', needs('vectors/dsse'), () => {
  const vector = sharedJson('vectors/dsse/pae.json') as PaeVector
  const encoded = preAuthenticationEncoding(vector.payloadType, Buffer.from(vector.body))
  assert.equal(encoded.toString('hex'), vector.paeHex)
  assert.equal(encoded.toString(), vector.pae)
  assert.equal(Buffer.from(vector.envelope.payload, 'base64').toString(), vector.body)
  const part = (digits: string): string => Buffer.from(BigInt(digits).toString(16).padStart(64, '0'), 'hex').toString('base64url')
  const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x: part(vector.key.x), y: part(vector.key.y), d: part(vector.key.d) }, format: 'jwk' })
  const published = Buffer.from(vector.envelope.signatures[0]?.sig ?? '', 'base64')
  assert.ok(verify('sha256', encoded, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, published))
  assert.ok(!verify('sha256', Buffer.concat([encoded, sign('sha256', encoded, key)]), { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, published))
})

test('envelopes open with a trusted key, for the type they were signed for', async () => {
  const body = Buffer.from('{"rows":"3"}')
  const envelope = await signEnvelope('application/vnd.in-toto+json', body, [log])
  const opened = openEnvelope(envelope, 'application/vnd.in-toto+json', [log.key])
  assert.ok(opened.status === 'ok' && opened.body.equals(body))
  assert.equal(openEnvelope(envelope, 'text/plain', [log.key]).status, 'other-type')
  assert.equal(openEnvelope({ ...envelope, payloadType: 'text/plain' }, 'text/plain', [log.key]).status, 'unsigned')
  assert.equal(openEnvelope({ ...envelope, payload: Buffer.from('{"rows":"4"}').toString('base64') }, 'application/vnd.in-toto+json', [log.key]).status, 'unsigned')
  assert.equal(openEnvelope({ ...envelope, payload: '!' }, 'application/vnd.in-toto+json', [log.key]).status, 'malformed')
  assert.equal(openEnvelope(envelope, 'application/vnd.in-toto+json', [witness(1).key]).status, 'unsigned')
})
