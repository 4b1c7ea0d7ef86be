/**
 * The offline verifier: this file, `named-twice.ts` and nothing else. It runs in Node and in a browser page, on WebCrypto
 * alone, and shares no code with the log that it checks. Formats: c2sp.org/tlog-proof, tlog-checkpoint, tlog-cosignature, signed-note and
 * tlog-policy (C2SP at 5ba5ee8 and 13027ee, read 2026-11-23); DSSE v1; RFC 6962 §2.1.
 */
import { namedTwice } from './named-twice.ts'

export interface Finding {
  readonly ok: boolean
  /** What was checked, in a sentence. */
  readonly what: string
}

export interface Verdict {
  readonly ok: boolean
  readonly findings: readonly Finding[]
  /** The receipt's members, where the file carried them and everything verified. */
  readonly receipt?: unknown
}

interface Key { readonly name: string; readonly id: string; readonly type: number; readonly bytes: Uint8Array<ArrayBuffer> }
interface Witness { readonly label: string; readonly key: Key }
interface Group { readonly label: string; readonly count: number; readonly members: readonly string[] }
interface Trust { readonly logs: readonly Key[]; readonly witnesses: readonly Witness[]; readonly groups: readonly Group[]; readonly quorum: string }
interface Line { readonly name: string; readonly id: string; readonly bytes: Uint8Array<ArrayBuffer> }

/** A stop with a reason that the reader is shown. */
class Refusal extends Error {}

