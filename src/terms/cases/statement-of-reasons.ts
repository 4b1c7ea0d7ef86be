/**
 * The statement of reasons that comes with a restriction. Its fields and enumerations are those of Regulation (EU)
 * 2022/2065 (DSA) Art. 17 and the public transparency database, as the reference "Terms and proof" §7 lists them
 * (2026-11-23). Between businesses the article may not apply: a house standard until counsel has signed it off.
 */
import { isoTime } from '../../kernel/clock.ts'
import { endsAt } from './case.ts'
import type { Case, InForce } from './case.ts'
import { subjectOf } from './restriction.ts'
import type { RestrictionKind } from './restriction.ts'

export interface Reasons {
  readonly case: string
  readonly restriction: string
  readonly restriction_type: RestrictionKind
  readonly decision_provision: 'DECISION_PROVISION_PARTIAL_SUSPENSION' | 'DECISION_PROVISION_TOTAL_SUSPENSION' | 'DECISION_PROVISION_TOTAL_TERMINATION' | null
  readonly decision_account: 'DECISION_ACCOUNT_SUSPENDED' | 'DECISION_ACCOUNT_TERMINATED' | null
  readonly decision_ground: 'DECISION_GROUND_INCOMPATIBLE_CONTENT'
  readonly account_type: 'ACCOUNT_TYPE_BUSINESS'
  readonly territorial_scope: 'everywhere'
  readonly subject: string
  readonly application_date: string
  /** Null: until it is lifted. */
  readonly end_date: string | null
  readonly clause: string
  readonly decision_facts: string
  readonly evidence: readonly string[]
  readonly source_type: 'SOURCE_VOLUNTARY' | 'SOURCE_TYPE_OTHER_NOTIFICATION'
  readonly source_identity: string | null
  readonly automated_detection: boolean
  readonly automated_decision: boolean
  readonly notice_first: boolean
  readonly why_no_notice: string | null
  readonly redress: string
}

const provisions: Readonly<Record<RestrictionKind, Reasons['decision_provision']>> = {
  watch: null, throttle: null, narrow_purpose: 'DECISION_PROVISION_PARTIAL_SUSPENSION', block_export: 'DECISION_PROVISION_PARTIAL_SUSPENSION', block_train: 'DECISION_PROVISION_PARTIAL_SUSPENSION', block_model: 'DECISION_PROVISION_PARTIAL_SUSPENSION',
  suspend_key: 'DECISION_PROVISION_PARTIAL_SUSPENSION', suspend_project: 'DECISION_PROVISION_PARTIAL_SUSPENSION', suspend_account: 'DECISION_PROVISION_TOTAL_SUSPENSION', terminate: 'DECISION_PROVISION_TOTAL_TERMINATION',
}

/** The statement for one restriction of a case. */
export function reasonsOf({ id, signal }: Case, restriction: InForce): Reasons {
  const ends = endsAt(restriction)
  return {
    case: id, restriction: restriction.id, restriction_type: restriction.kind, decision_provision: provisions[restriction.kind],
    decision_account: restriction.kind === 'terminate' ? 'DECISION_ACCOUNT_TERMINATED' : restriction.kind === 'suspend_account' ? 'DECISION_ACCOUNT_SUSPENDED' : null,
    decision_ground: 'DECISION_GROUND_INCOMPATIBLE_CONTENT', account_type: 'ACCOUNT_TYPE_BUSINESS', territorial_scope: 'everywhere', subject: subjectOf(restriction.scope),
    application_date: isoTime(restriction.atMs), end_date: Number.isFinite(ends) ? isoTime(ends) : null, clause: restriction.clause, decision_facts: restriction.says, evidence: restriction.evidence,
    source_type: signal.source === 'own_initiative' || signal.source === 'detector' ? 'SOURCE_VOLUNTARY' : 'SOURCE_TYPE_OTHER_NOTIFICATION', source_identity: signal.referredBy ?? null,
    automated_detection: signal.source === 'detector', automated_decision: restriction.automatic && restriction.approvedBy === undefined, notice_first: restriction.urgent === undefined, why_no_notice: restriction.urgent ?? null,
    redress: `${restriction.appeal} Free of charge, within six months, decided by another person within fourteen days.`,
  }
}
