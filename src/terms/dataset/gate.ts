/**
 * The export gate: no dataset leaves but through here, each row names its receipt, and each refused row is counted under
 * its clause (T2). Rows are grouped by (maker, channel, model, terms, flags) and decided by group, twice: under the terms
 * as they were when the rows were produced, and as they are now. One permission never covers a mixture.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { commitment } from '../log/receipt.ts'
import type { Engine } from '../policy/engine.ts'
import { factsAsked } from '../policy/facts.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Decision, Duty, Outcome, Reason } from '../policy/evaluate.ts'
import { rowFacts } from '../register/facts-of.ts'
import type { RowSource } from '../register/facts-of.ts'
import type { Purpose, Register } from '../register/register.ts'

/** Where a row's receipt is, and what opens the commitments to its content. Rows that no model made have none. */
export interface RowReceipt {
  readonly log: string
  readonly index: string
  /** The leaf's bytes. Its members, not the row's, say who made the output. */
  readonly leaf: string
  readonly inputSalt?: string
  readonly outputSalt?: string
}

export interface DatasetRow {
  readonly id: string
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant' | 'tool'; readonly content: string }[]
  readonly receipt?: RowReceipt
  /** SHA-256 of request and response as captured, raw bytes in hex: what the receipt commits to. */
  readonly inputHash?: string
  readonly outputHash?: string
  /** Of rows without a receipt: stated by whoever brought them in. */
  readonly stated?: { readonly origin: 'human' | 'licensed' | 'own-model' | 'unknown'; readonly licence?: string }
  /** Flags that the row inherits from the dataset that it was taken from. */
  readonly flags?: readonly string[]
}

/** The properties that rows of a group share. */
export interface Group {
  readonly source: RowSource
  /** Hash of the policy set that was in force when the rows were made; undefined: none is on record. */
  readonly termsHash: string | undefined
}

export interface GroupVerdict extends Group {
  readonly rows: number
  readonly now: Decision
  /** The decision under the terms as produced; undefined where they are not on record. */
  readonly produced: Decision | undefined
  readonly outcome: Outcome
  /** The clause that refused it; undefined where it passed. */
  readonly refusedBy: string | undefined
  readonly says: string | undefined
  /** Id that two people can approve, for a group that is a question. */
  readonly approval: string | undefined
}

export interface Exclusion {
  readonly clause: string
  readonly maker: string
  readonly rows: number
}

export interface ExportPlan {
  readonly purpose: Purpose
  readonly atMs: number
  /** Rows that pass, in the order given. */
  readonly passed: readonly DatasetRow[]
  readonly groups: readonly GroupVerdict[]
  readonly exclusions: readonly Exclusion[]
  readonly duties: readonly Duty[]
  /** Duties and exceptions that stick to everything made from this dataset, by clause id. */
  readonly flags: readonly string[]
  readonly licences: readonly string[]
  /** The facts under the decisions end here, milliseconds: nothing may be handed out from then on. */
  readonly untilMs: number | undefined
}

export interface ExportAsk {
  readonly organization: string
  readonly purpose: Purpose
  readonly rows: readonly DatasetRow[]
  readonly register: Register
  readonly engine: Engine
  /** An engine with the policy set of that hash, for the terms as produced; undefined where it is not on record. */
  readonly engineFor: (policySetHash: string) => Engine | undefined
  /** Approvals by id: who gave them, and until when. Two different people are needed. */
  readonly approvals: ReadonlyMap<string, { readonly by: readonly string[]; readonly untilMs: number }>
  readonly atMs: number
}

interface Leaf {
  readonly journalId?: string
  readonly organization?: string
  readonly inCommit?: string
  readonly outCommit?: string
  readonly upstream?: { readonly maker?: string; readonly channel?: string; readonly model?: string; readonly licence?: string; readonly access?: 'api' | 'weights' }
  readonly terms?: { readonly policySetHash?: string; readonly duties?: readonly string[] }
}

const opened = (hash: string | undefined, salt: string | undefined, committed: string | undefined): boolean =>
  hash !== undefined && salt !== undefined && committed !== undefined && commitment(Buffer.from(salt, 'hex'), Buffer.from(hash, 'hex')) === committed

