/** Terms on one node: keys, engine, receipts, sequencer and the minute's work, opened together and stopped together. */
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import type { Keyring } from '../kernel/sealing.ts'
import type { Pause } from '../kernel/slices.ts'
import type { Stop, Timers } from '../kernel/timers.ts'
import type { Sql, Store } from '../store/store.ts'
import { openContentStore } from './content/content-store.ts'
import type { ContentPorts, ContentStore } from './content/content-store.ts'
import { eraseExpired } from './content/erasure.ts'
import { ensureGovernance, gatherCosignature, recordCheckpoints } from './log/governance.ts'
import type { AskedWitness } from './log/governance.ts'
import { ensureLog, receiptsLog } from './log/append.ts'
import { openLogKeys } from './log/log-keys.ts'
import type { LogKeys } from './log/log-keys.ts'
import type { NoteSigner } from './log/note.ts'
import { objectsBelow } from './log/objects.ts'
import type { Objects } from './log/objects.ts'
import { publishedTree } from './log/publish.ts'
import { receiptStatement } from './log/receipt.ts'
import type { Receipted, ReceiptStatement } from './log/receipt.ts'
import { recoverLog } from './log/recover.ts'
import { startSequencer } from './log/sequencer.ts'
import type { Sequencer } from './log/sequencer.ts'
import { decisionTable } from './policy/decision-table.ts'
import type { DecisionTable, KeyFacts } from './policy/decision-table.ts'
import { Engine, policySet } from './policy/engine.ts'
import { seedClauses } from './policy/seed-clauses.ts'
import { currentClauses, readRegister, recordDecisions, useApprovals } from './register/record-store.ts'
import type { Offer } from './register/facts-of.ts'

export interface TermsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly timers: Timers
  /** Between the slices of a page's receipts; a turn of the event loop where absent. */
  readonly pause?: Pause
  readonly random: Random
  readonly keyring: () => Keyring
  /** Where all logs' tiles lie; each log has a folder of its name. */
  readonly objects: Objects
  /** Schema-less URL below which the logs' origins lie: made once for an installation, and kept. */
  readonly originBase: string
  /** Whether this node signs: one control node does. */
  readonly sequences: boolean
  /** Asked each minute. */
  readonly witnesses: () => readonly AskedWitness[]
  /** Told of what a person should look into. */
  readonly trouble: (subject: string, says: string) => void
}

export interface Terms {
  readonly keys: LogKeys
  readonly engine: Engine
  /** For the ledger: the statement that posts a page's receipts with the page. */
  readonly receipts: (journalId: string, receipts: readonly Receipted[]) => Promise<ReceiptStatement | undefined>
  /** The decisions of a new snapshot, with clauses, register and approvals as they are now. Fills up between other work. */
  readonly decide: (keys: readonly KeyFacts[], offers: readonly Offer[]) => Promise<DecisionTable>
  /** Hashes of the attached texts of a maker and a channel in the policy set that is in force; empty where another set is asked for. */
  readonly sourceHashes: (policySetHash: string, maker: string, channel: string | undefined) => readonly string[]
  /** Captured content on its way into the database. */
  readonly content: ContentStore
  /** What reading, erasing and exporting works with. */
  readonly contentPorts: ContentPorts
  /** Signs manifests, erasures and other evidence, under the installation's name. */
  readonly signer: NoteSigner
  /** A log's published objects. */
  readonly objectsOf: (log: string) => Objects
  readonly sequencer: Sequencer | undefined
  readonly stop: () => Promise<void>
}

const minuteMs = 60_000
/** Decisions made in one turn of the event loop while a table fills up: about ten milliseconds. */
const warmSlice = 8

/** Makes logs known again that are published and that a restored backup has never heard of: their customers came after it. */
async function ensurePublished({ store, objects, originBase }: TermsOptions, objectsOf: (log: string) => Objects): Promise<void> {
  for (const organization of await objects.names('receipts')) {
    const id = receiptsLog(organization)
    const origin = `${originBase}/${id}`
    const shown = await publishedTree(objectsOf(id))
    // Another installation's log, left in the folder, is none of ours.
    if (shown.origin === origin) await store.transaction('jobs', (sql) => ensureLog(sql, { id, origin, organization }))
  }
}

/** Puts back what a restored backup has lost, before nodes ship their journals again. */
async function recoverAll(options: TermsOptions, objectsOf: (log: string) => Objects): Promise<void> {
  await ensurePublished(options, objectsOf)
  const logs = await options.store.query<{ id: string }>('jobs', 'SELECT id FROM terms_log ORDER BY id')
  for (const { id } of logs) {
    const recovered = await recoverLog(options.store, objectsOf(id), id, options.clock.now())
    if (recovered.status === 'recovered') options.trouble(id, `${recovered.leaves} leaves that the database had lost were read back from the published bundles`)
    if (recovered.status === 'forked') options.trouble(id, 'the database and the published log tell two histories: nothing is signed; run weir log check')
  }
}

