/** Terms on a node: receipts go with the ledger's pages, decisions with each snapshot. The ledger and the gateway see functions only. */
import { join } from 'node:path'
import { keysIn, offersIn } from './admin/terms-at-apply.ts'
import type { TermsDesk } from './admin/terms-desk.ts'
import type { Config } from './config.ts'
import type { Decided, Objection, Slowed } from './gateway/ports.ts'
import type { Caller, Deployment, Model, Snapshot } from './gateway/snapshot.ts'
import type { Clock } from './kernel/clock.ts'
import { formatDecimal } from './kernel/decimal.ts'
import type { Random } from './kernel/random.ts'
import type { Keyring } from './kernel/sealing.ts'
import type { Pause } from './kernel/slices.ts'
import type { Timers } from './kernel/timers.ts'
import type { Prove } from './ledger/post.ts'
import type { RatedAttempt } from './ledger/rate-attempt.ts'
import type { Sql, Store } from './store/store.ts'
import { endsAt, type InForce } from './terms/cases/case.ts'
import { readRestrictions } from './terms/cases/case-store.ts'
import { refusalOf, refusesCall, type Use } from './terms/cases/restriction.ts'
import { throttler, watches } from './terms/cases/throttle.ts'
import type { NewContent } from './terms/content/content-store.ts'
import type { AskedWitness } from './terms/log/governance.ts'
import { parseVkey } from './terms/log/note.ts'
import { sendTo } from './terms/log/witness-server.ts'
import { folderObjects } from './terms/log/objects.ts'
import type { Receipted } from './terms/log/receipt.ts'
import { readRetention } from './terms/mirror/account-watches.ts'
import { readPenalties, type Penalty } from './terms/mirror/penalties.ts'
import type { DecisionTable } from './terms/policy/decision-table.ts'
import type { Offer } from './terms/register/facts-of.ts'
import { openTerms, type Terms } from './terms/terms-node.ts'

export interface TermsParts {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly timers: Timers
  /** Between the slices of a page's receipts. */
  readonly pause?: Pause
  readonly random: Random
  readonly keyring: () => Keyring
  readonly raise: (kind: string, subject: string, body: Readonly<Record<string, string>>) => void
}

export interface TermsNode {
  readonly terms: Terms
  /** Who cosigns the logs from now on; a sentence where a key cannot be read, and all stays as it was. */
  readonly witnessedBy: (declared: Config['witnesses']) => string | undefined
  readonly prove: Prove
  /** Decides the uses of a new snapshot; until it resolves, the decisions of the one before apply. */
  readonly follow: (snapshot: Snapshot) => Promise<void>
  readonly permit: (caller: Caller, model: Model, deployment: Deployment) => Objection | undefined
  readonly decided: (caller: Caller, deployment: Deployment) => Decided | undefined
  /** Of the calls that a throttle reaches, those that do not pass. */
  readonly throttled: (caller: Caller, model: Model) => Slowed | undefined
  /** Whether a case has a caller watched. */
  readonly watched: (caller: Caller, model: Model) => boolean
  /** What suppliers impose on our accounts, as of the snapshot. */
  readonly penalties: () => readonly Penalty[]
  /** Takes a captured call's content after its answer has left. */
  readonly keepContent: (content: NewContent) => void
  /** For the admin API. */
  readonly desk: TermsDesk
}

/** Below which the logs' names lie: made once for an installation and kept, since checkpoints are signed over it. */
async function originOf(store: Store, random: Random): Promise<string> {
  await store.query('admin', `INSERT INTO setting (name, value) VALUES ('log-origin', $1::jsonb) ON CONFLICT DO NOTHING`, [JSON.stringify(`weir.invalid/${random.bytes(6).toString('hex')}`)])
  const [row] = await store.query<{ value: string }>('admin', `SELECT value FROM setting WHERE name = 'log-origin'`)
  return row?.value ?? ''
}

const contentOf = ({ input, output, sketch }: NonNullable<RatedAttempt['outcome']['content']>): NonNullable<Receipted['content']> =>
  ({ input: Buffer.from(input, 'hex'), output: Buffer.from(output, 'hex'), ...(sketch === undefined ? {} : { sketch: Buffer.from(sketch, 'hex') }) })

