import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkpointText, cosign } from '../log/checkpoint.ts'
import { signEnvelope } from '../log/dsse.ts'
import { emptyFrontier, extend, inclusionProof, leafHash, rootOfFrontier } from '../log/merkle.ts'
import { cosignatureV1, formatNote, formatVkey, localSigner, signNote } from '../log/note.ts'
import { formatProof, parseProof } from '../log/proof.ts'
import { verifierPage } from './page.ts'
import { opensCommitment, verifyEnvelope, verifyFile, verifyProof, verifyWholeLog } from './verify.ts'

const origin = 'log.example/receipts'
const log = localSigner(origin, Buffer.alloc(32, 1))
const witness = localSigner('witness.example/1', Buffer.alloc(32, 2), cosignatureV1)
const key = formatVkey(log.key)
const policy = `log ${key}\nwitness w ${formatVkey(witness.key)}\ngroup g any w\nquorum g\n`

async function make(size: number, index: number, leafAt: (at: number) => unknown = (at) => ({ call: at })): Promise<{ file: string; note: string; entries: Buffer[] }> {
  const nodes = new Map<string, Buffer>()
  const entries = Array.from({ length: size }, (_, at) => Buffer.from(JSON.stringify(leafAt(at))))
  const frontier = extend(emptyFrontier, entries.map(leafHash), (node, hash) => nodes.set(`${node.level}/${node.index}`, hash))
  const hashes = await inclusionProof(BigInt(index), BigInt(size), async (asked) => asked.map((node) => nodes.get(`${node.level}/${node.index}`) as Buffer))
  const signed = await signNote(checkpointText({ origin, size: BigInt(size), root: rootOfFrontier(frontier) }), [log])
  const note = formatNote({ text: signed.text, signatures: [...signed.signatures, await cosign(signed.text, 1_800_000_000n, witness)] })
  return { file: formatProof({ extra: entries[index], index: BigInt(index), hashes, checkpoint: note }), note, entries }
}

test('a receipt verifies with the public key alone and with a policy, at every index', async () => {
  for (const size of [1, 2, 3, 7, 8, 33]) {
    for (let index = 0; index < size; index += 1) {
      const { file } = await make(size, index)
      assert.deepEqual((await verifyProof(file, key)).receipt, { call: index })
      assert.equal((await verifyProof(file, policy)).ok, true)
    }
  }
})

test('the verifier refuses what the log would refuse', async () => {
  const { file, entries } = await make(20, 6)
  const other = formatVkey(localSigner(origin, Buffer.alloc(32, 3)).key)
  const refused = async (text: string, trust: string, leaf?: Uint8Array): Promise<void> => assert.equal((await verifyProof(text, trust, leaf)).ok, false)
  await refused(file, other)
  await refused(file, key, entries[7])
  await refused(file.replace('index 6', 'index 7'), key)
  await refused(file.replace('\n20\n', '\n21\n'), key)
  await refused(file.replace(/extra .*\n/, `extra ${Buffer.from('{"call":99}').toString('base64')}\n`), key)
  await refused(file.replace(/^.*witness\.example.*\n/m, ''), policy)
  await refused(file, 'quorum none\n')
  await refused('', key)
  const proof = parseProof(file)
  assert.ok(proof)
  await refused(formatProof({ ...proof, hashes: proof.hashes.slice(1) }), key)
  await refused(formatProof({ ...proof, hashes: [...proof.hashes, Buffer.alloc(32)] }), key)
})

test('no single changed character of the authenticated parts goes unnoticed', async () => {
  const { file } = await make(20, 6)
  const signatures = file.lastIndexOf('\n\n')
  await fc.assert(fc.asyncProperty(fc.nat({ max: signatures - 1 }), fc.constantFrom('0', 'A', 'z', '\n'), async (at, letter) => {
    fc.pre(file[at] !== letter)
    assert.equal((await verifyProof(file.slice(0, at) + letter + file.slice(at + 1), key)).ok, false)
  }), { numRuns: 150 })
})

