/** Which logs and how many witnesses a verifier trusts: c2sp.org/tlog-policy (C2SP at 13027ee, read 2026-11-23). */
import { cosignedAt, openCheckpoint, openCosignatures, parseCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { cosignatureV1, ed25519, parseNote, parseVkey } from './note.ts'
import type { VerifierKey } from './note.ts'

export interface TrustedWitness {
  readonly name: string
  readonly key: VerifierKey
  readonly url: string | undefined
}

interface Group {
  readonly name: string
  readonly threshold: number
  readonly members: readonly string[]
}

export interface Policy {
  readonly logs: readonly { readonly key: VerifierKey; readonly url: string | undefined }[]
  readonly witnesses: readonly TrustedWitness[]
  readonly groups: readonly Group[]
  /** A witness, a group, or `none`. */
  readonly quorum: string
}

export type ParsedPolicy = { readonly status: 'ok'; readonly policy: Policy } | { readonly status: 'invalid'; readonly line: number; readonly reason: string }

interface Draft {
  logs: Policy['logs'][number][]
  witnesses: TrustedWitness[]
  groups: Group[]
  quorum: string | undefined
  /** Names defined so far that no group has taken yet. */
  free: Set<string>
  names: Set<string>
}

const thresholdOf = (text: string, members: number): number | undefined => {
  if (text === 'any') return 1
  if (text === 'all') return members
  return /^[1-9][0-9]*$/.test(text) && Number(text) <= members ? Number(text) : undefined
}

const duplicates = (key: VerifierKey, others: readonly { readonly key: VerifierKey }[]): boolean => others.some((other) => other.key.publicKey.equals(key.publicKey))

function addLog(draft: Draft, [vkey = '', url, ...more]: readonly string[]): string | undefined {
  const key = parseVkey(vkey)
  if (key?.type !== ed25519 || more.length > 0) return 'expected: log <vkey of type 0x01> [<url>]'
  if (duplicates(key, draft.logs)) return 'this log key is listed twice'
  draft.logs.push({ key, url })
  return undefined
}

function define(draft: Draft, name: string): string | undefined {
  if (name === 'none') return 'none is a reserved name'
  if (draft.names.has(name)) return `${name} is defined twice`
  draft.names.add(name)
  draft.free.add(name)
  return undefined
}

function addWitness(draft: Draft, [name = '', vkey = '', url, ...more]: readonly string[]): string | undefined {
  const key = parseVkey(vkey)
  if (key?.type !== cosignatureV1 || more.length > 0) return 'expected: witness <name> <vkey of type 0x04> [<url>]'
  if (duplicates(key, draft.witnesses)) return 'this witness key is listed twice'
  draft.witnesses.push({ name, key, url })
  return define(draft, name)
}

function addGroup(draft: Draft, [name = '', count = '', ...members]: readonly string[]): string | undefined {
  const threshold = thresholdOf(count, members.length)
  if (members.length === 0 || threshold === undefined) return 'expected: group <name> <k|any|all> <member>…, with 1 <= k <= members'
  for (const member of members) {
    if (!draft.free.delete(member)) return draft.names.has(member) ? `${member} is already a member of a group` : `${member} is not defined above`
  }
  draft.groups.push({ name, threshold, members })
  return define(draft, name)
}

function setQuorum(draft: Draft, [name = '', ...more]: readonly string[]): string | undefined {
  if (draft.quorum !== undefined) return 'a second quorum line'
  if (more.length > 0 || (name !== 'none' && !draft.names.has(name))) return `expected: quorum <name defined above, or none>`
  draft.quorum = name
  return undefined
}

const keywords: Readonly<Record<string, (draft: Draft, words: readonly string[]) => string | undefined>> = {
  log: addLog, witness: addWitness, group: addGroup, quorum: setQuorum,
}

/** Reads a policy file; the answer names the first bad line. */
export function parsePolicy(text: string): ParsedPolicy {
  const draft: Draft = { logs: [], witnesses: [], groups: [], quorum: undefined, free: new Set(), names: new Set() }
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    if (/[^\t\u0020-\u007e\u0080-\u{10ffff}]/u.test(line)) return { status: 'invalid', line: at + 1, reason: 'a control character' }
    const [keyword, ...words] = line.split(/[ \t]+/).filter((word) => word !== '')
    if (keyword === undefined || keyword.startsWith('#')) continue
    const add = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined
    const fault = add === undefined ? `unknown keyword ${keyword}: log, witness, group or quorum` : add(draft, words)
    if (fault !== undefined) return { status: 'invalid', line: at + 1, reason: fault }
  }
  if (draft.quorum === undefined) return { status: 'invalid', line: lines.length, reason: 'the quorum line is missing' }
  return { status: 'ok', policy: { logs: draft.logs, witnesses: draft.witnesses, groups: draft.groups, quorum: draft.quorum } }
}

/** Whether these witnesses, by name, fulfil the quorum. */
export function quorumHolds(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  if (policy.quorum === 'none') return true
  const holds = new Set(cosigned)
  for (const group of policy.groups) {
    if (group.members.filter((member) => holds.has(member)).length >= group.threshold) holds.add(group.name)
    else holds.delete(group.name)
  }
  return holds.has(policy.quorum)
}

export type Judged =
  | { readonly status: 'trusted'; readonly checkpoint: Checkpoint; readonly log: VerifierKey; readonly witnesses: readonly { readonly name: string; readonly seconds: bigint }[] }
  | { readonly status: 'refused'; readonly reason: string }

/** Judges a signed checkpoint: signed by a log of the policy under its own origin, cosigned by its quorum. */
export function judgeCheckpoint(policy: Policy, text: string): Judged {
  const note = parseNote(text)
  const origin = note && parseCheckpoint(note.text)?.origin
  if (note === undefined || origin === undefined) return { status: 'refused', reason: 'the checkpoint is malformed' }
  const keys = policy.logs.map((log) => log.key).filter((key) => key.name === origin)
  if (keys.length === 0) return { status: 'refused', reason: `the policy does not list a log ${origin}` }
  const opened = openCheckpoint(text, origin, keys)
  if (opened.status !== 'ok') return { status: 'refused', reason: `the log's signature is ${opened.status === 'unsigned' ? 'missing' : 'wrong'}` }
  const log = keys.find((key) => note.signatures.some((signature) => signature.name === key.name && signature.keyId === key.keyId)) as VerifierKey
  const cosigned = openCosignatures(note, policy.witnesses.map((witness) => witness.key))
  if (cosigned.status === 'forged') return { status: 'refused', reason: `the cosignature of ${cosigned.name} is wrong` }
  const witnesses = (cosigned.status === 'ok' ? cosigned.by : []).map(({ key, signature }) => ({
    name: (policy.witnesses.find((witness) => witness.key === key) as TrustedWitness).name,
    seconds: cosignedAt(signature),
  }))
  if (!quorumHolds(policy, new Set(witnesses.map((witness) => witness.name)))) {
    return { status: 'refused', reason: `the quorum ${policy.quorum} is not reached: cosigned by ${witnesses.map((witness) => witness.name).join(', ') || 'nobody'}` }
  }
  return { status: 'trusted', checkpoint: opened.checkpoint, log, witnesses }
}
