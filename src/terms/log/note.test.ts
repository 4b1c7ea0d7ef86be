import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointText, cosign, cosignedAt, openCheckpoint, openCosignatures, parseCheckpoint } from './checkpoint.ts'
import { inclusionFault, leafHash } from './merkle.ts'
import { cosignatureV1, formatNote, formatVkey, localSigner, openNote, parseNote, parseVkey, signNote, verifierKey } from './note.ts'
import type { Note } from './note.ts'
import { needs, sharedJson, sharedText } from './vectors.ts'

const seed = (byte: number): Buffer => Buffer.alloc(32, byte)
const parsed = (text: string): Note => { const note = parseNote(text); assert.ok(note); return note }

const exampleVkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const exampleNote = 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

test('the worked example of signed-note verifies', needs('specs/c2sp'), () => {
  const specification = sharedText('specs/c2sp/signed-note.md')
  assert.ok(specification.includes(exampleVkey) && specification.includes(exampleNote))
  const key = parseVkey(exampleVkey)
  assert.ok(key)
  assert.equal(formatVkey(key), exampleVkey)
  assert.equal(openNote(parsed(exampleNote), [key]).status, 'ok')
  assert.equal(openNote(parsed(exampleNote.replace('an example', 'another')), [key]).status, 'forged')
  assert.equal(formatNote(parsed(exampleNote)), exampleNote)
})

test('the examples of the checkpoint and cosignature pages parse to what they say', needs('specs/c2sp'), () => {
  const block = sharedText('specs/c2sp/tlog-cosignature.md').split('```')[1] as string
  const note = parsed(block.trimStart())
  const checkpoint = parseCheckpoint(note.text)
  assert.equal(checkpoint?.origin, 'example.com/behind-the-sofa')
  assert.equal(checkpoint?.size, 20_852_163n)
  assert.deepEqual(note.signatures.map((signature) => signature.name), ['example.com/behind-the-sofa', 'witness.example.com/w1'])
  assert.equal(cosignedAt(note.signatures[1] as Note['signatures'][number]), 1_679_315_147n)
  assert.equal(formatNote(note), block.trimStart())
})

test('malformed notes, vkeys and checkpoints are not read', () => {
  const line = '— a AAAAAAAA\n'
  assert.ok(parseNote(`text\n\n${line}`))
  for (const bad of ['text\n', `text${line}`, `text\n\n${line.trimEnd()}`, `te\u0007xt\n\n${line}`, 'text\n\n', `text\n\n- a AAAAAAAA\n`, `text\n\n— a+b AAAAAAAA\n`, '— a AAAAAAAA', `text\n\n— a AAAAAAA\n`, `text\n\n— a AAAA\n`, `te\ud800xt\n\n${line}`]) {
    assert.equal(parseNote(bad), undefined, JSON.stringify(bad))
  }
  for (const bad of [exampleVkey.replace('530d903a', '530d903b'), 'no plus', exampleVkey.slice(0, -4), `+530d903a+${exampleVkey.split('+')[2]}`]) assert.equal(parseVkey(bad), undefined, bad)
  const root = seed(1).toString('base64')
  assert.ok(parseCheckpoint(`o\n0\n${root}\n`))
  for (const bad of [`o\n01\n${root}\n`, `o\n-1\n${root}\n`, `\n1\n${root}\n`, `o\n1\n${root}`, `o\n1\n${root.slice(4)}\n`, `o\n1\n`, `o\n1\n${root}\n\n`, `o\n18446744073709551616\n${root}\n`]) assert.equal(parseCheckpoint(bad), undefined, JSON.stringify(bad))
})

test('several signatures: unknown ones are ignored, one wrong known one spoils the note', async () => {
  const signers = [localSigner('log.example/a', seed(1)), localSigner('log.example/b', seed(2))]
  const note = await signNote('text\n', signers)
  const [a, b] = signers.map((signer) => signer.key)
  assert.ok(a && b)
  const opened = openNote(note, [a, b])
  assert.ok(opened.status === 'ok' && opened.by.length === 2)
  assert.equal(openNote(note, [a]).status, 'ok')
  assert.equal(openNote(note, [verifierKey('log.example/c', 1, a.publicKey)]).status, 'unsigned')
  const spoilt: Note = { ...note, signatures: note.signatures.map((signature, at) => (at === 1 ? { ...signature, bytes: Buffer.alloc(64) } : signature)) }
  assert.deepEqual(openNote(spoilt, [a, b]), { status: 'forged', name: 'log.example/b' })
  assert.equal(openNote(spoilt, [a]).status, 'ok')
})

interface SignedCheckpoint { name: string; wantErr: boolean; origin: string; logPublicKeySpki: string; logKeyIdFromBundle: string; checkpoint: string; leaf: string; proof: { logIndex: bigint | string; treeSize: bigint | string; rootHash: string; hashes: string[] } }

test('signed checkpoints of a running log verify, broken ones are refused', needs('vectors/checkpoints'), () => {
  const { cases } = sharedJson('vectors/checkpoints/rekor2-checkpoints.json') as { cases: SignedCheckpoint[] }
  assert.equal(cases.length, 12)
  for (const item of cases) {
    const key = verifierKey(item.origin, 1, Buffer.from(item.logPublicKeySpki, 'base64').subarray(-32))
    if (!item.wantErr) assert.equal(key.keyId, Buffer.from(item.logKeyIdFromBundle, 'base64').subarray(0, 4).toString('hex'))
    const opened = openCheckpoint(item.checkpoint, item.origin, [key])
    assert.equal(opened.status === 'ok', !item.wantErr, item.name)
    const hashes = item.proof.hashes.map((hash) => Buffer.from(hash, 'base64'))
    const root = Buffer.from(item.proof.rootHash, 'base64')
    assert.equal(inclusionFault(BigInt(item.proof.logIndex), BigInt(item.proof.treeSize), leafHash(Buffer.from(item.leaf, 'base64')), hashes, root), undefined, item.name)
    if (opened.status === 'ok') assert.deepEqual(opened.checkpoint.root, root)
  }
})

test('cosignatures carry their time and refuse another', async () => {
  const witness = localSigner('witness.example/w1', seed(3), cosignatureV1)
  const text = checkpointText({ origin: 'log.example/a', size: 7n, root: seed(9) })
  const signature = await cosign(text, 1_700_000_000n, witness)
  const opened = openCosignatures({ text, signatures: [signature] }, [witness.key])
  assert.ok(opened.status === 'ok')
  assert.equal(cosignedAt(signature), 1_700_000_000n)
  const later = Buffer.from(signature.bytes)
  later.writeBigUInt64BE(1_700_000_001n)
  assert.equal(openCosignatures({ text, signatures: [{ ...signature, bytes: later }] }, [witness.key]).status, 'forged')
  assert.equal(openCosignatures({ text, signatures: [{ ...signature, bytes: signature.bytes.subarray(8) }] }, [witness.key]).status, 'forged')
})