const refuse = (why: string): never => { throw new Refusal(why) }
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function base64(text: string): Uint8Array<ArrayBuffer> {
  // Without a group that repeats: of some megabytes, one runs out of stack.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) refuse(`not base 64: ${text.slice(0, 40)}`)
  if (btoa(atob(text)) !== text) refuse(`base 64 with stray bits: ${text.slice(0, 40)}`)
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
const leafHash = (leaf: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => sha256(join(Uint8Array.of(0), leaf))
const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => sha256(join(Uint8Array.of(1), left, right))

async function signedBy(key: Key, message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', key.bytes, { name: 'Ed25519' }, false, ['verify'])
  return crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, message)
}

async function readKey(vkey: string): Promise<Key> {
  const [name = '', id = '', ...rest] = vkey.split('+')
  const material = base64(rest.join('+'))
  const type = material[0] ?? 0
  if (name === '' || material.length !== 33 || (type !== 1 && type !== 4)) refuse(`not a verifier key of ours: ${vkey}`)
  const bytes = material.slice(1)
  const expected = hex((await sha256(join(utf8(`${name}\n`), Uint8Array.of(type), bytes))).slice(0, 4))
  if (expected !== id) refuse(`the key id of ${name} does not fit its key`)
  return { name, id, type, bytes }
}

/** Trust is a tlog-policy file, or verifier keys of logs, one a line: then no witness is asked for. A log whose key was rotated has several. */
async function readTrust(text: string): Promise<Trust> {
  const [logs, witnesses, groups]: [Key[], Witness[], Group[]] = [[], [], []]
  const taken = new Set<string>()
  let quorum: string | undefined
  const known = (label: string): boolean => [...witnesses, ...groups].some((one) => one.label === label)
  const lines = text.split('\n').map((line) => line.split(/[ \t]+/).filter((word) => word !== '')).filter((words) => words.length > 0 && !words[0]?.startsWith('#'))
  if (lines.length > 0 && lines.every((words) => words.length === 1)) return { logs: await Promise.all(lines.map(([vkey]) => readKey(vkey as string))), witnesses, groups, quorum: 'none' }
  for (const [keyword, label = '', third = '', ...members] of lines) {
    if (keyword === 'log') logs.push(await readKey(label))
    else if (keyword === 'witness') {
      const key = await readKey(third)
      if (label === 'none' || known(label) || witnesses.some((one) => same(one.key.bytes, key.bytes))) refuse(`witness ${label} is defined twice`)
      witnesses.push({ label, key })
    } else if (keyword === 'group') {
      const count = third === 'any' ? 1 : third === 'all' ? members.length : Number(third)
      if (label === 'none' || known(label) || !Number.isInteger(count) || count < 1 || count > members.length) refuse(`group ${label} is not well formed`)
      for (const member of members) {
        if (!known(member) || taken.has(member)) refuse(`group ${label}: ${member} is not defined, or is already in a group`)
        taken.add(member)
      }
      groups.push({ label, count, members })
    } else if (keyword === 'quorum') {
      if (quorum !== undefined || (label !== 'none' && !known(label))) refuse('the quorum line names nothing defined above it')
      quorum = label
    } else refuse(`the policy has a line that starts with ${keyword}`)
  }
  return { logs, witnesses, groups, quorum: quorum ?? refuse('the policy has no quorum line') }
}

interface ReadCheckpoint { readonly text: string; readonly origin: string; readonly size: bigint; readonly root: Uint8Array; readonly lines: readonly Line[] }

function readNumber(text: string | undefined): bigint {
  if (text === undefined || !/^(?:0|[1-9]\d{0,19})$/.test(text)) refuse(`not a number: ${text}`)
  return BigInt(text as string)
}

function readCheckpoint(note: string): ReadCheckpoint {
  const border = note.lastIndexOf('\n\n')
  if (border < 0 || !note.endsWith('\n')) refuse('the checkpoint is no signed note')
  const text = note.slice(0, border + 1)
  const [origin = '', size, root = '', ...more] = text.slice(0, -1).split('\n')
  if (origin === '' || more.includes('')) refuse('the checkpoint has no origin, or an empty line')
  const lines = note.slice(border + 2, -1).split('\n').filter((line) => line !== '').map((line) => {
    const [dash, name = '', encoded = '', ...rest] = line.split(' ')
    const bytes = base64(encoded)
    if (dash !== '—' || rest.length > 0 || name === '' || bytes.length < 5) refuse(`not a signature line: ${line.slice(0, 60)}`)
    return { name, id: hex(bytes.slice(0, 4)), bytes: bytes.slice(4) }
  })
  const rootBytes = base64(root)
  if (rootBytes.length !== 32) refuse('the root hash is not 32 bytes long')
  return { text, origin, size: readNumber(size), root: rootBytes, lines }
}

/** Verifies the log's and the witnesses' signatures; answers what to tell, or refuses. */
async function judgeSignatures(trust: Trust, checkpoint: ReadCheckpoint): Promise<Finding[]> {
  const found: Finding[] = []
  let logged = false
  const holds = new Set<string>()
  for (const line of checkpoint.lines) {
    for (const key of trust.logs) {
      if (key.type !== 1 || key.name !== checkpoint.origin || line.name !== key.name || line.id !== key.id) continue
      if (!(await signedBy(key, utf8(checkpoint.text), line.bytes))) refuse('the log\'s signature is wrong: the checkpoint was changed or forged')
      logged = true
    }
    for (const { label, key } of trust.witnesses) {
      if (key.type !== 4 || line.name !== key.name || line.id !== key.id) continue
      if (line.bytes.length !== 72) refuse(`the cosignature of ${label} is malformed`)
      const seconds = new DataView(line.bytes.buffer, line.bytes.byteOffset).getBigUint64(0)
      if (!(await signedBy(key, utf8(`cosignature/v1\ntime ${seconds}\n${checkpoint.text}`), line.bytes.slice(8)))) refuse(`the cosignature of ${label} is wrong`)
      holds.add(label)
      found.push({ ok: true, what: `witness ${label} saw this tree at ${new Date(Number(seconds) * 1000).toISOString()}` })
    }
  }
  if (!logged) refuse(`no signature by a trusted key of ${checkpoint.origin}`)
  for (const group of trust.groups) if (group.members.filter((member) => holds.has(member)).length >= group.count) holds.add(group.label)
  if (trust.quorum !== 'none' && !holds.has(trust.quorum)) refuse(`too few witnesses: the quorum ${trust.quorum} is not reached`)
  return [{ ok: true, what: `checkpoint of ${checkpoint.origin} at ${checkpoint.size} leaves is signed by the log` }, ...found]
}

/** RFC 9162 §2.1.3.2, on big integers. */
async function rootFromProof(index: bigint, size: bigint, leaf: Uint8Array, proof: readonly Uint8Array[]): Promise<Uint8Array> {
  if (index >= size) refuse(`leaf ${index} is not in a tree of ${size}`)
  let position = index
  let last = size - 1n
  let hash = leaf
  for (const sibling of proof) {
    if (sibling.length !== 32 || last === 0n) refuse('the inclusion proof has the wrong shape')
    if (position % 2n === 1n || position === last) {
      hash = await nodeHash(sibling, hash)
      for (; position % 2n === 0n && position !== 0n; position >>= 1n) last >>= 1n
    } else hash = await nodeHash(hash, sibling)
    position >>= 1n
    last >>= 1n
  }
  if (last !== 0n) refuse('the inclusion proof is too short')
  return hash
}

async function verdictOf(run: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof Refusal) return { ok: false, findings: [{ ok: false, what: cause.message }] }
    // Members that are missing or of another kind: whoever sent the file has to send it again.
    if (cause instanceof TypeError || cause instanceof SyntaxError || cause instanceof RangeError) return { ok: false, findings: [{ ok: false, what: `the file does not have the form that it says it has: ask for it again (${cause.message})` }] }
    throw cause
  }
}

