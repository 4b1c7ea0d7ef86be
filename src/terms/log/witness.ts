/**
 * The witness protocol: c2sp.org/tlog-witness (C2SP at 5ba5ee8, read 2026-11-23). A witness cosigns a checkpoint only
 * after it has checked that it extends the last one it cosigned, and has written that down. Two witnesses that answer to
 * different people make a split view visible: a log cannot show one history here and another there.
 */
import { cosign, openCheckpoint, parseCheckpoint, parseSize } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { consistencyFault, emptyRoot } from './merkle.ts'
import { decodeBase64, formatNote, formatSignatureLine, parseNote } from './note.ts'
import type { NoteSigner, VerifierKey } from './note.ts'

/** What a witness remembers of one log. */
export interface Witnessed {
  readonly size: bigint
  readonly root: Buffer
}

/**
 * The witness's memory. `advance` is one atomic step: it stores the new state and resolves to true only if the stored
 * size is still `from` (zero: nothing stored), and only once the state survives a crash.
 */
export interface WitnessMemory {
  readonly latest: (origin: string) => Promise<Witnessed | undefined>
  readonly advance: (origin: string, from: bigint, to: Witnessed, note: string) => Promise<boolean>
  /** The last cosigned checkpoint with its signatures, for monitors. */
  readonly published: (originHash: string) => Promise<string | undefined>
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly contentType: string
  readonly body: string
}

interface Submission {
  readonly old: bigint
  readonly proof: readonly Buffer[]
  /** The signed checkpoint as it came. */
  readonly note: string
}

const proofLinesMax = 63

/** Parses the body of `add-checkpoint`; undefined where it is malformed. */
export function parseSubmission(body: string): Submission | undefined {
  const border = body.indexOf('\n\n')
  if (border < 0) return undefined
  const [first = '', ...lines] = body.slice(0, border).split('\n')
  const old = first.startsWith('old ') ? parseSize(first.slice(4)) : undefined
  if (old === undefined || lines.length > proofLinesMax) return undefined
  const proof = lines.map(decodeBase64)
  if (!proof.every((hash) => hash?.length === 32)) return undefined
  return { old, proof: proof as Buffer[], note: body.slice(border + 2) }
}

export const formatSubmission = (old: bigint, proof: readonly Uint8Array[], note: string): string =>
  `old ${old}\n${proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('')}\n${note}`

const plain = (status: WitnessAnswer['status'], body: string): WitnessAnswer => ({ status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` })

const conflict = (size: bigint): WitnessAnswer => ({ status: 409, contentType: 'text/x.tlog.size', body: `${size}\n` })

export interface Witness {
  readonly signers: readonly NoteSigner[]
  /** Keys trusted for an origin; undefined: a log that this witness does not know. */
  readonly keysOf: (origin: string) => readonly VerifierKey[] | undefined
  readonly memory: WitnessMemory
  /** Seconds since 1970. */
  readonly seconds: () => bigint
}

/** Why the submission does not extend what was cosigned before. */
function extensionFault(before: Witnessed, checkpoint: Checkpoint, proof: readonly Buffer[]): string | undefined {
  if (checkpoint.size === 0n && !checkpoint.root.equals(emptyRoot)) return 'the root of the empty tree is the hash of nothing'
  if (before.size === 0n) return proof.length === 0 ? undefined : 'from the empty tree the proof must be empty'
  return consistencyFault(before.size, checkpoint.size, proof, before.root, checkpoint.root)
}

/** `POST add-checkpoint`: checks, persists, then cosigns. */
export async function addCheckpoint(witness: Witness, body: string): Promise<WitnessAnswer> {
  const submission = parseSubmission(body)
  const note = submission && parseNote(submission.note)
  const checkpoint = note && parseCheckpoint(note.text)
  if (submission === undefined || note === undefined || checkpoint === undefined) return plain(400, 'the request is malformed: old size, proof, empty line, checkpoint')
  const keys = witness.keysOf(checkpoint.origin)
  if (keys === undefined) return plain(404, 'this witness does not know the log: ask its operator to add the origin and key')
  const opened = openCheckpoint(submission.note, checkpoint.origin, keys)
  if (opened.status !== 'ok') return plain(403, `the checkpoint is ${opened.status}: sign it with a key that this witness trusts for the origin`)
  if (submission.old > checkpoint.size) return plain(400, 'the old size is larger than the checkpoint')
  const before = (await witness.memory.latest(checkpoint.origin)) ?? { size: 0n, root: emptyRoot }
  if (before.size !== submission.old) return conflict(before.size)
  const fault = extensionFault(before, checkpoint, submission.proof)
  if (fault !== undefined) return plain(422, fault)
  const seconds = witness.seconds()
  const cosignatures = await Promise.all(witness.signers.map((signer) => cosign(note.text, seconds, signer)))
  const lines = cosignatures.map(formatSignatureLine).join('')
  // Persist before the answer leaves, on the condition that nobody advanced meanwhile: else K leaves could be rolled back.
  const published = formatNote({ text: note.text, signatures: [...note.signatures.filter((line) => keys.some((key) => key.name === line.name && key.keyId === line.keyId)), ...cosignatures] })
  const advanced = await witness.memory.advance(checkpoint.origin, submission.old, { size: checkpoint.size, root: checkpoint.root }, published)
  if (!advanced) return conflict((await witness.memory.latest(checkpoint.origin))?.size ?? 0n)
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: lines }
}

/** Sends one request to a witness: the HTTP client comes from outside. */
export type SendToWitness = (body: string) => Promise<{ readonly status: number; readonly body: string }>

export type Cosigning =
  | { readonly status: 'cosigned'; readonly lines: string }
  /** The witness has seen a longer or another history than this log shows: somebody rewound or forked the log. */
  | { readonly status: 'refused'; readonly httpStatus: number; readonly reason: string }

/**
 * Asks a witness to cosign. `old` is the size that we believe it has; a 409 tells the true one and is tried once more.
 * `prove(old)` gives the consistency proof; undefined where `old` is beyond the log.
 */
export async function askWitness(send: SendToWitness, note: string, old: bigint, prove: (old: bigint) => Promise<readonly Uint8Array[] | undefined>): Promise<Cosigning> {
  let from = old
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const proof = await prove(from)
    if (proof === undefined) return { status: 'refused', httpStatus: 409, reason: `the witness has cosigned ${from} leaves, more than this log has: the log was rewound` }
    const answer = await send(formatSubmission(from, proof, note))
    if (answer.status === 200) return { status: 'cosigned', lines: answer.body }
    const theirs = answer.status === 409 ? parseSize(answer.body.trimEnd()) : undefined
    if (theirs === undefined || theirs === from) return { status: 'refused', httpStatus: answer.status, reason: answer.body.trimEnd() }
    from = theirs
  }
  return { status: 'refused', httpStatus: 409, reason: 'the witness moved on while it was asked: ask again' }
}