/** Reads a row's origin from its receipt; a clause name where the row must be refused before any clause is asked. */
export function originOf(row: DatasetRow, organization: string): Group | { readonly refused: 'gate.receipt' | 'gate.content'; readonly maker: string } {
  const flags = row.flags === undefined ? [] : [...new Set(row.flags)].sort()
  if (row.receipt === undefined) {
    const origin = row.stated?.origin ?? 'unknown'
    return { source: { maker: 'none', channel: 'none', origin, flags, ...(row.stated?.licence === undefined ? {} : { licence: row.stated.licence }) }, termsHash: undefined }
  }
  const leaf = JSON.parse(row.receipt.leaf) as Leaf
  const { maker, channel, model, licence, access } = leaf.upstream ?? {}
  if (leaf.journalId === undefined || leaf.organization !== organization || maker === undefined || channel === undefined) return { refused: 'gate.receipt', maker: maker ?? 'unknown' }
  // A changed row id or text points to a receipt that commits to something else.
  if (!opened(row.inputHash, row.receipt.inputSalt, leaf.inCommit) || !opened(row.outputHash, row.receipt.outputSalt, leaf.outCommit)) return { refused: 'gate.content', maker }
  const rest = { ...(model === undefined ? {} : { model }), ...(licence === undefined ? {} : { licence }), ...(access === undefined ? {} : { access }) }
  return { source: { maker, channel, ...rest, origin: 'model', flags: [...new Set([...flags, ...(leaf.terms?.duties ?? [])])].sort() }, termsHash: leaf.terms?.policySetHash }
}

const rank: Readonly<Record<Outcome, number>> = { allow: 0, ask: 1, deny: 2 }

/** In the order of the canonical form, which spares sorting: each row is named so. */
function groupName({ source, termsHash }: Group): string {
  const { access, channel, flags, licence, maker, model, origin } = source
  return canonicalJson({ source: { access, channel, flags: [...flags], licence, maker, model, origin }, terms: termsHash })
}

/** What two people approve when they let a questioned group out: this group, for this purpose as it is registered and attested now, under this policy set. */
export const exportApprovalId = (organization: string, purpose: string, group: Group, { policySet, facts }: Pick<Decision, 'policySet' | 'facts'>): string =>
  `approval_${createHash('sha256').update(canonicalJson([organization, purpose, groupName(group), policySet, factsAsked(facts)])).digest('hex').slice(0, 24)}`

function decideGroup(ask: Omit<ExportAsk, 'rows'>, group: Group, rows: number): GroupVerdict & { readonly untilMs: number | undefined } {
  const { facts, untilMs } = rowFacts(ask.register, ask.organization, ask.purpose, group.source, ask.atMs)
  const now = evaluate(ask.engine, 'export', facts)
  const historical = group.source.origin === 'model'
  const then = !historical ? undefined : group.termsHash === undefined ? undefined : ask.engineFor(group.termsHash)
  const produced = then === undefined ? undefined : evaluate(then, 'export', facts)
  const missing: Reason[] = historical && produced === undefined ? [{ clause: 'gate.terms-as-produced', version: 1, because: 'unknown', effect: 'ask', missing: [], says: 'The terms in force when these rows were produced are not on record.', remedy: 'Have two people approve the group, or leave it out.' }] : []
  const refusals = [now, ...(produced === undefined ? [] : [produced])].flatMap((decision) => (decision.outcome === 'allow' ? [] : decision.reasons.length > 0 ? decision.reasons : [uncovered]))
  const worst = [...refusals, ...missing].reduce<Reason | undefined>((so, reason) => (so === undefined || rank[reason.effect] > rank[so.effect] ? reason : so), undefined)
  const approval = worst?.effect === 'ask' ? exportApprovalId(ask.organization, ask.purpose.id, group, now) : undefined
  const given = approval === undefined ? undefined : ask.approvals.get(approval)
  const approved = given !== undefined && given.untilMs > ask.atMs && new Set(given.by).size >= 2
  const outcome = worst === undefined || approved ? 'allow' : worst.effect
  return {
    ...group, rows, now, produced, outcome, approval,
    refusedBy: outcome === 'allow' ? undefined : worst?.clause, says: outcome === 'allow' ? undefined : `${worst?.says} ${worst?.remedy}`,
    untilMs: Math.min(untilMs ?? Infinity, approved ? given.untilMs : Infinity),
  }
}