/**
 * Verifies a `.tlog-proof`. `trust` is a policy file or one verifier key. The leaf is taken from `leaf`, else from the
 * file's extra line, which the proof then authenticates.
 */
export function verifyProof(file: string, trust: string, leaf?: Uint8Array): Promise<Verdict> {
  return verdictOf(async () => {
    const border = file.indexOf('\n\n')
    const [header, ...lines] = file.slice(0, Math.max(border, 0)).split('\n')
    if (header !== 'c2sp.org/tlog-proof@v1') refuse('not a tlog-proof file')
    const extra = lines[0]?.startsWith('extra ') ? base64((lines.shift() as string).slice(6)) : undefined
    const indexLine = lines.shift() ?? ''
    if (!indexLine.startsWith('index ')) refuse('the index line is missing')
    const index = readNumber(indexLine.slice(6))
    const entry = leaf ?? extra ?? refuse('the file carries no receipt: give the leaf as well')
    const checkpoint = readCheckpoint(file.slice(border + 2))
    const found = await judgeSignatures(await readTrust(trust), checkpoint)
    const root = await rootFromProof(index, checkpoint.size, await leafHash(entry), lines.map(base64))
    if (!same(root, checkpoint.root)) refuse('the receipt is not in this log: the proof leads to another root')
    const findings = [...found, { ok: true, what: `the receipt is leaf ${index} of ${checkpoint.size}` }]
    return { ok: true, findings, ...parsedReceipt(entry) }
  })
}

/** Reads JSON, and nothing else; refuses what two readers could read in two ways. */
function parsedReceipt(entry: Uint8Array): { receipt?: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(entry)
    const receipt: unknown = JSON.parse(text)
    const twice = namedTwice(text)
    if (twice !== undefined) refuse(`the file names ${twice} twice, so that two readers may see two files: ask for it again`)
    return { receipt }
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TypeError) return {}
    throw cause
  }
}

/** Verifies that content opens a receipt's commitment: SHA-256(salt ‖ content), in hex. */
export const opensCommitment = async (commitment: string, salt: Uint8Array, content: Uint8Array): Promise<boolean> =>
  hex(await sha256(join(salt, content))) === commitment

interface Peak { readonly level: number; readonly hash: Uint8Array }

/** The root of a tree that has these peaks and then more leaves, and how many these are. */
async function grown(before: readonly Peak[], leaves: Iterable<Uint8Array>): Promise<{ readonly root: Uint8Array; readonly added: bigint }> {
  const peaks = [...before]
  let added = 0n
  for (const leaf of leaves) {
    let top: Peak = { level: 0, hash: await leafHash(leaf) }
    while (peaks.at(-1)?.level === top.level) top = { level: top.level + 1, hash: await nodeHash((peaks.pop() as Peak).hash, top.hash) }
    peaks.push(top)
    added += 1n
  }
  let root: Uint8Array = peaks.pop()?.hash ?? (await sha256(new Uint8Array()))
  while (peaks.length > 0) root = await nodeHash((peaks.pop() as Peak).hash, root)
  return { root, added }
}

