import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointText, openCosignatures } from './checkpoint.ts'
import { consistencyProof, emptyFrontier, emptyRoot, extend, leafHash, rootOf, rootOfFrontier } from './merkle.ts'
import type { Node, NodeSource } from './merkle.ts'
import { cosignatureV1, formatNote, localSigner, parseNote, signNote } from './note.ts'
import type { Note } from './note.ts'
import { needs, sharedText } from './vectors.ts'
import { addCheckpoint, askWitness, formatSubmission, parseSubmission } from './witness.ts'
import type { Witness, WitnessMemory, Witnessed } from './witness.ts'

const origin = 'log.example/receipts'
const log = localSigner(origin, Buffer.alloc(32, 1))
const witnessKey = localSigner('witness.example/w1', Buffer.alloc(32, 2), cosignatureV1)

function memory(): WitnessMemory & { state: Map<string, Witnessed> } {
  const state = new Map<string, Witnessed>()
  return {
    state,
    latest: async (name) => state.get(name),
    advance: async (name, from, to) => {
      if ((state.get(name)?.size ?? 0n) !== from) return false
      state.set(name, to)
      return true
    },
    published: async () => undefined,
  }
}

const witnessOf = (store: WitnessMemory): Witness => ({ signers: [witnessKey], keysOf: (name) => (name === origin ? [log.key] : undefined), memory: store, seconds: () => 1_800_000_000n })

/** A log whose leaves carry a label, so that two logs of the same size differ. */
function grow(size: number, label = 'honest', common = size): { source: NodeSource; root: Buffer } {
  const nodes = new Map<string, Buffer>()
  const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.from(index < common ? `leaf ${index}` : `${label} ${index}`)))
  const frontier = extend(emptyFrontier, leaves, (node: Node, hash: Buffer) => nodes.set(`${node.level}/${node.index}`, hash))
  return { source: async (asked) => asked.map((node) => nodes.get(`${node.level}/${node.index}`) as Buffer), root: rootOfFrontier(frontier) }
}

const signed = async (size: bigint, root: Buffer, name = origin, signer = log): Promise<string> => formatNote(await signNote(checkpointText({ origin: name, size, root }), [signer]))

test('a witness follows a log that only grows', async () => {
  const store = memory()
  const tree = grow(20)
  const prove = async (from: bigint, to: bigint): Promise<Buffer[]> => (from === 0n ? [] : consistencyProof(from, to, tree.source))
  for (const [from, to] of [[0n, 0n], [0n, 3n], [3n, 3n], [3n, 8n], [8n, 20n]] as const) {
    const note = await signed(to, to === 0n ? emptyRoot : await rootOf(to, tree.source))
    const answer = await addCheckpoint(witnessOf(store), formatSubmission(from, await prove(from, to), note))
    assert.equal(answer.status, 200, answer.body)
    assert.equal(openCosignatures(parseNote(note + answer.body) as Note, [witnessKey.key]).status, 'ok')
  }
  assert.equal(store.state.get(origin)?.size, 20n)
})

test('each refusal has its status', async () => {
  const store = memory()
  const witness = witnessOf(store)
  const tree = grow(8)
  const eight = await signed(8n, tree.root)
  const status = async (body: string): Promise<number> => (await addCheckpoint(witness, body)).status
  assert.equal(await status('nonsense'), 400)
  assert.equal(await status(formatSubmission(0n, [], await signed(8n, tree.root, 'log.example/unknown'))), 404)
  assert.equal(await status(formatSubmission(0n, [], await signed(8n, tree.root, origin, localSigner(origin, Buffer.alloc(32, 7))))), 403)
  assert.equal(await status(formatSubmission(0n, [], eight.replace('\n8\n', '\n9\n'))), 403)
  assert.equal(await status(formatSubmission(9n, [], eight)), 400)
  assert.equal(await status(formatSubmission(0n, [tree.root], eight)), 422)
  assert.equal(await status(formatSubmission(0n, [], await signed(0n, tree.root))), 422)
  assert.equal(store.state.size, 0)
  assert.equal(await status(formatSubmission(0n, [], eight)), 200)
  const stale = await addCheckpoint(witness, formatSubmission(0n, [], eight))
  assert.deepEqual(stale, { status: 409, contentType: 'text/x.tlog.size', body: '8\n' })
  assert.equal(await status(formatSubmission(8n, [], await signed(8n, grow(8, 'forked', 3).root))), 422)
  const longer = grow(12)
  const proof = await consistencyProof(8n, 12n, longer.source)
  assert.equal(await status(formatSubmission(8n, proof.slice(1), await signed(12n, longer.root))), 422)
  assert.equal(await status(formatSubmission(8n, proof, await signed(12n, longer.root))), 200)
})

test('a split view and a rewound log get no cosignature', async () => {
  const store = memory()
  const witness = witnessOf(store)
  const send = async (body: string): Promise<{ status: number; body: string }> => addCheckpoint(witness, body)
  const prover = (tree: { source: NodeSource }, size: bigint) => async (old: bigint) => (old > size ? undefined : old === 0n ? [] : consistencyProof(old, size, tree.source))
  const honest = grow(10)
  assert.equal((await askWitness(send, await signed(10n, honest.root), 0n, prover(honest, 10n))).status, 'cosigned')
  const forked = grow(15, 'forked', 6)
  const split = await askWitness(send, await signed(15n, forked.root), 10n, prover(forked, 15n))
  assert.equal(split.status === 'refused' && split.httpStatus, 422)
  const short = grow(7)
  const rewound = await askWitness(send, await signed(7n, short.root), 0n, prover(short, 7n))
  assert.equal(rewound.status === 'refused' && rewound.httpStatus, 409)
  const longer = grow(14)
  assert.equal((await askWitness(send, await signed(14n, longer.root), 3n, prover(longer, 14n))).status, 'cosigned', 'a wrong guess of the old size is corrected once')
})

test('two requests at once: the slower one cannot roll the witness back', async () => {
  const store = memory()
  let release = (): void => undefined
  const slow: WitnessMemory = { ...store, advance: async (...step) => { await new Promise<void>((resolve) => { release = resolve }); return store.advance(...step) } }
  const tree = grow(9)
  const five = addCheckpoint(witnessOf(slow), formatSubmission(0n, [], await signed(5n, await rootOf(5n, tree.source))))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await addCheckpoint(witnessOf(store), formatSubmission(0n, [], await signed(9n, tree.root)))).status, 200)
  release()
  assert.deepEqual(await five, { status: 409, contentType: 'text/x.tlog.size', body: '9\n' })
  assert.equal(store.state.get(origin)?.size, 9n)
})

test('the worked example of tlog-witness parses to what it says', needs('specs/c2sp'), () => {
  const specification = sharedText('specs/c2sp/tlog-witness.md')
  const block = (specification.split('Example request body:\n\n')[1] as string).split('\n\nThe witness MUST')[0] as string
  const body = `${block.replaceAll(/^ {4}/gm, '')}\n`
  const submission = parseSubmission(body)
  assert.equal(submission?.old, 20_852_014n)
  assert.equal(submission?.proof.length, 4)
  assert.equal(parseNote(submission?.note ?? '')?.signatures.length, 2)
  assert.equal(formatSubmission(submission?.old ?? 0n, submission?.proof ?? [], submission?.note ?? ''), body)
  assert.equal(parseSubmission(formatSubmission(1n, Array.from({ length: 64 }, () => Buffer.alloc(32)), 'x\n')), undefined)
})