/** Once a minute: keys as another node may have rotated them, checkpoints into the governance log, cosignatures, decisions into the database. */
async function minute(options: TermsOptions, terms: Pick<Terms, 'engine' | 'objectsOf' | 'signer' | 'keys'>, table: DecisionTable | undefined): Promise<void> {
  const { store, clock } = options
  await terms.keys.reload()
  const decisions = table?.taken() ?? []
  const set = terms.engine.set
  if (set !== undefined) for (let at = 0; at < decisions.length; at += 50) await store.transaction('jobs', (sql) => recordDecisions(sql, set, decisions.slice(at, at + 50), clock.now()))
  if (!options.sequences) return
  await recordCheckpoints(store, clock.now())
  await eraseExpired({ store, signer: terms.signer }, clock.now())
  const witnesses = options.witnesses()
  const logs = witnesses.length === 0 ? [] : await store.query<{ id: string }>('jobs', 'SELECT id FROM terms_log ORDER BY id')
  for (const { id } of logs) {
    for (const witness of witnesses) {
      const answer = await gatherCosignature(store, terms.objectsOf(id), id, witness)
      if (answer.status === 'refused') options.trouble(id, `${witness.key.name} refused to cosign (${answer.httpStatus}): ${answer.reason}`)
    }
  }
}

/** Attached texts by maker and channel, worked out once a policy set. */
function sourceHashesIn(engine: Engine): Terms['sourceHashes'] {
  let of: string | undefined
  let known = new Map<string, readonly string[]>()
  return (policySetHash, maker, channel) => {
    if (engine.set?.hash !== policySetHash) return []
    if (of !== policySetHash) {
      of = policySetHash
      known = new Map()
    }
    const name = `${maker} ${channel ?? ''}`
    const found = known.get(name) ?? [...new Set(engine.set.clauses.filter(({ source }) => source.maker === maker || source.maker === channel).flatMap(({ source }) => source.sourceHash ?? []))].sort()
    known.set(name, found)
    return found
  }
}

/** Opens terms on this node; `failed` says what a person has to do first. */
export async function openTerms(options: TermsOptions): Promise<Terms | { readonly failed: string }> {
  const { store, clock, timers, random } = options
  const keys = await openLogKeys(store, options.keyring, random)
  if ('failed' in keys) return keys
  const objectsOf = (log: string): Objects => objectsBelow(options.objects, log)
  await store.transaction('jobs', (sql) => ensureGovernance(sql, `${options.originBase}/governance`))
  if (options.sequences) await recoverAll(options, objectsOf)
  const engine = new Engine('live')
  const seeds = seedClauses()
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const sequencer = options.sequences
    ? startSequencer({ store, clock, timers, objectsOf, signersOf: keys.signersOf, onTrouble: (log, trouble) => options.trouble(log, trouble instanceof Error ? trouble.message : `the log is ${trouble} and is not signed`) })
    : undefined

  const content = openContentStore(options)
  const signer = keys.signer(`${options.originBase}/evidence`)
  let table: DecisionTable | undefined
  const decide: Terms['decide'] = async (callers, offers) => {
    const loaded = engine.load(policySet(await currentClauses(ask, seeds)))
    // On record at once, not with the next decisions: rows made under it may be exported a second later.
    if (engine.set !== undefined) await recordDecisions(ask, engine.set, [], clock.now())
    if (loaded.status === 'invalid') options.trouble('clauses', `the changed clauses are not valid and are not in force: ${loaded.faults.map((fault) => `${fault.clause}:${fault.line ?? '?'}: ${fault.says}`).join('; ')}`)
    const made = decisionTable(engine, { register: await readRegister(ask), keys: callers, offers, approvals: await useApprovals(ask) }, clock)
    table = made
    const warm = (): void => { if (table === made && made.warm(warmSlice)) timers.soon(warm) }
    timers.soon(warm)
    return made
  }

  let working: Promise<void> | undefined
  const stopMinute: Stop = timers.every(minuteMs, () => {
    // A failing database or witness is told and tried again in the next minute.
    working ??= minute(options, { engine, objectsOf, signer, keys }, table).catch((cause: unknown) => options.trouble('minute', cause instanceof Error ? cause.message : String(cause))).finally(() => { working = undefined })
  })
  return {
    keys, engine, decide, sourceHashes: sourceHashesIn(engine), content, contentPorts: options, signer, objectsOf, sequencer, receipts: receiptStatement(options),
    stop: async () => {
      stopMinute()
      table = undefined
      await content.settle()
      await sequencer?.stop()
      await working
    },
  }
}