/**
 * Verifies that `leaves` are all the leaves of a signed checkpoint, in order, by building the tree again: what a statement
 * of use rests on. Takes leaves as bytes.
 */
export function verifyWholeLog(note: string, trust: string, leaves: Iterable<Uint8Array>): Promise<Verdict> {
  return verdictOf(async () => {
    const checkpoint = readCheckpoint(note)
    const found = await judgeSignatures(await readTrust(trust), checkpoint)
    const { root, added: size } = await grown([], leaves)
    if (size !== checkpoint.size) refuse(`${size} leaves were given, the checkpoint counts ${checkpoint.size}`)
    if (!same(root, checkpoint.root)) refuse('the leaves give another root: one was changed, added, removed or moved')
    return { ok: true, findings: [...found, { ok: true, what: `all ${size} leaves give the signed root` }] }
  })
}

/** Verifies a DSSE envelope (JSON text) with verifier keys, one a line; the payload comes back parsed as `receipt`. */
export function verifyEnvelope(text: string, keys: string): Promise<Verdict> {
  return verdictOf(async () => {
    const envelope = parsedReceipt(utf8(text)).receipt as { payload?: unknown; payloadType?: unknown; signatures?: { sig?: unknown }[] } | undefined
    if (typeof envelope?.payload !== 'string' || typeof envelope.payloadType !== 'string' || !Array.isArray(envelope.signatures)) refuse('not a DSSE envelope')
    const { payload, payloadType, signatures } = envelope as { payload: string; payloadType: string; signatures: { sig?: unknown }[] }
    const body = base64(payload)
    const message = join(utf8(`DSSEv1 ${utf8(payloadType).length} ${payloadType} ${body.length} `), body)
    const findings: Finding[] = []
    const told = new Set<string>()
    for (const line of keys.split('\n').map((one) => one.trim()).filter((one) => one !== '')) {
      const key = await readKey(line)
      // One key may stand under several names: it signs once.
      if (told.size === told.add(hex(key.bytes)).size) continue
      for (const { sig } of signatures) {
        if (typeof sig === 'string' && (await signedBy(key, message, base64(sig)))) findings.push({ ok: true, what: `${payloadType} is signed by ${key.name}` })
      }
    }
    if (findings.length === 0) refuse('no signature by a trusted key')
    return { ok: true, findings, ...parsedReceipt(body) }
  })
}

interface Row { phase: string; maker: string; model: string; calls: number; attempts: number; absent: number; input: bigint; output: bigint; cost: Record<string, string> }

/** Adds two exact decimals written as text. */
function addDecimals(a: string, b: string): string {
  const scale = Math.max(...[a, b].map((text) => text.split('.')[1]?.length ?? 0))
  const joined = ([whole = '', fraction = '']: readonly string[]): bigint => BigInt(whole + fraction.padEnd(scale, '0'))
  const widen = (text: string): bigint => (/^-?\d+(\.\d+)?$/.test(text) ? joined(text.split('.')) : refuse(`not an amount: ${text}`))
  const sum = widen(a) + widen(b)
  const digits = (sum < 0n ? -sum : sum).toString().padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '')
  return sum < 0n ? `-${text}` : text
}

interface Receipt { kind?: string; t0?: string; call?: string; phase?: string; upstream?: { maker?: string; model?: string }; usage?: { input?: string; output?: string; source?: string }; cost?: { amount: string; currency: string } }

/** Totals by phase, maker and model, from the leaves themselves. Leaves that are no receipts count for nothing. */
export function totalsOf(leaves: readonly string[]): Record<string, unknown>[] {
  const rows = new Map<string, Row & { seen: Set<string> }>()
  for (const body of leaves) {
    const leaf = JSON.parse(body) as Receipt
    if (leaf.kind !== 'receipt') continue
    const [phase, maker, model] = [leaf.phase ?? 'unknown', leaf.upstream?.maker ?? 'unknown', leaf.upstream?.model ?? 'unknown']
    const name = JSON.stringify([phase, maker, model])
    const row = rows.get(name) ?? { phase, maker, model, calls: 0, attempts: 0, absent: 0, input: 0n, output: 0n, cost: {}, seen: new Set<string>() }
    rows.set(name, row)
    row.calls = row.seen.add(leaf.call ?? '').size
    row.attempts += 1
    if (leaf.usage?.source === 'absent') row.absent += 1
    row.input += BigInt(leaf.usage?.input ?? 0)
    row.output += BigInt(leaf.usage?.output ?? 0)
    if (leaf.cost !== undefined) row.cost[leaf.cost.currency] = addDecimals(row.cost[leaf.cost.currency] ?? '0', leaf.cost.amount)
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { seen: _seen, ...row }]) => ({ ...row, input: String(row.input), output: String(row.output) }))
}