test('a whole log is rebuilt, and one changed, missing or moved leaf shows', async () => {
  const { note, entries } = await make(21, 0)
  assert.equal((await verifyWholeLog(note, key, entries)).ok, true)
  assert.equal((await verifyWholeLog(note, key, entries.slice(1))).ok, false)
  assert.equal((await verifyWholeLog(note, key, entries.with(3, Buffer.from('x')))).ok, false)
  assert.equal((await verifyWholeLog(note, key, entries.toReversed())).ok, false)
})

test('envelopes and commitments', async () => {
  const envelope = await signEnvelope('application/vnd.in-toto+json', Buffer.from('{"rows":"3"}'), [log])
  assert.deepEqual((await verifyEnvelope(JSON.stringify(envelope), key)).receipt, { rows: '3' })
  assert.equal((await verifyEnvelope(JSON.stringify({ ...envelope, payload: 'e30=' }), key)).ok, false)
  assert.equal((await verifyEnvelope('{}', key)).ok, false)
  const odd = await verifyEnvelope(JSON.stringify({ ...envelope, signatures: [null] }), key)
  assert.deepEqual([odd.ok, /does not have the form that it says it has: ask for it again/.test(odd.findings[0]?.what ?? '')], [false, true])
  assert.equal(await opensCommitment('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824', Buffer.from('he'), Buffer.from('llo')), true)
  assert.equal(await opensCommitment('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824', Buffer.from('ho'), Buffer.from('llo')), false)
})

test('a pack of format 1, which counted no events and left out that packs were made, verifies and is told as such', async () => {
  const hashed = (event: { readonly kind: string; readonly says: string }): string => createHash('sha256').update(JSON.stringify(event)).digest('hex')
  const timeline = ['signalled', 'moved'].map((kind, at) => ({ number: 2 * at + 1, at: '2026-11-20T10:00:00.000Z', actor: 'ada', leaf: String(at), sha256: hashed({ kind, says: 'so' }), event: { kind, says: 'so' } }))
  const proofs = await Promise.all(timeline.map(async (_, index) => (await make(2, index, (at) => ({ kind: `case-${timeline[at]?.event.kind}`, at: timeline[at]?.at, actor: 'ada', subject: 'case/case_1', body: { sha256: timeline[at]?.sha256 } }))).file))
  const packed = async (v: number): Promise<string> => {
    const envelope = await signEnvelope('application/vnd.weir.evidence-pack+json', Buffer.from(JSON.stringify({ v, case: 'case_1', timeline, proofs, receipts: [] })), [log])
    return (await verifyFile(JSON.stringify(envelope), key)).findings.map(({ ok, what }) => `${ok} ${what}`).join('\n')
  }
  assert.match(await packed(1), /true each of its 2 events is told as its leaf of the governance log has it\ntrue the log did not count 2 of its events when it took them: that none is left out among those rests on the signature alone/)
  assert.match(await packed(2), /^false event 2 is missing: event 3 stands in its place/)
})