/** What a receipt says beyond the journal's two records. */
function receiptedOf({ sequence, attempt, outcome, maker, cost, currency }: RatedAttempt, sourceHashes: Terms['sourceHashes']): Receipted {
  const { channel, decision, policySet, phase } = attempt
  const termsHashes = decision === undefined || policySet === undefined ? [] : sourceHashes(policySet, maker, channel)
  return {
    sequence, attempt, outcome, maker, access: attempt.capacity === 'in-house' ? 'weights' : 'api', ...(channel === undefined ? {} : { channel }), ...(phase === undefined ? {} : { phase }),
    ...(cost === undefined ? {} : { cost: { amount: formatDecimal(cost), currency } }),
    ...(decision === undefined || policySet === undefined ? {} : { terms: { policySetHash: policySet, termsHashes, decisionId: decision, duties: attempt.duties ?? [] } }),
    ...(outcome.content === undefined ? {} : { content: contentOf(outcome.content) }),
  }
}

/** `failed` says what a person has to do first. */
export async function startTerms(parts: TermsParts): Promise<TermsNode | { readonly failed: string }> {
  const { config, store, clock, timers, pause, random, keyring, raise } = parts
  let witnesses: readonly AskedWitness[] = []
  const witnessedBy: TermsNode['witnessedBy'] = (declared) => {
    const read = declared.map(({ url, key }) => ({ key: parseVkey(key), send: sendTo(url) }))
    const unread = read.findIndex((one) => one.key === undefined)
    if (unread !== -1) return `witnesses[${unread}].key is not a verifier key that fits its own id: weir witness prints it`
    witnesses = read.flatMap(({ key, send }) => (key === undefined ? [] : [{ key, send }]))
    return undefined
  }
  const unreadable = witnessedBy(config.witnesses)
  if (unreadable !== undefined) return { failed: unreadable }
  const terms = await openTerms({
    store, clock, timers, random, keyring, ...(pause === undefined ? {} : { pause }), objects: folderObjects(join(config.dataFolder, 'logs'), random), originBase: await originOf(store, random),
    sequences: config.role !== 'gateway', witnesses: () => witnesses, trouble: (subject, says) => raise('terms-trouble', subject, { says }),
  })
  if ('failed' in terms) return terms
  let table: DecisionTable | undefined
  let offers: readonly Offer[] = []
  let restrictions: readonly InForce[] = []
  let penalties: readonly Penalty[] = []
  const throttle = throttler()
  return {
    terms,
    witnessedBy,
    prove: (journalId, rated) => terms.receipts(journalId, rated.map((one) => receiptedOf(one, terms.sourceHashes))),
    follow: async (snapshot) => {
      const sql: Sql = (text, values) => store.query('revocation', text, values)
      offers = offersIn(snapshot, await readRetention(sql))
      restrictions = await readRestrictions(sql, clock.now())
      penalties = await readPenalties(sql, clock.now())
      table = await terms.decide(keysIn(snapshot), offers)
    },
    // No decisions yet means that nothing has been decided, and what is not decided is not allowed.
    permit: (caller, model, deployment) => (table === undefined ? undecided : restrictedBy(restrictions, caller, model, clock.now()) ?? table.permit(caller.key, model.name, deployment.id)),
    decided: (caller, deployment) => table?.decided(caller.key, deployment.id),
    throttled: (caller, model) => (restrictions.length === 0 ? undefined : throttle(restrictions, useOf(caller, model), clock.now())),
    watched: (caller, model) => watches(restrictions, useOf(caller, model), clock.now()),
    penalties: () => penalties,
    keepContent: terms.content.keep,
    desk: { terms, offers: () => offers, exports: folderObjects(join(config.dataFolder, 'exports'), random) },
  }
}

const undecided: Objection = { clause: 'undecided', says: 'Decisions have not been made yet.', remedy: 'Try again in a second.', approval: undefined }

const useOf = ({ organization, project, key, purpose }: Caller, model: Model): Use => ({ organization, project, key, purpose, model: model.name })

/** A case comes before clauses: who is suspended is told so, and by which case. */
function restrictedBy(restrictions: readonly InForce[], caller: Caller, model: Model, nowMs: number): Objection | undefined {
  const use = useOf(caller, model)
  const found = restrictions.find((one) => nowMs < endsAt(one) && refusesCall(one, use))
  return found === undefined ? undefined : { ...refusalOf(found), approval: undefined }
}