/** When the attempts were dialled, by the leaves; the period that a statement names is its maker's word. */
function spanOf(leaves: readonly string[], fromMs: unknown, toMs: unknown): string {
  const dialled = leaves.flatMap((leaf) => (JSON.parse(leaf) as Receipt).t0 ?? []).sort()
  const instant = (ms: unknown): string => (typeof ms === 'number' && Number.isFinite(new Date(ms).getTime()) ? new Date(ms).toISOString() : refuse('the statement names no period: ask for it again'))
  const asked = `the statement was asked for ${instant(fromMs)} to ${instant(toMs)}`
  return dialled.length === 0 ? `no attempt is in it; ${asked}` : `its ${dialled.length} attempts were dialled from ${dialled[0]} to ${dialled.at(-1)}; ${asked}, which no signature covers`
}

/**
 * Verifies a statement of use: the tree before the period, all leaves of the period, and the signed checkpoint at its end.
 * Nothing can be left out, because the leaves rebuild the signed root; the totals are worked out again from them.
 */
export function verifyStatement(text: string, trust: string): Promise<Verdict> {
  return verdictOf(async () => {
    const statement = parsedReceipt(utf8(text)).receipt as { kind?: string; before?: { size: string; peaks: string[]; checkpoint?: string }; checkpoint?: string; leaves?: string[]; totals?: unknown; outside?: unknown[]; fromMs?: unknown; toMs?: unknown } | undefined
    if (statement?.kind !== 'weir-statement/v1' || statement.before === undefined || statement.checkpoint === undefined || !Array.isArray(statement.leaves)) refuse('not a statement of use')
    const { before, checkpoint: note, leaves, totals, outside, fromMs, toMs } = statement as { before: { size: string; peaks: string[]; checkpoint?: string }; checkpoint: string; leaves: string[]; totals: unknown; outside?: unknown[]; fromMs?: unknown; toMs?: unknown }
    const policy = await readTrust(trust)
    const end = readCheckpoint(note)
    const findings = await judgeSignatures(policy, end)
    const start = readNumber(before.size)
    const levels = [...start.toString(2)].flatMap((bit, at, bits) => (bit === '1' ? [bits.length - 1 - at] : []))
    const hashes = before.peaks.map(base64)
    if (hashes.length !== levels.length || hashes.some((hash) => hash.length !== 32)) refuse('the tree before the period is malformed')
    const peaks = hashes.map((hash, at): Peak => ({ level: levels[at] as number, hash }))
    if (before.checkpoint !== undefined) {
      const first = readCheckpoint(before.checkpoint)
      findings.push(...(await judgeSignatures({ ...policy, quorum: 'none' }, first)))
      if (first.origin !== end.origin || first.size !== start || !same((await grown(peaks, [])).root, first.root)) refuse('the period does not begin where the earlier checkpoint says')
    } else if (start !== 0n) refuse('a period that begins inside the log needs the checkpoint that it begins at')
    if (start + BigInt(leaves.length) !== end.size) refuse(`${leaves.length} leaves from ${start} on do not reach ${end.size}`)
    if (!same((await grown(peaks, leaves.map(utf8))).root, end.root)) refuse('the leaves give another root: one was changed, added, removed or moved')
    if (JSON.stringify(totalsOf(leaves)) !== JSON.stringify(totals)) refuse('the totals are not the sums of the leaves')
    return { ok: true, findings: [...findings, { ok: true, what: `leaves ${start} to ${end.size} are complete and give the totals` }, { ok: true, what: spanOf(leaves, fromMs, toMs) }, { ok: true, what: `use outside the gateway is stated, not proven (${outside?.length ?? 0})` }], receipt: totals }
  })
}