test('a receipt of another customer is none of the case, however well it proves', async () => {
  const event = { kind: 'signalled', says: 'so' }
  const sha256 = createHash('sha256').update(JSON.stringify(event)).digest('hex')
  const at = '2026-11-20T10:00:00.000Z'
  const { file: told } = await make(1, 0, () => ({ kind: 'case-signalled', at, actor: 'ada', subject: 'case/case_1', body: { number: 1, sha256 } }))
  const { file: proof } = await make(2, 1, () => ({ kind: 'receipt', call: 'call_1', organization: 'zenith' }))
  const verified = async (organization: string): Promise<string> => {
    const pack = { v: 2, case: 'case_1', organization, timeline: [{ number: 1, at, actor: 'ada', leaf: '0', sha256, event }], proofs: [told], receipts: [{ call: 'call_1', leaf: '1', proof }] }
    const envelope = await signEnvelope('application/vnd.weir.evidence-pack+json', Buffer.from(JSON.stringify(pack)), [log])
    return (await verifyFile(JSON.stringify(envelope), key)).findings.map(({ ok, what }) => `${ok} ${what}`).join('\n')
  }
  assert.match(await verified('zenith'), /true each of its 1 receipts is a leaf of the customer's log/)
  assert.match(await verified('acme'), /^false the receipt of call_1 does not prove: it is that of call_1, a call of zenith/)
})

test('a file that two readers could read in two ways, or that is cut off, is refused by name', async () => {
  const envelope = await signEnvelope('application/vnd.in-toto+json', Buffer.from('{"rows":"3"}'), [log])
  const text = JSON.stringify({ note: 'a \\"payload\\": of {braces}, and [more]', ...envelope }, undefined, 2)
  const told = async (given: string): Promise<string> => (await verifyFile(given, key)).findings.map(({ what }) => what).join()
  assert.match(await told(text), /is signed by/)
  const lie = `"payload": "${Buffer.from('{"rows":"9"}').toString('base64')}"`
  for (const twice of [text.replace('{', `{ ${lie},`), text.replace(/\}\s*$/, `, ${lie} }`), text.replace('{', `{ ${lie.replace('payload', 'p\\u0061yload')},`)]) assert.match(await told(twice), /names "p(?:a|\\u0061)yload" twice, so that two readers may see two files/)
  assert.match(await told(text.replace('"sig"', '"sig": "x", "sig"')), /names "sig" twice/)
  assert.match(await told(text.slice(0, -20)), /cut off or damaged/)
  assert.match(await told(''), /^neither a tlog-proof/)
})

test('a file of many megabytes is read: neither its payload nor its escapes run out of stack', async () => {
  const rows = JSON.stringify({ rows: '{"a":\\n"'.repeat(1_500_000) })
  const text = JSON.stringify(await signEnvelope('application/vnd.in-toto+json', Buffer.from(rows), [log]))
  assert.ok(text.length > 16_000_000)
  assert.match((await verifyFile(text, key)).findings.map(({ what }) => what).join(), /^application\/vnd\.in-toto\+json is signed by/)
})

test('what is nested without end is refused in a sentence: in a file, under a signature, in a leaf', async () => {
  const deep = `{"rows":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  const signed = JSON.stringify(await signEnvelope('application/vnd.weir.evidence-pack+json', Buffer.from(deep), [log]))
  const { file } = await make(3, 1)
  const leaf = leafHash(Buffer.from(deep))
  const note = await signNote(checkpointText({ origin, size: 1n, root: leaf }), [log])
  for (const [given, trust] of [[deep, key], [signed, key], [formatProof({ ...(parseProof(file) ?? assert.fail()), extra: Buffer.from(deep), index: 0n, hashes: [], checkpoint: formatNote(note) }), key]] as const) {
    const verdict = await verifyFile(given, trust)
    assert.deepEqual([verdict.ok, verdict.findings.map(({ what }) => what)], [false, ['the file does not have the form that it says it has: ask for it again (nested deeper than 512 levels)']])
  }
})

test('what a signature is of is not read in two ways either', async () => {
  const envelope = await signEnvelope('application/vnd.in-toto+json', Buffer.from('{"rows":"3","of":{"rows":"3"},"rows":"9"}'), [log])
  assert.match((await verifyFile(JSON.stringify(envelope), key)).findings.map(({ what }) => what).join(), /names "rows" twice/)
})

test('the page holds the verifier, refers to nothing, and its script runs', async () => {
  const page = verifierPage()
  assert.ok(!/\bimport\b.*from|https?:\/\/|src=/.test(page.replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '')))
  const script = /<script type="module">([\s\S]*)<\/script>/.exec(page)?.[1] ?? ''
  const verifier = script.slice(0, script.indexOf('const field ='))
  const loaded = await import(`data:text/javascript,${encodeURIComponent(`${verifier}\nexport { verifyProof }`)}`) as { verifyProof: typeof verifyProof }
  const { file } = await make(9, 4)
  assert.equal((await loaded.verifyProof(file, policy)).ok, true)
  assert.equal((await loaded.verifyProof(file.replace('index 4', 'index 5'), policy)).ok, false)
})