const uncovered: Reason = { clause: 'no-clause', version: 1, because: 'unknown', effect: 'ask', missing: [], says: 'No clause covers this use of these rows.', remedy: 'Have two people approve the group, or leave it out.' }

/** Decides which rows may leave for a purpose. Pure: writes nothing, hands nothing out. */
export function planExport(ask: ExportAsk): ExportPlan {
  const groups = new Map<string, { group: Group; rows: number }>()
  const placed: (string | undefined)[] = []
  const refused = new Map<string, Exclusion>()
  const refuse = (clause: string, maker: string, rows: number): void => {
    const name = `${clause} ${maker}`
    refused.set(name, { clause, maker, rows: (refused.get(name)?.rows ?? 0) + rows })
  }
  for (const row of ask.rows) {
    const origin = originOf(row, ask.organization)
    if ('refused' in origin) {
      refuse(origin.refused, origin.maker, 1)
      placed.push(undefined)
      continue
    }
    const name = groupName(origin)
    const known = groups.get(name)
    if (known === undefined) groups.set(name, { group: origin, rows: 1 })
    else known.rows += 1
    placed.push(name)
  }
  const verdicts = new Map([...groups].map(([name, { group, rows }]) => [name, decideGroup(ask, group, rows)]))
  for (const verdict of verdicts.values()) if (verdict.refusedBy !== undefined) refuse(verdict.refusedBy, verdict.source.maker, verdict.rows)
  const passing = [...verdicts.values()].filter((verdict) => verdict.outcome === 'allow')
  const duties = new Map(passing.flatMap((verdict) => [...verdict.now.duties, ...(verdict.produced?.duties ?? [])]).map((duty) => [duty.clause, duty]))
  const flags = new Set(passing.flatMap((verdict) => [...verdict.source.flags, ...verdict.now.exceptions, ...(verdict.produced?.exceptions ?? []), ...verdict.now.duties.map((duty) => duty.clause), ...(verdict.produced?.duties ?? []).map((duty) => duty.clause)]))
  const untilMs = Math.min(...passing.map((verdict) => verdict.untilMs ?? Infinity))
  return {
    purpose: ask.purpose, atMs: ask.atMs,
    passed: ask.rows.filter((_, at) => { const name = placed[at]; return name !== undefined && verdicts.get(name)?.outcome === 'allow' }),
    groups: [...verdicts.values()].map(({ untilMs: _untilMs, ...verdict }) => verdict),
    exclusions: [...refused.values()].sort((a, b) => (a.clause + a.maker < b.clause + b.maker ? -1 : 1)),
    duties: [...duties.values()].sort((a, b) => (a.clause < b.clause ? -1 : 1)),
    flags: [...flags].sort(),
    licences: [...new Set(passing.flatMap((verdict) => verdict.source.licence ?? []))].sort(),
    untilMs: untilMs === Infinity ? undefined : untilMs,
  }
}

/** Why something may not be handed out, with what was decided of it where clauses were asked, so that it can be made again (T3). */
export interface InTheWay {
  readonly says: string
  readonly decisions: readonly Decision[]
  /** The policy set that decided. */
  readonly set?: Engine['set']
}

/**
 * What stands against handing out, as things are now, what was planned or made before: the groups that a file holds are
 * asked about again. Undefined: nothing does.
 */
export function standsAgainst(ask: Omit<ExportAsk, 'rows'>, groups: readonly Group[]): InTheWay | undefined {
  const refused = groups.map((group) => decideGroup(ask, group, 0)).find((verdict) => verdict.outcome !== 'allow')
  if (refused === undefined) return undefined
  const { refusedBy, says, approval, source, now, produced } = refused
  return {
    says: `rows of ${source.maker === 'none' ? `origin ${source.origin}` : source.maker} may not leave now. ${refusedBy}: ${says}${approval === undefined ? '' : ` Two people may approve ${approval}.`}`,
    decisions: produced === undefined ? [now] : [now, produced], set: ask.engine.set,
  }
}

export type Release = { readonly status: 'released' } | { readonly status: 'expired'; readonly says: string }

/** The last check, when the files are ready: an attestation that ended during the export refuses all of it. */
export const release = (plan: ExportPlan, nowMs: number): Release =>
  plan.untilMs === undefined || nowMs < plan.untilMs
    ? { status: 'released' }
    : { status: 'expired', says: 'A purpose, attestation or approval that the export rests on ended while it ran. Renew it and export again.' }