interface Pack { readonly body: Readonly<Record<string, unknown>>; readonly findings: readonly Finding[]; readonly keys: readonly string[] }

/** Opens an envelope of a type that holds more proofs inside. `keys`: one verifier key a line. */
async function openPack(text: string, keys: string, type: string): Promise<Pack> {
  const verdict = await verifyEnvelope(text, keys)
  if (!verdict.ok) refuse(verdict.findings.map((one) => one.what).join('; '))
  if ((parsedReceipt(utf8(text)).receipt as { payloadType?: string }).payloadType !== type) refuse(`this is no ${type}`)
  return { body: verdict.receipt as Readonly<Record<string, unknown>>, findings: verdict.findings, keys: keys.split('\n').map((one) => one.trim()).filter((one) => one !== '') }
}

/** The keys of a log among several, one a line: a log whose key was rotated has more than one. */
const keyOfLog = (keys: readonly string[], origin: string): string | undefined => keys.filter((key) => key.startsWith(`${origin}+`)).join('\n') || undefined

interface OpenedRecord { readonly call: string; readonly index: string; readonly openings: readonly { readonly member: string; readonly salt: string; readonly value: string }[]; readonly closed?: string; readonly content?: { readonly request: string; readonly response: string } }

const bytesOfHex = (text: string): Uint8Array<ArrayBuffer> => (/^([0-9a-f]{2})*$/.test(text) ? Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)) : refuse(`not hexadecimal: ${text.slice(0, 40)}`))

/** Checks that each opening is what its leaf commits to, and that content has the digests that were opened. */
async function judgeOpened(record: OpenedRecord, leaf: Readonly<Record<string, unknown>>): Promise<string> {
  const fields: Readonly<Record<string, string>> = { input: 'inCommit', output: 'outCommit' }
  const said: string[] = []
  for (const { member, salt, value } of record.openings) {
    const isContent = member === 'input' || member === 'output'
    const commits = leaf[fields[member] ?? `${member}Commit`]
    if (typeof commits !== 'string' || !(await opensCommitment(commits, bytesOfHex(salt), isContent ? bytesOfHex(value) : utf8(value)))) refuse(`${record.call}: ${member} ${value} does not open what the receipt commits to`)
    if (!isContent) said.push(`${member} ${value}`)
  }
  for (const [member, part] of [['input', 'request'], ['output', 'response']] as const) {
    const given = record.content?.[part]
    if (given === undefined) continue
    const digest = record.openings.find((one) => one.member === member)?.value
    if (digest === undefined || hex(await sha256(base64(given))) !== digest) refuse(`${record.call}: the content of its ${part} is not what the receipt commits to`)
    said.push(`its ${part}`)
  }
  if (said.length === 0) return record.closed ?? 'nothing of it is opened'
  return `${said.length === 1 ? said[0] : `${said.slice(0, -1).join(', ')} and ${said.at(-1)}`} ${said.length === 1 ? 'is' : 'are'} opened`
}

/**
 * Verifies the answer to a supplier's notice: its signature, the statement of use inside it, and for each record that is
 * opened that it is a leaf of that statement and commits to what is shown. `keys`: those of the evidence and of the log.
 */
export function verifyResponse(text: string, keys: string): Promise<Verdict> {
  return verdictOf(async () => {
    const { body, findings, keys: known } = await openPack(text, keys, 'application/vnd.weir.response+json')
    if (body['kind'] !== 'weir-response/v1' || typeof body['statement'] !== 'string' || !Array.isArray(body['opened'])) refuse('not an answer to a notice')
    const statement = body['statement'] as string
    const { leaves, before, origin } = JSON.parse(statement) as { leaves: string[]; before: { size: string }; origin: string }
    const key = keyOfLog(known, origin) ?? refuse(`the key of ${origin} is missing: give it on a line of its own`)
    const whole = await verifyStatement(statement, key)
    if (!whole.ok) refuse(whole.findings.map((one) => one.what).join('; '))
    const first = readNumber(before.size)
    const opened: Finding[] = []
    for (const record of body['opened'] as OpenedRecord[]) {
      const leaf = JSON.parse(leaves[Number(readNumber(record.index) - first)] ?? 'null') as Readonly<Record<string, unknown>> | null
      if (leaf === null || leaf['call'] !== record.call) refuse(`${record.call} is not leaf ${record.index} of the statement`)
      else opened.push({ ok: true, what: `${record.call} is leaf ${record.index}: ${await judgeOpened(record, leaf)}` })
    }
    return { ok: true, findings: [...findings, ...whole.findings, ...opened, { ok: true, what: `${leaves.length - opened.length} other records stay closed; their sums are proven` }], receipt: { notice: body['notice'], says: body['says'], totals: whole.receipt } }
  })
}

/** RFC 8785, of what came out of JSON: what an event's hash is taken of. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = value as Readonly<Record<string, unknown>>
  return `{${Object.keys(members).sort().map((key) => `${JSON.stringify(key)}:${canonical(members[key])}`).join(',')}}`
}

interface Proven { readonly what: string; readonly leaf: string; readonly proof: string }

/** The leaves that proofs of one log lead to, each once and in the log's order; undefined: its key is not among those given. */
async function provenLeaves(proven: readonly Proven[], keys: readonly string[], log: string): Promise<Readonly<Record<string, unknown>>[] | undefined> {
  const origins = new Set(proven.map(({ proof }) => proof.split('\n\n')[1]?.split('\n')[0] ?? ''))
  if (origins.size > 1) refuse(`the proofs are of several logs, and should be of ${log} alone: ${[...origins].join(', ')}`)
  const key = keyOfLog(keys, [...origins][0] ?? '')
  if (key === undefined) return undefined
  const leaves: Readonly<Record<string, unknown>>[] = []
  let before = -1n
  for (const { what, leaf, proof } of proven) {
    const verdict = await verifyProof(proof, key)
    if (!verdict.ok) refuse(`${what} does not prove: ${verdict.findings.map((one) => one.what).join('; ')}`)
    const index = readNumber(leaf)
    if (/\nindex (\d+)\n/.exec(proof)?.[1] !== leaf) refuse(`${what} is not leaf ${leaf} of ${log}, as the pack says`)
    if (index <= before) refuse(`${what} stands twice, or out of order: leaf ${index} of ${log} comes after leaf ${before}`)
    before = index
    leaves.push(verdict.receipt as Readonly<Record<string, unknown>>)
  }
  return leaves
}

interface PackEvent { readonly number: number; readonly at: string; readonly actor: string; readonly leaf: string; readonly sha256: string; readonly event: { readonly kind: string } }

/** Of an event in its case; undefined in leaves that are older than the count. */
const numberIn = (leaf: Readonly<Record<string, unknown>>): number | undefined => (leaf['body'] as { readonly number?: number }).number

/** Checks that what the pack tells of an event is what its leaf says and commits to. */
async function judgeEvent(event: PackEvent, leaf: Readonly<Record<string, unknown>>, caseId: unknown): Promise<void> {
  const { sha256: committed } = leaf['body'] as { sha256?: string }
  const number = numberIn(leaf)
  if (hex(await sha256(utf8(canonical(event.event)))) !== event.sha256) refuse(`what event ${event.number} says is not what its hash is of`)
  if (committed !== event.sha256) refuse(`event ${event.number} is not what the log says`)
  if (leaf['subject'] !== `case/${String(caseId)}` || leaf['kind'] !== `case-${event.event.kind}`) refuse(`event ${event.number} is of another case, or of another kind, by the log: ${String(leaf['subject'])}, ${String(leaf['kind'])}`)
  if (leaf['at'] !== event.at || leaf['actor'] !== event.actor) refuse(`event ${event.number} was done by ${String(leaf['actor'])} at ${String(leaf['at'])}, the log says`)
  if (number !== undefined && number !== event.number) refuse(`event ${event.number} is number ${number} of its case, the log says`)
}

/**
 * Verifies an evidence pack: its signature, and, where the logs' keys are given on lines of their own, that each event of
 * its timeline is told as its leaf of the governance log has it, and that each receipt is a leaf of the customer's log.
 */
export function verifyEvidencePack(text: string, keys: string): Promise<Verdict> {
  return verdictOf(async () => {
    const { body, findings, keys: known } = await openPack(text, keys, 'application/vnd.weir.evidence-pack+json')
    const [proofs, timeline] = [body['proofs'] as string[], body['timeline'] as PackEvent[]]
    if (!Array.isArray(proofs) || !Array.isArray(timeline) || timeline.length === 0) refuse('the pack has no timeline')
    if (proofs.length !== timeline.length) refuse(`${timeline.length} events have ${proofs.length} proofs`)
    // Format 1 left out that packs were made, and so could not be counted through.
    const gap = body['v'] === 1 ? -1 : timeline.findIndex((event, at) => event.number !== at + 1)
    if (gap !== -1) refuse(`event ${gap + 1} is missing: event ${timeline[gap]?.number} stands in its place`)
    const events = await provenLeaves(timeline.map((event, at) => ({ what: `event ${event.number}`, leaf: event.leaf, proof: proofs[at] as string })), known, 'the governance log')
    for (const [at, leaf] of (events ?? []).entries()) await judgeEvent(timeline[at] as PackEvent, leaf, body['case'])
    const uncounted = (events ?? []).filter((leaf) => numberIn(leaf) === undefined).length
    // Else whoever leaves an event out would only have to call the pack an older one.
    if (body['v'] === 1 && uncounted !== (events ?? []).length) refuse('the pack says that it is of format 1, whose events nobody counted, and the log has counted them: ask for a pack made now')
    const told = events === undefined ? `its ${timeline.length} events carry proofs, which were not checked: give the governance log's key on a line of its own` : `each of its ${timeline.length} events is told as its leaf of the governance log has it`
    const receipts = (body['receipts'] ?? []) as readonly { readonly call: string; readonly leaf: string; readonly proof: string }[]
    const shown = await provenLeaves(receipts.map(({ call, leaf, proof }) => ({ what: `the receipt of ${call}`, leaf, proof })), known, 'the customer\'s log')
    for (const [at, leaf] of (shown ?? []).entries()) if (leaf['call'] !== receipts[at]?.call || leaf['organization'] !== body['organization']) refuse(`the receipt of ${receipts[at]?.call} does not prove: it is that of ${String(leaf['call'])}, a call of ${String(leaf['organization'])}`)
    const seen = receipts.length === 0 ? 'no receipts are in it' : shown === undefined ? `its ${receipts.length} receipts carry proofs, which were not checked: give the receipts log's key on a line of its own` : `each of its ${receipts.length} receipts is a leaf of the customer's log`
    return { ok: true, findings: [...findings, { ok: true, what: told }, ...(uncounted === 0 ? [] : [{ ok: true, what: `the log did not count ${uncounted} of its events when it took them: that none is left out among those rests on the signature alone` }]), { ok: true, what: seen }, { ok: true, what: 'what else it tells rests on its signature alone' }], receipt: body }
  })
}

/** Verifies whatever the file is: a proof, a statement of use, an answer to a notice, an evidence pack, or another signed envelope. */
export function verifyFile(text: string, trust: string, leaf?: Uint8Array): Promise<Verdict> {
  return verdictOf(() => {
    if (text.startsWith('c2sp.org/tlog-proof')) return verifyProof(text, trust, leaf)
    const parsed = parsedReceipt(utf8(text)).receipt as { readonly kind?: unknown; readonly payloadType?: unknown } | null | undefined
    if (parsed === undefined && /^\s*[{[]/.test(text)) refuse('the file is cut off or damaged, for it begins as JSON and is none: ask for it again')
    if (parsed?.kind === 'weir-statement/v1') return verifyStatement(text, trust)
    switch (parsed?.payloadType) {
      case undefined: return refuse('neither a tlog-proof, nor a statement of use, nor a signed envelope')
      case 'application/vnd.weir.response+json': return verifyResponse(text, trust)
      case 'application/vnd.weir.evidence-pack+json': return verifyEvidencePack(text, trust)
      default: return verifyEnvelope(text, trust)
    }
  })
}
